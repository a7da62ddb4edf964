//! A domain's SPF record with everything that it includes (RFC 7208), read as receivers read it.

use std::net::IpAddr;

use super::dns::{Dns, NoAnswer};
use super::finding::brief;

/// The most terms that may ask DNS; receivers give up after them (RFC 7208, 4.6.4).
const LOOK_UPS: usize = 10;

/// The most of them whose answer may be empty.
const EMPTY: usize = 2;

/// The most terms of one record that are read. A record of this length can't be meant.
const TERMS: usize = 500;

/// What a domain's SPF says.
#[derive(Debug, Default)]
pub(crate) struct Spf {
    /// Why receivers can't use it: they treat it as an error for good (`permerror`).
    pub(crate) broken: Option<String>,
    /// The qualifier of `all`: `-`, `~`, `?` or `+`; `None` without one.
    pub(crate) all: Option<char>,
    /// Why not everything could be read now.
    pub(crate) unread: Option<String>,
    /// The networks that may send: address and length of the prefix.
    networks: Vec<(IpAddr, u8)>,
    /// How many terms have asked DNS.
    look_ups: usize,
    empty: usize,
}

impl Spf {
    /// Whether a server with this address may send.
    pub(crate) fn allows(&self, ip: IpAddr) -> bool {
        self.all == Some('+') || self.networks.iter().any(|(network, prefix)| holds(*network, *prefix, ip))
    }

    /// Counts a term that asks DNS; false if it is one too many.
    fn may_ask(&mut self) -> bool {
        self.look_ups += 1;
        if self.look_ups > LOOK_UPS && self.broken.is_none() {
            self.broken =
                Some(format!("it needs more than {LOOK_UPS} look-ups in DNS with all that it includes"));
        }
        self.look_ups <= LOOK_UPS
    }

    /// The answer to a term's question, with empty ones counted.
    fn answer<T>(&mut self, name: &str, answer: Result<Vec<T>, NoAnswer>) -> Vec<T> {
        match answer {
            Ok(found) => return found,
            Err(reason) if reason.is_nothing() => {
                self.empty += 1;
                if self.empty > EMPTY && self.broken.is_none() {
                    self.broken = Some(format!(
                        "more than {EMPTY} of its terms name hosts that DNS does not know, {} among them",
                        brief(name)
                    ));
                }
            }
            Err(reason) => self.unread = Some(format!("{}: {}", brief(name), reason.words())),
        }
        Vec::new()
    }
}

/// The SPF records among the TXT records of a domain.
///
/// # Errors
/// DNS did not answer.
async fn records(dns: &Dns, domain: &str) -> Result<Vec<String>, NoAnswer> {
    let all = match dns.txt(domain).await {
        Err(reason) if reason.is_nothing() => Vec::new(),
        all => all?,
    };
    let is_spf = |text: &String| {
        let text = text.to_ascii_lowercase();
        text == "v=spf1" || text.starts_with("v=spf1 ")
    };
    Ok(all.into_iter().filter(is_spf).collect())
}

/// What the SPF of a domain says; `None` without a record.
///
/// # Errors
/// DNS did not answer.
pub(crate) async fn read(dns: &Dns, domain: &str) -> Result<Option<Spf>, NoAnswer> {
    let mut spf = Spf::default();
    // Each domain with those that include it, in the order in which receivers read them.
    let mut waiting: Vec<(String, Vec<String>)> = vec![(domain.to_owned(), Vec::new())];
    while let Some((domain, above)) = waiting.pop() {
        let found = match records(dns, &domain).await {
            Err(reason) if !above.is_empty() => {
                spf.unread = Some(format!("{}: {}", brief(&domain), reason.words()));
                continue;
            }
            found => found?,
        };
        let record = match (found.as_slice(), above.is_empty()) {
            ([record], _) => record,
            ([], true) => return Ok(None),
            ([], false) => {
                spf.broken.get_or_insert(format!("it includes {}, which has no SPF record", brief(&domain)));
                break;
            }
            (more, _) => {
                spf.broken.get_or_insert(format!(
                    "{} has {} SPF records, and one is allowed",
                    brief(&domain),
                    more.len()
                ));
                break;
            }
        };
        let is_first = above.is_empty();
        let mut path = above;
        path.push(domain.clone());
        let mut more = Vec::new();
        for term in record.split_ascii_whitespace().skip(1).take(TERMS) {
            if let Some(next) = self::term(dns, &mut spf, &domain, term, is_first).await {
                if path.contains(&next) {
                    spf.broken.get_or_insert(format!(
                        "{} includes itself, through {}",
                        brief(&next),
                        brief(&domain)
                    ));
                } else {
                    more.push((next, path.clone()));
                }
            }
            if spf.broken.is_some() {
                return Ok(Some(spf));
            }
        }
        waiting.extend(more.into_iter().rev());
    }
    Ok(Some(spf))
}

