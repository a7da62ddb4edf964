//! The sessions to one server: never more than configured, fewer while the server takes fewer, kept open, last used first.
//!
//! Whoever needs a session waits for one. Opening one is a task of its own: who gives up waiting stops nothing, and a
//! session that nobody waits for any more is kept for the next message.

mod concurrency;
mod upkeep;

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until, timeout};

use super::classify::{self, Cause, Failure};
use super::extensions::Extensions;
use super::handshake::{self, Access};
use super::progress::Progress;
use super::reply::Reply;
use super::session::Session;
use super::settings::{Settings, SetupError};
use crate::clock::Clock;
use crate::delivery::fault::Stage;
use concurrency::Concurrency;

/// Opening a session takes no longer, whoever waits for it.
const OPEN_LIMIT: Duration = Duration::from_secs(15);
/// After a refused login the next one waits, and everybody waits for that one: servers lock accounts out after many wrong
/// passwords in a row. The pause doubles up to a time that is shorter than the 5 s after which Svix tries again.
const LOGIN_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_LOGIN_PAUSE: Duration = Duration::from_secs(4);

/// The sessions to one server.
pub(super) struct Pool {
    pub(super) settings: Settings,
    pub(super) access: Access,
    /// What the server lists and does not serve.
    pub(super) broken: Broken,
    state: Mutex<State>,
    open: Arc<AtomicUsize>,
}

/// Extensions that the server lists and that turned out not to work. They are left alone from then on.
#[derive(Debug, Default)]
pub(super) struct Broken {
    pub(super) chunking: AtomicBool,
    pub(super) pipelining: AtomicBool,
}

impl Broken {
    /// Looks at a refusal for signs that an extension is listed and not served. Whether it found one, so that the message
    /// may go out without that extension.
    pub(super) fn note(&self, stage: Stage, reply: Reply, used: Extensions) -> bool {
        let extension = match stage {
            Stage::Body if used.chunking => &self.chunking,
            Stage::Rcpt | Stage::Data if used.pipelining => &self.pipelining,
            _ => return false,
        };
        let found = reply.is_protocol_error();
        if found {
            extension.store(true, Ordering::Relaxed);
        }
        found
    }
}

struct State {
    /// In the order of their last message, so that those too many are at the front and grow old.
    idle: Vec<Session>,
    /// Who waits for a session, in order.
    waiting: VecDeque<oneshot::Sender<Granted>>,
    /// The sessions that are being opened, the oldest first.
    opening: VecDeque<Opening>,
    /// Those that somebody has given up waiting for. They hold up nobody else, and the oldest ends when there are as many
    /// as sessions are configured.
    slow: VecDeque<Opening>,
    in_use: usize,
    concurrency: Concurrency,
    refused_login: Option<RefusedLogin>,
    /// The task that looks after idle sessions runs.
    tended: bool,
    /// The task that waits until the server may be given one session more runs.
    expects_growth: bool,
    closed: bool,
}

/// A session, or why none could be opened.
type Granted = Result<Session, Failure>;

struct Opening {
    progress: Arc<Progress>,
    task: AbortHandle,
}

struct RefusedLogin {
    pause: Duration,
    until: Instant,
    /// A task will open the next session when the pause is over.
    awaited: bool,
}

/// The right to use one session. Closes it when dropped; only [`Lease::park`] keeps it.
pub(super) struct Lease {
    session: Option<Session>,
    pool: Arc<Pool>,
}

/// Waits for a session.
pub(super) struct Waiting {
    granted: oneshot::Receiver<Granted>,
    is_answered: bool,
    pool: Arc<Pool>,
}

impl Pool {
    pub(super) fn new(settings: Settings, clock: Clock) -> Result<Self, SetupError> {
        let access = Access::new(&settings, clock)?;
        Ok(Self::with(settings, access))
    }

    pub(super) fn with(settings: Settings, access: Access) -> Self {
        let state = State {
            idle: Vec::new(),
            waiting: VecDeque::new(),
            opening: VecDeque::new(),
            slow: VecDeque::new(),
            in_use: 0,
            concurrency: Concurrency::new(settings.connections.max(1)),
            refused_login: None,
            tended: false,
            expects_growth: false,
            closed: false,
        };
        Self { access, broken: Broken::default(), state: Mutex::new(state), open: Arc::default(), settings }
    }

