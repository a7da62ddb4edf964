//! From source files to two Handlebars registries: one that escapes for HTML, one that leaves text alone. Each holds
//! every template once for each language, with its partials and its words in their places.

use std::sync::Arc;

use handlebars::{Handlebars, RenderError, RenderErrorReason, Template};

use super::expand::{self, Fault, Set};
use super::locale::{Locale, Locales};
use super::source::{Source, Sources, Syntax};
use super::variable::Variables;
use super::words::{Formatted, Place, Words};
use super::{Context, TemplateError, helper, mjml};
use crate::message::Channel;
use crate::text::position;

/// Each block in another one takes a piece of the stack, whose end would be the end of a service that reloads.
const DEEPEST: usize = 200;

/// The templates of one syntax, ready to render.
#[derive(Debug)]
pub(super) struct Compiled {
    registry: Handlebars<'static>,
    files: Arc<[String]>,
}

/// What all files have in common.
pub(super) struct Library<'a> {
    pub(super) sources: &'a Sources,
    pub(super) locales: &'a Locales,
    pub(super) words: Arc<Words>,
    /// Names for errors, by the number that [`expand::number`] put into positions: templates, then locale files.
    pub(super) files: Arc<[String]>,
}

/// What [`Compiled`] calls a template of this path in a language.
pub(super) fn name(locale: Locale, path: &str) -> String {
    format!("{}:{path}", locale.0)
}

/// Names of files for errors: see [`Library::files`].
pub(super) fn shown(sources: &Sources) -> Arc<[String]> {
    sources.templates().chain(sources.locales()).map(|source| source.shown.clone()).collect()
}

/// Compiles all, HTML and text.
pub(super) fn compile(library: &Library<'_>) -> Result<(Compiled, Compiled), Vec<TemplateError>> {
    let mut faults = Vec::new();
    let mut compiled = |escapes: bool, syntaxes: &[Syntax]| {
        let mut compiled =
            Compiled { registry: registry(escapes, library), files: Arc::clone(&library.files) };
        for syntax in syntaxes {
            if let Err(found) = compiled.add_all(library, *syntax) {
                faults.extend(found);
            }
        }
        compiled
    };
    let html = compiled(true, &[Syntax::Mjml, Syntax::Html]);
    let text = compiled(false, &[Syntax::Text]);
    // What is wrong with a locale file is wrong wherever its words are put.
    faults.sort();
    faults.dedup();
    if faults.is_empty() { Ok((html, text)) } else { Err(faults) }
}

