//! The sections that stand alone: `[server]`, `[clerk]`, `[brand]`, `[templates]` and `[ledger]`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::backend::{Backend, backend};
use super::reader::Table;
use super::rule::{self, Wrong};
use super::scalar::each;
use crate::compose::OnError;
use crate::ledger::{PostgresSettings, Server as Database, Settings as Ledger, SqliteSettings, is_key};
use crate::secret::Secret;
use crate::template::{Brand, hidden_image};

/// Which parts of a file are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// The whole file, for everything that sends.
    Serve,
    /// What the playground (`clerk-courier dev`) shares with production: not where the service listens, what it remembers,
    /// or whom it sends through.
    Playground,
}

/// `[server]`: where the service listens, and how much it takes on.
#[derive(Debug, Clone)]
pub struct Server {
    /// The address for webhooks and health checks. Default: `0.0.0.0:8080`.
    pub listen: SocketAddr,
    /// The address for metrics and the state of providers; `None` where `""` turns it off. Default: `127.0.0.1:9464`.
    pub admin_listen: Option<SocketAddr>,
    /// The longest time from a request's head to its answer. Default: 12 s, since Svix stops listening after 15 s.
    pub request_deadline: Duration,
    /// How many requests are handled at the same time. Any further one is answered `overloaded`. Default: 1024.
    pub max_in_flight: usize,
    /// The longest time from SIGTERM to the end of the process. Default: 15 s.
    pub drain_timeout: Duration,
    /// How many threads serve requests. Default: 1.
    pub workers: usize,
}

/// `[clerk]`: the webhook endpoint that Clerk's events arrive at.
#[derive(Debug, Clone)]
pub struct Clerk {
    /// The path of the endpoint. Default: `/webhooks/clerk`.
    pub path: String,
    /// The secrets that a webhook's signature may have been made with; several while a secret is being replaced. Each is
    /// known to be base64 after an optional `whsec_`. Never empty, but for the playground, which then makes a secret.
    pub signing_secrets: Vec<Secret>,
    /// Whether messages to Clerk's test addresses and test numbers are skipped. Default: true.
    pub skip_test_recipients: bool,
    /// Clerk's Backend API: the secret key, and where the API is.
    pub backend: Backend,
}

/// `[templates]`: where templates are, and which language they are rendered in.
#[derive(Debug, Clone)]
pub struct TemplatesSection {
    /// The directory whose files replace the built-in templates of the same name. It need not exist. Default: `templates`
    /// beside the configuration.
    pub dir: PathBuf,
    /// The language (BCP 47) for a reader whose language is unknown or has no translation. Default: `en`.
    pub default_locale: String,
    /// Where the reader's language may stand among the template's variables: dotted paths, of which the first that holds a
    /// language wins. Default: the `public_metadata.locale` of the user, then that of the invitation.
    pub locale_from: Vec<String>,
    /// Whether a mail whose slug has no template gets the layout of the others around Clerk's own words. Default: false.
    pub clerk_in_layout: bool,
    /// What happens if a template fails while a message is made. Default: Clerk's own rendering is sent.
    pub on_error: OnError,
}

/// Reads `[server]`. Every key has a default.
pub(super) fn server(table: Table<'_>, scope: Scope) -> Server {
    let admin_default = SocketAddr::from(([127, 0, 0, 1], 9464));
    let server = Server {
        listen: listen(&table, scope),
        admin_listen: table.optional("admin_listen", rule::socket_address).unwrap_or(Some(admin_default)),
        request_deadline: table
            .parsed("request_deadline", rule::request_deadline)
            .unwrap_or(Duration::from_secs(12)),
        max_in_flight: table.integer("max_in_flight", 1..=1_000_000).unwrap_or(1024),
        drain_timeout: table.parsed("drain_timeout", rule::duration).unwrap_or(Duration::from_secs(15)),
        workers: table.integer("workers", 1..=64).unwrap_or(1),
    };
    table.finish();
    server
}

