//! `clerk-courier log`: prints what happened to messages, from the ledger, also while a service is running.

use std::path::Path;
use std::time::{Duration, SystemTime};

use clap::Args;
use serde_json::{Value, json};

use super::failure::{Failure, misconfigured};
use super::terminal::{complain, say};
use crate::clock::{Clock, millis};
use crate::config::{Config, Process};
use crate::decision::canonical;
use crate::ledger::{self, Filter, Row, Settings, Step, Tried};

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
    #[arg(long, value_name = "DURATION", value_parser = since)]
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
        // A directory that this user may not look into may hold one: reading it says so.
        && matches!(sqlite.path.try_exists(), Ok(false))
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
        "settled_at": at(row.settled_at), "first_seen": at(row.first_seen),
        "message_id": row.message_id, "svix_id": row.svix_id, "channel": row.channel, "slug": row.slug,
        "outcome": row.outcome, "reason": row.reason, "provider": row.provider, "receipt": row.receipt,
        "attempts": row.attempts, "steps": row.steps.iter().map(step_as_json).collect::<Vec<_>>(),
    })
    .to_string()
}

fn step_as_json(step: &Step) -> Value {
    match step {
        Step::Claimed { at: time } => json!({ "at": at(*time), "step": "claimed" }),
        Step::Tried(tried) => {
            let (stage, fault) = tried.fault.as_ref().map(|(stage, fault)| (stage, fault)).unzip();
            json!({
                "at": at(tried.at), "step": "attempt", "provider": tried.provider, "verdict": tried.verdict,
                "stage": stage, "fault": fault, "duration_ms": millis_of(tried.took),
            })
        }
        Step::Settled { at: time, outcome, reason } => {
            json!({ "at": at(*time), "step": "settled", "outcome": outcome, "reason": reason })
        }
    }
}

/// Prints what happened to one message, a line for each step that the ledger knows.
fn time_line(row: &Row) {
    say(&format!(
        "{} ({}): {} {}",
        row.message_id,
        row.svix_id,
        row.channel,
        row.slug.as_deref().unwrap_or("without a slug")
    ));
    say(&format!("{}  seen and claimed for the first time", at(row.first_seen)));
    // The last outcome is in the row itself, with more words.
    let earlier = match row.steps.split_last() {
        Some((Step::Settled { at: time, .. }, earlier)) if at(*time) == at(row.settled_at) => earlier,
        _ => &row.steps,
    };
    for step in earlier {
        say(&match step {
            Step::Claimed { at: time } => format!("{}  claimed again", at(*time)),
            Step::Tried(tried) => attempt(tried),
            Step::Settled { at: time, outcome, reason } => {
                format!("{}  {outcome}{}", at(*time), in_brackets(reason.as_deref()))
            }
        });
    }
    let provider = row.provider.as_deref().map(|name| format!(", provider {name}")).unwrap_or_default();
    let receipt = row.receipt.as_deref().map(|receipt| format!(", receipt {receipt}")).unwrap_or_default();
    say(&format!(
        "{}  {}{}{provider}{receipt}, attempts so far: {}",
        at(row.settled_at),
        row.outcome,
        in_brackets(row.reason.as_deref()),
        row.attempts
    ));
    let known = row.steps.iter().filter(|step| matches!(step, Step::Tried(_))).count();
    if usize::try_from(row.attempts).is_ok_and(|attempts| attempts > known) {
        say(&format!(
            "Earlier attempts are not kept here: the service's log has them, in the lines with svix.id {}.",
            row.svix_id
        ));
    }
}

fn attempt(tried: &Tried) -> String {
    let fault =
        tried.fault.as_ref().map(|(stage, fault)| format!(" at {stage}: {fault}")).unwrap_or_default();
    format!(
        "{}  attempt at {}: {} after {}{fault}",
        at(tried.at),
        tried.provider,
        tried.verdict,
        short(millis_of(tried.took))
    )
}

fn in_brackets(reason: Option<&str>) -> String {
    reason.map(|reason| format!(" ({reason})")).unwrap_or_default()
}

fn at(time: SystemTime) -> String {
    humantime::format_rfc3339_millis(time).to_string()
}

fn millis_of(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// A span of time for people. Most are below a second, so it begins with milliseconds.
fn short(millis: u64) -> String {
    match millis {
        0 => "<1 ms".to_owned(),
        1..1000 => format!("{millis} ms"),
        1000..10_000 => format!("{:.1} s", Duration::from_millis(millis).as_secs_f64()),
        _ => humantime::format_duration(Duration::from_secs(millis / 1000)).to_string(),
    }
}

/// Reads `--since`.
fn since(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|_| {
        "this is not a span of time: write a number and a unit, such as 30m, 2h or 1d for a day".to_owned()
    })
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
        say(&format!(
            "{:<20} {:<7} {:<28} {:<10} {:<14} {:<12} {:>8} {:>7}  {}",
            humantime::format_rfc3339_seconds(row.settled_at),
            row.channel,
            row.slug.as_deref().unwrap_or("-"),
            row.outcome,
            row.reason.as_deref().unwrap_or("-"),
            row.provider.as_deref().unwrap_or("-"),
            row.attempts,
            short(took),
            row.message_id,
        ));
    }
}
