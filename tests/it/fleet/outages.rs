//! The database is stopped, frozen, or cut off, while servers are killed too.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::{SERVERS, TAKES, accepted, bring_under_kills, judge, once, twice};
use crate::support::fleet::callers::bring;
use crate::support::fleet::proxy::Proxy;
use crate::support::fleet::sink::Sink;
use crate::support::fleet::{Fleet, ledger};
use crate::support::postgres::Postgres;

const EVERY: Duration = Duration::from_secs(4);

/// How long the database is away.
const AWAY: Duration = Duration::from_secs(5);

/// How long the servers may take to find it well again.
const TO_RECOVER: Duration = Duration::from_secs(4);

/// Messages while the database fails for [`AWAY`]. Two servers that can't reach it don't know of each other's messages, so
/// what both are brought at the same moment may come twice then, and only then. What one is brought comes once.
#[expect(clippy::print_stdout, reason = "the figures of a test")]
async fn through(fail: impl AsyncFnOnce(&mut Postgres), heal: impl AsyncFnOnce(&mut Postgres)) {
    let mut postgres = Postgres::start().await;
    let sink = Sink::start(SERVERS).await;
    sink.takes(TAKES);
    let fleet = Fleet::start(&sink, &ledger(&postgres.url())).await;
    let began = Instant::now() + Duration::from_secs(3);
    let outage = [(began, began + AWAY + TO_RECOVER)];
    let failing = async {
        sleep(began - Instant::now()).await;
        fail(&mut postgres).await;
        sleep(AWAY).await;
        heal(&mut postgres).await;
    };
    let both = bring_under_kills(&fleet, twice(500, 40), EVERY);
    let (both, lone, ()) = tokio::join!(both, bring(once(500, 40), fleet.addresses()), failing);
    judge(&fleet, &sink, &both, &outage);
    judge(&fleet, &sink, &lone, &[]);
    fleet.until_written().await;
    println!("{} of {} accepted in the database", accepted(&postgres).await, both.len() + lone.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn while_the_database_is_stopped_every_message_comes() {
    through(async |postgres| postgres.stop(), async |postgres| postgres.resume().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn while_the_database_is_frozen_every_message_comes() {
    through(async |postgres| postgres.freeze(), async |postgres| postgres.thaw()).await;
}

/// A connection that breaks is replaced within the statement: no server loses sight of the others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn while_connections_are_cut_every_message_comes_and_none_twice() {
    let postgres = Postgres::start().await;
    let proxy = Proxy::start(postgres.port, Duration::ZERO).await;
    let sink = Sink::start(SERVERS).await;
    sink.takes(TAKES);
    let url = postgres.url().replace(&format!(":{}/", postgres.port), &format!(":{}/", proxy.port));
    let fleet = Fleet::start(&sink, &ledger(&url)).await;
    let cutting = async {
        loop {
            sleep(Duration::from_millis(700)).await;
            proxy.cut();
        }
    };
    let told = tokio::select! {
        told = bring_under_kills(&fleet, twice(800, 160), EVERY) => told,
        () = cutting => unreachable!("it cuts for ever"),
    };
    let verdict = judge(&fleet, &sink, &told, &[]);
    assert_eq!(accepted(&postgres).await, verdict.messages);
}