/// Reads one term. Gives the domain whose record has to be read too.
async fn term(dns: &Dns, spf: &mut Spf, domain: &str, term: &str, is_first: bool) -> Option<String> {
    let text = term.to_ascii_lowercase();
    let (sign, bare) = match text.chars().next() {
        Some(sign @ ('+' | '-' | '~' | '?')) => (sign, text.get(1..).unwrap_or_default()),
        _ => ('+', text.as_str()),
    };
    let end = bare.find([':', '=', '/']).unwrap_or(bare.len());
    let (name, rest) = bare.split_at(end);
    let value = rest.strip_prefix([':', '=']).unwrap_or_default();
    // Values with macros depend on the mail, so only the look-up is counted.
    let has_macro = value.contains('%');
    let (host, prefix) = match rest.split_once('/') {
        Some((host, prefix)) => {
            (host.trim_start_matches([':', '=']), prefix.split('/').next().unwrap_or_default().parse().ok())
        }
        None => (value, None),
    };
    let host = if host.is_empty() { domain } else { host };
    match name {
        "all" => {
            if is_first {
                spf.all = Some(sign);
            }
        }
        "ip4" | "ip6" => match host.parse::<IpAddr>() {
            Ok(ip) if ip.is_ipv4() == (name == "ip4") => {
                if sign == '+' {
                    spf.networks.push((ip, prefix.unwrap_or(if ip.is_ipv4() { 32 } else { 128 })));
                }
            }
            _ => {
                spf.broken.get_or_insert(format!("`{}` is not an address", brief(term)));
            }
        },
        "include" | "redirect" if value.is_empty() => {
            spf.broken.get_or_insert(format!("`{}` names no domain", brief(term)));
        }
        "include" | "redirect" => {
            if spf.may_ask() && !has_macro {
                return Some(value.trim_end_matches('.').to_owned());
            }
        }
        "a" | "mx" | "exists" | "ptr" => {
            if !spf.may_ask() || has_macro || matches!(name, "exists" | "ptr") {
                return None;
            }
            let hosts = if name == "a" {
                vec![host.to_owned()]
            } else {
                let found = dns.mx(host).await;
                spf.answer(host, found)
            };
            for host in hosts.iter().take(LOOK_UPS) {
                let found = dns.addresses(host).await;
                let found = spf.answer(host, found);
                if sign == '+' {
                    let length = |ip: &IpAddr| prefix.unwrap_or(if ip.is_ipv4() { 32 } else { 128 });
                    spf.networks.extend(found.iter().map(|ip| (*ip, length(ip))));
                }
            }
        }
        // Modifiers that nobody knows are allowed; mechanisms are not.
        _ if rest.starts_with('=') => {}
        _ => {
            spf.broken.get_or_insert(format!("`{}` is not a term of SPF", brief(term)));
        }
    }
    None
}

/// Whether an address lies in a network.
fn holds(network: IpAddr, prefix: u8, ip: IpAddr) -> bool {
    match (network, ip) {
        (IpAddr::V4(network), IpAddr::V4(ip)) => {
            let shift = 32_u32.saturating_sub(prefix.into());
            u32::from(network).checked_shr(shift) == u32::from(ip).checked_shr(shift)
        }
        (IpAddr::V6(network), IpAddr::V6(ip)) => {
            let shift = 128_u32.saturating_sub(prefix.into());
            u128::from(network).checked_shr(shift) == u128::from(ip).checked_shr(shift)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_their_addresses() {
        for (network, prefix, ip, is_in) in [
            ("192.0.2.0", 24, "192.0.2.9", true),
            ("192.0.2.0", 24, "192.0.3.9", false),
            ("0.0.0.0", 0, "203.0.113.1", true),
            ("2001:db8::", 32, "2001:db8::1", true),
            ("2001:db8::1", 128, "2001:db8::2", false),
            ("192.0.2.0", 99, "192.0.2.0", true),
            ("192.0.2.0", 24, "2001:db8::1", false),
        ] {
            assert_eq!(
                holds(network.parse().unwrap(), prefix, ip.parse().unwrap()),
                is_in,
                "{network}/{prefix} {ip}"
            );
        }
    }
}
