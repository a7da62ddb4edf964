//! The owner of a message is killed between the claim and the last byte.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::sleep;

use super::SERVERS;
use crate::support::courier::PATIENCE;
use crate::support::fleet::callers::{ask, event};
use crate::support::fleet::sink::Sink;
use crate::support::fleet::{Fleet, ledger};
use crate::support::postgres::Postgres;

const ROUNDS: usize = 5;
const EACH: usize = 10;

/// Fifty messages at five kills, from just claimed to close to their own deadline: Svix comes back five
/// seconds after the kill, to another server, and that one delivers within its own request.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn what_its_owner_was_killed_with_another_delivers_within_the_request_after_five_seconds() {
    let postgres = Postgres::start().await;
    let sink = Sink::start(SERVERS).await;
    sink.hang_first();
    let fleet = Fleet::start(&sink, &ledger(&postgres.url())).await;
    let addresses = fleet.addresses();
    let mut messages = JoinSet::new();
    for round in 0..ROUNDS {
        for at in 0..EACH {
            let (id, addresses) = (format!("ema_{round}_{at}"), addresses.clone());
            messages.spawn(async move {
                let body = event(&id);
                let lost = ask(&id, &body, 0, &addresses).await;
                assert_eq!((lost.server, lost.status), (0, 0), "{lost:?}");
                sleep(Duration::from_secs(5)).await;
                let again = ask(&id, &body, 1 + at % 2, &addresses).await;
                assert_ne!(again.server, 0);
                (id, again)
            });
            sleep(Duration::from_millis(100)).await;
        }
        let end = Instant::now() + PATIENCE;
        while sink.hung() < EACH {
            assert!(Instant::now() < end, "only {} hang", sink.hung());
            sleep(Duration::from_millis(5)).await;
        }
        // The oldest ones are close to their own deadline in the last round.
        if round + 1 == ROUNDS {
            sleep(Duration::from_secs(5)).await;
        }
        fleet.kill(0);
        fleet.launch(0).await;
    }
    let mut slowest = Duration::ZERO;
    for (id, again) in messages.join_all().await {
        let took = again.ended - again.began;
        assert_eq!((again.status, again.outcome.as_str()), (200, "accepted"), "{id}: {again:?}");
        assert!(took < Duration::from_secs(12), "{id}: {took:?}");
        let deliveries = sink.deliveries();
        let came = &deliveries[&id];
        assert!(came.len() == 1 && came[0].server == again.server, "{id}: {came:?}");
        slowest = slowest.max(took);
    }
    println!("{} messages were taken over; the slowest within {slowest:?} of its request", ROUNDS * EACH);
}
