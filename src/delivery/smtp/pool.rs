//! The sessions to one server: never more than configured, kept open, last used first.
//!
//! A session is leased with a permit. Dropping the lease closes the session; only [`Lease::park`] keeps it.

use super::handshake::{self, Access};
use super::judgement::{Failure, Stage};
use super::session::Session;
use super::{Settings, SetupError};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

/// How often idle sessions are looked after.
const TEND_EVERY: Duration = Duration::from_secs(5);
/// A session that heard nothing for so long gets a NOOP: half of the shortest idle time-out seen at a provider or NAT.
const NOOP_AFTER: Duration = Duration::from_secs(25);
/// A session that carried no message for so long is not needed.
const QUIT_AFTER: Duration = Duration::from_mins(5);
/// How long a server that wanted fewer sessions gets fewer.
const SHED_FOR: Duration = Duration::from_mins(1);
/// NOOP and RSET, all of it.
const UPKEEP_LIMIT: Duration = Duration::from_secs(5);
/// QUIT and its reply.
const QUIT_LIMIT: Duration = Duration::from_secs(1);

/// The sessions to one server.
pub(super) struct Pool {
    pub(super) settings: Settings,
    pub(super) access: Access,
    /// One for each session that may be in use.
    permits: Arc<Semaphore>,
    state: Mutex<State>,
    open: Arc<AtomicUsize>,
}

#[derive(Default)]
struct State {
    /// In the order of their last message, so that those too many are at the front and grow old.
    idle: Vec<Session>,
    /// Permits that are withheld for now.
    shed: usize,
    /// The task that looks after idle sessions runs.
    tended: bool,
    closed: bool,
}

/// The right to use one session, and the session once there is one. Closed when dropped.
pub(super) struct Lease {
    session: Option<Session>,
    /// After the session, so that it is closed before another one may be opened.
    permit: Option<OwnedSemaphorePermit>,
    pool: Arc<Pool>,
}

impl Pool {
    pub(super) fn new(settings: Settings) -> Result<Self, SetupError> {
        Ok(Self {
            access: Access::new(&settings)?,
            permits: Arc::new(Semaphore::new(settings.connections.max(1))),
            state: Mutex::default(),
            open: Arc::default(),
            settings,
        })
    }

    /// Waits for a permit; comes with the session used last, if one is idle and has not been closed.
    pub(super) async fn lease(self: &Arc<Self>) -> Lease {
        let permit = Arc::clone(&self.permits).acquire_owned().await.ok();
        let mut session = self.state().idle.pop();
        while session.as_mut().is_some_and(|session| !session.is_quiet()) {
            session = self.state().idle.pop();
        }
        Lease { session, permit, pool: Arc::clone(self) }
    }

    pub(super) fn open_sessions(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// Says QUIT on idle sessions; those in use are closed when they come back.
    pub(super) async fn close(&self) {
        let idle = {
            let mut state = self.state();
            state.closed = true;
            std::mem::take(&mut state.idle)
        };
        let mut leaving: JoinSet<()> = idle.into_iter().map(quit).collect();
        while leaving.join_next().await.is_some() {}
    }

    /// One round of looking after idle sessions, as of `now`: drops the closed ones, says NOOP on those that were
    /// silent for long and QUIT on those not needed. Each takes a permit, so that nobody opens another one meanwhile.
    async fn tend(self: &Arc<Self>, now: Instant) {
        let mut tended = JoinSet::new();
        {
            let mut state = self.state();
            state.idle.retain_mut(Session::is_quiet);
            let due = |session: &Session| is_unused(session, now) || session.heard_at + NOOP_AFTER <= now;
            while let Some(at) = state.idle.iter().position(due)
                && let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned()
            {
                let session = Some(state.idle.remove(at));
                tended.spawn(Lease { session, permit: Some(permit), pool: Arc::clone(self) }.refresh(now));
            }
        }
        while tended.join_next().await.is_some() {}
    }

    /// Sees to it that [`Pool::tend`] runs now and then, until the pool is gone.
    fn keep_tended(self: &Arc<Self>) {
        let pool = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                sleep(TEND_EVERY).await;
                let Some(pool) = pool.upgrade() else { return };
                pool.tend(Instant::now()).await;
            }
        });
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease {
    /// The session was there already when the lease began.
    pub(super) fn is_warm(&self) -> bool {
        self.session.is_some()
    }

    /// The session; opens one where there is none.
    pub(super) async fn session(&mut self, stage: &mut Stage) -> Result<&mut Session, Failure> {
        if let Some(ref mut session) = self.session {
            Ok(session)
        } else {
            let Pool { settings, access, open, .. } = &*self.pool;
            let session = handshake::open(settings, access, open, stage).await?;
            Ok(self.session.insert(session))
        }
    }

    /// Closes the session and keeps the permit.
    pub(super) fn discard(&mut self) {
        self.session = None;
    }

    /// Keeps a sound session for the next message.
    pub(super) fn park(mut self) {
        let Some(mut session) = self.session.take() else { return };
        session.rest();
        let mut state = self.pool.state();
        if session.has_unread() || state.closed {
            return;
        }
        let at = state.idle.partition_point(|other| other.used_at <= session.used_at);
        state.idle.insert(at, session);
        let first = !std::mem::replace(&mut state.tended, true);
        drop(state);
        if first {
            self.pool.keep_tended();
        }
    }

    /// After a refusal: has the session made sound in the background, and then parked.
    pub(super) fn recover(mut self, unread: usize) {
        tokio::spawn(async move {
            if let Some(session) = &mut self.session
                && let Ok(Ok(())) = timeout(UPKEEP_LIMIT, session.reset(unread)).await
            {
                self.park();
            }
        });
    }

    /// The server wants fewer sessions: closes this one, and allows no more than are open, one at least, for a while.
    pub(super) fn shed(mut self) {
        self.session = None;
        let mut state = self.pool.state();
        let allowed = self.pool.settings.connections.max(1) - state.shed;
        let excess = allowed.saturating_sub(self.pool.open_sessions().max(1));
        let mut shed = self.pool.permits.forget_permits(excess);
        if shed < excess
            && let Some(permit) = self.permit.take()
        {
            permit.forget();
            shed += 1;
        }
        state.shed += shed;
        drop(state);
        let pool = Arc::downgrade(&self.pool);
        tokio::spawn(async move {
            sleep(SHED_FOR).await;
            if let Some(pool) = pool.upgrade() {
                pool.state().shed -= shed;
                pool.permits.add_permits(shed);
            }
        });
    }

    /// NOOP, or QUIT where the session has not been needed for long.
    async fn refresh(mut self, now: Instant) {
        let Some(mut session) = self.session.take() else { return };
        if is_unused(&session, now) {
            quit(session).await;
        } else if let Ok(Ok(())) = timeout(UPKEEP_LIMIT, session.noop()).await {
            self.session = Some(session);
            self.park();
        }
    }
}

