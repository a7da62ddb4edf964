//! The ledger in a real PostgreSQL: the same contract as in SQLite, and what several servers do on one database.

mod contract;
mod copy;
mod languages;
mod limits;
mod opening;
mod outage;
mod real;
mod servers;
mod shared;
mod spool;
mod superseded;
mod upgrade;

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use clerk_courier::clock::{Clock, millis};
use clerk_courier::ledger::{
    Claim, Details, Filter, Ids, Ledger, OpenError, PostgresSettings, Record, Row, Server, Settings, Settled,
    Ticket, Tried, read,
};
use clerk_courier::secret::Secret;
use tokio::time::Instant;

use crate::support::courier::PATIENCE;

const DAY: Duration = Duration::from_hours(24);

fn settings(url: &str) -> Settings {
    Settings::Postgres(PostgresSettings {
        server: Server::parse(url, "".as_ref()).unwrap(),
        retention: 30 * DAY,
        recipient_key: Secret::new("key"),
        spool: None,
    })
}

fn open(settings: &Settings) -> Arc<Ledger> {
    let end = Instant::now() + PATIENCE;
    loop {
        match Ledger::open(settings.clone(), Clock::System) {
            // The thread of one that was closed just now holds the lock until it has ended.
            Err(OpenError::Locked { .. }) if Instant::now() < end => {
                std::thread::sleep(Duration::from_millis(10));
            }
            ledger => return Arc::new(ledger.unwrap()),
        }
    }
}

/// Claims a message, with as much time as a request has.
async fn claim(ledger: &Ledger, id: &str, stop: bool) -> Claim {
    claim_within(ledger, id, stop, Duration::from_secs(12)).await
}

async fn claim_within(ledger: &Ledger, id: &str, stop: bool, time: Duration) -> Claim {
    let ids = Ids { message: id.into(), svix: format!("msg_{id}") };
    let details = Details {
        channel: "email",
        slug: Some("verification_code".into()),
        recipient: "ada@mail.example".into(),
        born: None,
        code: None,
    };
    ledger.claim(ids, details, stop, Instant::now() + time).await
}

#[track_caller]
fn yours(claim: Claim) -> Ticket {
    match claim {
        Claim::Yours(ticket) => ticket,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn assert_accepted(claim: &Claim) {
    assert!(
        matches!(claim, Claim::Accepted { provider: Some(p), receipt: Some(r) } if p == "main" && r == "4Xyz"),
        "{claim:?}"
    );
}

fn record(settled: Settled) -> Record {
    let receipt = matches!(settled, Settled::Accepted).then(|| "4Xyz".to_owned());
    Record {
        settled,
        reason: None,
        provider: Some("main".into()),
        receipt,
        attempts: 2,
        tried: tried(settled),
    }
}

/// Two attempts that end so.
fn tried(settled: Settled) -> Vec<Tried> {
    let one = Tried {
        // As exact as a row keeps it.
        at: UNIX_EPOCH + Duration::from_millis(millis(Clock::System.now())),
        took: Duration::from_millis(80),
        provider: "main".into(),
        verdict: "deferred".into(),
        fault: Some(("rcpt".into(), "450 4.2.1".into())),
    };
    let last = Tried { provider: "backup".into(), verdict: settled.as_str().into(), ..one.clone() };
    vec![one, last]
}

async fn settle(ledger: &Ledger, ticket: Ticket, settled: Settled) -> bool {
    ledger.settle(ticket, record(settled)).await
}

fn rows(settings: &Settings) -> Vec<Row> {
    read(settings, &Filter { limit: 1000, ..Filter::default() }).unwrap()
}

/// Waits until the rows say that.
async fn until_rows(settings: &Settings, wanted: impl Fn(&[Row]) -> bool) {
    let end = Instant::now() + PATIENCE;
    loop {
        let rows = rows(settings);
        if wanted(&rows) {
            return;
        }
        assert!(Instant::now() < end, "{rows:#?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
