//! Which variant a message belongs to: the first whose conditions the event meets. A pure function, as the decision is.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::event::Created;
use crate::json_path;

/// The conditions of a variant, `when`. An event has to meet all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct When {
    /// The instance of Clerk that the event is from (`ins_…`); `None`: any.
    pub instance: Option<String>,
    /// Variables of the event by their dotted paths, such as `org.slug`, each with the one value that it must have. A number,
    /// `true` and `false` are written as in JSON.
    pub variables: BTreeMap<String, String>,
}

impl When {
    /// The instance, where it is the only condition; else `None`.
    #[must_use]
    pub fn instance_alone(&self) -> Option<&str> {
        self.instance.as_deref().filter(|_| self.variables.is_empty())
    }

    /// Whether every event that meets the conditions of `other` meets these too.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        (self.instance.is_none() || self.instance == other.instance)
            && self.variables.iter().all(|(path, value)| other.variables.get(path) == Some(value))
    }

    /// Whether the event meets all of the conditions.
    fn holds(&self, event: &Created<'_>, facts: &mut Facts) -> bool {
        let is_right = |instance: &String| event.instance.as_deref() == Some(instance);
        self.instance.as_ref().is_none_or(is_right)
            && self.variables.iter().all(|(path, wanted)| facts.is(event, path, wanted))
    }
}

/// The number of the first of `variants` whose conditions the event meets; `None` if it meets none of them.
#[must_use]
pub fn choose<'w>(event: &Created<'_>, variants: impl IntoIterator<Item = &'w When>) -> Option<usize> {
    let mut facts = Facts::default();
    variants.into_iter().position(|when| when.holds(event, &mut facts))
}

/// Something for the messages of no variant, and for those of each variant, by its name and in the order of the configuration.
#[derive(Debug, Clone)]
pub struct PerVariant<T> {
    /// For the messages of no variant.
    pub base: T,
    /// For those of each variant.
    pub variants: Vec<(Arc<str>, T)>,
}

impl<T> PerVariant<T> {
    /// For the messages of no variant, where there are no variants.
    pub fn alone(base: T) -> Self {
        Self { base, variants: Vec::new() }
    }

    /// That of the variant with this name, or of no variant (`None`); `None` if there is no such variant, whose messages must
    /// never be taken for another's.
    #[must_use]
    pub fn of(&self, name: Option<&str>) -> Option<&T> {
        let Some(name) = name else { return Some(&self.base) };
        self.variants.iter().find(|(known, _)| **known == *name).map(|(_, own)| own)
    }

    /// These in the place of `running`, whose variants stay the same: one that is new here is left out, and one that is gone
    /// keeps what it has.
    #[must_use]
    pub fn in_place_of(self, running: &Self) -> Self
    where
        T: Clone,
    {
        let fresh = |name: &Arc<str>, old: &T| self.of(Some(name)).unwrap_or(old).clone();
        let variants =
            running.variants.iter().map(|(name, old)| (Arc::clone(name), fresh(name, old))).collect();
        Self { variants, base: self.base }
    }
}

/// The variables that were read so far: many variants ask for the same one, and reading it takes time.
#[derive(Default)]
struct Facts(BTreeMap<String, Option<Value>>);

impl Facts {
    /// Whether the variable at `path` has the wanted value.
    fn is(&mut self, event: &Created<'_>, path: &str, wanted: &str) -> bool {
        let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
        if !self.0.contains_key(name) {
            self.0.insert(name.to_owned(), event.variables.get(name));
        }
        let Some(Some(value)) = self.0.get(name) else { return false };
        let value = match rest {
            None => Some(value),
            Some(rest) => value.as_object().and_then(|object| json_path::get(object, rest)),
        };
        match value {
            Some(Value::String(text)) => text == wanted,
            Some(Value::Number(number)) => number.to_string() == wanted,
            Some(Value::Bool(flag)) => flag.to_string() == wanted,
            // Nothing, a list and an object are no one value.
            Some(Value::Null | Value::Array(_) | Value::Object(_)) | None => false,
        }
    }
}

#[cfg(test)]
mod tests;
