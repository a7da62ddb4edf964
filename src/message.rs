//! A message that is ready to be sent, in the form that providers are given.

pub mod dkim;
pub mod domain;
pub mod email;
mod marks;
pub mod phone;
pub mod sms;

pub use email::Email;
pub use phone::Phone;
pub use sms::Sms;

/// One message to one recipient, by mail or by SMS.
#[derive(Debug)]
pub enum Message {
    /// A mail. Boxed, since it is several times as large as an SMS.
    Email(Box<Email>),
    /// An SMS, ready for an API.
    Sms(Sms),
}

impl Message {
    /// The channel that the message goes by.
    #[must_use]
    pub fn channel(&self) -> Channel {
        match self {
            Self::Email(_) => Channel::Email,
            Self::Sms(_) => Channel::Sms,
        }
    }
}

/// One of the two channels that Clerk sends messages by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Channel {
    /// Mail, from the event `email.created`.
    Email,
    /// SMS, from the event `sms.created`.
    Sms,
}

impl Channel {
    /// The channel's name in the configuration, in paths and in metrics: `email` or `sms`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
        }
    }
}
