//! Keys that nobody asked for: what they may have been meant to be.

use std::borrow::Cow;

use toml::Spanned;

use super::overlay;
use super::scalar::did_you_mean;
use super::source::Source;
use crate::suggest::nearest;

/// Keys that once had another name: the old name, and the name that the key has now. Their letters differ too much for
/// `nearest` to find the new name.
const RENAMED: [(&str, &str); 2] = [("variables", "provider_settings"), ("harmless", "probe")];

/// Reports a key of the table `table`, whose keys are the `known` ones. `path` is that of the key.
pub(super) fn report(
    source: &Source<'_>,
    table: &str,
    path: &str,
    key: &Spanned<Cow<'_, str>>,
    known: &[&str],
) {
    let name = key.get_ref().as_ref();
    let renamed = RENAMED.iter().find(|(old, new)| *old == name && known.contains(new));
    let near = renamed.map(|(_, new)| *new).or_else(|| nearest(name, known.iter().copied()));
    let hint = if near.is_some() { String::new() } else { format!("use one of {}", known.join(", ")) };
    let at = key.span().start;
    let problem = match source.variable(at) {
        None => format!("unknown key{}", did_you_mean(near)),
        Some(variable) => {
            let meant = near.map(|near| overlay::renamed(variable, table, near));
            format!("names no key of the configuration{}", did_you_mean(meant.as_deref()))
        }
    };
    source.report(Some(at), path, problem, hint);
}
