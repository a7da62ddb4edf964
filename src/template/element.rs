//! What an element of a Handlebars template holds: the call of a partial, an inline partial, nested templates and
//! parameters.

use std::collections::{BTreeMap, HashMap};

use handlebars::template::{DecoratorTemplate, Parameter, TemplateElement};
use handlebars::{Path, PathSeg, Template};
use serde_json::Value;

/// Templates by their paths and partials by their names.
pub(super) type Set = BTreeMap<String, Template>;

/// What the block of a partial's call is called inside the partial.
pub(super) const BLOCK: &str = "@partial-block";

/// The partial's call, if the element is one.
pub(super) fn call(element: &TemplateElement) -> Option<&DecoratorTemplate> {
    match element {
        TemplateElement::PartialExpression(call) | TemplateElement::PartialBlock(call) => Some(call),
        _ => None,
    }
}

/// The name and content of an inline partial, if the element defines one.
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

/// The inline partials that a template defines at its top level.
pub(super) fn inlines(template: &Template) -> Vec<(&str, &Template)> {
    template.elements.iter().filter_map(inline).collect()
}

/// The templates inside an element: the two branches of a helper's block, or the block of a partial's call.
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

/// Puts what `replace` makes of each template inside an element in its place.
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

/// Whether a template, or a partial that it still calls, mentions a variable of this name anywhere.
pub(super) fn mentions(template: &Template, variable: &str, partials: &HashMap<String, Template>) -> bool {
    template.elements.iter().any(|element| element_mentions(element, variable, partials))
}

fn element_mentions(element: &TemplateElement, variable: &str, partials: &HashMap<String, Template>) -> bool {
    let is_in = |template: &Template| mentions(template, variable, partials);
    let called = call(element).and_then(|call| call.name.as_name());
    parameters(element).iter().any(|parameter| is_named(parameter, variable, partials))
        || nested(element).any(is_in)
        || called.and_then(|name| partials.get(name)).is_some_and(is_in)
}

fn is_named(parameter: &Parameter, variable: &str, partials: &HashMap<String, Template>) -> bool {
    match parameter {
        Parameter::Name(name) => name == variable,
        Parameter::Path(Path::Relative((segments, _))) => {
            // Any part of a path counts, so `this.otp_code` does as well.
            segments.iter().any(|segment| matches!(segment, PathSeg::Named(name) if name == variable))
        }
        Parameter::Subexpression(inner) => element_mentions(inner.as_element(), variable, partials),
        _ => false,
    }
}

/// What stands between the braces of an element: its name, its parameters and the values of its named parameters.
pub(super) fn parameters(element: &TemplateElement) -> Vec<&Parameter> {
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

/// The parameters of an element and the values of its named parameters, to be replaced.
pub(super) fn parameters_mut(element: &mut TemplateElement) -> impl Iterator<Item = &mut Parameter> {
    let parameters = match element {
        TemplateElement::Expression(it)
        | TemplateElement::HtmlExpression(it)
        | TemplateElement::HelperBlock(it) => Some((&mut it.params, &mut it.hash)),
        TemplateElement::PartialExpression(it) | TemplateElement::PartialBlock(it) => {
            Some((&mut it.params, &mut it.hash))
        }
        _ => None,
    };
    parameters.into_iter().flat_map(|(params, hash)| params.iter_mut().chain(hash.values_mut()))
}
