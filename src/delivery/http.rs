//! The HTTP client for providers and issuers, and one exchange with either: whether a request left, and what came back.

use std::convert::Infallible;
use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body as HttpBody, Bytes, Frame, SizeHint};
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Body, Client, RequestBuilder, StatusCode};
use tokio::time::{Instant, timeout, timeout_at};
use tower::Service;
use tower::layer::layer_fn;

use super::attempt::Late;
use super::dns::{NoAddress, Resolver};
use super::fault::{Fault, FaultKind, Stage, Verdict};
use super::proxy::Proxies;
use crate::tls;

/// The `late` of [`exchange`] for requests that send no message, so that nobody cares for a late answer.
pub const NOBODY: Option<ToNobody> = None;

/// The type of [`NOBODY`], of which there is no value.
type ToNobody = (&'static Late, fn(Answer) -> Verdict);

/// How many bytes of an answer are read, which is more than any provider sends.
const ANSWER_LIMIT: usize = 64 * 1024;

/// How much of an exchange's time is kept to judge what has come by then.
const TO_JUDGE: Duration = Duration::from_millis(50);

/// The answer of a provider or an issuer.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status of the answer.
    pub status: StatusCode,
    /// All headers of the answer.
    pub headers: HeaderMap,
    /// The body, cut to 64 KiB.
    pub body: Vec<u8>,
    /// Whether the body was read to its end or its bound. Otherwise the connection broke, or the time was over.
    pub complete: bool,
}

/// A client that goes through no proxy and keeps its connections; see [`client_with`].
///
/// # Errors
/// TLS can't be set up.
pub fn client(connect_timeout: Duration) -> Result<Client, SetupError> {
    client_with(connect_timeout, &Proxies::default(), true)
}

/// Builds a client that goes through these proxies and no others, and makes each connection within `connect_timeout`.
/// Without `keep` each request has a connection of its own.
///
/// It follows no redirects, so that credentials go to the configured host only, and names itself as its user agent, since
/// some providers refuse requests without one.
///
/// # Errors
/// TLS or a proxy can't be set up.
pub fn client_with(connect_timeout: Duration, proxies: &Proxies, keep: bool) -> Result<Client, SetupError> {
    // Without this call the client would take proxies from the environment, past the configuration.
    let mut builder = Client::builder().no_proxy();
    for proxy in proxies.rules()? {
        builder = builder.proxy(proxy);
    }
    let client = builder
        .tls_backend_preconfigured(tls::Trust::public().client()?)
        .redirect(Policy::none())
        .dns_resolver(Arc::new(Resolver::default()))
        .connector_layer(layer_fn(Observed))
        .pool_max_idle_per_host(if keep { usize::MAX } else { 0 })
        .http1_only()
        .tcp_nodelay(true)
        .connect_timeout(connect_timeout)
        // Shorter than load balancers keep idle connections: one that the provider closes under a request costs a message.
        .pool_idle_timeout(Duration::from_secs(50))
        .user_agent(concat!("clerk-courier/", env!("CARGO_PKG_VERSION")))
        .build()?;
    Ok(client)
}

