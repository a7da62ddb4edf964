use proptest::prelude::*;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn memory() -> Memory {
    Memory::new(Pauses::default(), 7)
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
fn ask(memory: &Memory, now: Instant) -> Option<Permit<'_>> {
    match memory.ask("a", now) {
        Asked::Yours(permit) => Some(permit),
        Asked::LeftOut(_) => None,
        Asked::ProbeDue(probe) => {
            assert_eq!(memory.probed(&probe, Probed::CannotTell, now), None);
            ask(memory, now)
        }
    }
}

/// Asks, in turn or not, and reports at once.
fn hear(memory: &Memory, verdict: &Verdict, now: Instant) -> Option<Change> {
    memory.ask_anyway("a", now).report(verdict, now)
}

/// Left out at `now`; returns the end of the pause.
fn leave_out(memory: &Memory, now: Instant) -> Instant {
    for _ in 0..3 {
        hear(memory, &timed_out(), now);
    }
    memory.standing(Instant::now()).until.unwrap()
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
        let (memory, now) = (memory(), Instant::now());
        hear(&memory, &timed_out(), now);
        hear(&memory, &verdict, now);
        assert_eq!(memory.standing(Instant::now()).failures, failures, "{verdict:?}");
        let last = verdict.fault().map(|fault| (fault.stage, fault.kind)).filter(|_| failures == 2);
        let wanted = last.or((failures == 1).then_some((Stage::Connect, Timeout)));
        assert_eq!(memory.standing(Instant::now()).last_fault, wanted, "{verdict:?}");
    }
}

#[test]
fn three_failures_in_a_row_leave_it_out_and_a_success_between_them_does_not() {
    let (memory, now) = (memory(), Instant::now());
    for verdict in [timed_out(), timed_out(), accepted(), timed_out(), timed_out()] {
        assert_eq!(hear(&memory, &verdict, now), None);
        assert_eq!(memory.standing(Instant::now()).phase, Phase::Up);
    }
    let Some(Change::LeftOut(pause)) = hear(&memory, &timed_out(), now) else { panic!("not left out") };
    assert!((5 * SECOND..=5 * SECOND * 5 / 4).contains(&pause), "{pause:?}");
    assert!(ask(&memory, now).is_none() && ask(&memory, now + pause - SECOND / 1000).is_none());
    let standing = memory.standing(Instant::now());
    assert_eq!((standing.phase, standing.failures, standing.until), (Phase::LeftOut, 3, Some(now + pause)));
}

#[test]
fn after_the_pause_one_message_probes_and_a_success_ends_it() {
    let memory = memory();
    let due = leave_out(&memory, Instant::now());
    let probe = ask(&memory, due).unwrap();
    assert!(ask(&memory, due).is_none() && memory.is_left_out(due));
    assert_eq!(
        (memory.standing(Instant::now()).phase, memory.standing(Instant::now()).until),
        (Phase::Probing, None)
    );
    assert_eq!(probe.report(&accepted(), due), Some(Change::Back));
    let up = Standing { phase: Phase::Up, failures: 0, until: None, last_fault: None };
    assert_eq!(memory.standing(Instant::now()), up);
    assert!(ask(&memory, due).is_some() && ask(&memory, due).is_some());
    assert_eq!(hear(&memory, &accepted(), due), None);
}

#[test]
fn each_failed_probe_doubles_the_pause_up_to_the_longest() {
    let memory = memory();
    let mut due = leave_out(&memory, Instant::now());
    for seconds in [10, 20, 40, 80, 160, 300, 300] {
        assert_eq!(ask(&memory, due).unwrap().report(&timed_out(), due), None);
        let until = memory.standing(Instant::now()).until.unwrap();
        let wanted = Duration::from_secs(seconds);
        assert!((wanted..=wanted * 5 / 4).contains(&(until - due)), "{seconds}: {:?}", until - due);
        due = until;
    }
    assert_eq!(memory.standing(Instant::now()).failures, 10);
    assert_eq!(ask(&memory, due).unwrap().report(&accepted(), due), Some(Change::Back));
    assert!(leave_out(&memory, due) - due <= 5 * SECOND * 5 / 4, "the first pause is short again");
}

#[test]
fn attempts_that_began_before_it_was_left_out_make_no_pause_longer() {
    let (memory, now) = (memory(), Instant::now());
    let hanging: Vec<_> = (0..20).map(|_| ask(&memory, now).unwrap()).collect();
    let changes: Vec<_> = hanging.into_iter().filter_map(|it| it.report(&timed_out(), now)).collect();
    assert_eq!(changes.len(), 1);
    assert_eq!(memory.standing(Instant::now()).failures, 3);
    assert!(memory.standing(Instant::now()).until.unwrap() - now <= 5 * SECOND * 5 / 4);
}

#[test]
fn a_failure_that_began_before_it_came_back_does_not_count() {
    let (memory, now) = (memory(), Instant::now());
    let slow: Vec<_> = (0..3).map(|_| ask(&memory, now).unwrap()).collect();
    let due = leave_out(&memory, now);
    let stale_probe = ask(&memory, due).unwrap();
    let insisting = memory.ask_anyway("a", due);
    assert_eq!(insisting.report(&accepted(), due), Some(Change::Back));
    assert_eq!(stale_probe.report(&timed_out(), due), None);
    for permit in slow {
        assert_eq!(permit.report(&timed_out(), due), None);
    }
    assert_eq!(
        (memory.standing(Instant::now()).phase, memory.standing(Instant::now()).failures),
        (Phase::Up, 0)
    );
}

