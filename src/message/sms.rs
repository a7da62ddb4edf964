//! A text message, its encoding and segments.
use std::time::{Duration};
use super::Phone;

/// A text message to one number.
#[derive(Debug)]
pub struct Sms {
    /// Clerk's id of the message (`sms_…`).
    pub id: String,
    /// Number, short code or alphanumeric sender; a provider may have its own (messaging service).
    pub from: Option<String>,
    /// The one recipient.
    pub to: Phone,
    /// Plain text, never escaped.
    pub text: String,
    /// How long it is worth delivering, from when it was composed.
    pub valid_for: Option<Duration>,
}

/// How a text is sent over the air (3GPP 23.038).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// 7-bit default alphabet: 160 septets in one segment, 153 in each of several.
    Gsm7,
    /// UTF-16: 70 units in one segment, 67 in each of several.
    Ucs2,
}

/// A text's cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segments {
    /// The encoding that the text needs.
    pub encoding: Encoding,
    /// How many segments are paid for.
    pub count: usize,
    /// Septets (GSM-7) or UTF-16 units (UCS-2) in all.
    pub units: usize,
}

impl Segments {
    /// Counts as the network does.
    pub fn of(_text: &str) -> Self { unimplemented!() }
}

/// Replaces typographic characters (curly quotes, dashes, ellipsis, no-break space) that would turn a whole text into UCS-2.
pub fn plain(_text: &str) -> String { unimplemented!() }
