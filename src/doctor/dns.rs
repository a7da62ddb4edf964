//! Questions to DNS, each within a time limit, and answers in which nothing is trusted.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use tokio::time::timeout;

/// The longest time for one question, a second attempt included.
const WITHIN: Duration = Duration::from_millis(2500);

/// The most records of an answer that are looked at.
const MOST: usize = 100;

/// How many aliases of aliases are followed, to find out whether they form a loop.
const ALIASES: usize = 16;

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// DNS says that there is no such name.
    NoName,
    /// The name exists, and has no record of this type.
    NoRecord,
    /// The aliases (CNAME) of the name lead in a circle, or on and on.
    Loop,
    /// The name servers did not answer in time, or with an error of their own; in words.
    Trouble(&'static str),
}

impl NoAnswer {
    /// Whether DNS said that there is nothing, as opposed to nothing being known.
    pub(crate) fn is_nothing(&self) -> bool {
        matches!(self, Self::NoName | Self::NoRecord)
    }

    /// The reason, as the end of a sentence.
    pub(crate) fn words(&self) -> &'static str {
        match self {
            Self::NoName => "DNS knows no such name",
            Self::NoRecord => "DNS has no such record",
            Self::Loop => "its aliases (CNAME) lead in a circle",
            Self::Trouble(words) => words,
        }
    }
}

/// The way to DNS.
pub(crate) struct Dns {
    resolver: TokioResolver,
    /// Set by the first answer, and by the first silence before one.
    answered: AtomicBool,
    silent: AtomicBool,
}

