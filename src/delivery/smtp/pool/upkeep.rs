//! Looks after idle sessions, one at a time. A session that is being looked after is out of the pool, so a message that
//! needs one meanwhile takes another or opens one, and never waits for a NOOP.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::{Pool, Session};

/// How often idle sessions are looked after.
const TEND_EVERY: Duration = Duration::from_secs(5);
/// How long the server may be silent on a session before it gets a NOOP: half of the shortest idle time-out that we
/// have seen at a provider or at a NAT.
pub(super) const NOOP_AFTER: Duration = Duration::from_secs(25);
/// How long a session may carry no message before it is told to quit, because it is not needed.
pub(super) const QUIT_AFTER: Duration = Duration::from_mins(5);
/// How long NOOP may take. A session that takes longer is not worth keeping.
const LIMIT: Duration = Duration::from_secs(2);
/// How long QUIT and its reply may take.
const QUIT_LIMIT: Duration = Duration::from_secs(1);

impl Pool {
    /// Says QUIT on idle sessions. The sessions in use are closed when they come back.
    pub(in super::super) async fn close(&self) {
        let idle = {
            let mut state = self.state();
            // First, so that no session which comes back meanwhile is kept.
            state.closed = true;
            std::mem::take(&mut state.idle)
        };
        quit_all(idle).await;
    }

    /// Runs [`Pool::tend`] every few seconds, until the pool is gone.
    pub(super) fn keep_tended(self: &Arc<Self>) {
        // A weak reference: the task ends with the pool, and does not keep it alive.
        let pool = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                sleep(TEND_EVERY).await;
                let Some(pool) = pool.upgrade() else { return };
                pool.tend(Instant::now()).await;
            }
        });
    }

    /// Looks after the idle sessions once, as of `now`: drops those that the server closed, says QUIT on those that are
    /// not needed, and NOOP on those that were silent for long.
    pub(super) async fn tend(self: &Arc<Self>, now: Instant) {
        // One system call for each session, before any NOOP: what the server has closed need not be waited for.
        self.state().idle.retain_mut(Session::is_quiet);
        let is_due = |session: &Session| is_unused(session, now) || session.heard_at + NOOP_AFTER <= now;
        loop {
            // One at a time, and looked up anew each time, since messages take sessions meanwhile.
            let due = {
                let mut state = self.state();
                state.idle.iter().position(is_due).map(|at| state.idle.remove(at))
            };
            let Some(mut session) = due else { return };
            if is_unused(&session, now) {
                quit(session).await;
            } else if let Ok(Ok(())) = timeout(LIMIT, session.noop()).await {
                session.heard_at = now;
                let mut state = self.state();
                self.hand_out(&mut state, session);
            }
        }
    }
}

/// Whether the session carried no message for so long that it is not needed.
fn is_unused(session: &Session, now: Instant) -> bool {
    session.used_at + QUIT_AFTER <= now
}

/// Says QUIT on all of these sessions at once.
async fn quit_all(sessions: Vec<Session>) {
    let mut leaving: JoinSet<()> = sessions.into_iter().map(quit).collect();
    while leaving.join_next().await.is_some() {}
}

/// Says QUIT, and closes the session after a second at the latest.
async fn quit(mut session: Session) {
    let _ = timeout(QUIT_LIMIT, session.quit()).await;
}
