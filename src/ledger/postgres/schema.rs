//! The tables: how they are made, brought up to date, and told from those of another application.

use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

use super::server::{GRANTS, Server};
use crate::ledger::error::OpenError;
use crate::ledger::words::Inspected;

/// The oldest server that has all that the statements use, and that is tested.
const OLDEST_SERVER: i32 = 130_000;

/// The number of the lock under which the tables are changed, so that servers that start together don't collide.
const MIGRATION_LOCK: i64 = 0x636c_6572_6b01;

/// The version of the tables below.
const VERSION: i32 = 5;

/// The tables of each version, as a change of those of the version before; the first entry makes version 1. The next version
/// is one more entry.
///
/// Each change keeps the rules by which an old and a new server work side by side while an upgrade rolls:
///
/// - The statements of older programs go on working: columns may be added that are NULL where nobody names them.
/// - No change takes longer than a moment, since it locks the table: no column with a computed default, no index on a table
///   that holds rows. Such an index is made beside the running service ([`series_index`]).
/// - A change that older programs can't work with sets `oldest`, the oldest version that a program has to know.
const MIGRATIONS: [&str; VERSION as usize] = [
    "CREATE TABLE clerk_courier_schema (
        version integer NOT NULL,
        oldest  integer NOT NULL
    );
    INSERT INTO clerk_courier_schema (version, oldest) VALUES (1, 1);
    CREATE TABLE clerk_courier_message (
        message_id text PRIMARY KEY,
        svix_id    text NOT NULL,
        channel    text NOT NULL,
        slug       text,
        recipient  bytea,
        outcome    text NOT NULL,
        reason     text,
        provider   text,
        receipt    text,
        attempts   integer NOT NULL,
        first_seen timestamptz NOT NULL,
        settled_at timestamptz NOT NULL,
        owner      bigint NOT NULL,
        claim      bigint NOT NULL,
        claimed_at timestamptz,
        lease_end  timestamptz
    );
    CREATE INDEX clerk_courier_message_by_svix_id ON clerk_courier_message (svix_id);
    CREATE INDEX clerk_courier_message_by_time ON clerk_courier_message (settled_at);",
    "ALTER TABLE clerk_courier_message ADD COLUMN series bytea, ADD COLUMN born timestamptz;",
    // Rows that change often: room beside them keeps a change within its page and out of the index.
    "CREATE TABLE clerk_courier_sms (
        key    bytea PRIMARY KEY,
        width  integer NOT NULL,
        most   bigint NOT NULL,
        latest bigint NOT NULL,
        counts integer[] NOT NULL
    ) WITH (fillfactor = 50);",
    "ALTER TABLE clerk_courier_message ADD COLUMN timeline text;",
    // The index is over the few rows that are deleted once they are old.
    "CREATE TABLE clerk_courier_language (
        reader  bytea PRIMARY KEY,
        tag     text,
        told_at timestamptz NOT NULL
    );
    CREATE INDEX clerk_courier_language_without_tag ON clerk_courier_language (told_at) WHERE tag IS NULL;",
];

/// The statement that makes the index by which newer codes and links of a series are found; with `CONCURRENTLY`, while others
/// write the table.
pub(super) fn series_index(concurrently: &str) -> String {
    format!(
        "CREATE INDEX {concurrently} IF NOT EXISTS {SERIES_INDEX} ON clerk_courier_message (series, born)
            WHERE outcome = 'accepted' AND series IS NOT NULL"
    )
}

/// The name of that index.
pub(super) const SERIES_INDEX: &str = "clerk_courier_message_by_series";

/// How long a change waits for the locks of others, in SQL. While it waits, statements on the table queue up behind it: so this
/// is less than the 500 ms that a claim waits for. What holds the table for longer, such as a backup by `pg_dump`, ends sometime,
/// and the change is tried again each second.
const LOCK_LIMIT: &str = "SET LOCAL lock_timeout = '300ms'";

/// How long a server waits for its turn to look, and to change what another server has not changed. Nobody waits behind it.
const TURN_LIMIT: &str = "SET LOCAL lock_timeout = '3s'";