/// Why an HTTP client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// TLS could not be set up.
    #[error(transparent)]
    Tls(#[from] rustls::Error),
    /// A proxy's URL, or another setting, was refused by the HTTP client.
    #[error(transparent)]
    Client(#[from] reqwest::Error),
}

/// Sends a request with `body`, whose type is among its headers, and reads the answer within `limit`. Where the request has
/// left by then, the answer is listened for a while longer, and the verdict on it goes to `late`.
///
/// # Errors
/// There is no answer: `Deferred` where no byte of the request had left, `InDoubt` where one may have.
pub async fn exchange(
    request: RequestBuilder,
    body: Option<Bytes>,
    limit: Duration,
    late: Option<(&Late, impl FnOnce(Answer) -> Verdict + Send + 'static)>,
) -> Result<Answer, Verdict> {
    // Nothing tells when a request without a body leaves, or one with an empty body. It may have left as soon as there is a
    // connection for it.
    let bodiless = body.as_ref().is_none_or(Bytes::is_empty);
    let begun = Arc::new(AtomicBool::new(bodiless));
    let is_connecting = Arc::new(AtomicBool::new(false));
    let connecting = Arc::clone(&is_connecting);
    let request = match body {
        None => request,
        Some(bytes) => {
            let body = Watched { bytes: Some(bytes), begun: Arc::clone(&begun) };
            request.body(Body::wrap(body))
        }
    };
    // The head of an answer says what happened to the message, so the rest of a slow answer may be cut off.
    let read_by = Instant::now() + limit.saturating_sub(TO_JUDGE);
    let may_have_left = move |is_connect: bool| {
        let unconnected = is_connect || (bodiless && connecting.load(Ordering::Relaxed));
        begun.load(Ordering::Relaxed) && !unconnected
    };
    let scope = CONNECTING.scope(Arc::clone(&is_connecting), send(request, may_have_left.clone(), read_by));
    let mut exchanged = Box::pin(scope);
    if let Ok(answered) = timeout(limit, &mut exchanged).await {
        return answered;
    }
    if !may_have_left(false) {
        return Err(Verdict::Deferred(Fault::new(
            Stage::Connect,
            FaultKind::Timeout,
            "no connection in time",
        )));
    }
    if let Some((late, judge)) = late {
        late.listen(async move { exchanged.await.ok().map(judge) });
    }
    Err(Verdict::InDoubt(Fault::new(Stage::Http, FaultKind::Timeout, "no answer in time")))
}

/// Sends the request, and reads the answer's body until `read_by`.
async fn send(
    request: RequestBuilder,
    may_have_left: impl Fn(bool) -> bool,
    read_by: Instant,
) -> Result<Answer, Verdict> {
    let mut response =
        request.send().await.map_err(|error| lost(&error, may_have_left(error.is_connect())))?;
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = Vec::new();
    let complete = loop {
        match timeout_at(read_by, response.chunk()).await {
            Ok(Ok(None)) => break true,
            Ok(Ok(Some(chunk))) => {
                let room = ANSWER_LIMIT - body.len();
                body.extend(chunk.iter().take(room));
                if chunk.len() >= room {
                    break true;
                }
            }
            // The head has said what happened to the message, and only the details are missing.
            Ok(Err(_)) | Err(_) => break false,
        }
    };
    Ok(Answer { status, headers, body, complete })
}

tokio::task_local! {
    /// Whether the request of this task waits for a connection that was begun for it.
    static CONNECTING: Arc<AtomicBool>;
}

/// Makes connections, and tells the request that each is made for when it begins and when it is there.
#[derive(Clone)]
struct Observed<S>(S);

impl<R, S: Service<R>> Service<R> for Observed<S>
where
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, to: R) -> Self::Future {
        let connecting = CONNECTING.try_with(Arc::clone).unwrap_or_default();
        connecting.store(true, Ordering::Relaxed);
        let connected = self.0.call(to);
        Box::pin(async move {
            let connected = connected.await?;
            connecting.store(false, Ordering::Relaxed);
            Ok(connected)
        })
    }
}

/// The body of a request, which tells when the client asks for it. The head leaves together with the body, so nothing has
/// left before that.
struct Watched {
    /// The bytes; `None` once the client has them.
    bytes: Option<Bytes>,
    /// Set when the client asks, and read by [`exchange`].
    begun: Arc<AtomicBool>,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.begun.store(true, Ordering::Relaxed);
        Poll::Ready(self.bytes.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        // With the exact size the client writes `Content-Length` and sends nothing in chunks.
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

/// The verdict on a request that was not answered: one that never left can be sent to another provider, one that may have
/// left is in doubt.
fn lost(error: &reqwest::Error, begun: bool) -> Verdict {
    let timeout = error.is_timeout();
    let kind = if timeout { FaultKind::Timeout } else { FaultKind::Unavailable };
    if error.is_builder() {
        Verdict::Deferred(Fault::new(Stage::Http, FaultKind::Account, "the request can't be built"))
    } else if !begun {
        let detail = match tls::fault(error, tls::API_ADVICE) {
            Some(words) => words,
            None => no_connection(error).to_owned(),
        };
        Verdict::Deferred(Fault::new(Stage::Connect, kind, detail))
    } else {
        let detail = if timeout { "no answer in time" } else { "connection lost before the answer" };
        Verdict::InDoubt(Fault::new(Stage::Http, kind, detail))
    }
}

/// Why there was no connection, as far as the client's error says.
pub(crate) fn no_connection(error: &reqwest::Error) -> &'static str {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        match error.downcast_ref() {
            Some(NoAddress::NotFound) => return "host name not found",
            Some(NoAddress::TimedOut) => return "DNS did not answer in time",
            None => {}
        }
        // The client has no public type for this error, so it is known by its words.
        match error.to_string().strip_prefix("tunnel error: ") {
            Some("proxy authorization required") => {
                return "the proxy requires a user name and a password: put them into HTTPS_PROXY";
            }
            Some(_) => return "the proxy refused to connect to the provider: read its log",
            None => {}
        }
        cause = error.source();
    }
    if error.is_timeout() { "no connection in time" } else { "no connection" }
}
