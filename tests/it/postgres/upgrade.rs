//! A rolling upgrade: a database as an earlier version made it, while servers of that version go on using it.

use std::time::Duration;

use clerk_courier::clock::Clock;
use clerk_courier::ledger::{Claim, Inspected, Ledger, Settled, inspect};
use tokio_postgres::Client;

use super::{assert_accepted, claim, open, rows, settings, settle, yours};
use crate::support::postgres::Postgres;

/// What version 1 made its tables with, word for word.
const TABLES: &str = "
    CREATE TABLE clerk_courier_schema (
        version integer NOT NULL,
        oldest  integer NOT NULL
    );
    INSERT INTO clerk_courier_schema (version, oldest) VALUES (1, 1);
    CREATE TABLE clerk_courier_message (
        message_id text PRIMARY KEY,
        svix_id    text NOT NULL,
        channel    text NOT NULL,
        slug       text,
        recipient  bytea,
        outcome    text NOT NULL,
        reason     text,
        provider   text,
        receipt    text,
        attempts   integer NOT NULL,
        first_seen timestamptz NOT NULL,
        settled_at timestamptz NOT NULL,
        owner      bigint NOT NULL,
        claim      bigint NOT NULL,
        claimed_at timestamptz,
        lease_end  timestamptz
    );
    CREATE INDEX clerk_courier_message_by_svix_id ON clerk_courier_message (svix_id);
    CREATE INDEX clerk_courier_message_by_time ON clerk_courier_message (settled_at);";

/// Version 1's claim, word for word, with its parameters filled in.
const CLAIM: &str = "
    INSERT INTO clerk_courier_message AS m (message_id, svix_id, channel, slug, recipient, outcome, attempts, first_seen,
        settled_at, owner, claim, claimed_at, lease_end)
    VALUES ($1, $2, $3, $4, $5, 'claimed', 0, $6, $6, $7, $8, clock_timestamp(), clock_timestamp() + $9 * interval '1 ms')
    ON CONFLICT (message_id) DO UPDATE SET
        svix_id = excluded.svix_id, owner = excluded.owner, claim = excluded.claim,
        claimed_at = clock_timestamp(), lease_end = clock_timestamp() + $9 * interval '1 ms',
        outcome = CASE WHEN m.lease_end IS NOT NULL AND m.owner <> $7 THEN 'begun' ELSE m.outcome END
    WHERE m.outcome <> 'accepted'
        AND (m.lease_end IS NULL OR m.lease_end < clock_timestamp() OR m.owner = $7)
        AND (m.claim <> $8 OR m.lease_end IS NOT NULL)
        AND NOT ($10 AND (m.outcome IN ('in_doubt', 'begun') OR (m.lease_end IS NOT NULL AND m.owner <> $7)))
    RETURNING first_seen";

/// Version 1's record, word for word, with its parameters filled in.
const WRITE: &str = "
    INSERT INTO clerk_courier_message AS m (message_id, svix_id, channel, slug, recipient, outcome, reason, provider, receipt,
        attempts, first_seen, settled_at, claim, owner)
    SELECT entry.*, $14::bigint FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::text[], $7::text[],
        $8::text[], $9::text[], $10::integer[], $11::timestamptz[], $12::timestamptz[], $13::bigint[]) AS entry (message_id)
    ORDER BY entry.message_id
    ON CONFLICT (message_id) DO UPDATE SET
        svix_id = excluded.svix_id, recipient = coalesce(excluded.recipient, m.recipient),
        outcome = excluded.outcome, reason = excluded.reason, provider = excluded.provider, receipt = excluded.receipt,
        attempts = m.attempts
            + CASE WHEN m.claim = excluded.claim AND m.lease_end IS NULL THEN 0 ELSE excluded.attempts END,
        first_seen = least(m.first_seen, excluded.first_seen), settled_at = excluded.settled_at,
        owner = excluded.owner, claim = excluded.claim, claimed_at = NULL, lease_end = NULL
    WHERE excluded.outcome = 'accepted'
        OR (m.outcome <> 'accepted' AND (m.lease_end IS NULL OR m.claim = excluded.claim))";

/// A server of version 1: its statements with values in the place of parameters.
struct Earlier {
    client: Client,
    owner: i64,
}

