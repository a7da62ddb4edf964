//! Decides which provider is asked when: all in their order, then again after a pause, as long as the deadline allows.
//!
//! Providers that are left out come after all others. A provider that deferred the message is asked again after the
//! time that it named, or else after a growing pause. A provider with an idempotency key that left us in doubt is asked
//! again before any other: with the same key, it sends nothing twice.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::attempt::{Budget, Connected};
use super::breaker::{Asked, Change, Permit, Probe, Probed};
use super::fault::{Fault, FaultKind, Stage, Verdict};
use super::provider::Provider;
use crate::message::Message;

/// No attempt begins later than this before the deadline, because it could only end in doubt. A message's first attempt
/// may.
const LAST_MOMENT: Duration = Duration::from_millis(500);
/// The pause before a provider is asked a second time. It doubles with each further time.
const FIRST_PAUSE: Duration = Duration::from_millis(300);
/// How much of the time is kept for the reply to the whole message where no other provider is left to ask.
const FOR_THE_REPLY: Duration = Duration::from_secs(1);
/// How much of the time is kept for each provider that was not asked yet, while the reply to the whole message is
/// waited for.
const FOR_ANOTHER: Duration = Duration::from_millis(2500);
/// How long a probe may take.
const PROBE_LIMIT: Duration = Duration::from_secs(10);

/// The limits of a delivery: what stops it from going on to the next provider.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// No attempt runs past this moment.
    pub deadline: Instant,
    /// `on_doubt = "stop"`: no other provider is asked after a doubt.
    pub stop_on_doubt: bool,
}

/// The providers of one message, and how far the message has come with each of them.
#[derive(Debug)]
pub(super) struct Schedule<'r, 'm> {
    /// All providers of the message, in their order. None is ever removed: a [`Turn`] refers to its place in here.
    candidates: Vec<Candidate<'r>>,
    message: &'m Message,
    rules: Rules,
    /// Providers that this message found to hang when it asked for a permit. The caller logs them and clears this.
    pub(super) left_out: Vec<(&'r Provider, Change)>,
}

#[derive(Debug)]
struct Candidate<'r> {
    provider: &'r Provider,
    /// How many times this message has asked the provider.
    tries: u32,
    state: State,
}

/// Whether and when this message may ask a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The provider was not asked yet.
    New,
    /// The provider may be asked from this moment on.
    Later(Instant),
    /// The provider may have taken the message. From this moment on it is asked again with the same idempotency key,
    /// before any other provider.
    Doubtful(Instant),
    /// The provider is not asked any more.
    Over,
}

/// What the delivery does next.
#[derive(Debug)]
pub(super) enum Next<'r, 'm> {
    /// Ask this provider.
    Ask(Turn<'r, 'm>),
    /// Wait: until this moment there is nothing to do.
    Wait(Instant),
    /// Stop: no provider is left to ask, or no time.
    Nobody,
}

/// The turn of one provider: everything that an attempt needs beside the message.
#[derive(Debug)]
pub(super) struct Turn<'r, 'm> {
    pub(super) provider: &'r Provider,
    pub(super) permit: Permit<'m>,
    pub(super) budget: Budget,
    /// The place of the provider among the candidates.
    at: usize,
}

impl Turn<'_, '_> {
    /// The place of the provider, which [`Schedule::heard`] wants back.
    pub(super) fn at(&self) -> usize {
        self.at
    }
}

