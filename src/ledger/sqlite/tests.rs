use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::Connection;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::*;
use crate::ledger::queue::Injected;
use crate::ledger::{Filter, Inspected, ReadError, Record, Row, Settled, Step, Tried};
use crate::secret::Secret;

mod disk;
mod language;
mod opening;
mod property;
mod superseded;

const DAY: Duration = Duration::from_hours(24);
/// Nothing in these tests takes longer.
const PATIENCE: Duration = Duration::from_secs(20);
const ADDRESS: &str = "canary@recipient.example";

fn settings(directory: &Path) -> SqliteSettings {
    SqliteSettings {
        path: directory.join("ledger.db"),
        retention: 30 * DAY,
        recipient_key: None,
        full_sync: false,
    }
}

fn noon() -> SystemTime {
    UNIX_EPOCH + 20_000 * DAY
}

fn open(directory: &Path) -> Ledger {
    Ledger::open(settings(directory), Clock::manual(noon())).unwrap()
}

fn ids(message: &str, svix: &str) -> Ids {
    Ids { message: message.into(), svix: svix.into() }
}

fn details() -> Details {
    Details {
        channel: "email",
        slug: Some("verification_code".into()),
        recipient: ADDRESS.into(),
        born: None,
        code: None,
    }
}

fn record(settled: Settled) -> Record {
    let receipt = matches!(settled, Settled::Accepted).then(|| "4Xyz".to_owned());
    Record { settled, reason: None, provider: Some("main".into()), receipt, attempts: 2, tried: Vec::new() }
}

/// As [`crate::ledger::Ledger::begin`] does it for both kinds.
fn begin(ticket: &mut Ticket) -> impl Future<Output = bool> + use<> {
    ticket.begin().on_disk()
}

/// As [`crate::ledger::Ledger::settle`] does it for both kinds.
fn settle(ticket: Ticket, record: Record) -> impl Future<Output = bool> + use<> {
    ticket.settle(record).on_disk()
}

async fn claim(ledger: &Ledger, message: &str, svix: &str) -> Claim {
    ledger.claim(ids(message, svix), details(), false).await
}

async fn claim_unless_in_doubt(ledger: &Ledger, message: &str, svix: &str) -> Claim {
    ledger.claim(ids(message, svix), details(), true).await
}

#[track_caller]
fn yours(claim: Claim) -> Ticket {
    match claim {
        Claim::Yours(ticket) => ticket,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn assert_accepted(claim: &Claim) {
    assert!(
        matches!(claim, Claim::Accepted { provider: Some(p), receipt: Some(r) } if p == "main" && r == "4Xyz"),
        "{claim:?}"
    );
}

fn rows(directory: &Path) -> Vec<Row> {
    read(&settings(directory).path, &Filter { limit: usize::MAX, ..Filter::default() }).unwrap()
}

/// The files as `kill -9` would leave them at this moment.
fn killed(directory: &Path) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for name in ["ledger.db", "ledger.db-wal", "ledger.db.key"] {
        fs::copy(directory.join(name), copy.path().join(name)).unwrap();
    }
    copy
}

async fn until(ledger: &Ledger, wanted: State) {
    let reached = async {
        while ledger.state() != wanted {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), reached).await.expect("the state is reached");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_claims_at_once_one_gets_the_message() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = Arc::new(open(directory.path()));
    let claims: Vec<_> = (0..20)
        .map(|n| {
            let ledger = Arc::clone(&ledger);
            tokio::spawn(async move { claim(&ledger, "ema_1", &format!("msg_{n}")).await })
        })
        .collect();
    let mut tickets = Vec::new();
    for answer in claims {
        match answer.await.unwrap() {
            Claim::Yours(ticket) => tickets.push(ticket),
            other => assert!(matches!(other, Claim::InProgress), "{other:?}"),
        }
    }
    assert_eq!(tickets.len(), 1);
}

#[tokio::test]
async fn either_id_matches_while_it_runs_and_after() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = open(directory.path());
    let ticket = yours(claim(&ledger, "ema_1", "msg_1").await);
    assert!(matches!(claim(&ledger, "ema_1", "msg_2").await, Claim::InProgress));
    assert!(matches!(claim(&ledger, "ema_2", "msg_1").await, Claim::InProgress));
    let other = yours(claim(&ledger, "ema_2", "msg_2").await);
    settle(ticket, record(Settled::Accepted)).await;
    assert_accepted(&claim(&ledger, "ema_1", "msg_3").await);
    assert_accepted(&claim(&ledger, "ema_3", "msg_1").await);
    drop(other);
}

