//! Every statement that a running ledger makes. Each one is a transaction of its own and takes one round trip, with an
//! unnamed prepared statement, so that they work behind PgBouncer in transaction mode.

use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Row};

use crate::clock::millis;
use crate::ledger::queue::{Claimed, Entry, Release};
use crate::ledger::recent::{Known, Standing};
use crate::ledger::recipient::RecipientHash;
use crate::ledger::series::SeriesHash;
use crate::ledger::words::Settled;

/// The number of the lock under which old rows are deleted, so that one server at a time does it.
const PURGE_LOCK: i64 = 0x636c_6572_6b02;

/// Takes a message: as a new row, or from a row that nobody holds. `outcome` of a row stays what it was, except where another
/// server's sending is taken over, whose end nobody knows.
///
/// A row is held until `lease_end`, by the database's clock alone. What this server (`owner`) held is free: its memory knows
/// what is being delivered, and that the message is not. A statement that is carried out late, after its own claim was settled,
/// changes nothing.
///
/// A claim that succeeds also says whether a newer code or link of the series was accepted, as [`NEWEST`] does, so that nobody
/// asks for that by itself before the first attempt. That is left out ($13) until the index over series is there.
const CLAIM: &str = "
    INSERT INTO clerk_courier_message AS m (message_id, svix_id, channel, slug, recipient, outcome, attempts, first_seen,
        settled_at, owner, claim, claimed_at, lease_end, series, born)
    VALUES ($1, $2, $3, $4, $5, 'claimed', 0, $6, $6, $7, $8, clock_timestamp(), clock_timestamp() + $9 * interval '1 ms',
        $11, $12)
    ON CONFLICT (message_id) DO UPDATE SET
        svix_id = excluded.svix_id, owner = excluded.owner, claim = excluded.claim,
        claimed_at = clock_timestamp(), lease_end = clock_timestamp() + $9 * interval '1 ms',
        series = coalesce(excluded.series, m.series), born = least(excluded.born, m.born),
        outcome = CASE WHEN m.lease_end IS NOT NULL AND m.owner <> $7 THEN 'begun' ELSE m.outcome END
    WHERE m.outcome <> 'accepted'
        AND (m.lease_end IS NULL OR m.lease_end < clock_timestamp() OR m.owner = $7)
        AND (m.claim <> $8 OR m.lease_end IS NOT NULL)
        AND NOT ($10 AND (m.outcome IN ('in_doubt', 'begun') OR (m.lease_end IS NOT NULL AND m.owner <> $7)))
    RETURNING first_seen, (
        SELECT max(n.born) FROM clerk_courier_message n
        WHERE $13 AND n.series = $11 AND n.born > m.born AND n.born <= clock_timestamp() + interval '5 min'
            AND n.outcome = 'accepted'
    )";

/// The birth of the newest code or link of a series that was accepted, if it is later than this one. A birth that lies too far
/// ahead is wrong, as [`crate::ledger::series`] has it.
const NEWEST: &str = "
    SELECT max(born) FROM clerk_courier_message
    WHERE series = $1 AND born > $2 AND born <= clock_timestamp() + interval '5 min' AND outcome = 'accepted'";

const LOOK: &str = "
    SELECT outcome, provider, receipt, first_seen, owner,
        lease_end IS NOT NULL,
        (extract(epoch FROM lease_end - clock_timestamp()) * 1000)::bigint,
        (extract(epoch FROM clock_timestamp() - claimed_at) * 1000)::bigint
    FROM clerk_courier_message WHERE message_id = $1";

