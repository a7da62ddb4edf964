//! `[[dkim]]`: the keys that sign mail, by the domain of `From`.

use super::reader::Table;
use super::rule;
use crate::message::dkim::{Signer, Signers};

pub(super) fn dkim(tables: Vec<Table<'_>>) -> Signers {
    let mut signers: Vec<Signer> = Vec::new();
    for table in tables {
        if let Some(signer) = signer(&table) {
            let is_same = |other: &Signer| other.domain == signer.domain && other.selector == signer.selector;
            if signers.iter().any(is_same) {
                let hint = "each key has a record of its own: \"courier1\", \"courier2\"";
                table.mistake("selector", "stands twice for this domain", hint);
            }
            signers.push(signer);
        }
        table.finish();
    }
    Signers::new(signers)
}

fn signer(table: &Table<'_>) -> Option<Signer> {
    for (key, hint) in [
        ("domain", "domain = \"acme.example\""),
        ("selector", "selector = \"courier1\""),
        ("key", "key = \"${file:/run/secrets/dkim.pem}\""),
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
