//! Asking Clerk's Backend API for a user of whom no event came.
//!
//! A user is asked for once at a time, and not again for a while. A message waits 300 ms at most, while the request goes on
//! for the next one. After three requests in a row that failed or took longer, no message waits: one request now and then,
//! beside the messages, finds out whether Clerk answers again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};

use super::found::{By, LONGEST};
use super::memory::{Memory, Remembered};
use crate::clerk::{Client, Fault, Kind, User};
use crate::ledger::{Told, UserHash};

/// How long a message waits for Clerk, at most.
const PATIENCE: Duration = Duration::from_millis(300);

/// How long a request may take in all.
const LIMIT: Duration = Duration::from_secs(3);

/// How many requests may be under way. Clerk allows 100 in 10 s for a development instance, and 1,000 for others.
const MOST: usize = 32;

/// How long a user is not asked for again of whom Clerk knows no language.
const MISS: Duration = Duration::from_mins(10);

/// How long a user is not asked for again after a request that failed.
const FAILED: Duration = Duration::from_secs(30);

/// How many requests have to fail in a row before no message waits.
const FAILURES: u32 = 3;

/// How long no message waits then, at first.
const FIRST_PAUSE: Duration = Duration::from_secs(15);

/// How long no message waits, at most.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// Who asks.
pub(super) struct Backend {
    client: Client,
    /// The instance that the client's secret key is of, where a variant says it; `None` for that of `[clerk]`.
    instance: Option<Arc<str>>,
    memory: Arc<Memory>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The requests under way, each with what tells its end.
    flights: HashMap<UserHash, watch::Receiver<bool>>,
    /// How many requests failed in a row.
    failures: u32,
    /// Until when nobody is asked; `None` while Clerk answers.
    closed_until: Option<Instant>,
    /// The last pause; `None` while Clerk answers.
    pause: Option<Duration>,
    /// Whether one request is to find out if Clerk answers again.
    probes: bool,
}

impl Backend {
    pub(super) fn new(client: Client, instance: Option<&str>, memory: Arc<Memory>) -> Self {
        Self { client, instance: instance.map(Into::into), memory, state: Mutex::default() }
    }

    /// Asks for a user, and waits until `deadline` or for [`PATIENCE`], whichever is over first. `None` without an answer by
    /// then, and where Clerk is not asked.
    pub(super) async fn ask(
        this: &Arc<Self>,
        user: UserHash,
        id: &str,
        deadline: Instant,
    ) -> Option<Remembered> {
        let mut ended = Self::flight(this, user, id)?;
        let limit = deadline.min(Instant::now() + PATIENCE);
        // An error means that the request's task panicked.
        timeout_at(limit, ended.wait_for(|ended| *ended)).await.ok()?.ok()?;
        this.memory.recall(user)
    }

    /// The request for a user that is under way, or a new one; `None` where nobody is to wait for one.
    fn flight(this: &Arc<Self>, user: UserHash, id: &str) -> Option<watch::Receiver<bool>> {
        let mut state = this.state();
        let now = Instant::now();
        let is_closed = state.closed_until.is_some();
        if state.closed_until.is_some_and(|until| now < until) {
            return None;
        }
        if let Some(ended) = state.flights.get(&user) {
            return Some(ended.clone()).filter(|_| !is_closed);
        }
        if state.flights.len() >= MOST {
            return None;
        }
        if is_closed {
            // One request alone, by which the end of the trouble is found.
            state.closed_until = Some(now + state.pause.unwrap_or(FIRST_PAUSE));
            state.probes = true;
        }
        let (end, ended) = watch::channel(false);
        state.flights.insert(user, ended.clone());
        drop(state);
        let (backend, id) = (Arc::clone(this), id.to_owned());
        tokio::spawn(async move {
            backend.carry_out(user, &id).await;
            backend.state().flights.remove(&user);
            let _ = end.send(true);
        });
        Some(ended).filter(|_| !is_closed)
    }

    /// Asks Clerk, and remembers the answer, or that there is none.
    async fn carry_out(&self, user: UserHash, id: &str) {
        let mut asking = std::pin::pin!(self.client.user(id));
        let Ok(answered) = timeout(PATIENCE, &mut asking).await else {
            // Counted now and not at the end, since more messages would wait for a Clerk that hangs meanwhile.
            self.failed(None);
            self.memory.not_again_for(user, FAILED);
            if let Ok(Ok(answer)) = timeout(LIMIT.saturating_sub(PATIENCE), asking).await {
                self.learn(user, answer);
            }
            return;
        };
        match answered {
            Ok(answer) => {
                self.learn(user, answer);
                self.works();
            }
            Err(Fault { kind: Kind::NotFound, .. }) => {
                self.memory.not_again_for(user, MISS);
                self.works();
            }
            Err(fault) => {
                self.memory.not_again_for(user, FAILED);
                self.failed(Some(&fault));
            }
        }
    }

    fn learn(&self, user: UserHash, answer: User) {
        // No language has a longer tag. What comes without a time gives way to every event.
        match answer.locale.filter(|tag| tag.len() <= LONGEST) {
            Some(tag) => {
                let told = Told { user, tag: Some(tag), at: answer.updated_at.unwrap_or(0) };
                self.memory.tell(&told, By::Backend, None);
            }
            None => self.memory.not_again_for(user, MISS),
        }
    }

    fn works(&self) {
        let mut state = self.state();
        state.failures = 0;
        state.pause = None;
        state.probes = false;
        if state.closed_until.take().is_some() {
            tracing::info!(
                instance = self.instance.as_deref(),
                "Clerk's Backend API answers again, so it is asked for readers' languages"
            );
        }
    }

    /// Notes a request that failed; `None` for one that took too long. The log names no user, and nothing that Clerk said.
    fn failed(&self, fault: Option<&Fault>) {
        let mut state = self.state();
        state.failures += 1;
        let asked = match fault.map(|fault| fault.kind) {
            // A key that is wrong stays wrong, and a limit says for how long.
            Some(Kind::Key | Kind::Payment | Kind::Forbidden | Kind::Redirect(_) | Kind::Shape) => {
                Some(LONGEST_PAUSE)
            }
            Some(Kind::Throttled(wait)) => {
                Some(wait.unwrap_or(FIRST_PAUSE).clamp(Duration::from_secs(1), LONGEST_PAUSE))
            }
            _ if state.failures >= FAILURES => None,
            _ => return,
        };
        let was_closed = state.closed_until.is_some();
        // Requests that were under way when the first ones failed say nothing new.
        if was_closed && !std::mem::take(&mut state.probes) && asked.is_none() {
            return;
        }
        let grown = state.pause.map_or(FIRST_PAUSE, |pause| (pause * 2).min(LONGEST_PAUSE));
        let pause = asked.unwrap_or(grown);
        state.pause = Some(pause);
        state.closed_until = Some(Instant::now() + pause);
        drop(state);
        if !was_closed {
            let what = fault.map_or_else(|| "Clerk takes longer than 300 ms".to_owned(), Fault::what);
            tracing::warn!(
                error = what,
                instance = self.instance.as_deref(),
                pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX),
                "Clerk's Backend API does not say readers' languages: until it answers, they are known from user events alone. \
                 Check the instance's `secret_key`, in [clerk] or [[variant]], and `[clerk] api_url`"
            );
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