#[tokio::test]
async fn a_dropped_ticket_gives_the_message_back() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = open(directory.path());
    drop(yours(claim(&ledger, "ema_1", "msg_1").await));
    yours(claim(&ledger, "ema_1", "msg_1").await);
    assert_eq!(rows(directory.path()), []);
}

#[tokio::test]
async fn a_claim_that_nobody_waits_for_is_given_back() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = open(directory.path());
    let mut asked = Box::pin(claim(&ledger, "ema_1", "msg_1"));
    let waker = std::task::Waker::noop();
    let _ = asked.as_mut().poll(&mut std::task::Context::from_waker(waker));
    drop(asked);
    // Whichever way it was dropped (before the answer or with it), its release is queued once this is done.
    ledger.on_connection(|_| {}).await;
    yours(claim(&ledger, "ema_1", "msg_1").await);
}

#[tokio::test]
async fn a_crash_frees_what_was_claimed_and_keeps_what_was_accepted() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = open(directory.path());
    let ticket = yours(claim(&ledger, "ema_1", "msg_1").await);
    settle(ticket, record(Settled::Accepted)).await;
    let _held = yours(claim(&ledger, "ema_2", "msg_2").await);

    let copy = killed(directory.path());
    assert_eq!(rows(copy.path()).len(), 1, "a log left by a kill is read");
    let ledger = open(copy.path());
    assert_accepted(&claim(&ledger, "ema_1", "msg_9").await);
    yours(claim(&ledger, "ema_2", "msg_2").await);
}

#[tokio::test]
async fn what_is_accepted_is_final_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = open(directory.path());
    let ticket = yours(claim(&ledger, "ema_1", "msg_1").await);
    settle(ticket, record(Settled::Accepted)).await;
    ledger.close(PATIENCE);
    let ledger = open(directory.path());
    assert_accepted(&claim(&ledger, "ema_1", "msg_1").await);
}

#[tokio::test]
async fn a_send_that_began_is_in_doubt_after_a_crash() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = open(directory.path());
    let mut ticket = yours(claim_unless_in_doubt(&ledger, "ema_1", "msg_1").await);
    begin(&mut ticket).await;
    assert!(matches!(claim_unless_in_doubt(&ledger, "ema_1", "msg_2").await, Claim::InProgress));
    let copy = killed(directory.path());

    settle(ticket, record(Settled::Failed)).await;
    yours(claim_unless_in_doubt(&ledger, "ema_1", "msg_1").await);

    let after = open(copy.path());
    assert!(matches!(claim_unless_in_doubt(&after, "ema_1", "msg_1").await, Claim::InDoubt));
    assert!(matches!(claim_unless_in_doubt(&after, "ema_2", "msg_1").await, Claim::InDoubt));
    yours(claim(&after, "ema_1", "msg_1").await);
    assert_eq!(rows(copy.path())[0].outcome, "begun");
}

#[tokio::test]
async fn doubt_is_final_for_those_who_ask() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = open(directory.path());
    let ticket = yours(claim(&ledger, "ema_1", "msg_1").await);
    settle(ticket, record(Settled::InDoubt)).await;
    assert!(matches!(claim_unless_in_doubt(&ledger, "ema_1", "msg_1").await, Claim::InDoubt));
    yours(claim(&ledger, "ema_1", "msg_1").await);
}

