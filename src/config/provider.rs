//! `[providers.…]`. The `type` is read first and by hand, so that a mistake points at the key it is about.
//! No value from here is shown in a mistake.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use url::Url;

use super::definition::{built_in, definition, parse};
use super::oauth2::{oauth2, of_mail_servers};
use super::preset::{Preset, preset, presets};
use super::proxy::proxies;
use super::reader::{Table, Value};
use super::rule::{self, Wrong};
use crate::delivery::api;
use crate::delivery::api::definition::{Definition, Oauth2};
use crate::delivery::proxy::Proxies;
use crate::delivery::settings::Provider;
use crate::delivery::smtp::{Credentials, Settings, Tls};
use crate::message::Channel;
use crate::secret::Secret;
use crate::suggest::nearest;

/// What a provider is.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    Smtp,
    Outbox,
    Api(Arc<Definition>),
}

/// The types that need no definition.
const OWN: [&str; 2] = ["smtp", "outbox"];

impl Kind {
    pub(super) fn carries(&self, channel: Channel) -> bool {
        match self {
            Self::Smtp => channel == Channel::Email,
            Self::Outbox => true,
            Self::Api(definition) => definition.carries == channel,
        }
    }
}

/// What stands under `[providers]`.
#[derive(Default)]
pub(super) struct Providers {
    /// The ones in order.
    pub(super) ready: BTreeMap<String, Provider>,
    /// All names; `None` where the type is unknown.
    pub(super) kinds: BTreeMap<String, Option<Kind>>,
    /// What HTTP requests go through, where there are any.
    pub(super) proxies: Proxies,
}

/// Reads them all. An SMTP server without `helo` has an empty one yet.
pub(super) fn providers(table: &Table<'_>) -> Providers {
    let mut providers = Providers::default();
    for (name, table) in table.children() {
        let kind = kind(&table);
        let provider = match &kind {
            Some(Kind::Smtp) => smtp(&table).map(Provider::Smtp),
            Some(Kind::Api(definition)) => Some(Provider::Api(api(&table, definition))),
            Some(Kind::Outbox) => {
                Some(Provider::Outbox(table.path_to("dir").unwrap_or_else(|| table.resolve("outbox"))))
            }
            None => None,
        };
        // Without a type nobody knows which keys belong here.
        if kind.is_some() {
            table.finish();
        }
        providers.ready.extend(provider.map(|provider| (name.clone(), provider)));
        providers.kinds.insert(name, kind);
    }
    let places = providers.ready.values_mut().flat_map(Provider::proxies).flatten();
    let places: Vec<&mut Proxies> = places.collect();
    if !places.is_empty() {
        let proxies = proxies(table);
        for place in places {
            place.clone_from(&proxies);
        }
        providers.proxies = proxies;
    }
    providers
}

