//! An SMS, its encoding and its segments (3GPP TS 23.038, 23.040).

mod folded;
mod gsm7;

use std::time::Duration;

use super::phone::Phone;

pub use folded::folded;
pub use gsm7::plain;
use gsm7::{septets, septets_of};

/// An SMS to one number, ready for a provider.
#[derive(Debug)]
pub struct Sms {
    /// Clerk's id of the message (`sms_…`), from which idempotency keys are made.
    pub id: String,
    /// The sender: a number, a short code or an alphanumeric name. `None` where the provider chooses it, as Twilio's
    /// messaging services do.
    pub from: Option<String>,
    /// The number of the one recipient.
    pub to: Phone,
    /// The plain text, in which nothing is escaped.
    pub text: String,
    /// How long the SMS is worth delivering, counted from when it was composed. `None` where it never becomes worthless.
    pub valid_for: Option<Duration>,
    /// Provider settings that this SMS overrides, as pairs of name and value, such as the id of a registered template.
    pub provider_settings: Vec<(String, String)>,
}

/// The last line of an SMS with a code, by which a phone finds the code and fills it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// `@domain #code`: browsers fill the code in on pages of that domain (WICG, *Origin-bound one-time codes delivered via
    /// SMS*).
    WebOtp(String),
    /// The 11 characters by which Android's SMS Retriever finds the app that may read the SMS.
    AppHash(String),
}

impl Ending {
    /// The text with this ending, after a blank line. A code with white space in it could not be read back, so its text
    /// stays as it is.
    #[must_use]
    pub fn append(&self, text: &str, code: &str) -> String {
        match self {
            _ if code.contains(char::is_whitespace) => text.to_owned(),
            Self::WebOtp(domain) => format!("{text}\n\n@{domain} #{code}"),
            Self::AppHash(hash) => format!("{text}\n\n{hash}"),
        }
    }
}

/// How the characters of an SMS are sent over the air (3GPP TS 23.038).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// The 7-bit default alphabet: 160 septets in a single segment, 153 in each of several.
    Gsm7,
    /// UTF-16: 70 units in a single segment, 67 in each of several.
    Ucs2,
}

impl Encoding {
    /// The encoding's usual name, `GSM-7` or `UCS-2`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gsm7 => "GSM-7",
            Self::Ucs2 => "UCS-2",
        }
    }

    /// How many units fit into a single segment, and into each of several, where a header takes 6 bytes of each.
    const fn capacity(self) -> (usize, usize) {
        match self {
            Self::Gsm7 => (160, 153),
            Self::Ucs2 => (70, 67),
        }
    }

    /// How many units `c` takes in this encoding.
    fn units(self, c: char) -> usize {
        match self {
            Self::Gsm7 => septets(c).unwrap_or_default(),
            Self::Ucs2 => c.len_utf16(),
        }
    }
}

/// What an SMS costs: the number of its segments, and how it was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segments {
    /// The encoding that the text needs.
    pub encoding: Encoding,
    /// How many segments are paid for. An empty text is one segment.
    pub count: usize,
    /// The length of the text in septets (GSM-7) or UTF-16 units (UCS-2).
    pub units: usize,
}

