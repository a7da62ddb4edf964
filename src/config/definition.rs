//! Definitions of providers' APIs: the built-in ones, those in `providers/` beside the configuration, and those inside it.

mod answer;
mod compiler;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

use include_dir::{Dir, include_dir};
use reqwest::header::{
    AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName, TRANSFER_ENCODING,
};

use self::answer::{accepted, codes, errors, regex, statuses_and_conditions};
use self::compiler::Compiler;
use super::document::read;
use super::mistake::Mistakes;
use super::oauth2::{ISSUERS, secured};
use super::reader::{Shape, Table, Value};
use crate::delivery::api::definition::{
    Auth, Aws, Body, Definition, Key, Leaf, Oauth2, Probe, Request, helper_exists, variables,
};
use crate::delivery::oauth2::Defaults;
use crate::message::Channel;

/// The directory `providers/` of this repository, compiled in.
static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/providers");

/// The names of the built-in definitions, each with the text of its file, in alphabetical order.
pub fn built_in() -> impl Iterator<Item = (&'static str, &'static str)> {
    let mut files: Vec<_> = BUILT_IN
        .files()
        .filter_map(|file| Some((file.path().file_stem()?.to_str()?, file.contents_utf8()?)))
        .collect();
    files.sort_unstable();
    files.into_iter()
}

/// Reads a definition from the text of a file of its own. `name` is what `type` calls it.
///
/// # Errors
/// All mistakes of the text.
pub fn parse(name: &str, text: &str, file: &Path) -> Result<Definition, Mistakes> {
    // The environment is empty: `${NAME}` belongs into the values of settings, which each account configures.
    let definition = read(text, file, &|_: &str| None, |root| definition(name, root))?;
    // It is only `None` after a mistake, and then `read` has failed already.
    definition.ok_or_else(|| Mistakes::new(file, Vec::new()))
}

/// Reads a definition; `None` after a mistake in `carries` or in the request, without which the rest can't be judged. A
/// mistake in anything else is reported too.
pub(super) fn definition(name: &str, table: Table<'_>) -> Option<Definition> {
    let carries = table.choice("carries", &[("sms", Channel::Sms), ("email", Channel::Email)]);
    if !table.sets("carries") {
        table.missing("carries", "add: carries = \"sms\" or carries = \"email\"");
    }
    let keys = settings(&table, carries);
    // Not earlier, so that mistakes in the settings are reported in the same run.
    let carries = carries?;
    let mut compiler = Compiler::new(carries, &keys);
    let base_url = table.get("base_url").map(|value| compiler.base_url(&value));
    let auth = auth(&table, &mut compiler);
    let oauth2 = table.sets("oauth2").then(|| oauth2(table.table("oauth2"), &keys));
    let request = request(&table, "POST", &mut compiler);
    let idempotent = idempotent(&table, &compiler);
    if oauth2.is_some() {
        report_second_authorization(&table, &auth);
    }
    let probe = table.get("probe").and_then(|value| probe(value.table()?, &mut compiler));
    let sender_unless = setting_named(&table, "sender_unless", &keys);
    let requests = request.iter().chain(probe.iter().map(|probe| &probe.request));
    report_body_without_type(&table, &auth, requests);
    let definition = Definition {
        name: name.to_owned(),
        about: table.string("about").unwrap_or_default(),
        carries,
        base_url: base_url.flatten(),
        sender_unless,
        needs_sender: table.boolean("needs_sender").unwrap_or(carries == Channel::Sms),
        keys,
        auth,
        oauth2,
        idempotent,
        request: request?,
        probe,
        accepted: accepted(&table.table("accepted")),
        errors: errors(table.table("errors")),
    };
    // For people alone: the address of the API's documentation.
    table.skip("docs");
    table.finish();
    Some(definition)
}

/// `idempotent`: whether the API recognises a repeated request by a key in it. The request must then contain one.
fn idempotent(table: &Table<'_>, compiler: &Compiler) -> bool {
    let idempotent = table.boolean("idempotent").unwrap_or(false);
    if idempotent && !compiler.has_idempotency_key {
        table.mistake(
            "idempotent",
            "needs a key in the request",
            "put \"{{idempotency_key}}\" or \"{{idempotency_uuid}}\" into the request",
        );
    }
    idempotent
}

