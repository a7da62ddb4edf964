//! The place of a database file: whether a file can be there, and the lock that makes it belong to one process.

use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::Path;

use super::error::OpenError;
use crate::file::{beside, private};

/// Refuses a path whose directory is missing, and one that is a directory itself.
pub(super) fn check_kind(path: &Path) -> Result<(), OpenError> {
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

/// Proves that a file can be made at `path`, and leaves none there.
pub(super) fn try_make(path: &Path) -> Result<(), OpenError> {
    // Only making a file shows whether one can be made. The file's own name is left to the service.
    let draft = beside(path, ".check");
    let made = private().create(true).append(true).open(&draft);
    match made.and_then(|_| std::fs::remove_file(&draft)) {
        // Whoever looks at the same time has removed it.
        Err(source) if source.kind() == ErrorKind::NotFound => Ok(()),
        other => other.map_err(|source| OpenError::from_io(path, source)),
    }
}

/// Makes the file at `path` where it is missing, for its owner alone.
pub(super) fn make(path: &Path) -> Result<(), OpenError> {
    // POSIX drops every lock that a process has on a file when it closes any descriptor of it, and SQLite's locks are of
    // that kind. So a database that exists is not touched here.
    if !path.exists() {
        // SQLite would make the file under the process's umask. Its write-ahead log takes over the mode of this one.
        private().create(true).append(true).open(path).map_err(|source| OpenError::from_io(path, source))?;
    }
    Ok(())
}

/// Locks the file `<database>.lock`. The lock ends with the process, however that ends. It is beside the database itself,
/// and not beside a symbolic link to it, so that two links can't have two locks.
pub(super) fn lock(database: &Path) -> Result<File, OpenError> {
    let own = std::fs::canonicalize(database).map_err(|source| OpenError::from_io(database, source))?;
    let links = links(&own).map_err(|source| OpenError::from_io(database, source))?;
    // SQLite names its journal after the file's path. Two names of one file have two journals, and a process that finds
    // the wrong one after a crash damages the database.
    if links > 1 {
        return Err(OpenError::Linked { path: database.to_owned(), links });
    }
    let path = beside(&own, ".lock");
    let file = match private().create(true).append(true).open(&path) {
        Ok(file) => file,
        Err(source) => return Err(OpenError::from_io(&path, source)),
    };
    // Without waiting: a second service shall say at once that the file is taken, and not hang at its start.
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked { path: database.to_owned() }),
        Err(TryLockError::Error(source)) => Err(OpenError::from_io(&path, source)),
    }
}

/// What tells the file at `path` from any other that may take its place; `None` where there is no file.
#[cfg(unix)]
pub(super) fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

#[cfg(not(unix))]
pub(super) fn identity(path: &Path) -> Option<(u64, u64)> {
    path.exists().then_some((0, 0))
}

/// How many names (hard links) a file has.
#[cfg(unix)]
fn links(path: &Path) -> io::Result<u64> {
    std::fs::metadata(path).map(|file| std::os::unix::fs::MetadataExt::nlink(&file))
}

#[cfg(not(unix))]
fn links(_: &Path) -> io::Result<u64> {
    Ok(1)
}