impl Dns {
    /// By the system's name servers, or by this one.
    ///
    /// # Errors
    /// The system's configuration can't be read, in words.
    pub(crate) fn new(server: Option<SocketAddr>) -> Result<Self, String> {
        let mut builder = match server {
            Some(server) => {
                let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()];
                let connections = connections.map(|mut connection| {
                    connection.port = server.port();
                    connection
                });
                let server = NameServerConfig::new(server.ip(), true, connections.into());
                let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
                TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            }
            None => TokioResolver::builder_tokio()
                .map_err(|error| format!("the system's name servers are not known: {error}"))?,
        };
        let options = builder.options_mut();
        options.timeout = Duration::from_millis(1200);
        options.attempts = 1;
        options.edns0 = true;
        options.use_hosts_file = ResolveHosts::Never;
        options.preserve_intermediates = true;
        let resolver = builder.build().map_err(|error| format!("DNS can't be set up: {error}"))?;
        Ok(Self { resolver, answered: AtomicBool::new(false), silent: AtomicBool::new(false) })
    }

    /// The TXT records of a name, each with its strings joined. What is not UTF-8 in them is replaced.
    pub(crate) async fn txt(&self, name: &str) -> Result<Vec<String>, NoAnswer> {
        let text = |data: RData| match data {
            RData::TXT(txt) => Some(String::from_utf8_lossy(&txt.txt_data.concat()).into_owned()),
            _ => None,
        };
        self.ask(name, RecordType::TXT, text).await
    }

    /// The mail servers of a domain in their order, without the last dot; `""` is the null MX of RFC 7505.
    pub(crate) async fn mx(&self, domain: &str) -> Result<Vec<String>, NoAnswer> {
        let host = |data: RData| match data {
            RData::MX(mx) => Some((mx.preference, bare(&mx.exchange))),
            _ => None,
        };
        let mut hosts = self.ask(domain, RecordType::MX, host).await?;
        hosts.sort();
        Ok(hosts.into_iter().map(|(_, host)| host).collect())
    }

    /// The addresses of a host, of both kinds.
    pub(crate) async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, NoAnswer> {
        let ip = |data: RData| match data {
            RData::A(a) => Some(IpAddr::V4(a.0)),
            RData::AAAA(aaaa) => Some(IpAddr::V6(aaaa.0)),
            _ => None,
        };
        let (four, six) =
            tokio::join!(self.ask(host, RecordType::A, ip), self.ask(host, RecordType::AAAA, ip));
        match (four, six) {
            (Ok(four), Ok(six)) => Ok([four, six].concat()),
            (Ok(some), Err(_)) | (Err(_), Ok(some)) => Ok(some),
            (Err(reason), Err(_)) => Err(reason),
        }
    }

    /// The names that an address leads back to (PTR).
    pub(crate) async fn names(&self, ip: IpAddr) -> Result<Vec<String>, NoAnswer> {
        let name = |data: RData| match data {
            RData::PTR(ptr) => Some(bare(&ptr.0)),
            _ => None,
        };
        self.ask(&Name::from(ip).to_string(), RecordType::PTR, name).await
    }

    /// Asks, and picks from the answer what is wanted.
    async fn ask<T>(
        &self,
        name: &str,
        kind: RecordType,
        pick: impl Fn(RData) -> Option<T>,
    ) -> Result<Vec<T>, NoAnswer> {
        let records = match self.look_up(name, kind).await {
            Ok(records) => records,
            Err(reason) if self.runs_in_circles(name, &reason).await => return Err(NoAnswer::Loop),
            Err(reason) => return Err(reason),
        };
        let found: Vec<T> = records.into_iter().filter_map(pick).take(MOST).collect();
        if found.is_empty() {
            let reason = NoAnswer::NoRecord;
            return Err(if self.runs_in_circles(name, &reason).await { NoAnswer::Loop } else { reason });
        }
        Ok(found)
    }

    async fn look_up(&self, name: &str, kind: RecordType) -> Result<Vec<RData>, NoAnswer> {
        if self.silent.load(Ordering::Relaxed) {
            return Err(SILENT);
        }
        // With a dot at its end, so that the search list of this machine is left out.
        let Ok(full) = Name::from_utf8(format!("{}.", name.trim_end_matches('.'))) else {
            return Err(NoAnswer::NoName);
        };
        match timeout(WITHIN, self.resolver.lookup(full, kind)).await {
            Ok(Ok(answer)) => {
                self.answered.store(true, Ordering::Relaxed);
                Ok(answer.answers().iter().map(|record| record.data.clone()).collect())
            }
            Ok(Err(NetError::Dns(error))) => {
                self.answered.store(true, Ordering::Relaxed);
                Err(match &error {
                    DnsError::NoRecordsFound(_) if NetError::from(error.clone()).is_nx_domain() => {
                        NoAnswer::NoName
                    }
                    DnsError::NoRecordsFound(_) => NoAnswer::NoRecord,
                    _ => NoAnswer::Trouble("the name server answered with an error (SERVFAIL, REFUSED)"),
                })
            }
            Ok(Err(NetError::Timeout)) | Err(_) => {
                // A name server that never answered is not waited for again: each check would wait for it anew.
                if !self.answered.load(Ordering::Relaxed) {
                    self.silent.store(true, Ordering::Relaxed);
                }
                Err(SILENT)
            }
            Ok(Err(NetError::Io(_) | NetError::NoConnections)) => {
                Err(NoAnswer::Trouble("the name server can't be reached"))
            }
            Ok(Err(_)) => Err(NoAnswer::Trouble("the answer of the name server can't be read")),
        }
    }

    /// Whether the aliases of a name lead in a circle, or further than anybody follows them.
    async fn runs_in_circles(&self, name: &str, reason: &NoAnswer) -> bool {
        if matches!(reason, NoAnswer::NoName) || *reason == SILENT {
            return false;
        }
        let mut seen = vec![name.trim_end_matches('.').to_ascii_lowercase()];
        for _ in 0..ALIASES {
            let Some(at) = seen.last() else { return false };
            let Ok(records) = self.look_up(at, RecordType::CNAME).await else { return false };
            let next = records.into_iter().find_map(|data| match data {
                RData::CNAME(cname) => Some(bare(&cname.0)),
                _ => None,
            });
            match next {
                None => return false,
                Some(next) if seen.contains(&next) => return true,
                Some(next) => seen.push(next),
            }
        }
        true
    }
}

/// Nobody answered.
const SILENT: NoAnswer = NoAnswer::Trouble("the name server did not answer in time");

/// A name in lower case without the dot at its end.
fn bare(name: &Name) -> String {
    name.to_ascii().trim_end_matches('.').to_ascii_lowercase()
}

/// Whether a name is another one, or lies below it.
pub(crate) fn is_within(name: &str, domain: &str) -> bool {
    name == domain || name.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}
