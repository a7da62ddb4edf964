//! Reads Clerk's events, leniently: only `type`, `data` and the recipient have to be as Clerk documents them.
//!
//! Any other field may be missing, and a field of the wrong type counts as missing: no code is lost to a value that the
//! message doesn't need. Strings are borrowed from the request where JSON allows it. Clerk's rendered bodies and the
//! variables for templates stay unread until they are needed.

use std::borrow::Cow;
use std::fmt;
use std::time::SystemTime;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::message::Channel;
use crate::webhook::Verified;

mod json;
mod time;
mod user;

use json::{Members, Object, Str};
use time::point_in_time;
pub use user::{Change, User};

/// An event from Clerk, either one that this service delivers or another.
#[derive(Debug)]
pub enum Event<'a> {
    /// A mail or an SMS to deliver.
    Created(Box<Created<'a>>),
    /// What happened to a user, who may have told a language.
    User(User<'a>),
    /// An event of any other type. The service does not deliver it.
    Other {
        /// The type's name.
        kind: Cow<'a, str>,
        /// The instance of Clerk that it is from (`ins_…`), as for the others.
        instance: Option<Cow<'a, str>>,
    },
}

/// The event `email.created` or `sms.created`: a message that Clerk wants to have sent.
#[derive(Debug)]
pub struct Created<'a> {
    /// Which of the two events it is.
    pub channel: Channel,
    /// When Clerk made the message: the first of the envelope's `timestamp`, `created_at_ms` and `created_at` that can be
    /// right. `None` where none of them can.
    pub born: Option<SystemTime>,
    /// The instance of Clerk that made the message, `instance_id` (`ins_…`): each app has one or more. Events from before 2025
    /// do not say it: then it is the one whose secret signed the event, or `None` if that secret belongs to none.
    pub instance: Option<Cow<'a, str>>,
    /// Clerk's id of the message, `data.id` (`ema_…`, `sms_…`).
    pub id: Option<Cow<'a, str>>,
    /// Which of Clerk's templates the message is made from; `None` for free-form mail.
    pub slug: Option<Cow<'a, str>>,
    /// Clerk's id of the recipient, `user_id` (`user_…`). `None` for a message to somebody who has not signed up yet.
    pub user: Option<Cow<'a, str>>,
    /// The recipient's language, from `data.locale`, `data.data.user.locale` or `data.data.locale`: Clerk says it in none of
    /// them today. `None` where it is missing.
    pub locale: Option<Cow<'a, str>>,
    /// The recipient, from `to_email_address` or `to_phone_number`. `None` where it is null or blank.
    pub to: Option<Cow<'a, str>>,
    /// The local part of the sender's address, as set in Clerk's dashboard; mail only.
    pub from_email_name: Option<Cow<'a, str>>,
    /// The local part of the reply address, as set in Clerk's dashboard; mail only.
    pub reply_to_email_name: Option<Cow<'a, str>>,
    /// Whether Clerk sends the message itself, so that nothing is to be sent from here.
    pub delivered_by_clerk: bool,
    /// The variables for templates. Empty where the event has none.
    pub variables: Variables<'a>,
    /// The message as Clerk rendered it, for when our own template can't be used.
    pub original: Original<'a>,
    /// What Clerk says of the request that led to the message.
    pub attributes: Attributes<'a>,
}

/// The variables for templates, kept as JSON until somebody asks for one.
#[derive(Debug, Clone, Default)]
pub struct Variables<'a>(Members<'a>);

/// `event_attributes`, kept as JSON: most messages need nothing of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Attributes<'a>(Option<&'a RawValue>);

/// The message as Clerk rendered it, kept as JSON: the bodies are long, and mostly nobody asks for them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Original<'a> {
    subject: Option<&'a RawValue>,
    html: Option<&'a RawValue>,
    text: Option<&'a RawValue>,
}

