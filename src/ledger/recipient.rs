//! Recipients as a keyed hash: rows can be found by their recipient, and a stolen database names nobody.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::error::OpenError;
use super::series::SeriesHash;
use crate::file::{self, Durability};
use crate::secret::Secret;

/// What stands before a configured key that is written as in a key file.
const BASE64: &str = "base64:";

/// Whether a configured key can be used: what begins with `base64:` has to hold 32 bytes, as a key file does.
#[must_use]
pub fn is_key(text: &str) -> bool {
    text.strip_prefix(BASE64).is_none_or(|text| decode(text.as_bytes()).is_some())
}

/// HMAC-SHA256 of a canonical recipient under the ledger's key, cut to 16 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RecipientHash([u8; 16]);

impl fmt::Debug for RecipientHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hash]")
    }
}

impl RecipientHash {
    /// The bytes, as a row holds them.
    pub(super) const fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// HMAC-SHA256 of what a limit counts together, under the ledger's key, cut to 16 bytes.
#[derive(Clone, Copy)]
pub(super) struct QuotaHash([u8; 16]);

impl fmt::Debug for QuotaHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hash]")
    }
}

impl QuotaHash {
    /// The bytes, as a row holds them.
    pub(super) const fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// HMAC-SHA256 of a user's id and instance under the ledger's key, cut to 16 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct UserHash([u8; 16]);

impl fmt::Debug for UserHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hash]")
    }
}

impl UserHash {
    /// The bytes, as a row holds them.
    pub(super) const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The hash that a row holds; `None` for bytes of another length.
    pub(crate) fn of_row(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

/// The prepared key, once it is known. Where the disk refuses it at the start, the writing thread sets it later.
pub(super) type SharedKey = Arc<OnceLock<RecipientKey>>;

/// The key of the hash, prepared to be used many times.
#[derive(Clone)]
pub(super) struct RecipientKey(Hmac<Sha256>);

impl fmt::Debug for RecipientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl RecipientKey {
    /// Prepares a key. HMAC takes a key of any length (RFC 2104, 3), so this is never `None`.
    fn new(key: &[u8]) -> Option<Self> {
        Hmac::new_from_slice(key).ok().map(Self)
    }

    /// The key that is configured: the bytes of the text, or those that it holds in base64 behind `base64:`, as a key file
    /// holds them. `None` for base64 of anything but 32 bytes.
    pub(super) fn configured(secret: &Secret) -> Option<Self> {
        match secret.reveal().strip_prefix(BASE64) {
            Some(text) => Self::new(&decode(text.as_bytes())?),
            None => Self::new(secret.reveal().as_bytes()),
        }
    }

    /// Whether two keys make the same hashes.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.hash("") == other.hash("")
    }

    /// The hash of a recipient in canonical form.
    pub(super) fn hash(&self, recipient: &str) -> RecipientHash {
        RecipientHash(self.short([recipient]))
    }

    /// The hash of what a series of codes has in common. The recipient is in canonical form.
    pub(super) fn series(&self, channel: &str, instance: &str, slug: &str, recipient: &str) -> SeriesHash {
        SeriesHash(self.short([channel, instance, slug, recipient]))
    }

    /// The hash of what a limit counts together.
    pub(super) fn quota(&self, name: &str) -> QuotaHash {
        // Another number of parts than a recipient and a series have.
        QuotaHash(self.short(["quota", name]))
    }

    /// The hash of a user of an instance of Clerk.
    pub(super) fn user(&self, instance: &str, user: &str) -> UserHash {
        UserHash(self.short(["user", instance, user]))
    }

    /// The first 16 bytes of the HMAC of these strings. Between two of them stands a byte that no UTF-8 has, so that no other
    /// strings come to the same.
    fn short<const N: usize>(&self, parts: [&str; N]) -> [u8; 16] {
        let mut mac = self.0.clone();
        for (at, part) in parts.into_iter().enumerate() {
            if at > 0 {
                mac.update(&[0xff]);
            }
            mac.update(part.as_bytes());
        }
        // Half of the hash is what RFC 2104, 5 recommends to keep at least, and 128 bits are enough to tell recipients
        // apart.
        let mut short = [0; 16];
        short.iter_mut().zip(mac.finalize().into_bytes()).for_each(|(to, from)| *to = from);
        short
    }

    /// The configured key, or else the key in the file at `path`, which is made where it is missing.
    pub(super) fn load_or_make(configured: Option<&Secret>, path: &Path) -> Result<Self, OpenError> {
        match Self::load(configured, path) {
            Err(OpenError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                make(path).map_err(|source| OpenError::from_io(path, source))?;
                Self::load(configured, path)
            }
            loaded => loaded,
        }
    }

    /// The configured key, or else the key in the file at `path`.
    pub(super) fn load(configured: Option<&Secret>, path: &Path) -> Result<Self, OpenError> {
        let key = match configured {
            // As it is written, whatever its form: only the file that this program makes is known to be base64.
            Some(secret) => Self::configured(secret),
            None => match std::fs::read(path) {
                Ok(text) => decode(&text).and_then(|bytes| Self::new(&bytes)),
                Err(source) => return Err(OpenError::from_io(path, source)),
            },
        };
        key.ok_or_else(|| OpenError::Key { path: path.to_owned() })
    }
}

/// The 32 bytes of a key file; `None` where it holds anything else.
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    STANDARD.decode(text.trim_ascii()).ok().filter(|bytes| bytes.len() == 32)
}

/// Makes a key file with random bytes. Without the key no row could be found by its recipient again, so it is synced.
fn make(path: &Path) -> io::Result<()> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| io::Error::other("the operating system gave no random bytes"))?;
    let line = format!("{}\n", STANDARD.encode(bytes));
    file::replace(path, line.as_bytes(), Durability::Synced)
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

    #[test]
    fn a_configured_key_may_be_that_of_a_key_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ledger.db.key");
        let made = RecipientKey::load_or_make(None, &path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let of = |text: &str| RecipientKey::configured(&Secret::new(text));
        assert!(of(&format!("base64:{}", text.trim())).unwrap().is(&made));
        assert!(!of(text.trim()).unwrap().is(&made), "without the prefix it is a text like any other");
        for wrong in ["base64:", "base64:c2hvcnQ=", "base64:no base64"] {
            assert!(of(wrong).is_none() && !is_key(wrong), "{wrong}");
        }
        assert!(is_key("k") && is_key(&format!("base64:{text}")));
    }

    #[test]
    fn each_part_of_a_series_counts_and_none_runs_into_the_next() {
        let key = RecipientKey::new(b"key").unwrap();
        let of = |[channel, instance, slug, to]: [&str; 4]| key.series(channel, instance, slug, to);
        let series = ["email", "ins_1", "verification_code", "canary@recipient.example"];
        assert_eq!(of(series), of(series));
        for other in [
            ["sms", "ins_1", "verification_code", "canary@recipient.example"],
            ["email", "ins_2", "verification_code", "canary@recipient.example"],
            ["email", "", "verification_code", "canary@recipient.example"],
            ["email", "ins_1", "reset_password_code", "canary@recipient.example"],
            ["email", "ins_1", "verification_code", "other@recipient.example"],
            ["email", "ins_1verification", "_code", "canary@recipient.example"],
        ] {
            assert_ne!(of(series), of(other), "{other:?}");
        }
        assert_eq!(format!("{:?}", of(series)), "[hash]");
    }
}
