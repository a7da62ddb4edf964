//! Private keys, and what is published of them.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::SignatureScheme;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::sign::SigningKey;
use sha2::{Digest as _, Sha256};

/// An RSA key of 2048 to 4096 bits, or an Ed25519 key. Its `Debug` shows nothing of it.
#[derive(Debug, Clone)]
pub struct PrivateKey {
    algorithm: Algorithm,
    key: Arc<dyn SigningKey>,
    /// The base64 of the record's `p=`.
    public: String,
}

/// The tag `a=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    /// RFC 6376, 3.3.1
    Rsa,
    /// RFC 8463
    Ed25519,
}

/// Why a text is no key for signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No PEM, or a PEM of something else, such as a certificate or an encrypted key.
    #[error("no private key in PEM")]
    Pem,
    /// Another kind of key, or an RSA key of another length.
    #[error("neither an RSA key of 2048 to 4096 bits nor an Ed25519 key")]
    Kind,
}

impl PrivateKey {
    /// Reads PKCS #8 (`BEGIN PRIVATE KEY`), or PKCS #1 (`BEGIN RSA PRIVATE KEY`).
    ///
    /// RFC 8301 lets RSA keys of 1024 bits sign. They are refused all the same: they are weak, and verifiers may pass
    /// over them.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let der = PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| KeyError::Pem)?;
        let key = any_supported_type(&der).map_err(|_| KeyError::Kind)?;
        let algorithm = [Algorithm::Rsa, Algorithm::Ed25519]
            .into_iter()
            .find(|algorithm| key.choose_scheme(&[algorithm.scheme()]).is_some())
            .ok_or(KeyError::Kind)?;
        let public = key.public_key().ok_or(KeyError::Kind)?;
        let public = match algorithm {
            Algorithm::Rsa => &*public,
            // RFC 8463, 4.2: the 32 bytes themselves, which end the structure.
            Algorithm::Ed25519 => public.last_chunk::<32>().ok_or(KeyError::Kind)?,
        };
        let public = STANDARD.encode(public);
        Ok(Self { algorithm, key, public })
    }

    /// `rsa-sha256` or `ed25519-sha256`.
    #[must_use]
    pub fn algorithm(&self) -> &'static str {
        match self.algorithm {
            Algorithm::Rsa => "rsa-sha256",
            Algorithm::Ed25519 => "ed25519-sha256",
        }
    }

    /// The key record (RFC 6376, 3.6.1).
    pub(super) fn record(&self) -> String {
        let kind = match self.algorithm {
            Algorithm::Rsa => "rsa",
            Algorithm::Ed25519 => "ed25519",
        };
        format!("v=DKIM1; k={kind}; p={}", self.public)
    }

    /// Whether it is an RSA key.
    #[must_use]
    pub(crate) fn is_rsa(&self) -> bool {
        self.algorithm == Algorithm::Rsa
    }

    /// Signs the SHA-256 of `text`.
    pub(crate) fn sign(&self, text: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        let scheme = self.algorithm.scheme();
        let signer = self.key.choose_scheme(&[scheme]);
        let signer = signer.ok_or_else(|| rustls::Error::General("the key does not sign".to_owned()))?;
        match self.algorithm {
            // The scheme hashes by itself.
            Algorithm::Rsa => signer.sign(text),
            // RFC 8463, 3: the hash is what is signed.
            Algorithm::Ed25519 => signer.sign(&Sha256::digest(text)),
        }
    }
}

impl Algorithm {
    fn scheme(self) -> SignatureScheme {
        match self {
            Self::Rsa => SignatureScheme::RSA_PKCS1_SHA256,
            Self::Ed25519 => SignatureScheme::ED25519,
        }
    }
}
