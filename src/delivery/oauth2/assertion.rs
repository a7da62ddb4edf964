//! A service account's claim to act for a mailbox: a JSON Web Token (RFC 7519, RFC 7523), signed with the account's key.

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::clock::millis;
use crate::key::PrivateKey;
use crate::secret::Secret;

/// A service account, as its key file at Google describes it.
#[derive(Debug, Clone)]
pub struct Account {
    /// The account's address, which the claim names as its issuer (`iss`).
    email: String,
    /// Which of the account's keys signs (`kid`).
    key_id: String,
    key: PrivateKey,
}

/// Why a text can't be used as the key file of a service account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// The text is not JSON, or a field is missing: `client_email`, `private_key_id` or `private_key`.
    #[error("not the key file of a service account")]
    Json,
    /// The private key in it can't be read, or is not an RSA key of 2048 to 4096 bits.
    #[error("contains no RSA key")]
    Key,
}

/// The fields that are read of a key file; Google writes more.
#[derive(Deserialize)]
struct KeyFile {
    client_email: String,
    private_key_id: String,
    private_key: String,
}

/// How many seconds a claim is good for. Google allows an hour, but a claim is shown once, right after it is made.
const LIFE: u64 = 600;

impl Account {
    /// Reads the JSON file that Google handed the key out in.
    ///
    /// # Errors
    /// The text is not such a file, or the key in it is not an RSA key.
    pub fn from_json(text: &str) -> Result<Self, AccountError> {
        let file: KeyFile = serde_json::from_str(text).map_err(|_| AccountError::Json)?;
        let key = PrivateKey::from_pem(&file.private_key).map_err(|_| AccountError::Key)?;
        // The claim's header says RS256, for which another kind of key can't sign.
        if !key.is_rsa() {
            return Err(AccountError::Key);
        }
        Ok(Self { email: file.client_email, key_id: file.private_key_id, key })
    }

    /// The signed claim, made at `now`: this account wants `scope` from the issuer `audience`, to act for the mailbox
    /// `subject`, or for itself where that is empty.
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
