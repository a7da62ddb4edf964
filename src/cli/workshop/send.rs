//! "Send it to me": the one place of the playground that uses the configured providers, when somebody asks it to.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::setting::Setting;
use super::template::{Named, page};
use super::values::{Choice, fill};
use super::{Workshop, missing};
use crate::cli::event::address;
use crate::cli::send::{Order, hand_over};
use crate::clock::Clock;
use crate::config::Config;
use crate::decision::policy::{ByCountry, Route};
use crate::delivery::{Attempt, Verdict};
use crate::message::Channel;
use crate::outcome::Outcome;

/// Which providers a message of this slug would be offered to, or what to configure first.
pub(super) fn offer(setting: &Setting, channel: Channel, slug: &str) -> Value {
    match &setting.complete {
        Err(faults) => json!({ "is_possible": false, "why": faults }),
        Ok(config) => {
            let names = providers_of(config, channel, slug);
            json!({ "is_possible": !names.is_empty(), "providers": names, "channel": channel.as_str() })
        }
    }
}

fn providers_of<'c>(config: &'c Config, channel: Channel, slug: &str) -> Vec<&'c str> {
    let delivery: &Route = match channel {
        Channel::Email => &config.email.by_slug.get(slug).unwrap_or(&config.email.base).route,
        Channel::Sms => &config.sms.by_slug.get(slug).unwrap_or(&config.sms.base).route,
    };
    let is_of_slug = |rule: &&ByCountry| channel == Channel::Sms && rule.speaks_of(slug);
    let elsewhere = config.sms.by_country.iter().filter(is_of_slug);
    let elsewhere = elsewhere.filter_map(|rule| rule.providers.as_ref()).flatten();
    let mut names: Vec<&str> = Vec::new();
    for name in delivery.providers.iter().chain(elsewhere) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names
}

pub(super) async fn send(
    State(workshop): State<Arc<Workshop>>,
    Path((channel, slug)): Path<(String, String)>,
    form: Bytes,
) -> Response {
    let setting = workshop.setting.load_full();
    let Some(named) = setting.named(&channel, &slug) else {
        return missing("There is no such template.");
    };
    let choice = Choice::read(&form);
    let sent = match deliver(&setting, &named, choice.clone()).await {
        Ok(sent) => sent,
        Err(why) => json!({ "is_accepted": false, "why": why }),
    };
    page(&workshop, &setting, &named, choice, Some(&sent))
}

/// Composes what is shown, and hands it to the providers in order. `Err`: why nobody was asked.
async fn deliver(setting: &Setting, named: &Named, mut choice: Choice) -> Result<Value, String> {
    let config = setting.complete.as_ref().map_err(Clone::clone)?;
    if choice.to.is_empty() {
        return Err("say to whom".to_owned());
    }
    let now = Clock::System.now();
    let mut filled =
        fill(named.channel, &named.slug, &mut choice, now).map_err(|_| "the sample is missing")?;
    address(&mut filled.event, named.channel, &choice.to);
    let locale = setting.language(&choice);
    let order = Order { event: &filled.event, now, locale: Some(&locale) };
    let mut attempts = Vec::new();
    let seen = |attempt: &Attempt<'_>| attempts.push(row(attempt));
    let sent =
        hand_over(config, &setting.words, order, None, seen).await.map_err(|unsent| unsent.to_string())?;
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
