//! Who signs the mails of each sender, and the DNS records that make the signatures count.

use std::collections::BTreeSet;

use crate::config::Config;
use crate::decision::policy::Sender;
use crate::message::dkim::{Signer, Signers};
use crate::message::email;

/// A character-string of a TXT record holds no more (RFC 1035, 3.3).
const LONGEST_STRING: usize = 255;

/// A line for each key with its record as a zone file has it, and one for each domain that has senders or keys alone.
pub(super) fn lines(config: &Config) -> Vec<String> {
    let senders = senders(config);
    let signers = &config.dkim;
    let records = signers.all().iter().flat_map(record);
    let unsigned = senders.iter().filter(|domain| signers.of(domain).next().is_none()).map(|domain| {
        format!("dkim      {domain}: not signed here, there is no [[dkim]] of this domain; the mail server may sign")
    });
    let unused = domains(signers)
        .into_iter()
        .filter(|domain| !senders.contains(*domain))
        .map(|domain| format!("dkim      {domain}: signs nothing, no `from` is at this domain"));
    records.chain(unsigned).chain(unused).collect()
}

/// The domains that mails come from.
fn senders(config: &Config) -> BTreeSet<String> {
    let email = &config.email;
    let all =
        std::iter::once(&email.base).chain(email.by_slug.values()).filter_map(|mail| mail.from.as_ref());
    all.map(|from| match from {
        Sender::Fixed(mailbox) => email::dns_domain(mailbox.email.domain()),
        Sender::Template { domain, .. } => email::dns_domain(domain),
    })
    .collect()
}

fn domains(signers: &Signers) -> BTreeSet<&str> {
    signers.all().iter().map(|signer| signer.domain.as_str()).collect()
}

fn record(signer: &Signer) -> [String; 2] {
    let Signer { domain, selector, key, .. } = signer;
    let record = signer.record();
    // Base64 and tags are ASCII: any byte is a place to cut.
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
