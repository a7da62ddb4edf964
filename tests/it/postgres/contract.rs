//! What both kinds of ledger do, by one set of tests.

use std::sync::Arc;
use std::time::Duration;

use clerk_courier::ledger::{Claim, Row, Settings, Settled, SqliteSettings, Step};
use tempfile::TempDir;

use super::{DAY, PATIENCE, assert_accepted, claim, open, record, rows, settings, settle, until_rows, yours};
use crate::support::postgres::Postgres;

/// Runs a test on a new ledger of each kind.
async fn on_both(test: impl AsyncFn(Settings)) {
    let dir = TempDir::new().unwrap();
    test(Settings::Sqlite(SqliteSettings {
        path: dir.path().join("ledger.db"),
        retention: 30 * DAY,
        recipient_key: None,
        full_sync: false,
    }))
    .await;
    let postgres = Postgres::start().await;
    test(settings(&postgres.url())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn of_many_claims_at_once_one_gets_the_message() {
    on_both(async |settings| {
        let ledger = open(&settings);
        let claims: Vec<_> = (0..20)
            .map(|_| {
                let ledger = Arc::clone(&ledger);
                tokio::spawn(async move { claim(&ledger, "ema_1", false).await })
            })
            .collect();
        let mut tickets = Vec::new();
        for answer in claims {
            match answer.await.unwrap() {
                Claim::Yours(ticket) => tickets.push(ticket),
                other => assert!(matches!(other, Claim::InProgress), "{other:?}"),
            }
        }
        assert_eq!(tickets.len(), 1);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn an_acceptance_is_final_also_for_the_next_process() {
    on_both(async |settings| {
        let ledger = open(&settings);
        let ticket = yours(claim(&ledger, "ema_1", false).await);
        assert!(settle(&ledger, ticket, Settled::Accepted).await);
        assert_accepted(&claim(&ledger, "ema_1", false).await);
        ledger.close(PATIENCE);
        let next = open(&settings);
        for stop in [false, true] {
            assert_accepted(&claim(&next, "ema_1", stop).await);
        }
        assert_eq!(rows(&settings).len(), 1);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_failure_is_tried_again_and_its_attempts_add_up() {
    on_both(async |settings| {
        let ledger = open(&settings);
        for stop in [false, true, false] {
            let ticket = yours(claim(&ledger, "ema_1", stop).await);
            assert!(settle(&ledger, ticket, Settled::Failed).await);
        }
        ledger.close(PATIENCE);
        let next = open(&settings);
        let ticket = yours(claim(&next, "ema_1", true).await);
        assert!(settle(&next, ticket, Settled::Accepted).await);
        let [row] = &rows(&settings)[..] else { panic!("one row") };
        assert_eq!((row.outcome.as_str(), row.attempts), ("accepted", 8));
        assert_eq!((row.channel.as_str(), row.slug.as_deref()), ("email", Some("verification_code")));
        assert_eq!((row.provider.as_deref(), row.receipt.as_deref()), (Some("main"), Some("4Xyz")));
        assert!(row.first_seen <= row.settled_at, "{row:?}");
    })
    .await;
}

/// The steps as words, without their times.
fn words(row: &Row) -> Vec<&str> {
    let word = |step| match step {
        &Step::Claimed { .. } => "claimed",
        Step::Tried(tried) => &*tried.verdict,
        Step::Settled { outcome, .. } => outcome,
    };
    row.steps.iter().map(word).collect()
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn the_steps_of_all_deliveries_are_kept_in_their_order_up_to_a_bound() {
    on_both(async |settings| {
        let ledger = open(&settings);
        for settled in [Settled::Failed, Settled::Accepted] {
            let mut ticket = yours(claim(&ledger, "ema_1", true).await);
            assert!(ledger.begin(&mut ticket).await);
            assert!(settle(&ledger, ticket, settled).await);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let all = rows(&settings);
        let [row] = &all[..] else { panic!("one row") };
        let wanted = ["deferred", "failed", "failed", "claimed", "deferred", "accepted"];
        assert_eq!(words(row), wanted, "{row:#?}");
        assert!(
            matches!(&row.steps[0], Step::Tried(tried) if tried.provider == "main"
                && tried.took == Duration::from_millis(80) && tried.at <= row.settled_at
                && tried.fault == Some(("rcpt".into(), "450 4.2.1".into()))),
            "{row:#?}"
        );
        // What comes late adds no step, and takes none away.
        let ticket = yours(claim(&ledger, "ema_2", false).await);
        let late = ticket.late().unwrap();
        settle(&ledger, ticket, Settled::Failed).await;
        late.accepted("main", None);
        until_rows(&settings, |rows| rows.iter().all(|row| row.outcome == "accepted")).await;
        let late = rows(&settings).into_iter().find(|row| row.message_id == "ema_2").unwrap();
        assert_eq!(words(&late), ["deferred", "failed", "failed"], "{late:#?}");
        for _ in 0..30 {
            settle(&ledger, yours(claim(&ledger, "ema_3", false).await), Settled::Failed).await;
        }
        let many = rows(&settings).into_iter().find(|row| row.message_id == "ema_3").unwrap();
        assert!((30..60).contains(&many.steps.len()), "{many:#?}");
        assert!(matches!(many.steps.last(), Some(Step::Settled { at, .. }) if *at == many.settled_at));
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_doubt_is_final_under_stop_alone() {
    on_both(async |settings| {
        let ledger = open(&settings);
        let mut ticket = yours(claim(&ledger, "ema_1", true).await);
        assert!(ledger.begin(&mut ticket).await);
        assert!(settle(&ledger, ticket, Settled::InDoubt).await);
        assert!(matches!(claim(&ledger, "ema_1", true).await, Claim::InDoubt));
        ledger.close(PATIENCE);
        let next = open(&settings);
        assert!(matches!(claim(&next, "ema_1", true).await, Claim::InDoubt));
        yours(claim(&next, "ema_1", false).await);
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_ticket_that_is_dropped_gives_the_message_back_and_leaves_no_row() {
    on_both(async |settings| {
        let ledger = open(&settings);
        drop(yours(claim(&ledger, "ema_1", true).await));
        until_rows(&settings, <[_]>::is_empty).await;
        drop(yours(claim(&ledger, "ema_1", true).await));
        let ticket = yours(claim(&ledger, "ema_1", true).await);
        settle(&ledger, ticket, Settled::Failed).await;
        drop(yours(claim(&ledger, "ema_1", true).await));
        until_rows(&settings, |rows| rows.len() == 1 && rows[0].outcome == "failed").await;
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn an_acceptance_that_comes_late_counts() {
    on_both(async |settings| {
        let ledger = open(&settings);
        let ticket = yours(claim(&ledger, "ema_1", false).await);
        let late = ticket.late().unwrap();
        settle(&ledger, ticket, Settled::Failed).await;
        late.accepted("main", Some("4Xyz".into()));
        assert_accepted(&claim(&ledger, "ema_1", false).await);
        ledger.close(PATIENCE);
        assert_accepted(&claim(&open(&settings), "ema_1", true).await);
        let [row] = &rows(&settings)[..] else { panic!("one row") };
        assert_eq!((row.outcome.as_str(), row.attempts), ("accepted", 2));
    })
    .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn any_text_can_be_recorded() {
    on_both(async |settings| {
        let ledger = open(&settings);
        let long = format!("ema_{}", "x".repeat(5000));
        for id in ["ema_\0", "ema_'\"\\", "ema_\u{1f980}", long.as_str(), "ema_last"] {
            let ticket = yours(claim(&ledger, id, false).await);
            ledger.settle(ticket, record(Settled::Accepted)).await;
            assert_accepted(&claim(&ledger, id, false).await);
        }
        assert!(ledger.state().writable);
        until_rows(&settings, |rows| rows.iter().any(|row| row.message_id == "ema_last")).await;
    })
    .await;
}
