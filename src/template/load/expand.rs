//! Partials, put in the places of their calls.
//!
//! Handlebars copies the whole context for each `{{> partial}}` that it renders, which would be half the cost of a
//! mail. A call means the same as the partial's elements in the call's place, with its parameters in theirs, and that is
//! what [`expand`] makes of it. Only a call whose parameters have to be worked out for each message stays a call.
//! [`check()`] comes first, since a partial that includes itself would overflow the stack.

mod bind;
mod check;

use handlebars::Template;
use handlebars::template::{DecoratorTemplate, TemplateMapping};

use crate::template::element::{BLOCK, Set, call, inline, inlines, replace_nested};
use crate::template::error::in_file;
pub(super) use check::{check, check_resolved};

/// Writes the number of a template's file into the position of each of its elements: see [`in_file`].
///
/// Handlebars gives what stands behind `{{else if}}` no position. It gets that of its block, since everything that walks
/// through a template walks through elements and positions side by side.
pub(super) fn number(template: Template, file: usize) -> Template {
    number_within(template, file, None)
}

fn number_within(mut template: Template, file: usize, block: Option<&TemplateMapping>) -> Template {
    for position in &mut template.mapping {
        position.0 = in_file(position.0, file);
    }
    let missing = template.elements.len().saturating_sub(template.mapping.len());
    template.mapping.extend(block.cloned().into_iter().cycle().take(missing));
    for (element, position) in template.elements.iter_mut().zip(&template.mapping) {
        replace_nested(element, |nested| number_within(nested.clone(), file, Some(position)));
    }
    template
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

/// What `{{> name}}` may mean at one place, besides the partials in files.
#[derive(Default)]
struct Scope<'a> {
    /// Inline partials that are defined right here.
    inlines: Vec<(&'a str, &'a Template)>,
    /// The scope around this one, which is asked next.
    outer: Option<&'a Scope<'a>>,
    /// What `{{> @partial-block}}` stands for, and the scope that it was written in.
    block: Option<(&'a Template, &'a Scope<'a>)>,
}

impl<'a> Scope<'a> {
    /// The inline partial of this name, from here outwards.
    fn find(&self, name: &str) -> Option<&'a Template> {
        let own = self.inlines.iter().find(|(inline, _)| *inline == name).map(|(_, template)| *template);
        own.or_else(|| self.outer?.find(name))
    }
}

/// How a template is expanded.
#[derive(Clone, Copy)]
struct Expansion<'a> {
    /// The partials in files.
    set: &'a Set,
    /// Whether definitions of inline partials stay: true in the block of a call that stays a call, where Handlebars
    /// looks them up while it renders.
    keep_inlines: bool,
}

impl Expansion<'_> {
    /// Appends the template to `out`, with partials in the places of their calls.
    fn append(self, template: &Template, outer: &Scope<'_>, out: &mut Template) {
        let scope = Scope { inlines: inlines(template), outer: Some(outer), block: outer.block };
        for (element, position) in template.elements.iter().zip(&template.mapping) {
            if let Some(call) = call(element)
                && self.splice(call, &scope, out)
            {
                continue;
            }
            // A definition shows nothing itself, and once its calls are in their places, nobody looks it up.
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

    /// Appends a partial in the place of its call, and returns false if it is only known while rendering which partial
    /// is called, or with which values.
    fn splice(self, call: &DecoratorTemplate, scope: &Scope<'_>, out: &mut Template) -> bool {
        let is_plain = call.params.is_empty() && bind::can_bind(&call.hash);
        let Some(name) = call.name.as_name().filter(|_| is_plain) else {
            return false;
        };
        if name == BLOCK {
            let Some((block, written_in)) = scope.block else { return false };
            // In the scope that the block was written in: the partial's own inline partials must not get into it.
            self.append(block, written_in, out);
            return true;
        }
        let given = call.template.as_ref();
        // As in Handlebars, an inline partial hides a file's partial of the same name.
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
