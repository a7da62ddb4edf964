//! The database: its schema, and every statement that the writing thread runs.

use std::path::Path;
use std::time::Duration;

use rusqlite::types::{ToSql, ToSqlOutput};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};

use crate::ledger::error::OpenError;
use crate::ledger::queue::Entry;
use crate::ledger::recipient::RecipientHash;
use crate::ledger::series::{KEPT, SERIES, SeriesHash};

/// The version of the schema below, which the file keeps in its `user_version`.
pub(super) const VERSION: i64 = 1;

/// How long a write waits for another process that writes, such as somebody's `sqlite3`.
const BUSY: Duration = Duration::from_millis(250);

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS message (
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
        timeline   TEXT
    );
    CREATE UNIQUE INDEX IF NOT EXISTS message_by_id ON message (message_id);
    CREATE INDEX IF NOT EXISTS message_by_svix_id ON message (svix_id);
    CREATE INDEX IF NOT EXISTS message_by_time ON message (settled_at);";

/// What Clerk said of users' languages. The table is added to files of earlier versions too, which leave it alone. The index is
/// over the few rows that are deleted once they are old.
pub(super) const LANGUAGES: &str = "
    CREATE TABLE IF NOT EXISTS language (
        user    BLOB NOT NULL PRIMARY KEY,
        tag     TEXT,
        told_at INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS language_without_tag ON language (told_at) WHERE tag IS NULL;";

/// The columns that later versions added to the schema, with the statement that adds each to a file of an earlier version.
/// All of them may be NULL, so that a version before them can use the file too, and [`VERSION`] stays as it is.
const ADDED: [(&str, &str); 3] = [
    ("series", "ALTER TABLE message ADD COLUMN series BLOB"),
    ("born", "ALTER TABLE message ADD COLUMN born INTEGER"),
    ("timeline", "ALTER TABLE message ADD COLUMN timeline TEXT"),
];

/// Adds a row, or brings it up to date. A row that says `accepted` keeps saying so: a later outcome comes from a claim that
/// could not read the row, or from one that was settled before a provider's late answer.
///
/// A delivery is added to the time-line of those before it, of which the last 2,048 characters are kept.
const WRITE: &str = "
    INSERT INTO message (message_id, svix_id, channel, slug, recipient, outcome, reason, provider, receipt,
        attempts, first_seen, settled_at, series, born, timeline)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
    ON CONFLICT (message_id) DO UPDATE SET
        svix_id = excluded.svix_id, recipient = coalesce(excluded.recipient, recipient),
        outcome = excluded.outcome, reason = excluded.reason, provider = excluded.provider,
        receipt = excluded.receipt, attempts = attempts + excluded.attempts,
        first_seen = min(first_seen, excluded.first_seen), settled_at = excluded.settled_at,
        series = coalesce(excluded.series, series), born = coalesce(excluded.born, born),
        timeline = CASE WHEN timeline IS NULL OR excluded.timeline IS NULL THEN coalesce(excluded.timeline, timeline)
            ELSE substr(timeline || char(10) || excluded.timeline, -2048) END
    WHERE outcome <> 'accepted' OR excluded.outcome = 'accepted'";

/// The codes and links that were accepted in a time, the newest first.
const NEWEST_CODES: &str = "
    SELECT series, born, settled_at FROM message
    WHERE settled_at BETWEEN ?1 AND ?2 AND outcome = 'accepted' AND series IS NOT NULL AND born IS NOT NULL
    ORDER BY settled_at DESC LIMIT ?3";

/// Deletes the oldest rows by the index over time. In the order of `rowid` a row with a wrong date, which has to stay, could
/// hide others that have to go.
const PURGE: &str = "
    DELETE FROM message
    WHERE rowid IN (SELECT rowid FROM message WHERE settled_at < ?1 ORDER BY settled_at LIMIT ?2)";

/// Reads the newest row by way of each index, so that a damaged file is found at the start and not at a user's message.
const PROBE: [&str; 3] = [
    "SELECT * FROM message ORDER BY rowid DESC LIMIT 1",
    "SELECT rowid FROM message WHERE message_id = (SELECT message_id FROM message ORDER BY rowid DESC LIMIT 1)",
    "SELECT rowid FROM message WHERE svix_id = (SELECT svix_id FROM message ORDER BY rowid DESC LIMIT 1)",
];

/// The names of all tables but SQLite's own.
const TABLES: &str = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";

/// How many of our first 12 columns the table `message` has.
const OUR_COLUMNS: &str = "
    SELECT count(*) FROM pragma_table_info('message')
    WHERE name IN ('message_id', 'svix_id', 'channel', 'slug', 'recipient', 'outcome', 'reason', 'provider', 'receipt',
        'attempts', 'first_seen', 'settled_at')";

impl ToSql for RecipientHash {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.as_bytes()))
    }
}

