//! The variables that a slug's events have, so that a misspelt one is found when a template is loaded. Handlebars itself
//! would take `{{#if otp_cod}}` for false.

use std::collections::BTreeSet;

use handlebars::template::{HelperTemplate, Parameter, TemplateElement};
use handlebars::{Path, PathSeg, Template};
use serde_json::{Map, Value};

use super::offer::Offer;
use crate::json_path;
use crate::message::Channel;
use crate::suggest::nearest;
use crate::template::brand::Brand;
use crate::template::error::Located;
use crate::template::helper;
use crate::template::locale::Locale;
use crate::template::proof::sample;
use crate::template::render::context::Context;

/// Objects whose fields are the application's own, so that no sample can know them.
const FREE: [&str; 2] = ["user.public_metadata", "invitation.public_metadata"];

/// The helpers that are named where one does not exist, of those that there are.
const HELPERS: [&str; 23] = [
    "if", "unless", "each", "with", "lookup", "len", "eq", "ne", "gt", "gte", "lt", "lte", "and", "or",
    "not", "spaced", "t", "number", "boolean", "list", "object", "json", "base64",
];

/// The variables that a template may ask for, and the helpers that it may call.
pub(crate) struct Variables {
    /// Dotted paths, those of objects included.
    paths: BTreeSet<String>,
    /// Whether a helper of this name may be called.
    is_helper: fn(&str) -> bool,
}

impl Variables {
    /// The variables of templates that do not belong to a slug, such as those of a provider's definition.
    pub(crate) fn new(paths: BTreeSet<String>, is_helper: fn(&str) -> bool) -> Self {
        Self { paths, is_helper }
    }

    /// The variables of all slugs of a channel, for lines of the configuration that are used with any of them.
    pub(super) fn of_any(channel: Channel) -> Self {
        let slugs = sample::slugs(channel).into_iter();
        let paths = slugs.filter_map(|slug| Self::of(channel, slug)).flat_map(|known| known.paths);
        Self::new(paths.chain(["from_email_name".to_owned()]).collect(), helper::exists)
    }

    /// The variables of a slug's sample; `None` for a slug without a sample.
    pub(super) fn of(channel: Channel, slug: &str) -> Option<Self> {
        Some(Self::of_variables(sample::variables(channel, slug)?))
    }

    /// The variables of an event that has these.
    fn of_variables(variables: Map<String, Value>) -> Self {
        // Completed as for rendering, because templates see what `Context::new` adds too.
        // Any language will do, since variables have the same names in all of them.
        let context = Context::new(variables, &Brand::default(), Locale(0));
        let paths = context.variables.data().as_object().map(json_path::all).unwrap_or_default();
        Self::new(paths.into_iter().map(|(path, _)| path).collect(), helper::exists)
    }

    /// The variables of a slug's sample, and those that Clerk offers beyond it; `None` where neither is known.
    pub(super) fn offered(channel: Channel, slug: &str, offer: Option<&Offer>) -> Option<Self> {
        let sample = Self::of(channel, slug);
        let Some(offer) = offer else { return sample };
        // A slug without a sample has what every event has, and what Clerk offers.
        let mut known = sample.unwrap_or_else(|| Self::of_variables(Map::new()));
        known.paths.extend(offer.available.iter().cloned());
        Some(known)
    }

    /// The variables and helpers in a template that do not exist, with their positions and what was probably meant.
    pub(crate) fn misspelt(&self, template: &Template) -> Vec<Located> {
        let mut faults = Vec::new();
        Search { known: self, faults: &mut faults }.template(template, (1, 1), true);
        faults
    }

    /// What may stand in place of a helper that does not exist, as the last part of a sentence.
    fn instead_of(&self, name: &str) -> String {
        let known = || HELPERS.into_iter().filter(|it| (self.is_helper)(it));
        match nearest(name, known()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("there are `{}`", known().collect::<Vec<_>>().join("`, `")),
        }
    }

    /// Adds variables that may be missing, such as the parameters of partials, which not every call gives.
    pub(super) fn and(mut self, more: &BTreeSet<String>) -> Self {
        self.paths.extend(more.iter().cloned());
        self
    }

    fn has(&self, path: &str) -> bool {
        let is_free = |free: &str| path.strip_prefix(free).is_some_and(|rest| rest.starts_with('.'));
        self.paths.contains(path) || FREE.into_iter().any(is_free)
    }
}

