//! `[sms.limits]`, counted over all servers.

use std::sync::Arc;
use std::time::Duration;

use clerk_courier::ledger::{Ledger, Quota, Reserve};
use tokio::time::Instant;

use super::{open, settings};
use crate::support::courier::{Courier, config};
use crate::support::postgres::Postgres;
use crate::support::scene::{sms, text, to, twilio};
use crate::support::twilio::{Act, Twilio};

const HOUR: Duration = Duration::from_hours(1);

fn quota(name: &str, max: u32) -> Quota {
    Quota { name: name.into(), max, window: HOUR }
}

/// Counts an SMS for good, and says which limits are used up.
async fn count(ledger: &Ledger, quotas: &[Quota]) -> Vec<usize> {
    match ledger.reserve(quotas).await {
        Reserve::Counted(reservation) => {
            reservation.keep();
            Vec::new()
        }
        Reserve::Over(at) => at,
        Reserve::Alone => panic!("the database does not answer"),
    }
}

/// Waits until an SMS can be counted again, since counts are given back beside the line.
async fn until_counted(ledger: &Ledger, quotas: &[Quota]) {
    let end = Instant::now() + super::PATIENCE;
    while !count(ledger, quotas).await.is_empty() {
        assert!(Instant::now() < end, "not given back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn of_sms_that_come_to_two_servers_at_once_no_more_pass_than_the_limit_allows() {
    let postgres = Postgres::start().await;
    let settings = settings(&postgres.url());
    let ledgers = [open(&settings), open(&settings)];
    let mut passed = 0;
    // Twenty at a time, which two busy cores answer within the 300 ms that each waits.
    for part in 0..6 {
        let all: Vec<_> = (20 * part..20 * (part + 1))
            .map(|n| {
                let ledger = Arc::clone(&ledgers[n % 2]);
                let quotas = [quota(&format!("number {n}"), 1), quota("total", 50)];
                tokio::spawn(async move {
                    match ledger.reserve(&quotas).await {
                        Reserve::Counted(reservation) => {
                            reservation.keep();
                            1
                        }
                        Reserve::Over(at) => {
                            assert_eq!(at, [1]);
                            0
                        }
                        Reserve::Alone => panic!("the database does not answer"),
                    }
                })
            })
            .collect();
        for one in all {
            passed += one.await.unwrap();
        }
    }
    assert_eq!(passed, 50);
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn an_sms_that_one_limit_refuses_uses_up_no_other_and_what_did_not_leave_is_given_back() {
    let postgres = Postgres::start().await;
    let settings = settings(&postgres.url());
    let (one, other) = (open(&settings), open(&settings));
    let both = [quota("number 1", 1), quota("total", 3)];
    assert!(count(&one, &both).await.is_empty());
    for _ in 0..5 {
        assert_eq!(count(&other, &both).await, [0]);
    }
    // What is refused keeps out nobody, not for a moment.
    let refused = async {
        for _ in 0..30 {
            assert_eq!(count(&other, &[quota("number 1", 1), quota("crowd", 4)]).await, [0]);
        }
    };
    let counted = async {
        for n in 0..3 {
            assert!(count(&one, &[quota(&format!("number 5{n}"), 1), quota("crowd", 4)]).await.is_empty());
        }
    };
    tokio::join!(refused, counted);
    // Dropped: no provider took them.
    for n in 0..5 {
        let quotas = [quota(&format!("number 2{n}"), 1), quota("total", 3)];
        until_counted_and_dropped(&other, &quotas).await;
    }
    for n in 0..2 {
        until_counted(&one, &[quota(&format!("number 3{n}"), 1), quota("total", 3)]).await;
    }
    assert_eq!(count(&other, &[quota("number 4", 1), quota("total", 3)]).await, [1]);
    assert_eq!(count(&other, &both).await, [0, 1]);

    let admin = postgres.connect("courier").await;
    let dump = "SELECT string_agg(c::text, ' ') FROM clerk_courier_sms c";
    let dump: String = admin.query_one(dump, &[]).await.unwrap().get(0);
    assert!(!dump.contains("number") && !dump.contains("total"), "{dump}");

    // An hour and five minutes later all of it is forgotten. In the minutes before, nothing is.
    let pass = "UPDATE clerk_courier_sms SET latest = latest - ";
    admin.batch_execute(&format!("{pass} 12")).await.unwrap();
    assert_eq!(count(&one, &both).await, [0, 1]);
    admin.batch_execute(&format!("{pass} 1")).await.unwrap();
    assert!(count(&one, &both).await.is_empty());
    assert_eq!(count(&other, &both).await, [0]);
}

async fn until_counted_and_dropped(ledger: &Ledger, quotas: &[Quota]) {
    let end = Instant::now() + super::PATIENCE;
    while !matches!(ledger.reserve(quotas).await, Reserve::Counted(_)) {
        assert!(Instant::now() < end, "not given back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Two services with one SMS provider, one database and these limits.
fn two(texts: &Twilio, url: &str, limits: &str) -> [Courier; 2] {
    let ledger = format!("[ledger]\nurl = \"{url}\"\nrecipient_key = \"key\"\n");
    let rest =
        format!("{}[sms.limits]\n{limits}\n{}{ledger}", sms(&["texts"]), twilio("texts", &texts.url()));
    [0, 1].map(|_| Courier::start(&config(&rest)))
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn two_services_count_together_and_alone_while_the_database_is_down() {
    let mut postgres = Postgres::start().await;
    let texts = Twilio::start().await;
    let couriers = two(&texts, &postgres.url(), "per_number = \"2/h\"\ntotal = \"4/h\"");
    let post =
        async |at: usize, id: &str, number: &str| couriers[at].post(&to(text(id), number)).await.line();
    let [ada, eve] = ["+447700900123", "+447700900124"];
    let (sent, refused) = ("200 accepted -", "422 rejected limit abort");
    // What no provider took counts nowhere.
    for _ in 0..3 {
        texts.next(Act::Answer(401, String::new()));
        assert_eq!(post(0, "sms_0", ada).await, "503 failed credentials");
    }
    // Their counts are given back beside the answer, so it may take a moment.
    for server in [0, 1] {
        for n in 0..200 {
            let line = post(server, &format!("sms_1{server}{n}"), ada).await;
            if line == sent {
                break;
            }
            assert!(line == refused && n < 199, "{line}");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }
    assert_eq!(post(0, "sms_3", ada).await, refused);
    assert_eq!(post(1, "sms_4", ada).await, refused);
    assert_eq!(post(1, "sms_5", eve).await, sent);

    // Each counts what it sent itself: one to Ada each, so each may send one more to her.
    postgres.stop();
    assert_eq!(post(0, "sms_6", ada).await, sent);
    assert_eq!(post(0, "sms_7", ada).await, refused);
    assert_eq!(post(1, "sms_8", ada).await, sent);
    assert_eq!(post(1, "sms_9", ada).await, refused);
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn two_services_observe_together() {
    let postgres = Postgres::start().await;
    let texts = Twilio::start().await;
    let couriers = two(&texts, &postgres.url(), "mode = \"observe\"\ntotal = \"2/h\"");
    for n in 0..6 {
        let reply = couriers[n % 2].post(&text(&format!("sms_{n}"))).await;
        assert_eq!(reply.line(), "200 accepted -");
    }
    let mut over = 0;
    for courier in &couriers {
        let metrics = courier.metrics().await;
        let counter = "clerk_courier_sms_limited_total{limit=\"total\",mode=\"observe\"} ";
        let line = metrics.lines().find_map(|line| line.strip_prefix(counter));
        over += line.map_or(0, |count| count.parse().unwrap());
    }
    assert_eq!(over, 4);
}