impl Compiled {
    fn add_all(&mut self, library: &Library<'_>, syntax: Syntax) -> Result<(), Vec<TemplateError>> {
        let set = parse_all(library.sources, syntax)?;
        expand::check(&set).map_err(|faults| self.located(faults))?;
        let expanded: Set = set.keys().map(|name| (name.clone(), expand::expand(name, &set))).collect();
        let roots = || {
            library
                .sources
                .templates()
                .filter(|source| source.syntax() == syntax && source.partial().is_none())
        };
        expand::check_resolved(roots().map(|source| source.path.as_str()), &expanded)
            .map_err(|faults| self.located(faults))?;
        let mut faults = Vec::new();
        for source in roots() {
            let Some(template) = expanded.get(&source.path) else { continue };
            if let Err(found) = self.add_source(library, source, template) {
                faults.extend(self.located(found));
            }
        }
        // Calls that could not be put in their places are looked up here.
        for (name, template) in expanded.into_iter().filter(|(name, _)| !name.contains('/')) {
            self.registry.register_template(&name, template);
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    /// One template, in every language.
    fn add_source(
        &mut self,
        library: &Library<'_>,
        source: &Source,
        template: &Template,
    ) -> Result<(), Vec<Fault>> {
        let converted = match source.syntax() {
            Syntax::Mjml => Some(mjml::compile(template)?),
            Syntax::Html | Syntax::Text => None,
        };
        let template = converted.as_ref().unwrap_or(template);
        let slug = source.slug().unwrap_or_default();
        let channel = if source.path.starts_with("sms/") { Channel::Sms } else { Channel::Email };
        let known = Variables::of(channel, slug);
        let is_html = source.syntax() != Syntax::Text;
        let mut faults = Vec::new();
        for (locale, _) in library.locales.iter() {
            let is_body = is_html || source.path.ends_with("body.txt.hbs");
            let isolate = is_body && library.locales.is_right_to_left(locale);
            let place = Place { locales: library.locales, locale, slug, is_html, isolate };
            match library.words.put(template, place) {
                Ok(template) => {
                    faults.extend(known.iter().flat_map(|known| known.misspelt(&template)));
                    self.registry.register_template(&name(locale, &source.path), template);
                }
                Err(found) => faults.extend(found),
            }
        }
        faults.sort();
        faults.dedup();
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    /// Renders one template into a buffer of that capacity.
    pub(super) fn render(
        &self,
        name: &str,
        context: &Context,
        capacity: usize,
    ) -> Result<String, TemplateError> {
        let mut out = Vec::with_capacity(capacity);
        self.registry
            .render_with_context_to_write(name, &context.variables, &mut out)
            .map_err(|error| self.render_fault(name, &error))?;
        String::from_utf8(out)
            .map_err(|_| TemplateError::new(name, "rendered bytes that are no UTF-8".to_owned()))
    }

    /// Compiles one more template, under its own source as its name.
    pub(super) fn add(&mut self, source: &str, known: &Variables) -> Result<(), TemplateError> {
        self.registry
            .register_template_string(source, source)
            .map_err(|error| TemplateError::new(source, error.reason().to_string()))?;
        let misspelt = self.registry.get_template(source).map(|template| known.misspelt(template));
        match misspelt.into_iter().flatten().next() {
            Some((_, reason)) => Err(TemplateError::new(source, reason)),
            None => Ok(()),
        }
    }

    /// Whether a template, or a partial that it calls, mentions a variable.
    pub(super) fn mentions(&self, name: &str, variable: &str) -> bool {
        expand::mentions(name, variable, self.registry.get_templates())
    }

    fn render_fault(&self, name: &str, error: &RenderError) -> TemplateError {
        let reason = reason(error.reason());
        match error.line_no.zip(error.column_no) {
            Some(at) => self.fault(at, reason),
            None => TemplateError::new(name.split_once(':').map_or(name, |(_, path)| path), reason),
        }
    }

    fn located(&self, faults: Vec<Fault>) -> Vec<TemplateError> {
        faults.into_iter().map(|(at, reason)| self.fault(at, reason)).collect()
    }

    /// At a position that [`expand::number`] made.
    fn fault(&self, (line, column): (usize, usize), reason: String) -> TemplateError {
        let (file, line) = expand::file_and_line(line);
        let shown = self.files.get(file).map_or("", String::as_str);
        TemplateError::new(shown, reason).at(line, column)
    }
}

/// Templates and partials of a syntax; MJML may call partials in HTML too.
fn parse_all(sources: &Sources, syntax: Syntax) -> Result<Set, Vec<TemplateError>> {
    let mut faults = Vec::new();
    let mut set = Set::new();
    let is_wanted = |source: &Source| {
        source.syntax() == syntax
            || syntax == Syntax::Mjml && source.syntax() == Syntax::Html && source.partial().is_some()
    };
    // HTML sorts before MJML: of two partials of one name, the MJML one stays.
    for (number, source) in sources.templates().enumerate().filter(|(_, source)| is_wanted(source)) {
        match parse(source) {
            Ok(template) => {
                let name = source.partial().unwrap_or(&source.path).to_owned();
                set.insert(name, expand::number(template, number));
            }
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { Ok(set) } else { Err(faults) }
}

fn parse(source: &Source) -> Result<Template, TemplateError> {
    if source.text.contains("<re-") {
        let reason = "is in Clerk's editor language (`<re-…>`): paste the template's HTML, which Clerk's API has as \
             `body` (GET /v1/templates/email/{slug})";
        return Err(TemplateError::new(&source.shown, reason.to_owned()));
    }
    if let Some(line) = too_deep(&source.text) {
        let reason = format!("has more than {DEEPEST} blocks in each other");
        return Err(TemplateError::new(&source.shown, reason).at(line, 1));
    }
    // Only a registry takes this: the whitespace before a partial stays where it is, its further lines get none.
    let mut registry = Handlebars::new();
    registry.set_prevent_indent(true);
    match registry.register_template_string("", &source.text) {
        Ok(()) => Ok(registry.get_template("").cloned().unwrap_or_else(Template::new)),
        Err(error) => {
            let fault = TemplateError::new(&source.shown, error.reason().to_string());
            Err(error.pos().map_or(fault.clone(), |(line, column)| fault.at(line, column)))
        }
    }
}

/// The line in which blocks get too deep.
fn too_deep(text: &str) -> Option<usize> {
    // Each `{{else if}}` is a block in the one before it, and all end together.
    let mut open: Vec<usize> = Vec::new();
    for (at, _) in text.match_indices("{{") {
        let tag = text.get(at + 2..).unwrap_or_default().trim_start_matches(['~', ' ', '\t', '\n']);
        if tag.starts_with(['#', '^']) {
            open.push(1);
        } else if tag.starts_with('/') {
            open.pop();
        } else if let Some(blocks) = open.last_mut().filter(|_| tag.starts_with("else ")) {
            *blocks += 1;
        }
        if open.iter().sum::<usize>() > DEEPEST {
            return Some(position(text, at).0);
        }
    }
    None
}

fn registry(escapes: bool, library: &Library<'_>) -> Handlebars<'static> {
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    if escapes {
        registry.register_escape_fn(escape);
    } else {
        registry.register_escape_fn(handlebars::no_escape);
    }
    helper::register(&mut registry);
    registry.register_helper("t", Box::new(Formatted(Arc::clone(&library.words))));
    registry
}

/// The five characters that end a text or a quoted attribute. Handlebars' own list has `=` too, which makes a link
/// unreadable in the source and longer on the wire.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\'')) {
        let (plain, from) = rest.split_at(at);
        escaped.push_str(plain);
        escaped.push_str(match from.as_bytes().first() {
            Some(b'&') => "&amp;",
            Some(b'<') => "&lt;",
            Some(b'>') => "&gt;",
            Some(b'"') => "&quot;",
            _ => "&#39;",
        });
        rest = from.get(1..).unwrap_or_default();
    }
    escaped.push_str(rest);
    escaped
}

/// In words that can only come from the template, never from a value.
fn reason(reason: &RenderErrorReason) -> String {
    match reason {
        RenderErrorReason::MissingVariable(Some(name)) => {
            format!("`{name}` is not in this event: ask with `{{{{#if}}}}` for what may be missing")
        }
        RenderErrorReason::HelperNotFound(name) => format!("there is no helper `{name}`"),
        RenderErrorReason::DecoratorNotFound(name) => format!("there is no decorator `{name}`"),
        RenderErrorReason::PartialNotFound(name) => format!("there is no partial `{name}`"),
        RenderErrorReason::PartialBlockNotFound => "this partial has to be called as a block".to_owned(),
        RenderErrorReason::ParamNotFoundForIndex(helper, index) => {
            format!("`{helper}` lacks its parameter {}", index + 1)
        }
        _ => "cannot be rendered with this event's values".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::escape;

    proptest! {
        #[test]
        fn escaping_is_exact(text in "[a-z<>&\"'=/é]{0,64}|\\PC{0,64}") {
            let escaped = escape(&text);
            prop_assert!(!escaped.contains(['<', '>', '"', '\'']));
            let back = escaped
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&#39;", "'")
                .replace("&amp;", "&");
            prop_assert_eq!(back, text);
        }
    }
}
