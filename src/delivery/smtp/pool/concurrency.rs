//! How many sessions a server takes at a time: as many as are configured, until it says that these are too many. Pure:
//! the time comes in with each call.

use std::time::Duration;

use tokio::time::Instant;

/// How many messages that went through show that one session more is worth a try.
const SUCCESSES: usize = 10;
/// How much time without a complaint shows the same.
const CALM: Duration = Duration::from_secs(2);

/// The number of sessions that may be in use at a time. It falls when the server complains, and then grows by one at a
/// time, so that a server which takes fewer is asked for one too many only now and then.
#[derive(Debug)]
pub(super) struct Concurrency {
    configured: usize,
    allowed: usize,
    /// Messages that went through since the last change.
    successes: usize,
    /// When the number last changed; `None` while it is the configured one.
    changed_at: Option<Instant>,
}

impl Concurrency {
    /// Allows as many sessions as are configured.
    pub(super) fn new(configured: usize) -> Self {
        Self { configured, allowed: configured, successes: 0, changed_at: None }
    }

    /// The number that is allowed at `now`. It has grown by one for each two calm seconds since the last change.
    pub(super) fn allowed(&mut self, now: Instant) -> usize {
        while let Some(changed_at) = self.changed_at.filter(|at| *at + CALM <= now) {
            self.grow(changed_at + CALM);
        }
        self.allowed
    }

    /// When one session more will be allowed, if nothing else happens; `None` while all are allowed.
    pub(super) fn grows_at(&self) -> Option<Instant> {
        self.changed_at.map(|changed_at| changed_at + CALM)
    }

    /// Notes that the server complained while `others` were in use beside the session that it refused.
    pub(super) fn crowded(&mut self, others: usize, now: Instant) {
        // What works is known: the others do. The number never rises here, since complaints may come late.
        self.allowed = self.allowed(now).min(others).max(1);
        (self.successes, self.changed_at) = (0, Some(now));
    }

    /// Notes that a message went through.
    pub(super) fn succeeded(&mut self, now: Instant) {
        if self.changed_at.is_none() {
            return;
        }
        self.successes += 1;
        if self.successes >= SUCCESSES {
            self.grow(now);
        }
    }

    /// Allows one session more.
    fn grow(&mut self, at: Instant) {
        self.allowed = self.configured.min(self.allowed + 1);
        self.successes = 0;
        self.changed_at = Some(at).filter(|_| self.allowed < self.configured);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_falls_to_what_works_and_grows_one_by_one() {
        let (mut concurrency, now) = (Concurrency::new(16), Instant::now());
        for others in (3..16).rev() {
            concurrency.crowded(others, now);
        }
        assert_eq!(concurrency.allowed(now), 3);
        for _ in 0..SUCCESSES {
            concurrency.succeeded(now);
        }
        assert_eq!(concurrency.allowed(now), 4);
        assert_eq!(concurrency.allowed(now + 2 * CALM), 6);
        assert_eq!(concurrency.allowed(now + 100 * CALM), 16);
    }

    #[test]
    fn one_is_always_allowed_and_a_late_complaint_does_not_raise_it() {
        let (mut concurrency, now) = (Concurrency::new(4), Instant::now());
        concurrency.crowded(0, now);
        assert_eq!(concurrency.allowed(now), 1);
        concurrency.crowded(3, now);
        assert_eq!(concurrency.allowed(now), 1);
    }
}
