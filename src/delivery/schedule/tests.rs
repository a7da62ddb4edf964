use std::sync::Arc;

use super::*;
use crate::clock::Clock;
use crate::delivery::Transport;
use crate::delivery::breaker::{Breaker, Pauses};
use crate::delivery::outbox::Outbox;
use crate::message::{Phone, Sms};

const SECOND: Duration = Duration::from_secs(1);

fn provider(name: &str, dir: &std::path::Path) -> Provider {
    Provider {
        name: name.into(),
        transport: Transport::Outbox(Outbox::open(dir, Clock::System).unwrap()),
        attempt_timeout: 5 * SECOND,
        breaker: Arc::new(Breaker::new(Pauses { after: 1, ..Pauses::default() }, 1)),
        evidence: Arc::default(),
    }
}

fn message() -> Message {
    Message::Sms(Sms {
        id: "sms_1".into(),
        from: None,
        to: Phone::parse("+447900000012").unwrap(),
        text: "hello".into(),
        valid_for: None,
        provider_settings: Vec::new(),
    })
}

fn fail(provider: &Provider, at: Instant) {
    let _ = provider.breaker.ask_anyway("", at).report(&timed_out(), at);
}

fn timed_out() -> Verdict {
    Verdict::Deferred(Fault::new(Stage::Connect, FaultKind::Timeout, "timed out"))
}

fn account() -> Verdict {
    Verdict::Deferred(Fault::new(Stage::Mail, FaultKind::Account, "550"))
}

fn doubt() -> Verdict {
    Verdict::InDoubt(Fault::new(Stage::Body, FaultKind::Timeout, "timed out"))
}

fn rules(start: Instant, stop_on_doubt: bool) -> Rules {
    Rules { deadline: start + 12 * SECOND, stop_on_doubt }
}

/// Who is asked and when, in tenths of a second, if each attempt ends at once with `verdict`.
fn script(providers: &[Provider], start: Instant, stop: bool, verdict: impl Fn(&str) -> Verdict) -> String {
    let all: Vec<_> = providers.iter().collect();
    let message = message();
    let mut schedule = Schedule::new(&all, &message, rules(start, stop));
    let (mut now, mut asked) = (start, Vec::new());
    loop {
        match schedule.next(now) {
            Next::Ask(turn) => {
                asked.push(format!("{}@{}", turn.provider.name, (now - start).as_millis() / 100));
                schedule.heard(turn.at(), &verdict(&turn.provider.name), now);
            }
            Next::Wait(until) => now = until,
            Next::Nobody => return asked.join(" "),
        }
    }
}

#[tokio::test]
async fn who_is_left_out_is_asked_after_all_others() {
    let dir = tempfile::tempdir().unwrap();
    let three = ["a", "b", "c"].map(|name| provider(name, dir.path()));
    let start = Instant::now();
    assert_eq!(script(&three, start, false, |_| account()), "a@0 b@0 c@0");
    fail(&three[0], start);
    assert_eq!(script(&three, start, false, |_| account()), "b@0 c@0 a@0");
    // The pauses end in the order b, a.
    fail(&three[1], start - 3 * SECOND);
    assert_eq!(script(&three, start, false, |_| account()), "c@0 b@0 a@0");
}

#[tokio::test]
async fn what_may_pass_is_tried_again_after_growing_pauses_until_shortly_before_the_deadline() {
    let dir = tempfile::tempdir().unwrap();
    let alone = [provider("a", dir.path())];
    let start = Instant::now();
    let asked = script(&alone, start, false, |_| timed_out());
    let times: Vec<u32> = asked.split(' ').map(|turn| turn[2..].parse().unwrap()).collect();
    assert_eq!(times.len(), 6, "{asked}");
    for (pause, (earlier, later)) in (0..).zip(times.iter().zip(&times[1..])) {
        let (pause, wanted) = (later - earlier, 3 << pause);
        assert!(pause + 1 >= wanted * 3 / 4 && pause <= wanted * 5 / 4 + 1, "{asked}");
    }
    assert!(*times.last().unwrap() <= 115, "{asked}");
    let first: String = script(&[provider("a", dir.path())], start, false, |_| account());
    assert_eq!(first, "a@0", "our own fault does not pass by itself");
}

#[tokio::test]
async fn a_doubt_at_one_is_no_reason_to_ask_it_again_and_ends_it_all_under_stop() {
    let dir = tempfile::tempdir().unwrap();
    let two = ["a", "b"].map(|name| provider(name, dir.path()));
    let start = Instant::now();
    assert_eq!(script(&two, start, false, |_| doubt()), "a@0 b@0");
    assert_eq!(script(&two, start, true, |_| doubt()), "a@0");
    let waits = |name: &str| if name == "a" { timed_out() } else { doubt() };
    assert_eq!(script(&two, start, true, waits), "a@0 b@0", "the first is not asked again after the doubt");
}

#[tokio::test]
async fn the_time_is_shared_with_who_was_not_asked_yet() {
    let dir = tempfile::tempdir().unwrap();
    let two = ["a", "b"].map(|name| provider(name, dir.path()));
    let start = Instant::now();
    for (stop, first_total) in [(false, 9500), (true, 12000)] {
        let all: Vec<_> = two.iter().collect();
        let message = message();
        let mut schedule = Schedule::new(&all, &message, rules(start, stop));
        let Next::Ask(first) = schedule.next(start) else { panic!("nobody") };
        let millis = |budget: Budget| (budget.attempt.as_millis(), budget.total.as_millis());
        assert_eq!(millis(first.budget), (5000, first_total), "stop: {stop}");
        schedule.heard(first.at(), &timed_out(), start + 5 * SECOND);
        let Next::Ask(last) = schedule.next(start + 5 * SECOND) else { panic!("nobody") };
        assert_eq!(millis(last.budget), (6000, 7000), "the last one has all the time that is left");
        schedule.heard(last.at(), &timed_out(), start + 11_800 * SECOND / 1000);
        assert!(
            matches!(schedule.next(start + 11_800 * SECOND / 1000), Next::Nobody),
            "too late for an attempt"
        );
    }
}

#[tokio::test]
async fn who_names_a_time_is_asked_then_and_each_message_at_a_moment_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let alone = [provider("a", dir.path())];
    let start = Instant::now();
    let all: Vec<_> = alone.iter().collect();
    let message = message();
    let busy = Verdict::Deferred(Fault::new(Stage::Http, FaultKind::Throttled, "429").after(Some(SECOND)));
    let mut moments = Vec::new();
    for _ in 0..3 {
        let mut schedule = Schedule::new(&all, &message, rules(start, false));
        if let Next::Ask(turn) = schedule.next(start) {
            let at = turn.at();
            let _ = turn.permit.report(&busy, start);
            schedule.heard(at, &busy, start);
        }
        let Next::Wait(until) = schedule.next(start) else { panic!("no wait") };
        moments.push(until - start);
    }
    assert!(moments[0] >= SECOND && moments.windows(2).all(|two| two[0] < two[1]), "{moments:?}");
    assert!(moments[2] < 2 * SECOND, "{moments:?}");
}
