//! From the text of a file, and the variables that say more, to whatever a walk over its tables makes of it, or to all of
//! its mistakes.

use std::path::Path;

use toml::de::DeTable;

use super::environment::Env;
use super::mistake::Mistakes;
use super::overlay::{Fault, Variable, apply};
use super::reader::Table;
use super::source::{NameOf, Origin, Source};

/// The name under which mistakes are reported that belong to no file.
pub(super) const NO_FILE: &str = "environment";

/// What a configuration is made of.
pub(super) struct Document<'a> {
    /// The text of the file; empty if there is none.
    pub(super) text: &'a str,
    /// The file, which is named in mistakes. Relative paths start at its directory.
    pub(super) file: &'a Path,
    /// The name of the variable that sets a key; `None` if there is such a file. Without one, what is missing is to be set by
    /// variables.
    pub(super) name_of: Option<NameOf>,
    /// The variables that set keys, in the order of their paths.
    pub(super) variables: &'a [Variable],
    /// What is wrong with the variables already.
    pub(super) faults: Vec<Fault>,
}

/// What `walk` makes of the root table of a file that no variable changes.
///
/// # Errors
/// As [`read_document`].
pub(super) fn read<T>(
    text: &str,
    file: &Path,
    env: Env<'_>,
    walk: impl FnOnce(Table<'_>) -> T,
) -> Result<T, Mistakes> {
    let document = Document { text, file, name_of: None, variables: &[], faults: Vec::new() };
    read_document(document, env, walk).map(|read| read.made)
}

/// What came out of a configuration.
pub(super) struct Read<T> {
    /// What the walk made.
    pub(super) made: T,
    /// The keys that variables set.
    pub(super) origins: Vec<Origin>,
    /// What is not wrong, and most likely not meant.
    pub(super) warnings: Vec<String>,
}

/// What `walk` makes of the root table of a document, and what is worth telling of it.
///
/// # Errors
/// The text is not valid TOML, or `walk` reported mistakes. In the second case, what `walk` returned is dropped: it may
/// hold defaults in place of values that could not be read.
pub(super) fn read_document<T>(
    document: Document<'_>,
    env: Env<'_>,
    walk: impl FnOnce(Table<'_>) -> T,
) -> Result<Read<T>, Mistakes> {
    let Document { text, file, name_of, variables, faults } = document;
    let shown = if name_of.is_none() { file } else { Path::new(NO_FILE) };
    // The other parsers of the crate stop at the first error.
    let (mut tree, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let source = Source::new(text, file, env);
        report_syntax(&source, &errors);
        return Err(Mistakes::new(file, source.into_found().0));
    }
    let mut source = Source::new(text, file, env);
    let (applied, lists, unusable) = apply(variables, source.end(), tree.get_mut());
    source.learn(name_of, variables, applied, lists);
    for (variable, problem, hint) in faults.into_iter().chain(unusable) {
        source.report_variable(&variable, problem, hint);
    }
    let made = walk(Table::root(&source, tree.get_ref()));
    let (mistakes, origins, warnings) = source.into_found();
    if mistakes.is_empty() {
        Ok(Read { made, origins, warnings })
    } else {
        Err(Mistakes::new(shown, mistakes))
    }
}

/// Reports the first few syntax errors. Those that follow are mostly caused by the first ones.
fn report_syntax(source: &Source<'_>, errors: &[toml::de::Error]) {
    for error in errors.iter().take(3) {
        let at = error.span().map(|span| span.start);
        // Not the error's `Display`: it would show the line, and the line may hold a password.
        source.report(at, "", format!("not valid TOML: {}", error.message()), "");
    }
}
