//! Which variables a slug's events have, so that a misspelt one is found when a template is loaded: Handlebars itself
//! takes `{{#if otp_cod}}` for false.

use std::collections::BTreeSet;

use handlebars::template::{HelperTemplate, Parameter, TemplateElement};
use handlebars::{Path, PathSeg, Template};

use crate::json_path;
use crate::message::Channel;
use crate::suggest::nearest;
use crate::template::brand::Brand;
use crate::template::error::Located;
use crate::template::proof::sample;
use crate::template::render::{Context, Locale, helper};

/// What is under these is the application's own.
const FREE: [&str; 2] = ["user.public_metadata", "invitation.public_metadata"];

/// The variables that events of a slug may have.
pub(crate) struct Variables {
    paths: BTreeSet<String>,
    is_helper: fn(&str) -> bool,
}

impl Variables {
    /// Of templates that are no slug's.
    pub(crate) fn new(paths: BTreeSet<String>, is_helper: fn(&str) -> bool) -> Self {
        Self { paths, is_helper }
    }

    /// Those of all slugs of a channel, for lines that belong to none.
    pub(super) fn of_any(channel: Channel) -> Self {
        let slugs = sample::slugs(channel).into_iter();
        let paths = slugs.filter_map(|slug| Self::of(channel, slug)).flat_map(|known| known.paths);
        Self::new(paths.chain(["from_email_name".to_owned()]).collect(), helper::exists)
    }

    /// `None` for a slug that we have no sample of.
    pub(super) fn of(channel: Channel, slug: &str) -> Option<Self> {
        let context = Context::new(sample::variables(channel, slug)?, &Brand::default(), Locale(0));
        let paths = json_path::all(context.variables.data().as_object()?).into_iter().map(|(path, _)| path);
        Some(Self::new(paths.collect(), helper::exists))
    }

    /// Paths in a template that no event of this slug has.
    pub(crate) fn misspelt(&self, template: &Template) -> Vec<Located> {
        let mut faults = Vec::new();
        Search { known: self, faults: &mut faults }.template(template, true);
        faults
    }

    fn has(&self, path: &str) -> bool {
        let is_free = |free: &str| path.strip_prefix(free).is_some_and(|rest| rest.starts_with('.'));
        self.paths.contains(path) || FREE.into_iter().any(is_free)
    }
}

struct Search<'a> {
    known: &'a Variables,
    faults: &'a mut Vec<Located>,
}

impl Search<'_> {
    /// `from_root`: names mean the event's own variables here, not those of an item of `{{#each}}`.
    fn template(&mut self, template: &Template, from_root: bool) {
        for (element, position) in template.elements.iter().zip(&template.mapping) {
            self.element(element, (position.0, position.1), from_root);
        }
    }

    fn element(&mut self, element: &TemplateElement, at: (usize, usize), from_root: bool) {
        match element {
            TemplateElement::Expression(it)
            | TemplateElement::HtmlExpression(it)
            | TemplateElement::HelperBlock(it) => self.call(it, at, from_root),
            TemplateElement::PartialExpression(it) | TemplateElement::PartialBlock(it) => {
                it.params.iter().chain(it.hash.values()).for_each(|it| self.parameter(it, at, from_root));
                it.template.iter().for_each(|it| self.template(it, from_root));
            }
            _ => {}
        }
    }

    fn call(&mut self, call: &HelperTemplate, at: (usize, usize), from_root: bool) {
        let is_helper = call.name.as_name().is_some_and(self.known.is_helper);
        if let (false, false, Some(name)) = (is_helper, call.params.is_empty(), call.name.as_name()) {
            self.faults.push((at, format!("there is no helper `{name}`")));
        } else if !is_helper {
            self.parameter(&call.name, at, from_root);
        }
        call.params.iter().chain(call.hash.values()).for_each(|it| self.parameter(it, at, from_root));
        let stays = is_helper && matches!(call.name.as_name(), Some("if" | "unless"));
        call.template.iter().for_each(|it| self.template(it, from_root && stays));
        call.inverse.iter().for_each(|it| self.template(it, from_root));
    }

    fn parameter(&mut self, parameter: &Parameter, at: (usize, usize), from_root: bool) {
        let path = match parameter {
            Parameter::Name(name) => Some(name.clone()),
            Parameter::Path(Path::Relative((segments, _))) => names(segments),
            Parameter::Subexpression(inner) => return self.element(inner.as_element(), at, from_root),
            _ => None,
        };
        let Some(path) = path.filter(|path| from_root && !path.is_empty() && !self.known.has(path)) else {
            return;
        };
        let hint = match nearest(&path, self.known.paths.iter().map(String::as_str)) {
            Some(meant) => format!("is `{meant}` meant?"),
            None => format!("there are {}", self.names()),
        };
        self.faults.push((at, format!("`{path}` is no variable of this template: {hint}")));
    }

    fn names(&self) -> String {
        let leaves = self
            .known
            .paths
            .iter()
            .filter(|path| !self.known.paths.iter().any(|it| it.starts_with(&format!("{path}."))));
        leaves.map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ")
    }
}

/// `app.name`; `None` where `..` or `this` make it relative to something else.
fn names(segments: &[PathSeg]) -> Option<String> {
    let name = |segment: &PathSeg| match segment {
        PathSeg::Named(name) => Some(name.clone()),
        _ => None,
    };
    Some(segments.iter().map(name).collect::<Option<Vec<_>>>()?.join("."))
}
