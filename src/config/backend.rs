//! The keys of `[clerk]` that are about Clerk's Backend API: the secret key, where the API is, and how long it may take.

use std::time::Duration;

use url::Url;

use super::reader::{Table, Value};
use super::rule::{self, Wrong};
use crate::secret::Secret;

/// The variable that holds the secret key where the file does not set one. Clerk's own libraries read it too.
const VARIABLE: &str = "CLERK_SECRET_KEY";

/// How to reach Clerk's Backend API.
#[derive(Debug, Clone)]
pub struct Backend {
    /// The instance's secret key, `sk_test_…` or `sk_live_…`; `None` where neither the file nor the environment has one.
    pub secret_key: Option<Secret>,
    /// The address that the API's paths are added to, without a slash at its end. Default: `https://api.clerk.com/v1`.
    pub api_url: String,
    /// The longest time that one request to the API may take. Default: 10 s.
    pub api_timeout: Duration,
}

/// Reads the keys. All of them may be missing. Unless `needed`, a secret key whose variable is not set counts as missing.
pub(super) fn backend(table: &Table<'_>, needed: bool) -> Backend {
    Backend {
        secret_key: secret_key(table, needed),
        api_url: table.parsed("api_url", api_url).unwrap_or_else(|| "https://api.clerk.com/v1".to_owned()),
        api_timeout: table.parsed("api_timeout", api_timeout).unwrap_or(Duration::from_secs(10)),
    }
}

/// The secret key of the file, or else of the environment. A file that sets it to `""` has none.
fn secret_key(table: &Table<'_>, needed: bool) -> Option<Secret> {
    let said = own_key(table, needed);
    if table.sets("secret_key") {
        return said;
    }
    let text = table.env().get(VARIABLE).filter(|text| !text.trim().is_empty())?;
    match key(text.trim()) {
        Ok(key) => Some(key),
        Err(Wrong { problem, allowed }) => {
            table.mistake_in_environment(VARIABLE, problem, allowed);
            None
        }
    }
}

/// The secret key under `secret_key` of a table. An empty one means "none", as for every key that may be missing. Unless
/// `needed`, one whose variable is not set counts as missing.
pub(super) fn own_key(table: &Table<'_>, needed: bool) -> Option<Secret> {
    let value = table.get("secret_key").map(Value::private)?;
    let is_none = value.is_empty_text() || !needed && !value.has_text();
    if is_none { None } else { value.text()?.parse(key) }
}

/// A secret key of Clerk's: `sk_`, the kind of instance, and characters that a header can carry.
fn key(text: &str) -> Result<Secret, Wrong> {
    const ALLOWED: &str = "copy the secret key from Clerk's dashboard (Configure > API keys): it begins with sk_test_ or sk_live_";
    let is_key = ["sk_test_", "sk_live_"].iter().any(|start| {
        text.strip_prefix(start)
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic()))
    });
    let problem = if is_key {
        return Ok(Secret::new(text));
    } else if text.starts_with("pk_") {
        "is a publishable key, which may not read or change templates"
    } else if text.starts_with("whsec_") {
        "is the signing secret of an endpoint, not the instance's secret key"
    } else {
        "is not a secret key of Clerk's"
    };
    Err(Wrong { problem, allowed: ALLOWED })
}

/// The address of the API. The secret key goes there, so it must be encrypted unless it is on this machine.
fn api_url(text: &str) -> Result<String, Wrong> {
    const ALLOWED: &str = "write it like \"https://api.clerk.com/v1\", without user name, `?` and `#`";
    let parsed = rule::web_url(text).ok().and_then(|text| Url::parse(&text).ok());
    let bare = |url: &Url| {
        url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    };
    let Some(url) = parsed.filter(bare) else {
        return Err(Wrong { problem: "is not the address of an API", allowed: ALLOWED });
    };
    let host = url.host_str().and_then(rule::host).unwrap_or_default();
    if url.scheme() == "http" && !rule::is_loopback(&host) {
        return Err(Wrong { problem: "would send the secret key in plain text", allowed: "use https://" });
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// How long one request may take.
fn api_timeout(text: &str) -> Result<Duration, Wrong> {
    let allowed = Duration::from_millis(100)..=Duration::from_mins(1);
    match rule::duration(text)? {
        timeout if allowed.contains(&timeout) => Ok(timeout),
        _ => Err(Wrong {
            problem: "is too short or too long",
            allowed: "use a duration from \"100ms\" to \"60s\"; the default is \"10s\"",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_secret_key_is_named() {
        assert_eq!(key("sk_test_abc").ok(), Some(Secret::new("sk_test_abc")));
        for (text, problem) in [
            ("pk_live_abc", "publishable"),
            ("whsec_abc", "signing secret"),
            ("sk_live_", "not a secret key"),
            ("sk_live_a b", "not a secret key"),
            ("sk_live_a\nb", "not a secret key"),
            ("", "not a secret key"),
        ] {
            let Err(wrong) = key(text) else { panic!("{text}") };
            assert!(wrong.problem.contains(problem), "{text}: {}", wrong.problem);
        }
    }

    #[test]
    fn the_key_goes_nowhere_in_plain_text() {
        for fine in
            ["https://api.clerk.com/v1/", "http://127.0.0.1:4010", "http://localhost:1/v1", "http://[::1]:1"]
        {
            assert!(api_url(fine).is_ok(), "{fine}");
        }
        for wrong in [
            "http://api.clerk.com/v1",
            "https://u:p@api.clerk.com",
            "https://a.example/?x",
            "api.clerk.com",
            "",
        ] {
            assert!(api_url(wrong).is_err(), "{wrong}");
        }
    }
}
