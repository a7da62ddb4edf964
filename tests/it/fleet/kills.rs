//! One server after the other is killed with -9 and started again.

use std::time::Duration;

use super::{SERVERS, TAKES, accepted, bring_under_kills, judge, twice};
use crate::support::fleet::sink::Sink;
use crate::support::fleet::{Fleet, ledger};
use crate::support::postgres::{Bouncer, Postgres};

const EVERY: Duration = Duration::from_secs(3);

async fn over_kills(postgres: &Postgres, url: &str, count: u32) {
    let sink = Sink::start(SERVERS).await;
    sink.takes(TAKES);
    let fleet = Fleet::start(&sink, &ledger(url)).await;
    let told = bring_under_kills(&fleet, twice(count, 160), EVERY).await;
    let verdict = judge(&fleet, &sink, &told, &[]);
    assert!(!fleet.kills().is_empty());
    fleet.until_written().await;
    assert_eq!(accepted(postgres).await, verdict.messages);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn over_kills_every_message_comes_and_none_twice() {
    let postgres = Postgres::start().await;
    over_kills(&postgres, &postgres.url(), 2000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn over_kills_behind_pgbouncer_every_message_comes_and_none_twice() {
    let postgres = Postgres::start().await;
    let bouncer = Bouncer::start(&postgres).await;
    over_kills(&postgres, &bouncer.url(), 600).await;
}