/// By `type`, or by the definition that stands in the table itself.
fn kind(table: &Table<'_>) -> Option<Kind> {
    if table.sets("definition") {
        if table.get("type").is_some() {
            table.mistake("type", "stands beside a definition", "one of the two");
        }
        return definition("definition", table.table("definition")).map(|made| Kind::Api(Arc::new(made)));
    }
    if !table.sets("type") {
        table.missing(
            "type",
            "\"smtp\", \"outbox\", or the name of a definition: `clerk-courier providers` lists them",
        );
    }
    let name = table.text("type")?;
    match name.as_str() {
        "smtp" => return Some(Kind::Smtp),
        "outbox" => return Some(Kind::Outbox),
        _ => {}
    }
    let file = table.resolve("providers").join(format!("{}.toml", name.as_str()));
    let is_name = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    let own = match std::fs::read_to_string(&file) {
        _ if !is_name(name.as_str()) => None,
        Ok(text) => Some(text),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => None,
        // The built-in one in its place would be somebody else's idea of the account.
        Err(error) => {
            name.mistake("has a definition that can't be read", error.to_string());
            return None;
        }
    };
    let source = match &own {
        Some(text) => Some((text.as_str(), file.clone())),
        None => built_in()
            .find(|(known, _)| *known == name.as_str())
            .map(|(known, text)| (text, PathBuf::from(format!("built-in providers/{known}.toml")))),
    };
    let Some((text, file)) = source else {
        let files = table.resolve("providers").read_dir().into_iter().flatten().flatten();
        let files: Vec<String> = files
            .filter_map(|file| Some(file.file_name().to_str()?.strip_suffix(".toml")?.to_owned()))
            .filter(|name| is_name(name))
            .collect();
        let known = OWN.into_iter().chain(built_in().map(|(name, _)| name));
        let meant = nearest(name.as_str(), known.chain(files.iter().map(String::as_str)))
            .map(|meant| format!(", did you mean {meant:?}?"));
        let problem = format!("is no type of provider{}", meant.unwrap_or_default());
        let hint = format!(
            "\"smtp\", \"outbox\", an API that `clerk-courier providers` lists, or the name of a file in {}",
            table.resolve("providers").display()
        );
        name.mistake(&problem, hint);
        return None;
    };
    match parse(name.as_str(), text, &file) {
        Ok(definition) => Some(Kind::Api(Arc::new(definition))),
        Err(mistakes) => {
            name.mistake("has a definition that can't be used", mistakes.to_string());
            None
        }
    }
}

fn attempt_timeout(table: &Table<'_>) -> Duration {
    table.parsed("attempt_timeout", rule::duration).unwrap_or(Duration::from_secs(5))
}

fn smtp(table: &Table<'_>) -> Option<Settings> {
    let preset = table.text("preset").and_then(|name| {
        let found = preset(name.as_str());
        if found.is_none() {
            name.unknown(
                "is no preset",
                presets().map(|(name, _)| name).collect::<Vec<_>>().into_iter(),
                "there are ",
            );
        }
        found
    });
    match (table.sets("url"), table.sets("preset")) {
        (false, false) => table.missing("url", "such as \"smtp://smtp.example.com:587\", or a preset"),
        (true, true) => table.mistake("url", "stands beside a preset", "one of the two"),
        _ => {}
    }
    let server = match preset {
        Some(preset) => smtp_server(&preset_url(table, preset)).ok(),
        None => table.parsed("url", smtp_server),
    };
    let usual = preset.and_then(|preset| preset.username.as_deref());
    let credentials = if table.sets("oauth2") {
        tokens(table, server.as_ref())
    } else {
        credentials(table, server.as_ref(), usual)
            .map(|(user, password)| Credentials::Password(user, password))
    };
    let helo = table.optional("helo", rule::helo).flatten().unwrap_or_default();
    let ca_file = table.path_to("ca_file");
    let connections = table.integer("connections", 1..=256).unwrap_or(16);
    let chunking = table.boolean("chunking").unwrap_or(true);
    let attempt_timeout = attempt_timeout(table);
    let SmtpServer { host, port, tls, .. } = server?;
    if credentials.is_some() && tls == Tls::None && !rule::is_loopback(&host) {
        table.mistake(
            "url",
            "user name and password would leave in plain text",
            "?tls=required, or smtps://",
        );
    }
    Some(Settings { host, port, tls, credentials, helo, ca_file, connections, chunking, attempt_timeout })
}

/// Where a preset is; the same server may stand in several regions.
fn preset_url(table: &Table<'_>, preset: &Preset) -> String {
    const PLACE: &str = "{region}";
    if !preset.url.contains(PLACE) {
        return preset.url.clone();
    }
    if !table.sets("region") {
        table.missing("region", "region = \"eu-west-1\"");
    }
    let is_region = |text: &str| {
        let fits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if fits {
            Ok(text.to_owned())
        } else {
            Err(Wrong { problem: "is no region", allowed: "such as \"eu-west-1\"" })
        }
    };
    preset.url.replace(PLACE, &table.parsed("region", is_region).unwrap_or_default())
}

