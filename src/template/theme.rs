//! The colours of a brand's buttons, and whether they can be read and seen (WCAG 2.2, 1.4.3 and 1.4.11).

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::brand::Brand;
use super::color::contrast;
use super::locale::Locale;
use super::proof::sample;
use super::render::Context;
use crate::message::Channel;

/// The contrast ratio that text needs against its background (level AA).
const TEXT: f64 = 4.5;
/// The contrast ratio that the edge of a button needs against its surroundings (level AA).
const SHAPE: f64 = 3.0;
/// What stands behind a button in the built-in layout, and how much white its border adds, by colour scheme.
const CARDS: [(&str, &str, f64); 2] = [("light", "#ffffff", 0.0), ("dark", "#17191d", 0.42)];

/// How well two colours stand out from each other that touch in a mail.
#[derive(Debug, Clone, PartialEq)]
pub struct Contrast {
    /// Whose colours they are: `yours`, `default` or `sample`, the colours in Clerk's sample events.
    pub whose: &'static str,
    /// What touches what, such as `button on the dark card`.
    pub what: String,
    /// The contrast ratio, from 1 to 21.
    pub ratio: f64,
    /// The ratio that is needed.
    pub needed: f64,
}

impl Contrast {
    /// Whether the ratio is as large as it has to be.
    #[must_use]
    pub fn is_enough(&self) -> bool {
        self.ratio >= self.needed
    }
}

/// A verdict for each pair of colours that touch in a mail of this brand. Where the brand leaves colours to Clerk, the
/// verdicts are on our default and on those of Clerk's samples. A colour that is not written in hexadecimal digits is not
/// judged.
#[must_use]
pub fn contrasts(brand: &Brand) -> Vec<Contrast> {
    let variables = sample::variables(Channel::Email, "verification_code").unwrap_or_default();
    let sets = if brand.primary_color.is_some() {
        vec![("yours", Map::new())]
    } else {
        vec![("default", Map::new()), ("sample", variables)]
    };
    let mut found = Vec::new();
    for (whose, variables) in sets {
        let [button, text] = button(variables, brand);
        let mut judge = |what: String, ratio: Option<f64>, needed: f64| {
            found.extend(ratio.map(|ratio| Contrast { whose, what, ratio, needed }));
        };
        judge("button text on button".to_owned(), contrast(&button, &text), TEXT);
        for (scheme, card, white) in CARDS {
            let edge = mixed_with_white(&button, white).unwrap_or_else(|| button.clone());
            let ratio = contrast(&button, card).zip(contrast(&edge, card)).map(|(one, other)| one.max(other));
            judge(format!("button on the {scheme} card"), ratio, SHAPE);
        }
    }
    found
}

/// The colours of a button and of its words, as a mail with these variables has them.
fn button(variables: Map<String, Value>, brand: &Brand) -> [String; 2] {
    let context = Context::new(variables, brand, Locale(0));
    ["/theme/primary_color", "/theme/button_text_color"].map(|path| {
        context.variables.data().pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned()
    })
}

/// A colour `#rrggbb` with this much white over it; `None` for colours that are written in another way.
fn mixed_with_white(color: &str, white: f64) -> Option<String> {
    let digits = color.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    let mut mixed = "#".to_owned();
    for at in [0, 2, 4] {
        let value = f64::from(u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()?);
        let value = (value + (255.0 - value) * white).round();
        // A number from 0 to 255 after rounding, so nothing is lost.
        let text = format!("{value:.0}").parse::<u8>().ok()?;
        let _ = write!(mixed, "{text:02x}");
    }
    Some(mixed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(primary: Option<&str>, text: Option<&str>) -> Vec<(String, bool)> {
        let brand = Brand {
            primary_color: primary.map(str::to_owned),
            button_text_color: text.map(str::to_owned),
            ..Brand::default()
        };
        let all = contrasts(&brand);
        all.iter().map(|it| (format!("{} {}", it.whose, it.what), it.is_enough())).collect()
    }

    #[test]
    fn our_default_and_clerks_samples_are_judged_in_both_schemes() {
        let found = of(None, None);
        assert_eq!(found.len(), 6);
        assert!(found.iter().all(|(_, is_enough)| *is_enough), "{found:?}");
        assert_eq!(found[2].0, "default button on the dark card");
        assert_eq!(found[3].0, "sample button text on button");
    }

    #[test]
    fn too_little_is_said() {
        let verdicts =
            |found: Vec<(String, bool)>| found.iter().map(|(_, is_enough)| *is_enough).collect::<Vec<_>>();
        assert_eq!(verdicts(of(Some("#ffee00"), Some("#ffffff"))), [false, false, true]);
        assert_eq!(verdicts(of(Some("#ffee00"), None)), [true, false, true], "the words become black");
        assert_eq!(verdicts(of(Some("#000000"), None)), [true, true, true], "its border is seen in the dark");
        assert_eq!(of(Some("teal"), None), []);
    }
}
