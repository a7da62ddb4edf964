//! The page with every event that came to the receiver.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};

use super::seen::{Event, KEPT};
use super::shell::{Workshop, title};
use super::values::Choice;

/// The page with all events.
pub(super) async fn page(State(workshop): State<Arc<Workshop>>) -> Response {
    let outbox = workshop.outbox.list().unwrap_or_default();
    let rows: Vec<Value> = workshop.events.newest_first().iter().map(|seen| shown(seen)).collect();
    let data = json!({ "title": "Events", "is_events": true, "rows": rows, "kept": KEPT });
    workshop.page(&workshop.snapshot.load(), &outbox, "events", data, &Choice::default())
}

/// An event for the page.
fn shown(seen: &Event) -> Value {
    let slug = seen.says("/data/slug");
    let to = seen.says("/data/to_email_address").or_else(|| seen.says("/data/to_phone_number"));
    let to = to.or_else(|| seen.says("/data/phone_number")).or_else(|| seen.says("/data/email_address"));
    let outcome = seen.answered("outcome");
    json!({
        "number": seen.number,
        "at": humantime::format_rfc3339_seconds(seen.at).to_string(),
        "kind": seen.says("/type").unwrap_or("not an event"),
        "title": slug.map(title),
        "to": to,
        "svix_id": seen.svix_id,
        "path": seen.path,
        "status": seen.status,
        "outcome": outcome.map_or_else(|| format!("HTTP {}", seen.status), |outcome| outcome.replace('_', " ")),
        "is_good": seen.status < 300,
        "reason": seen.answered("reason").map(|reason| reason.replace('_', " ")),
        "sentence": seen.answered("message"),
        "template": seen.answered("template"),
        "language": seen.language(),
        "message": seen.message(),
        "event": serde_json::to_string_pretty(&seen.posted).ok().filter(|_| !seen.posted.is_null()),
        "answer": serde_json::to_string_pretty(&seen.answer).ok(),
    })
}
