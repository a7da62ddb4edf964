//! The words of the ledger: what the rest of the program tells it about a message, and what it answers.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use super::recipient::RecipientHash;
use super::timeline::{Step, Tried};
use crate::secret::Secret;

/// The two ids under which Svix may bring the same message again. Either one matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ids {
    /// Clerk's `data.id` (`ema_…`, `sms_…`), or the svix id once more for an event without one.
    pub message: String,
    /// The id of the webhook message (`svix-id`), which is another one when somebody replays the event by hand.
    pub svix: String,
}

/// What is known of a message before it is sent, for its row.
#[derive(Debug, Clone)]
pub struct Details {
    /// The channel's name: `email` or `sms`.
    pub channel: &'static str,
    /// Clerk's slug of the template; `None` for a message that Clerk sent without one.
    pub slug: Option<String>,
    /// The recipient in canonical form (address or E.164), of which only a keyed hash is kept.
    pub recipient: String,
    /// When Clerk made the message; `None` where the event names no time.
    pub born: Option<SystemTime>,
    /// What supersedes older codes and links, and is superseded by newer ones; `None` for a message without a code or link.
    pub code: Option<Code>,
}

/// What is compared of a code or link. Those of the same channel, slug, recipient and instance make a series, of which the
/// newest one that was accepted supersedes the older ones.
#[derive(Debug, Clone)]
pub struct Code {
    /// The instance of Clerk that made it (`ins_…`), since several apps may share a service; `None` where the event does not
    /// say. Such codes count as those of one instance.
    pub instance: Option<String>,
}

/// What happened to a message, or that its sending began.
///
/// A row keeps the word of [`Settled::as_str`] for as long as the retention lasts. So the words stay the same when the
/// answers to Clerk are renamed, and are spelt here once more instead of being taken from `Outcome`, which the ledger does
/// not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// A provider took the message: final.
    Accepted,
    /// A provider may have taken the message. Final only under `on_doubt = "stop"`.
    InDoubt,
    /// The message was refused for good. A replay is tried again.
    Rejected,
    /// The code or link in the message was too old. A replay is judged again.
    Expired,
    /// A newer code or link for the same recipient was accepted before. A replay is judged again.
    Superseded,
    /// The message could not be sent, and is to be tried again.
    Failed,
    /// Sending began, and how it ended was never recorded: the process ended first. Only [`super::Ledger::begin`] writes
    /// this, under `on_doubt = "stop"`.
    Begun,
}

impl Settled {
    const ALL: [Self; 7] = [
        Self::Accepted,
        Self::InDoubt,
        Self::Rejected,
        Self::Expired,
        Self::Superseded,
        Self::Failed,
        Self::Begun,
    ];

    /// The word in a row. All but `begun` are outcomes that Clerk is answered with.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::InDoubt => "in_doubt",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Superseded => "superseded",
            Self::Failed => "failed",
            Self::Begun => "begun",
        }
    }

    /// The outcome that a word in a row stands for; `None` for a word of another version.
    pub(super) fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|settled| settled.as_str() == word)
    }
}

/// How the delivery of a message ended, for its row.
#[derive(Debug, Clone)]
pub struct Record {
    /// What happened to the message.
    pub settled: Settled,
    /// The `reason` in the answer to Clerk; `None` for an outcome that speaks for itself.
    pub reason: Option<&'static str>,
    /// The name of the provider that answered last; `None` where none was asked.
    pub provider: Option<String>,
    /// The provider's own id of the message; `None` where it gave none. Up to 128 characters of it are kept, printable
    /// ASCII only.
    pub receipt: Option<String>,
    /// The number of attempts in this delivery. The row has the sum over all deliveries.
    pub attempts: u32,
    /// The attempts one by one, the oldest first. The last 16 of them are kept.
    pub tried: Vec<Tried>,
}

/// A limit that an SMS counts against, for [`super::Ledger::reserve`].
#[derive(Debug, Clone)]
pub struct Quota {
    /// What the limit counts together, such as a number, and which limit that is. Only a keyed hash of it is kept.
    pub name: String,
    /// How many SMS any window may hold, at least one.
    pub max: u32,
    /// The length of the window.
    pub window: Duration,
}

/// How a ledger in an SQLite file is opened.
#[derive(Debug, Clone)]
pub struct SqliteSettings {
    /// The path of the database file.
    pub path: PathBuf,
    /// How long rows are kept after they were settled.
    pub retention: Duration,
    /// The key of the recipients' hash; `None` for a key that is made at the first start and kept in `<path>.key`.
    pub recipient_key: Option<Secret>,
    /// Whether each commit waits for the disk (`synchronous = "full"`), so that it survives a power cut too.
    pub full_sync: bool,
}

/// What [`super::inspect`] found where the ledger is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inspected {
    /// There is no ledger yet, and one can be made.
    Absent,
    /// The database can be opened and written.
    Fine,
    /// The database can be read; a running service holds it.
    Held,
}

/// What [`super::inspect_spool`] found where records wait for a shared database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spooled {
    /// The path of the file.
    pub path: PathBuf,
    /// Whether the file is there, and whether a running service holds it.
    pub found: Inspected,
    /// How many records wait in it.
    pub records: usize,
}

/// How the ledger is doing, for metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// Whether the database took what was last written to it.
    pub writable: bool,
    /// The number of records that are not in the database yet: in memory, or in the spool.
    pub unwritten: usize,
}

/// Which rows to read. The default reads none: set `limit`.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only the message that has this as one of its two ids. `None`: any message.
    pub id: Option<String>,
    /// Only messages to this recipient; see [`super::recipient_hash`]. `None`: to anybody.
    pub recipient: Option<RecipientHash>,
    /// Only messages with this outcome, a word of [`Settled::as_str`]. `None`: with any.
    pub outcome: Option<String>,
    /// Only messages that were settled at this time or later. `None`: at any time.
    pub since: Option<SystemTime>,
    /// How many rows to read at most; the newest are read.
    pub limit: usize,
}

/// What happened to one message, as `clerk-courier log` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Clerk's `data.id`, or the svix id for an event without one.
    pub message_id: String,
    /// The last `svix-id` that the message came under.
    pub svix_id: String,
    /// The channel's name: `email` or `sms`.
    pub channel: String,
    /// Clerk's slug of the template; `None` for a message that Clerk sent without one.
    pub slug: Option<String>,
    /// A word of [`Settled::as_str`].
    pub outcome: String,
    /// The `reason` in the answer to Clerk; `None` for an outcome that speaks for itself.
    pub reason: Option<String>,
    /// The name of the provider that answered last; `None` where none was asked.
    pub provider: Option<String>,
    /// The provider's own id of the message; `None` where it gave none.
    pub receipt: Option<String>,
    /// The number of attempts, over all deliveries of the webhook.
    pub attempts: u32,
    /// When the ledger saw the message for the first time.
    pub first_seen: SystemTime,
    /// When the outcome was recorded.
    pub settled_at: SystemTime,
    /// The last steps between the two, the oldest first; empty for a message that an earlier version recorded.
    pub steps: Vec<Step>,
}
