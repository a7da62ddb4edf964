//! The ledger in an SQLite file.
//!
//! A [`Claim`] lives in memory, since it belongs to a running process: the start of a new one frees what an earlier one
//! held. What this process settled lately is in memory too, so a second request for a message never waits for the disk;
//! only a message that may have come before the start is looked up, for a short time.
//!
//! A row is written when a message is settled. One thread writes the database, another reads it. While the disk refuses,
//! records are kept in memory and written once it takes them again.

#[cfg(test)]
mod faults;
mod files;
mod language;
mod log;
mod reader;
mod store;
#[cfg(test)]
mod tests;
mod transfer;
mod writer;

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, UNIX_EPOCH};

use tokio::sync::oneshot;
use tokio::time::timeout;

use super::claims::Claims;
use super::error::OpenError;
use super::queue::{Claimed, Command, Queue, Written};
use super::recent::{Known, Standing};
use super::recipient::{SharedKey, UserHash};
use super::ticket::{Claim, Recorder, Ticket};
use super::told::{self, Told};
use super::words::{Details, Ids, SqliteSettings, State};
use crate::clock::{Clock, millis};

pub(super) use files::{inspect, key_at, recipient_hash};
pub(super) use log::read;
pub(super) use transfer::{Source, Target, examine};

use files::Files;
use reader::{Question, Unreadable};
use writer::Writer;

/// How long a claim waits for the database to say whether it knows the message. A look-up by index takes a few
/// milliseconds at most on a disk that works, and a code must not wait for a disk that hangs.
const LOOK_UP_LIMIT: Duration = Duration::from_millis(500);

/// How long a message waits to hear of its reader's language.
const LANGUAGE_LIMIT: Duration = Duration::from_millis(50);

/// How long a ledger that is dropped without [`Ledger::close`] waits for its threads.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);

/// The open ledger. Dropping it writes what is unwritten, and waits a moment for its threads to end.
#[derive(Debug)]
pub struct Ledger {
    /// What this process knows, and the queue to the writing thread. Tickets have copies.
    recorder: Recorder,
    /// Look-ups for the reading thread.
    reader: Sender<Question>,
    /// Tells by a message that the reading and the writing thread have ended. [`Ledger::close`] takes this, so that a second
    /// one does nothing.
    threads: Mutex<Option<[Receiver<()>; 2]>>,
    /// The key of the recipients' hash, which the writing thread sets later where the disk refused it at the start.
    key: SharedKey,
}

impl Ledger {
    /// Opens the database, or makes it (mode 0600). It belongs to this process until [`Ledger::close`].
    ///
    /// A full disk and a database that another process locks don't count as errors, since they may pass: the ledger
    /// starts in memory, says so in the log, and goes on trying.
    ///
    /// # Errors
    ///
    /// Everything that a person has to put right: a missing directory, files that this user may not write, a damaged
    /// database, a database of another application or of a newer version, one that another process owns, a damaged key.
    pub fn open(settings: SqliteSettings, clock: Clock) -> Result<Self, OpenError> {
        let (retention, path) = (settings.retention, settings.path.clone());
        let mut files = Files::new(settings);
        let store = match files.open() {
            Ok(store) => Some(store),
            Err(error) if error.may_pass() => {
                let reason = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(
                    %error,
                    reason,
                    "the ledger's database can't be opened, so the ledger starts in memory, and a message from before \
                     the start may be sent twice: check the disk"
                );
                None
            }
            Err(error) => return Err(error),
        };
        let key = files.key();
        let (queue, commands) = Queue::new(store.is_some());
        let recorder = Recorder { claims: Arc::new(Claims::default()), queue, clock };
        if let Some(store) = &store {
            // Claims of what it can't hold never wait for the disk.
            if let Ok(newest) = store.newest() {
                recorder.claims.written_until(newest);
            }
            recorder.claims.accept_all(store.newest_codes(millis(recorder.clock.now())));
        }
        let writer = Writer::new(files, store, commands, &recorder, retention);
        let writing = thread("ledger", move |ended| writer.run(ended))?;
        // A thread of its own for look-ups, so that none of them waits behind a write that hangs.
        let (to_reader, questions) = mpsc::channel();
        let reading = thread("ledger-reader", move |ended| reader::run(&path, &questions, ended))?;
        let threads = Mutex::new(Some([reading, writing]));
        Ok(Self { recorder, reader: to_reader, threads, key })
    }

