//! Counts in sliding windows, one for each key, in bounded memory: at most `MOST` keys, about 10 MB, however many numbers
//! an attacker makes up. Beyond that, the keys that were counted longest ago are forgotten.

use std::collections::HashMap;

/// How many slots a window is counted in. An SMS counts for its window and for up to one slot longer, never shorter.
pub(super) const SLOTS: u64 = 12;

/// How many slots are kept: those of a full window, and the slot that is being filled.
const LENGTH: usize = 13;

/// How many keys one generation holds: at least so many are remembered, once there were more than `MOST`.
const GENERATION: usize = 50_000;

/// How many keys are remembered at most, in two generations.
#[cfg(test)]
pub(super) const MOST: usize = 2 * GENERATION;

/// How many SMS each key had, in each of the last slots.
///
/// Keys live in two generations, and a key that is counted moves to the recent one. When the recent generation is full, or
/// a whole window old, it becomes the older one, and what was the older one is forgotten. This bounds the memory and keeps
/// the keys in use, without a list in order of use or a task that cleans up.
#[derive(Debug, Default)]
pub(super) struct Counts {
    recent: HashMap<u64, Slots>,
    older: HashMap<u64, Slots>,
    /// The slot in which the recent generation was begun.
    begun: u32,
}

/// The counts of one key.
#[derive(Debug, Default, Clone, Copy)]
struct Slots {
    /// The counts of the slots, the latest first.
    counts: [u32; LENGTH],
    /// The slot that the first count belongs to.
    latest: u32,
}

impl Counts {
    /// How many SMS `key` had in the window that ends with `slot`.
    pub(super) fn count(&self, key: u64, slot: u32) -> u32 {
        self.recent.get(&key).or_else(|| self.older.get(&key)).map_or(0, |slots| slots.sum(slot))
    }

    /// Counts one SMS of `key` at `slot`.
    pub(super) fn add(&mut self, key: u64, slot: u32) {
        // By number against made-up numbers, and by age so that a quiet service gives the memory back too.
        if self.recent.len() >= GENERATION || age(self.begun, slot) >= LENGTH {
            self.older = std::mem::take(&mut self.recent);
            self.begun = slot;
        }
        // Moving the key's counts along keeps a key in use from being forgotten.
        let known = || self.older.remove(&key).unwrap_or_default();
        if let Some(count) = self.recent.entry(key).or_insert_with(known).at(slot) {
            *count = count.saturating_add(1);
        }
    }

    /// Takes one SMS back that [`Counts::add`] counted at `slot`, which may be earlier than now.
    pub(super) fn remove(&mut self, key: u64, slot: u32) {
        // A key that was forgotten meanwhile is not added again: there is nothing left to take back.
        let slots = self.recent.get_mut(&key).or_else(|| self.older.get_mut(&key));
        if let Some(count) = slots.and_then(|slots| slots.at(slot)) {
            *count = count.saturating_sub(1);
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.recent.len() + self.older.len()
    }
}

impl Slots {
    fn sum(&self, now: u32) -> u32 {
        let kept = LENGTH.saturating_sub(age(self.latest, now));
        self.counts.iter().take(kept).fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// The count of `slot`, after moving the window on to it. `None` if the slot has already left the window.
    fn at(&mut self, slot: u32) -> Option<&mut u32> {
        let passed = age(self.latest, slot).min(LENGTH);
        // The slots that passed since push the oldest out, and begin at 0.
        self.counts.rotate_right(passed);
        self.counts.iter_mut().take(passed).for_each(|count| *count = 0);
        self.latest = self.latest.max(slot);
        self.counts.get_mut(age(slot, self.latest))
    }
}

/// How many slots lie between `slot` and `now`. 0 where `now` is earlier, since requests may overtake each other.
fn age(slot: u32, now: u32) -> usize {
    usize::try_from(now.saturating_sub(slot)).unwrap_or(usize::MAX)
}
