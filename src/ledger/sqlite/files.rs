//! The files of a ledger: the database, the lock that makes it belong to one process, and the key beside it.

use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::store::Store;
use crate::file::{beside, private};
use crate::ledger::error::{OpenError, ReadError};
use crate::ledger::recipient::{RecipientHash, RecipientKey, SharedKey};
use crate::ledger::words::{Inspected, SqliteSettings};

/// Opens the ledger as a service would, and closes it again. One that a running service holds is only read.
///
/// # Errors
///
/// Everything that would keep a service from starting with this ledger, and also what may pass by itself.
pub(crate) fn inspect(settings: &SqliteSettings) -> Result<Inspected, OpenError> {
    let path = &settings.path;
    check_kind(path)?;
    if !path.exists() {
        // Only making a file shows whether one can be made. The ledger's own name is left to the service.
        let draft = beside(path, ".check");
        private()
            .create(true)
            .append(true)
            .open(&draft)
            .and_then(|_| std::fs::remove_file(&draft))
            .map_err(|source| OpenError::from_io(path, source))?;
        return Ok(Inspected::Absent);
    }
    match Files::new(settings.clone()).open() {
        Ok(_) => Ok(Inspected::Fine),
        Err(OpenError::Locked { .. }) => Store::inspect(path).map(|()| Inspected::Held),
        Err(error) => Err(error),
    }
}

/// The hash under which the ledger of `settings` keeps a recipient in canonical form, for [`crate::ledger::Filter`].
///
/// # Errors
///
/// No key is configured, and the file with the key can't be read.
pub(crate) fn recipient_hash(settings: &SqliteSettings, canonical: &str) -> Result<RecipientHash, ReadError> {
    RecipientKey::load(settings.recipient_key.as_ref(), &key_path(&settings.path))
        .map(|key| key.hash(canonical))
        .map_err(ReadError::Key)
}

/// The file that the key of the recipients' hash is kept in.
fn key_path(database: &Path) -> PathBuf {
    beside(database, ".key")
}

/// The files of one ledger, which outlive the connection: after a failure the database is closed and opened again.
#[derive(Debug)]
pub(super) struct Files {
    settings: SqliteSettings,
    /// The lock that makes the database belong to this process. `None` until the first [`Files::open`] got it; it is held
    /// until the process ends or the ledger is closed.
    lock: Option<File>,
    /// The key of the recipients' hash, set by the first [`Files::open`] that can read or make it.
    key: SharedKey,
}

impl Files {
    /// The files of these settings, of which none is opened yet.
    pub(super) fn new(settings: SqliteSettings) -> Self {
        Self { settings, lock: None, key: SharedKey::default() }
    }

    /// The key, shared: it may be set later.
    pub(super) fn key(&self) -> SharedKey {
        SharedKey::clone(&self.key)
    }

    /// Opens the database, and before that takes the lock and the key where an earlier call did not get them.
    pub(super) fn open(&mut self) -> Result<Store, OpenError> {
        let path = &self.settings.path;
        check_kind(path)?;
        // POSIX drops every lock that a process has on a file when it closes any descriptor of it, and SQLite's locks are of
        // that kind. So a database that exists is not touched here.
        if !path.exists() {
            // SQLite would make the file under the process's umask. Its write-ahead log takes over the mode of this one.
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
            let configured = self.settings.recipient_key.as_ref();
            // Only this thread sets the key, so it is still unset.
            let _ = self.key.set(RecipientKey::load_or_make(configured, &key_path(path))?);
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

/// Locks the file `<database>.lock`. The lock ends with the process, however that ends. It is beside the database itself,
/// and not beside a symbolic link to it, so that two links can't have two locks.
fn lock(database: &Path) -> Result<File, OpenError> {
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

/// How many names (hard links) a file has.
#[cfg(unix)]
fn links(path: &Path) -> io::Result<u64> {
    std::fs::metadata(path).map(|file| std::os::unix::fs::MetadataExt::nlink(&file))
}

#[cfg(not(unix))]
fn links(_: &Path) -> io::Result<u64> {
    Ok(1)
}
