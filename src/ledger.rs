//! The ledger: who was claimed, what became of it. Knows ids and outcomes; no address, code, subject or body gets in.
//!
//! A [`Claim`] lives in memory, since it belongs to a running process: the start of a new one frees what an earlier
//! one held. What this process settled lately is in memory too, so a second request for a message never waits for the
//! disk; only a message that may have come before the start is looked up, for a short time.
//!
//! A row is written when a message is settled. One thread writes the database, another reads it. While the disk
//! refuses, records are kept in memory and written once it takes them again.

mod claims;
mod log;
mod place;
mod reader;
mod recent;
mod recipient;
mod sqlite;
#[cfg(test)]
mod tests;
mod ticket;
mod writer;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, UNIX_EPOCH};

use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::clock::Clock;
use crate::secret::Secret;

pub use log::{Filter, ReadError, Row, read};
pub use place::{Inspected, OpenError, inspect};
pub use recipient::{RecipientHash, recipient_hash};
pub use ticket::{Late, Ticket};

use claims::Claims;
use place::Place;
use reader::{Question, Unreadable};
use recent::{Known, Standing};
use recipient::SharedKey;
use sqlite::Store;
use ticket::{Claimed, Gauges, Recorder};
use writer::{Command, Writer};

/// The outcome of a row whose sending began and was never settled (`on_doubt = "stop"` only).
const BEGUN: &str = "begun";

/// What came from outside is cut to this many characters.
const LONGEST: usize = 128;

/// How long a claim waits for the database to say whether it knows the message. A look-up by index takes a few
/// milliseconds at most where the disk is well, and a code must not wait for one that isn't.
const LOOK_UP_LIMIT: Duration = Duration::from_millis(500);

/// How long a ledger that is dropped waits for its threads.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);

/// The two ids under which Svix may bring the same message again; either one matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ids {
    /// Clerk's `data.id` (`ema_…`, `sms_…`); the svix id again where it is missing.
    pub message: String,
    /// `svix-id`.
    pub svix: String,
}

/// What is known of a message before it is sent, for its row.
#[derive(Debug, Clone)]
pub struct Subject {
    /// `email` or `sms`.
    pub channel: &'static str,
    /// Clerk's slug, where there is one.
    pub slug: Option<String>,
    /// The recipient in canonical form (address or E.164): kept as a keyed hash only.
    pub recipient: String,
}

/// The words of the ledger for what became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// A provider took it: final.
    Accepted,
    /// Sending had begun and nobody knows: final only under `on_doubt = "stop"`.
    InDoubt,
    /// Refused for good; a replay is tried again.
    Rejected,
    /// Too old; a replay is judged again.
    Expired,
    /// To be tried again.
    Failed,
}

impl Settled {
    /// The word in the row, which is the contract's `outcome`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::InDoubt => "in_doubt",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Failed => "failed",
        }
    }
}

/// How an attempt to deliver ended, for the row.
#[derive(Debug, Clone)]
pub struct Record {
    /// The outcome.
    pub settled: Settled,
    /// The contract's `reason`.
    pub reason: Option<&'static str>,
    /// The provider that answered last.
    pub provider: Option<String>,
    /// The provider's id: its printable ASCII is kept, up to 128 characters.
    pub receipt: Option<String>,
    /// Attempts made this time; the row adds them up.
    pub attempts: u32,
}

/// The answer to a claim.
#[derive(Debug)]
pub enum Claim {
    /// Nobody has it: deliver, then settle.
    Yours(Ticket),
    /// Another request is delivering it right now.
    InProgress,
    /// Accepted before (by whom, and the receipt).
    Accepted {
        /// Provider.
        provider: Option<String>,
        /// Receipt.
        receipt: Option<String>,
    },
    /// Sending had begun once and nobody knows how it ended (asked for under `on_doubt = "stop"` only).
    InDoubt,
    /// The database can't say in time whether the message was sent before (asked for under `on_doubt = "stop"` only). That
    /// is not a "no".
    Unknown,
}

/// How the ledger is opened.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The database file.
    pub path: PathBuf,
    /// How long rows are kept.
    pub retention: Duration,
    /// Key of the recipients' hash; `None`: made at first start, in `<path>.key`.
    pub recipient_key: Option<Secret>,
    /// `synchronous = "full"`: survives a power cut too.
    pub full_sync: bool,
}

