//! Reading the ledger from outside: `clerk-courier log`, while a server runs or after one was killed.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OpenFlags, named_params};

use super::place::OpenError;
use super::recipient::RecipientHash;
use super::sqlite::{VERSION, signed, version};
use crate::clock::millis;

/// A reader waits this long for a server that is just recovering its log.
const BUSY: Duration = Duration::from_secs(2);

const READ: &str = "
    SELECT message_id, svix_id, channel, slug, outcome, reason, provider, receipt, attempts, first_seen, settled_at
    FROM message
    WHERE (:recipient IS NULL OR recipient = :recipient)
        AND (:outcome IS NULL OR outcome = :outcome)
        AND settled_at >= :since
    ORDER BY rowid DESC LIMIT :limit";

/// Which rows to read. The default asks for none: set `limit`.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this recipient only; see [`super::recipient_hash`].
    pub recipient: Option<RecipientHash>,
    /// With this outcome only: a word of [`super::Settled::as_str`], or `begun`.
    pub outcome: Option<String>,
    /// Settled then or later.
    pub since: Option<SystemTime>,
    /// At most so many rows.
    pub limit: usize,
}

/// What became of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Clerk's `data.id`; the svix id where it was missing.
    pub message_id: String,
    /// The last `svix-id` it came under.
    pub svix_id: String,
    /// `email` or `sms`.
    pub channel: String,
    /// Clerk's slug, where there is one.
    pub slug: Option<String>,
    /// A word of [`super::Settled::as_str`], or `begun`: sending began, and its end was never recorded.
    pub outcome: String,
    /// The contract's `reason`.
    pub reason: Option<String>,
    /// The provider that answered last.
    pub provider: Option<String>,
    /// The provider's id.
    pub receipt: Option<String>,
    /// Attempts, all deliveries of the webhook together.
    pub attempts: u32,
    /// When the ledger saw the message first.
    pub first_seen: SystemTime,
    /// When the outcome was recorded.
    pub settled_at: SystemTime,
}

/// Why a ledger can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// No such file.
    #[error("there is no ledger at {} yet: `clerk-courier serve` makes it", path.display())]
    Missing {
        /// The database file.
        path: PathBuf,
    },
    /// Another schema.
    #[error("{} is not this clerk-courier's ledger (its version is {found})", path.display())]
    Version {
        /// The database file.
        path: PathBuf,
        /// Its `user_version`.
        found: i64,
    },
    /// The key of the recipients' hash can't be had.
    #[error("can't look up a recipient: the key of the ledger can't be read")]
    Key(#[source] OpenError),
    /// SQLite refuses.
    #[error("can't read {}", path.display())]
    Sqlite {
        /// The database file.
        path: PathBuf,
        /// SQLite's reason.
        source: rusqlite::Error,
    },
}

/// The rows that `filter` asks for, those seen first last. Changes nothing, and holds up no server.
///
/// # Errors
///
/// There is no database, or none of this version, or SQLite can't read it.
pub fn read(path: &Path, filter: &Filter) -> Result<Vec<Row>, ReadError> {
    if !path.exists() {
        return Err(ReadError::Missing { path: path.to_owned() });
    }
    let failed = |source| ReadError::Sqlite { path: path.to_owned(), source };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(BUSY).map_err(failed)?;
    let found = version(&connection).map_err(failed)?;
    if found != VERSION {
        return Err(ReadError::Version { path: path.to_owned(), found });
    }
    select(&connection, filter).map_err(failed)
}

fn select(connection: &Connection, filter: &Filter) -> rusqlite::Result<Vec<Row>> {
    let mut statement = connection.prepare(READ)?;
    let asked = named_params! {
        ":recipient": filter.recipient,
        ":outcome": filter.outcome,
        ":since": signed(filter.since.map_or(0, millis)),
        ":limit": signed(filter.limit as u64),
    };
    statement.query_map(asked, row)?.collect()
}

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        message_id: row.get(0)?,
        svix_id: row.get(1)?,
        channel: row.get(2)?,
        slug: row.get(3)?,
        outcome: row.get(4)?,
        reason: row.get(5)?,
        provider: row.get(6)?,
        receipt: row.get(7)?,
        attempts: row.get(8)?,
        first_seen: time(row.get(9)?),
        settled_at: time(row.get(10)?),
    })
}

fn time(since: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(since).unwrap_or(0))
}
