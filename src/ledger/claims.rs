//! The messages that are being delivered right now, and those that this process settled lately. All of that is in memory,
//! so that nobody waits for a disk to hear what this process knows.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::recent::{Known, Memory, Recent};
use super::series::{Newest, SeriesHash};
use super::words::Ids;

/// What this process knows of messages, shared by the ledger, its tickets and its writing thread. The lock is held for a
/// few look-ups at a time and never while anything waits.
#[derive(Debug, Default)]
pub(super) struct Claims(Mutex<State>);

/// All of it is under one lock, so that a claim sees it at the same moment.
#[derive(Debug, Default)]
struct State {
    /// Both ids of each message that is being delivered. [`Claims::take`] puts them in, and the end of the ticket takes
    /// them out, by [`Claims::release`].
    running: HashSet<String>,
    /// The messages that were settled lately.
    recent: Recent,
    /// The codes and links that supersede older ones.
    newest: Newest,
}

impl Claims {
    /// Takes a message that was born at `born`, in milliseconds since the Unix epoch, and returns what memory knows of it;
    /// `None` where another request has the message.
    pub(super) fn take(&self, ids: &Ids, born: Option<u64>) -> Option<Memory> {
        let mut state = self.state();
        // Either id is enough: a replay by hand has another `svix-id`, and an event without `data.id` has no other id.
        if state.running.contains(&ids.message) || state.running.contains(&ids.svix) {
            return None;
        }
        state.running.insert(ids.message.clone());
        state.running.insert(ids.svix.clone());
        let memory = state.recent.find(ids);
        Some(Memory { complete: memory.complete || state.recent.covers(born), ..memory })
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

    /// Notes that a code or link born at `born` was accepted at `now`, both in milliseconds since the Unix epoch.
    pub(super) fn accept(&self, series: SeriesHash, born: u64, now: u64) {
        self.state().newest.accept(series, born, now);
    }

    /// Notes the codes and links that the database says were accepted: series, birth, and when it was accepted.
    pub(super) fn accept_all(&self, codes: impl IntoIterator<Item = (SeriesHash, u64, u64)>) {
        let mut state = self.state();
        codes.into_iter().for_each(|(series, born, at)| state.newest.accept(series, born, at));
    }

    /// Whether a code or link that is newer than one born at `born` was accepted.
    pub(super) fn supersede(&self, series: SeriesHash, born: u64, now: u64) -> bool {
        self.state().newest.supersedes(series, born, now)
    }

    /// Notes until when the database was written before this process; `None` for an empty one.
    pub(super) fn written_until(&self, newest: Option<u64>) {
        self.state().recent.written_until(newest);
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
