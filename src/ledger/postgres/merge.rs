//! Rows that come from elsewhere, out of the spool or by `clerk-courier ledger copy`: they are brought together with those that
//! are there, in any order and however often they come.

use std::borrow::Cow;

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error};

use super::store::{text, time};
use crate::ledger::stored::{Merged, Stored};

/// Adds rows, or brings older ones up to date. An acceptance is a fact: it stays, and wins over any other outcome. Of two other
/// outcomes the later one wins. What a server is delivering right now is changed by its own record alone, and by an acceptance.
///
/// `$18` says that a row holds the attempts of a time of its own, which are added to those that are there; a record that comes
/// twice counts once. Its steps likewise.
const MERGE: &str = "
    WITH entry AS MATERIALIZED (
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::text[], $7::text[], $8::text[],
            $9::text[], $10::integer[], $11::timestamptz[], $12::timestamptz[], $13::bigint[], $14::bytea[],
            $15::timestamptz[], $16::text[]) AS entry (message_id, svix_id, channel, slug, recipient, outcome, reason, provider, receipt,
            attempts, first_seen, settled_at, claim, series, born, timeline)
    ), same AS MATERIALIZED (
        SELECT count(*) AS count FROM entry JOIN clerk_courier_message AS m USING (message_id)
        WHERE m.outcome = entry.outcome AND date_trunc('milliseconds', m.settled_at) = entry.settled_at
    ), written AS (
        INSERT INTO clerk_courier_message AS m (message_id, svix_id, channel, slug, recipient, outcome, reason, provider,
            receipt, attempts, first_seen, settled_at, claim, series, born, timeline, owner)
        SELECT entry.*, $17::bigint FROM entry ORDER BY message_id
        ON CONFLICT (message_id) DO UPDATE SET
            svix_id = excluded.svix_id, recipient = coalesce(excluded.recipient, m.recipient),
            outcome = excluded.outcome, reason = excluded.reason, provider = excluded.provider, receipt = excluded.receipt,
            attempts = CASE WHEN $18 AND NOT (m.claim = excluded.claim AND m.lease_end IS NULL)
                THEN m.attempts + excluded.attempts ELSE greatest(m.attempts, excluded.attempts) END,
            first_seen = least(m.first_seen, excluded.first_seen), settled_at = excluded.settled_at,
            owner = excluded.owner, claim = excluded.claim, claimed_at = NULL, lease_end = NULL,
            series = coalesce(excluded.series, m.series), born = coalesce(excluded.born, m.born),
            timeline = CASE WHEN NOT $18 THEN coalesce(excluded.timeline, m.timeline)
                WHEN m.claim = excluded.claim AND m.lease_end IS NULL THEN coalesce(m.timeline, excluded.timeline)
                ELSE nullif(right(concat_ws(chr(10), m.timeline, excluded.timeline), 2048), '') END
        WHERE CASE
            WHEN m.outcome = 'accepted' THEN false
            WHEN excluded.outcome = 'accepted' THEN true
            WHEN m.lease_end IS NOT NULL THEN m.claim = excluded.claim
            ELSE excluded.settled_at > date_trunc('milliseconds', m.settled_at) END
        RETURNING (xmax = 0) AS is_new
    )
    SELECT (SELECT count(*) FROM written WHERE is_new), (SELECT count(*) FROM written WHERE NOT is_new), same.count
    FROM same";

/// Whose attempts a row holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attempts {
    /// Those of one claim, which are added to what is there.
    OfOneClaim,
    /// All of the message's, as another database counted them.
    All,
}

/// Merges all of `rows`, or none. No two of them may be of one message.
pub(super) async fn merge(
    client: &Client,
    rows: &[Stored],
    attempts: Attempts,
    owner: i64,
) -> Result<Merged, Error> {
    fn all<'r, T>(rows: &'r [Stored], of: impl Fn(&'r Stored) -> T) -> Vec<T> {
        rows.iter().map(of).collect()
    }
    fn optional(column: Option<&String>) -> Option<Cow<'_, str>> {
        column.map(|column| text(column))
    }
    let columns: [(&(dyn ToSql + Sync), Type); 18] = [
        (&all(rows, |row| text(&row.message_id)), Type::TEXT_ARRAY),
        (&all(rows, |row| text(&row.svix_id)), Type::TEXT_ARRAY),
        (&all(rows, |row| text(&row.channel)), Type::TEXT_ARRAY),
        (&all(rows, |row| optional(row.slug.as_ref())), Type::TEXT_ARRAY),
        (&all(rows, |row| row.recipient.as_deref()), Type::BYTEA_ARRAY),
        (&all(rows, |row| text(&row.outcome)), Type::TEXT_ARRAY),
        (&all(rows, |row| optional(row.reason.as_ref())), Type::TEXT_ARRAY),
        (&all(rows, |row| optional(row.provider.as_ref())), Type::TEXT_ARRAY),
        (&all(rows, |row| optional(row.receipt.as_ref())), Type::TEXT_ARRAY),
        (&all(rows, |row| i32::try_from(row.attempts).unwrap_or(i32::MAX)), Type::INT4_ARRAY),
        (&all(rows, |row| time(row.first_seen)), Type::TIMESTAMPTZ_ARRAY),
        (&all(rows, |row| time(row.settled_at)), Type::TIMESTAMPTZ_ARRAY),
        (&all(rows, |row| row.claim), Type::INT8_ARRAY),
        (&all(rows, |row| row.series.as_deref()), Type::BYTEA_ARRAY),
        (&all(rows, |row| row.born.map(time)), Type::TIMESTAMPTZ_ARRAY),
        (&all(rows, |row| optional(row.timeline.as_ref())), Type::TEXT_ARRAY),
        (&owner, Type::INT8),
        (&(attempts == Attempts::OfOneClaim), Type::BOOL),
    ];
    let row = client.query_typed_one(MERGE, &columns).await?;
    let count = |column: usize| -> Result<u64, Error> {
        row.try_get::<_, i64>(column).map(|count| u64::try_from(count).unwrap_or(0))
    };
    Ok(Merged { new: count(0)?, updated: count(1)?, same: count(2)? })
}
