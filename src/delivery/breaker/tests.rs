use proptest::prelude::*;

use super::circuit::HANGS_AFTER;
use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn breaker() -> Breaker {
    Breaker::new(Pauses::default(), 7)
}

fn fault(stage: Stage, kind: FaultKind) -> Fault {
    Fault::new(stage, kind, "x")
}

fn accepted() -> Verdict {
    Verdict::Accepted { receipt: None }
}

fn timed_out() -> Verdict {
    Verdict::Deferred(fault(Stage::Connect, FaultKind::Timeout))
}

/// The right to ask in turn, of a provider that only messages can probe.
fn ask(breaker: &Breaker, now: Instant) -> Option<Permit<'_>> {
    match breaker.ask("a", now) {
        Asked::Yours(permit) => Some(permit),
        Asked::LeftOut(_) => None,
        Asked::ProbeDue(probe) => {
            assert_eq!(breaker.probed(&probe, Probed::CannotTell, now), None);
            ask(breaker, now)
        }
    }
}

/// Asks, in turn or not, and reports at once.
fn hear(breaker: &Breaker, verdict: &Verdict, now: Instant) -> Option<Change> {
    breaker.ask_anyway("a", now).report(verdict, now)
}

/// Left out at `now`; returns the end of the pause.
fn leave_out(breaker: &Breaker, now: Instant) -> Instant {
    for _ in 0..3 {
        hear(breaker, &timed_out(), now);
    }
    breaker.health(Instant::now()).until.unwrap()
}

#[test]
fn what_each_verdict_says_of_its_provider() {
    use FaultKind::{Account, Content, Credentials, Recipient, Throttled, Timeout, Unavailable};
    use Verdict::{Deferred, InDoubt, Refused, Rejected};
    for (verdict, failures) in [
        (accepted(), 0),
        (Rejected(fault(Stage::Rcpt, Recipient)), 0),
        (Refused(fault(Stage::Body, Content)), 0),
        (Refused(fault(Stage::Http, Account)), 0),
        (Deferred(fault(Stage::Connect, Timeout)), 2),
        (Deferred(fault(Stage::Greeting, Unavailable)), 2),
        (Deferred(fault(Stage::Auth, Credentials)), 2),
        (Deferred(fault(Stage::Http, Unavailable)), 2),
        (Deferred(fault(Stage::Rcpt, Timeout)), 2),
        (Deferred(fault(Stage::Rcpt, Credentials)), 2),
        (InDoubt(fault(Stage::Body, Timeout)), 2),
        (InDoubt(fault(Stage::Http, Unavailable)), 2),
        // Nothing of the provider: other senders may work.
        (Deferred(fault(Stage::Mail, Account)), 1),
        // Nothing.
        (Deferred(fault(Stage::Http, Throttled)), 1),
        (Deferred(fault(Stage::Rcpt, Unavailable)), 1),
        (Deferred(fault(Stage::Rcpt, Account)), 1),
    ] {
        let (breaker, now) = (breaker(), Instant::now());
        hear(&breaker, &timed_out(), now);
        hear(&breaker, &verdict, now);
        assert_eq!(breaker.health(Instant::now()).failures, failures, "{verdict:?}");
        let last = verdict.fault().map(|fault| (fault.stage, fault.kind)).filter(|_| failures == 2);
        let wanted = last.or((failures == 1).then_some((Stage::Connect, Timeout)));
        assert_eq!(breaker.health(Instant::now()).last_fault, wanted, "{verdict:?}");
    }
}

#[test]
fn three_failures_in_a_row_leave_it_out_and_a_success_between_them_does_not() {
    let (breaker, now) = (breaker(), Instant::now());
    for verdict in [timed_out(), timed_out(), accepted(), timed_out(), timed_out()] {
        assert_eq!(hear(&breaker, &verdict, now), None);
        assert_eq!(breaker.health(Instant::now()).phase, Phase::Up);
    }
    let Some(Change::LeftOut(pause)) = hear(&breaker, &timed_out(), now) else { panic!("not left out") };
    assert!((5 * SECOND..=5 * SECOND * 5 / 4).contains(&pause), "{pause:?}");
    assert!(ask(&breaker, now).is_none() && ask(&breaker, now + pause - SECOND / 1000).is_none());
    let health = breaker.health(Instant::now());
    assert_eq!((health.phase, health.failures, health.until), (Phase::LeftOut, 3, Some(now + pause)));
}

#[test]
fn after_the_pause_one_message_probes_and_a_success_ends_it() {
    let breaker = breaker();
    let due = leave_out(&breaker, Instant::now());
    let probe = ask(&breaker, due).unwrap();
    assert!(ask(&breaker, due).is_none() && breaker.is_left_out(due));
    assert_eq!(
        (breaker.health(Instant::now()).phase, breaker.health(Instant::now()).until),
        (Phase::Probing, None)
    );
    assert_eq!(probe.report(&accepted(), due), Some(Change::Back));
    let up = Health { phase: Phase::Up, failures: 0, until: None, last_fault: None };
    assert_eq!(breaker.health(Instant::now()), up);
    assert!(ask(&breaker, due).is_some() && ask(&breaker, due).is_some());
    assert_eq!(hear(&breaker, &accepted(), due), None);
}

