//! How well colours stand out from each other (WCAG 2.2, 1.4.3 and 1.4.11).

/// The contrast ratio of two colours, from 1 to 21; `None` unless both are `#rrggbb` or `#rgb`.
pub(in crate::template) fn contrast(one: &str, other: &str) -> Option<f64> {
    let (one, other) = (luminance(one)?, luminance(other)?);
    // 0.05 stands for the light that every screen reflects (WCAG 2.2, definition of contrast ratio).
    Some((one.max(other) + 0.05) / (one.min(other) + 0.05))
}

/// `text` where it can be read on `ground`, else black or white, whichever can be read better. Colours that are not given in
/// hexadecimal digits are taken for readable.
pub(in crate::template) fn readable<'c>(text: &'c str, ground: &str) -> &'c str {
    match contrast(text, ground) {
        Some(ratio) if ratio < LEAST => {
            let [black, white] =
                ["#000000", "#ffffff"].map(|color| (contrast(color, ground).unwrap_or_default(), color));
            if black.0 > white.0 { black.1 } else { white.1 }
        }
        _ => text,
    }
}

/// The contrast ratio that text needs (level AA).
const LEAST: f64 = 4.5;

/// The relative luminance of a colour `#rrggbb` or `#rgb`, from 0 (black) to 1 (white).
fn luminance(color: &str) -> Option<f64> {
    let digits = color.strip_prefix('#')?;
    let channel = |at: usize| {
        let value = match digits.len() {
            3 => 17 * u8::from_str_radix(digits.get(at..=at)?, 16).ok()?,
            6 => u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok()?,
            _ => return None,
        };
        let value = f64::from(value) / 255.0;
        // The sRGB transfer function: below the threshold it is linear.
        Some(if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) })
    };
    Some(0.2126 * channel(0)? + 0.7152 * channel(1)? + 0.0722 * channel(2)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_those_of_the_guidelines() {
        for (one, other, expected) in [
            ("#000000", "#ffffff", 21.0),
            ("#777777", "#ffffff", 4.48),
            ("#777", "#fff", 4.48),
            ("#335bf1", "#335bf1", 1.0),
        ] {
            let ratio = contrast(one, other).unwrap();
            assert!((ratio - expected).abs() < 0.01, "{one} {other}: {ratio}");
        }
        assert_eq!(contrast("teal", "#ffffff"), None);
    }

    #[test]
    fn words_can_be_read_on_any_button() {
        assert_eq!(readable("#ffffff", "#ffdd33"), "#000000");
        assert_eq!(readable("#000000", "#2f3037"), "#ffffff");
        assert_eq!(readable("#ffffff", "#2f6f4f"), "#ffffff");
        assert_eq!(readable("white", "#ffdd33"), "white");
        for ground in 0..=255_u8 {
            let ground =
                format!("#{ground:02x}{:02x}{:02x}", ground.wrapping_mul(7), ground.wrapping_mul(31));
            assert!(contrast(readable(&ground, &ground), &ground).unwrap() >= 4.5, "{ground}");
        }
    }
}
