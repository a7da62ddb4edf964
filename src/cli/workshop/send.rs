//! "Send it to me": the one place of the playground that uses the configured providers, when somebody asks it to.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::setting::Setting;
use super::template::{Named, page};
use super::values::{Choice, fill};
use super::{Workshop, missing};
use crate::app;
use crate::cli::preview;
use crate::clock::Clock;
use crate::config::{Config, Delivery, OnDoubt};
use crate::decision::Plan;
use crate::delivery::{self, Attempt, Provider, Rules, Transport, Verdict};
use crate::message::{Channel, Message};

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
    let delivery: &Delivery = match channel {
        Channel::Email => &config.email.by_slug.get(slug).unwrap_or(&config.email.base).delivery,
        Channel::Sms => &config.sms.by_slug.get(slug).unwrap_or(&config.sms.base).delivery,
    };
    let elsewhere = config.sms.by_country.iter().filter(|_| channel == Channel::Sms);
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
    let filled = fill(named.channel, &named.slug, &mut choice, now).map_err(|_| "the sample is missing")?;
    let event = addressed(filled.event, named.channel, &choice.to);
    let policy = app::policy(config);
    let locale = setting.language(&choice);
    let (mut composed, plan) = preview::compose(&setting.words, &policy, &event, now, Some(&locale))
        .map_err(|error| error.to_string())?;
    if let Some(failure) = composed.failure {
        return Err(failure.to_string());
    }
    if !plan.can_leave() {
        return Err(format!(
            "[{}] of the configuration has no provider or no sender",
            named.channel.as_str()
        ));
    }
    if let Message::Email(mail) = &mut composed.message {
        config.dkim.sign(mail).map_err(|error| error.to_string())?;
    }
    let (is_accepted, attempts) = offer_in_order(config, &plan, &composed.message).await?;
    let redirected = plan.redirected_from.is_some();
    Ok(json!({ "is_accepted": is_accepted, "attempts": attempts, "to": choice.to, "redirected": redirected }))
}

/// Prepares only the providers of the plan, for this one message. Returns whether one took it, and what each said.
async fn offer_in_order(
    config: &Config,
    plan: &Plan<'_>,
    message: &Message,
) -> Result<(bool, Vec<Value>), String> {
    let chosen = |name: &String| config.providers.get(name).map(|it| (name.clone(), it.clone()));
    let needed = Config { providers: plan.providers.iter().filter_map(chosen).collect(), ..config.clone() };
    let ready = app::providers(&needed, &Clock::System).map_err(|error| error.to_string())?;
    let asked: Vec<&Provider> = plan.providers.iter().filter_map(|name| ready.get(name)).collect();
    let rules = Rules {
        deadline: Instant::now() + config.server.request_deadline,
        stop_on_doubt: plan.on_doubt == OnDoubt::Stop,
    };
    let mut attempts = Vec::new();
    let seen = |attempt: &Attempt<'_>| attempts.push(row(attempt));
    let delivered = delivery::deliver(&asked, message, rules, || true, seen).await;
    for provider in &asked {
        if let Transport::Smtp(relay) = &provider.transport {
            relay.close().await;
        }
    }
    Ok((matches!(delivered.verdict, Some((Verdict::Accepted { .. }, _))), attempts))
}

fn addressed(mut event: Value, channel: Channel, to: &str) -> Value {
    let recipient = match channel {
        Channel::Email => event.pointer_mut("/data/to_email_address"),
        Channel::Sms => event.pointer_mut("/data/to_phone_number"),
    };
    if let Some(recipient) = recipient {
        *recipient = to.into();
    }
    event
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
