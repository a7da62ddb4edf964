//! Delivery: an ordered list of providers, one deadline, failover. Knows messages and verdicts, nothing of
//! events, templates, the ledger or configuration.

pub mod api;
mod attempt;
pub mod breaker;
mod dns;
pub mod evidence;
pub mod fault;
pub mod http;
pub mod oauth2;
pub mod outbox;
mod pace;
mod provider;
pub mod proxy;
mod schedule;
pub mod settings;
pub mod smtp;
pub mod tls;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use crate::message::Message;
pub use attempt::{Acceptance, Budget, Connected, Late};
use breaker::Change;
pub use fault::{Fault, FaultKind, Stage, Verdict};
pub use provider::{Provider, Transport};
pub use schedule::Rules;
use schedule::{Next, Schedule, Turn};

/// One provider's part in a delivery, for logs and metrics.
#[derive(Debug)]
pub struct Attempt<'r> {
    /// The provider asked.
    pub provider: &'r Arc<str>,
    /// What it said.
    pub verdict: Verdict,
    /// How long that took.
    pub took: Duration,
    /// Another provider stands before it in the message's order.
    pub is_fallback: bool,
    /// What the attempt changed for the messages after it.
    pub change: Option<Change>,
}

/// What remains of all attempts.
#[derive(Debug)]
pub struct Delivered<'r> {
    /// The strongest of the verdicts; `None` when nobody was asked.
    pub verdict: Option<(Verdict, &'r Arc<str>)>,
    /// How many were asked.
    pub attempts: u32,
    /// What was wrong, by provider, in the order in which they were asked.
    pub faults: Vec<(&'r Arc<str>, String)>,
    /// What providers say that left us in doubt. Ends when none of them is listened to any more.
    pub late: mpsc::UnboundedReceiver<Acceptance>,
}

/// Asks the providers in order, and once more where that may help, until one takes the message, the recipient is refused
/// for good, or the time is up. Who is asked when is decided by [`schedule`].
///
/// `still_good` is asked before each attempt (a code may have died meanwhile); `seen` is told of each attempt.
pub async fn deliver<'r>(
    providers: &[&'r Provider],
    message: &Message,
    rules: Rules,
    still_good: impl Fn() -> bool,
    mut seen: impl FnMut(&Attempt<'r>),
) -> Delivered<'r> {
    let (heard, late) = mpsc::unbounded_channel();
    let mut delivered = Delivered { verdict: None, attempts: 0, faults: Vec::new(), late };
    let mut schedule = Schedule::new(providers, message, rules);
    loop {
        let next = schedule.next(Instant::now());
        for (provider, change) in schedule.left_out.drain(..) {
            note_left_out(provider, change);
        }
        let turn = match next {
            Next::Ask(turn) => turn,
            Next::Wait(until) => {
                tokio::select! {
                    () = sleep_until(until) => {}
                    Some(acceptance) = delivered.late.recv() => {
                        delivered.accepted_late(providers, acceptance);
                        break;
                    }
                }
                continue;
            }
            Next::Nobody => break,
        };
        if let Ok(acceptance) = delivered.late.try_recv() {
            delivered.accepted_late(providers, acceptance);
            break;
        }
        if !still_good() {
            break;
        }
        let at = turn.at();
        let is_fallback = providers.first().is_some_and(|first| first.name != turn.provider.name);
        let late = Late::new(&turn.provider.name, &heard);
        let attempt = attempt(turn, message, is_fallback, &late).await;
        seen(&attempt);
        schedule.heard(at, &attempt.verdict, Instant::now());
        if delivered.take(attempt) {
            break;
        }
    }
    delivered
}

async fn attempt<'r>(turn: Turn<'r, '_>, message: &Message, is_fallback: bool, late: &Late) -> Attempt<'r> {
    let Turn { provider, permit, budget, .. } = turn;
    let started = Instant::now();
    let verdict = provider.deliver(message, budget, late).await;
    let ended = Instant::now();
    let verdict = provider.evidence.weigh(verdict, provider.sender(message), ended);
    let change = permit.report(&verdict, ended);
    Attempt { provider: &provider.name, verdict, took: ended - started, is_fallback, change }
}

impl<'r> Delivered<'r> {
    /// Adds an attempt; whether it settles the message.
    fn take(&mut self, attempt: Attempt<'r>) -> bool {
        self.attempts += 1;
        if let Some(fault) = attempt.verdict.fault() {
            match self.faults.iter_mut().find(|(name, _)| *name == attempt.provider) {
                Some((_, words)) => *words = fault.to_string(),
                None => self.faults.push((attempt.provider, fault.to_string())),
            }
        }
        if self.verdict.as_ref().is_none_or(|(so_far, _)| attempt.verdict.weight() >= so_far.weight()) {
            self.verdict = Some((attempt.verdict, attempt.provider));
        }
        matches!(self.verdict, Some((Verdict::Accepted { .. } | Verdict::Rejected(_), _)))
    }

    /// A provider that had left us in doubt says that it took the message.
    fn accepted_late(&mut self, providers: &[&'r Provider], Acceptance { provider, receipt }: Acceptance) {
        let name = providers.iter().map(|it| &it.name).find(|name| **name == provider);
        self.verdict = name.map(|name| (Verdict::Accepted { receipt }, name)).or_else(|| self.verdict.take());
    }
}

/// Attempts that still hang left this provider out, so that none of them can report it.
fn note_left_out(provider: &Provider, change: Change) {
    if let Change::LeftOut(pause) = change {
        tracing::warn!(
            delivery.provider = %provider.name,
            pause_ms = pause.as_millis(),
            "a provider hangs: until it works again, it is asked last"
        );
    }
}

#[cfg(test)]
mod tests;
