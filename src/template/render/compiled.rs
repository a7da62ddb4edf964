//! A Handlebars registry with all templates of one kind in it, ready to be rendered.

use std::sync::Arc;

use handlebars::{Handlebars, RenderError, RenderErrorReason};

use super::context::Context;
use super::helper;
use super::words::{Formatted, Words};
use crate::template::error::{Located, TemplateError, file_and_line};

/// The templates that give HTML, or those that give text, in every language.
#[derive(Debug)]
pub(in crate::template) struct Compiled {
    /// The templates, by names that `load` gives them.
    pub(in crate::template) registry: Handlebars<'static>,
    /// The files' names for errors, by the numbers in positions.
    files: Arc<[String]>,
}

impl Compiled {
    /// A registry without templates. `escapes` says whether values are escaped, as HTML needs it.
    pub(in crate::template) fn new(escapes: bool, words: Arc<Words>, files: Arc<[String]>) -> Self {
        let mut registry = Handlebars::new();
        // Otherwise a missing code would be an empty place in a message, and nobody would be told.
        registry.set_strict_mode(true);
        registry.register_escape_fn(if escapes { escape } else { handlebars::no_escape });
        helper::register(&mut registry);
        registry.register_helper("t", Box::new(Formatted(words)));
        Self { registry, files }
    }

    /// Renders the template `name` into a buffer of that capacity.
    ///
    /// # Errors
    /// The template fails with this context.
    pub(in crate::template) fn render(
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
            .map_err(|_| TemplateError::new(name, "was rendered to bytes that are not UTF-8".to_owned()))
    }

    /// A fault of rendering, at its position in its file if Handlebars knows one.
    fn render_fault(&self, name: &str, error: &RenderError) -> TemplateError {
        let reason = reason(error.reason());
        match error.line_no.zip(error.column_no) {
            Some(at) => self.fault(at, reason),
            None => TemplateError::new(name.split_once(':').map_or(name, |(_, path)| path), reason),
        }
    }

    /// Faults with their files' names.
    pub(in crate::template) fn located(&self, faults: Vec<Located>) -> Vec<TemplateError> {
        faults.into_iter().map(|(at, reason)| self.fault(at, reason)).collect()
    }

    /// A fault at a position whose line holds the number of its file.
    fn fault(&self, (line, column): (usize, usize), reason: String) -> TemplateError {
        let (file, line) = file_and_line(line);
        let shown = self.files.get(file).map_or("", String::as_str);
        TemplateError::new(shown, reason).at(line, column)
    }
}

/// Escapes the five characters that can end a text or a quoted attribute in HTML.
pub(in crate::template) fn escape(text: &str) -> String {
    // Not by Handlebars' own function: it escapes `=` too, which makes a link unreadable in the source and longer on
    // the wire.
    let mut escaped = String::with_capacity(text.len() + 8);
    let mut rest = text;
    // All five are ASCII, so none of them is found in the middle of another character.
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

/// The reason of a failure, in words that come from the template alone.
fn reason(reason: &RenderErrorReason) -> String {
    match reason {
        RenderErrorReason::MissingVariable(Some(name)) => {
            format!("`{name}` is not in this event: put what may be missing into `{{{{#if {name}}}}}`")
        }
        RenderErrorReason::HelperNotFound(name) => format!("there is no helper `{name}`"),
        RenderErrorReason::DecoratorNotFound(name) => format!("there is no decorator `{name}`"),
        RenderErrorReason::PartialNotFound(name) => format!("there is no partial `{name}`"),
        RenderErrorReason::PartialBlockNotFound => {
            "this partial needs a block: call it as `{{#> name}}…{{/name}}`".to_owned()
        }
        RenderErrorReason::ParamNotFoundForIndex(helper, index) => {
            format!("`{helper}` is called without its parameter {}", index + 1)
        }
        // What Handlebars says of the others is not repeated: it may hold a value, and a value may be a code.
        _ => "can't be rendered with this event's values".to_owned(),
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
