//! Where answers and bounces go: the mail servers of the domains in From, Reply-To and the envelope.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use crate::doctor::check::Check;
use crate::doctor::dns::{Dns, NoAnswer};
use crate::doctor::finding::{Area, Level, Told, brief, listed};
use crate::doctor::senders::senders;
use crate::doctor::subject::Subject;

pub(super) const CHECK: Check = Check { name: "mx", area: Area::Dns, run: |subject| Box::pin(run(subject)) };

/// The place of an address that only answers go to.
const REPLY: &str = "Reply-To";

/// How many mail servers of a domain are looked up.
const HOSTS: usize = 5;

async fn run(subject: Arc<Subject>) -> Vec<Told> {
    let Some(Ok(dns)) = &subject.dns else { return Vec::new() };
    let mut told = Vec::new();
    let (mut fine, mut seen) = (Vec::new(), BTreeSet::new());
    for (domain, sender) in senders(&subject.config) {
        let froms = std::iter::once((domain.clone(), "From"));
        let envelopes = sender.envelopes.iter().map(|domain| (domain.clone(), "the envelope"));
        let replies = sender.replies.iter().map(|domain| (domain.clone(), REPLY));
        for (domain, place) in froms.chain(envelopes).chain(replies) {
            if !seen.insert(domain.clone()) {
                continue;
            }
            match one(dns, &domain, place).await {
                // Answers that are lost lose no message of ours.
                Some(found) if place == REPLY => {
                    told.push(Told { level: found.level.max(Level::Warning), ..found });
                }
                Some(found) => told.push(found),
                None => fine.push(domain),
            }
        }
    }
    if told.is_empty() && !fine.is_empty() {
        told.push(Told::fine(format!("MX of {}", listed(&fine))));
    }
    told
}

async fn one(dns: &Dns, domain: &str, place: &str) -> Option<Told> {
    let consequence = if place == REPLY { "answers are lost" } else { "many receivers refuse such mail" };
    let publish = format!("Publish an MX record for {domain}, or use a domain that takes mail.");
    let hosts = match dns.mx(domain).await {
        Ok(hosts) => hosts,
        Err(NoAnswer::NoName) => {
            return Some(Told::fault(
                format!("DNS knows no domain {domain}, which stands in {place}: {consequence}."),
                "Check its spelling, and that the domain is still registered.",
            ));
        }
        Err(NoAnswer::NoRecord) => {
            // Without MX, a domain's own address takes its mail (RFC 5321, 5.1).
            return match dns.addresses(domain).await {
                Ok(_) => Some(Told::warning(
                    format!(
                        "{domain} stands in {place} and has no MX record, so answers and bounces go to its web server."
                    ),
                    publish,
                )),
                Err(reason) if reason.is_nothing() => Some(Told::fault(
                    format!(
                        "{domain} stands in {place} and can't get mail (no MX, no address): {consequence}."
                    ),
                    publish,
                )),
                Err(reason) => Some(unseen(domain, &reason)),
            };
        }
        Err(reason) => return Some(unseen(domain, &reason)),
    };
    if hosts.iter().any(String::is_empty) {
        return Some(Told::fault(
            format!(
                "{domain} stands in {place}, and says by its MX that it takes no mail at all (\".\"): {consequence}."
            ),
            publish,
        ));
    }
    let mut dead = Vec::new();
    for host in hosts.iter().take(HOSTS) {
        if host.parse::<IpAddr>().is_ok()
            || dns.addresses(host).await.is_err_and(|reason| reason.is_nothing() || reason == NoAnswer::Loop)
        {
            dead.push(brief(host));
        }
    }
    let what =
        format!("{domain} stands in {place}, and its MX names hosts without an address: {}.", listed(&dead));
    let cure = "Let the MX name hosts that have A or AAAA records; an IP address is not allowed there.";
    match dead.len() {
        0 => None,
        all if all == hosts.len().min(HOSTS) => Some(Told::fault(what, cure)),
        _ => Some(Told::warning(what, cure)),
    }
}

fn unseen(domain: &str, reason: &NoAnswer) -> Told {
    Told::unseen(
        format!("The MX of {domain} could not be looked up: {}.", reason.words()),
        "Check the name servers of this machine and of the domain.",
    )
}
