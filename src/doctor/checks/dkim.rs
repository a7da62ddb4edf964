//! The public keys of `[[dkim]]` in DNS, against the private ones that sign.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::doctor::check::Check;
use crate::doctor::dns::{Dns, NoAnswer};
use crate::doctor::finding::{Area, Told, brief, listed};
use crate::doctor::subject::Subject;
use crate::message::dkim::Signer;

pub(super) const CHECK: Check =
    Check { name: "dkim", area: Area::Dns, run: |subject| Box::pin(run(subject)) };

async fn run(subject: Arc<Subject>) -> Vec<Told> {
    let Some(Ok(dns)) = &subject.dns else { return Vec::new() };
    let mut told = Vec::new();
    let mut fine = Vec::new();
    for signer in subject.config.dkim.all() {
        match one(dns, signer).await {
            Some(found) => told.push(found),
            None => fine.push(signer.record_name()),
        }
    }
    if told.is_empty() && !fine.is_empty() {
        told.push(Told::fine(format!("DKIM keys of {}", listed(&fine))));
    }
    told
}

/// What is wrong with the record of a key.
async fn one(dns: &Dns, signer: &Signer) -> Option<Told> {
    let name = signer.record_name();
    let publish = format!("Publish the record that `clerk-courier check` prints for {name}, whole.");
    let records = match dns.txt(&name).await {
        Ok(records) => records,
        Err(NoAnswer::Loop) => {
            return Some(Told::fault(
                format!(
                    "{name} is an alias (CNAME) that leads in a circle, so receivers find no key: every signature fails."
                ),
                "Let the CNAME lead to the record of the key, or publish the record itself.",
            ));
        }
        Err(reason) if reason.is_nothing() => {
            return Some(Told::fault(
                format!(
                    "Mails are signed with the key {name}, which is not in DNS ({}): every signature fails.",
                    reason.words()
                ),
                publish,
            ));
        }
        Err(reason) => {
            return Some(Told::unseen(
                format!("The key {name} could not be looked up: {}.", reason.words()),
                "Check the name servers of this machine and of the domain.",
            ));
        }
    };
    let keys: Vec<_> =
        records.iter().map(|record| tags(record)).filter(|tags| tags.contains_key("p")).collect();
    let key = match keys.as_slice() {
        [key] => key,
        [] => {
            let shown = records.first().map(|record| brief(record)).unwrap_or_default();
            return Some(Told::fault(
                format!("The TXT record {name} holds no key (it says: {shown}): every signature fails."),
                publish,
            ));
        }
        more => {
            return Some(Told::fault(
                format!(
                    "{name} has {} records with a key, and receivers take any one of them: signatures fail by chance.",
                    more.len()
                ),
                "Leave one record for each selector; give another key its own selector.",
            ));
        }
    };
    of_key(key, signer)
}

/// What is wrong with the only key of a record.
fn of_key(key: &BTreeMap<String, String>, signer: &Signer) -> Option<Told> {
    let name = signer.record_name();
    let publish = format!("Publish the record that `clerk-courier check` prints for {name}, whole.");
    let ours = tags(&signer.record());
    let public = |tags: &BTreeMap<String, String>| tags.get("p").cloned().unwrap_or_default();
    if public(key).is_empty() {
        return Some(Told::fault(
            format!("The key {name} is revoked in DNS (`p=` is empty): every signature fails."),
            "Make a new key with a new selector, or publish this one again.",
        ));
    }
    if public(key) != public(&ours) {
        let cut = public(&ours).starts_with(&public(key));
        return Some(Told::fault(
            if cut {
                format!(
                    "The key {name} in DNS is cut off after {} characters: every signature fails.",
                    public(key).len()
                )
            } else {
                format!(
                    "The key {name} in DNS is not that of the private key in `[[dkim]]`: every signature fails."
                )
            },
            publish,
        ));
    }
    let kind =
        |tags: &BTreeMap<String, String>| tags.get("k").map_or("rsa", String::as_str).to_ascii_lowercase();
    if kind(key) != kind(&ours) || key.get("v").is_some_and(|version| version != "DKIM1") {
        return Some(Told::fault(
            format!(
                "The record {name} has the right key, and another `k=` or `v=` than {}: every signature fails.",
                kind(&ours)
            ),
            publish,
        ));
    }
    if key
        .get("h")
        .is_some_and(|hashes| !hashes.split(':').any(|hash| hash.trim().eq_ignore_ascii_case("sha256")))
    {
        return Some(Told::fault(
            format!("The record {name} allows no sha256 (`h=`), which mails are signed with."),
            "Remove `h=` from the record.",
        ));
    }
    let is_test = key.get("t").is_some_and(|flags| flags.split(':').any(|flag| flag.trim() == "y"));
    is_test.then(|| {
        Told::warning(
            format!(
                "The record {name} says that it is a test (`t=y`), so receivers may treat mails as unsigned."
            ),
            "Remove `t=y` from the record once mails arrive.",
        )
    })
}

/// The tags of a record, without white space in their values. Of a tag that is there twice, the first counts.
fn tags(record: &str) -> BTreeMap<String, String> {
    let mut tags = BTreeMap::new();
    for (name, value) in record.split(';').filter_map(|tag| tag.split_once('=')) {
        let value: String = value.split_whitespace().collect();
        tags.entry(name.trim().to_ascii_lowercase()).or_insert(value);
    }
    tags
}
