//! From source files to templates with their partials in their places, in HTML or text.

use std::collections::BTreeMap;
use std::sync::Arc;

use handlebars::{Handlebars, Template};

use super::braces;
use super::expand;
use super::mjml;
use super::source::{Source, Sources, Syntax};
use crate::template::element::Set;
use crate::template::engine::Engine;
use crate::template::error::{Located, TemplateError};
use crate::template::wording::{Formatted, Words};
use crate::text::position;

/// How many blocks may be open at once in a template. Each takes a piece of the stack while it is compiled and rendered,
/// and a stack that overflows ends the process, also one that was only reloading its templates.
const DEEPEST: usize = 200;

/// Every template with its partials in their places, and the engines that render them.
pub(super) struct Compiled {
    /// For the templates that give HTML.
    pub(super) html: Engine,
    /// For subjects, text bodies, SMS and lines of the configuration.
    pub(super) text: Engine,
    /// The templates, by their paths. Words are not in them yet.
    pub(super) templates: BTreeMap<String, Template>,
}

/// Compiles every template. `files` has the files' names for errors, by the number that [`expand::number`] puts into
/// positions: templates first, then locale files.
///
/// # Errors
/// Every fault of every file, but for those that words bring in.
pub(super) fn compile(
    sources: &Sources,
    words: &Arc<Words>,
    files: &Arc<[String]>,
) -> Result<Compiled, Vec<TemplateError>> {
    let (mut templates, mut faults) = (BTreeMap::new(), Vec::new());
    let mut engine = |escapes: bool, syntaxes: &[Syntax]| {
        let mut partials = BTreeMap::new();
        for syntax in syntaxes {
            match expand_all(sources, *syntax, files) {
                Ok(expanded) => {
                    for (name, template) in expanded {
                        // Handlebars looks a partial up, if its call could not be put in its place. A path is a root.
                        let kind = if name.contains('/') { &mut templates } else { &mut partials };
                        kind.insert(name, template);
                    }
                }
                Err(found) => faults.extend(found),
            }
        }
        Engine::new(escapes, partials, Formatted(Arc::clone(words)), files)
    };
    let html = engine(true, &[Syntax::Mjml, Syntax::Html]);
    let text = engine(false, &[Syntax::Text]);
    if faults.is_empty() { Ok(Compiled { html, text, templates }) } else { Err(faults) }
}

/// Every template and partial of one syntax, with partials in their places. MJML becomes HTML.
fn expand_all(sources: &Sources, syntax: Syntax, files: &[String]) -> Result<Set, Vec<TemplateError>> {
    let located = |faults: Vec<Located>| -> Vec<TemplateError> {
        faults.into_iter().map(|fault| TemplateError::located(files, fault)).collect()
    };
    let set = parse_all(sources, syntax)?;
    // Before anything is expanded: a partial that includes itself would be put into itself for ever.
    expand::check(&set).map_err(located)?;
    let mut expanded: Set = set.keys().map(|name| (name.clone(), expand::expand(name, &set))).collect();
    // Partials are not compiled by themselves, since only a call says what their parameters are.
    let roots = || sources.templates().filter(|it| it.syntax() == syntax && it.partial().is_none());
    expand::check_resolved(roots().map(|source| source.path.as_str()), &expanded).map_err(located)?;
    let mut faults = Vec::new();
    for source in roots().filter(|_| syntax == Syntax::Mjml) {
        let Some(template) = expanded.get_mut(&source.path) else { continue };
        if template.elements.is_empty() {
            let reason = "is empty: begin with `{{#> layout}}`, or delete the file to have ours";
            faults.push(TemplateError::new(&source.shown, reason.to_owned()));
            continue;
        }
        match mjml::compile(template) {
            Ok(html) => *template = html,
            Err(found) => faults.extend(located(found)),
        }
    }
    if faults.is_empty() { Ok(expanded) } else { Err(faults) }
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
    parse_text(&source.text)
        .map_err(|((line, column), reason)| TemplateError::new(&source.shown, reason).at(line, column))
}

/// Parses a template that stands in a file, or in the configuration.
///
/// # Errors
/// Wrong syntax, or blocks that are nested too deep.
pub(super) fn parse_text(text: &str) -> Result<Template, Located> {
    if let Some(line) = too_deep(text) {
        return Err(((line, 1), format!("nests blocks more than {DEEPEST} deep: move some of them out")));
    }
    // Handlebars would repeat the white space before a partial's call in front of each of the partial's lines. Only a
    // registry can be told not to, so a template goes through a registry of its own.
    let mut registry = Handlebars::new();
    registry.set_prevent_indent(true);
    match registry.register_template_string("", text) {
        Ok(()) => Ok(registry.get_template("").cloned().unwrap_or_else(Template::new)),
        Err(error) => Err(braces::fault(text, &error)),
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
