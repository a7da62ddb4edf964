//! What fills values into templates: Handlebars, set up for HTML or for text.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::Arc;

use handlebars::{Handlebars, Output, RenderContext, RenderError, RenderErrorReason, Renderable, Template};

use super::context::Context;
use super::helper;
use crate::template::error::{Located, TemplateError};
use crate::template::escape::escape;
use crate::template::wording::{Formatted, Words};

/// Handlebars for templates that give HTML, or for those that give text.
#[derive(Debug)]
pub(in crate::template) struct Engine {
    /// Helpers, and the partials whose calls could not be put in their places.
    registry: Handlebars<'static>,
    /// The files' names for errors, by the numbers in positions.
    files: Arc<[String]>,
}

/// A buffer that is filled while a template is rendered.
struct Buffer(String);

impl Output for Buffer {
    fn write(&mut self, text: &str) -> io::Result<()> {
        self.0.push_str(text);
        Ok(())
    }
}

impl Engine {
    /// An engine with these partials. `escapes` says whether values are escaped, as HTML needs it.
    pub(in crate::template) fn new(
        escapes: bool,
        partials: BTreeMap<String, Template>,
        words: &Arc<Words>,
        files: &Arc<[String]>,
    ) -> Self {
        let mut registry = Handlebars::new();
        // Otherwise a missing code would be an empty place in a message, and nobody would be told.
        registry.set_strict_mode(true);
        registry.register_escape_fn(if escapes { escape } else { handlebars::no_escape });
        helper::register(&mut registry);
        registry.register_helper("t", Box::new(Formatted(Arc::clone(words))));
        for (name, template) in partials {
            registry.register_template(&name, template);
        }
        Self { registry, files: Arc::clone(files) }
    }

    /// The partials whose calls could not be put in their places.
    pub(in crate::template) fn partials(&self) -> &HashMap<String, Template> {
        self.registry.get_templates()
    }

    /// Renders a template into a buffer of that capacity. `shown` is its name as its author knows it.
    ///
    /// # Errors
    /// The template fails with this context.
    pub(in crate::template) fn render(
        &self,
        (template, shown): (&Template, &str),
        context: &Context,
        capacity: usize,
    ) -> Result<String, TemplateError> {
        let mut out = Buffer(String::with_capacity(capacity));
        let mut state = RenderContext::new(template.name.as_ref());
        template
            .render(&self.registry, &context.variables, &mut state, &mut out)
            .map_err(|error| self.render_fault(shown, &error))?;
        Ok(out.0)
    }

    /// A fault of rendering, at its position in its file if Handlebars knows one.
    fn render_fault(&self, shown: &str, error: &RenderError) -> TemplateError {
        let reason = reason(error.reason());
        match error.line_no.zip(error.column_no) {
            Some(at) => TemplateError::located(&self.files, (at, reason)),
            None => TemplateError::new(shown, reason),
        }
    }

    /// Faults with their files' names.
    pub(in crate::template) fn located(&self, faults: &[Located]) -> Vec<TemplateError> {
        faults.iter().cloned().map(|fault| TemplateError::located(&self.files, fault)).collect()
    }
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
