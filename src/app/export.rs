//! Sends spans to the collector: a thread of its own, so that neither a collector that hangs nor the work of encoding holds
//! up a message.

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode};
use serde_json::Value;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{sleep, timeout};

use crate::delivery::http::{self, SetupError};
use crate::delivery::proxy::Proxies;
use crate::telemetry::seldom::Seldom;
use crate::telemetry::traces::settings::Settings;
use crate::telemetry::traces::{Counts, Span, Traces, encode};

/// How many spans leave in one request, about: the last trace of a request is whole.
const BATCH: usize = 512;

/// How often a batch is sent again after a failure that may pass, and how long the first pause is; each doubles.
const AGAIN: u32 = 2;
const PAUSE: Duration = Duration::from_secs(1);

/// The longest pause that a collector may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How many bytes of the collector's answer are read.
const ANSWER: usize = 64 * 1024;

/// Why spans can't be sent at all.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// TLS or a proxy can't be set up.
    #[error(transparent)]
    Client(#[from] SetupError),
    /// The system gives the process no further thread.
    #[error("a thread that sends them could not be started: {0}")]
    Thread(#[from] io::Error),
}

/// Starts the thread that sends spans. Nothing is connected until there is one.
///
/// # Errors
/// There is no client or no thread.
pub(super) fn start(
    settings: Settings,
    proxies: &Proxies,
    counts: Counts,
    seed: u64,
) -> Result<Arc<Traces>, ExportError> {
    let client = http::client_with(settings.timeout, proxies, true)?;
    let (traces, queue) = Traces::new(settings.sampler, seed, counts);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let exporter = Exporter { client, settings, traces: Arc::clone(&traces), failures: Seldom::default() };
    thread::Builder::new().name("traces".to_owned()).spawn(move || {
        runtime.block_on(exporter.run(queue));
        // Name look-ups that hang must not keep the thread, which nobody waits for.
        runtime.shutdown_background();
    })?;
    Ok(traces)
}

struct Exporter {
    client: Client,
    settings: Settings,
    traces: Arc<Traces>,
    failures: Seldom,
}

/// What came of one request to the collector.
enum Sent {
    /// It took the spans but for this many.
    Yes(usize),
    /// It did not, and may take them after this pause, if it names one.
    Later(String, Option<Duration>),
    /// It never will.
    Never(String),
}

impl Exporter {
    /// Sends what is queued, for as long as the process lives.
    async fn run(self, mut queue: UnboundedReceiver<Vec<Span>>) {
        while let Some(mut batch) = queue.recv().await {
            let gathered = timeout(self.settings.delay, async {
                while batch.len() < BATCH {
                    tokio::select! {
                        biased;
                        more = queue.recv() => match more {
                            Some(spans) => batch.extend(spans),
                            None => break,
                        },
                        () = self.traces.ended() => break,
                    }
                }
            });
            let _ = gathered.await;
            self.export(&batch).await;
        }
    }

    /// Sends one batch, and counts what came of it.
    async fn export(&self, batch: &[Span]) {
        let body = encode(&self.settings.resource, batch);
        let mut pause = PAUSE;
        for left in (0..=AGAIN).rev() {
            match self.send(body.clone()).await {
                Sent::Yes(rejected) => {
                    let rejected = rejected.min(batch.len());
                    self.traces.lost(rejected);
                    self.traces.sent(batch.len() - rejected);
                    if rejected > 0 {
                        self.warn(&format!("it rejected {rejected} of {} spans", batch.len()));
                    }
                    return;
                }
                Sent::Later(_, wait) if left > 0 && !self.traces.is_ending() => {
                    tokio::select! {
                        () = sleep(wait.unwrap_or(pause).min(LONGEST_PAUSE)) => {}
                        () = self.traces.ended() => {}
                    }
                    pause *= 2;
                }
                Sent::Later(reason, _) | Sent::Never(reason) => {
                    self.traces.lost(batch.len());
                    self.warn(&reason);
                    return;
                }
            }
        }
    }

    async fn send(&self, body: Vec<u8>) -> Sent {
        let mut request = self.client.post(self.settings.url.reveal()).timeout(self.settings.timeout);
        for (name, value) in &self.settings.headers {
            request = request.header(name, value.reveal());
        }
        match request.header(CONTENT_TYPE, "application/json").body(body).send().await {
            Ok(response) if response.status().is_success() => Sent::Yes(rejected(response).await),
            Ok(response) => {
                let status = response.status();
                let reason = format!("it answered HTTP {}", status.as_u16());
                // The four that the specification calls retryable.
                let passes = matches!(
                    status,
                    StatusCode::TOO_MANY_REQUESTS
                        | StatusCode::BAD_GATEWAY
                        | StatusCode::SERVICE_UNAVAILABLE
                        | StatusCode::GATEWAY_TIMEOUT
                );
                if passes { Sent::Later(reason, wait(&response)) } else { Sent::Never(reason) }
            }
            // Without the error's own text, which holds the URL.
            Err(error) if error.is_timeout() => Sent::Later("it did not answer in time".to_owned(), None),
            Err(error) if error.is_builder() => Sent::Never("the request can't be built".to_owned()),
            Err(_) => Sent::Later("there is no connection to it".to_owned(), None),
        }
    }

    /// Says once a minute at most that spans are lost.
    fn warn(&self, reason: &str) {
        if self.failures.count(Instant::now()).is_some() {
            tracing::warn!(
                traces.error = reason,
                traces.dropped = self.traces.dropped(),
                "the collector does not take traces, so spans are dropped; messages are delivered as before. Check \
                 OTEL_EXPORTER_OTLP_ENDPOINT, and that the collector takes OTLP over HTTP there"
            );
        }
    }
}

/// The pause that an answer asks for, in seconds.
fn wait(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// How many spans the collector says that it rejected, although it took the others.
async fn rejected(mut response: Response) -> usize {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > ANSWER {
            return 0;
        }
    }
    let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
    // A 64-bit number is text in this encoding, and some collectors write a number.
    match answer.pointer("/partialSuccess/rejectedSpans") {
        Some(Value::String(text)) => text.parse().unwrap_or(0),
        Some(Value::Number(number)) => number.as_u64().and_then(|n| n.try_into().ok()).unwrap_or(0),
        _ => 0,
    }
}
