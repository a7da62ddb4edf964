//! What is remembered of a provider from message to message: a circuit breaker. A provider that keeps failing is left out
//! for a growing while and then probed by connecting to it without a message. A provider that asks us to wait is left out
//! for as long. A sender that it refuses is remembered apart from other senders. Pure: the time comes in with each call.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::fault::{Fault, FaultKind, Stage, Verdict};
use super::pace::Pace;

/// When a provider is left out, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Pauses {
    /// So many failures in a row, at least 1.
    pub after: u32,
    /// The first pause. Each is up to a quarter longer than said here, so that several services do not probe at once.
    pub first: Duration,
    /// Each failed probe doubles the pause, up to this.
    pub longest: Duration,
}

impl Default for Pauses {
    /// Three failures, because one or two may be the message's or the network's. A refusal of credentials counts no more
    /// than others: a single 401 or 403 may be a hiccup, or about one destination.
    fn default() -> Self {
        Self { after: 3, first: Duration::from_secs(5), longest: Duration::from_mins(5) }
    }
}

/// Whether a provider is asked in its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It is.
    Up,
    /// Only when nobody else is left.
    LeftOut,
    /// One message asks it, to see whether it works again; for all others it is left out.
    Probing,
    /// It works, and asked to be left alone for a while.
    Throttled,
}

impl Phase {
    /// The word for the admin address.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::LeftOut => "left_out",
            Self::Probing => "probing",
            Self::Throttled => "throttled",
        }
    }

    /// Whether it works, as far as is known.
    #[must_use]
    pub fn is_up(self) -> bool {
        matches!(self, Self::Up | Self::Throttled)
    }
}

/// A provider's state, to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    /// Whether it is asked.
    pub phase: Phase,
    /// Failures since the last message that went well.
    pub failures: u32,
    /// While it is left out: the first message from then on is the probe. While it is throttled: until when.
    pub until: Option<Instant>,
    /// Stage and kind of the last of these failures.
    pub last_fault: Option<(Stage, FaultKind)>,
}

/// What an attempt or a probe changed for the messages after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The provider was up, and is left out for so long.
    LeftOut(Duration),
    /// The provider was left out, and is up again.
    Back,
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

/// The duty to probe a provider once.
#[derive(Debug)]
pub struct Probe {
    epoch: u64,
}

/// What connecting without a message showed.
#[derive(Debug)]
pub enum Probed {
    /// The provider lets us in.
    Works,
    /// It does not.
    Fails(Fault),
    /// It has no request that sends nothing, so that only a message can tell.
    CannotTell,
}

/// The breaker of one provider, shared by all messages.
#[derive(Debug)]
pub struct Breaker {
    pauses: Pauses,
    circuit: Mutex<Circuit>,
    /// The provider refuses these senders. Others may work, so they are remembered apart.
    senders: Mutex<HashMap<Box<str>, Circuit>>,
    /// When the provider accepted messages lately, and which moments were given away to those who were told to wait.
    pace: Mutex<Pace>,
}

/// So many senders are remembered. A configuration has a handful.
const SENDERS: usize = 64;

/// An attempt that has been under way for so long, while none has gone well since it began, counts as one that hangs.
const HANGS_AFTER: Duration = Duration::from_secs(2);

#[derive(Debug)]
struct Circuit {
    phase: Phase,
    failures: u32,
    last_fault: Option<(Stage, FaultKind)>,
    /// The pause that runs or ran last, without jitter, and its end. Kept while probing, and until a message goes well.
    pause: Duration,
    until: Option<Instant>,
    /// Connecting tells nothing about this provider: the first message after a pause is the probe.
    probed_by_message: bool,
    /// Until when the provider asked to be left alone; may be over.
    busy_until: Option<Instant>,
    /// When the attempts that are under way began, and the last one that went well ended.
    under_way: Vec<Instant>,
    last_success: Option<Instant>,
    /// Counts the times that it was left out and came back. A failure counts only in the epoch in which its attempt began:
    /// many attempts may hang at a time, and say nothing new when they end after the first few.
    epoch: u64,
    /// Where the jitter comes from.
    random: u64,
}

