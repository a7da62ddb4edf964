//! `clerk-courier log`: prints what happened to messages, from the ledger, also while a service is running.

use std::path::Path;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::failure::{Failure, misconfigured};
use super::terminal::{complain, say};
use crate::clock::{Clock, millis};
use crate::config::{Config, Process};
use crate::decision::canonical;
use crate::ledger::{self, Filter, Row, Settings};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only this message, as a time-line: Clerk's id of it (`ema_…`, `sms_…`), or Svix's (`msg_…`)
    #[arg(value_name = "MESSAGE_ID")]
    id: Option<String>,
    /// Only messages to this address or number, which is looked up by its keyed hash: the ledger stores nothing else of
    /// it
    #[arg(long, value_name = "ADDRESS")]
    to: Option<String>,
    /// Only messages with this outcome
    #[arg(long, value_name = "OUTCOME", value_parser = ["accepted", "rejected", "failed", "expired", "superseded", "in_doubt", "begun"])]
    outcome: Option<String>,
    /// Only messages whose outcome was recorded within this time, such as `2h`
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    since: Option<Duration>,
    /// Show at most this many messages, the newest first
    #[arg(long, default_value_t = 50, value_name = "N")]
    limit: usize,
    /// Print a JSON object on each line in place of the table
    #[arg(long)]
    json: bool,
}

pub(super) fn run(config: &Path, arguments: &Arguments) -> Result<(), Failure> {
    // Only `[ledger]` is read, so that the secrets of providers need not be set to look something up.
    let settings = Config::load_ledger(config, &Process).map_err(misconfigured)?;
    // Before the recipient's hash, whose key is made together with the ledger.
    if let Settings::Sqlite(sqlite) = &settings
        && !sqlite.path.exists()
    {
        // To stderr, so that `--json` prints nothing but objects. Not an error: no message has come yet.
        complain(&format!(
            "nothing was recorded yet: there is no ledger at {}, and `clerk-courier serve` makes it at its start",
            sqlite.path.display()
        ));
        return Ok(());
    }
    let recipient = match &arguments.to {
        // The ledger hashed the recipient in this form. As the user typed it, the hash would be another one.
        Some(to) => Some(ledger::recipient_hash(&settings, &canonical(to))?),
        None => None,
    };
    let filter = Filter {
        id: arguments.id.clone(),
        recipient,
        outcome: arguments.outcome.clone(),
        since: arguments.since.and_then(|since| Clock::System.now().checked_sub(since)),
        limit: arguments.limit,
    };
    let rows = ledger::read(&settings, &filter)?;
    if arguments.json {
        for row in &rows {
            say(&as_json(row));
        }
    } else if arguments.id.is_some() && !rows.is_empty() {
        rows.iter().for_each(time_line);
    } else {
        table(&rows);
    }
    Ok(())
}

/// A message as a line of JSON.
fn as_json(row: &Row) -> String {
    json!({
        "settled_at": humantime::format_rfc3339_millis(row.settled_at).to_string(),
        "first_seen": humantime::format_rfc3339_millis(row.first_seen).to_string(),
        "message_id": row.message_id, "svix_id": row.svix_id, "channel": row.channel, "slug": row.slug,
        "outcome": row.outcome, "reason": row.reason, "provider": row.provider, "receipt": row.receipt,
        "attempts": row.attempts,
    })
    .to_string()
}

/// Prints what happened to one message, a line for each time that the ledger knows.
fn time_line(row: &Row) {
    let at = |time| humantime::format_rfc3339_millis(time).to_string();
    say(&format!(
        "{} ({}): {} {}",
        row.message_id,
        row.svix_id,
        row.channel,
        row.slug.as_deref().unwrap_or("without a slug")
    ));
    say(&format!("{}  claimed for the first time", at(row.first_seen)));
    let reason = row.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let provider = row.provider.as_deref().map(|name| format!(", provider {name}")).unwrap_or_default();
    let receipt = row.receipt.as_deref().map(|receipt| format!(", receipt {receipt}")).unwrap_or_default();
    say(&format!(
        "{}  {}{reason}{provider}{receipt}, attempts so far: {}",
        at(row.settled_at),
        row.outcome,
        row.attempts
    ));
    say(&format!(
        "What each attempt failed at is in the service's log, in the lines with svix.id {}.",
        row.svix_id
    ));
}

/// Prints messages as a table.
fn table(rows: &[Row]) {
    if rows.is_empty() {
        say("No message in the ledger matches.");
        return;
    }
    say(&format!(
        "{:<20} {:<7} {:<28} {:<10} {:<14} {:<12} {:>8} {:>7}  message id",
        "settled (UTC)", "channel", "slug", "outcome", "reason", "provider", "attempts", "took"
    ));
    for row in rows {
        let took = millis(row.settled_at).saturating_sub(millis(row.first_seen));
        let took = Duration::from_millis(took);
        let took = if took < Duration::from_secs(10) {
            format!("{:.2}s", took.as_secs_f64())
        } else {
            humantime::format_duration(Duration::from_secs(took.as_secs())).to_string()
        };
        say(&format!(
            "{:<20} {:<7} {:<28} {:<10} {:<14} {:<12} {:>8} {:>7}  {}",
            humantime::format_rfc3339_seconds(row.settled_at),
            row.channel,
            row.slug.as_deref().unwrap_or("-"),
            row.outcome,
            row.reason.as_deref().unwrap_or("-"),
            row.provider.as_deref().unwrap_or("-"),
            row.attempts,
            took,
            row.message_id,
        ));
    }
}
