//! The domains that mails are sent from, and the mail servers of one's own.

use std::collections::{BTreeMap, BTreeSet};

use super::dns::is_within;
use crate::config::Config;
use crate::decision::policy::{EmailFor, Sender as From};
use crate::delivery::settings::Provider;
use crate::message::email::dns_domain;

/// A domain that mails are from. All domains are in lower case, and in the form that DNS uses.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sender {
    /// The domains of the envelopes, where bounces go. Only a mail server gets an envelope from us.
    pub(crate) envelopes: BTreeSet<String>,
    /// The domains of the configured addresses for replies.
    pub(crate) replies: BTreeSet<String>,
    /// The hosts of mail servers that lie in the domain itself, or that it lies in: most likely one's own.
    pub(crate) own_servers: BTreeSet<String>,
    /// Whether all of its mails go to mail servers of one's own.
    pub(crate) only_own: bool,
}

/// The domains that mails are from, of all slugs that have a provider, and of all variants.
pub(crate) fn senders(config: &Config) -> BTreeMap<String, Sender> {
    let mut all: BTreeMap<String, Sender> = BTreeMap::new();
    for variant in &config.variants {
        collect(&variant.config, &mut all);
    }
    collect(config, &mut all);
    all
}

/// Adds the domains of one configuration, without its variants.
fn collect(config: &Config, all: &mut BTreeMap<String, Sender>) {
    for mail in std::iter::once(&config.email.base).chain(config.email.by_slug.values()) {
        let Some(from) = &mail.from else { continue };
        if !mail.route.send || mail.route.providers.is_empty() {
            continue;
        }
        let domain = match from {
            From::Fixed(mailbox) => dns_domain(mailbox.email.domain()),
            From::Template { domain, .. } => dns_domain(domain),
        };
        add(
            all.entry(domain.clone()).or_insert_with(|| Sender { only_own: true, ..Sender::default() }),
            &domain,
            mail,
            config,
        );
    }
}

fn add(sender: &mut Sender, domain: &str, mail: &EmailFor, config: &Config) {
    if let Some(reply_to) = &mail.reply_to {
        sender.replies.insert(dns_domain(reply_to.email.domain()));
    }
    for provider in mail.route.providers.iter().filter_map(|name| config.providers.get(name)) {
        let Provider::Smtp(smtp) = provider else {
            sender.only_own = false;
            continue;
        };
        let envelope = mail.envelope_from.as_ref().map(|address| dns_domain(address.domain()));
        sender.envelopes.insert(envelope.unwrap_or_else(|| domain.to_owned()));
        let host = smtp.host.to_ascii_lowercase();
        let home = host.split_once('.').map_or("", |(_, home)| home);
        if is_within(&host, domain) || (home.contains('.') && is_within(domain, home)) {
            sender.own_servers.insert(host);
        } else {
            sender.only_own = false;
        }
    }
}
