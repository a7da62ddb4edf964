//! The sessions to one server: never more than configured, fewer while the server takes fewer. Sessions are kept open,
//! and the one that was used last is used first.
//!
//! A message that needs a session waits in a queue for one. Opening a session is a task of its own: a message that gives
//! up waiting stops nothing, and a session that no message waits for any more is kept for the next one. A session in use
//! is a task as well, its flight, which takes messages from the queue that no other session will serve soon.

mod concurrency;
mod flight;
mod lease;
mod upkeep;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until, timeout};

use super::classify::{self, Cause, Failure};
use super::extensions::Extensions;
use super::handshake::{self, Access};
use super::job::{Job, Then, no_session};
use super::progress::Progress;
use super::reply::Reply;
use super::session::Session;
use super::settings::{Settings, SetupError};
use crate::clock::Clock;
use crate::delivery::fault::{Stage, Verdict};
use concurrency::Concurrency;

/// How long opening a session may take, whatever the messages that wait for it have left.
const OPEN_LIMIT: Duration = Duration::from_secs(15);
/// The pause after a refused login, during which all messages wait: servers lock an account after many wrong passwords
/// in a row. It doubles with each refusal.
const LOGIN_PAUSE: Duration = Duration::from_secs(1);
/// The longest such pause: shorter than the 5 s after which Svix tries again, so that each retry finds out anew.
const LONGEST_LOGIN_PAUSE: Duration = Duration::from_secs(4);

/// The sessions to one server.
pub(super) struct Pool {
    /// The settings of the server, which never change.
    pub(super) settings: Settings,
    /// What it takes to open a session.
    pub(super) access: Access,
    /// The extensions that the server lists and does not serve.
    pub(super) broken: Broken,
    /// Who has which session. The lock is held for moments only, and never while the network is waited for.
    state: Mutex<State>,
    /// Wakes a flight that has room while more messages wait than sessions are being opened.
    surplus: Notify,
    /// The number of the next message.
    next_number: AtomicU64,
    /// Counts all open sessions, also those that are neither idle nor in use: being opened, reset or told to quit. Each
    /// session counts itself, and takes itself out when it is dropped.
    open: Arc<AtomicUsize>,
}

/// The extensions that the server lists and that turned out not to work. Once set, they are left alone until a restart:
/// a server that recovers loses us a round trip and nothing more.
#[derive(Debug, Default)]
pub(super) struct Broken {
    /// BDAT was refused as a command that is not known.
    pub(super) chunking: AtomicBool,
    /// A command in the middle of a flight, or the first one, was refused as out of order.
    pub(super) pipelining: AtomicBool,
    /// A message that was said behind another one, before that was answered, was lost or refused as out of order; or the
    /// server sends more replies than it was asked for.
    depth: AtomicBool,
    /// A message behind another one was answered, so the server serves that, whatever happens to a session later.
    serves_depth: AtomicBool,
}

impl Broken {
    /// Looks at a refusal for signs that an extension is listed and not served. Returns whether it found any, so that
    /// the message may go out again without that extension.
    fn note(&self, stage: Stage, reply: Reply, used: Extensions, is_behind: bool) -> bool {
        let extension = match stage {
            Stage::Body if used.chunking => &self.chunking,
            Stage::Rcpt | Stage::Data if used.pipelining => &self.pipelining,
            Stage::Mail if is_behind => &self.depth,
            // Other protocol errors at MAIL are about its words, such as the sender's address.
            Stage::Mail if used.pipelining && reply.code == 503 => &self.pipelining,
            _ => return false,
        };
        let found = reply.is_protocol_error();
        if found {
            extension.store(true, Ordering::Relaxed);
        }
        found
    }

    /// Notes that the server sent a reply that no command had asked for. While a message is behind another one, such a reply
    /// would be taken for one to the next.
    fn answers_too_much(&self) {
        self.depth.store(true, Ordering::Relaxed);
    }

    /// How many messages may be on a session at a time: `untried` until the server has answered one behind another.
    fn depth(&self, untried: usize, deepest: usize) -> usize {
        match (self.depth.load(Ordering::Relaxed), self.serves_depth.load(Ordering::Relaxed)) {
            (true, _) => 1,
            (false, true) => deepest,
            (false, false) => untried,
        }
    }