#[tokio::test]
async fn failures_add_up_under_the_first_sight_of_the_message() {
    for settled in [Settled::Failed, Settled::Rejected, Settled::Expired] {
        let directory = tempfile::tempdir().unwrap();
        let clock = Clock::manual(noon());
        let ledger = Ledger::open(settings(directory.path()), clock.clone()).unwrap();
        let ticket = yours(claim(&ledger, "ema_1", "msg_1").await);
        settle(ticket, Record { reason: Some("timeout"), ..record(settled) }).await;
        clock.set(noon() + DAY);
        let ticket = yours(claim(&ledger, "ema_1", "msg_2").await);
        assert_eq!(ticket.first_seen, noon());
        settle(ticket, record(settled)).await;

        let row = Row {
            message_id: "ema_1".into(),
            svix_id: "msg_2".into(),
            channel: "email".into(),
            slug: Some("verification_code".into()),
            outcome: settled.as_str().into(),
            reason: None,
            provider: Some("main".into()),
            receipt: None,
            attempts: 4,
            first_seen: noon(),
            settled_at: noon() + DAY,
            steps: vec![
                Step::Settled {
                    at: noon(),
                    outcome: settled.as_str().into(),
                    reason: Some("timeout".into()),
                },
                Step::Claimed { at: noon() + DAY },
                Step::Settled { at: noon() + DAY, outcome: settled.as_str().into(), reason: None },
            ],
        };
        assert_eq!(rows(directory.path()), [row]);
    }
}

#[tokio::test]
async fn a_record_is_written_though_nobody_waits_for_it() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = open(directory.path());
    let ticket = yours(claim(&ledger, "ema_1", "msg_1").await);
    drop(settle(ticket, record(Settled::Accepted)));
    assert_accepted(&claim(&ledger, "ema_1", "msg_1").await);
    ledger.close(PATIENCE);
    assert_eq!(rows(directory.path()).len(), 1);
}

#[tokio::test]
async fn a_closed_ledger_costs_no_message() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = open(directory.path());
    ledger.close(PATIENCE);
    let mut ticket = yours(claim(&ledger, "ema_1", "msg_1").await);
    assert_eq!(ticket.first_seen, noon());
    begin(&mut ticket).await;
    settle(ticket, record(Settled::Accepted)).await;
}

#[cfg(unix)]
#[tokio::test]
async fn its_files_are_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let ledger = open(directory.path());
    yours(claim(&ledger, "ema_1", "msg_1").await);
    let modes: Vec<_> = fs::read_dir(directory.path())
        .unwrap()
        .map(|file| file.unwrap())
        .map(|file| (file.file_name(), file.metadata().unwrap().permissions().mode() & 0o777))
        .collect();
    assert_eq!(modes.len(), 5, "{modes:?}");
    assert!(modes.iter().all(|(_, mode)| *mode == 0o600), "{modes:?}");
}

#[tokio::test]
async fn the_log_is_read_while_the_ledger_is_open() {
    let directory = tempfile::tempdir().unwrap();
    let clock = Clock::manual(noon());
    let ledger = Ledger::open(settings(directory.path()), clock.clone()).unwrap();
    let outcomes = [Settled::Accepted, Settled::Failed, Settled::Accepted];
    for (n, settled) in outcomes.into_iter().enumerate() {
        clock.set(noon() + DAY * u32::try_from(n).unwrap());
        let details = Details { recipient: format!("{n}@recipient.example"), ..details() };
        let ids = ids(&format!("ema_{n}"), &format!("msg_{n}"));
        settle(yours(ledger.claim(ids, details, false).await), record(settled)).await;
    }
    let settings = settings(directory.path());
    let found = |filter: Filter| {
        let rows = read(&settings.path, &filter).unwrap();
        rows.into_iter().map(|row| row.message_id).collect::<Vec<_>>().join(" ")
    };
    let all = Filter { limit: 10, ..Filter::default() };
    let recipient = Some(recipient_hash(&settings, "1@recipient.example").unwrap());
    assert_eq!(found(all.clone()), "ema_2 ema_1 ema_0");
    assert_eq!(found(Filter { limit: 2, ..all.clone() }), "ema_2 ema_1");
    assert_eq!(found(Filter { recipient, ..all.clone() }), "ema_1");
    assert_eq!(found(Filter { outcome: Some("accepted".into()), ..all.clone() }), "ema_2 ema_0");
    assert_eq!(found(Filter { id: Some("ema_1".into()), ..all.clone() }), "ema_1");
    assert_eq!(found(Filter { id: Some("none".into()), ..all.clone() }), "");
    assert_eq!(found(Filter { since: Some(noon() + DAY), ..all }), "ema_2 ema_1");
}

