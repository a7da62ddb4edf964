//! How `trigger` finds a running `dev`: a file in the outbox with its address and its secret, which is there, and locked,
//! while `dev` runs.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::secret::Secret;

/// The outbox of a `dev` that was told no other.
pub(super) const OUTBOX: &str = "outbox";

/// The name of the file. The outbox shows no file whose name begins with a dot.
const NAME: &str = ".dev.json";

/// The file of this process. Dropping it deletes the file.
pub(super) struct Left {
    path: PathBuf,
    /// Open for the lock, which ends with the process, however that ends.
    _locked: File,
}

/// A `dev` that runs.
pub(super) struct Running {
    /// Where its receiver takes events.
    pub(super) url: String,
    /// The secret that it checks signatures against.
    pub(super) secret: Secret,
}

/// Leaves the address and the secret in the outbox, for its owner alone. `None` if another `dev` has its file there.
///
/// # Errors
/// The file can't be written.
pub(super) fn leave(outbox: &Path, url: &str, secret: &Secret) -> io::Result<Option<Left>> {
    let path = outbox.join(NAME);
    let mut file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    // Only with the lock: without it the file may be another's.
    file.set_len(0)?;
    file.write_all(json!({ "url": url, "secret": secret.reveal() }).to_string().as_bytes())?;
    Ok(Some(Left { path, _locked: file }))
}

impl Drop for Left {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// The `dev` whose outbox this is; `None` if none runs. A file that a killed one left is not locked, and does not count.
pub(super) fn find(outbox: &Path) -> Option<Running> {
    let path = outbox.join(NAME);
    let file = File::open(&path).ok()?;
    if !matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)) {
        return None;
    }
    let said: Value = serde_json::from_str(&fs::read_to_string(&path).ok()?).ok()?;
    let text = |name: &str| said.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(Running { url: text("url")?, secret: Secret::new(text("secret")?) })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_is_left_is_found_while_its_owner_lives() {
        let dir = tempfile::tempdir().unwrap();
        assert!(find(dir.path()).is_none());
        let secret = Secret::new("whsec_c2VjcmV0");
        let left = leave(dir.path(), "http://127.0.0.1:1/x", &secret).unwrap().unwrap();
        let mode = dir.path().join(NAME).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(leave(dir.path(), "http://127.0.0.1:2/x", &secret).unwrap().is_none());
        let found = find(dir.path()).unwrap();
        assert_eq!((found.url.as_str(), found.secret.reveal()), ("http://127.0.0.1:1/x", "whsec_c2VjcmV0"));
        drop(left);
        assert!(!dir.path().join(NAME).exists());
        fs::write(dir.path().join(NAME), "{\"url\": \"x\", \"secret\": \"y\"}").unwrap();
        assert!(find(dir.path()).is_none(), "nobody holds it");
    }
}
