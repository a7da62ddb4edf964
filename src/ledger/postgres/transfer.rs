//! A whole ledger at once: its rows for a copy, rows that come from a copy, and whether the database is as it should be.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::runtime::Runtime;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error, Row};

use super::database::{blocking, runtime};
use super::language;
use super::merge::{Attempts, merge};
use super::schema;
use super::server::{Connector, PostgresSettings, Server, Session};
use crate::clock::{Clock, millis};
use crate::ledger::error::{OpenError, ReadError};
use crate::ledger::health::Health;
use crate::ledger::recipient::UserHash;
use crate::ledger::stored::{Merged, Stored};
use crate::ledger::told::Told;
use crate::ledger::words::Inspected;

/// How far the clocks of the database and this machine may be apart, in milliseconds.
const CLOCKS_APART: u64 = 10_000;

/// The rows in the order in which they were settled. A claim does not go along as one: a message that a server is delivering
/// for the first time is left out, and one whose server ended is what it is to any server, begun. What the tables of an
/// earlier version lack is that of `earlier`, which is NULL: a name means a column of the tables first.
const SELECT: &str = "
    SELECT message_id, svix_id, channel, slug, recipient,
        CASE WHEN lease_end < clock_timestamp() THEN 'begun' ELSE outcome END,
        reason, provider, receipt, attempts, first_seen, settled_at, m.series, m.born, m.timeline
    FROM (SELECT NULL::bytea AS series, NULL::timestamptz AS born, NULL::text AS timeline) AS earlier CROSS JOIN LATERAL (
        SELECT message_id, svix_id, channel, slug, recipient, lease_end, outcome, reason, provider, receipt, attempts,
            first_seen, settled_at, series, born, timeline
        FROM clerk_courier_message
    ) AS m
    WHERE (settled_at, message_id) > ($1, $2) AND (outcome <> 'claimed' OR lease_end < clock_timestamp())
    ORDER BY settled_at, message_id LIMIT $3";

const EXAMINE: &str = "
    SELECT count(*), min(settled_at), max(settled_at), pg_total_relation_size('clerk_courier_message'),
        count(*) FILTER (WHERE lease_end >= clock_timestamp()), count(*) FILTER (WHERE lease_end < clock_timestamp()),
        (SELECT version FROM clerk_courier_schema), current_setting('server_version')
    FROM clerk_courier_message";

/// A connection of its own, and what it runs on.
struct Line {
    // Dropped before the runtime that it runs on.
    session: Session,
    connector: Connector,
    runtime: Runtime,
}

impl Line {
    fn open(server: &Server) -> Result<Self, OpenError> {
        let connector = server.clone().connector()?;
        let runtime = runtime()?;
        let session = runtime.block_on(connector.connect())?;
        Ok(Self { session, connector, runtime })
    }

    fn failed(&self, error: &Error) -> OpenError {
        self.connector.server.explain(error)
    }
}

/// The rows of a ledger, in the order in which they were settled.
pub(crate) struct Source {
    line: Line,
    /// Behind which row the next one is: when it was settled, and its id.
    after: (SystemTime, String),
}

impl Source {
    pub(crate) fn open(server: &Server) -> Result<Self, ReadError> {
        let line = Line::open(server).map_err(ReadError::Postgres)?;
        let there = line.runtime.block_on(schema::is_there(&line.session.client, server));
        if !there.map_err(ReadError::Postgres)? {
            return Err(ReadError::Empty { server: server.shown().to_owned() });
        }
        Ok(Self { line, after: (UNIX_EPOCH, String::new()) })
    }

    pub(crate) fn seek(&mut self, since: u64) {
        // No id is empty, so this is before all rows of that moment.
        self.after = (UNIX_EPOCH + Duration::from_millis(since), String::new());
    }

    pub(crate) fn next(&mut self, limit: usize) -> Result<Vec<Stored>, ReadError> {
        let read = self.line.runtime.block_on(rows(&self.line.session.client, &self.after, limit));
        let rows = read.map_err(|error| ReadError::Postgres(self.line.failed(&error)))?;
        if let Some((settled_at, row)) = rows.last() {
            self.after = (*settled_at, row.message_id.clone());
        }
        Ok(rows.into_iter().map(|(_, row)| row).collect())
    }

    /// The next users' languages, in the order of their hashes.
    pub(crate) fn languages(&self, after: Option<UserHash>, limit: usize) -> Result<Vec<Told>, ReadError> {
        let read = self.line.runtime.block_on(language::after(&self.line.session.client, after, limit));
        read.map_err(|error| ReadError::Postgres(self.line.failed(&error)))
    }
}

