//! The strings of a definition: Handlebars, compiled.

use std::sync::{Arc, LazyLock};

use handlebars::template::TemplateElement;
use handlebars::{Context, Handlebars, RenderContext, Renderable as _, Template};

use super::encoding::percent_encoded;
use super::helpers;

/// A template of a definition. An account finishes it into a [`Line`](super::line::Line).
#[derive(Debug, Clone)]
pub struct Text {
    pub(super) template: Arc<Template>,
    pub(super) writes: Writes,
}

/// How the values of a template are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writes {
    /// As they are.
    Plain,
    /// Percent-encoded (RFC 3986, 2.1), as URLs need them.
    Encoded,
}

/// A template mentions a variable that this message does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a template of the provider's definition mentions a variable that this message does not have: correct the definition"
)]
pub struct FillError;

impl Text {
    /// Compiles a template of a header or a body.
    ///
    /// # Errors
    /// The source has a syntax error; the text says which.
    pub fn new(source: &str) -> Result<Self, String> {
        Self::compile(source, Writes::Plain)
    }

    /// Compiles a template of a URL, which percent-encodes its values.
    ///
    /// # Errors
    /// The source has a syntax error; the text says which.
    pub fn address(source: &str) -> Result<Self, String> {
        Self::compile(source, Writes::Encoded)
    }

    fn compile(source: &str, writes: Writes) -> Result<Self, String> {
        let template = Template::compile(source).map_err(|error| error.reason().to_string())?;
        Ok(Self { template: Arc::new(template), writes })
    }

    /// Whether a template is a single value, or words without any value. Beside other words, a value could end what
    /// they began.
    pub(crate) fn stands_alone(&self) -> bool {
        is_one_value(&self.template)
    }

    /// The compiled form, for whoever looks at its variables.
    pub(crate) fn template(&self) -> &Template {
        &self.template
    }
}

impl Writes {
    /// What Handlebars makes of a template.
    pub(super) fn render(self, template: &Template, context: &Context) -> Result<String, FillError> {
        static PLAIN: LazyLock<Handlebars<'static>> = LazyLock::new(|| registry(handlebars::no_escape));
        static ENCODED: LazyLock<Handlebars<'static>> = LazyLock::new(|| registry(percent_encoded));
        let registry = match self {
            Self::Plain => &*PLAIN,
            Self::Encoded => &*ENCODED,
        };
        // The error's own text is dropped, since it may repeat a value.
        template.renders(registry, context, &mut RenderContext::new(None)).map_err(|_| FillError)
    }
}

/// The helpers that templates may call. `escape` is how values are written.
fn registry(escape: fn(&str) -> String) -> Handlebars<'static> {
    let mut registry = Handlebars::new();
    // A misspelt name is an error, and never an empty place in a message.
    registry.set_strict_mode(true);
    registry.register_escape_fn(escape);
    helpers::register(&mut registry);
    registry
}

fn is_one_value(template: &Template) -> bool {
    match template.elements.as_slice() {
        [] => true,
        [TemplateElement::HelperBlock(block)] => {
            [&block.template, &block.inverse].into_iter().flatten().all(is_one_value)
        }
        [element] => matches!(
            element,
            TemplateElement::RawString(_)
                | TemplateElement::Expression(_)
                | TemplateElement::HtmlExpression(_)
        ),
        _ => false,
    }
}
