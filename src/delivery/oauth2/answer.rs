//! The answers of an issuer (RFC 6749, 5): a token, or a refusal and whose fault it is.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::delivery::fault::{Fault, FaultKind, Stage};
use crate::delivery::http::Answer;
use crate::secret::Secret;

/// A new token, and what came with it.
#[derive(Debug)]
pub(super) struct Issued {
    pub(super) token: Secret,
    /// How long the token is good for from now on.
    pub(super) life: Duration,
    /// A refresh token in place of the one that was shown; `None` where that one stays good.
    pub(super) refresh_token: Option<Secret>,
}

/// Why there is no token.
#[derive(Debug)]
pub(super) struct Refusal {
    /// What went wrong, as the message's attempt reports it.
    pub(super) fault: Fault,
    /// Whether only a person can put it right, so that asking again soon is of no use.
    pub(super) is_final: bool,
}

/// The fields that are read of an answer, by their names in RFC 6749; other fields are passed over.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Body {
    access_token: Option<String>,
    /// Seconds as a number, or as a string at some issuers.
    expires_in: Value,
    refresh_token: Option<String>,
    error: Option<String>,
    /// Microsoft's numbers, which say more than `error`.
    error_codes: Vec<u64>,
}

/// The life of a token whose issuer does not say how long it is good.
const UNSAID: Duration = Duration::from_mins(10);

/// The longest life that a token is believed to have, and the longest wait that an issuer may ask for.
const LONGEST: Duration = Duration::from_hours(24);

/// The token in an answer, or else the refusal.
pub(super) fn read(answer: &Answer) -> Result<Issued, Refusal> {
    // A body that is not JSON counts as empty: then the status decides, as for a proxy's page.
    let body: Body = serde_json::from_slice(&answer.body).unwrap_or_default();
    let status = answer.status.as_u16();
    let has_token = body.access_token.as_ref().is_some_and(|token| !token.is_empty());
    // The token becomes part of a header or of an SMTP command, which a line break would end.
    let token = body.access_token.filter(|token| token.bytes().all(|byte| byte.is_ascii_graphic()));
    if let (200..300, Some(token)) = (status, token.filter(|token| !token.is_empty())) {
        let seconds = body.expires_in.as_u64().or_else(|| body.expires_in.as_str()?.parse().ok());
        return Ok(Issued {
            token: Secret::new(token),
            life: seconds.map_or(UNSAID, Duration::from_secs).min(LONGEST),
            refresh_token: body.refresh_token.filter(|token| !token.is_empty()).map(Secret::new),
        });
    }
    // The word goes into the log and into answers, so nothing but the form of RFC 6749's own words is let through.
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
        detail.push_str(", and no access_token: check token_url");
    } else if elsewhere {
        detail.push_str(": check token_url");
    }
    let temporary = matches!(
        error.as_deref(),
        Some("server_error" | "temporarily_unavailable" | "internal_failure" | "slow_down")
    );
    let kind = match status {
        429 => FaultKind::Throttled,
        408 | 500.. => FaultKind::Unavailable,
        _ if temporary => FaultKind::Unavailable,
        // A success without a token may be the page of a proxy, which goes away.
        200..300 => FaultKind::Unavailable,
        _ if elsewhere => FaultKind::Account,
        _ => FaultKind::Credentials,
    };
    let after = answer.headers.get("retry-after").and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let is_final = matches!(kind, FaultKind::Credentials | FaultKind::Account);
    let fault = fault(kind, &detail).after(after.map(|after| Duration::from_secs(after).min(LONGEST)));
    Err(Refusal { fault, is_final })
}

/// A fault of the stage in which tokens are asked for.
pub(super) fn fault(kind: FaultKind, detail: &str) -> Fault {
    Fault::new(Stage::Token, kind, detail)
}

/// A number of Microsoft's, with its meaning where that helps a person
/// (<https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes>).
fn known(code: u64) -> String {
    let meaning = match code {
        7_000_222 => ", the client secret has expired: make a new one",
        7_000_215 => ", the client secret is wrong: use its value, not its id",
        700_016 => ", no such application in this tenant: check client_id and tenant",
        90_002 => ", no such tenant: check tenant",
        700_082 => ", the refresh token expired unused: get a new one",
        50_173 => ", the refresh token was revoked: get a new one",
        _ => "",
    };
    format!("AADSTS{code}{meaning}")
}
