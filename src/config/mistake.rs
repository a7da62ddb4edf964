//! What is wrong with a configuration, in a form that a person can act on. Nothing here holds a credential: callers pass
//! names, positions and what is allowed, and a value only where [`super::scalar`] found that it may be shown.

use std::fmt;
use std::path::{Path, PathBuf};

/// One thing that is wrong with a configuration file, or with a variable that sets one of its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The line and the column (in characters), both counted from 1; `None` for a mistake without a place in the file.
    pub position: Option<(usize, usize)>,
    /// The environment variable that says the key; `None` if the file does.
    pub variable: Option<String>,
    /// The path of the key, such as `email.by_slug.invitation.from`; empty if the file can't be read or is not valid TOML.
    pub key: String,
    /// What is wrong, as the rest of a sentence about the key or about its value.
    pub problem: String,
    /// What is allowed or what to do; empty where `problem` already says it.
    pub hint: String,
}

/// Everything that is wrong with one configuration file. There is always at least one mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistakes {
    /// The file, by the name that it was asked for.
    pub file: PathBuf,
    /// The mistakes, in the order in which they stand in the file.
    pub list: Vec<Mistake>,
}

impl Mistakes {
    /// Puts the mistakes of `file` into the order in which they stand in it, and those of variables behind them.
    pub(super) fn new(file: &Path, mut list: Vec<Mistake>) -> Self {
        list.sort_by_key(|mistake| (mistake.variable.is_some(), mistake.position));
        Self { file: file.to_owned(), list }
    }

    /// The only mistake of a file that can't be read.
    pub(super) fn unreadable(file: &Path, error: &std::io::Error) -> Self {
        let hint = match error.kind() {
            std::io::ErrorKind::NotFound => {
                "run `clerk-courier init` to write one, or name another with `--config FILE`"
            }
            std::io::ErrorKind::PermissionDenied => "let the user that clerk-courier runs as read the file",
            _ => "",
        };
        let problem = format!("can't be read: {}", reason(error.kind()));
        Self::new(
            file,
            vec![Mistake {
                position: None,
                variable: None,
                key: String::new(),
                problem,
                hint: hint.to_owned(),
            }],
        )
    }
}

impl Mistakes {
    /// The only mistake where there is no file, and no variable says what to send through.
    pub(super) fn nothing_said(file: &Path) -> Self {
        let mut mistakes = Self::unreadable(file, &std::io::ErrorKind::NotFound.into());
        for mistake in &mut mistakes.list {
            mistake.hint.push_str(
                "\n    or set CLERK_WEBHOOK_SIGNING_SECRET, EMAIL_FROM, and SMTP_URL or a provider's key, and no file is needed",
            );
        }
        mistakes
    }
}

impl std::error::Error for Mistakes {}

/// One line per mistake, in the form in which compilers write it, so that editors and terminals turn it into a link. The
/// hint follows on an indented line.
impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.list.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            match &mistake.variable {
                Some(variable) => write!(f, "{variable}:")?,
                None => write!(f, "{}:", self.file.display())?,
            }
            if let Some((line, column)) = mistake.position {
                write!(f, "{line}:{column}:")?;
            }
            // A variable names its key already.
            if !mistake.key.is_empty() && mistake.variable.is_none() {
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

/// Why a file can't be read, in words for people.
pub(super) fn reason(kind: std::io::ErrorKind) -> String {
    // The standard library calls this "entity not found", which leaves open what an entity is.
    if kind == std::io::ErrorKind::NotFound { "there is no such file".to_owned() } else { kind.to_string() }
}

/// The names in quotes with commas between them, for hints: `"a", "b", "c"`.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
}

/// `path.key`, with the key in quotes where TOML would want them.
pub(super) fn joined(path: &str, key: &str) -> String {
    let bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let key = if bare { key.to_owned() } else { format!("{key:?}") };
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

/// A path without the places in lists: `variant.sms` for `variant[0].sms`.
pub(super) fn without_numbers(path: &str) -> String {
    path.split(['[', ']']).step_by(2).collect()
}
