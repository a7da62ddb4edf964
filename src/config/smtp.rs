//! `[providers.<name>]` with `type = "smtp"`: a mail server by its URL or by a preset, and what to log in with.

use std::time::Duration;

use percent_encoding::percent_decode_str;
use url::Url;

use super::oauth2::{oauth2, of_mail_servers};
use super::preset::{Preset, preset, presets};
use super::reader::Table;
use super::rule::{self, Wrong};
use crate::delivery::smtp::{Credentials, Settings, Tls};
use crate::secret::Secret;

/// Reads the settings of a mail server; `None` after a mistake in its URL or its credentials.
pub(super) fn smtp(table: &Table<'_>) -> Option<Settings> {
    let preset = chosen_preset(table);
    let server = match preset {
        Some(preset) => smtp_server(&preset_url(table, preset)).ok(),
        None => table.parsed("url", smtp_server),
    };
    let of_preset = preset.and_then(|preset| preset.username.as_deref());
    let credentials = if table.sets("oauth2") {
        tokens(table, server.as_ref())
    } else {
        credentials(table, server.as_ref(), of_preset)
            .map(|(user, password)| Credentials::Password(user, password))
    };
    let helo = table.optional("helo", rule::helo).flatten().unwrap_or_default();
    let ca_file = table.path_to("ca_file");
    let connections = table.integer("connections", 1..=256).unwrap_or(16);
    let chunking = table.boolean("chunking").unwrap_or(true);
    let attempt_timeout = table.parsed("attempt_timeout", rule::duration).unwrap_or(Duration::from_secs(5));
    let SmtpServer { host, port, tls, .. } = server?;
    // By their registrations (RFC 8314, 3.3). Another server may listen there, so it is a warning.
    match (port, tls) {
        (465, Tls::Required | Tls::None) => {
            table.warn(
                "url",
                "servers at port 465 expect TLS from the first byte: write smtps://, or use port 587",
            );
        }
        (587, Tls::Implicit) => {
            table.warn("url", "servers at port 587 expect STARTTLS: write smtp://, or use port 465");
        }
        _ => {}
    }
    if ca_file.is_some() && tls == Tls::None {
        table.warn(
            "ca_file",
            "is not read, because the connection is plain text: add ?tls=required to `url`, or remove `ca_file`",
        );
    }
    if credentials.is_some() && tls == Tls::None && !rule::is_loopback(&host) {
        table.mistake(
            "url",
            "the user name and the password would be sent in plain text",
            "require TLS with smtps:// or ?tls=required, or remove the user name and the password",
        );
    }
    Some(Settings { host, port, tls, credentials, helo, ca_file, connections, chunking, attempt_timeout })
}

