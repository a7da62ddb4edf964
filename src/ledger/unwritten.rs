//! Records on their way into the database: for the length of a batch, or for as long as the disk refuses.

use std::collections::{HashMap, VecDeque};

use super::sqlite::{Prior, Standing};
use super::{Entry, Ids};

/// Records that are remembered while the disk refuses: about 50 MB.
const REMEMBERED: usize = 100_000;

/// Entries in the order they came in, found by either id.
#[derive(Debug, Default)]
pub(super) struct Unwritten {
    entries: VecDeque<Entry>,
    /// The number of the first entry; the others follow.
    first: u64,
    /// Either id to the number of the latest entry under it.
    numbers: HashMap<String, u64>,
}

impl Unwritten {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// Adds one, and says how many of the oldest had to be given up for it.
    pub(super) fn push(&mut self, entry: Entry) -> usize {
        let lost = (self.entries.len() + 1).saturating_sub(REMEMBERED);
        self.forget(lost);
        let number = self.first + self.entries.len() as u64;
        let Ids { message, svix } = &entry.claimed.ids;
        self.numbers.insert(message.clone(), number);
        self.numbers.insert(svix.clone(), number);
        self.entries.push_back(entry);
        lost
    }

    /// Drops the `count` oldest.
    pub(super) fn forget(&mut self, count: usize) {
        for entry in self.entries.drain(..count.min(self.entries.len())) {
            for id in [entry.claimed.ids.message, entry.claimed.ids.svix] {
                if self.numbers.get(&id) == Some(&self.first) {
                    self.numbers.remove(&id);
                }
            }
            self.first += 1;
        }
    }

    /// Whether a row of this message is yet to be written, so that the database's is out of date.
    pub(super) fn holds(&self, message: &str) -> bool {
        self.numbers.contains_key(message)
    }

    /// What is known under either id.
    pub(super) fn find(&self, ids: &Ids) -> Vec<Prior> {
        let entries = [&ids.message, &ids.svix].into_iter().filter_map(|id| self.get(id));
        entries.map(prior).collect()
    }

    fn get(&self, id: &str) -> Option<&Entry> {
        let number = self.numbers.get(id)?;
        self.entries.get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }
}

fn prior(entry: &Entry) -> Prior {
    Prior {
        message: entry.claimed.ids.message.clone(),
        standing: Standing::of(entry.outcome),
        provider: entry.provider.clone(),
        receipt: entry.receipt.clone(),
        first_seen: entry.first_seen,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{BEGUN, Claimed, Settled};
    use super::*;

    fn entry(n: usize, outcome: &'static str) -> Entry {
        let ids = ids(n);
        let claimed = Claimed { ids, channel: "sms", slug: None, recipient: None };
        let (provider, receipt) = (None, None);
        Entry { claimed, outcome, reason: None, provider, receipt, attempts: 1, first_seen: 1, settled_at: 2 }
    }

    fn ids(n: usize) -> Ids {
        Ids { message: format!("sms_{n}"), svix: format!("msg_{n}") }
    }

    fn standing(unwritten: &Unwritten, n: usize) -> Option<Standing> {
        unwritten.find(&ids(n)).first().map(|prior| prior.standing)
    }

    #[test]
    fn the_latest_entry_counts_and_outlives_the_earlier() {
        let mut unwritten = Unwritten::default();
        for (n, outcome) in [(1, BEGUN), (2, BEGUN), (1, Settled::Failed.as_str())] {
            assert_eq!(unwritten.push(entry(n, outcome)), 0);
        }
        for (forgotten, left) in [(0, Some(Standing::Doubt)), (1, Some(Standing::Doubt)), (1, None)] {
            unwritten.forget(forgotten);
            assert_eq!(standing(&unwritten, 1), Some(Standing::Open));
            assert_eq!(standing(&unwritten, 2), left);
        }
        unwritten.forget(9);
        assert!(!unwritten.holds("sms_1"));
        assert!(unwritten.numbers.is_empty());
    }

    #[test]
    fn beyond_its_bounds_the_oldest_goes() {
        let mut unwritten = Unwritten::default();
        let lost: usize = (0..=REMEMBERED).map(|n| unwritten.push(entry(n, BEGUN))).sum();
        assert_eq!((lost, unwritten.len()), (1, REMEMBERED));
        assert_eq!(standing(&unwritten, 0), None);
        assert_eq!(standing(&unwritten, 1), Some(Standing::Doubt));
        assert_eq!(standing(&unwritten, REMEMBERED), Some(Standing::Doubt));
    }
}
