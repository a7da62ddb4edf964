//! The templates of a definition: compiled, and checked to ask only for what there will be.

use std::collections::BTreeMap;

use handlebars::Context;
use serde_json::Value as Json;

use crate::config::reader::{Shape, Value};
use crate::config::rule;
use crate::delivery::api::definition::{
    BaseUrl, Key, Kind, Leaf, TemplateId, TemplateSet, context, helper_exists, helper_of_handlebars,
    variables,
};
use crate::message::Channel;
use crate::template::Variables;

/// Compiles the templates of one definition.
pub(super) struct Compiler {
    /// The templates of headers and bodies.
    pub(super) texts: TemplateSet,
    /// The templates of paths and of the base URL, which percent-encode every value.
    pub(super) addresses: TemplateSet,
    /// What a header or body may ask for: the variables of messages and the settings, by all helpers.
    known: Variables,
    /// The same for a path. Without our own helpers, because what they return is not percent-encoded.
    in_addresses: Variables,
    /// The settings alone. A template that asks for nothing else has the same value for every message.
    settings: Variables,
    /// What the base URL may ask for: the settings that are not secrets.
    in_base_url: Variables,
    /// A letter for each setting, to see whether the base URL is an address once it is filled in.
    letters: Context,
}

impl Compiler {
    /// A compiler for a definition of `channel` with these settings.
    pub(super) fn new(channel: Channel, settings: &BTreeMap<String, Key>) -> Self {
        let names = || settings.keys().cloned();
        let of_messages = || variables(channel).iter().map(|name| (*name).to_owned());
        let shown = settings.iter().filter(|(_, setting)| !setting.secret).map(|(name, _)| name.clone());
        Self {
            texts: TemplateSet::default(),
            addresses: TemplateSet::encoding(),
            known: Variables::new(of_messages().chain(names()).collect(), helper_exists),
            in_addresses: Variables::new(of_messages().chain(names()).collect(), helper_of_handlebars),
            settings: Variables::new(names().collect(), helper_exists),
            in_base_url: Variables::new(shown.collect(), helper_of_handlebars),
            letters: context(names().map(|name| (name, Json::from("x"))).collect()),
        }
    }

    /// The template of a header or a body; `None` after a mistake.
    pub(super) fn text(&mut self, value: &Value<'_>) -> Option<TemplateId> {
        self.compiled(value, &source(value)?, false)
    }

    /// The template of a path, without the base URL before it and without a query; `None` after a mistake.
    pub(super) fn path(&mut self, value: &Value<'_>) -> Option<TemplateId> {
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
        let compiled = added(&mut self.addresses, value, &source)?;
        let template = self.addresses.template(compiled)?;
        for (_, reason) in self.in_base_url.misspelt(template) {
            let is_secret = self.settings.misspelt(template).is_empty();
            let reason = if is_secret { "uses a secret".to_owned() } else { reason };
            value.mistake(reason, "use only settings that are not secret");
        }
        let filled = self.addresses.render(compiled, &self.letters).unwrap_or_default();
        text.parse(|_| rule::web_url(&filled))?;
        Some(BaseUrl { source, template: compiled })
    }

    /// The template of `source`, with a mistake for every unknown name in it.
    fn compiled(&mut self, value: &Value<'_>, source: &str, is_address: bool) -> Option<TemplateId> {
        let (texts, known) = if is_address {
            (&mut self.addresses, &self.in_addresses)
        } else {
            (&mut self.texts, &self.known)
        };
        let text = added(texts, value, source)?;
        let template = texts.template(text)?;
        for (_, reason) in known.misspelt(template) {
            value.mistake(reason, "");
        }
        // `this`, `@root` and `..` may lead to any variable, and the check above does not follow them.
        let is_plain = !["this", "@", ".."].iter().any(|word| source.contains(word));
        if is_plain && self.settings.misspelt(template).is_empty() {
            texts.mark_constant(text);
        }
        Some(text)
    }

    /// A value of a body, a form or a query, with the templates in it; `None` after a mistake.
    pub(super) fn leaf(&mut self, value: &Value<'_>) -> Option<Leaf> {
        Some(match value.shape() {
            Shape::Text(_) => {
                let text = self.text(value)?;
                Leaf::Template(text, self.texts.template(text).map_or(Kind::String, Kind::of))
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

/// Adds a template to a set; `None`, and a mistake, if it does not compile.
fn added(texts: &mut TemplateSet, value: &Value<'_>, source: &str) -> Option<TemplateId> {
    texts.add(source).map_err(|reason| value.mistake(format!("is not a valid template: {reason}"), "")).ok()
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
