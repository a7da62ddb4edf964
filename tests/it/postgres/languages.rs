//! Users' languages in a database that servers share.

use clerk_courier::clock::Clock;
use clerk_courier::ledger::{Extent, Known, Ledger, Place, Told, copy};

use super::{open, settings};
use crate::support::postgres::Postgres;

fn told(ledger: &Ledger, user: &str, tag: Option<&str>, at: u64) -> Told {
    Told { user: ledger.user("ins_1", user).unwrap(), tag: tag.map(str::to_owned), at }
}

/// A look takes 50 ms at most, which a busy machine may need more than once.
async fn tag(ledger: &Ledger, user: &str) -> Option<String> {
    for _ in 0..40 {
        match ledger.told(ledger.user("ins_1", user).unwrap()).await {
            Known::Told(told) => return told.tag,
            Known::Nothing => return Some("nothing".to_owned()),
            Known::Unreadable => {}
        }
    }
    Some("unreadable".to_owned())
}

/// Copies on a thread of its own, as the program does, since it has a runtime of its own.
async fn copied(from: &Place, to: &Place) -> u64 {
    let (from, to, now) = (from.clone(), to.clone(), Clock::System.now());
    let copying = move || copy(&from, &to, Extent::default(), now, &mut |_| {});
    tokio::task::spawn_blocking(copying).await.unwrap().unwrap().languages
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn what_one_server_hears_all_know_and_a_copy_takes_it_along() {
    let postgres = Postgres::start().await;
    let ours = settings(&postgres.url());
    let (one, two) = (open(&ours), open(&ours));
    assert_eq!(tag(&two, "user_1").await.as_deref(), Some("nothing"));
    assert!(one.tell(told(&one, "user_1", Some("de"), 20)).await);
    assert!(two.tell(told(&two, "user_1", Some("fr"), 10)).await);
    assert_eq!(tag(&two, "user_1").await.as_deref(), Some("de"));
    assert!(two.tell(told(&two, "user_1", Some("es"), 30)).await);
    assert_eq!(tag(&one, "user_1").await.as_deref(), Some("es"));
    assert!(one.tell(told(&one, "user_2", None, 30)).await);
    assert_eq!(tag(&two, "user_2").await, None);

    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("copy.db");
    let database = Place::parse(&postgres.url(), "".as_ref()).unwrap();
    let file = Place::parse(file.to_str().unwrap(), "".as_ref()).unwrap();
    assert_eq!(copied(&database, &file).await, 2);
    assert!(one.tell(told(&one, "user_1", Some("it"), 25)).await);
    assert_eq!(copied(&file, &database).await, 2);
    assert_eq!(tag(&one, "user_1").await.as_deref(), Some("es"));
}