impl ToSql for SeriesHash {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.as_slice()))
    }
}

/// The open database, with the only connection that writes it.
#[derive(Debug)]
pub(super) struct Store {
    connection: Connection,
}

impl Store {
    /// Opens the file at `path`, which has to exist, and sets it up where it is new.
    pub(super) fn open(path: &Path, full_sync: bool) -> Result<Self, OpenError> {
        // A connection belongs to one thread, so SQLite need not lock it. Without CREATE, a file that was removed meanwhile is
        // an error, and is not made under the umask.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let failed = |source| OpenError::from_sqlite(path, source);
        let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
        let found = recognize(&connection, path)?;
        prepare(&connection, found, full_sync).map_err(failed)?;
        probe(&connection).map_err(failed)?;
        Ok(Self { connection })
    }

    /// Proves that a database that another process owns can be read.
    pub(super) fn inspect(path: &Path) -> Result<(), OpenError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let failed = |source| OpenError::from_sqlite(path, source);
        let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
        recognize(&connection, path)?;
        probe(&connection).map_err(failed)
    }

    /// When the newest row was written, in milliseconds since the Unix epoch; `None` where there is no row.
    pub(super) fn newest(&self) -> rusqlite::Result<Option<u64>> {
        // The index over time has it at its end, so this takes no longer in a large ledger.
        let newest = self.connection.query_row("SELECT max(settled_at) FROM message", [], |row| row.get(0));
        newest.map(|newest: Option<i64>| newest.map(|newest| u64::try_from(newest).unwrap_or(0)))
    }

    /// The codes and links that were accepted within [`KEPT`] before `now`, the newest first: series, birth and acceptance,
    /// all times in milliseconds since the Unix epoch. A failure to read them counts as "none", since it costs no message.
    pub(super) fn newest_codes(&self, now: u64) -> Vec<(SeriesHash, u64, u64)> {
        let since = now.saturating_sub(u64::try_from(KEPT.as_millis()).unwrap_or(u64::MAX));
        let read = || -> rusqlite::Result<Vec<_>> {
            let mut statement = self.connection.prepare(NEWEST_CODES)?;
            let asked = (signed(since), signed(now), signed(SERIES as u64));
            let unsigned = |number: i64| u64::try_from(number).unwrap_or(0);
            let code = |row: &rusqlite::Row<'_>| {
                Ok((SeriesHash(row.get(0)?), unsigned(row.get(1)?), unsigned(row.get(2)?)))
            };
            statement.query_map(asked, code)?.collect()
        };
        read().unwrap_or_default()
    }

    /// Writes all of `entries`, or none.
    pub(super) fn write_all<'e>(&self, entries: impl IntoIterator<Item = &'e Entry>) -> rusqlite::Result<()> {
        self.connection.prepare_cached("BEGIN")?.execute([])?;
        let written = entries.into_iter().try_for_each(|entry| self.write(entry));
        let ended = written.and_then(|()| self.connection.prepare_cached("COMMIT")?.execute([]).map(drop));
        // Where the disk is full, SQLite has ended the transaction itself, and a ROLLBACK would fail.
        if ended.is_err() && !self.connection.is_autocommit() {
            self.connection.prepare_cached("ROLLBACK")?.execute([])?;
        }
        ended
    }

    /// Writes a value that is there already, to see whether the disk takes it.
    pub(super) fn try_write(&self) -> rusqlite::Result<()> {
        // The version is in the file's header, so a page is written and no row changes.
        self.connection.pragma_update(None, "user_version", VERSION)
    }

    /// Adds `entry`, or brings its row up to date.
    fn write(&self, entry: &Entry) -> rusqlite::Result<()> {
        let claimed = &entry.claimed;
        let mut statement = self.connection.prepare_cached(WRITE)?;
        // By place: to look up each name again for each row takes a quarter of the instructions of a record.
        let written = statement.execute(params![
            claimed.ids.message,
            claimed.ids.svix,
            claimed.channel,
            claimed.slug,
            claimed.recipient,
            entry.settled.as_str(),
            entry.reason,
            entry.provider,
            entry.receipt,
            entry.attempts,
            signed(entry.first_seen),
            signed(entry.settled_at),
            claimed.place.map(|place| place.series),
            claimed.place.map(|place| signed(place.born.unwrap_or(entry.first_seen))),
            entry.timeline,
        ]);
        written.map(drop)
    }

    /// Deletes up to `limit` rows that were settled before a time in milliseconds since the Unix epoch, and says how many
    /// it deleted.
    pub(super) fn purge(&self, before: u64, limit: usize) -> rusqlite::Result<usize> {
        self.connection.prepare_cached(PURGE)?.execute((signed(before), signed(limit as u64)))
    }

    /// The connection, for rows that come from elsewhere, and for a test that breaks it.
    pub(super) const fn connection(&self) -> &Connection {
        &self.connection
    }
}