/// Reports whatever else authorizes the requests of a definition that has `oauth2`.
fn report_second_authorization(table: &Table<'_>, auth: &Auth) {
    let is_authorized = has_header(auth, &AUTHORIZATION).then_some("headers");
    let other = ["basic", "aws_sigv4"].into_iter().find(|key| table.sets(key)).or(is_authorized);
    if let Some(key) = other {
        table.mistake(key, "authorizes requests, as `oauth2` does", "remove one of the two");
    }
}

/// Reports a text body whose Content-Type no header names. Those of forms and of JSON are known.
fn report_body_without_type<'a>(
    table: &Table<'_>,
    auth: &Auth,
    mut requests: impl Iterator<Item = &'a Request>,
) {
    let has_text = requests.any(|request| matches!(request.body, Body::Text(_)));
    // Without one, the API would have to guess what the bytes are (RFC 9110, 8.3).
    if has_text && !has_header(auth, &CONTENT_TYPE) {
        table.mistake("body", "has no Content-Type", "add to [headers]: Content-Type = \"text/plain\"");
    }
}

/// Whether the definition sets this header.
fn has_header(auth: &Auth, wanted: &HeaderName) -> bool {
    auth.headers.iter().any(|(name, _)| name == wanted)
}

/// `[settings]`: what each account has to configure, by name. Reports names that would hide something else.
fn settings(table: &Table<'_>, carries: Option<Channel>) -> BTreeMap<String, Key> {
    let of_messages: Vec<_> = carries.into_iter().flat_map(variables).collect();
    let settings = table.table("settings");
    let mut found = BTreeMap::new();
    for (name, table) in settings.children() {
        let taken = if of_messages.contains(&name.as_str()) {
            Some("is the name of a variable that each message sets")
        } else if helper_exists(&name) {
            Some("is the name of a helper")
        } else if OF_ACCOUNTS.contains(&name.as_str()) {
            Some("is a key that every provider has")
        } else {
            None
        };
        if let Some(problem) = taken {
            settings.mistake(&name, problem, "choose another name");
        }
        found.insert(name, setting(&table));
        table.finish();
    }
    for (name, setting) in &found {
        for other in setting.unless.iter().chain(&setting.with).filter(|other| !found.contains_key(*other)) {
            let hint = "name another setting of this definition";
            settings.mistake(name, format!("depends on {other:?}, which is not a setting"), hint);
        }
    }
    found
}

/// One table of `[settings]`: what a single key of an account may hold.
fn setting(table: &Table<'_>) -> Key {
    Key {
        about: table.string("about").unwrap_or_default(),
        secret: table.boolean("secret").unwrap_or(false),
        optional: table.boolean("optional").unwrap_or(false),
        unless: table.string("unless"),
        with: table.string("with"),
        matches: table.get("matches").and_then(|value| regex(&value)),
        default: table.string("default"),
    }
}

/// The name of the setting that `key` names. A name that is not in `settings` is reported.
fn setting_named(table: &Table<'_>, key: &'static str, settings: &BTreeMap<String, Key>) -> Option<String> {
    let name = table.text(key)?;
    if !settings.contains_key(name.as_str()) {
        name.unknown("is not a setting", settings.keys().map(String::as_str), "settings: ");
    }
    Some(name.as_str().to_owned())
}

/// The keys that `[providers.<name>]` of every API has, so that no setting can have their names.
const OF_ACCOUNTS: [&str; 6] =
    ["type", "definition", "base_url", "allow_plaintext", "attempt_timeout", "oauth2"];

/// What shows the API whose requests these are: HTTP Basic, AWS Signature Version 4, or headers.
fn auth(table: &Table<'_>, compiler: &mut Compiler) -> Auth {
    let basic = table.get("basic").and_then(|value| {
        let items = value.items()?;
        let [user, password] = items.as_slice() else {
            value.mistake(
                "must be two strings, a user name and a password",
                "write it like basic = [\"{{user}}\", \"{{password}}\"]",
            );
            return None;
        };
        Some((compiler.text(user)?, compiler.text(password)?))
    });
    let aws = table.get("aws_sigv4").and_then(|value| aws(&value, compiler));
    let headers = table.get("headers").and_then(|value| value.entries()).unwrap_or_default().into_iter();
    let headers =
        headers.filter_map(|(name, value)| Some((header_name(&name, &value)?, compiler.text(&value)?)));
    Auth { basic, aws, headers: headers.collect() }
}

