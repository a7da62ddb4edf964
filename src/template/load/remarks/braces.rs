//! Braces of other template languages, which readers would see as they are.

use std::collections::BTreeSet;

use super::place::at;
use crate::message::Channel;
use crate::template::error::TemplateError;
use crate::template::load::source::Source;
use crate::template::proof::sample;

/// The paths of all variables that an event may have.
pub(super) fn variables() -> BTreeSet<String> {
    let channels = [Channel::Email, Channel::Sms].into_iter();
    let slugs =
        channels.flat_map(|channel| sample::slugs(channel).into_iter().map(move |slug| (channel, slug)));
    slugs.flat_map(|(channel, slug)| sample::paths(channel, slug)).collect()
}

/// A remark for each `{app.name}` and `{% … %}` of a template.
pub(super) fn remarks(source: &Source, variables: &BTreeSet<String>) -> Vec<TemplateError> {
    let text = source.text.as_ref();
    let found = text.match_indices('{').filter_map(|(place, _)| {
        let rest = text.get(place + 1..)?;
        if text.get(..place)?.ends_with('{') || rest.starts_with('{') {
            return None;
        }
        let (said, _) = rest.split_once('}')?;
        let cure = if said.starts_with('%') {
            "conditions are written as `{{#if app.name}}…{{/if}}`".to_owned()
        } else {
            // As locale files have it, too.
            let name = said.trim().trim_start_matches('$').replace('-', ".");
            variables.contains(&name).then(|| format!("write `{{{{{name}}}}}`"))?
        };
        Some(at(source, place, format!("readers see `{{{said}}}` as it is: {cure}")))
    });
    found.collect()
}
