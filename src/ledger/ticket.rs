//! A claim while it is held, and how it ends: what happened to the message goes into memory first, then to the thread that
//! writes.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use tokio::time::Instant;

use super::claims::Claims;
use super::queue::{Claimed, Command, Entry, Queue, Release, Written};
use super::recent::{Known, Standing};
use super::series::SeriesHash;
use super::timeline;
use super::words::{Ids, Record, Settled};
use crate::clock::{Clock, millis};

/// How many characters are kept of what came from outside.
const LONGEST: usize = 128;

/// The answer to a claim.
#[derive(Debug)]
pub enum Claim {
    /// Nobody else has the message: deliver it, then settle the ticket.
    Yours(Ticket),
    /// Another request is delivering the message right now.
    InProgress,
    /// A provider took the message before, so it is not sent again.
    Accepted {
        /// The provider's name, where it was recorded.
        provider: Option<String>,
        /// The provider's own id of the message, where it gave one.
        receipt: Option<String>,
    },
    /// A provider may have taken the message before. Answered only under `on_doubt = "stop"`; otherwise the message is
    /// delivered again.
    InDoubt,
    /// The database can't say in time whether the message was sent before, which is not a "no". Answered only under
    /// `on_doubt = "stop"`; otherwise the message is delivered.
    Unknown,
}

impl Claim {
    /// The answer for a message that a provider took, with what is known of that.
    pub(super) fn accepted(known: Known) -> Self {
        let text = |text: Option<Arc<str>>| text.map(|text| text.as_ref().to_owned());
        Self::Accepted { provider: text(known.provider), receipt: text(known.receipt) }
    }
}

/// A claim that is held. Dropped without [`super::Ledger::settle`] (after a panic, or when nobody waits for the claim any
/// more), it gives the message back.
#[derive(Debug)]
pub struct Ticket {
    /// When the ledger saw this message for the first time.
    pub first_seen: SystemTime,
    /// Until when other servers need not be asked whether they accepted a newer code or link; `None` where they were not asked.
    /// Behind a lock, since it changes while the message is delivered, which borrows the ticket.
    ask_again_at: Mutex<Option<Instant>>,
    /// What the end of the claim needs. [`Ticket::settle`] takes it, so that the `Drop` that follows does nothing.
    held: Option<Box<Held>>,
    /// When this claim was made, which is [`Ticket::first_seen`] unless the message was seen before.
    claimed_at: SystemTime,
}

/// What a [`Ticket`] needs to be settled or given back.
#[derive(Debug)]
struct Held {
    /// The part of the row that is known already.
    claimed: Claimed,
    /// Where the record goes, and where the claim is given back.
    recorder: Recorder,
    /// Whether the database was asked for the message, so that nobody need ask it again once this is settled. Set by
    /// [`Ticket::complete`], and never cleared.
    complete: bool,
    /// Whether sending may have begun. Set by [`Ticket::begin`], and never cleared: a ticket that is dropped after that
    /// leaves a doubt behind.
    begun: bool,
    /// Whether the claim itself is a row of the database, and so the note that sending begins, too. Set by
    /// [`Ticket::leased`].
    leased: Lease,
}

/// Whether a claim is a row of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lease {
    /// It is in memory alone.
    None,
    /// The database was asked for it and has not answered.
    Asked,
    /// The database has it.
    Held,
}

impl Ticket {
    /// A ticket for a message that was just taken from `recorder`'s claims.
    pub(super) fn new(claimed: Claimed, recorder: Recorder) -> Self {
        let first_seen = recorder.clock.now();
        Self {
            first_seen,
            claimed_at: first_seen,
            ask_again_at: Mutex::default(),
            held: Some(Box::new(Held {
                claimed,
                recorder,
                complete: false,
                begun: false,
                leased: Lease::None,
            })),
        }
    }

    /// Notes that the database was asked for the message.
    pub(super) fn complete(&mut self) {
        if let Some(held) = &mut self.held {
            held.complete = true;
        }
    }

    /// The message's ids, until this is settled.
    pub(super) fn ids(&self) -> Option<&Ids> {
        self.held.as_ref().map(|held| &held.claimed.ids)
    }

    /// Notes whether the claim is a row of the database.
    pub(super) fn leased(&mut self, lease: Lease) {
        if let Some(held) = &mut self.held {
            held.leased = lease;
        }
    }

    /// Whether this process knows that a newer code or link of the same series was accepted.
    pub(super) fn is_superseded(&self) -> bool {
        let (Some(held), Some((series, born))) = (&self.held, self.place()) else { return false };
        held.recorder.claims.supersede(series, born, millis(held.recorder.clock.now()))
    }

    /// The series of the message's code or link, and its birth in milliseconds since the Unix epoch; `None` for a message
    /// that supersedes nothing.
    pub(super) fn place(&self) -> Option<(SeriesHash, u64)> {
        let place = self.held.as_ref()?.claimed.place?;
        Some((place.series, place.born.unwrap_or_else(|| millis(self.first_seen))))
    }

    /// Notes that another server accepted a code or link of the same series that was born at `newer`, in milliseconds since
    /// the Unix epoch.
    pub(super) fn outdated(&self, newer: u64) {
        let (Some(held), Some((series, _))) = (&self.held, self.place()) else { return };
        held.recorder.claims.accept(series, newer, millis(held.recorder.clock.now()));
    }