    /// Claims a message before it is delivered. The database is asked only for one that it may hold: see
    /// [`Claims::written_until`]. With `stop_on_doubt`, a message that may have been sent before is
    /// [`Claim::InDoubt`], and one that the database can't be asked about is [`Claim::Unknown`]; without, both are the
    /// caller's to deliver.
    ///
    /// Dropping the future gives the message back.
    pub async fn claim(&self, ids: Ids, details: Details, stop_on_doubt: bool) -> Claim {
        let born = details.born.map(millis);
        let Some(memory) = self.recorder.claims.take(&ids, born) else { return Claim::InProgress };
        let claimed = Claimed::new(ids.clone(), details, self.key.get(), 0);
        let mut ticket = Ticket::new(claimed, self.recorder.clone());
        let mut known = memory.known;
        // What a provider took stays taken, so nothing that the database says could change the answer.
        let is_final = known.as_ref().is_some_and(|known| known.standing == Standing::Accepted);
        if memory.complete {
            ticket.complete();
        } else if !is_final {
            match self.look_up(&ids, memory.settled_here).await {
                Ok(found) => {
                    ticket.complete();
                    // Memory once more: an acceptance may have come late, while the database was asked.
                    known = both(found, self.recorder.claims.recall(&ids));
                }
                Err(Unreadable) if stop_on_doubt => return Claim::Unknown,
                Err(Unreadable) => tracing::error!(
                    "a message could not be looked up in the ledger's database in time, so it is delivered, and a \
                     message from before the start may be sent twice: check the disk"
                ),
            }
        }
        let Some(known) = known else { return Claim::Yours(ticket) };
        ticket.first_seen = ticket.first_seen.min(UNIX_EPOCH + Duration::from_millis(known.first_seen));
        match known.standing {
            Standing::Accepted => Claim::accepted(known),
            Standing::Doubt if stop_on_doubt => Claim::InDoubt,
            Standing::Doubt | Standing::Open => Claim::Yours(ticket),
        }
    }

    /// What the database knows of a message that this process may not know; `Unreadable` where it doesn't say in time.
    async fn look_up(&self, ids: &Ids, settled_here: bool) -> Result<Option<Known>, Unreadable> {
        let (answer, reply) = oneshot::channel();
        // Without a reading thread the question is dropped, and its answer with it, which the reply tells.
        let _ = self.reader.send(Question::Find { ids: ids.clone(), settled_here, answer });
        #[cfg(test)]
        let reply = super::held::answered(reply);
        match timeout(LOOK_UP_LIMIT, reply).await {
            Ok(Ok(found)) => found,
            Ok(Err(_)) | Err(_) => Err(Unreadable),
        }
    }

    /// See [`super::Ledger::user`].
    pub(super) fn user(&self, instance: &str, user: &str) -> Option<UserHash> {
        self.key.get().map(|key| key.user(instance, user))
    }

    /// See [`super::Ledger::tell`].
    pub(super) fn tell(&self, told: Told) -> Written {
        let (answer, reply) = oneshot::channel();
        self.recorder.queue.send(Command::Tell { told, answer });
        Written::awaited(reply)
    }

    /// See [`super::Ledger::told`].
    pub(super) async fn told(&self, user: UserHash) -> told::Known {
        let (answer, reply) = oneshot::channel();
        let _ = self.reader.send(Question::Language { user, answer });
        #[cfg(test)]
        let reply = super::held::answered(reply);
        match timeout(LANGUAGE_LIMIT, reply).await {
            Ok(Ok(Ok(Some(told)))) => told::Known::Told(told),
            Ok(Ok(Ok(None))) => told::Known::Nothing,
            Ok(Ok(Err(Unreadable)) | Err(_)) | Err(_) => told::Known::Unreadable,
        }
    }

    /// How the ledger is doing right now.
    #[must_use]
    pub fn state(&self) -> State {
        self.recorder.queue.gauges.state()
    }

    /// Writes what is unwritten, closes the database and unlocks it. Blocks until that is done, or until `limit` is over
    /// because the disk hangs. A second call does nothing.
    pub fn close(&self, limit: Duration) {
        let Some([reading, writing]) = self.threads.lock().unwrap_or_else(PoisonError::into_inner).take()
        else {
            return;
        };
        let end = Instant::now() + limit;
        // The reader first: SQLite lets the last connection that closes move the write-ahead log into the database, and a
        // connection that only reads can't.
        let _ = self.reader.send(Question::Close);
        // A part of the time only: a look-up that hangs must not take the time in which records can still be written.
        let _ = reading.recv_timeout(limit / 4);
        self.recorder.queue.send(Command::Close);
        match writing.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(()) => {}
            Err(RecvTimeoutError::Disconnected) => {
                tracing::error!("the ledger's thread panicked: please report this as a bug");
            }
            Err(RecvTimeoutError::Timeout) => tracing::error!(
                records = self.state().unwritten,
                "the ledger's disk does not answer: the service ends without the records that are not written yet"
            ),
        }
    }

    /// Runs a function on the writer's connection, and waits until it has run.
    #[cfg(test)]
    async fn on_connection(&self, run: impl FnOnce(&rusqlite::Connection) + Send + 'static) {
        let (done, reply) = oneshot::channel();
        let injected = super::queue::Injected(Box::new(move |connection| {
            run(connection);
            let _ = done.send(());
        }));
        self.recorder.queue.send(Command::Inject(injected));
        reply.await.unwrap();
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        self.close(CLOSE_LIMIT);
    }
}

/// Starts a thread. The receiver gets a message when the thread ends, and is disconnected if it panics.
fn thread(name: &str, run: impl FnOnce(Sender<()>) + Send + 'static) -> Result<Receiver<()>, OpenError> {
    let (ended, end) = mpsc::channel();
    let started = std::thread::Builder::new().name(name.to_owned()).spawn(move || run(ended));
    started.map(|_| end).map_err(OpenError::Thread)
}

/// What two sources know together.
fn both(one: Option<Known>, other: Option<Known>) -> Option<Known> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.and(other)),
        (one, other) => one.or(other),
    }
}
