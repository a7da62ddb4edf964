//! Reading the ledger from another process: `clerk-courier log`, while a service runs or after one was killed.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OpenFlags, named_params};

use super::store::{VERSION, readable, signed, version};
use crate::clock::millis;
use crate::ledger::error::ReadError;
use crate::ledger::timeline::steps;
use crate::ledger::words::{Filter, Row};

/// How long a reader waits for a service that is just recovering its write-ahead log.
const BUSY: Duration = Duration::from_secs(2);

const COLUMNS: &str = "message_id, svix_id, channel, slug, outcome, reason, provider, receipt, attempts, first_seen, \
                       settled_at, timeline";

/// What follows the columns.
const READ: &str = "
    FROM message
    WHERE (:recipient IS NULL OR recipient = :recipient)
        AND (:outcome IS NULL OR outcome = :outcome)
        AND (:id IS NULL OR :id IN (message_id, svix_id))
        AND settled_at >= :since
    ORDER BY rowid DESC LIMIT :limit";

/// The rows that `filter` asks for, the newest first. This changes nothing, and holds up no service.
///
/// # Errors
///
/// There is no database at `path`, it is of another version or application, or SQLite can't read it.
pub(crate) fn read(path: &Path, filter: &Filter) -> Result<Vec<Row>, ReadError> {
    let connection = open(path)?;
    select(&connection, filter).map_err(|source| ReadError::Sqlite { path: path.to_owned(), source })
}

/// Opens a ledger to read it alone.
pub(super) fn open(path: &Path) -> Result<Connection, ReadError> {
    // Of a directory that this user may not look into, SQLite says so below.
    if matches!(path.try_exists(), Ok(false)) {
        return Err(ReadError::Missing { path: path.to_owned() });
    }
    let failed = |source| ReadError::Sqlite { path: path.to_owned(), source };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(BUSY).map_err(failed)?;
    let found = version(&connection).map_err(failed)?;
    // Not even an older version is read: its columns may mean something else.
    if found != VERSION {
        return Err(ReadError::Version { path: path.to_owned(), found });
    }
    Ok(connection)
}

fn select(connection: &Connection, filter: &Filter) -> rusqlite::Result<Vec<Row>> {
    let mut statement = connection.prepare(&format!("SELECT {} {READ}", readable(connection, COLUMNS)?))?;
    let asked = named_params! {
        ":recipient": filter.recipient,
        ":outcome": filter.outcome,
        ":id": filter.id,
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
        steps: steps(row.get_ref(11)?.as_str_or_null()?),
    })
}

/// A column of milliseconds since the Unix epoch as a point in time.
fn time(since: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(since).unwrap_or(0))
}
