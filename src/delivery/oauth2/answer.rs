//! What an issuer answers (RFC 6749, 5).

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::fault;
use crate::delivery::fault::{Fault, FaultKind};
use crate::delivery::http::Answer;
use crate::secret::Secret;

/// A token, and what came with it.
#[derive(Debug)]
pub(super) struct Issued {
    pub(super) token: Secret,
    pub(super) life: Duration,
    /// In place of the one that was shown.
    pub(super) refresh_token: Option<Secret>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Body {
    access_token: Option<String>,
    /// Seconds; a text at some issuers.
    expires_in: Value,
    refresh_token: Option<String>,
    error: Option<String>,
    /// Microsoft's numbers.
    error_codes: Vec<u64>,
}

/// Where an issuer does not say how long a token lives.
const UNSAID: Duration = Duration::from_mins(10);

/// Whatever an issuer says.
const LONGEST: Duration = Duration::from_hours(24);

/// A token, or why there is none and whether only a person can mend that.
pub(super) fn read(answer: &Answer) -> Result<Issued, (Fault, bool)> {
    let body: Body = serde_json::from_slice(&answer.body).unwrap_or_default();
    let status = answer.status.as_u16();
    let has_token = body.access_token.as_ref().is_some_and(|token| !token.is_empty());
    // It ends up in a command of one line.
    let token = body.access_token.filter(|token| token.bytes().all(|byte| byte.is_ascii_graphic()));
    if let (200..300, Some(token)) = (status, token.filter(|token| !token.is_empty())) {
        let seconds = body.expires_in.as_u64().or_else(|| body.expires_in.as_str()?.parse().ok());
        return Ok(Issued {
            token: Secret::new(token),
            life: seconds.map_or(UNSAID, Duration::from_secs).min(LONGEST),
            refresh_token: body.refresh_token.filter(|token| !token.is_empty()).map(Secret::new),
        });
    }
    let is_word =
        |word: &str| word.len() <= 40 && word.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase());
    let error = body.error.filter(|error| is_word(error));
    let mut detail = format!("HTTP {status}");
    for part in error.iter().cloned().chain(body.error_codes.first().map(|code| known(*code))) {
        detail.push(' ');
        detail.push_str(&part);
    }
    let elsewhere = error.is_none() && matches!(status, 300..400 | 404 | 405);
    if has_token {
        detail.push_str(", and an access_token with blanks or control characters in it");
    } else if error.is_none() && (200..300).contains(&status) {
        detail.push_str(", and no access_token: is it the right token_url?");
    } else if elsewhere {
        detail.push_str(": is it the right token_url?");
    }
    let temporary = matches!(
        error.as_deref(),
        Some("server_error" | "temporarily_unavailable" | "internal_failure" | "slow_down")
    );
    let kind = match status {
        429 => FaultKind::Throttled,
        408 | 500.. => FaultKind::Unavailable,
        _ if temporary => FaultKind::Unavailable,
        // It may be a proxy's page.
        200..300 => FaultKind::Unavailable,
        _ if elsewhere => FaultKind::Account,
        _ => FaultKind::Credentials,
    };
    let after = answer.headers.get("retry-after").and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let is_final = matches!(kind, FaultKind::Credentials | FaultKind::Account);
    Err((fault(kind, &detail).after(after.map(|after| Duration::from_secs(after).min(LONGEST))), is_final))
}

/// The numbers that say more than the error's word
/// (<https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes>).
fn known(code: u64) -> String {
    let meaning = match code {
        7_000_222 => ", the client secret has expired",
        7_000_215 => ", the client secret is wrong (its value is wanted, not its id)",
        700_016 => ", no such application in this tenant",
        90_002 => ", no such tenant",
        700_082 => ", the refresh token was not used for too long",
        50_173 => ", the refresh token was revoked",
        _ => "",
    };
    format!("AADSTS{code}{meaning}")
}
