//! Reading the ledger from another process: `clerk-courier log`.

use std::time::{SystemTime, UNIX_EPOCH};

use tokio_postgres::Error;
use tokio_postgres::types::Type;

use super::database::blocking;
use super::schema;
use super::server::{Connector, PostgresSettings};
use crate::ledger::error::ReadError;
use crate::ledger::recipient::RecipientHash;
use crate::ledger::timeline::steps;
use crate::ledger::words::{Filter, Row};

/// A row that is held says what its claim means: that sending began. One that is neither held nor settled is left of a claim
/// that was given up.
///
/// Tables of an earlier version have no column `timeline`: then its name means that of `earlier`, which is NULL.
const READ: &str = "
    SELECT m.* FROM (SELECT NULL::text AS timeline) AS earlier CROSS JOIN LATERAL (
        SELECT message_id, svix_id, channel, slug,
            CASE WHEN lease_end IS NOT NULL THEN 'begun' ELSE outcome END AS outcome,
            reason, provider, receipt, attempts, first_seen, settled_at, timeline, recipient
        FROM clerk_courier_message WHERE outcome <> 'claimed' OR lease_end IS NOT NULL
    ) AS m
    WHERE ($1::bytea IS NULL OR recipient = $1) AND ($2::text IS NULL OR outcome = $2) AND settled_at >= $3
        AND ($5::text IS NULL OR $5 IN (message_id, svix_id))
    ORDER BY settled_at DESC LIMIT $4";

/// The rows that `filter` asks for, the newest first. This changes nothing, and holds up no service.
///
/// # Errors
///
/// The server can't be reached or refuses, or there is no ledger yet.
pub(crate) fn read(settings: &PostgresSettings, filter: &Filter) -> Result<Vec<Row>, ReadError> {
    let connector = settings.server.clone().connector().map_err(ReadError::Postgres)?;
    blocking(select(&connector, filter)).map_err(ReadError::Postgres)?
}

async fn select(connector: &Connector, filter: &Filter) -> Result<Vec<Row>, ReadError> {
    let server = &connector.server;
    let session = connector.connect().await.map_err(ReadError::Postgres)?;
    if !schema::is_there(&session.client, server).await.map_err(ReadError::Postgres)? {
        return Err(ReadError::Empty { server: server.shown().to_owned() });
    }
    let recipient = filter.recipient.as_ref().map(RecipientHash::as_bytes);
    let since = filter.since.unwrap_or(UNIX_EPOCH);
    let limit = i64::try_from(filter.limit).unwrap_or(i64::MAX);
    let failed = |error: Error| ReadError::Postgres(server.explain(&error));
    let rows = session
        .client
        .query_typed(
            READ,
            &[
                (&recipient, Type::BYTEA),
                (&filter.outcome, Type::TEXT),
                (&since, Type::TIMESTAMPTZ),
                (&limit, Type::INT8),
                (&filter.id, Type::TEXT),
            ],
        )
        .await
        .map_err(failed)?;
    rows.iter().map(row).collect::<Result<_, _>>().map_err(failed)
}

fn row(row: &tokio_postgres::Row) -> Result<Row, Error> {
    Ok(Row {
        message_id: row.try_get(0)?,
        svix_id: row.try_get(1)?,
        channel: row.try_get(2)?,
        slug: row.try_get(3)?,
        outcome: row.try_get(4)?,
        reason: row.try_get(5)?,
        provider: row.try_get(6)?,
        receipt: row.try_get(7)?,
        attempts: u32::try_from(row.try_get::<_, i32>(8)?).unwrap_or(0),
        first_seen: row.try_get::<_, SystemTime>(9)?,
        settled_at: row.try_get::<_, SystemTime>(10)?,
        steps: steps(row.try_get(11)?),
    })
}
