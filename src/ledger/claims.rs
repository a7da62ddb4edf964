//! The messages that are being delivered right now, and those that this process settled lately: all in memory, so that
//! nobody waits for a disk to hear what this process knows.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Ids;
use super::recent::{Known, Memory, Recent};

/// Shared by the ledger, its tickets and its writer.
#[derive(Debug, Default)]
pub(super) struct Claims(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Both ids of every claim that is held.
    running: HashSet<String>,
    recent: Recent,
}

impl Claims {
    /// Takes a message and says what memory knows of it. `None`: another request has the message.
    pub(super) fn take(&self, ids: &Ids) -> Option<Memory> {
        let mut state = self.state();
        if state.running.contains(&ids.message) || state.running.contains(&ids.svix) {
            return None;
        }
        state.running.insert(ids.message.clone());
        state.running.insert(ids.svix.clone());
        Some(state.recent.find(ids))
    }

    /// Gives a message back.
    pub(super) fn release(&self, ids: &Ids) {
        let mut state = self.state();
        state.running.remove(&ids.message);
        state.running.remove(&ids.svix);
    }

    /// Remembers what became of a message. `complete`: the database was asked for it before.
    pub(super) fn remember(&self, ids: &Ids, known: Known, complete: bool, settled_at: u64) {
        self.state().recent.add(ids, known, complete, settled_at);
    }

    /// The database is empty: memory knows all that it holds.
    pub(super) fn hold_all(&self) {
        self.state().recent.holds_all();
    }

    /// What memory knows of a message now.
    pub(super) fn recall(&self, ids: &Ids) -> Option<Known> {
        self.state().recent.find(ids).known
    }

    /// How many messages are being delivered.
    pub(super) fn running(&self) -> usize {
        self.state().running.len() / 2
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
