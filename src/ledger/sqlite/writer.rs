//! The writing thread: it owns the connection that writes the database, and the records that could not be written yet.
//!
//! It takes whatever records have queued up as one batch and one transaction. While other messages are being delivered, a
//! commit waits a moment for their records (as PostgreSQL's `commit_delay` does), so that a busy service pays for few
//! commits and a quiet service waits for none.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use rusqlite::ErrorCode;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::files::Files;
use super::language;
use super::store::Store;
use crate::clock::{Clock, millis};
use crate::ledger::claims::Claims;
use crate::ledger::queue::{Command, Entry, Gauges};
use crate::ledger::ticket::Recorder;
use crate::ledger::told::Told;

/// How many commands are taken for one batch, at most.
const BATCH: usize = 256;
/// How long a commit waits for the records of messages that are being delivered: less than sending a message takes. With 1 ms
/// more of them share a commit, which saved 0.4 system calls a message and cost a seventh of the messages a second.
const COMMIT_DELAY: Duration = Duration::from_micros(400);
/// How many messages have to be in delivery for a commit to wait.
const SIBLINGS: usize = 3;
/// How many rows are written in one transaction, at most, when there is a backlog.
const ROWS: usize = 1000;
/// How long after a failure the disk is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// How many users' languages may wait for the disk. Later ones are not written.
const TOLD: usize = 10_000;
/// How often the database is searched for rows that are older than the retention.
const PURGE_EVERY: Duration = Duration::from_mins(1);
/// The pause between two chunks while there is more to delete, which comes to 2,500 rows a second.
const PURGE_PAUSE: Duration = Duration::from_millis(100);
/// How many rows are deleted at a time. That takes some milliseconds, for which records have to wait.
const PURGE_CHUNK: usize = 250;

/// A record that is not in the database yet, and whoever waits for it.
#[derive(Debug)]
struct Unwritten {
    entry: Box<Entry>,
    /// The waiting request. `None` once it was told that the record is only remembered, for a disk that refuses.
    answer: Option<oneshot::Sender<bool>>,
}

/// The state of the thread.
#[derive(Debug)]
pub(super) struct Writer {
    /// Opens the database again after a failure, and keeps its lock meanwhile.
    files: Files,
    /// The open database. `None` only until the first time it could be opened; after a failure the old connection stays
    /// here until a new one takes its place.
    store: Option<Store>,
    /// The end of the queue that commands come out of.
    commands: Receiver<Command>,
    /// Whether [`Command::Close`] has come. Never cleared: what has queued up is still taken, and then the thread ends.
    closing: bool,
    /// Says how many messages are being delivered, and so whether a commit should wait for more records.
    claims: Arc<Claims>,
    /// How this thread is doing, for metrics and for the queue.
    gauges: Arc<Gauges>,
    /// Where those are told who wait; `None` where the ledger was opened outside of a runtime.
    runtime: Option<Handle>,
    /// The time that the retention is measured by.
    clock: Clock,
    /// How long rows are kept.
    retention: Duration,
    /// Records that are not in the database, oldest first. They leave from the front, once a transaction with them has been
    /// committed.
    unwritten: VecDeque<Unwritten>,
    /// What Clerk said of users' languages and is not in the database, oldest first, with whoever waits for it.
    told: VecDeque<(Told, Option<oneshot::Sender<bool>>)>,
    /// When to try the disk again. Set by each failure, and cleared by the first write that the disk takes.
    retry_at: Option<Instant>,
    /// Whether the database has to be opened again before the next write. Set by a failure after which the connection can't
    /// be trusted, and cleared once the database is open.
    reopen: bool,
    /// When to look for rows that are older than the retention.
    purge_at: Instant,
    /// The database is not at its path any more, and the log has said so. Cleared when it is back.
    is_moved: bool,
}

