//! Who is being delivered right now, and which ids may have been settled before: in memory, so that a new message is
//! claimed without asking the disk.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Ids;

/// Bits of the filter: 1 MiB. With half a million messages in the ledger, one new message in fifty is looked up in vain.
const BITS: u64 = 1 << 23;
/// Bits that stand for one id.
const PROBES: u64 = 4;

/// Shared by the ledger and its writer.
#[derive(Debug, Default)]
pub(super) struct Claims(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Both ids of every claim that is held.
    running: HashSet<String>,
    /// Both ids of every record.
    settled: Filter,
    /// The database was read; until then, anything may be known.
    complete: bool,
}

/// What memory alone can say of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum First {
    /// It is being delivered.
    Running,
    /// It was never settled; it is running from now on.
    New,
    /// It may have been settled: ask. It is running from now on.
    Known,
}

impl Claims {
    /// Takes a message, unless somebody has it.
    pub(super) fn take(&self, ids: &Ids) -> First {
        let mut state = self.state();
        if state.running.contains(&ids.message) || state.running.contains(&ids.svix) {
            return First::Running;
        }
        state.running.insert(ids.message.clone());
        state.running.insert(ids.svix.clone());
        let known = state.settled.may_hold(&ids.message) || state.settled.may_hold(&ids.svix);
        if known || !state.complete { First::Known } else { First::New }
    }

    /// Gives a message back.
    pub(super) fn release(&self, ids: &Ids) {
        let mut state = self.state();
        state.running.remove(&ids.message);
        state.running.remove(&ids.svix);
    }

    /// From here on, somebody who claims it has to ask.
    pub(super) fn note(&self, ids: &Ids) {
        let mut state = self.state();
        state.settled.add(&ids.message);
        state.settled.add(&ids.svix);
    }

    /// An empty filter, for what the database holds.
    pub(super) fn filter(&self) -> Filter {
        Filter { keys: self.state().settled.keys.clone(), ..Filter::default() }
    }

    /// Adds all of what the database holds.
    pub(super) fn learn(&self, database: &Filter) {
        let mut state = self.state();
        state.settled.add_all(database);
        state.complete = true;
    }

    /// How many messages are being delivered.
    pub(super) fn running(&self) -> usize {
        self.state().running.len() / 2
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A Bloom filter: may say yes to what it does not hold, never no to what it does.
#[derive(Debug)]
pub(super) struct Filter {
    words: Vec<u64>,
    keys: RandomState,
}

impl Default for Filter {
    fn default() -> Self {
        let words = usize::try_from(BITS / 64).unwrap_or(0);
        Self { words: vec![0; words], keys: RandomState::new() }
    }
}

impl Filter {
    pub(super) fn add(&mut self, id: &str) {
        for (word, bit) in self.places(id) {
            if let Some(word) = self.words.get_mut(word) {
                *word |= bit;
            }
        }
    }

    fn add_all(&mut self, other: &Self) {
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            *word |= more;
        }
    }

    fn may_hold(&self, id: &str) -> bool {
        self.places(id).all(|(word, bit)| self.words.get(word).is_some_and(|word| word & bit != 0))
    }

    /// Two halves of one hash make all the probes (Kirsch and Mitzenmacher, 2006).
    fn places(&self, id: &str) -> impl Iterator<Item = (usize, u64)> + use<> {
        let hash = self.keys.hash_one(id);
        let (start, step) = (hash >> 32, (hash & 0xffff_ffff) | 1);
        (0..PROBES).map(move |probe| {
            let bit = start.wrapping_add(probe.wrapping_mul(step)) % BITS;
            (usize::try_from(bit / 64).unwrap_or(0), 1 << (bit % 64))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(n: usize) -> Ids {
        Ids { message: format!("ema_{n}"), svix: format!("msg_{n}") }
    }

    #[test]
    fn before_the_database_was_read_anything_may_be_known() {
        let claims = Claims::default();
        assert_eq!(claims.take(&ids(1)), First::Known);
        assert_eq!(claims.take(&ids(1)), First::Running);
        claims.release(&ids(1));
        claims.note(&ids(3));
        let mut database = claims.filter();
        database.add("msg_2");
        claims.learn(&database);
        assert_eq!(claims.take(&ids(1)), First::New);
        assert_eq!(claims.take(&ids(2)), First::Known);
        assert_eq!(claims.take(&ids(3)), First::Known);
        assert_eq!(claims.running(), 3);
    }

    #[test]
    fn what_was_settled_is_known_and_little_else() {
        let claims = Claims::default();
        claims.learn(&Filter::default());
        (0..10_000).for_each(|n| claims.note(&ids(n)));
        assert!((0..10_000).all(|n| claims.take(&ids(n)) == First::Known));
        let in_vain = (10_000..20_000).filter(|n| claims.take(&ids(*n)) == First::Known).count();
        assert!(in_vain < 10, "{in_vain}");
    }
}