impl<'r: 'm, 'm> Schedule<'r, 'm> {
    /// A schedule in which no provider was asked yet.
    pub(super) fn new(providers: &[&'r Provider], message: &'m Message, rules: Rules) -> Self {
        let new = |provider: &&'r Provider| Candidate { provider, tries: 0, state: State::New };
        let candidates = providers.iter().map(new).collect();
        Self { candidates, message, rules, left_out: Vec::new() }
    }

    /// Decides what the delivery does at `now`.
    pub(super) fn next(&mut self, now: Instant) -> Next<'r, 'm> {
        let Some(left) = self.rules.deadline.checked_duration_since(now).filter(|left| !left.is_zero())
        else {
            return Next::Nobody;
        };
        // Even with little time left, one attempt is better than an answer without any.
        let is_first = self.candidates.iter().all(|candidate| candidate.tries == 0);
        if left < LAST_MOMENT && !is_first {
            return Next::Nobody;
        }
        let doubtful = self.candidates.iter().position(|it| matches!(it.state, State::Doubtful(_)));
        // Before all others: a provider that sends nothing twice can turn the doubt into an answer, and another
        // provider would make it a second message.
        if let Some(at) = doubtful {
            return self.ask_or_wait(at, now);
        }
        if let Some((at, permit)) = self.in_turn(now) {
            return self.turn(at, permit, now);
        }
        // Nobody else is left. A provider that fails is better than no provider at all.
        if let Some(at) = self.least_bad() {
            return self.ask_or_wait(at, now);
        }
        let later = |at: &usize| match self.candidates.get(*at).map(|it| it.state) {
            Some(State::Later(from)) => Some(from),
            _ => None,
        };
        let soonest = (0..self.candidates.len()).filter_map(|at| later(&at).map(|from| (from, at))).min();
        soonest.map_or(Next::Nobody, |(_, at)| self.ask_or_wait(at, now))
    }

    /// The moment after which no further attempt begins.
    fn last_start(&self, now: Instant) -> Instant {
        self.rules.deadline.checked_sub(LAST_MOMENT).unwrap_or(now)
    }

    /// The first provider that was not asked yet and is not left out. A provider that works, but wants to be left alone
    /// for a while, gets a moment at which it will be asked.
    fn in_turn(&mut self, now: Instant) -> Option<(usize, Permit<'m>)> {
        let last_start = self.last_start(now);
        for at in 0..self.candidates.len() {
            let Some(candidate) = self.candidates.get_mut(at).filter(|it| it.state == State::New) else {
                continue;
            };
            let provider = candidate.provider;
            match provider.breaker.ask(provider.sender(self.message), now) {
                Asked::Yours(permit) => return Some((at, permit)),
                Asked::ProbeDue(probe) => spawn_probe(provider.clone(), probe),
                Asked::LeftOut(change) => self.left_out.extend(change.map(|change| (provider, change))),
            }
            if provider.breaker.is_throttled(now) {
                let moment = provider.breaker.book(Duration::ZERO, now, last_start);
                // A provider whose moment comes too late stays new, so it is asked when no other is left.
                if moment <= last_start {
                    candidate.state = State::Later(moment);
                }
            }
        }
        None
    }

    /// Of the providers that are left out and were not asked yet, the one whose pause ends first.
    fn least_bad(&self) -> Option<usize> {
        let new = |at: &usize| self.candidates.get(*at).is_some_and(|it| it.state == State::New);
        let ends = |at: &usize| self.candidates.get(*at).and_then(|it| it.provider.breaker.until());
        (0..self.candidates.len()).filter(new).min_by_key(ends)
    }

    /// Asks this provider, whether it is left out or not, as soon as its moment has come.
    fn ask_or_wait(&mut self, at: usize, now: Instant) -> Next<'r, 'm> {
        let Some(candidate) = self.candidates.get(at) else { return Next::Nobody };
        match candidate.state {
            State::Later(from) | State::Doubtful(from) if from > now => {
                // Waiting for a moment that comes too late only delays the answer to Svix, which will come again.
                if from + LAST_MOMENT > self.rules.deadline { Next::Nobody } else { Next::Wait(from) }
            }
            _ => {
                let permit =
                    candidate.provider.breaker.ask_anyway(candidate.provider.sender(self.message), now);
                // A message that comes back every second must not count as many failures, or it alone would leave the
                // provider out.
                let permit = if candidate.tries > 0 { permit.uncounted() } else { permit };
                self.turn(at, permit, now)
            }
        }
    }

    /// The turn of this provider, with its share of the time.
    fn turn(&mut self, at: usize, permit: Permit<'m>, now: Instant) -> Next<'r, 'm> {
        let others = self.candidates.iter().filter(|it| it.state == State::New).count();
        let Some(candidate) = self.candidates.get_mut(at) else { return Next::Nobody };
        let others = others - usize::from(candidate.state == State::New);
        candidate.tries += 1;
        candidate.state = State::Over;
        let provider = candidate.provider;
        let left = self.rules.deadline.saturating_duration_since(now);
        let budget = budget(provider, left, others, self.rules.stop_on_doubt);
        Next::Ask(Turn { provider, permit, budget, at })
    }

    /// Takes in the verdict of a turn, which decides whether its provider is asked again and when.
    pub(super) fn heard(&mut self, at: usize, verdict: &Verdict, now: Instant) {
        let is_last = self.candidates.iter().all(|it| it.state != State::New);
        let last_start = self.last_start(now);
        let Some(candidate) = self.candidates.get_mut(at) else { return };
        let breaker = &candidate.provider.breaker;
        // The shift is bounded, so that it can't overflow. Eight doublings are 77 s, longer than any deadline.
        let pause =
            breaker.jittered(FIRST_PAUSE.saturating_mul(1 << candidate.tries.saturating_sub(1).min(8)));
        candidate.state = match verdict {
            // After two attempts in doubt, other providers come first. Without an idempotency key, asking the same
            // provider again would send the message twice, as asking another does, but without the chance that the
            // other one works better.
            Verdict::InDoubt(_) if !candidate.provider.is_idempotent() => State::Over,
            Verdict::InDoubt(_) if is_last || candidate.tries < 2 => State::Doubtful(now + pause),
            Verdict::InDoubt(_) => State::Later(now + pause),
            Verdict::Deferred(Fault { wait: Some(wait), .. }) => {
                State::Later(breaker.book(*wait, now, last_start).max(now + pause))
            }
            Verdict::Deferred(fault) if may_pass(fault.kind) => State::Later(now + pause),
            _ => State::Over,
        };
        if matches!(verdict, Verdict::InDoubt(_)) && self.rules.stop_on_doubt {
            for (other, candidate) in self.candidates.iter_mut().enumerate() {
                if other != at {
                    candidate.state = State::Over;
                }
            }
        }
    }
}

