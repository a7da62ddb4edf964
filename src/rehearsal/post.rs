//! An event, signed and posted as Svix posts one, and the answer to it.

use std::time::Duration;

use anyhow::Context as _;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::clock::{Clock, millis};
use crate::delivery::http;
use crate::webhook::SigningSecrets;

/// The answer to a posted event.
pub(crate) struct Posted {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The header fields of the answer.
    pub(crate) headers: HeaderMap,
    /// The body, which is JSON if the service wrote it.
    pub(crate) body: Vec<u8>,
}

impl Posted {
    /// Whether the answer tells Svix not to try again.
    pub(crate) fn aborts(&self) -> bool {
        self.headers.get("webhook-delivery").is_some_and(|value| value == "abort-message")
    }

    /// A header field as text; empty if it is missing or no text.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// The HTTP client for [`post`], which waits 5 seconds for a connection.
pub(crate) fn client() -> Result<reqwest::Client, http::SetupError> {
    http::client(Duration::from_secs(5))
}

/// Signs an event with the current time, as Svix does at each attempt, and posts it.
pub(crate) async fn post(
    client: &reqwest::Client,
    url: &str,
    secrets: &SigningSecrets,
    svix_id: &str,
    event: &Value,
) -> anyhow::Result<Posted> {
    post_bytes(client, url, secrets, svix_id, serde_json::to_vec(event)?).await
}

/// As [`post`], for the bytes of a body.
pub(crate) async fn post_bytes(
    client: &reqwest::Client,
    url: &str,
    secrets: &SigningSecrets,
    svix_id: &str,
    body: Vec<u8>,
) -> anyhow::Result<Posted> {
    let timestamp = (millis(Clock::System.now()) / 1000).to_string();
    let mut response = client
        .post(url)
        .header("content-type", "application/json")
        .header("svix-id", svix_id)
        .header("svix-timestamp", &timestamp)
        .header("svix-signature", secrets.sign(svix_id, &timestamp, &body))
        // As long as Svix waits.
        .timeout(Duration::from_secs(15))
        .body(body)
        .send()
        .await
        // The URL may hold credentials: the error must not repeat it.
        .map_err(reqwest::Error::without_url)
        .with_context(|| {
            format!("no answer from {} (check --url, and that the service is running)", shown(url))
        })?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    // Whoever answers may be anybody: an answer without an end must not fill the memory.
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(reqwest::Error::without_url)? {
        body.extend_from_slice(&chunk);
        if body.len() > LARGEST {
            break;
        }
    }
    Ok(Posted { status, headers, body })
}

/// The most bytes that are read of an answer. The service's own have less than one kilobyte.
const LARGEST: usize = 1024 * 1024;

/// The URL without the parts that may hold credentials: user, password and query.
pub(crate) fn shown(url: &str) -> String {
    match reqwest::Url::parse(url) {
        Ok(url) => format!("{}{}", url.origin().ascii_serialization(), url.path()),
        Err(_) => "that URL".to_owned(),
    }
}
