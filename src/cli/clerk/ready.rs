//! Whether this service can take over: its configuration and templates pass, somebody is there to send, and the endpoint's URL
//! answers a signed test as the service does.

use anyhow::{anyhow, bail};
use serde_json::{Value, json};

use super::access::Instance;
use crate::app;
use crate::clerk::Target;
use crate::cli::configuration::load;
use crate::cli::failure::{Failure, wrong};
use crate::clock::Clock;
use crate::config::Config;
use crate::decision::variant::When;
use crate::ledger;
use crate::message::Channel;
use crate::rehearsal::post::{client, post};
use crate::rehearsal::sample::{fresh, meet, unique};
use crate::secret::Secret;
use crate::webhook::SigningSecrets;

/// Makes the checks of `clerk-courier check`, without its tables. Returns the instance's configuration, and which events are
/// its own.
///
/// # Errors
/// Whatever would make `check` fail, or a channel of these templates has no provider.
pub(super) fn check(instance: Instance<'_>, targets: &[Target]) -> Result<(Config, Option<When>), Failure> {
    let (config, when) = instance.of(load(instance.file)?)?;
    app::providers(&config, &Clock::System).map_err(wrong)?;
    ledger::inspect(&config.ledger).map_err(|error| wrong(error.into()))?;
    let composer = app::composer(&config).map_err(wrong)?;
    let faults: Vec<_> = composer.prove(true).into_iter().filter_map(|proof| proof.result.err()).collect();
    if let Some(fault) = faults.first() {
        let count = faults.len();
        return Err(anyhow!("{count} renderings fail with your brand, the first one because {fault}").into());
    }
    for (channel, route) in
        [(Channel::Email, &config.email.base.route), (Channel::Sms, &config.sms.base.route)]
    {
        if route.providers.is_empty() && targets.iter().any(|target| target.channel == channel) {
            let name = channel.as_str();
            return Err(anyhow!(
                "[{name}] has no `providers`, so nobody would send these messages: configure one, or leave them to Clerk with \
                 `--channel {}`",
                if channel == Channel::Email { "sms" } else { "email" }
            )
            .into());
        }
    }
    Ok((config, when))
}

/// Posts a signed event to the endpoint's URL. The event says that Clerk delivers it, so nothing is sent to anybody.
///
/// # Errors
/// The answer is not the one that this service gives.
pub(super) async fn endpoint(config: &Config, when: Option<&When>, url: &str) -> anyhow::Result<()> {
    let Some(secret) = config.clerk.signing_secrets.first() else { bail!("there is no signing secret") };
    let secrets = SigningSecrets::new([Secret::reveal(secret)])?;
    let mut event = fresh(Channel::Email, "verification_code", Clock::System.now())?;
    // A secret is held against the instance that the event names.
    if let Some(when) = when {
        meet(&mut event, when);
    }
    if let Some(delivered) = event.pointer_mut("/data/delivered_by_clerk") {
        *delivered = json!(true);
    }
    let posted = post(&client()?, url, &secrets, &format!("msg_{}", unique()?), &event).await?;
    let answer: Value = serde_json::from_slice(&posted.body).unwrap_or_default();
    let text = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default();
    match (posted.status, text("outcome"), text("reason")) {
        (200, "skipped", "delivered_by_clerk") => Ok(()),
        (300..=399, ..) => bail!(
            "it answers with a redirect ({}), which Svix never follows: give Clerk and --url the address that it leads to",
            posted.status
        ),
        (401, "unauthorized", _) => bail!(
            "the service there does not accept this configuration's first signing secret: compare `signing_secrets`"
        ),
        (status, "", _) => bail!(
            "another program answers there ({status}): check that the URL ends in `[clerk] path`, and what stands in front of \
             the service"
        ),
        (status, outcome, _) => bail!("the service answers {status} `{outcome}`: {}", text("message")),
    }
}
