//! The ledger: who was claimed, what became of it. Knows ids and outcomes; no address, code, subject or body gets in.
//!
//! A [`Claim`] lives in memory, since it belongs to a running process: the start of a new one frees what an earlier
//! one held. A row is written when a message is settled. One thread owns the database and commits whatever has queued
//! up; while the disk refuses, claims and records are kept in memory and written once it takes them again.

mod claims;
mod log;
mod place;
mod recipient;
mod sqlite;
#[cfg(test)]
mod tests;
mod unwritten;
mod writer;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::clock::{Clock, millis};
use crate::secret::Secret;

pub use log::{Filter, ReadError, Row, read};
pub use place::OpenError;
pub use recipient::{RecipientHash, recipient_hash};

use claims::{Claims, First};
use place::Place;
use recipient::SharedKey;
use sqlite::Standing;
use writer::{Command, Shared, Writer};

/// The outcome of a row whose sending began and was never settled (`on_doubt = "stop"` only).
const BEGUN: &str = "begun";

/// What came from outside is cut to this many characters.
const LONGEST: usize = 128;

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

/// A disk that takes longer to look up a row is stuck, and a code does not wait for it.
const LOOK_UP_LIMIT: Duration = Duration::from_secs(2);

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
    /// The disk does not say whether it was sent before (asked for under `on_doubt = "stop"` only).
    Unknown,
}

/// A claim that is held. Dropped without [`Ledger::settle`] (a panic, a claim that nobody waits for any more), it is
/// given back.
#[derive(Debug)]
pub struct Ticket {
    /// When the ledger saw this message first.
    pub first_seen: SystemTime,
    /// `None` once settled.
    held: Option<Held>,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let Some(held) = self.held.take() {
            held.claims.release(&held.claimed.ids);
        }
    }
}

/// What a [`Ticket`] needs to be settled or given back.
#[derive(Debug)]
struct Held {
    claimed: Claimed,
    claims: Arc<Claims>,
}

/// The part of a row that is known when the message is claimed.
#[derive(Debug, Clone)]
struct Claimed {
    ids: Ids,
    channel: &'static str,
    slug: Option<String>,
    recipient: Option<RecipientHash>,
}

/// A row to be written; its times are milliseconds since the Unix epoch.
#[derive(Debug)]
struct Entry {
    claimed: Claimed,
    outcome: &'static str,
    reason: Option<&'static str>,
    provider: Option<String>,
    receipt: Option<String>,
    attempts: u32,
    first_seen: u64,
    settled_at: u64,
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
    /// Settled records that are in memory alone; the oldest are given up beyond 100 000.
    pub unwritten: usize,
}

/// [`State`] as the writer's thread keeps it.
#[derive(Debug)]
struct Gauges {
    writable: AtomicBool,
    unwritten: AtomicUsize,
}

/// The open ledger. Dropping it writes what is unwritten and waits for the writer's thread to end.
#[derive(Debug)]
pub struct Ledger {
    claims: Arc<Claims>,
    writer: Sender<Command>,
    thread: Mutex<Option<JoinHandle<()>>>,
    gauges: Arc<Gauges>,
    key: SharedKey,
    clock: Clock,
}

impl Ledger {
    /// Opens the database, or makes it (mode 0600). It belongs to this process until [`Ledger::close`].
    ///
    /// A disk that refuses (full, read-only) is no error: the ledger starts in memory, says so in the log, and
    /// goes on trying.
    ///
    /// # Errors
    ///
    /// What a person has to put right: no such directory, a file that is no database or a newer version's, one that
    /// another process owns, a damaged key.
    pub fn open(settings: Settings, clock: Clock) -> Result<Self, OpenError> {
        let retention = settings.retention;
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
        let gauges =
            Arc::new(Gauges { writable: AtomicBool::new(store.is_some()), unwritten: AtomicUsize::new(0) });
        let key = place.key();
        let (sender, commands) = mpsc::channel();
        let claims = Arc::new(Claims::default());
        let shared =
            Shared { claims: Arc::clone(&claims), gauges: Arc::clone(&gauges), clock: clock.clone() };
        let writer = Writer::new(place, store, commands, shared, retention);
        let thread = std::thread::Builder::new()
            .name("ledger".into())
            .spawn(move || writer.run())
            .map_err(OpenError::Thread)?;
        Ok(Self { claims, writer: sender, thread: Mutex::new(Some(thread)), gauges, key, clock })
    }

    /// Asks for a message before it is delivered. Under `stop_on_doubt` one that may have been sent once is
    /// [`Claim::InDoubt`]; otherwise it is to be had again.
    ///
    /// A message that was never settled is claimed in memory alone; only one that may have been is looked up.
    /// Dropping the future gives back what it may have got.
    pub async fn claim(&self, ids: Ids, subject: Subject, stop_on_doubt: bool) -> Claim {
        let first = self.claims.take(&ids);
        if first == First::Running {
            return Claim::InProgress;
        }
        let recipient = self.key.get().map(|key| key.hash(&subject.recipient));
        let claimed = Claimed { ids, channel: subject.channel, slug: subject.slug, recipient };
        let held = Held { claimed, claims: Arc::clone(&self.claims) };
        let ticket = Ticket { first_seen: self.clock.now(), held: Some(held) };
        if first == First::New {
            return Claim::Yours(ticket);
        }
        self.look_up(ticket, stop_on_doubt).await
    }

