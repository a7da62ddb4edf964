//! Which DKIM keys sign the mails of each sender, and the DNS records that let receivers check the signatures.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Config;
use crate::decision::policy::Sender;
use crate::message::dkim::{Signer, Signers};
use crate::message::email;

/// The most bytes that a character-string of a TXT record can hold (RFC 1035, 3.3).
const LONGEST_STRING: usize = 255;

/// Two lines for each key, with its record in the form of a zone file, and a line for each domain that has senders and
/// no key, or keys and no sender.
pub(super) fn lines(config: &Config) -> Vec<String> {
    let senders = senders(config);
    let signers = &config.dkim;
    let records = signers.all().iter().flat_map(record);
    let unsigned = senders.iter().filter(|(domain, _)| signers.of(domain).next().is_none()).map(|(domain, of)| {
        let of = if of.is_empty() { String::new() } else { format!(" (variant {})", of.join(", ")) };
        format!("dkim      {domain}{of}: not signed here, since no [[dkim]] has this domain; your mail server may sign")
    });
    let unused = domains(signers)
        .into_iter()
        .filter(|domain| !senders.contains_key(*domain))
        .map(|domain| format!("dkim      {domain}: signs nothing, since no `from` is at this domain"));
    records.chain(unsigned).chain(unused).collect()
}

/// The domains of all senders of mails, each with the variants whose sender alone it is.
fn senders(config: &Config) -> BTreeMap<String, Vec<&str>> {
    let mut all: BTreeMap<String, Vec<&str>> =
        domains_of(config).map(|domain| (domain, Vec::new())).collect();
    let own: BTreeSet<String> = all.keys().cloned().collect();
    for variant in &config.variants {
        for domain in domains_of(&variant.config).filter(|domain| !own.contains(domain)) {
            let variants = all.entry(domain).or_default();
            if !variants.contains(&variant.name.as_str()) {
                variants.push(&variant.name);
            }
        }
    }
    all
}

/// The domains of the senders of one configuration, without its variants.
fn domains_of(config: &Config) -> impl Iterator<Item = String> {
    let email = &config.email;
    let all =
        std::iter::once(&email.base).chain(email.by_slug.values()).filter_map(|mail| mail.from.as_ref());
    // As A-labels, because the domains of keys are written so.
    all.map(|from| match from {
        Sender::Fixed(mailbox) => email::dns_domain(mailbox.email.domain()),
        Sender::Template { domain, .. } => email::dns_domain(domain),
    })
}

/// The domains of all DKIM keys.
fn domains(signers: &Signers) -> BTreeSet<&str> {
    signers.all().iter().map(|signer| signer.domain.as_str()).collect()
}

/// The lines of one key: what it signs, and its DNS record.
fn record(signer: &Signer) -> [String; 2] {
    let Signer { domain, selector, key, .. } = signer;
    let record = signer.record();
    // The record is ASCII, so that it can be cut after any byte.
    let strings: Vec<String> = record
        .as_bytes()
        .chunks(LONGEST_STRING)
        .map(|part| format!("\"{}\"", String::from_utf8_lossy(part)))
        .collect();
    [
        format!("dkim      {domain}: key {selector} ({}); its record in DNS:", key.algorithm()),
        format!("  {}. IN TXT {}", signer.record_name(), strings.join(" ")),
    ]
}