fn is_unused(session: &Session, now: Instant) -> bool {
    session.used_at + QUIT_AFTER <= now
}

/// QUIT, for as long as that may take.
async fn quit(mut session: Session) {
    let _ = timeout(QUIT_LIMIT, session.quit()).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::smtp::Tls;
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio::net::TcpListener;
    use tokio::sync::mpsc;

    /// A server that says 250 to everything, and the commands it was sent.
    async fn server() -> (u16, mpsc::UnboundedReceiver<String>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sent, commands) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((mut tcp, _)) = listener.accept().await {
                let sent = sent.clone();
                tokio::spawn(async move {
                    let (read, mut write) = tcp.split();
                    write.write_all(b"220 hello\r\n").await.unwrap();
                    let mut lines = BufReader::new(read).lines();
                    while let Ok(Some(line)) = lines.next_line().await {
                        sent.send(line).unwrap();
                        write.write_all(b"250 fine\r\n").await.unwrap();
                    }
                });
            }
        });
        (port, commands)
    }

    fn pool(port: u16) -> Arc<Pool> {
        let settings = Settings {
            host: "127.0.0.1".to_owned(),
            port,
            tls: Tls::None,
            credentials: None,
            helo: "client.example".to_owned(),
            ca_file: None,
            connections: 2,
            chunking: true,
            attempt_timeout: Duration::from_secs(5),
        };
        Arc::new(Pool::new(settings).unwrap())
    }

    async fn open_one(pool: &Arc<Pool>) -> Lease {
        let mut lease = pool.lease().await;
        lease.session(&mut Stage::Connect).await.unwrap();
        lease
    }

    #[tokio::test]
    async fn idle_sessions_are_kept_alive_in_the_background_and_let_go_when_not_needed() {
        let (port, mut commands) = server().await;
        let pool = pool(port);
        open_one(&pool).await.park();
        assert_eq!(commands.recv().await.unwrap(), "EHLO client.example");
        let now = Instant::now();
        pool.tend(now + NOOP_AFTER / 2).await;
        assert!(commands.is_empty(), "nothing is said to a session that was heard lately");
        pool.tend(now + NOOP_AFTER).await;
        assert_eq!(commands.recv().await.unwrap(), "NOOP");
        assert_eq!(pool.open_sessions(), 1);
        pool.tend(now + QUIT_AFTER + NOOP_AFTER).await;
        assert_eq!(commands.recv().await.unwrap(), "QUIT");
        assert_eq!(pool.open_sessions(), 0);
    }

    #[tokio::test]
    async fn the_session_used_last_is_leased_first_whatever_noops_came_between() {
        let (port, _commands) = server().await;
        let pool = pool(port);
        let (older, mut newer) = (open_one(&pool).await, open_one(&pool).await);
        let used_at = Instant::now() + Duration::from_secs(1);
        newer.session(&mut Stage::Connect).await.unwrap().used_at = used_at;
        newer.park();
        older.park();
        pool.tend(Instant::now() + NOOP_AFTER).await;
        let mut lease = pool.lease().await;
        assert!(lease.is_warm());
        assert_eq!(lease.session(&mut Stage::Connect).await.unwrap().used_at, used_at);
    }

    #[tokio::test]
    async fn a_session_is_never_looked_after_while_all_permits_are_out() {
        let (port, mut commands) = server().await;
        let pool = pool(port);
        open_one(&pool).await.park();
        let _both = Arc::clone(&pool.permits).acquire_many_owned(2).await.unwrap();
        commands.recv().await.unwrap();
        pool.tend(Instant::now() + QUIT_AFTER).await;
        assert!(commands.is_empty());
        assert_eq!(pool.open_sessions(), 1);
    }
}