/// Adds rows, or brings them up to date. A row that says `accepted` keeps saying so. Any other record changes a row only while
/// its own claim holds it, or nobody does. A record that comes twice, since its first answer was lost, counts its attempts once.
/// Its steps follow those of earlier deliveries, of which the last 2,048 characters are kept.
///
/// The order keeps two servers that write the same rows from waiting for each other.
const WRITE: &str = "
    INSERT INTO clerk_courier_message AS m (message_id, svix_id, channel, slug, recipient, outcome, reason, provider, receipt,
        attempts, first_seen, settled_at, claim, series, born, timeline, owner)
    SELECT entry.*, $17::bigint FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::text[], $7::text[],
        $8::text[], $9::text[], $10::integer[], $11::timestamptz[], $12::timestamptz[], $13::bigint[], $14::bytea[],
        $15::timestamptz[], $16::text[]) AS entry (message_id)
    ORDER BY entry.message_id
    ON CONFLICT (message_id) DO UPDATE SET
        svix_id = excluded.svix_id, recipient = coalesce(excluded.recipient, m.recipient),
        outcome = excluded.outcome, reason = excluded.reason, provider = excluded.provider, receipt = excluded.receipt,
        attempts = m.attempts
            + CASE WHEN m.claim = excluded.claim AND m.lease_end IS NULL THEN 0 ELSE excluded.attempts END,
        first_seen = least(m.first_seen, excluded.first_seen), settled_at = excluded.settled_at,
        owner = excluded.owner, claim = excluded.claim, claimed_at = NULL, lease_end = NULL,
        series = coalesce(excluded.series, m.series), born = least(excluded.born, m.born),
        timeline = CASE WHEN m.claim = excluded.claim AND m.lease_end IS NULL THEN coalesce(m.timeline, excluded.timeline)
            ELSE nullif(right(concat_ws(chr(10), m.timeline, excluded.timeline), 2048), '') END
    WHERE excluded.outcome = 'accepted'
        OR (m.outcome <> 'accepted' AND (m.lease_end IS NULL OR m.claim = excluded.claim))";

/// Gives a message back that nothing was sent of: a row that the claim made goes, any other stays as it was.
const RELEASE: &str = "
    WITH gone AS (
        DELETE FROM clerk_courier_message WHERE message_id = $1 AND claim = $2 AND outcome = 'claimed'
    )
    UPDATE clerk_courier_message SET lease_end = NULL
    WHERE message_id = $1 AND claim = $2 AND outcome <> 'claimed'";

/// Gives up a claim that the database did not answer. One that hung carries it out once it goes on, perhaps later than this. So
/// the row keeps the claim's number and no lease, and the claim, when it comes, finds that it is over. If the database has
/// carried it out already, this ends its lease.
const WITHDRAW: &str = "
    INSERT INTO clerk_courier_message AS m (message_id, svix_id, channel, slug, recipient, outcome, attempts, first_seen,
        settled_at, owner, claim)
    VALUES ($1, $2, $3, $4, $5, 'claimed', 0, clock_timestamp(), clock_timestamp(), $6, $7)
    ON CONFLICT (message_id) DO UPDATE SET lease_end = NULL, claim = excluded.claim
    WHERE m.claim = excluded.claim OR (m.lease_end IS NULL AND m.outcome <> 'accepted')";

/// Deletes the oldest rows, unless another server is doing that.
const PURGE: &str = "
    WITH turn AS MATERIALIZED (SELECT pg_try_advisory_xact_lock($3) AS mine),
    old AS MATERIALIZED (
        SELECT message_id FROM clerk_courier_message
        WHERE (SELECT mine FROM turn) AND settled_at < $1
        ORDER BY settled_at LIMIT $2 FOR UPDATE SKIP LOCKED
    )
    DELETE FROM clerk_courier_message m USING old WHERE m.message_id = old.message_id";

/// Writes a value that is there already, to see whether the server takes it.
const TOUCH: &str = "UPDATE clerk_courier_schema SET version = version";

/// What the database says to a claim.
#[derive(Debug)]
pub(super) enum Said {
    /// The row is held for this claim now.
    Yours(Taken),
    /// Another server holds the row.
    Busy {
        /// How long it has been holding it.
        age: Duration,
        /// How long it may hold it still, at most.
        left: Duration,
    },
    /// Nobody holds the row, and it says that.
    Settled(Known),
}

/// What the database says of a message with the claim that took it.
#[derive(Debug)]
pub(super) struct Taken {
    /// When the message was seen for the first time.
    pub(super) first_seen: SystemTime,
    /// The birth of the newest code or link of its series that was accepted, where that is later than its own.
    pub(super) newer: Option<SystemTime>,
}

/// A claim as the database is asked for it.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) claimed: Claimed,
    pub(super) first_seen: SystemTime,
    /// How long the row is held.
    pub(super) lease: Duration,
    /// A message that may have been sent before is not taken.
    pub(super) stop_on_doubt: bool,
    /// Only read the row first: another server was seen to hold it.
    pub(super) look_first: bool,
}

