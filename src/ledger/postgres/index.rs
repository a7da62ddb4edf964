//! The index by which newer codes and links of a series are found.
//!
//! A table that holds rows gets it beside the running service: a plain `CREATE INDEX` would hold up all writes while it reads
//! the table, and one that does not (`CONCURRENTLY`) can't be a part of the transaction that changes the tables. Until the
//! index is there, each server knows only the newer codes that it accepted itself.

use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::sleep;
use tokio_postgres::{Error, SimpleQueryMessage};

use super::database::Database;
use super::schema::{SERIES_INDEX, series_index};
use crate::ledger::error::OpenError;

/// The number of the lock under which one server at a time makes the index.
const LOCK: i64 = 0x636c_6572_6b03;

/// How often a server looks whether the index is there, or makes it.
const EVERY: Duration = Duration::from_secs(10);

/// Whether the index can be used; no row where it is missing. One that broke off half-way is there, and can't be used.
const LOOK: &str =
    "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('clerk_courier_message_by_series')";

/// Makes the index where it is missing, and tries again until it is there.
pub(super) async fn until_there(database: Rc<Database>) {
    let mut is_said = false;
    while !database.indexed.load(Ordering::Relaxed) {
        // Where the database fails, the writing task opens it again.
        if database.gauges.writable.load(Ordering::Relaxed) {
            match make(&database).await {
                Ok(true) => return database.indexed.store(true, Ordering::Relaxed),
                Err(error) if !is_said => {
                    is_said = true;
                    tracing::warn!(%error, "the ledger's database has no index over codes yet: until then an older code is only superseded by newer ones of the same server. Trying again");
                }
                // Another server makes it, or it was said already that it can't be made.
                Ok(false) | Err(_) => {}
            }
        }
        sleep(EVERY).await;
    }
}

/// Makes the index, unless another server is doing that, and says whether it is there.
async fn make(database: &Database) -> Result<bool, OpenError> {
    let connector = &database.pool.connector;
    let failed = |error: Error| connector.server.explain(&error);
    // CONCURRENTLY is refused within a transaction, and no lock of a session goes through PgBouncer. So the lock is held by a
    // transaction beside it. The index waits for all transactions that may still read: this one does not, since its one
    // statement is a simple query, which keeps no snapshot as a prepared one would.
    let mut holder = connector.connect().await?;
    let holding = holder.client.transaction().await.map_err(failed)?;
    let turn = holding.simple_query(&format!("SELECT pg_try_advisory_xact_lock({LOCK})")).await;
    let is_ours = |message: &SimpleQueryMessage| matches!(message, SimpleQueryMessage::Row(row) if row.get(0) == Some("t"));
    if !turn.map_err(failed)?.iter().any(is_ours) {
        return Ok(false);
    }
    let session = connector.connect().await?;
    let found = session.client.query_typed_opt(LOOK, &[]).await.map_err(failed)?;
    match found.map(|row| row.try_get(0)).transpose().map_err(failed)? {
        Some(true) => return Ok(true),
        Some(false) => {
            let drop = format!("DROP INDEX CONCURRENTLY IF EXISTS {SERIES_INDEX}");
            session.client.batch_execute(&drop).await.map_err(failed)?;
        }
        None => {}
    }
    session.client.batch_execute(&series_index("CONCURRENTLY")).await.map_err(failed)?;
    tracing::info!("the ledger's database has its index over codes");
    Ok(true)
}
