//! Sends one test message through the configured providers, without a webhook, the ledger or the limits.

use std::fmt::Write as _;
use std::time::SystemTime;

use serde_json::Value;
use tokio::time::Instant;

use super::preview::{self, PreviewError};
use crate::app::{self, BuildError};
use crate::clock::Clock;
use crate::compose::{Composed, Composer};
use crate::config::Config;
use crate::decision::policy::OnDoubt;
use crate::decision::{Plan, Policy};
use crate::delivery::api::{self, Api};
use crate::delivery::settings;
use crate::delivery::{self, Attempt, Provider, Rules, Transport};
use crate::message::Message;
use crate::message::dkim::SignError;
use crate::outcome::Answer;
use crate::pipeline;
use crate::secret::Secret;
use crate::suggest::nearest;
use crate::template::TemplateError;

/// A test message to send.
#[derive(Clone, Copy)]
pub(crate) struct TestSend<'a> {
    /// The event that the message is made from, with its real recipient.
    pub(crate) event: &'a Value,
    /// The time that the message is composed at.
    pub(crate) now: SystemTime,
    /// The reader's language (BCP 47); `None`: the language that the event names.
    pub(crate) locale: Option<&'a str>,
    /// The only providers to ask, in this order; `None`: those of the configuration.
    pub(crate) only: Option<&'a [String]>,
}

/// What happened to a test message.
pub(crate) struct Sent {
    /// The answer that the service would have given to Svix.
    pub(crate) answer: Answer,
    /// Whether the message went to `redirect_to` in place of its recipient.
    pub(crate) redirected: bool,
}

/// Why no provider was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    /// The test message asks for something that the configuration does not have.
    #[error("{0}")]
    Misconfigured(String),
    /// The event does not become a message.
    #[error(transparent)]
    Preview(#[from] PreviewError),
    /// The template fails with this event.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The mail could not be signed with DKIM.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// A provider could not be set up.
    #[error(transparent)]
    Build(#[from] BuildError),
}

/// Composes what the service would send, hands it to the providers in order, and reports each attempt to `seen`.
pub(crate) async fn send(
    config: &Config,
    composer: &Composer,
    test: TestSend<'_>,
    seen: impl FnMut(&Attempt<'_>),
) -> Result<Sent, SendError> {
    let policy = app::policy(config);
    let (made, plan) = signed(config, &policy, composer, test)?;
    let ready = settings(config, &plan, &made.message)?
        .into_iter()
        .map(|(name, settings)| app::provider(name, settings, &Clock::System))
        .collect::<Result<Vec<_>, _>>()?;
    let asked: Vec<&Provider> = ready.iter().collect();
    // The same deadline as for a webhook, so that a test which passes here also passes in the service.
    let rules = Rules {
        deadline: Instant::now() + config.server.request_deadline,
        stop_on_doubt: plan.on_doubt == OnDoubt::Stop,
    };
    // `still_good` is always true: the event is new, so its code can't expire or be superseded within the deadline.
    let delivered = delivery::deliver(&asked, &made.message, rules, || std::future::ready(true), seen).await;
    // Say QUIT: this process ends, so nobody will use the sessions again.
    for provider in &asked {
        if let Transport::Smtp(relay) = &provider.transport {
            relay.close().await;
        }
    }
    let answer = pipeline::answer(&delivered, &plan, None, made.template);
    Ok(Sent { answer, redirected: plan.redirected_from.is_some() })
}

/// What [`send`] would ask of each provider.
pub(crate) struct DryRun<'a> {
    /// The providers by name and what each would get, in the order in which they would be asked.
    pub(crate) requests: Vec<(&'a str, DryRequest)>,
    /// Whether the message would go to `redirect_to` in place of its recipient.
    pub(crate) redirected: bool,
}

/// What one provider would get.
pub(crate) enum DryRequest {
    /// An HTTP request, with the names of secrets in place of their values and its JSON indented.
    Http(String),
    /// The message itself, by SMTP or as a file: a mail's envelope and headers, an SMS's recipient and text.
    Message(String),
    /// Nothing, since the request can't be made, for this reason.
    Impossible(String),
}

/// Composes what the service would send, and asks nobody.
pub(crate) fn dry_run<'a>(
    config: &'a Config,
    composer: &Composer,
    test: TestSend<'a>,
) -> Result<DryRun<'a>, SendError> {
    let policy = app::policy(config);
    let (made, plan) = signed(config, &policy, composer, test)?;
    let mut requests = Vec::new();
    for (name, settings) in settings(config, &plan, &made.message)? {
        let request = match settings {
            settings::Provider::Api(api) => match request(api, &made.message) {
                Ok(shown) => DryRequest::Http(shown),
                Err(error) => DryRequest::Impossible(format!("{error:#}")),
            },
            settings::Provider::Smtp(_) | settings::Provider::Outbox(_) => {
                DryRequest::Message(head(&made.message))
            }
        };
        requests.push((name, request));
    }
    Ok(DryRun { requests, redirected: plan.redirected_from.is_some() })
}

