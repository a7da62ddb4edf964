//! Clerk's events, read leniently: everything but `type` and `data` may be null or missing, unknown fields are no error.
//!
//! Strings are borrowed from the request where JSON allows it, and Clerk's rendered bodies stay unread until they are
//! needed. A field of another type than Clerk documents is an error that names it: guessing could lose a code.

use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::message::Channel;
use crate::webhook::Verified;

mod field;
use field::{Field, Text};

/// An event of Clerk's.
#[derive(Debug)]
pub enum Event<'a> {
    /// A mail or a text to deliver.
    Created(Created<'a>),
    /// Any other type: not ours.
    Other(Cow<'a, str>),
}

/// `email.created` or `sms.created`.
#[derive(Debug)]
pub struct Created<'a> {
    /// Which of the two.
    pub channel: Channel,
    /// When Clerk made it: the envelope's `timestamp`, else `created_at`.
    pub born: Option<SystemTime>,
    /// `data.id` (`ema_…`, `sms_…`).
    pub id: Option<Cow<'a, str>>,
    /// Which template; null for free-form mail.
    pub slug: Option<Cow<'a, str>>,
    /// `to_email_address` or `to_phone_number`.
    pub to: Option<Cow<'a, str>>,
    /// The sender's local part; mail only.
    pub from_email_name: Option<Cow<'a, str>>,
    /// The reply address' local part; mail only.
    pub reply_to_email_name: Option<Cow<'a, str>>,
    /// Clerk sends it itself.
    pub delivered_by_clerk: bool,
    /// The variables for templates; empty where Clerk gives none.
    pub variables: Map<String, Value>,
    /// Clerk's own rendering.
    pub original: Original<'a>,
}

/// The message in Clerk's words, still as JSON.
#[derive(Debug, Clone, Copy, Default)]
pub struct Original<'a> {
    subject: Option<&'a RawValue>,
    html: Option<&'a RawValue>,
    text: Option<&'a RawValue>,
}

/// Why a body is no event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Not JSON, or cut off.
    #[error("the body is no JSON: line {line}, column {column}")]
    Json {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// A field has a type that Clerk never gives it.
    #[error("the body is no event of Clerk's: `{0}` is missing or has the wrong type")]
    Field(&'static str),
}

/// Below this, a `timestamp` counts seconds (Clerk documents milliseconds and shows seconds in its examples).
const FIRST_MILLISECOND_TIMESTAMP: u64 = 100_000_000_000;

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Field<Text<'a>>,
    #[serde(default)]
    timestamp: Field<f64>,
    #[serde(borrow, default)]
    data: Field<Data<'a>>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow, default)]
    id: Field<Text<'a>>,
    #[serde(borrow, default)]
    slug: Field<Text<'a>>,
    #[serde(borrow, default)]
    to_email_address: Field<Text<'a>>,
    #[serde(borrow, default)]
    to_phone_number: Field<Text<'a>>,
    #[serde(borrow, default)]
    from_email_name: Field<Text<'a>>,
    #[serde(borrow, default)]
    reply_to_email_name: Field<Text<'a>>,
    #[serde(default)]
    delivered_by_clerk: Field<bool>,
    #[serde(default, rename = "data")]
    variables: Field<Map<String, Value>>,
    #[serde(borrow, default)]
    subject: Option<&'a RawValue>,
    #[serde(borrow, default)]
    body: Option<&'a RawValue>,
    #[serde(borrow, default)]
    body_plain: Option<&'a RawValue>,
    #[serde(borrow, default)]
    message: Option<&'a RawValue>,
    #[serde(default)]
    created_at: Field<f64>,
    #[serde(default)]
    created_at_ms: Field<f64>,
}

impl<'a> Event<'a> {
    /// Reads a verified body.
    ///
    /// # Errors
    /// It is no JSON, has no `type`, or a field that we need is of another type than Clerk documents.
    pub fn parse<B: AsRef<[u8]>>(request: &'a Verified<B>) -> Result<Self, Malformed> {
        let envelope: Envelope<'a> =
            serde_json::from_slice(request.body.as_ref()).map_err(|error| match error.classify() {
                serde_json::error::Category::Data => Malformed::Field("the event"),
                _ => Malformed::Json { line: error.line(), column: error.column() },
            })?;
        let kind = envelope.kind.required("type")?.0;
        let channel = match kind.as_ref() {
            // Clerk's own page on templates says `emails.created`, and it was copied around.
            "email.created" | "emails.created" => Channel::Email,
            "sms.created" => Channel::Sms,
            _ => return Ok(Self::Other(kind)),
        };
        let born = envelope.timestamp.lenient();
        Created::new(channel, born, envelope.data.required("data")?).map(Self::Created)
    }
}

impl<'a> Created<'a> {
    fn new(channel: Channel, timestamp: Option<f64>, data: Data<'a>) -> Result<Self, Malformed> {
        let text = |field: Field<Text<'a>>, name| {
            field
                .optional(name)
                .map(|text| text.map(|Text(text)| text).filter(|text| !text.trim().is_empty()))
        };
        let created = data.created_at_ms.lenient().or(data.created_at.lenient());
        let (to, original) = match channel {
            Channel::Email => (
                text(data.to_email_address, "data.to_email_address")?,
                Original { subject: data.subject, html: data.body, text: data.body_plain },
            ),
            Channel::Sms => (
                text(data.to_phone_number, "data.to_phone_number")?,
                Original { subject: None, html: None, text: data.message },
            ),
        };
        Ok(Self {
            channel,
            born: timestamp.or(created).and_then(point_in_time),
            id: text(data.id, "data.id")?,
            slug: text(data.slug, "data.slug")?,
            to,
            from_email_name: text(data.from_email_name, "data.from_email_name")?,
            reply_to_email_name: text(data.reply_to_email_name, "data.reply_to_email_name")?,
            delivered_by_clerk: data.delivered_by_clerk.optional("data.delivered_by_clerk")?.unwrap_or(false),
            variables: data.variables.optional("data.data")?.unwrap_or_default(),
            original,
        })
    }
}

impl Original<'_> {
    /// Clerk's subject, unescaped.
    #[must_use]
    pub fn subject(&self) -> Option<String> {
        unescape(self.subject)
    }

    /// Clerk's HTML body.
    #[must_use]
    pub fn html(&self) -> Option<String> {
        unescape(self.html)
    }

    /// Clerk's plain text body, or the text of an SMS.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        unescape(self.text)
    }
}

/// Anything but a string with something in it counts as missing: Clerk's rendering is what we fall back to.
fn unescape(json: Option<&RawValue>) -> Option<String> {
    let text: String = serde_json::from_str(json?.get()).ok()?;
    Some(text).filter(|text| !text.trim().is_empty())
}

fn point_in_time(timestamp: f64) -> Option<SystemTime> {
    // Whole and positive after the check; a fraction of a millisecond means nothing here.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "range is checked first")]
    let number = (1.0..1e15).contains(&timestamp).then_some(timestamp as u64)?;
    let since = if number < FIRST_MILLISECOND_TIMESTAMP {
        Duration::from_secs(number)
    } else {
        Duration::from_millis(number)
    };
    UNIX_EPOCH.checked_add(since)
}

#[cfg(test)]
mod tests;
