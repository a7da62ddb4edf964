//! Whether the brand's colours stand out from each other (WCAG 2.2, 1.4.3 and 1.4.11).

use crate::template::{Brand, contrast as ratio};

/// The contrast ratio that text needs against its background (level AA).
const TEXT: f64 = 4.5;
/// The contrast ratio that the edge of a button needs against its surroundings (level AA).
const SHAPE: f64 = 3.0;
/// The colours behind a button in the built-in layout, by colour scheme.
const CARD: [(&str, &str); 2] = [("light", "#ffffff"), ("dark", "#17191d")];

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

#[cfg(test)]
mod tests {
    use super::*;

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
