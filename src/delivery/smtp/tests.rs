//! Many messages at once over few sessions, to a server that ends them at any byte: who was taken, refused, in doubt or
//! sent again is compared with what the server knows.

mod server;

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::{Envelope, Mail, Relay, Settings, Tls};
use crate::delivery::attempt::{Budget, Late};
use crate::delivery::fault::{FaultKind, Verdict};
use server::{Ending, How, Server};

/// Long enough for whatever the server does but silence.
const PATIENT: Duration = Duration::from_secs(10);

#[derive(Debug, Clone)]
struct Script {
    pipelining: bool,
    chunking: bool,
    stop: bool,
    connections: usize,
    /// How many bytes the network holds in each direction.
    buffer: usize,
    /// How long each answer takes.
    delay: u64,
    /// How the connections end, in the order in which they are opened; those after the last one don't.
    endings: Vec<Option<Ending>>,
    /// Milliseconds before each wave of messages, and what the server does with each message.
    waves: Vec<(u64, Vec<&'static str>)>,
}

/// What the server does with a message: its recipient says so.
const FATES: &[&str] = &["fine", "fine", "fine", "fine", "rcpt", "body", "later"];

fn script() -> impl Strategy<Value = Script> {
    let how = prop_oneof![3 => Just(How::Close), 1 => Just(How::Farewell), 1 => Just(How::Silence)];
    let ending = (0..3_000usize, how, any::<bool>()).prop_map(|(at, how, takes)| Ending { at, how, takes });
    let endings = prop::collection::vec(prop::option::weighted(0.7, ending), 0..5);
    let wave = prop::collection::vec(prop::sample::select(FATES), 1..14);
    let waves = prop::collection::vec((prop::sample::select(&[0u64, 5, 200, 3_000][..]), wave), 1..4);
    let switches = (any::<bool>(), any::<bool>(), any::<bool>());
    let buffer = prop::sample::select(&[64usize, 300, 1_000, 64 * 1024][..]);
    (switches, 1..4usize, buffer, prop::sample::select(&[0u64, 1, 25][..]), endings, waves).prop_map(
        |((pipelining, chunking, stop), connections, buffer, delay, endings, waves)| Script {
            pipelining,
            chunking,
            stop,
            connections,
            buffer,
            delay,
            endings,
            waves,
        },
    )
}

fn settings(connections: usize) -> Settings {
    Settings {
        host: "mail.example".to_owned(),
        port: 25,
        tls: Tls::None,
        credentials: None,
        helo: "client.example".to_owned(),
        ca_file: None,
        connections,
        chunking: true,
        attempt_timeout: PATIENT,
    }
}

fn client(script: &Script, server: &Server) -> Relay {
    Relay::over(settings(script.connections), server.dial(), script.buffer).unwrap()
}

/// Hands over a message whose first line names it.
async fn deliver(
    relay: Relay,
    number: usize,
    fate: &'static str,
    stop: bool,
) -> (usize, &'static str, Verdict) {
    deliver_to(relay, number, fate, stop, &Late::unheard()).await
}

/// The same, where a late answer goes to `late`.
async fn deliver_to(
    relay: Relay,
    number: usize,
    fate: &'static str,
    stop: bool,
    late: &Late,
) -> (usize, &'static str, Verdict) {
    let (from, to) = ("bounces@acme.example".parse().unwrap(), format!("{fate}-{number}@mail.example"));
    let to = to.parse().unwrap();
    let envelope = Envelope { from: &from, to: &to, smtputf8: false };
    // Lengths differ, so that the ends fall on many places.
    let text = format!("Id: {number}\r\n\r\n{}\r\n.dot\r\n", "x".repeat(number * 37 % 200));
    let mail = Mail { envelope, message: Arc::new(text.into_bytes()), without_smtputf8: None };
    let budget = Budget {
        attempt: PATIENT.saturating_sub(Duration::from_secs(1)),
        total: PATIENT,
        stop_on_doubt: stop,
    };
    (number, fate, relay.deliver(mail, budget, late).await)
}

/// Several messages at once: number, fate and verdict of each.
async fn deliver_all(
    relay: &Relay,
    numbers: std::ops::Range<usize>,
    fate: impl Fn(usize) -> &'static str,
) -> Vec<(usize, &'static str, Verdict)> {
    let send = |number| deliver(relay.clone(), number, fate(number), false);
    numbers.map(send).collect::<JoinSet<_>>().join_all().await
}

async fn run(script: Script) -> Result<(), TestCaseError> {
    let server =
        Server::new(script.pipelining, script.chunking, Duration::from_millis(script.delay), &script.endings);
    let relay = client(&script, &server);
    let mut sending = JoinSet::new();
    let mut number = 0;
    for (pause, wave) in &script.waves {
        sleep(Duration::from_millis(*pause)).await;
        for fate in wave {
            sending.spawn(deliver(relay.clone(), number, fate, script.stop));
            number += 1;
        }
    }
    let verdicts = sending.join_all().await;
    let seen = server.seen();
    let is_silent = script.endings.iter().flatten().any(|ending| ending.how == How::Silence);
    let mut deferred = 0;
    for (number, fate, verdict) in &verdicts {
        let (answered, unanswered) = (seen.answered(*number), seen.unanswered(*number));
        let case = format!("{number} {fate}: {verdict:?}, answered {answered:?}, unanswered {unanswered}");
        prop_assert!(seen.taken(*number) <= 1, "taken twice: {case}");
        prop_assert!(unanswered + answered.len() <= 1, "sent twice: {case}");
        match verdict {
            Verdict::Accepted { .. } => prop_assert!(answered == ["250"] && *fate == "fine", "{case}"),
            Verdict::InDoubt(_) => prop_assert!(unanswered == 1 && answered.is_empty(), "{case}"),
            Verdict::Rejected(_) => prop_assert!(*fate == "rcpt", "{case}"),
            Verdict::Refused(_) => prop_assert!(*fate == "body" && answered == ["554"], "{case}"),
            Verdict::Deferred(fault) => {
                prop_assert_eq!(unanswered, 0, "{}", &case);
                if *fate == "later" && answered == ["451"] {
                    continue;
                }
                prop_assert!(answered.is_empty(), "{case}");
                let is_named = matches!(fault.kind, FaultKind::Unavailable | FaultKind::Throttled);
                prop_assert!(is_silent || is_named, "{case}");
                deferred += 1;
            }
        }
    }
    // A message is given up only with a session that failed before anything had gone through it.
    prop_assert!(
        is_silent || deferred <= seen.fresh_failures(),
        "{deferred} were given up: {verdicts:?} {seen:?}"
    );
    Ok(())
}

fn paused() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    /// Each is taken once at most; in doubt is exactly who was sent to the last byte and got no answer; a refused one
    /// harms no other; whoever was not sent goes out over another session.
    #[test]
    fn whatever_ends_a_session_full_of_messages(script in script()) {
        paused().block_on(run(script))?;
    }
}

