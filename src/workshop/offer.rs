//! What "Send it to me" offers: the configured providers, or a sentence on what to configure first.

use serde_json::{Value, json};

use super::snapshot::{Sending, Snapshot};
use crate::config::Config;
use crate::decision::policy::{ByCountry, Route};
use crate::message::Channel;

/// The providers that a message of this slug may go to, or why it can't be sent, for the page.
pub(super) fn offer(snapshot: &Snapshot, channel: Channel, slug: &str) -> Value {
    match &snapshot.sending {
        Sending::Unconfigured => json!({ "is_possible": false, "is_unconfigured": true }),
        Sending::Unusable(why) => json!({ "is_possible": false, "why": why }),
        Sending::Configured(config) => {
            let names = providers_of(config, channel, slug);
            json!({ "is_possible": !names.is_empty(), "providers": names, "channel": channel.as_str() })
        }
    }
}

/// The names of those providers, each once: the usual ones, then those that only some countries' numbers go to.
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
