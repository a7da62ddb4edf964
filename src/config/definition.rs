//! Definitions of providers' APIs: built-in ones, those in `providers/` beside the configuration, and those inside it.

use std::collections::BTreeMap;
use std::path::Path;

use handlebars::Context;
use include_dir::{Dir, include_dir};
use regex::Regex;
use serde_json::Value as Json;

use super::fault::Faults;
use super::reader::{Shape, Table, Value};
use super::rule;
use crate::delivery::definition::{
    Accepted, Auth, Aws, BaseUrl, Body, Class, Code, Codes, Definition, Errors, Expected, Harmless, Kind,
    Leaf, Place, Predicate, Request, Setting, Source, Text, Texts, Unit, Wait, context, helper_exists,
    variables,
};
use crate::message::Channel;
use crate::template::Variables;

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/providers");

/// The built-in definitions' names and sources, in alphabetical order.
pub fn built_in() -> impl Iterator<Item = (&'static str, &'static str)> {
    let mut files: Vec<_> = BUILT_IN
        .files()
        .filter_map(|file| Some((file.path().file_stem()?.to_str()?, file.contents_utf8()?)))
        .collect();
    files.sort_unstable();
    files.into_iter()
}

/// Reads a definition that stands in a file of its own.
///
/// # Errors
/// All that is wrong with it.
pub fn parse(name: &str, text: &str, file: &Path) -> Result<Definition, Faults> {
    super::read(text, file, &|_| None, |root| definition(name, root))
        .and_then(|definition| definition.ok_or_else(|| Faults { file: file.to_owned(), faults: Vec::new() }))
}

/// `None` where something is missing without which nothing can be said of the rest.
pub(super) fn definition(name: &str, table: Table<'_>) -> Option<Definition> {
    let carries = table.choice("carries", &[("sms", Channel::Sms), ("email", Channel::Email)]);
    if !table.sets("carries") {
        table.missing("carries", "carries = \"sms\" or \"email\"");
    }
    let settings = settings(&table, carries);
    let shown = settings.iter().filter(|(_, setting)| !setting.secret).map(|(name, _)| name.clone());
    let letters = context(settings.keys().map(|name| (name.clone(), Json::from("x"))).collect());
    let mut reader = Reader {
        letters,
        texts: Texts::default(),
        addresses: Texts::encoding(),
        known: known(carries?, settings.keys().cloned()),
        settings: Variables::new(settings.keys().cloned().collect(), helper_exists),
        in_base_url: Variables::new(shown.collect(), helper_exists),
    };
    let base_url = table.get("base_url").map(|value| reader.base_url(&value));
    let auth = auth(&table, &mut reader);
    let request = request(&table, "POST", &mut reader);
    let harmless = table.get("harmless").and_then(|value| value.table()).map(|table| {
        let harmless = harmless(&table, &mut reader);
        table.finish();
        harmless
    });
    let definition = Definition {
        name: name.to_owned(),
        about: table.text("about").map(|text| text.as_str().to_owned()).unwrap_or_default(),
        carries: carries?,
        base_url: base_url.flatten(),
        sender_unless: table.text("sender_unless").map(|text| text.as_str().to_owned()),
        needs_sender: table.boolean("needs_sender").unwrap_or(carries == Some(Channel::Sms)),
        settings,
        auth,
        request: request?,
        harmless: harmless.flatten(),
        accepted: accepted(&table.table("accepted")),
        errors: errors(table.table("errors")),
        texts: reader.texts,
        addresses: reader.addresses,
    };
    table.skip("docs");
    table.finish();
    Some(definition)
}

fn known(carries: Channel, settings: impl Iterator<Item = String>) -> Variables {
    let paths = variables(carries).iter().map(|name| (*name).to_owned()).chain(settings);
    Variables::new(paths.collect(), helper_exists)
}

fn settings(table: &Table<'_>, carries: Option<Channel>) -> BTreeMap<String, Setting> {
    let of_messages = carries.map(variables).unwrap_or_default();
    let settings = table.table("settings");
    let one = |(name, table): (String, Table<'_>)| {
        if of_messages.contains(&name.as_str()) {
            settings.fault(&name, "is what each message says itself", "another name");
        }
        let setting = Setting {
            about: table.text("about").map(|text| text.as_str().to_owned()).unwrap_or_default(),
            secret: table.boolean("secret").unwrap_or(false),
            optional: table.boolean("optional").unwrap_or(false),
            unless: table.text("unless").map(|text| text.as_str().to_owned()),
            with: table.text("with").map(|text| text.as_str().to_owned()),
            matches: table.get("matches").and_then(|value| regex(&value)),
            default: table.text("default").map(|text| text.as_str().to_owned()),
        };
        table.finish();
        (name, setting)
    };
    settings.children().into_iter().map(one).collect()
}