/// The right to ask a provider once. Dropped without a report, it leaves everything as it was.
#[derive(Debug)]
pub struct Permit<'m> {
    breaker: &'m Breaker,
    sender: &'m str,
    began: Instant,
    epoch: u64,
    is_probe: bool,
    /// Whether a failure counts: the first of each message alone does, however often it asks again.
    counts: bool,
}

impl Breaker {
    /// Nothing is known yet. `seed` is where the jitter of the pauses comes from.
    #[must_use]
    pub fn new(pauses: Pauses, seed: u64) -> Self {
        Self {
            pauses,
            circuit: Mutex::new(Circuit::new(seed)),
            senders: Mutex::default(),
            pace: Mutex::default(),
        }
    }

    /// Asks in the provider's turn, for a message from `sender`.
    pub fn ask<'m>(&'m self, sender: &'m str, now: Instant) -> Asked<'m> {
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
            circuit.last_fault = Some((Stage::Connect, FaultKind::Timeout));
            circuit.failures = circuit.failures.max(self.pauses.after);
            circuit.epoch += 1;
            let pause = circuit.next_pause(self.pauses);
            return Asked::LeftOut(Some(Change::LeftOut(circuit.leave_out(pause, now))));
        }
        Asked::Yours(circuit.permit(self, sender, now))
    }

    /// Asks although it is left out, since nobody else is left. A success counts; a failure makes no pause longer.
    pub fn ask_anyway<'m>(&'m self, sender: &'m str, now: Instant) -> Permit<'m> {
        let mut circuit = lock(&self.circuit);
        if circuit.is_left_out(now) || circuit.phase == Phase::LeftOut {
            let epoch = circuit.epoch;
            return Permit { breaker: self, sender, began: now, epoch, is_probe: false, counts: false };
        }
        circuit.permit(self, sender, now)
    }

    /// What a probe showed. After a success the provider is on trial: the next failure leaves it out again, for longer.
    pub fn probed(&self, probe: &Probe, probed: Probed, now: Instant) -> Option<Change> {
        let mut circuit = lock(&self.circuit);
        if circuit.epoch != probe.epoch || circuit.phase != Phase::Probing {
            return None;
        }
        match probed {
            Probed::Works => {
                (circuit.phase, circuit.until, circuit.last_fault) = (Phase::Up, None, None);
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

    /// Whether [`Breaker::ask`] would give nothing.
    #[must_use]
    pub fn is_left_out(&self, now: Instant) -> bool {
        lock(&self.circuit).is_left_out(now)
    }

    /// Whether the provider works and has asked to be left alone until later than `now`.
    #[must_use]
    pub fn is_throttled(&self, now: Instant) -> bool {
        let circuit = lock(&self.circuit);
        circuit.phase == Phase::Up && circuit.is_busy(now)
    }

    /// When the pause that runs or ran last ends or ended; `None` where there was none since it came back.
    #[must_use]
    pub fn until(&self) -> Option<Instant> {
        let circuit = lock(&self.circuit);
        circuit.until.max(circuit.busy_until)
    }

    /// A moment for a message that was told to wait for `wait`, or that finds the provider throttled (`wait` is zero
    /// then). Moments are apart from each other, so that those who wait do not all come back together. One after `by` is
    /// too late for this message, and stays free for others.
    pub fn book(&self, wait: Duration, now: Instant, by: Instant) -> Instant {
        let busy = lock(&self.circuit).busy_until.unwrap_or(now);
        lock(&self.pace).book(busy.max(now + wait), now, by)
    }

    /// `pause`, up to a quarter shorter or longer.
    #[must_use]
    pub fn jittered(&self, pause: Duration) -> Duration {
        let byte = lock(&self.circuit).random_byte();
        pause * 3 / 4 + pause / 512 * u32::from(byte)
    }

    /// The state as it is at `now`.
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Circuit {
    fn new(seed: u64) -> Self {
        Self {
            phase: Phase::Up,
            failures: 0,
            last_fault: None,
            pause: Duration::ZERO,
            until: None,
            probed_by_message: false,
            busy_until: None,
            under_way: Vec::new(),
            last_success: None,
            epoch: 0,
            random: seed,
        }
    }

    fn is_left_out(&self, now: Instant) -> bool {
        let by_failures = match self.phase {
            Phase::Up | Phase::Throttled => false,
            Phase::LeftOut => self.until.is_some_and(|until| now < until),
            Phase::Probing => true,
        };
        by_failures || self.is_busy(now)
    }

    fn is_busy(&self, now: Instant) -> bool {
        self.busy_until.is_some_and(|until| now < until)
    }

    /// How many attempts hang.
    fn hanging(&self, now: Instant) -> u32 {
        let hangs = |began: &&Instant| {
            **began + HANGS_AFTER <= now && self.last_success.is_none_or(|success| success < **began)
        };
        u32::try_from(self.under_way.iter().filter(hangs).count()).unwrap_or(u32::MAX)
    }

    /// The provider named a time. It holds though others get through meanwhile: they may have been sent before.
    fn asked_to_wait(&mut self, wait: Duration, pauses: Pauses, now: Instant) {
        self.busy_until = self.busy_until.max(Some(now + wait.min(pauses.longest)));
    }

    /// For a provider that is not left out (any more).
    fn permit<'m>(&mut self, breaker: &'m Breaker, sender: &'m str, now: Instant) -> Permit<'m> {
        let is_probe = self.phase == Phase::LeftOut;
        if is_probe {
            self.phase = Phase::Probing;
        }
        self.under_way.push(now);
        Permit { breaker, sender, began: now, epoch: self.epoch, is_probe, counts: true }
    }

    fn went_well(&mut self, now: Instant) -> Option<Change> {
        let was_up = self.phase == Phase::Up;
        (self.phase, self.failures, self.last_fault, self.until) = (Phase::Up, 0, None, None);
        (self.pause, self.last_success) = (Duration::ZERO, Some(now));
        if was_up {
            return None;
        }
        self.epoch += 1;
        Some(Change::Back)
    }

    fn failed(&mut self, fault: &Fault, is_probe: bool, pauses: Pauses, now: Instant) -> Option<Change> {
        self.failures = self.failures.saturating_add(1);
        self.last_fault = Some((fault.stage, fault.kind));
        if is_probe {
            self.leave_out(self.next_pause(pauses), now);
        } else if self.phase == Phase::Up && self.failures >= pauses.after {
            self.epoch += 1;
            return Some(Change::LeftOut(self.leave_out(self.next_pause(pauses), now)));
        }
        None
    }

    /// The first one, or twice the one before.
    fn next_pause(&self, pauses: Pauses) -> Duration {
        self.pause.saturating_mul(2).clamp(pauses.first.min(pauses.longest), pauses.longest)
    }

    fn leave_out(&mut self, pause: Duration, now: Instant) -> Duration {
        let jitter = pause / 1024 * u32::from(self.random_byte());
        self.phase = Phase::LeftOut;
        self.pause = pause;
        self.until = Some(now + pause + jitter);
        pause + jitter
    }

    /// Of `SplitMix64` (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
    fn random_byte(&mut self) -> u8 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let [byte, ..] = (mixed ^ (mixed >> 31)).to_be_bytes();
        byte
    }
}

impl Permit<'_> {
    /// For a message that asks this provider once more: its failures were counted the first time.
    #[must_use]
    pub fn uncounted(mut self) -> Self {
        self.counts = false;
        self
    }

    /// What came of asking. A success closes the circuit whenever the attempt began.
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
    /// The attempt is over. A probe that told nothing: the next message is one.
    fn drop(&mut self) {
        let mut circuit = lock(&self.breaker.circuit);
        if let Some(at) = circuit.under_way.iter().position(|began| *began == self.began) {
            circuit.under_way.swap_remove(at);
        }
        if self.is_probe && circuit.epoch == self.epoch {
            circuit.phase = Phase::LeftOut;
        }
    }
}

/// What a verdict says of the provider, whatever it says of the message.
enum Judged<'v> {
    /// Nothing: it may be about this recipient, or the provider has too much to do and may take the next message.
    Nothing,
    /// It let us in and had a look at the message.
    Works,
    /// It refuses the sender or something else of ours that may differ between messages.
    RefusesSender(&'v Fault),
    /// It fails.
    Fails(&'v Fault),
}

fn judge(verdict: &Verdict) -> Judged<'_> {
    match verdict {
        Verdict::Accepted { .. } | Verdict::Rejected(_) | Verdict::Refused(_) => Judged::Works,
        Verdict::Deferred(fault) | Verdict::InDoubt(fault) => match fault.kind {
            FaultKind::Recipient | FaultKind::Content => Judged::Works,
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