async fn rows(
    client: &Client,
    (settled_at, id): &(SystemTime, String),
    limit: usize,
) -> Result<Vec<(SystemTime, Stored)>, Error> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = client
        .query_typed(SELECT, &[(settled_at, Type::TIMESTAMPTZ), (id, Type::TEXT), (&limit, Type::INT8)])
        .await?;
    rows.iter().map(stored).collect()
}

fn stored(row: &Row) -> Result<(SystemTime, Stored), Error> {
    let settled_at = row.try_get(11)?;
    let stored = Stored {
        message_id: row.try_get(0)?,
        svix_id: row.try_get(1)?,
        channel: row.try_get(2)?,
        slug: row.try_get(3)?,
        recipient: row.try_get(4)?,
        outcome: row.try_get(5)?,
        reason: row.try_get(6)?,
        provider: row.try_get(7)?,
        receipt: row.try_get(8)?,
        attempts: u32::try_from(row.try_get::<_, i32>(9)?).unwrap_or(0),
        first_seen: millis(row.try_get(10)?),
        settled_at: millis(settled_at),
        series: row.try_get(12)?,
        born: row.try_get::<_, Option<SystemTime>>(13)?.map(millis),
        timeline: row.try_get(14)?,
        claim: 0,
    };
    Ok((settled_at, stored))
}

/// A ledger that rows are copied into, also while servers use it.
pub(crate) struct Target(Line);

impl Target {
    /// Connects, and makes the tables where they are missing.
    pub(crate) fn open(server: &Server) -> Result<Self, OpenError> {
        let mut line = Line::open(server)?;
        line.runtime.block_on(schema::prepare(&mut line.session.client, server))?;
        Ok(Self(line))
    }

    pub(crate) fn merge(&mut self, rows: &[Stored]) -> Result<Merged, OpenError> {
        let merging = merge(&self.0.session.client, rows, Attempts::All, 0);
        self.0.runtime.block_on(merging).map_err(|error| self.0.failed(&error))
    }

    /// Keeps what Clerk said of users' languages, where nothing later is kept.
    pub(crate) fn tell(&mut self, all: &[Told]) -> Result<(), OpenError> {
        let telling = language::tell_all(&self.0.session.client, all);
        self.0.runtime.block_on(telling).map_err(|error| self.0.failed(&error))
    }
}

/// What the ledger holds, and what is wrong with the database.
pub(crate) fn examine(settings: &PostgresSettings, clock: &Clock) -> Result<Health, OpenError> {
    let connector = settings.server.clone().connector()?;
    let clock = clock.clone();
    blocking(async {
        let server = &connector.server;
        let client = &connector.connect().await?.client;
        let mut health = Health::default();
        let found = schema::inspect(client, server).await?;
        look(client, found, &clock, &mut health).await.map_err(|error| server.explain(&error))?;
        Ok(health)
    })?
}

async fn look(client: &Client, found: Inspected, clock: &Clock, health: &mut Health) -> Result<(), Error> {
    let unsigned = |number: i64| u64::try_from(number).unwrap_or(0);
    // Half of the way there and back is as near as one can get to the moment at which the database looked at its clock.
    let before = millis(clock.now());
    let theirs: SystemTime = client.query_typed_one("SELECT clock_timestamp()", &[]).await?.try_get(0)?;
    let ours = before.midpoint(millis(clock.now()));
    let ahead = millis(theirs).cast_signed().saturating_sub(ours.cast_signed());
    health.clock_ahead = Some(ahead);
    if ahead.unsigned_abs() > CLOCKS_APART {
        health.problems.push(format!(
            "the database's clock and this machine's are {} s apart: set both by NTP",
            ahead.unsigned_abs() / 1000
        ));
    }
    if found == Inspected::Absent {
        return Ok(());
    }
    let row = client.query_typed_one(EXAMINE, &[]).await?;
    health.rows = unsigned(row.try_get(0)?);
    (health.oldest, health.newest) = (row.try_get(1)?, row.try_get(2)?);
    health.bytes = unsigned(row.try_get(3)?);
    health.claims = Some((unsigned(row.try_get(4)?), unsigned(row.try_get(5)?)));
    health.version = Some(i64::from(row.try_get::<_, i32>(6)?));
    health.server = Some(row.try_get(7)?);
    Ok(())
}
