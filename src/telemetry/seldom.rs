//! At most one log line a minute, for events that a stranger could cause as often as they like.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The shortest time between two lines.
const APART: Duration = Duration::from_mins(1);

/// Counts events of one kind, and says when a line about them is due.
#[derive(Debug, Default)]
pub struct Seldom(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// When a line was last due; `None` before the first event.
    said: Option<Instant>,
    /// The number of events since then.
    count: u64,
}

impl Seldom {
    /// Counts one event. Returns the number of events since the last line, this one included, where a line is due: for
    /// the first event, and then no sooner than a minute after the last line. `None` where no line is due.
    pub fn count(&self, now: Instant) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.count = state.count.saturating_add(1);
        if state.said.is_some_and(|said| now.saturating_duration_since(said) < APART) {
            return None;
        }
        state.said = Some(now);
        Some(std::mem::take(&mut state.count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_has_a_line_and_then_each_minute_has_one() {
        let (seldom, start) = (Seldom::default(), Instant::now());
        let at = |seconds| seldom.count(start + Duration::from_secs(seconds));
        assert_eq!([0, 1, 59, 60, 61, 300].map(at), [Some(1), None, None, Some(3), None, Some(2)]);
    }
}