/// How the ledger is doing, for metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// Whether the database took what was last written to it.
    pub writable: bool,
    /// Records that are not in the database yet.
    pub unwritten: usize,
}

/// The open ledger. Dropping it writes what is unwritten, and waits a moment for its threads to end.
#[derive(Debug)]
pub struct Ledger {
    recorder: Recorder,
    reader: Sender<Question>,
    /// Disconnected when the reader's and the writer's thread have ended; `None` once closed.
    threads: Mutex<Option<[Receiver<()>; 2]>>,
    key: SharedKey,
}

impl Ledger {
    /// Opens the database, or makes it (mode 0600). It belongs to this process until [`Ledger::close`].
    ///
    /// A full disk and a database that another process keeps to itself are no errors, since they may pass: the ledger
    /// starts in memory, says so in the log, and goes on trying.
    ///
    /// # Errors
    ///
    /// What a person has to put right: a missing directory, files that this user may not write, a damaged database,
    /// another application's or a newer version's, one that another process owns, a damaged key.
    pub fn open(settings: Settings, clock: Clock) -> Result<Self, OpenError> {
        let (retention, path) = (settings.retention, settings.path.clone());
        let mut place = Place::new(settings);
        let store = match place.open() {
            Ok(store) => Some(store),
            Err(error) if error.may_pass() => {
                let reason = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(%error, reason, "starting with the ledger in memory: duplicates are known until a restart");
                None
            }
            Err(error) => return Err(error),
        };
        let key = place.key();
        let (to_writer, commands) = mpsc::channel();
        let recorder = Recorder {
            claims: Arc::new(Claims::default()),
            gauges: Arc::new(Gauges {
                writable: AtomicBool::new(store.is_some()),
                unwritten: AtomicUsize::new(0),
                lost: AtomicUsize::new(0),
            }),
            writer: to_writer,
            clock,
        };
        if store.as_ref().is_some_and(Store::is_empty) {
            recorder.claims.hold_all();
        }
        let writer = Writer::new(place, store, commands, &recorder, retention);
        let writing = thread("ledger", move |ended| writer.run(ended))?;
        let (to_reader, questions) = mpsc::channel();
        let reading = thread("ledger-reader", move |ended| reader::run(&path, &questions, ended))?;
        let threads = Mutex::new(Some([reading, writing]));
        Ok(Self { recorder, reader: to_reader, threads, key })
    }

    /// Asks for a message before it is delivered. Under `stop_on_doubt` one that may have been sent once is
    /// [`Claim::InDoubt`], and one of which the database can't say that is [`Claim::Unknown`]; otherwise both are to be
    /// had again.
    ///
    /// Dropping the future gives back what it may have got.
    pub async fn claim(&self, ids: Ids, subject: Subject, stop_on_doubt: bool) -> Claim {
        let Some(memory) = self.recorder.claims.take(&ids) else { return Claim::InProgress };
        let recipient = self.key.get().map(|key| key.hash(&subject.recipient));
        let claimed = Claimed { ids: ids.clone(), channel: subject.channel, slug: subject.slug, recipient };
        let mut ticket = Ticket::new(claimed, self.recorder.clone());
        let mut known = memory.known;
        let is_final = known.as_ref().is_some_and(|known| known.standing == Standing::Accepted);
        if !is_final && !memory.complete {
            match self.look_up(&ids, memory.settled_here).await {
                Ok(found) => {
                    ticket.complete();
                    // Again: an acceptance may have come late, while the database was asked.
                    known = both(found, self.recorder.claims.recall(&ids));
                }
                Err(Unreadable) if stop_on_doubt => return Claim::Unknown,
                Err(Unreadable) => tracing::error!(
                    "the ledger's database does not say whether it knows a message: delivering it, so a duplicate from before \
                     the start would not be known"
                ),
            }
        }
        let Some(known) = known else { return Claim::Yours(ticket) };
        ticket.first_seen = ticket.first_seen.min(UNIX_EPOCH + Duration::from_millis(known.first_seen));
        match known.standing {
            Standing::Accepted => {
                let text = |text: Option<Arc<str>>| text.map(|text| text.as_ref().to_owned());
                Claim::Accepted { provider: text(known.provider), receipt: text(known.receipt) }
            }
            Standing::Doubt if stop_on_doubt => Claim::InDoubt,
            Standing::Doubt | Standing::Open => Claim::Yours(ticket),
        }
    }

