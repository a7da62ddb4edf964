//! A circuit breaker for each provider: what is remembered of it from message to message.
//!
//! A provider that keeps failing is left out for a growing pause, and then probed by connecting to it without a
//! message. A provider that asks us to wait is left out for as long as it asks. A sender that the provider refuses is
//! remembered apart from other senders. Pure: the time comes in with each call.

mod circuit;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::fault::{Fault, FaultKind, Stage, Verdict};
use super::pace::Pace;
use circuit::Circuit;
pub use circuit::{Change, Pauses, Phase};

/// The state of a provider at one moment, for people and metrics to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    /// Whether the provider is asked in its turn.
    pub phase: Phase,
    /// The number of failures since the last message that went well.
    pub failures: u32,
    /// While the provider is left out, when its pause ends: the first message after that starts the probe. While it is
    /// throttled, when that ends. `None` in all other phases.
    pub until: Option<Instant>,
    /// Stage and kind of the last of these failures; `None` where there was none.
    pub last_fault: Option<(Stage, FaultKind)>,
}

/// The answer to [`Breaker::ask`].
#[derive(Debug)]
pub enum Asked<'m> {
    /// The provider may be asked.
    Yours(Permit<'m>),
    /// The provider is left out. The change is set when this very question found out that it hangs.
    LeftOut(Option<Change>),
    /// The pause is over: whoever got this answer has to connect without a message, and to report with
    /// [`Breaker::probed`]. Until then the provider stays left out.
    ProbeDue(Probe),
}

/// The duty to probe a provider once, by connecting without a message.
#[derive(Debug)]
pub struct Probe {
    epoch: u64,
}

/// The result of a probe, which connects without sending a message.
#[derive(Debug)]
pub enum Probed {
    /// The provider lets us in, so messages may be sent again.
    Works,
    /// The provider still fails, for this fault.
    Fails(Fault),
    /// The provider has no request that sends nothing, so only a message can tell whether it works.
    CannotTell,
}

/// The circuit breaker of one provider, shared by all messages.
#[derive(Debug)]
pub struct Breaker {
    pauses: Pauses,
    /// The provider as a whole. Attempts and probes change it; no lock is held while anything is waited for.
    circuit: Mutex<Circuit>,
    /// The senders that the provider refuses, each with a circuit of its own, because other senders may work. An
    /// accepted message from a sender removes its entry.
    senders: Mutex<HashMap<Box<str>, Circuit>>,
    /// When the provider accepted messages lately, and which moments are promised to messages that it told to wait.
    pace: Mutex<Pace>,
}

/// How many senders are remembered, at most. A configuration has a handful; more than that are not told apart.
const SENDERS: usize = 64;

/// The right to ask a provider once. If it is dropped without a report, the provider stays in or out as it was.
#[derive(Debug)]
pub struct Permit<'m> {
    breaker: &'m Breaker,
    sender: &'m str,
    /// When the attempt began; the circuit counts it as under way until the permit is dropped.
    began: Instant,
    /// The circuit's epoch at that time. A failure counts only while this is still the circuit's epoch.
    epoch: u64,
    /// The attempt is the probe. A report that tells whether the provider works clears this. Otherwise dropping the
    /// permit hands the duty to the next message.
    is_probe: bool,
    /// Whether a failure counts. Only the first attempt of each message does, however often the message asks again:
    /// else one message could leave a provider out for everybody.
    counts: bool,
}

impl Breaker {
    /// A breaker that knows nothing yet. The jitter of its pauses comes from `seed`.
    #[must_use]
    pub fn new(pauses: Pauses, seed: u64) -> Self {
        Self {
            pauses,
            circuit: Mutex::new(Circuit::new(seed)),
            senders: Mutex::default(),
            pace: Mutex::default(),
        }
    }

