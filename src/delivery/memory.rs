//! What is remembered of a provider from message to message: a circuit breaker. One that keeps failing is left out for a
//! growing while, then probed by one message; one that asks to wait is left out for as long. Pure: the time comes in with
//! each call.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::{Fault, FaultKind, Verdict};

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
pub struct Standing {
    /// Whether it is asked.
    pub phase: Phase,
    /// Failures since the last message that went well.
    pub failures: u32,
    /// While it is left out: the first message from then on is the probe. While it is throttled: until when.
    pub until: Option<Instant>,
    /// Stage and kind of the last of these failures.
    pub last_fault: Option<(&'static str, FaultKind)>,
}

/// What an attempt changed for the messages after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The provider was up, and is left out for so long.
    LeftOut(Duration),
    /// It was left out, and is up.
    Back,
}

/// The memory of one provider, shared by all messages.
#[derive(Debug)]
pub struct Memory {
    pauses: Pauses,
    circuit: Mutex<Circuit>,
}

#[derive(Debug)]
struct Circuit {
    phase: Phase,
    failures: u32,
    last_fault: Option<(&'static str, FaultKind)>,
    /// The pause that runs or ran last, without jitter, and its end. Kept while probing.
    pause: Duration,
    until: Option<Instant>,
    /// Until when the provider asked to be left alone; may be over.
    busy_until: Option<Instant>,
    /// Counts the times that it was left out and came back. A failure counts only in the epoch in which its attempt began:
    /// many attempts may hang at a time, and say nothing new when they end after the first few.
    epoch: u64,
    /// Where the jitter comes from.
    random: u64,
}

/// The right to ask a provider once. Dropped without a report, it leaves everything as it was.
#[derive(Debug)]
pub struct Permit<'m> {
    memory: &'m Memory,
    epoch: u64,
    is_probe: bool,
}

impl Memory {
    /// Nothing is known yet. `seed` is where the jitter of the pauses comes from.
    #[must_use]
    pub fn new(pauses: Pauses, seed: u64) -> Self {
        let circuit = Circuit {
            phase: Phase::Up,
            failures: 0,
            last_fault: None,
            pause: Duration::ZERO,
            until: None,
            busy_until: None,
            epoch: 0,
            random: seed,
        };
        Self { pauses, circuit: Mutex::new(circuit) }
    }

    /// Asks in the provider's turn; `None` while it is left out. The first to ask after a pause is the probe.
    pub fn ask(&self, now: Instant) -> Option<Permit<'_>> {
        let mut circuit = self.circuit();
        if circuit.is_left_out(now) {
            return None;
        }
        Some(circuit.permit(self))
    }

    /// Asks although it is left out, since nobody else is left. A success counts; a failure makes no pause longer.
    pub fn ask_anyway(&self, now: Instant) -> Permit<'_> {
        let mut circuit = self.circuit();
        if circuit.is_left_out(now) {
            return Permit { memory: self, epoch: circuit.epoch, is_probe: false };
        }
        circuit.permit(self)
    }

    /// Whether [`Memory::ask`] would give nothing.
    #[must_use]
    pub fn is_left_out(&self, now: Instant) -> bool {
        self.circuit().is_left_out(now)
    }

    /// When the pause that runs or ran last ends or ended; `None` where there was none since it came back.
    #[must_use]
    pub fn until(&self) -> Option<Instant> {
        let circuit = self.circuit();
        circuit.until.max(circuit.busy_until)
    }

    /// The state as it is at `now`.
    #[must_use]
    pub fn standing(&self, now: Instant) -> Standing {
        let circuit = self.circuit();
        let (phase, until) = match circuit.phase {
            Phase::Up if circuit.is_busy(now) => (Phase::Throttled, circuit.busy_until),
            Phase::LeftOut => (Phase::LeftOut, circuit.until),
            phase => (phase, None),
        };
        Standing { phase, failures: circuit.failures, until, last_fault: circuit.last_fault }
    }

    fn circuit(&self) -> MutexGuard<'_, Circuit> {
        self.circuit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Circuit {
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

    /// The provider named a time. It holds though others get through meanwhile: they may have been sent before.
    fn asked_to_wait(&mut self, wait: Duration, pauses: Pauses, now: Instant) {
        self.busy_until = self.busy_until.max(Some(now + wait.min(pauses.longest)));
    }

    /// For a provider that is not left out (any more).
    fn permit<'m>(&mut self, memory: &'m Memory) -> Permit<'m> {
        let is_probe = self.phase == Phase::LeftOut;
        if is_probe {
            self.phase = Phase::Probing;
        }
        Permit { memory, epoch: self.epoch, is_probe }
    }

    fn went_well(&mut self) -> Option<Change> {
        let was_up = self.phase == Phase::Up;
        (self.phase, self.failures, self.last_fault, self.until) = (Phase::Up, 0, None, None);
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
            self.leave_out(self.pause.saturating_mul(2).min(pauses.longest), now);
        } else if self.phase == Phase::Up && self.failures >= pauses.after {
            self.epoch += 1;
            return Some(Change::LeftOut(self.leave_out(pauses.first, now)));
        }
        None
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
    /// What came of asking. A success closes the circuit whenever the attempt began.
    #[must_use]
    pub fn report(mut self, verdict: &Verdict, now: Instant) -> Option<Change> {
        let wait = verdict.fault().and_then(|fault| fault.wait);
        if let Some(wait) = wait {
            self.memory.circuit().asked_to_wait(wait, self.memory.pauses, now);
        }
        let judged = judge(verdict)?;
        let mut circuit = self.memory.circuit();
        let is_probe = std::mem::take(&mut self.is_probe);
        match judged {
            Ok(()) => circuit.went_well(),
            Err(fault) if circuit.epoch == self.epoch => {
                circuit.failed(fault, is_probe, self.memory.pauses, now)
            }
            Err(_) => None,
        }
    }
}

impl Drop for Permit<'_> {
    /// A probe that told nothing: the next message is one.
    fn drop(&mut self) {
        if self.is_probe {
            let mut circuit = self.memory.circuit();
            if circuit.epoch == self.epoch {
                circuit.phase = Phase::LeftOut;
            }
        }
    }
}

/// What a verdict says of the provider, whatever it says of the message; `None`: nothing.
fn judge(verdict: &Verdict) -> Option<Result<(), &Fault>> {
    match verdict {
        // It let us in and had a look at the message.
        Verdict::Accepted { .. } | Verdict::Rejected(_) | Verdict::Refused(_) => Some(Ok(())),
        Verdict::Deferred(fault) | Verdict::InDoubt(fault) => match fault.kind {
            FaultKind::Recipient | FaultKind::Content => Some(Ok(())),
            // It works, and has too much to do; it may take the next message.
            FaultKind::Throttled => None,
            // May be about this recipient: greylisting, a full mailbox, an address that this sender may not write to.
            FaultKind::Unavailable | FaultKind::Account if fault.stage == "rcpt" => None,
            FaultKind::Unavailable | FaultKind::Account | FaultKind::Credentials | FaultKind::Timeout => {
                Some(Err(fault))
            }
        },
    }
}

#[cfg(test)]
mod tests;