/// Claims a message for the server with the number `owner`. `indexed` says whether newer codes can be asked for.
pub(super) async fn claim(client: &Client, asked: &Asked, owner: i64, indexed: bool) -> Result<Said, Error> {
    let mut look_first = asked.look_first;
    loop {
        if !look_first && let Some(taken) = take(client, asked, owner, indexed).await? {
            return Ok(Said::Yours(taken));
        }
        match look(client, &asked.claimed.ids.message, owner).await? {
            Some(Said::Settled(known)) if is_open(&known, asked.stop_on_doubt) && look_first => {
                look_first = false;
            }
            Some(said) => return Ok(said),
            // The row has gone meanwhile.
            None => look_first = false,
        }
    }
}

fn is_open(known: &Known, stop_on_doubt: bool) -> bool {
    match known.standing {
        Standing::Open => true,
        Standing::Doubt => !stop_on_doubt,
        Standing::Accepted => false,
    }
}

async fn take(client: &Client, asked: &Asked, owner: i64, indexed: bool) -> Result<Option<Taken>, Error> {
    let Claimed { ids, channel, slug, recipient, claim, .. } = &asked.claimed;
    let (message, svix, slug) = (text(&ids.message), text(&ids.svix), slug.as_deref().map(text));
    let recipient = recipient.as_ref().map(RecipientHash::as_bytes);
    let lease = asked.lease.as_secs_f64() * 1000.0;
    let (series, born) = place(&asked.claimed, millis(asked.first_seen));
    let row = client
        .query_typed_opt(
            CLAIM,
            &[
                (&message, Type::TEXT),
                (&svix, Type::TEXT),
                (channel, Type::TEXT),
                (&slug, Type::TEXT),
                (&recipient, Type::BYTEA),
                (&asked.first_seen, Type::TIMESTAMPTZ),
                (&owner, Type::INT8),
                (claim, Type::INT8),
                (&lease, Type::FLOAT8),
                (&asked.stop_on_doubt, Type::BOOL),
                (&series, Type::BYTEA),
                (&born, Type::TIMESTAMPTZ),
                (&indexed, Type::BOOL),
            ],
        )
        .await?;
    row.map(|row| Ok(Taken { first_seen: row.try_get(0)?, newer: row.try_get(1)? })).transpose()
}

/// The birth of the newest code or link of a series that was accepted, where that is later than `born`, both in milliseconds
/// since the Unix epoch.
pub(super) async fn newest(client: &Client, series: SeriesHash, born: u64) -> Result<Option<u64>, Error> {
    let asked: [(&(dyn ToSql + Sync), Type); 2] =
        [(&series.0.as_slice(), Type::BYTEA), (&time(born), Type::TIMESTAMPTZ)];
    let row = client.query_typed_one(NEWEST, &asked).await?;
    Ok(row.try_get::<_, Option<SystemTime>>(0)?.map(millis))
}

async fn look(client: &Client, message: &str, owner: i64) -> Result<Option<Said>, Error> {
    let row = client.query_typed_opt(LOOK, &[(&text(message), Type::TEXT)]).await?;
    row.map(|row| said(&row, owner)).transpose()
}

/// What a row says to a server that could not take it.
fn said(row: &Row, owner: i64) -> Result<Said, Error> {
    let (outcome, first_seen): (&str, SystemTime) = (row.try_get(0)?, row.try_get(3)?);
    let is_ours = row.try_get::<_, i64>(4)? == owner;
    let is_held = row.try_get::<_, bool>(5)? && !is_ours;
    let [left, age] = [row.try_get::<_, Option<i64>>(6)?, row.try_get(7)?]
        .map(|millis| Duration::from_millis(millis.map_or(0, |millis| u64::try_from(millis).unwrap_or(0))));
    if is_held && !left.is_zero() {
        return Ok(Said::Busy { age, left });
    }
    let shared = |column| row.try_get::<_, Option<&str>>(column).map(|text| text.map(Into::into));
    // A word that this version does not know was written by a newer one. Delivering the message is the lesser harm.
    let standing =
        if is_held { Standing::Doubt } else { Settled::of(outcome).map_or(Standing::Open, Standing::of) };
    Ok(Said::Settled(Known {
        standing,
        provider: shared(1)?,
        receipt: shared(2)?,
        first_seen: millis(first_seen),
    }))
}

