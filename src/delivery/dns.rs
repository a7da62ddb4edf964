//! Looks up host names: within a time limit, with one look-up for each name at a time, and with the last good result
//! where DNS fails.
//!
//! The system's look-up can't be cancelled and may hang for half a minute. So it runs on a thread of its own, and not
//! on one of the runtime's blocking threads, for which the runtime would wait when it shuts down.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::watch;
use tokio::time::timeout;

/// How long a look-up is waited for where there is no earlier result.
const WITHIN: Duration = Duration::from_secs(3);
/// How long a look-up is waited for where an earlier result can take its place.
const WITHIN_IF_KNOWN: Duration = Duration::from_secs(1);
/// How long a result can take the place of later ones that fail.
const GOOD_FOR: Duration = Duration::from_hours(1);

type LookUp = dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync;
/// The result of a look-up that is under way; `None` until there is one.
type Answer = watch::Receiver<Option<Result<Vec<IpAddr>, NoAddress>>>;

/// Looks up host names and remembers the results. Clones share what is remembered.
#[derive(Clone)]
pub(crate) struct Resolver {
    look_up: Arc<LookUp>,
    /// By host name. Entries stay: the names are those in the configuration.
    hosts: Arc<Mutex<HashMap<String, Known>>>,
}

/// What is known of one host name.
#[derive(Default)]
struct Known {
    /// The last addresses that were found, and when. A failure leaves them, so that they can take its place.
    good: Option<(Vec<IpAddr>, Instant)>,
    /// The look-up that is under way, and when it began. Its thread clears this when it ends.
    under_way: Option<(Answer, Instant)>,
}

/// Why a host name has no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoAddress {
    /// DNS says that the name has no address, or could not be asked.
    #[error("host name not found: check its spelling, and that this machine can use DNS")]
    NotFound,
    /// DNS did not answer within the time limit.
    #[error("DNS did not answer in time: check the name server of this machine")]
    TimedOut,
}

impl Default for Resolver {
    fn default() -> Self {
        // The port means nothing here: only the addresses are kept.
        Self::new(|host| Ok((host, 0).to_socket_addrs()?.map(|address| address.ip()).collect()))
    }
}

impl Resolver {
    /// A resolver that asks `look_up`, which may block. Nothing is looked up yet.
    pub(crate) fn new(look_up: impl Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync + 'static) -> Self {
        Self { look_up: Arc::new(look_up), hosts: Arc::default() }
    }

    /// The addresses of a host, in the order in which the system prefers them; never an empty list.
    ///
    /// # Errors
    /// [`NoAddress`] where DNS fails or hangs, and gave no address within the last hour.
    pub(crate) async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, NoAddress> {
        if let Ok(ip) = host.parse() {
            return Ok(vec![ip]);
        }
        let (mut answer, began, known) = self.ask(host);
        // Counted from the look-up's start, so that messages behind a name server that hangs do not each wait a second
        // anew.
        let limit = match known {
            Some(_) => WITHIN_IF_KNOWN.saturating_sub(began.elapsed()),
            None => WITHIN,
        };
        let found = match timeout(limit, answer.wait_for(Option::is_some)).await {
            Ok(Ok(found)) => found.clone().unwrap_or(Err(NoAddress::NotFound)),
            // The sender is gone without a result: its thread could not be started.
            Ok(Err(_)) => Err(NoAddress::NotFound),
            Err(_) => Err(NoAddress::TimedOut),
        };
        found.or_else(|error| known.ok_or(error))
    }

    /// The look-up that is under way, or a new one; when it began; and the earlier addresses that may take the place of
    /// its result.
    fn ask(&self, host: &str) -> (Answer, Instant, Option<Vec<IpAddr>>) {
        let mut hosts = self.hosts();
        let known = hosts.entry(host.to_owned()).or_default();
        let good = known.good.as_ref().filter(|(_, found)| found.elapsed() < GOOD_FOR);
        let good = good.map(|(addresses, _)| addresses.clone());
        if let Some((answer, began)) = &known.under_way {
            return (answer.clone(), *began, good);
        }
        let (tell, answer) = watch::channel(None);
        let began = Instant::now();
        let (resolver, name) = (self.clone(), host.to_owned());
        let started = thread::Builder::new().name("dns".to_owned()).spawn(move || {
            let found = (resolver.look_up)(&name).unwrap_or_default();
            let found = if found.is_empty() { Err(NoAddress::NotFound) } else { Ok(found) };
            let mut hosts = resolver.hosts();
            let known = hosts.entry(name).or_default();
            known.under_way = None;
            if let Ok(addresses) = &found {
                known.good = Some((addresses.clone(), Instant::now()));
            }
            drop(hosts);
            tell.send_replace(Some(found));
        });
        if started.is_ok() {
            known.under_way = Some((answer.clone(), began));
        }
        (answer, began, good)
    }

    fn hosts(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.clone();
        Box::pin(async move {
            let found = resolver.addresses(name.as_str()).await?;
            // The HTTP client puts in the port itself.
            Ok(Box::new(found.into_iter().map(|ip| SocketAddr::new(ip, 0))) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn one() -> Vec<IpAddr> {
        vec![IpAddr::from([192, 0, 2, 1])]
    }

    #[tokio::test]
    async fn addresses_need_no_look_up() {
        let resolver = Resolver::new(|host| panic!("{host} was looked up"));
        assert_eq!(resolver.addresses("::1").await, Ok(vec!["::1".parse().unwrap()]));
    }

    #[tokio::test]
    async fn the_last_good_result_takes_the_place_of_one_that_fails_or_hangs() {
        let (say, said) = mpsc::channel::<io::Result<Vec<IpAddr>>>();
        let said = Mutex::new(said);
        let resolver = Resolver::new(move |_| said.lock().unwrap().recv().unwrap());
        say.send(Err(io::ErrorKind::NotFound.into())).unwrap();
        assert_eq!(resolver.addresses("mail.example").await, Err(NoAddress::NotFound));
        say.send(Ok(one())).unwrap();
        assert_eq!(resolver.addresses("mail.example").await, Ok(one()));
        say.send(Err(io::ErrorKind::NotFound.into())).unwrap();
        assert_eq!(resolver.addresses("mail.example").await, Ok(one()));
        // It says nothing from here on.
        assert_eq!(resolver.addresses("mail.example").await, Ok(one()));
        let began = Instant::now();
        assert_eq!(resolver.addresses("mail.example").await, Ok(one()));
        assert!(began.elapsed() < WITHIN_IF_KNOWN, "a look-up that hangs is waited for once");
    }

    #[tokio::test]
    async fn one_look_up_serves_everybody_who_waits() {
        let (say, said) = mpsc::channel::<Vec<IpAddr>>();
        let said = Mutex::new(said);
        let resolver = Resolver::new(move |_| Ok(said.lock().unwrap().recv().unwrap()));
        let (first, second) = (resolver.clone(), resolver.clone());
        let both = async { tokio::join!(first.addresses("mail.example"), second.addresses("mail.example")) };
        let answering = async {
            tokio::task::yield_now().await;
            say.send(one()).unwrap();
        };
        let (found, ()) = tokio::join!(both, answering);
        assert_eq!(found, (Ok(one()), Ok(one())));
    }
}
