//! `clerk-courier ledger copy`: the rows of one database go into another, also while services use both.
//!
//! Rows are read in the order in which they were settled. A row that changes meanwhile moves behind those that were read, so
//! that it is read again.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::error::{OpenError, ReadError};
use super::recipient::{RecipientKey, UserHash};
use super::stored::{Merged, Stored};
use super::told::Told;
use super::{postgres, sqlite};
use crate::clock::millis;
use crate::ledger::postgres::Server;
use crate::secret::Secret;

/// How many rows are read and written at a time.
const PIECE: usize = 500;

/// How far back the end of a copy looks once more: a row may be committed after others that were settled later.
const LOOK_BACK: Duration = Duration::from_mins(1);

/// Where a ledger is.
#[derive(Debug, Clone)]
pub enum Place {
    /// In this SQLite file.
    Sqlite(PathBuf),
    /// In this database of PostgreSQL.
    Postgres(Box<Server>),
}

impl Place {
    /// Reads a path, a `sqlite://` URL or a `postgres://` URL. A relative path starts at `base`.
    ///
    /// # Errors
    ///
    /// What is wrong with it, as the rest of a sentence that begins with the URL.
    pub fn parse(text: &str, base: &Path) -> Result<Self, &'static str> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Server::parse(text, base).map(|server| Self::Postgres(Box::new(server)));
        }
        match text.strip_prefix("sqlite://").unwrap_or(text) {
            "" => Err("names no file"),
            path if path.contains("://") => Err("is neither a path, nor a sqlite:// or postgres:// URL"),
            path => Ok(Self::Sqlite(base.join(path))),
        }
    }

    /// The place for people, without a password.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Sqlite(path) => path.display().to_string(),
            Self::Postgres(server) => format!("PostgreSQL at {}", server.shown()),
        }
    }

    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Sqlite(one), Self::Sqlite(other)) => {
                let own = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
                own(one) == own(other)
            }
            (Self::Postgres(one), Self::Postgres(other)) => one.shown() == other.shown(),
            _ => false,
        }
    }

    /// The key of the recipients' hash: that of the file beside the database, or else the configured one; `None` where there
    /// is neither.
    fn key(&self, configured: Option<&Secret>) -> Result<Option<RecipientKey>, OpenError> {
        let beside = match self {
            Self::Sqlite(path) => sqlite::key_at(path)?,
            Self::Postgres(_) => None,
        };
        Ok(beside.or_else(|| configured.and_then(RecipientKey::configured)))
    }
}

/// Whether the recipients of two ledgers are hashed under the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    /// They are, so that `log --to` finds a recipient in both.
    Same,
    /// They are not: a hash of the one means nothing in the other.
    Different,
    /// One of the keys is not known here.
    Unknown,
}

/// Compares the keys of two ledgers. `configured` is `recipient_key` under `[ledger]`.
///
/// # Errors
///
/// A key file can't be read.
pub fn keys(from: &Place, to: &Place, configured: Option<&Secret>) -> Result<Keys, OpenError> {
    Ok(match (from.key(configured)?, to.key(configured)?) {
        (Some(one), Some(other)) if one.is(&other) => Keys::Same,
        (Some(_), Some(_)) => Keys::Different,
        _ => Keys::Unknown,
    })
}

/// How many rows were copied, and what happened to them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Copied {
    /// How many were read.
    pub read: u64,
    /// How many were not there.
    pub new: u64,
    /// How many took the place of an older row.
    pub updated: u64,
    /// How many were there already.
    pub same: u64,
    /// How many users' languages were read. The later word of the two ledgers stays.
    pub languages: u64,
    /// How many met a row that was newer, accepted, or being delivered, which stayed as it was.
    pub kept: u64,
}

