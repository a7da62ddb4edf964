//! Why a ledger can't be opened or read.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

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

/// Why a ledger can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// No such file.
    #[error("there is no ledger at {} yet: `clerk-courier serve` makes it", path.display())]
    Missing {
        /// The database file.
        path: PathBuf,
    },
    /// Another schema.
    #[error("{} is not this clerk-courier's ledger (its version is {found})", path.display())]
    Version {
        /// The database file.
        path: PathBuf,
        /// Its `user_version`.
        found: i64,
    },
    /// The key of the recipients' hash can't be had.
    #[error("can't look up a recipient: the key of the ledger can't be read")]
    Key(#[source] OpenError),
    /// SQLite refuses.
    #[error("can't read {}", path.display())]
    Sqlite {
        /// The database file.
        path: PathBuf,
        /// SQLite's reason.
        source: rusqlite::Error,
    },
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
