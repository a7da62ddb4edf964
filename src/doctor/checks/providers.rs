//! Each provider of the configuration: reached, and logged in to, without a message.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::app;
use crate::delivery::settings::Provider;
use crate::doctor::check::Check;
use crate::doctor::finding::{Area, Told};
use crate::doctor::port;
use crate::doctor::subject::Subject;
use crate::message::Channel;
use crate::rehearsal::connect::{self, FAILED};

pub(super) const CHECK: Check =
    Check { name: "providers", area: Area::Providers, run: |subject| Box::pin(run(subject)) };

/// The longest time for one provider.
const WITHIN: Duration = Duration::from_secs(7);

async fn run(subject: Arc<Subject>) -> Vec<Told> {
    if !subject.is_complete() {
        return vec![Told::unseen(
            "The providers were not reached, since the configuration has mistakes.",
            "Correct the mistakes, and run this again.",
        )];
    }
    let ready = match app::providers(&subject.config, &subject.clock) {
        Ok(ready) => ready,
        Err(error) => {
            return vec![Told::fault(
                format!("{:#}.", anyhow::Error::from(error)),
                "Correct it: `serve` does not start until then.",
            )];
        }
    };
    let mut told = Vec::new();
    for channel in [Channel::Email, Channel::Sms] {
        if !subject.sends(channel) {
            let name = channel.as_str();
            told.push(Told::fine(format!("no provider for {name}")));
        }
    }
    if ready.is_empty() {
        told.push(Told::warning(
            "No provider is configured, so every message is answered `failed`.",
            "`clerk-courier providers` lists them, and says what each needs.",
        ));
    }
    let mut asking = JoinSet::new();
    for (name, provider) in ready {
        let smtp = match subject.config.providers.get(&name) {
            Some(Provider::Smtp(smtp)) => Some(smtp.clone()),
            _ => None,
        };
        asking.spawn(async move {
            let looked = async {
                match &smtp {
                    Some(smtp) => port::mismatch(smtp).await,
                    None => None,
                }
            };
            let both = async { tokio::join!(connect::one(provider), looked) };
            let Ok((met, mismatch)) = timeout(WITHIN, both).await else {
                return Told::fault(
                    format!("Provider {name} did not answer within {} s.", WITHIN.as_secs()),
                    "Check its host and port, and whether a firewall drops the connection.",
                );
            };
            match (met.result == FAILED, mismatch) {
                (true, Some((what, cure))) => Told::fault(format!("Provider {name}: {what}"), cure),
                (true, None) => Told::fault(
                    format!("Provider {name} would not take messages: {}.", met.detail),
                    met.advice.unwrap_or("Check its settings."),
                ),
                (false, _) => Told::fine(format!("{name} takes messages ({})", met.detail)),
            }
        });
    }
    while let Some(asked) = asking.join_next().await {
        told.extend(asked.ok());
    }
    told.sort_by(|a, b| a.what.cmp(&b.what));
    told
}