/// Why a ledger can't be copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// Both are the same database.
    #[error("both are the same ledger: name another one")]
    Same,
    /// The ledger to be copied can't be read.
    #[error("the ledger can't be copied")]
    From(#[source] ReadError),
    /// The ledger to be written can't be.
    #[error("the ledger can't be copied")]
    To(#[source] OpenError),
}

/// What a copy takes along.
#[derive(Debug, Clone, Copy, Default)]
pub struct Extent {
    /// Only rows that were settled at this time or later; `None`: all.
    pub since: Option<SystemTime>,
    /// Recipients are left out, since their hashes mean nothing under another key.
    pub without_recipients: bool,
}

enum Source {
    Sqlite(sqlite::Source),
    Postgres(Box<postgres::Source>),
}

enum Target {
    Sqlite(Box<sqlite::Target>),
    Postgres(Box<postgres::Target>),
}

impl Source {
    fn open(place: &Place) -> Result<Self, ReadError> {
        Ok(match place {
            Place::Sqlite(path) => Self::Sqlite(sqlite::Source::open(path)?),
            Place::Postgres(server) => Self::Postgres(Box::new(postgres::Source::open(server)?)),
        })
    }

    /// Goes to the first row that was settled at a time, in milliseconds since the Unix epoch, or later.
    fn seek(&mut self, since: u64) {
        match self {
            Self::Sqlite(source) => source.seek(since),
            Self::Postgres(source) => source.seek(since),
        }
    }

    /// The next rows, up to `limit`.
    fn next(&mut self, limit: usize) -> Result<Vec<Stored>, ReadError> {
        match self {
            Self::Sqlite(source) => source.next(limit),
            Self::Postgres(source) => source.next(limit),
        }
    }

    /// The languages of the next users, up to `limit`.
    fn languages(&self, after: Option<UserHash>, limit: usize) -> Result<Vec<Told>, ReadError> {
        match self {
            Self::Sqlite(source) => source.languages(after, limit),
            Self::Postgres(source) => source.languages(after, limit),
        }
    }
}

impl Target {
    fn tell(&mut self, all: &[Told]) -> Result<(), OpenError> {
        match self {
            Self::Sqlite(target) => target.tell(all),
            Self::Postgres(target) => target.tell(all),
        }
    }

    fn open(place: &Place) -> Result<Self, OpenError> {
        Ok(match place {
            Place::Sqlite(path) => Self::Sqlite(Box::new(sqlite::Target::open(path)?)),
            Place::Postgres(server) => Self::Postgres(Box::new(postgres::Target::open(server)?)),
        })
    }

    fn merge(&mut self, rows: &[Stored]) -> Result<Merged, OpenError> {
        match self {
            Self::Sqlite(target) => target.merge(rows),
            Self::Postgres(target) => target.merge(rows),
        }
    }
}

/// Copies rows, in pieces, and tells `progress` after each. A second copy changes only what is new or changed since.
///
/// # Errors
///
/// One of the databases can't be used. What was copied before stays.
pub fn copy(
    from: &Place,
    to: &Place,
    extent: Extent,
    now: SystemTime,
    progress: &mut dyn FnMut(&Copied),
) -> Result<Copied, CopyError> {
    if from.is(to) {
        return Err(CopyError::Same);
    }
    let mut source = Source::open(from).map_err(CopyError::From)?;
    let mut target = Target::open(to).map_err(CopyError::To)?;
    let mut copied = Copied::default();
    let since = extent.since.map_or(0, millis);
    let recent = now.checked_sub(LOOK_BACK).map_or(0, millis).max(since);
    for (start, again) in [(since, false), (recent, true)] {
        source.seek(start);
        loop {
            let mut rows = source.next(PIECE).map_err(CopyError::From)?;
            if extent.without_recipients {
                for row in &mut rows {
                    (row.recipient, row.series, row.born) = (None, None, None);
                }
            }
            let count = rows.len() as u64;
            let Merged { new, updated, same } = target.merge(&rows).map_err(CopyError::To)?;
            copied.new += new;
            copied.updated += updated;
            if again {
                copied.read += new;
            } else {
                copied.read += count;
                copied.same += same;
                copied.kept += count.saturating_sub(new + updated + same);
            }
            progress(&copied);
            if rows.len() < PIECE {
                break;
            }
        }
    }
    if extent.without_recipients {
        // Users are hashed under the same key as recipients.
        return Ok(copied);
    }
    let mut last = None;
    loop {
        let all = source.languages(last, PIECE).map_err(CopyError::From)?;
        target.tell(&all).map_err(CopyError::To)?;
        copied.languages += all.len() as u64;
        last = all.last().map(|told| told.user);
        if all.len() < PIECE {
            return Ok(copied);
        }
    }
}
