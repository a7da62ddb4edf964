//! A mail and its one serialised form (RFC 5322, MIME, 7-bit).
use lettre::Address;
use lettre::message::Mailbox;
use std::sync::OnceLock;
use std::time::SystemTime;

/// A mail to one recipient.
#[derive(Debug)]
pub struct Email {
    /// Clerk's id of the message (`ema_…`): becomes `Message-ID` and `X-Entity-Ref-ID`.
    pub id: String,
    /// The `From` header.
    pub from: Mailbox,
    /// The address that bounces go to (`MAIL FROM`).
    pub envelope_from: Address,
    /// The one recipient (`RCPT TO`).
    pub to: Address,
    /// `Reply-To`, where there is one.
    pub reply_to: Option<Mailbox>,
    /// One line.
    pub subject: String,
    /// The HTML body.
    pub html: Option<String>,
    /// The plain text body.
    pub text: Option<String>,
    /// Staging: who it was really for; shown in `X-Original-To`.
    pub redirected_from: Option<String>,
    /// The `Date` header.
    pub date: SystemTime,
    /// The serialised form, made once and used by every attempt.
    pub wire: OnceLock<Vec<u8>>,
}

impl Email {
    /// The whole message: headers, then `multipart/alternative`; CRLF line ends, no line starting with a dot.
    pub fn wire(&self) -> &[u8] {
        self.wire.get().map_or(&[], Vec::as_slice)
    }
}
