//! What is wrong with a configuration, in a form that a person can act on. Nothing here holds a credential: callers
//! pass names, positions and what is allowed, and a value only where [`super::reader`] found it fit to be shown.

use std::fmt;
use std::path::{Path, PathBuf};

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Line and column (in characters), both from 1; `None` where nothing is there to point at.
    pub position: Option<(usize, usize)>,
    /// Path of the key, `email.by_slug.invitation.from`; empty where the text is no TOML at all.
    pub key: String,
    /// What is wrong.
    pub problem: String,
    /// What is allowed or what to do; empty where `problem` says it.
    pub hint: String,
}

/// All mistakes of one file, in its order. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults {
    /// The file as it was named.
    pub file: PathBuf,
    /// The mistakes.
    pub faults: Vec<Fault>,
}

impl Faults {
    /// Puts `faults` in the order of the file.
    pub(super) fn new(file: &Path, mut faults: Vec<Fault>) -> Self {
        faults.sort_by_key(|fault| fault.position);
        Self { file: file.to_owned(), faults }
    }

    /// The file itself cannot be had.
    pub(super) fn unreadable(file: &Path, error: &std::io::Error) -> Self {
        let hint = match error.kind() {
            std::io::ErrorKind::NotFound => "`clerk-courier init` writes one; `--config FILE` names another",
            _ => "",
        };
        let problem = format!("cannot be read: {}", reason(error.kind()));
        Self::new(file, vec![Fault { position: None, key: String::new(), problem, hint: hint.to_owned() }])
    }
}

impl std::error::Error for Faults {}

/// One line per fault, as compilers write it, and an indented one below for the hint.
impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.faults.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{}:", self.file.display())?;
            if let Some((line, column)) = fault.position {
                write!(f, "{line}:{column}:")?;
            }
            if !fault.key.is_empty() {
                write!(f, " {}:", fault.key)?;
            }
            write!(f, " {}", fault.problem)?;
            if !fault.hint.is_empty() {
                write!(f, "\n    {}", fault.hint)?;
            }
        }
        Ok(())
    }
}

/// Why a file can't be read, for people.
pub(super) fn reason(kind: std::io::ErrorKind) -> String {
    if kind == std::io::ErrorKind::NotFound { "there is no such file".to_owned() } else { kind.to_string() }
}

/// The known name that `typed` was probably meant to be: at most a third of it differs, and no more than three letters.
pub(crate) fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = typed.chars().count().div_ceil(3).min(3);
    known
        .into_iter()
        .map(|name| (edit_distance(typed, name), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// `"a", "b", "c"`, for hints.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
}

/// Levenshtein's distance, one row at a time.
pub(crate) fn edit_distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut previous = i + 1;
        for (cell, right) in row.iter_mut().skip(1).zip(b.chars()) {
            let replaced = diagonal + usize::from(left != right);
            diagonal = *cell;
            *cell = replaced.min(diagonal + 1).min(previous + 1);
            previous = *cell;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_levenshteins() {
        let table = [
            ("", "", 0),
            ("a", "", 1),
            ("", "ab", 2),
            ("kitten", "sitting", 3),
            ("lissten", "listen", 1),
            ("ab", "ba", 2),
        ];
        for (a, b, distance) in table {
            assert_eq!(edit_distance(a, b), distance, "{a} {b}");
            assert_eq!(edit_distance(b, a), distance, "{b} {a}");
        }
    }

    #[test]
    fn a_name_is_suggested_only_where_most_of_it_was_typed() {
        let known = ["listen", "admin_listen", "workers"];
        assert_eq!(nearest("lissten", known), Some("listen"));
        assert_eq!(nearest("adminlisten", known), Some("admin_listen"));
        assert_eq!(nearest("worker", known), Some("workers"));
        assert_eq!(nearest("port", known), None);
        assert_eq!(nearest("form", ["send", "from"]), Some("from"));
        assert_eq!(nearest("retention_days", ["retention"]), None);
    }
}