/// Looks through a template, and collects what does not exist.
struct Search<'a> {
    known: &'a Variables,
    faults: &'a mut Vec<Located>,
}

impl Search<'_> {
    /// `from_root` is false where a name may mean a field of something else, such as an item of `{{#each}}`. Nothing can
    /// be said about names there. `block` is the position of the block around it, which stands in where Handlebars gives
    /// none: behind `{{else if}}`.
    fn template(&mut self, template: &Template, block: (usize, usize), from_root: bool) {
        for (index, element) in template.elements.iter().enumerate() {
            let at = template.mapping.get(index).map_or(block, |position| (position.0, position.1));
            self.element(element, at, from_root);
        }
    }

    fn element(&mut self, element: &TemplateElement, at: (usize, usize), from_root: bool) {
        match element {
            TemplateElement::Expression(it)
            | TemplateElement::HtmlExpression(it)
            | TemplateElement::HelperBlock(it) => self.call(it, at, from_root),
            TemplateElement::PartialExpression(it) | TemplateElement::PartialBlock(it) => {
                it.params.iter().chain(it.hash.values()).for_each(|it| self.parameter(it, at, from_root));
                it.template.iter().for_each(|it| self.template(it, at, from_root));
            }
            _ => {}
        }
    }

    fn call(&mut self, call: &HelperTemplate, at: (usize, usize), from_root: bool) {
        let is_helper = call.name.as_name().is_some_and(self.known.is_helper);
        if let (false, false, Some(name)) = (is_helper, call.params.is_empty(), call.name.as_name()) {
            self.faults.push((at, format!("there is no helper `{name}`: {}", self.known.instead_of(name))));
        } else if !is_helper {
            self.parameter(&call.name, at, from_root);
        }
        call.params.iter().chain(call.hash.values()).for_each(|it| self.parameter(it, at, from_root));
        // Handlebars would pass over all values but the first.
        if let (Some(name @ ("if" | "unless")), true) = (call.name.as_name(), call.params.len() > 1) {
            let reason = format!(
                "`#{name}` takes one value: write `{{{{#{name} (and … …)}}}}` or `(or … …)`, or `(eq … …)` to compare"
            );
            self.faults.push((at, reason));
        }
        // Only in these two do names mean the same inside: `each` and `with` make them fields of something else.
        let stays = is_helper && matches!(call.name.as_name(), Some("if" | "unless"));
        call.template.iter().for_each(|it| self.template(it, at, from_root && stays));
        call.inverse.iter().for_each(|it| self.template(it, at, from_root));
    }

    fn parameter(&mut self, parameter: &Parameter, at: (usize, usize), from_root: bool) {
        let mut from_root = from_root;
        let path = match parameter {
            Parameter::Name(name) => Some(name.clone()),
            // The event's own variables, wherever it stands.
            Parameter::Path(Path::Relative((segments, text))) if text.starts_with("@root") => {
                from_root = true;
                segments.get(1..).and_then(names)
            }
            Parameter::Path(Path::Relative((segments, _))) => names(segments),
            Parameter::Subexpression(inner) => return self.element(inner.as_element(), at, from_root),
            _ => None,
        };
        let Some(path) = path.filter(|path| from_root && !path.is_empty() && !self.known.has(path)) else {
            return;
        };
        let like = |typed: &str| nearest(typed, self.known.paths.iter().map(String::as_str));
        let hint = match like(&path).or_else(|| like(&path.to_lowercase())) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("it has {}", self.names()),
        };
        self.faults.push((at, format!("there is no variable `{path}` in this template: {hint}")));
    }

    /// All variables that are not objects, for a hint.
    fn names(&self) -> String {
        let leaves = self
            .known
            .paths
            .iter()
            .filter(|path| !self.known.paths.iter().any(|it| it.starts_with(&format!("{path}."))));
        leaves.map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ")
    }
}

/// A path as text, such as `app.name`; `None` where `..` or `this` makes it relative to something else.
fn names(segments: &[PathSeg]) -> Option<String> {
    let name = |segment: &PathSeg| match segment {
        PathSeg::Named(name) => Some(name.clone()),
        _ => None,
    };
    Some(segments.iter().map(name).collect::<Option<Vec<_>>>()?.join("."))
}
