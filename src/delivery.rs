//! Delivery: hands a message to one of several providers, in their order, before one deadline.
//!
//! [`deliver`] is the loop, `schedule` decides who is asked when, and [`breaker`] which providers are left out because
//! they fail. Each [`Transport`] makes attempts and judges them by the words of [`fault`]. Nothing in here knows
//! events, templates, the ledger or the configuration.

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

/// One attempt in a delivery, for logs and metrics.
#[derive(Debug)]
pub struct Attempt<'r> {
    /// The name of the provider that was asked.
    pub provider: &'r Arc<str>,
    /// What the provider said, weighed against the evidence.
    pub verdict: Verdict,
    /// How long the attempt took.
    pub took: Duration,
    /// Whether another provider comes before this one in the configured order.
    pub is_fallback: bool,
    /// What the attempt changed for later messages; `None` where the provider stays in or out as it was.
    pub change: Option<Change>,
}

/// The result of a delivery: what all of its attempts came to.
#[derive(Debug)]
pub struct Delivered<'r> {
    /// The verdict of the highest weight, and the provider that gave it; `None` when no provider was asked.
    pub verdict: Option<(Verdict, &'r Arc<str>)>,
    /// How many attempts were made.
    pub attempts: u32,
    /// The last fault of each provider, in the order in which the providers were first asked.
    pub faults: Vec<(&'r Arc<str>, String)>,
    /// Late acceptances by providers that left us in doubt. Ends when no provider is listened to any more.
    pub late: mpsc::UnboundedReceiver<Acceptance>,
}

/// Asks the providers in order, and again where that may help, until one takes the message, the recipient is refused
/// for good, or the time is up. `schedule` decides who is asked when.
///
/// `still_good` is called before each attempt, and before a message goes out again over another session within one. It
/// ends the delivery with `false`, since a code may have expired meanwhile, or a newer one may have been accepted.
/// `seen` is called with each attempt.
pub async fn deliver<'r, Good: Future<Output = bool>>(
    providers: &[&'r Provider],
    message: &Message,
    rules: Rules,
    still_good: impl Fn() -> Good,
    mut seen: impl FnMut(&Attempt<'r>),
) -> Delivered<'r> {
    // Unbounded, so that nobody who listens has to wait for a reader. At most one acceptance comes for each attempt.
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
            Next::Wait(until) if delivered.is_accepted_late_by(until, providers).await => break,
            Next::Wait(_) => continue,
            Next::Nobody => break,
        };
        // Without this look, a message that was accepted during the last attempt would be sent again.
        if delivered.is_accepted_late(providers) || !still_good().await {
            break;
        }
        let at = turn.at();
        // By name, since the first provider may have been left out or may be asked a second time.
        let is_fallback = providers.first().is_some_and(|first| first.name != turn.provider.name);
        let late = Late::new(&turn.provider.name, &heard);
        let attempt = attempt(turn, message, is_fallback, (&late, &still_good)).await;
        seen(&attempt);
        schedule.heard(at, &attempt.verdict, Instant::now());
        if delivered.take(attempt) {
            break;
        }
    }
    delivered
}

/// Makes one attempt, and lets the circuit breaker and the evidence learn from it.
async fn attempt<'r, Good: Future<Output = bool>>(
    turn: Turn<'r, '_>,
    message: &Message,
    is_fallback: bool,
    (late, still_good): (&Late, impl Fn() -> Good),
) -> Attempt<'r> {
    let Turn { provider, permit, budget, .. } = turn;
    let started = Instant::now();
    let verdict = provider.deliver(still_good, message, budget, late).await;
    let ended = Instant::now();
    // Weighed before it is reported: a refusal that counts as our fault must not look like a success to the circuit
    // breaker.
    let verdict = provider.evidence.weigh(verdict, provider.sender(message), ended);
    let change = permit.report(&verdict, ended);
    Attempt { provider: &provider.name, verdict, took: ended - started, is_fallback, change }
}

impl<'r> Delivered<'r> {
    /// Adds an attempt to the result. Returns whether the attempt settles the message, so that nobody else is asked.
    fn take(&mut self, attempt: Attempt<'r>) -> bool {
        self.attempts += 1;
        if let Some(fault) = attempt.verdict.fault() {
            match self.faults.iter_mut().find(|(name, _)| *name == attempt.provider) {
                Some((_, words)) => *words = fault.to_string(),
                None => self.faults.push((attempt.provider, fault.to_string())),
            }
        }
        // Of two verdicts of the same weight the later one stands: it says how things are now.
        if self.verdict.as_ref().is_none_or(|(so_far, _)| attempt.verdict.weight() >= so_far.weight()) {
            self.verdict = Some((attempt.verdict, attempt.provider));
        }
        // A refusal of the content ends nothing here: it is final only if every provider says so.
        matches!(self.verdict, Some((Verdict::Accepted { .. } | Verdict::Rejected(_), _)))
    }

    /// Waits until `until`, or until a provider that had left us in doubt says that it took the message. Returns
    /// whether one did.
    async fn is_accepted_late_by(&mut self, until: Instant, providers: &[&'r Provider]) -> bool {
        tokio::select! {
            () = sleep_until(until) => false,
            Some(acceptance) = self.late.recv() => {
                self.accepted_late(providers, acceptance);
                true
            }
        }
    }

    /// Returns whether a provider that had left us in doubt has said by now that it took the message.
    fn is_accepted_late(&mut self, providers: &[&'r Provider]) -> bool {
        let Ok(acceptance) = self.late.try_recv() else { return false };
        self.accepted_late(providers, acceptance);
        true
    }

    /// Makes the acceptance by a provider that had left us in doubt the verdict on the message.
    fn accepted_late(&mut self, providers: &[&'r Provider], Acceptance { provider, receipt }: Acceptance) {
        let name = providers.iter().map(|it| &it.name).find(|name| **name == provider);
        self.verdict = name.map(|name| (Verdict::Accepted { receipt }, name)).or_else(|| self.verdict.take());
    }
}

/// Logs that a provider is left out because attempts at it hang. They have not ended, so none of them can report it.
fn note_left_out(provider: &Provider, change: Change) {
    if let Change::LeftOut(pause) = change {
        tracing::warn!(
            delivery.provider = %provider.name,
            pause_ms = pause.as_millis(),
            "a provider does not answer: until it works again, it is asked after all others"
        );
    }
}

#[cfg(test)]
mod tests;
