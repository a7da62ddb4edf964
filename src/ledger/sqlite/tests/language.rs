//! What Clerk said of users' languages.

use proptest::prelude::*;

use super::super::language;
use super::*;
use crate::ledger::recipient::RecipientKey;
use crate::ledger::told::Known;

fn told(ledger: &Ledger, user: &str, tag: Option<&str>, at: u64) -> Told {
    Told { user: ledger.user("ins_1", user).unwrap(), tag: tag.map(str::to_owned), at }
}

#[tokio::test]
async fn the_later_word_stays_over_a_restart_and_names_nobody() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = open(directory.path());
    let user = ledger.user("ins_1", "user_canary").unwrap();
    assert_eq!(ledger.told(user).await, Known::Nothing);
    for (tag, at) in [(Some("de"), 20), (Some("fr"), 10), (Some("de"), 20)] {
        assert!(ledger.tell(told(&ledger, "user_canary", tag, at)).on_disk().await);
        assert!(
            matches!(ledger.told(user).await, Known::Told(Told { tag: Some(tag), at: 20, .. }) if tag == "de")
        );
    }
    assert_ne!(ledger.user("ins_2", "user_canary").unwrap(), user);
    drop(ledger);
    let ledger = open(directory.path());
    assert!(matches!(ledger.told(user).await, Known::Told(Told { tag: Some(tag), .. }) if tag == "de"));
    assert!(ledger.tell(told(&ledger, "user_canary", None, 30)).on_disk().await);
    assert!(ledger.tell(told(&ledger, "user_canary", Some("fr"), 25)).on_disk().await);
    assert!(matches!(ledger.told(user).await, Known::Told(Told { tag: None, at: 30, .. })));
    drop(ledger);
    for entry in fs::read_dir(directory.path()).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(6).any(|part| part == b"canary"));
    }
}

#[tokio::test]
async fn a_file_of_an_earlier_version_gets_the_table_and_a_deleted_user_leaves_it_in_time() {
    let directory = tempfile::tempdir().unwrap();
    drop(open(directory.path()));
    let connection = Connection::open(directory.path().join("ledger.db")).unwrap();
    connection.execute_batch("DROP TABLE language").unwrap();
    drop(connection);
    let ledger = open(directory.path());
    let old = millis(noon() - 31 * DAY);
    let recent = millis(noon() - 29 * DAY);
    for (user, tag, at) in
        [("a", Some("de"), old), ("b", None, old), ("c", None, recent), ("d", Some("fr"), recent)]
    {
        assert!(ledger.tell(told(&ledger, user, tag, at)).on_disk().await);
    }
    drop(ledger);
    // The purge is the first thing that the thread does.
    let ledger = open(directory.path());
    let mut left = Vec::new();
    for user in ["a", "b", "c", "d"] {
        // Behind the purge in the thread's queue.
        assert!(ledger.tell(told(&ledger, "other", Some("en"), 1)).on_disk().await);
        left.push(ledger.told(ledger.user("ins_1", user).unwrap()).await != Known::Nothing);
    }
    assert_eq!(left, [true, false, true, true]);
}

#[tokio::test]
async fn a_disk_that_refuses_or_hangs_holds_nobody_up() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = open(directory.path());
    assert!(ledger.tell(told(&ledger, "user_1", Some("de"), 1)).on_disk().await);
    ledger.refuse();
    assert!(!ledger.tell(told(&ledger, "user_2", Some("fr"), 1)).on_disk().await);
    let hang = ledger.hang();
    let began = Instant::now();
    assert_eq!(ledger.told(ledger.user("ins_1", "user_1").unwrap()).await, Known::Unreadable);
    assert!(began.elapsed() < Duration::from_millis(400), "{:?}", began.elapsed());
    drop(hang);
    // What waited is written once the disk takes it.
    let user = ledger.user("ins_1", "user_2").unwrap();
    timeout(PATIENCE, async {
        while !matches!(ledger.told(user).await, Known::Told(_)) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// In any order, and however often: what was said last, by its own time, is known.
    #[test]
    fn any_order_comes_to_the_same(events in prop::collection::vec((0..4_u8, 0..50_u64), 1..40)) {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(super::super::store::LANGUAGES).unwrap();
        let key = RecipientKey::configured(&Secret::new("key")).unwrap();
        let user = |number: u8| key.user("ins_1", &number.to_string());
        // The language follows from the time, so that two events of the same time say the same.
        let tag = |at: u64| (!at.is_multiple_of(7)).then(|| format!("l{at}"));
        for (number, at) in &events {
            let told = Told { user: user(*number), tag: tag(*at), at: *at };
            language::tell(&connection, [&told]).unwrap();
        }
        for number in 0..4 {
            let last = events.iter().filter(|(of, _)| *of == number).map(|(_, at)| *at).max();
            let wanted = last.map(|at| Told { user: user(number), tag: tag(at), at });
            prop_assert_eq!(language::find(&connection, user(number)).unwrap(), wanted);
        }
    }
}