/// What there is. `oldest` and `version` are read by a second statement, once their table is known to exist.
const LOOK: &str = "
    SELECT current_setting('server_version_num')::integer,
        current_setting('server_version'),
        pg_is_in_recovery(),
        to_regclass('clerk_courier_schema') IS NOT NULL,
        to_regclass('clerk_courier_message') IS NOT NULL,
        coalesce(has_schema_privilege(current_schema(), 'CREATE'), false),
        (SELECT count(*) FROM pg_attribute
            WHERE attrelid = to_regclass('clerk_courier_message') AND NOT attisdropped
                AND attname IN ('message_id', 'svix_id', 'channel', 'slug', 'recipient', 'outcome', 'reason', 'provider',
                    'receipt', 'attempts', 'first_seen', 'settled_at', 'owner', 'claim', 'claimed_at', 'lease_end'))";

/// The versions, whether this user may change the tables, and whether the index over series can be used.
const VERSIONS: &str = "
    SELECT version, oldest,
        has_schema_privilege(current_schema(), 'CREATE') AND (
            SELECT bool_and(pg_has_role(relowner, 'USAGE')) FROM pg_class
            WHERE oid IN ('clerk_courier_message'::regclass, 'clerk_courier_schema'::regclass)),
        EXISTS (SELECT FROM pg_index
            WHERE indexrelid = to_regclass('clerk_courier_message_by_series') AND indisvalid)
    FROM clerk_courier_schema";

/// Whether this user has the rights on all tables that are there.
const RIGHTS: &str = "
    SELECT bool_and(has_table_privilege(to_regclass(name), kind)) FROM (VALUES
        ('clerk_courier_message', 'SELECT'), ('clerk_courier_message', 'INSERT'),
        ('clerk_courier_message', 'UPDATE'), ('clerk_courier_message', 'DELETE'),
        ('clerk_courier_sms', 'SELECT'), ('clerk_courier_sms', 'INSERT'),
        ('clerk_courier_sms', 'UPDATE'), ('clerk_courier_sms', 'DELETE'),
        ('clerk_courier_language', 'SELECT'), ('clerk_courier_language', 'INSERT'),
        ('clerk_courier_language', 'UPDATE'), ('clerk_courier_language', 'DELETE'),
        ('clerk_courier_schema', 'SELECT'), ('clerk_courier_schema', 'UPDATE')
    ) AS needed (name, kind) WHERE to_regclass(name) IS NOT NULL";

/// What a database holds.
enum Found {
    /// No table of ours, and this user may make them.
    Nothing,
    /// The tables of this earlier version, and this user may change them.
    Older(i32),
    /// The tables of this version, or of a later one that this version works with.
    Ours {
        /// Whether the index over series can be used.
        indexed: bool,
    },
}

/// Makes the tables where they are missing, or brings them up to date: all of it, or nothing. Says whether the index over series
/// can be used.
pub(super) async fn prepare(client: &mut Client, server: &Server) -> Result<bool, OpenError> {
    if let Found::Ours { indexed } = look(client, server).await? {
        return Ok(indexed);
    }
    let failed = |error: Error| blocked(server, &error).unwrap_or_else(|| server.explain(&error));
    let transaction = client.transaction().await.map_err(failed)?;
    transaction.batch_execute(TURN_LIMIT).await.map_err(failed)?;
    // The lock ends with the transaction, which holds behind PgBouncer too.
    let lock = transaction.query_typed("SELECT pg_advisory_xact_lock($1)", &[(&MIGRATION_LOCK, Type::INT8)]);
    lock.await.map_err(failed)?;
    // Another server may have done it meanwhile.
    let (version, is_new) = match look(transaction.client(), server).await? {
        Found::Nothing => (0, true),
        Found::Older(version) => (version, false),
        Found::Ours { indexed } => return Ok(indexed),
    };
    transaction.batch_execute(LOCK_LIMIT).await.map_err(failed)?;
    for change in MIGRATIONS.iter().skip(usize::try_from(version).unwrap_or_default()) {
        transaction.batch_execute(change).await.map_err(failed)?;
    }
    if is_new {
        // In a table without rows this takes no time.
        transaction.batch_execute(&series_index("")).await.map_err(failed)?;
    }
    let note =
        transaction.execute_typed("UPDATE clerk_courier_schema SET version = $1", &[(&VERSION, Type::INT4)]);
    note.await.map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    Ok(is_new)
}

