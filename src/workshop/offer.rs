//! What "Send it to me" offers: the configured providers, or what has to be configured first.

use serde_json::{Value, json};

use super::snapshot::Snapshot;
use crate::config::Config;
use crate::decision::policy::{ByCountry, Route};
use crate::message::Channel;

/// Which providers a message of this slug would be offered to, or what to configure first.
pub(super) fn offer(snapshot: &Snapshot, channel: Channel, slug: &str) -> Value {
    match &snapshot.complete {
        Err(faults) => json!({ "is_possible": false, "why": faults }),
        Ok(config) => {
            let names = providers_of(config, channel, slug);
            json!({ "is_possible": !names.is_empty(), "providers": names, "channel": channel.as_str() })
        }
    }
}

fn providers_of<'c>(config: &'c Config, channel: Channel, slug: &str) -> Vec<&'c str> {
    let route: &Route = match channel {
        Channel::Email => &config.email.by_slug.get(slug).unwrap_or(&config.email.base).route,
        Channel::Sms => &config.sms.by_slug.get(slug).unwrap_or(&config.sms.base).route,
    };
    let is_of_slug = |rule: &&ByCountry| channel == Channel::Sms && rule.speaks_of(slug);
    let elsewhere = config.sms.by_country.iter().filter(is_of_slug);
    let elsewhere = elsewhere.filter_map(|rule| rule.providers.as_ref()).flatten();
    let mut names: Vec<&str> = Vec::new();
    for name in route.providers.iter().chain(elsewhere) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names
}