#[test]
fn each_failed_probe_doubles_the_pause_up_to_the_longest() {
    let breaker = breaker();
    let mut due = leave_out(&breaker, Instant::now());
    for seconds in [10, 20, 40, 80, 160, 300, 300] {
        assert_eq!(ask(&breaker, due).unwrap().report(&timed_out(), due), None);
        let until = breaker.health(Instant::now()).until.unwrap();
        let wanted = Duration::from_secs(seconds);
        assert!((wanted..=wanted * 5 / 4).contains(&(until - due)), "{seconds}: {:?}", until - due);
        due = until;
    }
    assert_eq!(breaker.health(Instant::now()).failures, 10);
    assert_eq!(ask(&breaker, due).unwrap().report(&accepted(), due), Some(Change::Back));
    assert!(leave_out(&breaker, due) - due <= 5 * SECOND * 5 / 4, "the first pause is short again");
}

#[test]
fn attempts_that_began_before_it_was_left_out_make_no_pause_longer() {
    let (breaker, now) = (breaker(), Instant::now());
    let hanging: Vec<_> = (0..20).map(|_| ask(&breaker, now).unwrap()).collect();
    let changes: Vec<_> = hanging.into_iter().filter_map(|it| it.report(&timed_out(), now)).collect();
    assert_eq!(changes.len(), 1);
    assert_eq!(breaker.health(Instant::now()).failures, 3);
    assert!(breaker.health(Instant::now()).until.unwrap() - now <= 5 * SECOND * 5 / 4);
}

#[test]
fn a_failure_that_began_before_it_came_back_does_not_count() {
    let (breaker, now) = (breaker(), Instant::now());
    let slow: Vec<_> = (0..3).map(|_| ask(&breaker, now).unwrap()).collect();
    let due = leave_out(&breaker, now);
    let stale_probe = ask(&breaker, due).unwrap();
    let insisting = breaker.ask_anyway("a", due);
    assert_eq!(insisting.report(&accepted(), due), Some(Change::Back));
    assert_eq!(stale_probe.report(&timed_out(), due), None);
    for permit in slow {
        assert_eq!(permit.report(&timed_out(), due), None);
    }
    assert_eq!(
        (breaker.health(Instant::now()).phase, breaker.health(Instant::now()).failures),
        (Phase::Up, 0)
    );
}

#[test]
fn who_asks_anyway_while_it_is_probed_neither_ends_the_probe_nor_doubles_the_pause() {
    let breaker = breaker();
    let due = leave_out(&breaker, Instant::now());
    let probe = ask(&breaker, due).unwrap();
    assert_eq!(hear(&breaker, &timed_out(), due), None);
    assert_eq!(breaker.health(Instant::now()).phase, Phase::Probing);
    assert_eq!(probe.report(&timed_out(), due), None);
    assert!(breaker.health(Instant::now()).until.unwrap() - due <= 10 * SECOND * 5 / 4);
}

#[test]
fn a_probe_that_tells_nothing_is_followed_by_another() {
    let breaker = breaker();
    let due = leave_out(&breaker, Instant::now());
    drop(ask(&breaker, due).unwrap());
    assert_eq!(breaker.health(Instant::now()).phase, Phase::LeftOut);
    let busy = Verdict::Deferred(fault(Stage::Http, FaultKind::Throttled));
    assert_eq!(ask(&breaker, due).unwrap().report(&busy, due), None);
    assert!(ask(&breaker, due).is_some());
}

#[test]
fn a_probe_that_connects_puts_it_on_trial_and_the_next_failure_costs_twice_the_pause() {
    let breaker = breaker();
    let due = leave_out(&breaker, Instant::now());
    let Asked::ProbeDue(probe) = breaker.ask("a", due) else { panic!("no probe") };
    assert!(matches!(breaker.ask("a", due), Asked::LeftOut(None)), "one probe at a time");
    assert_eq!(breaker.probed(&probe, Probed::Works, due), Some(Change::Back));
    let Some(Change::LeftOut(pause)) = hear(&breaker, &timed_out(), due) else { panic!("not left out") };
    assert!((10 * SECOND..=10 * SECOND * 5 / 4).contains(&pause), "{pause:?}");
    let due = due + pause;
    let Asked::ProbeDue(probe) = breaker.ask("a", due) else { panic!("no probe") };
    assert_eq!(breaker.probed(&probe, Probed::Fails(fault(Stage::Connect, FaultKind::Timeout)), due), None);
    let until = breaker.health(due).until.unwrap() - due;
    assert!((20 * SECOND..=20 * SECOND * 5 / 4).contains(&until), "{until:?}");
}

