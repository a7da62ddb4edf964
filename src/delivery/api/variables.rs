//! The variables that templates of a definition may mention: what each is called, and its value for a message.

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, STANDARD, URL_SAFE_NO_PAD};
use handlebars::Context;
use lettre::message::Mailbox;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::templates::TemplateSet;
use crate::message::email::with_a_label;
use crate::message::sms::{Encoding, Segments};
use crate::message::{Channel, Email, Message, Sms};

/// The values of variables, by name.
pub(super) type Variables = Map<String, Value>;

/// The variables of a message that templates may mention, beside the account's keys.
#[must_use]
pub fn variables(channel: Channel) -> &'static [&'static str] {
    match channel {
        Channel::Sms => &[
            "to",
            "digits",
            "international",
            "country",
            "from",
            "from_digits",
            "text",
            "unicode",
            "segments",
            "seconds_left",
            "milliseconds_left",
            "minutes_left",
            "idempotency_key",
            "idempotency_uuid",
        ],
        Channel::Email => &[
            "to",
            "from",
            "from_name",
            "from_header",
            "reply_to",
            "subject",
            "html",
            "text",
            "message_id",
            "mime_base64",
            "mime_base64url",
            "original_to",
            "headers",
            "idempotency_key",
            "idempotency_uuid",
        ],
    }
}

/// The form in which Handlebars takes variables.
#[must_use]
pub fn context(variables: Variables) -> Context {
    let mut context = Context::null();
    // `Context::wraps` would serialise the map once more.
    *context.data_mut() = Value::Object(variables);
    context
}

/// Which variables that take long to find are mentioned by a definition. Few definitions mention them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Needs {
    /// The country of a phone number, which takes a look into the numbering plans.
    country: bool,
    /// The mail as a mail server would get it, encoded in base64.
    mime: bool,
}

impl Needs {
    /// Finds out which of these variables the templates mention.
    pub(super) fn of(templates: &[TemplateSet]) -> Self {
        let mention = |name| templates.iter().any(|set| set.mention(name));
        Self { country: mention("country"), mime: mention("mime_base64") }
    }
}

/// Adds the variables of a message.
pub(super) fn describe(message: &Message, needs: Needs, variables: &mut Variables) {
    match message {
        Message::Sms(sms) => describe_sms(sms, needs, variables),
        Message::Email(mail) => describe_email(mail, needs, variables),
    }
}

fn describe_sms(sms: &Sms, needs: Needs, variables: &mut Variables) {
    let digits = sms.to.e164.trim_start_matches('+');
    let Segments { encoding, count, .. } = Segments::of(&sms.text);
    let country = if needs.country { sms.to.country() } else { None };
    // APIs refuse a validity of 0 seconds, or take it for "no limit".
    let left = sms.valid_for.map(|left| left.as_secs().max(1));
    let in_units =
        |per_second: u64, seconds: u64| left.map_or(json!(""), |left| json!(left * per_second / seconds));
    let of_message = [
        ("to", json!(sms.to.e164)),
        ("digits", json!(digits)),
        ("international", json!(format!("00{digits}"))),
        ("country", json!(country.unwrap_or_default())),
        ("from", json!(sms.from.as_deref().unwrap_or_default())),
        ("from_digits", json!(sms.from.as_deref().unwrap_or_default().trim_start_matches('+'))),
        ("text", json!(sms.text)),
        ("unicode", json!(encoding == Encoding::Ucs2)),
        ("segments", json!(count)),
        ("seconds_left", in_units(1, 1)),
        ("milliseconds_left", in_units(1000, 1)),
        ("minutes_left", left.map_or(json!(""), |left| json!(left.div_ceil(60)))),
    ];
    insert(variables, of_message);
    insert(variables, idempotency(&sms.id));
}

fn describe_email(mail: &Email, needs: Needs, variables: &mut Variables) {
    // Few APIs document whether they take a local part beyond ASCII in a sender, so none is asked to.
    let mail = mail.ascii.as_deref().map_or(mail, |ascii| {
        tracing::debug!("sent to the API without the local parts beyond ASCII of From and Reply-To");
        ascii
    });
    let extra = mail.headers().into_iter().map(|(name, value)| json!({ "name": name, "value": value }));
    let address = |mailbox: &Mailbox| with_a_label(&mailbox.email).to_string();
    let encoded =
        |engine: &GeneralPurpose| if needs.mime { engine.encode(mail.wire()) } else { String::new() };
    let of_message = [
        ("to", json!(with_a_label(&mail.to).to_string())),
        ("from", json!(address(&mail.from))),
        ("from_name", json!(mail.from.name.as_deref().unwrap_or_default())),
        (
            "from_header",
            json!(Mailbox::new(mail.from.name.clone(), with_a_label(&mail.from.email)).to_string()),
        ),
        ("reply_to", json!(mail.reply_to.as_ref().map(address).unwrap_or_default())),
        ("subject", json!(mail.subject)),
        ("html", json!(mail.html.as_deref().unwrap_or_default())),
        ("text", json!(mail.text.as_deref().unwrap_or_default())),
        ("message_id", json!(mail.message_id())),
        ("mime_base64", json!(encoded(&STANDARD))),
        ("mime_base64url", json!(encoded(&URL_SAFE_NO_PAD))),
        ("original_to", json!(mail.redirected_from.as_ref().map(ToString::to_string).unwrap_or_default())),
        ("headers", Value::Array(extra.collect())),
    ];
    insert(variables, of_message);
    insert(variables, idempotency(&mail.id));
}

fn insert<const N: usize>(variables: &mut Variables, values: [(&str, Value); N]) {
    for (name, value) in values {
        variables.insert(name.to_owned(), value);
    }
}

/// The two idempotency keys of a message, which are the same at every attempt: Clerk's id, and a UUID made of it (RFC
/// 9562, version 8) for APIs that take no other form.
fn idempotency(id: &str) -> [(&'static str, Value); 2] {
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
    let uuid = [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-");
    [("idempotency_key", json!(id)), ("idempotency_uuid", json!(uuid))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_made_of_the_id() {
        let [(_, key), (_, uuid)] = idempotency("ema_1");
        assert_eq!(key, "ema_1");
        assert_eq!(uuid, idempotency("ema_1")[1].1);
        assert_ne!(uuid, idempotency("ema_2")[1].1);
        let uuid = uuid.as_str().unwrap();
        let parts: Vec<_> = uuid.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
        assert!(uuid[14..].starts_with('8') && "89ab".contains(&uuid[19..20]), "{uuid}");
    }
}
