//! What can be known to be wrong with partials before anything is rendered.

use std::collections::{BTreeMap, BTreeSet};

use handlebars::Template;
use handlebars::template::TemplateElement;

use crate::template::error::Located;
use crate::template::load::element::{BLOCK, Set, call, inline, nested};

/// Refuses what would overflow the stack (a partial that includes itself, by whatever way round) and what would
/// hide that (a partial chosen while rendering, an inline partial that exists only sometimes).
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

/// The partial's name, and where it is called.
type Call<'a> = (&'a str, (usize, usize));

/// Who calls whom, by name: inline partials count as partials of their name wherever they are.
#[derive(Default)]
struct Calls<'a> {
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
                        None => Some("the name of a partial has to stand here as it is"),
                    }
                }
                TemplateElement::DecoratorExpression(_) | TemplateElement::DecoratorBlock(_) => {
                    match inline(element) {
                        Some((name, _)) if !in_helper => {
                            owner = name;
                            None
                        }
                        Some(_) => Some("an inline partial cannot stand inside `{{#…}}`"),
                        None => Some("is no `{{#*inline \"name\"}}`"),
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

    /// Depth first; `done` holds those from which no cycle can be reached.
    fn look_for_cycle(&mut self, name: &'a str, path: &mut Vec<&'a str>, done: &mut BTreeSet<&'a str>) {
        path.push(name);
        for (callee, at) in self.by.get(name).cloned().unwrap_or_default() {
            if path.contains(&callee) {
                self.faults.push((at, format!("the partial `{callee}` includes itself")));
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
        } else if name != BLOCK && call.template.is_none() && !inlines.contains(&name) {
            faults.insert(((position.0, position.1), format!("there is no partial `{name}`")));
        }
    }
}
