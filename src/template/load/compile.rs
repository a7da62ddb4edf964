//! From source files to two Handlebars registries: one that escapes for HTML, one that leaves text alone. Each holds
//! every template once for each language, with its partials and its words in their places.

use std::sync::Arc;

use handlebars::{Handlebars, Template};

use super::braces;
use super::element::Set;
use super::expand;
use super::mjml;
use super::pattern::Spot;
use super::source::{Source, Sources, Syntax};
use super::variable::Variables;
use crate::message::Channel;
use crate::template::error::{Located, TemplateError};
use crate::template::render::compiled::Compiled;
use crate::template::render::locale::{Locale, Locales};
use crate::template::render::words::Words;
use crate::text::position;

/// How many blocks may be open at once in a template. Each takes a piece of the stack while it is compiled and rendered,
/// and a stack that overflows ends the process, also one that was only reloading its templates.
const DEEPEST: usize = 200;

/// What the compilation of every file needs.
pub(super) struct Library<'a> {
    pub(super) sources: &'a Sources,
    pub(super) locales: &'a Locales,
    pub(super) words: Arc<Words>,
    /// The files' names for errors, by the number that [`expand::number`] puts into positions: templates first, then
    /// locale files.
    pub(super) files: Arc<[String]>,
}

/// The name under which [`Compiled`] keeps the template of this path in one language.
pub(super) fn name(locale: Locale, path: &str) -> String {
    format!("{}:{path}", locale.0)
}

/// The files' names for errors: see [`Library::files`].
pub(super) fn shown(sources: &Sources) -> Arc<[String]> {
    sources.templates().chain(sources.locales()).map(|source| source.shown.clone()).collect()
}

/// Compiles every template into two registries: the first holds HTML, the second text.
///
/// # Errors
/// Every fault of every file.
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
    // A fault of a locale file is found again wherever its words are put.
    faults.sort();
    faults.dedup();
    if faults.is_empty() { Ok((html, text)) } else { Err(faults) }
}

impl Compiled {
    /// Adds every template of one syntax, in every language.
    fn add_all(&mut self, library: &Library<'_>, syntax: Syntax) -> Result<(), Vec<TemplateError>> {
        let set = parse_all(library.sources, syntax)?;
        // Before anything is expanded: a partial that includes itself would be put into itself for ever.
        expand::check(&set).map_err(|faults| self.located(faults))?;
        let expanded: Set = set.keys().map(|name| (name.clone(), expand::expand(name, &set))).collect();
        // Partials are not compiled by themselves, since only a call says what their parameters are.
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
        // Handlebars looks a partial up here, if its call could not be put in its place.
        for (name, template) in expanded.into_iter().filter(|(name, _)| !name.contains('/')) {
            self.registry.register_template(&name, template);
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    /// Adds one template in every language: MJML becomes HTML once, then each language's words are put in.
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
        // A user's own slug has no sample to tell which variables its events have: there, none is misspelt.
        let known = Variables::offered(channel, slug, library.sources.offer(channel, slug));
        let is_html = source.syntax() != Syntax::Text;
        let mut faults = Vec::new();
        for (locale, _) in library.locales.iter() {
            let is_body = is_html || source.path.ends_with("body.txt.hbs");
            // Only bodies get marks: an SMS with them in it would leave GSM-7 for UCS-2 and cost more segments.
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

    /// Compiles one more template, which is called by its own source.
    ///
    /// # Errors
    /// Wrong syntax, or a variable that is not `known`.
    pub(super) fn add(&mut self, source: &str, known: &Variables) -> Result<(), TemplateError> {
        // The source is a name that no file has, and equal lines of the configuration share a template by it.
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

/// Parses the templates and partials of a syntax. MJML may call partials in HTML too.
fn parse_all(sources: &Sources, syntax: Syntax) -> Result<Set, Vec<TemplateError>> {
    let mut faults = Vec::new();
    let mut set = Set::new();
    let is_wanted = |source: &Source| {
        source.syntax() == syntax
            || syntax == Syntax::Mjml && source.syntax() == Syntax::Html && source.partial().is_some()
    };
    // `x.html.hbs` sorts before `x.mjml.hbs`: of two partials of one name, MJML gets the one in MJML.
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

/// Parses one file.
///
/// # Errors
/// Wrong syntax, blocks that are nested too deep, or a template in the language of Clerk's own editor.
fn parse(source: &Source) -> Result<Template, TemplateError> {
    if source.text.contains("<re-") {
        let reason = "is in Clerk's editor language (`<re-…>`), which only Clerk can render: bring it with `clerk-courier clerk pull`, \
             which makes MJML of it";
        return Err(TemplateError::new(&source.shown, reason.to_owned()));
    }
    if let Some(line) = too_deep(&source.text) {
        let reason = format!("nests blocks more than {DEEPEST} deep: move some of them out");
        return Err(TemplateError::new(&source.shown, reason).at(line, 1));
    }
    // Handlebars would repeat the white space before a partial's call in front of each of the partial's lines. Only a
    // registry can be told not to, so a template goes through a registry of its own.
    let mut registry = Handlebars::new();
    registry.set_prevent_indent(true);
    match registry.register_template_string("", &source.text) {
        Ok(()) => Ok(registry.get_template("").cloned().unwrap_or_else(Template::new)),
        Err(error) => {
            let ((line, column), reason) = braces::fault(&source.text, &error);
            Err(TemplateError::new(&source.shown, reason).at(line, column))
        }
    }
}

/// The line in which blocks get nested deeper than [`DEEPEST`]. Handlebars itself would recurse into them first.
fn too_deep(text: &str) -> Option<usize> {
    // Open blocks, each with how many blocks its one `{{/if}}` ends: every `{{else if}}` nests another.
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
