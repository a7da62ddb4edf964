//! The text of one configuration file, and the mistakes that were found in it so far.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use super::environment::{Env, ExpandError, Expanded, expand};
use super::mistake::Mistake;
use crate::text::position;

/// The file that is being read. Every table and every value of it reports its mistakes here.
pub(super) struct Source<'a> {
    text: &'a str,
    dir: &'a Path,
    env: Env<'a>,
    /// In the order in which they were found. The list is in a cell because tables and values share the source while they
    /// report.
    mistakes: RefCell<Vec<Mistake>>,
}

impl<'a> Source<'a> {
    /// A source without mistakes yet. `file` is where `text` came from; only its directory is used.
    pub(super) fn new(text: &'a str, file: &'a Path, env: Env<'a>) -> Self {
        let dir = file.parent().unwrap_or(Path::new(""));
        Self { text, dir, env, mistakes: RefCell::default() }
    }

    /// The function that looks up environment variables.
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

    /// Adds a mistake. `at` is a byte offset into the text; `None` for a mistake that has no place there.
    pub(super) fn report(
        &self,
        at: Option<usize>,
        key: &str,
        problem: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let position = at.map(|at| position(self.text, at));
        let mistake = Mistake { position, key: key.to_owned(), problem: problem.into(), hint: hint.into() };
        self.mistakes.borrow_mut().push(mistake);
    }

    /// The mistakes that were reported, in the order in which they were found.
    pub(super) fn into_mistakes(self) -> Vec<Mistake> {
        self.mistakes.into_inner()
    }
}
