//! The pace at which a provider accepts messages, and the moments at which messages that it told to wait ask again.
//! Pure.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// How many acceptances are remembered: enough to know a pace.
const KNOWN_SUCCESSES: usize = 256;

/// The gap between messages that wait for a provider of which no pace is known.
const GAP: Duration = Duration::from_millis(50);

/// When a provider accepted messages lately, and which moment was promised to a message last.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// When the last messages were accepted, the latest at the end. The oldest is dropped when there are too many.
    successes: VecDeque<Instant>,
    /// The latest moment that was promised; `None` before the first. Never cleared: once it has passed, it delays
    /// nobody.
    last_slot: Option<Instant>,
}

impl Pace {
    /// Notes that a message was accepted.
    pub(super) fn accepted(&mut self, now: Instant) {
        self.successes.push_back(now);
        if self.successes.len() > KNOWN_SUCCESSES {
            self.successes.pop_front();
        }
    }

    /// The next free moment, not before `first`. A moment after `by` is too late for the message and stays free.
    ///
    /// The moments are as far apart as the acceptances were, over a time as long as the provider now wants us to wait:
    /// with a limit of ten a second and a wait of one second, that is 100 ms.
    pub(super) fn book(&mut self, first: Instant, now: Instant, by: Instant) -> Instant {
        let window = first - now;
        let since = now.checked_sub(window);
        let is_recent = |at: &&Instant| since.is_none_or(|since| **at >= since);
        let accepted = self.successes.iter().rev().take_while(is_recent).count();
        // The pace that the provider allowed just now is the best guess of the one that it will allow.
        let gap = match u32::try_from(accepted) {
            Ok(accepted) if accepted > 0 => window / accepted,
            _ => GAP.min(window),
        };
        let slot = self.last_slot.map_or(first, |last| first.max(last + gap));
        // A message that can't use the moment must not push the others back.
        if slot <= by {
            self.last_slot = Some(slot);
        }
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn moments_lie_as_far_apart_as_messages_were_accepted() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        for _ in 0..10 {
            pace.accepted(now);
        }
        let slots: Vec<_> = (0..3).map(|_| pace.book(now + SECOND, now, now + 9 * SECOND) - now).collect();
        assert_eq!(slots, [SECOND, SECOND * 11 / 10, SECOND * 12 / 10]);
    }

    #[test]
    fn an_unknown_pace_still_keeps_moments_apart_and_the_past_is_no_moment() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        let by = now + 30 * SECOND;
        assert_eq!(pace.book(now + SECOND, now, by), now + SECOND);
        assert_eq!(pace.book(now + SECOND, now, by), now + SECOND + GAP);
        let later = now + 10 * SECOND;
        assert_eq!(pace.book(later + SECOND, later, by), later + SECOND);
    }

    #[test]
    fn a_moment_that_comes_too_late_is_left_to_others() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        let by = now + 11 * SECOND;
        assert_eq!(pace.book(now + 3600 * SECOND, now, by), now + 3600 * SECOND);
        assert_eq!(pace.book(now + SECOND, now, by), now + SECOND);
    }
}
