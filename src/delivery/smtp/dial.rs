//! Opens a TCP connection to a host that may have several addresses, some of them dead ("Happy Eyeballs", RFC 8305).

use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::classify::Cause;
use crate::delivery::dns::Resolver;

/// How long an address is waited for before the next one is tried beside it: the delay of RFC 8305, section 8.
const PACE: Duration = Duration::from_millis(250);
/// How long an address that did not answer is tried after those that may.
const SHUNNED_FOR: Duration = Duration::from_mins(10);

/// Connects to one host, and remembers which of its addresses answer.
pub(super) struct Dialer {
    host: String,
    port: u16,
    resolver: Resolver,
    known: Mutex<Known>,
}

/// What is known of a host's addresses.
#[derive(Default)]
struct Known {
    /// The address that answered last; `None` before the first, and after it was silent.
    answers: Option<IpAddr>,
    /// Addresses that refused or did not answer before it was the next one's turn, and when. An answer takes an address
    /// out, and so do ten minutes.
    silent: Vec<(IpAddr, Instant)>,
}

impl Dialer {
    /// Knows nothing of the host's addresses yet.
    pub(super) fn new(host: String, port: u16, resolver: Resolver) -> Self {
        Self { host, port, resolver, known: Mutex::default() }
    }

    /// Connects to the host. Each address gets a head start of a quarter of a second, or until it refuses, and the
    /// first one that answers is taken. Dropping the future closes all connections that are being opened.
    ///
    /// # Errors
    /// The name has no address, or no address answers. Then the last refusal is told.
    pub(super) async fn connect(&self) -> Result<TcpStream, Cause> {
        let found = self.resolver.addresses(&self.host).await;
        let found = found.map_err(|error| Cause::Closed(error.to_string()))?;
        let mut left = self.known().order(&found, Instant::now()).into_iter();
        let mut attempts = JoinSet::new();
        // The resolver gives no empty list, so one of the addresses replaces this.
        let mut failure = Cause::Closed("the host name has no address".to_owned());
        loop {
            let started = left.next();
            if let Some(ip) = started {
                let address = SocketAddr::new(ip, self.port);
                attempts.spawn(async move { (ip, TcpStream::connect(address).await) });
            }
            // RFC 8305: a new connection is begun beside the ones that hang, and none of these is given up, because a
            // slow address is better than none.
            tokio::select! {
                ended = attempts.join_next() => match ended {
                    Some(Ok((ip, Ok(tcp)))) => {
                        self.known().note_answer(ip);
                        // Every write is a whole flight, which Nagle's algorithm would only hold back.
                        tcp.set_nodelay(true)?;
                        return Ok(tcp);
                    }
                    Some(Ok((ip, Err(error)))) => {
                        self.known().note_silence(ip, Instant::now());
                        failure = error.into();
                    }
                    // The attempt's task ended without a result, so there is no address to note. The loop goes on with
                    // the next one.
                    Some(Err(_)) => {}
                    None => return Err(failure),
                },
                () = sleep(PACE), if left.len() > 0 => {
                    if let Some(ip) = started {
                        self.known().note_silence(ip, Instant::now());
                    }
                }
            }
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn note_answer(&mut self, ip: IpAddr) {
        self.answers = Some(ip);
        self.silent.retain(|(other, _)| *other != ip);
    }

    fn note_silence(&mut self, ip: IpAddr, now: Instant) {
        self.answers = self.answers.filter(|answers| *answers != ip);
        self.silent.retain(|(other, _)| *other != ip);
        self.silent.push((ip, now));
    }

    /// The order in which to try the addresses: the one that answered last, then the others, IPv6 and IPv4 by turns.
    /// Those that were silent lately come last, and of these first the one that was tried longest ago.
    fn order(&mut self, found: &[IpAddr], now: Instant) -> Vec<IpAddr> {
        self.silent.retain(|(_, since)| *since + SHUNNED_FOR > now);
        let mut order = by_turns(found);
        // A stable sort, so that the two families still take turns among addresses of the same rank.
        order.sort_by_key(|ip| {
            let silent = self.silent.iter().position(|(other, _)| other == ip);
            (silent.map(|at| at + 1), self.answers != Some(*ip))
        });
        order
    }
}

/// The two families by turns, beginning with the one that the system prefers, each in the system's order.
fn by_turns(found: &[IpAddr]) -> Vec<IpAddr> {
    let is_first = |ip: &&IpAddr| found.first().is_some_and(|first| first.is_ipv6() == ip.is_ipv6());
    let (first, second): (Vec<IpAddr>, Vec<IpAddr>) = found.iter().partition(is_first);
    let mut second = second.into_iter();
    let mut order: Vec<IpAddr> =
        first.into_iter().flat_map(|ip| [Some(ip), second.next()]).flatten().collect();
    order.extend(second);
    order
}

#[cfg(test)]
mod tests {
    use tokio::net::{TcpListener, TcpSocket};

    use super::*;

    fn ips(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn the_families_take_turns() {
        let table: [(&[&str], &[&str]); 4] = [
            (&["::1", "::2", "::3", "10.0.0.1"], &["::1", "10.0.0.1", "::2", "::3"]),
            (&["10.0.0.1", "10.0.0.2", "::1", "::2"], &["10.0.0.1", "::1", "10.0.0.2", "::2"]),
            (&["10.0.0.1", "::1", "::2", "::3"], &["10.0.0.1", "::1", "::2", "::3"]),
            (&[], &[]),
        ];
        for (found, expected) in table {
            assert_eq!(by_turns(&ips(found)), ips(expected), "{found:?}");
        }
    }

    #[test]
    fn who_answered_comes_first_and_who_was_silent_last() {
        let now = Instant::now();
        let found = ips(&["::1", "::2", "::3", "::4"]);
        let mut known = Known::default();
        known.note_silence(found[1], now);
        known.note_silence(found[0], now);
        known.note_answer(found[3]);
        assert_eq!(known.order(&found, now), ips(&["::4", "::3", "::2", "::1"]));
        known.note_silence(found[3], now);
        assert_eq!(known.order(&found, now), ips(&["::3", "::2", "::1", "::4"]));
        known.note_answer(found[0]);
        assert_eq!(known.order(&found, now), ips(&["::1", "::3", "::2", "::4"]));
        assert_eq!(known.order(&found, now + SHUNNED_FOR), ips(&["::1", "::2", "::3", "::4"]));
    }

    /// A port that answers no connection while it lives: its queue is full.
    async fn deaf(address: SocketAddr) -> (TcpListener, Vec<TcpStream>) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(address).unwrap();
        let listener = socket.listen(1).unwrap();
        let mut queued = Vec::new();
        let queue = || tokio::time::timeout(Duration::from_millis(100), TcpStream::connect(address));
        while let Ok(tcp) = queue().await {
            queued.push(tcp.unwrap());
        }
        (listener, queued)
    }

    #[tokio::test]
    async fn dead_addresses_cost_a_moment_once() {
        let live = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = live.local_addr().unwrap().port();
        let dead: Vec<SocketAddr> = (2..6).map(|last| SocketAddr::from(([127, 0, 0, last], port))).collect();
        let mut held = Vec::new();
        for address in &dead {
            held.push(deaf(*address).await);
        }
        let mut found: Vec<IpAddr> = dead.iter().map(SocketAddr::ip).collect();
        found.extend(ips(&["127.0.0.9", "127.0.0.1"])); // the first of them refuses
        let dialer = Dialer::new("mail.example".to_owned(), port, Resolver::new(move |_| Ok(found.clone())));
        let began = Instant::now();
        let tcp = dialer.connect().await.unwrap();
        assert_eq!(tcp.peer_addr().unwrap().ip(), ips(&["127.0.0.1"])[0]);
        assert!(began.elapsed() >= PACE * 4, "each address has its head start");
        dialer.connect().await.unwrap();
        let order = dialer.known().order(&ips(&["127.0.0.2", "127.0.0.1"]), Instant::now());
        assert_eq!(
            order,
            ips(&["127.0.0.1", "127.0.0.2"]),
            "the one that answered is the first from here on"
        );
    }

    #[tokio::test]
    async fn where_nobody_answers_the_last_refusal_is_told() {
        let port = {
            let socket = TcpSocket::new_v4().unwrap();
            socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
            socket
        };
        let found = ips(&["127.0.0.1", "127.0.0.1"]);
        let resolver = Resolver::new(move |_| Ok(found.clone()));
        let dialer = Dialer::new("mail.example".to_owned(), port.local_addr().unwrap().port(), resolver);
        assert!(matches!(dialer.connect().await, Err(Cause::Closed(words)) if words == "connection refused"));
    }
}
