//! The spool: records that a shared database did not take wait in a file on the local disk, so that they outlive the process.
//!
//! The file is an SQLite database, as the ledger's file is: a record is in it as a whole or not at all, whatever ends the
//! process, and what has left it leaves no gap. It is read only at the start, for what this process has to know, and when
//! the shared database is back.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::error::OpenError;
use super::place::{check_kind, lock, make, try_make};
use super::stored::{COLUMN_COUNT, COLUMNS, Stored};
use super::words::{Inspected, Spooled};

/// The version of the schema below, which the file keeps in its `user_version`.
const VERSION: i64 = 1;

/// How long a statement waits for another process that reads the file.
const BUSY: Duration = Duration::from_millis(250);

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS spooled (
        id         INTEGER PRIMARY KEY,
        message_id TEXT NOT NULL,
        svix_id    TEXT NOT NULL,
        channel    TEXT NOT NULL,
        slug       TEXT,
        recipient  BLOB,
        outcome    TEXT NOT NULL,
        reason     TEXT,
        provider   TEXT,
        receipt    TEXT,
        attempts   INTEGER NOT NULL,
        first_seen INTEGER NOT NULL,
        settled_at INTEGER NOT NULL,
        series     BLOB,
        born       INTEGER,
        claim      INTEGER NOT NULL,
        timeline   TEXT
    );";

/// The names of all tables but SQLite's own.
const TABLES: &str = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";

/// The spool of this process.
#[derive(Debug)]
pub(super) struct Spool {
    path: PathBuf,
    /// The lock that makes the file belong to this process, held from the first time that it was got.
    lock: Option<File>,
    /// `None` until the first use, and after a failure: the next use opens the file again.
    connection: Option<Connection>,
}

impl Spool {
    /// The spool at `path`, which is not opened yet.
    pub(super) const fn new(path: PathBuf) -> Self {
        Self { path, lock: None, connection: None }
    }

    /// Opens the file, or makes it, and says how many records wait in it.
    ///
    /// # Errors
    ///
    /// The file can't be made or written, is damaged, is something else, or belongs to another process.
    pub(super) fn open(&mut self) -> Result<usize, OpenError> {
        let count = self.with(|connection| {
            connection.query_row("SELECT count(*) FROM spooled", [], |row| row.get::<_, i64>(0))
        })?;
        Ok(usize::try_from(count).unwrap_or(0))
    }

    /// Adds all of `records`, or none.
    pub(super) fn keep(&mut self, records: &[Stored]) -> Result<(), OpenError> {
        let places = ["?"; COLUMN_COUNT + 1].join(", ");
        let insert = format!("INSERT INTO spooled ({COLUMNS}, claim) VALUES ({places})");
        self.with(|connection| {
            let transaction = connection.transaction()?;
            let mut statement = transaction.prepare_cached(&insert)?;
            records.iter().try_for_each(|record| record.insert(&mut statement))?;
            drop(statement);
            transaction.commit()
        })
    }

