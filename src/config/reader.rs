//! The walk over the TOML tree. A [`Table`] is asked for its keys one by one, reports what is wrong with each, and
//! at the end reports the keys that nobody asked for: so the code that reads a section is the list of its keys, and
//! all mistakes of a file are found in one pass.
//!
//! A value is shown in a mistake only if it was written in the file itself and neither it nor its table is private:
//! everything below `[providers]`, and each key that holds a credential.

use std::cell::RefCell;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::environment::{Env, Expanded, expand};
use super::mistake::{Mistake, listed};
use super::rule::Wrong;
use crate::secret::Secret;
use crate::suggest::nearest;
use crate::text::position;

/// Keys that had another name once, with the name that they have now. An old name is far from the new one in letters,
/// so "did you mean" needs to be told.
const RENAMED: [(&str, &str); 2] = [("variables", "provider_settings"), ("harmless", "probe")];

/// The text being read, and what was found wrong with it so far.
pub(super) struct Source<'a> {
    text: &'a str,
    dir: &'a Path,
    env: Env<'a>,
    mistakes: RefCell<Vec<Mistake>>,
}

impl<'a> Source<'a> {
    pub(super) fn new(text: &'a str, file: &'a Path, env: Env<'a>) -> Self {
        let dir = file.parent().unwrap_or(Path::new(""));
        Self { text, dir, env, mistakes: RefCell::default() }
    }

    /// `at` is a byte offset into the text.
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

    pub(super) fn into_mistakes(self) -> Vec<Mistake> {
        self.mistakes.into_inner()
    }
}

/// A table, there or not: one that is missing has none of its keys.
pub(super) struct Table<'r> {
    source: &'r Source<'r>,
    path: String,
    at: Option<usize>,
    entries: Option<&'r DeTable<'r>>,
    asked: RefCell<Vec<&'static str>>,
    /// Keys whose names come from elsewhere.
    also: RefCell<Vec<String>>,
    private: bool,
}

impl<'r> Table<'r> {
    pub(super) fn root(source: &'r Source<'r>, entries: &'r DeTable<'r>) -> Self {
        let (asked, also) = Default::default();
        Self { source, path: String::new(), at: None, entries: Some(entries), asked, also, private: false }
    }

    /// Nothing below is shown in a mistake.
    pub(super) fn private(mut self) -> Self {
        self.private = true;
        self
    }

