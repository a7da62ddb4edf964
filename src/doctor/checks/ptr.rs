//! The names of one's own mail servers' addresses (PTR), which large receivers demand.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use crate::doctor::check::Check;
use crate::doctor::dns::Dns;
use crate::doctor::finding::{Area, Told, brief, listed};
use crate::doctor::senders::senders;
use crate::doctor::subject::Subject;

pub(super) const CHECK: Check = Check { name: "ptr", area: Area::Dns, run: |subject| Box::pin(run(subject)) };

/// How many addresses of a server, and names of an address, are looked up.
const MOST: usize = 6;

async fn run(subject: Arc<Subject>) -> Vec<Told> {
    let Some(Ok(dns)) = &subject.dns else { return Vec::new() };
    let senders = senders(&subject.config);
    let hosts: BTreeSet<&String> = senders.values().flat_map(|sender| &sender.own_servers).collect();
    let mut told = Vec::new();
    let mut fine = Vec::new();
    for host in hosts {
        let before = told.len();
        let addresses = match dns.addresses(host).await {
            Ok(addresses) => addresses,
            Err(reason) => {
                told.push(Told::unseen(
                    format!(
                        "The addresses of your server {host} could not be looked up: {}.",
                        reason.words()
                    ),
                    "Check its name in `[providers.<name>] url`.",
                ));
                continue;
            }
        };
        for ip in addresses.into_iter().filter(is_public).take(MOST) {
            told.extend(one(dns, host, ip).await);
        }
        if told.len() == before {
            fine.push(host.clone());
        }
    }
    if told.is_empty() && !fine.is_empty() {
        told.push(Told::fine(format!("PTR of {}", listed(&fine))));
    }
    told
}

/// What is wrong with the name of an address.
async fn one(dns: &Dns, host: &str, ip: IpAddr) -> Option<Told> {
    let set = format!("Have your hosting company set the PTR of {ip} to {host}.");
    let names = match dns.names(ip).await {
        Ok(names) => names,
        Err(reason) if reason.is_nothing() => {
            return Some(Told::fault(
                format!(
                    "The address {ip} of your server {host} has no name (PTR): Gmail and others refuse mail from it."
                ),
                set,
            ));
        }
        Err(reason) => {
            return Some(Told::unseen(
                format!("The name (PTR) of {ip} could not be looked up: {}.", reason.words()),
                "Check the name servers of this machine.",
            ));
        }
    };
    for name in names.iter().take(MOST) {
        if dns.addresses(name).await.is_ok_and(|back| back.contains(&ip)) {
            return None;
        }
    }
    let names: Vec<_> = names.iter().map(|name| brief(name)).collect();
    Some(Told::fault(
        format!(
            "The name (PTR) of your server's address {ip} is {}, which does not lead back to it: Gmail and others refuse mail from it.",
            listed(&names)
        ),
        set,
    ))
}

/// Whether an address can be one that receivers see. What is behind a router sends from another one.
fn is_public(ip: &IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => !(ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified()),
        IpAddr::V6(ip) => {
            !(ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_unspecified())
        }
    }
}
