//! HTTP: the public address for webhooks and health, the admin address for metrics and the providers' state. Each message
//! is handled in a task of its own, so that a caller who hangs up stops nothing.

mod providers;
mod receive;
pub mod serve;

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

use crate::pipeline::Pipeline;

/// What every request sees.
#[derive(Debug)]
pub struct Service {
    /// The line.
    pub pipeline: Arc<Pipeline>,
    /// One permit for each request that may be handled at a time.
    room: Arc<Semaphore>,
    /// How many permits there are.
    max_in_flight: usize,
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
        Self { pipeline, room, max_in_flight, tasks: TaskTracker::new(), draining: AtomicBool::new(false) }
    }

    /// Requests being handled right now.
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

/// The public address: webhooks at `path`, and health.
pub fn public(service: Arc<Service>, path: &str) -> Router {
    Router::new()
        .route(path, post(receive::webhook).get(receive::explain))
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .fallback(receive::elsewhere)
        .with_state(service)
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
