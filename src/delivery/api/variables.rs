//! The variables that templates of a definition may mention: what each is called, and its value for a message.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use handlebars::{Context, JsonRender as _, JsonTruthy as _};
use lettre::message::Mailbox;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::message::email::with_a_label;
use crate::message::sms::{Encoding, Segments};
use crate::message::{Channel, Email, Message, Sms};
use crate::secret::Secret;

/// The value of a variable. Words of a message are borrowed, so that they are copied once: into the request.
#[derive(Debug, Clone)]
pub(super) enum Given<'a> {
    /// A string.
    Text(Cow<'a, str>),
    /// A number, a boolean or a list.
    Json(Value),
}

impl Given<'_> {
    /// The value as templates write it.
    pub(super) fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Json(value) => Cow::Owned(value.render()),
        }
    }

    /// Whether `{{#if}}` takes the value for true.
    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::Text(text) => !text.is_empty(),
            Self::Json(value) => value.is_truthy(false),
        }
    }

    /// The value as helpers take it.
    pub(super) fn into_json(self) -> Value {
        match self {
            Self::Text(text) => Value::String(text.into_owned()),
            Self::Json(value) => value,
        }
    }
}

impl<'a> From<&'a str> for Given<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Given<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

/// A string that may be missing, which is an empty one for templates.
impl<'a, T: Into<Given<'a>>> From<Option<T>> for Given<'a> {
    fn from(text: Option<T>) -> Self {
        text.map_or(Given::Text(Cow::Borrowed("")), Into::into)
    }
}

/// Takes a value out of a message.
type Get<M> = for<'a> fn(&'a M) -> Given<'a>;

/// How the value of a variable is found in a message of either channel.
#[derive(Debug, Clone, Copy)]
pub(super) enum Find {
    Sms(Get<Sms>),
    Email(Get<Email>),
}

/// A function for each variable of an SMS, by name.
const SMS: [(&str, Get<Sms>); 14] = [
    ("to", |sms| sms.to.e164.as_str().into()),
    ("digits", |sms| digits(sms).into()),
    ("international", |sms| format!("00{}", digits(sms)).into()),
    ("country", |sms| sms.to.country().into()),
    ("from", |sms| sms.from.as_deref().into()),
    ("from_digits", |sms| sms.from.as_deref().map(|from| from.trim_start_matches('+')).into()),
    ("text", |sms| sms.text.as_str().into()),
    ("unicode", |sms| Given::Json(json!(Segments::of(&sms.text).encoding == Encoding::Ucs2))),
    ("segments", |sms| Given::Json(json!(Segments::of(&sms.text).count))),
    ("seconds_left", |sms| left(sms, |seconds| seconds)),
    ("milliseconds_left", |sms| left(sms, |seconds| seconds * 1000)),
    ("minutes_left", |sms| left(sms, |seconds| seconds.div_ceil(60))),
    ("idempotency_key", |sms| sms.id.as_str().into()),
    ("idempotency_uuid", |sms| uuid(&sms.id).into()),
];

/// A function for each variable of a mail, by name.
const EMAIL: [(&str, Get<Email>); 15] = [
    ("to", |mail| with_a_label(&mail.to).to_string().into()),
    ("from", |mail| address(&mail.from).into()),
    ("from_name", |mail| mail.from.name.as_deref().into()),
    ("from_header", |mail| {
        Mailbox::new(mail.from.name.clone(), with_a_label(&mail.from.email)).to_string().into()
    }),
    ("reply_to", |mail| mail.reply_to.as_ref().map(address).into()),
    ("subject", |mail| mail.subject.as_str().into()),
    ("html", |mail| mail.html.as_deref().into()),
    ("text", |mail| mail.text.as_deref().into()),
    ("message_id", |mail| mail.message_id().into()),
    ("mime_base64", |mail| STANDARD.encode(mail.wire()).into()),
    ("mime_base64url", |mail| URL_SAFE_NO_PAD.encode(mail.wire()).into()),
    ("original_to", |mail| mail.redirected_from.as_ref().map(ToString::to_string).into()),
    ("headers", |mail| Given::Json(headers(mail))),
    ("idempotency_key", |mail| mail.id.as_str().into()),
    ("idempotency_uuid", |mail| uuid(&mail.id).into()),
];

/// The variables of a message that templates may mention, beside the account's keys.
pub fn variables(channel: Channel) -> impl Iterator<Item = &'static str> {
    all(channel).map(|(name, _)| name)
}

fn all(channel: Channel) -> impl Iterator<Item = (&'static str, Find)> {
    let sms = SMS.iter().map(|(name, find)| (*name, Find::Sms(*find)));
    let email = EMAIL.iter().map(|(name, find)| (*name, Find::Email(*find)));
    let (sms, email) = match channel {
        Channel::Sms => (Some(sms), None),
        Channel::Email => (None, Some(email)),
    };
    sms.into_iter().flatten().chain(email.into_iter().flatten())
}

