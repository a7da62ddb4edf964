//! What is wrong with a template, and where.

/// What is wrong with a template. It may be logged, since it never holds a rendered value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{file}{}: {reason}", .line.map(|(line, column)| format!(":{line}:{column}")).unwrap_or_default())]
pub struct TemplateError {
    /// The file as its author knows it: the path of a user's file, `built-in` and a path inside the templates folder for
    /// one of ours, or the line itself for a line of the configuration.
    pub file: String,
    /// Line and column, both from 1; `None` where the fault concerns the file as a whole.
    pub line: Option<(usize, usize)>,
    /// What is wrong, and what to do about it.
    pub reason: String,
}

impl TemplateError {
    /// A fault of a whole file; [`Self::at`] adds a position.
    pub(in crate::template) fn new(file: &str, reason: String) -> Self {
        Self { file: file.to_owned(), line: None, reason }
    }

    /// The same fault at a line and column, both from 1.
    pub(in crate::template) fn at(self, line: usize, column: usize) -> Self {
        Self { line: Some((line, column)), ..self }
    }

    /// A fault at a position whose line [`in_file`] numbered. The files' names are in the order of their numbers.
    pub(in crate::template) fn located(files: &[String], ((line, column), reason): Located) -> Self {
        let (file, line) = file_and_line(line);
        Self::new(files.get(file).map_or("", String::as_str), reason).at(line, column)
    }
}

/// A line and column, whose line [`in_file`] made, and what is wrong there.
pub(in crate::template) type Located = ((usize, usize), String);

/// The low bits of a numbered line that hold the line itself: files end long before the million lines that fit in.
const LINE_BITS: u32 = 20;

/// A line with the number of its file in the high bits.
///
/// Elements of several files end up in one template, and Handlebars keeps nothing but a line and a column for each.
pub(in crate::template) fn in_file(line: usize, file: usize) -> usize {
    line | file << LINE_BITS
}

/// The file's number and the line, from a line that [`in_file`] numbered.
fn file_and_line(numbered: usize) -> (usize, usize) {
    (numbered >> LINE_BITS, numbered & ((1 << LINE_BITS) - 1))
}