    /// Where variables come from.
    pub(super) fn env(&self) -> Env<'r> {
        self.source.env
    }

    /// A mistake of an environment variable that the file does not mention.
    pub(super) fn mistake_in_environment(&self, variable: &str, problem: &str, hint: &str) {
        self.source.report(None, variable, problem, hint);
    }

    /// Whether the file says anything for `key`.
    pub(super) fn sets(&self, key: &str) -> bool {
        self.entries.is_some_and(|entries| entries.contains_key(key))
    }

    /// `key` is known, and not looked at.
    pub(super) fn skip(&self, key: &'static str) {
        let mut asked = self.asked.borrow_mut();
        if !asked.contains(&key) {
            asked.push(key);
        }
    }

    pub(super) fn get(&self, key: &'static str) -> Option<Value<'r>> {
        self.skip(key);
        let node = self.entries?.get(key)?;
        Some(Value { source: self.source, path: joined(&self.path, key), node, private: self.private })
    }

    pub(super) fn text(&self, key: &'static str) -> Option<Scalar<'r>> {
        self.get(key)?.text()
    }

    /// The value of `key`, if it is there and `rule` takes it.
    pub(super) fn parsed<T>(
        &self,
        key: &'static str,
        rule: impl FnOnce(&str) -> Result<T, Wrong>,
    ) -> Option<T> {
        self.text(key)?.parse(rule)
    }

    /// The same where `""` means "none": `None` if the file does not say.
    #[expect(clippy::option_option, reason = "not said, said to be none, and said are three answers")]
    pub(super) fn optional<T>(
        &self,
        key: &'static str,
        rule: impl FnOnce(&str) -> Result<T, Wrong>,
    ) -> Option<Option<T>> {
        let text = self.text(key)?;
        if text.is_empty() { Some(None) } else { text.parse(rule).map(Some) }
    }

    /// A credential; empty is a mistake.
    pub(super) fn secret(&self, key: &'static str) -> Option<Secret> {
        self.get(key)?.private().text()?.parse(super::rule::secret)
    }

    /// A credential of several lines.
    pub(super) fn pem<T>(&self, key: &'static str, rule: impl FnOnce(&str) -> Result<T, Wrong>) -> Option<T> {
        self.get(key)?.private().lines()?.parse(rule)
    }

    pub(super) fn path_to(&self, key: &'static str) -> Option<PathBuf> {
        let text = self.text(key)?;
        if text.is_empty() { None } else { Some(self.source.dir.join(text.as_str())) }
    }

    /// `path` relative to the file's directory.
    pub(super) fn resolve(&self, path: impl AsRef<Path>) -> PathBuf {
        self.source.dir.join(path)
    }

    pub(super) fn boolean(&self, key: &'static str) -> Option<bool> {
        let value = self.get(key)?;
        match value.node.get_ref() {
            DeValue::Boolean(boolean) => Some(*boolean),
            _ => value.wrong_type("true or false"),
        }
    }

    pub(super) fn integer(&self, key: &'static str, allowed: RangeInclusive<usize>) -> Option<usize> {
        let value = self.get(key)?;
        let DeValue::Integer(integer) = value.node.get_ref() else {
            return value.wrong_type("a whole number");
        };
        let number = i128::from_str_radix(integer.as_str(), integer.radix()).ok();
        let number = number.and_then(|number| usize::try_from(number).ok()).filter(|n| allowed.contains(n));
        if number.is_none() {
            let shown = if self.private { "the number".to_owned() } else { integer.to_string() };
            let range = format!("from {} to {}", allowed.start(), allowed.end());
            value.mistake(format!("{shown} is out of range"), range);
        }
        number
    }

    pub(super) fn choice<T: Copy>(&self, key: &'static str, choices: &[(&'static str, T)]) -> Option<T> {
        let text = self.text(key)?;
        let found = choices.iter().find(|(name, _)| *name == text.as_str());
        if found.is_none() {
            text.unknown("is unknown", choices.iter().map(|(name, _)| *name), "one of ");
        }
        found.map(|(_, choice)| *choice)
    }

    /// An array of strings.
    pub(super) fn texts(&self, key: &'static str) -> Option<Vec<Scalar<'r>>> {
        Some(self.get(key)?.items()?.iter().filter_map(Value::text).collect())
    }

    /// The table under `key`, empty if it is not there.
    pub(super) fn table(&self, key: &'static str) -> Self {
        self.get(key).and_then(|value| value.table()).unwrap_or_else(|| self.without(key))
    }

    /// The table under `key` as if it were not there, whatever it holds.
    pub(super) fn without(&self, key: &'static str) -> Self {
        self.skip(key);
        let path = joined(&self.path, key);
        let (asked, also) = Default::default();
        Self { source: self.source, path, at: None, entries: None, asked, also, private: self.private }
    }

    /// The tables in the array under `key`.
    pub(super) fn array_of_tables(&self, key: &'static str) -> Vec<Self> {
        let Some(value) = self.get(key) else { return Vec::new() };
        if matches!(value.node.get_ref(), DeValue::Table(_)) {
            value.mistake("must be an array of tables", format!("[[{}]]", value.path));
            return Vec::new();
        }
        value.items().unwrap_or_default().iter().filter_map(Value::table).collect()
    }

    /// A key of this name is known too.
    pub(super) fn know(&self, key: &str) {
        self.also.borrow_mut().push(key.to_owned());
    }

    /// Everything in this table.
    pub(super) fn entries(&self) -> Vec<(String, Value<'r>)> {
        let entry = |(name, node): (&Spanned<_>, &'r Spanned<DeValue<'r>>)| {
            let name: &std::borrow::Cow<'_, str> = name.get_ref();
            let path = joined(&self.path, name);
            (name.to_string(), Value { source: self.source, path, node, private: self.private })
        };
        self.entries.into_iter().flatten().map(entry).collect()
    }

    /// The tables in this one, by names of the user's choice.
    pub(super) fn children(&self) -> Vec<(String, Self)> {
        let child = |(name, node): (&Spanned<_>, &'r Spanned<DeValue<'r>>)| {
            let name: &std::borrow::Cow<'_, str> = name.get_ref();
            let path = joined(&self.path, name);
            let value = Value { source: self.source, path, node, private: self.private };
            Some((name.to_string(), value.table()?))
        };
        self.entries.into_iter().flatten().filter_map(child).collect()
    }

    /// `key` must be there and is not.
    pub(super) fn missing(&self, key: &str, hint: impl Into<String>) {
        self.source.report(self.at, &joined(&self.path, key), "missing", hint);
    }

    /// Something is wrong with `key` in the light of others.
    pub(super) fn mistake(&self, key: &str, problem: impl Into<String>, hint: impl Into<String>) {
        let at = self.entries.and_then(|entries| entries.get(key)).map(|value| value.span().start);
        self.source.report(at.or(self.at), &joined(&self.path, key), problem, hint);
    }

    /// Reports the keys that were not asked for. To be called when all others have been.
    pub(super) fn finish(self) {
        let (asked, also) = (self.asked.into_inner(), self.also.into_inner());
        let known: Vec<&str> = asked.into_iter().chain(also.iter().map(String::as_str)).collect();
        for key in self.entries.into_iter().flat_map(DeTable::keys) {
            let name = key.get_ref().as_ref();
            if known.contains(&name) {
                continue;
            }
            let renamed = RENAMED.iter().find(|(old, new)| *old == name && known.contains(new));
            let meant = renamed.map(|(_, new)| *new).or_else(|| nearest(name, known.iter().copied()));
            let (problem, hint) = match meant {
                Some(near) => (format!("unknown key, did you mean {near:?}?"), String::new()),
                None => ("unknown key".to_owned(), format!("known: {}", known.join(", "))),
            };
            self.source.report(Some(key.span().start), &joined(&self.path, name), problem, hint);
        }
    }
}

