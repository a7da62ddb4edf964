//! The content of a request, finished for an account: JSON, or the pairs of a form or a query.
//!
//! It is written into one buffer. What turns out empty is taken out of it again.

use serde_json::Value;

use super::encoding::Encoding;
use super::leaf::{Kind, Leaf};
use super::line::Line;
use super::text::FillError;
use super::variables::{Account, Values};

/// A value without further values in it.
#[derive(Clone)]
pub(super) enum Item {
    /// A number or a boolean that is the same in each request.
    Constant(String),
    /// A string.
    Text(Line),
    /// A template whose text becomes another type of JSON.
    Typed(Line, Kind),
}

/// A tree of JSON. Like those of a [`Leaf`], its nodes are left out where they are empty.
#[derive(Clone)]
pub(super) enum Json {
    Item(Item),
    List(Vec<Json>),
    /// The members of an object, by their names in quotes, with the colon.
    Table(Vec<(Vec<u8>, Json)>),
}

/// Pairs by their encoded names, with the equals sign.
#[derive(Clone)]
pub(super) struct Form(Vec<(Vec<u8>, Item)>);

impl Json {
    /// The tree of an account.
    pub(super) fn finish(leaf: &Leaf, account: &Account) -> Self {
        match leaf {
            Leaf::Constant(value) => Self::Item(Item::Constant(value.to_string())),
            Leaf::Template(text, Kind::String) => {
                Self::Item(Item::Text(text.finish(account, Encoding::Json)))
            }
            Leaf::Template(text, kind) => {
                Self::Item(Item::Typed(text.finish(account, Encoding::Plain), *kind))
            }
            Leaf::List(items) => Self::List(items.iter().map(|item| Self::finish(item, account)).collect()),
            Leaf::Table(entries) => {
                let mut entries: Vec<_> = entries.iter().collect();
                // The same order as in objects that helpers write.
                entries.sort_unstable_by_key(|(name, _)| name);
                let member = |(name, leaf): &(String, Leaf)| {
                    (format!("{}:", Value::from(name.as_str())).into_bytes(), Self::finish(leaf, account))
                };
                Self::Table(entries.into_iter().map(member).collect())
            }
        }
    }

    /// Adds the JSON of a message to `out`, and returns whether there is any.
    pub(super) fn write(&self, values: &Values<'_>, out: &mut Vec<u8>) -> Result<bool, FillError> {
        let begin = out.len();
        match self {
            Self::Item(Item::Constant(json)) => {
                out.extend_from_slice(json.as_bytes());
                Ok(true)
            }
            Self::Item(Item::Text(line)) => {
                out.push(b'"');
                line.write(values, out)?;
                Ok(closed(out, begin, b'"'))
            }
            Self::Item(Item::Typed(line, kind)) => {
                let value = kind.value(line.text(values)?);
                value.map_or(Ok(false), |value| {
                    serde_json::to_writer(out, &value).map(|()| true).map_err(|_| FillError)
                })
            }
            Self::List(items) => {
                out.push(b'[');
                for item in items {
                    member(begin, b"", item, values, out)?;
                }
                Ok(closed(out, begin, b']'))
            }
            Self::Table(entries) => {
                out.push(b'{');
                for (name, value) in entries {
                    member(begin, name, value, values, out)?;
                }
                Ok(closed(out, begin, b'}'))
            }
        }
    }
}

/// Adds a member of the list or table that began at `begin`, unless it is empty.
fn member(
    begin: usize,
    name: &[u8],
    value: &Json,
    values: &Values<'_>,
    out: &mut Vec<u8>,
) -> Result<(), FillError> {
    let before = out.len();
    if before > begin + 1 {
        out.push(b',');
    }
    out.extend_from_slice(name);
    if !value.write(values, out)? {
        out.truncate(before);
    }
    Ok(())
}

/// Ends what began with one byte at `begin`, or takes that byte away where nothing follows it. Returns whether something
/// did.
fn closed(out: &mut Vec<u8>, begin: usize, end: u8) -> bool {
    let is_filled = out.len() > begin + 1;
    if is_filled {
        out.push(end);
    } else {
        out.truncate(begin);
    }
    is_filled
}

impl Form {
    /// The pairs of an account. Forms have no arrays: several pairs of the same name take their place.
    pub(super) fn finish(leaf: &Leaf, account: &Account) -> Self {
        let mut pairs = Vec::new();
        if let Leaf::Table(entries) = leaf {
            for (name, leaf) in entries {
                let mut encoded = Vec::new();
                Encoding::Form.words(name, &mut encoded);
                encoded.push(b'=');
                add(&encoded, leaf, account, &mut pairs);
            }
        }
        Self(pairs)
    }

    /// Whether the pairs are the same for each message.
    pub(super) fn is_constant(&self) -> bool {
        self.0.iter().all(|(_, item)| match item {
            Item::Constant(_) => true,
            Item::Text(line) | Item::Typed(line, _) => line.constant().is_some(),
        })
    }

    /// Adds the pairs of a message to those in `out`.
    pub(super) fn write(&self, values: &Values<'_>, out: &mut Vec<u8>) -> Result<(), FillError> {
        for (name, item) in &self.0 {
            let before = out.len();
            let mut pair = |text: &str| {
                named(name, out);
                Encoding::Form.value(text, out);
            };
            match item {
                Item::Constant(text) => pair(text),
                Item::Text(line) => {
                    named(name, out);
                    let empty = out.len();
                    line.write(values, out)?;
                    if out.len() == empty {
                        out.truncate(before);
                    }
                }
                Item::Typed(line, kind) => match kind.value(line.text(values)?) {
                    None => {}
                    Some(Value::Array(items)) => items.iter().for_each(|item| pair(&plain(item))),
                    Some(other) => pair(&plain(&other)),
                },
            }
        }
        Ok(())
    }
}

/// Begins a pair.
fn named(name: &[u8], out: &mut Vec<u8>) {
    if !out.is_empty() {
        out.push(b'&');
    }
    out.extend_from_slice(name);
}

/// Adds the pairs of one name.
fn add(name: &[u8], leaf: &Leaf, account: &Account, pairs: &mut Vec<(Vec<u8>, Item)>) {
    let item = match leaf {
        Leaf::Constant(value) => Item::Constant(value.to_string()),
        Leaf::Template(text, Kind::String) => Item::Text(text.finish(account, Encoding::Form)),
        Leaf::Template(text, kind) => Item::Typed(text.finish(account, Encoding::Plain), *kind),
        Leaf::List(items) => {
            return items.iter().for_each(|item| add(name, item, account, pairs));
        }
        // The configuration refuses a table here, since a form has none.
        Leaf::Table(_) => return,
    };
    pairs.push((name.to_vec(), item));
}

/// A value as a form holds it: a string without its quotes, anything else as JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
