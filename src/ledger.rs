//! The ledger: which messages were claimed, and what happened to each. It knows ids and outcomes; no address, code, subject
//! or body gets in.
//!
//! [`Ledger`] is kept in one of two databases: `sqlite`, a file that serves one process, or `postgres`, which several
//! servers share. Everything above them is words and memory, which both share:
//!
//! - `words` and `error`: what the rest of the program says to the ledger, and hears from it;
//! - `claims`, `recent`: the messages that are being delivered right now, and those that were settled lately;
//! - `series`: the newest code of each recipient, which supersedes older ones;
//! - `ticket`: a claim while it is held;
//! - `queue`: the way of a record to the thread or task that writes;
//! - `copy`: rows from one database into another; `health`: whether a database is as it should be;
//! - `spool`: the local file in which records wait while a shared database does not take them;
//! - `timeline`: the steps of a message's deliveries, as text in its row;
//! - `stored`: a row on its way between the spool and databases; `place`: where a file may be, and whose it is;
//! - `told`: what Clerk said of users' languages, and when;
//! - `recipient`: the keyed hash that stands for a recipient or a user.

mod claims;
mod copy;
mod error;
mod health;
#[cfg(test)]
pub(crate) mod held;
mod place;
mod postgres;
mod queue;
mod recent;
mod recipient;
mod series;
mod spool;
mod sqlite;
mod stored;
mod ticket;
mod timeline;
mod told;
mod words;

use std::time::Duration;

use tokio::time::Instant;

use crate::clock::Clock;

pub use copy::{Copied, CopyError, Extent, Keys, Place, copy, keys};
pub use error::{OpenError, ReadError};
pub use health::Health;
pub use postgres::{PostgresSettings, Reservation, Reserve, Server};
pub use recipient::{RecipientHash, UserHash, is_key};
#[cfg(test)]
pub(crate) use sqlite::Ledger as SqliteLedger;
pub use ticket::{Claim, Late, Ticket};
pub use timeline::{Step, Tried};
pub use told::{Known, Told};
pub use words::{
    Code, Details, Filter, Ids, Inspected, Quota, Record, Row, Settled, Spooled, SqliteSettings, State,
};

/// Which database the ledger is kept in, and how it is opened.
#[derive(Debug, Clone)]
pub enum Settings {
    /// A file that serves one process.
    Sqlite(SqliteSettings),
    /// A database that several servers share.
    Postgres(PostgresSettings),
}

impl Settings {
    /// How long rows are kept after they were settled.
    #[must_use]
    pub const fn retention(&self) -> Duration {
        match self {
            Self::Sqlite(settings) => settings.retention,
            Self::Postgres(settings) => settings.retention,
        }
    }
}

/// The open ledger. Dropping it writes what is unwritten, and waits a moment for that.
#[derive(Debug)]
pub enum Ledger {
    /// In a file of this process alone.
    Sqlite(sqlite::Ledger),
    /// In a database that other servers use too.
    Postgres(postgres::Ledger),
}

impl Ledger {
    /// Opens the database, or sets it up where it is new.
    ///
    /// What may pass by itself does not count as an error, such as a full disk or a server that can't be reached: the ledger
    /// starts in memory, says so in the log, and goes on trying.
    ///
    /// # Errors
    ///
    /// Everything that a person has to put right, such as files that this user may not write, a wrong password, or the
    /// database of another application.
    pub fn open(settings: Settings, clock: Clock) -> Result<Self, OpenError> {
        Ok(match settings {
            Settings::Sqlite(settings) => Self::Sqlite(sqlite::Ledger::open(settings, clock)?),
            Settings::Postgres(settings) => Self::Postgres(postgres::Ledger::open(settings, clock)?),
        })
    }

    /// Claims a message before it is delivered. With `stop_on_doubt`, a message that may have been sent before is
    /// [`Claim::InDoubt`], and one that the database can't be asked about is [`Claim::Unknown`]; without, both are the
    /// caller's to deliver. The caller must not begin to send later than `deadline`: after it, another server may take the
    /// message over.
    ///
    /// Dropping the future gives the message back.
    pub async fn claim(&self, ids: Ids, details: Details, stop_on_doubt: bool, deadline: Instant) -> Claim {
        match self {
            Self::Sqlite(ledger) => ledger.claim(ids, details, stop_on_doubt).await,
            Self::Postgres(ledger) => ledger.claim(ids, details, stop_on_doubt, deadline).await,
        }
    }

    /// Notes that sending is about to begin, for `on_doubt = "stop"`: after a crash the next claim is then
    /// [`Claim::InDoubt`]. The future says whether the note is in the database: if it is not, nothing may be sent.
    ///
    /// The note is on its way when this returns: dropping the future loses nothing.
    pub fn begin(&self, ticket: &mut Ticket) -> impl Future<Output = bool> + Send + use<> {
        ticket.begin().on_disk()
    }

    /// Records what happened to a message, and gives the message back. This process knows the record when this returns. The
    /// future says whether the record is in the database too, or only remembered because the database refuses.
    ///
    /// The record is on its way when this returns: dropping the future loses nothing.
    pub fn settle(&self, ticket: Ticket, record: Record) -> impl Future<Output = bool> + Send + use<> {
        ticket.settle(record).on_disk()
    }