    /// Notes that the server answered a message behind another one.
    fn serves_depth(&self) {
        self.serves_depth.store(true, Ordering::Relaxed);
    }

    /// Notes that nothing came back for a message behind another one that was answered. Some servers throw away what
    /// comes before their answer.
    fn lost_behind(&self) {
        if !self.serves_depth.load(Ordering::Relaxed) {
            self.depth.store(true, Ordering::Relaxed);
        }
    }
}

/// Who has which session, and who waits.
struct State {
    /// Idle sessions, in the order of their last message. The last one is taken first, so that sessions which are not
    /// needed stay at the front, grow old, and are told to quit.
    idle: Vec<Session>,
    /// The messages that wait for a session, in order. Those that nobody waits for any more are removed whenever more
    /// sessions may be opened.
    waiting: VecDeque<Job>,
    /// The sessions that are being opened for messages that wait, the oldest first. Each leaves when it is open or
    /// failed.
    opening: VecDeque<Opening>,
    /// The sessions that are being opened though a message gave up waiting for them. They don't count against the
    /// limit, so they hold up no message. The oldest is aborted when there are more of them than configured sessions.
    slow: VecDeque<Opening>,
    /// How many sessions are leased and don't only listen. A lease takes itself out when its session is parked, or when
    /// it is dropped.
    in_use: usize,
    /// How many sessions only listen for replies that did not come in time. They don't count against the limit, so they
    /// hold up no message: the server may well answer on a new session. No more of them than configured sessions.
    listening: usize,
    /// How many sessions the server takes at a time.
    concurrency: Concurrency,
    /// The last login was refused. Cleared by the next login that works.
    refused_login: Option<RefusedLogin>,
    /// The task that looks after idle sessions runs. It starts with the first idle session and runs until the pool is
    /// gone.
    tended: bool,
    /// The task runs that waits until the server may be given one session more. It clears this when it wakes.
    expects_growth: bool,
    /// The service shuts down: no session is kept any more. Never cleared.
    closed: bool,
}

/// A session that is being opened.
struct Opening {
    /// How far it has come. Its address also tells this one from the others.
    progress: Arc<Progress>,
    /// The task that opens it.
    task: AbortHandle,
}

/// What follows from a refused login.
struct RefusedLogin {
    /// The pause that runs or ran last, for the next one to double.
    pause: Duration,
    /// When the next login may be tried.
    until: Instant,
    /// A task waits for the end of the pause, and opens a session then if a message still waits.
    awaited: bool,
}

/// The right to use one session. Dropping it closes the session, because nobody knows what the server would answer
/// next; only [`Lease::next`] keeps the session.
struct Lease {
    /// `None` after the session was parked.
    session: Option<Session>,
    /// The session only listens for replies that did not come in time.
    listens: bool,
    pool: Arc<Pool>,
}

impl Pool {
    /// A pool without sessions. Opens none yet.
    pub(super) fn new(settings: Settings, clock: Clock) -> Result<Self, SetupError> {
        let access = Access::new(&settings, clock)?;
        Ok(Self::with(settings, access))
    }

    /// The same, where what it takes to open a session is prepared already.
    pub(super) fn with(settings: Settings, access: Access) -> Self {
        let state = State {
            idle: Vec::new(),
            waiting: VecDeque::new(),
            opening: VecDeque::new(),
            slow: VecDeque::new(),
            in_use: 0,
            listening: 0,
            concurrency: Concurrency::new(settings.connections.max(1)),
            refused_login: None,
            tended: false,
            expects_growth: false,
            closed: false,
        };
        Self {
            access,
            broken: Broken::default(),
            state: Mutex::new(state),
            surplus: Notify::new(),
            next_number: AtomicU64::default(),
            open: Arc::default(),
            settings,
        }
    }

    /// A number for a message, greater than all before.
    pub(super) fn number(&self) -> u64 {
        self.next_number.fetch_add(1, Ordering::Relaxed)
    }

