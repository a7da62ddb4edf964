//! `clerk-courier ledger check`: what a ledger holds, and whether it is as it should be.

use std::path::PathBuf;
use std::time::SystemTime;

use super::words::Spooled;

/// What a ledger holds, and what is wrong with it.
#[derive(Debug, Clone, Default)]
pub struct Health {
    /// The version of the tables; `None` where there are none yet.
    pub version: Option<i64>,
    /// The version of the server; `None` for SQLite.
    pub server: Option<String>,
    /// How many messages there are.
    pub rows: u64,
    /// When the oldest of them was settled.
    pub oldest: Option<SystemTime>,
    /// When the newest of them was settled.
    pub newest: Option<SystemTime>,
    /// The size on disk, with indexes and log.
    pub bytes: u64,
    /// Whether a running service holds the file; `None` for PostgreSQL, which any number of them use.
    pub held: Option<bool>,
    /// How many milliseconds the database's clock is ahead of this machine's; `None` for SQLite.
    pub clock_ahead: Option<i64>,
    /// How many messages are being delivered, and how many were whose server ended; `None` for SQLite.
    pub claims: Option<(u64, u64)>,
    /// What waits in the spool; `None` without one.
    pub spool: Option<Spooled>,
    /// What is wrong, each in a sentence.
    pub problems: Vec<String>,
}

impl Health {
    /// Notes the sizes of files, of which some may be missing.
    pub(super) fn add_files(&mut self, files: impl IntoIterator<Item = PathBuf>) {
        let sizes = files.into_iter().filter_map(|file| std::fs::metadata(file).ok());
        self.bytes = sizes.map(|file| file.len()).sum();
    }
}
