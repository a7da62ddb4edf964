//! The time of day as an argument: code that needs "now" is handed a [`Clock`], so that tests can set it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Where the time of day comes from: the system, or a test that sets it.
///
/// Deadlines are measured with tokio's monotonic clock, which no change of the system's time can move. This clock is for
/// points in time that mean something outside the process: a signature's age, a code's expiry, a `Date` header.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The system's wall clock, which the service runs by.
    #[default]
    System,
    /// A clock that stands still until it is set, in milliseconds since the Unix epoch.
    Manual(Arc<AtomicU64>),
    /// A clock that goes with tokio's, which a test may have paused: the first time is that of the instant.
    #[cfg(test)]
    Along(Arc<(SystemTime, tokio::time::Instant)>),
}

impl Clock {
    /// A clock that stands at `at` until [`Clock::set`] moves it.
    #[must_use]
    pub fn manual(at: SystemTime) -> Self {
        Self::Manual(Arc::new(AtomicU64::new(millis(at))))
    }

    /// The current time by this clock.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the ambient clock")]
    pub fn now(&self) -> SystemTime {
        match self {
            Self::System => SystemTime::now(),
            Self::Manual(at) => UNIX_EPOCH + Duration::from_millis(at.load(Ordering::Relaxed)),
            #[cfg(test)]
            Self::Along(began) => began.0 + began.1.elapsed(),
        }
    }

    /// Moves a manual clock; does nothing to the system's.
    pub fn set(&self, to: SystemTime) {
        if let Self::Manual(at) = self {
            at.store(millis(to), Ordering::Relaxed);
        }
    }
}

/// Milliseconds since the Unix epoch; 0 for a time before it.
#[must_use]
pub fn millis(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
