//! What a template is shown with: a sample of its slug, a language, and the values that were changed on the page.
//!
//! All of it is in the page's address, so that a page can be reloaded, bookmarked and shared.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::SystemTime;

use serde_json::{Number, Value, json};
use url::form_urlencoded::{Serializer, parse};

use crate::json_path;
use crate::message::Channel;
use crate::rehearsal::sample::{self, SampleError};
use crate::template::{self, Sample};

/// The samples by their names in a page's address.
pub(super) const SAMPLES: [(&str, Sample); 3] =
    [("plain", Sample::Plain), ("bare", Sample::Bare), ("hostile", Sample::Hostile)];

/// The view of a mail in any width.
pub(super) const WIDTH: &str = "width";

/// What was chosen on a page: the query of its address, or the fields of its form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Choice {
    /// The language (BCP 47); `None`: the default language.
    pub(super) locale: Option<String>,
    /// The variant of the configuration; `None`: what holds for the messages of none.
    pub(super) variant: Option<String>,
    /// The sample that the values come from.
    pub(super) sample: Sample,
    /// How a mail is shown: `desktop`, `phone`, `width`, `text`, `headers` or `source`; `None`: `desktop`.
    pub(super) view: Option<String>,
    /// How wide a mail is in the view `width`, in CSS pixels; `None`: 480. `None` in every other view.
    pub(super) width: Option<String>,
    /// The colour scheme of a mail: `light` or `dark`; `None`: `light`.
    pub(super) scheme: Option<String>,
    /// The recipient of "Send it to me"; empty: not entered yet. Left out of the links between pages.
    pub(super) to: String,
    /// The values that were typed, by the dotted path of their variables. An empty value leaves the variable out.
    pub(super) typed: BTreeMap<String, String>,
}

/// What the name of a variable's field starts with, before the path of the variable.
const SET: &str = "set.";

impl Choice {
    /// Reads a query or a form. Unknown names and values are ignored.
    pub(super) fn read(query: &[u8]) -> Self {
        let mut choice = Self::default();
        for (name, value) in parse(query) {
            let said = || Some(value.clone().into_owned()).filter(|value| !value.is_empty());
            match name.as_ref() {
                "locale" => choice.locale = said(),
                "variant" => choice.variant = said(),
                "sample" => {
                    let known = SAMPLES.into_iter().find(|(name, _)| *name == value);
                    choice.sample = known.map(|(_, sample)| sample).unwrap_or_default();
                }
                "view" => choice.view = said(),
                "width" => choice.width = said().filter(|width| width.parse::<u16>().is_ok()),
                "scheme" => choice.scheme = said(),
                // A recipient that was pasted often has spaces around it.
                "to" => value.trim().clone_into(&mut choice.to),
                _ => {
                    if let Some(path) = name.strip_prefix(SET) {
                        choice.typed.insert(path.to_owned(), value.into_owned());
                    }
                }
            }
        }
        // The form has a width in every view.
        choice.width = choice.width.filter(|_| choice.view.as_deref() == Some(WIDTH));
        choice
    }

    /// The query of an address with this choice, without what is at its default.
    pub(super) fn query(&self) -> String {
        let mut query = Serializer::new(String::new());
        let chosen = [
            ("locale", &self.locale),
            ("variant", &self.variant),
            ("view", &self.view),
            ("width", &self.width),
            ("scheme", &self.scheme),
        ];
        for (name, value) in chosen {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        if self.sample != Sample::default() {
            query.append_pair("sample", self.sample_name());
        }
        for (path, value) in &self.typed {
            query.append_pair(&format!("{SET}{path}"), value);
        }
        query.finish()
    }

    /// The name of the sample in an address.
    pub(super) fn sample_name(&self) -> &'static str {
        SAMPLES.into_iter().find(|(_, sample)| *sample == self.sample).map_or("plain", |(name, _)| name)
    }

    /// The part of the choice that stays when another template is opened: language, variant, view and scheme.
    pub(super) fn elsewhere(&self) -> Self {
        Self { typed: BTreeMap::new(), to: String::new(), sample: Sample::default(), ..self.clone() }
    }
}

