//! Where the ledger lives: the database file, the lock that makes it one process's, the key beside it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use super::Settings;
use super::recipient::{RecipientKey, SharedKey};
use super::sqlite::Store;

/// Why a ledger can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file's directory is missing.
    #[error("the directory of {} does not exist: make it, or change `url` under [ledger]", path.display())]
    NoDirectory {
        /// The database file.
        path: PathBuf,
    },
    /// The path is a directory's.
    #[error("{} is a directory: name a file in `url` under [ledger]", path.display())]
    Directory {
        /// The database file.
        path: PathBuf,
    },
    /// One process a file.
    #[error("another clerk-courier is using {}: stop that one, or give this one a file of its own: `url` under [ledger], of the playground --outbox", path.display())]
    Locked {
        /// The database file.
        path: PathBuf,
    },
    /// Something else is there.
    #[error("{} is no SQLite database: move it away, or change `url` under [ledger]", path.display())]
    NoDatabase {
        /// The database file.
        path: PathBuf,
    },
    /// Written by a later version of this program.
    #[error("{} was written by a newer clerk-courier (its version is {found}): use that one, or another file", path.display())]
    Newer {
        /// The database file.
        path: PathBuf,
        /// Its `user_version`.
        found: i64,
    },
    /// The key of the recipients' hash is damaged.
    #[error("{} is no key (32 bytes in base64): restore it, or delete it for a new one, under which `log --to` finds only what comes", path.display())]
    Key {
        /// The key file.
        path: PathBuf,
    },
    /// The file system refuses; may pass.
    #[error("can't use {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// SQLite refuses; may pass.
    #[error("can't use {}", path.display())]
    Sqlite {
        /// The database file.
        path: PathBuf,
        /// SQLite's reason.
        source: rusqlite::Error,
    },
    /// The system gives no thread.
    #[error("can't start the ledger's thread")]
    Thread(#[source] io::Error),
}

impl OpenError {
    /// Whether it may be the disk's, so that it is worth starting without and trying again.
    pub(super) const fn may_pass(&self) -> bool {
        matches!(self, Self::Io { .. } | Self::Sqlite { .. })
    }

    /// Sorts what SQLite said about `path`.
    pub(super) fn from_sqlite(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NoDatabase { path },
            _ => Self::Sqlite { path, source },
        }
    }
}

/// The files of one ledger. The lock is kept while the database itself is closed and opened again.
#[derive(Debug)]
pub(super) struct Place {
    settings: Settings,
    lock: Option<File>,
    key: SharedKey,
}

impl Place {
    pub(super) fn new(settings: Settings) -> Self {
        Self { settings, lock: None, key: SharedKey::default() }
    }

    pub(super) fn key(&self) -> SharedKey {
        SharedKey::clone(&self.key)
    }

    /// Takes the lock, the key and the database, as far as they aren't had yet.
    pub(super) fn open(&mut self) -> Result<Store, OpenError> {
        let path = &self.settings.path;
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        if directory.is_some_and(|directory| !directory.is_dir()) {
            return Err(OpenError::NoDirectory { path: path.clone() });
        }
        if path.is_dir() {
            return Err(OpenError::Directory { path: path.clone() });
        }
        if self.lock.is_none() {
            self.lock = Some(lock(path)?);
        }
        if self.key.get().is_none() {
            // Nobody else sets it.
            let _ = self.key.set(RecipientKey::load_or_make(&self.settings)?);
        }
        // SQLite would make it under the process's umask; its WAL takes over the mode it finds here.
        private()
            .create(true)
            .append(true)
            .open(path)
            .map_err(|source| OpenError::Io { path: path.clone(), source })?;
        Store::open(path, self.settings.full_sync)
    }
}

/// The lock ends with the process, however that ends.
fn lock(database: &Path) -> Result<File, OpenError> {
    let path = beside(database, ".lock");
    let file = match private().create(true).append(true).open(&path) {
        Ok(file) => file,
        Err(source) => return Err(OpenError::Io { path, source }),
    };
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked { path: database.to_owned() }),
        Err(TryLockError::Error(source)) => Err(OpenError::Io { path, source }),
    }
}

/// `<path><suffix>`.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Options under which a new file is its owner's alone.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
