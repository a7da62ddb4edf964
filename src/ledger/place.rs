//! Where the ledger lives: the database file, the lock that makes it one process's, the key beside it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
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
    /// Each file serves one process.
    #[error("another clerk-courier is using {}: stop that one, or give this one a file of its own: `url` under [ledger], of the playground --outbox", path.display())]
    Locked {
        /// The database file.
        path: PathBuf,
    },
    /// The file has further names.
    #[error("{} has {links} names (hard links): SQLite keeps a journal for each name, so two of them damage the file. Delete the other names, or change `url` under [ledger]", path.display())]
    Linked {
        /// The database file.
        path: PathBuf,
        /// How many names it has.
        links: u64,
    },
    /// This user may not read or write it.
    #[error("{} can't be read and written by this user: give the file and its directory to the user that runs clerk-courier (in a container: mount a writable volume), or change `url` under [ledger]", path.display())]
    Denied {
        /// The file.
        path: PathBuf,
        /// The system's or SQLite's reason.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database is damaged.
    #[error("{} is damaged: restore it from a backup, or move it and its -wal and -shm files away to start with an empty ledger, which knows no earlier message", path.display())]
    Damaged {
        /// The database file.
        path: PathBuf,
        /// SQLite's reason.
        source: rusqlite::Error,
    },
    /// A file of another kind.
    #[error("{} is no SQLite database: move it away, or change `url` under [ledger]", path.display())]
    NoDatabase {
        /// The database file.
        path: PathBuf,
    },
    /// A database that holds other tables.
    #[error("{} is another application's database: change `url` under [ledger]", path.display())]
    Foreign {
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
    /// The file system refuses for another reason.
    #[error("can't use {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// SQLite refuses for another reason.
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
    /// Whether it passes without a person: a full disk, a database that another process keeps to itself. Then it is worth
    /// starting without the database, and trying again.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Io { source, .. } => matches!(
                source.kind(),
                ErrorKind::StorageFull
                    | ErrorKind::QuotaExceeded
                    | ErrorKind::FileTooLarge
                    | ErrorKind::ResourceBusy
                    | ErrorKind::Interrupted
                    | ErrorKind::TimedOut
                    | ErrorKind::OutOfMemory
            ),
            // A full disk is an I/O error where SQLite makes its shared memory file.
            Self::Sqlite { source, .. } => matches!(
                source.sqlite_error_code(),
                Some(
                    ErrorCode::DiskFull
                        | ErrorCode::DatabaseBusy
                        | ErrorCode::DatabaseLocked
                        | ErrorCode::FileLockingProtocolFailed
                        | ErrorCode::SystemIoFailure
                        | ErrorCode::OutOfMemory
                )
            ),
            _ => false,
        }
    }

    /// Sorts what SQLite said about `path`.
    pub(super) fn from_sqlite(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NoDatabase { path },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { path, source },
            Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                Self::Denied { path, source: source.into() }
            }
            _ => Self::Sqlite { path, source },
        }
    }

    /// Sorts what the file system said about `path`.
    pub(super) fn from_io(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                Self::Denied { path, source: source.into() }
            }
            _ => Self::Io { path, source },
        }
    }
}

/// What [`inspect`] found at a ledger's path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inspected {
    /// There is no file yet, and one can be made.
    Absent,
    /// It can be opened and written.
    Fine,
    /// It can be read; a running service holds it.
    Held,
}

