//! Which codes and links are superseded: a newer one of the same series was accepted, so the older one would only mislead.
//!
//! A *series* is all codes and links for one recipient from one template: the same channel, slug and instance of Clerk. Two
//! apps may share this service, and a code of one says nothing about a code of the other. Codes are compared by their birth,
//! since Svix may bring them in any order.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

/// How long a generation of [`Newest`] lasts, at least. Clerk's codes and links live ten minutes. The rest is for a longer
/// `ttl_minutes`: within an hour Svix brings a message for the last time but four.
pub(super) const KEPT: Duration = Duration::from_hours(1);

/// How many series a generation of [`Newest`] holds, at most. Each takes about 30 bytes, so both generations take about 4 MB.
pub(super) const SERIES: usize = 50_000;

/// How far a birth may lie ahead of our clock. A birth beyond that is wrong, and would supersede codes that are newer. Svix's
/// signatures allow the two clocks to differ by as much.
const AHEAD: Duration = Duration::from_mins(5);

/// HMAC-SHA256 of what a series has in common, under the ledger's key, cut to 16 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct SeriesHash(pub(super) [u8; 16]);

impl fmt::Debug for SeriesHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hash]")
    }
}

/// Where a code or link stands in its series.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) series: SeriesHash,
    /// When Clerk made it, in milliseconds since the Unix epoch; `None` where the event names no time. Then the first sight
    /// of the message stands in for it.
    pub(super) born: Option<u64>,
}

/// The birth of the newest code or link that was accepted, for each series that had one lately, in milliseconds since the
/// Unix epoch.
///
/// There are two generations. Once the young one is old enough or full, it takes the place of the old one, which is
/// forgotten: this bounds time and memory without a queue of what to forget.
#[derive(Debug, Default)]
pub(super) struct Newest {
    young: HashMap<SeriesHash, u64>,
    old: HashMap<SeriesHash, u64>,
    /// When the young generation began, in milliseconds since the Unix epoch.
    began: u64,
}

impl Newest {
    /// Notes that a code or link born at `born` was accepted at `now`.
    pub(super) fn accept(&mut self, series: SeriesHash, born: u64, now: u64) {
        if is_wrong(born, now) {
            return;
        }
        if self.young.len() >= SERIES || u128::from(now.abs_diff(self.began)) >= KEPT.as_millis() {
            self.old = std::mem::take(&mut self.young);
            self.began = now;
        }
        let newest = self.young.entry(series).or_insert(born);
        *newest = born.max(*newest);
    }

    /// Whether a code or link that is newer than one born at `born` was accepted. Two that were born at the same time don't
    /// supersede each other.
    pub(super) fn supersedes(&self, series: SeriesHash, born: u64, now: u64) -> bool {
        let known = [&self.young, &self.old].into_iter().filter_map(|generation| generation.get(&series));
        // A clock that was ahead when it stood in for a birth, and was set back since, supersedes nothing either.
        known.into_iter().any(|newest| *newest > born && !is_wrong(*newest, now))
    }
}

/// Whether a birth lies so far ahead of `now` that it can't be right.
fn is_wrong(born: u64, now: u64) -> bool {
    u128::from(born.saturating_sub(now)) > AHEAD.as_millis()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: u64 = 60_000;
    const NOON: u64 = 1_800_000_000_000;

    fn series(number: u64) -> SeriesHash {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        SeriesHash(bytes)
    }

    #[test]
    fn only_an_older_one_of_the_same_series_is_superseded() {
        let mut newest = Newest::default();
        newest.accept(series(1), NOON, NOON + 100);
        for (name, of, born, superseded) in [
            ("older", 1, NOON - 1, true),
            ("much older", 1, 0, true),
            ("itself, or as old", 1, NOON, false),
            ("newer", 1, NOON + 1, false),
            ("another series", 2, NOON - 1, false),
        ] {
            assert_eq!(newest.supersedes(series(of), born, NOON + 200), superseded, "{name}");
        }
        newest.accept(series(1), NOON - MINUTE, NOON + 300);
        assert!(newest.supersedes(series(1), NOON - 1, NOON + 300), "the newest stays the newest");
    }

    #[test]
    fn a_birth_that_can_not_be_right_supersedes_nothing() {
        for (name, born, accepted, asked, superseded) in [
            ("at the tolerance", NOON + 5 * MINUTE, NOON, NOON, true),
            ("beyond the tolerance", NOON + 5 * MINUTE + 1, NOON, NOON, false),
            (
                "beyond it, and asked when that time has come",
                NOON + 6 * MINUTE,
                NOON,
                NOON + 6 * MINUTE,
                false,
            ),
            ("a clock that was set back by an hour", NOON + 60 * MINUTE, NOON + 60 * MINUTE, NOON, false),
            ("a clock that was set forward by an hour", NOON, NOON, NOON + 60 * MINUTE, true),
            ("the end of time", u64::MAX, NOON, NOON, false),
        ] {
            let mut newest = Newest::default();
            newest.accept(series(1), born, accepted);
            assert_eq!(newest.supersedes(series(1), NOON - 1, asked), superseded, "{name}");
        }
    }

    #[test]
    fn it_remembers_for_an_hour_and_gives_the_memory_back() {
        let mut newest = Newest::default();
        newest.accept(series(1), NOON, NOON);
        newest.accept(series(2), NOON, NOON + 59 * MINUTE);
        newest.accept(series(3), NOON, NOON + 61 * MINUTE);
        assert!(newest.supersedes(series(1), 0, NOON) && newest.supersedes(series(2), 0, NOON));
        newest.accept(series(4), NOON, NOON + 122 * MINUTE);
        assert!(!newest.supersedes(series(1), 0, NOON) && newest.supersedes(series(3), 0, NOON));
        assert_eq!((newest.young.len(), newest.old.len()), (1, 1));

        (0..=2 * SERIES as u64).for_each(|n| newest.accept(series(n), NOON, NOON + 123 * MINUTE));
        assert!(newest.young.len() <= SERIES && newest.old.len() <= SERIES);
        assert!(
            newest.supersedes(series(2 * SERIES as u64), 0, NOON) && !newest.supersedes(series(0), 0, NOON)
        );
    }

    proptest! {
        /// The simplest words for it: somebody newer was accepted, within the hour, at a time that can be right.
        #[test]
        fn it_says_what_a_list_of_all_would_say(
            codes in prop::collection::vec((0..3_u64, 0..20 * MINUTE, 0..20 * MINUTE), 1..40),
            asked in (0..3_u64, 0..20 * MINUTE),
        ) {
            let mut newest = Newest::default();
            let now = NOON + 20 * MINUTE;
            for (of, born, accepted) in &codes {
                newest.accept(series(*of), NOON + born, NOON + accepted);
            }
            let (of, born) = asked;
            let by_list = codes.iter().any(|(other, newer, accepted)| {
                *other == of && *newer > born && *newer <= accepted + 5 * MINUTE
            });
            prop_assert_eq!(newest.supersedes(series(of), NOON + born, now), by_list);
        }
    }
}