/// How many round trips of 25 ms `count` messages take over one session that has carried one before.
async fn trips(pipelining: bool, chunking: bool, stop: bool, count: usize) -> u128 {
    let delay = Duration::from_millis(25);
    let server = Server::new(pipelining, chunking, delay, &[]);
    let relay = Relay::over(settings(1), server.dial(), 64 * 1024).unwrap();
    // Two at a time, so that the server has shown that it answers one behind another.
    let mut warm = JoinSet::new();
    for number in 0..4 {
        warm.spawn(deliver(relay.clone(), number, "fine", stop));
    }
    warm.join_all().await;
    let started = Instant::now();
    let mut sending = JoinSet::new();
    for number in 4..4 + count {
        sending.spawn(deliver(relay.clone(), number, if number % 5 == 0 { "rcpt" } else { "fine" }, stop));
    }
    for (_, fate, verdict) in sending.join_all().await {
        assert_eq!(matches!(verdict, Verdict::Accepted { .. }), fate == "fine", "{fate}: {verdict:?}");
    }
    started.elapsed().as_millis() / delay.as_millis()
}

#[tokio::test(start_paused = true)]
async fn queued_messages_take_one_round_trip_each_or_eight_take_one() {
    assert_eq!(
        trips(false, false, false, 8).await,
        32 - 2,
        "a refused recipient spares DATA, and costs RSET"
    );
    assert_eq!(trips(true, false, false, 1).await, 2);
    assert_eq!(trips(true, false, false, 8).await, 8 + 1);
    assert_eq!(trips(true, true, false, 1).await, 1);
    assert_eq!(trips(true, true, false, 8).await, 1);
    assert_eq!(trips(true, true, false, 24).await, 3);
    assert_eq!(trips(true, true, true, 8).await, 8 + 1, "under stop the envelope always goes first");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_forgets_what_comes_early_gets_one_at_a_time() {
    for chunking in [false, true] {
        let mut server = Server::new(true, chunking, Duration::from_millis(25), &[]);
        server.is_forgetful = true;
        let relay = Relay::over(settings(1), server.dial(), 64 * 1024).unwrap();
        for silence in [1_500, 0] {
            let started = Instant::now();
            for (number, _, verdict) in deliver_all(&relay, 0..8, |_| "fine").await {
                assert!(matches!(verdict, Verdict::Accepted { .. }), "{number}: {verdict:?}");
            }
            let took = started.elapsed().as_millis();
            assert!((silence..silence + 600).contains(&took), "{took} ms");
        }
    }
}

/// 421 says that the server takes nothing more of what was sent; a later reply says that it does.
#[tokio::test(start_paused = true)]
async fn a_server_that_goes_on_after_421_gets_nothing_twice() {
    for at in 0..600 {
        let ending = Ending { at, how: How::Silence, takes: true };
        let mut server = Server::new(true, true, Duration::from_millis(1), &[Some(ending)]);
        server.stays_after_421 = true;
        let relay = Relay::over(settings(1), server.dial(), 64 * 1024).unwrap();
        for (number, _, verdict) in deliver_all(&relay, 0..4, |_| "fine").await {
            let taken = server.seen().taken(number);
            assert!(taken <= 1, "{number} was taken {taken} times, silent after {at} bytes: {verdict:?}");
        }
    }
}

/// A server that was gone for a while and is back: sessions on which a late reply is listened for hold nobody up, and are no
/// more than configured.
#[tokio::test(start_paused = true)]
async fn who_listens_for_a_late_reply_holds_nobody_up() {
    let silent = Some(Ending { at: 95, how: How::Silence, takes: false });
    let server = Server::new(true, true, Duration::from_millis(1), &[silent; 6]);
    let relay = Relay::over(settings(2), server.dial(), 64 * 1024).unwrap();
    let (heard, _listens) = tokio::sync::mpsc::unbounded_channel();
    let late = Late::new(&Arc::from("main"), &heard);
    for round in 0..4 {
        let both = [0, 1].map(|it| deliver_to(relay.clone(), 2 * round + it, "fine", false, &late));
        let [one, other] = both;
        for (number, _, verdict) in <[_; 2]>::from(tokio::join!(one, other)) {
            let is_taken = matches!(verdict, Verdict::Accepted { .. });
            assert_eq!(is_taken, round == 3, "{number}: {verdict:?}");
            assert!(is_taken || matches!(verdict, Verdict::InDoubt(_)), "{number}: {verdict:?}");
        }
        assert_eq!(relay.open_sessions(), if round == 3 { 4 } else { 2 }, "{round}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_talks_on_after_421_gets_nothing_twice() {
    let mut server = Server::new(true, true, Duration::from_millis(1), &[]);
    (server.stays_after_421, server.mumbles) = (true, true);
    let relay = Relay::over(settings(1), server.dial(), 64 * 1024).unwrap();
    for (number, _, verdict) in deliver_all(&relay, 0..12, |_| "fine").await {
        let taken = server.seen().taken(number);
        assert!(taken <= 1, "{number} was taken {taken} times: {verdict:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_lists_pipelining_and_refuses_it_gets_one_command_at_a_time() {
    for chunking in [false, true] {
        let mut server = Server::new(true, chunking, Duration::from_millis(1), &[]);
        server.refuses_pipelining = true;
        let relay = Relay::over(settings(2), server.dial(), 64 * 1024).unwrap();
        let started = Instant::now();
        for (number, _, verdict) in deliver_all(&relay, 0..8, |_| "fine").await {
            assert!(matches!(verdict, Verdict::Accepted { .. }), "{number}: {verdict:?}");
        }
        assert!(started.elapsed() < Duration::from_millis(200), "{:?}", started.elapsed());
    }
}

/// A surplus reply could be taken for the reply to the next message.
#[tokio::test(start_paused = true)]
async fn a_server_that_answers_too_much_gets_one_message_at_a_time_from_then_on() {
    for chunking in [false, true] {
        let mut server = Server::new(true, chunking, Duration::from_millis(1), &[]);
        server.answers_twice = true;
        let relay = Relay::over(settings(1), server.dial(), 64 * 1024).unwrap();
        deliver(relay.clone(), 0, "fine", false).await;
        let fate = |number: usize| if number.is_multiple_of(2) { "rcpt" } else { "body" };
        for (number, fate, verdict) in deliver_all(&relay, 1..9, fate).await {
            let is_right = match fate {
                "rcpt" => matches!(verdict, Verdict::Rejected(_)),
                _ => matches!(verdict, Verdict::Refused(_)),
            };
            assert!(is_right, "{number} {fate}: {verdict:?}");
        }
    }
}
