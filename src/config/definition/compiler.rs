//! The templates of a definition: compiled, and checked to ask only for what there will be.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::config::reader::{Shape, Value};
use crate::config::rule;
use crate::delivery::api::definition::{
    BaseUrl, Key, Kind, Leaf, Text, helper_exists, helper_of_handlebars, variables,
};
use crate::message::Channel;
use crate::secret::Secret;
use crate::template::Variables;

/// Compiles the templates of one definition.
pub(super) struct Compiler {
    /// The channel whose variables templates may mention.
    carries: Channel,
    /// Whether a template mentions an idempotency key.
    pub(super) has_idempotency_key: bool,
    /// What a header or body may ask for: the variables of messages and the settings, by all helpers.
    known: Variables,
    /// The same for a path. Without our own helpers, because what they return is not percent-encoded.
    in_addresses: Variables,
    /// The settings alone.
    settings: Variables,
    /// What the base URL may ask for: the settings that are not secrets.
    in_base_url: Variables,
    /// A letter for each setting, to see whether the base URL is an address once it is filled in.
    letters: Vec<(String, Secret)>,
}

impl Compiler {
    /// A compiler for a definition of `channel` with these settings.
    pub(super) fn new(carries: Channel, settings: &BTreeMap<String, Key>) -> Self {
        let names = || settings.keys().cloned();
        let of_messages = || variables(carries).map(str::to_owned);
        let shown = settings.iter().filter(|(_, setting)| !setting.secret).map(|(name, _)| name.clone());
        Self {
            carries,
            has_idempotency_key: false,
            known: Variables::new(of_messages().chain(names()).collect(), helper_exists),
            in_addresses: Variables::new(of_messages().chain(names()).collect(), helper_of_handlebars),
            settings: Variables::new(names().collect(), helper_exists),
            in_base_url: Variables::new(shown.collect(), helper_of_handlebars),
            letters: names().map(|name| (name, Secret::new("x".to_owned()))).collect(),
        }
    }

    /// The template of a header or a body; `None` after a mistake.
    pub(super) fn text(&mut self, value: &Value<'_>) -> Option<Text> {
        self.compiled(value, &source(value)?, false)
    }

    /// The template of a path, without the base URL before it and without a query; `None` after a mistake.
    pub(super) fn path(&mut self, value: &Value<'_>) -> Option<Text> {
        let source = source(value)?;
        let outside = rule::without_expressions(&source).unwrap_or_default();
        if !source.is_empty() && !source.starts_with(['/', '{']) {
            value.mistake("does not start with \"/\"", "write a path such as path = \"/messages\"");
        } else if outside.contains(['?', '#']) {
            value.mistake("contains ? or #", "put what follows the ? into [query]");
        } else if source.contains("{{{") || source.contains("{{&") {
            value.mistake("contains a value that is not percent-encoded", "use two braces: \"{{account}}\"");
        }
        self.compiled(value, &source, true)
    }

    /// The template of the base URL; `None` after a mistake. It must be a web address whatever its settings hold, so it is
    /// checked with a letter for each of them.
    pub(super) fn base_url(&mut self, value: &Value<'_>) -> Option<BaseUrl> {
        let text = value.text()?;
        let source = text.as_str().trim_end_matches('/').to_owned();
        let template = compiled(value, Text::address(&source))?;
        for (_, reason) in self.in_base_url.misspelt(template.template()) {
            let is_secret = self.settings.misspelt(template.template()).is_empty();
            let reason = if is_secret { "uses a secret".to_owned() } else { reason };
            value.mistake(reason, "use only settings that are not secret");
        }
        let filled = template.of_keys(self.carries, &self.letters).unwrap_or_default();
        text.parse(|_| rule::web_url(&filled))?;
        Some(BaseUrl { source, template })
    }

    /// The template of `source`, with a mistake for every unknown name in it.
    fn compiled(&mut self, value: &Value<'_>, source: &str, is_address: bool) -> Option<Text> {
        let (text, known) = if is_address {
            (Text::address(source), &self.in_addresses)
        } else {
            (Text::new(source), &self.known)
        };
        self.has_idempotency_key |= source.contains("idempotency_");
        let text = compiled(value, text)?;
        for (_, reason) in known.misspelt(text.template()) {
            value.mistake(reason, "");
        }
        Some(text)
    }

    /// A value of a body, a form or a query, with the templates in it; `None` after a mistake.
    pub(super) fn leaf(&mut self, value: &Value<'_>) -> Option<Leaf> {
        Some(match value.shape() {
            Shape::Text(_) => {
                let text = self.text(value)?;
                let kind = Kind::of(text.template());
                Leaf::Template(text, kind)
            }
            Shape::Integer(number) => Leaf::Constant(Json::from(number)),
            Shape::Boolean(boolean) => Leaf::Constant(Json::from(boolean)),
            Shape::List(items) => Leaf::List(items.iter().filter_map(|item| self.leaf(item)).collect()),
            Shape::Table(entries) => Leaf::Table(
                entries.iter().filter_map(|(name, value)| Some((name.clone(), self.leaf(value)?))).collect(),
            ),
            Shape::Other => {
                value.mistake("must be a string, a whole number, true or false, an array or a table", "");
                return None;
            }
        })
    }
}

/// A compiled template; `None`, and a mistake, if it does not compile.
fn compiled(value: &Value<'_>, text: Result<Text, String>) -> Option<Text> {
    text.map_err(|reason| value.mistake(format!("is not a valid template: {reason}"), "")).ok()
}

/// A template as it was written; `None` after a mistake. Environment variables are filled into settings only.
fn source(value: &Value<'_>) -> Option<String> {
    let Shape::Text(source) = value.shape() else { return value.wrong_type("a string") };
    // `${{price}}` is a dollar sign before an expression, and not an environment variable.
    if source.replace("${{", "").contains("${") {
        value.mistake(
            "\"${…}\" is not filled in here",
            "put it into the value of a setting, and use the setting here",
        );
    }
    Some(source)
}
