//! Three real `serve` processes on one real PostgreSQL, under load, while something of it is killed, stopped, frozen or cut.
//! What counts is what came at the mail server.

mod hanging;
mod kills;
mod outages;
mod rolling;
mod takeover;

use std::time::{Duration, Instant};

use crate::support::fleet::Fleet;
use crate::support::fleet::callers::{Load, PAUSES, Told, bring};
use crate::support::fleet::sink::Sink;
use crate::support::fleet::verdict::Verdict;
use crate::support::postgres::Postgres;

/// How long the mail server takes for a message, so that each kill finds some under way.
const TAKES: Duration = Duration::from_millis(60);

/// So many servers.
const SERVERS: usize = 3;

/// Each message is brought to two servers at the same moment.
fn twice(count: u32, rate: u32) -> Load {
    Load { name: "fleet", count, rate, at_once: 32, callers: 2, pauses: &PAUSES }
}

/// Each message is brought to one server.
fn once(count: u32, rate: u32) -> Load {
    Load { name: "lone", callers: 1, ..twice(count, rate) }
}

/// Brings a load while one server after the other is killed.
async fn bring_under_kills(fleet: &Fleet, load: Load, every: Duration) -> Vec<Told> {
    tokio::select! {
        told = bring(load, fleet.addresses()) => told,
        () = fleet.kill_in_turns(every) => unreachable!("it kills for ever"),
    }
}

/// Judges, and prints what was found.
#[expect(clippy::print_stdout, reason = "the figures of a test")]
fn judge(fleet: &Fleet, sink: &Sink, told: &[Told], outages: &[(Instant, Instant)]) -> Verdict {
    let unclaimed = fleet.unclaimed();
    let verdict = Verdict::of(told, sink, &unclaimed, outages);
    println!("{} kills, {} without a claim; {verdict:#?}", fleet.kills().len(), unclaimed.len());
    for line in fleet.of_the_ledger().iter().filter(|line| !line.contains("ledger is slow")) {
        println!("{line}");
    }
    verdict.assert_kept();
    verdict
}

/// How many messages the database says were accepted.
async fn accepted(postgres: &Postgres) -> usize {
    let sql = "SELECT count(*) FROM clerk_courier_message WHERE outcome = 'accepted'";
    let row = postgres.connect("courier").await.query_one(sql, &[]).await.unwrap();
    usize::try_from(row.get::<_, i64>(0)).unwrap()
}
