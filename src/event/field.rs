//! A JSON field that may be there, be null, be missing, or be something else altogether, without ending the parse:
//! an event that is not ours may use the same names for other things.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{Data, Malformed};

/// What a field held.
#[derive(Debug, Default)]
pub(super) enum Field<T> {
    /// Missing or null.
    #[default]
    Absent,
    /// As documented.
    Is(T),
    /// Another type.
    Wrong,
}

/// A string, borrowed where it has no escapes.
#[derive(Debug)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl<T> Field<T> {
    pub(super) fn optional(self, name: &'static str) -> Result<Option<T>, Malformed> {
        match self {
            Self::Absent => Ok(None),
            Self::Is(value) => Ok(Some(value)),
            Self::Wrong => Err(Malformed::Field(name)),
        }
    }

    pub(super) fn required(self, name: &'static str) -> Result<T, Malformed> {
        self.optional(name)?.ok_or(Malformed::Field(name))
    }

    pub(super) fn lenient(self) -> Option<T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Absent | Self::Wrong => None,
        }
    }
}

/// What a type can be read from; all else is [`Field::Wrong`].
pub(super) trait Readable<'de>: Sized {
    fn text(_: Cow<'de, str>) -> Field<Self> {
        Field::Wrong
    }
    fn flag(_: bool) -> Field<Self> {
        Field::Wrong
    }
    fn number(_: f64) -> Field<Self> {
        Field::Wrong
    }
    fn object<A: MapAccess<'de>>(mut map: A) -> Result<Field<Self>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Field::Wrong)
    }
}

impl<'de: 'a, 'a> Readable<'de> for Text<'a> {
    fn text(text: Cow<'de, str>) -> Field<Self> {
        Field::Is(Self(text))
    }
}

impl Readable<'_> for bool {
    fn flag(flag: bool) -> Field<Self> {
        Field::Is(flag)
    }
}

impl Readable<'_> for f64 {
    fn number(number: f64) -> Field<Self> {
        Field::Is(number)
    }
}

impl<'de: 'a, 'a> Readable<'de> for Data<'a> {
    fn object<A: MapAccess<'de>>(map: A) -> Result<Field<Self>, A::Error> {
        Self::deserialize(MapAccessDeserializer::new(map)).map(Field::Is)
    }
}

impl<'de> Readable<'de> for serde_json::Map<String, serde_json::Value> {
    fn object<A: MapAccess<'de>>(map: A) -> Result<Field<Self>, A::Error> {
        Self::deserialize(MapAccessDeserializer::new(map)).map(Field::Is)
    }
}

impl<'de, T: Readable<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor(PhantomData))
    }
}

struct FieldVisitor<T>(PhantomData<T>);

impl<'de, T: Readable<'de>> Visitor<'de> for FieldVisitor<T> {
    type Value = Field<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Field::Absent)
    }

    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(T::flag(flag))
    }

    fn visit_i64<E: de::Error>(self, _negative: i64) -> Result<Self::Value, E> {
        Ok(Field::Wrong)
    }

    #[expect(clippy::cast_precision_loss, reason = "timestamps stay far below 2^53")]
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(T::number(number as f64))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(T::number(number))
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(T::text(Cow::Borrowed(text)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(T::text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Field::Wrong)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::object(map)
    }
}
