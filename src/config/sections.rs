//! The sections that stand alone: `[server]`, `[clerk]`, `[brand]`, `[templates]`, `[ledger]`.

use std::net::SocketAddr;
use std::time::Duration;

use super::reader::{Scalar, Table};
use super::rule::{self, Wrong};
use super::{Clerk, Scope, Server, TemplatesSection};
use crate::compose::OnError;
use crate::ledger::Settings as Ledger;
use crate::secret::Secret;
use crate::template::Brand;

pub(super) fn server(table: Table<'_>) -> Server {
    let admin_default = SocketAddr::from(([127, 0, 0, 1], 9464));
    let server = Server {
        listen: table
            .parsed("listen", rule::socket_address)
            .unwrap_or_else(|| SocketAddr::from(([0, 0, 0, 0], 8080))),
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

pub(super) fn clerk(table: Table<'_>, scope: Scope) -> Clerk {
    let clerk = Clerk {
        path: table.parsed("path", rule::webhook_path).unwrap_or_else(|| "/webhooks/clerk".to_owned()),
        signing_secrets: signing_secrets(&table, scope),
        skip_test_recipients: table.boolean("skip_test_recipients").unwrap_or(true),
    };
    table.finish();
    clerk
}

/// The playground makes a secret of its own where there is none; nothing else runs without.
fn signing_secrets(table: &Table<'_>, scope: Scope) -> Vec<Secret> {
    const HINT: &str = "signing_secrets = [\"${CLERK_WEBHOOK_SIGNING_SECRET}\"]";
    let needed = scope == Scope::Serve;
    let Some(value) = table.get("signing_secrets") else {
        if needed {
            table.missing("signing_secrets", HINT);
        }
        return Vec::new();
    };
    let value = value.private();
    let Some(items) = value.items() else { return Vec::new() };
    if needed && items.is_empty() {
        value.mistake("is empty", HINT);
    }
    items
        .iter()
        .filter(|item| needed || item.has_text())
        .filter_map(|item| item.text()?.parse(rule::signing_secret))
        .collect()
}

pub(super) fn brand(table: Table<'_>) -> Brand {
    let optional = |key, rule: fn(&str) -> Result<String, Wrong>| table.optional(key, rule).flatten();
    let brand = Brand {
        name: optional("name", rule::any),
        logo_url: optional("logo_url", rule::web_url),
        url: optional("url", rule::web_url),
        primary_color: optional("primary_color", rule::color),
        button_text_color: optional("button_text_color", rule::color),
        support_email: optional("support_email", |text| rule::address(text).map(|_| text.to_owned())),
        footer: optional("footer", rule::any),
    };
    table.finish();
    brand
}

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

pub(super) fn ledger(table: Table<'_>) -> Ledger {
    // Other databases' URLs hold passwords.
    let url = table.get("url").and_then(|url| url.private().text()?.parse(rule::ledger_url));
    let ledger = Ledger {
        path: table.resolve(url.as_deref().unwrap_or("clerk-courier.db")),
        retention: table.parsed("retention", retention).unwrap_or(Duration::from_hours(30 * 24)),
        recipient_key: table.secret("recipient_key"),
        full_sync: table.choice("synchronous", &[("normal", false), ("full", true)]).unwrap_or(false),
    };
    table.finish();
    ledger
}

/// Svix repeats a message for up to 27 h 35 min, with the jitter of its schedule and its own delays on top.
fn retention(text: &str) -> Result<Duration, Wrong> {
    match rule::duration(text)? {
        short if short < Duration::from_hours(48) => Err(Wrong {
            problem: "is too short: Svix repeats a message for up to 27 h 35 min, and one that is forgotten before is sent twice",
            allowed: "\"2d\" or more; the default is \"30d\"",
        }),
        retention => Ok(retention),
    }
}

/// Those of `texts` that `rule` takes; the others are mistakes.
pub(super) fn each<T>(texts: &[Scalar<'_>], rule: impl Fn(&str) -> Result<T, Wrong>) -> Vec<T> {
    texts.iter().filter_map(|text| text.parse(&rule)).collect()
}
