//! What is wrong with a template, and where.

/// What is wrong with a template: never holds a rendered value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{file}{}: {reason}", .line.map(|(line, column)| format!(":{line}:{column}")).unwrap_or_default())]
pub struct TemplateError {
    /// The file, as its author knows it; of a built-in one, its path inside the templates folder.
    pub file: String,
    /// Line and column, from 1.
    pub line: Option<(usize, usize)>,
    /// What is wrong and what to do about it.
    pub reason: String,
}

impl TemplateError {
    pub(in crate::template) fn new(file: &str, reason: String) -> Self {
        Self { file: file.to_owned(), line: None, reason }
    }

    pub(in crate::template) fn at(self, line: usize, column: usize) -> Self {
        Self { line: Some((line, column)), ..self }
    }
}

/// A position as [`in_file`] numbered it, and what is wrong there.
pub(in crate::template) type Located = ((usize, usize), String);

/// A file of a million lines is too long anyway.
const LINE_BITS: u32 = 20;

/// A line with the number of its file in it, because elements of several files end up in one template.
pub(in crate::template) fn in_file(line: usize, file: usize) -> usize {
    line | file << LINE_BITS
}

/// The file's number and the line, from a line that [`in_file`] numbered.
pub(in crate::template) fn file_and_line(numbered: usize) -> (usize, usize) {
    (numbered >> LINE_BITS, numbered & ((1 << LINE_BITS) - 1))
}