/// A variable that can be changed on the page.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// The dotted path of the variable, such as `app.name`.
    pub(super) path: String,
    /// Its value now; empty when the event lacks it.
    pub(super) value: String,
    /// Its value in the unchanged sample.
    pub(super) example: String,
}

/// An event to show a template with.
pub(super) struct Filled {
    /// The whole event, as Clerk would post it.
    pub(super) event: Value,
    /// Its variables: those at the top first, then those inside objects, by path.
    pub(super) fields: Vec<Field>,
}

/// The event for a choice, as if Clerk had made it `now`. Values that don't differ from the sample are taken out of
/// `choice`.
///
/// A slug that has no sample is shown with the values of a verification code.
pub(super) fn fill(
    channel: Channel,
    slug: &str,
    choice: &mut Choice,
    now: SystemTime,
) -> Result<Filled, SampleError> {
    let known = template::sample::slugs(channel).contains(&slug);
    let mut event = sample::fresh(channel, if known { slug } else { "verification_code" }, now)?;
    if let Some(named) = event.pointer_mut("/data/slug") {
        *named = slug.into();
    }
    let plain = event.pointer("/data/data").cloned().unwrap_or_default();
    let mut variables = match plain.clone() {
        Value::Object(variables) => Value::Object(choice.sample.of(variables)),
        _ => json!({}),
    };
    let mut fields = Vec::new();
    let mut typed = BTreeMap::new();
    // The fields are always those of the typical sample, so that what the bare sample lacks can be filled in.
    for (path, example) in leaves(&plain) {
        let before = at(&variables, &path).map(shown).unwrap_or_default();
        let text = match choice.typed.remove(&path) {
            // A browser submits every field. Those that still have the sample's value would only make the address long.
            Some(text) if text != in_a_field(&before) => {
                put(&mut variables, &path, like(&example, &text));
                typed.insert(path.clone(), text.clone());
                text
            }
            _ => before,
        };
        fields.push(Field { path, value: text, example: shown(&example) });
    }
    choice.typed = typed;
    // What a message is for comes first: Clerk puts it at the top, and what all messages share into objects.
    fields.sort_by(|a, b| (a.path.contains('.'), &a.path).cmp(&(b.path.contains('.'), &b.path)));
    if let Some(data) = event.pointer_mut("/data/data") {
        *data = variables;
    }
    Ok(Filled { event, fields })
}

/// Every string, number, boolean and null with its path. Lists are left out: a field can't hold them.
fn leaves(variables: &Value) -> Vec<(String, Value)> {
    let found = variables.as_object().map(json_path::all).unwrap_or_default().into_iter();
    let leaves = found.filter(|(_, value)| !value.is_object() && !value.is_array());
    leaves.map(|(path, value)| (path, value.clone())).collect()
}

/// The value at a dotted path.
fn at<'v>(variables: &'v Value, path: &str) -> Option<&'v Value> {
    json_path::get(variables.as_object()?, path)
}

/// A value as its field shows it.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A value as a browser sends it back from its field, which can't hold line breaks.
fn in_a_field(text: &str) -> Cow<'_, str> {
    if text.contains(['\r', '\n']) { Cow::Owned(text.replace(['\r', '\n'], "")) } else { text.into() }
}

/// The typed text as a value of the same type as `example`, or as a string if it doesn't parse. `None` if it is empty.
fn like(example: &Value, text: &str) -> Option<Value> {
    if text.is_empty() {
        return None;
    }
    // A code like 007 is a string in the sample, and so it stays one.
    let typed = match example {
        Value::Number(_) => text.trim().parse().ok().map(|number: Number| Value::Number(number)),
        Value::Bool(_) => text.trim().parse().ok().map(Value::Bool),
        _ => None,
    };
    Some(typed.unwrap_or_else(|| text.into()))
}