/// Opens the ledger as a service would, and lets go of it again. One that a running service holds is only read.
///
/// # Errors
///
/// What would keep a service from starting with it, and what may pass too.
pub fn inspect(settings: &Settings) -> Result<Inspected, OpenError> {
    let path = &settings.path;
    check_kind(path)?;
    if !path.exists() {
        // Whether a file can be made shows only by making one; the ledger's own name is left to the service.
        let draft = beside(path, ".check");
        private()
            .create(true)
            .append(true)
            .open(&draft)
            .and_then(|_| std::fs::remove_file(&draft))
            .map_err(|source| OpenError::from_io(path, source))?;
        return Ok(Inspected::Absent);
    }
    match Place::new(settings.clone()).open() {
        Ok(_) => Ok(Inspected::Fine),
        Err(OpenError::Locked { .. }) => Store::inspect(path).map(|()| Inspected::Held),
        Err(error) => Err(error),
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
        check_kind(path)?;
        // Closing a file drops every lock that SQLite holds on it in this process, so one that exists is left alone.
        if !path.exists() {
            // SQLite would make it under the process's umask; its WAL takes over the mode it finds here.
            private()
                .create(true)
                .append(true)
                .open(path)
                .map_err(|source| OpenError::from_io(path, source))?;
        }
        if self.lock.is_none() {
            self.lock = Some(lock(path)?);
        }
        if self.key.get().is_none() {
            // Nobody else sets it.
            let _ = self.key.set(RecipientKey::load_or_make(&self.settings)?);
        }
        Store::open(path, self.settings.full_sync)
    }
}

/// Refuses a path whose directory is missing, and one that is a directory itself.
fn check_kind(path: &Path) -> Result<(), OpenError> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    match directory.map(std::fs::metadata) {
        Some(Err(source)) if source.kind() != ErrorKind::NotFound => {
            return Err(OpenError::from_io(path, source));
        }
        Some(Ok(directory)) if directory.is_dir() => {}
        None => {}
        Some(_) => return Err(OpenError::NoDirectory { path: path.to_owned() }),
    }
    if path.is_dir() { Err(OpenError::Directory { path: path.to_owned() }) } else { Ok(()) }
}

/// The lock ends with the process, however that ends. It is beside the file itself, wherever symbolic links to it are.
fn lock(database: &Path) -> Result<File, OpenError> {
    let own = std::fs::canonicalize(database).map_err(|source| OpenError::from_io(database, source))?;
    let links = links(&own).map_err(|source| OpenError::from_io(database, source))?;
    if links > 1 {
        return Err(OpenError::Linked { path: database.to_owned(), links });
    }
    let path = beside(&own, ".lock");
    let file = match private().create(true).append(true).open(&path) {
        Ok(file) => file,
        Err(source) => return Err(OpenError::from_io(&path, source)),
    };
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked { path: database.to_owned() }),
        Err(TryLockError::Error(source)) => Err(OpenError::from_io(&path, source)),
    }
}

/// How many names a file has.
#[cfg(unix)]
fn links(path: &Path) -> io::Result<u64> {
    std::fs::metadata(path).map(|file| std::os::unix::fs::MetadataExt::nlink(&file))
}

#[cfg(not(unix))]
fn links(_: &Path) -> io::Result<u64> {
    Ok(1)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn of_sqlite(code: i32) -> OpenError {
        let source = rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
        OpenError::from_sqlite(Path::new("ledger.db"), source)
    }

    #[test]
    fn only_what_passes_by_itself_lets_a_service_start() {
        use rusqlite::ffi;
        for (kind, passes) in [
            (ErrorKind::PermissionDenied, false),
            (ErrorKind::ReadOnlyFilesystem, false),
            (ErrorKind::IsADirectory, false),
            (ErrorKind::NotADirectory, false),
            (ErrorKind::StorageFull, true),
            (ErrorKind::QuotaExceeded, true),
        ] {
            let error = OpenError::from_io(Path::new("ledger.db"), kind.into());
            assert_eq!(error.may_pass(), passes, "{kind:?}");
        }
        for (code, passes) in [
            (ffi::SQLITE_CANTOPEN, false),
            (ffi::SQLITE_READONLY, false),
            (ffi::SQLITE_PERM, false),
            (ffi::SQLITE_CORRUPT, false),
            (ffi::SQLITE_NOTADB, false),
            (ffi::SQLITE_ERROR, false),
            (ffi::SQLITE_BUSY, true),
            (ffi::SQLITE_FULL, true),
            (ffi::SQLITE_IOERR_SHMSIZE, true),
        ] {
            assert_eq!(of_sqlite(code).may_pass(), passes, "{code}");
        }
        assert!(
            of_sqlite(ffi::SQLITE_READONLY)
                .to_string()
                .contains("give the file and its directory to the user")
        );
        assert!(of_sqlite(ffi::SQLITE_CORRUPT).to_string().contains("restore it from a backup"));
    }
}
