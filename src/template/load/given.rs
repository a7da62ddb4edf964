//! The parameters that calls give to partials. A call may leave one out that another call gives: in the partial,
//! `{{#if label}}` asks for it.

use std::collections::BTreeSet;
use std::path::Path;

use super::source::Sources;
use crate::template::error::TemplateError;

/// The names of all parameters that the user's files give to partials.
pub(super) fn parameters(sources: &Sources) -> BTreeSet<String> {
    let own = sources.templates().filter(|source| source.is_own);
    own.flat_map(|source| source.text.split("{{").skip(1).flat_map(of_tag)).map(str::to_owned).collect()
}

/// The names of the parameters in a tag, if that calls a partial.
fn of_tag(tag: &str) -> impl Iterator<Item = &str> {
    let call = tag.trim_start_matches(['~', '#', ' ']).strip_prefix('>');
    let inside = call.and_then(|call| call.split("}}").next()).unwrap_or_default();
    let names = inside.split_whitespace().filter_map(|word| Some(word.split_once('=')?.0));
    names.filter(|name| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

/// Adds to faults about variables in partials that a call may give them.
pub(super) fn advise(mut faults: Vec<TemplateError>) -> Vec<TemplateError> {
    for fault in &mut faults {
        let file = Path::new(&fault.file);
        let is_partial = file.parent().is_some_and(|dir| dir.ends_with("partials"));
        let stem = file.file_name().and_then(|name| name.to_str()?.split('.').next());
        let missing =
            fault.reason.strip_prefix("there is no variable `").and_then(|rest| rest.split('`').next());
        if let (true, Some(partial), Some(name)) =
            (is_partial, stem, missing.filter(|name| !name.contains('.')))
        {
            fault.reason = format!(
                "there is no variable `{name}`, and no call gives it to the partial: write `{{{{> {partial} {name}=…}}}}`, \
                 or use another variable"
            );
        }
    }
    faults
}
