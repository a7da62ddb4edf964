//! Words in locale files that no template asks for.

use std::collections::BTreeSet;

use fluent_syntax::ast::{Attribute, Entry, Expression, InlineExpression, Pattern, PatternElement};
use fluent_syntax::parser;

use super::place::at;
use crate::suggest::nearest;
use crate::template::error::TemplateError;
use crate::template::load::source::Sources;
use crate::template::wording::offset;

/// Messages that the program itself asks for: what Clerk says in English, in the reader's language.
const ASKED_BY_US: [&str; 5] = ["date-time", "device", "device_type", "duration", "sign_in_method"];

/// The keys that are asked for.
#[derive(Default)]
struct Asked {
    keys: BTreeSet<String>,
    /// Attributes such as `.lead` that partials ask each mail for.
    of_any: BTreeSet<String>,
    slugs: BTreeSet<String>,
}

impl Asked {
    fn has(&self, id: &str, attribute: Option<&str>) -> bool {
        match attribute {
            None => self.keys.contains(id) || ASKED_BY_US.contains(&id),
            Some(attribute) => {
                self.keys.contains(&format!("{id}.{attribute}"))
                    || ASKED_BY_US.contains(&id)
                    || (self.slugs.contains(id) && self.of_any.contains(attribute))
            }
        }
    }

    /// Whether a message, or an attribute of it, is asked for.
    fn has_id(&self, id: &str) -> bool {
        self.slugs.contains(id) || self.ids().any(|known| known == id)
    }

    fn ids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.split('.').next().unwrap_or(key)).chain(ASKED_BY_US)
    }

    /// The attributes of a message that are asked for.
    fn attributes<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a str> {
        let own = self.keys.iter().filter_map(move |key| key.strip_prefix(id)?.strip_prefix('.'));
        let is_slug = self.slugs.contains(id);
        own.chain(self.of_any.iter().map(String::as_str).filter(move |_| is_slug))
    }
}

/// A remark for each message or attribute of the user's that nobody reads.
pub(super) fn remarks(sources: &Sources) -> Vec<TemplateError> {
    let asked = asked(sources);
    let mut remarks = Vec::new();
    for source in sources.locales().iter().filter(|source| source.is_own) {
        if source.text.contains('\r') {
            let reason = "has lines that end in CR alone, so it is read as one line: save it with LF at the ends of lines";
            remarks.push(TemplateError::new(&source.shown, reason.to_owned()));
            continue;
        }
        let text = source.text.as_ref();
        let (Ok(resource) | Err((resource, _))) = parser::parse(text);
        for entry in &resource.body {
            match entry {
                Entry::Message(message) => {
                    let id = message.id.name;
                    let reasons = of_message(&asked, id, message.value.is_some(), &message.attributes);
                    remarks.extend(
                        reasons.into_iter().map(|(part, reason)| at(source, offset(text, part), reason)),
                    );
                }
                Entry::Term(term) if !asked.has(&format!("-{}", term.id.name), None) => {
                    let reason = format!("no message uses the term `-{}`: delete it", term.id.name);
                    remarks.push(at(source, offset(text, term.id.name), reason));
                }
                _ => {}
            }
        }
    }
    remarks
}

/// What is wrong with one message: the part of the file that is meant, and why.
fn of_message<'t>(
    asked: &Asked,
    id: &'t str,
    has_value: bool,
    attributes: &[Attribute<&'t str>],
) -> Vec<(&'t str, String)> {
    if !asked.has_id(id) {
        let hint = match nearest(id, asked.ids().chain(asked.slugs.iter().map(String::as_str))) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("delete it, or ask for it with `{{{{t \"{id}\"}}}}`"),
        };
        return vec![(id, format!("no template asks for `{id}`: {hint}"))];
    }
    let mut reasons = Vec::new();
    if has_value && !asked.has(id, None) {
        let hint = match asked.attributes(id).min_by_key(|name| *name != "subject") {
            Some(attribute) => format!("write its words into attributes below it, such as `.{attribute}`"),
            None => "delete it".to_owned(),
        };
        reasons.push((id, format!("no template asks for `{id}` by itself: {hint}")));
    }
    for name in attributes.iter().map(|attribute| attribute.id.name).filter(|name| !asked.has(id, Some(name)))
    {
        let hint = match nearest(name, asked.attributes(id)) {
            Some(meant) => format!("did you mean `{id}.{meant}`?"),
            None => "delete it, or ask for it in the template".to_owned(),
        };
        reasons.push((name, format!("no template asks for `{id}.{name}`: {hint}")));
    }
    reasons
}

/// The keys that the templates of a set ask for, and those that messages refer to.
fn asked(sources: &Sources) -> Asked {
    let mut asked = Asked::default();
    for source in sources.templates() {
        asked.slugs.extend(source.slug().map(str::to_owned));
        for key in keys(&source.text) {
            match (key.strip_prefix('.'), source.slug()) {
                (None, _) => drop(asked.keys.insert(key.to_owned())),
                (Some(_), Some(slug)) => drop(asked.keys.insert(format!("{slug}{key}"))),
                (Some(attribute), None) => drop(asked.of_any.insert(attribute.to_owned())),
            }
        }
    }
    for source in sources.locales() {
        let (Ok(resource) | Err((resource, _))) = parser::parse(source.text.as_ref());
        for entry in &resource.body {
            let (value, attributes) = match entry {
                Entry::Message(message) => (message.value.as_ref(), &message.attributes),
                Entry::Term(term) => (Some(&term.value), &term.attributes),
                _ => continue,
            };
            for pattern in value.into_iter().chain(attributes.iter().map(|attribute| &attribute.value)) {
                of_pattern(pattern, &mut asked.keys);
            }
        }
    }
    asked
}

/// The keys in a template's `{{t "…"}}` and `(t "…")`.
fn keys(text: &str) -> impl Iterator<Item = &str> {
    text.split("{{").skip(1).flat_map(|tag| tag.split('(')).filter_map(|tag| {
        let tag = tag.trim_start_matches(['{', '~', '#', ' ']).strip_prefix('t')?;
        let key = tag.strip_prefix(char::is_whitespace)?.trim_start();
        let quote = key.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        key.get(1..)?.split(quote).next()
    })
}

/// Adds what a pattern refers to: messages, terms, and the stand-ins of its variables.
fn of_pattern(pattern: &Pattern<&str>, keys: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            of_expression(expression, keys);
        }
    }
}

fn of_expression(expression: &Expression<&str>, keys: &mut BTreeSet<String>) {
    match expression {
        Expression::Inline(inline) => of_inline(inline, keys),
        Expression::Select { selector, variants } => {
            of_inline(selector, keys);
            for variant in variants {
                of_pattern(&variant.value, keys);
            }
        }
    }
}

fn of_inline(inline: &InlineExpression<&str>, keys: &mut BTreeSet<String>) {
    match inline {
        InlineExpression::VariableReference { id } => drop(keys.insert(format!("no-{}", id.name))),
        InlineExpression::MessageReference { id, attribute } => {
            let key = attribute
                .as_ref()
                .map_or_else(|| id.name.to_owned(), |it| format!("{}.{}", id.name, it.name));
            keys.insert(key);
        }
        InlineExpression::TermReference { id, .. } => drop(keys.insert(format!("-{}", id.name))),
        InlineExpression::FunctionReference { arguments, .. } => {
            arguments.positional.iter().for_each(|argument| of_inline(argument, keys));
        }
        InlineExpression::Placeable { expression } => of_expression(expression, keys),
        _ => {}
    }
}