/// What is the same in all messages of an account: the values of its keys.
#[derive(Clone)]
pub(super) struct Account {
    /// The channel whose variables a message adds.
    pub(super) carries: Channel,
    /// The value of each key by its name; empty for one that is not configured.
    pub(super) keys: BTreeMap<String, String>,
}

impl Account {
    pub(super) fn new(carries: Channel, keys: &[(String, Secret)]) -> Self {
        let keys = keys.iter().map(|(name, value)| (name.clone(), value.reveal().to_owned()));
        Self { carries, keys: keys.collect() }
    }

    /// How a variable of messages is found. `None` for any other name.
    pub(super) fn find(&self, name: &str) -> Option<Find> {
        all(self.carries).find(|(known, _)| *known == name).map(|(_, find)| find)
    }
}

/// What a request is about.
#[derive(Clone, Copy)]
pub(super) enum Subject<'a> {
    /// No message, as in a probe: all variables of a message are empty.
    Nothing,
    Sms(&'a Sms),
    Email(&'a Email),
}

impl<'a> Subject<'a> {
    /// The message in the form that APIs take.
    pub(super) fn of(message: &'a Message) -> Self {
        match message {
            Message::Sms(sms) => Self::Sms(sms),
            // Few APIs document whether they take a local part beyond ASCII in a sender, so none is asked to.
            Message::Email(mail) => Self::Email(mail.ascii.as_deref().map_or(mail, |ascii| {
                tracing::debug!("sent to the API without the local parts beyond ASCII of From and Reply-To");
                ascii
            })),
        }
    }
}

/// All values that one request is filled in with.
pub(super) struct Values<'a> {
    account: &'a Account,
    subject: Subject<'a>,
    /// The same for Handlebars, once a template needs that.
    context: OnceCell<Context>,
}

impl<'a> Values<'a> {
    pub(super) fn new(account: &'a Account, subject: Subject<'a>) -> Self {
        Self { account, subject, context: OnceCell::new() }
    }

    /// The value of a variable of the message.
    pub(super) fn get(&self, find: Find) -> Given<'a> {
        match (find, self.subject) {
            (Find::Sms(find), Subject::Sms(sms)) => find(sms),
            (Find::Email(find), Subject::Email(mail)) => find(mail),
            _ => "".into(),
        }
    }

    /// All variables, in the form in which Handlebars takes them.
    pub(super) fn context(&self) -> &Context {
        self.context.get_or_init(|| {
            let keys = self.account.keys.iter().map(|(name, key)| (name.clone(), json!(key)));
            let of_message = all(self.account.carries);
            let of_message = of_message.map(|(name, find)| (name.to_owned(), self.get(find).into_json()));
            let mut context = Context::null();
            // `Context::wraps` would serialise the map once more.
            *context.data_mut() = Value::Object(keys.chain(of_message).collect::<Map<_, _>>());
            context
        })
    }
}

fn digits(sms: &Sms) -> &str {
    sms.to.e164.trim_start_matches('+')
}

/// How long an SMS is worth delivering, in the unit that is made of seconds. Empty where it never becomes worthless.
fn left(sms: &Sms, unit: fn(u64) -> u64) -> Given<'static> {
    // APIs refuse a validity of 0 seconds, or take it for "no limit".
    sms.valid_for.map_or("".into(), |left| Given::Json(json!(unit(left.as_secs().max(1)))))
}

fn address(mailbox: &Mailbox) -> String {
    with_a_label(&mailbox.email).to_string()
}

fn headers(mail: &Email) -> Value {
    mail.headers().into_iter().map(|(name, value)| json!({ "name": name, "value": value })).collect()
}

/// A UUID made of a message's id (RFC 9562, version 8), for APIs that take an idempotency key in no other form. It is the
/// same at every attempt, as the id is.
fn uuid(id: &str) -> String {
    let mut bytes: [u8; 16] = [0; 16];
    for (byte, hashed) in bytes.iter_mut().zip(Sha256::digest(id.as_bytes())) {
        *byte = hashed;
    }
    let number = u128::from_be_bytes(bytes);
    // RFC 9562, 5.8: the version is in bits 48 to 51, the variant in bits 64 and 65.
    let number = number & !(0xf << 76) | 8 << 76;
    let number = number & !(0b11 << 62) | 0b10 << 62;
    let hex = format!("{number:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_made_of_the_id() {
        let made = uuid("ema_1");
        assert_eq!(made, uuid("ema_1"));
        assert_ne!(made, uuid("ema_2"));
        let parts: Vec<_> = made.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
        assert!(made[14..].starts_with('8') && "89ab".contains(&made[19..20]), "{made}");
    }
}
