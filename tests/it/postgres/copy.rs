//! `clerk-courier ledger copy` between the two kinds of ledger, and `ledger check`, by the real program.

use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};

use clerk_courier::clock::Clock;
use clerk_courier::ledger::{
    Claim, Code, Details, Extent, Ids, Ledger, Place, Record, Row, Settings, Settled, SqliteSettings, copy,
};
use clerk_courier::secret::Secret;
use serde_json::Value;
use tokio::time::Instant;

use super::{DAY, PATIENCE, open, record, rows, settings, yours};
use crate::support::command::{Ran, run};
use crate::support::postgres::Postgres;

/// What a message may have come to.
const OUTCOMES: [Settled; 6] = [
    Settled::Accepted,
    Settled::Failed,
    Settled::InDoubt,
    Settled::Rejected,
    Settled::Expired,
    Settled::Superseded,
];

fn sqlite(path: &Path) -> Settings {
    Settings::Sqlite(SqliteSettings {
        path: path.to_owned(),
        retention: 30 * DAY,
        recipient_key: Some(Secret::new("key")),
        full_sync: false,
    })
}

fn place(settings: &Settings) -> Place {
    match settings {
        Settings::Sqlite(settings) => Place::Sqlite(settings.path.clone()),
        Settings::Postgres(settings) => Place::Postgres(Box::new(settings.server.clone())),
    }
}

async fn settle(ledger: &Ledger, id: &str, settled: Settled) {
    let ids = Ids { message: id.into(), svix: format!("msg_{id}") };
    let born = SystemTime::UNIX_EPOCH + Duration::from_millis(1_800_000_000_123);
    let details = Details {
        channel: "email",
        slug: Some("verification_code".into()),
        recipient: format!("{id}@mail.example"),
        born: Some(born),
        code: Some(Code { instance: None }),
    };
    let ticket = yours(ledger.claim(ids, details, false, Instant::now() + Duration::from_secs(12)).await);
    assert!(ledger.settle(ticket, Record { reason: Some("unknown"), ..record(settled) }).await);
}

/// Copies on a thread of its own, as the program does, since it has a runtime of its own.
async fn copied(from: &Settings, to: &Settings) -> [u64; 5] {
    let (from, to) = (place(from), place(to));
    let copied = tokio::task::spawn_blocking(move || {
        let copied = || copy(&from, &to, Extent::default(), Clock::System.now(), &mut |_| {});
        // A program that another test starts has our files open, and so the lock, until it has replaced itself.
        for _ in 0..200 {
            match copied() {
                Err(error) if format!("{error:?}").contains("Locked") => {
                    thread::sleep(Duration::from_millis(5));
                }
                copied => return copied.unwrap(),
            }
        }
        panic!("the file stays locked")
    });
    let copied = copied.await.unwrap();
    [copied.read, copied.new, copied.updated, copied.same, copied.kept]
}

fn sorted(settings: &Settings) -> Vec<Row> {
    let mut rows = rows(settings);
    rows.sort_by(|one, other| one.message_id.cmp(&other.message_id));
    rows
}

