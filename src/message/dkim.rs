//! DKIM signatures (RFC 6376, 8301, 8463): `relaxed/relaxed`, with `rsa-sha256` or `ed25519-sha256`, over a mail in the form
//! in which it goes on the wire.

mod canonical;

use std::sync::{Arc, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem;
use sha2::{Digest as _, Sha256};

use super::{Email, email};
use crate::key::PrivateKey;

/// One key that signs the mails of one domain, and how it signs them.
#[derive(Debug, Clone)]
pub struct Signer {
    /// The domain of `From` whose mails are signed (`d=`), as A-labels in lower case.
    pub domain: String,
    /// The name of this key among the domain's keys (`s=`).
    pub selector: String,
    /// The private key that signs.
    pub key: PrivateKey,
    /// Whether `Message-ID` is signed too. Some relays replace it, which would break the signature, so only sign it where the
    /// relay keeps it.
    pub sign_message_id: bool,
}

/// All signers of the configuration, for all domains, in the order of their signatures.
#[derive(Debug, Clone, Default)]
pub struct Signers(Vec<Signer>);

/// A signature could not be made with a key.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SignError(#[from] rustls::Error);

/// The fields that are signed where the mail has them: whom it is from and to, what it says, and how to read it.
const SIGNED: [&str; 9] = [
    "from",
    "to",
    "reply-to",
    "subject",
    "date",
    "auto-submitted",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
];

/// The fields that a mail client shows. The signature names each once more than the mail has it, so that adding another
/// one breaks the signature (RFC 6376, 5.4.2 and 8.15).
const NO_MORE_OF: [&str; 5] = ["from", "to", "reply-to", "subject", "date"];

/// The longest line of a signature. RFC 5322 wants lines of no more than 78 characters.
const LONGEST_LINE: usize = 78;

impl Signers {
    /// Takes the signers in the order in which their signatures stand above a mail.
    #[must_use]
    pub fn new(signers: Vec<Signer>) -> Self {
        Self(signers)
    }

    /// Whether there are no signers at all, so that no mail is signed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is a signer for the domain of this mail's `From`.
    #[must_use]
    pub fn sign_for(&self, mail: &Email) -> bool {
        self.of(&email::dns_domain(mail.from.email.domain())).next().is_some()
    }

    /// Puts the signatures of the domain of `From` above the mail's wire form. Their time (`t=`) is the mail's `Date`. An
    /// RSA signature takes most of a millisecond.
    ///
    /// # Errors
    /// A key did not sign, which happens where the system has no randomness. The mail stays as it was.
    pub fn sign(&self, mail: &mut Email) -> Result<(), SignError> {
        // Both forms are signed, since only the server's reply to EHLO tells which one will be sent.
        if let Some(ascii) = &mut mail.ascii {
            self.sign(ascii)?;
        }
        let message = mail.wire();
        let header_end = memmem::find(message, b"\r\n\r\n").map_or(message.len(), |at| at + 2);
        let (header, body) = message.split_at(header_end);
        let body = body.strip_prefix(b"\r\n").unwrap_or_default();
        // Once for all keys: each of them signs the same body.
        let body_hash = STANDARD.encode(Sha256::digest(canonical::body(body)));
        let fields = canonical::fields(header);
        let mut signed = Vec::with_capacity(message.len() + 2048);
        for signer in self.of(&email::dns_domain(mail.from.email.domain())) {
            signed.extend(signer.signature(&fields, &body_hash, mail.date)?.into_bytes());
        }
        signed.extend_from_slice(message);
        mail.wire = OnceLock::from(Arc::new(signed));
        Ok(())
    }

    /// All signers, in the order of their signatures.
    #[must_use]
    pub fn all(&self) -> &[Signer] {
        &self.0
    }

    /// The signers of `domain`, which is given as A-labels in lower case.
    pub fn of(&self, domain: &str) -> impl Iterator<Item = &Signer> {
        self.0.iter().filter(move |signer| signer.domain == domain)
    }
}

impl Signer {
    /// The DNS name at which verifiers look for the public key: `selector._domainkey.domain`.
    #[must_use]
    pub fn record_name(&self) -> String {
        format!("{}._domainkey.{}", self.selector, self.domain)
    }

    /// The TXT record that has to be published under [`Signer::record_name`].
    #[must_use]
    pub fn record(&self) -> String {
        record(&self.key)
    }

    /// The whole `DKIM-Signature` field, folded, with its last CRLF.
    fn signature(&self, fields: &[&[u8]], body_hash: &str, time: SystemTime) -> Result<String, SignError> {
        let mut names = Vec::new();
        let mut text = Vec::with_capacity(2048);
        // Bottom up, since that is the order in which verifiers look for fields of the same name (RFC 6376, 5.4.2).
        for field in fields.iter().rev() {
            let name = canonical::name(field);
            let is_name = |known: &&str| known.as_bytes() == name;
            let message_id = self.sign_message_id.then_some("message-id");
            if let Some(name) = SIGNED.into_iter().chain(message_id).find(is_name) {
                names.push(name);
                canonical::write_field(field, &mut text);
                text.extend_from_slice(b"\r\n");
            }
        }
        names.extend(NO_MORE_OF);
        let mut signature = self.unsigned(&names, body_hash, time);
        canonical::write_field(signature.as_bytes(), &mut text);
        fold_in(&STANDARD.encode(self.key.sign(&text)?), &mut signature);
        signature.push_str("\r\n");
        Ok(signature)
    }

    /// The field up to `b=`. The signature covers the field itself in this form, with an empty `b=`.
    fn unsigned(&self, names: &[&str], body_hash: &str, time: SystemTime) -> String {
        let time = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        // No `l=`, which would let anybody append to the body (RFC 6376, 8.2).
        let mut field = format!(
            "DKIM-Signature: v=1; a={}; c=relaxed/relaxed; t={time};\r\n d={};\r\n s={};\r\n h=",
            self.key.algorithm(),
            self.domain,
            self.selector
        );
        let mut column = " h=".len();
        for (index, name) in names.iter().enumerate() {
            let end = if index + 1 == names.len() { ';' } else { ':' };
            if column + name.len() + 1 > LONGEST_LINE {
                field.push_str("\r\n ");
                column = 1;
            }
            field.push_str(name);
            field.push(end);
            column += name.len() + 1;
        }
        for text in ["\r\n bh=", body_hash, ";\r\n b="] {
            field.push_str(text);
        }
        field
    }
}

/// The record that publishes a key (RFC 6376, 3.6.1).
fn record(key: &PrivateKey) -> String {
    let kind = if key.is_rsa() { "rsa" } else { "ed25519" };
    format!("v=DKIM1; k={kind}; p={}", key.public())
}

/// Appends base64 to a line that holds ` b=` so far, folded at [`LONGEST_LINE`].
fn fold_in(base64: &str, field: &mut String) {
    // White space in base64 does not count here (RFC 6376, 3.5), so the value may be folded anywhere.
    let mut column = " b=".len();
    for character in base64.chars() {
        if column == LONGEST_LINE {
            field.push_str("\r\n ");
            column = 1;
        }
        field.push(character);
        column += 1;
    }
}

#[cfg(test)]
mod tests;