/// A user name, and where its tokens come from.
fn tokens(table: &Table<'_>, server: Option<&SmtpServer>) -> Option<Credentials> {
    let username = table.optional("username", rule::any).flatten();
    table.skip("password");
    if table.sets("password") || server.is_some_and(|server| server.credentials.is_some()) {
        table.mistake("password", "stands beside oauth2", "one of the two");
    }
    if username.is_none() {
        table.missing("username", "the mailbox: \"login@acme.example\"");
    }
    let tokens = table.table("oauth2");
    let settings = oauth2(&tokens, username.as_deref().unwrap_or_default(), &of_mail_servers(&tokens));
    tokens.finish();
    Some(Credentials::Tokens(username?, Box::new(settings?)))
}

/// From the keys or from the URL, both or neither of the two. `usual` is the user name that everybody has.
fn credentials(
    table: &Table<'_>,
    server: Option<&SmtpServer>,
    usual: Option<&str>,
) -> Option<(String, Secret)> {
    let in_url = server.and_then(|server| server.credentials.clone());
    let usual = usual.filter(|_| table.sets("password")).map(str::to_owned);
    let username = table.optional("username", rule::any).flatten().or(usual);
    let password = table.secret("password");
    if in_url.is_some() && (table.sets("username") || table.sets("password")) {
        table.mistake(
            "url",
            "user name and password are given twice",
            "in the URL, or as `username` and `password`",
        );
    } else if username.is_some() && !table.sets("password") {
        table.missing("password", "`username` is there: both or neither");
    } else if password.is_some() && username.is_none() && in_url.is_none() && !table.sets("username") {
        table.missing("username", "`password` is there: both or neither");
    }
    username.zip(password).or(in_url)
}

/// What a `smtp://` or `smtps://` URL says.
#[derive(Debug)]
struct SmtpServer {
    host: String,
    port: u16,
    tls: Tls,
    credentials: Option<(String, Secret)>,
}

fn smtp_server(text: &str) -> Result<SmtpServer, Wrong> {
    const ALLOWED: &str = "smtp://HOST:PORT, smtps://HOST:PORT or smtp://HOST:PORT?tls=none; \
        user name and password are percent-encoded in it, or stand in keys of their own";
    let unreadable = || Wrong { problem: "is no SMTP URL", allowed: ALLOWED };
    let url = Url::parse(text).map_err(|_| unreadable())?;
    let host = url.host_str().and_then(decoded).and_then(|host| rule::host(&host)).ok_or_else(unreadable)?;
    let (default_port, tls) = match (url.scheme(), url.query()) {
        ("smtps", None) => (465, Tls::Implicit),
        ("smtp", None) if rule::is_loopback(&host) => (587, Tls::None),
        ("smtp", None | Some("tls=required")) => (587, Tls::Required),
        ("smtp", Some("tls=none")) => (587, Tls::None),
        _ => return Err(unreadable()),
    };
    let port = url.port().unwrap_or(default_port);
    // A password with / or # in it ends up in these.
    if port == 0 || !matches!(url.path(), "" | "/") || url.fragment().is_some() {
        return Err(unreadable());
    }
    Ok(SmtpServer { host, port, tls, credentials: url_credentials(&url)? })
}

fn url_credentials(url: &Url) -> Result<Option<(String, Secret)>, Wrong> {
    let allowed = "smtp://USER:PASSWORD@HOST, percent-encoded; or `username` and `password`, as they are";
    match (url.username(), url.password().unwrap_or_default()) {
        ("", "") => Ok(None),
        ("", _) | (_, "") => Err(Wrong { problem: "has only one of user name and password", allowed }),
        (user, password) => decoded(user)
            .zip(decoded(password))
            .filter(|(user, password)| !format!("{user}{password}").contains(char::is_control))
            .map(|(user, password)| Some((user, Secret::new(password))))
            .ok_or(Wrong { problem: "is not percent-encoded UTF-8", allowed }),
    }
}

/// Percent-decoding (RFC 3986, 2.1): `None` for `%` without two digits and for what is no UTF-8.
fn decoded(text: &str) -> Option<String> {
    // The crate lets a `%` without two digits stand, as browsers do; here it is a password that nobody encoded.
    let is_code = |rest: &str| rest.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    let decoded = percent_decode_str(text).decode_utf8().ok()?;
    text.split('%').skip(1).all(is_code).then(|| decoded.into_owned())
}