    /// The oldest `limit` records behind the one with the number `after`, with their numbers.
    pub(super) fn oldest(&mut self, after: i64, limit: usize) -> Result<Vec<(i64, Stored)>, OpenError> {
        let select = format!("SELECT id, claim, {COLUMNS} FROM spooled WHERE id > ?1 ORDER BY id LIMIT ?2");
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.with(|connection| {
            let mut statement = connection.prepare_cached(&select)?;
            let record = |row: &rusqlite::Row<'_>| {
                Ok((row.get(0)?, Stored { claim: row.get(1)?, ..Stored::from_sqlite(row, 2)? }))
            };
            statement.query_map((after, limit), record)?.collect()
        })
    }

    /// Deletes the records up to the one with the number `last`, and says how many there were. A file whose last record
    /// leaves becomes small again.
    pub(super) fn forget(&mut self, last: i64) -> Result<usize, OpenError> {
        self.with(|connection| {
            let count = connection.execute("DELETE FROM spooled WHERE id <= ?1", [last])?;
            let any: bool =
                connection.query_row("SELECT EXISTS (SELECT 1 FROM spooled)", [], |row| row.get(0))?;
            if !any {
                // For tidiness alone: the records are gone, whether this works or not.
                let _ = connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
            }
            Ok(count)
        })
    }

    /// Does something with the open file. After a failure the file is opened anew, but for a full disk, which leaves the
    /// connection as it is.
    fn with<T>(&mut self, run: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> Result<T, OpenError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect().map_err(OpenError::of_spool)?,
        };
        let done = run(&mut connection);
        let keep = match &done {
            Ok(_) => true,
            Err(error) => matches!(
                error.sqlite_error_code(),
                Some(ErrorCode::DiskFull | ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
            ),
        };
        self.connection = keep.then_some(connection);
        done.map_err(|error| OpenError::of_spool(OpenError::from_sqlite(&self.path, error)))
    }

    fn connect(&mut self) -> Result<Connection, OpenError> {
        let path = &self.path;
        check_kind(path)?;
        make(path)?;
        if self.lock.is_none() {
            self.lock = Some(lock(path)?);
        }
        let failed = |source| OpenError::from_sqlite(path, source);
        let connection =
            Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(failed)?;
        connection.busy_timeout(BUSY).map_err(failed)?;
        recognize(&connection, path)?;
        prepare(&connection).map_err(failed)?;
        Ok(connection)
    }
}

/// Looks whether a service could use a spool at `path`, and what waits in it. This changes nothing.
///
/// # Errors
///
/// As [`Spool::open`]; a file that a running service holds is only read.
pub(super) fn inspect(path: &Path) -> Result<Spooled, OpenError> {
    look(path).map_err(OpenError::of_spool)
}

fn look(path: &Path) -> Result<Spooled, OpenError> {
    check_kind(path)?;
    if !path.exists() {
        try_make(path)?;
        return Ok(Spooled { path: path.to_owned(), found: Inspected::Absent, records: 0 });
    }
    let lock = match lock(path) {
        Ok(lock) => Some(lock),
        Err(OpenError::Locked { .. }) => None,
        Err(error) => return Err(error),
    };
    let failed = |source| OpenError::from_sqlite(path, source);
    // As a service opens it where nobody else holds it, since that shows whether it may be written.
    let flags =
        if lock.is_some() { OpenFlags::SQLITE_OPEN_READ_WRITE } else { OpenFlags::SQLITE_OPEN_READ_ONLY };
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(BUSY).map_err(failed)?;
    let is_new = recognize(&connection, path)?;
    if lock.is_some() && connection.is_readonly(rusqlite::MAIN_DB).map_err(failed)? {
        return Err(failed(read_only()));
    }
    let records = if is_new {
        0
    } else {
        connection.query_row("SELECT count(*) FROM spooled", [], |row| row.get(0)).map_err(failed)?
    };
    let found = if lock.is_some() { Inspected::Fine } else { Inspected::Held };
    Ok(Spooled { path: path.to_owned(), found, records: usize::try_from(records).unwrap_or(0) })
}

/// Refuses any other file than a spool, and that of a newer version. Says whether it is still empty.
fn recognize(connection: &Connection, path: &Path) -> Result<bool, OpenError> {
    let failed = |source| OpenError::from_sqlite(path, source);
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(failed)?;
    let tables: rusqlite::Result<Vec<String>> = connection
        .prepare(TABLES)
        .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect());
    let tables = tables.map_err(failed)?;
    if tables.iter().any(|table| table != "spooled") {
        return Err(OpenError::Foreign { path: path.to_owned() });
    }
    if found > VERSION {
        return Err(OpenError::Newer { path: path.to_owned(), found });
    }
    Ok(tables.is_empty())
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    if connection.is_readonly(rusqlite::MAIN_DB)? {
        return Err(read_only());
    }
    connection.pragma_update(None, "journal_mode", "wal")?;
    // Each commit waits for the disk: a record is here because it is nowhere else, and only while the database fails.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.execute_batch(SCHEMA)?;
    // A version without the column goes on using a file that has it, so `VERSION` stays as it is.
    if !connection.column_exists(None, "spooled", "timeline")? {
        connection.execute_batch("ALTER TABLE spooled ADD COLUMN timeline TEXT")?;
    }
    // A row by way of the index, so that a damaged file is found at the start.
    connection.query_row("SELECT max(id) FROM spooled", [], |row| row.get::<_, Option<i64>>(0))?;
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found < VERSION { connection.pragma_update(None, "user_version", VERSION) } else { Ok(()) }
}

