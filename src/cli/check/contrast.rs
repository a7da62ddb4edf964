//! Whether the brand's colours stand out from each other (WCAG 2.2, 1.4.3 and 1.4.11).

use crate::template::Brand;

/// The contrast ratio that text needs against its background (level AA).
const TEXT: f64 = 4.5;
/// The contrast ratio that the edge of a button needs against its surroundings (level AA).
const SHAPE: f64 = 3.0;
/// The colours behind a button in the built-in layout, by colour scheme.
const CARD: [(&str, &str); 2] = [("light", "#ffffff"), ("dark", "#1a1d21")];

/// A line with a verdict for each pair of colours that touch in a mail.
pub(super) fn lines(brand: &Brand) -> Vec<String> {
    let Some(button) = &brand.primary_color else {
        return vec![
            "colours   are taken from Clerk's events, since [brand] has no primary_color".to_owned(),
        ];
    };
    // White is what the template engine falls back to as well.
    let text = brand.button_text_color.as_deref().unwrap_or("#ffffff");
    let cards = CARD.iter().map(|(mode, card)| (format!("button on the {mode} card"), button, *card, SHAPE));
    std::iter::once(("button text on button".to_owned(), button, text, TEXT))
        .chain(cards)
        .filter_map(|(what, one, other, needed)| Some(line(&what, ratio(one, other)?, needed)))
        .collect()
}

/// `colours   button on the dark card     3.9:1  fine (WCAG AA: 3:1)`
fn line(what: &str, ratio: f64, needed: f64) -> String {
    let verdict = if ratio >= needed { "fine" } else { "too little" };
    format!("colours   {what:<25} {ratio:>5.1}:1  {verdict} (WCAG AA: {needed}:1)")
}

/// The contrast ratio of two colours, from 1 to 21; `None` unless both are `#rrggbb`.
fn ratio(one: &str, other: &str) -> Option<f64> {
    let (one, other) = (luminance(one)?, luminance(other)?);
    // 0.05 stands for the light that every screen reflects (WCAG 2.2, definition of contrast ratio).
    Some((one.max(other) + 0.05) / (one.min(other) + 0.05))
}

/// The relative luminance of a colour `#rrggbb`, from 0 (black) to 1 (white).
fn luminance(color: &str) -> Option<f64> {
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(color.get(at..at + 2)?, 16).ok()?) / 255.0;
        // The sRGB transfer function: below the threshold it is linear.
        Some(if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) })
    };
    Some(0.2126 * channel(1)? + 0.7152 * channel(3)? + 0.0722 * channel(5)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_those_of_the_guidelines() {
        for (one, other, expected) in
            [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#335bf1", "#335bf1", 1.0)]
        {
            let ratio = ratio(one, other).unwrap();
            assert!((ratio - expected).abs() < 0.01, "{one} {other}: {ratio}");
        }
        assert_eq!(ratio("teal", "#ffffff"), None);
    }

    #[test]
    fn too_little_is_said() {
        let brand = Brand {
            primary_color: Some("#ffee00".to_owned()),
            button_text_color: Some("#ffffff".to_owned()),
            ..Brand::default()
        };
        let lines = lines(&brand);
        assert_eq!(lines.len(), 3);
        assert!(lines[0].contains("1.2:1") && lines[0].contains("too little"), "{lines:?}");
        assert!(lines[2].contains("fine"), "{lines:?}");
    }
}
