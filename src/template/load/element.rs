//! What an element of a Handlebars template holds: calls, inline partials, nested templates, parameters.

use std::collections::{BTreeMap, HashMap};

use handlebars::template::{DecoratorTemplate, Parameter, TemplateElement};
use handlebars::{Path, PathSeg, Template};
use serde_json::Value;

/// Templates and partials by name.
pub(super) type Set = BTreeMap<String, Template>;

/// What the block of a partial's call is called inside the partial.
pub(super) const BLOCK: &str = "@partial-block";

/// The call of a partial that an element is.
pub(super) fn call(element: &TemplateElement) -> Option<&DecoratorTemplate> {
    match element {
        TemplateElement::PartialExpression(call) | TemplateElement::PartialBlock(call) => Some(call),
        _ => None,
    }
}

/// The inline partial that an element defines: its name and content.
pub(super) fn inline(element: &TemplateElement) -> Option<(&str, &Template)> {
    match element {
        TemplateElement::DecoratorBlock(it) if it.name.as_name() == Some("inline") => {
            match it.params.as_slice() {
                [Parameter::Literal(Value::String(name))] => Some((name, it.template.as_ref()?)),
                _ => None,
            }
        }
        _ => None,
    }
}

pub(super) fn inlines(template: &Template) -> Vec<(&str, &Template)> {
    template.elements.iter().filter_map(inline).collect()
}

/// The templates inside an element: the two branches of a helper's block, the block of a call.
pub(super) fn nested(element: &TemplateElement) -> impl Iterator<Item = &Template> {
    let (first, second) = match element {
        TemplateElement::Expression(it)
        | TemplateElement::HtmlExpression(it)
        | TemplateElement::HelperBlock(it) => (it.template.as_ref(), it.inverse.as_ref()),
        TemplateElement::DecoratorExpression(it)
        | TemplateElement::DecoratorBlock(it)
        | TemplateElement::PartialExpression(it)
        | TemplateElement::PartialBlock(it) => (it.template.as_ref(), None),
        _ => (None, None),
    };
    first.into_iter().chain(second)
}

pub(super) fn replace_nested(element: &mut TemplateElement, mut replace: impl FnMut(&Template) -> Template) {
    let (first, second) = match element {
        TemplateElement::Expression(it)
        | TemplateElement::HtmlExpression(it)
        | TemplateElement::HelperBlock(it) => (it.template.as_mut(), it.inverse.as_mut()),
        TemplateElement::DecoratorExpression(it)
        | TemplateElement::DecoratorBlock(it)
        | TemplateElement::PartialExpression(it)
        | TemplateElement::PartialBlock(it) => (it.template.as_mut(), None),
        _ => (None, None),
    };
    for template in first.into_iter().chain(second) {
        *template = replace(template);
    }
}

/// Whether a template, or a partial that it still calls, has a variable of this name anywhere.
pub(super) fn mentions(name: &str, variable: &str, set: &HashMap<String, Template>) -> bool {
    set.get(name).is_some_and(|template| {
        template.elements.iter().any(|element| element_mentions(element, variable, set))
    })
}

fn element_mentions(element: &TemplateElement, variable: &str, set: &HashMap<String, Template>) -> bool {
    let is_in = |template: &Template| {
        template.elements.iter().any(|element| element_mentions(element, variable, set))
    };
    let called = call(element).and_then(|call| call.name.as_name());
    parameters(element).iter().any(|parameter| is_named(parameter, variable, set))
        || nested(element).any(is_in)
        || called.is_some_and(|name| mentions(name, variable, set))
}

fn is_named(parameter: &Parameter, variable: &str, set: &HashMap<String, Template>) -> bool {
    match parameter {
        Parameter::Name(name) => name == variable,
        Parameter::Path(Path::Relative((segments, _))) => {
            segments.iter().any(|segment| matches!(segment, PathSeg::Named(name) if name == variable))
        }
        Parameter::Subexpression(inner) => element_mentions(inner.as_element(), variable, set),
        _ => false,
    }
}

/// What stands between the braces of an element.
fn parameters(element: &TemplateElement) -> Vec<&Parameter> {
    let (name, params, hash) = match element {
        TemplateElement::Expression(it)
        | TemplateElement::HtmlExpression(it)
        | TemplateElement::HelperBlock(it) => (&it.name, &it.params, &it.hash),
        TemplateElement::PartialExpression(it) | TemplateElement::PartialBlock(it) => {
            (&it.name, &it.params, &it.hash)
        }
        _ => return Vec::new(),
    };
    std::iter::once(name).chain(params).chain(hash.values()).collect()
}