impl Segments {
    /// Counts as the network does: an escaped character or a surrogate pair that does not fit into the rest of a segment
    /// goes into the next one whole.
    #[must_use]
    pub fn of(text: &str) -> Self {
        // A single character outside the 7-bit alphabet turns the whole text into UCS-2. One walk finds that out and counts,
        // which saves 18,000 instructions a message against two.
        let (encoding, units) = match septets_of(text) {
            Some(septets) => (Encoding::Gsm7, septets),
            None => (Encoding::Ucs2, text.encode_utf16().count()),
        };
        let (single, several) = encoding.capacity();
        if units <= single {
            return Self { encoding, count: 1, units };
        }
        // Dividing would count too few: a pair at a segment's end leaves a unit unused.
        let (mut count, mut used) = (1, 0);
        for needed in text.chars().map(|c| encoding.units(c)) {
            if used + needed > several {
                count += 1;
                used = 0;
            }
            used += needed;
        }
        Self { encoding, count, units }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn counts_at_the_borders() {
        use Encoding::{Gsm7, Ucs2};
        let a = |n: usize| "a".repeat(n);
        for (text, encoding, count, units) in [
            (String::new(), Gsm7, 1, 0),
            (a(160), Gsm7, 1, 160),
            (a(161), Gsm7, 2, 161),
            (a(306), Gsm7, 2, 306),
            (a(307), Gsm7, 3, 307),
            // An extension character takes two septets, and both stand in one segment.
            (a(158) + "€", Gsm7, 1, 160),
            (a(159) + "€", Gsm7, 2, 161),
            (a(152) + "€" + &a(151), Gsm7, 2, 305),
            (a(152) + "€" + &a(152), Gsm7, 3, 306),
            (a(151) + "€" + &a(153), Gsm7, 2, 306),
            ("[".repeat(80), Gsm7, 1, 160),
            ("[".repeat(81), Gsm7, 2, 162),
            // 153 is odd: 76 pairs a segment.
            ("[".repeat(152), Gsm7, 2, 304),
            ("[".repeat(153), Gsm7, 3, 306),
            ("ж".repeat(70), Ucs2, 1, 70),
            ("ж".repeat(71), Ucs2, 2, 71),
            ("ж".repeat(134), Ucs2, 2, 134),
            ("ж".repeat(135), Ucs2, 3, 135),
            ("😀".repeat(35), Ucs2, 1, 70),
            ("😀".repeat(36), Ucs2, 2, 72),
            // 67 is odd: 33 pairs a segment.
            ("😀".repeat(66), Ucs2, 2, 132),
            ("😀".repeat(67), Ucs2, 3, 134),
            (a(66) + "😀" + &a(65), Ucs2, 2, 133),
            (a(66) + "😀" + &a(66), Ucs2, 3, 134),
            ("`".to_owned(), Ucs2, 1, 1),
            ("ç".to_owned(), Ucs2, 1, 1),
            ("Ç@£$¥èéùìò\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà".to_owned(), Gsm7, 1, 44),
            ("\u{c}^{}\\[~]|€".to_owned(), Gsm7, 1, 20),
        ] {
            assert_eq!(Segments::of(&text), Segments { encoding, count, units }, "{text:?}");
        }
    }

    #[test]
    fn the_alphabet_is_whole() {
        let taking = |wanted: usize| ('\0'..=char::MAX).filter(|c| septets(*c) == Some(wanted)).count();
        // Of 128 places one is the escape.
        assert_eq!((taking(1), taking(2)), (127, 10));
    }

    #[test]
    fn a_last_line_is_the_very_last() {
        let web = Ending::WebOtp("app.acme.example".to_owned());
        assert_eq!(
            web.append("418273 is your code.", "418273"),
            "418273 is your code.\n\n@app.acme.example #418273"
        );
        assert_eq!(web.append("4 1 is your code.", "4 1"), "4 1 is your code.");
        let android = Ending::AppHash("FA+9qCX9VSu".to_owned());
        assert_eq!(android.append("418273", "418273"), "418273\n\nFA+9qCX9VSu");
    }

    #[test]
    fn typography_becomes_plain() {
        let text = "\u{feff}“Don’t”\u{a0}share – it’s ‚yours‘… «now»\u{200b} a—b\tc";
        assert_eq!(plain(text), "\"Don't\" share - it's 'yours'... \"now\" a-b c");
        assert_eq!(Segments::of(&plain(text)).encoding, Encoding::Gsm7);
        assert!(matches!(plain("Grüße, 你好, 👨‍👩‍👧"), Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn segments_hold_their_units(text in "[a€😀ж \\[]{0,400}|[a€\\[]{0,400}|\\PC{0,200}") {
            let Segments { encoding, count, units } = Segments::of(&text);
            let (single, several) = encoding.capacity();
            if units <= single {
                prop_assert_eq!(count, 1);
            } else {
                prop_assert!(units.div_ceil(several) <= count && count <= units.div_ceil(several - 1));
            }
            if encoding == Encoding::Ucs2 {
                prop_assert_eq!(units, text.encode_utf16().count());
            }
        }

        #[test]
        fn plain_is_idempotent_and_never_costs_more(text in "\\PC{0,200}") {
            let once = plain(&text).into_owned();
            prop_assert_eq!(&plain(&once), &once);
            if Segments::of(&text).encoding == Encoding::Gsm7 {
                prop_assert_eq!(once, text);
            }
        }
    }
}
