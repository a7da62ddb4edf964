//! `clerk-courier send`: one message through the configured providers, with no webhook, ledger or limits in between.

use std::path::Path;
use std::time::SystemTime;

use clap::Args;
use serde_json::Value;
use tokio::time::Instant;

use super::event::{EventArguments, address, build};
use super::render::spoken;
use super::{Failure, load, preview, runtime, say, wrong};
use crate::app;
use crate::clock::Clock;
use crate::compose::Composer;
use crate::config::{Config, OnDoubt, nearest};
use crate::decision::Plan;
use crate::delivery::{self, Attempt, Provider, Rules, Transport, Verdict};
use crate::message::Message;
use crate::outcome::{Answer, Outcome};
use crate::pipeline;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    event: EventArguments,
    /// The recipient: an address or a number, which also says whether it is a mail or a text
    #[arg(long, value_name = "ADDRESS")]
    to: String,
    /// Through this provider alone, in place of the configured order
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// The reader's language, as in `de-AT`
    #[arg(long, value_name = "BCP47")]
    locale: Option<String>,
}

pub(super) fn run(path: &Path, arguments: &Arguments) -> Result<(), Failure> {
    let config = load(path)?;
    let words = app::composer(&config).map_err(wrong)?;
    let now = Clock::System.now();
    if let Some(locale) = &arguments.locale {
        spoken(locale, &words.templates)?;
    }
    let event = arguments.event.for_recipient(&arguments.to)?;
    let (channel, mut event) = build(&event, now)?;
    address(&mut event, channel, &arguments.to);
    let order = Order { event: &event, now, locale: arguments.locale.as_deref() };
    let only = arguments.provider.as_ref().map(std::slice::from_ref);
    let sent = runtime(1)?.block_on(hand_over(&config, &words, order, only, |attempt| say(&line(attempt))));
    let Sent { answer, redirected } = sent.map_err(|unsent| match unsent {
        Unsent::Wrong(text) => Failure::Wrong(text),
        Unsent::Failed(error) => Failure::Failed(error),
    })?;
    let reason = answer.reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
    say(&format!("{}{reason}: {}", answer.outcome.as_str(), answer.message));
    if redirected {
        say("It went to redirect_to in place of the recipient.");
    }
    if answer.outcome == Outcome::Accepted { Ok(()) } else { Err(anyhow::anyhow!("not sent").into()) }
}

/// `main  accepted  31 ms  250 2.0.0 queued as 4F1A2`
fn line(attempt: &Attempt<'_>) -> String {
    let detail = match (&attempt.verdict, attempt.verdict.fault()) {
        (Verdict::Accepted { receipt: Some(receipt) }, _) => format!("its id: {receipt}"),
        (_, Some(fault)) => fault.to_string(),
        _ => String::new(),
    };
    let verdict = attempt.verdict.as_str().replace('_', " ");
    let line = format!("{:<12} {verdict:<9} {:>6} ms  {detail}", attempt.provider, attempt.took.as_millis());
    line.trim_end().to_owned()
}

/// What is to be sent.
#[derive(Clone, Copy)]
pub(super) struct Order<'a> {
    pub(super) event: &'a Value,
    pub(super) now: SystemTime,
    /// BCP 47; `None`: what the event says.
    pub(super) locale: Option<&'a str>,
}

/// What became of it.
pub(super) struct Sent {
    pub(super) answer: Answer,
    pub(super) redirected: bool,
}

/// Why nobody was asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unsent {
    /// What was asked for does not go with the configuration.
    #[error("{0}")]
    Wrong(String),
    /// The message, or the configuration's parts.
    #[error(transparent)]
    Failed(#[from] anyhow::Error),
}

/// Composes what the service would, and hands it to `only` these providers, or to those of the configuration in their order.
pub(super) async fn hand_over(
    config: &Config,
    words: &Composer,
    order: Order<'_>,
    only: Option<&[String]>,
    seen: impl FnMut(&Attempt<'_>),
) -> Result<Sent, Unsent> {
    let policy = app::policy(config);
    let composed = preview::compose(words, &policy, order.event, order.now, order.locale);
    let (mut composed, mut plan) = composed.map_err(anyhow::Error::from)?;
    if let Some(failure) = composed.failure {
        return Err(anyhow::Error::from(failure).into());
    }
    if let Some(only) = only {
        plan.providers = only;
    }
    if !plan.can_leave() {
        let channel = composed.message.channel().as_str();
        return Err(Unsent::Wrong(format!("[{channel}] of the configuration has no provider or no sender")));
    }
    if let Message::Email(mail) = &mut composed.message {
        config.dkim.sign(mail).map_err(anyhow::Error::from)?;
    }
    let ready = prepare(config, &plan, &composed.message)?;
    let asked: Vec<&Provider> = ready.iter().collect();
    let rules = Rules {
        deadline: Instant::now() + config.server.request_deadline,
        stop_on_doubt: plan.on_doubt == OnDoubt::Stop,
    };
    let delivered = delivery::deliver(&asked, &composed.message, rules, || true, seen).await;
    for provider in &asked {
        if let Transport::Smtp(relay) = &provider.transport {
            relay.close().await;
        }
    }
    let answer = pipeline::answer(&delivered, &plan, false, composed.template);
    Ok(Sent { answer, redirected: plan.redirected_from.is_some() })
}

/// The plan's providers alone, in its order.
fn prepare(config: &Config, plan: &Plan<'_>, message: &Message) -> Result<Vec<Provider>, Unsent> {
    let channel = message.channel();
    let mut providers = Vec::new();
    for name in plan.providers {
        let Some(settings) = config.providers.get(name) else {
            let meant = nearest(name, config.providers.keys().map(String::as_str));
            let meant = meant.map(|meant| format!(", did you mean {meant:?}?")).unwrap_or_default();
            return Err(Unsent::Wrong(format!("{name:?} is no provider of the configuration{meant}")));
        };
        if !settings.carries(channel) {
            return Err(Unsent::Wrong(format!("{name:?} does not carry {}", channel.as_str())));
        }
        providers.push(app::provider(name, settings, &Clock::System).map_err(anyhow::Error::from)?);
    }
    Ok(providers)
}
