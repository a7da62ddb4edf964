//! What Clerk said of users' languages: the statements, and the task that deletes what is forgotten.

use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use tokio::time::{sleep, timeout};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error};

use super::database::Database;
use super::store::{text, time};
use crate::clock::{Clock, millis};
use crate::ledger::recipient::UserHash;
use crate::ledger::told::Told;

/// Events come in any order, more than once, and to any server: the later one by its own time counts.
const TELL: &str = "
    INSERT INTO clerk_courier_language AS l (reader, tag, told_at) VALUES ($1, $2, $3)
    ON CONFLICT (reader) DO UPDATE SET tag = excluded.tag, told_at = excluded.told_at
    WHERE excluded.told_at >= l.told_at";

/// The same for many users, each of whom is there once.
const TELL_ALL: &str = "
    INSERT INTO clerk_courier_language AS l (reader, tag, told_at)
    SELECT * FROM unnest($1::bytea[], $2::text[], $3::timestamptz[])
    ON CONFLICT (reader) DO UPDATE SET tag = excluded.tag, told_at = excluded.told_at
    WHERE excluded.told_at >= l.told_at";

const IS_THERE: &str = "SELECT to_regclass('clerk_courier_language') IS NOT NULL";

const AFTER: &str = "
    SELECT reader, tag, told_at FROM clerk_courier_language WHERE reader > $1 ORDER BY reader LIMIT $2";

const FIND: &str = "SELECT tag, told_at FROM clerk_courier_language WHERE reader = $1";

/// Deletes rows without a language that are older than the retention: by then no event from before a deletion comes any more.
const PURGE: &str = "
    DELETE FROM clerk_courier_language WHERE reader IN (
        SELECT reader FROM clerk_courier_language
        WHERE tag IS NULL AND told_at < $1 LIMIT 5000 FOR UPDATE SKIP LOCKED)";

/// How often such rows are deleted.
const PURGE_EVERY: Duration = Duration::from_mins(10);

/// How long a statement that nobody waits for may take.
const LIMIT: Duration = Duration::from_secs(2);

/// Keeps what Clerk said, unless something later is kept. Says whether the database took it.
pub(super) async fn tell(database: &Database, told: &Told) -> bool {
    let (user, tag, at) = (told.user.as_bytes(), told.tag.as_deref().map(text), time(told.at));
    let asked: [(&(dyn ToSql + Sync), Type); 3] =
        [(&user, Type::BYTEA), (&tag, Type::TEXT), (&at, Type::TIMESTAMPTZ)];
    let telling = database.run(async |client| client.execute_typed(TELL, &asked).await);
    matches!(timeout(LIMIT, telling).await, Ok(Ok(_)))
}

/// What is known of a user.
pub(super) async fn find(client: &Client, user: UserHash) -> Result<Option<Told>, Error> {
    let row = client.query_typed_opt(FIND, &[(&user.as_bytes(), Type::BYTEA)]).await?;
    row.map(|row| {
        let at: SystemTime = row.try_get(1)?;
        Ok(Told { user, tag: row.try_get(0)?, at: millis(at) })
    })
    .transpose()
}

/// Keeps what Clerk said of many users, each of whom is there once.
pub(super) async fn tell_all(client: &Client, all: &[Told]) -> Result<(), Error> {
    let users: Vec<_> = all.iter().map(|told| told.user.as_bytes()).collect();
    let tags: Vec<_> = all.iter().map(|told| told.tag.as_deref().map(text)).collect();
    let times: Vec<_> = all.iter().map(|told| time(told.at)).collect();
    let asked: [(&(dyn ToSql + Sync), Type); 3] =
        [(&users, Type::BYTEA_ARRAY), (&tags, Type::TEXT_ARRAY), (&times, Type::TIMESTAMPTZ_ARRAY)];
    client.execute_typed(TELL_ALL, &asked).await.map(drop)
}

/// The next rows in the order of the users' hashes, up to `limit`. None where the tables are of an earlier version.
pub(super) async fn after(
    client: &Client,
    after: Option<UserHash>,
    limit: usize,
) -> Result<Vec<Told>, Error> {
    if !client.query_typed_one(IS_THERE, &[]).await?.try_get::<_, bool>(0)? {
        return Ok(Vec::new());
    }
    let (after, limit) =
        (after.as_ref().map_or(&[][..], UserHash::as_bytes), i64::try_from(limit).unwrap_or(i64::MAX));
    let rows = client.query_typed(AFTER, &[(&after, Type::BYTEA), (&limit, Type::INT8)]).await?;
    let mut all = Vec::new();
    for row in rows {
        if let Some(user) = UserHash::of_row(row.try_get(0)?) {
            let at: SystemTime = row.try_get(2)?;
            all.push(Told { user, tag: row.try_get(1)?, at: millis(at) });
        }
    }
    Ok(all)
}

/// Deletes what is forgotten now and then.
pub(super) async fn purge(database: Rc<Database>, clock: Clock, retention: Duration) {
    loop {
        sleep(PURGE_EVERY).await;
        let Some(before) = clock.now().checked_sub(retention) else { continue };
        if database.gauges.writable.load(Ordering::Relaxed) {
            let purging = database
                .run(async |client| client.execute_typed(PURGE, &[(&before, Type::TIMESTAMPTZ)]).await);
            let _ = timeout(LIMIT, purging).await;
        }
    }
}
