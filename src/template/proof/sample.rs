//! Sample events: one of Clerk's shape for each slug, with invented values, and the variations that templates are proven
//! with.

use std::time::{SystemTime, UNIX_EPOCH};

use include_dir::{Dir, include_dir};
use serde_json::{Map, Value, json};

use crate::json_path;
use crate::message::Channel;
use crate::template::render::REQUIRED;
use crate::template::render::clean::is_link;

/// A text that an end user could have typed, at its worst: markup, a mail's header, a template, words from right to left
/// and emoji.
const HOSTILE: &str = "<b onclick=\"x('y')\">&amp;\r\nBcc: x@y.example\r\n{{app.name}}{{#each this}} \u{202e}שלום مرحبا \
     👩‍👩‍👧 ";

/// A link with everything in it that a link may have and HTML must not.
const HOSTILE_LINK: &str = "https://hostile.example/?a&b#'\"><b/onclick=\"x('y')\">";

/// The samples, embedded in the program: `<channel>/<slug>.json`.
static SAMPLES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/samples");

/// The sample of a slug: a whole event, as Clerk posts it; `None` for a slug without a sample. It is of August 2026, so
/// its code has expired: see [`fresh`].
#[must_use]
pub fn event(channel: Channel, slug: &str) -> Option<Value> {
    let file = SAMPLES.get_file(format!("{}/{slug}.json", channel.as_str()))?;
    serde_json::from_slice(file.contents()).ok()
}

/// The slugs that have a sample, in alphabetical order.
#[must_use]
pub fn slugs(channel: Channel) -> Vec<&'static str> {
    let files = SAMPLES.get_dir(channel.as_str()).into_iter().flat_map(Dir::files);
    let mut slugs: Vec<_> = files.filter_map(|file| file.path().file_stem()?.to_str()).collect();
    slugs.sort_unstable();
    slugs
}

/// The sample as if Clerk had made it `now`, with `id` as the message's own id (`ema_…` or `sms_…`). `None` for a slug
/// without a sample, and for a time before 1970.
#[must_use]
pub fn fresh(channel: Channel, slug: &str, now: SystemTime, id: &str) -> Option<Value> {
    let mut event = event(channel, slug)?;
    let born = json!(now.duration_since(UNIX_EPOCH).ok()?.as_millis());
    if let Some(created_at) = event.pointer_mut("/data/created_at") {
        *created_at = born.clone();
    }
    *event.pointer_mut("/timestamp")? = born;
    *event.pointer_mut("/data/id")? = json!(id);
    Some(event)
}

/// The dotted paths of the variables of a slug's sample, those of objects included; empty for a slug without a sample.
#[must_use]
pub fn paths(channel: Channel, slug: &str) -> Vec<String> {
    let variables = variables(channel, slug).unwrap_or_default();
    json_path::all(&variables).into_iter().map(|(path, _)| path).collect()
}

/// The variables of a slug's sample; `None` for a slug without a sample.
pub(in crate::template) fn variables(channel: Channel, slug: &str) -> Option<Map<String, Value>> {
    let mut event = event(channel, slug)?;
    match event.pointer_mut("/data/data")?.take() {
        Value::Object(variables) => Some(variables),
        _ => None,
    }
}

/// The values that a template is proven with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Sample {
    /// The slug's sample as it is.
    #[default]
    Plain,
    /// The sample without the variable at this dotted path, which may be missing in an event.
    Without(String),
    /// Nothing but the code or link that the message is for.
    Bare,
    /// The sample with the worst words and links that end users could have chosen.
    Hostile,
}

impl std::fmt::Display for Sample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Plain => f.write_str("its sample"),
            Self::Without(path) => write!(f, "its sample without `{path}`"),
            Self::Bare => f.write_str("nothing that may be missing"),
            Self::Hostile => f.write_str("hostile values"),
        }
    }
}

impl Sample {
    /// Every sample of a slug with these variables.
    pub(super) fn all(variables: &Map<String, Value>) -> Vec<Self> {
        let holds_others = |value: &Value| value.as_object().is_some_and(|inner| !inner.is_empty());
        // What a message is for is always there: without it, nothing is sent. An object goes field by field.
        let without = json_path::all(variables)
            .into_iter()
            .filter(|(path, value)| !REQUIRED.contains(&path.as_str()) && !holds_others(value))
            .map(|(path, _)| Self::Without(path));
        [Self::Plain, Self::Bare, Self::Hostile].into_iter().chain(without).collect()
    }

    /// These variables, changed as the sample says.
    #[must_use]
    pub fn of(&self, mut variables: Map<String, Value>) -> Map<String, Value> {
        match self {
            Self::Plain => {}
            Self::Without(path) => json_path::remove(&mut variables, path),
            Self::Bare => variables.retain(|name, _| REQUIRED.contains(&name.as_str())),
            Self::Hostile => variables.iter_mut().for_each(|(name, value)| make_hostile(name, value)),
        }
        variables
    }
}

/// Makes a value hostile, and all values inside it. Codes stay, since Clerk makes them, and colours, which are cleaned.
fn make_hostile(name: &str, value: &mut Value) {
    match value {
        Value::String(link) if is_link(name) => HOSTILE_LINK.clone_into(link),
        Value::String(_) if REQUIRED.contains(&name) || name.ends_with("_color") => {}
        Value::String(text) => *text = HOSTILE.chars().cycle().take(200).collect(),
        Value::Array(items) => items.iter_mut().for_each(|item| make_hostile(name, item)),
        Value::Object(object) => object.iter_mut().for_each(|(name, value)| make_hostile(name, value)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_sample_is_an_event_of_its_slug() {
        for (channel, count, kind) in
            [(Channel::Email, 27, "email.created"), (Channel::Sms, 7, "sms.created")]
        {
            let slugs = slugs(channel);
            assert_eq!(slugs.len(), count);
            for slug in slugs {
                let event = event(channel, slug).expect(slug);
                assert_eq!(event["type"], kind, "{slug}");
                assert_eq!(event["data"]["slug"], slug);
                assert!(event["data"]["data"].is_object(), "{slug}");
                assert_eq!(event["data"]["delivered_by_clerk"], false, "{slug}");
            }
        }
        assert_eq!(event(Channel::Email, "nothing"), None);
        assert_eq!(event(Channel::Sms, "../email/invitation"), None);
    }

    #[test]
    fn a_fresh_one_is_born_now() {
        let now = UNIX_EPOCH + Duration::from_millis(1_800_000_000_123);
        for (channel, id) in [(Channel::Email, "ema_1"), (Channel::Sms, "sms_1")] {
            let event = fresh(channel, "verification_code", now, id).unwrap();
            assert_eq!(event["timestamp"], 1_800_000_000_123_u64);
            assert_eq!(event["data"]["id"], id);
            if channel == Channel::Sms {
                assert_eq!(event["data"]["created_at"], 1_800_000_000_123_u64);
            }
        }
    }
}
