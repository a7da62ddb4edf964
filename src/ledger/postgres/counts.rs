//! The SMS that all servers count together, for limits: the statements, and the task that deletes old counts.
//!
//! A row is what one limit counts of one number, prefix or country, whose names are hashed. Its window has twelve slots, by the
//! database's clock, and one more that is being filled: so an SMS counts for its window and for up to a twelfth longer, as
//! in `limits`.
//!
//! One statement counts an SMS against all limits, and only where every row has room. The rows are locked meanwhile, so of
//! SMS that come at once no more pass than the limit allows, and one that is refused keeps out no other. Only rows that two
//! servers make at once can't be locked before they are there: where one of them turns out to be full, the others are given
//! back by a second statement.

use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{sleep, timeout};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error};

use super::database::Database;
use crate::ledger::recipient::QuotaHash;

/// How many slots a window has.
const SLOTS: u64 = 12;

/// Counts an SMS in all of its rows, or names those that are full, with no slot. `counts` holds the last 13 slots, the latest
/// first; before an SMS is counted, they move on by the slots that have passed.
const RESERVE: &str = "
    WITH asked AS (
        SELECT key, width, most, floor(extract(epoch FROM statement_timestamp()) / width)::bigint AS latest
        FROM unnest($1::bytea[], $2::integer[], $3::bigint[]) AS asked (key, width, most)
    ), held AS MATERIALIZED (
        SELECT asked.key, asked.most <= (
            SELECT coalesce(sum(c.counts[i - least(13, greatest(0, asked.latest - c.latest))::integer]), 0)
            FROM generate_series(1, 13) AS i) AS is_full
        FROM clerk_courier_sms c JOIN asked ON asked.key = c.key
        ORDER BY c.key FOR UPDATE OF c
    ), counted AS (
        INSERT INTO clerk_courier_sms AS c (key, width, most, latest, counts)
        SELECT key, width, most, latest, '{1,0,0,0,0,0,0,0,0,0,0,0,0}'::integer[] FROM asked
        WHERE NOT EXISTS (SELECT FROM held WHERE is_full)
        ORDER BY key
        ON CONFLICT (key) DO UPDATE SET
            most = excluded.most, latest = greatest(c.latest, excluded.latest),
            counts = (
                SELECT array_agg(
                    coalesce(c.counts[i - least(13, greatest(0, excluded.latest - c.latest))::integer], 0) + (i = 1)::integer
                    ORDER BY i)
                FROM generate_series(1, 13) AS i)
        WHERE (
            SELECT coalesce(sum(c.counts[i - least(13, greatest(0, excluded.latest - c.latest))::integer]), 0)
            FROM generate_series(1, 13) AS i) < excluded.most
        RETURNING key, latest
    )
    SELECT key, latest FROM counted UNION ALL SELECT key, NULL FROM held WHERE is_full";

/// Takes an SMS back from the slots that it was counted in. The order keeps two servers from waiting for each other.
const GIVE_BACK: &str = "
    WITH held AS MATERIALIZED (
        SELECT c.key, asked.slot FROM clerk_courier_sms c
        JOIN unnest($1::bytea[], $2::bigint[]) AS asked (key, slot) ON c.key = asked.key
        ORDER BY c.key FOR UPDATE OF c
    )
    UPDATE clerk_courier_sms c SET counts = (
        SELECT array_agg(
            CASE WHEN i - 1 = c.latest - held.slot THEN greatest(0, c.counts[i] - 1) ELSE c.counts[i] END ORDER BY i)
        FROM generate_series(1, 13) AS i)
    FROM held WHERE c.key = held.key";

/// Deletes counts whose window is over. An index for that would have to be written with each SMS.
const PURGE: &str = "
    DELETE FROM clerk_courier_sms WHERE key IN (
        SELECT key FROM clerk_courier_sms
        WHERE latest < floor(extract(epoch FROM statement_timestamp()) / width)::bigint - 13
        LIMIT 5000 FOR UPDATE SKIP LOCKED)";

/// How often old counts are deleted.
const PURGE_EVERY: Duration = Duration::from_mins(10);

/// How long a statement that nobody waits for may take.
const LIMIT: Duration = Duration::from_secs(2);

/// A limit that an SMS is counted against, as the database knows it.
#[derive(Debug)]
pub(super) struct Counter {
    pub(super) key: QuotaHash,
    pub(super) max: u32,
    pub(super) window: Duration,
}

/// Where an SMS was counted: the row, and the slot in it.
#[derive(Debug)]
pub(super) struct Place {
    key: Vec<u8>,
    slot: i64,
}

/// What the database says of an SMS.
#[derive(Debug)]
pub(super) struct Counted {
    /// Where it was counted.
    pub(super) places: Vec<Place>,
    /// The positions of the limits that are used up. Where there is one, `places` are to be given back.
    pub(super) over: Vec<usize>,
}

/// Counts an SMS against limits, or says which of them are used up.
pub(super) async fn reserve(client: &Client, counters: &[Counter]) -> Result<Counted, Error> {
    let keys: Vec<_> = counters.iter().map(|counter| counter.key.as_bytes()).collect();
    let width = |counter: &Counter| i32::try_from(counter.window.as_secs() / SLOTS).unwrap_or(i32::MAX);
    let widths: Vec<_> = counters.iter().map(width).collect();
    let most: Vec<_> = counters.iter().map(|counter| i64::from(counter.max)).collect();
    let asked: [(&(dyn ToSql + Sync), Type); 3] =
        [(&keys, Type::BYTEA_ARRAY), (&widths, Type::INT4_ARRAY), (&most, Type::INT8_ARRAY)];
    let (mut places, mut full) = (Vec::new(), Vec::<Vec<u8>>::new());
    for row in client.query_typed(RESERVE, &asked).await? {
        match row.try_get(1)? {
            Some(slot) => places.push(Place { key: row.try_get(0)?, slot }),
            None => full.push(row.try_get(0)?),
        }
    }
    let is_over = |key: &[u8]| {
        if full.is_empty() {
            !places.iter().any(|place| place.key == key)
        } else {
            full.iter().any(|full| full == key)
        }
    };
    let over = keys.iter().enumerate().filter(|(_, key)| is_over(key)).map(|(at, _)| at).collect();
    Ok(Counted { places, over })
}

/// Takes a count back. Nobody waits for that: where the database fails, the SMS counts until its window is over.
pub(super) async fn give_back(database: &Database, places: &[Place]) {
    let keys: Vec<_> = places.iter().map(|place| place.key.as_slice()).collect();
    let slots: Vec<_> = places.iter().map(|place| place.slot).collect();
    let asked: [(&(dyn ToSql + Sync), Type); 2] = [(&keys, Type::BYTEA_ARRAY), (&slots, Type::INT8_ARRAY)];
    let giving = database.run(async |client| client.execute_typed(GIVE_BACK, &asked).await);
    let _ = timeout(LIMIT, giving).await;
}

/// Deletes old counts now and then.
pub(super) async fn purge(database: Rc<Database>) {
    loop {
        sleep(PURGE_EVERY).await;
        if database.gauges.writable.load(Ordering::Relaxed) {
            let purging = database.run(async |client| client.execute_typed(PURGE, &[]).await);
            let _ = timeout(LIMIT, purging).await;
        }
    }
}