impl Earlier {
    /// Claims a message for 13 s, and says whether it got it.
    async fn claim(&self, id: &str, claim: i64) -> bool {
        let values = [
            format!("'{id}'"),
            format!("'msg_{id}'"),
            "'email'".into(),
            "'verification_code'".into(),
            "NULL".into(),
            "clock_timestamp()".into(),
            self.owner.to_string(),
            claim.to_string(),
            "13000".into(),
            "false".into(),
        ];
        self.client.query_opt(&fill(CLAIM, &values), &[]).await.unwrap().is_some()
    }

    async fn settle(&self, id: &str, claim: i64, outcome: &str) {
        let values = [
            format!("ARRAY['{id}']"),
            format!("ARRAY['msg_{id}']"),
            "ARRAY['email']".into(),
            "ARRAY['verification_code']".into(),
            "ARRAY[NULL]".into(),
            format!("ARRAY['{outcome}']"),
            "ARRAY[NULL]".into(),
            "ARRAY['main']".into(),
            if outcome == "accepted" { "ARRAY['4Xyz']" } else { "ARRAY[NULL]" }.into(),
            "ARRAY[2]".into(),
            "ARRAY[clock_timestamp()]".into(),
            "ARRAY[clock_timestamp()]".into(),
            format!("ARRAY[{claim}]"),
            self.owner.to_string(),
        ];
        self.client.execute(&fill(WRITE, &values), &[]).await.unwrap();
    }
}

fn fill(sql: &str, values: &[String]) -> String {
    let last_first = values.iter().enumerate().rev();
    last_first.fold(sql.to_owned(), |sql, (at, value)| sql.replace(&format!("${}", at + 1), value))
}

/// The words of all rows that are settled.
const OUTCOMES: [&str; 7] = ["accepted", "in_doubt", "rejected", "expired", "superseded", "failed", "begun"];

/// A database of version 1 with a row of each outcome and a live claim, and a server that goes on using it.
async fn earlier(postgres: &Postgres) -> Earlier {
    let client = postgres.connect("courier").await;
    client.batch_execute(TABLES).await.unwrap();
    let earlier = Earlier { client, owner: 1 };
    for (claim, outcome) in (1..).zip(OUTCOMES) {
        let id = format!("ema_{outcome}");
        assert!(earlier.claim(&id, claim).await);
        earlier.settle(&id, claim, outcome).await;
    }
    assert!(earlier.claim("ema_live", 100).await);
    earlier
}

