//! A claim while it is held, and the way that a record takes: into memory first, then to the writer's thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::time::SystemTime;

use tokio::sync::oneshot;

use super::claims::Claims;
use super::recent::{Known, Standing};
use super::recipient::RecipientHash;
use super::writer::Command;
use super::{BEGUN, Ids, Record, Settled, printable};
use crate::clock::{Clock, millis};

/// Records that may wait for the database at a time, about 50 MB. Later ones are known to this process alone.
pub(super) const UNWRITTEN: usize = 100_000;

/// A claim that is held. Dropped without [`super::Ledger::settle`] (a panic, a claim that nobody waits for any more), it is
/// given back.
#[derive(Debug)]
pub struct Ticket {
    /// When the ledger saw this message first.
    pub first_seen: SystemTime,
    /// `None` once settled.
    held: Option<Held>,
}

/// What a [`Ticket`] needs to be settled or given back.
#[derive(Debug)]
struct Held {
    claimed: Claimed,
    recorder: Recorder,
    /// The database was asked for the message.
    complete: bool,
    /// Sending may have begun ([`super::Ledger::begin`]).
    begun: bool,
}

impl Ticket {
    pub(super) fn new(claimed: Claimed, recorder: Recorder) -> Self {
        let first_seen = recorder.clock.now();
        Self { first_seen, held: Some(Held { claimed, recorder, complete: false, begun: false }) }
    }

    /// Notes that the database was asked.
    pub(super) fn complete(&mut self) {
        if let Some(held) = &mut self.held {
            held.complete = true;
        }
    }

    /// Puts `begun` on its way to the database.
    pub(super) fn begin(&mut self) -> Written {
        let first_seen = millis(self.first_seen);
        let Some(held) = &mut self.held else { return Written(None) };
        held.begun = true;
        let now = millis(held.recorder.clock.now());
        held.recorder.write(Entry::begun(held.claimed.clone(), first_seen, now))
    }

    /// Puts a record into memory and on its way to the database, then gives the message back.
    pub(super) fn settle(mut self, record: Record) -> Written {
        let first_seen = millis(self.first_seen);
        let Some(held) = self.held.take() else { return Written(None) };
        let ids = held.claimed.ids.clone();
        let written = held.recorder.record(held.claimed, record, first_seen, held.complete);
        // Only now: who claims the message from here on finds the record, and writes after it.
        held.recorder.claims.release(&ids);
        written
    }

    /// What it takes to record a provider's late answer once this ticket is settled.
    #[must_use]
    pub fn late(&self) -> Option<Late> {
        self.held.as_ref().map(|held| Late {
            claimed: held.claimed.clone(),
            recorder: held.recorder.clone(),
            first_seen: millis(self.first_seen),
        })
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let first_seen = millis(self.first_seen);
        let Some(held) = self.held.take() else { return };
        let Held { claimed, recorder, complete, begun } = held;
        if begun {
            let known = Known { standing: Standing::Doubt, provider: None, receipt: None, first_seen };
            recorder.claims.remember(&claimed.ids, known, complete, millis(recorder.clock.now()));
        }
        recorder.claims.release(&claimed.ids);
    }
}

/// Records an acceptance that became known after its message was settled and its claim was given back: a provider's answer
/// that came after the deadline. It borrows nothing, so it may move into a task of its own.
#[derive(Debug)]
pub struct Late {
    claimed: Claimed,
    recorder: Recorder,
    first_seen: u64,
}

impl Late {
    /// The provider took the message. This process knows at once, and the database as soon as it can be written.
    pub fn accepted(self, provider: &str, receipt: Option<String>) {
        let record = Record {
            settled: Settled::Accepted,
            reason: None,
            provider: Some(provider.to_owned()),
            receipt,
            attempts: 0,
        };
        drop(self.recorder.record(self.claimed, record, self.first_seen, false));
    }
}

/// Whether a record is in the database; `false` also where it can't be written now. Dropping it loses nothing.
#[derive(Debug)]
pub(super) struct Written(Option<oneshot::Receiver<bool>>);

impl Written {
    pub(super) async fn on_disk(self) -> bool {
        match self.0 {
            Some(reply) => reply.await.unwrap_or(false),
            None => false,
        }
    }
}

/// The part of a row that is known when the message is claimed.
#[derive(Debug, Clone)]
pub(super) struct Claimed {
    pub(super) ids: Ids,
    pub(super) channel: &'static str,
    pub(super) slug: Option<String>,
    pub(super) recipient: Option<RecipientHash>,
}

/// A row to be written; its times are milliseconds since the Unix epoch.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) claimed: Claimed,
    pub(super) outcome: &'static str,
    pub(super) reason: Option<&'static str>,
    pub(super) provider: Option<Arc<str>>,
    pub(super) receipt: Option<Arc<str>>,
    pub(super) attempts: u32,
    pub(super) first_seen: u64,
    pub(super) settled_at: u64,
}

impl Entry {
    fn begun(claimed: Claimed, first_seen: u64, settled_at: u64) -> Self {
        let (provider, receipt) = (None, None);
        Self { claimed, outcome: BEGUN, reason: None, provider, receipt, attempts: 0, first_seen, settled_at }
    }
}

/// How the writer's thread is doing, as both sides see it.
#[derive(Debug)]
pub(super) struct Gauges {
    /// The database took what was last written to it.
    pub(super) writable: AtomicBool,
    /// Records that are on their way to the database.
    pub(super) unwritten: AtomicUsize,
    /// Records beyond [`UNWRITTEN`] since the database was last written.
    pub(super) lost: AtomicUsize,
}

/// Where records go.
#[derive(Debug, Clone)]
pub(super) struct Recorder {
    pub(super) claims: Arc<Claims>,
    pub(super) gauges: Arc<Gauges>,
    pub(super) writer: Sender<Command>,
    pub(super) clock: Clock,
}

impl Recorder {
    fn record(&self, claimed: Claimed, record: Record, first_seen: u64, complete: bool) -> Written {
        let settled_at = millis(self.clock.now());
        let outcome = record.settled.as_str();
        let provider: Option<Arc<str>> = record.provider.map(|provider| printable(provider).into());
        let receipt: Option<Arc<str>> = record.receipt.map(|receipt| printable(receipt).into());
        let known = Known {
            standing: Standing::of(outcome),
            provider: provider.clone(),
            receipt: receipt.clone(),
            first_seen,
        };
        self.claims.remember(&claimed.ids, known, complete, settled_at);
        let (reason, attempts) = (record.reason, record.attempts);
        self.write(Entry { claimed, outcome, reason, provider, receipt, attempts, first_seen, settled_at })
    }

    fn write(&self, entry: Entry) -> Written {
        let (answer, reply) = oneshot::channel();
        if self.gauges.unwritten.fetch_add(1, Ordering::Relaxed) >= UNWRITTEN {
            self.gauges.unwritten.fetch_sub(1, Ordering::Relaxed);
            if self.gauges.lost.fetch_add(1, Ordering::Relaxed) == 0 {
                tracing::error!(
                    "too many records wait for the ledger's database: the next ones are kept in memory alone, until a restart"
                );
            }
            return Written(None);
        }
        if self.writer.send(Command::Write { entry: Box::new(entry), answer }).is_err() {
            self.gauges.unwritten.fetch_sub(1, Ordering::Relaxed);
            tracing::error!("the ledger is closed: what became of a message is not recorded");
            return Written(None);
        }
        Written(Some(reply))
    }
}
