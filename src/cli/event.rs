//! The arguments that choose an event: a sample or a file, with changes. `render`, `trigger` and `send` share them.

use std::path::PathBuf;
use std::time::SystemTime;

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use serde_json::Value;

use super::failure::Failure;
use crate::decision::variant::When;
use crate::json_path;
use crate::message::Channel;
use crate::rehearsal::sample;
use crate::suggest::nearest;
use crate::template;

/// The event to work with.
#[derive(Debug, Clone, Args)]
pub(super) struct EventArguments {
    /// Clerk's name of the template, such as `verification_code`
    #[arg(value_name = "SLUG", required_unless_present = "event")]
    pub(super) slug: Option<String>,
    /// Use the sample of this channel, for a slug that has both [default: email]
    #[arg(long)]
    channel: Option<ChannelName>,
    /// Use the event in this JSON file in place of a sample
    #[arg(long, value_name = "FILE")]
    event: Option<PathBuf>,
    /// Set a variable of the template (`otp_code=424242`, `user.public_metadata.locale=de`) or, with `event.` in front,
    /// any field of the event (`event.data.delivered_by_clerk=true`)
    #[arg(long = "set", value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Make it a message of this variant of the configuration: its event meets the conditions of `when`
    #[arg(long, value_name = "NAME")]
    pub(super) variant: Option<String>,
}

impl EventArguments {
    /// The same arguments with the channel that `to` needs, unless `--channel` or `--event` decides it: email for an
    /// address, SMS for a number.
    ///
    /// # Errors
    /// `to` is neither an address nor a number in international form.
    pub(super) fn for_recipient(&self, to: &str) -> Result<Self, Failure> {
        let channel = if to.contains('@') {
            ChannelName::Email
        } else if to.starts_with('+') || self.channel.is_some() || self.event.is_some() {
            ChannelName::Sms
        } else {
            let hint = "give an email address, or a number in international form such as +447700900123";
            return Err(Failure::Wrong(format!("--to {to}: {hint}")));
        };
        Ok(Self { channel: self.channel.or(Some(channel)), ..self.clone() })
    }
}

/// A channel, as it is named on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum ChannelName {
    Email,
    Sms,
}

/// The event that the arguments name, as if Clerk had made it `now`, and its channel. It meets the conditions of a variant.
///
/// # Errors
/// There is no such sample or file, or a change can't be made.
pub(super) fn build(
    arguments: &EventArguments,
    variant: Option<&When>,
    now: SystemTime,
) -> Result<(Channel, Value), Failure> {
    let mut event = match (&arguments.event, &arguments.slug) {
        (Some(file), _) => {
            let text = std::fs::read_to_string(file).with_context(|| format!("{}", file.display()))?;
            let event = serde_json::from_str(&text).with_context(|| format!("{}", file.display()))?;
            sample::freshened(event, now)?
        }
        (None, Some(slug)) => sample_event(slug, arguments.channel, now)?,
        (None, None) => return Err(Failure::Wrong("name a slug, or a file with --event FILE".to_owned())),
    };
    if let Some(when) = variant {
        sample::meet(&mut event, when);
    }
    for change in &arguments.set {
        set(&mut event, change).map_err(|error| Failure::Wrong(error.to_string()))?;
    }
    Ok((sample::channel_of(&event), event))
}

/// The sample of a slug, in the first channel that has one.
fn sample_event(slug: &str, channel: Option<ChannelName>, now: SystemTime) -> Result<Value, Failure> {
    let channels: &[Channel] = match channel {
        Some(ChannelName::Email) => &[Channel::Email],
        Some(ChannelName::Sms) => &[Channel::Sms],
        None => &[Channel::Email, Channel::Sms],
    };
    let known = channels.iter().find(|channel| template::sample::slugs(**channel).contains(&slug));
    let event = known.map(|channel| sample::fresh(*channel, slug, now)).transpose()?;
    event.ok_or_else(|| {
        let all = channels.iter().flat_map(|channel| template::sample::slugs(*channel));
        if let Some(meant) = nearest(slug, all) {
            return Failure::Wrong(format!("there is no sample event for the slug {slug:?}; did you mean {meant:?}?"));
        }
        let known = channels
            .iter()
            .map(|channel| format!("{}: {}", channel.as_str(), template::sample::slugs(*channel).join(", ")));
        Failure::Wrong(format!(
            "there is no sample event for the slug {slug:?}. Use one of these, or give an event of your own with --event FILE:\n{}",
            known.collect::<Vec<_>>().join("\n")
        ))
    })
}

/// Makes one change of `--set`.
fn set(event: &mut Value, change: &str) -> anyhow::Result<()> {
    let Some((path, value)) = change.split_once('=') else {
        bail!("--set {change}: write it as PATH=VALUE, such as otp_code=424242")
    };
    // Without a prefix the path is one of Clerk's variables, as templates name it. In an event they are at
    // `data.data`.
    let path = match path.strip_prefix("event.") {
        Some(path) => path.to_owned(),
        None => match event.pointer("/data/data").and_then(|variables| meant(variables, path)) {
            Some(meant) => bail!(
                "--set {path}: the event has no such variable; did you mean {meant:?}? To add it anyway: \
                 --set event.data.data.{path}=…"
            ),
            None => format!("data.data.{path}"),
        },
    };
    // A number stays a string, as Clerk's codes are: 012345 would lose its zero.
    let is_json = matches!(value, "true" | "false" | "null") || value.starts_with(['{', '[']);
    let value = if is_json { serde_json::from_str(value)? } else { Value::from(value) };
    json_path::set(event, &path, value);
    Ok(())
}

/// The path that a path which leads nowhere was probably meant to be; `None` if it leads somewhere, or is like no other.
fn meant(variables: &Value, path: &str) -> Option<String> {
    let mut at = variables;
    let mut above = String::new();
    for name in path.split('.') {
        let object = at.as_object()?;
        let Some(below) = object.get(name) else {
            let rest = path.strip_prefix(&format!("{above}{name}")).unwrap_or_default();
            return nearest(name, object.keys().map(String::as_str))
                .map(|near| format!("{above}{near}{rest}"));
        };
        // What is in metadata is the application's own.
        if name.ends_with("_metadata") {
            return None;
        }
        above = format!("{above}{name}.");
        at = below;
    }
    None
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
        let misspelt = set(&mut event, "otp_cod=1").unwrap_err().to_string();
        assert!(misspelt.contains("did you mean \"otp_code\"?"), "{misspelt}");
        set(&mut event, "event.data.data.otp_cod=1").unwrap();
        assert_eq!(event["data"]["data"]["otp_cod"], "1");
        assert!(set(&mut event, "x={broken").is_err());
    }
}
