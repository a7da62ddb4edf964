//! What is wrong with partials, found before anything is expanded or rendered.

use std::collections::{BTreeMap, BTreeSet};

use handlebars::Template;
use handlebars::template::TemplateElement;

use crate::suggest::nearest;
use crate::template::element::{BLOCK, Set, call, inline, nested};
use crate::template::error::Located;

/// Refuses what would overflow the stack, which is a partial that includes itself, directly or through others. Refuses
/// too what would hide that: a partial chosen while rendering, and an inline partial that is defined only sometimes.
pub(in crate::template::load) fn check(set: &Set) -> Result<(), Vec<Located>> {
    let mut calls = Calls::default();
    for (name, template) in set {
        calls.collect(template, name, false);
    }
    let mut done = BTreeSet::new();
    for name in set.keys() {
        calls.look_for_cycle(name, &mut Vec::new(), &mut done);
    }
    if calls.faults.is_empty() { Ok(()) } else { Err(calls.faults) }
}

/// The name of the partial that is called, and the position of the call.
type Call<'a> = (&'a str, (usize, usize));

/// Which template or partial calls which partials. An inline partial counts as a partial of its name wherever it is
/// defined: that may find a circle that never happens, but misses none.
#[derive(Default)]
struct Calls<'a> {
    /// The calls in each template or partial, by its name.
    by: BTreeMap<&'a str, Vec<Call<'a>>>,
    faults: Vec<Located>,
}

impl<'a> Calls<'a> {
    fn collect(&mut self, template: &'a Template, owner: &'a str, in_helper: bool) {
        for (element, position) in template.elements.iter().zip(&template.mapping) {
            let at = (position.0, position.1);
            let mut owner = owner;
            let fault = match element {
                TemplateElement::PartialExpression(call) | TemplateElement::PartialBlock(call) => {
                    match call.name.as_name() {
                        Some(name) => {
                            self.by.entry(owner).or_default().push((name, at));
                            None
                        }
                        None => {
                            Some("a partial's name can't be worked out while rendering: write it as it is")
                        }
                    }
                }
                TemplateElement::DecoratorExpression(_) | TemplateElement::DecoratorBlock(_) => {
                    match inline(element) {
                        Some((name, _)) if !in_helper => {
                            owner = name;
                            None
                        }
                        Some(_) => Some("an inline partial can't be defined inside `{{#…}}`: move it out"),
                        None => {
                            Some("only `{{#*inline \"name\"}}` can stand here: there are no other decorators")
                        }
                    }
                }
                _ => None,
            };
            self.faults.extend(fault.map(|reason| (at, reason.to_owned())));
            let in_helper = in_helper || matches!(element, TemplateElement::HelperBlock(_));
            for inner in nested(element) {
                self.collect(inner, owner, in_helper);
            }
        }
    }

    /// Follows the calls depth first. `path` holds the names on the way, `done` those from which no circle is reached.
    fn look_for_cycle(&mut self, name: &'a str, path: &mut Vec<&'a str>, done: &mut BTreeSet<&'a str>) {
        path.push(name);
        for (callee, at) in self.by.get(name).cloned().unwrap_or_default() {
            if path.contains(&callee) {
                self.faults
                    .push((at, format!("the partial `{callee}` includes itself: take one of the calls out")));
            } else if !done.contains(callee) {
                self.look_for_cycle(callee, path, done);
            }
        }
        path.pop();
        done.insert(name);
    }
}

/// Refuses calls of partials that nothing provides, among those that [`super::expand`] left in these templates.
pub(in crate::template::load) fn check_resolved<'a>(
    roots: impl Iterator<Item = &'a str>,
    set: &Set,
) -> Result<(), Vec<Located>> {
    let mut faults = BTreeSet::new();
    for (name, template) in roots.filter_map(|name| set.get_key_value(name)) {
        Unresolved { root: name, set, faults: &mut faults }.collect(template, &[]);
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.into_iter().collect()) }
}

/// Collects the calls that find no partial.
struct Unresolved<'a> {
    /// The path of the template that is looked through, with its partials.
    root: &'a str,
    set: &'a Set,
    faults: &'a mut BTreeSet<Located>,
}

impl Unresolved<'_> {
    /// Collects those in a template, given the `inlines` that are defined around it.
    fn collect(&mut self, template: &Template, inlines: &[&str]) {
        let own = template.elements.iter().filter_map(inline).map(|(name, _)| name);
        let inlines: Vec<&str> = inlines.iter().copied().chain(own).collect();
        for (element, position) in template.elements.iter().zip(&template.mapping) {
            nested(element).for_each(|inner| self.collect(inner, &inlines));
            let Some((call, name)) = call(element).and_then(|call| Some((call, call.name.as_name()?))) else {
                continue;
            };
            if let Some(partial) = self.set.get(name) {
                let given = call.template.iter().flat_map(|block| &block.elements).filter_map(inline);
                let given: Vec<&str> = inlines.iter().copied().chain(given.map(|(name, _)| name)).collect();
                self.collect(partial, &given);
            } else if name != BLOCK && !inlines.contains(&name) {
                let fault = self.missing(name, call.template.is_some());
                self.faults.extend(fault.map(|reason| ((position.0, position.1), reason)));
            }
        }
    }

    /// Why a call fails that finds no partial of this name. The block of a call stands in for a partial that is missing
    /// (<https://handlebarsjs.com/guide/partials.html>), so a call with one does not fail, except in MJML.
    fn missing(&self, name: &str, has_block: bool) -> Option<String> {
        if has_block && !self.root.ends_with(".mjml.hbs") {
            return None;
        }
        let partials = self.set.keys().map(String::as_str).filter(|name| !name.contains('/'));
        let hint = if let Some(meant) = nearest(name, partials) {
            format!("did you mean `{meant}`?")
        } else {
            let ends = ["mjml.hbs", "html.hbs", "txt.hbs"];
            let end = ends.into_iter().find(|end| self.root.ends_with(end)).unwrap_or("txt.hbs");
            format!("add it as email/partials/{name}.{end}, or take the call out")
        };
        Some(format!("there is no partial `{name}`: {hint}"))
    }
}
