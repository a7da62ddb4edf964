//! A request's content as a tree whose leaves are templates: a value can't break out of its place.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use handlebars::template::TemplateElement;
use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, JsonRender, Output, RenderContext,
    RenderErrorReason, Template,
};
use serde_json::{Map, Value};

use super::{Text, Texts, Unrendered};

/// A place in the tree. What renders empty is left out, and so is what holds nothing else.
#[derive(Debug, Clone)]
pub enum Leaf {
    /// As it stands: a number, a boolean.
    Constant(Value),
    /// A template.
    Text(Text, Kind),
    /// In order.
    List(Vec<Leaf>),
    /// By name, in the file's order.
    Table(Vec<(String, Leaf)>),
}

/// What a template's text becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    String,
    /// A JSON number: `{{number x}}`.
    Number,
    /// `true` or `false`: `{{boolean x}}`.
    Boolean,
    /// JSON as it is: `{{list x}}`, `{{object x}}`.
    Json,
}

impl Kind {
    /// By the one helper that a template consists of, or that a condition around it leads to in each of its cases.
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

    fn value(self, text: String) -> Option<Value> {
        if text.is_empty() {
            return None;
        }
        Some(match self {
            Self::String => Value::String(text),
            Self::Boolean => Value::Bool(text == "true"),
            // A value that is no number stays a text, whatever it looks like.
            Self::Number => text.parse().map_or(Value::String(text), Value::Number),
            Self::Json => return serde_json::from_str(&text).map_or(Some(Value::String(text)), filled),
        })
    }
}

/// `None` for an empty value.
fn filled(value: Value) -> Option<Value> {
    let is_empty = match &value {
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        _ => false,
    };
    (!is_empty).then_some(value)
}

impl Leaf {
    /// The value with everything filled in; `None` where nothing is left of it.
    ///
    /// # Errors
    /// A template fails.
    pub fn render(&self, texts: &Texts, variables: &Context) -> Result<Option<Value>, Unrendered> {
        Ok(match self {
            Self::Constant(value) => Some(value.clone()),
            Self::Text(text, kind) => kind.value(texts.render(*text, variables)?),
            Self::List(items) => {
                let mut list = Vec::new();
                for item in items {
                    list.extend(item.render(texts, variables)?);
                }
                (!list.is_empty()).then_some(Value::Array(list))
            }
            Self::Table(entries) => {
                let mut table = Map::new();
                for (name, leaf) in entries {
                    if let Some(value) = leaf.render(texts, variables)? {
                        table.insert(name.clone(), value);
                    }
                }
                (!table.is_empty()).then_some(Value::Object(table))
            }
        })
    }

    /// The pairs of a form or a query.
    ///
    /// # Errors
    /// A template fails.
    pub fn pairs(&self, texts: &Texts, variables: &Context) -> Result<Vec<(String, String)>, Unrendered> {
        let Self::Table(entries) = self else { return Ok(Vec::new()) };
        let mut pairs = Vec::new();
        for (name, leaf) in entries {
            match leaf.render(texts, variables)? {
                None => {}
                Some(Value::String(text)) => pairs.push((name.clone(), text)),
                Some(Value::Array(items)) => {
                    pairs.extend(items.into_iter().map(|item| (name.clone(), plain(&item))));
                }
                Some(other) => pairs.push((name.clone(), plain(&other))),
            }
        }
        Ok(pairs)
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What a helper makes of its first parameter.
type Make = fn(&Helper<'_>, &Value) -> String;

/// Our own helpers.
pub(super) const HELPERS: [(&str, Make); 6] = [
    ("number", number),
    ("boolean", |_, value| value.render()),
    ("list", list),
    ("object", object),
    ("json", |_, value| value.to_string()),
    ("base64", |_, value| STANDARD.encode(value.render())),
];

pub(super) fn register(registry: &mut Handlebars<'static>) {
    registry.unregister_helper("log");
    for (name, make) in HELPERS {
        registry.register_helper(name, Box::new(Writes(make)));
    }
}

struct Writes(Make);

impl HelperDef for Writes {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let value = helper.param(0).ok_or(RenderErrorReason::ParamNotFoundForIndex("", 0))?;
        out.write(&(self.0)(helper, value.value())).map_err(Into::into)
    }
}

/// `{{number x min=5 max=36000}}`
fn number(helper: &Helper<'_>, value: &Value) -> String {
    let bound = |name: &str| helper.hash_get(name).and_then(|it| it.value().as_u64());
    // Digits that mean more than a number, such as a code's first zeros, stay what they are.
    let plain = |text: &str| text.parse().ok().filter(|number: &u64| number.to_string() == text);
    let bounded = value.as_u64().or_else(|| plain(value.as_str()?)).map(|number| {
        let number = bound("min").map_or(number, |min| number.max(min));
        bound("max").map_or(number, |max| number.min(max))
    });
    bounded.map_or_else(|| value.render(), |number| number.to_string())
}

/// `{{list headers name="Name" value="Value"}}`: a list whose items call their `name` and `value` so.
fn list(helper: &Helper<'_>, value: &Value) -> String {
    let called = |key: &str| match helper.hash_get(key).and_then(|it| it.value().as_str()) {
        Some(called) => called.to_owned(),
        None => key.to_owned(),
    };
    let renamed = |item: &Value| match item {
        Value::Object(fields) => fields.iter().map(|(key, value)| (called(key), value.clone())).collect(),
        other => other.clone(),
    };
    match value {
        Value::Array(items) => items.iter().map(renamed).collect::<Value>().to_string(),
        other => other.to_string(),
    }
}

/// `{{object headers}}`: each item's `value` by its `name`.
fn object(_: &Helper<'_>, value: &Value) -> String {
    let entry = |item: &Value| {
        Some((item.get("name")?.as_str()?.to_owned(), item.get("value").cloned().unwrap_or_default()))
    };
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    Value::Object(items.iter().filter_map(entry).collect()).to_string()
}
