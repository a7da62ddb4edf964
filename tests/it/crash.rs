//! What `kill -9` and a disk that refuses leave behind: every code arrives, and what was answered `accepted` arrives
//! once.

mod disk;

use std::collections::{HashMap, HashSet};
use std::process::{Command, Output};
use std::sync::Arc;

use serde_json::Value;
use tokio::task::{JoinHandle, JoinSet};

use crate::support::courier::{Courier, config, fixture, post_to, program};
use crate::support::relay::{Fault, Options, Relay, Stage};

/// One mail server; `email` holds further keys of `[email]`.
fn mailing(relay: &Relay, email: &str) -> String {
    config(&format!(
        "[email]\nfrom = \"Acme <login@acme.example>\"\nproviders = [\"main\"]\n{email}\n\
         [providers.main]\ntype = \"smtp\"\nurl = \"smtp://127.0.0.1:{}\"\nconnections = 4\n",
        relay.port
    ))
}

/// A code for a recipient of its own.
fn code(id: &str) -> Value {
    let mut event = fixture("email.created.verification_code", id);
    event["data"]["to_email_address"] = format!("{id}@mail.example").into();
    event
}

/// How often each recipient got a mail.
fn arrivals(relay: &Relay) -> HashMap<String, usize> {
    let mut arrivals = HashMap::new();
    for mail in relay.mails() {
        *arrivals.entry(mail.to).or_default() += 1;
    }
    arrivals
}

/// Posts without holding on to the service. Joining fails where no answer came.
fn posting(courier: &Courier, event: &Value) -> JoinHandle<String> {
    let (url, body) = (courier.url("/webhooks/clerk"), serde_json::to_vec(event).unwrap());
    let id = format!("msg_{}", event["data"]["id"].as_str().unwrap());
    tokio::spawn(async move { post_to(&url, &id, &body).await.line() })
}

/// Posts an event, kills the service while the mail server keeps silent at `stage`, and starts it again.
async fn killed_at(stage: Stage, relay: &Relay, courier: &mut Courier, event: &Value) {
    relay.fail(stage, Fault::Hang);
    let hung = relay.state().hung;
    let posting = posting(courier, event);
    relay.until(|state| state.hung > hung).await;
    courier.kill();
    assert!(posting.await.is_err(), "answered before the mail server did");
    relay.heal();
    *courier = Courier::start_in(Arc::clone(&courier.dir), |_| {});
}

const BEFORE_THE_MESSAGE_LEFT: [Stage; 3] = [Stage::Greeting, Stage::Mail, Stage::Rcpt];

#[tokio::test]
async fn a_message_whose_delivery_was_killed_is_delivered_after_the_restart() {
    let relay = Relay::start(Options::default()).await;
    let mut courier = Courier::start(&mailing(&relay, ""));
    for stage in BEFORE_THE_MESSAGE_LEFT.into_iter().chain([Stage::Body]) {
        let id = format!("ema_{stage:?}").to_lowercase();
        let event = code(&id);
        killed_at(stage, &relay, &mut courier, &event).await;
        assert_eq!(courier.post(&event).await.line(), "200 accepted -", "{stage:?}");
        assert_eq!(courier.post(&event).await.line(), "200 duplicate -", "{stage:?}");
        let mail = relay.mails().pop().unwrap();
        let name = format!("\r\nMessage-ID: <{id}@acme.example>\r\n");
        assert!(
            String::from_utf8_lossy(&mail.body).contains(&name),
            "by it a mailbox can tell a second copy"
        );
    }
    assert_eq!(relay.mails().len(), 4);
}

