//! The task that writes: it owns the records that are not in the database yet.
//!
//! It takes whatever records have queued up as one statement, so a quiet service writes each at once and a busy one shares
//! round trips. What the database does not take goes into the spool, and from there into the database once it is back.

use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::{Instant, sleep_until};

use super::database::{Database, Failure};
use super::depot::Depot;
use super::work::{self, ROWS, Replayed};
use crate::clock::Clock;
use crate::ledger::error::OpenError;
use crate::ledger::queue::{Command, Entry, Release};
use crate::ledger::stored::Stored;
use crate::ledger::words::Settled;

/// How many claims that are to be given up may wait for the database.
const RELEASES: usize = 10_000;
/// How long the database may take for a statement before records go into the spool too. An answer to Svix waits for its record
/// for 300 ms at most.
const SPOOL_AFTER: Duration = Duration::from_millis(150);
/// How many records go into the spool at a time, at most.
const SPOOL_ROWS: usize = 1000;
/// How long after a failure the database is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// How often the database is searched for rows that are older than the retention.
const PURGE_EVERY: Duration = Duration::from_mins(1);
/// The pause between two chunks while there is more to delete.
const PURGE_PAUSE: Duration = Duration::from_millis(100);
/// How long the task sleeps where nothing but an event can give it something to do.
const LONG: Duration = Duration::from_hours(1);

/// A record that is neither in the database nor in the spool yet, and whoever waits for it.
#[derive(Debug)]
struct Unwritten {
    entry: Arc<Entry>,
    /// The waiting request. `None` once it was told that the record is only remembered.
    answer: Option<oneshot::Sender<bool>>,
}

/// What is under way at the database. There is one job at a time.
struct Job {
    done: JoinHandle<Done>,
    began: Instant,
}

/// How a job ended.
enum Done {
    /// The oldest records were written, or not, and the oldest claims given up.
    Write {
        /// How many claims these were.
        releases: usize,
        result: Result<(), Failure>,
    },
    /// Records of the spool were written, or not.
    Replay(Result<Replayed, Failure>),
    /// Old rows were deleted, or not. Says whether there are more.
    Purge(Result<bool, Failure>),
}

/// How records of the spool go into the database.
#[derive(Debug, Default)]
struct Replay {
    /// Whether the next record is written alone: the server refused one of a batch for what is in it.
    alone: bool,
    /// Whether these records are next, where others wait too.
    is_next: bool,
    /// How many of them were written since the spool was empty last.
    count: usize,
}

/// The state of the task.
pub(super) struct Writer {
    pub(super) database: Rc<Database>,
    commands: UnboundedReceiver<Command>,
    clock: Clock,
    retention: Duration,
    /// Where records go that the database does not take; `None`: they wait in memory alone.
    depot: Option<Depot>,
    /// Whether [`Command::Close`] has come.
    closing: bool,
    /// Records that are neither in the database nor in the spool, oldest first.
    unwritten: VecDeque<Unwritten>,
    /// How many records at the front of [`Writer::unwritten`] the job under way writes.
    in_job: usize,
    /// Claims to give up. Each ends by itself too, so what is beyond [`RELEASES`] is forgotten.
    releases: VecDeque<Release>,
    /// Whether the next record is written alone: the server refused one of a batch for what is in it.
    alone: bool,
    replay: Replay,
    job: Option<Job>,
    /// When to try the database again; `None` while it works.
    retry_at: Option<Instant>,
    purge_at: Instant,
}

impl Writer {
    pub(super) fn new(
        database: Rc<Database>,
        commands: UnboundedReceiver<Command>,
        clock: Clock,
        retention: Duration,
        depot: Option<Depot>,
    ) -> Self {
        Self {
            database,
            commands,
            clock,
            retention,
            depot,
            closing: false,
            unwritten: VecDeque::new(),
            in_job: 0,
            releases: VecDeque::new(),
            alone: false,
            replay: Replay::default(),
            job: None,
            retry_at: None,
            purge_at: Instant::now(),
        }
    }

    /// Writes until [`Command::Close`].
    pub(super) async fn run(mut self) {
        if !self.database.gauges.writable.load(Ordering::Relaxed) {
            self.retry_at = Some(Instant::now() + RETRY);
        }
        while !self.closing {
            let wake_at = self.wake_at();
            let fails = self.database.fails.notified();
            tokio::select! {
                command = self.commands.recv() => self.take_in(command),
                () = sleep_until(wake_at) => {}
                () = fails => self.retry_at = Some(Instant::now() + RETRY),
                done = end_of(&mut self.job) => self.ended(done),
            }
            self.begin();
            self.keep().await;
        }
        self.finish().await;
    }

