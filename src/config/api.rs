//! `[providers.<name>]` of an HTTP API: the account's values for the settings that its definition asks for.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::oauth2::oauth2;
use super::reader::{Table, Value};
use super::rule::{self, Wrong};
use crate::delivery::api;
use crate::delivery::api::definition::{Definition, Key, Oauth2};
use crate::delivery::oauth2::Settings as Tokens;
use crate::delivery::proxy::Proxies;
use crate::secret::Secret;

/// Reads an account at the API of `definition`. A mistake leaves an empty value behind.
pub(super) fn api(table: &Table<'_>, definition: &Arc<Definition>) -> api::Settings {
    let allow_plaintext = table.boolean("allow_plaintext").unwrap_or(false);
    let values = values(table, definition);
    let base_url = base_url(table, definition, &values, allow_plaintext);
    let tokens = definition.oauth2.as_ref().and_then(|oauth2| tokens(table, oauth2, &values));
    let attempt_timeout = table.parsed("attempt_timeout", rule::duration).unwrap_or(Duration::from_secs(5));
    // The proxies are filled in when all providers are read.
    let (definition, proxies) = (Arc::clone(definition), Proxies::default());
    api::Settings { definition, values, base_url, tokens: tokens.map(Box::new), proxies, attempt_timeout }
}

/// The value of every key of the definition, in the definition's order. One that is not set has its default, or is empty.
fn values(table: &Table<'_>, definition: &Definition) -> Vec<(String, Secret)> {
    let said: BTreeMap<String, Value<'_>> = table.entries().into_iter().collect();
    let mut values = Vec::new();
    for (name, key) in &definition.keys {
        table.know(name);
        let text = value(table, (name, key), &said).or_else(|| key.default.clone());
        values.push((name.clone(), Secret::new(text.unwrap_or_default())));
    }
    values
}

/// What the configuration says for one key; `None` if that is nothing. Reports a value that does not have the expected form,
/// and a missing one, unless the key is optional or depends on another key that makes it unnecessary.
fn value(table: &Table<'_>, (name, key): (&str, &Key), said: &BTreeMap<String, Value<'_>>) -> Option<String> {
    let value = said.get(name);
    let text = value
        .cloned()
        .and_then(|value| if key.secret { value.private().text() } else { value.text_or_number() })
        .filter(|text| !text.is_empty());
    let fits = |text: &str| key.matches.as_ref().is_none_or(|form| form.is_match(text));
    if let Some(text) = text.as_ref().filter(|text| !fits(text.as_str())) {
        text.mistake("does not have the expected form", format!("set it to {}", key.about));
    }
    let is_said = |name: &str| said.get(name).is_some_and(Value::has_text);
    let may_be_missing = key.optional
        || key.default.is_some()
        || key.unless.as_deref().is_some_and(is_said)
        || key.with.as_deref().is_some_and(|with| !is_said(with));
    match value {
        None if !may_be_missing => table.missing(name, format!("set it to {}", key.about)),
        Some(value) if !may_be_missing && text.is_none() && value.is_empty_text() => {
            value.mistake("the value is empty", format!("set it to {}", key.about));
        }
        _ => {}
    }
    text.map(|text| text.as_str().to_owned())
}

/// The URL that the API's paths are added to: that of the account, or else that of the definition with the account's values
/// in it.
fn base_url(
    table: &Table<'_>,
    definition: &Definition,
    values: &[(String, Secret)],
    allow_plaintext: bool,
) -> String {
    let own = table.parsed("base_url", |text| usable_base_url(text, allow_plaintext));
    if own.is_none() && definition.base_url.is_none() && !table.sets("base_url") {
        table.missing("base_url", "add the address of your account's API: base_url = \"https://…\"");
    }
    own.unwrap_or_else(|| {
        let made = definition.base_url(values);
        if !made.is_empty() && rule::web_url(&made).is_err() {
            table.mistake(
                "type",
                "the API's address, with the settings of this table in it, is not a web address",
                "check the settings that are part of its base_url: `clerk-courier providers NAME` shows it",
            );
        }
        made
    })
}

/// How to get access tokens for the API; `None` after a mistake. Its issuer is part of the definition.
fn tokens(table: &Table<'_>, oauth: &Oauth2, values: &[(String, Secret)]) -> Option<Tokens> {
    let mailbox = values.iter().find(|(name, _)| Some(name) == oauth.mailbox.as_ref());
    let tokens = table.table("oauth2");
    if tokens.get("issuer").is_some() {
        tokens.mistake("issuer", "is already known for this provider type", "remove it");
    }
    let settings = oauth2(&tokens, mailbox.map_or("", |(_, value)| value.reveal()), &oauth.defaults);
    tokens.finish();
    settings
}

/// A base URL without a trailing slash. It must be encrypted, unless it is on this machine or `allow_plaintext` is set.
fn usable_base_url(text: &str, allow_plaintext: bool) -> Result<String, Wrong> {
    const ALLOWED: &str = "write it like \"https://api.twilio.com\", without user name, `?` and `#`";
    let unreadable = Wrong { problem: "is not a base URL", allowed: ALLOWED };
    let Ok(url) = rule::web_url(text).and_then(|text| Url::parse(&text).map_err(|_| Wrong { ..unreadable }))
    else {
        return Err(unreadable);
    };
    // Paths are appended to the URL as it is written, so nothing may follow its path. A user name in it would be
    // shown by `check`.
    let bare = url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if !bare {
        return Err(unreadable);
    }
    let host = url.host_str().and_then(rule::host).unwrap_or_default();
    if url.scheme() == "http" && !allow_plaintext && !rule::is_loopback(&host) {
        return Err(Wrong {
            problem: "would send credentials and messages in plain text",
            allowed: "use https://, or set allow_plaintext = true",
        });
    }
    // The paths that are appended start with a slash.
    Ok(text.trim_end_matches('/').to_owned())
}
