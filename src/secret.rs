//! A string that must not be seen: passwords, tokens, signing secrets.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// A credential. `Debug` prints `[redacted]`, there is no `Display`, and only [`Secret::reveal`] gives the text.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps `text`.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that puts it on a wire or into a key.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Puts a secret in a file's place, for its owner alone: whole, or not at all.
///
/// # Errors
/// The directory can't be written.
pub fn save(file: &Path, secret: &Secret) -> io::Result<()> {
    let mut unfinished = file.as_os_str().to_owned();
    unfinished.push(".part");
    // What a crash left behind may be open to others.
    let _ = fs::remove_file(&unfinished);
    let mut part = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
    part.write_all(secret.reveal().as_bytes())?;
    part.sync_all()?;
    fs::rename(unfinished, file)
}
