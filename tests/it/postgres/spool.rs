//! The spool: what a database that is down did not take outlives the process, and goes into it once it is back.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use clerk_courier::clock::Clock;
use clerk_courier::ledger::{Inspected, Ledger, PostgresSettings, Settings, Settled, inspect_spool};
use tokio::time::Instant;

use super::{PATIENCE, assert_accepted, claim, open, rows, settings, settle, until_rows, yours};
use crate::support::courier::{Courier, config, program};
use crate::support::postgres::Postgres;
use crate::support::relay::{Options, Relay};
use crate::support::scene::{code, mail_through};

/// The same settings with a spool.
fn with_spool(url: &str, spool: &Path) -> Settings {
    match settings(url) {
        Settings::Postgres(settings) => {
            Settings::Postgres(PostgresSettings { spool: Some(spool.to_owned()), ..settings })
        }
        other @ Settings::Sqlite(_) => other,
    }
}

fn waiting(settings: &Settings) -> usize {
    inspect_spool(settings).unwrap().unwrap().records
}

async fn until(what: &str, wanted: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !wanted() {
        assert!(Instant::now() < end, "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// How many lines of a service's log hold this.
fn said(courier: &Courier, words: &str) -> usize {
    courier.output().lines().filter(|line| line.contains(words)).count()
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn what_a_killed_server_could_not_write_is_known_to_the_next_and_written_once_the_database_is_back() {
    const MESSAGES: usize = 200;
    let mut postgres = Postgres::start().await;
    let relay = Relay::start(Options::default()).await;
    let ledger = format!("[ledger]\nurl = \"{}\"\nrecipient_key = \"key\"\n", postgres.url());
    let mut courier = Courier::start(&config(&(mail_through(&relay) + &ledger)));
    let events: Vec<_> = (0..MESSAGES).map(|n| code(&format!("ema_{n}"))).collect();
    postgres.stop();
    for reply in courier.post_all(&events).await {
        assert_eq!(reply.line(), "200 accepted -");
    }
    courier.kill();
    assert_eq!(said(&courier, "the ledger's database fails"), 1);
    assert_eq!(said(&courier, "database can be written again"), 0);

    // The database is still down.
    let mut courier = Courier::start_in(Arc::clone(&courier.dir), |_| {});
    for reply in courier.post_all(&events).await {
        assert_eq!(reply.line(), "200 duplicate -");
    }
    courier.kill();
    let courier = Courier::start_in(Arc::clone(&courier.dir), |_| {});
    assert_eq!(courier.post(&events[7]).await.line(), "200 duplicate -");
    assert_eq!(relay.mails().len(), MESSAGES);
    let metrics = courier.metrics().await;
    assert!(metrics.contains("clerk_courier_ledger_unwritten 200"), "{metrics}");

    postgres.resume().await;
    let settings = with_spool(&postgres.url(), &courier.dir.path().join("clerk-courier.spool"));
    courier.wait_for_line(|line| line.contains("all records of the ledger's spool"));
    until_rows(&settings, |rows| rows.iter().filter(|row| row.outcome == "accepted").count() == MESSAGES)
        .await;
    assert!(rows(&settings).iter().all(|row| row.attempts == 1 && row.provider.is_some()));
    assert!(rows(&settings).iter().all(|row| row.steps.len() == 1), "the attempt");
    let spooled = inspect_spool(&settings).unwrap().unwrap();
    assert_eq!((spooled.found, spooled.records), (Inspected::Held, 0));
    for (words, times) in [
        ("starting with the ledger in memory", 1),
        ("wait in the ledger's spool", 1),
        ("database can be written again", 1),
        ("all records of the ledger's spool", 1),
    ] {
        assert_eq!(said(&courier, words), times, "{words}");
    }
    let other = open(&super::settings(&postgres.url()));
    for n in 0..MESSAGES {
        let known = claim(&other, &format!("ema_{n}"), true).await;
        assert!(matches!(known, clerk_courier::ledger::Claim::Accepted { .. }), "{known:?}");
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_record_that_a_database_that_hangs_has_not_taken_is_on_the_disk_before_the_answer() {
    let postgres = Postgres::start().await;
    let directory = tempfile::tempdir().unwrap();
    let settings = with_spool(&postgres.url(), &directory.path().join("spool"));
    let ledger = open(&settings);
    let ticket = yours(claim(&ledger, "ema_1", false).await);
    postgres.freeze();
    let asked = Instant::now();
    settle(&ledger, ticket, Settled::Accepted).await;
    assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
    assert_eq!(waiting(&settings), 1);
    postgres.thaw();
    until("the spool is emptied", || waiting(&settings) == 0).await;
    until_rows(&super::settings(&postgres.url()), |rows| {
        rows.len() == 1 && rows[0].outcome == "accepted" && rows[0].attempts == 2
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_record_of_the_spool_takes_nothing_back() {
    let mut postgres = Postgres::start().await;
    let directory = tempfile::tempdir().unwrap();
    let settings = with_spool(&postgres.url(), &directory.path().join("spool"));
    let ledger = open(&settings);
    postgres.stop();
    let outcomes = [
        ("ema_accepted", Settled::Failed, Settled::Accepted),
        ("ema_failed", Settled::Accepted, Settled::Failed),
        ("ema_newer", Settled::InDoubt, Settled::Failed),
    ];
    for (id, spooled, _) in outcomes {
        let ticket = yours(claim(&ledger, id, false).await);
        settle(&ledger, ticket, spooled).await;
    }
    ledger.close(PATIENCE);
    assert_eq!(waiting(&settings), 3);
    postgres.resume().await;
    // Another server delivers the same messages before the spool is read.
    let other = open(&super::settings(&postgres.url()));
    for (id, _, settled) in outcomes {
        let ticket = yours(claim(&other, id, false).await);
        settle(&other, ticket, settled).await;
    }
    let ledger = open(&settings);
    until("the spool is emptied", || waiting(&settings) == 0).await;
    let rows = rows(&settings);
    for (id, outcome) in [("ema_accepted", "accepted"), ("ema_failed", "accepted"), ("ema_newer", "failed")] {
        let row = rows.iter().find(|row| row.message_id == id).unwrap();
        assert_eq!(row.outcome, outcome, "{id}");
    }
    assert_accepted(&claim(&ledger, "ema_failed", true).await);
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_spool_that_can_not_be_used_stops_the_start() {
    let postgres = Postgres::start().await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("spool");
    let first = open(&with_spool(&postgres.url(), &path));
    for (spool, words) in [
        (path.clone(), "in use by another clerk-courier process"),
        (directory.path().join("no/spool"), "does not exist"),
        (directory.path().to_owned(), "is a directory"),
    ] {
        let error = Ledger::open(with_spool(&postgres.url(), &spool), Clock::System).unwrap_err().to_string();
        assert!(error.contains(words) && error.contains("`spool` under [ledger]"), "{error}");
    }
    drop(first);
    open(&with_spool(&postgres.url(), &path));
}

/// Moves the limit on the size of a service's files, in bytes: every write beyond it fails.
fn limit(courier: &Courier, bytes: &str) {
    let (limit, pid) = (format!("--fsize={bytes}:"), courier.pid().to_string());
    assert!(Command::new("prlimit").args([&limit, "--pid", &pid]).status().unwrap().success());
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_full_disk_under_the_spool_is_said_once_and_costs_no_code() {
    let mut postgres = Postgres::start().await;
    let relay = Relay::start(Options::default()).await;
    let ledger = format!("[ledger]\nurl = \"{}\"\nrecipient_key = \"key\"\n", postgres.url());
    let dir = Arc::new(tempfile::tempdir().unwrap());
    std::fs::write(dir.path().join("config.toml"), config(&(mail_through(&relay) + &ledger))).unwrap();
    // The signal that goes with the limit is ignored, so that writes fail.
    let mut command = Command::new("bash");
    command.arg("-c").arg("trap '' XFSZ; exec \"$0\" serve").arg(program());
    let courier = Courier::launch(dir, command, |_| {});
    let settings = with_spool(&postgres.url(), &courier.dir.path().join("clerk-courier.spool"));
    postgres.stop();
    limit(&courier, "0");
    for n in 0..5 {
        assert_eq!(courier.post(&code(&format!("ema_{n}"))).await.line(), "200 accepted -");
    }
    courier.wait_for_line(|line| line.contains("the ledger's spool can't be written"));
    assert_eq!(waiting(&settings), 0);
    limit(&courier, "unlimited");
    until("the records go into the spool", || waiting(&settings) == 5).await;
    courier.wait_for_line(|line| line.contains("the ledger's spool can be used again"));
    assert_eq!(said(&courier, "the ledger's spool can't be written"), 1);
    assert_eq!(said(&courier, "the ledger's spool can be used again"), 1);
    postgres.resume().await;
    until_rows(&settings, |rows| rows.len() == 5).await;
    until("the spool is emptied", || waiting(&settings) == 0).await;
    assert_eq!(relay.mails().len(), 5);
}