/// The address for webhooks. Platforms such as Heroku and Cloud Run choose the port, and say it in the variable `PORT`.
fn listen(table: &Table<'_>, scope: Scope) -> SocketAddr {
    let said = table.parsed("listen", rule::socket_address);
    // The playground has its own address, and reads no server's.
    let port = if scope == Scope::Serve { table.env().get("PORT") } else { None };
    let port = port.filter(|port| !port.is_empty());
    // Webhooks come from outside, while `admin_listen` is for your own network and stays on loopback.
    let everywhere = |port| SocketAddr::from(([0, 0, 0, 0], port));
    let Some(port) = port else { return said.unwrap_or_else(|| everywhere(8080)) };
    match (port.parse::<u16>(), said) {
        (Ok(port), Some(listen)) if port != listen.port() => table.warn(
            "listen",
            &format!(
                "PORT is {port}, and is not used, since the address is set: remove `listen` to use PORT"
            ),
        ),
        _ if table.sets("listen") => {}
        (Ok(port @ 1..), _) => {
            table.set_by("PORT", "listen");
            return everywhere(port);
        }
        _ => table.mistake_in_environment(
            "PORT",
            "is not a port",
            "set it to a whole number from 1 to 65535, or unset it",
        ),
    }
    said.unwrap_or_else(|| everywhere(8080))
}

/// Reads `[clerk]`. The signing secrets are the only key of the whole file that must be set.
pub(super) fn clerk(table: Table<'_>, scope: Scope) -> Clerk {
    let clerk = Clerk {
        path: table.parsed("path", rule::webhook_path).unwrap_or_else(|| "/webhooks/clerk".to_owned()),
        signing_secrets: signing_secrets(&table, scope),
        skip_test_recipients: table.boolean("skip_test_recipients").unwrap_or(true),
        backend: backend(&table, scope == Scope::Serve),
    };
    table.finish();
    clerk
}

/// Reads the signing secrets, which must be there.
fn signing_secrets(table: &Table<'_>, scope: Scope) -> Vec<Secret> {
    const HINT: &str = "add: signing_secrets = [\"${CLERK_WEBHOOK_SIGNING_SECRET}\"]";
    if scope == Scope::Serve && !table.sets("signing_secrets") {
        table.missing("signing_secrets", HINT);
    }
    secrets(table, scope, HINT)
}

/// Reads a list of signing secrets; empty where it is not set. For the playground, one whose variable is not set is left out: it
/// makes a secret of its own.
pub(super) fn secrets(table: &Table<'_>, scope: Scope, hint: &str) -> Vec<Secret> {
    let needed = scope == Scope::Serve;
    let Some(value) = table.get("signing_secrets") else { return Vec::new() };
    let value = value.private();
    let Some(items) = value.items() else { return Vec::new() };
    if needed && items.is_empty() {
        value.mistake("is empty", hint);
    }
    items
        .iter()
        .filter(|item| needed || item.has_text())
        .filter_map(|item| item.text()?.parse(rule::signing_secret))
        .collect()
}

/// Reads `[brand]`. What is not set comes from each event.
pub(super) fn brand(table: Table<'_>) -> Brand {
    let optional = |key, rule: fn(&str) -> Result<String, Wrong>| table.optional(key, rule).flatten();
    let brand = Brand {
        name: optional("name", rule::any),
        logo_url: optional("logo_url", rule::web_url),
        logo_dark_url: optional("logo_dark_url", rule::web_url),
        url: optional("url", rule::web_url),
        primary_color: optional("primary_color", rule::color),
        button_text_color: optional("button_text_color", rule::color),
        support_email: optional("support_email", |text| rule::address(text).map(|_| text.to_owned())),
        footer: optional("footer", rule::footer),
        time_zone: table.parsed("time_zone", rule::time_zone).unwrap_or_default(),
        // A key of [sms]: see `channel::ending`.
        ending: None,
    };
    for (key, url) in [("logo_url", &brand.logo_url), ("logo_dark_url", &brand.logo_dark_url)] {
        if let Some(why) = url.as_deref().and_then(hidden_image) {
            table.warn(key, why);
        }
    }
    table.finish();
    brand
}