    /// What the database knows of a message that this process may not know.
    async fn look_up(&self, ids: &Ids, settled_here: bool) -> Result<Option<Known>, Unreadable> {
        let (answer, reply) = oneshot::channel();
        // Without a reader the answer is dropped with the question, and the reply says so.
        let _ = self.reader.send(Question::Find { ids: ids.clone(), settled_here, answer });
        match timeout(LOOK_UP_LIMIT, reply).await {
            Ok(Ok(found)) => found,
            Ok(Err(_)) | Err(_) => Err(Unreadable),
        }
    }

    /// Notes that sending is about to begin, for `on_doubt = "stop"`: after a crash the claim then answers
    /// [`Claim::InDoubt`]. Says whether the note is in the database: if not, nothing may be sent.
    ///
    /// The note is on its way when this returns: dropping the future loses nothing.
    pub fn begin(&self, ticket: &mut Ticket) -> impl Future<Output = bool> + Send + use<> {
        ticket.begin().on_disk()
    }

    /// Records what became of a message and gives up its claim. This process knows it when this returns; the future says
    /// whether it is in the database too, or only remembered because the disk refuses.
    ///
    /// The record is on its way when this returns: dropping the future loses nothing.
    pub fn settle(&self, ticket: Ticket, record: Record) -> impl Future<Output = bool> + Send + use<> {
        ticket.settle(record).on_disk()
    }

    /// How the ledger is doing right now.
    #[must_use]
    pub fn state(&self) -> State {
        let gauges = &self.recorder.gauges;
        State {
            writable: gauges.writable.load(Ordering::Relaxed),
            unwritten: gauges.unwritten.load(Ordering::Relaxed),
        }
    }

    /// Writes what is unwritten, closes the database and lets go of its lock. Blocks until that is done, or until `limit`
    /// is over because the disk is stuck; a second call does nothing.
    pub fn close(&self, limit: Duration) {
        let Some([reading, writing]) = self.threads.lock().unwrap_or_else(PoisonError::into_inner).take()
        else {
            return;
        };
        let end = Instant::now() + limit;
        // The reader first: whoever closes last tidies up the log of the database, which only the writer may do.
        let _ = self.reader.send(Question::Close);
        let _ = reading.recv_timeout(limit / 4);
        let _ = self.recorder.writer.send(Command::Close);
        match writing.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(()) => {}
            Err(RecvTimeoutError::Disconnected) => tracing::error!("the ledger's thread had panicked"),
            Err(RecvTimeoutError::Timeout) => tracing::error!(
                records = self.state().unwritten,
                "the ledger's disk is stuck: closing without waiting for records that are not written yet"
            ),
        }
    }

    /// Runs `fault` on the writer's connection and waits for it.
    #[cfg(test)]
    async fn on_connection(&self, fault: impl FnOnce(&rusqlite::Connection) + Send + 'static) {
        let (done, reply) = oneshot::channel();
        let command = Command::Fault(writer::Fault(Box::new(move |connection| {
            fault(connection);
            let _ = done.send(());
        })));
        self.recorder.writer.send(command).unwrap();
        reply.await.unwrap();
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        self.close(CLOSE_LIMIT);
    }
}

/// Starts a thread. What it returns is told when the thread ends, and disconnected if it panics.
fn thread(name: &str, run: impl FnOnce(Sender<()>) + Send + 'static) -> Result<Receiver<()>, OpenError> {
    let (ended, end) = mpsc::channel();
    let started = std::thread::Builder::new().name(name.to_owned()).spawn(move || run(ended));
    started.map(|_| end).map_err(OpenError::Thread)
}

fn both(one: Option<Known>, other: Option<Known>) -> Option<Known> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.and(other)),
        (one, other) => one.or(other),
    }
}

/// Text from outside (a server's reply) as it may be kept and shown.
fn printable(mut text: String) -> String {
    text.retain(|c| c.is_ascii_graphic() || c == ' ');
    text.truncate(LONGEST);
    text
}
