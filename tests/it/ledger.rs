//! The ledger under the real program: what keeps it from starting, what `check` says of it, and what is answered while its
//! database can't be used.

use std::path::Path;
use std::time::Instant;

use rusqlite::Connection;
use serde_json::json;

use crate::support::command::{Ran, run};
use crate::support::courier::{Courier, PATIENCE, config};
use crate::support::relay::{Options, Relay};
use crate::support::scene::{code, mail_through};

const DATABASE: &str = "clerk-courier.db";

fn under_stop(relay: &Relay) -> String {
    config(&mail_through(relay).replace("[email]\n", "[email]\non_doubt = \"stop\"\n"))
}

fn database(courier: &Courier) -> Connection {
    Connection::open(courier.dir.path().join(DATABASE)).unwrap()
}

/// What is in the rows: message, outcome, reason.
fn rows(courier: &Courier) -> Vec<String> {
    let database = database(courier);
    let mut rows = database
        .prepare("SELECT message_id || ' ' || outcome || ' ' || coalesce(reason, '-') FROM message")
        .unwrap();
    rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// Posts until the answer is no longer `before`: a database that failed is tried again each second.
async fn post_past(courier: &Courier, id: &str, before: &str) -> String {
    let end = Instant::now() + PATIENCE;
    loop {
        let answer = courier.post(&code(id)).await.line();
        if answer != before || Instant::now() > end {
            return answer;
        }
    }
}

#[tokio::test]
async fn under_stop_nothing_is_sent_while_the_database_can_not_be_written() {
    let relay = Relay::start(Options::default()).await;
    let courier = Courier::start(&under_stop(&relay));
    let other = database(&courier);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let reply = courier.post(&code("ema_1")).await;
    assert_eq!(reply.line(), "503 failed internal");
    assert!(
        reply.text("message").contains("Nothing was sent, because the ledger's database can't be written"),
        "{}",
        reply.json
    );
    assert_eq!(relay.state().connections, 0);
    drop(other);
    assert_eq!(post_past(&courier, "ema_1", "503 failed internal").await, "200 accepted -");
    assert_eq!(relay.mails().len(), 1);
}

#[tokio::test]
async fn while_the_database_can_not_be_read_stop_waits_and_resend_sends() {
    for (stop, first, second) in
        [(true, "503 failed internal", "200 duplicate -"), (false, "200 accepted -", "200 duplicate -")]
    {
        let relay = Relay::start(Options::default()).await;
        let mut courier =
            Courier::start(&if stop { under_stop(&relay) } else { config(&mail_through(&relay)) });
        assert_eq!(courier.post(&code("ema_1")).await.line(), "200 accepted -");
        courier.kill();
        let other = database(&courier);
        other.execute_batch("PRAGMA locking_mode = exclusive; BEGIN EXCLUSIVE").unwrap();
        let courier = Courier::start_in(courier.dir.clone(), |_| {});
        assert_eq!(courier.post(&code("ema_1")).await.line(), first);
        drop(other);
        assert_eq!(post_past(&courier, "ema_1", "503 failed internal").await, second);
        assert_eq!(relay.mails().len(), if stop { 1 } else { 2 });
    }
}

/// Not only what reached a provider.
#[tokio::test]
async fn every_claimed_message_that_fails_leaves_a_row() {
    let relay = Relay::start(Options::default()).await;
    let dir = std::sync::Arc::new(tempfile::tempdir().unwrap());
    let template = dir.path().join("templates/email/verification_code");
    std::fs::create_dir_all(&template).unwrap();
    // Passes its proof, and fails on the value itself where an event asks for it.
    let trap = "{{otp_code}}{{#if user.public_metadata.trap}}{{lookup user otp_code}}{{/if}}";
    std::fs::write(template.join("body.html.hbs"), trap).unwrap();
    let text = config(&(mail_through(&relay) + "[templates]\non_error = \"fail\"\n"));
    std::fs::write(dir.path().join("config.toml"), text).unwrap();
    let courier = Courier::start_in(dir, |_| {});
    let mut event = code("ema_1");
    event["data"]["data"]["user"] = json!({ "public_metadata": { "trap": true } });
    assert_eq!(courier.post(&event).await.line(), "503 failed template");
    assert_eq!(rows(&courier), ["ema_1 failed template"]);
}

/// What `serve` and `check` say of a configuration; both have to refuse it as wrong.
async fn refused(dir: &Path) -> String {
    let serve = run(dir, &["serve"], &[]).await;
    let check = run(dir, &["check"], &[]).await;
    for Ran { code, .. } in [&serve, &check] {
        assert_eq!(*code, Some(2), "{serve:?} {check:?}");
    }
    assert_eq!(serve.stderr, check.stderr);
    serve.stderr
}

#[tokio::test]
async fn a_ledger_that_a_person_has_to_put_right_stops_serve_and_check() {
    let relay = Relay::start(Options::default()).await;
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.toml"), config(&mail_through(&relay))).unwrap();
    let path = dir.path().join(DATABASE);

    std::fs::create_dir(&path).unwrap();
    assert!(refused(dir.path()).await.contains("is a directory: name a file in `url` under [ledger]"));
    std::fs::remove_dir(&path).unwrap();

    Connection::open(&path).unwrap().execute_batch("CREATE TABLE song (title TEXT)").unwrap();
    assert!(refused(dir.path()).await.contains("is the database of another application: change `url`"));
    std::fs::remove_file(&path).unwrap();

    std::fs::write(&path, "no database at all, but text ".repeat(99)).unwrap();
    assert!(refused(dir.path()).await.contains("is not an SQLite database: move it away"));
    std::fs::remove_file(&path).unwrap();

    // Nobody, root included, may make a file there.
    let nowhere = "[ledger]\nurl = \"sqlite:///sys/ledger.db\"\n";
    std::fs::write(dir.path().join("config.toml"), config(&(mail_through(&relay) + nowhere))).unwrap();
    assert!(refused(dir.path()).await.contains("/sys/ledger.db"));
}

#[tokio::test]
async fn check_says_how_the_ledger_is() {
    let relay = Relay::start(Options::default()).await;
    let dir = std::sync::Arc::new(tempfile::tempdir().unwrap());
    std::fs::write(dir.path().join("config.toml"), config(&mail_through(&relay))).unwrap();
    let check = async || run(dir.path(), &["check"], &[]).await.ok();
    assert!(check().await.contains(
        "ledger    clerk-courier.db: will be created at the first start; keeps its records for 30days"
    ));
    assert!(!dir.path().join(DATABASE).exists());
    let mut courier = Courier::start_in(dir.clone(), |_| {});
    assert_eq!(courier.post(&code("ema_1")).await.line(), "200 accepted -");
    assert!(check().await.contains("clerk-courier.db: can be read; a running service is using it"));
    assert_eq!(courier.post(&code("ema_1")).await.line(), "200 duplicate -");
    courier.kill();
    assert!(check().await.contains("clerk-courier.db: can be read and written"));
}

#[tokio::test]
async fn a_retention_that_svix_outlasts_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    for (retention, status) in [("1s", 2), ("27h 35m", 2), ("47h", 2), ("2d", 0)] {
        let text = config(&format!("[ledger]\nretention = \"{retention}\"\n"));
        std::fs::write(dir.path().join("config.toml"), text).unwrap();
        let ran = run(dir.path(), &["check"], &[]).await;
        assert_eq!(ran.code, Some(status), "{ran:?}");
        assert!(status == 0 || ran.stderr.contains("ledger.retention") && ran.stderr.contains("27 h 35 min"));
    }
}
