//! The way of a record to the thread that writes the database.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};

use tokio::sync::oneshot;

use super::recipient::RecipientHash;
use super::series::Place;
use super::words::{Ids, Settled};

/// How many records may wait for the database at a time, which is about 50 MB. Later ones are known to this process alone.
const UNWRITTEN: usize = 100_000;

/// What the writing thread is asked to do.
#[derive(Debug)]
pub(super) enum Command {
    /// Write a row. `answer` is told whether it is in the database now.
    Write { entry: Box<Entry>, answer: oneshot::Sender<bool> },
    /// Write what has queued up, and end.
    Close,
    /// Run a test's function on the connection.
    #[cfg(test)]
    Inject(Injected),
}

/// What a test does to the writer's connection.
#[cfg(test)]
pub(super) struct Injected(pub(super) Box<dyn FnOnce(&rusqlite::Connection) + Send>);

#[cfg(test)]
impl std::fmt::Debug for Injected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Injected")
    }
}

/// The part of a row that is known when the message is claimed.
#[derive(Debug, Clone)]
pub(super) struct Claimed {
    /// The message's two ids.
    pub(super) ids: Ids,
    /// The channel's name: `email` or `sms`.
    pub(super) channel: &'static str,
    /// Clerk's slug of the template; `None` for a message without one.
    pub(super) slug: Option<String>,
    /// `None` while the key of the hash could not be read: the row then names nobody, and a later one may.
    pub(super) recipient: Option<RecipientHash>,
    /// Where its code or link stands among others. `None` for a message without a code, link or slug, and while the key of
    /// the hash could not be read: it supersedes nothing then, and is sent.
    pub(super) place: Option<Place>,
}

/// A row to be written.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) claimed: Claimed,
    pub(super) settled: Settled,
    pub(super) reason: Option<&'static str>,
    /// Shared with the memory of recent messages, as the receipt is, so that neither is stored twice.
    pub(super) provider: Option<Arc<str>>,
    pub(super) receipt: Option<Arc<str>>,
    /// The attempts of this delivery, which the row adds to those before.
    pub(super) attempts: u32,
    /// Milliseconds since the Unix epoch.
    pub(super) first_seen: u64,
    /// Milliseconds since the Unix epoch.
    pub(super) settled_at: u64,
}

impl Entry {
    /// The row of a message whose sending begins now.
    pub(super) fn begun(claimed: Claimed, first_seen: u64, now: u64) -> Self {
        Self {
            claimed,
            settled: Settled::Begun,
            reason: None,
            provider: None,
            receipt: None,
            attempts: 0,
            first_seen,
            settled_at: now,
        }
    }
}

/// How the writing thread is doing, as both sides see it.
#[derive(Debug)]
pub(super) struct Gauges {
    /// Whether the database took what was last written to it. Only the writing thread sets this.
    pub(super) writable: AtomicBool,
    /// How many records are on their way. The queue counts up, the writing thread counts down.
    pub(super) unwritten: AtomicUsize,
    /// How many records were turned away because too many waited. The writing thread clears this, and says the number in
    /// the log, once the database can be written again.
    pub(super) lost: AtomicUsize,
}

/// The end of the queue that records are put in.
#[derive(Debug, Clone)]
pub(super) struct Queue {
    pub(super) gauges: Arc<Gauges>,
    writer: Sender<Command>,
}

impl Queue {
    /// A queue, and the end that the writing thread takes commands from. `writable` says whether the database is open.
    pub(super) fn new(writable: bool) -> (Self, Receiver<Command>) {
        // Unbounded, so that no request waits for the disk in `send`. `Queue::write` keeps to UNWRITTEN in its place.
        let (writer, commands) = mpsc::channel();
        let gauges = Gauges {
            writable: AtomicBool::new(writable),
            unwritten: AtomicUsize::new(0),
            lost: AtomicUsize::new(0),
        };
        (Self { gauges: Arc::new(gauges), writer }, commands)
    }

    /// Puts a row on its way.
    pub(super) fn write(&self, entry: Entry) -> Written {
        let (answer, reply) = oneshot::channel();
        // Counted before the record is queued, so that requests at the same moment can't pass the bound together. The
        // order of other memory does not matter: the records themselves go through the channel.
        if self.gauges.unwritten.fetch_add(1, Ordering::Relaxed) >= UNWRITTEN {
            self.gauges.unwritten.fetch_sub(1, Ordering::Relaxed);
            // Said once for each time that the database fails: the writing thread clears the count.
            if self.gauges.lost.fetch_add(1, Ordering::Relaxed) == 0 {
                tracing::error!(
                    "too many records wait for the ledger's database: the next ones are kept only in memory, and a \
                     restart loses them. Check the disk"
                );
            }
            return Written::never();
        }
        if self.writer.send(Command::Write { entry: Box::new(entry), answer }).is_err() {
            self.gauges.unwritten.fetch_sub(1, Ordering::Relaxed);
            tracing::error!("the ledger is closed, so the outcome of a message was not recorded");
            return Written::never();
        }
        Written(Some(reply))
    }

    /// Sends any other command. A thread that has ended needs none.
    pub(super) fn send(&self, command: Command) {
        let _ = self.writer.send(command);
    }
}

/// The writing thread's answer to one row. Dropping this loses nothing: the row is written anyway.
#[derive(Debug)]
pub(super) struct Written(Option<oneshot::Receiver<bool>>);

impl Written {
    /// The answer of a row that was not put on its way.
    pub(super) const fn never() -> Self {
        Self(None)
    }

    /// Waits until the row is in the database; `false` where it can't be written now.
    pub(super) async fn on_disk(self) -> bool {
        match self.0 {
            Some(reply) => reply.await.unwrap_or(false),
            None => false,
        }
    }
}
