//! The ledger: who was claimed, what became of it. Knows ids and outcomes; no address, code, subject or body gets in.
pub mod sqlite;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};
use crate::secret::Secret;

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

/// How an attempt to deliver ended, for the row.
#[derive(Debug, Clone)]
pub struct Record {
    /// The outcome.
    pub settled: Settled,
    /// The contract's `reason`.
    pub reason: Option<&'static str>,
    /// The provider that answered last.
    pub provider: Option<String>,
    /// The provider's id.
    pub receipt: Option<String>,
    /// Attempts made this time.
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
}

/// A claim that is held. Dropped without [`Ledger::settle`] (a panic), it is given back.
#[derive(Debug)]
pub struct Ticket {
    /// When the ledger saw this message first.
    pub first_seen: SystemTime,
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
