//! A request's content as a tree whose leaves are templates: a value can't break out of its place.

use handlebars::template::TemplateElement;
use handlebars::{
    Context, Handlebars, Helper, HelperResult, JsonRender, Output, PathAndJson, RenderContext,
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
    /// JSON as it is: `{{list x}}`.
    List,
}

impl Kind {
    /// By the one helper that a template consists of.
    #[must_use]
    pub fn of(template: &Template) -> Self {
        let [TemplateElement::Expression(call)] = template.elements.as_slice() else { return Self::String };
        match call.name.as_name().filter(|_| !call.params.is_empty()) {
            Some("number") => Self::Number,
            Some("boolean") => Self::Boolean,
            Some("list") => Self::List,
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
            Self::Number | Self::List => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        })
    }
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

/// The helpers' names.
pub(super) const HELPERS: [&str; 5] = ["number", "boolean", "list", "base64", "json"];

pub(super) fn register(registry: &mut Handlebars<'static>) {
    registry.unregister_helper("log");
    registry.register_helper("number", Box::new(number));
    registry.register_helper("boolean", Box::new(as_it_is));
    for name in ["list", "json"] {
        registry.register_helper(name, Box::new(json));
    }
    registry.register_helper("base64", Box::new(base64));
}

fn parameter<'a>(helper: &'a Helper<'_>) -> Result<&'a Value, RenderErrorReason> {
    helper.param(0).map(PathAndJson::value).ok_or(RenderErrorReason::ParamNotFoundForIndex("", 0))
}

fn as_it_is(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    out.write(&parameter(helper)?.render()).map_err(Into::into)
}

/// `{{number x min=5 max=36000}}`
fn number(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let value = parameter(helper)?;
    let bound = |name: &str| helper.hash_get(name).and_then(|it| it.value().as_u64());
    let bounded = value.as_u64().map(|number| {
        let number = bound("min").map_or(number, |min| number.max(min));
        bound("max").map_or(number, |max| number.min(max))
    });
    out.write(&bounded.map_or_else(|| value.render(), |number| number.to_string())).map_err(Into::into)
}

fn json(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    out.write(&parameter(helper)?.to_string()).map_err(Into::into)
}

fn base64(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    use ::base64::Engine as _;
    let text = parameter(helper)?.render();
    out.write(&::base64::engine::general_purpose::STANDARD.encode(text)).map_err(Into::into)
}