    /// Hands a message over: to the idle session that was used last, or else to the next one that becomes free or is
    /// opened, or has room.
    pub(super) fn send(self: &Arc<Self>, job: Job) {
        let mut state = self.state();
        // A look costs one system call and finds sessions that the server has closed. What it can't find, a server that
        // is gone without a word, costs the transaction a time limit of its own.
        while let Some(mut session) = state.idle.pop() {
            if session.is_quiet() {
                return self.lease(&mut state, session, job);
            }
        }
        // One that comes back goes before all that came later.
        let at = state.waiting.partition_point(|other| other.number < job.number);
        state.waiting.insert(at, job);
        self.open_more(&mut state);
    }

    /// Takes a message out of the queue that can't wait any longer, and gives its verdict; `None` if the message is on a
    /// session by now.
    ///
    /// The session that has been opening for longest hangs, as far as anybody can know, so the next message does not
    /// wait for it.
    pub(super) fn withdraw(self: &Arc<Self>, number: u64) -> Option<Verdict> {
        let mut state = self.state();
        let at = state.waiting.iter().position(|job| job.number == number)?;
        state.waiting.remove(at);
        let hanging = state.opening.pop_front();
        let verdict = no_session(hanging.as_ref().map(|opening| opening.progress.get()));
        state.slow.extend(hanging);
        if state.slow.len() > self.settings.connections.max(1)
            && let Some(oldest) = state.slow.pop_front()
        {
            oldest.task.abort();
        }
        self.open_more(&mut state);
        Some(verdict)
    }