/// The message that the service would send, signed, and the plan for it.
fn signed<'p>(
    config: &Config,
    policy: &'p Policy,
    composer: &Composer,
    test: TestSend<'p>,
) -> Result<(Composed, Box<Plan<'p>>), SendError> {
    let (mut made, mut plan) = preview::compose(composer, policy, test.event, test.now, test.locale)?;
    // A test must not hide that a template fails by sending Clerk's own words, as the service may do.
    if let Some(failure) = made.failure {
        return Err(failure.into());
    }
    if let Some(only) = test.only {
        plan.providers = only;
    }
    if !plan.can_leave() {
        let channel = made.message.channel().as_str();
        return Err(SendError::Misconfigured(format!(
            "[{channel}] of the configuration has no providers or no sender: set `providers` and `from` there"
        )));
    }
    if let Message::Email(mail) = &mut made.message {
        config.dkim.sign(mail)?;
    }
    Ok((made, plan))
}

/// The settings of the plan's providers, in its order.
fn settings<'c>(
    config: &'c Config,
    plan: &Plan<'_>,
    message: &Message,
) -> Result<Vec<(&'c str, &'c settings::Provider)>, SendError> {
    let channel = message.channel();
    let mut providers = Vec::new();
    for wanted in plan.providers {
        let Some((name, settings)) = config.providers.get_key_value(wanted) else {
            let meant = nearest(wanted, config.providers.keys().map(String::as_str));
            let meant = meant.map(|meant| format!("; did you mean {meant:?}?")).unwrap_or_default();
            return Err(SendError::Misconfigured(format!(
                "the configuration has no provider {wanted:?}{meant}"
            )));
        };
        if !settings.carries(channel) {
            return Err(SendError::Misconfigured(format!("{wanted:?} does not carry {}", channel.as_str())));
        }
        providers.push((name.as_str(), settings));
    }
    Ok(providers)
}

/// The beginning of a message that goes out as it is: what SMTP says before it, and its headers. Not its bodies, which
/// `render` prints.
fn head(message: &Message) -> String {
    match message {
        Message::Email(mail) => {
            let wire = String::from_utf8_lossy(mail.wire());
            let headers = wire.split_once("\r\n\r\n").map_or(&*wire, |(headers, _)| headers);
            let headers = headers.replace("\r\n", "\n");
            format!("MAIL FROM:<{}>\nRCPT TO:<{}>\n{headers}\n", mail.envelope_from, mail.to)
        }
        Message::Sms(sms) => format!("To: {}\n{}\n", sms.to.e164, sms.text),
    }
}

/// The request as it would leave, except that JSON is indented and secrets are replaced by their names.
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

/// The same account with each secret replaced by its name in upper case.
fn without_secrets(api: &api::Settings) -> api::Settings {
    let mut shown = api.clone();
    shown.base_url = api.shown_base_url();
    for (name, value) in &mut shown.values {
        let is_secret = api.definition.keys.get(name).is_some_and(|key| key.secret);
        if is_secret && !value.reveal().is_empty() {
            *value = Secret::new(name.to_uppercase());
        }
    }
    shown
}