/// Compiles templates, and looks up what they ask for.
struct Reader {
    texts: Texts,
    addresses: Texts,
    known: Variables,
    /// The settings alone.
    settings: Variables,
    in_base_url: Variables,
    /// A letter for each setting, to see whether an address is one.
    letters: Context,
}

impl Reader {
    fn text(&mut self, value: &Value<'_>) -> Option<Text> {
        let Shape::Text(source) = value.shape() else {
            value.fault("must be a string", "");
            return None;
        };
        let compiled = self.texts.add(&source);
        self.checked(value, compiled, false)
    }

    fn path(&mut self, value: &Value<'_>) -> Option<Text> {
        let Shape::Text(source) = value.shape() else {
            value.fault("must be a string", "");
            return None;
        };
        let compiled = self.addresses.add(&source);
        self.checked(value, compiled, true)
    }

    /// An address that is one whatever its settings say.
    fn base_url(&mut self, value: &Value<'_>) -> Option<BaseUrl> {
        let text = value.text()?;
        let source = text.as_str().trim_end_matches('/').to_owned();
        let compiled = self.addresses.add(&source);
        let compiled =
            compiled.map_err(|reason| value.fault(format!("is no template: {reason}"), "")).ok()?;
        let template = self.addresses.template(compiled)?;
        for (_, reason) in self.in_base_url.misspelt(template) {
            value.fault(reason, "only settings that are no secrets may stand here");
        }
        let filled = self.addresses.render(compiled, &self.letters).unwrap_or_default();
        text.parse(|_| rule::web_url(&filled))?;
        Some(BaseUrl { source, text: compiled })
    }

    fn checked(
        &mut self,
        value: &Value<'_>,
        compiled: Result<Text, String>,
        is_address: bool,
    ) -> Option<Text> {
        let text = compiled.map_err(|reason| value.fault(format!("is no template: {reason}"), "")).ok()?;
        let Shape::Text(source) = value.shape() else { return None };
        let texts = if is_address { &mut self.addresses } else { &mut self.texts };
        let template = texts.template(text)?;
        for (_, reason) in self.known.misspelt(template) {
            value.fault(reason, "");
        }
        // What is asked for by way of `this` or `@root` is not known.
        let is_plain = !["this", "@", ".."].iter().any(|word| source.contains(word));
        if is_plain && self.settings.misspelt(template).is_empty() {
            texts.settle(text);
        }
        Some(text)
    }

    fn leaf(&mut self, value: &Value<'_>) -> Option<Leaf> {
        Some(match value.shape() {
            Shape::Text(_) => {
                let text = self.text(value)?;
                Leaf::Text(text, self.texts.template(text).map_or(Kind::String, Kind::of))
            }
            Shape::Integer(number) => Leaf::Constant(Json::from(number)),
            Shape::Boolean(boolean) => Leaf::Constant(Json::from(boolean)),
            Shape::List(items) => Leaf::List(items.iter().filter_map(|item| self.leaf(item)).collect()),
            Shape::Table(entries) => Leaf::Table(
                entries.iter().filter_map(|(name, value)| Some((name.clone(), self.leaf(value)?))).collect(),
            ),
            Shape::Other => {
                value.fault("must be a string, a whole number, true or false, an array or a table", "");
                return None;
            }
        })
    }
}

fn auth(table: &Table<'_>, reader: &mut Reader) -> Auth {
    let basic = table.get("basic").and_then(|value| {
        let items = value.items()?;
        let [user, password] = items.as_slice() else {
            value.fault("must hold two", "basic = [\"{{user}}\", \"{{password}}\"]");
            return None;
        };
        Some((reader.text(user)?, reader.text(password)?))
    });
    let aws = table.get("aws_sigv4").and_then(|value| aws(&value, reader));
    let headers = entries(table, "headers").into_iter();
    let headers = headers.filter_map(|(name, value)| Some((name, reader.text(&value)?))).collect();
    Auth { basic, aws, headers }
}

fn harmless(table: &Table<'_>, reader: &mut Reader) -> Option<Harmless> {
    let request = request(table, "GET", reader);
    let accepted = statuses_and_conditions(table);
    let sending_only = table.get("sending_only").map(|value| codes(&value)).unwrap_or_default();
    Some(Harmless { request: request?, accepted, sending_only })
}

