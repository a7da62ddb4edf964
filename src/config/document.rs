//! From the text of a file to whatever a walk over its tables makes of it, or to all of its mistakes.

use std::path::Path;

use toml::de::DeTable;

use super::environment::Env;
use super::mistake::Mistakes;
use super::reader::Table;
use super::source::Source;

/// What `walk` makes of the root table of `text`. `file` is named in mistakes, and relative paths start at its directory.
///
/// # Errors
/// The text is not valid TOML, or `walk` reported mistakes. In the second case, what `walk` returned is dropped: it may
/// hold defaults in place of values that could not be read.
pub(super) fn read<T>(
    text: &str,
    file: &Path,
    env: Env<'_>,
    walk: impl FnOnce(Table<'_>) -> T,
) -> Result<T, Mistakes> {
    let source = Source::new(text, file, env);
    // The other parsers of the crate stop at the first error.
    let (tree, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        report_syntax(&source, &errors);
        return Err(Mistakes::new(file, source.into_mistakes()));
    }
    let made = walk(Table::root(&source, tree.get_ref()));
    let mistakes = source.into_mistakes();
    if mistakes.is_empty() { Ok(made) } else { Err(Mistakes::new(file, mistakes)) }
}

/// Reports the first few syntax errors. Those that follow are mostly caused by the first ones.
fn report_syntax(source: &Source<'_>, errors: &[toml::de::Error]) {
    for error in errors.iter().take(3) {
        let at = error.span().map(|span| span.start);
        // Not the error's `Display`: it would show the line, and the line may hold a password.
        source.report(at, "", format!("not valid TOML: {}", error.message()), "");
    }
}
