//! A message that is ready to leave: what providers get to see.

pub mod dkim;
pub mod email;
pub mod phone;
pub mod sms;

use std::borrow::Cow;

pub use email::Email;
pub use phone::Phone;
pub use sms::Sms;

/// One message to one recipient.
#[derive(Debug)]
pub enum Message {
    /// A mail.
    Email(Box<Email>),
    /// A text message.
    Sms(Sms),
}

impl Message {
    /// By which way it goes.
    #[must_use]
    pub fn channel(&self) -> Channel {
        match self {
            Self::Email(_) => Channel::Email,
            Self::Sms(_) => Channel::Sms,
        }
    }
}

/// Which of Clerk's two channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Channel {
    /// `email.created`
    Email,
    /// `sms.created`
    Sms,
}

impl Channel {
    /// `email` or `sms`, as in configuration, paths and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
        }
    }
}

/// A recipient without the white space around it and without the marks that nobody sees, which come along when it is
/// copied from a page or an address book: directions of writing, soft hyphens, spaces of no width. No-break spaces and
/// hyphens become usual ones.
fn without_marks(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text.trim());
    }
    let is_unseen = |c: char| {
        matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{feff}')
            || matches!(c, '\u{2060}'..='\u{2069}')
    };
    let usual = |c: char| match c {
        '\u{a0}' | '\u{2007}' | '\u{202f}' => ' ',
        '\u{2010}' | '\u{2011}' => '-',
        c => c,
    };
    let seen: String = text.chars().filter(|&c| !is_unseen(c)).map(usual).collect();
    Cow::Owned(seen.trim().to_owned())
}
