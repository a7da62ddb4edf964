//! The messages that this process settled lately, by either of their ids. A second request for one is answered from
//! here, however slow the disk is.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use super::words::{Ids, Settled};

/// How many messages are remembered at a time. Each takes about 260 bytes, so all of them take about 26 MB. At one
/// message a second, they cover all that Svix repeats; whatever is beyond them is looked up in the database.
const MESSAGES: usize = 100_000;

/// How long a message is remembered. Svix repeats one for up to 27 h 35 min; the rest is a margin. A later request can only
/// be a replay by hand, and is looked up in the database.
const KEPT: Duration = Duration::from_hours(36);

/// By how much our clock and Clerk's may differ: twice what Svix's signatures allow.
const SKEW: u64 = 10 * 60 * 1000;

/// What an earlier outcome means for a claim. The variants are in the order of their strength.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// No provider has the message, so it is tried again.
    Open,
    /// A provider may have the message.
    Doubt,
    /// A provider has the message.
    Accepted,
}

impl Standing {
    /// What an outcome means for the next claim of the same message.
    pub(super) const fn of(settled: Settled) -> Self {
        match settled {
            Settled::Accepted => Self::Accepted,
            Settled::InDoubt | Settled::Begun => Self::Doubt,
            Settled::Rejected | Settled::Expired | Settled::Superseded | Settled::Failed => Self::Open,
        }
    }
}

/// What is known of a message that was seen before.
#[derive(Debug, Clone)]
pub(super) struct Known {
    /// What its last outcome means for a claim.
    pub(super) standing: Standing,
    /// The name of the provider that answered last, where one did.
    pub(super) provider: Option<Arc<str>>,
    /// The provider's own id of the message, where it gave one.
    pub(super) receipt: Option<Arc<str>>,
    /// When the ledger saw the message for the first time, in milliseconds since the Unix epoch.
    pub(super) first_seen: u64,
}

impl Known {
    /// What two rows, or two memories, say together: the stronger standing, and the earlier first sight.
    pub(super) fn and(self, other: Self) -> Self {
        let first_seen = self.first_seen.min(other.first_seen);
        let stronger = if other.standing > self.standing { other } else { self };
        Self { first_seen, ..stronger }
    }
}

/// What memory says of a message that is claimed.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// What this process knows under either id; `None` for a message that it did not settle lately.
    pub(super) known: Option<Known>,
    /// Whether this process settled the message under its own id, so that the database's row may be out of date.
    pub(super) settled_here: bool,
    /// Whether the database holds nothing about the message that this process doesn't know, so that nobody need ask it.
    pub(super) complete: bool,
}

/// A keyed hash of 128 bits, which takes less memory than an id. Two ids of a full memory share one with a chance of one in
/// 10^26.
type Key = [u64; 2];

/// A message that is remembered.
#[derive(Debug)]
struct Slot {
    /// The keys of both ids, by which [`Recent::forget`] finds its entries in [`Recent::numbers`].
    keys: [Key; 2],
    known: Known,
    /// Whether the database was asked under both ids before, so that it knows nothing else. A later slot of the same message
    /// takes this over.
    complete: bool,
    /// When the message was settled, in milliseconds since the Unix epoch.
    settled_at: u64,
}

/// The messages that were settled lately, in the order in which they were settled.
#[derive(Debug)]
pub(super) struct Recent {
    /// Two keyed hash functions, of 64 bits each, that make a [`Key`] together.
    hashers: [RandomState; 2],
    /// The messages, oldest first. A message that is settled again gets another slot; the earlier one stays until it is
    /// forgotten.
    slots: VecDeque<Slot>,
    /// The number of the slot in front, which grows as slots are forgotten. Numbers stay right when slots go, as indices
    /// would not.
    first: u64,
    /// From either id of a message to the number of its latest slot.
    numbers: HashMap<Key, u64>,
    /// The database may hold what is not here of messages that were born until then, in milliseconds since the Unix epoch:
    /// those of an earlier process, and what was forgotten here. `None` where it holds nothing else.
    ///
    /// A look-up costs two wake-ups of a thread and some ten system calls; nearly every message comes once, and soon after it
    /// was born.
    unknown_until: Option<u64>,
}