    /// When there is something to do, unless a command or the end of a job comes before.
    fn wake_at(&self) -> Instant {
        let now = Instant::now();
        if let Some(job) = &self.job {
            // What waits behind a job that takes long goes into the spool.
            return match &self.depot {
                Some(depot) if !self.unwritten.is_empty() => depot.ready_at().max(job.began + SPOOL_AFTER),
                _ => now + LONG,
            };
        }
        match self.retry_at {
            Some(retry_at) => retry_at,
            None if !self.unwritten.is_empty() => now,
            None if self.waiting_in_spool() > 0 => self.depot.as_ref().map_or(now, Depot::ready_at),
            None => self.purge_at,
        }
    }

    fn waiting_in_spool(&self) -> usize {
        self.depot.as_ref().map_or(0, Depot::count)
    }

    /// Takes a command, and whatever has queued up behind it.
    fn take_in(&mut self, first: Option<Command>) {
        // The other end is gone without a word: nobody will send anything any more.
        let Some(first) = first else { return self.closing = true };
        let mut next = Some(first);
        let mut more = ROWS;
        while let Some(command) = next {
            match command {
                Command::Write { entry, answer } => {
                    self.unwritten.push_back(Unwritten { entry: Arc::from(entry), answer: Some(answer) });
                }
                Command::Release(release) if self.releases.len() < RELEASES => {
                    self.releases.push_back(*release);
                }
                Command::Release(_) | Command::Tell { .. } => {}
                Command::Close => self.closing = true,
                #[cfg(test)]
                Command::Inject(_) => {}
            }
            more = more.saturating_sub(1);
            next = if more > 0 { self.commands.try_recv().ok() } else { None };
        }
    }

    /// Begins what is to be done at the database, if it is time for that.
    fn begin(&mut self) {
        let now = Instant::now();
        if self.job.is_some() || self.retry_at.is_some_and(|at| at > now) {
            return;
        }
        let database = Rc::clone(&self.database);
        let has_records = !self.unwritten.is_empty();
        let replay =
            self.retry_at.is_none() && (self.replay.is_next || !has_records) && self.waiting_in_spool() > 0;
        let done = match &self.depot {
            Some(depot) if replay && depot.is_ready() => {
                let limit = if self.replay.alone { 1 } else { ROWS };
                let replay = work::replay(database, depot.clone(), limit);
                self.replay.is_next = false;
                spawn_local(async move { Done::Replay(replay.await) })
            }
            _ if has_records || !self.releases.is_empty() || self.retry_at.is_some() => self.begin_to_write(),
            _ if self.purge_at <= now => {
                let Some(before) = self.clock.now().checked_sub(self.retention) else { return };
                spawn_local(async move { Done::Purge(work::purge(&database, before).await) })
            }
            _ => return,
        };
        self.job = Some(Job { done, began: now });
    }

    /// Writes what is unwritten. After a failure something is written even if there is no record, since only a write shows
    /// whether the server takes them again.
    fn begin_to_write(&mut self) -> JoinHandle<Done> {
        let entries = self.unwritten.iter().map(|unwritten| &unwritten.entry);
        let batch = work::batch(entries, if self.alone { 1 } else { ROWS });
        let given_up: Vec<_> = self.releases.iter().take(ROWS).cloned().collect();
        let (releases, anew) = (given_up.len(), self.retry_at.is_some());
        self.in_job = batch.len();
        let write = work::write(Rc::clone(&self.database), batch, given_up, anew);
        self.replay.is_next = true;
        spawn_local(async move { Done::Write { releases, result: write.await } })
    }

    /// Notes how a job ended.
    fn ended(&mut self, done: Option<Done>) {
        let began = self.job.take().map_or_else(Instant::now, |job| job.began);
        let in_job = std::mem::take(&mut self.in_job);
        let result = match done {
            Some(Done::Write { releases, result }) => match result {
                Ok(()) => {
                    self.releases.drain(..releases.min(self.releases.len()));
                    self.written(in_job);
                    Ok(())
                }
                Err(Failure::Statement(error)) => {
                    self.refused(in_job, &error);
                    Ok(())
                }
                Err(Failure::Server(error)) => Err(error),
            },
            Some(Done::Replay(result)) => self.replayed(result),
            Some(Done::Purge(result)) => {
                let more = matches!(result, Ok(true));
                self.purge_at = Instant::now() + if more { PURGE_PAUSE } else { PURGE_EVERY };
                match result {
                    Err(Failure::Server(error)) => Err(error),
                    _ => Ok(()),
                }
            }
            None => {
                Err(self.database.pool.connector.server.passing("the task that writes failed".to_owned()))
            }
        };
        if let Err(error) = result {
            self.failed(began, &error);
        }
    }

    /// The database took the oldest `count` records.
    fn written(&mut self, count: usize) {
        let gauges = &self.database.gauges;
        // The count goes first, so that whoever has an answer finds the gauge right.
        gauges.unwritten.fetch_sub(count, Ordering::Relaxed);
        let lost = gauges.lost.swap(0, Ordering::Relaxed);
        if self.retry_at.take().is_some() || lost > 0 {
            let spooled = gauges.spooled.load(Ordering::Relaxed);
            tracing::warn!(lost, spooled, "the ledger's database can be written again");
            gauges.writable.store(true, Ordering::Relaxed);
        }
        self.alone = false;
        for answer in self.unwritten.drain(..count).filter_map(|unwritten| unwritten.answer) {
            let _ = answer.send(true);
        }
    }