    /// Asks for a permit in the provider's turn, for a message from `sender`.
    pub fn ask<'m>(&'m self, sender: &'m str, now: Instant) -> Asked<'m> {
        // The lock on the senders is released before the circuit is locked. Where both are held, this is the order.
        if lock(&self.senders).get(sender).is_some_and(|circuit| circuit.is_left_out(now)) {
            return Asked::LeftOut(None);
        }
        let mut circuit = lock(&self.circuit);
        if circuit.is_left_out(now) {
            return Asked::LeftOut(None);
        }
        if circuit.phase == Phase::LeftOut && !circuit.probed_by_message {
            circuit.phase = Phase::Probing;
            return Asked::ProbeDue(Probe { epoch: circuit.epoch });
        }
        if circuit.phase == Phase::Up && circuit.hanging(now) >= self.pauses.after {
            // The attempts have not ended, so it is not known at which stage they hang. Waiting for them to end would
            // cost the messages that come meanwhile their time.
            circuit.last_fault = Some((Stage::Connect, FaultKind::Timeout));
            circuit.failures = circuit.failures.max(self.pauses.after);
            circuit.epoch += 1;
            let pause = circuit.next_pause(self.pauses);
            return Asked::LeftOut(Some(Change::LeftOut(circuit.leave_out(pause, now))));
        }
        Asked::Yours(self.permit(&mut circuit, sender, now))
    }

    /// Gives a permit although the provider may be left out, because no other provider is left. A success counts; a
    /// failure makes no pause longer.
    pub fn ask_anyway<'m>(&'m self, sender: &'m str, now: Instant) -> Permit<'m> {
        let mut circuit = lock(&self.circuit);
        if circuit.is_left_out(now) || circuit.phase == Phase::LeftOut {
            let epoch = circuit.epoch;
            // Not counted and not among the attempts under way: that the provider fails is known, and only its success
            // is news.
            return Permit { breaker: self, sender, began: now, epoch, is_probe: false, counts: false };
        }
        self.permit(&mut circuit, sender, now)
    }

    /// A permit of a provider that is not left out (any more).
    fn permit<'m>(&'m self, circuit: &mut Circuit, sender: &'m str, now: Instant) -> Permit<'m> {
        let is_probe = circuit.begin(now);
        Permit { breaker: self, sender, began: now, epoch: circuit.epoch, is_probe, counts: true }
    }

    /// Takes in the result of a probe. After a success the provider is on trial: the next failure leaves it out again,
    /// for longer.
    pub fn probed(&self, probe: &Probe, probed: Probed, now: Instant) -> Option<Change> {
        let mut circuit = lock(&self.circuit);
        // Something else decided meanwhile, say a message that was sent although the provider was left out.
        if circuit.epoch != probe.epoch || circuit.phase != Phase::Probing {
            return None;
        }
        match probed {
            Probed::Works => {
                (circuit.phase, circuit.until, circuit.last_fault) = (Phase::Up, None, None);
                // One failure short of the limit. Connecting proves less than a message does: the server may greet and
                // then hang.
                circuit.failures = self.pauses.after.saturating_sub(1);
                circuit.epoch += 1;
                Some(Change::Back)
            }
            Probed::Fails(fault) => {
                circuit.failed(&fault, true, self.pauses, now);
                None
            }
            Probed::CannotTell => {
                (circuit.phase, circuit.until, circuit.probed_by_message) = (Phase::LeftOut, Some(now), true);
                None
            }
        }
    }

    /// Whether [`Breaker::ask`] would give no permit at `now`.
    #[must_use]
    pub fn is_left_out(&self, now: Instant) -> bool {
        lock(&self.circuit).is_left_out(now)
    }

    /// Whether the provider works, but has asked to be left alone until later than `now`.
    #[must_use]
    pub fn is_throttled(&self, now: Instant) -> bool {
        let circuit = lock(&self.circuit);
        circuit.phase == Phase::Up && circuit.is_busy(now)
    }

    /// When the last pause ends or ended; `None` where there was none since the provider came back.
    #[must_use]
    pub fn until(&self) -> Option<Instant> {
        let circuit = lock(&self.circuit);
        circuit.until.max(circuit.busy_until)
    }

    /// The moment at which a message that has to wait may ask again: it was told to wait for `wait`, or it found the
    /// provider throttled (`wait` is zero then). Each message gets a moment of its own, so that they don't all come
    /// back together. A moment after `by` is too late for this message, and stays free for others.
    pub fn book(&self, wait: Duration, now: Instant, by: Instant) -> Instant {
        let busy = lock(&self.circuit).busy_until.unwrap_or(now);
        lock(&self.pace).book(busy.max(now + wait), now, by)
    }

    /// The pause with its jitter: up to a quarter shorter or longer, so that messages don't come back together.
    #[must_use]
    pub fn jittered(&self, pause: Duration) -> Duration {
        let byte = lock(&self.circuit).random_byte();
        // From 3/4 of the pause, with byte 0, to 3/4 + 255/512, with byte 255.
        pause * 3 / 4 + pause / 512 * u32::from(byte)
    }

