//! The templates of a definition: Handlebars, with a short cut for those that only put values in places.

use handlebars::template::TemplateElement;
use handlebars::{Context, Handlebars, JsonRender as _, Template};
use serde_json::Value;

use super::helpers::{self, helper_exists};
use super::percent;

/// Names one template of a [`TemplateSet`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TemplateId(usize);

/// The compiled templates of a definition that write their values in the same way: as they are, or percent-encoded.
#[derive(Debug, Clone)]
pub struct TemplateSet {
    /// All templates, each under its number.
    registry: Handlebars<'static>,
    /// By number, the parts of each template that calls no helper; `None` for one that Handlebars has to render. Most
    /// call none, and Handlebars takes ten times as long for those.
    plain: Vec<Option<Vec<Part>>>,
    /// Templates that mention keys of the account alone, so that each account renders them once: see
    /// [`TemplateSet::of_account`].
    constant: Vec<TemplateId>,
    /// The sources of all templates in one string, for [`TemplateSet::mention`].
    sources: String,
    /// How a value is written: unchanged, or percent-encoded.
    escape: fn(&str) -> String,
}

/// A part of a template that calls no helper.
#[derive(Debug, Clone)]
enum Part {
    /// Text that is copied as it stands.
    Raw(String),
    /// The name of the variable whose value stands here.
    Variable(String),
}

/// A template mentions a variable that this message does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a template of the provider's definition mentions a variable that this message does not have: correct the definition"
)]
pub struct FillError;

impl Default for TemplateSet {
    fn default() -> Self {
        let mut registry = Handlebars::new();
        // A misspelt name is an error, and never an empty place in a message.
        registry.set_strict_mode(true);
        registry.register_escape_fn(handlebars::no_escape);
        helpers::register(&mut registry);
        Self {
            registry,
            plain: Vec::new(),
            constant: Vec::new(),
            sources: String::new(),
            escape: handlebars::no_escape,
        }
    }
}

impl TemplateSet {
    /// An empty set whose templates write values percent-encoded (RFC 3986, 2.1), as URLs need them.
    #[must_use]
    pub fn encoding() -> Self {
        let mut templates = Self::default();
        templates.registry.register_escape_fn(percent::encoded);
        templates.escape = percent::encoded;
        templates
    }

    /// Compiles a template and returns the id to render it by.
    ///
    /// # Errors
    /// The source has a syntax error; the text says which.
    pub fn add(&mut self, source: &str) -> Result<TemplateId, String> {
        let id = TemplateId(self.plain.len());
        let name = id.0.to_string();
        self.registry.register_template_string(&name, source).map_err(|error| error.reason().to_string())?;
        self.plain.push(self.template(id).and_then(parts));
        self.sources.push_str(source);
        Ok(id)
    }

    /// Notes that a template mentions keys of the account alone, and nothing of the message.
    pub(crate) fn mark_constant(&mut self, id: TemplateId) {
        self.constant.push(id);
    }

    /// A copy for one account, in which the templates that depend on the account alone are rendered already.
    ///
    /// # Errors
    /// One of those templates can't be rendered with `account`.
    pub fn of_account(&self, account: &Context) -> Result<Self, FillError> {
        let mut templates = self.clone();
        for id in &self.constant {
            let rendered = self.render(*id, account)?;
            if let Some(parts) = templates.plain.get_mut(id.0) {
                *parts = Some(vec![Part::Raw(rendered)]);
            }
        }
        Ok(templates)
    }

    /// Whether a template of this set may mention a variable. A longer name that contains this one counts too, so a
    /// variable that takes long to find may be prepared in vain, but never missed.
    #[must_use]
    pub fn mention(&self, name: &str) -> bool {
        self.sources.contains(name)
    }

    /// The text of a template with its variables filled in.
    ///
    /// # Errors
    /// The template mentions a variable that is missing.
    pub fn render(&self, id: TemplateId, variables: &Context) -> Result<String, FillError> {
        let Some(Some(parts)) = self.plain.get(id.0) else {
            // The error's own text is dropped, since it may repeat a value.
            return self.registry.render_with_context(&id.0.to_string(), variables).map_err(|_| FillError);
        };
        let mut out = String::new();
        for part in parts {
            match part {
                Part::Raw(raw) => out.push_str(raw),
                Part::Variable(name) => match variables.data().get(name).ok_or(FillError)? {
                    Value::String(text) => out.push_str(&(self.escape)(text)),
                    other => out.push_str(&(self.escape)(&other.render())),
                },
            }
        }
        Ok(out)
    }

    /// Whether a template is a single value, or words without any value. Beside other words, a value could end what
    /// they began.
    pub(crate) fn stands_alone(&self, id: TemplateId) -> bool {
        self.template(id).is_none_or(is_one_value)
    }

    /// The compiled form of a template, for whoever looks at its variables.
    pub(crate) fn template(&self, id: TemplateId) -> Option<&Template> {
        self.registry.get_template(&id.0.to_string())
    }
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

/// The parts of a template that calls no helper; `None` where Handlebars has to render it.
fn parts(template: &Template) -> Option<Vec<Part>> {
    let part = |element: &TemplateElement| match element {
        TemplateElement::RawString(raw) => Some(Part::Raw(raw.clone())),
        TemplateElement::Expression(call) if call.params.is_empty() && call.hash.is_empty() => {
            let is_name = |name: &&str| {
                let letters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                // `this` is the whole context, and a helper may be called without parameters: both are left to
                // Handlebars.
                letters && *name != "this" && !helper_exists(name)
            };
            let name = call.name.as_name().filter(is_name)?;
            Some(Part::Variable(name.to_owned()))
        }
        _ => None,
    };
    template.elements.iter().map(part).collect()
}
