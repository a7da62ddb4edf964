//! HTTP in: the public address serves webhooks and health, the admin address serves metrics and the providers' state.
//!
//! Each message is handled in a task of its own, so that it is delivered and settled even if its caller hangs up.

mod bodies;
mod connections;
mod elsewhere;
mod receive;
pub mod serve;
mod service;
#[cfg(test)]
mod tests;
mod watched;

pub use receive::BODY_TIMEOUT;
pub use service::Service;

use std::future::ready;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};

/// The routes of the public address: webhooks at `path`, with or without a slash at its end, and `/healthz` and `/readyz`.
pub fn public(service: Arc<Service>, path: &str) -> Router {
    let health =
        Router::new().route("/healthz", get(|| async { "alive\n" })).route("/readyz", get(readiness));
    spellings(path)
        .iter()
        .fold(health, |router, path| router.route(path, post(receive::webhook).get(receive::explain)))
        .fallback(|state, request| ready(elsewhere::answer(elsewhere::NOT_FOUND, &state, &request)))
        .method_not_allowed_fallback(|state, request| {
            ready(elsewhere::answer(elsewhere::WRONG_METHOD, &state, &request))
        })
        .with_state(service)
}

/// The path as it is configured, and with one slash more or less at its end, since people who copy a URL add or lose one.
/// The second form is left out where it would be empty or take the place of a health check.
fn spellings(path: &str) -> Vec<String> {
    let other = path.strip_suffix('/').map_or_else(|| format!("{path}/"), str::to_owned);
    let is_free = !other.is_empty() && !["/healthz", "/readyz"].contains(&other.as_str());
    std::iter::once(path.to_owned()).chain(is_free.then_some(other)).collect()
}

/// The routes of the public address, for tests that call them without a connection.
#[cfg(test)]
pub(crate) fn unconnected(service: Arc<Service>, path: &str) -> Router {
    let connection = serve::Connections::new(1, serve::Limits::default()).add();
    public(service, path).layer(axum::Extension(connection))
}

/// The routes of the admin address: `/metrics` and `/providers`. `before` runs before each scrape, to set the gauges that
/// nobody keeps up to date.
pub fn admin(service: Arc<Service>, before: Arc<dyn Fn() + Send + Sync>) -> Router {
    let metrics = move |State(service): State<Arc<Service>>| async move {
        before();
        let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        ([(header::CONTENT_TYPE, kind)], service.pipeline.metrics.text())
    };
    Router::new().route("/metrics", get(metrics)).route("/providers", get(providers)).with_state(service)
}

/// `GET /readyz`: 503 while the service drains, else 200.
///
/// A failing provider or ledger never takes a server out of the load balancer: the other servers use the same providers,
/// so all of them would go at once.
async fn readiness(State(service): State<Arc<Service>>) -> impl IntoResponse {
    if service.is_draining() {
        (StatusCode::SERVICE_UNAVAILABLE, "draining\n")
    } else {
        (StatusCode::OK, "ready\n")
    }
}

/// `GET /providers`: the state of every provider, as JSON.
async fn providers(State(service): State<Arc<Service>>) -> impl IntoResponse {
    // Strings and numbers can't fail to become JSON.
    let json = serde_json::to_string(&service.pipeline.provider_states()).unwrap_or_default();
    ([(header::CONTENT_TYPE, "application/json")], json)
}