    /// The state of the provider at `now`.
    #[must_use]
    pub fn health(&self, now: Instant) -> Health {
        let circuit = lock(&self.circuit);
        let (phase, until) = match circuit.phase {
            Phase::Up if circuit.is_busy(now) => (Phase::Throttled, circuit.busy_until),
            Phase::LeftOut => (Phase::LeftOut, circuit.until),
            phase => (phase, None),
        };
        Health { phase, failures: circuit.failures, until, last_fault: circuit.last_fault }
    }
}

/// Locks, and takes a poisoned lock too: each change of what it guards is complete before anything can panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Permit<'_> {
    /// The same permit for a message that asks this provider again, whose failure was counted the first time.
    #[must_use]
    pub fn uncounted(mut self) -> Self {
        self.counts = false;
        self
    }

    /// Takes in the result of the attempt. A success brings the provider back, whenever the attempt began; a failure
    /// counts only if nothing has changed since it began.
    #[must_use]
    pub fn report(mut self, verdict: &Verdict, now: Instant) -> Option<Change> {
        let breaker = self.breaker;
        let wait = verdict.fault().and_then(|fault| fault.wait);
        if let Some(wait) = wait {
            lock(&breaker.circuit).asked_to_wait(wait, breaker.pauses, now);
        }
        match judge(verdict) {
            Judged::Nothing => None,
            Judged::Works => {
                if let Verdict::Accepted { .. } = verdict {
                    lock(&breaker.senders).remove(self.sender);
                    lock(&breaker.pace).accepted(now);
                }
                self.is_probe = false;
                lock(&breaker.circuit).went_well(now)
            }
            Judged::RefusesSender(fault) => {
                let mut senders = lock(&breaker.senders);
                // Beyond the bound a refusal is not remembered, and the sender's messages go on trying: nothing is lost
                // but time.
                if senders.len() < SENDERS || senders.contains_key(self.sender) {
                    let random = lock(&breaker.circuit).random;
                    let circuit = senders.entry(self.sender.into()).or_insert_with(|| Circuit::new(random));
                    if !circuit.is_left_out(now) {
                        let is_probe = circuit.phase == Phase::LeftOut;
                        circuit.failed(fault, is_probe, breaker.pauses, now);
                    }
                }
                None
            }
            Judged::Fails(fault) => {
                let mut circuit = lock(&breaker.circuit);
                if circuit.epoch != self.epoch || !self.counts {
                    return None;
                }
                let is_probe = std::mem::take(&mut self.is_probe);
                circuit.failed(fault, is_probe, breaker.pauses, now)
            }
        }
    }
}

impl Drop for Permit<'_> {
    /// Ends the attempt. If it was a probe without a result, the next message is the probe.
    fn drop(&mut self) {
        let mut circuit = lock(&self.breaker.circuit);
        circuit.end(self.began);
        if self.is_probe && circuit.epoch == self.epoch {
            circuit.phase = Phase::LeftOut;
        }
    }
}

/// What a verdict says about the provider, whatever it says about the message.
enum Judged<'v> {
    /// Nothing: the verdict may be about this recipient, or the provider is busy and may take the next message.
    Nothing,
    /// The provider let us in and looked at the message, so it works.
    Works,
    /// The provider refuses the sender, or something else of ours that may differ between messages.
    RefusesSender(&'v Fault),
    /// The provider fails, and would fail the next message too.
    Fails(&'v Fault),
}

/// Sorts a verdict by what it says about the provider.
fn judge(verdict: &Verdict) -> Judged<'_> {
    match verdict {
        Verdict::Accepted { .. } | Verdict::Rejected(_) | Verdict::Refused(_) => Judged::Works,
        Verdict::Deferred(fault) | Verdict::InDoubt(fault) => match fault.kind {
            FaultKind::Recipient | FaultKind::Content => Judged::Works,
            // Neither a failure nor a success. The time that the provider asks for is noted apart from this.
            FaultKind::Throttled => Judged::Nothing,
            // May be about this recipient: greylisting, a full mailbox, an address that this sender may not write to.
            FaultKind::Unavailable | FaultKind::Account if fault.stage == Stage::Rcpt => Judged::Nothing,
            FaultKind::Account => Judged::RefusesSender(fault),
            FaultKind::Unavailable | FaultKind::Credentials | FaultKind::Timeout => Judged::Fails(fault),
        },
    }
}

#[cfg(test)]
mod tests;