/// What a value is.
pub(super) enum Shape<'r> {
    Text(String),
    Integer(i64),
    Boolean(bool),
    List(Vec<Value<'r>>),
    /// In the file's order.
    Table(Vec<(String, Value<'r>)>),
    Other,
}

/// One value, not looked at yet.
#[derive(Clone)]
pub(super) struct Value<'r> {
    source: &'r Source<'r>,
    path: String,
    node: &'r Spanned<DeValue<'r>>,
    private: bool,
}

impl<'r> Value<'r> {
    /// It is not shown in a mistake.
    pub(super) fn private(mut self) -> Self {
        self.private = true;
        self
    }

    pub(super) fn mistake(&self, problem: impl Into<String>, hint: impl Into<String>) {
        self.source.report(Some(self.node.span().start), &self.path, problem, hint);
    }

    /// A string whose variables are all set, to something; or no string at all. Reports nothing.
    pub(super) fn has_text(&self) -> bool {
        self.node.get_ref().as_str().is_none_or(|text| {
            expand(text, self.source.env, self.source.dir).is_ok_and(|expanded| !expanded.text.is_empty())
        })
    }

    /// A string whose variables are all set, to nothing. Reports nothing.
    pub(super) fn is_empty_text(&self) -> bool {
        self.node.get_ref().as_str().is_some_and(|text| {
            expand(text, self.source.env, self.source.dir).is_ok_and(|expanded| expanded.text.is_empty())
        })
    }

    /// A string on one line, its variables filled in.
    pub(super) fn text(&self) -> Option<Scalar<'r>> {
        let text = self.lines()?;
        // Values end up in headers, commands and URLs, where a line break or a NUL would end them early.
        if text.content.contains(char::is_control) {
            self.mistake("holds a line break or another control character", "one line of text");
            return None;
        }
        Some(text)
    }

    /// The same; a whole number, true and false count as what they look like.
    pub(super) fn text_or_number(&self) -> Option<Scalar<'r>> {
        let content = match self.node.get_ref() {
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().to_owned(),
            DeValue::Boolean(boolean) => boolean.to_string(),
            _ => return self.text(),
        };
        Some(Scalar {
            source: self.source,
            path: self.path.clone(),
            at: self.node.span().start,
            content,
            shown: !self.private,
        })
    }

    /// A string, its variables filled in.
    fn lines(&self) -> Option<Scalar<'r>> {
        let DeValue::String(text) = self.node.get_ref() else { return self.wrong_type("a string") };
        match expand(text, self.source.env, self.source.dir) {
            Err(unresolved) => {
                self.mistake(unresolved.to_string(), unresolved.hint());
                None
            }
            Ok(Expanded { text: content, from_variable }) => {
                let shown = !from_variable && !self.private;
                Some(Scalar {
                    source: self.source,
                    path: self.path.clone(),
                    at: self.node.span().start,
                    content,
                    shown,
                })
            }
        }
    }

    /// What it is, its strings as they stand: for files whose strings are no settings.
    pub(super) fn shape(&self) -> Shape<'r> {
        let below = |path: String, node| Self { source: self.source, path, node, private: self.private };
        match self.node.get_ref() {
            DeValue::String(text) => Shape::Text(text.to_string()),
            DeValue::Integer(number) => {
                i64::from_str_radix(number.as_str(), number.radix()).map_or(Shape::Other, Shape::Integer)
            }
            DeValue::Boolean(boolean) => Shape::Boolean(*boolean),
            DeValue::Array(items) => {
                let item = |(index, node)| below(format!("{}[{index}]", self.path), node);
                Shape::List(items.iter().enumerate().map(item).collect())
            }
            DeValue::Table(entries) => {
                let entry = |(name, node): (&Spanned<_>, &'r Spanned<DeValue<'r>>)| {
                    let name: &std::borrow::Cow<'_, str> = name.get_ref();
                    (name.to_string(), below(joined(&self.path, name), node))
                };
                Shape::Table(entries.iter().map(entry).collect())
            }
            DeValue::Float(_) | DeValue::Datetime(_) => Shape::Other,
        }
    }

    pub(super) fn items(&self) -> Option<Vec<Self>> {
        let DeValue::Array(items) = self.node.get_ref() else { return self.wrong_type("an array") };
        let item = |(index, node)| Self {
            source: self.source,
            path: format!("{}[{index}]", self.path),
            node,
            private: self.private,
        };
        Some(items.iter().enumerate().map(item).collect())
    }

    pub(super) fn table(&self) -> Option<Table<'r>> {
        let DeValue::Table(entries) = self.node.get_ref() else { return self.wrong_type("a table") };
        Some(Table {
            source: self.source,
            path: self.path.clone(),
            at: Some(self.node.span().start),
            entries: Some(entries),
            asked: RefCell::default(),
            also: RefCell::default(),
            private: self.private,
        })
    }

    fn wrong_type<T>(&self, expected: &str) -> Option<T> {
        let found = match self.node.get_ref() {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "an array",
            DeValue::Table(_) => "a table",
        };
        self.mistake(format!("must be {expected}, not {found}"), "");
        None
    }
}

