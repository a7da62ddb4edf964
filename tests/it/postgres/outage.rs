//! A database that stops, hangs, or is not there yet: no code waits for it, and no record is lost.

use std::time::Duration;

use clerk_courier::ledger::{Claim, Ledger, Settled};
use tokio::time::Instant;

use super::{PATIENCE, assert_accepted, claim, open, record, settings, settle, until_rows, yours};
use crate::support::postgres::Postgres;

async fn until_writable(ledger: &Ledger) {
    let end = Instant::now() + PATIENCE;
    while !ledger.state().writable || ledger.state().unwritten > 0 {
        assert!(Instant::now() < end, "{:?}", ledger.state());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What a ledger does while its database fails, and after it is back.
async fn fails_and_comes_back(fail: impl AsyncFnOnce(&mut Postgres), heal: impl AsyncFnOnce(&mut Postgres)) {
    let mut postgres = Postgres::start().await;
    let settings = settings(&postgres.url());
    let ledger = open(&settings);
    let before = yours(claim(&ledger, "ema_before", false).await);
    settle(&ledger, before, Settled::Accepted).await;
    let under_way = yours(claim(&ledger, "ema_under_way", false).await);
    fail(&mut postgres).await;

    let asked = Instant::now();
    let first = yours(claim(&ledger, "ema_1", false).await);
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    assert!(matches!(claim(&ledger, "ema_stop", true).await, Claim::Unknown));
    let asked = Instant::now();
    let second = yours(claim(&ledger, "ema_2", false).await);
    assert!(asked.elapsed() < Duration::from_millis(400), "once it is known to fail, nobody waits");
    assert!(!ledger.state().writable);
    let waiting = [(under_way, Settled::Accepted), (first, Settled::Accepted), (second, Settled::Failed)]
        .map(|(ticket, settled)| {
            tokio::time::timeout(Duration::from_secs(8), settle(&ledger, ticket, settled))
        });
    for written in waiting {
        assert_eq!(written.await, Ok(false));
    }
    // What this process knows is not lost meanwhile.
    for id in ["ema_before", "ema_under_way", "ema_1"] {
        assert_accepted(&claim(&ledger, id, true).await);
    }
    heal(&mut postgres).await;
    until_writable(&ledger).await;
    until_rows(&settings, |rows| rows.len() == 4).await;
    let other = open(&settings);
    for id in ["ema_before", "ema_under_way", "ema_1"] {
        assert_accepted(&claim(&other, id, true).await);
    }
    yours(claim(&other, "ema_2", true).await);
    yours(claim(&ledger, "ema_stop", true).await);
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_database_that_stops_costs_no_code_and_no_record() {
    fails_and_comes_back(async |postgres| postgres.stop(), async |postgres| postgres.resume().await).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_database_that_hangs_costs_no_code_and_no_record() {
    fails_and_comes_back(async |postgres| postgres.freeze(), async |postgres| postgres.thaw()).await;
}

/// The server carries out what it was asked before it stood still. A claim among that has been given up by then: under `stop`
/// the message would count as begun, and nobody would send it.
#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_claim_that_was_given_up_means_nothing_when_a_frozen_database_goes_on() {
    let postgres = Postgres::start().await;
    let settings = settings(&postgres.url());
    let (ledger, other) = (open(&settings), open(&settings));
    for round in 0..5 {
        let settled = yours(claim(&ledger, &format!("ema_settled_{round}"), true).await);
        settle(&ledger, settled, Settled::Failed).await;
        let ids = ["new", "settled"].map(|kind| format!("ema_{kind}_{round}"));
        postgres.freeze();
        let given_up = tokio::join!(claim(&ledger, &ids[0], true), claim(&ledger, &ids[1], true));
        assert!(matches!(given_up, (Claim::Unknown, Claim::Unknown)), "{given_up:?}");
        postgres.thaw();
        until_writable(&ledger).await;
        until_writable(&other).await;
        for id in &ids {
            let end = Instant::now() + PATIENCE;
            let ticket = loop {
                match claim(&other, id, true).await {
                    Claim::Yours(ticket) => break ticket,
                    Claim::InProgress | Claim::Unknown if Instant::now() < end => {}
                    claim => panic!("{id}: {claim:?}"),
                }
            };
            settle(&other, ticket, Settled::Accepted).await;
        }
    }
    until_rows(&settings, |rows| rows.len() == 10).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn connections_that_the_server_closed_are_replaced_within_the_claim() {
    let postgres = Postgres::start().await;
    let settings = settings(&postgres.url());
    let ledger = open(&settings);
    let admin = postgres.connect("courier").await;
    for n in 0..10 {
        let end =
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'clerk-courier'";
        admin.batch_execute(end).await.unwrap();
        // Under `stop` only a claim that is in the database will do.
        let ticket = yours(claim(&ledger, &format!("ema_{n}"), true).await);
        admin.batch_execute(end).await.unwrap();
        assert!(ledger.settle(ticket, record(Settled::Accepted)).await);
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_database_that_is_down_at_the_start_keeps_nobody_from_getting_a_code() {
    let mut postgres = Postgres::start().await;
    let settings = settings(&postgres.url());
    postgres.stop();
    let ledger = open(&settings);
    assert!(!ledger.state().writable);
    let ticket = yours(claim(&ledger, "ema_1", false).await);
    assert!(matches!(claim(&ledger, "ema_2", true).await, Claim::Unknown));
    settle(&ledger, ticket, Settled::Accepted).await;
    postgres.resume().await;
    until_writable(&ledger).await;
    until_rows(&settings, |rows| rows.len() == 1).await;
}
