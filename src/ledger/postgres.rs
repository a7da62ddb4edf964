//! The ledger in PostgreSQL, which several servers share.
//!
//! A [`Claim`] is a row that is held until a time (the *lease*), by the database's clock. Its owner begins nothing after its
//! own deadline, which comes before that. So a message whose owner died is taken over by the next request for it, and no
//! two servers send one message at the same time. What this process settled lately is in memory beside that, and answered
//! from there.
//!
//! All connections live on a thread of their own. While the database can't be reached, claims are in memory alone, and
//! records wait in the spool, a local file, until it is back.

mod counts;
mod database;
mod depot;
mod index;
mod language;
mod log;
mod merge;
mod pool;
mod reserve;
mod schema;
mod server;
mod store;
mod transfer;
mod work;
mod worker;
mod writer;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout};

use super::claims::Claims;
use super::error::{OpenError, ReadError};
use super::queue::{Claimed, Command, Queue, Written};
use super::recent::Standing;
use super::recipient::{RecipientHash, RecipientKey, UserHash};
use super::spool::{self, Spool};
use super::ticket::{Claim, Lease, Recorder, Ticket};
use super::told::{self, Told};
use super::words::{Details, Ids, Inspected, Quota, State};
use crate::clock::{Clock, millis};

pub(super) use log::read;
pub use reserve::{Reservation, Reserve};
pub use server::{PostgresSettings, Server};
pub(super) use transfer::{Source, Target, examine};

use counts::Counter;
use depot::Depot;
use store::{Asked, Said, Taken};
use worker::{Answer, Question};

/// How long a claim waits for the database. A statement takes a few milliseconds on one that works, and a code must not wait
/// for one that hangs.
const CLAIM_LIMIT: Duration = Duration::from_millis(500);

/// How long an attempt waits to hear whether a newer code was accepted. A code that came late helps nobody, and a second one does
/// less harm.
const NEWEST_LIMIT: Duration = Duration::from_millis(200);

/// How long an SMS waits to be counted. After that only this process counts it.
const RESERVE_LIMIT: Duration = Duration::from_millis(300);

/// How long a message waits to hear of its reader's language.
const LANGUAGE_LIMIT: Duration = Duration::from_millis(50);

/// How long an answer about newer codes holds. Within it come the first attempt, which follows the claim at once, and providers
/// that are asked right after each other: none of these costs a round trip. Whatever another server has accepted in
/// that time is under way at the same time anyway, and nobody can say which one arrives first.
const CURRENT: Duration = Duration::from_millis(250);

/// How long no answer about newer codes holds.
const UNREACHABLE: Duration = Duration::from_secs(2);

/// How much longer than its owner's deadline a claim holds its row: for clocks that run at different speeds, and for bytes
/// that were on their way at the deadline.
const MARGIN: Duration = Duration::from_secs(1);

/// How old a claim is before its owner may be dead: Svix comes back 5 s after a connection broke, and no sooner.
const ORPHAN_AGE: Duration = Duration::from_secs(4);

/// How often a row that another server holds is read.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// How much time a message that is taken over has to have left, at least.
const TIME_TO_DELIVER: Duration = Duration::from_secs(3);

/// How long a ledger that is dropped without [`Ledger::close`] waits for its thread.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);

/// The open ledger, one of several on the same database.
#[derive(Debug)]
pub struct Ledger {
    /// What this process knows, and the queue to the task that writes. Tickets have copies.
    recorder: Recorder,
    /// Questions for the database.
    asks: UnboundedSender<Question>,
    /// Tells by a message that the thread has ended. [`Ledger::close`] takes this, so that a second one does nothing.
    thread: Mutex<Option<Receiver<()>>>,
    key: RecipientKey,
    /// The number of the next claim. It begins anywhere, so that no two processes use the same numbers.
    next_claim: AtomicI64,
}

/// The database could not be asked, or did not answer in time.
#[derive(Debug)]
struct Unreachable;

impl Ledger {
    /// Connects to the database, and makes the tables where they are missing.
    ///
    /// A server that can't be reached does not count as an error, since that may pass: the ledger starts in memory, says so in
    /// the log, and goes on trying. What an earlier run left in the spool is known from here on.
    ///
    /// # Errors
    ///
    /// Everything that a person has to put right: a wrong password, missing rights, the tables of another application or of a
    /// newer version, a server that is too old, a certificate that nobody vouches for, a spool that can't be used.
    pub fn open(settings: PostgresSettings, clock: Clock) -> Result<Self, OpenError> {
        let key = key(&settings)?;
        let [owner, next_claim] = [random(&settings.server)?, random(&settings.server)?];
        let connector = settings.server.connector()?;
        let (queue, commands) = Queue::to_task(false);
        let recorder = Recorder { claims: Arc::new(Claims::default()), queue, clock };
        let (asks, questions) = tokio::sync::mpsc::unbounded_channel();
        let depot = match settings.spool {
            Some(path) => Some(Depot::open(Spool::new(path), &recorder.claims, &recorder.queue.gauges)?),
            None => None,
        };
        let end = worker::start(connector, owner, settings.retention, depot, &recorder, commands, questions)?;
        Ok(Self {
            recorder,
            asks,
            thread: Mutex::new(Some(end)),
            key,
            next_claim: AtomicI64::new(next_claim),
        })
    }