#[test]
fn a_sender_that_is_refused_leaves_the_provider_to_the_others() {
    let (breaker, now) = (breaker(), Instant::now());
    let refused = Verdict::Deferred(fault(Stage::Mail, FaultKind::Account));
    for _ in 0..3 {
        let Asked::Yours(permit) = breaker.ask("wrong", now) else { panic!("left out") };
        assert_eq!(permit.report(&refused, now), None);
    }
    assert!(matches!(breaker.ask("wrong", now), Asked::LeftOut(None)));
    let Asked::Yours(permit) = breaker.ask("right", now) else { panic!("left out") };
    assert_eq!(permit.report(&accepted(), now), None);
    assert!(
        matches!(breaker.ask("wrong", now), Asked::LeftOut(None)),
        "the other sender's success says nothing"
    );
    let later = now + 7 * SECOND;
    let Asked::Yours(permit) = breaker.ask("wrong", later) else { panic!("left out for ever") };
    assert_eq!(permit.report(&accepted(), later), None);
    assert!(matches!(breaker.ask("wrong", later), Asked::Yours(_)));
}

#[test]
fn attempts_that_hang_leave_it_out_before_they_end() {
    let (breaker, now) = (breaker(), Instant::now());
    let hanging: Vec<_> = (0..3).map(|_| ask(&breaker, now).unwrap()).collect();
    assert!(ask(&breaker, now + HANGS_AFTER - SECOND / 1000).is_some());
    let later = now + HANGS_AFTER;
    assert!(matches!(breaker.ask("a", later), Asked::LeftOut(Some(Change::LeftOut(_)))));
    drop(hanging);
    // Slow, but well: one that began later has ended well.
    let breaker = Breaker::new(Pauses::default(), 7);
    let _slow: Vec<_> = (0..3).map(|_| ask(&breaker, now).unwrap()).collect();
    hear(&breaker, &accepted(), now + SECOND);
    assert!(ask(&breaker, later).is_some());
}

#[test]
fn another_seed_gives_other_pauses() {
    let (now, pauses) = (Instant::now(), Pauses::default());
    let [first, second] = [1, 2].map(|seed| leave_out(&Breaker::new(pauses, seed), now));
    assert_ne!(first, second);
}

#[derive(Debug, Clone)]
enum Step {
    Wait(u64),
    Ask,
    AskAnyway,
    /// One of the permits under way ends: well, badly, or without a word.
    End(usize, Option<bool>),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..8u64).prop_map(Step::Wait),
        Just(Step::Ask),
        Just(Step::AskAnyway),
        (any::<usize>(), proptest::option::weighted(0.9, proptest::bool::weighted(0.2)))
            .prop_map(|(at, how)| Step::End(at, how)),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_there_is_one_probe_at_most_and_every_pause_ends(
        steps in proptest::collection::vec(step(), 0..200), seed: u64,
    ) {
        let breaker = Breaker::new(Pauses::default(), seed);
        let (mut now, mut under_way, mut change_wanted) = (Instant::now(), Vec::new(), true);
        for step in steps {
            match step {
                Step::Wait(seconds) => now += Duration::from_secs(seconds),
                Step::Ask => {
                    let (left_out, was_up) = (breaker.is_left_out(now), change_wanted);
                    let permit = ask(&breaker, now);
                    // The question itself may find out that attempts hang.
                    change_wanted = breaker.health(now).phase == Phase::Up;
                    prop_assert!(permit.is_none() || !left_out);
                    prop_assert!(permit.is_some() || left_out || (was_up && !change_wanted));
                    under_way.extend(permit);
                }
                Step::AskAnyway => under_way.push(breaker.ask_anyway("a", now)),
                Step::End(..) if under_way.is_empty() => {}
                Step::End(at, how) => {
                    let permit: Permit<'_> = under_way.swap_remove(at % under_way.len());
                    let verdict = how.map(|well| if well { accepted() } else { timed_out() });
                    let change = verdict.and_then(|verdict| permit.report(&verdict, now));
                    // Out and back take turns: no line in the log comes twice.
                    if let Some(change) = change {
                        prop_assert_eq!(matches!(change, Change::LeftOut(_)), change_wanted);
                        change_wanted = !change_wanted;
                    }
                    if how == Some(true) {
                        prop_assert_eq!(breaker.health(Instant::now()).phase, Phase::Up);
                    }
                }
            }
            let health = breaker.health(Instant::now());
            let probes = under_way.iter().filter(|permit| permit.is_probe && permit.epoch == lock(&breaker.circuit).epoch);
            prop_assert_eq!(probes.count(), usize::from(health.phase == Phase::Probing));
            prop_assert_eq!(health.phase == Phase::Up, change_wanted);
            if let Some(until) = health.until {
                prop_assert!(until <= now + Duration::from_secs(375));
            }
        }
        drop(under_way);
        prop_assert!(ask(&breaker, now + Duration::from_secs(375)).is_some());
    }
}
