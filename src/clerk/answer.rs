//! What the API answers, read into types. What has another shape is refused as a whole: a decision on half of an answer
//! would leave templates out without a word.

use serde_json::Value;

use super::fault::{Fault, Kind};
use crate::message::Channel;
use crate::secret::Secret;
use crate::text::one_line;

/// The most characters that are shown of what Clerk says.
const LONGEST: usize = 240;

/// A template of an instance, as Clerk describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Whether it is a mail's or an SMS's.
    pub channel: Channel,
    /// Clerk's name for it in URLs and events: letters, digits, `_`, `-` and `.` alone.
    pub slug: String,
    /// Its name for people, on one line; the slug if Clerk gives none.
    pub name: String,
    /// Whether Clerk delivers its messages, in place of the application.
    pub delivered_by_clerk: bool,
    /// Whether Clerk makes its messages at all. Only some SMS can be switched off.
    pub enabled: bool,
    /// Whether somebody edited it, so that it differs from Clerk's default; `None` where Clerk does not say it.
    pub edited: Option<bool>,
    /// The instance that it belongs to; `None` where Clerk does not say it.
    pub instance: Option<String>,
    /// The subject of a mail, in Handlebars; empty for an SMS.
    pub subject: String,
    /// The markup of Clerk's editor (`<re-…>`); empty where there is none.
    pub markup: String,
    /// The body in HTML, or the text of an SMS, in Handlebars; empty where Clerk does not show it.
    pub body: String,
    /// The variables that Clerk offers to the template.
    pub available: Vec<String>,
    /// The variables that Clerk demands in the template.
    pub required: Vec<String>,
}

/// The template that an answer describes.
///
/// # Errors
/// It has no slug, or does not say who delivers it.
pub(super) fn template(channel: Channel, value: &Value) -> Result<Template, Fault> {
    let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
    let truth = |name: &str| value.get(name).and_then(Value::as_bool);
    let texts = |name: &str| {
        let items = value.get(name).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(Value::as_str).map(variable).filter(|name| !name.is_empty()).collect()
    };
    let slug = text("slug");
    if !is_slug(slug) {
        return Err(Fault::new(Kind::Shape, "a template has no slug, or one that can't be a slug"));
    }
    let Some(delivered_by_clerk) = truth("delivered_by_clerk") else {
        return Err(Fault::new(Kind::Shape, format!("`{slug}` has no `delivered_by_clerk`")));
    };
    let name = shown(text("name"));
    let edited = match (truth("can_revert"), text("resource_type")) {
        (Some(true), _) | (_, "user") => Some(true),
        (Some(false), _) | (_, "system") => Some(false),
        _ => None,
    };
    Ok(Template {
        channel,
        slug: slug.to_owned(),
        name: if name.is_empty() { slug.to_owned() } else { name },
        delivered_by_clerk,
        enabled: truth("enabled").unwrap_or(true),
        edited,
        instance: Some(shown(text("instance_id"))).filter(|id| !id.is_empty()),
        subject: text("subject").to_owned(),
        markup: text("markup").to_owned(),
        body: text("body").to_owned(),
        available: texts("available_variables"),
        required: texts("required_variables"),
    })
}

/// A user, of whom only the language is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The user's language (BCP 47); `None` where Clerk does not know it.
    pub locale: Option<String>,
    /// When the user was last changed, in milliseconds since the Unix epoch; `None` where Clerk does not say it.
    pub updated_at: Option<u64>,
}

/// The user that an answer describes.
///
/// # Errors
/// It is about another user, or about none.
pub(super) fn user(id: &str, value: &Value) -> Result<User, Fault> {
    if value.get("id").and_then(Value::as_str) != Some(id) {
        return Err(Fault::new(Kind::Shape, "it is not about the user that was asked for"));
    }
    let locale = value.get("locale").and_then(Value::as_str).map(str::trim);
    Ok(User {
        locale: locale.filter(|tag| !tag.is_empty()).map(str::to_owned),
        updated_at: value.get("updated_at").and_then(Value::as_u64),
    })
}

/// The templates that an answer lists. Clerk's API has two forms of a list, with and without the total.
///
/// # Errors
/// It is not a list, or one of its templates can't be read.
pub(super) fn list(channel: Channel, value: &Value) -> Result<Vec<Template>, Fault> {
    let items = value.as_array().or_else(|| value.get("data")?.as_array());
    let Some(items) = items else {
        return Err(Fault::new(Kind::Shape, "it is not a list of templates"));
    };
    items.iter().map(|item| template(channel, item)).collect()
}

/// The blocked countries that an answer lists.
///
/// # Errors
/// There is no such list.
pub(super) fn countries(value: &Value) -> Result<Vec<String>, Fault> {
    let Some(items) = value.get("blocked_country_codes").and_then(Value::as_array) else {
        return Err(Fault::new(Kind::Shape, "it has no list of blocked countries"));
    };
    let codes = items.iter().filter_map(Value::as_str).map(str::to_ascii_uppercase);
    Ok(codes.filter(|code| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase())).collect())
}

/// What Clerk says of an error, without the secret key; empty if it says nothing.
pub(super) fn complaint(body: &[u8], key: &Secret) -> String {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let error = value.pointer("/errors/0");
    let text = |name: &str| error.and_then(|error| error.get(name)?.as_str()).filter(|text| !text.is_empty());
    let said = text("long_message").or_else(|| text("message")).unwrap_or_default();
    shown(&said.replace(key.reveal(), "…"))
}

/// A text of Clerk's as it can be printed: one line, and not too long.
fn shown(text: &str) -> String {
    let line = one_line(text);
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

/// The path of a variable, which may be listed in braces.
fn variable(text: &str) -> String {
    let path = text.trim_matches(['{', '}', ' ']);
    let is_path = path.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'));
    if is_path { path.to_owned() } else { String::new() }
}

/// Whether a text can be a slug: it becomes a part of URLs.
fn is_slug(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    (1..=100).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(allowed)
}
