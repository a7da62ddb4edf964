//! Whom a ledger's file belongs to, and which files are refused.

use super::*;

#[test]
fn a_file_has_one_owner() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = open(directory.path());
    let second = Ledger::open(settings(directory.path()), Clock::System);
    assert!(matches!(second, Err(OpenError::Locked { .. })), "{second:?}");
    drop(ledger);
    open(directory.path());
}

#[cfg(unix)]
#[test]
fn a_file_has_one_owner_whatever_it_is_called() {
    let directory = tempfile::tempdir().unwrap();
    let path = settings(directory.path()).path;
    let (symbolic, hard) = (directory.path().join("symbolic"), directory.path().join("hard"));
    std::os::unix::fs::symlink(&path, &symbolic).unwrap();
    let attempt = |path: &Path| {
        Ledger::open(SqliteSettings { path: path.to_owned(), ..settings(directory.path()) }, Clock::System)
    };
    let ledger = attempt(&symbolic).unwrap();
    assert!(matches!(attempt(&path), Err(OpenError::Locked { .. })));
    fs::hard_link(&path, &hard).unwrap();
    assert!(matches!(attempt(&hard), Err(OpenError::Linked { links: 2, .. })));
    drop(ledger);
    fs::remove_file(&hard).unwrap();
    attempt(&path).unwrap();
}

#[tokio::test]
async fn a_ledger_is_inspected_without_taking_it() {
    let directory = tempfile::tempdir().unwrap();
    let settings = settings(directory.path());
    assert_eq!(inspect(&settings).unwrap(), Inspected::Absent);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    let ledger = open(directory.path());
    settle(yours(claim(&ledger, "ema_1", "msg_1").await), record(Settled::Accepted)).await;
    assert_eq!(inspect(&settings).unwrap(), Inspected::Held);
    drop(ledger);
    assert_eq!(inspect(&settings).unwrap(), Inspected::Fine);
    open(directory.path());
}

#[test]
fn two_that_look_at_the_same_time_see_the_same() {
    let directory = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..200 {
                    assert_eq!(inspect(&settings(directory.path())).unwrap(), Inspected::Absent);
                }
            });
        }
    });
}

#[test]
fn what_a_person_has_to_put_right_stops_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let attempt = |path: &Path| {
        let path = path.to_owned();
        Ledger::open(SqliteSettings { path, ..settings(directory.path()) }, Clock::System).unwrap_err()
    };
    assert!(matches!(attempt(&directory.path().join("no/ledger.db")), OpenError::NoDirectory { .. }));
    assert!(matches!(attempt(directory.path()), OpenError::Directory { .. }));

    let text = directory.path().join("text");
    fs::write(&text, "Dear database,\n".repeat(100)).unwrap();
    assert!(matches!(attempt(&text), OpenError::NoDatabase { .. }));

    let foreign = directory.path().join("foreign");
    Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE song (title TEXT)").unwrap();
    assert!(matches!(attempt(&foreign), OpenError::Foreign { .. }));
    let foreign = directory.path().join("alike");
    Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE message (text TEXT)").unwrap();
    assert!(matches!(attempt(&foreign), OpenError::Foreign { .. }));

    let key = directory.path().join("keyless");
    fs::create_dir(directory.path().join("keyless.key")).unwrap();
    assert!(matches!(attempt(&key), OpenError::Io { .. }));

    let newer = directory.path().join("newer");
    Connection::open(&newer).unwrap().pragma_update(None, "user_version", 2).unwrap();
    assert!(matches!(attempt(&newer), OpenError::Newer { found: 2, .. }));
    assert!(matches!(read(&newer, &Filter::default()), Err(ReadError::Version { found: 2, .. })));

    fs::write(directory.path().join("other.key"), "c2hvcnQ=\n").unwrap();
    assert!(matches!(attempt(&directory.path().join("other")), OpenError::Key { .. }));
    assert!(matches!(
        read(&directory.path().join("none"), &Filter::default()),
        Err(ReadError::Missing { .. })
    ));
}

/// The tables as version 0.1 makes and writes them.
const EARLIER: &str = "
    CREATE TABLE message (message_id TEXT NOT NULL, svix_id TEXT NOT NULL, channel TEXT NOT NULL, slug TEXT, recipient BLOB,
        outcome TEXT NOT NULL, reason TEXT, provider TEXT, receipt TEXT, attempts INTEGER NOT NULL,
        first_seen INTEGER NOT NULL, settled_at INTEGER NOT NULL);
    CREATE UNIQUE INDEX message_by_id ON message (message_id);
    INSERT INTO message VALUES ('ema_1', 'msg_1', 'email', NULL, NULL, 'failed', 'timeout', 'main', NULL, 2,
        1727999990000, 1727999995000);
    PRAGMA user_version = 1";

/// What version 0.1 does when it settles a message.
const EARLIER_WRITE: &str = "
    INSERT INTO message (message_id, svix_id, channel, outcome, attempts, first_seen, settled_at)
    VALUES ('ema_1', 'msg_1', 'email', 'failed', 1, 1727999990000, 1728000001000)
    ON CONFLICT (message_id) DO UPDATE SET outcome = excluded.outcome, attempts = attempts + excluded.attempts";

#[tokio::test]
async fn a_file_of_an_earlier_version_is_read_and_written_and_serves_that_version_still() {
    let directory = tempfile::tempdir().unwrap();
    let path = settings(directory.path()).path;
    Connection::open(&path).unwrap().execute_batch(EARLIER).unwrap();
    let read = || rows(directory.path()).remove(0);
    assert_eq!((read().attempts, read().steps), (2, vec![]), "`log` before the first start");
    let ledger = open(directory.path());
    let tried = Tried {
        at: noon(),
        took: Duration::from_millis(80),
        provider: "main".into(),
        verdict: "deferred".into(),
        fault: Some(("rcpt".into(), "450 4.2.1".into())),
    };
    let ticket = yours(claim(&ledger, "ema_1", "msg_1").await);
    settle(ticket, Record { tried: vec![tried.clone()], ..record(Settled::Failed) }).await;
    drop(ledger);
    let steps = [
        Step::Claimed { at: noon() },
        Step::Tried(tried),
        Step::Settled { at: noon(), outcome: "failed".into(), reason: None },
    ];
    assert_eq!((read().attempts, &read().steps[..]), (4, &steps[..]));
    Connection::open(&path).unwrap().execute_batch(EARLIER_WRITE).unwrap();
    assert_eq!((read().attempts, &read().steps[..]), (5, &steps[..]));
}

#[tokio::test]
async fn a_damaged_database_stops_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = open(directory.path());
    settle(yours(claim(&ledger, "ema_1", "msg_1").await), record(Settled::Accepted)).await;
    drop(ledger);
    let path = settings(directory.path()).path;
    let mut bytes = fs::read(&path).unwrap();
    bytes[4096..].fill(0xff);
    fs::write(&path, bytes).unwrap();
    let error = Ledger::open(settings(directory.path()), Clock::System).unwrap_err();
    assert!(matches!(error, OpenError::Damaged { .. }), "{error:?}");
    assert!(inspect(&settings(directory.path())).is_err());
}
