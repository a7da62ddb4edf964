//! Why a ledger can't be opened or read.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why a ledger can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory that the file would be in is missing.
    #[error("the directory of {} does not exist: make it, or change `url` under [ledger]", path.display())]
    NoDirectory {
        /// The path of the database file.
        path: PathBuf,
    },
    /// The path is that of a directory.
    #[error("{} is a directory: name a file in `url` under [ledger]", path.display())]
    Directory {
        /// The path of the database file.
        path: PathBuf,
    },
    /// Another process has the lock of the file: each file serves one process.
    #[error("{} is in use by another clerk-courier process. Stop that process, or give this one its own file: `url` under [ledger], or --outbox DIR for `dev`", path.display())]
    Locked {
        /// The path of the database file.
        path: PathBuf,
    },
    /// The file has more than one name (hard links), under which two processes could open it at once.
    #[error("{} has {links} names (hard links), and two processes that use two of them would damage it, since SQLite keeps a journal for each name. Delete the other names, or change `url` under [ledger]", path.display())]
    Linked {
        /// The path of the database file.
        path: PathBuf,
        /// The number of names that the file has.
        links: u64,
    },
    /// This user may not read or write the file.
    #[error("{} can't be read and written by this user: give the file and its directory to the user that runs clerk-courier (in a container: mount a writable volume), or change `url` under [ledger]", path.display())]
    Denied {
        /// The path of the file that was refused.
        path: PathBuf,
        /// The reason that the system or SQLite gives.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// SQLite finds the database damaged.
    #[error("{} is damaged: restore it from a backup, or move it and its -wal and -shm files away to start with an \
             empty ledger, which does not know earlier messages", path.display())]
    Damaged {
        /// The path of the database file.
        path: PathBuf,
        /// The reason that SQLite gives.
        source: rusqlite::Error,
    },
    /// The file is not a database.
    #[error("{} is not an SQLite database: move it away, or change `url` under [ledger]", path.display())]
    NoDatabase {
        /// The path of the database file.
        path: PathBuf,
    },
    /// The database has other tables than a ledger.
    #[error("{} is the database of another application: change `url` under [ledger]", path.display())]
    Foreign {
        /// The path of the database file.
        path: PathBuf,
    },
    /// A later version of this program wrote the file.
    #[error("{} was written by a newer clerk-courier (schema {found}): run that version, or change `url` under [ledger]", path.display())]
    Newer {
        /// The path of the database file.
        path: PathBuf,
        /// The version in the file's `user_version`.
        found: i64,
    },
    /// The file with the key of the recipients' hash is damaged.
    #[error("{} does not contain a key (32 bytes in base64): restore it from a backup, or delete it, and \
             clerk-courier makes a new one. With a new key, `log --to` finds only new messages", path.display())]
    Key {
        /// The path of the key file.
        path: PathBuf,
    },
    /// The file system refuses for another reason, which may pass by itself.
    #[error("can't use {}", path.display())]
    Io {
        /// The path of the file that was refused.
        path: PathBuf,
        /// The reason that the system gives.
        source: io::Error,
    },
    /// SQLite refuses for another reason, which may pass by itself.
    #[error("can't use {}", path.display())]
    Sqlite {
        /// The path of the database file.
        path: PathBuf,
        /// The reason that SQLite gives.
        source: rusqlite::Error,
    },
    /// The ledger's PostgreSQL can't be used.
    #[error("PostgreSQL at {server}: {problem}")]
    Postgres {
        /// The server and the database, without a password.
        server: String,
        /// What is wrong and what to do, in words.
        problem: String,
        /// Whether it may pass by itself.
        passes: bool,
    },
    /// The spool of a ledger in PostgreSQL can't be used.
    #[error("the ledger's spool: {}", of_spool(.0))]
    Spool(Box<Self>),
    /// The system gives no thread to work in.
    #[error("can't start the ledger's thread")]
    Thread(#[source] io::Error),
}

impl OpenError {
    /// Whether the reason may pass by itself, as a full disk or another process's lock may. Then it is better to start
    /// without the database and to try again than not to start.
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
            // On a full disk SQLite reports an I/O error when it makes the file for its shared memory.
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
            Self::Postgres { passes, .. } => *passes,
            Self::Spool(error) => error.may_pass(),
            _ => false,
        }
    }

    /// The same error, of a spool.
    pub(super) fn of_spool(self) -> Self {
        Self::Spool(Box::new(self))
    }

    /// The error for what SQLite said about the file at `path`.
    pub(super) fn from_sqlite(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NoDatabase { path },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { path, source },
            // All three come from the rights on the file or on its directory, in which SQLite makes its journal too.
            Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                Self::Denied { path, source: source.into() }
            }
            _ => Self::Sqlite { path, source },
        }
    }

    /// The error for what the file system said about the file at `path`.
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

