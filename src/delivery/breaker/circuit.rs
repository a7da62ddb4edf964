//! The state machine of a circuit breaker: up, left out for a growing pause, probing. Pure: the time comes in with each
//! call, and the jitter from a seed.

use std::time::Duration;

use tokio::time::Instant;

use super::super::fault::{Fault, FaultKind, Stage};

/// After how many failures a provider is left out, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Pauses {
    /// How many failures in a row leave the provider out; at least 1, and 3 by default.
    pub after: u32,
    /// The first pause; 5 seconds by default. Each pause is up to a quarter longer than said here, so that several
    /// services don't probe a provider at the same moment.
    pub first: Duration,
    /// The longest pause; 5 minutes by default. Each failed probe doubles the pause up to this.
    pub longest: Duration,
}

impl Default for Pauses {
    /// Three failures, because one or two may be the message's or the network's. A refusal of credentials counts like
    /// any other failure: a single 401 or 403 may be a hiccup, or may be about one destination.
    fn default() -> Self {
        Self { after: 3, first: Duration::from_secs(5), longest: Duration::from_mins(5) }
    }
}

/// Whether a provider is asked in its turn, the order of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The provider is asked in its turn.
    Up,
    /// The provider keeps failing, and is asked only when no other provider is left.
    LeftOut,
    /// A probe is under way to see whether the provider works again. For all other messages it is left out.
    Probing,
    /// The provider works, but asked to be left alone for a while.
    Throttled,
}

impl Phase {
    /// The word for this phase on the admin address.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::LeftOut => "left_out",
            Self::Probing => "probing",
            Self::Throttled => "throttled",
        }
    }

    /// Whether the provider works, as far as is known.
    #[must_use]
    pub fn is_up(self) -> bool {
        matches!(self, Self::Up | Self::Throttled)
    }
}

/// What an attempt or a probe changed for the messages after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The provider was up, and is left out for this pause.
    LeftOut(Duration),
    /// The provider was left out, and is asked in its turn again.
    Back,
}

/// An attempt that has been under way for this long, while none has gone well since it began, counts as one that hangs.
pub(super) const HANGS_AFTER: Duration = Duration::from_secs(2);

/// The state machine of a circuit breaker, for a provider as a whole or for one sender at it.
#[derive(Debug)]
pub(super) struct Circuit {
    /// Never [`Phase::Throttled`]: `busy_until` says that, and holds beside every phase.
    pub(super) phase: Phase,
    /// Failures in a row. An attempt that goes well clears them; a probe that goes well leaves one failure short of the
    /// limit.
    pub(super) failures: u32,
    /// Stage and kind of the last failure; cleared when the provider comes back.
    pub(super) last_fault: Option<(Stage, FaultKind)>,
    /// The pause that runs or ran last, without jitter, for the next one to double. Kept while probing, and cleared
    /// when a message goes well, so that a provider which connects and then fails again is left out for longer each
    /// time.
    pause: Duration,
    /// When that pause ends or ended; `None` while the provider is up.
    pub(super) until: Option<Instant>,
    /// Connecting tells nothing about this provider, so the first message after a pause is the probe. Never cleared:
    /// what a provider's definition lacks does not change while the process runs.
    pub(super) probed_by_message: bool,
    /// Until when the provider asked to be left alone. Nobody clears it: a time in the past means nothing.
    pub(super) busy_until: Option<Instant>,
    /// When each attempt that is under way began, to see that attempts hang before they end. A permit that is dropped
    /// takes its own out.
    under_way: Vec<Instant>,
    /// When the last attempt that went well ended. Attempts that began before it don't count as hanging.
    last_success: Option<Instant>,
    /// Counts the times that the provider was left out and came back. A failure counts only in the epoch in which its
    /// attempt began: many attempts may hang at a time, and say nothing new when they end after the first few.
    pub(super) epoch: u64,
    /// The state of the generator of the jitter.
    pub(super) random: u64,
}

