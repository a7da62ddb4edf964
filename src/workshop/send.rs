//! "Send it to me": the only part of the playground that uses the configured providers, and only when its button is
//! pressed.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::shell::Workshop;
use super::snapshot::{Sending, Snapshot};
use super::template::{Named, page};
use super::values::{Choice, fill};
use crate::clock::Clock;
use crate::delivery::{Attempt, Verdict};
use crate::outcome::Outcome;
use crate::rehearsal::sample::address;
use crate::rehearsal::send_one::{self, TestSend};

/// Sends what a template's page shows, and answers with the same page and what happened to it.
pub(super) async fn send(
    State(workshop): State<Arc<Workshop>>,
    Path((channel, slug)): Path<(String, String)>,
    form: Bytes,
) -> Response {
    let mut choice = Choice::read(&form);
    let snapshot = workshop.chosen(&mut choice);
    let Some(named) = snapshot.named(&channel, &slug) else {
        return workshop.missing("There is no template for this channel and slug.");
    };
    let sent = match deliver(&snapshot, &named, choice.clone()).await {
        Ok(sent) => sent,
        Err(why) => json!({ "is_accepted": false, "why": why }),
    };
    page(&workshop, &snapshot, &named, choice, Some(&sent))
}

/// Composes what is shown and hands it to the providers in order. Returns the attempts, or why none was made.
async fn deliver(snapshot: &Snapshot, named: &Named, mut choice: Choice) -> Result<Value, String> {
    let config = match &snapshot.sending {
        Sending::Configured(config) => config,
        Sending::Unconfigured => return Err("write a configuration first: `clerk-courier init`".to_owned()),
        Sending::Unusable(why) => return Err(why.clone()),
    };
    if choice.to.is_empty() {
        return Err("enter a recipient first".to_owned());
    }
    let now = Clock::System.now();
    let mut filled = fill(named.channel, &named.slug, &mut choice, now).map_err(|error| error.to_string())?;
    address(&mut filled.event, named.channel, &choice.to);
    let locale = snapshot.language(&choice);
    let test = TestSend { event: &filled.event, now, locale: Some(&locale), only: None };
    let mut attempts = Vec::new();
    let seen = |attempt: &Attempt<'_>| attempts.push(row(attempt));
    let sent =
        send_one::send(config, &snapshot.composer, test, seen).await.map_err(|error| error.to_string())?;
    let is_accepted = sent.answer.outcome == Outcome::Accepted;
    Ok(
        json!({ "is_accepted": is_accepted, "attempts": attempts, "to": choice.to, "redirected": sent.redirected }),
    )
}

/// An attempt as a line of the page.
fn row(attempt: &Attempt<'_>) -> Value {
    let receipt = match &attempt.verdict {
        Verdict::Accepted { receipt } => receipt.as_deref(),
        _ => None,
    };
    json!({
        "provider": &**attempt.provider,
        "verdict": attempt.verdict.as_str().replace('_', " "),
        "detail": attempt.verdict.fault().map(ToString::to_string),
        "receipt": receipt,
        "took": format!("{} ms", attempt.took.as_millis()),
    })
}