/// What is said of a spool that can't be used: its file is one of SQLite as the ledger's file is, but another key names it.
fn of_spool(error: &OpenError) -> String {
    const OTHER: &str = "name another file in `spool` under [ledger]";
    match error {
        OpenError::NoDirectory { path } => {
            format!("the directory of {} does not exist: make it, or {OTHER}", path.display())
        }
        OpenError::Directory { path } => format!("{} is a directory: {OTHER}", path.display()),
        OpenError::Locked { path } => format!(
            "{} is in use by another clerk-courier process: stop that process, or give this one its own file in `spool` under \
             [ledger]",
            path.display()
        ),
        OpenError::Linked { path, links } => {
            format!("{} has {links} names (hard links): delete the others, or {OTHER}", path.display())
        }
        OpenError::Denied { path, source } => format!(
            "{} can't be read and written by this user ({source}): give the file and its directory to the user that runs \
             clerk-courier, {OTHER}, or switch it off with spool = \"\", and a restart while the database is down loses records",
            path.display()
        ),
        OpenError::Damaged { path, source } => format!(
            "{} is damaged ({source}): move it and its -wal and -shm files away, or {OTHER}. What waits in it is lost, and \
             those messages may be sent twice",
            path.display()
        ),
        OpenError::NoDatabase { path } => {
            format!("{} is not an SQLite database: move it away, or {OTHER}", path.display())
        }
        OpenError::Foreign { path } => {
            format!("{} is the database of another application: {OTHER}", path.display())
        }
        OpenError::Newer { path, found } => format!(
            "{} was written by a newer clerk-courier (schema {found}): run that version, or {OTHER}",
            path.display()
        ),
        OpenError::Io { path, source } => {
            format!("can't use {}: {source}. Check the disk, or {OTHER}", path.display())
        }
        OpenError::Sqlite { path, source } => {
            format!("can't use {}: {source}. Check the disk, or {OTHER}", path.display())
        }
        other => other.to_string(),
    }
}

/// Why a ledger can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is no file at this path.
    #[error("there is no ledger at {} yet: `clerk-courier serve` makes it", path.display())]
    Missing {
        /// The path of the database file.
        path: PathBuf,
    },
    /// The file has the schema of another version, or of another application.
    #[error("{} is not a ledger of this version of clerk-courier (schema {found}): use the version that wrote it", path.display())]
    Version {
        /// The path of the database file.
        path: PathBuf,
        /// The version in the file's `user_version`.
        found: i64,
    },
    /// The key of the recipients' hash can't be read, so no row can be found by its recipient.
    #[error("can't look up a recipient: the key of the ledger can't be read")]
    Key(#[source] OpenError),
    /// The ledger's PostgreSQL can't be read.
    #[error(transparent)]
    Postgres(OpenError),
    /// There is no ledger in the database yet.
    #[error("PostgreSQL at {server} holds no ledger yet: `clerk-courier serve` makes it")]
    Empty {
        /// The server and the database, without a password.
        server: String,
    },
    /// SQLite can't read the file.
    #[error("can't read {}: run this as the user that the service runs as, and check the disk", path.display())]
    Sqlite {
        /// The path of the database file.
        path: PathBuf,
        /// The reason that SQLite gives.
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
