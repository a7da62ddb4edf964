//! A whole ledger at once: its rows for a copy, rows that come from a copy, and whether the file is sound.

use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension as _};

use super::files::{Files, inspect};
use super::language;
use super::log;
use super::store::{Store, VERSION, readable, signed};
use crate::file::beside;
use crate::ledger::error::{OpenError, ReadError};
use crate::ledger::health::Health;
use crate::ledger::recipient::UserHash;
use crate::ledger::stored::{COLUMN_COUNT, COLUMNS, Merged, Stored};
use crate::ledger::told::Told;
use crate::ledger::words::{Inspected, SqliteSettings};
use crate::secret::Secret;

/// How many of the problems that SQLite finds are shown.
const PROBLEMS: usize = 5;

/// The rows of a ledger, in the order in which they were settled.
pub(crate) struct Source {
    path: PathBuf,
    connection: Connection,
    select: String,
    /// Behind which row the next one is: when it was settled, and its number.
    after: (i64, i64),
}

impl Source {
    pub(crate) fn open(path: &Path) -> Result<Self, ReadError> {
        let connection = log::open(path)?;
        let failed = |source| ReadError::Sqlite { path: path.to_owned(), source };
        let columns = readable(&connection, COLUMNS).map_err(failed)?;
        let select = format!(
            "SELECT rowid, {columns} FROM message WHERE (settled_at, rowid) > (?1, ?2) ORDER BY settled_at, rowid LIMIT ?3"
        );
        Ok(Self { path: path.to_owned(), connection, select, after: (0, 0) })
    }

    pub(crate) fn seek(&mut self, since: u64) {
        self.after = (signed(since).saturating_sub(1), i64::MAX);
    }

    pub(crate) fn next(&mut self, limit: usize) -> Result<Vec<Stored>, ReadError> {
        let rows =
            self.read(limit).map_err(|source| ReadError::Sqlite { path: self.path.clone(), source })?;
        if let Some((number, row)) = rows.last() {
            self.after = (signed(row.settled_at), *number);
        }
        Ok(rows.into_iter().map(|(_, row)| row).collect())
    }

    /// The next users' languages, in the order of their hashes.
    pub(crate) fn languages(&self, after: Option<UserHash>, limit: usize) -> Result<Vec<Told>, ReadError> {
        language::after(&self.connection, after, limit)
            .map_err(|source| ReadError::Sqlite { path: self.path.clone(), source })
    }

    fn read(&self, limit: usize) -> rusqlite::Result<Vec<(i64, Stored)>> {
        let mut statement = self.connection.prepare_cached(&self.select)?;
        let asked = (self.after.0, self.after.1, signed(limit as u64));
        statement.query_map(asked, |row| Ok((row.get(0)?, Stored::from_sqlite(row, 1)?)))?.collect()
    }
}

/// A ledger that rows are copied into. No service may use it meanwhile, since it would not know of them.
pub(crate) struct Target {
    path: PathBuf,
    store: Store,
    /// Holds the lock.
    _files: Files,
}

impl Target {
    pub(crate) fn open(path: &Path) -> Result<Self, OpenError> {
        // No recipient is hashed here, so no key file is to be made.
        let recipient_key = Some(Secret::new("none"));
        let mut files = Files::new(SqliteSettings {
            path: path.to_owned(),
            retention: Duration::MAX,
            recipient_key,
            full_sync: false,
        });
        let store = files.open()?;
        Ok(Self { path: path.to_owned(), store, _files: files })
    }

    pub(crate) fn merge(&mut self, rows: &[Stored]) -> Result<Merged, OpenError> {
        merge(self.store.connection(), rows).map_err(|source| OpenError::from_sqlite(&self.path, source))
    }

    /// Keeps what Clerk said of users' languages, where nothing later is kept.
    pub(crate) fn tell(&mut self, all: &[Told]) -> Result<(), OpenError> {
        language::tell(self.store.connection(), all)
            .map_err(|source| OpenError::from_sqlite(&self.path, source))
    }
}

/// Adds rows, or brings older ones up to date: all of them, or none. An acceptance is a fact: it stays, and wins over any other
/// outcome. Of two other outcomes the later one wins.
fn merge(connection: &Connection, rows: &[Stored]) -> rusqlite::Result<Merged> {
    let places: Vec<_> = (1..=COLUMN_COUNT).map(|place| format!("?{place}")).collect();
    let write = format!(
        "INSERT INTO message ({COLUMNS}) VALUES ({})
        ON CONFLICT (message_id) DO UPDATE SET
            svix_id = excluded.svix_id, recipient = coalesce(excluded.recipient, recipient),
            outcome = excluded.outcome, reason = excluded.reason, provider = excluded.provider, receipt = excluded.receipt,
            attempts = max(attempts, excluded.attempts), first_seen = min(first_seen, excluded.first_seen),
            settled_at = excluded.settled_at, series = coalesce(excluded.series, series),
            born = coalesce(excluded.born, born), timeline = coalesce(excluded.timeline, timeline)",
        places.join(", ")
    );
    let transaction = connection.unchecked_transaction()?;
    let mut merged = Merged::default();
    for row in rows {
        let there: Option<(String, i64)> = transaction
            .prepare_cached("SELECT outcome, settled_at FROM message WHERE message_id = ?1")?
            .query_row([&row.message_id], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let settled_at = signed(row.settled_at);
        let counted = match &there {
            None => &mut merged.new,
            Some((outcome, at)) if *outcome == row.outcome && *at == settled_at => {
                merged.same += 1;
                continue;
            }
            Some((outcome, _)) if outcome == "accepted" => continue,
            Some((_, at)) if row.is_accepted() || settled_at > *at => &mut merged.updated,
            Some(_) => continue,
        };
        *counted += 1;
        let mut statement = transaction.prepare_cached(&write)?;
        row.insert(&mut statement)?;
    }
    transaction.commit()?;
    Ok(merged)
}

/// What the ledger holds, and whether SQLite finds it sound.
pub(crate) fn examine(settings: &SqliteSettings) -> Result<Health, OpenError> {
    let path = &settings.path;
    let mut health = Health::default();
    match inspect(settings)? {
        Inspected::Absent => return Ok(health),
        found => health.held = Some(found == Inspected::Held),
    }
    health.version = Some(VERSION);
    health.add_files([path.clone(), beside(path, "-wal"), beside(path, "-shm")]);
    let failed = |source| OpenError::from_sqlite(path, source);
    let connection = match log::open(path) {
        Ok(connection) => connection,
        Err(error) => {
            health.problems.push(error.to_string());
            return Ok(health);
        }
    };
    let time = |since: i64| UNIX_EPOCH + Duration::from_millis(u64::try_from(since).unwrap_or(0));
    let (rows, oldest, newest) = connection
        .query_row("SELECT count(*), min(settled_at), max(settled_at) FROM message", [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(1)?, row.get::<_, Option<i64>>(2)?))
        })
        .map_err(failed)?;
    health.rows = u64::try_from(rows).unwrap_or(0);
    (health.oldest, health.newest) = (oldest.map(time), newest.map(time));
    let found: Vec<String> = connection
        .prepare("SELECT integrity_check FROM pragma_integrity_check")
        .and_then(|mut check| check.query_map([], |row| row.get(0))?.take(PROBLEMS).collect())
        .map_err(failed)?;
    if found != ["ok"] {
        health.problems.push(format!(
            "{} is damaged ({}): restore it from a backup, or move it away to start with an empty ledger",
            path.display(),
            found.join("; ")
        ));
    }
    Ok(health)
}
