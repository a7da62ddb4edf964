//! What follows when a session is done with a message: it takes the next one, only listens, or ends.

use super::{Job, Lease, Session};

impl Lease {
    /// Lets another session be opened in place of this one, which only listens from now on. Returns whether it may: where
    /// many listen already, it is to be closed.
    pub(super) fn may_listen(&mut self) -> bool {
        if self.listens {
            return true;
        }
        let mut state = self.pool.state();
        if state.listening >= self.pool.settings.connections.max(1) {
            return false;
        }
        state.leaves(std::mem::replace(&mut self.listens, true));
        state.listening += 1;
        self.pool.open_more(&mut state);
        true
    }

    /// The next message that waits. If there is none, the session is kept for the one that comes next, and the lease is
    /// over. Only for a session whose replies were all read: one that the server has closed, or that holds more, is
    /// closed.
    pub(super) fn next(&mut self) -> Option<Job> {
        let mut state = self.pool.state();
        let is_quiet = self.session.as_mut().is_some_and(Session::is_quiet);
        if is_quiet && let Some(job) = state.first_waiting() {
            state.leaves(std::mem::take(&mut self.listens));
            state.in_use += 1;
            return Some(job);
        }
        let session = self.session.take()?;
        state.leaves(self.listens);
        if is_quiet {
            self.pool.keep(&mut state, session);
        }
        // Other messages may still wait, and the server may take one session more by now.
        self.pool.open_more(&mut state);
        None
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // The session is closed before another one may be opened. A lease without a session was parked.
        if self.session.take().is_some() {
            let mut state = self.pool.state();
            state.leaves(self.listens);
            self.pool.open_more(&mut state);
        }
    }
}
