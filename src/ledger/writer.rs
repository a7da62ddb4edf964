//! The writer's thread: owns the claims, the database and what could not be written to it yet.
//!
//! It takes whatever commands have queued up as one batch and one transaction: questions are answered at once, writes
//! after the commit. While other messages are under way, a commit waits a moment for theirs (as PostgreSQL's
//! `commit_delay` does), so that a busy service pays for few commits and a quiet one waits for none.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use rusqlite::ErrorCode;
use tokio::sync::oneshot;

use super::claims::Claims;
use super::place::Place;
use super::sqlite::{Prior, Standing, Store};
use super::unwritten::Unwritten;
use super::{Entry, Gauges, Ids};
use crate::clock::{Clock, millis};

/// Commands in a batch, at most: a question behind them waits for their commit.
const BATCH: usize = 256;
/// How long a commit waits for the records of messages that are under way: far below what sending one takes.
const COMMIT_DELAY: Duration = Duration::from_micros(200);
/// With fewer messages under way, a commit does not wait.
const SIBLINGS: usize = 3;
/// Rows in a transaction, at most, when there is a backlog.
const ROWS: usize = 1000;
/// How often a disk that refused is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// How often the oldest rows are looked at.
const PURGE_EVERY: Duration = Duration::from_mins(1);
/// Between two chunks while there is more to purge: 2,500 rows a second.
const PURGE_PAUSE: Duration = Duration::from_millis(100);
/// Rows that are deleted at a time: some milliseconds.
const PURGE_CHUNK: usize = 250;

/// What the thread is asked.
#[derive(Debug)]
pub(super) enum Command {
    /// What is known of this message?
    Find { ids: Ids, answer: oneshot::Sender<Vec<Prior>> },
    /// A row, begun or settled.
    Write { entry: Entry, answer: oneshot::Sender<()> },
    /// The end, after what has queued up.
    Close,
    /// A test's hand on the connection.
    #[cfg(test)]
    Fault(Fault),
}

#[cfg(test)]
pub(super) struct Fault(pub(super) Box<dyn FnOnce(&rusqlite::Connection) + Send>);

#[cfg(test)]
impl std::fmt::Debug for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fault")
    }
}

/// What the ledger and its thread both see.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) claims: Arc<Claims>,
    pub(super) gauges: Arc<Gauges>,
    pub(super) clock: Clock,
}

/// The thread's state.
#[derive(Debug)]
pub(super) struct Writer {
    place: Place,
    store: Option<Store>,
    commands: Receiver<Command>,
    closing: bool,
    shared: Shared,
    retention: Duration,
    /// [`Claims`] knows what the database holds.
    learnt: bool,
    unwritten: Unwritten,
    /// Records given up since the disk began to refuse.
    lost: usize,
    /// Set while the disk refuses.
    retry_at: Option<Instant>,
    /// The connection is to be replaced; until then it may still do for reading.
    reopen: bool,
    purge_at: Instant,
}

impl Writer {
    pub(super) fn new(
        place: Place,
        store: Option<Store>,
        commands: Receiver<Command>,
        shared: Shared,
        retention: Duration,
    ) -> Self {
        let now = Instant::now();
        let reopen = store.is_none();
        let retry_at = reopen.then_some(now + RETRY);
        Self {
            place,
            store,
            commands,
            closing: false,
            shared,
            retention,
            learnt: false,
            unwritten: Unwritten::default(),
            lost: 0,
            retry_at,
            reopen,
            purge_at: now,
        }
    }

    /// Until [`Command::Close`].
    pub(super) fn run(mut self) {
        // Reads the ids before anybody asks.
        self.batch(None);
        loop {
            self.purge();
            match self.commands.recv_timeout(self.idle()) {
                Ok(first) => self.batch(Some(first)),
                Err(RecvTimeoutError::Timeout) if !self.closing => self.batch(None),
                Err(_) => break,
            }
        }
        self.finish();
    }

    /// How long there is nothing to do unless a command comes in.
    fn idle(&self) -> Duration {
        let until = match self.retry_at {
            _ if self.closing => return Duration::ZERO,
            Some(retry_at) => retry_at,
            None if self.unwritten.len() > 0 => return Duration::ZERO,
            None => self.purge_at,
        };
        until.saturating_duration_since(Instant::now())
    }

    fn batch(&mut self, first: Option<Command>) {
        self.reopen();
        if let Some(Err(error)) = self.store.as_ref().map(Store::begin) {
            self.refused(&error);
        }
        self.learn();
        let mut answers = Vec::new();
        self.take_in(first, &mut answers);
        if !answers.is_empty() && self.shared.claims.running() >= SIBLINGS {
            std::thread::sleep(COMMIT_DELAY);
            let next = self.commands.try_recv().ok();
            self.take_in(next, &mut answers);
        }
        self.flush();
        for answer in answers {
            // Nobody need wait for it.
            let _ = answer.send(());
        }
    }

    /// Handles what has queued up.
    fn take_in(&mut self, first: Option<Command>, answers: &mut Vec<oneshot::Sender<()>>) {
        let mut next = first;
        for more in (0..BATCH).rev() {
            let Some(command) = next else { break };
            self.handle(command, answers);
            next = if more > 0 { self.commands.try_recv().ok() } else { None };
        }
    }

