//! What only a real server shows: TLS, several hosts, and the deletion of old rows.

use std::time::Duration;

use clerk_courier::clock::Clock;
use clerk_courier::ledger::{Ledger, Settled, inspect};
use tokio::time::Instant;

use super::{PATIENCE, assert_accepted, claim, open, settings, settle, until_rows, yours};
use crate::support::certificate::Authority;
use crate::support::postgres::Postgres;

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_server_is_verified_by_the_authority_that_the_url_names() {
    let postgres = Postgres::start().await;
    let (ours, other) = (Authority::new(), Authority::new());
    postgres.encrypt(ours.pem("localhost")).await;
    let (ours, other) = (ours.file(), other.file());
    let url = postgres.url().replace("127.0.0.1", "localhost");
    let with = |url: &str, mode: &str, root: &tempfile::NamedTempFile| {
        settings(&format!("{url}?sslmode={mode}&sslrootcert={}", root.path().display()))
    };
    // PostgreSQL takes the certificate up a moment after it is told to.
    let end = Instant::now() + PATIENCE;
    while inspect(&with(&url, "verify-full", &ours)).is_err() {
        assert!(Instant::now() < end, "{:?}", inspect(&with(&url, "verify-full", &ours)));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for mode in ["verify-full", "require"] {
        let ledger = open(&with(&url, mode, &ours));
        let ticket = yours(claim(&ledger, &format!("ema_{mode}"), true).await);
        assert!(settle(&ledger, ticket, Settled::Accepted).await);
        let encrypted = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
            WHERE application_name = 'clerk-courier'";
        let admin = postgres.connect("courier").await;
        assert!(admin.query_one(encrypted, &[]).await.unwrap().get::<_, bool>(0));
    }
    for (name, wrong) in [
        ("another authority", with(&url, "verify-full", &other)),
        ("the public authorities", settings(&format!("{url}?sslmode=verify-full"))),
        ("another name", with(&postgres.url(), "verify-full", &ours)),
    ] {
        let error = Ledger::open(wrong, Clock::System).unwrap_err().to_string();
        assert!(error.contains("certificate"), "{name}: {error}");
        assert!(!error.contains("canary"), "{name}: {error}");
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn of_several_hosts_the_one_that_takes_writes_is_used_and_the_ledger_follows_it() {
    let (one, mut other) = (Postgres::start().await, Postgres::start().await);
    one.set(&[("default_transaction_read_only", "on")]).await;
    let address = format!("127.0.0.1:{}", other.port);
    let both = format!("127.0.0.1:{},{address}", one.port);
    let url = other.url().replace(&address, &both) + "?target_session_attrs=read-write";
    let ledger = open(&settings(&url));
    let first = yours(claim(&ledger, "ema_1", true).await);
    assert!(settle(&ledger, first, Settled::Accepted).await);
    until_rows(&settings(&other.url()), |rows| rows.len() == 1).await;

    other.stop();
    one.set(&[("default_transaction_read_only", "off")]).await;
    let end = Instant::now() + PATIENCE;
    let mut number = 2;
    // Nothing is said until somebody asks.
    while !settle(&ledger, yours(claim(&ledger, &format!("ema_{number}"), false).await), Settled::Accepted)
        .await
    {
        assert!(Instant::now() < end, "{:?}", ledger.state());
        number += 1;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_accepted(&claim(&ledger, "ema_1", true).await);
    until_rows(&settings(&one.url()), |rows| rows.len() == number - 1).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn rows_that_are_older_than_the_retention_are_deleted_in_chunks() {
    let postgres = Postgres::start().await;
    let settings = settings(&postgres.url());
    drop(open(&settings));
    let admin = postgres.connect("courier").await;
    admin
        .batch_execute(
            "INSERT INTO clerk_courier_message (message_id, svix_id, channel, outcome, attempts, first_seen, settled_at, owner, claim)
             SELECT 'ema_' || n, 'msg_' || n, 'email', 'accepted', 1, t, t, 1, n
             FROM generate_series(1, 900) AS n,
                LATERAL (SELECT now() - CASE WHEN n % 9 = 0 THEN interval '29 days' ELSE interval '31 days' END AS t) AS time",
        )
        .await
        .unwrap();
    let ledgers = [open(&settings), open(&settings)];
    until_rows(&settings, |rows| rows.len() == 100).await;
    assert!(super::rows(&settings).iter().all(|row| row.message_id[4..].parse::<u32>().unwrap() % 9 == 0));
    assert!(ledgers.iter().all(|ledger| ledger.state().writable));
}