#[test]
fn who_asks_anyway_while_it_is_probed_neither_ends_the_probe_nor_doubles_the_pause() {
    let memory = memory();
    let due = leave_out(&memory, Instant::now());
    let probe = ask(&memory, due).unwrap();
    assert_eq!(hear(&memory, &timed_out(), due), None);
    assert_eq!(memory.standing(Instant::now()).phase, Phase::Probing);
    assert_eq!(probe.report(&timed_out(), due), None);
    assert!(memory.standing(Instant::now()).until.unwrap() - due <= 10 * SECOND * 5 / 4);
}

#[test]
fn a_probe_that_tells_nothing_is_followed_by_another() {
    let memory = memory();
    let due = leave_out(&memory, Instant::now());
    drop(ask(&memory, due).unwrap());
    assert_eq!(memory.standing(Instant::now()).phase, Phase::LeftOut);
    let busy = Verdict::Deferred(fault(Stage::Http, FaultKind::Throttled));
    assert_eq!(ask(&memory, due).unwrap().report(&busy, due), None);
    assert!(ask(&memory, due).is_some());
}

#[test]
fn a_probe_that_connects_puts_it_on_trial_and_the_next_failure_costs_twice_the_pause() {
    let memory = memory();
    let due = leave_out(&memory, Instant::now());
    let Asked::ProbeDue(probe) = memory.ask("a", due) else { panic!("no probe") };
    assert!(matches!(memory.ask("a", due), Asked::LeftOut(None)), "one probe at a time");
    assert_eq!(memory.probed(&probe, Probed::Works, due), Some(Change::Back));
    let Some(Change::LeftOut(pause)) = hear(&memory, &timed_out(), due) else { panic!("not left out") };
    assert!((10 * SECOND..=10 * SECOND * 5 / 4).contains(&pause), "{pause:?}");
    let due = due + pause;
    let Asked::ProbeDue(probe) = memory.ask("a", due) else { panic!("no probe") };
    assert_eq!(memory.probed(&probe, Probed::Fails(fault(Stage::Connect, FaultKind::Timeout)), due), None);
    let until = memory.standing(due).until.unwrap() - due;
    assert!((20 * SECOND..=20 * SECOND * 5 / 4).contains(&until), "{until:?}");
}

#[test]
fn a_sender_that_is_refused_leaves_the_provider_to_the_others() {
    let (memory, now) = (memory(), Instant::now());
    let refused = Verdict::Deferred(fault(Stage::Mail, FaultKind::Account));
    for _ in 0..3 {
        let Asked::Yours(permit) = memory.ask("wrong", now) else { panic!("left out") };
        assert_eq!(permit.report(&refused, now), None);
    }
    assert!(matches!(memory.ask("wrong", now), Asked::LeftOut(None)));
    let Asked::Yours(permit) = memory.ask("right", now) else { panic!("left out") };
    assert_eq!(permit.report(&accepted(), now), None);
    assert!(
        matches!(memory.ask("wrong", now), Asked::LeftOut(None)),
        "the other sender's success says nothing"
    );
    let later = now + 7 * SECOND;
    let Asked::Yours(permit) = memory.ask("wrong", later) else { panic!("left out for ever") };
    assert_eq!(permit.report(&accepted(), later), None);
    assert!(matches!(memory.ask("wrong", later), Asked::Yours(_)));
}

#[test]
fn attempts_that_hang_leave_it_out_before_they_end() {
    let (memory, now) = (memory(), Instant::now());
    let hanging: Vec<_> = (0..3).map(|_| ask(&memory, now).unwrap()).collect();
    assert!(ask(&memory, now + HANGS_AFTER - SECOND / 1000).is_some());
    let later = now + HANGS_AFTER;
    assert!(matches!(memory.ask("a", later), Asked::LeftOut(Some(Change::LeftOut(_)))));
    drop(hanging);
    // Slow, but well: one that began later has ended well.
    let memory = Memory::new(Pauses::default(), 7);
    let _slow: Vec<_> = (0..3).map(|_| ask(&memory, now).unwrap()).collect();
    hear(&memory, &accepted(), now + SECOND);
    assert!(ask(&memory, later).is_some());
}

#[test]
fn another_seed_gives_other_pauses() {
    let (now, pauses) = (Instant::now(), Pauses::default());
    let [first, second] = [1, 2].map(|seed| leave_out(&Memory::new(pauses, seed), now));
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
        let memory = Memory::new(Pauses::default(), seed);
        let (mut now, mut under_way, mut change_wanted) = (Instant::now(), Vec::new(), true);
        for step in steps {
            match step {
                Step::Wait(seconds) => now += Duration::from_secs(seconds),
                Step::Ask => {
                    let (left_out, was_up) = (memory.is_left_out(now), change_wanted);
                    let permit = ask(&memory, now);
                    // The question itself may find out that attempts hang.
                    change_wanted = memory.standing(now).phase == Phase::Up;
                    prop_assert!(permit.is_none() || !left_out);
                    prop_assert!(permit.is_some() || left_out || (was_up && !change_wanted));
                    under_way.extend(permit);
                }
                Step::AskAnyway => under_way.push(memory.ask_anyway("a", now)),
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
                        prop_assert_eq!(memory.standing(Instant::now()).phase, Phase::Up);
                    }
                }
            }
            let standing = memory.standing(Instant::now());
            let probes = under_way.iter().filter(|permit| permit.is_probe && permit.epoch == lock(&memory.circuit).epoch);
            prop_assert_eq!(probes.count(), usize::from(standing.phase == Phase::Probing));
            prop_assert_eq!(standing.phase == Phase::Up, change_wanted);
            if let Some(until) = standing.until {
                prop_assert!(until <= now + Duration::from_secs(375));
            }
        }
        drop(under_way);
        prop_assert!(ask(&memory, now + Duration::from_secs(375)).is_some());
    }
}