async fn version(client: &Client) -> (i32, i32) {
    let row = client.query_one("SELECT version, oldest FROM clerk_courier_schema", &[]).await.unwrap();
    (row.get(0), row.get(1))
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_new_server_and_one_of_version_1_work_side_by_side() {
    let postgres = Postgres::start().await;
    let earlier = earlier(&postgres).await;
    let settings = settings(&postgres.url());
    assert_eq!(inspect(&settings).unwrap(), Inspected::Fine);
    assert_eq!(version(&earlier.client).await, (1, 1), "`check` changes nothing");
    assert_eq!(rows(&settings).len(), OUTCOMES.len() + 1, "`log` reads them as they are");
    let new = open(&settings);
    assert!(new.state().writable);
    assert_eq!(version(&earlier.client).await.1, 1, "version 1 works with these tables");

    // What version 1 left.
    for stop in [false, true] {
        assert_accepted(&claim(&new, "ema_accepted", stop).await);
    }
    for outcome in ["in_doubt", "begun"] {
        assert!(matches!(claim(&new, &format!("ema_{outcome}"), true).await, Claim::InDoubt));
    }
    for outcome in &OUTCOMES[1..] {
        settle(&new, yours(claim(&new, &format!("ema_{outcome}"), false).await), Settled::Accepted).await;
    }
    assert!(matches!(claim(&new, "ema_live", false).await, Claim::InProgress));

    // Both go on, and each respects what the other one has.
    let ticket = yours(claim(&new, "ema_ours", false).await);
    assert!(!earlier.claim("ema_ours", 101).await);
    settle(&new, ticket, Settled::Failed).await;
    assert!(earlier.claim("ema_ours", 102).await);
    assert!(matches!(claim(&new, "ema_ours", false).await, Claim::InProgress));
    earlier.settle("ema_ours", 102, "accepted").await;
    assert_accepted(&claim(&new, "ema_ours", false).await);
    settle(&new, yours(claim(&new, "ema_done", false).await), Settled::Accepted).await;
    assert!(!earlier.claim("ema_done", 103).await);

    // The server of version 1 dies, and its message is taken over.
    let orphan = "UPDATE clerk_courier_message SET claimed_at = clock_timestamp() - interval '5 s',
        lease_end = clock_timestamp() + interval '1 s' WHERE message_id = 'ema_live'";
    assert_eq!(earlier.client.execute(orphan, &[]).await.unwrap(), 1);
    settle(&new, yours(claim(&new, "ema_live", false).await), Settled::Accepted).await;
    let all = rows(&settings);
    assert!(all.iter().all(|row| row.outcome == "accepted"));
    assert!(all.iter().any(|row| row.message_id == "ema_ours" && row.steps.len() == 3), "{all:#?}");

    // The index is made beside the running service, and the next start finds it.
    let indexed = "SELECT count(*) FROM pg_index WHERE indisvalid
        AND indexrelid = to_regclass('clerk_courier_message_by_series')";
    let end = tokio::time::Instant::now() + super::PATIENCE;
    while earlier.client.query_one(indexed, &[]).await.unwrap().get::<_, i64>(0) == 0 {
        assert!(tokio::time::Instant::now() < end, "no index");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    drop(new);
    drop(open(&settings));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn new_servers_that_start_at_once_on_tables_of_version_1_change_them_once() {
    let postgres = Postgres::start().await;
    let earlier = earlier(&postgres).await;
    let settings = settings(&postgres.url());
    let opening: Vec<_> = (0..4)
        .map(|_| {
            let settings = settings.clone();
            std::thread::spawn(move || open(&settings))
        })
        .collect();
    for opening in opening {
        assert_accepted(&claim(&opening.join().unwrap(), "ema_accepted", false).await);
    }
    assert_eq!(version(&earlier.client).await.1, 1);
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn while_a_backup_holds_the_tables_a_new_server_delivers_and_the_earlier_one_is_not_held_up() {
    let postgres = Postgres::start().await;
    let earlier = earlier(&postgres).await;
    let backup = postgres.connect("courier").await;
    backup.batch_execute("BEGIN; LOCK TABLE clerk_courier_message IN ACCESS SHARE MODE").await.unwrap();
    let settings = settings(&postgres.url());
    let asked = tokio::time::Instant::now();
    let new = open(&settings);
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    assert!(!new.state().writable);
    let ticket = yours(claim(&new, "ema_new", false).await);
    settle(&new, ticket, Settled::Accepted).await;
    let mut held_up = 0;
    for claim in 200..220 {
        let asked = tokio::time::Instant::now();
        assert!(earlier.claim(&format!("ema_{claim}"), claim).await);
        held_up += usize::from(asked.elapsed() >= Duration::from_millis(450));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // The machine may have been busy once.
    assert!(held_up < 3, "{held_up}");
    backup.batch_execute("COMMIT").await.unwrap();
    super::until_rows(&settings, |rows| rows.iter().any(|row| row.message_id == "ema_new")).await;
    assert!(version(&earlier.client).await.0 > 1);
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn who_may_not_change_the_tables_is_told_so_and_the_owner_may() {
    let postgres = Postgres::start().await;
    let earlier = earlier(&postgres).await;
    earlier
        .client
        .batch_execute(
            "CREATE ROLE guest LOGIN PASSWORD 'canary/postgres@password';
             GRANT SELECT, INSERT, UPDATE, DELETE ON clerk_courier_message TO guest;
             GRANT SELECT, UPDATE ON clerk_courier_schema TO guest",
        )
        .await
        .unwrap();
    let guest = settings(&postgres.url_of("guest", "courier"));
    let error = Ledger::open(guest.clone(), Clock::System).unwrap_err().to_string();
    assert!(error.contains("schema 1") && error.contains("only their owner may change them"), "{error}");
    assert_eq!(inspect(&guest).unwrap_err().to_string(), error);
    assert_eq!(version(&earlier.client).await, (1, 1));
    drop(open(&settings(&postgres.url())));
    let error = Ledger::open(guest.clone(), Clock::System).unwrap_err().to_string();
    assert!(error.contains("may not read and write the ledger's tables"), "{error}");
    let grant = "GRANT SELECT, INSERT, UPDATE, DELETE ON clerk_courier_sms, clerk_courier_language TO guest";
    earlier.client.batch_execute(grant).await.unwrap();
    assert_accepted(&claim(&open(&guest), "ema_accepted", false).await);
}
