//! The text of one configuration file with the variables that say more, and what was found in them so far: mistakes,
//! warnings, and which key a variable set.

use std::cell::RefCell;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::DeValue;

use super::environment::{Env, ExpandError, Expanded, expand};
use super::mistake::Mistake;
use super::overlay::{Applied, Lists, Variable};
use crate::text::position;

/// A key that a variable set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The path of the key, such as `email.from`.
    pub key: String,
    /// The name of the variable that set it.
    pub variable: String,
    /// The line of the file that says the same key, and is not used; `None` if the file does not set it.
    pub over: Option<usize>,
}

/// Gives the name of the variable that sets a key, by the key's path.
pub(super) type NameOf = fn(&str) -> String;

/// What was found in a source: mistakes, the keys that variables set, and warnings.
pub(super) type Found = (Vec<Mistake>, Vec<Origin>, Vec<String>);

/// The file that is being read. Every table and every value of it reports its mistakes here.
pub(super) struct Source<'a> {
    text: &'a str,
    dir: &'a Path,
    env: Env<'a>,
    /// Names the variable of a key that is missing; `None` if there is a file, which may say the key.
    name_of: Option<NameOf>,
    /// The names of the variables whose values stand behind the text, in the order of their places.
    variables: Vec<&'a str>,
    /// The lists that strings of variables may be, by their places.
    lists: Lists<'a>,
    /// In the order in which they were found. The lists are in cells because tables and values share the source while they
    /// report.
    mistakes: RefCell<Vec<Mistake>>,
    origins: RefCell<Vec<Origin>>,
    warnings: RefCell<Vec<String>>,
}

impl<'a> Source<'a> {
    /// A source without mistakes yet. `file` is where `text` came from; only its directory is used.
    pub(super) fn new(text: &'a str, file: &'a Path, env: Env<'a>) -> Self {
        let dir = file.parent().unwrap_or(Path::new(""));
        Self {
            text,
            dir,
            env,
            name_of: None,
            variables: Vec::new(),
            lists: Lists::new(),
            mistakes: RefCell::default(),
            origins: RefCell::default(),
            warnings: RefCell::default(),
        }
    }

    /// The first place behind the text, where the variables' values begin.
    pub(super) fn end(&self) -> usize {
        self.text.len() + 1
    }

    /// Takes the variables that were put into the tree.
    pub(super) fn learn(
        &mut self,
        name_of: Option<NameOf>,
        variables: &'a [Variable],
        applied: Vec<Applied>,
        lists: Lists<'a>,
    ) {
        self.name_of = name_of;
        self.lists = lists;
        self.variables = variables.iter().map(|variable| variable.name.as_str()).collect();
        let origin = |applied: Applied| {
            let variable = variables.get(applied.variable)?;
            let over = applied.over.map(|at| position(self.text, at).0);
            Some(Origin { key: variable.key(), variable: variable.name.clone(), over })
        };
        let origins = applied.into_iter().filter_map(origin).collect();
        self.origins = RefCell::new(origins);
    }

    /// The variables.
    pub(super) fn env(&self) -> Env<'a> {
        self.env
    }

    /// `path` as it is meant in this file: a relative path starts at the file's directory.
    pub(super) fn resolve(&self, path: impl AsRef<Path>) -> PathBuf {
        self.dir.join(path)
    }

    /// `text` with its `${…}` filled in. Fails on a variable that is not set and on a file that can't be read.
    pub(super) fn expand(&self, text: &str) -> Result<Expanded, ExpandError> {
        expand(text, self.env, self.dir)
    }

    /// The name of the variable whose value has this place; `None` for a place in the file.
    pub(super) fn variable(&self, at: usize) -> Option<&'a str> {
        self.variables.get(at.checked_sub(self.end())?).copied()
    }

    /// The list that the string at this place is, if it is a variable's.
    pub(super) fn list(&self, at: usize) -> Option<&[Spanned<DeValue<'a>>]> {
        self.lists.get(&at).map(Vec::as_slice)
    }

    /// Notes that a variable set a key that the file does not set.
    pub(super) fn note(&self, key: &str, variable: &str) {
        let origin = Origin { key: key.to_owned(), variable: variable.to_owned(), over: None };
        self.origins.borrow_mut().push(origin);
    }

    /// Adds a warning, once: a variant whose document has the same key is not worth another.
    pub(super) fn warn(&self, warning: String) {
        let mut warnings = self.warnings.borrow_mut();
        if !warnings.iter().any(|known| of_all(known) == of_all(&warning)) {
            warnings.push(warning);
        }
    }

    /// Warns of files that hold a credential and may be read by everybody on this machine.
    pub(super) fn warn_of_readable(&self, key: &str, files: &[PathBuf]) {
        for file in files {
            // Docker mounts every secret for everybody in the container, and nobody can change that there.
            let is_mounted = file.starts_with("/run/secrets");
            let mode = file.metadata().map_or(0, |metadata| metadata.permissions().mode());
            if mode & 0o004 != 0 && !is_mounted {
                let file = file.display();
                self.warn(format!("{key}: everybody on this machine may read {file}: `chmod o-r {file}`"));
            }
        }
    }

    /// Adds a mistake. `at` is a byte offset into the text, or the place of a variable; `None` for a mistake that has no
    /// place there.
    pub(super) fn report(
        &self,
        at: Option<usize>,
        key: &str,
        problem: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let (problem, mut hint) = (problem.into(), hint.into());
        // A hint that shows a line of a file helps nobody who has none.
        if let Some(name_of) = self.name_of.filter(|_| problem.starts_with("missing")) {
            hint = format!("set {}", name_of(key));
        }
        let variable = at.and_then(|at| self.variable(at)).map(str::to_owned);
        let position = at.filter(|at| *at < self.end()).map(|at| position(self.text, at));
        let mut mistakes = self.mistakes.borrow_mut();
        // What is wrong for all is wrong in the document of each variant too, and said once.
        let is_known = |known: &Mistake| {
            (known.position, &known.variable, &known.problem) == (position, &variable, &problem)
                && known.key != key
                && of_all(&known.key) == of_all(key)
        };
        if !mistakes.iter().any(is_known) {
            mistakes.push(Mistake { position, variable, key: key.to_owned(), problem, hint });
        }
    }

    /// Adds a mistake in a variable that has no place.
    pub(super) fn report_variable(&self, name: &str, problem: impl Into<String>, hint: impl Into<String>) {
        let (variable, key) = (Some(name.to_owned()), String::new());
        let mistake = Mistake { position: None, variable, key, problem: problem.into(), hint: hint.into() };
        self.mistakes.borrow_mut().push(mistake);
    }

    /// What was found, in the order in which it was found.
    pub(super) fn into_found(self) -> Found {
        (self.mistakes.into_inner(), self.origins.into_inner(), self.warnings.into_inner())
    }
}

/// The key, or a text that begins with one, without the variant that it belongs to.
fn of_all(key: &str) -> &str {
    let in_variant = key.strip_prefix("variant[").and_then(|rest| rest.split_once("]."));
    in_variant.map_or(key, |(_, rest)| rest)
}
