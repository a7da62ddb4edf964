//! Times in events, as far as they can be right.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::value::RawValue;

/// Below this, a `timestamp` counts seconds (Clerk documents milliseconds and shows seconds in its examples).
const FIRST_MILLISECOND_TIMESTAMP: u64 = 100_000_000_000;

/// 2020-01-01, fifty years with twelve leap days after 1970: Clerk sent no webhooks before.
const EARLIEST: Duration = Duration::from_hours(24 * 365 * 50 + 24 * 12);

/// How far a time in an event may lie ahead of our clock before it counts as wrong.
const AHEAD: Duration = Duration::from_hours(24);

/// Reads a time. `None` where it can't be when Clerk made the message: before 2020, or more than a day after `now`.
pub(super) fn point_in_time(raw: &RawValue, now: SystemTime) -> Option<SystemTime> {
    let number: f64 = raw.get().trim_matches('"').parse().ok()?;
    // A float reads any number that JSON allows, such as 1.7873e12. Its fraction of a millisecond means nothing here.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "range is checked first")]
    let number = (1.0..1e15).contains(&number).then_some(number as u64)?;
    let since = if number < FIRST_MILLISECOND_TIMESTAMP {
        Duration::from_secs(number)
    } else {
        Duration::from_millis(number)
    };
    let time = UNIX_EPOCH.checked_add(since)?;
    (since >= EARLIEST && time <= now.checked_add(AHEAD)?).then_some(time)
}
