//! Definitions of providers' APIs: built-in ones, those in `providers/` beside the configuration, and those inside it.

mod answer;

use std::collections::BTreeMap;
use std::path::Path;

use handlebars::Context;
use include_dir::{Dir, include_dir};
use reqwest::header::{
    AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName, TRANSFER_ENCODING,
};
use serde_json::Value as Json;

use self::answer::{accepted, codes, errors, regex, statuses_and_conditions};
use super::mistake::Mistakes;
use super::oauth2::{ISSUERS, secured};
use super::reader::{Shape, Table, Value};
use super::rule;
use crate::delivery::api::definition::{
    Auth, Aws, BaseUrl, Body, Definition, Key, Kind, Leaf, Oauth2, Probe, Request, TemplateId, TemplateSet,
    context, helper_exists, helper_of_handlebars, variables,
};
use crate::delivery::oauth2::Defaults;
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
pub fn parse(name: &str, text: &str, file: &Path) -> Result<Definition, Mistakes> {
    super::read(text, file, &|_| None, |root| definition(name, root)).and_then(|definition| {
        definition.ok_or_else(|| Mistakes { file: file.to_owned(), mistakes: Vec::new() })
    })
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
        texts: TemplateSet::default(),
        addresses: TemplateSet::encoding(),
        known: known(carries?, settings.keys().cloned(), helper_exists),
        in_addresses: known(carries?, settings.keys().cloned(), helper_of_handlebars),
        settings: Variables::new(settings.keys().cloned().collect(), helper_exists),
        in_base_url: Variables::new(shown.collect(), helper_of_handlebars),
    };
    let base_url = table.get("base_url").map(|value| reader.base_url(&value));
    let auth = auth(&table, &mut reader);
    let oauth2 = table.sets("oauth2").then(|| oauth2(table.table("oauth2"), &settings));
    let request = request(&table, "POST", &mut reader);
    let idempotent = table.boolean("idempotent").unwrap_or(false);
    let has_key = [&reader.texts, &reader.addresses].iter().any(|texts| texts.mention("idempotency_"));
    if idempotent && !has_key {
        table.mistake(
            "idempotent",
            "needs a key in the request",
            "\"{{idempotency_key}}\" or \"{{idempotency_uuid}}\"",
        );
    }
    let has_header = |wanted: HeaderName| auth.headers.iter().any(|(name, _)| *name == wanted);
    let (has_type, is_authorized) = (has_header(CONTENT_TYPE), has_header(AUTHORIZATION));
    let beside = ["basic", "aws_sigv4"].into_iter().find(|key| table.sets(key));
    if let Some(key) = beside.or(is_authorized.then_some("headers")).filter(|_| oauth2.is_some()) {
        table.mistake(key, "shows whose a request is, as `oauth2` does", "one of the two");
    }
    let probe = table.get("probe").and_then(|value| value.table()).map(|table| {
        let probe = probe(&table, &mut reader);
        table.finish();
        probe
    });
    let sender_unless = setting_named(&table, "sender_unless", &settings);
    let asked = request.iter().chain(probe.iter().flatten().map(|probe| &probe.request));
    if !has_type && asked.into_iter().any(|request| matches!(request.body, Body::Text(_))) {
        table.mistake("body", "has no type", "[headers] with Content-Type = \"text/plain\"");
    }
    let definition = Definition {
        name: name.to_owned(),
        about: table.text("about").map(|text| text.as_str().to_owned()).unwrap_or_default(),
        carries: carries?,
        base_url: base_url.flatten(),
        sender_unless,
        needs_sender: table.boolean("needs_sender").unwrap_or(carries == Some(Channel::Sms)),
        keys: settings,
        auth,
        oauth2,
        idempotent,
        request: request?,
        probe: probe.flatten(),
        accepted: accepted(&table.table("accepted")),
        errors: errors(table.table("errors")),
        templates: reader.texts,
        addresses: reader.addresses,
    };
    table.skip("docs");
    table.finish();
    Some(definition)
}

fn known(carries: Channel, settings: impl Iterator<Item = String>, is_helper: fn(&str) -> bool) -> Variables {
    let paths = variables(carries).iter().map(|name| (*name).to_owned()).chain(settings);
    Variables::new(paths.collect(), is_helper)
}