/// `oauth2`: the issuer of access tokens, and the setting that holds the mailbox, such as
/// `{ issuer = "microsoft", scope = "…", mailbox = "mailbox" }`.
fn oauth2(table: Table<'_>, settings: &BTreeMap<String, Key>) -> Oauth2 {
    let mailbox = setting_named(&table, "mailbox", settings);
    if !table.sets("issuer") && !table.sets("token_url") {
        table.missing("token_url", "add the URL that issues tokens, or an issuer that is known here");
    }
    let defaults = Defaults {
        issuer: table.choice("issuer", &ISSUERS),
        token_url: table.parsed("token_url", secured),
        scope: table.string("scope").unwrap_or_default(),
        user_scope: table.string("user_scope"),
    };
    table.finish();
    Oauth2 { defaults, mailbox }
}

/// The name of a header that a definition may set; `None`, and a mistake, for any other. The host, the length and the
/// connection of a request are decided by the client that sends it.
fn header_name(name: &str, value: &Value<'_>) -> Option<HeaderName> {
    const OURS: [HeaderName; 4] = [HOST, CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION];
    match HeaderName::try_from(name) {
        Err(_) => value.mistake(format!("{name:?} is not a header name"), "use letters, digits and hyphens"),
        Ok(known) if OURS.contains(&known) => value.mistake("is set by clerk-courier itself", "remove it"),
        Ok(known) => return Some(known),
    }
    None
}

/// `[probe]`: a request that checks the account without sending anything; `None` after a mistake in the request.
fn probe(table: Table<'_>, compiler: &mut Compiler) -> Option<Probe> {
    let request = request(&table, "GET", compiler);
    let accepted = statuses_and_conditions(&table);
    let sending_only = table.get("sending_only").map(|value| codes(&value)).unwrap_or_default();
    table.finish();
    Some(Probe { request: request?, accepted, sending_only })
}

/// A request: its method, path, query and body. `method` is the default of the key of that name. `None` after a mistake in
/// the path or the body.
fn request(table: &Table<'_>, method: &str, compiler: &mut Compiler) -> Option<Request> {
    let get = table.choice("method", &[("GET", true), ("POST", false)]).unwrap_or(method == "GET");
    let path = table.get("path").and_then(|value| compiler.path(&value));
    if !table.sets("path") {
        table.missing("path", "add: path = \"/messages\"");
    }
    let query = table.get("query").and_then(|value| pairs(&value, compiler));
    let bodies = ["form", "json", "body"].map(|key| (key, table.get(key)));
    let mut said = bodies.into_iter().filter_map(|(key, value)| Some((key, value?)));
    let body = match said.next() {
        Some(("form", value)) => Body::Form(pairs(&value, compiler)?),
        Some(("json", value)) => Body::Json(compiler.leaf(&value)?),
        Some((_, value)) => {
            let text = compiler.text(&value)?;
            // A value is not escaped here. Between other words, such as `<t>{{text}}</t>`, it could end what they began.
            if !text.stands_alone() {
                value.mistake(
                    "is more than a single expression",
                    "write it like body = \"{{mime_base64}}\"; use [json] or [form] for anything else",
                );
            }
            Body::Text(text)
        }
        None => Body::None,
    };
    if let Some((key, _)) = said.next() {
        table.mistake(key, "can't be set together with another body", "keep one of [form], [json] and body");
    }
    Some(Request { get, path: path?, query, body })
}

/// What becomes a form or a query: values by name, or an array of values for one name. `None` after a mistake.
fn pairs(value: &Value<'_>, compiler: &mut Compiler) -> Option<Leaf> {
    for (_, value) in &value.entries()? {
        let items = if let Shape::List(items) = value.shape() { items } else { vec![value.clone()] };
        for item in items.iter().filter(|item| matches!(item.shape(), Shape::List(_) | Shape::Table(_))) {
            item.mistake(
                "is not a single value",
                "write each of its keys out: forms and queries have no tables",
            );
        }
    }
    compiler.leaf(value)
}

/// `aws_sigv4`: what requests are signed with for AWS; `None` after a mistake.
fn aws(value: &Value<'_>, compiler: &mut Compiler) -> Option<Aws> {
    let table = value.table()?;
    let service = table.string("service");
    let mut text = |key| {
        if !table.sets(key) {
            table.missing(key, format!("add: {key} = \"{{{{{key}}}}}\""));
        }
        table.get(key).and_then(|value| compiler.text(&value))
    };
    let keys = (text("region"), text("access_key_id"), text("secret_access_key"));
    let session_token = table.get("session_token").and_then(|value| compiler.text(&value));
    table.finish();
    let (Some(region), Some(access_key_id), Some(secret_access_key)) = keys else { return None };
    Some(Aws { service: service?, region, access_key_id, secret_access_key, session_token })
}
