//! The database: its schema and every statement the writer's thread runs.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Row, named_params};

use super::place::OpenError;
use super::{BEGUN, Entry, Ids, Settled};

/// `user_version` of the schema below.
pub(super) const VERSION: i64 = 1;

/// Another process that writes (somebody's `sqlite3`) holds up claims for this long at most.
const BUSY: Duration = Duration::from_millis(250);

/// Row ids grow with time, which is what [`Store::purge`] goes by; so there is no index on times.
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
        settled_at INTEGER NOT NULL
    );
    CREATE UNIQUE INDEX IF NOT EXISTS message_by_id ON message (message_id);
    CREATE INDEX IF NOT EXISTS message_by_svix_id ON message (svix_id);";

/// An accepted row stays so: only a claim that could not read it can have sent the message again.
const WRITE: &str = "
    INSERT INTO message (message_id, svix_id, channel, slug, recipient, outcome, reason, provider, receipt,
        attempts, first_seen, settled_at)
    VALUES (:message_id, :svix_id, :channel, :slug, :recipient, :outcome, :reason, :provider, :receipt,
        :attempts, :first_seen, :settled_at)
    ON CONFLICT (message_id) DO UPDATE SET
        svix_id = excluded.svix_id, recipient = coalesce(excluded.recipient, recipient),
        outcome = excluded.outcome, reason = excluded.reason, provider = excluded.provider,
        receipt = excluded.receipt, attempts = attempts + excluded.attempts,
        first_seen = min(first_seen, excluded.first_seen), settled_at = excluded.settled_at
    WHERE outcome <> 'accepted' OR excluded.outcome = 'accepted'";

const FIND: &str = "
    SELECT message_id, outcome, provider, receipt, first_seen FROM message
    WHERE message_id = ?1 OR svix_id = ?2";

/// Looks at the oldest rows alone, whatever the size of the table.
const PURGE: &str = "
    DELETE FROM message
    WHERE rowid IN (SELECT rowid FROM message ORDER BY rowid LIMIT ?2) AND settled_at < ?1";

/// What an earlier outcome means for a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// A provider has it.
    Accepted,
    /// A provider may have it.
    Doubt,
    /// To be tried again.
    Open,
}

impl Standing {
    pub(super) fn of(outcome: &str) -> Self {
        if outcome == Settled::Accepted.as_str() {
            Self::Accepted
        } else if outcome == Settled::InDoubt.as_str() || outcome == BEGUN {
            Self::Doubt
        } else {
            Self::Open
        }
    }
}

/// What is known of a message that was seen before.
#[derive(Debug)]
pub(super) struct Prior {
    pub(super) message: String,
    pub(super) standing: Standing,
    pub(super) provider: Option<String>,
    pub(super) receipt: Option<String>,
    /// Milliseconds since the Unix epoch.
    pub(super) first_seen: u64,
}

/// The open database.
#[derive(Debug)]
pub(super) struct Store {
    connection: Connection,
}

impl Store {
    pub(super) fn open(path: &Path, full_sync: bool) -> Result<Self, OpenError> {
        let failed = |source| OpenError::from_sqlite(path, source);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
        let found = version(&connection).map_err(failed)?;
        if found > VERSION {
            return Err(OpenError::Newer { path: path.to_owned(), found });
        }
        prepare(&connection, found, full_sync).map_err(failed)?;
        Ok(Self { connection })
    }

    /// Starts a transaction, which takes no lock before its first statement.
    pub(super) fn begin(&self) -> rusqlite::Result<()> {
        self.connection.prepare_cached("BEGIN")?.execute([]).map(drop)
    }

    pub(super) fn commit(&self) -> rusqlite::Result<()> {
        self.connection.prepare_cached("COMMIT")?.execute([]).map(drop)
    }

    /// Ends the transaction, unless SQLite has done so itself (it does when the disk is full).
    pub(super) fn rollback(&self) -> rusqlite::Result<()> {
        if self.connection.is_autocommit() {
            return Ok(());
        }
        self.connection.prepare_cached("ROLLBACK")?.execute([]).map(drop)
    }

    /// Gives `each` both ids of every row.
    pub(super) fn ids(&self, mut each: impl FnMut(&str)) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare("SELECT message_id, svix_id FROM message")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            each(row.get_ref(0)?.as_str()?);
            each(row.get_ref(1)?.as_str()?);
        }
        Ok(())
    }

    /// The rows that either id matches: two at most, unless Svix mixed up its ids.
    pub(super) fn find(&self, ids: &Ids) -> rusqlite::Result<Vec<Prior>> {
        self.connection.prepare_cached(FIND)?.query_map([&ids.message, &ids.svix], prior)?.collect()
    }

    /// Adds `entry`, or brings its row up to date.
    pub(super) fn write(&self, entry: &Entry) -> rusqlite::Result<()> {
        let claimed = &entry.claimed;
        let mut statement = self.connection.prepare_cached(WRITE)?;
        let written = statement.execute(named_params! {
            ":message_id": claimed.ids.message,
            ":svix_id": claimed.ids.svix,
            ":channel": claimed.channel,
            ":slug": claimed.slug,
            ":recipient": claimed.recipient,
            ":outcome": entry.outcome,
            ":reason": entry.reason,
            ":provider": entry.provider,
            ":receipt": entry.receipt,
            ":attempts": entry.attempts,
            ":first_seen": signed(entry.first_seen),
            ":settled_at": signed(entry.settled_at),
        });
        written.map(drop)
    }

    /// Deletes those of the `limit` oldest rows that were settled before a time in milliseconds since the Unix
    /// epoch, and says how many those were.
    pub(super) fn purge(&self, before: u64, limit: usize) -> rusqlite::Result<usize> {
        self.connection.prepare_cached(PURGE)?.execute((signed(before), signed(limit as u64)))
    }

    #[cfg(test)]
    pub(super) const fn connection(&self) -> &Connection {
        &self.connection
    }
}

/// Sets up the connection and, in a new file, the schema: each step can be done again where it broke off. A file
/// that is set up already is not written to, so that a full disk leaves it readable.
fn prepare(connection: &Connection, found: i64, full_sync: bool) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    if connection.is_readonly(rusqlite::MAIN_DB)? {
        // SQLite falls back to reading without a word.
        let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_READONLY);
        return Err(rusqlite::Error::SqliteFailure(code, None));
    }
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "journal_size_limit", 16 << 20)?;
    connection.pragma_update(None, "synchronous", if full_sync { "full" } else { "normal" })?;
    connection.execute_batch(SCHEMA)?;
    if found < VERSION { connection.pragma_update(None, "user_version", VERSION) } else { Ok(()) }
}

/// The file's `user_version`; 0 for a new file.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn prior(row: &Row<'_>) -> rusqlite::Result<Prior> {
    Ok(Prior {
        message: row.get(0)?,
        standing: Standing::of(row.get_ref(1)?.as_str()?),
        provider: row.get(2)?,
        receipt: row.get(3)?,
        first_seen: u64::try_from(row.get::<_, i64>(4)?).unwrap_or(0),
    })
}

/// SQLite's integers are signed.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