    /// Notes that other servers need not be asked for newer codes before this time.
    pub(super) fn ask_again_at(&self, time: Instant) {
        *self.ask_again_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(time);
    }

    /// Whether other servers are to be asked for newer codes.
    pub(super) fn is_to_ask(&self, now: Instant) -> bool {
        self.ask_again_at.lock().unwrap_or_else(PoisonError::into_inner).is_none_or(|time| time <= now)
    }

    /// Whether a provider took the message by now: one that left an earlier request in doubt may say so while this one is
    /// under way.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        let known = self.held.as_ref().and_then(|held| held.recorder.claims.recall(&held.claimed.ids));
        known.is_some_and(|known| known.standing == Standing::Accepted)
    }

    /// Puts the row of a message whose sending begins on its way to the database. Where the claim is such a row, that says
    /// the same.
    pub(super) fn begin(&mut self) -> Written {
        let first_seen = millis(self.first_seen);
        let Some(held) = &mut self.held else { return Written::never() };
        // Before the row is on its way: if the caller is cancelled after that, the row may be written, and memory must
        // not claim less than the disk.
        held.begun = true;
        if held.leased == Lease::Held {
            return Written::Known(true);
        }
        let now = millis(held.recorder.clock.now());
        held.recorder.queue.write(Entry::begun(held.claimed.clone(), first_seen, now))
    }

    /// Puts a record into memory and on its way to the database, then gives the message back.
    pub(super) fn settle(mut self, record: Record) -> Written {
        let first_seen = millis(self.first_seen);
        let again_at = Some(millis(self.claimed_at)).filter(|claimed_at| *claimed_at != first_seen);
        let Some(held) = self.held.take() else { return Written::never() };
        let ids = held.claimed.ids.clone();
        let written = held.recorder.record(held.claimed, record, (first_seen, again_at), held.complete);
        // Given back last: whoever claims the message from here on finds the record, and writes after it.
        held.recorder.claims.release(&ids);
        written
    }

    /// What it takes to record a provider's late answer after this ticket is settled; `None` once it is.
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
        let Held { claimed, recorder, complete, begun, leased } = *held;
        if begun {
            // In memory only: the row that says `begun` is on its way already.
            let known = Known { standing: Standing::Doubt, provider: None, receipt: None, first_seen };
            recorder.claims.remember(&claimed.ids, known, complete, millis(recorder.clock.now()));
        }
        let ids = claimed.ids.clone();
        if leased != Lease::None && !begun {
            let answered = leased == Lease::Held;
            recorder.queue.send(Command::Release(Box::new(Release { claimed, answered })));
        }
        recorder.claims.release(&ids);
    }
}

/// Records an acceptance that became known after its message was settled and its claim was given back: a provider's answer
/// that came after the deadline. It borrows nothing, so it can move into a task of its own.
#[derive(Debug)]
pub struct Late {
    claimed: Claimed,
    recorder: Recorder,
    /// When the ledger saw the message for the first time, in milliseconds since the Unix epoch.
    first_seen: u64,
}

impl Late {
    /// Records that the provider took the message. This process knows it when this returns, and the database as soon as it
    /// can be written.
    pub fn accepted(self, provider: &str, receipt: Option<String>) {
        let record = Record {
            settled: Settled::Accepted,
            reason: None,
            provider: Some(provider.to_owned()),
            receipt,
            // The attempt was counted when the message was settled.
            attempts: 0,
            tried: Vec::new(),
        };
        // `false` takes nothing back: memory keeps what it knew of the database for this message.
        drop(self.recorder.record(self.claimed, record, (self.first_seen, None), false));
    }
}

/// Where records go, and where claims are given back. Each ticket has a copy, which shares everything.
#[derive(Debug, Clone)]
pub(super) struct Recorder {
    pub(super) claims: Arc<Claims>,
    pub(super) queue: Queue,
    pub(super) clock: Clock,
}

impl Recorder {
    /// Remembers a record, and puts it on its way to the database. `again_at` is when a message was claimed that had been
    /// seen before.
    fn record(
        &self,
        claimed: Claimed,
        record: Record,
        (first_seen, again_at): (u64, Option<u64>),
        complete: bool,
    ) -> Written {
        let Record { settled, reason, provider, receipt, attempts, tried } = record;
        let settled_at = millis(self.clock.now());
        let ended = (settled != Settled::Accepted).then(|| (settled.as_str(), reason, settled_at));
        let timeline = timeline::written(again_at, &tried, ended);
        let [provider, receipt] = [provider, receipt].map(|text| text.map(|text| Arc::from(printable(text))));
        let known = Known {
            standing: Standing::of(settled),
            provider: provider.clone(),
            receipt: receipt.clone(),
            first_seen,
        };
        // Memory first: the next request for the message may come before the disk is done, and must find the record.
        self.claims.remember(&claimed.ids, known, complete, settled_at);
        if let (Settled::Accepted, Some(place)) = (settled, claimed.place) {
            self.claims.accept(place.series, place.born.unwrap_or(first_seen), settled_at);
        }
        self.queue.write(Entry {
            claimed,
            settled,
            reason,
            provider,
            receipt,
            attempts,
            timeline,
            first_seen,
            settled_at,
        })
    }
}

/// Text from outside (a server's reply) in a form that may be kept and shown: its printable ASCII, cut to a bound.
fn printable(mut text: String) -> String {
    text.retain(|c| c.is_ascii_graphic() || c == ' ');
    text.truncate(LONGEST);
    text
}
