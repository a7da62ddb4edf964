//! The event that `render`, `trigger` and `dev` work with: a sample or a file, with changes from the command line.

use std::path::PathBuf;
use std::time::SystemTime;

use anyhow::{Context as _, anyhow, bail};
use clap::{Args, ValueEnum};
use serde_json::Value;

use super::Failure;
use crate::clock::millis;
use crate::json_path;
use crate::message::Channel;
use crate::template::sample;

/// Which event, and what is different about it.
#[derive(Debug, Clone, Args)]
pub(super) struct EventArguments {
    /// Clerk's name of the template, as in `verification_code`
    #[arg(value_name = "SLUG", required_unless_present = "event")]
    pub(super) slug: Option<String>,
    /// The channel, where a slug has both [default: email, where there is a sample]
    #[arg(long)]
    channel: Option<ChannelName>,
    /// An event as JSON, in place of a sample
    #[arg(long, value_name = "FILE")]
    event: Option<PathBuf>,
    /// Change a template variable (`otp_code=424242`, `user.public_metadata.locale=de`), or with `event.` in front any
    /// field of the event (`event.data.delivered_by_clerk=true`)
    #[arg(long = "set", value_name = "PATH=VALUE")]
    set: Vec<String>,
}

impl EventArguments {
    /// The same for somebody: a number gets a text, an address a mail. An event that is given says for itself what it is.
    pub(super) fn for_recipient(&self, to: &str) -> Result<Self, Failure> {
        let channel = if to.contains('@') {
            ChannelName::Email
        } else if to.starts_with('+') || self.channel.is_some() || self.event.is_some() {
            ChannelName::Sms
        } else {
            let wanted = "an address with an @, or a number in international form, +447700900123";
            return Err(Failure::Wrong(format!("--to {to}: {wanted}")));
        };
        Ok(Self { channel: self.channel.or(Some(channel)), ..self.clone() })
    }
}

/// Puts a recipient in the place of the event's.
pub(super) fn address(event: &mut Value, channel: Channel, to: &str) {
    let field = match channel {
        Channel::Email => "to_email_address",
        Channel::Sms => "to_phone_number",
    };
    if let Some(Value::Object(data)) = event.get_mut("data") {
        data.insert(field.to_owned(), to.into());
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ChannelName {
    Email,
    Sms,
}

/// A sample or a file, fresh: made now, with an id of its own, so that it is neither expired nor known already.
pub(super) fn build(arguments: &EventArguments, now: SystemTime) -> Result<(Channel, Value), Failure> {
    let mut event = match (&arguments.event, &arguments.slug) {
        (Some(file), _) => {
            let text = std::fs::read_to_string(file).with_context(|| format!("{}", file.display()))?;
            let event = serde_json::from_str(&text).with_context(|| format!("{}", file.display()))?;
            freshened(event, now)?
        }
        (None, Some(slug)) => sample_event(slug, arguments.channel, now)?,
        (None, None) => return Err(Failure::Wrong("name a slug, or a file with --event".to_owned())),
    };
    for change in &arguments.set {
        set(&mut event, change).map_err(|error| Failure::Wrong(error.to_string()))?;
    }
    Ok((channel_of(&event), event))
}

fn sample_event(slug: &str, channel: Option<ChannelName>, now: SystemTime) -> Result<Value, Failure> {
    let channels: &[Channel] = match channel {
        Some(ChannelName::Email) => &[Channel::Email],
        Some(ChannelName::Sms) => &[Channel::Sms],
        None => &[Channel::Email, Channel::Sms],
    };
    let known = channels.iter().find(|channel| sample::slugs(**channel).contains(&slug));
    let event = known.map(|channel| fresh_sample(*channel, slug, now)).transpose()?;
    event.ok_or_else(|| {
        let known = channels
            .iter()
            .map(|channel| format!("{}: {}", channel.as_str(), sample::slugs(*channel).join(", ")));
        Failure::Wrong(format!(
            "no sample of the slug {slug:?}; known are\n{}\nAny other event can be given with --event FILE.",
            known.collect::<Vec<_>>().join("\n")
        ))
    })
}

/// A sample, made now. Without its logo, which is invented: readers would see a broken image, and ask a stranger for it.
pub(super) fn fresh_sample(channel: Channel, slug: &str, now: SystemTime) -> Result<Value, Failure> {
    let mut event = sample::fresh(channel, slug, now, &clerk_id(channel, &unique()?))
        .ok_or_else(|| anyhow!("the sample {slug} is missing"))?;
    if let Some(logo) = event.pointer_mut("/data/data/app/logo_image_url") {
        *logo = Value::Null;
    }
    Ok(event)
}

/// Somebody's event as if Clerk had made it `now`.
fn freshened(mut event: Value, now: SystemTime) -> Result<Value, Failure> {
    let channel = channel_of(&event);
    let Value::Object(fields) = &mut event else { return Err(anyhow!("an event is a JSON object").into()) };
    let born = Value::from(millis(now));
    if let Some(Value::Object(data)) = fields.get_mut("data") {
        data.insert("id".to_owned(), clerk_id(channel, &unique()?).into());
        if let Some(created_at) = data.get_mut("created_at") {
            *created_at = born.clone();
        }
    }
    fields.insert("timestamp".to_owned(), born);
    Ok(event)
}

fn channel_of(event: &Value) -> Channel {
    match event.get("type").and_then(Value::as_str) {
        Some("sms.created") => Channel::Sms,
        _ => Channel::Email,
    }
}

/// 20 hexadecimal digits that no earlier event had.
pub(super) fn unique() -> Result<String, Failure> {
    let mut bytes = [0; 10];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("no randomness: {error}"))?;
    Ok(format!("{:020x}", bytes.iter().fold(0_u128, |number, byte| number << 8 | u128::from(*byte))))
}

/// As Clerk names messages: `ema_…`, `sms_…`.
fn clerk_id(channel: Channel, unique: &str) -> String {
    match channel {
        Channel::Email => format!("ema_{unique}"),
        Channel::Sms => format!("sms_{unique}"),
    }
}

fn set(event: &mut Value, change: &str) -> anyhow::Result<()> {
    let Some((path, value)) = change.split_once('=') else { bail!("--set {change}: PATH=VALUE is wanted") };
    let path = match path.strip_prefix("event.") {
        Some(path) => path.to_owned(),
        None => format!("data.data.{path}"),
    };
    // Numbers stay text: a code may start with a zero.
    let is_json = matches!(value, "true" | "false" | "null") || value.starts_with(['{', '[']);
    let value = if is_json { serde_json::from_str(value)? } else { Value::from(value) };
    json_path::set(event, &path, value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_reaches_variables_and_with_a_prefix_the_event() {
        let mut event = json!({"type": "email.created", "data": {"data": {"otp_code": "1", "user": null}}});
        for change in [
            "otp_code=012345",
            "user.public_metadata.locale=de",
            "event.data.delivered_by_clerk=true",
            "x=a=b",
        ] {
            set(&mut event, change).unwrap();
        }
        assert_eq!(
            event,
            json!({"type": "email.created", "data": {
                "data": {"otp_code": "012345", "user": {"public_metadata": {"locale": "de"}}, "x": "a=b"},
                "delivered_by_clerk": true
            }})
        );
        assert!(set(&mut event, "otp_code").is_err());
        assert!(set(&mut event, "x={broken").is_err());
    }
}