fn request(table: &Table<'_>, usual: &str, reader: &mut Reader) -> Option<Request> {
    let get = table.choice("method", &[("GET", true), ("POST", false)]).unwrap_or(usual == "GET");
    let path = table.get("path").and_then(|value| reader.path(&value));
    if !table.sets("path") {
        table.missing("path", "path = \"/messages\"");
    }
    let query = table.get("query").and_then(|value| reader.leaf(&value));
    let (form, json) = (table.get("form"), table.get("json"));
    if form.is_some() && json.is_some() {
        table.fault("json", "stands beside [form]", "a body is one of the two");
    }
    let body = match (form, json) {
        (Some(form), _) => Body::Form(reader.leaf(&form)?),
        (None, Some(json)) => Body::Json(reader.leaf(&json)?),
        (None, None) => Body::None,
    };
    Some(Request { get, path: path?, query, body })
}

fn entries<'r>(table: &Table<'r>, key: &'static str) -> Vec<(String, Value<'r>)> {
    let Some(value) = table.get(key) else { return Vec::new() };
    if let Shape::Table(entries) = value.shape() {
        return entries;
    }
    value.fault("must be a table", "");
    Vec::new()
}

fn aws(value: &Value<'_>, reader: &mut Reader) -> Option<Aws> {
    let table = value.table()?;
    let service = table.text("service").map(|text| text.as_str().to_owned());
    let mut text = |key| {
        if !table.sets(key) {
            table.missing(key, "");
        }
        table.get(key).and_then(|value| reader.text(&value))
    };
    let keys = (text("region"), text("access_key_id"), text("secret_access_key"));
    let session_token = table.get("session_token").and_then(|value| reader.text(&value));
    table.finish();
    let (Some(region), Some(access_key_id), Some(secret_access_key)) = keys else { return None };
    Some(Aws { service: service?, region, access_key_id, secret_access_key, session_token })
}

fn accepted(table: &Table<'_>) -> Accepted {
    let receipt = table.get("receipt").and_then(|value| source(&value));
    Accepted { receipt, ..statuses_and_conditions(table) }
}

fn statuses_and_conditions(table: &Table<'_>) -> Accepted {
    let status = table.get("status").and_then(|value| value.items()).unwrap_or_default();
    let status = status.iter().filter_map(|value| {
        if let Shape::Integer(status) = value.shape() {
            return u16::try_from(status).ok();
        }
        value.fault("must be an HTTP status", "status = [200, 202]");
        None
    });
    let when = entries(table, "when").iter().filter_map(|(at, value)| predicate(at, value)).collect();
    Accepted { status: status.collect(), when, receipt: None }
}

fn predicate(at: &str, value: &Value<'_>) -> Option<Predicate> {
    let place = if let Some(name) = at.strip_prefix("header:") {
        Place::Header(name.to_owned())
    } else {
        pointer(at, value)?
    };
    let source = Source { place, matches: None };
    let expected = match value.shape() {
        Shape::Table(_) => {
            let table = value.table()?;
            let expected = match (table.boolean("exists"), table.boolean("absent")) {
                (Some(true), _) | (_, Some(false)) => Some(Expected::Present),
                (Some(false), _) | (_, Some(true)) => Some(Expected::Absent),
                (None, None) => None,
            };
            let matching = table.get("matches").and_then(|value| regex(&value)).map(Expected::Matching);
            let not = table.get("not").map(|value| Expected::NoneOf(plain_list(&value)));
            table.finish();
            expected.or(matching).or(not)?
        }
        _ => Expected::OneOf(plain_list(value)),
    };
    Some(Predicate { source, expected })
}

/// One value or several, as they are compared: as text.
fn plain_list(value: &Value<'_>) -> Vec<String> {
    match value.shape() {
        Shape::Text(text) => vec![text],
        Shape::Integer(number) => vec![number.to_string()],
        Shape::Boolean(boolean) => vec![boolean.to_string()],
        Shape::List(items) => items.iter().flat_map(plain_list).collect(),
        Shape::Table(_) | Shape::Other => {
            value.fault("must be a string, a whole number, true or false, or an array of them", "");
            Vec::new()
        }
    }
}

/// Where something is in an answer: a JSON pointer, or a table.
fn source(value: &Value<'_>) -> Option<Source> {
    match value.shape() {
        Shape::Text(at) => Some(Source { place: pointer(&at, value)?, matches: None }),
        Shape::Table(_) => {
            let table = value.table()?;
            let source = source_in(&table, value);
            table.finish();
            source
        }
        _ => {
            value.fault("must be a JSON pointer or a table", "\"/id\", { header = \"x-message-id\" }");
            None
        }
    }
}