fn settings(table: &Table<'_>, carries: Option<Channel>) -> BTreeMap<String, Key> {
    let of_messages = carries.map(variables).unwrap_or_default();
    let settings = table.table("settings");
    let one = |(name, table): (String, Table<'_>)| {
        if of_messages.contains(&name.as_str()) {
            settings.mistake(&name, "is what each message says itself", "another name");
        } else if helper_exists(&name) {
            settings.mistake(&name, "is the name of a helper", "another name");
        } else if OF_ACCOUNTS.contains(&name.as_str()) {
            settings.mistake(&name, "is a key of every provider", "another name");
        }
        let setting = Key {
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
    let found: BTreeMap<String, Key> = settings.children().into_iter().map(one).collect();
    for (name, setting) in &found {
        for other in setting.unless.iter().chain(&setting.with).filter(|other| !found.contains_key(*other)) {
            settings.mistake(name, format!("depends on {other:?}, which is no setting"), "");
        }
    }
    found
}

/// The setting that `key` names.
fn setting_named(table: &Table<'_>, key: &'static str, settings: &BTreeMap<String, Key>) -> Option<String> {
    let name = table.text(key)?;
    if !settings.contains_key(name.as_str()) {
        name.unknown("is no setting", settings.keys().map(String::as_str), "there are ");
    }
    Some(name.as_str().to_owned())
}

/// Keys of `[providers.…]` that no definition can have as settings.
const OF_ACCOUNTS: [&str; 6] =
    ["type", "definition", "base_url", "allow_plaintext", "attempt_timeout", "oauth2"];

/// Compiles templates, and looks up what they ask for.
struct Reader {
    texts: TemplateSet,
    addresses: TemplateSet,
    known: Variables,
    /// The same without our own helpers, whose values are not percent-encoded.
    in_addresses: Variables,
    /// The settings alone.
    settings: Variables,
    in_base_url: Variables,
    /// A letter for each setting, to see whether an address is one.
    letters: Context,
}

impl Reader {
    fn text(&mut self, value: &Value<'_>) -> Option<TemplateId> {
        self.compiled(value, &source(value)?, false)
    }

    fn path(&mut self, value: &Value<'_>) -> Option<TemplateId> {
        let source = source(value)?;
        let outside = rule::without_expressions(&source).unwrap_or_default();
        if !source.is_empty() && !source.starts_with(['/', '{']) {
            value.mistake("begins without a slash", "path = \"/messages\"");
        } else if outside.contains(['?', '#']) {
            value.mistake("holds what is no path", "what stands behind the ? goes into [query]");
        } else if source.contains("{{{") || source.contains("{{&") {
            value.mistake("holds a value that is not percent-encoded", "two braces: \"{{account}}\"");
        }
        self.compiled(value, &source, true)
    }

    /// An address that is one whatever its settings say.
    fn base_url(&mut self, value: &Value<'_>) -> Option<BaseUrl> {
        let text = value.text()?;
        let source = text.as_str().trim_end_matches('/').to_owned();
        let compiled = added(&mut self.addresses, value, &source)?;
        let template = self.addresses.template(compiled)?;
        for (_, reason) in self.in_base_url.misspelt(template) {
            let is_secret = self.settings.misspelt(template).is_empty();
            let reason = if is_secret { "asks for a secret".to_owned() } else { reason };
            value.mistake(reason, "only settings that are no secrets may stand here");
        }
        let filled = self.addresses.render(compiled, &self.letters).unwrap_or_default();
        text.parse(|_| rule::web_url(&filled))?;
        Some(BaseUrl { source, template: compiled })
    }

    fn compiled(&mut self, value: &Value<'_>, source: &str, is_address: bool) -> Option<TemplateId> {
        let (texts, known) = if is_address {
            (&mut self.addresses, &self.in_addresses)
        } else {
            (&mut self.texts, &self.known)
        };
        let text = added(texts, value, source)?;
        let template = texts.template(text)?;
        for (_, reason) in known.misspelt(template) {
            value.mistake(reason, "");
        }
        // What is asked for by way of `this` or `@root` is not known.
        let is_plain = !["this", "@", ".."].iter().any(|word| source.contains(word));
        if is_plain && self.settings.misspelt(template).is_empty() {
            texts.mark_constant(text);
        }
        Some(text)
    }

    fn leaf(&mut self, value: &Value<'_>) -> Option<Leaf> {
        Some(match value.shape() {
            Shape::Text(_) => {
                let text = self.text(value)?;
                Leaf::Template(text, self.texts.template(text).map_or(Kind::String, Kind::of))
            }
            Shape::Integer(number) => Leaf::Constant(Json::from(number)),
            Shape::Boolean(boolean) => Leaf::Constant(Json::from(boolean)),
            Shape::List(items) => Leaf::List(items.iter().filter_map(|item| self.leaf(item)).collect()),
            Shape::Table(entries) => Leaf::Table(
                entries.iter().filter_map(|(name, value)| Some((name.clone(), self.leaf(value)?))).collect(),
            ),
            Shape::Other => {
                value.mistake("must be a string, a whole number, true or false, an array or a table", "");
                return None;
            }
        })
    }
}

fn added(texts: &mut TemplateSet, value: &Value<'_>, source: &str) -> Option<TemplateId> {
    texts.add(source).map_err(|reason| value.mistake(format!("is no template: {reason}"), "")).ok()
}

/// A template as it stands. Variables of the environment are filled into settings alone.
fn source(value: &Value<'_>) -> Option<String> {
    let Shape::Text(source) = value.shape() else {
        value.mistake("must be a string", "");
        return None;
    };
    // A dollar sign before an expression is one.
    if source.replace("${{", "").contains("${") {
        value.mistake("\"${…}\" is not filled in here", "a setting: its value may hold it");
    }
    Some(source)
}

fn auth(table: &Table<'_>, reader: &mut Reader) -> Auth {
    let basic = table.get("basic").and_then(|value| {
        let items = value.items()?;
        let [user, password] = items.as_slice() else {
            value.mistake("must hold two", "basic = [\"{{user}}\", \"{{password}}\"]");
            return None;
        };
        Some((reader.text(user)?, reader.text(password)?))
    });
    let aws = table.get("aws_sigv4").and_then(|value| aws(&value, reader));
    let headers = entries(table, "headers").into_iter();
    let headers =
        headers.filter_map(|(name, value)| Some((header_name(&name, &value)?, reader.text(&value)?)));
    Auth { basic, aws, headers: headers.collect() }
}

/// `{ issuer = "microsoft", scope = "…", mailbox = "mailbox" }`
fn oauth2(table: Table<'_>, settings: &BTreeMap<String, Key>) -> Oauth2 {
    let text = |key| table.text(key).map(|text| text.as_str().to_owned());
    let mailbox = setting_named(&table, "mailbox", settings);
    if !table.sets("issuer") && !table.sets("token_url") {
        table.missing("token_url", "where tokens are asked for: \"https://…\"; or an issuer that is known");
    }
    let defaults = Defaults {
        issuer: table.choice("issuer", &ISSUERS),
        token_url: table.parsed("token_url", secured),
        scope: text("scope").unwrap_or_default(),
        user_scope: text("user_scope"),
    };
    table.finish();
    Oauth2 { defaults, mailbox }
}

/// A header that is the definition's to set: the host and the length of a request are what they are.
fn header_name(name: &str, value: &Value<'_>) -> Option<HeaderName> {
    const OURS: [HeaderName; 4] = [HOST, CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION];
    match HeaderName::try_from(name) {
        Err(_) => value.mistake(format!("{name:?} is no name of a header"), "letters, digits and hyphens"),
        Ok(known) if OURS.contains(&known) => value.mistake("is set by the program", "leave it out"),
        Ok(known) => return Some(known),
    }
    None
}

fn probe(table: &Table<'_>, reader: &mut Reader) -> Option<Probe> {
    let request = request(table, "GET", reader);
    let accepted = statuses_and_conditions(table);
    let sending_only = table.get("sending_only").map(|value| codes(&value)).unwrap_or_default();
    Some(Probe { request: request?, accepted, sending_only })
}

fn request(table: &Table<'_>, usual: &str, reader: &mut Reader) -> Option<Request> {
    let get = table.choice("method", &[("GET", true), ("POST", false)]).unwrap_or(usual == "GET");
    let path = table.get("path").and_then(|value| reader.path(&value));
    if !table.sets("path") {
        table.missing("path", "path = \"/messages\"");
    }
    let query = table.get("query").and_then(|value| pairs(&value, reader));
    let bodies = ["form", "json", "body"].map(|key| (key, table.get(key)));
    let mut said = bodies.into_iter().filter_map(|(key, value)| Some((key, value?)));
    let body = match said.next() {
        Some(("form", value)) => Body::Form(pairs(&value, reader)?),
        Some(("json", value)) => Body::Json(reader.leaf(&value)?),
        Some((_, value)) => {
            let text = reader.text(&value)?;
            // Beside other words a value could end what they began.
            if !reader.texts.stands_alone(text) {
                value.mistake(
                    "is more than one value",
                    "body = \"{{mime_base64}}\"; for all else [json] or [form]",
                );
            }
            Body::Text(text)
        }
        None => Body::None,
    };
    if let Some((key, _)) = said.next() {
        table.mistake(key, "stands beside another body", "one of [form], [json] and body");
    }
    Some(Request { get, path: path?, query, body })
}

/// What becomes a form or a query: values by name, or several of a name.
fn pairs(value: &Value<'_>, reader: &mut Reader) -> Option<Leaf> {
    let Shape::Table(entries) = value.shape() else {
        value.mistake("must be a table", "");
        return None;
    };
    for (_, value) in &entries {
        let items = if let Shape::List(items) = value.shape() { items } else { vec![value.clone()] };
        for item in items.iter().filter(|item| matches!(item.shape(), Shape::List(_) | Shape::Table(_))) {
            item.mistake("is no single value", "forms and queries have no tables: spell its keys out");
        }
    }
    reader.leaf(value)
}

fn entries<'r>(table: &Table<'r>, key: &'static str) -> Vec<(String, Value<'r>)> {
    let Some(value) = table.get(key) else { return Vec::new() };
    if let Shape::Table(entries) = value.shape() {
        return entries;
    }
    value.mistake("must be a table", "");
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

#[cfg(test)]
mod tests;
