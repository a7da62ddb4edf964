//! A message that is ready to leave: what providers get to see.

pub mod dkim;
pub mod email;
mod marks;
pub mod phone;
pub mod sms;

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
