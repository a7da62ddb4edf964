//! Partials, put in place when templates are loaded.
//!
//! Handlebars copies the whole context for each `{{> partial}}` that it renders, which would be half the cost of a
//! mail. A call means the same as the partial's elements in its place, its parameters in theirs, so that is what
//! [`expand`] makes of it; only a call whose parameters have to be worked out for each message stays a call.
//! [`check()`] comes first: a partial that includes itself would overflow the stack.

mod bind;
mod check;

use std::collections::{BTreeMap, HashMap};

use handlebars::template::{DecoratorTemplate, Parameter, TemplateElement};
use handlebars::{Path, PathSeg, Template};
use serde_json::Value;

pub(super) use check::{check, check_resolved};

/// Templates and partials by name.
pub(super) type Set = BTreeMap<String, Template>;

/// A position as [`number`] made it, and what is wrong there.
pub(super) type Fault = ((usize, usize), String);

const BLOCK: &str = "@partial-block";
/// A file of a million lines is too long anyway.
pub(super) const LINE_BITS: u32 = 20;

/// Writes the number of the file into each position, because elements of several files end up in one template.
pub(super) fn number(mut template: Template, file: usize) -> Template {
    for position in &mut template.mapping {
        position.0 |= file << LINE_BITS;
    }
    for element in &mut template.elements {
        replace_nested(element, |nested| number(nested.clone(), file));
    }
    template
}

/// The file's number and the line, from a position that [`number`] made.
pub(super) fn file_and_line(numbered: usize) -> (usize, usize) {
    (numbered >> LINE_BITS, numbered & ((1 << LINE_BITS) - 1))
}

/// A template of the set with the partials that it calls in their places.
pub(super) fn expand(name: &str, set: &Set) -> Template {
    let mut expanded = Template::new();
    expanded.name = Some(name.to_owned());
    if let Some(template) = set.get(name) {
        Expansion { set, keep_inlines: false }.append(template, &Scope::default(), &mut expanded);
    }
    expanded
}

/// What `{{> name}}` may mean at one place, besides the files of the set.
#[derive(Default)]
struct Scope<'a> {
    inlines: Vec<(&'a str, &'a Template)>,
    outer: Option<&'a Scope<'a>>,
    /// What `{{> @partial-block}}` stands for, and the scope that it was written in.
    block: Option<(&'a Template, &'a Scope<'a>)>,
}

impl<'a> Scope<'a> {
    fn find(&self, name: &str) -> Option<&'a Template> {
        let own = self.inlines.iter().find(|(inline, _)| *inline == name).map(|(_, template)| *template);
        own.or_else(|| self.outer?.find(name))
    }
}

#[derive(Clone, Copy)]
struct Expansion<'a> {
    set: &'a Set,
    /// In the block of a call that stays a call: there they are looked up while rendering.
    keep_inlines: bool,
}

impl Expansion<'_> {
    fn append(self, template: &Template, outer: &Scope<'_>, out: &mut Template) {
        let scope = Scope { inlines: inlines(template), outer: Some(outer), block: outer.block };
        for (element, position) in template.elements.iter().zip(&template.mapping) {
            if let Some(call) = call(element)
                && self.splice(call, &scope, out)
            {
                continue;
            }
            if inline(element).is_some() && !self.keep_inlines {
                continue;
            }
            let inner = Self { keep_inlines: self.keep_inlines || call(element).is_some(), ..self };
            let mut element = element.clone();
            replace_nested(&mut element, |nested| {
                let mut expanded = Template::new();
                expanded.name.clone_from(&nested.name);
                inner.append(nested, &scope, &mut expanded);
                expanded
            });
            out.elements.push(element);
            out.mapping.push(position.clone());
        }
    }

    /// Puts a partial in the place of its call, where it is known by now which one that is.
    fn splice(self, call: &DecoratorTemplate, scope: &Scope<'_>, out: &mut Template) -> bool {
        let is_plain = call.params.is_empty() && bind::can_bind(&call.hash);
        let Some(name) = call.name.as_name().filter(|_| is_plain) else {
            return false;
        };
        if name == BLOCK {
            let Some((block, written_in)) = scope.block else { return false };
            self.append(block, written_in, out);
            return true;
        }
        let given = call.template.as_ref();
        if let Some(partial) = scope.find(name).or_else(|| self.set.get(name)) {
            let inlines = given.map(inlines).unwrap_or_default();
            let called = Scope { inlines, outer: Some(scope), block: given.map(|block| (block, scope)) };
            if call.hash.is_empty() {
                self.append(partial, &called, out);
            } else {
                self.append(&bind::bind(partial, &call.hash), &called, out);
            }
            return true;
        }
        false
    }
}

/// The call of a partial that an element is.
fn call(element: &TemplateElement) -> Option<&DecoratorTemplate> {
    match element {
        TemplateElement::PartialExpression(call) | TemplateElement::PartialBlock(call) => Some(call),
        _ => None,
    }
}

/// The inline partial that an element defines: its name and content.
fn inline(element: &TemplateElement) -> Option<(&str, &Template)> {
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

fn inlines(template: &Template) -> Vec<(&str, &Template)> {
    template.elements.iter().filter_map(inline).collect()
}

/// The templates inside an element: the two branches of a helper's block, the block of a call.
fn nested(element: &TemplateElement) -> impl Iterator<Item = &Template> {
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
