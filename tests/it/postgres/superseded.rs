//! Codes that come to different servers: an older one is not sent after a newer one, whichever server accepted that.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clerk_courier::clock::Clock;
use clerk_courier::ledger::{Claim, Code, Details, Ids, Ledger, Settled, Ticket};
use tokio::time::Instant;

use super::{open, settings, settle, yours};
use crate::support::postgres::Postgres;

/// How long an answer about newer codes holds, and a little more.
const CURRENT: Duration = Duration::from_millis(300);

/// Claims a code that Clerk made so many seconds after `base`.
async fn code(ledger: &Ledger, id: &str, base: SystemTime, seconds: u64) -> Ticket {
    code_for(ledger, id, "ada@mail.example", Some(base + Duration::from_secs(seconds))).await
}

async fn code_for(ledger: &Ledger, id: &str, recipient: &str, born: Option<SystemTime>) -> Ticket {
    let ids = Ids { message: id.into(), svix: format!("msg_{id}") };
    let details = Details {
        channel: "email",
        slug: Some("verification_code".into()),
        recipient: recipient.into(),
        born,
        code: Some(Code { instance: Some("ins_1".into()) }),
    };
    let claim: Claim = ledger.claim(ids, details, false, Instant::now() + Duration::from_secs(12)).await;
    yours(claim)
}

fn minutes_ago(minutes: u64) -> SystemTime {
    // Whole milliseconds, as events have them.
    let now = Clock::System.now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    UNIX_EPOCH + Duration::from_secs(now - 60 * minutes)
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn an_older_code_is_not_sent_after_a_newer_one_of_another_server() {
    let postgres = Postgres::start().await;
    let settings = settings(&postgres.url());
    let (one, other) = (open(&settings), open(&settings));
    let base = minutes_ago(5);
    let under_way = code(&other, "ema_under_way", base, 1).await;
    assert!(!other.is_superseded(&under_way).await);

    // Out of order: the newest one is accepted first, and what lies between comes last.
    let newest = code(&one, "ema_newest", base, 30).await;
    settle(&one, newest, Settled::Accepted).await;
    let between = code(&other, "ema_between", base, 20).await;
    assert!(other.is_superseded(&between).await, "the claim itself says so");
    settle(&other, between, Settled::Superseded).await;
    // A further server that knows nothing of its own.
    let third = open(&settings);
    let older = code(&third, "ema_older", base, 29).await;
    assert!(third.is_superseded(&older).await);

    // Before a later attempt the database is asked again.
    tokio::time::sleep(CURRENT).await;
    assert!(other.is_superseded(&under_way).await);

    for (id, recipient, born) in [
        ("ema_same_time", "ada@mail.example", Some(base + Duration::from_secs(30))),
        ("ema_newer", "ada@mail.example", Some(base + Duration::from_secs(31))),
        ("ema_timeless", "ada@mail.example", None),
        ("ema_of_another", "eve@mail.example", Some(base)),
    ] {
        let ticket = code_for(&third, id, recipient, born).await;
        tokio::time::sleep(CURRENT).await;
        assert!(!third.is_superseded(&ticket).await, "{id}");
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn only_what_was_accepted_and_can_be_right_supersedes() {
    let postgres = Postgres::start().await;
    let settings = settings(&postgres.url());
    let (one, other) = (open(&settings), open(&settings));
    let base = minutes_ago(5);
    let outcomes =
        [Settled::Failed, Settled::Rejected, Settled::InDoubt, Settled::Expired, Settled::Superseded];
    for (seconds, settled) in (10..).zip(outcomes) {
        let ticket = code(&one, &format!("ema_{seconds}"), base, seconds).await;
        settle(&one, ticket, settled).await;
    }
    let ahead = code(&one, "ema_ahead", base, 3600).await;
    settle(&one, ahead, Settled::Accepted).await;
    let under_way = code(&one, "ema_newer", base, 20).await;
    let older = code(&other, "ema_older", base, 0).await;
    tokio::time::sleep(CURRENT).await;
    assert!(!other.is_superseded(&older).await);
    settle(&one, under_way, Settled::Accepted).await;
    tokio::time::sleep(CURRENT).await;
    assert!(other.is_superseded(&older).await);
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_database_that_hangs_holds_up_no_attempt_and_the_older_code_is_sent() {
    let postgres = Postgres::start().await;
    let settings = settings(&postgres.url());
    let (one, other) = (open(&settings), open(&settings));
    let base = minutes_ago(5);
    let older = code(&other, "ema_older", base, 0).await;
    let newer = code(&one, "ema_newer", base, 1).await;
    settle(&one, newer, Settled::Accepted).await;
    tokio::time::sleep(CURRENT).await;
    postgres.freeze();
    let asked = Instant::now();
    for _ in 0..5 {
        assert!(!other.is_superseded(&older).await);
    }
    // Each would have waited 200 ms.
    assert!(asked.elapsed() < Duration::from_millis(900), "{:?}", asked.elapsed());
    postgres.thaw();
    // The database is asked again when it works.
    let end = Instant::now() + super::PATIENCE;
    while !other.is_superseded(&older).await {
        assert!(Instant::now() < end, "{:?}", other.state());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
