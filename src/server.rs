//! HTTP: the public address for webhooks and health, the admin address for metrics and the providers' state. Each message
//! is handled in a task of its own, so that a caller who hangs up stops nothing.

mod bodies;
mod connections;
mod elsewhere;
mod providers;
mod receive;
pub mod serve;
#[cfg(test)]
mod tests;
mod watched;

pub use receive::BODY_TIMEOUT;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use self::bodies::Bodies;
use crate::pipeline::Pipeline;

/// What every request sees.
#[derive(Debug)]
pub struct Service {
    /// The line.
    pub pipeline: Arc<Pipeline>,
    /// One permit for each signed message that may be handled at a time.
    room: Arc<Semaphore>,
    /// How many permits there are.
    max_in_flight: usize,
    /// What is read of requests that are not verified yet.
    bodies: Arc<Bodies>,
    /// What was said of requests at other paths.
    elsewhere: elsewhere::Lines,
    /// The messages under way.
    pub tasks: TaskTracker,
    /// Set at SIGTERM: new messages are answered `overloaded`.
    draining: AtomicBool,
}

impl Service {
    /// Ready to serve.
    #[must_use]
    pub fn new(pipeline: Arc<Pipeline>, max_in_flight: usize) -> Self {
        let max_in_flight = max_in_flight.min(Semaphore::MAX_PERMITS);
        let room = Arc::new(Semaphore::new(max_in_flight));
        Self {
            pipeline,
            room,
            max_in_flight,
            bodies: Bodies::new(bodies::BUDGET),
            elsewhere: elsewhere::Lines::default(),
            tasks: TaskTracker::new(),
            draining: AtomicBool::new(false),
        }
    }

    /// Signed messages being handled right now.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.max_in_flight.saturating_sub(self.room.available_permits())
    }

    /// From here on, new messages are sent away.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
        self.tasks.close();
    }

    /// Whether the service is going down.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}

/// The public address: webhooks at `path`, with or without a slash at its end, and health.
pub fn public(service: Arc<Service>, path: &str) -> Router {
    let health = Router::new().route("/healthz", get(|| async { "alive\n" })).route("/readyz", get(ready));
    spellings(path)
        .iter()
        .fold(health, |router, path| router.route(path, post(receive::webhook).get(receive::explain)))
        .fallback(elsewhere::not_found)
        .method_not_allowed_fallback(elsewhere::wrong_method)
        .with_state(service)
}

/// The path as it is configured, and with one slash more or less at its end: people who copy a URL add or lose one.
fn spellings(path: &str) -> Vec<String> {
    let other = path.strip_suffix('/').map_or_else(|| format!("{path}/"), str::to_owned);
    let is_free = !other.is_empty() && !["/healthz", "/readyz"].contains(&other.as_str());
    std::iter::once(path.to_owned()).chain(is_free.then_some(other)).collect()
}

/// The admin address: metrics, and the state of the providers.
pub fn admin(service: Arc<Service>, before: Arc<dyn Fn() + Send + Sync>) -> Router {
    let metrics = move |State(service): State<Arc<Service>>| async move {
        before();
        let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        ([(header::CONTENT_TYPE, kind)], service.pipeline.metrics.text())
    };
    Router::new()
        .route("/metrics", get(metrics))
        .route("/providers", get(providers::list))
        .with_state(service)
}

/// A failing provider or ledger never takes a server out of the load balancer: others would fare no better.
async fn ready(State(service): State<Arc<Service>>) -> impl IntoResponse {
    if service.is_draining() {
        (StatusCode::SERVICE_UNAVAILABLE, "draining\n")
    } else {
        (StatusCode::OK, "ready\n")
    }
}