    /// The server refuses a record for what is in it. It would do so each time, and hold up all others.
    fn refused(&mut self, in_job: usize, error: &tokio_postgres::Error) {
        if !self.alone && in_job > 1 {
            self.alone = true;
            return;
        }
        self.alone = false;
        if in_job > 0
            && let Some(unwritten) = self.unwritten.pop_front()
        {
            self.database.gauges.unwritten.fetch_sub(1, Ordering::Relaxed);
            tracing::error!(%error, "the ledger's database refuses a record, so the outcome of a message is known only to this process, until a restart");
            if let Some(answer) = unwritten.answer {
                let _ = answer.send(false);
            }
        }
    }

    /// Records of the spool were written, or not.
    fn replayed(&mut self, result: Result<Replayed, Failure>) -> Result<(), OpenError> {
        match result {
            Ok(Replayed { records, left }) => {
                self.replay.alone = false;
                self.replay.count += records;
                if left == 0 && self.replay.count > 0 {
                    let records = std::mem::take(&mut self.replay.count);
                    tracing::info!(records, "all records of the ledger's spool are in the database now");
                }
                Ok(())
            }
            Err(Failure::Statement(_)) => {
                // Alone next, and then left out if it is refused again: `work::replay` says so in the log.
                self.replay.alone = true;
                Ok(())
            }
            Err(Failure::Server(error)) => Err(error),
        }
    }

    /// Notes that the server does not take records.
    fn failed(&mut self, began: Instant, error: &OpenError) {
        self.retry_at = Some(Instant::now() + RETRY);
        self.database.failed(began, error);
    }

    /// Puts what the database does not take into the spool, and tells the requests that wait.
    async fn keep(&mut self) {
        let fails = self.retry_at.is_some();
        let is_slow = self.job.as_ref().is_some_and(|job| job.began.elapsed() >= SPOOL_AFTER);
        if fails || is_slow {
            self.spool().await;
        }
        if fails {
            // Newest first, up to a record whose request was told before: so were all older ones.
            for answer in self.unwritten.iter_mut().rev().map_while(|unwritten| unwritten.answer.take()) {
                let _ = answer.send(false);
            }
        }
    }

    /// Moves records from memory into the spool, as long as it takes them.
    async fn spool(&mut self) {
        let Some(depot) = self.depot.clone() else { return };
        while !self.unwritten.is_empty() && depot.is_ready() {
            let count = self.unwritten.len().min(SPOOL_ROWS);
            let entries = self.unwritten.iter().take(count).map(|unwritten| &unwritten.entry);
            // A note that sending begins is worth nothing here: without the database's yes nothing is sent.
            let lasting = entries.filter(|entry| entry.settled != Settled::Begun);
            let records: Vec<_> = lasting.map(|entry| Stored::of(entry)).collect();
            if depot.keep(records).await.is_err() {
                return;
            }
            self.database.gauges.unwritten.fetch_sub(count, Ordering::Relaxed);
            // The job under way may write them anyway, and the record that comes out of the spool later says nothing new.
            self.in_job = self.in_job.saturating_sub(count);
            for answer in self.unwritten.drain(..count).filter_map(|unwritten| unwritten.answer) {
                let _ = answer.send(false);
            }
        }
    }

    /// Writes what is left at the end, for as long as the server takes it; the rest goes into the spool.
    async fn finish(mut self) {
        let mut before = usize::MAX;
        loop {
            if self.job.is_some() {
                let done = end_of(&mut self.job).await;
                self.ended(done);
            }
            if self.retry_at.is_some() {
                self.spool().await;
            }
            let left = self.unwritten.len() + self.releases.len();
            // A database that fails is tried once more only for records that would be lost.
            if left == 0 || left >= before || (self.retry_at.is_some() && self.unwritten.is_empty()) {
                break;
            }
            before = left;
            let done = self.begin_to_write();
            self.job = Some(Job { done, began: Instant::now() });
        }
        let spooled = self.waiting_in_spool();
        if spooled > 0 {
            tracing::warn!(
                records = spooled,
                "the ledger closes, and records wait in its spool for the next start"
            );
        }
        if !self.unwritten.is_empty() {
            tracing::error!(
                records = self.unwritten.len(),
                "the ledger closes with records that could not be written"
            );
        }
    }
}

/// Waits for the end of a job, without end where there is none. `None` for a job that panicked.
async fn end_of(job: &mut Option<Job>) -> Option<Done> {
    match job {
        Some(job) => (&mut job.done).await.ok(),
        None => std::future::pending().await,
    }
}