/// Sets the value at a dotted path and makes the objects on the way, or removes the value if `value` is `None`.
fn put(variables: &mut Value, path: &str, value: Option<Value>) {
    match (value, variables) {
        (Some(value), variables) => json_path::set(variables, path, value),
        (None, Value::Object(variables)) => json_path::remove(variables, path),
        (None, _) => {}
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn filled(channel: Channel, slug: &str, query: &str) -> (Value, Vec<Field>, Choice) {
        let mut choice = Choice::read(query.as_bytes());
        let Ok(Filled { event, fields }) = fill(channel, slug, &mut choice, UNIX_EPOCH) else {
            panic!("{slug}")
        };
        (event["data"]["data"].clone(), fields, choice)
    }

    #[test]
    fn what_is_typed_takes_a_samples_place_and_what_is_emptied_is_missing() {
        let query = "set.otp_code=007&set.app.name=A%26B&set.requested_by=&set.stray=1&set.app=x";
        let (variables, fields, choice) = filled(Channel::Email, "verification_code", query);
        assert_eq!(variables["otp_code"], "007");
        assert_eq!(variables["app"]["name"], "A&B");
        assert_eq!(variables.get("requested_by"), None);
        assert_eq!(variables.get("stray"), None);
        assert_eq!(choice.query(), "set.app.name=A%26B&set.otp_code=007&set.requested_by=");
        let paths: Vec<_> = fields.iter().map(|field| field.path.as_str()).collect();
        assert_eq!(paths[..2], ["otp_code", "requested_at"]);
        assert!(paths.contains(&"theme.primary_color") && paths.contains(&"user.email_address"), "{paths:?}");
        assert_eq!(fields[0].example, "418273");
    }

    #[test]
    fn a_number_stays_one() {
        let (variables, ..) = filled(
            Channel::Email,
            "magic_link_sign_in",
            "set.ttl_minutes=5&set.theme.show_clerk_branding=true",
        );
        assert_eq!(variables["ttl_minutes"], 5);
        assert_eq!(variables["theme"]["show_clerk_branding"], true);
        let (variables, ..) = filled(Channel::Email, "magic_link_sign_in", "set.ttl_minutes=soon");
        assert_eq!(variables["ttl_minutes"], "soon");
    }

    #[test]
    fn the_bare_sample_holds_what_the_message_is_about_and_can_be_added_to() {
        let (variables, fields, _) = filled(Channel::Sms, "verification_code", "sample=bare");
        assert_eq!(variables, json!({ "otp_code": "418273" }));
        let name = fields.iter().find(|field| field.path == "app.name").unwrap();
        assert_eq!((name.value.as_str(), name.example.as_str()), ("", "Larkfield"));
        let (variables, ..) = filled(Channel::Sms, "verification_code", "sample=bare&set.app.name=X");
        assert_eq!(variables, json!({ "otp_code": "418273", "app": { "name": "X" } }));
    }

    #[test]
    fn hostile_values_that_come_back_from_their_fields_are_no_change() {
        let (variables, fields, _) = filled(Channel::Email, "verification_code", "sample=hostile");
        assert_eq!(variables["otp_code"], "418273");
        assert!(variables["app"]["url"].as_str().unwrap().starts_with("https://"));
        assert_eq!(variables["app"]["name"].as_str().unwrap().chars().count(), 200);
        let mut form = Serializer::new("sample=hostile".to_owned());
        for field in &fields {
            form.append_pair(&format!("set.{}", field.path), &in_a_field(&field.value));
        }
        let (again, _, choice) = filled(Channel::Email, "verification_code", &form.finish());
        assert_eq!(again, variables);
        assert_eq!(choice.query(), "sample=hostile");
    }

    #[test]
    fn an_address_says_all_that_is_shown() {
        let query = "locale=pt-BR&view=phone&scheme=dark&sample=bare&set.otp_code=1+2";
        let choice = Choice::read(query.as_bytes());
        assert_eq!(choice.query(), query);
        assert_eq!(choice.elsewhere().query(), "locale=pt-BR&view=phone&scheme=dark");
        assert_eq!(Choice::read(b"sample=other&x=y&locale="), Choice::default());
    }
}
