//! Svix's signature scheme (Standard Webhooks): HMAC-SHA256 over `{id}.{timestamp}.{body}`.
//!
//! A request starts as [`Unverified`], whose body nobody can read, and becomes [`Verified`] by [`Unverified::verify`].
//! See <https://docs.svix.com/receiving/verifying-payloads/how-manual>.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How far the sender's clock and ours may be apart, both ways, inclusive.
pub const TOLERANCE: Duration = Duration::from_mins(5);

/// Standard base64, padded or not: Svix pads, other senders of the same scheme do not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The keys that may have signed: several during a rotation, or for several Clerk instances.
#[derive(Clone)]
pub struct SigningSecrets(Vec<Hmac<Sha256>>);

impl std::fmt::Debug for SigningSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{} signing secrets, redacted]", self.0.len())
    }
}

/// Why a signing secret can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The list is empty.
    #[error("no signing secret is configured: without one, anybody could send mail through this service")]
    Missing,
    /// Nothing behind `whsec_`.
    #[error("a signing secret is empty")]
    Empty,
    /// Not what Clerk's dashboard shows.
    #[error("a signing secret is not `whsec_` and base64, as Clerk's dashboard shows it")]
    NotBase64,
}

impl SigningSecrets {
    /// Prepares the keys. The prefix `whsec_` is optional.
    ///
    /// # Errors
    /// No secret at all, an empty one, or one that is not base64.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Result<Self, SecretError> {
        let keys = secrets.into_iter().map(prepare).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() { Err(SecretError::Missing) } else { Ok(Self(keys)) }
    }

    /// The `svix-signature` header for a message: what `trigger` and the tests send. Signs with the first secret.
    #[must_use]
    pub fn sign(&self, id: &str, timestamp: &str, body: &[u8]) -> String {
        self.0.first().map_or_else(String::new, |key| {
            format!("v1,{}", BASE64.encode(mac(key, id, timestamp, body).finalize().into_bytes()))
        })
    }
}

fn prepare(secret: &str) -> Result<Hmac<Sha256>, SecretError> {
    let text = secret.trim();
    let key =
        BASE64.decode(text.strip_prefix("whsec_").unwrap_or(text)).map_err(|_| SecretError::NotBase64)?;
    if key.is_empty() {
        return Err(SecretError::Empty);
    }
    Hmac::new_from_slice(&key).map_err(|_| SecretError::Empty)
}

fn mac(key: &Hmac<Sha256>, id: &str, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = key.clone();
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    mac
}

/// Why a request is not taken for Clerk's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// A header is missing or blank.
    #[error("the header `{0}` is missing: is this request from Clerk?")]
    MissingHeader(&'static str),
    /// `svix-timestamp` is no whole number of seconds.
    #[error("the header `svix-timestamp` is no time in whole seconds")]
    UnreadableTimestamp,
    /// Outside [`TOLERANCE`]: a replay, or one of the two clocks is wrong.
    #[error("the signature is {} s {} than this server's clock allows (5 min): a replay, or the clock is wrong",
        .seconds.unsigned_abs(), if *.seconds < 0 { "older" } else { "newer" })]
    OutsideTolerance {
        /// The sender's time minus ours.
        seconds: i64,
    },
    /// No signature in the header is ours.
    #[error(
        "no signature matches: compare the configured signing secret with the one of this endpoint in Clerk's \
         dashboard, and make sure that the proxy passes the body on byte for byte"
    )]
    NoMatch,
}

/// A request whose body nobody may read yet.
#[derive(Debug)]
pub struct Unverified<B> {
    id: String,
    timestamp: String,
    signatures: String,
    body: B,
}

/// A request that one of our secrets signed, recently.
#[derive(Debug)]
pub struct Verified<B> {
    /// `svix-id`: the same over retries and replays.
    pub id: String,
    /// The bytes that were signed.
    pub body: B,
}

impl<B> Verified<B> {
    /// The same request, with its body in another form.
    #[must_use]
    pub fn map<C>(self, body: impl FnOnce(B) -> C) -> Verified<C> {
        Verified { id: self.id, body: body(self.body) }
    }
}

impl<B> Unverified<B> {
    /// Picks the three headers, `svix-*` before `webhook-*` for each; a blank one counts as missing.
    ///
    /// # Errors
    /// [`VerifyError::MissingHeader`]
    pub fn new<'h>(header: impl Fn(&str) -> Option<&'h str>, body: B) -> Result<Self, VerifyError> {
        let pick = |svix: &'static str, unbranded: &str| {
            [svix, unbranded]
                .into_iter()
                .find_map(|name| header(name).map(str::trim).filter(|value| !value.is_empty()))
                .map(str::to_owned)
                .ok_or(VerifyError::MissingHeader(svix))
        };
        Ok(Self {
            id: pick("svix-id", "webhook-id")?,
            timestamp: pick("svix-timestamp", "webhook-timestamp")?,
            signatures: pick("svix-signature", "webhook-signature")?,
            body,
        })
    }

    /// The same request, with the body that belongs to it.
    #[must_use]
    pub fn with_body<C>(self, body: C) -> Unverified<C> {
        Unverified { id: self.id, timestamp: self.timestamp, signatures: self.signatures, body }
    }
}

impl<B: AsRef<[u8]>> Unverified<B> {
    /// Checks time and signature, in constant time for each signature.
    ///
    /// # Errors
    /// All [`VerifyError`]s but the first.
    pub fn verify(self, secrets: &SigningSecrets, now: SystemTime) -> Result<Verified<B>, VerifyError> {
        // Digits alone: `parse` would take a leading plus.
        let sent: i64 = Some(&self.timestamp)
            .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|text| text.parse().ok())
            .ok_or(VerifyError::UnreadableTimestamp)?;
        let now = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let seconds = sent.saturating_sub(i64::try_from(now).unwrap_or(i64::MAX));
        if seconds.unsigned_abs() > TOLERANCE.as_secs() {
            return Err(VerifyError::OutsideTolerance { seconds });
        }
        if secrets.0.iter().any(|key| self.signed_by(key)) {
            Ok(Verified { id: self.id, body: self.body })
        } else {
            Err(VerifyError::NoMatch)
        }
    }

    /// Signatures come as a list, separated by spaces; `v1a` (ed25519) and unknown versions are passed over.
    fn signed_by(&self, key: &Hmac<Sha256>) -> bool {
        let expected = mac(key, &self.id, &self.timestamp, self.body.as_ref());
        self.signatures
            .split(' ')
            .filter_map(|entry| entry.strip_prefix("v1,"))
            .filter_map(|signature| BASE64.decode(signature).ok())
            .any(|signature| expected.clone().verify_slice(&signature).is_ok())
    }
}

#[cfg(test)]
mod tests;
