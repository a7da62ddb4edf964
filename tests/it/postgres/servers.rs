//! Several `serve` processes on one database.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{rows, settings, until_rows};
use crate::support::courier::{Courier, config};
use crate::support::postgres::{Bouncer, Postgres};
use crate::support::relay::{Fault, Options, Relay, Stage};
use crate::support::scene::{code, mail_through};

/// Two services with one mail server and one database.
fn two(relay: &Relay, url: &str) -> [Courier; 2] {
    let ledger = format!("[ledger]\nurl = \"{url}\"\nrecipient_key = \"key\"\n");
    [0, 1].map(|_| {
        let dir = Arc::new(tempfile::tempdir().unwrap());
        std::fs::write(dir.path().join("config.toml"), config(&(mail_through(relay) + &ledger))).unwrap();
        Courier::start_in(dir, |_| {})
    })
}

/// Posts each message to both at once: one delivers it. One message after the other, since a server that waits for the database
/// for half a second delivers without it, and a burst on a machine that is busy with other tests may take that long.
async fn deliver_once(relay: &Relay, couriers: &[Courier; 2], count: usize) {
    let events: Vec<_> = (0..count).map(|n| code(&format!("ema_{n}"))).collect();
    for event in &events {
        let (one, other) = tokio::join!(couriers[0].post(event), couriers[1].post(event));
        let mut lines = [one.line(), other.line()];
        lines.sort();
        assert_eq!(lines[0], "200 accepted -", "{lines:?}");
        assert!(["200 duplicate -", "503 in_progress -"].contains(&lines[1].as_str()), "{lines:?}");
    }
    assert_eq!(relay.mails().len(), count);
    for courier in couriers {
        for event in &events {
            assert_eq!(courier.post(event).await.line(), "200 duplicate -");
        }
    }
    assert_eq!(relay.mails().len(), count);
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_message_that_comes_to_two_servers_at_once_is_sent_once() {
    let postgres = Postgres::start().await;
    let relay = Relay::start(Options::default()).await;
    let couriers = two(&relay, &postgres.url());
    deliver_once(&relay, &couriers, 20).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn behind_pgbouncer_in_transaction_mode_all_is_the_same() {
    let postgres = Postgres::start().await;
    let bouncer = Bouncer::start(&postgres).await;
    let relay = Relay::start(Options::default()).await;
    let couriers = two(&relay, &bouncer.url());
    deliver_once(&relay, &couriers, 20).await;
    until_rows(&settings(&bouncer.url()), |rows| {
        rows.iter().filter(|row| row.outcome == "accepted").count() == 20
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn what_a_server_was_killed_with_another_delivers_within_the_next_request() {
    let postgres = Postgres::start().await;
    let relay = Relay::start(Options::default()).await;
    let [mut one, other] = two(&relay, &postgres.url());
    relay.fail(Stage::Rcpt, Fault::Hang);
    let event = code("ema_1");
    let broken = one.post_later(&event);
    relay.until(|state| state.hung > 0).await;
    let killed = Instant::now();
    one.kill();
    assert!(broken.await.is_err(), "answered before the mail server did");
    relay.heal();
    // Svix comes back after 5 s.
    tokio::time::sleep(Duration::from_secs(5).saturating_sub(killed.elapsed())).await;
    let asked = Instant::now();
    assert_eq!(other.post(&event).await.line(), "200 accepted -");
    assert!(asked.elapsed() < Duration::from_secs(12), "{:?}", asked.elapsed());
    assert_eq!(relay.mails().len(), 1);
    assert_eq!(other.post(&event).await.line(), "200 duplicate -");
}

/// Messages that come to two servers while the database fails for five seconds: all are delivered, none twice, and in the
/// end all are in the database.
async fn through_an_outage(fail: impl AsyncFnOnce(&mut Postgres), heal: impl AsyncFnOnce(&mut Postgres)) {
    let mut postgres = Postgres::start().await;
    let relay = Relay::start(Options::default()).await;
    let couriers = two(&relay, &postgres.url());
    assert_eq!(couriers[0].post(&code("ema_first")).await.line(), "200 accepted -");
    fail(&mut postgres).await;
    let failed = Instant::now();
    let mut count = 1;
    while failed.elapsed() < Duration::from_secs(5) {
        for courier in &couriers {
            let event = code(&format!("ema_{count}"));
            let asked = Instant::now();
            assert_eq!(courier.post(&event).await.line(), "200 accepted -");
            assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
            // What it delivered itself it knows.
            assert_eq!(courier.post(&event).await.line(), "200 duplicate -");
            count += 1;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    assert_eq!(couriers[0].post(&code("ema_first")).await.line(), "200 duplicate -");
    heal(&mut postgres).await;
    let settings = settings(&postgres.url());
    until_rows(&settings, |rows| rows.iter().filter(|row| row.outcome == "accepted").count() == count).await;
    assert_eq!(rows(&settings).len(), count);
    assert_eq!(relay.mails().len(), count);
    for (courier, said) in couriers.iter().map(|courier| (courier, courier.output())) {
        assert_eq!(said.matches("the ledger's database fails").count(), 1, "{said}");
        assert_eq!(said.matches("can be written again").count(), 1, "{said}");
        assert_eq!(courier.post(&code("ema_1")).await.line(), "200 duplicate -");
        assert_eq!(courier.post(&code("ema_2")).await.line(), "200 duplicate -");
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn while_the_database_is_stopped_every_message_is_delivered() {
    through_an_outage(async |postgres| postgres.stop(), async |postgres| postgres.resume().await).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn while_the_database_hangs_every_message_is_delivered() {
    through_an_outage(async |postgres| postgres.freeze(), async |postgres| postgres.thaw()).await;
}
