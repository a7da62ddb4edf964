//! What is known of users' languages in memory, of the latest 100,000 to 200,000 users: about 20 MB at most.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::found::{By, Found};
use crate::ledger::{Told, UserHash};

/// How many users a generation holds. When it is full, the one before it is dropped.
const GENERATION: usize = 100_000;

/// What is known of a user.
#[derive(Debug, Clone)]
pub(super) struct Remembered {
    /// What Clerk said last; `None` where nobody said anything.
    told: Option<(Option<Arc<str>>, u64, By)>,
    /// Until when the ledger is not asked again.
    current_until: Instant,
    /// From when on the Backend API may be asked; `None`: at any time.
    ask_at: Option<Instant>,
}

impl Remembered {
    const fn nothing(current_until: Instant) -> Self {
        Self { told: None, current_until, ask_at: None }
    }

    pub(super) fn is_current(&self, now: Instant) -> bool {
        now < self.current_until
    }

    /// Whether Clerk said something, be it that there is no language.
    pub(super) const fn is_told(&self) -> bool {
        self.told.is_some()
    }

    pub(super) fn may_ask(&self, now: Instant) -> bool {
        self.ask_at.is_none_or(|at| at <= now)
    }

    /// The language, where there is one.
    pub(super) fn found(&self) -> Option<Found> {
        let (tag, _, by) = self.told.as_ref()?;
        Some(Found { tag: Arc::clone(tag.as_ref()?), by: *by })
    }

    /// When it was so, in milliseconds since the Unix epoch.
    pub(super) fn at(&self) -> u64 {
        self.told.as_ref().map_or(0, |(_, at, _)| *at)
    }
}

/// The memory. Of two things that were said of a user, the later one stays.
#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<Generations>);

#[derive(Debug, Default)]
struct Generations {
    new: HashMap<UserHash, Remembered>,
    old: HashMap<UserHash, Remembered>,
}

impl Generations {
    /// The entry of a user, which is the youngest from now on.
    fn entry(&mut self, user: UserHash) -> &mut Remembered {
        if self.new.len() >= GENERATION && !self.new.contains_key(&user) {
            self.old = std::mem::take(&mut self.new);
        }
        let old = &mut self.old;
        self.new
            .entry(user)
            .or_insert_with(|| old.remove(&user).unwrap_or_else(|| Remembered::nothing(Instant::now())))
    }
}

impl Memory {
    pub(super) fn recall(&self, user: UserHash) -> Option<Remembered> {
        let generations = self.lock();
        generations.new.get(&user).or_else(|| generations.old.get(&user)).cloned()
    }

    /// Takes in what was said, unless something later was. `current_for` is given by whoever read it in the ledger just now:
    /// how long the ledger need not be asked again.
    pub(super) fn tell(&self, told: &Told, by: By, current_for: Option<Duration>) -> Remembered {
        let mut generations = self.lock();
        let entry = generations.entry(told.user);
        let tag = told.tag.as_deref();
        let is_news = entry
            .told
            .as_ref()
            .is_none_or(|(known, at, _)| told.at > *at || (told.at == *at && known.as_deref() != tag));
        if is_news {
            entry.told = Some((tag.map(Into::into), told.at, by));
        }
        if let Some(current_for) = current_for {
            entry.current_until = Instant::now() + current_for;
        }
        entry.clone()
    }

    /// Notes that the ledger was asked, and said nothing new.
    pub(super) fn checked(&self, user: UserHash, current_for: Duration) -> Remembered {
        let mut generations = self.lock();
        let entry = generations.entry(user);
        entry.current_until = Instant::now() + current_for;
        entry.clone()
    }

    /// Notes that the Backend API need not be asked about a user for this time.
    pub(super) fn not_again_for(&self, user: UserHash, pause: Duration) {
        self.lock().entry(user).ask_at = Some(Instant::now() + pause);
    }

    fn lock(&self) -> MutexGuard<'_, Generations> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(number: u64) -> UserHash {
        UserHash::of_row(&u128::from(number).to_be_bytes()).unwrap()
    }

    #[test]
    fn the_later_word_stays_and_the_memory_is_bounded() {
        let memory = Memory::default();
        let tell = |number, tag: Option<&str>, at| {
            let told = Told { user: user(number), tag: tag.map(str::to_owned), at };
            memory.tell(&told, By::Event, None).found().map(|found| found.tag.to_string())
        };
        assert_eq!(tell(1, Some("de"), 20).as_deref(), Some("de"));
        assert_eq!(tell(1, Some("fr"), 10).as_deref(), Some("de"));
        assert_eq!(tell(1, None, 30), None);
        assert_eq!(tell(1, Some("de"), 20), None);
        assert!(memory.recall(user(1)).unwrap().is_told());
        for number in 2..300_000 {
            tell(number, Some("en"), 1);
        }
        let generations = memory.lock();
        assert!(generations.new.len() + generations.old.len() <= 2 * GENERATION);
        assert!(generations.new.contains_key(&user(299_999)) && !generations.new.contains_key(&user(1)));
    }
}