/// The columns that only the database shows.
async fn codes(postgres: &Postgres) -> i64 {
    let client = postgres.connect("courier").await;
    let count =
        "SELECT count(*) FROM clerk_courier_message WHERE length(series) = 16 AND length(recipient) = 16
        AND born = to_timestamp(1800000000.123) AND lease_end IS NULL";
    client.query_one(count, &[]).await.unwrap().get(0)
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn all_rows_go_there_and_back_and_a_second_copy_changes_nothing() {
    let postgres = Postgres::start().await;
    let directory = tempfile::tempdir().unwrap();
    let (file, shared) = (sqlite(&directory.path().join("a.db")), settings(&postgres.url()));
    let back = sqlite(&directory.path().join("b.db"));
    let ledger = open(&file);
    for n in 0..620 {
        settle(&ledger, &format!("ema_{n}"), OUTCOMES[n % OUTCOMES.len()]).await;
    }
    // The service goes on running.
    assert_eq!(copied(&file, &shared).await, [620, 620, 0, 0, 0]);
    assert_eq!(sorted(&shared), sorted(&file));
    assert!(sorted(&shared).iter().all(|row| row.steps.len() >= 2), "both attempts");
    assert_eq!(codes(&postgres).await, 620);
    assert_eq!(copied(&file, &shared).await, [620, 0, 0, 620, 0]);
    assert_eq!(copied(&shared, &back).await, [620, 620, 0, 0, 0]);
    assert_eq!(sorted(&back), sorted(&file));
    assert_eq!(copied(&shared, &back).await, [620, 0, 0, 620, 0]);
    assert!(!directory.path().join("b.db.key").exists(), "a copy makes no key");

    // What a server knows that starts on the copy: an acceptance is a duplicate, and supersedes older codes.
    let server = open(&shared);
    let known = super::claim(&server, "ema_0", true).await;
    assert!(matches!(known, Claim::Accepted { .. }), "{known:?}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn the_stronger_or_later_row_stays_in_either_direction() {
    use Settled::{Accepted, Failed, InDoubt};
    for [earlier, later, stays] in [
        [Failed, Accepted, Accepted],
        [Accepted, Failed, Accepted],
        [InDoubt, Failed, Failed],
        [Failed, InDoubt, InDoubt],
        [Accepted, Accepted, Accepted],
    ] {
        let postgres = Postgres::start().await;
        let directory = tempfile::tempdir().unwrap();
        let (file, shared) = (sqlite(&directory.path().join("a.db")), settings(&postgres.url()));
        for (first, second) in [(&file, &shared), (&shared, &file)] {
            let id = if matches!(first, Settings::Sqlite(_)) { "ema_file" } else { "ema_shared" };
            for (at, settled) in [(first, earlier), (second, later)] {
                let ledger = open(at);
                settle(&ledger, id, settled).await;
                ledger.close(PATIENCE);
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        copied(&file, &shared).await;
        copied(&shared, &file).await;
        for settings in [&file, &shared] {
            let words: Vec<_> = sorted(settings).into_iter().map(|row| row.outcome).collect();
            assert_eq!(words, [stays.as_str(); 2], "{earlier:?} {later:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn what_is_written_while_it_copies_is_copied_by_the_next_run_at_the_latest() {
    let postgres = Postgres::start().await;
    let directory = tempfile::tempdir().unwrap();
    let (file, shared) = (sqlite(&directory.path().join("a.db")), settings(&postgres.url()));
    let directions = [("a", file, shared.clone()), ("b", shared, sqlite(&directory.path().join("b.db")))];
    for (name, from, to) in directions {
        let ledger = open(&from);
        let writer = tokio::spawn({
            let ledger = Arc::clone(&ledger);
            async move {
                for n in 0..450 {
                    settle(&ledger, &format!("ema_{name}{n}"), OUTCOMES[n % 2]).await;
                }
                // Some of the failed ones are accepted later.
                for n in (1..450).step_by(4) {
                    settle(&ledger, &format!("ema_{name}{n}"), Settled::Accepted).await;
                }
            }
        });
        while !writer.is_finished() {
            copied(&from, &to).await;
        }
        writer.await.unwrap();
        copied(&from, &to).await;
        ledger.close(PATIENCE);
        let all = |settings: &Settings| {
            let client = place(settings);
            (client.shown(), sorted(settings).len())
        };
        assert_eq!(all(&from).1, all(&to).1);
        assert_eq!(sorted(&to), sorted(&from));
    }
}

/// Runs `ledger` with arguments in a directory whose configuration is this.
async fn ledger_command(directory: &Path, config: &str, arguments: &[&str], url: &str) -> Ran {
    std::fs::write(directory.join("config.toml"), config).unwrap();
    run(directory, &[&["ledger"], arguments].concat(), &[("LEDGER_URL", url)]).await
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn the_recipe_of_a_team_that_moves_to_postgresql() {
    let postgres = Postgres::start().await;
    let directory = tempfile::tempdir().unwrap();
    let dir = directory.path();
    let file = Settings::Sqlite(SqliteSettings {
        path: dir.join("ledger.db"),
        retention: 30 * DAY,
        recipient_key: None,
        full_sync: false,
    });
    let service = open(&file);
    for n in 0..3 {
        settle(&service, &format!("ema_{n}"), Settled::Accepted).await;
    }
    let copy = ["copy", "ledger.db", "${LEDGER_URL}"];
    let url = postgres.url();

    // Another key than that of the file is refused, and the sentence says what to write.
    let before = "[ledger]\nurl = \"sqlite://ledger.db\"\n";
    let other = format!("{before}recipient_key = \"other\"\n");
    let refused = ledger_command(dir, &other, &copy, &url).await;
    assert_eq!(refused.code, Some(1), "{refused:#?}");
    let remedy = "recipient_key = \"base64:${file:ledger.db.key}\"";
    assert!(refused.stderr.contains(remedy) && !refused.output().contains("canary"), "{refused:#?}");
    let warned = ledger_command(dir, before, &copy, &url).await;
    assert_eq!(warned.code, Some(0), "{warned:#?}");
    assert!(warned.stderr.contains(remedy), "{warned:#?}");

    let with_key = format!("{before}{remedy}\n");
    settle(&service, "ema_3", Settled::Accepted).await;
    let json = [&copy[..], &["--json"]].concat();
    let copied: Value =
        serde_json::from_str(&ledger_command(dir, &with_key, &json, &url).await.ok()).unwrap();
    assert_eq!(
        copied,
        serde_json::json!({ "read": 4, "new": 1, "updated": 0, "same": 3, "kept": 0, "languages": 0 })
    );
    service.close(PATIENCE);
    let said = ledger_command(dir, &with_key, &copy, &url).await.ok();
    assert!(said.contains("4 were there already"), "{said}");

    // The servers' configuration from here on: recipients are found in what was copied.
    let after = format!("[ledger]\nurl = \"${{LEDGER_URL}}\"\n{remedy}\n");
    std::fs::write(dir.join("config.toml"), &after).unwrap();
    let log = run(dir, &["log", "--to", "ema_3@mail.example"], &[("LEDGER_URL", &url)]).await.ok();
    assert!(log.contains("ema_3") && !log.contains("ema_2"), "{log}");

    let health = ledger_command(dir, &after, &["check", "--json"], &url).await.ok();
    let health: Value = serde_json::from_str(&health).unwrap();
    assert_eq!((&health["kind"], &health["rows"]), (&"postgres".into(), &4.into()), "{health}");
    assert!(
        health["clock_ahead_ms"].as_i64().unwrap().abs() < 5000
            && health["problems"] == serde_json::json!([])
    );
    assert!(health["spool"]["path"].as_str().unwrap().ends_with("clerk-courier.spool"), "{health}");
    let table = ledger_command(dir, &after, &["check"], &url).await.ok();
    assert!(table.contains("PostgreSQL") && table.contains("state     fine"), "{table}");
    let table = ledger_command(dir, before, &["check"], &url).await.ok();
    assert!(table.contains("SQLite, ledger.db") && table.contains("in use    no"), "{table}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn what_can_not_be_copied_or_checked_is_said_in_words() {
    let postgres = Postgres::start().await;
    let directory = tempfile::tempdir().unwrap();
    let dir = directory.path();
    let (url, key) = (postgres.url(), "[ledger]\nurl = \"sqlite://ledger.db\"\nrecipient_key = \"key\"\n");
    let service = open(&sqlite(&dir.join("ledger.db")));
    settle(&service, "ema_0", Settled::Accepted).await;
    for (arguments, words) in [
        (["copy", "ledger.db", "ledger.db"], "both are the same ledger"),
        (["copy", "none.db", "${LEDGER_URL}"], "there is no ledger at none.db"),
        (["copy", "${LEDGER_URL}", "ledger.db"], "holds no ledger yet"),
        (["copy", "mysql://x", "ledger.db"], "is neither a path"),
        (["copy", "${NOT_SET}", "ledger.db"], "NOT_SET"),
    ] {
        let ran = ledger_command(dir, key, &arguments, &url).await;
        assert!(ran.code != Some(0) && ran.stderr.contains(words), "{arguments:?} {ran:#?}");
        assert!(!ran.output().contains("canary"), "{ran:#?}");
    }
    ledger_command(dir, key, &["copy", "ledger.db", "${LEDGER_URL}"], &url).await.ok();
    let ran = ledger_command(dir, key, &["copy", "${LEDGER_URL}", "ledger.db"], &url).await;
    assert!(ran.code == Some(1) && ran.stderr.contains("in use by another clerk-courier"), "{ran:#?}");

    service.close(PATIENCE);
    let path = dir.join("ledger.db");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[4096..].fill(0xff);
    std::fs::write(&path, bytes).unwrap();
    let ran = ledger_command(dir, key, &["check"], &url).await;
    assert!(ran.code == Some(1) && ran.stderr.contains("is damaged"), "{ran:#?}");
}