/// SQLite opens a file that it may not write for reading, and does not say so.
fn read_only() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_READONLY), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: &str) -> Stored {
        Stored {
            message_id: id.into(),
            svix_id: format!("msg_{id}"),
            channel: "email".into(),
            slug: Some("verification_code".into()),
            recipient: Some(vec![1; 16]),
            outcome: "accepted".into(),
            reason: None,
            provider: Some("main".into()),
            receipt: Some("4Xyz".into()),
            attempts: 2,
            first_seen: 1_800_000_000_000,
            settled_at: 1_800_000_000_100,
            series: Some(vec![2; 16]),
            born: Some(1_799_999_999_000),
            timeline: Some("[1800000000001,80,\"main\",\"accepted\"]".into()),
            claim: -77,
        }
    }

    #[test]
    fn what_goes_in_comes_out_in_order_also_by_the_next_process_and_then_leaves() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("spool");
        let mut spool = Spool::new(path.clone());
        assert_eq!(spool.open().unwrap(), 0);
        let bare = Stored {
            slug: None,
            recipient: None,
            provider: None,
            receipt: None,
            series: None,
            born: None,
            timeline: None,
            reason: Some("unknown".into()),
            ..record("ema_2")
        };
        let records = [record("ema_1"), bare, record("ema_1")];
        spool.keep(&records).unwrap();
        drop(spool);
        let mut spool = Spool::new(path.clone());
        assert_eq!(spool.open().unwrap(), 3);
        let read = spool.oldest(0, 10).unwrap();
        assert_eq!(
            read.iter().map(|(_, record)| record).collect::<Vec<_>>(),
            records.iter().collect::<Vec<_>>()
        );
        assert_eq!(read[0].1.code().map(|(_, born, _)| born), Some(1_799_999_999_000));
        assert_eq!(spool.forget(read[1].0).unwrap(), 2);
        assert_eq!(spool.oldest(0, 10).unwrap(), read[2..]);
        assert_eq!(spool.forget(read[2].0).unwrap(), 1);
        assert_eq!(spool.open().unwrap(), 0);
    }

    #[test]
    fn a_spool_has_one_owner_and_is_inspected_without_taking_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("spool");
        assert_eq!(inspect(&path).unwrap().found, Inspected::Absent);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
        let mut spool = Spool::new(path.clone());
        spool.open().unwrap();
        spool.keep(&[record("ema_1")]).unwrap();
        let second = Spool::new(path.clone()).open().unwrap_err().to_string();
        assert!(
            second.contains("another clerk-courier process") && second.contains("`spool` under [ledger]"),
            "{second}"
        );
        let found = inspect(&path).unwrap();
        assert_eq!((found.found, found.records), (Inspected::Held, 1));
        drop(spool);
        let found = inspect(&path).unwrap();
        assert_eq!((found.found, found.records), (Inspected::Fine, 1));
    }

    #[test]
    fn what_a_person_has_to_put_right_is_said_in_words() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        std::fs::write(at("text"), "Dear database,\n".repeat(100)).unwrap();
        Connection::open(at("foreign")).unwrap().execute_batch("CREATE TABLE song (title TEXT)").unwrap();
        Connection::open(at("newer")).unwrap().pragma_update(None, "user_version", 2).unwrap();
        for (path, words) in [
            (at("no/spool"), "does not exist"),
            (directory.path().to_owned(), "is a directory"),
            (at("text"), "is not an SQLite database"),
            (at("foreign"), "another application"),
            (at("newer"), "newer clerk-courier"),
        ] {
            for error in [Spool::new(path.clone()).open().unwrap_err(), inspect(&path).unwrap_err()] {
                let error = error.to_string();
                assert!(error.contains(words) && error.contains("`spool` under [ledger]"), "{error}");
            }
        }
    }
}
