//! DMARC of the domains that mails are from, and whether mails would pass it.

use std::sync::Arc;

use crate::doctor::check::Check;
use crate::doctor::dns::{Dns, NoAnswer, is_within};
use crate::doctor::finding::{Area, Told, brief, listed};
use crate::doctor::senders::{Sender, senders};
use crate::doctor::subject::Subject;

pub(super) const CHECK: Check =
    Check { name: "dmarc", area: Area::Dns, run: |subject| Box::pin(run(subject)) };

/// How many domains above one are asked for a record.
const ABOVE: usize = 4;

async fn run(subject: Arc<Subject>) -> Vec<Told> {
    let Some(Ok(dns)) = &subject.dns else { return Vec::new() };
    let mut told = Vec::new();
    let mut fine = Vec::new();
    for (domain, sender) in senders(&subject.config) {
        let signs = subject.config.dkim.of(&domain).next().is_some();
        match one(dns, &domain, &sender, signs).await {
            Some(found) => told.push(found),
            None => fine.push(domain),
        }
    }
    if told.is_empty() && !fine.is_empty() {
        told.push(Told::fine(format!("DMARC of {}", listed(&fine))));
    }
    told
}

/// The DMARC records of a domain or of the nearest one above it that has any, and that domain.
async fn find(dns: &Dns, domain: &str) -> Result<Option<(String, Vec<String>)>, NoAnswer> {
    let mut at = domain;
    for _ in 0..=ABOVE {
        let records = match dns.txt(&format!("_dmarc.{at}")).await {
            Err(reason) if reason.is_nothing() => Vec::new(),
            records => records?,
        };
        let is_dmarc = |text: &String| text.trim_start().to_ascii_uppercase().starts_with("V=DMARC1");
        let records: Vec<_> = records.into_iter().filter(is_dmarc).collect();
        if !records.is_empty() {
            return Ok(Some((at.to_owned(), records)));
        }
        match at.split_once('.') {
            Some((_, above)) if above.contains('.') => at = above,
            _ => break,
        }
    }
    Ok(None)
}

async fn one(dns: &Dns, domain: &str, sender: &Sender, signs: bool) -> Option<Told> {
    let (home, records) = match find(dns, domain).await {
        Ok(Some(found)) => found,
        Ok(None) => {
            return Some(Told::warning(
                format!(
                    "{domain} has no DMARC record, which Gmail, Yahoo and Outlook demand of those who send much."
                ),
                format!(
                    "Publish one: _dmarc.{domain}. TXT \"v=DMARC1; p=none; rua=mailto:dmarc@{domain}\", and raise `p` once the reports are fine."
                ),
            ));
        }
        Err(reason) => {
            return Some(Told::unseen(
                format!("The DMARC record of {domain} could not be looked up: {}.", reason.words()),
                "Check the name servers of this machine and of the domain.",
            ));
        }
    };
    let [record] = records.as_slice() else {
        return Some(Told::warning(
            format!("_dmarc.{home} has {} DMARC records, so receivers use none of them.", records.len()),
            "Leave one of them.",
        ));
    };
    let tag = |name: &str| {
        record
            .split(';')
            .filter_map(|tag| tag.split_once('='))
            .find(|(key, _)| key.trim().eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim().to_ascii_lowercase())
    };
    let own = tag("p");
    let policy = if home == domain { own.clone() } else { tag("sp").or_else(|| own.clone()) };
    let known = ["none", "quarantine", "reject"];
    let Some(policy) = policy.filter(|policy| known.contains(&policy.as_str())) else {
        return Some(Told::warning(
            format!(
                "The DMARC record of {home} has no valid policy, so receivers ignore it; it says: {}",
                brief(record)
            ),
            "Write p=none, p=quarantine or p=reject right behind v=DMARC1.",
        ));
    };
    // A signature of ours is by the domain of From itself, which passes however strict the record is.
    if policy == "none" || signs {
        return None;
    }
    let strict = tag("aspf").is_some_and(|mode| mode == "s");
    let is_aligned = |envelope: &String| {
        if strict { envelope == domain } else { is_within(envelope, &home) || is_within(domain, envelope) }
    };
    let strange: Vec<_> = sender.envelopes.iter().filter(|envelope| !is_aligned(envelope)).cloned().collect();
    if strange.is_empty() {
        return None;
    }
    let consequence = if policy == "reject" { "refuse" } else { "file as junk" };
    let what = format!(
        "The DMARC record of {home} says p={policy}, mails from {domain} are not signed here, and their envelopes are at {} (not aligned{}): receivers {consequence} them unless your provider signs for {domain}.",
        listed(&strange),
        if strict { ", aspf=s" } else { "" }
    );
    let cure = format!(
        "Configure `[[dkim]]` for {domain}, have your provider sign with d={domain}, or set `envelope_from` to an address at {domain}."
    );
    Some(if sender.only_own { Told::fault(what, cure) } else { Told::warning(what, cure) })
}