    /// See [`super::Ledger::claim`]. A message that another server has been delivering for some seconds is waited for: its
    /// owner may have died, and this request may be the last before a code is too old.
    pub(super) async fn claim(
        &self,
        ids: Ids,
        details: Details,
        stop_on_doubt: bool,
        deadline: Instant,
    ) -> Claim {
        let Some(memory) = self.recorder.claims.take(&ids, None) else { return Claim::InProgress };
        let claim = self.next_claim.fetch_add(1, Ordering::Relaxed);
        let claimed = Claimed::new(ids, details, Some(&self.key), claim);
        let mut ticket = Ticket::new(claimed.clone(), self.recorder.clone());
        match memory.known {
            Some(known) if known.standing == Standing::Accepted => return Claim::accepted(known),
            Some(known) if known.standing == Standing::Doubt && stop_on_doubt => return Claim::InDoubt,
            Some(known) => {
                ticket.first_seen =
                    ticket.first_seen.min(UNIX_EPOCH + Duration::from_millis(known.first_seen));
            }
            None => {}
        }
        let mut look_first = false;
        loop {
            let lease = deadline.saturating_duration_since(Instant::now()) + MARGIN;
            let (asked, first_seen) = (claimed.clone(), ticket.first_seen);
            ticket.leased(Lease::Asked);
            let asked_at = Instant::now();
            let asked = Box::new(Asked { claimed: asked, first_seen, lease, stop_on_doubt, look_first });
            let said = self.ask(CLAIM_LIMIT, |answer| Question::Claim(asked, answer)).await;
            if let Some(late) = self.accepted_meanwhile(&ticket) {
                return late;
            }
            let said = match said {
                Ok(said) => said,
                Err(Unreachable) if stop_on_doubt => return Claim::Unknown,
                Err(Unreachable) => {
                    let id = &claimed.ids.svix;
                    // While the database is known to fail, that was said once for all messages.
                    if self.state().writable {
                        tracing::warn!(svix.id = %id, "the ledger's database did not answer in time: a message is delivered without a claim, so another server may deliver it too");
                    } else {
                        tracing::debug!(svix.id = %id, "the ledger's database fails: a message is delivered without a claim");
                    }
                    return Claim::Yours(ticket);
                }
            };
            ticket.leased(Lease::None);
            match said {
                Said::Yours(Taken { first_seen, newer }) => {
                    ticket.leased(Lease::Held);
                    ticket.first_seen = ticket.first_seen.min(first_seen);
                    if let Some(newer) = newer {
                        ticket.outdated(millis(newer));
                    }
                    ticket.ask_again_at(asked_at + CURRENT);
                    return Claim::Yours(ticket);
                }
                Said::Settled(known) if known.standing == Standing::Accepted => {
                    return Claim::accepted(known);
                }
                Said::Settled(known) if known.standing == Standing::Doubt && stop_on_doubt => {
                    return Claim::InDoubt;
                }
                // Another server settled it between two statements of ours.
                Said::Settled(_) if Instant::now() < deadline => look_first = false,
                Said::Busy { age, left } if is_worth_waiting(age, asked_at + left, deadline) => {
                    look_first = true;
                    sleep(LOOK_EVERY.min(left)).await;
                }
                Said::Settled(_) | Said::Busy { .. } => return Claim::InProgress,
            }
        }
    }

    /// The answer for a message whose acceptance came late, while the database was asked.
    fn accepted_meanwhile(&self, ticket: &Ticket) -> Option<Claim> {
        let known = self.recorder.claims.recall(ticket.ids()?)?;
        (known.standing == Standing::Accepted).then(|| Claim::accepted(known))
    }

    /// See [`super::Ledger::is_superseded`]. What this process accepted is known from memory. What others accepted came with the
    /// claim; once that is older than [`CURRENT`], the database is asked again.
    pub(super) async fn is_superseded(&self, ticket: &Ticket) -> bool {
        if ticket.is_superseded() {
            return true;
        }
        let Some((series, born)) = ticket.place() else { return false };
        let asked_at = Instant::now();
        if !ticket.is_to_ask(asked_at) {
            return false;
        }
        let said = self.ask(NEWEST_LIMIT, |answer| Question::Newest(series, born, answer)).await;
        // Without an answer too, so that a database that hangs does not delay each attempt.
        ticket.ask_again_at(asked_at + if said.is_ok() { CURRENT } else { UNREACHABLE });
        if let Ok(Some(newer)) = said {
            ticket.outdated(newer);
        }
        ticket.is_superseded()
    }