/// Reads `[templates]`. Every key has a default.
pub(super) fn templates(table: Table<'_>) -> TemplatesSection {
    let locale_from = table.texts("locale_from").map(|paths| each(&paths, rule::variable_path));
    let templates = TemplatesSection {
        dir: table.path_to("dir").unwrap_or_else(|| table.resolve("templates")),
        default_locale: table.parsed("default_locale", rule::locale).unwrap_or_else(|| "en".to_owned()),
        locale_from: locale_from.unwrap_or_else(|| {
            ["user.public_metadata.locale", "invitation.public_metadata.locale"].map(str::to_owned).to_vec()
        }),
        clerk_in_layout: table.boolean("clerk_in_layout").unwrap_or(false),
        on_error: table
            .choice("on_error", &[("clerk", OnError::Clerk), ("fail", OnError::Fail)])
            .unwrap_or(OnError::Clerk),
    };
    table.finish();
    templates
}

/// Reads `[ledger]`. Every key has a default, but for the key of the recipients' hash where several servers share a database.
pub(super) fn ledger(table: Table<'_>) -> Ledger {
    // The URL of PostgreSQL holds a password.
    let base = table.resolve("");
    let url = table.get("url").and_then(|url| url.private().text()?.parse(|text| ledger_url(text, &base)));
    let retention = table.parsed("retention", retention).unwrap_or(Duration::from_hours(30 * 24));
    let recipient_key = table.secret("recipient_key");
    if recipient_key.as_ref().is_some_and(|key| !is_key(key.reveal())) {
        table.mistake(
            "recipient_key",
            "begins with base64: and does not hold 32 bytes",
            "write \"base64:${file:/path/to/ledger.db.key}\" to use the key of a key file, or any other text",
        );
    }
    let spool = table.optional("spool", |path| Ok(path.to_owned()));
    let full_sync = table.choice("synchronous", &[("normal", false), ("full", true)]);
    let ledger = match url.unwrap_or_else(|| LedgerUrl::Sqlite("clerk-courier.db".to_owned())) {
        LedgerUrl::Sqlite(path) => {
            if spool.is_some() {
                table.mistake(
                    "spool",
                    "is for PostgreSQL",
                    "remove it: a ledger in SQLite is on the local disk already",
                );
            }
            Ledger::Sqlite(SqliteSettings {
                path: table.resolve(&path),
                retention,
                recipient_key,
                full_sync: full_sync.unwrap_or(false),
            })
        }
        LedgerUrl::Postgres(server) => {
            if full_sync.is_some() {
                table.mistake(
                    "synchronous",
                    "is for SQLite",
                    "set synchronous_commit at the server, where it is \"on\" by default",
                );
            }
            if !table.sets("recipient_key") {
                table.mistake(
                    "recipient_key",
                    "missing: servers that share a database need the same key",
                    "add recipient_key = \"${LEDGER_KEY}\" with 32 random bytes, as `openssl rand -base64 32` makes them",
                );
            }
            let recipient_key = recipient_key.unwrap_or_else(|| Secret::new(""));
            let spool = spool.unwrap_or_else(|| Some("clerk-courier.spool".to_owned()));
            let spool = spool.map(|path| table.resolve(path));
            Ledger::Postgres(PostgresSettings { server: *server, retention, recipient_key, spool })
        }
    };
    table.finish();
    ledger
}

/// What a `url` under `[ledger]` names.
enum LedgerUrl {
    /// The path of a file.
    Sqlite(String),
    Postgres(Box<Database>),
}

/// Reads a URL of SQLite or PostgreSQL. `base` is the directory of the configuration.
fn ledger_url(text: &str, base: &Path) -> Result<LedgerUrl, Wrong> {
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        let parsed = Database::parse(text, base);
        return parsed.map(|server| LedgerUrl::Postgres(Box::new(server))).map_err(|problem| Wrong {
            problem,
            allowed: "write \"postgres://user:password@host:5432/database?sslmode=require\"; in the password, write % before the \
                      hexadecimal code of / @ : and the like",
        });
    }
    rule::sqlite_url(text).map(LedgerUrl::Sqlite)
}

/// How long the ledger keeps records: two days or more. Svix repeats a message for up to 27 h 35 min by its schedule, with
/// jitter and its own delays on top.
fn retention(text: &str) -> Result<Duration, Wrong> {
    match rule::duration(text)? {
        short if short < Duration::from_hours(48) => Err(Wrong {
            problem: "is too short: Svix repeats a message for up to 27 h 35 min, and a message that is forgotten before \
                      may be sent twice",
            allowed: "use \"2d\" or more; the default is \"30d\"",
        }),
        retention => Ok(retention),
    }
}
