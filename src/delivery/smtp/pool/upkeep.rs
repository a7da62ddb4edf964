//! Looking after idle sessions, one at a time and out of every message's way: a session that is being looked after is
//! nobody's, and whoever needs one meanwhile takes another or opens one.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::{Lease, Pool, Session};

/// How often idle sessions are looked after.
const TEND_EVERY: Duration = Duration::from_secs(5);
/// A session that heard nothing for so long gets a NOOP: half of the shortest idle time-out seen at a provider or NAT.
pub(super) const NOOP_AFTER: Duration = Duration::from_secs(25);
/// A session that carried no message for so long is not needed.
pub(super) const QUIT_AFTER: Duration = Duration::from_mins(5);
/// NOOP and RSET, all of it. A session that takes longer is not worth keeping.
const LIMIT: Duration = Duration::from_secs(2);
/// QUIT and its reply.
const QUIT_LIMIT: Duration = Duration::from_secs(1);

impl Pool {
    /// Says QUIT on idle sessions; those in use are closed when they come back.
    pub(in super::super) async fn close(&self) {
        let idle = {
            let mut state = self.state();
            state.closed = true;
            std::mem::take(&mut state.idle)
        };
        quit_all(idle).await;
    }

    /// Sees to it that [`Pool::tend`] runs now and then, until the pool is gone.
    pub(super) fn keep_tended(self: &Arc<Self>) {
        let pool = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                sleep(TEND_EVERY).await;
                let Some(pool) = pool.upgrade() else { return };
                pool.tend(Instant::now()).await;
            }
        });
    }

    /// One round, as of `now`: drops the closed sessions, says NOOP on those that were silent for long and QUIT on those
    /// that are not needed.
    pub(super) async fn tend(self: &Arc<Self>, now: Instant) {
        self.state().idle.retain_mut(Session::is_quiet);
        let is_due = |session: &Session| is_unused(session, now) || session.heard_at + NOOP_AFTER <= now;
        loop {
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

impl Lease {
    /// After a refusal: has the session made sound in the background, and then parked.
    pub(in super::super) fn recover(mut self) {
        tokio::spawn(async move {
            if let Some(session) = self.session()
                && let Ok(Ok(())) = timeout(LIMIT, session.reset()).await
            {
                self.park();
            }
        });
    }
}

fn is_unused(session: &Session, now: Instant) -> bool {
    session.used_at + QUIT_AFTER <= now
}

/// Says goodbye on all of them at once.
async fn quit_all(sessions: Vec<Session>) {
    let mut leaving: JoinSet<()> = sessions.into_iter().map(quit).collect();
    while leaving.join_next().await.is_some() {}
}

/// QUIT, for as long as that may take.
async fn quit(mut session: Session) {
    let _ = timeout(QUIT_LIMIT, session.quit()).await;
}
