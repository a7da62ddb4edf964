//! A Handlebars registry with all templates of one kind in it, ready to render.

use std::sync::Arc;

use handlebars::{Handlebars, RenderError, RenderErrorReason};

use super::context::Context;
use super::helper;
use super::words::{Formatted, Words};
use crate::template::error::{Located, TemplateError, file_and_line};

/// The templates of one syntax, ready to render.
#[derive(Debug)]
pub(in crate::template) struct Compiled {
    pub(in crate::template) registry: Handlebars<'static>,
    /// Names of files for errors, by the numbers in positions.
    files: Arc<[String]>,
}

impl Compiled {
    /// A registry without templates: `escapes` is for HTML.
    pub(in crate::template) fn new(escapes: bool, words: Arc<Words>, files: Arc<[String]>) -> Self {
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        registry.register_escape_fn(if escapes { escape } else { handlebars::no_escape });
        helper::register(&mut registry);
        registry.register_helper("t", Box::new(Formatted(words)));
        Self { registry, files }
    }

    /// Renders one template into a buffer of that capacity.
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
            .map_err(|_| TemplateError::new(name, "rendered bytes that are no UTF-8".to_owned()))
    }

    fn render_fault(&self, name: &str, error: &RenderError) -> TemplateError {
        let reason = reason(error.reason());
        match error.line_no.zip(error.column_no) {
            Some(at) => self.fault(at, reason),
            None => TemplateError::new(name.split_once(':').map_or(name, |(_, path)| path), reason),
        }
    }

    pub(in crate::template) fn located(&self, faults: Vec<Located>) -> Vec<TemplateError> {
        faults.into_iter().map(|(at, reason)| self.fault(at, reason)).collect()
    }

    /// At a position that [`in_file`] made.
    fn fault(&self, (line, column): (usize, usize), reason: String) -> TemplateError {
        let (file, line) = file_and_line(line);
        let shown = self.files.get(file).map_or("", String::as_str);
        TemplateError::new(shown, reason).at(line, column)
    }
}

/// The five characters that end a text or a quoted attribute. Handlebars' own list has `=` too, which makes a link
/// unreadable in the source and longer on the wire.
pub(in crate::template) fn escape(text: &str) -> String {
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
