//! What the service says of itself: log lines and metrics. Neither ever holds a code, link, subject, credential or whole
//! address; recipients are masked here.

pub mod log;
pub mod metrics;

use std::fmt;

/// A recipient as it may be shown: `a***@e***.com`, `+4479*****12`.
#[derive(Debug, Clone, Copy)]
pub struct Masked<'a>(pub &'a str);

impl fmt::Display for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((user, domain)) = self.0.rsplit_once('@') {
            let ending = domain.rsplit_once('.').map_or("", |(_, ending)| ending);
            return write!(f, "{}***@{}***.{ending}", first(user), first(domain));
        }
        let digits = self.0.chars().count();
        let (shown, hidden) = if digits >= 10 { (5, digits - 7) } else { (1, digits.saturating_sub(3)) };
        f.write_str(&self.0.chars().take(shown).collect::<String>())?;
        f.write_str(&"*".repeat(hidden))?;
        f.write_str(&self.0.chars().skip(shown + hidden).collect::<String>())
    }
}

fn first(text: &str) -> &str {
    text.char_indices().nth(1).map_or(text, |(end, _)| text.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipient_is_shown_in_part() {
        for (whole, shown) in [
            ("alice@example.com", "a***@e***.com"),
            ("a@b", "a***@b***."),
            ("zoë@müller.example", "z***@m***.example"),
            ("ë@x.y", "ë***@x***.y"),
            ("\"a@b\"@c.d", "\"***@c***.d"),
            ("+447900000012", "+4479******12"),
            ("+1234567", "+*****67"),
            ("", ""),
        ] {
            assert_eq!(Masked(whole).to_string(), shown);
        }
    }
}
