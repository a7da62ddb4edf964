//! A service account's claim to act for a mailbox: a JSON Web Token (RFC 7519, RFC 7523) signed with its key.

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::clock::millis;
use crate::message::dkim::PrivateKey;
use crate::secret::Secret;

/// A service account, as its key file at Google describes it.
#[derive(Debug, Clone)]
pub struct Account {
    email: String,
    key_id: String,
    key: PrivateKey,
}

/// Why a text is no key file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// No JSON, or other fields.
    #[error("is no key file of a service account")]
    Json,
    /// The key in it.
    #[error("holds no RSA key")]
    Key,
}

#[derive(Deserialize)]
struct KeyFile {
    client_email: String,
    private_key_id: String,
    private_key: String,
}

/// Seconds that a claim is good for; an hour is what Google allows.
const LIFE: u64 = 600;

impl Account {
    /// Reads the JSON file that the key was handed out in.
    ///
    /// # Errors
    /// See [`AccountError`].
    pub fn from_json(text: &str) -> Result<Self, AccountError> {
        let file: KeyFile = serde_json::from_str(text).map_err(|_| AccountError::Json)?;
        let key = PrivateKey::from_pem(&file.private_key).map_err(|_| AccountError::Key)?;
        if !key.is_rsa() {
            return Err(AccountError::Key);
        }
        Ok(Self { email: file.client_email, key_id: file.private_key_id, key })
    }

    /// The claim at `now`: that this account wants `scope` at `audience`, for `subject`, else for itself.
    pub(super) fn assertion(
        &self,
        subject: &str,
        scope: &str,
        audience: &str,
        now: SystemTime,
    ) -> Result<Secret, rustls::Error> {
        let now = millis(now) / 1000;
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": self.key_id });
        let mut claims = json!({
            "iss": self.email, "scope": scope, "aud": audience, "iat": now, "exp": now + LIFE,
        });
        if let (Value::Object(claims), false) = (&mut claims, subject.is_empty()) {
            claims.insert("sub".to_owned(), subject.into());
        }
        let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let signed = format!("{header}.{claims}");
        let signature = URL_SAFE_NO_PAD.encode(self.key.sign(signed.as_bytes())?);
        Ok(Secret::new(format!("{signed}.{signature}")))
    }
}