/// `wait = { header = "x-ratelimit-reset", unit = "unix" }`
fn wait(value: &Value<'_>) -> Option<Wait> {
    let Some(table) = matches!(value.shape(), Shape::Table(_)).then(|| value.table()).flatten() else {
        return Some(Wait { source: source(value)?, unit: Unit::Seconds });
    };
    let units = [("s", Unit::Seconds), ("ms", Unit::Milliseconds), ("unix", Unit::Unix)];
    let unit = table.choice("unit", &units).unwrap_or(Unit::Seconds);
    let source = source_in(&table, value);
    table.finish();
    Some(Wait { source: source?, unit })
}

fn source_in(table: &Table<'_>, value: &Value<'_>) -> Option<Source> {
    let text = |key| table.text(key).map(|text| text.as_str().to_owned());
    let place = match (text("header"), text("at"), text("first_value")) {
        (Some(name), ..) => Place::Header(name.to_ascii_lowercase()),
        (None, Some(at), _) => pointer(&at, value)?,
        (None, None, Some(at)) => match pointer(&at, value)? {
            Place::At(at) => Place::FirstValue(at),
            other => other,
        },
        (None, None, None) => Place::Body,
    };
    let matches = table.get("matches").and_then(|value| regex(&value));
    Some(Source { place, matches })
}

/// RFC 6901: empty, or steps that each begin with a slash; `~` only in `~0` and `~1`.
fn pointer(at: &str, value: &Value<'_>) -> Option<Place> {
    let escapes = at.replace("~0", "").replace("~1", "");
    if at.is_empty() {
        Some(Place::Body)
    } else if at.starts_with('/') && !escapes.contains('~') {
        Some(Place::At(at.to_owned()))
    } else {
        value.fault(
            format!("{at:?} is no JSON pointer"),
            "steps that each begin with a slash: \"/messages/0/status\"",
        );
        None
    }
}

fn regex(value: &Value<'_>) -> Option<Regex> {
    let Shape::Text(source) = value.shape() else {
        value.fault("must be a regular expression", "");
        return None;
    };
    Regex::new(&source).map_err(|_| value.fault("is no regular expression", "")).ok()
}

fn errors(table: Table<'_>) -> Errors {
    let code = table.get("code").map(|value| match value.shape() {
        Shape::List(items) => items.iter().filter_map(source).collect(),
        _ => source(&value).into_iter().collect(),
    });
    let mut by_class = BTreeMap::new();
    for (key, class) in Class::ALL {
        if let Some(value) = table.get(key) {
            by_class.insert(class, codes(&value));
        }
    }
    let status = entries(&table, "status").iter().filter_map(|(range, value)| status(range, value)).collect();
    let permanent = table.get("permanent").and_then(|value| source(&value));
    let wait = table.get("wait").and_then(|value| wait(&value));
    table.finish();
    Errors { code: code.unwrap_or_default(), codes: by_class, status, permanent, wait }
}

fn codes(value: &Value<'_>) -> Codes {
    plain_list(value).into_iter().map(code_of).collect()
}

/// `21211`, `"21701-21705"`, `"E1*"`.
fn code_of(text: String) -> Code {
    let range = text.split_once('-').and_then(|(from, to)| Some(from.parse().ok()?..=to.parse().ok()?));
    match (range, text.strip_suffix('*')) {
        (Some(range), _) => Code::Range(range),
        (None, Some(prefix)) => Code::Prefix(prefix.to_owned()),
        (None, None) => Code::Exact(text),
    }
}

fn status(range: &str, value: &Value<'_>) -> Option<(std::ops::RangeInclusive<u16>, Class)> {
    let (from, to) = range.split_once('-').unwrap_or((range, range));
    let (Ok(from), Ok(to)) = (from.parse(), to.parse()) else {
        value.fault("stands at no HTTP status", "402 = \"account\", \"500-599\" = \"unavailable\"");
        return None;
    };
    let Shape::Text(name) = value.shape() else {
        value.fault("must be the name of a class", "");
        return None;
    };
    let Some((_, class)) = Class::ALL.into_iter().find(|(known, _)| *known == name) else {
        let known = Class::ALL.map(|(name, _)| name).join(", ");
        value.fault(format!("{name:?} is no class"), format!("there are {known}"));
        return None;
    };
    Some((from..=to, class))
}
