//! Older codes and links after a newer one was accepted, and files of versions that knew nothing of them.

use super::*;
use crate::ledger::Code;

const SECOND: Duration = Duration::from_secs(1);

/// A mail with a code that Clerk made this many seconds after noon.
fn born_at(seconds: u32) -> Details {
    let code = Some(Code { instance: Some("ins_1".into()) });
    Details { born: Some(noon() + seconds * SECOND), code, ..details() }
}

async fn claim_code(ledger: &Ledger, id: &str, details: Details) -> Ticket {
    yours(ledger.claim(ids(id, id), details, false).await)
}

async fn accept(ledger: &Ledger, id: &str, details: Details) {
    settle(claim_code(ledger, id, details).await, record(Settled::Accepted)).await;
}

/// Whether a code with these details would be superseded, which claims it for a moment.
async fn is_superseded(ledger: &Ledger, details: Details) -> bool {
    let ticket = claim_code(ledger, "asked", details).await;
    ticket.is_superseded()
}

/// A ledger whose clock stands at one minute past noon.
fn open_later(directory: &Path) -> Ledger {
    Ledger::open(settings(directory), Clock::manual(noon() + 60 * SECOND)).unwrap()
}

#[tokio::test]
async fn a_newer_code_supersedes_older_ones_of_its_series_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = open_later(directory.path());
    let in_flight = claim_code(&ledger, "older", born_at(9)).await;
    assert!(!in_flight.is_superseded());
    accept(&ledger, "newer", born_at(10)).await;
    assert!(in_flight.is_superseded(), "one that is under way too");

    let of_instance = |instance: Option<&str>| {
        let code = Some(Code { instance: instance.map(str::to_owned) });
        Details { born: Some(noon()), code, ..details() }
    };
    for (name, details, superseded) in [
        ("older", born_at(0), true),
        ("as old", born_at(10), false),
        ("newer", born_at(11), false),
        ("another slug", Details { slug: Some("reset_password_code".into()), ..born_at(0) }, false),
        ("no slug", Details { slug: None, ..born_at(0) }, false),
        ("another recipient", Details { recipient: "other@recipient.example".into(), ..born_at(0) }, false),
        ("another channel", Details { channel: "sms", ..born_at(0) }, false),
        ("another instance", of_instance(Some("ins_2")), false),
        ("an unknown instance", of_instance(None), false),
        ("the same instance", of_instance(Some("ins_1")), true),
        ("no code or link", details(), false),
    ] {
        assert_eq!(is_superseded(&ledger, details).await, superseded, "{name}");
    }
}

#[tokio::test]
async fn only_an_acceptance_supersedes_also_one_that_comes_late() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = open_later(directory.path());
    for settled in
        [Settled::Failed, Settled::Rejected, Settled::Expired, Settled::Superseded, Settled::InDoubt]
    {
        let ticket = claim_code(&ledger, "newer", born_at(10)).await;
        let late = ticket.late().unwrap();
        settle(ticket, record(settled)).await;
        assert!(!is_superseded(&ledger, born_at(0)).await, "{settled:?}");
        if settled == Settled::InDoubt {
            late.accepted("main", None);
        }
    }
    assert!(is_superseded(&ledger, born_at(0)).await);
}

#[tokio::test]
async fn the_first_sight_stands_in_for_a_birth_that_nobody_knows() {
    let directory = tempfile::tempdir().unwrap();
    let clock = Clock::manual(noon());
    let ledger = Ledger::open(settings(directory.path()), clock.clone()).unwrap();
    let timeless = || Details { code: Some(Code { instance: None }), ..details() };
    let first = claim_code(&ledger, "first", timeless()).await;
    settle(first, record(Settled::Failed)).await;
    clock.set(noon() + SECOND);
    accept(&ledger, "second", timeless()).await;
    clock.set(noon() + 5 * SECOND);
    let again = claim_code(&ledger, "first", timeless()).await;
    assert!(again.is_superseded());
    assert!(!is_superseded(&ledger, timeless()).await, "one that is seen now is newer");
}

#[tokio::test]
async fn a_superseded_code_is_not_final_and_its_row_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = open_later(directory.path());
    accept(&ledger, "newer", born_at(10)).await;
    for _ in 0..2 {
        let older = claim_code(&ledger, "older", born_at(0)).await;
        assert!(older.is_superseded());
        settle(older, Record { provider: None, attempts: 0, ..record(Settled::Superseded) }).await;
    }
    let outcomes: Vec<_> = rows(directory.path()).into_iter().map(|row| row.outcome).collect();
    assert_eq!(outcomes, ["superseded", "accepted"]);
}

