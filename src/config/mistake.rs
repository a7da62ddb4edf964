//! What is wrong with a configuration, in a form that a person can act on. Nothing here holds a credential: callers
//! pass names, positions and what is allowed, and a value only where [`super::reader`] found it fit to be shown.

use std::fmt;
use std::path::{Path, PathBuf};

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
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
pub struct Mistakes {
    /// The file as it was named.
    pub file: PathBuf,
    /// The mistakes.
    pub mistakes: Vec<Mistake>,
}

impl Mistakes {
    /// Puts `mistakes` in the order of the file.
    pub(super) fn new(file: &Path, mut mistakes: Vec<Mistake>) -> Self {
        mistakes.sort_by_key(|mistake| mistake.position);
        Self { file: file.to_owned(), mistakes }
    }

    /// The file itself cannot be had.
    pub(super) fn unreadable(file: &Path, error: &std::io::Error) -> Self {
        let hint = match error.kind() {
            std::io::ErrorKind::NotFound => "`clerk-courier init` writes one; `--config FILE` names another",
            _ => "",
        };
        let problem = format!("cannot be read: {}", reason(error.kind()));
        Self::new(file, vec![Mistake { position: None, key: String::new(), problem, hint: hint.to_owned() }])
    }
}

impl std::error::Error for Mistakes {}

/// One line per mistake, as compilers write it, and an indented one below for the hint.
impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.mistakes.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{}:", self.file.display())?;
            if let Some((line, column)) = mistake.position {
                write!(f, "{line}:{column}:")?;
            }
            if !mistake.key.is_empty() {
                write!(f, " {}:", mistake.key)?;
            }
            write!(f, " {}", mistake.problem)?;
            if !mistake.hint.is_empty() {
                write!(f, "\n    {}", mistake.hint)?;
            }
        }
        Ok(())
    }
}

/// Why a file can't be read, for people.
pub(super) fn reason(kind: std::io::ErrorKind) -> String {
    if kind == std::io::ErrorKind::NotFound { "there is no such file".to_owned() } else { kind.to_string() }
}

/// `"a", "b", "c"`, for hints.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
}
