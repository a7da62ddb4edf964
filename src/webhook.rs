//! Checks who signed a webhook, by Svix's scheme (Standard Webhooks): HMAC-SHA256 over `{id}.{timestamp}.{body}`.
//!
//! A request starts as [`Unverified`], whose body no other module can read. [`Unverified::verify`] turns it into a
//! [`Verified`] one, which is all that the event's parser accepts: no code can forget to check a signature.
//! See <https://docs.svix.com/receiving/verifying-payloads/how-manual>.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How far a request's timestamp may be from our clock, before or after it. Exactly this much is still accepted.
pub const TOLERANCE: Duration = Duration::from_mins(5);

/// Standard base64, padded or not: Svix pads, other senders of the same scheme do not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The secrets that webhook signatures are checked against: several during a rotation, or for several Clerk instances.
///
/// Each belongs to one instance, whose events alone it signs, or to every instance that has none of its own.
#[derive(Clone)]
pub struct SigningSecrets(Vec<SigningSecret>);

/// A secret, ready to check signatures.
#[derive(Clone)]
struct SigningSecret {
    /// Its HMAC, with the key schedule done once for all requests.
    key: Hmac<Sha256>,
    /// The instance (`ins_…`) whose events it signs; `None`: those of every instance without a secret of its own.
    instance: Option<Arc<str>>,
}

impl std::fmt::Debug for SigningSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{} signing secrets, redacted]", self.0.len())
    }
}

/// Why the configured signing secrets can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The list of secrets is empty.
    #[error(
        "no signing secret is configured, and without one anybody could send mail through this service: set `clerk.signing_secrets`"
    )]
    Missing,
    /// A secret has nothing behind its `whsec_`.
    #[error("a signing secret is empty: copy it from the endpoint's page in Clerk's dashboard")]
    Empty,
    /// A secret is not in the form that Clerk's dashboard shows.
    #[error(
        "a signing secret is not `whsec_` and base64: copy it from the endpoint's page in Clerk's dashboard"
    )]
    NotBase64,
}

impl SigningSecrets {
    /// Prepares the secrets for signing. Their prefix `whsec_` may be left out.
    ///
    /// # Errors
    /// There is no secret at all, one is empty, or one is not base64.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Result<Self, SecretError> {
        let secrets = of_instance(None, secrets)?;
        if secrets.is_empty() { Err(SecretError::Missing) } else { Ok(Self(secrets)) }
    }

    /// The same secrets and those of one instance, whose events they alone sign from now on. Without a secret, nothing changes.
    ///
    /// # Errors
    /// One of them is empty, or not base64.
    pub fn with_instance<'a>(
        mut self,
        instance: &str,
        secrets: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, SecretError> {
        self.0.extend(of_instance(Some(instance), secrets)?);
        Ok(self)
    }

    /// Whether an instance has secrets of its own.
    fn has_own(&self, instance: &str) -> bool {
        self.0.iter().any(|secret| secret.instance.as_deref() == Some(instance))
    }

    /// Whether an event of `instance` may be signed by a secret of `signer`: an instance's events by its own secrets, those of
    /// all others by the secrets that belong to no instance. An event that names no instance (`None`) is its signer's.
    ///
    /// # Errors
    /// [`VerifyError::OtherInstance`], whichever of the two instances is configured here, so that nobody learns of another's.
    pub fn permit(&self, signer: Option<&str>, instance: Option<&str>) -> Result<(), VerifyError> {
        let is_right = match (signer, instance) {
            (_, None) => true,
            (Some(signer), Some(instance)) => signer == instance,
            (None, Some(instance)) => !self.has_own(instance),
        };
        if is_right { Ok(()) } else { Err(VerifyError::OtherInstance) }
    }

    /// The `svix-signature` header for a message, made with the first secret. For `trigger` and the tests, which send
    /// requests as Svix does.
    #[must_use]
    pub fn sign(&self, id: &str, timestamp: &str, body: &[u8]) -> String {
        self.0.first().map_or_else(String::new, |secret| {
            format!("v1,{}", BASE64.encode(mac(&secret.key, id, timestamp, body).finalize().into_bytes()))
        })
    }
}

/// Prepares the secrets of one instance, or those of none.
fn of_instance<'a>(
    instance: Option<&str>,
    secrets: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<SigningSecret>, SecretError> {
    let instance = instance.map(Arc::from);
    let one = |secret| Ok(SigningSecret { key: prepare(secret)?, instance: instance.clone() });
    secrets.into_iter().map(one).collect()
}

/// The bytes of a secret as the dashboard shows it, by which two are the same however they are written.
///
/// # Errors
/// Nothing is behind its `whsec_`, or something other than base64.
pub fn bytes(secret: &str) -> Result<Vec<u8>, SecretError> {
    // Secrets are often read from files that end with a line break.
    let text = secret.trim();
    let key =
        BASE64.decode(text.strip_prefix("whsec_").unwrap_or(text)).map_err(|_| SecretError::NotBase64)?;
    if key.is_empty() { Err(SecretError::Empty) } else { Ok(key) }
}

