//! The walk over the TOML tree. A [`Table`] is asked for its keys one by one, reports what is wrong with each, and at the
//! end reports the keys that nobody asked for: so the code that reads a section is the list of its keys, and all mistakes
//! of a file are found in one pass.
//!
//! A mistake shows a value only if the value was written in the file itself and neither it nor its table is private.
//! Private are everything below `[providers]`, and each key that holds a credential.

use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::environment::{Env, Expanded};
use super::mistake::{joined, without_numbers};
use super::overlay;
use super::rule::{self, Wrong};
use super::scalar::Scalar;
use super::source::Source;
use super::unknown;
use crate::secret::Secret;

/// A table of the configuration. It may be missing from the file: then it has none of its keys, and every key that is asked
/// for gets its default.
pub(super) struct Table<'r> {
    source: &'r Source<'r>,
    /// The path of the table, such as `email.by_slug.invitation`; empty for the root.
    path: String,
    /// Where the table starts in the file; `None` for the root and for a table that is missing.
    at: Option<usize>,
    /// The table's keys and values; `None` for a table that is missing.
    entries: Option<&'r DeTable<'r>>,
    /// The keys that were asked for so far. In the end every other key of the table is unknown.
    asked: RefCell<Vec<&'static str>>,
    /// Known keys whose names are not literals in this program, such as the settings of a definition.
    also: RefCell<Vec<String>>,
    /// Whether mistakes must not show the values of this table.
    private: bool,
}

impl<'r> Table<'r> {
    /// The table that holds the whole file.
    pub(super) fn root(source: &'r Source<'r>, entries: &'r DeTable<'r>) -> Self {
        Self::new(source, String::new(), None, Some(entries), false)
    }

    fn new(
        source: &'r Source<'r>,
        path: String,
        at: Option<usize>,
        entries: Option<&'r DeTable<'r>>,
        private: bool,
    ) -> Self {
        let (asked, also) = Default::default();
        Self { source, path, at, entries, asked, also, private }
    }

    /// The same table, whose values and the values below them are not shown in mistakes.
    pub(super) fn private(mut self) -> Self {
        self.private = true;
        self
    }

    /// The keys and values of this table, for laying others over them; `None` for a table that is missing.
    pub(super) fn raw(&self) -> Option<&'r DeTable<'r>> {
        self.entries
    }

