//! Private keys in PEM that sign: mails by DKIM, and the assertions of OAuth 2.0.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::SignatureScheme;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::sign::SigningKey;
use sha2::{Digest as _, Sha256};

/// An RSA key of 2048 to 4096 bits, or an Ed25519 key. `Debug` shows nothing of the private half.
#[derive(Debug, Clone)]
pub struct PrivateKey {
    algorithm: Algorithm,
    key: Arc<dyn SigningKey>,
    /// The public half in base64, as a DKIM record publishes it in `p=`.
    public: String,
}

/// How the key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    /// RSA with PKCS #1 padding, over SHA-256 (RFC 6376, 3.3.1).
    Rsa,
    /// Ed25519 over SHA-256 (RFC 8463).
    Ed25519,
}

/// Why a text can't be used as a private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The text is not PEM, or a PEM of something else, such as a certificate or an encrypted key.
    #[error("no private key in PEM")]
    Pem,
    /// The key is of another kind, or an RSA key of another length.
    #[error("neither an RSA key of 2048 to 4096 bits nor an Ed25519 key")]
    Kind,
}

impl PrivateKey {
    /// Reads a key in PKCS #8 (`BEGIN PRIVATE KEY`) or PKCS #1 (`BEGIN RSA PRIVATE KEY`).
    ///
    /// RFC 8301 lets RSA keys of 1024 bits sign. They are refused anyway: they are weak, and verifiers may pass
    /// over their signatures.
    ///
    /// # Errors
    /// The text is not a PEM of a private key, or the key is not of a kind that signs here.
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
            // RFC 8463, 4.2 publishes the bare 32 bytes, which are the end of the DER structure.
            Algorithm::Ed25519 => public.last_chunk::<32>().ok_or(KeyError::Kind)?,
        };
        let public = STANDARD.encode(public);
        Ok(Self { algorithm, key, public })
    }

    /// The name of the algorithm in a DKIM signature (`a=`): `rsa-sha256` or `ed25519-sha256`.
    #[must_use]
    pub fn algorithm(&self) -> &'static str {
        match self.algorithm {
            Algorithm::Rsa => "rsa-sha256",
            Algorithm::Ed25519 => "ed25519-sha256",
        }
    }

    /// The public half in base64: for RSA the DER structure (RFC 6376, 3.6.1), for Ed25519 the bare key (RFC 8463, 4.2).
    #[must_use]
    pub(crate) fn public(&self) -> &str {
        &self.public
    }

    /// Whether this is an RSA key; otherwise it is an Ed25519 key.
    #[must_use]
    pub(crate) fn is_rsa(&self) -> bool {
        self.algorithm == Algorithm::Rsa
    }

    /// The signature of the SHA-256 of `text`. An RSA key fails where the operating system gave no random bytes to blind it with.
    pub(crate) fn sign(&self, text: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        let scheme = self.algorithm.scheme();
        let signer = self.key.choose_scheme(&[scheme]);
        let signer = signer.ok_or_else(|| rustls::Error::General("the key does not sign".to_owned()))?;
        match self.algorithm {
            // The scheme of ring hashes the text itself.
            Algorithm::Rsa => signer.sign(text),
            // RFC 8463, 3 signs the hash in place of the text; Ed25519 then hashes that once more inside.
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
