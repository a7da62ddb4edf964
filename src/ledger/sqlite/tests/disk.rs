//! A disk that refuses, and one that hangs: what is answered, what is kept, and what is known.

use super::*;

#[tokio::test]
async fn a_full_disk_costs_neither_messages_nor_records() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = open(directory.path());
    // Below the size it has, SQLite takes that for the limit: SQLITE_FULL from the next new page on.
    ledger.on_connection(|connection| connection.pragma_update(None, "max_page_count", 1).unwrap()).await;
    for n in 0..200 {
        let ticket = yours(claim(&ledger, &format!("ema_{n}"), &format!("msg_{n}")).await);
        settle(ticket, record(Settled::Accepted)).await;
    }
    let State { writable, unwritten } = ledger.state();
    assert!(!writable);
    assert!((1..200).contains(&unwritten), "{unwritten}");
    for n in 0..200 {
        assert_accepted(&claim(&ledger, &format!("ema_{n}"), "msg_x").await);
        assert_accepted(&claim(&ledger, "ema_x", &format!("msg_{n}")).await);
    }
    assert_eq!(rows(directory.path()).len(), 200 - unwritten);

    ledger
        .on_connection(|connection| connection.pragma_update(None, "max_page_count", 1 << 20).unwrap())
        .await;
    until(&ledger, State { writable: true, unwritten: 0 }).await;
    assert_eq!(rows(directory.path()).len(), 200);
}

#[tokio::test]
async fn what_is_unwritten_is_written_when_closing() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = open(directory.path());
    ledger.on_connection(|connection| connection.pragma_update(None, "query_only", true).unwrap()).await;
    let mut ticket = yours(claim(&ledger, "ema_1", "msg_1").await);
    begin(&mut ticket).await;
    settle(ticket, record(Settled::Failed)).await;
    yours(claim_unless_in_doubt(&ledger, "ema_1", "msg_1").await);
    ledger.close(PATIENCE);
    assert_eq!(rows(directory.path())[0].outcome, "failed");
}

#[tokio::test]
async fn a_database_that_breaks_is_opened_again() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = open(directory.path());
    ledger.on_connection(|connection| connection.execute_batch("DROP TABLE message").unwrap()).await;
    let ticket = yours(claim(&ledger, "ema_1", "msg_1").await);
    settle(ticket, record(Settled::Accepted)).await;
    assert_accepted(&claim(&ledger, "ema_1", "msg_1").await);
    until(&ledger, State { writable: true, unwritten: 0 }).await;
    assert_eq!(rows(directory.path()).len(), 1);
}

/// Whatever is recorded after an acceptance, in memory, in what is unwritten and in the database.
#[tokio::test]
async fn nothing_that_comes_later_hides_an_acceptance() {
    for settled in [Settled::Failed, Settled::Rejected, Settled::Expired, Settled::InDoubt] {
        let directory = tempfile::tempdir().unwrap();
        let ledger = open(directory.path());
        for fault in [false, true] {
            ledger
                .on_connection(move |connection| connection.pragma_update(None, "query_only", fault).unwrap())
                .await;
            let (message, svix) = (format!("ema_{fault}"), format!("msg_{fault}"));
            let first = yours(claim(&ledger, &message, &svix).await);
            let late = first.late().unwrap();
            settle(first, record(Settled::Failed)).await;
            let second = yours(claim(&ledger, &message, &svix).await);
            late.accepted("main", Some("4Xyz".into()));
            settle(second, record(settled)).await;
            assert_accepted(&claim(&ledger, &message, "msg_9").await);
            assert_accepted(&claim_unless_in_doubt(&ledger, "ema_9", &svix).await);
        }
        ledger.close(PATIENCE);
        let outcomes: Vec<_> = rows(directory.path()).into_iter().map(|row| row.outcome).collect();
        assert_eq!(outcomes, ["accepted", "accepted"]);
        assert_accepted(&claim(&open(directory.path()), "ema_true", "msg_9").await);
    }
}

