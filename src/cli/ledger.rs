//! `clerk-courier ledger`: copies a ledger into another database, and says whether one is as it should be.

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::json;

use super::failure::{Failure, misconfigured};
use super::terminal::{complain, say};
use crate::clock::Clock;
use crate::config::{Config, Process, fill_in};
use crate::ledger::{self, Copied, Extent, Health, Inspected, Keys, Place, Settings};
use crate::secret::Secret;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Copy all records into another ledger, also while services run; a second run copies what came since
    Copy(Copy),
    /// Say what the configured ledger holds, and whether it is as it should be
    Check(Check),
}

#[derive(Debug, Args)]
struct Copy {
    /// The ledger to copy: a file, or the URL of one (sqlite://… or postgres://…). `${NAME}` and `${file:/path}` are filled
    /// in, so that a password need not be typed
    #[arg(value_name = "FROM")]
    from: String,
    /// The ledger to copy into. An SQLite file must not be in use; in PostgreSQL the tables are made where they are missing
    #[arg(value_name = "TO")]
    to: String,
    /// Only records that were made within this time, such as `1h`
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    since: Option<Duration>,
    /// Leave out the hashes of recipients, which mean nothing under another `recipient_key`
    #[arg(long)]
    without_recipients: bool,
    /// Print a JSON object in place of sentences
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Check {
    /// Print a JSON object in place of the table
    #[arg(long)]
    json: bool,
}

pub(super) fn run(config: &Path, arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.command {
        Command::Copy(arguments) => copy(config, arguments),
        Command::Check(arguments) => check(config, arguments),
    }
}

fn copy(config: &Path, arguments: &Copy) -> Result<(), Failure> {
    let [from, to] = [place(&arguments.from)?, place(&arguments.to)?];
    let key = configured_key(config)?;
    if !arguments.without_recipients {
        match ledger::keys(&from, &to, key.as_ref())? {
            Keys::Same => {}
            Keys::Different => return Err(anyhow::anyhow!(different_keys(&from, &to)).into()),
            Keys::Unknown => complain(&unknown_key(&from, &to)),
        }
    }
    let now = Clock::System.now();
    let extent = Extent {
        since: arguments.since.and_then(|since| now.checked_sub(since)),
        without_recipients: arguments.without_recipients,
    };
    let shows = std::io::stderr().is_terminal() && !arguments.json;
    let mut progress = |copied: &Copied| {
        if shows {
            let _ = write!(std::io::stderr().lock(), "\r{} records read", copied.read);
        }
    };
    let copied = ledger::copy(&from, &to, extent, now, &mut progress);
    if shows {
        let _ = writeln!(std::io::stderr().lock());
    }
    let Copied { read, new, updated, same, kept, languages } = copied?;
    if arguments.json {
        say(&json!({ "read": read, "new": new, "updated": updated, "same": same, "kept": kept, "languages": languages }).to_string());
        return Ok(());
    }
    say(&format!("{read} records of {} read; in {}:", from.shown(), to.shown()));
    for (count, what) in [
        (new, "were not there, and are now"),
        (updated, "took the place of an older outcome"),
        (same, "were there already"),
        (kept, "stayed as they were: newer, accepted, or being delivered"),
    ] {
        say(&format!("{count:>9} {what}"));
    }
    if languages > 0 {
        say(&format!("and the languages of {languages} users, where nothing later was known."));
    }
    Ok(())
}

fn place(text: &str) -> Result<Place, Failure> {
    let filled = fill_in(text, &Process).map_err(|problem| Failure::Wrong(format!("{text}: {problem}")))?;
    // The text may hold a password, so it is not repeated.
    Place::parse(&filled, Path::new(""))
        .map_err(|problem| Failure::Wrong(format!("a ledger's URL {problem}")))
}

/// `recipient_key` under `[ledger]`; `None` where there is no configuration, or no such key.
fn configured_key(config: &Path) -> Result<Option<Secret>, Failure> {
    if !config.is_file() {
        return Ok(None);
    }
    Ok(match Config::load_ledger(config, &Process).map_err(misconfigured)? {
        Settings::Sqlite(settings) => settings.recipient_key,
        Settings::Postgres(settings) => Some(settings.recipient_key),
    })
}

/// What stands in the configuration for the key of a key file.
fn key_of_file(from: &Place, to: &Place) -> Option<String> {
    [from, to].into_iter().find_map(|place| match place {
        Place::Sqlite(path) => Some(format!("recipient_key = \"base64:${{file:{}.key}}\"", path.display())),
        Place::Postgres(_) => None,
    })
}

fn different_keys(from: &Place, to: &Place) -> String {
    let remedy = key_of_file(from, to).unwrap_or_else(|| "the same recipient_key".to_owned());
    format!(
        "the recipients of {} and {} are hashed under different keys, so `log --to` would not find what is copied: put {remedy} \
         under [ledger] of the configuration, or leave the recipients out with --without-recipients",
        from.shown(),
        to.shown()
    )
}

fn unknown_key(from: &Place, to: &Place) -> String {
    let remedy = key_of_file(from, to).unwrap_or_else(|| "the same recipient_key for both".to_owned());
    format!(
        "copying without a look at the keys, since one of them is not known here: put {remedy} under [ledger] of every server \
         before it uses the copy, or `log --to` will not find what is copied"
    )
}

fn check(config: &Path, arguments: &Check) -> Result<(), Failure> {
    let settings = Config::load_ledger(config, &Process).map_err(misconfigured)?;
    let (kind, place) = match &settings {
        Settings::Sqlite(settings) => ("sqlite", settings.path.display().to_string()),
        Settings::Postgres(settings) => ("postgres", settings.server.shown().to_owned()),
    };
    let health = ledger::examine(&settings, &Clock::System)?;
    if arguments.json {
        say(&as_json(kind, &place, &health));
    } else {
        table(kind, &place, &health);
    }
    match &health.problems[..] {
        [] => Ok(()),
        problems => Err(anyhow::anyhow!(problems.join("\n")).into()),
    }
}

fn as_json(kind: &str, place: &str, health: &Health) -> String {
    let time = |at| humantime::format_rfc3339_millis(at).to_string();
    let spool = health.spool.as_ref().map(|spool| {
        json!({ "path": spool.path.display().to_string(), "records": spool.records,
            "held": spool.found == Inspected::Held })
    });
    json!({
        "kind": kind, "place": place, "server": health.server, "version": health.version, "rows": health.rows,
        "oldest": health.oldest.map(time), "newest": health.newest.map(time), "bytes": health.bytes,
        "held": health.held, "clock_ahead_ms": health.clock_ahead,
        "claims": health.claims.map(|(held, _)| held), "orphans": health.claims.map(|(_, orphans)| orphans),
        "spool": spool, "problems": health.problems,
    })
    .to_string()
}

fn table(kind: &str, place: &str, health: &Health) {
    let line = |name: &str, text: String| say(&format!("{name:<9} {text}"));
    let kind = match (&health.server, kind) {
        (Some(version), _) => format!("PostgreSQL {version}"),
        (None, "sqlite") => "SQLite".to_owned(),
        (None, _) => "PostgreSQL".to_owned(),
    };
    line("ledger", format!("{kind}, {place}"));
    match health.version {
        Some(version) => line("version", version.to_string()),
        None => line("version", "no tables yet: the first start makes them".to_owned()),
    }
    line("records", health.rows.to_string());
    for (name, at) in [("oldest", health.oldest), ("newest", health.newest)] {
        if let Some(at) = at {
            line(name, humantime::format_rfc3339_seconds(at).to_string());
        }
    }
    line("size", format!("{}.{} MB", health.bytes / 1_000_000, health.bytes % 1_000_000 / 100_000));
    if let Some(held) = health.held {
        line("in use", if held { "by a running service" } else { "no" }.to_owned());
    }
    if let Some((held, orphans)) = health.claims {
        line("claims", format!("{held} held, {orphans} of servers that ended"));
    }
    if let Some(ahead) = health.clock_ahead {
        let side = if ahead < 0 { "behind" } else { "ahead of" };
        line("clock", format!("the database's is {} ms {side} this machine's", ahead.unsigned_abs()));
    }
    if let Some(spool) = &health.spool {
        let user = if spool.found == Inspected::Held { "; a running service is using it" } else { "" };
        line("spool", format!("{}: {} records wait{user}", spool.path.display(), spool.records));
    }
    if health.problems.is_empty() {
        line("state", "fine".to_owned());
    }
}
