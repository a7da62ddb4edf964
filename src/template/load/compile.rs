//! From source files to two Handlebars registries: one that escapes for HTML, one that leaves text alone. Each holds
//! every template once for each language, with its partials and its words in their places.

use std::sync::Arc;

use handlebars::{Handlebars, Template};

use super::element::Set;
use super::expand;
use super::mjml;
use super::pattern::Spot;
use super::source::{Source, Sources, Syntax};
use super::variable::Variables;
use crate::message::Channel;
use crate::template::error::{Located, TemplateError};
use crate::template::render::{Compiled, Locale, Locales, Words};
use crate::text::position;

/// Each block in another one takes a piece of the stack, whose end would be the end of a service that reloads.
const DEEPEST: usize = 200;

/// What all files have in common.
pub(super) struct Library<'a> {
    pub(super) sources: &'a Sources,
    pub(super) locales: &'a Locales,
    pub(super) words: Arc<Words>,
    /// Names for errors, by the number that [`expand::number`] puts into positions: templates, then locale files.
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
        let mut compiled = Compiled::new(escapes, Arc::clone(&library.words), Arc::clone(&library.files));
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
    ) -> Result<(), Vec<Located>> {
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
            let spot = Spot { locales: library.locales, locale, slug, is_html, isolate };
            match library.words.put(template, spot) {
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