/// Why a body can't be read as an event. Repeats no value of the body, which may be a code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// The body is not JSON, or was cut off.
    #[error("the body is not JSON: line {line}, column {column}")]
    Json {
        /// The line of the fault, counted from 1.
        line: usize,
        /// The column of the fault, counted from 1; 0 in an empty body.
        column: usize,
    },
    /// A field that nothing can stand in for is missing or has the wrong type. Holds its path.
    #[error("the body is not a Clerk event: `{0}` is missing or has the wrong type")]
    Field(&'static str),
}

/// The members of the envelope that are needed; all others are skipped.
#[derive(Default)]
struct Envelope<'a> {
    kind: Option<&'a RawValue>,
    timestamp: Option<&'a RawValue>,
    instance: Option<&'a RawValue>,
    attributes: Option<&'a RawValue>,
    data: Option<Members<'a>>,
}

impl<'a> Event<'a> {
    /// Reads a verified body. `now` tells which of the times in it can be right.
    ///
    /// # Errors
    /// The body is not JSON, has no `type` or no `data`, or has a recipient that is not a string.
    pub fn parse<B: AsRef<[u8]>>(request: &'a Verified<B>, now: SystemTime) -> Result<Self, ParseError> {
        let envelope: Envelope<'a> =
            serde_json::from_slice(request.body.as_ref()).map_err(|error| match error.classify() {
                // The body is JSON, but not an object.
                serde_json::error::Category::Data => ParseError::Field("the event"),
                _ => ParseError::Json { line: error.line(), column: error.column() },
            })?;
        let kind = envelope.kind.and_then(json::text).ok_or(ParseError::Field("type"))?;
        let instance = envelope.instance.and_then(json::text).filter(|instance| !instance.trim().is_empty());
        let instance = instance.or_else(|| request.signer.as_deref().map(Cow::Borrowed));
        let channel = match kind.as_ref() {
            // Clerk's own page on templates says `emails.created`, and others copied it from there.
            "email.created" | "emails.created" => Channel::Email,
            "sms.created" => Channel::Sms,
            "user.created" | "user.updated" | "user.deleted" => {
                let is_deleted = kind == "user.deleted";
                let data = envelope.data.unwrap_or_default();
                return Ok(Self::User(User::new(is_deleted, envelope.timestamp, instance, &data, now)));
            }
            _ => return Ok(Self::Other { kind, instance }),
        };
        let data = envelope.data.ok_or(ParseError::Field("data"))?;
        let times = [envelope.timestamp, data.get("created_at_ms"), data.get("created_at")];
        let born = times.into_iter().flatten().find_map(|raw| point_in_time(raw, now));
        let mut created = Created::new(channel, born, instance, &data)?;
        created.attributes = Attributes(envelope.attributes);
        Ok(Self::Created(Box::new(created)))
    }

    /// The instance of Clerk that the event is from (`ins_…`): see [`Created::instance`].
    #[must_use]
    pub fn instance(&self) -> Option<&str> {
        match self {
            Self::Created(created) => created.instance.as_deref(),
            Self::User(user) => user.instance.as_deref(),
            Self::Other { instance, .. } => instance.as_deref(),
        }
    }
}

impl<'a> Created<'a> {
    fn new(
        channel: Channel,
        born: Option<SystemTime>,
        instance: Option<Cow<'a, str>>,
        data: &Members<'a>,
    ) -> Result<Self, ParseError> {
        // A blank string counts as missing too: an empty id would make all messages one.
        let text =
            |name| data.get(name).and_then(json::text_or_number).filter(|text| !text.trim().is_empty());
        let (to, name, original) = match channel {
            Channel::Email => (
                data.get("to_email_address"),
                "data.to_email_address",
                Original {
                    subject: data.get("subject"),
                    html: data.get("body"),
                    text: data.get("body_plain"),
                },
            ),
            Channel::Sms => (
                data.get("to_phone_number"),
                "data.to_phone_number",
                Original { subject: None, html: None, text: data.get("message") },
            ),
        };
        // The one field of `data` that nothing can stand in for.
        let to = to.map(|to| json::text(to).ok_or(ParseError::Field(name))).transpose()?;
        // Only a clear yes counts below: any other value must not keep a code from being sent.
        let delivered_by_clerk = data.get("delivered_by_clerk").map(RawValue::get);
        let variables = Variables(data.get("data").and_then(json::members).unwrap_or_default());
        let locale = text("locale").or_else(|| variables.locale());
        Ok(Self {
            channel,
            born,
            instance,
            id: text("id"),
            slug: text("slug"),
            user: text("user_id"),
            locale,
            to: to.filter(|to| !to.trim().is_empty()),
            from_email_name: text("from_email_name"),
            reply_to_email_name: text("reply_to_email_name"),
            delivered_by_clerk: matches!(delivered_by_clerk, Some("true" | "\"true\"")),
            variables,
            original,
            attributes: Attributes::default(),
        })
    }
}