/// Sets up the connection and, in a new file, the schema. Each step can be repeated after it broke off. A file that is set
/// up already is not written to, so that a full disk leaves it readable.
fn prepare(connection: &Connection, found: i64, full_sync: bool) -> rusqlite::Result<()> {
    if connection.is_readonly(rusqlite::MAIN_DB)? {
        // SQLite opens a file that it may not write for reading, and does not say so.
        let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_READONLY);
        return Err(rusqlite::Error::SqliteFailure(code, None));
    }
    // With a write-ahead log, look-ups and `clerk-courier log` read while a record is written.
    connection.pragma_update(None, "journal_mode", "wal")?;
    // After a burst the write-ahead log is cut back to 16 MiB; without a limit it keeps its greatest size.
    connection.pragma_update(None, "journal_size_limit", 16 << 20)?;
    // With a write-ahead log, `normal` syncs only when the log goes into the database: what a power cut may take is
    // recent, and the file stays whole.
    connection.pragma_update(None, "synchronous", if full_sync { "full" } else { "normal" })?;
    connection.execute_batch(SCHEMA)?;
    connection.execute_batch(LANGUAGES)?;
    for (column, add) in ADDED {
        if !connection.column_exists(None, "message", column)? {
            connection.execute_batch(add)?;
        }
    }
    if found < VERSION { connection.pragma_update(None, "user_version", VERSION) } else { Ok(()) }
}

/// A list of columns of `message` as a file can be asked for them: what a file of an earlier version lacks is NULL.
pub(super) fn readable(connection: &Connection, columns: &str) -> rusqlite::Result<String> {
    let mut readable = columns.to_owned();
    for (column, _) in ADDED {
        if !connection.column_exists(None, "message", column)? {
            readable = readable.replace(column, &format!("NULL AS {column}"));
        }
    }
    Ok(readable)
}

/// The file's `user_version`, which is 0 in a new file.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// The version of the ledger in a file; 0 for a file that is still empty. A file that holds anything else is refused before
/// it is written to.
fn recognize(connection: &Connection, path: &Path) -> Result<i64, OpenError> {
    let failed = |source| OpenError::from_sqlite(path, source);
    connection.busy_timeout(BUSY).map_err(failed)?;
    let found = version(connection).map_err(failed)?;
    let tables = tables(connection).map_err(failed)?;
    let has_messages = tables.iter().any(|table| table == "message");
    if !has_messages && tables.iter().any(|table| table != "language") {
        return Err(OpenError::Foreign { path: path.to_owned() });
    }
    if found > VERSION {
        return Err(OpenError::Newer { path: path.to_owned(), found });
    }
    let columns: i64 = connection.query_row(OUR_COLUMNS, [], |row| row.get(0)).map_err(failed)?;
    // Another application may have a table `message` too.
    if has_messages && columns < 12 {
        return Err(OpenError::Foreign { path: path.to_owned() });
    }
    Ok(found)
}

fn tables(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    connection.prepare(TABLES)?.query_map([], |row| row.get(0))?.collect()
}

/// Runs each statement of [`PROBE`].
fn probe(connection: &Connection) -> rusqlite::Result<()> {
    PROBE.iter().try_for_each(|sql| connection.query_row(sql, [], |_| Ok(())).optional().map(drop))
}

/// A number as SQLite stores it: its integers are signed.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
