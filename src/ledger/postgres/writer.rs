//! The task that writes: it owns the records that are not in the database yet.
//!
//! It takes whatever records have queued up as one statement, so a quiet service writes each at once and a busy one shares
//! round trips.

use std::collections::{HashSet, VecDeque};
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until, timeout};

use super::database::{Database, Failure};
use super::store;
use crate::clock::Clock;
use crate::ledger::error::OpenError;
use crate::ledger::queue::{Claimed, Command, Entry};

/// How many rows are written in one statement, at most.
const ROWS: usize = 250;
/// How many claims that are to be given up may wait for the database.
const RELEASES: usize = 10_000;
/// How long the task waits for a statement to be answered.
const STATEMENT_LIMIT: Duration = Duration::from_secs(2);
/// How long the task waits for a new connection, the tables and a statement together.
const REOPEN_LIMIT: Duration = Duration::from_secs(5);
/// How long after a failure the database is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// How often the database is searched for rows that are older than the retention.
const PURGE_EVERY: Duration = Duration::from_mins(1);
/// The pause between two chunks while there is more to delete.
const PURGE_PAUSE: Duration = Duration::from_millis(100);
/// How many rows are deleted at a time.
const PURGE_CHUNK: u32 = 250;

/// A record that is not in the database yet, and whoever waits for it.
#[derive(Debug)]
struct Unwritten {
    entry: Box<Entry>,
    /// The waiting request. `None` once it was told that the record is only remembered.
    answer: Option<oneshot::Sender<bool>>,
}