#[tokio::test]
async fn what_was_accepted_in_the_last_hour_supersedes_after_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = open_later(directory.path());
    accept(&ledger, "newer", born_at(10)).await;
    accept(&ledger, "newest", born_at(20)).await;
    let ticket = claim_code(&ledger, "failed", born_at(30)).await;
    settle(ticket, record(Settled::Failed)).await;
    let copy = killed(directory.path());
    for (minutes, superseded) in [(2, true), (60, true), (62, false)] {
        let clock = Clock::manual(noon() + 60 * minutes * SECOND);
        let ledger = Ledger::open(settings(copy.path()), clock).unwrap();
        assert_eq!(is_superseded(&ledger, born_at(19)).await, superseded, "{minutes} minutes");
        assert!(!is_superseded(&ledger, born_at(20)).await);
    }
}

#[tokio::test]
async fn a_database_that_is_locked_at_the_start_is_read_once_it_opens() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = open_later(directory.path());
    accept(&ledger, "newer", born_at(10)).await;
    drop(ledger);
    let other = Connection::open(settings(directory.path()).path).unwrap();
    other.execute_batch("PRAGMA locking_mode = exclusive; BEGIN EXCLUSIVE").unwrap();
    let ledger = open_later(directory.path());
    assert!(!is_superseded(&ledger, born_at(0)).await, "what is not known is sent");
    drop(other);
    until(&ledger, State { writable: true, unwritten: 0 }).await;
    assert!(is_superseded(&ledger, born_at(0)).await);
}

/// The schema of the first version, and how it adds a row.
const FIRST: &str = "
    CREATE TABLE IF NOT EXISTS message (
        message_id TEXT NOT NULL, svix_id TEXT NOT NULL, channel TEXT NOT NULL, slug TEXT, recipient BLOB,
        outcome TEXT NOT NULL, reason TEXT, provider TEXT, receipt TEXT, attempts INTEGER NOT NULL,
        first_seen INTEGER NOT NULL, settled_at INTEGER NOT NULL
    );
    CREATE UNIQUE INDEX IF NOT EXISTS message_by_id ON message (message_id);
    CREATE INDEX IF NOT EXISTS message_by_svix_id ON message (svix_id);
    CREATE INDEX IF NOT EXISTS message_by_time ON message (settled_at);
    PRAGMA user_version = 1;";
const FIRST_ROW: &str = "
    INSERT INTO message (message_id, svix_id, channel, slug, recipient, outcome, reason, provider, receipt,
        attempts, first_seen, settled_at)
    VALUES (?1, ?1, 'email', 'verification_code', NULL, 'accepted', NULL, 'main', '4Xyz', 1, ?2, ?2)
    ON CONFLICT (message_id) DO UPDATE SET outcome = excluded.outcome";

/// An upgrade, a way back, and an upgrade again: every version works with the file as the others left it.
#[tokio::test]
async fn a_file_of_the_first_version_is_taken_over_and_stays_usable_to_it() {
    let directory = tempfile::tempdir().unwrap();
    let settled_at = i64::try_from(millis(noon())).unwrap();
    let first_version = |id: &str| {
        let connection = Connection::open(settings(directory.path()).path).unwrap();
        connection.execute_batch(FIRST).unwrap();
        let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        assert_eq!(version, 1, "another version would keep the first one from starting");
        connection.execute(FIRST_ROW, (id, settled_at)).unwrap();
    };
    first_version("ema_1");
    assert_eq!(rows(directory.path()).len(), 1, "`log` reads it while the first version runs");
    let ledger = open_later(directory.path());
    assert_accepted(&claim(&ledger, "ema_1", "ema_1").await);
    accept(&ledger, "newer", born_at(10)).await;
    assert!(is_superseded(&ledger, born_at(0)).await);
    drop(ledger);
    first_version("ema_2");
    let ledger = open_later(directory.path());
    assert_accepted(&claim(&ledger, "ema_2", "ema_2").await);
    assert_accepted(&claim(&ledger, "newer", "newer").await);
    assert!(is_superseded(&ledger, born_at(0)).await);
    assert_eq!(rows(directory.path()).len(), 3);
}
