//! Log lines, metrics and traces. None ever holds a code, link, subject, credential or whole address; recipients are masked
//! here.

pub mod log;
pub mod metrics;
pub mod seldom;
pub mod traces;

use std::fmt;

use crate::message::Channel;

/// Prints a recipient in the form that may be shown: `a***@e***.com`, `+4479******12`, or `***` for text that is neither an
/// address nor a number.
#[derive(Debug, Clone, Copy)]
pub struct Masked<'a> {
    /// The message's channel, which decides whether the recipient is masked as an address or as a number.
    pub channel: Channel,
    /// The recipient as the event names it, so it may be any text.
    pub recipient: &'a str,
}

impl fmt::Display for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let masked = match self.channel {
            Channel::Email => address(self.recipient),
            Channel::Sms => number(self.recipient),
        };
        f.write_str(masked.as_deref().unwrap_or("***"))
    }
}

/// Shows the first letters and the top-level domain; `None` for text that is not an address.
fn address(text: &str) -> Option<String> {
    let (user, domain) = text.rsplit_once('@')?;
    let ending = domain.rsplit_once('.').map_or("", |(_, ending)| ending);
    // `rsplit_once` finds an ending in any text: without this check, a name or a path after the dot would be shown.
    let is_name = ending.chars().all(|c| c.is_alphanumeric() || c == '-');
    is_name.then(|| format!("{}***@{}***.{ending}", first(user), first(domain)))
}

/// Shows the start, which tells the country, and the last two digits; `None` for text that is not a number.
fn number(text: &str) -> Option<String> {
    let is_number = text.chars().all(|c| c.is_ascii_digit() || "+-. ()/".contains(c));
    let length = text.len();
    let (shown, hidden) = if length >= 10 { (5, length - 7) } else { (1, length.checked_sub(3)?) };
    // Digits, and what people write between them, are one byte each, so `length` counts characters from here on.
    is_number.then_some(())?;
    Some(format!("{}{}{}", text.get(..shown)?, "*".repeat(hidden), text.get(shown + hidden..)?))
}

/// The first character, however many bytes it has.
fn first(text: &str) -> &str {
    text.char_indices().nth(1).map_or(text, |(end, _)| text.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipient_is_shown_in_part() {
        for (channel, recipient, shown) in [
            (Channel::Email, "alice@example.com", "a***@e***.com"),
            (Channel::Email, "a@b", "a***@b***."),
            (Channel::Email, "zoë@müller.example", "z***@m***.example"),
            (Channel::Email, "ë@x.y", "ë***@x***.y"),
            (Channel::Email, "\"a@b\"@c.d", "\"***@c***.d"),
            (Channel::Sms, "+447900000012", "+4479******12"),
            (Channel::Sms, "+1234567", "+*****67"),
            (Channel::Sms, "+1 (555) 123-4567", "+1 (5**********67"),
        ] {
            assert_eq!(Masked { channel, recipient }.to_string(), shown);
        }
    }

    #[test]
    fn what_is_no_recipient_of_its_channel_is_not_shown_at_all() {
        for recipient in [
            "",
            "alice.wonderland.example",
            "+447900000012",
            "alice",
            "a@b.alice wonderland",
            "a@b.c, secret@d.e/secret",
        ] {
            assert_eq!(Masked { channel: Channel::Email, recipient }.to_string(), "***", "{recipient}");
        }
        for recipient in
            ["", "12", "alice@example.com", "alice.wonderland", "0712345678;ext=secret", "٠٧١٢٣٤٥٦٧٨"]
        {
            assert_eq!(Masked { channel: Channel::Sms, recipient }.to_string(), "***", "{recipient}");
        }
    }
}