    /// See [`super::Ledger::reserve`].
    pub(super) async fn reserve(&self, quotas: &[Quota]) -> Reserve {
        let counter = |quota: &Quota| Counter {
            key: self.key.quota(&quota.name),
            max: quota.max,
            window: quota.window,
        };
        let asked = quotas.iter().map(counter).collect();
        let Ok(said) = self.ask(RESERVE_LIMIT, |answer| Question::Reserve(asked, answer)).await else {
            return Reserve::Alone;
        };
        let reservation = Reservation::new(said.places, self.asks.clone());
        if said.over.is_empty() { Reserve::Counted(reservation) } else { Reserve::Over(said.over) }
    }

    /// See [`super::Ledger::user`].
    pub(super) fn user(&self, instance: &str, user: &str) -> UserHash {
        self.key.user(instance, user)
    }

    /// See [`super::Ledger::tell`].
    pub(super) fn tell(&self, told: Told) -> Written {
        if !self.state().writable {
            return Written::never();
        }
        let (answer, reply) = oneshot::channel();
        let _ = self.asks.send(Question::Tell(told, answer));
        Written::awaited(reply)
    }

    /// See [`super::Ledger::told`].
    pub(super) async fn told(&self, user: UserHash) -> told::Known {
        match self.ask(LANGUAGE_LIMIT, |answer| Question::Language(user, answer)).await {
            Ok(Some(told)) => told::Known::Told(told),
            Ok(None) => told::Known::Nothing,
            Err(Unreachable) => told::Known::Unreadable,
        }
    }

    /// Asks the database; `Unreachable` where it doesn't answer in time, or is known not to.
    async fn ask<T>(
        &self,
        limit: Duration,
        question: impl FnOnce(Answer<T>) -> Question,
    ) -> Result<T, Unreachable> {
        if !self.state().writable {
            return Err(Unreachable);
        }
        let (answer, reply) = oneshot::channel();
        // Without the thread the question is dropped, and its answer with it, which the reply tells.
        let _ = self.asks.send(question(answer));
        match timeout(limit, reply).await {
            Ok(Ok(Some(said))) => Ok(said),
            _ => Err(Unreachable),
        }
    }

    /// How the ledger is doing right now.
    #[must_use]
    pub(super) fn state(&self) -> State {
        self.recorder.queue.gauges.state()
    }

    /// Writes what is unwritten, and closes the connections. Blocks until that is done, or until `limit` is over. A second call
    /// does nothing.
    pub(super) fn close(&self, limit: Duration) {
        let Some(end) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        self.recorder.queue.send(Command::Close);
        match end.recv_timeout(limit) {
            Ok(()) => {}
            Err(RecvTimeoutError::Disconnected) => {
                tracing::error!("the ledger's thread panicked: please report this as a bug");
            }
            Err(RecvTimeoutError::Timeout) => tracing::error!(
                records = self.state().unwritten,
                "the ledger's database does not answer: closing without waiting for records that are not written yet"
            ),
        }
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        self.close(CLOSE_LIMIT);
    }
}

/// Looks whether a service could start with this ledger, and changes nothing.
///
/// # Errors
///
/// Everything that [`Ledger::open`] would refuse, and also a server that can't be reached.
pub(super) fn inspect(settings: &PostgresSettings) -> Result<Inspected, OpenError> {
    // First, since it says something though the server can't be reached.
    settings.spool.as_deref().map(spool::inspect).transpose()?;
    let connector = settings.server.clone().connector()?;
    database::blocking(async {
        let session = connector.connect().await?;
        schema::inspect(&session.client, &connector.server).await
    })?
}

/// The hash under which the ledger keeps a recipient in canonical form.
pub(super) fn recipient_hash(
    settings: &PostgresSettings,
    canonical: &str,
) -> Result<RecipientHash, ReadError> {
    key(settings).map(|key| key.hash(canonical)).map_err(ReadError::Key)
}

fn key(settings: &PostgresSettings) -> Result<RecipientKey, OpenError> {
    RecipientKey::configured(&settings.recipient_key).ok_or_else(|| {
        settings.server.wrong("`recipient_key` under [ledger] can't be used as a key".to_owned())
    })
}

/// Whether a message that another server holds may come free in time: its owner may be dead, and enough time is left at the
/// end of its lease. That end is counted from when the database was asked: if this process stood still meanwhile, the next look
/// says more.
fn is_worth_waiting(age: Duration, end: Instant, deadline: Instant) -> bool {
    age >= ORPHAN_AGE && end + TIME_TO_DELIVER <= deadline
}

/// A number that no other process has.
fn random(server: &Server) -> Result<i64, OpenError> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|_| server.wrong("the system gives no random bytes".to_owned()))?;
    Ok(i64::from_ne_bytes(bytes))
}
