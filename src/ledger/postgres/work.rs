//! What the writing task has done at the database, each piece in a task of its own.

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::timeout;

use super::database::{Database, Failure};
use super::depot::Depot;
use super::merge::{Attempts, merge};
use super::store;
use crate::ledger::queue::{Entry, Release};
use crate::ledger::stored::Stored;

/// How many rows are written in one statement, at most.
pub(super) const ROWS: usize = 250;
/// How long a statement may take.
const STATEMENT_LIMIT: Duration = Duration::from_secs(2);
/// How long a new connection, the tables and a statement may take together.
const REOPEN_LIMIT: Duration = Duration::from_secs(5);
/// How many rows are deleted at a time.
const PURGE_CHUNK: u32 = 250;

/// What went from the spool into the database.
pub(super) struct Replayed {
    pub(super) records: usize,
    /// How many wait still.
    pub(super) left: usize,
}

/// The oldest records, up to a limit or to the second one of the same message.
pub(super) fn batch<'e>(unwritten: impl Iterator<Item = &'e Arc<Entry>>, limit: usize) -> Vec<Arc<Entry>> {
    let mut messages = HashSet::new();
    unwritten
        .take(limit)
        .take_while(|entry| messages.insert(entry.claimed.ids.message.as_str()))
        .cloned()
        .collect()
}

/// Gives claims up, and writes records. `anew` opens the database before that, as after a failure.
pub(super) async fn write(
    database: Rc<Database>,
    batch: Vec<Arc<Entry>>,
    releases: Vec<Release>,
    anew: bool,
) -> Result<(), Failure> {
    let limit = if anew { REOPEN_LIMIT } else { STATEMENT_LIMIT };
    let work = async {
        if anew {
            database.open().await.map_err(Failure::Server)?;
            if batch.is_empty() {
                database.run(async |client| store::touch(client).await).await?;
            }
        }
        for release in &releases {
            let owner = database.owner;
            let done = database.run(async |client| store::release(client, release, owner).await).await;
            if let Err(failure @ Failure::Server(_)) = done {
                return Err(failure);
            }
        }
        if !batch.is_empty() {
            let (owner, entries) = (database.owner, batch.iter().map(|entry| &**entry).collect::<Vec<_>>());
            database.run(async |client| store::write(client, &entries, owner).await).await?;
        }
        Ok(())
    };
    within(limit, &database, work).await
}

/// Writes the oldest `limit` records of the spool, and takes them out of it. Where the spool can't be read, nothing is done.
pub(super) async fn replay(database: Rc<Database>, depot: Depot, limit: usize) -> Result<Replayed, Failure> {
    let Ok(records) = depot.oldest(limit).await else {
        return Ok(Replayed { records: 0, left: depot.count() });
    };
    let mut messages = HashSet::new();
    let is_first = |(_, record): &(i64, Stored)| messages.insert(record.message_id.clone());
    let (numbers, rows): (Vec<_>, Vec<_>) = records.into_iter().take_while(is_first).unzip();
    let Some(last) = numbers.last() else {
        depot.is_empty_after_all();
        return Ok(Replayed { records: 0, left: 0 });
    };
    let owner = database.owner;
    let merging =
        database.run(async |client| merge(client, &rows, Attempts::OfOneClaim, owner).await.map(drop));
    match within(STATEMENT_LIMIT, &database, merging).await {
        Ok(()) => {}
        Err(Failure::Statement(error)) if limit == 1 => {
            tracing::error!(%error, "the ledger's database refuses a record of the spool, so the outcome of a message is not recorded");
        }
        Err(failure) => return Err(failure),
    }
    // If this fails, the records are written once more, which changes nothing.
    let left = depot.forget(*last).await.unwrap_or_else(|_| depot.count());
    Ok(Replayed { records: rows.len(), left })
}

/// Deletes a chunk of the rows that were settled before a time, and says whether there may be more.
pub(super) async fn purge(database: &Database, before: SystemTime) -> Result<bool, Failure> {
    let purging = database.run(async |client| store::purge(client, before, PURGE_CHUNK).await);
    // A purge that takes long says nothing about the server.
    match timeout(STATEMENT_LIMIT, purging).await {
        Ok(purged) => purged.map(|count| count >= u64::from(PURGE_CHUNK)),
        Err(_) => Ok(false),
    }
}

async fn within<T>(
    limit: Duration,
    database: &Database,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    timeout(limit, work).await.unwrap_or_else(|_| {
        let server = &database.pool.connector.server;
        Err(Failure::Server(server.passing("the server does not answer".to_owned())))
    })
}
