//! `clerk-courier send`: one message through the configured providers, with no webhook, ledger or limits in between.

use std::fmt::Write as _;
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
use crate::compose::{Composed, Composer};
use crate::config::{self, Config, OnDoubt, nearest};
use crate::decision::{Plan, Policy};
use crate::delivery::api::{self, Api};
use crate::delivery::{self, Attempt, Provider, Rules, Transport, Verdict};
use crate::message::Message;
use crate::outcome::{Answer, Outcome};
use crate::pipeline;
use crate::secret::Secret;

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
    /// Print the requests in place of sending them; secrets stand there by their names
    #[arg(long)]
    dry_run: bool,
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
    if arguments.dry_run {
        return dry_run(&config, &words, order, only).map_err(failure);
    }
    let sent = runtime(1)?.block_on(hand_over(&config, &words, order, only, |attempt| say(&line(attempt))));
    let Sent { answer, redirected } = sent.map_err(failure)?;
    let reason = answer.reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
    say(&format!("{}{reason}: {}", answer.outcome.as_str(), answer.message));
    if redirected {
        say(REDIRECTED);
    }
    if answer.outcome == Outcome::Accepted { Ok(()) } else { Err(anyhow::anyhow!("not sent").into()) }
}

const REDIRECTED: &str = "To redirect_to, in place of the recipient.";

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

fn failure(unsent: Unsent) -> Failure {
    match unsent {
        Unsent::Wrong(text) => Failure::Wrong(text),
        Unsent::Failed(error) => Failure::Failed(error),
    }
}

/// What the service would compose, signed, and for whom: `only` these providers, or those of the configuration.
fn composed<'p>(
    config: &Config,
    policy: &'p Policy,
    words: &Composer,
    order: Order<'_>,
    only: Option<&'p [String]>,
) -> Result<(Composed, Box<Plan<'p>>), Unsent> {
    let composed = preview::compose(words, policy, order.event, order.now, order.locale);
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
    Ok((composed, plan))
}

/// Prints what each provider would be asked.
fn dry_run(
    config: &Config,
    words: &Composer,
    order: Order<'_>,
    only: Option<&[String]>,
) -> Result<(), Unsent> {
    let policy = app::policy(config);
    let (composed, plan) = composed(config, &policy, words, order, only)?;
    let mut unmade = 0;
    for (name, settings) in settings(config, &plan, &composed.message)? {
        let request = match settings {
            config::Provider::Api(api) => request(api, &composed.message).unwrap_or_else(|error| {
                unmade += 1;
                format!("no request: {error:#}")
            }),
            config::Provider::Smtp(_) | config::Provider::Outbox(_) => {
                "the message as it is: `clerk-courier render` prints it".to_owned()
            }
        };
        say(&format!("# {name}\n{}\n", request.trim_end()));
    }
    if plan.redirected_from.is_some() {
        say(REDIRECTED);
    }
    if unmade == 0 { Ok(()) } else { Err(anyhow::anyhow!("{unmade} without a request").into()) }
}

/// As it would leave, but that JSON has its lines.
fn request(api: &api::Settings, message: &Message) -> anyhow::Result<String> {
    let prepared = Api::new(without_secrets(api), Clock::System)?.prepare(message)?;
    let mut text = format!("{} {}\n", prepared.method, prepared.url);
    for (name, value) in &prepared.headers {
        let _ = writeln!(text, "{name}: {}", String::from_utf8_lossy(value.as_bytes()));
    }
    if api.tokens.is_some() {
        text.push_str("authorization: Bearer ACCESS_TOKEN\n");
    }
    if let Some(body) = &prepared.body {
        let _ = match serde_json::from_slice::<Value>(body) {
            Ok(json) => write!(text, "\n{json:#}\n"),
            Err(_) => write!(text, "\n{}\n", String::from_utf8_lossy(body)),
        };
    }
    Ok(text)
}

/// The same account, each secret replaced by its name.
fn without_secrets(api: &api::Settings) -> api::Settings {
    let mut shown = api.clone();
    shown.base_url = api.shown_base_url();
    for (name, value) in &mut shown.values {
        let is_secret = api.definition.keys.get(name).is_some_and(|setting| setting.secret);
        if is_secret && !value.reveal().is_empty() {
            *value = Secret::new(name.to_uppercase());
        }
    }
    shown
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
    let (composed, plan) = composed(config, &policy, words, order, only)?;
    let ready = settings(config, &plan, &composed.message)?
        .into_iter()
        .map(|(name, settings)| app::provider(name, settings, &Clock::System).map_err(anyhow::Error::from))
        .collect::<Result<Vec<_>, _>>()?;
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
fn settings<'c>(
    config: &'c Config,
    plan: &Plan<'c>,
    message: &Message,
) -> Result<Vec<(&'c str, &'c config::Provider)>, Unsent> {
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
        providers.push((name.as_str(), settings));
    }
    Ok(providers)
}
