//! What fills values into templates: Handlebars, set up for HTML or for text.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::Arc;

use handlebars::{
    Context as Variables, Handlebars, HelperDef, Output, RenderContext, RenderErrorReason, Renderable,
    Template,
};

use super::error::{Located, TemplateError};
use super::escape::{escape, escape_into};
use super::helper;

/// Handlebars for templates that give HTML, or for those that give text.
#[derive(Debug)]
pub(super) struct Engine {
    /// Helpers, and the partials whose calls could not be put in their places.
    registry: Handlebars<'static>,
    /// The files' names for errors, by the numbers in positions.
    files: Arc<[String]>,
    /// Whether values are escaped for HTML.
    escapes: bool,
}

/// Why a template can't be rendered.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Line and column, where they are known.
    at: Option<(usize, usize)>,
    reason: String,
}

/// A buffer that is filled while a template is rendered.
struct Buffer<'a>(&'a mut String);

impl Output for Buffer<'_> {
    fn write(&mut self, text: &str) -> io::Result<()> {
        self.0.push_str(text);
        Ok(())
    }
}

impl Engine {
    /// An engine with these partials. `escapes` says whether values are escaped, as HTML needs it; `formatted` is the helper
    /// `{{t}}`, for words that have to be formatted for each message.
    pub(super) fn new(
        escapes: bool,
        partials: BTreeMap<String, Template>,
        formatted: impl HelperDef + Send + Sync + 'static,
        files: &Arc<[String]>,
    ) -> Self {
        let mut registry = Handlebars::new();
        // Otherwise a missing code would be an empty place in a message, and nobody would be told.
        registry.set_strict_mode(true);
        registry.register_escape_fn(if escapes { escape } else { handlebars::no_escape });
        helper::register(&mut registry);
        registry.register_helper("t", Box::new(formatted));
        for (name, template) in partials {
            registry.register_template(&name, template);
        }
        Self { registry, files: Arc::clone(files), escapes }
    }

    /// The partials whose calls could not be put in their places.
    pub(super) fn partials(&self) -> &HashMap<String, Template> {
        self.registry.get_templates()
    }

    /// Has Handlebars add what comes of a template with these variables to `out`.
    pub(super) fn write(
        &self,
        template: &Template,
        variables: &Variables,
        out: &mut String,
    ) -> Result<(), Fault> {
        let mut state = RenderContext::new(template.name.as_ref());
        let rendered = template.render(&self.registry, variables, &mut state, &mut Buffer(out));
        rendered
            .map_err(|error| Fault { at: error.line_no.zip(error.column_no), reason: reason(error.reason()) })
    }

    /// Adds a variable's text to `out`.
    pub(super) fn escape_into(&self, text: &str, out: &mut String) {
        if self.escapes { escape_into(text, out) } else { out.push_str(text) }
    }

    /// A fault of a template, with its file's name where its place is known. `shown` is the template's name as its author
    /// knows it.
    pub(super) fn named(&self, shown: &str, Fault { at, reason }: Fault) -> TemplateError {
        match at {
            Some(at) => TemplateError::located(&self.files, (at, reason)),
            None => TemplateError::new(shown, reason),
        }
    }

    /// Faults with their files' names.
    pub(super) fn located(&self, faults: &[Located]) -> Vec<TemplateError> {
        faults.iter().cloned().map(|fault| TemplateError::located(&self.files, fault)).collect()
    }
}

impl Fault {
    /// A variable is missing that a template asks for there.
    pub(super) fn missing(name: &str, at: Option<(usize, usize)>) -> Self {
        Self { at, reason: missing(name) }
    }
}

/// The reason of a failure, in words that come from the template alone.
fn reason(reason: &RenderErrorReason) -> String {
    match reason {
        RenderErrorReason::MissingVariable(Some(name)) => missing(name),
        // By `lookup`, which says nothing more.
        RenderErrorReason::MissingVariable(None) => {
            "what `lookup` looks for is not in this event: write the path, as in `{{#if user.public_metadata.team}}`"
                .to_owned()
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

fn missing(name: &str) -> String {
    format!("`{name}` is not in this event: put what may be missing into `{{{{#if {name}}}}}`")
}