/// A string from the file, to be given a meaning.
pub(super) struct Scalar<'r> {
    source: &'r Source<'r>,
    path: String,
    at: usize,
    content: String,
    shown: bool,
}

impl Scalar<'_> {
    pub(super) fn as_str(&self) -> &str {
        &self.content
    }

    pub(super) fn is_empty(&self) -> bool {
        self.content.is_empty()
    }

    pub(super) fn parse<T>(&self, rule: impl FnOnce(&str) -> Result<T, Wrong>) -> Option<T> {
        match rule(&self.content) {
            Ok(value) => Some(value),
            Err(Wrong { problem, allowed }) => {
                self.mistake(problem, allowed);
                None
            }
        }
    }

    /// `problem` continues a sentence that begins with the value.
    pub(super) fn mistake(&self, problem: &str, hint: impl Into<String>) {
        self.source.report(Some(self.at), &self.path, format!("{} {problem}", self.quoted()), hint);
    }

    /// It is none of `known`: suggests the nearest, and lists all behind `lead`.
    pub(super) fn unknown<'k>(
        &self,
        problem: &str,
        known: impl Iterator<Item = &'k str> + Clone,
        lead: &str,
    ) {
        let near = nearest(&self.content, known.clone());
        let suggestion = near.map_or_else(String::new, |near| format!(", did you mean {near:?}?"));
        self.mistake(&format!("{problem}{suggestion}"), format!("{lead}{}", listed(known)));
    }

    fn quoted(&self) -> String {
        const LONGEST: usize = 40;
        if !self.shown {
            return "the value".to_owned();
        }
        match self.content.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{:?}", format!("{}…", self.content.get(..end).unwrap_or_default())),
            None => format!("{:?}", self.content),
        }
    }
}

/// `path.key`, quoted where TOML would want it.
fn joined(path: &str, key: &str) -> String {
    let bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let key = if bare { key.to_owned() } else { format!("{key:?}") };
    if path.is_empty() { key } else { format!("{path}.{key}") }
}