/// Whether the same provider may take the same message a moment later.
fn may_pass(kind: FaultKind) -> bool {
    // Credentials and account are missing: only a person can correct them, and that takes longer than the request has.
    matches!(kind, FaultKind::Unavailable | FaultKind::Throttled | FaultKind::Timeout)
}

/// The time that an attempt gets. The last provider gets all the time that is left. Each one before it gets an equal
/// share until the message has left, and then all but a little for each of the others, because giving up at that point
/// means not knowing. Where a doubt ends the delivery, no other provider needs any time then.
fn budget(provider: &Provider, left: Duration, others: usize, stop_on_doubt: bool) -> Budget {
    let others = u32::try_from(others).unwrap_or(u32::MAX);
    if others == 0 {
        return Budget {
            // A quarter at most, so that a short deadline still leaves most of its time for sending.
            attempt: left.saturating_sub(FOR_THE_REPLY.min(left / 4)),
            total: left,
            stop_on_doubt,
        };
    }
    let share = left / others.saturating_add(1);
    let kept = if stop_on_doubt { Duration::ZERO } else { FOR_ANOTHER.saturating_mul(others) };
    Budget {
        attempt: share.min(provider.attempt_timeout),
        // With many providers nothing would be left after what is kept for them; then each has its share.
        total: left.saturating_sub(kept).max(share),
        stop_on_doubt,
    }
}

/// Connects without a message in the background, so that no user's code has to find out whether the provider works
/// again.
fn spawn_probe(provider: Provider, probe: Probe) {
    tokio::spawn(async move {
        // With a limit: a probe that hung for ever would keep the circuit as it is, since only one is under way at a
        // time.
        let probed = match timeout(PROBE_LIMIT, provider.connect()).await {
            Ok(Ok(Connected::Fine(_))) => Probed::Works,
            Ok(Ok(Connected::Untold(_))) => Probed::CannotTell,
            Ok(Err(fault)) => Probed::Fails(fault),
            Err(_) => Probed::Fails(Fault::new(Stage::Connect, FaultKind::Timeout, "timed out")),
        };
        if provider.breaker.probed(&probe, probed, Instant::now()) == Some(Change::Back) {
            tracing::info!(delivery.provider = %provider.name, "a provider works again");
        }
    });
}

#[cfg(test)]
mod tests;
