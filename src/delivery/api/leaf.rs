//! The content of a request as a tree whose leaves are templates. A value is filled into one leaf, so it can't break out
//! of its place, whatever quotes and braces it holds.

use handlebars::Template;
use handlebars::template::TemplateElement;
use serde_json::Value;

use super::text::Text;

/// A node of the tree. A leaf that renders empty is left out of the request, and so is a list or table with nothing in it.
#[derive(Debug, Clone)]
pub enum Leaf {
    /// A number or a boolean that is the same in each request.
    Constant(Value),
    /// A template, and the JSON type that its text becomes.
    Template(Text, Kind),
    /// The items of an array, in order.
    List(Vec<Leaf>),
    /// The members of an object by name, in the order of the definition's file.
    Table(Vec<(String, Leaf)>),
}

/// The JSON type that the text of a template becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A string, which is what every template without a helper becomes.
    String,
    /// A number, written by `{{number x}}`.
    Number,
    /// `true` or `false`, written by `{{boolean x}}`.
    Boolean,
    /// An array or an object, written by `{{list x}}` or `{{object x}}`.
    Json,
}

impl Kind {
    /// The type that a template is of: by the only helper it consists of, or by the helper that stands in every branch of
    /// the condition it consists of.
    #[must_use]
    pub fn of(template: &Template) -> Self {
        match template.elements.as_slice() {
            [TemplateElement::Expression(call)] => {
                match call.name.as_name().filter(|_| !call.params.is_empty()) {
                    Some("number") => Self::Number,
                    Some("boolean") => Self::Boolean,
                    Some("list" | "object") => Self::Json,
                    _ => Self::String,
                }
            }
            [TemplateElement::HelperBlock(block)] => {
                let mut cases = [&block.template, &block.inverse].into_iter().flatten().map(Self::of);
                let first = cases.next().unwrap_or(Self::String);
                if cases.all(|other| other == first) { first } else { Self::String }
            }
            _ => Self::String,
        }
    }

    /// The JSON value of a rendered text; `None` for an empty text.
    pub(super) fn value(self, text: String) -> Option<Value> {
        if text.is_empty() {
            return None;
        }
        Some(match self {
            Self::String => Value::String(text),
            Self::Boolean => Value::Bool(text == "true"),
            // A value that is not a number stays a string: read as JSON it could be an object of its author's making.
            Self::Number => text.parse().map_or(Value::String(text), Value::Number),
            Self::Json => return serde_json::from_str(&text).map_or(Some(Value::String(text)), filled),
        })
    }
}

/// The same value, or `None` for an empty string, array or object.
fn filled(value: Value) -> Option<Value> {
    let is_empty = match &value {
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        _ => false,
    };
    (!is_empty).then_some(value)
}
