//! `[[dkim]]`: the keys that sign mail, by the domain of the `From` header.

use super::reader::Table;
use super::rule;
use crate::message::dkim::{Signer, Signers};

/// Reads the `[[dkim]]` tables. Two keys of one domain must have different selectors, since the selector is the name under
/// which DNS publishes the key.
pub(super) fn dkim(tables: Vec<Table<'_>>) -> Signers {
    let mut signers: Vec<Signer> = Vec::new();
    for table in tables {
        if let Some(signer) = signer(&table) {
            let is_same = |other: &Signer| other.domain == signer.domain && other.selector == signer.selector;
            if signers.iter().any(is_same) {
                let hint = "give each key a selector of its own, such as \"courier1\" and \"courier2\"";
                table.mistake("selector", "is used twice for this domain", hint);
            }
            signers.push(signer);
        }
        table.finish();
    }
    Signers::new(signers)
}

/// One `[[dkim]]` table; `None` after a mistake in one of the three keys that every table must have.
fn signer(table: &Table<'_>) -> Option<Signer> {
    for (key, hint) in [
        ("domain", "add: domain = \"acme.example\""),
        ("selector", "add: selector = \"courier1\""),
        ("key", "add: key = \"${file:/run/secrets/dkim.pem}\""),
    ] {
        if !table.sets(key) {
            table.missing(key, hint);
        }
    }
    let domain = table.parsed("domain", rule::dns_domain);
    let selector = table.parsed("selector", rule::dkim_selector);
    let key = table.pem("key", rule::dkim_key);
    let sign_message_id = table.boolean("sign_message_id").unwrap_or(false);
    Some(Signer { domain: domain?, selector: selector?, key: key?, sign_message_id })
}
