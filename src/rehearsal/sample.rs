//! Events to rehearse with: a sample of a slug, or an event from a file, made to look as if Clerk had just sent it.

use std::time::SystemTime;

use serde_json::Value;

use crate::clock::millis;
use crate::decision::variant::When;
use crate::json_path;
use crate::message::Channel;
use crate::template::sample;

/// Why there is no event to work with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SampleError {
    /// No id or secret can be made without randomness.
    #[error("the operating system gave no random bytes: {0}")]
    NoRandomness(#[from] getrandom::Error),
    /// No sample is built in for this slug and channel.
    #[error("there is no sample event for the slug {0:?}")]
    NoSample(String),
    /// An event from a file that is a list, a number or the like.
    #[error("an event must be a JSON object")]
    NotAnObject,
}

/// The sample event of a slug, as if Clerk had made it `now`, under an id that no earlier event had: so it is neither
/// expired nor a duplicate.
pub(crate) fn fresh(channel: Channel, slug: &str, now: SystemTime) -> Result<Value, SampleError> {
    let mut event = sample::fresh(channel, slug, now, &clerk_id(channel, &unique()?))
        .ok_or_else(|| SampleError::NoSample(slug.to_owned()))?;
    // The sample's logo has a made-up address: mail clients would ask a stranger for it, and show a broken image.
    if let Some(logo) = event.pointer_mut("/data/data/app/logo_image_url") {
        *logo = Value::Null;
    }
    Ok(event)
}

/// An event of the user's own, with the time and the id replaced as in [`fresh`].
pub(crate) fn freshened(mut event: Value, now: SystemTime) -> Result<Value, SampleError> {
    let channel = channel_of(&event);
    let Value::Object(fields) = &mut event else { return Err(SampleError::NotAnObject) };
    let born = Value::from(millis(now));
    if let Some(Value::Object(data)) = fields.get_mut("data") {
        data.insert("id".to_owned(), clerk_id(channel, &unique()?).into());
        // Only where the event has it: the rest of a user's own event stays as it was written.
        if let Some(created_at) = data.get_mut("created_at") {
            *created_at = born.clone();
        }
    }
    fields.insert("timestamp".to_owned(), born);
    Ok(event)
}

/// Replaces the event's recipient with `to`, an address or a number.
pub(crate) fn address(event: &mut Value, channel: Channel, to: &str) {
    let field = match channel {
        Channel::Email => "to_email_address",
        Channel::Sms => "to_phone_number",
    };
    if let Some(Value::Object(data)) = event.get_mut("data") {
        data.insert(field.to_owned(), to.into());
    }
}

/// Makes the event meet the conditions of a variant: it is from its instance, and has its variables.
pub(crate) fn meet(event: &mut Value, when: &When) {
    if let Some(instance) = &when.instance {
        json_path::set(event, "instance_id", instance.as_str().into());
    }
    for (path, value) in &when.variables {
        json_path::set(event, &format!("data.data.{path}"), value.as_str().into());
    }
}

/// The channel of an event by its `type`; email for every type but `sms.created`.
pub(crate) fn channel_of(event: &Value) -> Channel {
    match event.get("type").and_then(Value::as_str) {
        Some("sms.created") => Channel::Sms,
        _ => Channel::Email,
    }
}

/// 20 hexadecimal digits that no earlier event had.
pub(crate) fn unique() -> Result<String, SampleError> {
    let mut bytes = [0; 10];
    // Random and not counted: each `trigger` is a process of its own, and many of them may post to the same service.
    getrandom::fill(&mut bytes)?;
    Ok(format!("{:020x}", bytes.iter().fold(0_u128, |number, byte| number << 8 | u128::from(*byte))))
}

/// A message id in Clerk's form: `ema_…` for an email, `sms_…` for an SMS.
fn clerk_id(channel: Channel, unique: &str) -> String {
    match channel {
        Channel::Email => format!("ema_{unique}"),
        Channel::Sms => format!("sms_{unique}"),
    }
}
