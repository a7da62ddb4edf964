//! The helpers that templates of a definition may call, beside those of Handlebars.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, JsonRender, Output, RenderContext,
    RenderErrorReason,
};
use serde_json::{Map, Value};

/// Makes the text that a helper writes, from its first parameter and its options.
pub(super) type Make = fn(&Value, &Options) -> String;

/// The named parameters of a call, such as `max=36000`.
pub(super) type Options = Map<String, Value>;

/// Our own helpers by name; docs/PROVIDERS.md explains each of them.
const HELPERS: [(&str, Make); 6] = [
    ("number", number),
    ("boolean", |value, _| value.render()),
    ("list", list),
    ("object", object),
    ("json", |value, _| value.to_string()),
    ("base64", |value, _| STANDARD.encode(value.render())),
];

/// Whether templates of a definition may call a helper of this name.
#[must_use]
pub fn helper_exists(name: &str) -> bool {
    helper_of_handlebars(name) || own(name).is_some()
}

/// The function of a helper of ours; `None` for every other name.
pub(super) fn own(name: &str) -> Option<Make> {
    HELPERS.iter().find(|(own, _)| *own == name).map(|(_, make)| *make)
}

/// Whether a template of an address may call a helper of this name. Our own helpers may not stand there: Handlebars
/// escapes values only, so what these write would not be percent-encoded.
#[must_use]
pub fn helper_of_handlebars(name: &str) -> bool {
    let known = [
        "if", "unless", "each", "with", "lookup", "len", "eq", "ne", "gt", "gte", "lt", "lte", "and", "or",
        "not",
    ];
    known.contains(&name)
}

/// Adds our helpers to a registry, and takes the one that writes to the log away: values are secrets and codes.
pub(super) fn register(registry: &mut Handlebars<'static>) {
    registry.unregister_helper("log");
    for (name, make) in HELPERS {
        registry.register_helper(name, Box::new(Writes(make)));
    }
}

/// A helper that writes what a function makes of its first parameter.
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
        let options = helper.hash().iter().map(|(name, option)| ((*name).to_owned(), option.value().clone()));
        out.write(&(self.0)(value.value(), &options.collect())).map_err(Into::into)
    }
}

/// `{{number x min=5 max=36000}}`: the value as a JSON number, kept within bounds. What is not a whole number is written
/// as it is.
fn number(value: &Value, options: &Options) -> String {
    let bound = |name: &str| options.get(name).and_then(Value::as_u64);
    // Digits that mean more than a number, such as a code that begins with zeros, stay as they are.
    let plain = |text: &str| text.parse().ok().filter(|number: &u64| number.to_string() == text);
    let bounded = value.as_u64().or_else(|| plain(value.as_str()?)).map(|number| {
        let number = bound("min").map_or(number, |min| number.max(min));
        bound("max").map_or(number, |max| number.min(max))
    });
    bounded.map_or_else(|| value.render(), |number| number.to_string())
}

/// `{{list headers name="Name" value="Value"}}`: a JSON array whose objects have `Name` and `Value` in place of `name` and
/// `value`.
fn list(value: &Value, options: &Options) -> String {
    let called = |key: &str| options.get(key).and_then(Value::as_str).unwrap_or(key).to_owned();
    let renamed = |item: &Value| match item {
        Value::Object(fields) => fields.iter().map(|(key, value)| (called(key), value.clone())).collect(),
        other => other.clone(),
    };
    match value {
        Value::Array(items) => items.iter().map(renamed).collect::<Value>().to_string(),
        other => other.to_string(),
    }
}

/// `{{object headers}}`: a JSON object that has the `value` of each item under its `name`.
fn object(value: &Value, _: &Options) -> String {
    let entry = |item: &Value| {
        Some((item.get("name")?.as_str()?.to_owned(), item.get("value").cloned().unwrap_or_default()))
    };
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    Value::Object(items.iter().filter_map(entry).collect()).to_string()
}
