//! SPF of the domains that stand in envelopes, and whether it allows one's own mail servers.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::doctor::check::Check;
use crate::doctor::finding::{Area, Told, listed};
use crate::doctor::senders::senders;
use crate::doctor::spf;
use crate::doctor::subject::Subject;

pub(super) const CHECK: Check = Check { name: "spf", area: Area::Dns, run: |subject| Box::pin(run(subject)) };

async fn run(subject: Arc<Subject>) -> Vec<Told> {
    let Some(Ok(dns)) = &subject.dns else { return Vec::new() };
    let senders = senders(&subject.config);
    let envelopes: BTreeSet<&String> = senders.values().flat_map(|sender| &sender.envelopes).collect();
    let mut told = Vec::new();
    let mut fine = Vec::new();
    for domain in envelopes {
        let before = told.len();
        let found = match spf::read(dns, domain).await {
            Ok(found) => found,
            Err(reason) => {
                told.push(Told::unseen(
                    format!("The SPF record of {domain} could not be read: {}.", reason.words()),
                    "Check the name servers of this machine and of the domain.",
                ));
                continue;
            }
        };
        let Some(spf) = found else {
            told.push(Told::warning(
                format!("{domain} stands in the envelopes of mails, and has no SPF record: many receivers trust such mail less, or refuse it."),
                format!("Publish one that names who sends: {domain}. TXT \"v=spf1 include:… -all\"; your provider says which."),
            ));
            continue;
        };
        if let Some(why) = &spf.broken {
            told.push(Told::fault(
                format!("The SPF record of {domain} can't be used by receivers: {why}. They treat it as an error."),
                "Correct it to one record with 10 look-ups at most: remove what no longer sends, and name networks (ip4:, ip6:) in place of includes.",
            ));
            continue;
        }
        if let Some(why) = &spf.unread {
            told.push(Told::unseen(
                format!("A part of the SPF of {domain} could not be read: {why}."),
                "Run this again later; if it stays so, remove that part from the record.",
            ));
        }
        match spf.all {
            Some('+') => told.push(Told::warning(
                format!("The SPF record of {domain} ends with `+all`: everybody may send as this domain, so receivers trust it with nothing."),
                "End it with `-all`, or with `~all`.",
            )),
            Some('?') => told.push(Told::warning(
                format!("The SPF record of {domain} ends with `?all`, which says nothing about others."),
                "End it with `-all`, or with `~all`.",
            )),
            _ => {}
        }
        for host in senders
            .values()
            .filter(|sender| sender.envelopes.contains(domain))
            .flat_map(|sender| &sender.own_servers)
        {
            let addresses = dns.addresses(host).await.unwrap_or_default();
            let strangers: Vec<_> =
                addresses.into_iter().filter(|ip| !spf.allows(*ip)).map(|ip| ip.to_string()).collect();
            if !strangers.is_empty() && spf.unread.is_none() {
                told.push(Told::fault(
                    format!("The SPF record of {domain} does not allow your server {host} ({}): receivers refuse its mail, or file it as junk.", listed(&strangers)),
                    format!("Add `a:{host}` to the record, or the address that the server sends from."),
                ));
            }
        }
        if told.len() == before {
            fine.push(domain.clone());
        }
    }
    if told.is_empty() && !fine.is_empty() {
        told.push(Told::fine(format!("SPF of {}", listed(&fine))));
    }
    told
}