/// What to say where somebody else held a lock for too long.
fn blocked(server: &Server, error: &Error) -> Option<OpenError> {
    (error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE)).then(|| {
        server.passing(
            "the ledger's tables can't be brought up to date while another session holds them, such as a backup by pg_dump: \
             wait for its end, or end it"
                .to_owned(),
        )
    })
}

/// Looks whether [`prepare`] would work, and changes nothing.
pub(super) async fn inspect(client: &Client, server: &Server) -> Result<Inspected, OpenError> {
    Ok(match look(client, server).await? {
        Found::Nothing => Inspected::Absent,
        Found::Older(_) | Found::Ours { .. } => Inspected::Fine,
    })
}

/// Whether there are tables that can be read.
pub(super) async fn is_there(client: &Client, server: &Server) -> Result<bool, OpenError> {
    look(client, server).await.map(|found| !matches!(found, Found::Nothing))
}

async fn look(client: &Client, server: &Server) -> Result<Found, OpenError> {
    let failed = |error: Error| server.explain(&error);
    let row = client.query_typed_one(LOOK, &[]).await.map_err(failed)?;
    let number: i32 = row.try_get(0).map_err(failed)?;
    let name: String = row.try_get(1).map_err(failed)?;
    if number < OLDEST_SERVER {
        return Err(server.wrong(format!("the server is PostgreSQL {name}: version 13 or later is needed")));
    }
    if row.try_get(2).map_err(failed)? {
        return Err(server.passing(
            "the server is a standby, which takes no writes: name the primary in `url` under [ledger]"
                .to_owned(),
        ));
    }
    let (has_schema, has_messages): (bool, bool) =
        (row.try_get(3).map_err(failed)?, row.try_get(4).map_err(failed)?);
    let columns: i64 = row.try_get(6).map_err(failed)?;
    match (has_schema, has_messages) {
        (false, false) if row.try_get(5).map_err(failed)? => Ok(Found::Nothing),
        (false, false) => Err(server.wrong(format!("this user may not make the ledger's tables: {GRANTS}"))),
        (true, true) if columns == 16 => known(client, server).await,
        _ => Err(server.wrong(
            "a table `clerk_courier_message` or `clerk_courier_schema` is there that is not a ledger's: use another database \
             in `url` under [ledger]"
                .to_owned(),
        )),
    }
}

/// Refuses tables of a version that this program can't work with, and a user that may not use them.
async fn known(client: &Client, server: &Server) -> Result<Found, OpenError> {
    let failed = |error: Error| server.explain(&error);
    let row = client.query_typed_one(VERSIONS, &[]).await.map_err(failed)?;
    let (version, oldest): (i32, i32) = (row.try_get(0).map_err(failed)?, row.try_get(1).map_err(failed)?);
    if oldest > VERSION {
        return Err(server.wrong(format!(
            "the ledger was changed by a newer clerk-courier (schema {version}): run that version, or use another database"
        )));
    }
    let rights = client.query_typed_one(RIGHTS, &[]).await.map_err(failed)?;
    if !rights.try_get(0).map_err(failed)? {
        return Err(server.wrong(format!("this user may not read and write the ledger's tables: {GRANTS}")));
    }
    if version >= VERSION {
        return Ok(Found::Ours { indexed: row.try_get(3).map_err(failed)? });
    }
    if row.try_get(2).map_err(failed)? {
        return Ok(Found::Older(version));
    }
    Err(server.wrong(format!(
        "the ledger's tables are of an earlier version (schema {version}, this one needs {VERSION}), and only their owner may \
         change them: start this version once as the user that owns them. docs/OPERATING.md has more on that under PostgreSQL"
    )))
}