impl Circuit {
    /// A provider that is up and of which nothing is known yet.
    pub(super) fn new(seed: u64) -> Self {
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

    /// Whether the provider is left out at `now`, because it fails, is being probed, or asked to be left alone.
    pub(super) fn is_left_out(&self, now: Instant) -> bool {
        let by_failures = match self.phase {
            Phase::Up | Phase::Throttled => false,
            Phase::LeftOut => self.until.is_some_and(|until| now < until),
            Phase::Probing => true,
        };
        by_failures || self.is_busy(now)
    }

    /// Whether the provider has asked to be left alone until later than `now`.
    pub(super) fn is_busy(&self, now: Instant) -> bool {
        self.busy_until.is_some_and(|until| now < until)
    }

    /// The number of attempts that hang.
    pub(super) fn hanging(&self, now: Instant) -> u32 {
        let hangs = |began: &&Instant| {
            **began + HANGS_AFTER <= now && self.last_success.is_none_or(|success| success < **began)
        };
        u32::try_from(self.under_way.iter().filter(hangs).count()).unwrap_or(u32::MAX)
    }

    /// Notes that the provider asked us to wait. That holds although others may get through meanwhile, since these may
    /// have been sent before the provider asked.
    pub(super) fn asked_to_wait(&mut self, wait: Duration, pauses: Pauses, now: Instant) {
        // The later time counts, since answers may come out of order. Bounded, so that one odd header can't leave a
        // provider out for hours.
        self.busy_until = self.busy_until.max(Some(now + wait.min(pauses.longest)));
    }

    /// Notes that an attempt begins. Returns whether it is the probe, after which the provider is left out for all
    /// others.
    pub(super) fn begin(&mut self, now: Instant) -> bool {
        let is_probe = self.phase == Phase::LeftOut;
        if is_probe {
            self.phase = Phase::Probing;
        }
        self.under_way.push(now);
        is_probe
    }

    /// Notes that an attempt which began at `began` is over, however it went.
    pub(super) fn end(&mut self, began: Instant) {
        // Two attempts may have begun at the same instant. It does not matter which of them is taken out.
        if let Some(at) = self.under_way.iter().position(|other| *other == began) {
            self.under_way.swap_remove(at);
        }
    }

    /// Notes that an attempt went well.
    pub(super) fn went_well(&mut self, now: Instant) -> Option<Change> {
        let was_up = self.phase == Phase::Up;
        (self.phase, self.failures, self.last_fault, self.until) = (Phase::Up, 0, None, None);
        (self.pause, self.last_success) = (Duration::ZERO, Some(now));
        if was_up {
            return None;
        }
        // Attempts that began while the provider was left out may still fail, for a reason that is over by now.
        self.epoch += 1;
        Some(Change::Back)
    }

    /// Notes a failure: it leaves the provider out if it is the probe's, or the last of too many in a row.
    pub(super) fn failed(
        &mut self,
        fault: &Fault,
        is_probe: bool,
        pauses: Pauses,
        now: Instant,
    ) -> Option<Change> {
        self.failures = self.failures.saturating_add(1);
        self.last_fault = Some((fault.stage, fault.kind));
        // A probe that fails is not told as a change: the provider was left out before.
        if is_probe {
            self.leave_out(self.next_pause(pauses), now);
        } else if self.phase == Phase::Up && self.failures >= pauses.after {
            self.epoch += 1;
            return Some(Change::LeftOut(self.leave_out(self.next_pause(pauses), now)));
        }
        None
    }

    /// The length of the next pause: the first one, or twice the one before, without jitter.
    pub(super) fn next_pause(&self, pauses: Pauses) -> Duration {
        self.pause.saturating_mul(2).clamp(pauses.first.min(pauses.longest), pauses.longest)
    }

    /// Leaves the provider out. Returns the pause with its jitter, which adds up to a quarter.
    pub(super) fn leave_out(&mut self, pause: Duration, now: Instant) -> Duration {
        // A byte is at most 255, so this is at most a quarter of the pause.
        let jitter = pause / 1024 * u32::from(self.random_byte());
        self.phase = Phase::LeftOut;
        self.pause = pause;
        self.until = Some(now + pause + jitter);
        pause + jitter
    }

    /// The next byte of `SplitMix64` (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014). Jitter
    /// needs no better generator, and a seed makes the tests repeatable.
    pub(super) fn random_byte(&mut self) -> u8 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let [byte, ..] = (mixed ^ (mixed >> 31)).to_be_bytes();
        byte
    }
}