/// The preset that the table names, if any. Reports a table that has neither a preset nor a URL, or both.
fn chosen_preset(table: &Table<'_>) -> Option<&'static Preset> {
    let found = table.text("preset").and_then(|name| {
        let found = preset(name.as_str());
        if found.is_none() {
            let known: Vec<&str> = presets().map(|(name, _)| name).collect();
            name.unknown("is not a known preset", known.into_iter(), "known presets: ");
        }
        found
    });
    match (table.sets("url"), table.sets("preset")) {
        (false, false) => {
            table.missing("url", "add: url = \"smtp://smtp.example.com:587\"; or choose a preset");
        }
        (true, true) => {
            table.mistake("url", "can't be set together with a preset", "remove one of the two");
        }
        _ => {}
    }
    found
}

/// The URL of a preset. Some providers have a server in each region, which the key `region` chooses.
fn preset_url(table: &Table<'_>, preset: &Preset) -> String {
    const PLACE: &str = "{region}";
    if !preset.url.contains(PLACE) {
        return preset.url.clone();
    }
    if !table.sets("region") {
        table.missing("region", "add: region = \"eu-west-1\"");
    }
    let is_region = |text: &str| {
        let fits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if fits {
            Ok(text.to_owned())
        } else {
            Err(Wrong { problem: "is not a region", allowed: "use a name such as \"eu-west-1\"" })
        }
    };
    preset.url.replace(PLACE, &table.parsed("region", is_region).unwrap_or_default())
}

/// The mailbox, and how to get access tokens for it; `None` after a mistake in them.
fn tokens(table: &Table<'_>, server: Option<&SmtpServer>) -> Option<Credentials> {
    let username = table.optional("username", rule::any).flatten();
    // Made known first: beside `oauth2` the key is a contradiction, and not an unknown key.
    table.skip("password");
    if table.sets("password") || server.is_some_and(|server| server.credentials.is_some()) {
        table.mistake("password", "can't be set together with oauth2", "remove one of the two");
    }
    if username.is_none() {
        table.missing("username", "add the mailbox: username = \"login@acme.example\"");
    }
    let tokens = table.table("oauth2");
    let settings = oauth2(&tokens, username.as_deref().unwrap_or_default(), &of_mail_servers(&tokens));
    tokens.finish();
    Some(Credentials::Tokens(username?, Box::new(settings?)))
}

/// The user name and the password, from the keys or from the URL; `None` for a server without a log-in, and after a mistake.
/// `of_preset` is the user name that a preset has for everybody.
fn credentials(
    table: &Table<'_>,
    server: Option<&SmtpServer>,
    of_preset: Option<&str>,
) -> Option<(String, Secret)> {
    let in_url = server.and_then(|server| server.credentials.clone());
    let of_preset = of_preset.filter(|_| table.sets("password")).map(str::to_owned);
    let username = table.optional("username", rule::any).flatten().or(of_preset);
    let password = table.secret("password");
    if in_url.is_some() && (table.sets("username") || table.sets("password")) {
        table.mistake(
            "url",
            "the user name and the password are set twice",
            "keep them in the URL, or in `username` and `password`",
        );
    } else if username.is_some() && !table.sets("password") {
        table.missing("password", "set it together with `username`, or remove `username`");
    } else if password.is_some() && username.is_none() && in_url.is_none() && !table.sets("username") {
        table.missing("username", "set it together with `password`, or remove `password`");
    }
    username.zip(password).or(in_url)
}

/// The parts of an `smtp://` or `smtps://` URL.
#[derive(Debug)]
struct SmtpServer {
    host: String,
    port: u16,
    tls: Tls,
    /// The user name and the password in the URL, decoded; `None` if it contains neither.
    credentials: Option<(String, Secret)>,
}

/// Reads an SMTP URL. Without a port, `smtps://` means 465 (TLS at once) and `smtp://` means 587 (submission).
fn smtp_server(text: &str) -> Result<SmtpServer, Wrong> {
    const ALLOWED: &str = "write smtps://HOST:PORT (TLS from the first byte) or smtp://HOST:PORT (STARTTLS). On this \
        machine smtp:// is plain text, unless it ends in ?tls=required; ?tls=none is plain text everywhere. Put user name \
        and password into `username` and `password`, or percent-encode them in the URL";
    let unreadable = || Wrong { problem: "is not an SMTP URL", allowed: ALLOWED };
    let url = Url::parse(text).map_err(|_| unreadable())?;
    let host = url.host_str().and_then(decoded).and_then(|host| rule::host(&host)).ok_or_else(unreadable)?;
    let (default_port, tls) = match (url.scheme(), url.query()) {
        ("smtps", None) => (465, Tls::Implicit),
        // Nobody else can read what never leaves this machine, so TLS is left to those who ask for it.
        ("smtp", None) if rule::is_loopback(&host) => (587, Tls::None),
        ("smtp", None | Some("tls=required" | "tls=starttls")) => (587, Tls::Required),
        ("smtp", Some("tls=none")) => (587, Tls::None),
        _ => return Err(unreadable()),
    };
    let port = url.port().unwrap_or(default_port);
    // A `/` or `#` in a password that nobody encoded ends the host there, and the rest becomes path or fragment.
    if port == 0 || !matches!(url.path(), "" | "/") || url.fragment().is_some() {
        return Err(unreadable());
    }
    Ok(SmtpServer { host, port, tls, credentials: url_credentials(&url)? })
}

/// The user name and the password of a URL, decoded; `None` if it contains neither.
fn url_credentials(url: &Url) -> Result<Option<(String, Secret)>, Wrong> {
    let allowed = "write smtp://USER:PASSWORD@HOST with both percent-encoded, or set `username` and `password` as they are";
    match (url.username(), url.password().unwrap_or_default()) {
        ("", "") => Ok(None),
        ("", _) | (_, "") => Err(Wrong { problem: "contains only one of user name and password", allowed }),
        (user, password) => decoded(user)
            .zip(decoded(password))
            .filter(|(user, password)| !format!("{user}{password}").contains(char::is_control))
            .map(|(user, password)| Some((user, Secret::new(password))))
            .ok_or(Wrong { problem: "is not percent-encoded UTF-8", allowed }),
    }
}

/// The text without its percent-encoding (RFC 3986, 2.1); `None` for a `%` without two digits and for what is not UTF-8.
fn decoded(text: &str) -> Option<String> {
    // The crate keeps a `%` without two digits, as browsers do. Here it most likely is a password that nobody encoded.
    let is_code = |rest: &str| rest.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    let decoded = percent_decode_str(text).decode_utf8().ok()?;
    text.split('%').skip(1).all(is_code).then(|| decoded.into_owned())
}
