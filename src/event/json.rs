//! JSON whose values stay unread until somebody asks for them, so that a value that can't be read harms no other.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// How deeply the arrays and objects of a variable may be nested. Values that lie deeper are left out.
const DEEPEST: usize = 100;

/// The members of an object, with their values unread. Where several members have the same name, the last one counts, as
/// in JavaScript.
#[derive(Debug, Clone, Default)]
pub(super) struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

/// Any JSON value: the members of an object, or `None` for a value of another type.
#[derive(Debug)]
pub(super) struct Object<'a>(pub(super) Option<Members<'a>>);

/// A JSON string, borrowed where it has no escapes. Half of a surrogate pair in it becomes U+FFFD.
#[derive(Debug)]
pub(super) struct Str<'a>(pub(super) Cow<'a, str>);

impl<'a> Members<'a> {
    /// The unread value of a member; `None` if it is missing or null.
    pub(super) fn get(&self, name: &str) -> Option<&'a RawValue> {
        // From the end, so that the last of several members of the same name is found first.
        let (_, value) = self.0.iter().rev().find(|(key, _)| key == name)?;
        (value.get() != "null").then_some(value)
    }

    /// Whether there is such a member, null or not.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// The values of all members, as far as they can be read.
    pub(super) fn values(&self) -> Map<String, Value> {
        self.readable(0)
    }

    fn readable(&self, depth: usize) -> Map<String, Value> {
        let read = |(key, raw): &(Cow<'a, str>, &'a RawValue)| Some((key.to_string(), value(raw, depth)?));
        self.0.iter().filter_map(read).collect()
    }
}

/// The members of an object; `None` for a value of any other type.
pub(super) fn members(raw: &RawValue) -> Option<Members<'_>> {
    serde_json::from_str::<Object<'_>>(raw.get()).ok()?.0
}

/// A string's text; `None` for a value of any other type.
pub(super) fn text(raw: &RawValue) -> Option<Cow<'_, str>> {
    serde_json::from_str::<Str<'_>>(raw.get()).ok().map(|Str(text)| text)
}

/// A string's text, or a number as it is written; `None` for a value of any other type.
pub(super) fn text_or_number(raw: &RawValue) -> Option<Cow<'_, str>> {
    let is_number = raw.get().starts_with(|c: char| c == '-' || c.is_ascii_digit());
    if is_number { Some(Cow::Borrowed(raw.get())) } else { text(raw) }
}

/// A value as far as it can be read; `None` for a number beyond the range of a double, and for a value that is nested too
/// deeply.
pub(super) fn readable(raw: &RawValue) -> Option<Value> {
    value(raw, 0)
}

fn value(raw: &RawValue, depth: usize) -> Option<Value> {
    // The usual parser reads the whole value at once. It fails only if something inside can't be read, which is rare: then
    // the value is taken apart below, and its readable parts are kept.
    if depth == 0
        && let Ok(value) = serde_json::from_str(raw.get())
    {
        return Some(value);
    }
    match raw.get().bytes().next()? {
        b'{' | b'[' if depth == DEEPEST => None,
        b'{' => Some(Value::Object(members(raw)?.readable(depth + 1))),
        b'[' => {
            let items: Vec<&RawValue> = serde_json::from_str(raw.get()).ok()?;
            // An item that can't be read becomes null, so that the others keep their places.
            Some(items.into_iter().map(|item| value(item, depth + 1).unwrap_or_default()).collect())
        }
        b'"' => text(raw).map(|text| Value::String(text.into_owned())),
        _ => serde_json::from_str(raw.get()).ok(),
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Str<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // As bytes, because `serde_json` refuses a string with half of a surrogate pair, such as a name that was
        // cut off in the middle of an emoji.
        deserializer.deserialize_bytes(StrVisitor).map(Self)
    }
}

struct StrVisitor;

impl<'de> Visitor<'de> for StrVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_bytes<E: de::Error>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
        Ok(std::str::from_utf8(bytes).map_or_else(|_| Cow::Owned(mended(bytes)), Cow::Borrowed))
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        Ok(Cow::Owned(mended(bytes)))
    }
}

/// Replaces each half of a surrogate pair by U+FFFD. `serde_json` hands it over as three bytes that are not UTF-8, the
/// first of which is 0xED; the other two come as chunks of their own, and are dropped.
fn mended(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if chunk.invalid().starts_with(&[0xed]) {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    text
}

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ObjectVisitor).map(Self)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Option<Members<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((Str(key), value)) = map.next_entry::<Str<'de>, &'de RawValue>()? {
            members.push((key, value));
        }
        Ok(Some(Members(members)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }
}
