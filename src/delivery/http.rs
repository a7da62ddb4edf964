//! The one HTTP client, for providers that are spoken to over HTTPS.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, StatusCode};

use super::{Fault, FaultKind, Verdict};
use crate::delivery::tls;

/// More than any provider answers with; the rest of a longer answer is not read.
const ANSWER_LIMIT: usize = 64 * 1024;

/// What a provider answered.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// The body, up to 64 KiB of it.
    pub body: Vec<u8>,
}

/// Builds the client: TLS as everywhere, no redirects (credentials go to the configured host only), a user agent
/// (some providers refuse requests without one), no proxy from the environment.
///
/// # Errors
/// TLS can't be set up.
pub fn client() -> Result<Client, SetupError> {
    let client = Client::builder()
        .tls_backend_preconfigured(tls::trusting(tls::public_roots())?)
        .redirect(Policy::none())
        .no_proxy()
        .http1_only()
        .tcp_nodelay(true)
        .connect_timeout(Duration::from_secs(5))
        // Below what load balancers keep: an idle connection that the provider closes under a request costs a message.
        .pool_idle_timeout(Duration::from_secs(50))
        .user_agent(concat!("clerk-courier/", env!("CARGO_PKG_VERSION")))
        .build()?;
    Ok(client)
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// TLS.
    #[error(transparent)]
    Tls(#[from] rustls::Error),
    /// All else.
    #[error(transparent)]
    Client(#[from] reqwest::Error),
}

/// Sends a request and reads its answer within `limit`.
///
/// # Errors
/// No answer: `Deferred` where the request can't have arrived, `InDoubt` where it may have.
pub async fn exchange(request: RequestBuilder, limit: Duration) -> Result<Answer, Verdict> {
    let mut response = request.timeout(limit).send().await.map_err(|error| lost(&error))?;
    let status = response.status();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| lost(&error))? {
        let room = ANSWER_LIMIT - body.len();
        body.extend(chunk.iter().take(room));
        if chunk.len() >= room {
            break;
        }
    }
    Ok(Answer { status, body })
}

/// A request that never reached the provider can be sent elsewhere; one that may have, is in doubt.
fn lost(error: &reqwest::Error) -> Verdict {
    let timeout = error.is_timeout();
    let kind = if timeout { FaultKind::Timeout } else { FaultKind::Unavailable };
    if error.is_connect() {
        let detail = if timeout { "no connection in time" } else { "no connection" };
        Verdict::Deferred(Fault::new("connect", kind, detail))
    } else if error.is_builder() {
        Verdict::Deferred(Fault::new("http", FaultKind::Account, "the request can't be built"))
    } else {
        let detail = if timeout { "no answer in time" } else { "connection lost before the answer" };
        Verdict::InDoubt(Fault::new("http", kind, detail))
    }
}