/// An account at an API: what its definition asks for.
fn api(table: &Table<'_>, definition: &Arc<Definition>) -> api::Settings {
    let allow_plaintext = table.boolean("allow_plaintext").unwrap_or(false);
    let said: BTreeMap<String, Value<'_>> = table.entries().into_iter().collect();
    let is_said = |name: &str| said.get(name).is_some_and(Value::has_text);
    let mut values = Vec::new();
    for (name, setting) in &definition.keys {
        table.know(name);
        let text = said
            .get(name)
            .cloned()
            .and_then(|value| if setting.secret { value.private().text() } else { value.text_or_number() });
        let text = text.filter(|text| !text.is_empty());
        let fits = |text: &str| setting.matches.as_ref().is_none_or(|form| form.is_match(text));
        if let Some(text) = text.as_ref().filter(|text| !fits(text.as_str())) {
            text.mistake("has another form", setting.about.clone());
        }
        let may_be_missing = setting.optional
            || setting.default.is_some()
            || setting.unless.as_deref().is_some_and(is_said)
            || setting.with.as_deref().is_some_and(|with| !is_said(with));
        match said.get(name) {
            None if !may_be_missing => table.missing(name, setting.about.clone()),
            Some(value) if !may_be_missing && text.is_none() && value.is_empty_text() => {
                value.mistake("the value is empty", setting.about.clone());
            }
            _ => {}
        }
        let text = text.map(|text| text.as_str().to_owned()).or_else(|| setting.default.clone());
        values.push((name.clone(), Secret::new(text.unwrap_or_default())));
    }
    let base_url = table.parsed("base_url", |text| base_url(text, allow_plaintext));
    if base_url.is_none() && definition.base_url.is_none() && !table.sets("base_url") {
        table.missing("base_url", "where your account's API is: \"https://…\"");
    }
    let base_url = base_url.unwrap_or_else(|| {
        let made = definition.base_url(&values);
        if !made.is_empty() && rule::web_url(&made).is_err() {
            table.mistake("type", "its settings make no address", "see those that stand in its base_url");
        }
        made
    });
    let tokens = definition.oauth2.as_ref().and_then(|Oauth2 { defaults, mailbox }| {
        let mailbox = values.iter().find(|(name, _)| Some(name) == mailbox.as_ref());
        let tokens = table.table("oauth2");
        if tokens.get("issuer").is_some() {
            tokens.mistake("issuer", "is known of this type", "leave it out");
        }
        let settings = oauth2(&tokens, mailbox.map_or("", |(_, value)| value.reveal()), defaults);
        tokens.finish();
        settings.map(Box::new)
    });
    let attempt_timeout = attempt_timeout(table);
    let (definition, proxies) = (Arc::clone(definition), Proxies::default());
    api::Settings { definition, values, base_url, tokens, proxies, attempt_timeout }
}

/// Where an HTTP provider is: without a trailing slash, encrypted unless it is on this machine or said otherwise.
fn base_url(text: &str, allow_plaintext: bool) -> Result<String, Wrong> {
    const ALLOWED: &str = "such as \"https://api.twilio.com\"";
    let unreadable = Wrong { problem: "is no base URL", allowed: ALLOWED };
    let Ok(url) = rule::web_url(text).and_then(|text| Url::parse(&text).map_err(|_| Wrong { ..unreadable }))
    else {
        return Err(unreadable);
    };
    let bare = url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if !bare {
        return Err(unreadable);
    }
    let host = url.host_str().and_then(rule::host).unwrap_or_default();
    if url.scheme() == "http" && !allow_plaintext && !rule::is_loopback(&host) {
        return Err(Wrong {
            problem: "would send credentials and messages in plain text",
            allowed: "https://, or allow_plaintext = true",
        });
    }
    Ok(text.trim_end_matches('/').to_owned())
}