impl<'a> Variables<'a> {
    /// The reader's language, where Clerk says it among the variables.
    fn locale(&self) -> Option<Cow<'a, str>> {
        let of_user = self.0.get("user").and_then(json::members).and_then(|user| user.get("locale"));
        let texts = of_user.into_iter().chain(self.0.get("locale")).filter_map(json::text);
        texts.into_iter().find(|text| !text.trim().is_empty())
    }
}

impl Variables<'_> {
    /// Whether the event has this variable, and it is not null.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some()
    }

    /// The value of one variable, as far as it can be read. `None` where it is missing, null or unreadable.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Value> {
        json::readable(self.0.get(name)?)
    }

    /// All variables. Values that can't be read are left out, wherever they stand: numbers beyond the range of a double,
    /// and values that are nested more than a hundred deep.
    #[must_use]
    pub fn read(&self) -> Map<String, Value> {
        self.0.values()
    }
}

impl Attributes<'_> {
    /// The IP address that the request came from, which need not be the reader's: an administrator or a server may have made
    /// it. `None` where the event does not say it, or says something else.
    #[must_use]
    pub fn client_ip(&self) -> Option<Cow<'_, str>> {
        let request = json::members(self.0?)?.get("http_request").and_then(json::members)?;
        let is_of_address = |c: char| c.is_ascii_hexdigit() || matches!(c, '.' | ':');
        let address = json::text(request.get("client_ip")?)?;
        // The longest address (IPv6 with IPv4 inside) has 45 characters.
        (!address.is_empty() && address.len() <= 45 && address.chars().all(is_of_address)).then_some(address)
    }
}

impl Original<'_> {
    /// The subject that Clerk rendered; `None` where it is missing or blank, as for every SMS.
    #[must_use]
    pub fn subject(&self) -> Option<String> {
        unescape(self.subject)
    }

    /// The HTML body that Clerk rendered; `None` where it is missing or blank, as for every SMS.
    #[must_use]
    pub fn html(&self) -> Option<String> {
        unescape(self.html)
    }

    /// The plain text body of a mail or the text of an SMS, as Clerk rendered it; `None` where it is missing or blank.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        unescape(self.text)
    }
}

/// The text of a JSON string. Any other value and a blank string count as missing: Clerk's rendering is only a fallback,
/// so a fault in it must not cost the message.
fn unescape(json: Option<&RawValue>) -> Option<String> {
    let text = json::text(json?)?;
    (!text.trim().is_empty()).then(|| text.into_owned())
}

impl<'de: 'a, 'a> Deserialize<'de> for Envelope<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EnvelopeVisitor)
    }
}

/// Reads the envelope by hand: with `derive`, a member that comes twice would be an error.
struct EnvelopeVisitor;

impl<'de> Visitor<'de> for EnvelopeVisitor {
    type Value = Envelope<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut envelope = Envelope::default();
        while let Some(Str(key)) = map.next_key()? {
            match key.as_ref() {
                "type" => envelope.kind = Some(map.next_value()?),
                "timestamp" => envelope.timestamp = Some(map.next_value()?),
                "instance_id" => envelope.instance = Some(map.next_value()?),
                "event_attributes" => envelope.attributes = Some(map.next_value()?),
                "data" => envelope.data = map.next_value::<Object<'de>>()?.0,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(envelope)
    }
}

#[cfg(test)]
mod tests;
