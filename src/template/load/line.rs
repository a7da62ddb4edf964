//! Lines of the configuration that are templates, such as a sender's name. They belong to no file, slug or language.

use handlebars::Template;
use handlebars::template::{Parameter, TemplateElement};

use super::compile::parse_text;
use super::variable::Variables;
use crate::message::Channel;
use crate::template::element::{call, nested, parameters};
use crate::template::error::TemplateError;

/// A line, compiled.
///
/// # Errors
/// Wrong syntax, a variable that no event of the channel has, or what only a file can have: words and partials.
pub(super) fn compile(channel: Channel, source: &str) -> Result<Template, TemplateError> {
    let wrong = |reason| TemplateError::new(source, reason);
    let template = parse_text(source).map_err(|(_, reason)| wrong(reason))?;
    if let Some(reason) = template.elements.iter().find_map(of_files) {
        return Err(wrong(reason.to_owned()));
    }
    match Variables::of_any(channel).misspelt(&template).into_iter().next() {
        Some((_, reason)) => Err(wrong(reason)),
        None => Ok(template),
    }
}

/// Why an element can't stand in the configuration; `None` if it can.
fn of_files(element: &TemplateElement) -> Option<&'static str> {
    let is_decorator =
        matches!(element, TemplateElement::DecoratorExpression(_) | TemplateElement::DecoratorBlock(_));
    if call(element).is_some() || is_decorator {
        return Some("a partial can't be called in the configuration: write here what is in it");
    }
    let parameters = parameters(element);
    if parameters.first().is_some_and(|name| name.as_name() == Some("t")) {
        return Some(
            "words of locale files can't be used in the configuration: write the words here, without `t`",
        );
    }
    let inside = parameters.into_iter().find_map(|parameter| match parameter {
        Parameter::Subexpression(inner) => of_files(inner.as_element()),
        _ => None,
    });
    inside.or_else(|| nested(element).flat_map(|inner| &inner.elements).find_map(of_files))
}