impl Writer {
    /// A writer over `store`, or over a database that is yet to be opened where that is `None`.
    pub(super) fn new(
        files: Files,
        store: Option<Store>,
        commands: Receiver<Command>,
        recorder: &Recorder,
        retention: Duration,
    ) -> Self {
        let now = Instant::now();
        let reopen = store.is_none();
        let retry_at = reopen.then_some(now + RETRY);
        let (claims, gauges) = (Arc::clone(&recorder.claims), Arc::clone(&recorder.queue.gauges));
        Self {
            files,
            store,
            commands,
            closing: false,
            claims,
            gauges,
            runtime: Handle::try_current().ok(),
            clock: recorder.clock.clone(),
            retention,
            unwritten: VecDeque::new(),
            told: VecDeque::new(),
            retry_at,
            reopen,
            purge_at: now,
            is_moved: false,
        }
    }

    /// Writes until [`Command::Close`], then sends a message to `ended`.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a panic has to drop it, which disconnects the receiver"
    )]
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

    /// How long the thread may sleep unless a command comes in.
    fn idle(&self) -> Duration {
        let until = match self.retry_at {
            _ if self.closing => return Duration::ZERO,
            Some(retry_at) => retry_at,
            None if !self.unwritten.is_empty() || !self.told.is_empty() => return Duration::ZERO,
            None => self.purge_at,
        };
        until.saturating_duration_since(Instant::now())
    }

    /// Takes what has queued up, `first` before all else, and writes it.
    fn batch(&mut self, first: Option<Command>) {
        self.take_in(first);
        let siblings = self.claims.running();
        if !self.unwritten.is_empty() && siblings >= SIBLINGS {
            // This thread has nothing else to do. What comes meanwhile waits in the queue.
            std::thread::sleep(COMMIT_DELAY);
            let next = self.commands.try_recv().ok();
            self.take_in(next);
        }
        if self.retry_at.is_none_or(|at| at <= Instant::now()) {
            self.write();
        }
        if self.retry_at.is_some() {
            // Requests don't wait for a disk that refuses. Newest first, up to a record whose request was told before: so were
            // all older ones.
            for answer in self.unwritten.iter_mut().rev().map_while(|unwritten| unwritten.answer.take()) {
                let _ = answer.send(false);
            }
            for answer in self.told.iter_mut().rev().map_while(|(_, answer)| answer.take()) {
                let _ = answer.send(false);
            }
        }
    }

    /// Handles what has queued up, up to a full batch.
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
            Command::Tell { told, answer } if self.told.len() < TOLD => {
                self.told.push_back((told, Some(answer)));
            }
            // Dropping the answer says that it is not written.
            Command::Tell { .. } => {}
            // Claims are in memory alone here, so there is none to give up.
            Command::Release(_) => {}
            Command::Close => self.closing = true,
            #[cfg(test)]
            Command::Inject(injected) => {
                if let Some(store) = &self.store {
                    injected.0(store.connection());
                }
            }
        }
    }

    /// Writes what is unwritten. After a failure something is written even if there is no record, since only a write shows
    /// whether the disk takes them again.
    fn write(&mut self) {
        if self.reopen {
            match self.files.open() {
                Ok(store) => {
                    // A start on a disk that refused did not read them yet.
                    self.claims.accept_all(store.newest_codes(millis(self.clock.now())));
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
            (0, None) => Ok(()),
            (0, Some(_)) => store.try_write(),
            _ => store.write_all(self.unwritten.iter().take(count).map(|unwritten| &*unwritten.entry)),
        };
        match written {
            Ok(()) => self.accepted(count),
            Err(error) => return self.failed(&error),
        }
        self.write_told();
    }

    /// Writes what Clerk said of users' languages: after the records, which are worth more.
    fn write_told(&mut self) {
        let Some(store) = &self.store else { return };
        let count = self.told.len().min(ROWS);
        if count == 0 {
            return;
        }
        match language::tell(store.connection(), self.told.iter().take(count).map(|(told, _)| told)) {
            Ok(()) => {
                for answer in self.told.drain(..count).filter_map(|(_, answer)| answer) {
                    let _ = answer.send(true);
                }
            }
            Err(error) => self.failed(&error),
        }
    }

    /// The disk took the oldest `count` records.
    fn accepted(&mut self, count: usize) {
        // The count goes first, so that whoever has an answer finds the gauge right.
        self.gauges.unwritten.fetch_sub(count, Ordering::Relaxed);
        let lost = self.gauges.lost.swap(0, Ordering::Relaxed);
        if self.retry_at.take().is_some() || lost > 0 {
            tracing::warn!(lost, "the ledger's database can be written again");
            self.gauges.writable.store(true, Ordering::Relaxed);
        }
        let answers: Vec<_> =
            self.unwritten.drain(..count).filter_map(|unwritten| unwritten.answer).collect();
        // The request may have been given up, and then nobody listens.
        let tell = |answer: oneshot::Sender<bool>| {
            let _ = answer.send(true);
        };
        match &self.runtime {
            // Each answer that leaves this thread costs a system call, which wakes the runtime. So all of a batch go there
            // together: that saves 0.6 system calls a message where eight share a commit.
            Some(runtime) if answers.len() > 1 => {
                runtime.spawn(async move { answers.into_iter().for_each(tell) });
            }
            _ => answers.into_iter().for_each(tell),
        }
    }

    /// Handles a statement that failed. A full disk or another process's lock leaves the connection as it is; after anything
    /// else the database is opened again.
    fn failed(&mut self, error: &rusqlite::Error) {
        let keep = [ErrorCode::DiskFull, ErrorCode::DatabaseBusy, ErrorCode::DatabaseLocked];
        self.reopen |= !error.sqlite_error_code().is_some_and(|code| keep.contains(&code));
        self.refused(error, None);
    }

    /// Notes that the disk refuses. The log has it once, when it begins.
    fn refused(&mut self, error: &dyn std::error::Error, reason: Option<&str>) {
        if self.retry_at.replace(Instant::now() + RETRY).is_none() {
            tracing::error!(
                %error,
                reason,
                "the ledger's database can't be written: the ledger goes on in memory, and tries again each second. \
                 Check the disk"
            );
            self.gauges.writable.store(false, Ordering::Relaxed);
        }
    }

    /// Deletes a chunk of the rows that are older than the retention, when it is time for that.
    fn purge(&mut self) {
        let now = Instant::now();
        // Old rows can wait: neither the end of the process nor a disk that fails shall have more to do because of
        // them.
        if self.closing || self.retry_at.is_some() || now < self.purge_at {
            return;
        }
        self.look_for_the_file();
        let Some(store) = &self.store else { return };
        let before = millis(self.clock.now())
            .saturating_sub(u64::try_from(self.retention.as_millis()).unwrap_or(u64::MAX));
        let purged = store.purge(before, PURGE_CHUNK);
        let forgotten = language::purge(store.connection(), before, PURGE_CHUNK);
        let more = matches!(purged, Ok(PURGE_CHUNK)) || matches!(forgotten, Ok(PURGE_CHUNK));
        self.purge_at = now + if more { PURGE_PAUSE } else { PURGE_EVERY };
        if let Err(error) = purged.and(forgotten) {
            self.failed(&error);
        }
    }

    /// Says once that somebody has deleted, moved or replaced the database. SQLite notices nothing of it, and the next
    /// process would know nothing of what this one records.
    fn look_for_the_file(&mut self) {
        let is_moved = self.files.is_moved();
        if is_moved == std::mem::replace(&mut self.is_moved, is_moved) {
            return;
        }
        self.gauges.writable.store(!is_moved, Ordering::Relaxed);
        if is_moved {
            tracing::error!(
                "the ledger's database was deleted, moved or replaced while the service runs: what it records is lost when \
                 it ends, and messages may then be sent twice. Put the file back, or restart the service now. Stop the \
                 service before you touch its files"
            );
        } else {
            tracing::warn!("the ledger's database is at its place again");
        }
    }

    /// Writes what is left at the end, for as long as the disk takes it.
    fn finish(mut self) {
        let mut before = usize::MAX;
        // Ends with the first round that writes nothing, so a full disk does not keep the process from ending.
        while !self.unwritten.is_empty() && self.unwritten.len() < before {
            before = self.unwritten.len();
            self.write();
        }
        before = usize::MAX;
        while self.unwritten.is_empty() && !self.told.is_empty() && self.told.len() < before {
            before = self.told.len();
            self.write();
        }
        if !self.unwritten.is_empty() {
            tracing::error!(
                records = self.unwritten.len(),
                "the ledger ends with records that could not be written: their messages may be sent twice"
            );
        }
    }
}
