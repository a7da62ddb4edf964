//! Several ledgers on one database.

use std::sync::Arc;
use std::time::Duration;

use clerk_courier::ledger::{Claim, Settled};
use tokio::time::Instant;

use super::{assert_accepted, claim, claim_within, open, rows, settings, settle, yours};
use crate::support::postgres::Postgres;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn of_two_servers_one_gets_each_message() {
    let postgres = Postgres::start().await;
    let settings = settings(&postgres.url());
    // They start at the same time, on a database without tables.
    let opening: Vec<_> = (0..4)
        .map(|_| {
            let settings = settings.clone();
            std::thread::spawn(move || open(&settings))
        })
        .collect();
    let ledgers: Vec<_> = opening.into_iter().map(|opening| opening.join().unwrap()).collect();
    let mut sent = 0;
    // Forty claims at a time, which two busy cores answer within the 500 ms that each waits.
    for part in 0..5 {
        let mut claims = Vec::new();
        for n in 0..10 {
            for ledger in &ledgers {
                let ledger = Arc::clone(ledger);
                claims.push(tokio::spawn(async move {
                    match claim(&ledger, &format!("ema_{part}{n}"), false).await {
                        Claim::Yours(ticket) => usize::from(settle(&ledger, ticket, Settled::Accepted).await),
                        Claim::InProgress | Claim::Accepted { .. } => 0,
                        other => panic!("{other:?}"),
                    }
                }));
            }
        }
        for claim in claims {
            sent += claim.await.unwrap();
        }
    }
    assert_eq!(sent, 50);
    for ledger in &ledgers {
        assert_accepted(&claim(ledger, "ema_07", false).await);
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_message_of_another_server_is_in_progress_until_it_gives_it_back() {
    let postgres = Postgres::start().await;
    let settings = settings(&postgres.url());
    let (one, other) = (open(&settings), open(&settings));
    let ticket = yours(claim(&one, "ema_1", false).await);
    let asked = Instant::now();
    assert!(matches!(claim(&other, "ema_1", false).await, Claim::InProgress));
    assert!(asked.elapsed() < Duration::from_secs(3), "a young claim is not waited for");
    settle(&one, ticket, Settled::Failed).await;
    let ticket = yours(claim(&other, "ema_1", true).await);
    settle(&other, ticket, Settled::Accepted).await;
    // The memory of the first one says "failed".
    assert_accepted(&claim(&one, "ema_1", false).await);
}

/// A claim that is as old as the claim of a server that died before Svix came back.
async fn orphan(postgres: &Postgres, id: &str, left: Duration) {
    let client = postgres.connect("courier").await;
    let sql = format!(
        "UPDATE clerk_courier_message SET claimed_at = clock_timestamp() - interval '5 s',
             lease_end = clock_timestamp() + interval '{} ms' WHERE message_id = '{id}'",
        left.as_millis()
    );
    assert_eq!(client.execute(&sql, &[]).await.unwrap(), 1);
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_message_whose_owner_died_is_taken_over_within_the_request() {
    let postgres = Postgres::start().await;
    let settings = settings(&postgres.url());
    let (one, other) = (open(&settings), open(&settings));
    let lost = yours(claim(&one, "ema_1", false).await);
    orphan(&postgres, "ema_1", Duration::from_secs(2)).await;

    // Too late to deliver after the lease.
    let asked = Instant::now();
    assert!(matches!(claim_within(&other, "ema_1", false, Duration::from_secs(4)).await, Claim::InProgress));
    assert!(asked.elapsed() < Duration::from_millis(1900));

    let ticket = yours(claim_within(&other, "ema_1", false, Duration::from_secs(8)).await);
    assert!(asked.elapsed() > Duration::from_millis(1500), "taken over before the lease ended");
    assert!(asked.elapsed() < Duration::from_secs(6), "{:?}", asked.elapsed());
    assert_eq!(rows(&settings)[0].outcome, "begun");

    // The first owner was only slow: its failure does not end the claim of the other one.
    settle(&one, lost, Settled::Failed).await;
    assert_eq!(rows(&settings)[0].outcome, "begun");
    settle(&other, ticket, Settled::Failed).await;
    assert_eq!(rows(&settings)[0].outcome, "failed");
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn while_it_waits_it_hears_what_the_owner_says() {
    let postgres = Postgres::start().await;
    let settings = settings(&postgres.url());
    let (one, other) = (open(&settings), open(&settings));
    let ticket = yours(claim(&one, "ema_1", false).await);
    orphan(&postgres, "ema_1", Duration::from_secs(5)).await;
    let waiting = tokio::spawn(async move { claim(&other, "ema_1", false).await });
    tokio::time::sleep(Duration::from_millis(600)).await;
    settle(&one, ticket, Settled::Accepted).await;
    let asked = Instant::now();
    assert_accepted(&waiting.await.unwrap());
    assert!(asked.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn under_stop_a_message_whose_owner_died_is_in_doubt() {
    let postgres = Postgres::start().await;
    let settings = settings(&postgres.url());
    let (one, other) = (open(&settings), open(&settings));
    let mut lost = yours(claim(&one, "ema_1", true).await);
    assert!(one.begin(&mut lost).await);
    orphan(&postgres, "ema_1", Duration::from_millis(500)).await;
    assert!(matches!(claim(&other, "ema_1", true).await, Claim::InDoubt));
    // An acceptance is a fact, whoever says it and however late.
    settle(&one, lost, Settled::Accepted).await;
    assert_accepted(&claim(&other, "ema_1", true).await);
}
