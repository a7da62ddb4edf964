//! Recipients as a keyed hash: rows can be looked up by one, and a stolen database names nobody.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use rusqlite::types::{ToSql, ToSqlOutput};
use sha2::Sha256;

use super::place::{OpenError, beside, private};
use super::{ReadError, Settings};

/// HMAC-SHA256 of a canonical recipient under the ledger's key, cut to 16 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RecipientHash([u8; 16]);

impl fmt::Debug for RecipientHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hash]")
    }
}

impl ToSql for RecipientHash {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.as_slice()))
    }
}

/// The prepared key; it is set late where the disk refused it at the start.
pub(super) type SharedKey = Arc<OnceLock<RecipientKey>>;

/// The key, ready to be used many times.
#[derive(Clone)]
pub(super) struct RecipientKey(Hmac<Sha256>);

impl fmt::Debug for RecipientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl RecipientKey {
    /// RFC 2104 takes a key of any length, so there is no error to see.
    fn new(key: &[u8]) -> Option<Self> {
        Hmac::new_from_slice(key).ok().map(Self)
    }

    /// The hash of one recipient in canonical form.
    pub(super) fn hash(&self, recipient: &str) -> RecipientHash {
        let full = self.0.clone().chain_update(recipient).finalize().into_bytes();
        let mut short = [0; 16];
        short.iter_mut().zip(full).for_each(|(to, from)| *to = from);
        RecipientHash(short)
    }

    /// The configured key, else the one beside the database, which is made when it is missing.
    pub(super) fn load_or_make(settings: &Settings) -> Result<Self, OpenError> {
        match Self::load(settings) {
            Err(OpenError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                let path = key_path(&settings.path);
                make(&path).map_err(|source| OpenError::from_io(&path, source))?;
                Self::load(settings)
            }
            loaded => loaded,
        }
    }

    fn load(settings: &Settings) -> Result<Self, OpenError> {
        let path = key_path(&settings.path);
        let key = match &settings.recipient_key {
            Some(secret) => Self::new(secret.reveal().as_bytes()),
            None => match std::fs::read(&path) {
                Ok(text) => decode(&text).and_then(|bytes| Self::new(&bytes)),
                Err(source) => return Err(OpenError::from_io(&path, source)),
            },
        };
        key.ok_or(OpenError::Key { path })
    }
}

/// The hash under which the ledger of `settings` keeps a recipient in canonical form, for [`super::Filter`].
///
/// # Errors
///
/// The key is in a file beside the database, and that can't be read.
pub fn recipient_hash(settings: &Settings, canonical: &str) -> Result<RecipientHash, ReadError> {
    RecipientKey::load(settings).map(|key| key.hash(canonical)).map_err(ReadError::Key)
}

fn key_path(database: &Path) -> PathBuf {
    beside(database, ".key")
}

fn decode(text: &[u8]) -> Option<Vec<u8>> {
    STANDARD.decode(text.trim_ascii()).ok().filter(|bytes| bytes.len() == 32)
}

/// Written beside and renamed, so that a crash leaves no half of a key.
fn make(path: &Path) -> io::Result<()> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| io::Error::other("the system gives no random bytes"))?;
    let draft = beside(path, ".new");
    let mut file = private().create(true).truncate(true).write(true).open(&draft)?;
    writeln!(file, "{}", STANDARD.encode(bytes))?;
    file.sync_all()?;
    std::fs::rename(&draft, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_the_start_of_the_hmac() {
        // printf canary@recipient.example | openssl dgst -sha256 -hmac key
        let hash = RecipientKey::new(b"key").unwrap().hash("canary@recipient.example");
        assert_eq!(u128::from_be_bytes(hash.0), 0xa23c_f94a_979a_4ebd_4ef5_67e9_1043_08fd);
        assert_eq!(format!("{hash:?}"), "[hash]");
    }
}