#[tokio::test]
async fn what_is_older_than_the_retention_goes() {
    let directory = tempfile::tempdir().unwrap();
    let clock = Clock::manual(noon());
    let again = || Ledger::open(settings(directory.path()), clock.clone()).unwrap();
    let ledger = again();
    for (message, day) in [("ema_1", 0), ("ema_2", 1)] {
        clock.set(noon() + day * DAY);
        settle(yours(claim(&ledger, message, message).await), record(Settled::Accepted)).await;
    }
    for (day, left) in [(30, 2), (31, 1), (32, 0)] {
        clock
            .set(noon() + day * DAY + Duration::from_millis(u64::from(day == 30)) - Duration::from_millis(1));
        drop(again_after(&ledger, again).await);
        assert_eq!(rows(directory.path()).len(), left, "day {day}");
    }
}

/// A clock that was wrong once dates rows into the future; those that come after them still go.
#[tokio::test]
async fn rows_that_stay_hide_none_that_have_to_go() {
    let directory = tempfile::tempdir().unwrap();
    let clock = Clock::manual(noon() + 1000 * DAY);
    let again = || Ledger::open(settings(directory.path()), clock.clone()).unwrap();
    let ledger = again();
    for n in 0..300 {
        let ticket = yours(claim(&ledger, &format!("ema_{n}"), &format!("msg_{n}")).await);
        drop(settle(ticket, record(Settled::Accepted)));
    }
    clock.set(noon());
    settle(yours(claim(&ledger, "ema_x", "msg_x").await), record(Settled::Accepted)).await;
    assert_eq!(rows(directory.path()).len(), 301);
    clock.set(noon() + 31 * DAY);
    drop(again_after(&ledger, again).await);
    assert_eq!(rows(directory.path()).len(), 300);
}

/// Purging is what a ledger does first, before any command.
async fn again_after(before: &Ledger, again: impl FnOnce() -> Ledger) -> Ledger {
    before.close(PATIENCE);
    let ledger = again();
    ledger.on_connection(|_| {}).await;
    ledger
}

#[tokio::test]
async fn no_byte_tells_the_recipient() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = open(directory.path());
    let mut ticket = yours(claim(&ledger, "ema_1", "msg_1").await);
    begin(&mut ticket).await;
    let receipt = Some("queued\r\nas\u{1b}[31m \u{e9}4Xyz".to_owned() + &"x".repeat(1000));
    settle(ticket, Record { receipt, ..record(Settled::Accepted) }).await;
    let row = &rows(directory.path())[0];
    assert_eq!(row.receipt.as_deref(), Some(&*("queuedas[31m 4Xyz".to_owned() + &"x".repeat(111))));

    let digest = Sha256::digest(ADDRESS);
    let hex = <[u8; 32]>::from(digest).map(|byte| format!("{byte:02x}")).concat();
    let mut bytes = Vec::new();
    for file in ["ledger.db", "ledger.db-wal"] {
        bytes.extend(fs::read(directory.path().join(file)).unwrap());
    }
    let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    assert!(holds(b"ema_1"));
    for needle in [ADDRESS.as_bytes(), b"canary", &digest[..8], hex.as_bytes()] {
        assert!(!holds(needle));
    }
}

#[test]
fn the_key_is_the_configured_one_or_the_one_that_was_made() {
    let directory = tempfile::tempdir().unwrap();
    let made = settings(directory.path());
    assert!(recipient_hash(&made, ADDRESS).is_err(), "no key yet");
    drop(open(directory.path()));
    let first = recipient_hash(&made, ADDRESS).unwrap();
    drop(open(directory.path()));
    assert!(first == recipient_hash(&made, ADDRESS).unwrap());
    let configured = SqliteSettings { recipient_key: Some(Secret::new("key")), ..made };
    assert!(first != recipient_hash(&configured, ADDRESS).unwrap());
}