impl Default for Recent {
    fn default() -> Self {
        Self {
            hashers: Default::default(),
            slots: VecDeque::new(),
            first: 0,
            numbers: HashMap::new(),
            // Nothing is known of the database yet.
            unknown_until: Some(u64::MAX),
        }
    }
}

impl Recent {
    /// What is known of a message under either id.
    pub(super) fn find(&self, ids: &Ids) -> Memory {
        let [message, svix] = self.keys(ids).map(|key| self.slot(&key));
        let known = match (message, svix) {
            // The ids have slots of their own where Svix brought the message under another id. An acceptance under
            // either one is final.
            (Some(message), Some(svix)) => Some(message.known.clone().and(svix.known.clone())),
            (found, None) | (None, found) => found.map(|slot| slot.known.clone()),
        };
        // Both, since the database may have a row under the one id that was not asked for yet.
        let complete = [message, svix].iter().all(|slot| slot.is_some_and(|slot| slot.complete));
        Memory { known, settled_here: message.is_some(), complete }
    }

    /// Remembers what happened to a message. One that was accepted before stays accepted.
    ///
    /// `complete` says whether the database was asked under both ids before.
    pub(super) fn add(&mut self, ids: &Ids, known: Known, complete: bool, settled_at: u64) {
        let before = self.find(ids);
        let known = match before.known {
            // A failure that is recorded later comes from a claim that did not know of the acceptance: the message is
            // still sent.
            Some(before) if before.standing == Standing::Accepted => before.and(known),
            Some(before) => Known { first_seen: before.first_seen.min(known.first_seen), ..known },
            None => known,
        };
        let keys = self.keys(ids);
        let number = self.first + self.slots.len() as u64;
        for key in keys {
            self.numbers.insert(key, number);
        }
        self.slots.push_back(Slot { keys, known, complete: complete || before.complete, settled_at });
        self.forget(settled_at.saturating_sub(u64::try_from(KEPT.as_millis()).unwrap_or(u64::MAX)));
    }

    /// Whether the database can't hold anything about a message born at `born` that is not here.
    pub(super) fn covers(&self, born: Option<u64>) -> bool {
        self.unknown_until.is_none_or(|until| born.is_some_and(|born| born > until))
    }

    /// Notes when the database was written last before this process; `None` for an empty one. What it holds was born by
    /// then, as far as clocks agree.
    pub(super) fn written_until(&mut self, newest: Option<u64>) {
        self.unknown_until = newest.map(|newest| newest.saturating_add(SKEW));
    }

    /// Forgets the oldest messages: those settled before a time, and those beyond [`MESSAGES`].
    fn forget(&mut self, before: u64) {
        while self.slots.len() > MESSAGES || self.slots.front().is_some_and(|slot| slot.settled_at < before) {
            let Some(slot) = self.slots.pop_front() else { break };
            for key in slot.keys {
                // A later slot of the same message keeps its entry.
                if self.numbers.get(&key) == Some(&self.first) {
                    self.numbers.remove(&key);
                }
            }
            self.first += 1;
            self.unknown_until = self.unknown_until.max(Some(slot.settled_at.saturating_add(SKEW)));
        }
    }

