//! What Clerk said of users' languages.

use super::recipient::UserHash;

/// What Clerk said of a user's language at some time. Of two, the later one counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The user and the instance, as a keyed hash.
    pub user: UserHash,
    /// The language (BCP 47); `None` where Clerk said that there is none, or that the user was deleted.
    pub tag: Option<String>,
    /// When it was so, in milliseconds since the Unix epoch.
    pub at: u64,
}

/// What the ledger knows of a user's language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// Clerk told this.
    Told(Told),
    /// Clerk told nothing, as far as the ledger remembers.
    Nothing,
    /// The database did not say it in time.
    Unreadable,
}
