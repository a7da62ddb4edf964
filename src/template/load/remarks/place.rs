//! Where a remark is on.

use crate::template::error::TemplateError;
use crate::template::load::source::Source;
use crate::text::position;

/// A remark on the byte `at` of a file.
pub(super) fn at(source: &Source, at: usize, reason: String) -> TemplateError {
    let (line, column) = position(&source.text, at);
    TemplateError::new(&source.shown, reason).at(line, column)
}