/// Writes all of `entries`, or none. No two of them may be of one message.
pub(super) async fn write(client: &Client, entries: &[&Entry], owner: i64) -> Result<(), Error> {
    fn all<'e, T>(entries: &[&'e Entry], of: impl Fn(&'e Entry) -> T) -> Vec<T> {
        entries.iter().map(|entry| of(entry)).collect()
    }
    let of = entries;
    let columns: [(&(dyn ToSql + Sync), Type); 17] = [
        (&all(of, |entry| text(&entry.claimed.ids.message)), Type::TEXT_ARRAY),
        (&all(of, |entry| text(&entry.claimed.ids.svix)), Type::TEXT_ARRAY),
        (&all(of, |entry| entry.claimed.channel), Type::TEXT_ARRAY),
        (&all(of, |entry| entry.claimed.slug.as_deref().map(text)), Type::TEXT_ARRAY),
        (&all(of, |entry| entry.claimed.recipient.as_ref().map(RecipientHash::as_bytes)), Type::BYTEA_ARRAY),
        (&all(of, |entry| entry.settled.as_str()), Type::TEXT_ARRAY),
        (&all(of, |entry| entry.reason), Type::TEXT_ARRAY),
        (&all(of, |entry| entry.provider.as_deref()), Type::TEXT_ARRAY),
        (&all(of, |entry| entry.receipt.as_deref()), Type::TEXT_ARRAY),
        (&all(of, |entry| i32::try_from(entry.attempts).unwrap_or(i32::MAX)), Type::INT4_ARRAY),
        (&all(of, |entry| time(entry.first_seen)), Type::TIMESTAMPTZ_ARRAY),
        (&all(of, |entry| time(entry.settled_at)), Type::TIMESTAMPTZ_ARRAY),
        (&all(of, |entry| entry.claimed.claim), Type::INT8_ARRAY),
        (&all(of, |entry| place(&entry.claimed, entry.first_seen).0), Type::BYTEA_ARRAY),
        (&all(of, |entry| place(&entry.claimed, entry.first_seen).1), Type::TIMESTAMPTZ_ARRAY),
        (&all(of, |entry| entry.timeline.as_deref()), Type::TEXT_ARRAY),
        (&owner, Type::INT8),
    ];
    client.execute_typed(WRITE, &columns).await.map(drop)
}

/// Gives a message back that nothing was sent of.
pub(super) async fn release(client: &Client, release: &Release, owner: i64) -> Result<(), Error> {
    let Claimed { ids, channel, slug, recipient, claim, .. } = &release.claimed;
    let message = text(&ids.message);
    if release.answered {
        return client.execute_typed(RELEASE, &[(&message, Type::TEXT), (claim, Type::INT8)]).await.map(drop);
    }
    let columns: [(&(dyn ToSql + Sync), Type); 7] = [
        (&message, Type::TEXT),
        (&text(&ids.svix), Type::TEXT),
        (channel, Type::TEXT),
        (&slug.as_deref().map(text), Type::TEXT),
        (&recipient.as_ref().map(RecipientHash::as_bytes), Type::BYTEA),
        (&owner, Type::INT8),
        (claim, Type::INT8),
    ];
    client.execute_typed(WITHDRAW, &columns).await.map(drop)
}

/// Deletes up to `limit` rows that were settled before a time, and says how many it deleted.
pub(super) async fn purge(client: &Client, before: SystemTime, limit: u32) -> Result<u64, Error> {
    let limit = i64::from(limit);
    client
        .execute_typed(
            PURGE,
            &[(&before, Type::TIMESTAMPTZ), (&limit, Type::INT8), (&PURGE_LOCK, Type::INT8)],
        )
        .await
}

/// Finds out whether the server takes writes.
pub(super) async fn touch(client: &Client) -> Result<(), Error> {
    client.execute_typed(TOUCH, &[]).await.map(drop)
}

/// Whether a record is refused for what is in it, so that it would be refused each time: its values (classes 22 and 23) or
/// their length (54).
pub(super) fn is_about_the_record(error: &Error) -> bool {
    let class = error.code().map(SqlState::code).and_then(|code| code.get(..2));
    class.is_some_and(|class| ["22", "23", "54"].contains(&class))
}

/// Where a code or link stands: its series, and its birth, for which the first sight of the message stands in.
fn place(claimed: &Claimed, first_seen: u64) -> (Option<&[u8]>, Option<SystemTime>) {
    let place = claimed.place.as_ref();
    (place.map(|place| place.series.0.as_slice()), place.map(|place| time(place.born.unwrap_or(first_seen))))
}

/// A string as PostgreSQL takes it: without the character NUL, which none of its strings may hold.
pub(super) fn text(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "\u{fffd}").into() } else { text.into() }
}

/// Milliseconds since the Unix epoch as a point in time.
pub(super) fn time(millis: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(millis)
}
