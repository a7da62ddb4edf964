//! The files of a ledger: the database, the lock that makes it belong to one process, and the key beside it.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::store::Store;
use crate::file::beside;
use crate::ledger::error::{OpenError, ReadError};
use crate::ledger::place::{check_kind, identity, lock, make, try_make};
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
        try_make(path)?;
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

/// The key in the file beside a database; `None` where there is no such file.
pub(crate) fn key_at(database: &Path) -> Result<Option<RecipientKey>, OpenError> {
    let path = key_path(database);
    if path.exists() { RecipientKey::load(None, &path).map(Some) } else { Ok(None) }
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
    /// Which file the database was when it was last opened; `None` until the first time.
    opened: Option<(u64, u64)>,
}

impl Files {
    /// The files of these settings, of which none is opened yet.
    pub(super) fn new(settings: SqliteSettings) -> Self {
        Self { settings, lock: None, key: SharedKey::default(), opened: None }
    }

    /// The key, shared: it may be set later.
    pub(super) fn key(&self) -> SharedKey {
        SharedKey::clone(&self.key)
    }

    /// Opens the database, and before that takes the lock and the key where an earlier call did not get them.
    pub(super) fn open(&mut self) -> Result<Store, OpenError> {
        let path = &self.settings.path;
        check_kind(path)?;
        make(path)?;
        if self.lock.is_none() {
            self.lock = Some(lock(path)?);
        }
        if self.key.get().is_none() {
            let configured = self.settings.recipient_key.as_ref();
            // Only this thread sets the key, so it is still unset.
            let _ = self.key.set(RecipientKey::load_or_make(configured, &key_path(path))?);
        }
        let store = Store::open(path, self.settings.full_sync)?;
        self.opened = identity(path);
        Ok(store)
    }

    /// Whether the database that was opened is no longer at its path: somebody has deleted, moved or replaced it. It can
    /// be written anyway until the process ends.
    pub(super) fn is_moved(&self) -> bool {
        self.opened.is_some() && self.opened != identity(&self.settings.path)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_database_that_is_deleted_or_replaced_under_a_running_service_is_noticed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ledger.db");
        let settings = SqliteSettings {
            path: path.clone(),
            retention: Duration::from_secs(1),
            recipient_key: None,
            full_sync: false,
        };
        let mut files = Files::new(settings);
        assert!(!files.is_moved());
        let _store = files.open().unwrap();
        assert!(!files.is_moved());
        std::fs::rename(&path, directory.path().join("aside.db")).unwrap();
        assert!(files.is_moved());
        std::fs::write(&path, "").unwrap();
        assert!(files.is_moved());
        std::fs::rename(directory.path().join("aside.db"), &path).unwrap();
        assert!(!files.is_moved());
    }
}
