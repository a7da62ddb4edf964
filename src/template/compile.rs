//! From source files to two Handlebars registries: one that escapes for HTML, one that leaves text alone.

use handlebars::{Handlebars, RenderError, RenderErrorReason};

use super::expand::{self, Set};
use super::source::{Sources, Syntax};
use super::{Context, TemplateError, helper};

/// The templates of one syntax, ready to render.
#[derive(Debug)]
pub(super) struct Compiled {
    registry: Handlebars<'static>,
    /// Paths, by the number that [`expand::number`] put into their positions.
    files: Vec<String>,
}

/// Compiles all, HTML and text.
pub(super) fn compile(sources: &Sources) -> Result<(Compiled, Compiled), Vec<TemplateError>> {
    match (Compiled::new(sources, Syntax::Html), Compiled::new(sources, Syntax::Text)) {
        (Ok(html), Ok(text)) => Ok((html, text)),
        (html, text) => Err([html.err(), text.err()].into_iter().flatten().flatten().collect()),
    }
}

impl Compiled {
    fn new(sources: &Sources, syntax: Syntax) -> Result<Self, Vec<TemplateError>> {
        let mut compiled = Self { registry: registry(syntax), files: Vec::new() };
        let set = compiled.parse(sources, syntax)?;
        expand::check(&set).map_err(|faults| compiled.located(faults))?;
        let expanded: Set = set.keys().map(|name| (name.clone(), expand::expand(name, &set))).collect();
        let roots = sources.iter().filter(|(path, name, of, _)| *of == syntax && path == name);
        expand::check_resolved(roots.map(|(path, ..)| path), &expanded)
            .map_err(|faults| compiled.located(faults))?;
        for (name, template) in expanded {
            compiled.registry.register_template(&name, template);
        }
        Ok(compiled)
    }

    fn parse(&mut self, sources: &Sources, syntax: Syntax) -> Result<Set, Vec<TemplateError>> {
        let mut faults = Vec::new();
        let mut set = Set::new();
        for (path, name, _, source) in sources.iter().filter(|(_, _, of, _)| *of == syntax) {
            if let Err(error) = self.registry.register_template_string(name, source) {
                let fault = TemplateError::new(path, error.reason().to_string());
                faults.push(error.pos().map_or(fault.clone(), |(line, column)| fault.at(line, column)));
            } else if let Some(template) = self.registry.get_template(name) {
                set.insert(name.to_owned(), expand::number(template.clone(), self.files.len()));
            }
            self.files.push(path.to_owned());
        }
        if faults.is_empty() { Ok(set) } else { Err(faults) }
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
            .render_with_context_to_write(name, &context.0, &mut out)
            .map_err(|error| self.render_fault(name, &error))?;
        String::from_utf8(out)
            .map_err(|_| TemplateError::new(name, "rendered bytes that are no UTF-8".to_owned()))
    }

    /// Compiles one more template, under its own source as its name.
    pub(super) fn add(&mut self, source: &str) -> Result<(), TemplateError> {
        self.registry
            .register_template_string(source, source)
            .map_err(|error| TemplateError::new(source, error.reason().to_string()))
    }

    /// Whether a template, or a partial that it calls, mentions a variable.
    pub(super) fn mentions(&self, name: &str, variable: &str) -> bool {
        expand::mentions(name, variable, self.registry.get_templates())
    }

    fn render_fault(&self, name: &str, error: &RenderError) -> TemplateError {
        let reason = reason(error.reason());
        match error.line_no.zip(error.column_no) {
            Some(at) => self.fault(at, reason),
            None => TemplateError::new(name, reason),
        }
    }

    fn located(&self, faults: Vec<expand::Fault>) -> Vec<TemplateError> {
        faults.into_iter().map(|(at, reason)| self.fault(at, reason)).collect()
    }

    /// At a position that [`expand::number`] made.
    fn fault(&self, (line, column): (usize, usize), reason: String) -> TemplateError {
        let (file, line) = expand::file_and_line(line);
        let path = self.files.get(file).map_or("", String::as_str);
        TemplateError::new(path, reason).at(line, column)
    }
}

fn registry(syntax: Syntax) -> Handlebars<'static> {
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    match syntax {
        Syntax::Html => {
            // The whitespace before a partial means nothing in HTML.
            registry.set_prevent_indent(true);
            registry.register_escape_fn(escape);
        }
        Syntax::Text => registry.register_escape_fn(handlebars::no_escape),
    }
    helper::register(&mut registry);
    registry
}

/// The five characters that end a text or a quoted attribute. Handlebars' own list has `=` too, which makes a link
/// unreadable in the source and longer on the wire.
fn escape(text: &str) -> String {
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
            format!("`{name}` is no variable of this event: ask with `{{{{#if}}}}` for what may be missing")
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
