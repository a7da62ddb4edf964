//! What Clerk said of users' languages: the statements over their table.

use rusqlite::types::{ToSql, ToSqlOutput};
use rusqlite::{Connection, OptionalExtension as _};

use super::store::signed;
use crate::ledger::recipient::UserHash;
use crate::ledger::told::Told;

/// Events come in any order, and more than once: the later one by its own time counts.
const TELL: &str = "
    INSERT INTO language (user, tag, told_at) VALUES (?1, ?2, ?3)
    ON CONFLICT (user) DO UPDATE SET tag = excluded.tag, told_at = excluded.told_at
    WHERE excluded.told_at >= told_at";

const FIND: &str = "SELECT tag, told_at FROM language WHERE user = ?1";

const AFTER: &str = "SELECT user, tag, told_at FROM language WHERE user > ?1 ORDER BY user LIMIT ?2";

const PURGE: &str = "
    DELETE FROM language WHERE user IN
        (SELECT user FROM language WHERE tag IS NULL AND told_at < ?1 ORDER BY told_at LIMIT ?2)";

impl ToSql for UserHash {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.as_bytes()))
    }
}

/// Writes all of these, or none.
pub(super) fn tell<'t>(
    connection: &Connection,
    all: impl IntoIterator<Item = &'t Told>,
) -> rusqlite::Result<()> {
    let transaction = connection.unchecked_transaction()?;
    for Told { user, tag, at } in all {
        transaction.prepare_cached(TELL)?.execute((user, tag, signed(*at)))?;
    }
    transaction.commit()
}

/// What is known of a user.
pub(super) fn find(connection: &Connection, user: UserHash) -> rusqlite::Result<Option<Told>> {
    let told = |row: &rusqlite::Row<'_>| {
        Ok(Told { user, tag: row.get(0)?, at: u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0) })
    };
    connection.prepare_cached(FIND)?.query_row([user], told).optional()
}

/// The next rows in the order of the users' hashes, up to `limit`. None where an earlier version made the file.
pub(super) fn after(
    connection: &Connection,
    after: Option<UserHash>,
    limit: usize,
) -> rusqlite::Result<Vec<Told>> {
    if !connection.table_exists(None, "language")? {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare_cached(AFTER)?;
    let mut rows =
        statement.query((after.as_ref().map_or(&[][..], UserHash::as_bytes), signed(limit as u64)))?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        // Bytes of another length are not ours.
        if let Some(user) = UserHash::of_row(row.get_ref(0)?.as_blob()?) {
            let at = u64::try_from(row.get::<_, i64>(2)?).unwrap_or(0);
            all.push(Told { user, tag: row.get(1)?, at });
        }
    }
    Ok(all)
}

/// Deletes up to `limit` rows without a language that are older than a time in milliseconds since the Unix epoch: by then
/// no event from before a deletion comes any more.
pub(super) fn purge(connection: &Connection, before: u64, limit: usize) -> rusqlite::Result<usize> {
    connection.prepare_cached(PURGE)?.execute((signed(before), signed(limit as u64)))
}