/// A provider's answer after the deadline, told from a task of its own.
#[tokio::test]
async fn an_acceptance_that_comes_late_is_known_at_once_and_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = open(directory.path());
    let ticket = yours(claim(&ledger, "ema_1", "msg_1").await);
    let late = ticket.late().unwrap();
    settle(ticket, record(Settled::Failed)).await;
    let stall = stall_writer(&ledger);
    tokio::spawn(async move { late.accepted("main", Some("4Xyz".into())) }).await.unwrap();
    assert_accepted(&claim(&ledger, "ema_1", "msg_2").await);
    drop(stall);
    ledger.close(PATIENCE);
    assert_eq!(rows(directory.path())[0].attempts, 2);
    assert_accepted(&claim(&open(directory.path()), "ema_1", "msg_2").await);
}

/// Somebody else keeps the database to himself: that passes.
#[tokio::test]
async fn a_database_that_is_locked_at_the_start_is_tried_again() {
    let directory = tempfile::tempdir().unwrap();
    let before = open(directory.path());
    settle(yours(claim(&before, "ema_0", "msg_0").await), record(Settled::Accepted)).await;
    drop(before);
    let other = Connection::open(settings(directory.path()).path).unwrap();
    other.execute_batch("PRAGMA locking_mode = exclusive; BEGIN EXCLUSIVE").unwrap();

    let ledger = open(directory.path());
    assert_eq!(ledger.state(), State { writable: false, unwritten: 0 });
    assert!(matches!(claim_unless_in_doubt(&ledger, "ema_0", "msg_0").await, Claim::Unknown));
    let ticket = yours(claim(&ledger, "ema_1", "msg_1").await);
    assert!(!settle(ticket, record(Settled::Accepted)).await);
    assert_accepted(&claim_unless_in_doubt(&ledger, "ema_1", "msg_1").await);
    drop(other);
    until(&ledger, State { writable: true, unwritten: 0 }).await;
    assert_accepted(&claim_unless_in_doubt(&ledger, "ema_0", "msg_0").await);
    assert_eq!(rows(directory.path()).len(), 2);
}

/// The opening failed, not a write, and no message comes that could show that the disk is well again.
#[tokio::test]
async fn the_gauge_recovers_without_a_message() {
    let directory = tempfile::tempdir().unwrap();
    drop(open(directory.path()));
    let other = Connection::open(settings(directory.path()).path).unwrap();
    other.execute_batch("PRAGMA locking_mode = exclusive; BEGIN EXCLUSIVE").unwrap();
    let ledger = open(directory.path());
    assert!(!ledger.state().writable);
    drop(other);
    until(&ledger, State { writable: true, unwritten: 0 }).await;
}

/// The writer's thread hangs in a write until the returned sender is dropped.
fn stall_writer(ledger: &Ledger) -> Sender<()> {
    let (stall, until) = mpsc::channel();
    let injected = Injected(Box::new(move |_| while until.recv().is_ok() {}));
    ledger.recorder.queue.send(Command::Inject(injected));
    stall
}

/// The same for the reader's.
fn stall_reader(ledger: &Ledger) -> Sender<()> {
    let (stall, until) = mpsc::channel();
    ledger.reader.send(Question::Stall(until)).unwrap();
    stall
}

#[tokio::test]
async fn what_this_process_accepted_is_known_though_the_disk_hangs() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = open(directory.path());
    let ticket = yours(claim(&ledger, "ema_1", "msg_1").await);
    let stalls = (stall_writer(&ledger), stall_reader(&ledger));
    drop(settle(ticket, record(Settled::Accepted)));
    for _ in 0..3 {
        assert_accepted(&claim(&ledger, "ema_1", "msg_1").await);
        assert_accepted(&claim_unless_in_doubt(&ledger, "ema_1", "msg_2").await);
        assert_accepted(&claim(&ledger, "ema_2", "msg_1").await);
    }
    assert_eq!(ledger.state().unwritten, 1);
    drop(stalls);
    ledger.close(PATIENCE);
    assert_eq!(rows(directory.path()).len(), 1);
}