    /// A table at the same place with these keys and values, none of which was asked for yet.
    pub(super) fn holding<'s>(&'s self, entries: &'s DeTable<'s>) -> Table<'s> {
        Table::new(self.source, self.path.clone(), self.at, Some(entries), self.private)
    }

    /// The function that looks up environment variables, for those that the file does not mention.
    pub(super) fn env(&self) -> Env<'r> {
        self.source.env()
    }

    /// Reports that an environment variable, which the file does not mention, has a value that can't be used.
    pub(super) fn mistake_in_environment(&self, variable: &str, problem: &str, hint: &str) {
        self.source.report_variable(variable, problem, hint);
    }

    /// Notes that an environment variable set `key`, under a name that is not the key's.
    pub(super) fn set_by(&self, variable: &str, key: &str) {
        self.source.note(&joined(&self.path, key), variable);
    }

    /// Warns of a key whose value is right, and most likely not meant. `warning` is a sentence about it.
    pub(super) fn warn(&self, key: &str, warning: &str) {
        self.source.warn(format!("{}: {warning}", joined(&self.path, key)));
    }

    /// Whether the file sets `key`, to whatever value.
    pub(super) fn sets(&self, key: &str) -> bool {
        self.entries.is_some_and(|entries| entries.contains_key(key))
    }

    /// Makes `key` a known one whose value is not looked at.
    pub(super) fn skip(&self, key: &'static str) {
        let mut asked = self.asked.borrow_mut();
        if !asked.contains(&key) {
            asked.push(key);
        }
    }

    /// The value of `key`; `None` if the file does not set it.
    pub(super) fn get(&self, key: &'static str) -> Option<Value<'r>> {
        self.skip(key);
        Some(self.value(key, self.entries?.get(key)?))
    }

    fn value(&self, key: &str, node: &'r Spanned<DeValue<'r>>) -> Value<'r> {
        Value { source: self.source, path: joined(&self.path, key), node, private: self.private }
    }

    /// The string under `key`; `None` if the file does not set it, or after a mistake.
    pub(super) fn text(&self, key: &'static str) -> Option<Scalar<'r>> {
        self.get(key)?.text()
    }

    /// As [`Self::text`], for a string that needs no rule.
    pub(super) fn string(&self, key: &'static str) -> Option<String> {
        self.text(key).map(|text| text.as_str().to_owned())
    }

    /// What `rule` makes of the string under `key`; `None` if the file does not set it, or after a mistake.
    pub(super) fn parsed<T>(
        &self,
        key: &'static str,
        rule: impl FnOnce(&str) -> Result<T, Wrong>,
    ) -> Option<T> {
        self.text(key)?.parse(rule)
    }

    /// As [`Self::parsed`], for a key that `""` turns off: that is `Some(None)`.
    #[expect(clippy::option_option, reason = "not set, turned off, and set are three answers")]
    pub(super) fn optional<T>(
        &self,
        key: &'static str,
        rule: impl FnOnce(&str) -> Result<T, Wrong>,
    ) -> Option<Option<T>> {
        let text = self.text(key)?;
        if text.is_empty() { Some(None) } else { text.parse(rule).map(Some) }
    }

    /// The credential under `key`. An empty one is a mistake: it most likely comes from a variable that was set to nothing.
    pub(super) fn secret(&self, key: &'static str) -> Option<Secret> {
        self.get(key)?.private().text()?.parse(rule::secret)
    }

    /// What `rule` makes of the credential under `key`, which may have several lines, as PEM and JSON have.
    pub(super) fn pem<T>(&self, key: &'static str, rule: impl FnOnce(&str) -> Result<T, Wrong>) -> Option<T> {
        self.get(key)?.private().lines()?.parse(rule)
    }

    /// The path of a file or directory under `key`, relative to the configuration's directory; `None` for `""` too.
    pub(super) fn path_to(&self, key: &'static str) -> Option<PathBuf> {
        let text = self.text(key)?;
        if text.is_empty() { None } else { Some(self.resolve(text.as_str())) }
    }

    /// `path` as it is meant in this file: a relative path starts at the file's directory.
    pub(super) fn resolve(&self, path: impl AsRef<Path>) -> PathBuf {
        self.source.resolve(path)
    }

    /// The `true` or `false` under `key`; `None` if the file does not set it, or after a mistake.
    pub(super) fn boolean(&self, key: &'static str) -> Option<bool> {
        let value = self.get(key)?;
        match (value.node.get_ref(), value.of_variable()) {
            (DeValue::Boolean(boolean), _) => Some(*boolean),
            (_, Some("true")) => Some(true),
            (_, Some("false")) => Some(false),
            _ => value.wrong_type("true or false"),
        }
    }

    /// The whole number under `key`. One outside of `allowed` is a mistake.
    pub(super) fn integer(&self, key: &'static str, allowed: RangeInclusive<usize>) -> Option<usize> {
        let value = self.get(key)?;
        let (written, number) = match (value.node.get_ref(), value.of_variable()) {
            (DeValue::Integer(integer), _) => {
                (integer.to_string(), i128::from_str_radix(integer.as_str(), integer.radix()).ok())
            }
            (_, Some(text)) if text.parse::<i128>().is_ok() => (text.to_owned(), text.parse().ok()),
            _ => return value.wrong_type("a whole number"),
        };
        let number = number.and_then(|number| usize::try_from(number).ok()).filter(|n| allowed.contains(n));
        if number.is_none() {
            let shown = if self.private { "the number".to_owned() } else { written };
            let hint = format!("use a whole number from {} to {}", allowed.start(), allowed.end());
            value.mistake(format!("{shown} is out of range"), hint);
        }
        number
    }

    /// What the word under `key` stands for. A word that is not one of `choices` is a mistake.
    pub(super) fn choice<T: Copy>(&self, key: &'static str, choices: &[(&'static str, T)]) -> Option<T> {
        let text = self.text(key)?;
        let found = choices.iter().find(|(name, _)| *name == text.as_str());
        if found.is_none() {
            let lead = if choices.len() > 1 { "use one of " } else { "use " };
            text.unknown("is not an allowed value", choices.iter().map(|(name, _)| *name), lead);
        }
        found.map(|(_, choice)| *choice)
    }

    /// The strings in the array under `key`. Those that are not strings are reported, and left out.
    pub(super) fn texts(&self, key: &'static str) -> Option<Vec<Scalar<'r>>> {
        Some(self.get(key)?.items()?.iter().filter_map(Value::text).collect())
    }

    /// The table under `key`, or a table without any keys if the file does not set it.
    pub(super) fn table(&self, key: &'static str) -> Self {
        self.get(key).and_then(|value| value.table()).unwrap_or_else(|| self.without(key))
    }

    /// The table under `key` as if the file did not set it, whatever is there.
    pub(super) fn without(&self, key: &'static str) -> Self {
        self.skip(key);
        Self::new(self.source, joined(&self.path, key), None, None, self.private)
    }

    /// The tables in the array under `key`; empty if the file does not set it.
    pub(super) fn array_of_tables(&self, key: &'static str) -> Vec<Self> {
        let Some(value) = self.get(key) else { return Vec::new() };
        if matches!(value.node.get_ref(), DeValue::Table(_)) {
            value.mistake(
                "must be an array of tables, not a table",
                // Where it is in another list, TOML leaves out the number.
                format!("use two brackets: [[{}]]", without_numbers(&value.path)),
            );
            return Vec::new();
        }
        value.items().unwrap_or_default().iter().filter_map(Value::table).collect()
    }

    /// Makes a key a known one whose name this program has from elsewhere, such as the name of a definition's setting.
    pub(super) fn know(&self, key: &str) {
        self.also.borrow_mut().push(key.to_owned());
    }

    /// All keys and values of the table. It does not make them known.
    pub(super) fn entries(&self) -> Vec<(String, Value<'r>)> {
        let entry = |(name, node): (&Spanned<Cow<'_, str>>, &'r Spanned<DeValue<'r>>)| {
            (name.get_ref().to_string(), self.value(name.get_ref(), node))
        };
        self.entries.into_iter().flatten().map(entry).collect()
    }

    /// The tables in this one whose names the user chose, such as those of providers. A value that is not a table is
    /// reported, and left out.
    pub(super) fn children(&self) -> Vec<(String, Self)> {
        self.entries().into_iter().filter_map(|(name, value)| Some((name, value.table()?))).collect()
    }

    /// Reports that `key` must be set and is not.
    pub(super) fn missing(&self, key: &str, hint: impl Into<String>) {
        self.source.report(self.at, &joined(&self.path, key), "missing", hint);
    }

    /// Reports that the value of `key` does not go with the values of other keys.
    pub(super) fn mistake(&self, key: &str, problem: impl Into<String>, hint: impl Into<String>) {
        let at = self.entries.and_then(|entries| entries.get(key)).map(|value| value.span().start);
        self.source.report(at.or(self.at), &joined(&self.path, key), problem, hint);
    }

    /// Reports the keys that nobody asked for. It must come after all other calls, since it takes every key that was not
    /// asked for by then as unknown.
    pub(super) fn finish(self) {
        self.report_unknown(&[]);
    }

    /// As [`Self::finish`], for a table that is looked at once more. Those of `reported` were reported in other words.
    pub(super) fn report_unknown(&self, reported: &[&str]) {
        let (asked, also) = (self.asked.borrow(), self.also.borrow());
        let known: Vec<&str> = asked.iter().copied().chain(also.iter().map(String::as_str)).collect();
        for key in self.entries.into_iter().flat_map(DeTable::keys) {
            let name = key.get_ref().as_ref();
            if known.contains(&name) || reported.contains(&name) {
                continue;
            }
            unknown::report(self.source, &self.path, &joined(&self.path, name), key, &known);
        }
        if self.path.is_empty() {
            for (name, meant) in overlay::with_one_underscore(self.source.env(), &known) {
                self.source.warn(format!("{name} sets no key; did you mean {meant:?}?"));
            }
        }
    }
}