/// The state of the task.
pub(super) struct Writer {
    pub(super) database: Rc<Database>,
    commands: UnboundedReceiver<Command>,
    clock: Clock,
    retention: Duration,
    /// Whether [`Command::Close`] has come.
    closing: bool,
    /// Records that are not in the database, oldest first.
    unwritten: VecDeque<Unwritten>,
    /// Claims to give up. Each ends by itself too, so what is beyond [`RELEASES`] is forgotten.
    releases: VecDeque<Box<Claimed>>,
    /// Whether the next record is written alone: the server refused one of a batch for what is in it.
    alone: bool,
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
    ) -> Self {
        Self {
            database,
            commands,
            clock,
            retention,
            closing: false,
            unwritten: VecDeque::new(),
            releases: VecDeque::new(),
            alone: false,
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
            }
            if self.retry_at.is_none_or(|at| at <= Instant::now()) {
                self.write().await;
            }
            if self.retry_at.is_some() {
                // Newest first, up to a record whose request was told before: so were all older ones.
                for answer in self.unwritten.iter_mut().rev().map_while(|unwritten| unwritten.answer.take()) {
                    let _ = answer.send(false);
                }
            }
            self.purge().await;
        }
        self.finish().await;
    }

    /// When there is something to do, unless a command comes before.
    fn wake_at(&self) -> Instant {
        match self.retry_at {
            Some(retry_at) => retry_at,
            None if !self.unwritten.is_empty() => Instant::now(),
            None => self.purge_at,
        }
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
                    self.unwritten.push_back(Unwritten { entry, answer: Some(answer) });
                }
                Command::Release(claimed) if self.releases.len() < RELEASES => {
                    self.releases.push_back(claimed);
                }
                Command::Release(_) => {}
                Command::Close => self.closing = true,
                #[cfg(test)]
                Command::Inject(_) => {}
            }
            more = more.saturating_sub(1);
            next = if more > 0 { self.commands.try_recv().ok() } else { None };
        }
    }

    /// Writes what is unwritten. After a failure something is written even if there is no record, since only a write shows
    /// whether the server takes them again.
    async fn write(&mut self) {
        let began = Instant::now();
        let limit = if self.retry_at.is_some() { REOPEN_LIMIT } else { STATEMENT_LIMIT };
        let work = async {
            if self.retry_at.is_some() {
                self.database.open().await.map_err(Failure::Server)?;
                if self.unwritten.is_empty() {
                    self.database.run(async |client| store::touch(client).await).await?;
                }
            }
            // A claim that a database that hung carries out once it goes on is given up here too.
            while let Some(claimed) = self.releases.front() {
                let released = self.database.run(async |client| store::release(client, claimed).await).await;
                if let Err(failure @ Failure::Server(_)) = released {
                    return Err(failure);
                }
                self.releases.pop_front();
            }
            let batch = batch(&self.unwritten, if self.alone { 1 } else { ROWS });
            if !batch.is_empty() {
                let owner = self.database.owner;
                self.database.run(async |client| store::write(client, &batch, owner).await).await?;
            }
            Ok(batch.len())
        };
        match timeout(limit, work).await {
            Ok(Ok(count)) => self.written(count),
            Ok(Err(Failure::Statement(error))) => self.refused(&error),
            Ok(Err(Failure::Server(error))) => self.failed(began, &error),
            Err(_) => {
                let error =
                    self.database.pool.connector.server.passing("the server does not answer".to_owned());
                self.failed(began, &error);
            }
        }
    }

    /// The database took the oldest `count` records.
    fn written(&mut self, count: usize) {
        let gauges = &self.database.gauges;
        // The count goes first, so that whoever has an answer finds the gauge right.
        gauges.unwritten.fetch_sub(count, Ordering::Relaxed);
        let lost = gauges.lost.swap(0, Ordering::Relaxed);
        if self.retry_at.take().is_some() || lost > 0 {
            tracing::warn!(lost, "the ledger's database can be written again");
            gauges.writable.store(true, Ordering::Relaxed);
        }
        self.alone = false;
        for answer in self.unwritten.drain(..count).filter_map(|unwritten| unwritten.answer) {
            let _ = answer.send(true);
        }
    }

    /// The server refuses a record for what is in it. It would do so each time, and hold up all others.
    fn refused(&mut self, error: &tokio_postgres::Error) {
        if !self.alone && self.unwritten.len() > 1 {
            self.alone = true;
            return;
        }
        self.alone = false;
        if let Some(unwritten) = self.unwritten.pop_front() {
            self.database.gauges.unwritten.fetch_sub(1, Ordering::Relaxed);
            tracing::error!(%error, "the ledger's database refuses a record, so the outcome of a message is known only to this process, until a restart");
            if let Some(answer) = unwritten.answer {
                let _ = answer.send(false);
            }
        }
    }

    /// Notes that the server does not take records.
    fn failed(&mut self, began: Instant, error: &OpenError) {
        self.retry_at = Some(Instant::now() + RETRY);
        self.database.failed(began, error);
    }

    /// Deletes a chunk of the rows that are older than the retention, when it is time for that.
    async fn purge(&mut self) {
        let now = Instant::now();
        if self.closing || self.retry_at.is_some() || now < self.purge_at {
            return;
        }
        let Some(before) = self.clock.now().checked_sub(self.retention) else { return };
        let purging = self.database.run(async |client| store::purge(client, before, PURGE_CHUNK).await);
        let purged = timeout(STATEMENT_LIMIT, purging).await;
        let more = matches!(purged, Ok(Ok(count)) if count >= u64::from(PURGE_CHUNK));
        self.purge_at = now + if more { PURGE_PAUSE } else { PURGE_EVERY };
        if let Ok(Err(Failure::Server(error))) = purged {
            self.failed(now, &error);
        }
    }

    /// Writes what is left at the end, for as long as the server takes it.
    async fn finish(mut self) {
        let mut before = usize::MAX;
        while (!self.unwritten.is_empty() || !self.releases.is_empty())
            && self.unwritten.len() + self.releases.len() < before
        {
            before = self.unwritten.len() + self.releases.len();
            self.write().await;
        }
        if !self.unwritten.is_empty() {
            tracing::error!(
                records = self.unwritten.len(),
                "the ledger closes with records that could not be written"
            );
        }
    }
}

/// The oldest records, up to a limit or to the second one of the same message.
fn batch(unwritten: &VecDeque<Unwritten>, limit: usize) -> Vec<&Entry> {
    let mut messages = HashSet::new();
    unwritten
        .iter()
        .take(limit)
        .map(|unwritten| &*unwritten.entry)
        .take_while(|entry| messages.insert(entry.claimed.ids.message.as_str()))
        .collect()
}