    fn slot(&self, key: &Key) -> Option<&Slot> {
        let number = self.numbers.get(key)?;
        self.slots.get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    fn keys(&self, ids: &Ids) -> [Key; 2] {
        // `RandomState` has random keys in each process, so nobody can choose ids whose hashes are the same.
        [&ids.message, &ids.svix].map(|id| self.hashers.each_ref().map(|hasher| hasher.hash_one(id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000;

    fn ids(message: usize, svix: usize) -> Ids {
        Ids { message: format!("sms_{message}"), svix: format!("msg_{svix}") }
    }

    fn known(standing: Standing, first_seen: u64) -> Known {
        Known { standing, provider: None, receipt: None, first_seen }
    }

    fn standing(recent: &Recent, message: usize, svix: usize) -> Option<Standing> {
        recent.find(&ids(message, svix)).known.map(|known| known.standing)
    }

    #[test]
    fn either_id_finds_it_and_the_latest_counts() {
        let mut recent = Recent::default();
        recent.add(&ids(1, 1), known(Standing::Doubt, 5), true, 10);
        for (message, svix) in [(1, 1), (1, 9), (9, 1)] {
            assert_eq!(standing(&recent, message, svix), Some(Standing::Doubt));
        }
        assert_eq!(standing(&recent, 9, 9), None);
        recent.add(&ids(1, 2), known(Standing::Open, 7), true, 11);
        assert_eq!(standing(&recent, 1, 9), Some(Standing::Open));
        assert_eq!(recent.find(&ids(1, 2)).known.map(|known| known.first_seen), Some(5));
    }

    #[test]
    fn nothing_that_comes_later_hides_an_acceptance() {
        for later in [Standing::Open, Standing::Doubt] {
            let mut recent = Recent::default();
            recent.add(&ids(1, 1), known(Standing::Accepted, 5), true, 10);
            recent.add(&ids(1, 2), known(later, 1), true, 11);
            for (message, svix) in [(1, 9), (9, 1), (9, 2)] {
                assert_eq!(standing(&recent, message, svix), Some(Standing::Accepted));
            }
        }
    }

    #[test]
    fn the_database_need_not_be_asked_once_it_was_asked_under_both_ids() {
        let mut recent = Recent::default();
        recent.add(&ids(1, 1), known(Standing::Open, 5), true, 10);
        recent.add(&ids(2, 2), known(Standing::Open, 5), false, 10);
        for (message, svix, complete) in
            [(1, 1, true), (1, 9, false), (9, 1, false), (2, 2, false), (9, 9, false)]
        {
            assert_eq!(recent.find(&ids(message, svix)).complete, complete, "{message} {svix}");
        }
        recent.add(&ids(1, 1), known(Standing::Accepted, 5), false, 11);
        assert!(recent.find(&ids(1, 1)).complete, "what was once known stays known");
    }

    #[test]
    fn it_covers_all_the_attempts_of_svix_and_then_gives_the_memory_back() {
        let mut recent = Recent::default();
        recent.add(&ids(1, 1), known(Standing::Accepted, 0), true, HOUR);
        recent.add(&ids(2, 2), known(Standing::Accepted, 0), true, 29 * HOUR);
        assert_eq!(standing(&recent, 1, 1), Some(Standing::Accepted));
        recent.add(&ids(3, 3), known(Standing::Accepted, 0), true, 38 * HOUR);
        assert_eq!(standing(&recent, 1, 1), None);
        assert_eq!(standing(&recent, 2, 2), Some(Standing::Accepted));
        assert_eq!((recent.slots.len(), recent.numbers.len()), (2, 4));
    }

    #[test]
    fn the_database_is_asked_only_for_messages_that_it_may_hold() {
        let mut recent = Recent::default();
        assert!(!recent.covers(None) && !recent.covers(Some(u64::MAX)), "nobody has looked into it yet");
        recent.written_until(None);
        assert!(recent.covers(None) && recent.covers(Some(0)), "it is empty");
        recent.add(&ids(1, 1), known(Standing::Accepted, 0), true, HOUR);
        assert!(recent.covers(None) && recent.covers(Some(0)), "it holds nothing else");
        recent.forget(HOUR + 1);
        let covered = |recent: &Recent| {
            [None, Some(HOUR), Some(HOUR + SKEW), Some(HOUR + SKEW + 1)].map(|born| recent.covers(born))
        };
        assert_eq!(
            covered(&recent),
            [false, false, false, true],
            "what was forgotten here is in the database"
        );
        let mut recent = Recent::default();
        recent.written_until(Some(HOUR));
        assert_eq!(covered(&recent), [false, false, false, true], "an earlier process wrote it");
        recent.add(&ids(1, 1), known(Standing::Accepted, 0), true, 0);
        recent.forget(1);
        assert_eq!(covered(&recent), [false, false, false, true], "what is forgotten was born before that");
    }

    #[test]
    fn beyond_its_bounds_the_oldest_goes() {
        let mut recent = Recent::default();
        (0..=MESSAGES).for_each(|n| recent.add(&ids(n, n), known(Standing::Open, 0), true, 0));
        assert_eq!((recent.slots.len(), recent.numbers.len()), (MESSAGES, 2 * MESSAGES));
        assert_eq!(standing(&recent, 0, 0), None);
        assert_eq!(standing(&recent, 1, 1), Some(Standing::Open));
    }
}
