//! A partial's parameters, put in the places where the partial names them.

use std::collections::HashMap;

use handlebars::template::{HelperTemplate, Parameter, TemplateElement};
use handlebars::{Path, PathSeg, Template};
use serde_json::Value;

use crate::template::element::replace_nested;

/// The named parameters of a call, such as `href=action_url`.
type Parameters = HashMap<String, Parameter>;

/// Whether all parameters are variables, literals or words, which mean the same wherever they stand.
pub(super) fn can_bind(parameters: &Parameters) -> bool {
    parameters.values().all(|value| match value {
        Parameter::Path(_) | Parameter::Name(_) | Parameter::Literal(_) => true,
        Parameter::Subexpression(inner) => is_words(inner.as_element()),
        _ => false,
    })
}

/// Whether an element is words in the reader's language, such as `{{t ".button"}}`.
fn is_words(element: &TemplateElement) -> bool {
    let TemplateElement::Expression(call) = element else { return false };
    call.name.as_name() == Some("t")
        && call.hash.is_empty()
        && matches!(call.params.as_slice(), [Parameter::Literal(Value::String(_))])
}

/// The partial with `{{href}}` replaced by the variable or text that it was called with.
pub(super) fn bind(partial: &Template, parameters: &Parameters) -> Template {
    let mut bound = partial.clone();
    for element in &mut bound.elements {
        bind_element(element, parameters);
        // An item of `{{#each}}` may have a field of the same name, and Handlebars lets the field win.
        if !is_scope(element) {
            replace_nested(element, |nested| bind(nested, parameters));
        }
    }
    bound
}

/// Whether a name means something else inside the element, as the fields of an item do in `{{#each}}`.
fn is_scope(element: &TemplateElement) -> bool {
    matches!(element, TemplateElement::HelperBlock(it) if !matches!(it.name.as_name(), Some("if" | "unless" | "t")))
}

/// Binds the parameters of one element; a variable that is bound to a literal or to words becomes these.
fn bind_element(element: &mut TemplateElement, parameters: &Parameters) {
    match element {
        TemplateElement::Expression(it) | TemplateElement::HtmlExpression(it) => {
            if let Some(text) = literal(it, parameters) {
                *element = TemplateElement::RawString(text);
            } else if let Some(words) = words(it, parameters) {
                *element = words;
            } else {
                bind_call(it, parameters);
            }
        }
        TemplateElement::HelperBlock(it) => bind_call(it, parameters),
        TemplateElement::PartialExpression(it) | TemplateElement::PartialBlock(it) => {
            bind_all(it.params.iter_mut().chain(it.hash.values_mut()), parameters);
        }
        _ => {}
    }
}

fn bind_call(call: &mut HelperTemplate, parameters: &Parameters) {
    let is_variable = !call.block && call.params.is_empty() && call.hash.is_empty();
    if is_variable {
        bind_all(std::iter::once(&mut call.name), parameters);
    }
    bind_all(call.params.iter_mut().chain(call.hash.values_mut()), parameters);
}

fn bind_all<'a>(places: impl Iterator<Item = &'a mut Parameter>, parameters: &Parameters) {
    for place in places {
        if let Parameter::Subexpression(inner) = place {
            bind_element(&mut inner.element, parameters);
        } else if let Some(value) = name(place).and_then(|name| parameters.get(name)) {
            *place = value.clone();
        } else if let Some(value) = inside(place, parameters) {
            *place = value;
        }
    }
}

/// `{{who.name}}` where `who` is bound to `org`: `org.name`.
fn inside(place: &Parameter, parameters: &Parameters) -> Option<Parameter> {
    let Parameter::Path(Path::Relative((segments, _))) = place else { return None };
    let (PathSeg::Named(first), rest) = segments.split_first()? else { return None };
    let Parameter::Path(Path::Relative((outer, text))) = parameters.get(first)? else { return None };
    let segments: Vec<PathSeg> = outer.iter().chain(rest).cloned().collect();
    let names =
        rest.iter().filter_map(|segment| if let PathSeg::Named(name) = segment { Some(name) } else { None });
    let text = names.fold(text.clone(), |text, name| format!("{text}.{name}"));
    Some(Parameter::Path(Path::Relative((segments, text))))
}

/// The words that a variable is bound to, as `label` is in `{{> button label=(t ".button")}}`.
fn words(call: &HelperTemplate, parameters: &Parameters) -> Option<TemplateElement> {
    let is_variable = call.params.is_empty() && call.hash.is_empty();
    match parameters.get(name(&call.name).filter(|_| is_variable)?)? {
        Parameter::Subexpression(inner) => Some(inner.as_element().clone()),
        _ => None,
    }
}

/// The literal that a variable is bound to, for putting it in as it is. It is not escaped: the template's author wrote
/// it, and may have written markup.
fn literal(call: &HelperTemplate, parameters: &Parameters) -> Option<String> {
    let is_variable = call.params.is_empty() && call.hash.is_empty();
    match parameters.get(name(&call.name).filter(|_| is_variable)?)? {
        Parameter::Literal(Value::String(text)) => Some(text.clone()),
        Parameter::Literal(value) => Some(value.to_string()),
        _ => None,
    }
}

/// The name that a parameter consists of; `None` for a path with dots and for anything else.
fn name(parameter: &Parameter) -> Option<&str> {
    match parameter {
        Parameter::Name(name) => Some(name),
        Parameter::Path(Path::Relative((segments, _))) => match segments.as_slice() {
            [PathSeg::Named(name)] => Some(name),
            _ => None,
        },
        _ => None,
    }
}