    /// Whether a newer code or link than this message's, for the same recipient from the same template, was accepted by now.
    /// Asked after the claim, and again before each attempt. Where the ledger can't say, the answer is "no": the
    /// person may get two codes, and the newer one among them.
    pub async fn is_superseded(&self, ticket: &Ticket) -> bool {
        match self {
            Self::Sqlite(_) => ticket.is_superseded(),
            Self::Postgres(ledger) => ledger.is_superseded(ticket).await,
        }
    }

    /// Counts an SMS that is about to be sent against limits that all servers on this database share: against all of them, or
    /// none. [`Reserve::Alone`] where there is nobody else, or the database doesn't answer in time: then what this process
    /// counted by itself has to do.
    pub async fn reserve(&self, quotas: &[Quota]) -> Reserve {
        match self {
            Self::Sqlite(_) => Reserve::Alone,
            Self::Postgres(ledger) => ledger.reserve(quotas).await,
        }
    }

    /// The hash that stands for a user of an instance of Clerk; `None` while the key of the hash can't be read.
    #[must_use]
    pub fn user(&self, instance: &str, user: &str) -> Option<UserHash> {
        match self {
            Self::Sqlite(ledger) => ledger.user(instance, user),
            Self::Postgres(ledger) => Some(ledger.user(instance, user)),
        }
    }

    /// Keeps what Clerk said of a user's language, unless something later is kept. Says whether it is in the database now.
    /// What the database does not take is lost: that costs a user the language, and never a code.
    ///
    /// It is on its way when this returns: dropping the future loses nothing.
    pub fn tell(&self, told: Told) -> impl Future<Output = bool> + Send + use<> {
        match self {
            Self::Sqlite(ledger) => ledger.tell(told),
            Self::Postgres(ledger) => ledger.tell(told),
        }
        .on_disk()
    }

    /// What Clerk said of a user's language. The answer takes 50 ms at most.
    pub async fn told(&self, user: UserHash) -> Known {
        match self {
            Self::Sqlite(ledger) => ledger.told(user).await,
            Self::Postgres(ledger) => ledger.told(user).await,
        }
    }

    /// How the ledger is doing right now.
    #[must_use]
    pub fn state(&self) -> State {
        match self {
            Self::Sqlite(ledger) => ledger.state(),
            Self::Postgres(ledger) => ledger.state(),
        }
    }

    /// Writes what is unwritten, and closes the database. Blocks until that is done, or until `limit` is over because the
    /// database does not answer. A second call does nothing.
    pub fn close(&self, limit: Duration) {
        match self {
            Self::Sqlite(ledger) => ledger.close(limit),
            Self::Postgres(ledger) => ledger.close(limit),
        }
    }
}

/// Opens the ledger as a service would, and closes it again. A database that a running service holds is only read, and
/// nothing is set up.
///
/// # Errors
///
/// Everything that would keep a service from starting with this ledger, and also what may pass by itself.
pub fn inspect(settings: &Settings) -> Result<Inspected, OpenError> {
    match settings {
        Settings::Sqlite(settings) => sqlite::inspect(settings),
        Settings::Postgres(settings) => postgres::inspect(settings),
    }
}

/// Reads the whole ledger, and says what it holds and what is wrong with it. This changes nothing, and holds up no service.
///
/// # Errors
///
/// The ledger can't be opened or read at all.
pub fn examine(settings: &Settings, clock: &Clock) -> Result<Health, OpenError> {
    let mut health = match settings {
        Settings::Sqlite(settings) => sqlite::examine(settings)?,
        Settings::Postgres(settings) => postgres::examine(settings, clock)?,
    };
    match inspect_spool(settings) {
        Ok(spool) => health.spool = spool,
        Err(error) => health.problems.push(error.to_string()),
    }
    Ok(health)
}

/// What waits in the spool of a ledger that several servers share; `None` where there is no spool. This changes nothing.
///
/// # Errors
///
/// Everything that would keep a service from starting with this spool.
pub fn inspect_spool(settings: &Settings) -> Result<Option<Spooled>, OpenError> {
    match settings {
        Settings::Sqlite(_) => Ok(None),
        Settings::Postgres(settings) => settings.spool.as_deref().map(spool::inspect).transpose(),
    }
}

/// The rows that `filter` asks for, the newest first. This changes nothing, and holds up no service.
///
/// # Errors
///
/// There is no ledger yet, it is of another version or application, or the database can't be read.
pub fn read(settings: &Settings, filter: &Filter) -> Result<Vec<Row>, ReadError> {
    match settings {
        Settings::Sqlite(settings) => sqlite::read(&settings.path, filter),
        Settings::Postgres(settings) => postgres::read(settings, filter),
    }
}

/// The hash under which the ledger of `settings` keeps a recipient in canonical form, for [`Filter`].
///
/// # Errors
///
/// No key is configured, and the file with the key can't be read.
pub fn recipient_hash(settings: &Settings, canonical: &str) -> Result<RecipientHash, ReadError> {
    match settings {
        Settings::Sqlite(settings) => sqlite::recipient_hash(settings, canonical),
        Settings::Postgres(settings) => postgres::recipient_hash(settings, canonical),
    }
}