#[tokio::test]
async fn what_only_the_disk_could_say_is_unknown_while_it_hangs() {
    let directory = tempfile::tempdir().unwrap();
    // An empty database would have nothing to say.
    let ledger = open(directory.path());
    settle(yours(claim(&ledger, "ema_0", "msg_0").await), record(Settled::Failed)).await;
    let ledger = again_after(&ledger, || open(directory.path())).await;
    let stall = stall_reader(&ledger);
    assert!(matches!(claim_unless_in_doubt(&ledger, "ema_1", "msg_1").await, Claim::Unknown));
    let ticket = yours(claim(&ledger, "ema_1", "msg_1").await);
    drop(settle(ticket, record(Settled::Failed)));
    assert!(
        matches!(claim_unless_in_doubt(&ledger, "ema_1", "msg_1").await, Claim::Unknown),
        "a failure that followed an unanswered question says nothing about what was before"
    );
    drop(stall);
    yours(claim_unless_in_doubt(&ledger, "ema_1", "msg_1").await);
}

/// A message that was born after all that the database holds is not looked up. One that comes back after a restart is.
#[tokio::test]
async fn only_what_the_database_may_hold_is_looked_up() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = open(directory.path());
    settle(yours(claim(&ledger, "ema_0", "msg_0").await), record(Settled::Accepted)).await;
    let ledger = again_after(&ledger, || open(directory.path())).await;
    let claim = |message: &'static str, minutes: u64| {
        let details = Details { born: Some(noon() + Duration::from_mins(minutes)), ..details() };
        ledger.claim(ids(message, &format!("msg of {message}")), details, true)
    };
    assert_accepted(&claim("ema_0", 9).await);
    let stall = stall_reader(&ledger);
    assert!(matches!(claim("ema_1", 10).await, Claim::Unknown), "clocks may differ by this much");
    settle(yours(claim("ema_2", 11).await), record(Settled::Failed)).await;
    yours(claim("ema_2", 11).await);
    drop(stall);
}

/// The row says `begun` and memory knows better; nothing is read in vain, and nothing is in doubt.
#[tokio::test]
async fn a_row_that_is_out_of_date_is_not_believed() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = open(directory.path());
    let mut ticket = yours(claim_unless_in_doubt(&ledger, "ema_1", "msg_1").await);
    assert!(begin(&mut ticket).await);
    let stall = stall_writer(&ledger);
    drop(settle(ticket, record(Settled::Failed)));
    assert_eq!(rows(directory.path())[0].outcome, "begun");
    for svix in ["msg_1", "msg_2"] {
        drop(yours(claim_unless_in_doubt(&ledger, "ema_1", svix).await));
    }
    drop(stall);
}

#[tokio::test]
async fn begin_says_whether_its_row_is_on_disk() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = open(directory.path());
    let mut ticket = yours(claim_unless_in_doubt(&ledger, "ema_1", "msg_1").await);
    assert!(begin(&mut ticket).await);
    drop(ticket);
    assert!(matches!(claim_unless_in_doubt(&ledger, "ema_1", "msg_1").await, Claim::InDoubt), "a panic");

    ledger.on_connection(|connection| connection.pragma_update(None, "query_only", true).unwrap()).await;
    let mut ticket = yours(claim_unless_in_doubt(&ledger, "ema_2", "msg_2").await);
    assert!(!begin(&mut ticket).await);
    settle(ticket, record(Settled::Failed)).await;
    yours(claim_unless_in_doubt(&ledger, "ema_2", "msg_2").await);
}

#[tokio::test]
async fn closing_does_not_wait_for_a_disk_that_hangs() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = open(directory.path());
    let stalls = (stall_writer(&ledger), stall_reader(&ledger));
    ledger.close(Duration::from_millis(1));
    drop(stalls);
}
