//! The messages that are being delivered right now, and those that this process settled lately. All of that is in memory,
//! so that nobody waits for a disk to hear what this process knows.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::recent::{Known, Memory, Recent};
use super::words::Ids;

/// What this process knows of messages, shared by the ledger, its tickets and its writing thread. The lock is held for a
/// few look-ups at a time and never while anything waits.
#[derive(Debug, Default)]
pub(super) struct Claims(Mutex<State>);

/// Both are under one lock, so that a claim sees them at the same moment.
#[derive(Debug, Default)]
struct State {
    /// Both ids of each message that is being delivered. [`Claims::take`] puts them in, and the end of the ticket takes
    /// them out, by [`Claims::release`].
    running: HashSet<String>,
    /// The messages that were settled lately.
    recent: Recent,
}

impl Claims {
    /// Takes a message, and returns what memory knows of it; `None` where another request has the message.
    pub(super) fn take(&self, ids: &Ids) -> Option<Memory> {
        let mut state = self.state();
        // Either id is enough: a replay by hand has another `svix-id`, and an event without `data.id` has no other id.
        if state.running.contains(&ids.message) || state.running.contains(&ids.svix) {
            return None;
        }
        state.running.insert(ids.message.clone());
        state.running.insert(ids.svix.clone());
        Some(state.recent.find(ids))
    }

    /// Gives a message back, so that the next request for it may take it.
    pub(super) fn release(&self, ids: &Ids) {
        let mut state = self.state();
        state.running.remove(&ids.message);
        state.running.remove(&ids.svix);
    }

    /// Remembers what happened to a message. `complete` says whether the database was asked for it before.
    pub(super) fn remember(&self, ids: &Ids, known: Known, complete: bool, settled_at: u64) {
        self.state().recent.add(ids, known, complete, settled_at);
    }

    /// Notes that the database is empty, so that memory knows all that it holds.
    pub(super) fn hold_all(&self) {
        self.state().recent.holds_all();
    }

    /// What memory knows of a message by now.
    pub(super) fn recall(&self, ids: &Ids) -> Option<Known> {
        self.state().recent.find(ids).known
    }

    /// How many messages are being delivered right now.
    pub(super) fn running(&self) -> usize {
        // Each message is in the set under both of its ids. For an event without `data.id` they are the same, which does not
        // matter: this only decides whether a commit waits a moment.
        self.state().running.len() / 2
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
