//! Servers are ended and started one after the other, as an upgrade does it.

use std::time::Duration;

use tokio::time::sleep;

use super::{SERVERS, TAKES, accepted, judge, twice};
use crate::support::fleet::callers::{Told, bring};
use crate::support::fleet::sink::Sink;
use crate::support::fleet::{Fleet, ledger};
use crate::support::postgres::Postgres;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn a_restart_of_one_after_the_other_leaves_no_request_without_an_answer() {
    let postgres = Postgres::start().await;
    let sink = Sink::start(SERVERS).await;
    sink.takes(TAKES);
    let fleet = Fleet::start(&sink, &ledger(&postgres.url())).await;
    let restarting = async {
        for server in 0..SERVERS {
            sleep(Duration::from_secs(2)).await;
            fleet.stop(server).await;
            fleet.launch(server).await;
        }
    };
    let (told, ()) = tokio::join!(bring(twice(800, 160), fleet.addresses()), restarting);
    let verdict = judge(&fleet, &sink, &told, &[]);
    let unanswered: Vec<_> =
        told.iter().flat_map(Told::attempts).filter(|attempt| attempt.status == 0).collect();
    assert!(unanswered.is_empty(), "{unanswered:?}");
    fleet.until_written().await;
    assert_eq!(accepted(&postgres).await, verdict.messages);
}