/// The HMAC of one secret.
fn prepare(secret: &str) -> Result<Hmac<Sha256>, SecretError> {
    // HMAC takes keys of any length, so this never fails.
    Hmac::new_from_slice(&bytes(secret)?).map_err(|_| SecretError::Empty)
}

/// The HMAC over what is signed: id, timestamp and body, joined by dots.
fn mac(key: &Hmac<Sha256>, id: &str, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = key.clone();
    // Part by part, so that the body, which may have 2 MiB, is not copied for the signature.
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    mac
}

/// Why a request is not accepted as Clerk's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// A header that carries a part of the signature is missing or blank.
    #[error("the header `{0}` is missing, so the request is probably not from Clerk")]
    MissingHeader(&'static str),
    /// The header `svix-timestamp` is not a whole number of seconds.
    #[error("the header `svix-timestamp` is not a time in whole seconds")]
    UnreadableTimestamp,
    /// The timestamp is further from our clock than [`TOLERANCE`]: a replay, or one of the two clocks is wrong.
    #[error(
        "the time in the signature is {} s {} this server's clock, and at most 5 min are allowed: if this is not a \
         replay of an old request, correct the server's clock", .seconds.unsigned_abs(),
        if *.seconds < 0 { "behind" } else { "ahead of" }
    )]
    OutsideTolerance {
        /// The sender's time minus ours, in seconds.
        seconds: i64,
    },
    /// None of our secrets made any of the signatures in the header.
    #[error(
        "no signature matches: compare the configured signing secret with the secret of this endpoint in Clerk's \
         dashboard, and make sure that your proxy passes the body on byte for byte"
    )]
    NoMatch,
    /// The event names another instance than the one whose secret signed it.
    #[error(
        "the event names an instance of Clerk whose secret did not sign it: compare `instance_id` of the event, and the \
         secret of this endpoint in Clerk's dashboard, with `when` and `signing_secrets` of each [[variant]]"
    )]
    OtherInstance,
}

/// A request whose signature was not checked yet. Its body can't be read from outside this module.
#[derive(Debug)]
pub struct Unverified<B> {
    id: String,
    timestamp: String,
    signatures: String,
    body: B,
}

/// A request that was signed with one of our secrets, at a time close to now.
#[derive(Debug)]
pub struct Verified<B> {
    /// The header `svix-id`, which stays the same over retries and replays.
    pub id: String,
    /// The instance whose secret signed it; `None` for a secret that belongs to none. What the body says of its instance has to
    /// be held against this: see [`SigningSecrets::permit`].
    pub signer: Option<Arc<str>>,
    /// The bytes of the body, exactly as they were signed.
    pub body: B,
}

impl<B> Verified<B> {
    /// The same request, with its body in another form that holds the same bytes.
    #[must_use]
    pub fn map<C>(self, body: impl FnOnce(B) -> C) -> Verified<C> {
        Verified { id: self.id, signer: self.signer, body: body(self.body) }
    }
}

impl<B> Unverified<B> {
    /// Picks the three headers of the signature, each by its name at Svix or else by that of Standard Webhooks
    /// (`webhook-*`). A blank header counts as missing.
    ///
    /// # Errors
    /// [`VerifyError::MissingHeader`] where one of the three is missing.
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

    /// The same request with its body, for a caller who looked at the headers before reading it.
    #[must_use]
    pub fn with_body<C>(self, body: C) -> Unverified<C> {
        Unverified { id: self.id, timestamp: self.timestamp, signatures: self.signatures, body }
    }
}

impl<B: AsRef<[u8]>> Unverified<B> {
    /// Checks the timestamp against `now`, then each signature against each secret, in constant time.
    ///
    /// # Errors
    /// The timestamp can't be read or is too far from `now`, or no signature matches.
    pub fn verify(self, secrets: &SigningSecrets, now: SystemTime) -> Result<Verified<B>, VerifyError> {
        // Digits alone, since `parse` would accept a leading plus too.
        let sent: i64 = Some(&self.timestamp)
            .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|text| text.parse().ok())
            .ok_or(VerifyError::UnreadableTimestamp)?;
        let now = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        // A stranger chooses the timestamp, so the difference must not overflow.
        let seconds = sent.saturating_sub(i64::try_from(now).unwrap_or(i64::MAX));
        // Before the signatures: a replay of an old request has a right one.
        if seconds.unsigned_abs() > TOLERANCE.as_secs() {
            return Err(VerifyError::OutsideTolerance { seconds });
        }
        // Every secret is tried, whatever the body says of its instance: nobody reads a body before its signature was found
        // right, and so a stranger learns no instance from the time that this takes. It may show which of the secrets
        // matched, to somebody who has that one: each comparison takes the same time.
        match secrets.0.iter().find(|secret| self.signed_by(&secret.key)) {
            Some(secret) => Ok(Verified { id: self.id, signer: secret.instance.clone(), body: self.body }),
            None => Err(VerifyError::NoMatch),
        }
    }

    /// Whether `key` made one of the signatures. They come as a list, separated by spaces; `v1a` (ed25519) and unknown
    /// versions are skipped.
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