    /// Tells [`Claims`] every id, once the database can be read: new messages need not be looked up from then on.
    fn learn(&mut self) {
        if self.learnt {
            return;
        }
        let Some(store) = &self.store else { return };
        let mut database = self.shared.claims.filter();
        match store.ids(|id| database.add(id)) {
            Ok(()) => {
                self.shared.claims.learn(&database);
                self.learnt = true;
            }
            Err(error) => self.refused(&error),
        }
    }

    fn handle(&mut self, command: Command, answers: &mut Vec<oneshot::Sender<()>>) {
        match command {
            Command::Find { ids, answer } => {
                // Nobody need wait for it.
                let _ = answer.send(self.priors(&ids));
            }
            Command::Write { entry, answer } => {
                self.remember(entry);
                answers.push(answer);
            }
            Command::Close => self.closing = true,
            #[cfg(test)]
            Command::Fault(fault) => {
                if let Some(store) = &self.store {
                    store.rollback().unwrap();
                    fault.0(store.connection());
                    store.begin().unwrap();
                }
            }
        }
    }

    /// What memory and the database know under either id; memory alone where the database can't be read.
    fn priors(&mut self, ids: &Ids) -> Vec<Prior> {
        let mut priors = self.unwritten.find(ids);
        match self.store.as_ref().map(|store| store.find(ids)) {
            Some(Ok(rows)) => priors.extend(
                rows.into_iter()
                    .filter(|row| row.standing == Standing::Accepted || !self.unwritten.holds(&row.message)),
            ),
            Some(Err(error)) => self.refused(&error),
            None => {}
        }
        priors
    }

    fn remember(&mut self, entry: Entry) {
        let lost = self.unwritten.push(entry);
        if lost > 0 && self.lost == 0 {
            tracing::error!("the ledger can remember no more: the oldest unwritten records are given up");
        }
        self.lost += lost;
    }

    /// Ends the batch's transaction, with what is unwritten in it if the disk may take it.
    fn flush(&mut self) {
        if let Some(store) = &self.store {
            let ended =
                if self.may_try() { self.write(store).map(Some) } else { store.rollback().map(|()| None) };
            match ended {
                // Nothing was written, which says nothing about the disk.
                Ok(Some(0) | None) => {}
                Ok(Some(written)) => {
                    self.unwritten.forget(written);
                    self.accepted();
                }
                Err(error) => self.refused(&error),
            }
        }
        self.shared.gauges.unwritten.store(self.unwritten.len(), Ordering::Relaxed);
    }

    fn write(&self, store: &Store) -> rusqlite::Result<usize> {
        let count = self.unwritten.len().min(ROWS);
        let rows = self.unwritten.iter().take(count).try_for_each(|entry| store.write(entry));
        let ended = rows.and_then(|()| store.commit());
        if ended.is_err() {
            store.rollback()?;
        }
        ended.map(|()| count)
    }

    fn may_try(&self) -> bool {
        self.retry_at.is_none_or(|at| at <= Instant::now())
    }

    fn reopen(&mut self) {
        if self.reopen && self.may_try() {
            match self.place.open() {
                Ok(store) => {
                    self.store = Some(store);
                    self.reopen = false;
                }
                // Said when it began.
                Err(_) => self.retry_at = Some(Instant::now() + RETRY),
            }
        }
    }

    /// The disk took a batch.
    fn accepted(&mut self) {
        if self.retry_at.take().is_some() {
            tracing::warn!(lost = self.lost, "the ledger's database can be written again");
            self.lost = 0;
            self.shared.gauges.writable.store(true, Ordering::Relaxed);
        }
    }

    /// The disk did not. A full disk or somebody's lock leaves the connection as it is; after anything else it is
    /// opened again.
    fn refused(&mut self, error: &rusqlite::Error) {
        if self.retry_at.is_none() {
            tracing::error!(%error, "the ledger's database fails: going on in memory, and trying again each second");
            self.shared.gauges.writable.store(false, Ordering::Relaxed);
        }
        self.retry_at = Some(Instant::now() + RETRY);
        let keep = [ErrorCode::DiskFull, ErrorCode::DatabaseBusy, ErrorCode::DatabaseLocked];
        self.reopen |= !error.sqlite_error_code().is_some_and(|code| keep.contains(&code));
    }

    /// Deletes a chunk of what is older than the retention, when it is time.
    fn purge(&mut self) {
        let now = Instant::now();
        if self.closing || self.retry_at.is_some() || now < self.purge_at {
            return;
        }
        let Some(store) = &self.store else { return };
        let before = millis(self.shared.clock.now())
            .saturating_sub(u64::try_from(self.retention.as_millis()).unwrap_or(u64::MAX));
        let purged = store.purge(before, PURGE_CHUNK);
        let more = matches!(purged, Ok(PURGE_CHUNK));
        self.purge_at = now + if more { PURGE_PAUSE } else { PURGE_EVERY };
        if let Err(error) = purged {
            self.refused(&error);
        }
    }

    /// Writes what is left, for as long as the disk takes it.
    fn finish(mut self) {
        let mut before = usize::MAX;
        while self.unwritten.len() > 0 && self.unwritten.len() < before {
            before = self.unwritten.len();
            self.retry_at = self.retry_at.map(|_| Instant::now());
            self.batch(None);
        }
        if self.unwritten.len() > 0 {
            tracing::error!(
                records = self.unwritten.len(),
                "the ledger closes with records that could not be written"
            );
        }
    }
}
