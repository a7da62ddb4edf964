//! "Send it to me": the one place of the playground that uses the configured providers, when somebody asks it to.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::shell::{Workshop, missing};
use super::snapshot::Snapshot;
use super::template::{Named, page};
use super::values::{Choice, fill};
use crate::clock::Clock;
use crate::delivery::{Attempt, Verdict};
use crate::outcome::Outcome;
use crate::rehearsal::sample::address;
use crate::rehearsal::send_one::{self, TestSend};

pub(super) async fn send(
    State(workshop): State<Arc<Workshop>>,
    Path((channel, slug)): Path<(String, String)>,
    form: Bytes,
) -> Response {
    let snapshot = workshop.snapshot.load_full();
    let Some(named) = snapshot.named(&channel, &slug) else {
        return missing("There is no such template.");
    };
    let choice = Choice::read(&form);
    let sent = match deliver(&snapshot, &named, choice.clone()).await {
        Ok(sent) => sent,
        Err(why) => json!({ "is_accepted": false, "why": why }),
    };
    page(&workshop, &snapshot, &named, choice, Some(&sent))
}

/// Composes what is shown, and hands it to the providers in order. `Err`: why nobody was asked.
async fn deliver(snapshot: &Snapshot, named: &Named, mut choice: Choice) -> Result<Value, String> {
    let config = snapshot.complete.as_ref().map_err(Clone::clone)?;
    if choice.to.is_empty() {
        return Err("say to whom".to_owned());
    }
    let now = Clock::System.now();
    let mut filled =
        fill(named.channel, &named.slug, &mut choice, now).map_err(|_| "the sample is missing")?;
    address(&mut filled.event, named.channel, &choice.to);
    let locale = snapshot.language(&choice);
    let test = TestSend { event: &filled.event, now, locale: Some(&locale), only: None };
    let mut attempts = Vec::new();
    let seen = |attempt: &Attempt<'_>| attempts.push(row(attempt));
    let sent =
        send_one::send(config, &snapshot.words, test, seen).await.map_err(|error| error.to_string())?;
    let is_accepted = sent.answer.outcome == Outcome::Accepted;
    Ok(
        json!({ "is_accepted": is_accepted, "attempts": attempts, "to": choice.to, "redirected": sent.redirected }),
    )
}

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