#[tokio::test]
async fn under_stop_a_message_whose_sending_was_killed_is_in_doubt_for_good() {
    let relay = Relay::start(Options::default()).await;
    let mut courier = Courier::start(&mailing(&relay, "on_doubt = \"stop\""));
    for stage in [Stage::Rcpt, Stage::Body] {
        let event = code(&format!("ema_{stage:?}"));
        killed_at(stage, &relay, &mut courier, &event).await;
        assert_eq!(courier.post(&event).await.line(), "422 in_doubt - abort", "{stage:?}");
        courier = courier.crash_and_restart();
        assert_eq!(courier.post(&event).await.line(), "422 in_doubt - abort", "{stage:?}");
    }
    assert_eq!(relay.mails().len(), 0);
}

/// Holds the write lock of the service's database, so that it is stuck where it notes that sending begins, and kills it
/// there. It gives up on the lock after a while and goes on, so it may be missed; then another message is tried.
#[tokio::test]
async fn under_stop_a_message_that_was_killed_before_its_sending_is_delivered() {
    let relay = Relay::start(Options::default()).await;
    let mut courier = Courier::start(&mailing(&relay, "on_doubt = \"stop\""));
    for attempt in 0..20 {
        let event = code(&format!("ema_{attempt}"));
        let connections = relay.state().connections;
        // Whatever is missed goes no further.
        relay.fail(Stage::Greeting, Fault::Hang);
        let database = rusqlite::Connection::open(courier.dir.path().join("clerk-courier.db")).unwrap();
        database.execute_batch("BEGIN IMMEDIATE").unwrap();
        let posting = posting(&courier, &event);
        while !courier.metrics().await.contains("clerk_courier_in_flight 1") {
            assert!(!posting.is_finished(), "answered without having been in flight");
        }
        courier.kill();
        drop(database);
        let _ = posting.await;
        relay.heal();
        courier = Courier::start_in(Arc::clone(&courier.dir), |_| {});
        if relay.state().connections == connections {
            assert_eq!(courier.post(&event).await.line(), "200 accepted -");
            assert_eq!(courier.post(&event).await.line(), "200 duplicate -");
            assert_eq!(relay.mails().len(), 1);
            return;
        }
        relay.until(|state| state.open == 0).await;
        assert_eq!(relay.mails().len(), 0, "only the first one that is caught may be delivered");
    }
    panic!("never killed between claim and sending");
}

#[tokio::test]
async fn under_stop_a_failure_that_is_known_is_tried_again_after_a_kill() {
    let relay = Relay::start(Options::default()).await;
    let courier = Courier::start(&mailing(&relay, "on_doubt = \"stop\""));
    let event = code("ema_1");
    relay.fail(Stage::Rcpt, Fault::reply("550 5.7.1 relaying denied"));
    assert_eq!(courier.post(&event).await.line(), "503 failed account");
    relay.heal();
    let courier = courier.crash_and_restart();
    assert_eq!(courier.post(&event).await.line(), "200 accepted -");
    assert_eq!(relay.mails().len(), 1);
}

/// From the mail server's yes to the answer there are a few turns of the event loop: one kill after each.
#[tokio::test]
async fn a_kill_around_the_settle_never_sends_what_was_answered_accepted_again() {
    let relay = Relay::start(Options::default()).await;
    let mut courier = Courier::start(&mailing(&relay, ""));
    for turns in [0, 1, 2, 4, 8, 16, 32, usize::MAX] {
        let id = format!("ema_{turns}");
        let event = code(&id);
        relay.fail_times(Stage::Body, Fault::Hang, 1);
        let hung = relay.state().hung;
        let posting = posting(&courier, &event);
        relay.until(|state| state.hung > hung).await;
        relay.release();
        for _ in 0..turns {
            if posting.is_finished() {
                break;
            }
            tokio::task::yield_now().await;
        }
        courier.kill();
        let answered = posting.await.ok();
        relay.until(|state| state.open == 0).await;
        courier = Courier::start_in(Arc::clone(&courier.dir), |_| {});
        let (after, last) = (courier.post(&event).await.line(), courier.post(&event).await.line());
        let arrived = arrivals(&relay).remove(&format!("{id}@mail.example")).unwrap_or(0);
        match (answered.as_deref(), after.as_str()) {
            (Some("200 accepted -") | None, "200 duplicate -") => {
                assert_eq!(arrived, 1, "after {turns} turns");
            }
            (None, "200 accepted -") => assert!((1..=2).contains(&arrived), "after {turns} turns"),
            other => panic!("after {turns} turns: {other:?}"),
        }
        assert!(turns < usize::MAX || answered.is_some(), "the last one waits for the answer");
        assert_eq!(last, "200 duplicate -");
    }
}

