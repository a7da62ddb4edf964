//! Phone numbers: reads them into E.164, and finds their country with libphonenumber's metadata.
//!
//! Clerk sends numbers that are in E.164 already. For those the calling codes in our own table are enough. The metadata
//! (8 MB, tens of milliseconds to load) is read only for numbers that the table can't tell about.

mod calling_code;

use std::sync::OnceLock;

use phonenumber::metadata::DATABASE;
use phonenumber::{Metadata, Mode};
use regex::Regex;

use super::marks::without_marks;
use calling_code::CallingCode;

/// A recipient's number in international form, with its country.
#[derive(Debug, Clone)]
pub struct Phone {
    /// The number as `+` and up to 15 digits.
    pub e164: String,
    /// The country, found on the first call of [`Phone::country`] and kept: the metadata searches with regular
    /// expressions.
    country: OnceLock<Option<&'static str>>,
}

impl PartialEq for Phone {
    fn eq(&self, other: &Self) -> bool {
        self.e164 == other.e164
    }
}

impl Eq for Phone {}

impl Phone {
    /// Reads an international number: `+`, digits, and the spaces, dashes, dots, slashes and parentheses that people put
    /// between them. A number that is complete as it stands keeps every digit.
    ///
    /// A number that the metadata calls invalid is accepted anyway, since the metadata may be older than the number.
    ///
    /// # Errors
    /// The text is not an international number, has an extension, or has more than 15 digits.
    pub fn parse(text: &str) -> Result<Self, PhoneError> {
        let text = &*without_marks(text);
        // Numbers as Clerk sends them end here, without the metadata.
        if is_normal(text) {
            return Ok(Self::of(text.to_owned()));
        }
        let digits = text.strip_prefix('+').ok_or(PhoneError::Unreadable)?;
        if let Some((_, rest)) =
            digits.find(|c| !is_digit_or_punctuation(c)).and_then(|at| digits.split_at_checked(at))
        {
            return Err(if is_extension(rest) { PhoneError::Extension } else { PhoneError::Unreadable });
        }
        let compact: String = text.chars().filter(|&c| c == '+' || c.is_ascii_digit()).collect();
        if compact.len() > 1 + LONGEST {
            return Err(PhoneError::TooLong);
        }
        if is_normal(&compact) {
            return Ok(Self::of(compact));
        }
        if let Some(e164) = valid(&compact) {
            return Ok(Self::of(e164));
        }
        let number = phonenumber::parse(None, &compact).map_err(|_| PhoneError::Unreadable)?;
        let e164 = number.format().mode(Mode::E164).to_string();
        // The parser accepts `+044…`, although no calling code starts with 0.
        e164.strip_prefix('+').and_then(CallingCode::split).ok_or(PhoneError::Unreadable)?;
        Ok(Self::of(e164))
    }

    fn of(e164: String) -> Self {
        Self { e164, country: OnceLock::new() }
    }

    /// The number's country as ISO 3166 alpha-2. Where the metadata doesn't know the number, the main country of its
    /// calling code (`+1` US, `+44` GB, `+7` RU). `None` for calling codes that belong to no country (`+800`, `+882`).
    ///
    /// Calling codes that countries share need the metadata, so this is only called where a rule asks for a country.
    #[must_use]
    pub fn country(&self) -> Option<&'static str> {
        *self.country.get_or_init(|| self.find_country())
    }

    fn find_country(&self) -> Option<&'static str> {
        let (code, _) = CallingCode::split(self.e164.strip_prefix('+')?)?;
        if !code.is_shared {
            return code.main_region;
        }
        let number = phonenumber::parse(None, &self.e164).ok();
        number.and_then(|number| number.metadata(&DATABASE)).map(Metadata::id).or(code.main_region)
    }

    /// Whether this is one of Clerk's test numbers, `+1 XXX 555-0100` to `0199`, which no phone has.
    #[must_use]
    pub fn is_test(&self) -> bool {
        let national = self.e164.strip_prefix("+1").filter(|national| national.len() == 10);
        national.is_some_and(|national| national.get(3..8) == Some("55501"))
    }
}

/// How many digits E.164 allows after the `+`.
const LONGEST: usize = 15;
/// From how many national digits on a number is surely complete. For shorter, local ones, some countries' metadata adds an
/// area code.
const SHORTEST_FULL: usize = 8;

/// Whether this is a number that reading with the metadata would not change: it has a known calling code, and after that
/// no digit that may be a trunk prefix (the `0` in `+44 07700…`).
fn is_normal(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('+').filter(|digits| digits.len() <= LONGEST) else { return false };
    digits.bytes().all(|byte| byte.is_ascii_digit())
        && CallingCode::split(digits).is_some_and(|(code, national)| {
            national.len() >= SHORTEST_FULL && !national.starts_with(|first| code.trunk.contains(first))
        })
}

/// The number in the first form that the metadata calls valid: as it is written, or without its trunk prefix. `None` where
/// neither is valid.
///
/// The metadata's own parser is not used for this: it takes the 8 off the Russian `+7 800 555-35-35`, which is complete,
/// and leaves the 0 in `+44 07700 900123`.
fn valid(text: &str) -> Option<String> {
    let (code, national) = CallingCode::split(text.strip_prefix('+')?)?;
    let regions = DATABASE.by_code(&code.code())?;
    if regions.iter().any(|region| is_valid(region, national)) {
        return Some(text.to_owned());
    }
    let without_trunk = |region: &Metadata| {
        let rest = national.strip_prefix(region.national_prefix()?)?;
        is_valid(region, rest).then(|| format!("+{}{rest}", code.code()))
    };
    regions.into_iter().find_map(without_trunk)
}

/// Whether the metadata of `region` calls `national` a valid number of any kind.
fn is_valid(region: &Metadata, national: &str) -> bool {
    let general = region.descriptors().general().national_number();
    // The metadata's patterns contain white space for readability (hence `x`), and are not anchored: without `^` and `$`
    // they would match a part of a longer number too.
    let whole = Regex::new(&format!("(?x)^(?:{})$", general.as_str()));
    whole.is_ok_and(|whole| whole.is_match(national))
}

fn is_digit_or_punctuation(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, ' ' | '-' | '.' | '/' | '(' | ')')
}

/// Whether the text behind a number is an extension: `;ext=12` (RFC 3966), `x12`, `ext. 12`, `#12` or `,12`.
fn is_extension(text: &str) -> bool {
    let marks = [";", "x", "X", "e", "E", "#", ","];
    marks.iter().any(|mark| text.starts_with(mark)) && text.ends_with(|last: char| last.is_ascii_digit())
}

/// Why a text can't be read as a number to send to. Reads as a predicate after "it" or the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// The text is not a phone number with `+` and a country's calling code.
    #[error("is not a phone number in international form, such as +447700900123")]
    Unreadable,
    /// The number has an extension, which an SMS can't be sent to.
    #[error("has an extension")]
    Extension,
    /// The number has more digits than the 15 that E.164 allows.
    #[error("has more than 15 digits")]
    TooLong,
}

#[cfg(test)]
mod tests;
