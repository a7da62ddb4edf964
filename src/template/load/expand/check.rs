//! What is wrong with partials, found before anything is expanded or rendered.

use std::collections::{BTreeMap, BTreeSet};

use handlebars::Template;
use handlebars::template::TemplateElement;

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
    for template in roots.filter_map(|name| set.get(name)) {
        unresolved(template, &[], set, &mut faults);
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.into_iter().collect()) }
}

/// Collects the calls in a template that find no partial, given the `inlines` that are defined around it.
fn unresolved(template: &Template, inlines: &[&str], set: &Set, faults: &mut BTreeSet<Located>) {
    let own = template.elements.iter().filter_map(inline).map(|(name, _)| name);
    let inlines: Vec<&str> = inlines.iter().copied().chain(own).collect();
    for (element, position) in template.elements.iter().zip(&template.mapping) {
        nested(element).for_each(|inner| unresolved(inner, &inlines, set, faults));
        let Some((call, name)) = call(element).and_then(|call| Some((call, call.name.as_name()?))) else {
            continue;
        };
        if let Some(partial) = set.get(name) {
            let given = call.template.iter().flat_map(|block| &block.elements).filter_map(inline);
            let given: Vec<&str> = inlines.iter().copied().chain(given.map(|(name, _)| name)).collect();
            unresolved(partial, &given, set, faults);
        // The block of a call stands in for a partial that is missing
        // (<https://handlebarsjs.com/guide/partials.html>), so only a call without one fails.
        } else if name != BLOCK && call.template.is_none() && !inlines.contains(&name) {
            faults.insert(((position.0, position.1), format!("there is no partial `{name}`")));
        }
    }
}