#[tokio::test]
async fn what_was_accepted_stays_so_over_five_kills() {
    let relay = Relay::start(Options::default()).await;
    let mut courier = Courier::start(&mailing(&relay, ""));
    for kills in 0..=5 {
        let fresh = code(&format!("ema_{kills}"));
        assert_eq!(courier.post(&fresh).await.line(), "200 accepted -");
        for earlier in 0..=kills {
            let event = code(&format!("ema_{earlier}"));
            assert_eq!(courier.post(&event).await.line(), "200 duplicate -", "after {kills} kills");
        }
        courier = courier.crash_and_restart();
    }
    assert_eq!(relay.mails().len(), 6);
}

#[tokio::test]
async fn a_kill_in_a_storm_loses_no_message_and_repeats_none_that_was_answered() {
    let relay = Relay::start(Options::default()).await;
    let mut courier = Courier::start(&mailing(&relay, ""));
    let ids: Vec<String> = (0..200).map(|n| format!("ema_{n}")).collect();
    let mut posts = JoinSet::new();
    for id in &ids {
        let (id, posting) = (id.clone(), posting(&courier, &code(id)));
        posts.spawn(async move { (id, posting.await.ok()) });
    }
    let mut answered = HashSet::new();
    let mut count = 0;
    while let Some(post) = posts.join_next().await {
        let (id, answer) = post.unwrap();
        if let Some(answer) = answer {
            assert_eq!(answer, "200 accepted -");
            answered.insert(id);
        }
        count += 1;
        if count == 60 {
            courier.kill();
        }
    }
    assert!((60..200).contains(&answered.len()), "killed in the middle: {} were answered", answered.len());
    relay.until(|state| state.open == 0).await;

    let courier = Courier::start_in(Arc::clone(&courier.dir), |_| {});
    for id in &ids {
        let again = courier.post(&code(id)).await.line();
        let right = again == "200 duplicate -" || (again == "200 accepted -" && !answered.contains(id));
        assert!(right, "{id}, answered {}: {again}", answered.contains(id));
    }
    let arrivals = arrivals(&relay);
    for id in &ids {
        let count = arrivals.get(&format!("{id}@mail.example")).copied().unwrap_or(0);
        let most = if answered.contains(id) { 1 } else { 2 };
        assert!((1..=most).contains(&count), "{id} arrived {count} times");
    }
}

/// Runs `serve` to its end, which it must come to by itself.
fn refused(dir: &std::path::Path) -> Output {
    Command::new(program()).arg("serve").current_dir(dir).output().unwrap()
}

#[test]
fn a_ledger_whose_directory_is_missing_stops_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let text = config("[ledger]\nurl = \"sqlite://missing/ledger.db\"\n");
    std::fs::write(dir.path().join("config.toml"), text).unwrap();
    let output = refused(dir.path());
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("ledger: the directory of missing/ledger.db does not exist: make it"), "{said}");
}

#[tokio::test]
async fn a_second_service_on_the_same_ledger_is_refused_and_the_first_goes_on() {
    let relay = Relay::start(Options::default()).await;
    let courier = Courier::start(&mailing(&relay, ""));
    let output = refused(courier.dir.path());
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains(
            "ledger: clerk-courier.db is in use by another clerk-courier process. Stop that process"
        ),
        "{said}"
    );
    assert_eq!(courier.post(&code("ema_1")).await.line(), "200 accepted -");
    assert_eq!(courier.post(&code("ema_1")).await.line(), "200 duplicate -");
}