    /// The number of sessions that are open now, whatever they are used for.
    pub(super) fn open_sessions(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// Notes that a message went through, so the server may soon take more sessions again.
    fn succeeded(&self) {
        self.state().concurrency.succeeded(Instant::now());
    }

    /// Notes that the server wants fewer sessions at a time. Returns whether others are in use, so that it makes sense
    /// to wait for one of them.
    fn crowded(&self) -> bool {
        let mut state = self.state();
        let others = state.in_use.saturating_sub(1);
        state.concurrency.crowded(others, Instant::now());
        others > 0
    }

    /// Opens sessions for the messages that wait, as far as the server takes more. While logins are refused, one at a
    /// time.
    fn open_more(self: &Arc<Self>, state: &mut State) {
        state.waiting.retain(|job| !job.is_deserted());
        let now = Instant::now();
        // One login at a time: with sixteen at once, a wrong password would be tried sixteen times before the first
        // answer.
        if let Some(refused) = &mut state.refused_login {
            if state.waiting.is_empty() || !state.opening.is_empty() {
                return;
            }
            if refused.until <= now {
                self.open_one(state);
            // Nothing else may happen before the pause is over, so a task has to wake the pool up then.
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
        if state.surplus() > 0 {
            self.surplus.notify_one();
        }
    }

    /// Where a message waits because the server takes no more sessions for now, makes sure that one more is tried in
    /// time. Without this, nothing may happen that would try it before the message's time is up.
    fn expect_growth(self: &Arc<Self>, state: &mut State) {
        let Some(at) = state.concurrency.grows_at() else { return };
        if state.opening.len() >= state.waiting.len() || std::mem::replace(&mut state.expects_growth, true) {
            return;
        }
        // A weak reference, so that this task does not keep the pool alive.
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

    /// Starts opening a session, in a task of its own.
    fn open_one(self: &Arc<Self>, state: &mut State) {
        let (pool, progress) = (Arc::clone(self), Arc::<Progress>::default());
        let reached = Arc::clone(&progress);
        // A task and not a part of the message's future: if the message gives up after 4 s and TLS is done after 5 s,
        // the session serves the next message instead of being thrown away.
        let task = tokio::spawn(async move {
            let opening = handshake::open(&pool.settings, &pool.access, &pool.open, &progress);
            let opened = timeout(OPEN_LIMIT, opening).await.unwrap_or(Err(Cause::Timeout));
            pool.opened(&progress, opened);
        });
        state.opening.push_back(Opening { progress: reached, task: task.abort_handle() });
    }

    /// Takes in a session that was opened, or the cause why it could not be.
    fn opened(self: &Arc<Self>, progress: &Arc<Progress>, opened: Result<Session, Cause>) {
        let mut state = self.state();
        let is_other = |other: &Opening| !Arc::ptr_eq(&other.progress, progress);
        state.opening.retain(is_other);
        state.slow.retain(is_other);
        match opened {
            Ok(session) => {
                // A login worked, so the password is right (again).
                state.refused_login = None;
                self.hand_out(&mut state, session);
            }
            Err(cause) => state.could_not_open(Failure::before_the_message(progress.get(), cause)),
        }
        self.open_more(&mut state);
    }

    /// Gives the session to the first message that still waits, or keeps it for the next one.
    fn hand_out(self: &Arc<Self>, state: &mut State, session: Session) {
        match state.first_waiting() {
            Some(job) => self.lease(state, session, job),
            None => self.keep(state, session),
        }
    }

    /// Starts a flight with this message.
    fn lease(self: &Arc<Self>, state: &mut State, session: Session, job: Job) {
        state.in_use += 1;
        Lease { session: Some(session), listens: false, pool: Arc::clone(self) }.fly(job);
    }

    /// Keeps the session for the next message.
    fn keep(self: &Arc<Self>, state: &mut State, mut session: Session) {
        // More sessions than are configured can be open here, where slow ones came in late.
        if state.closed || state.in_use + state.idle.len() >= self.settings.connections.max(1) {
            return;
        }
        session.rest();
        // Sorted, since a session that comes back from a NOOP has carried its last message long ago.
        let at = state.idle.partition_point(|other| other.used_at <= session.used_at);
        state.idle.insert(at, session);
        if !std::mem::replace(&mut state.tended, true) {
            self.keep_tended();
        }
    }

    /// How many messages each session may take from the queue beside the one that it has: of those that no session is
    /// being opened for, its share.
    fn share(&self) -> usize {
        let state = self.state();
        state.surplus().div_ceil(state.in_use.max(1))
    }

    /// The first message that waits and that no session is being opened for.
    fn take_waiting(&self) -> Option<Job> {
        let mut state = self.state();
        if state.surplus() == 0 {
            return None;
        }
        // Whoever only wants to see whether a session can be had learns nothing from one that others use.
        let at = state.waiting.iter().position(|job| job.letter.is_some() && !job.is_deserted())?;
        let job = state.waiting.remove(at);
        if state.surplus() > 0 {
            self.surplus.notify_one();
        }
        job
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes a leased session out of the count that it is in.
    fn leaves(&mut self, listens: bool) {
        *(if listens { &mut self.listening } else { &mut self.in_use }) -= 1;
    }

    /// How many messages wait that no session is being opened for.
    fn surplus(&self) -> usize {
        self.waiting.len().saturating_sub(self.opening.len())
    }

    /// The first message that still waits.
    fn first_waiting(&mut self) -> Option<Job> {
        while let Some(job) = self.waiting.pop_front() {
            if !job.is_deserted() {
                return Some(job);
            }
        }
        None
    }

    /// Tells messages that wait for a session that opening one failed: all of them where the next login would be
    /// refused too, none of them where another session will serve them, else the first that still waits.
    fn could_not_open(&mut self, failure: Failure) {
        if let Cause::Refused { reply } = failure.cause {
            let now = Instant::now();
            // Only where others are open can fewer sessions be the answer. A server that is too busy for a single one
            // fails.
            let others = self.in_use + self.opening.len() + self.idle.len();
            if others > 0 && classify::is_crowded(reply) {
                self.concurrency.crowded(others, now);
                return;
            }
            if failure.stage == Stage::Auth && reply.is_permanent() {
                let before = self.refused_login.take();
                let pause = before.map_or(LOGIN_PAUSE, |before| before.pause * 2).min(LONGEST_LOGIN_PAUSE);
                self.refused_login = Some(RefusedLogin { pause, until: now + pause, awaited: false });
                // Every message that waits would be refused in its turn, a pause later each. Told now, they can go to
                // another provider.
                for job in self.waiting.drain(..) {
                    let failure = Failure::before_the_message(Stage::Auth, Cause::Refused { reply });
                    let _ = job.tell.send(Err(Then::Over(failure.verdict())));
                }
                return;
            }
        }
        // The others wait on: their sessions are being opened too, and may get through.
        if let Some(job) = self.first_waiting() {
            let _ = job.tell.send(Err(Then::Over(failure.verdict())));
        }
    }
}

#[cfg(test)]
mod tests;
