//! The writer's thread: owns the database's writing connection, and the records that could not be written yet.
//!
//! It takes whatever records have queued up as one batch and one transaction. While other messages are under way, a commit
//! waits a moment for theirs (as PostgreSQL's `commit_delay` does), so that a busy service pays for few commits and a quiet
//! one waits for none.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use rusqlite::ErrorCode;
use tokio::sync::oneshot;

use super::claims::Claims;
use super::place::Place;
use super::sqlite::Store;
use super::ticket::{Entry, Gauges, Recorder};
use crate::clock::{Clock, millis};

/// Commands in a batch, at most.
const BATCH: usize = 256;
/// How long a commit waits for the records of messages that are under way: far below what sending one takes.
const COMMIT_DELAY: Duration = Duration::from_micros(200);
/// With fewer messages under way, a commit does not wait.
const SIBLINGS: usize = 3;
/// Rows in a transaction, at most, when there is a backlog.
const ROWS: usize = 1000;
/// How often a disk that refused is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// How often rows that are older than the retention are looked for.
const PURGE_EVERY: Duration = Duration::from_mins(1);
/// Between two chunks while there is more to purge: 2,500 rows a second.
const PURGE_PAUSE: Duration = Duration::from_millis(100);
/// Rows that are deleted at a time: some milliseconds.
const PURGE_CHUNK: usize = 250;

/// What the thread is asked.
#[derive(Debug)]
pub(super) enum Command {
    /// A row, begun or settled. The answer says whether it is in the database now.
    Write { entry: Box<Entry>, answer: oneshot::Sender<bool> },
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

/// A record on its way, and who waits for it.
#[derive(Debug)]
struct Unwritten {
    entry: Box<Entry>,
    /// `None` once they were told that the record is only remembered.
    answer: Option<oneshot::Sender<bool>>,
}

/// The thread's state.
#[derive(Debug)]
pub(super) struct Writer {
    place: Place,
    store: Option<Store>,
    commands: Receiver<Command>,
    closing: bool,
    claims: Arc<Claims>,
    gauges: Arc<Gauges>,
    clock: Clock,
    retention: Duration,
    unwritten: VecDeque<Unwritten>,
    /// Set while the disk refuses.
    retry_at: Option<Instant>,
    /// The connection is to be replaced.
    reopen: bool,
    purge_at: Instant,
}

impl Writer {
    pub(super) fn new(
        place: Place,
        store: Option<Store>,
        commands: Receiver<Command>,
        recorder: &Recorder,
        retention: Duration,
    ) -> Self {
        let now = Instant::now();
        let reopen = store.is_none();
        let retry_at = reopen.then_some(now + RETRY);
        let (claims, gauges) = (Arc::clone(&recorder.claims), Arc::clone(&recorder.gauges));
        Self {
            place,
            store,
            commands,
            closing: false,
            claims,
            gauges,
            clock: recorder.clock.clone(),
            retention,
            unwritten: VecDeque::new(),
            retry_at,
            reopen,
            purge_at: now,
        }
    }

    /// Until [`Command::Close`]; says so on `ended`.
    #[expect(clippy::needless_pass_by_value, reason = "a panic has to drop it")]
    pub(super) fn run(mut self, ended: Sender<()>) {
        loop {
            self.purge();
            match self.commands.recv_timeout(self.idle()) {
                Ok(first) => self.batch(Some(first)),
                Err(RecvTimeoutError::Timeout) if !self.closing => self.batch(None),
                Err(_) => break,
            }
        }
        self.finish();
        let _ = ended.send(());
    }

    /// How long there is nothing to do unless a command comes in.
    fn idle(&self) -> Duration {
        let until = match self.retry_at {
            _ if self.closing => return Duration::ZERO,
            Some(retry_at) => retry_at,
            None if !self.unwritten.is_empty() => return Duration::ZERO,
            None => self.purge_at,
        };
        until.saturating_duration_since(Instant::now())
    }

    fn batch(&mut self, first: Option<Command>) {
        self.take_in(first);
        if !self.unwritten.is_empty() && self.claims.running() >= SIBLINGS {
            std::thread::sleep(COMMIT_DELAY);
            let next = self.commands.try_recv().ok();
            self.take_in(next);
        }
        if self.retry_at.is_none_or(|at| at <= Instant::now()) {
            self.write();
        }
        if self.retry_at.is_some() {
            // Nobody waits for a disk that refuses.
            for answer in self.unwritten.iter_mut().rev().map_while(|unwritten| unwritten.answer.take()) {
                let _ = answer.send(false);
            }
        }
    }