    /// The idle session that was used last, or the next one that becomes free or is opened. `first`: before all others
    /// that wait.
    pub(super) fn lease(self: &Arc<Self>, first: bool) -> Waiting {
        let (grant, granted) = oneshot::channel();
        let mut state = self.state();
        while let Some(mut session) = state.idle.pop() {
            if session.is_quiet() {
                state.in_use += 1;
                // The receiver is at hand, so this can't fail.
                let _ = grant.send(Ok(session));
                return Waiting { granted, is_answered: false, pool: Arc::clone(self) };
            }
        }
        if first {
            state.waiting.push_front(grant);
        } else {
            state.waiting.push_back(grant);
        }
        self.open_more(&mut state);
        drop(state);
        Waiting { granted, is_answered: false, pool: Arc::clone(self) }
    }

    pub(super) fn open_sessions(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// How far the session has come that has been opened for longest, if one is being opened.
    pub(super) fn opening_stage(&self) -> Option<Stage> {
        self.state().opening.front().map(|opening| opening.progress.get())
    }

    /// A message went through.
    pub(super) fn succeeded(&self) {
        self.state().concurrency.succeeded(Instant::now());
    }

    /// The server wants fewer sessions at a time. Whether others are in use, so that waiting for one of them makes sense.
    pub(super) fn crowded(&self) -> bool {
        let mut state = self.state();
        let others = state.in_use.saturating_sub(1);
        state.concurrency.crowded(others, Instant::now());
        others > 0
    }

    /// Opens sessions for those who wait, as far as the server takes more.
    fn open_more(self: &Arc<Self>, state: &mut State) {
        state.waiting.retain(|grant| !grant.is_closed());
        let now = Instant::now();
        if let Some(refused) = &mut state.refused_login {
            if state.waiting.is_empty() || !state.opening.is_empty() {
                return;
            }
            if refused.until <= now {
                self.open_one(state);
            } else if !std::mem::replace(&mut refused.awaited, true) {
                let (pool, until) = (Arc::clone(self), refused.until);
                tokio::spawn(async move {
                    sleep_until(until).await;
                    pool.open_more(&mut pool.state());
                });
            }
            return;
        }
        let allowed = state.concurrency.allowed(now);
        while state.opening.len() < state.waiting.len() && state.in_use + state.opening.len() < allowed {
            self.open_one(state);
        }
        self.expect_growth(state);
    }

    /// Where somebody waits because the server takes no more sessions for now: sees to it that one more is tried in time,
    /// though nothing else may happen until then.
    fn expect_growth(self: &Arc<Self>, state: &mut State) {
        let Some(at) = state.concurrency.grows_at() else { return };
        if state.opening.len() >= state.waiting.len() || std::mem::replace(&mut state.expects_growth, true) {
            return;
        }
        let pool = Arc::downgrade(self);
        tokio::spawn(async move {
            sleep_until(at).await;
            if let Some(pool) = pool.upgrade() {
                let mut state = pool.state();
                state.expects_growth = false;
                pool.open_more(&mut state);
            }
        });
    }

    fn open_one(self: &Arc<Self>, state: &mut State) {
        let (pool, progress) = (Arc::clone(self), Arc::<Progress>::default());
        let reached = Arc::clone(&progress);
        let task = tokio::spawn(async move {
            let opening = handshake::open(&pool.settings, &pool.access, &pool.open, &progress);
            let opened = timeout(OPEN_LIMIT, opening).await.unwrap_or(Err(Cause::Timeout));
            pool.opened(&progress, opened);
        });
        state.opening.push_back(Opening { progress: reached, task: task.abort_handle() });
    }

    fn opened(self: &Arc<Self>, progress: &Arc<Progress>, opened: Result<Session, Cause>) {
        let mut state = self.state();
        let is_other = |other: &Opening| !Arc::ptr_eq(&other.progress, progress);
        state.opening.retain(is_other);
        state.slow.retain(is_other);
        match opened {
            Ok(session) => {
                state.refused_login = None;
                self.hand_out(&mut state, session);
            }
            Err(cause) => state.could_not_open(Failure::before_the_message(progress.get(), cause)),
        }
        self.open_more(&mut state);
    }

    /// Gives a session to who waits for one, or keeps it.
    fn hand_out(self: &Arc<Self>, state: &mut State, session: Session) {
        let mut granted = Ok(session);
        while let Some(grant) = state.waiting.pop_front() {
            match grant.send(granted) {
                Ok(()) => {
                    state.in_use += 1;
                    return;
                }
                Err(unwanted) => granted = unwanted,
            }
        }
        let Ok(mut session) = granted else { return };
        if state.closed || state.in_use + state.idle.len() >= self.settings.connections.max(1) {
            return;
        }
        session.rest();
        let at = state.idle.partition_point(|other| other.used_at <= session.used_at);
        state.idle.insert(at, session);
        if !std::mem::replace(&mut state.tended, true) {
            self.keep_tended();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Tells those who wait for a session that opening one failed: all of them where the next one would fail too, none
    /// where another session will serve them, else the first.
    fn could_not_open(&mut self, failure: Failure) {
        if let Cause::Refused { reply } = failure.cause {
            let now = Instant::now();
            let others = self.in_use + self.opening.len() + self.idle.len();
            if others > 0 && classify::is_crowded(reply) {
                self.concurrency.crowded(others, now);
                return;
            }
            if failure.stage == Stage::Auth && reply.is_permanent() {
                let before = self.refused_login.take();
                let pause = before.map_or(LOGIN_PAUSE, |before| before.pause * 2).min(LONGEST_LOGIN_PAUSE);
                self.refused_login = Some(RefusedLogin { pause, until: now + pause, awaited: false });
                for grant in self.waiting.drain(..) {
                    let cause = Cause::Refused { reply };
                    let _ = grant.send(Err(Failure::before_the_message(Stage::Auth, cause)));
                }
                return;
            }
        }
        let mut granted = Err(failure);
        while let Some(grant) = self.waiting.pop_front() {
            match grant.send(granted) {
                Ok(()) => break,
                Err(unwanted) => granted = unwanted,
            }
        }
    }
}

impl Future for Waiting {
    type Output = Result<Lease, Failure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let granted = ready!(Pin::new(&mut self.granted).poll(context));
        self.is_answered = true;
        Poll::Ready(match granted {
            Ok(Ok(session)) => Ok(Lease { session: Some(session), pool: Arc::clone(&self.pool) }),
            Ok(Err(failed)) => Err(failed),
            Err(_) => {
                let cause = Cause::Closed("no session was opened".to_owned());
                Err(Failure::before_the_message(Stage::Connect, cause))
            }
        })
    }
}

impl Drop for Waiting {
    /// A session that was granted just now is somebody else's. Without one, the session that has been opened for longest
    /// hangs, as far as can be known: whoever comes next does not wait for it.
    fn drop(&mut self) {
        self.granted.close();
        match self.granted.try_recv() {
            Ok(Ok(session)) => {
                let mut state = self.pool.state();
                state.in_use -= 1;
                self.pool.hand_out(&mut state, session);
            }
            Ok(Err(_)) => {}
            Err(_) if self.is_answered => {}
            Err(_) => {
                let mut state = self.pool.state();
                let slow = state.opening.pop_front();
                state.slow.extend(slow);
                if state.slow.len() > self.pool.settings.connections.max(1)
                    && let Some(oldest) = state.slow.pop_front()
                {
                    oldest.task.abort();
                }
                self.pool.open_more(&mut state);
            }
        }
    }
}

impl Lease {
    /// The session; `None` after it was parked.
    pub(super) fn session(&mut self) -> Option<&mut Session> {
        self.session.as_mut()
    }

    /// Whether the session had been idle before this lease.
    pub(super) fn is_warm(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.was_idle)
    }

    /// Keeps a sound session for the next message.
    pub(super) fn park(mut self) {
        let Some(session) = self.session.take() else { return };
        let mut state = self.pool.state();
        state.in_use -= 1;
        if !session.has_unread() {
            self.pool.hand_out(&mut state, session);
        }
        // Others may still wait, and the server may take one session more by now.
        self.pool.open_more(&mut state);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // Closed before another one may be opened. A lease without a session was parked.
        if self.session.take().is_some() {
            let mut state = self.pool.state();
            state.in_use -= 1;
            self.pool.open_more(&mut state);
        }
    }
}

#[cfg(test)]
mod tests;