    /// Holds the ticket while it asks what was settled under its ids before.
    async fn look_up(&self, mut ticket: Ticket, stop_on_doubt: bool) -> Claim {
        let Some(ids) = ticket.held.as_ref().map(|held| held.claimed.ids.clone()) else {
            return Claim::Yours(ticket);
        };
        let (answer, reply) = oneshot::channel();
        // Without a writer the answer is dropped with the command, and the reply says so.
        let _ = self.writer.send(Command::Find { ids, answer });
        let priors = match timeout(LOOK_UP_LIMIT, reply).await {
            Ok(Ok(priors)) => priors,
            Ok(Err(_)) => {
                tracing::error!(
                    "the ledger is closed: delivering without it, so a duplicate would not be known"
                );
                Vec::new()
            }
            Err(_) if stop_on_doubt => return Claim::Unknown,
            Err(_) => {
                tracing::error!(
                    "the ledger does not answer: delivering without its word, a duplicate would not be known"
                );
                Vec::new()
            }
        };
        if let Some(first_seen) = priors.iter().map(|prior| prior.first_seen).min() {
            ticket.first_seen = UNIX_EPOCH + Duration::from_millis(first_seen);
        }
        let doubt = priors.iter().any(|prior| prior.standing == Standing::Doubt);
        if let Some(prior) = priors.into_iter().find(|prior| prior.standing == Standing::Accepted) {
            return Claim::Accepted { provider: prior.provider, receipt: prior.receipt };
        }
        if doubt && stop_on_doubt { Claim::InDoubt } else { Claim::Yours(ticket) }
    }

    /// Notes that sending is about to begin, for `on_doubt = "stop"`: after a crash the claim then answers
    /// [`Claim::InDoubt`]. Resolves once that is committed, or remembered where the disk refuses.
    ///
    /// The note is on its way when this returns: dropping the future loses nothing.
    pub fn begin(&self, ticket: &Ticket) -> impl Future<Output = ()> + Send + use<> {
        let claimed = ticket.held.as_ref().map(|held| held.claimed.clone());
        let first_seen = millis(ticket.first_seen);
        let settled_at = millis(self.clock.now());
        self.write(claimed.map(|claimed| Entry {
            claimed,
            outcome: BEGUN,
            reason: None,
            provider: None,
            receipt: None,
            attempts: 0,
            first_seen,
            settled_at,
        }))
    }

    /// Records what became of a message and gives up its claim. Resolves once that is committed, or remembered where
    /// the disk refuses.
    ///
    /// The record is on its way when this returns: dropping the future loses nothing.
    pub fn settle(&self, mut ticket: Ticket, record: Record) -> impl Future<Output = ()> + Send + use<> {
        let first_seen = millis(ticket.first_seen);
        let settled_at = millis(self.clock.now());
        self.write(ticket.held.take().map(|held| Entry {
            claimed: held.claimed,
            outcome: record.settled.as_str(),
            reason: record.reason,
            provider: record.provider.map(printable),
            receipt: record.receipt.map(printable),
            attempts: record.attempts,
            first_seen,
            settled_at,
        }))
    }

    fn write(&self, entry: Option<Entry>) -> impl Future<Output = ()> + Send + use<> {
        let reply = entry.map(|entry| {
            let (answer, reply) = oneshot::channel();
            let ids = entry.claimed.ids.clone();
            let begun = entry.outcome == BEGUN;
            let _ = self.writer.send(Command::Write { entry, answer });
            // In this order: who claims it from here on asks the writer, who has the record by then.
            self.claims.note(&ids);
            if !begun {
                self.claims.release(&ids);
            }
            reply
        });
        async move {
            if let Some(reply) = reply
                && reply.await.is_err()
            {
                tracing::error!("the ledger is closed: what became of a message is not recorded");
            }
        }
    }

    /// How the ledger is doing right now.
    #[must_use]
    pub fn state(&self) -> State {
        State {
            writable: self.gauges.writable.load(Ordering::Relaxed),
            unwritten: self.gauges.unwritten.load(Ordering::Relaxed),
        }
    }

    /// Writes what is unwritten, closes the database and lets go of its lock. Blocks until that is done; a second
    /// call does nothing.
    pub fn close(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = self.writer.send(Command::Close);
            if thread.join().is_err() {
                tracing::error!("the ledger's thread had panicked");
            }
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
        self.writer.send(command).unwrap();
        reply.await.unwrap();
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        self.close();
    }
}

/// Text from outside (a server's reply) as it may be kept and shown.
fn printable(mut text: String) -> String {
    text.retain(|c| c.is_ascii_graphic() || c == ' ');
    text.truncate(LONGEST);
    text
}
