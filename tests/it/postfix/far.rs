//! The same mail server 25 ms away, with many mails at once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::task::JoinSet;

use super::{Postfix, RECIPIENT};
use crate::support::certificate::Authority;
use crate::support::courier::{Courier, config, fixture};
use crate::support::distance::Distance;

const ROUND_TRIP: Duration = Duration::from_millis(25);
/// How many mails are brought at once.
const MAILS: usize = 2_000;
/// One of so many mails is for a recipient who does not exist.
const ONE_IN: usize = 9;
/// After so many answers a session is cut.
const CUTS: [usize; 2] = [300, 1_100];
/// How many messages may be on a session at a time.
const DEEPEST: usize = 8;
/// How many replies may come after their attempt's time, where the machine is busy.
const LATE: usize = 20;

fn is_refused(number: usize) -> bool {
    number % ONE_IN == 4
}

fn event(number: usize) -> Value {
    let mut event = fixture("email.created.verification_code", &format!("ema_{number}"));
    // An address for each, since a newer code for the same one would supersede it.
    let (known, domain) = RECIPIENT.split_once('@').unwrap();
    let local = if is_refused(number) { "nobody" } else { known };
    event["data"]["to_email_address"] = format!("{local}+{number}@{domain}").into();
    event
}

/// Posts an event until its answer is final, as Svix does, but for one in doubt. Gives the line of the answer.
async fn bring(courier: Arc<Courier>, number: usize, answered: Arc<AtomicUsize>) -> (usize, String) {
    loop {
        let line = courier.post_later(&event(number)).await.unwrap().line();
        answered.fetch_add(1, Ordering::Relaxed);
        if !line.starts_with("503") || line == "503 failed unknown" {
            return (number, line);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// How often each mail is in the mailbox, once nothing more will come.
async fn copies(postfix: &Postfix) -> BTreeMap<usize, usize> {
    let mut copies = BTreeMap::new();
    for mail in postfix.settled_mailbox().await {
        let id = super::check(&mail);
        let number = id.strip_prefix("<ema_").and_then(|rest| rest.split('@').next()).unwrap();
        *copies.entry(number.parse().unwrap()).or_default() += 1;
    }
    copies
}

/// Gives how long it took, and what came of it, in words.
async fn many_at_once(chunking: bool) -> String {
    let authority = Authority::new();
    let postfix = Postfix::start(&authority).await;
    let distance = Arc::new(Distance::to(postfix.port, ROUND_TRIP).await);
    let trusted = authority.file();
    let courier = Arc::new(Courier::start(&config(&format!(
        "#server\nmax_in_flight = 4000\n#rest\n[email]\nfrom = \"Acme <login@acme.example>\"\nproviders = [\"main\"]\n\
         [providers.main]\ntype = \"smtp\"\nurl = \"smtp://localhost:{}?tls=required\"\nca_file = \"{}\"\n\
         connections = 16\nchunking = {chunking}\n",
        distance.port,
        trusted.path().display()
    ))));
    let started = Instant::now();
    let answered = Arc::new(AtomicUsize::new(0));
    let mut bringing = JoinSet::new();
    for number in 0..MAILS {
        bringing.spawn(bring(Arc::clone(&courier), number, Arc::clone(&answered)));
    }
    for cut in CUTS {
        while answered.load(Ordering::Relaxed) < cut {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        distance.cut_one();
    }
    let mut doubtful = Vec::new();
    for (number, line) in bringing.join_all().await {
        match line.as_str() {
            "503 failed unknown" => doubtful.push(number),
            "200 accepted -" => assert!(!is_refused(number)),
            "422 rejected recipient abort" => assert!(is_refused(number)),
            other => panic!("{number}: {other}\n{}", postfix.log()),
        }
    }
    let took = started.elapsed();
    let figures = format!(
        "chunking = {chunking}: {MAILS} mails in {took:?}, {} answers, {} in doubt, {} sessions",
        answered.load(Ordering::Relaxed),
        doubtful.len(),
        distance.connections()
    );
    assert!(took < Duration::from_secs(40), "{took:?}");
    // A cut leaves what was on its session; a machine that is busy with other tests may let a few replies come too late.
    assert!(doubtful.len() <= CUTS.len() * DEEPEST + LATE, "{doubtful:?}");

    // Each arrived once, and one in doubt once or not at all. One that did not is brought again, as Svix would bring all
    // of them: that is all a caller can do who can't look into the mailbox.
    let refused = (0..MAILS).filter(|number| is_refused(*number)).count();
    let sure = MAILS - refused - doubtful.iter().filter(|number| !is_refused(**number)).count();
    postfix.mailbox(sure).await;
    let arrived = copies(&postfix).await;
    for number in &doubtful {
        if !arrived.contains_key(number) {
            let again = bring(Arc::clone(&courier), *number, Arc::default()).await;
            assert!(["200 accepted -", "422 rejected recipient abort"].contains(&&*again.1), "{again:?}");
        }
    }
    postfix.mailbox(MAILS - refused).await;
    let wanted = (0..MAILS).filter(|number| !is_refused(*number)).map(|number| (number, 1)).collect();
    assert_eq!(copies(&postfix).await, wanted, "each once");
    for fault in ["improper command pipelining", "too many errors", "TLS library problem"] {
        assert!(!postfix.log().contains(fault), "{}", postfix.log());
    }
    figures
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postfix"]
async fn two_thousand_mails_at_once_arrive_once_each_though_sessions_are_cut_with_chunking() {
    println!("{}", many_at_once(true).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postfix"]
async fn two_thousand_mails_at_once_arrive_once_each_though_sessions_are_cut_with_pipelining_alone() {
    println!("{}", many_at_once(false).await);
}
