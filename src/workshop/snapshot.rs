//! What the configuration and the templates said when they were last read, and what was wrong with them. A request
//! takes one [`Snapshot`] and keeps it to its end, so that a page never mixes two of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use crate::app::BuildError;
use crate::compose::Composer;
use crate::config::{Config, Faults, process_env};
use crate::decision::Policy;
use crate::rehearsal::preview;
use crate::template::{TemplateError, built_in};

/// What the pages go by.
#[derive(Clone)]
pub(super) struct Snapshot {
    /// The words in force.
    pub(super) words: Arc<Composer>,
    /// Who gets what, where nothing is sent.
    pub(super) policy: Policy,
    /// The templates folder.
    pub(super) dir: PathBuf,
    /// The whole configuration, for who wants to send; else why it can't be had.
    pub(super) complete: Result<Box<Config>, String>,
    /// Why the files, as they are now, are not what is shown.
    pub(super) faults: Vec<Problem>,
    /// What is shown meanwhile.
    pub(super) instead: &'static str,
    /// Counts how often the files were read.
    pub(super) read: u64,
    /// The `read` that the words in force are from.
    pub(super) words_read: u64,
}

impl Snapshot {
    /// Of files without a fault. `config` is the playground's part of what is in `file`.
    pub(super) fn new(words: Arc<Composer>, config: Config, file: &Path) -> Self {
        Self {
            words,
            dir: config.templates.dir.clone(),
            policy: preview::policy(config),
            complete: Config::load(file, &process_env).map(Box::new).map_err(|faults| faults.to_string()),
            faults: Vec::new(),
            instead: "you see what worked last",
            read: 0,
            words_read: 0,
        }
    }
}

/// Something to mend, with the line that it is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Problem {
    file: String,
    line: Option<usize>,
    column: Option<usize>,
    reason: String,
    source: Option<SourceLine>,
}

/// A line, taken apart at the place that is pointed at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct SourceLine {
    before: String,
    at: String,
    after: String,
}

/// A longer line is no line that a person wrote.
const LONGEST_LINE: usize = 400;

impl Problem {
    /// `dir` is the templates folder: a file in it is named as its author knows it.
    pub(super) fn of_template(fault: &TemplateError, dir: &Path) -> Self {
        let (line, column) = fault.line.unzip();
        let named = PathBuf::from(&fault.file);
        let own = if named.is_file() { named } else { dir.join(&fault.file) };
        let source = fault.line.and_then(|(line, column)| {
            let text = std::fs::read_to_string(&own).ok().or_else(|| embedded(&fault.file))?;
            SourceLine::cut(text.lines().nth(line.checked_sub(1)?)?, column)
        });
        let file = if own.is_file() { own.display().to_string() } else { fault.file.clone() };
        Self { file, line, column, reason: fault.reason.clone(), source }
    }

    /// Lines of a configuration are not shown: they may hold passwords.
    pub(super) fn of_config(faults: &Faults) -> Vec<Self> {
        let file = faults.file.display().to_string();
        let one = |fault: &crate::config::Fault| {
            let (line, column) = fault.position.unzip();
            let key = if fault.key.is_empty() { String::new() } else { format!("{}: ", fault.key) };
            let hint = if fault.hint.is_empty() { String::new() } else { format!(" ({})", fault.hint) };
            let reason = format!("{key}{}{hint}", fault.problem);
            Self { file: file.clone(), line, column, reason, source: None }
        };
        faults.faults.iter().map(one).collect()
    }

    /// `file` is the configuration's.
    pub(super) fn of_build(error: &BuildError, dir: &Path, file: &Path) -> Vec<Self> {
        match error {
            BuildError::Templates(faults) => {
                faults.iter().map(|fault| Self::of_template(fault, dir)).collect()
            }
            other => vec![Self::unplaced(&file.display().to_string(), other.to_string())],
        }
    }

    /// Of a file as a whole.
    pub(super) fn unplaced(file: &str, reason: String) -> Self {
        Self { file: file.to_owned(), line: None, column: None, reason, source: None }
    }
}

impl SourceLine {
    /// Columns count characters, from 1; `None` for a line that is too long to show.
    fn cut(line: &str, column: usize) -> Option<Self> {
        let part = |from, count| line.chars().skip(from).take(count).collect::<String>();
        let at = column.saturating_sub(1);
        (line.len() <= LONGEST_LINE).then(|| Self {
            before: part(0, at),
            at: part(at, 1),
            after: part(at + 1, usize::MAX),
        })
    }
}

/// `built-in sms/verification_code.txt.hbs`
fn embedded(file: &str) -> Option<String> {
    let path = Path::new(file.strip_prefix("built-in ")?);
    let (_, text) = built_in().find(|(known, _)| *known == path)?;
    String::from_utf8(text.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_shows_its_line_and_points_at_its_column() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("sms")).unwrap();
        std::fs::write(dir.path().join("sms/x.txt.hbs"), "one\né{{#if}}\n").unwrap();
        let at = |line| TemplateError { file: "sms/x.txt.hbs".into(), line, reason: "no".into() };
        let fault = Problem::of_template(&at(Some((2, 2))), dir.path());
        assert!(fault.file.ends_with("/sms/x.txt.hbs"), "{fault:?}");
        assert_eq!((fault.line, fault.column), (Some(2), Some(2)));
        let whole = TemplateError { file: fault.file.clone(), ..at(Some((2, 2))) };
        assert_eq!(Problem::of_template(&whole, dir.path()), fault, "named as its author knows it already");
        let source = fault.source.unwrap();
        assert_eq!((&*source.before, &*source.at, &*source.after), ("é", "{", "{#if}}"));
        for beyond in [Some((9, 1)), Some((0, 0)), None] {
            assert_eq!(Problem::of_template(&at(beyond), dir.path()).source, None, "{beyond:?}");
        }
        assert_eq!(SourceLine::cut("ab", 9).unwrap().at, "");
        assert_eq!(SourceLine::cut(&"x".repeat(401), 1), None);
    }

    #[test]
    fn a_fault_in_a_built_in_file_shows_its_line_too() {
        let fault = TemplateError {
            file: "built-in sms/verification_code.txt.hbs".into(),
            line: Some((1, 1)),
            reason: "no".into(),
        };
        let fault = Problem::of_template(&fault, Path::new("/nowhere"));
        assert_eq!(fault.file, "built-in sms/verification_code.txt.hbs");
        assert!(fault.source.is_some());
    }

    #[test]
    fn a_line_of_a_configuration_is_not_shown() {
        let text = "[providers.main]\npassword = hunter2\n";
        let faults = Config::parse(text, Path::new("c.toml"), &|_| None).unwrap_err();
        let faults = Problem::of_config(&faults);
        assert!(!faults.is_empty() && faults.iter().all(|fault| fault.source.is_none()));
        assert!(!serde_json::to_string(&faults).unwrap().contains("hunter2"));
    }
}
