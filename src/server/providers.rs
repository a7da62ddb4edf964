//! `GET /providers` on the admin address: which providers are asked in their turn, and which are left out and why.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Serialize;
use tokio::time::Instant;

use super::Service;
use crate::clock::Clock;
use crate::delivery::Provider;
use crate::delivery::breaker::Health;

/// One provider, as shown.
#[derive(Debug, Serialize)]
struct Shown<'a> {
    name: &'a str,
    state: &'static str,
    failures: u32,
    /// RFC 3339.
    until: Option<String>,
    last_fault: Option<LastFault>,
}

/// Our own words alone: a provider's text may repeat an address.
#[derive(Debug, Serialize)]
struct LastFault {
    stage: &'static str,
    kind: &'static str,
}

/// All providers, by name.
pub(super) async fn list(State(service): State<Arc<Service>>) -> impl IntoResponse {
    let pipeline = &service.pipeline;
    let mut shown: Vec<_> =
        pipeline.providers.values().map(|provider| show(provider, &pipeline.clock)).collect();
    shown.sort_unstable_by_key(|provider| provider.name);
    // Texts and numbers can't fail to become JSON.
    let json = serde_json::to_string(&shown).unwrap_or_default();
    ([(header::CONTENT_TYPE, "application/json")], json)
}

fn show<'a>(provider: &'a Provider, clock: &Clock) -> Shown<'a> {
    let (now, wall) = (Instant::now(), clock.now());
    let Health { phase, failures, until, last_fault } = provider.breaker.health(now);
    let until = until.and_then(|until| {
        // A pause that is over lies in the past until a message comes.
        let ago = now.saturating_duration_since(until);
        wall.checked_add(until.saturating_duration_since(now))?.checked_sub(ago)
    });
    Shown {
        name: &provider.name,
        state: phase.as_str(),
        failures,
        until: until.map(|until| humantime::format_rfc3339_millis(until).to_string()),
        last_fault: last_fault.map(|(stage, kind)| LastFault { stage: stage.as_str(), kind: kind.as_str() }),
    }
}