    /// Handles what has queued up.
    fn take_in(&mut self, first: Option<Command>) {
        let mut next = first;
        for more in (0..BATCH).rev() {
            let Some(command) = next else { break };
            self.handle(command);
            next = if more > 0 { self.commands.try_recv().ok() } else { None };
        }
    }

    fn handle(&mut self, command: Command) {
        match command {
            Command::Write { entry, answer } => {
                self.unwritten.push_back(Unwritten { entry, answer: Some(answer) });
            }
            Command::Close => self.closing = true,
            #[cfg(test)]
            Command::Fault(fault) => {
                if let Some(store) = &self.store {
                    fault.0(store.connection());
                }
            }
        }
    }

    /// Writes what is unwritten. After a failure, something is written in any case: only that shows whether the disk takes
    /// it again.
    fn write(&mut self) {
        if self.reopen {
            match self.place.open() {
                Ok(store) => {
                    self.store = Some(store);
                    self.reopen = false;
                }
                Err(error) => {
                    let reason = std::error::Error::source(&error).map(ToString::to_string);
                    return self.refused(&error, reason.as_deref());
                }
            }
        }
        let Some(store) = &self.store else { return };
        let count = self.unwritten.len().min(ROWS);
        let written = match (count, self.retry_at) {
            (0, None) => return,
            (0, Some(_)) => store.try_write(),
            _ => store.write_all(self.unwritten.iter().take(count).map(|unwritten| &*unwritten.entry)),
        };
        match written {
            Ok(()) => self.accepted(count),
            Err(error) => self.failed(&error),
        }
    }

    /// The disk took the oldest `count` records.
    fn accepted(&mut self, count: usize) {
        // First the count, so that who has an answer finds it in the gauge.
        self.gauges.unwritten.fetch_sub(count, Ordering::Relaxed);
        let lost = self.gauges.lost.swap(0, Ordering::Relaxed);
        if self.retry_at.take().is_some() || lost > 0 {
            tracing::warn!(lost, "the ledger's database can be written again");
            self.gauges.writable.store(true, Ordering::Relaxed);
        }
        for answer in self.unwritten.drain(..count).filter_map(|unwritten| unwritten.answer) {
            // Nobody need wait for it.
            let _ = answer.send(true);
        }
    }

    /// A statement failed. A full disk or somebody's lock leaves the connection as it is; after anything else it is opened
    /// again.
    fn failed(&mut self, error: &rusqlite::Error) {
        let keep = [ErrorCode::DiskFull, ErrorCode::DatabaseBusy, ErrorCode::DatabaseLocked];
        self.reopen |= !error.sqlite_error_code().is_some_and(|code| keep.contains(&code));
        self.refused(error, None);
    }

    /// Said once, when it begins.
    fn refused(&mut self, error: &dyn std::error::Error, reason: Option<&str>) {
        if self.retry_at.replace(Instant::now() + RETRY).is_none() {
            tracing::error!(
                %error,
                reason,
                "the ledger's database fails: going on in memory, and trying again each second"
            );
            self.gauges.writable.store(false, Ordering::Relaxed);
        }
    }

    /// Deletes a chunk of what is older than the retention, when it is time.
    fn purge(&mut self) {
        let now = Instant::now();
        if self.closing || self.retry_at.is_some() || now < self.purge_at {
            return;
        }
        let Some(store) = &self.store else { return };
        let before = millis(self.clock.now())
            .saturating_sub(u64::try_from(self.retention.as_millis()).unwrap_or(u64::MAX));
        let purged = store.purge(before, PURGE_CHUNK);
        let more = matches!(purged, Ok(PURGE_CHUNK));
        self.purge_at = now + if more { PURGE_PAUSE } else { PURGE_EVERY };
        if let Err(error) = purged {
            self.failed(&error);
        }
    }

    /// Writes what is left, for as long as the disk takes it.
    fn finish(mut self) {
        let mut before = usize::MAX;
        while !self.unwritten.is_empty() && self.unwritten.len() < before {
            before = self.unwritten.len();
            self.write();
        }
        if !self.unwritten.is_empty() {
            tracing::error!(
                records = self.unwritten.len(),
                "the ledger closes with records that could not be written"
            );
        }
    }
}
