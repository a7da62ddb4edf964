//! The way of a record to the thread or task that writes the database.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::oneshot;

use super::recipient::{RecipientHash, RecipientKey};
use super::series::Place;
use super::told::Told;
use super::words::{Details, Ids, Settled, State};
use crate::clock::millis;

/// How many records may wait for the database at a time, which is about 50 MB. Later ones are known to this process alone.
const UNWRITTEN: usize = 100_000;

/// What the writing thread is asked to do.
#[derive(Debug)]
pub(super) enum Command {
    /// Write a row. `answer` is told whether it is in the database now.
    Write { entry: Box<Entry>, answer: oneshot::Sender<bool> },
    /// Give up a claim that is in the database, since nothing was sent.
    Release(Box<Release>),
    /// Write what Clerk said of a user's language. `answer` is told whether it is in the database now. A database that several
    /// servers share is not told this way.
    Tell { told: Told, answer: oneshot::Sender<bool> },
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

/// A claim to be given up.
#[derive(Debug, Clone)]
pub(super) struct Release {
    pub(super) claimed: Claimed,
    /// Whether the database said that it has the claim. Without that it may still carry the claim out, later than this.
    pub(super) answered: bool,
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
    /// The number of the claim, which a database that several servers share keeps with the row. 0 where claims are in memory
    /// alone.
    pub(super) claim: i64,
    /// Where its code or link stands among others. `None` for a message without a code, link or slug, and while the key of
    /// the hash could not be read: it supersedes nothing then, and is sent.
    pub(super) place: Option<Place>,
}

impl Claimed {
    /// What is known of a message when it is claimed. Without the key it names no recipient.
    pub(super) fn new(ids: Ids, details: Details, key: Option<&RecipientKey>, claim: i64) -> Self {
        let Details { channel, slug, recipient, born, code } = details;
        // Without a slug nobody knows whether the one replaces the other.
        let place = code.zip(slug.as_deref()).zip(key).map(|((code, slug), key)| Place {
            series: key.series(channel, code.instance.as_deref().unwrap_or_default(), slug, &recipient),
            // Without a time the code or link counts from the first sight of the message.
            born: born.map(millis),
        });
        let recipient = key.map(|key| key.hash(&recipient));
        Self { ids, channel, slug, recipient, claim, place }
    }
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
    /// What this delivery adds to the row's time-line; `None`: nothing.
    pub(super) timeline: Option<String>,
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
            timeline: None,
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
    /// How many records wait in the spool on the local disk. Only the writing task of a shared database changes this.
    pub(super) spooled: AtomicUsize,
    /// How many records were turned away because too many waited. The writing thread clears this, and says the number in
    /// the log, once the database can be written again.
    pub(super) lost: AtomicUsize,
}

impl Gauges {
    const fn new(writable: bool) -> Self {
        Self {
            writable: AtomicBool::new(writable),
            unwritten: AtomicUsize::new(0),
            spooled: AtomicUsize::new(0),
            lost: AtomicUsize::new(0),
        }
    }

    /// How the ledger is doing right now, for the rest of the program.
    pub(super) fn state(&self) -> State {
        State {
            writable: self.writable.load(Ordering::Relaxed),
            unwritten: self.unwritten.load(Ordering::Relaxed) + self.spooled.load(Ordering::Relaxed),
        }
    }
}

/// The end of the queue that records are put in.
#[derive(Debug, Clone)]
pub(super) struct Queue {
    pub(super) gauges: Arc<Gauges>,
    writer: Writer,
}

/// The other end of the queue: a thread that blocks on it, or a task that awaits it.
#[derive(Debug, Clone)]
enum Writer {
    Thread(Sender<Command>),
    Task(UnboundedSender<Command>),
}

impl Writer {
    /// Whether the other end still takes commands, and so took this one.
    fn send(&self, command: Command) -> bool {
        match self {
            Self::Thread(writer) => writer.send(command).is_ok(),
            Self::Task(writer) => writer.send(command).is_ok(),
        }
    }
}

impl Queue {
    /// A queue, and the end that the writing thread takes commands from. `writable` says whether the database is open.
    pub(super) fn new(writable: bool) -> (Self, Receiver<Command>) {
        // Unbounded, so that no request waits for the disk in `send`. `Queue::write` keeps to UNWRITTEN in its place.
        let (writer, commands) = mpsc::channel();
        (Self { gauges: Arc::new(Gauges::new(writable)), writer: Writer::Thread(writer) }, commands)
    }

    /// The same for a task that writes.
    pub(super) fn to_task(writable: bool) -> (Self, UnboundedReceiver<Command>) {
        let (writer, commands) = tokio::sync::mpsc::unbounded_channel();
        (Self { gauges: Arc::new(Gauges::new(writable)), writer: Writer::Task(writer) }, commands)
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
                     restart loses them. Check the database of [ledger]"
                );
            }
            return Written::never();
        }
        if !self.writer.send(Command::Write { entry: Box::new(entry), answer }) {
            self.gauges.unwritten.fetch_sub(1, Ordering::Relaxed);
            tracing::error!("the ledger is closed, so the outcome of a message was not recorded");
            return Written::never();
        }
        Written::Awaited(reply)
    }

    /// Sends any other command. A thread that has ended needs none.
    pub(super) fn send(&self, command: Command) {
        self.writer.send(command);
    }
}

/// The writing thread's answer to one row. Dropping this loses nothing: the row is written anyway.
#[derive(Debug)]
pub(super) enum Written {
    /// The answer is known already.
    Known(bool),
    /// The answer comes.
    Awaited(oneshot::Receiver<bool>),
}

impl Written {
    /// The answer of a row that goes another way.
    pub(super) fn awaited(reply: oneshot::Receiver<bool>) -> Self {
        Self::Awaited(reply)
    }

    /// The answer of a row that was not put on its way.
    pub(super) const fn never() -> Self {
        Self::Known(false)
    }

    /// Waits until the row is in the database; `false` where it can't be written now.
    pub(super) async fn on_disk(self) -> bool {
        match self {
            Self::Known(written) => written,
            #[cfg(test)]
            Self::Awaited(reply) => super::held::answered(reply).await.unwrap_or(false),
            #[cfg(not(test))]
            Self::Awaited(reply) => reply.await.unwrap_or(false),
        }
    }
}