/// A value by its TOML type, for the parts of a definition that may hold more than one type.
pub(super) enum Shape<'r> {
    /// A string as it was written: its `${…}` are not filled in.
    Text(String),
    /// A whole number that fits into 64 bits.
    Integer(i64),
    /// `true` or `false`.
    Boolean(bool),
    /// An array, in which each item may have another type.
    List(Vec<Value<'r>>),
    /// A table, in the order of the file.
    Table(Vec<(String, Value<'r>)>),
    /// A float, a date or a time, which no key of a definition takes, or a whole number that does not fit.
    Other,
}

/// One value of the file, whose type nobody has looked at yet.
#[derive(Clone)]
pub(super) struct Value<'r> {
    source: &'r Source<'r>,
    /// The path of the key, such as `clerk.signing_secrets[0]`.
    path: String,
    node: &'r Spanned<DeValue<'r>>,
    /// Whether mistakes must not show the value.
    private: bool,
}

impl<'r> Value<'r> {
    /// The same value, which is not shown in mistakes.
    pub(super) fn private(mut self) -> Self {
        self.private = true;
        self
    }

    /// The string of a variable, without the spaces around it; `None` for a value of the file. A variable can only be a
    /// string, so it may be a number as well.
    fn of_variable(&self) -> Option<&'r str> {
        self.source.variable(self.node.span().start)?;
        self.node.get_ref().as_str().map(str::trim)
    }

    /// Reports a mistake at this value. `problem` is the rest of a sentence about its key.
    pub(super) fn mistake(&self, problem: impl Into<String>, hint: impl Into<String>) {
        self.source.report(Some(self.node.span().start), &self.path, problem, hint);
    }

    /// Whether this is a table. Reports nothing.
    pub(super) fn is_table(&self) -> bool {
        matches!(self.node.get_ref(), DeValue::Table(_))
    }

    /// Whether there is something to read: a string that is not empty once its variables are filled in, or a value that is
    /// not a string. False where a variable is not set. Reports nothing.
    pub(super) fn has_text(&self) -> bool {
        self.node
            .get_ref()
            .as_str()
            .is_none_or(|text| self.source.expand(text).is_ok_and(|expanded| !expanded.text.is_empty()))
    }

    /// Whether this is a string that is empty once its variables are filled in. False where a variable is not set. Reports
    /// nothing.
    pub(super) fn is_empty_text(&self) -> bool {
        self.node
            .get_ref()
            .as_str()
            .is_some_and(|text| self.source.expand(text).is_ok_and(|expanded| expanded.text.is_empty()))
    }

    /// A string of one line, with its variables filled in; `None` after a mistake.
    pub(super) fn text(&self) -> Option<Scalar<'r>> {
        let text = self.lines()?;
        // Values end up in headers, commands and URLs, where a line break or a NUL would end them early.
        if text.content.contains(char::is_control) {
            self.mistake(
                "contains a line break or another control character",
                "write it as one line of text",
            );
            return None;
        }
        Some(text)
    }

    /// As [`Self::text`], but a decimal whole number, `true` and `false` may stand without quotes.
    pub(super) fn text_or_number(&self) -> Option<Scalar<'r>> {
        match self.node.get_ref() {
            DeValue::Integer(number) if number.radix() == 10 => {
                Some(self.scalar(number.as_str().to_owned(), !self.private))
            }
            DeValue::Boolean(boolean) => Some(self.scalar(boolean.to_string(), !self.private)),
            _ => self.text(),
        }
    }

    /// A string of any number of lines, with its variables filled in; `None` after a mistake.
    fn lines(&self) -> Option<Scalar<'r>> {
        let DeValue::String(text) = self.node.get_ref() else { return self.wrong_type("a string") };
        match self.source.expand(text) {
            Err(error) => {
                self.mistake(error.to_string(), error.hint());
                None
            }
            Ok(Expanded { text, from_variable, files }) => {
                if self.private {
                    self.source.warn_of_readable(&self.path, &files);
                }
                Some(self.scalar(text, !from_variable && !self.private))
            }
        }
    }

    fn scalar(&self, content: String, shown: bool) -> Scalar<'r> {
        let (path, at) = (self.path.clone(), self.node.span().start);
        Scalar { source: self.source, path, at, content, shown }
    }

    /// The value by its type, with its strings as they were written: for definitions, whose strings are templates.
    pub(super) fn shape(&self) -> Shape<'r> {
        match self.node.get_ref() {
            DeValue::String(text) => Shape::Text(text.to_string()),
            DeValue::Integer(number) => {
                i64::from_str_radix(number.as_str(), number.radix()).map_or(Shape::Other, Shape::Integer)
            }
            DeValue::Boolean(boolean) => Shape::Boolean(*boolean),
            DeValue::Array(items) => Shape::List(self.items_of(items)),
            DeValue::Table(entries) => {
                let entry = |(name, node): (&Spanned<Cow<'_, str>>, &'r Spanned<DeValue<'r>>)| {
                    (name.get_ref().to_string(), self.below(joined(&self.path, name.get_ref()), node))
                };
                Shape::Table(entries.iter().map(entry).collect())
            }
            DeValue::Float(_) | DeValue::Datetime(_) => Shape::Other,
        }
    }

    fn below(&self, path: String, node: &'r Spanned<DeValue<'r>>) -> Self {
        Self { source: self.source, path, node, private: self.private }
    }

    fn items_of(&self, items: &'r [Spanned<DeValue<'r>>]) -> Vec<Self> {
        let item = |(index, node)| self.below(format!("{}[{index}]", self.path), node);
        items.iter().enumerate().map(item).collect()
    }

    /// The items of an array; `None`, and a mistake, for any other type.
    pub(super) fn items(&self) -> Option<Vec<Self>> {
        match (self.node.get_ref(), self.source.list(self.node.span().start)) {
            (DeValue::Array(items), _) => Some(self.items_of(items)),
            (DeValue::String(_), Some(items)) => Some(self.items_of(items)),
            _ => self.wrong_type("an array"),
        }
    }

    /// The keys and values of a table, in the order of the file; `None`, and a mistake, for any other type.
    pub(super) fn entries(&self) -> Option<Vec<(String, Self)>> {
        if let Shape::Table(entries) = self.shape() { Some(entries) } else { self.wrong_type("a table") }
    }

    /// The table that this value is; `None`, and a mistake, for any other type.
    pub(super) fn table(&self) -> Option<Table<'r>> {
        let DeValue::Table(entries) = self.node.get_ref() else { return self.wrong_type("a table") };
        let at = Some(self.node.span().start);
        Some(Table::new(self.source, self.path.clone(), at, Some(entries), self.private))
    }

    /// Reports that the value has another type than `expected`. The value itself is not shown.
    pub(super) fn wrong_type<T>(&self, expected: &str) -> Option<T> {
        let variable = self.source.variable(self.node.span().start);
        let found = match self.node.get_ref() {
            DeValue::String(_) if variable.is_some() => "a text",
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "an array",
            DeValue::Table(_) => "a table",
        };
        let hint = match (expected, self.node.get_ref()) {
            ("a table", DeValue::String(_)) if variable.is_some() => {
                "set its keys by variables of their own, each with two more underscores and the name of the key"
            }
            (_, DeValue::String(_)) if variable.is_some() => "",
            (
                "a string",
                DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_),
            ) => "write it in quotes",
            ("a whole number" | "true or false", DeValue::String(_)) => "write it without quotes",
            ("an array", DeValue::String(_)) => "write it in square brackets: [\"…\"]",
            _ => "",
        };
        self.mistake(format!("must be {expected}, not {found}"), hint);
        None
    }
}
