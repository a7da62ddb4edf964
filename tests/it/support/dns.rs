//! A small name server on this machine, over UDP and TCP, that says what a test has written into it.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};

const A: u16 = 1;
const CNAME: u16 = 5;
const PTR: u16 = 12;
const MX: u16 = 15;
const TXT: u16 = 16;
const AAAA: u16 = 28;

/// The most bytes of an answer over UDP.
const DATAGRAM: usize = 1200;

/// How it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Well,
    /// It takes questions, and never answers.
    Silent,
    /// SERVFAIL to everything.
    Failing,
    /// Bytes that are no answer.
    Garbage,
}

/// The server; it stops when dropped.
pub(crate) struct Dns {
    pub(crate) address: SocketAddr,
    state: Arc<Mutex<State>>,
    tasks: [tokio::task::JoinHandle<()>; 2],
}

struct State {
    mood: Mood,
    records: BTreeMap<(String, u16), Vec<Vec<u8>>>,
}

impl Dns {
    pub(crate) async fn start() -> Self {
        let (udp, tcp) = loop {
            let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
            // Somebody else may have that port for UDP.
            if let Ok(udp) = UdpSocket::bind(tcp.local_addr().unwrap()).await {
                break (udp, tcp);
            }
        };
        let address = udp.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State { mood: Mood::Well, records: BTreeMap::new() }));
        let (one, other) = (Arc::clone(&state), Arc::clone(&state));
        let datagrams = tokio::spawn(async move {
            let mut question = [0; 4096];
            while let Ok((length, from)) = udp.recv_from(&mut question).await {
                if let Some(answer) = answer(&one, &question[..length], DATAGRAM) {
                    let _ = udp.send_to(&answer, from).await;
                }
            }
        });
        let streams = tokio::spawn(async move {
            while let Ok((mut stream, _)) = tcp.accept().await {
                let state = Arc::clone(&other);
                tokio::spawn(async move {
                    while let Ok(length) = stream.read_u16().await {
                        let mut question = vec![0; length.into()];
                        if stream.read_exact(&mut question).await.is_err() {
                            return;
                        }
                        if let Some(answer) = answer(&state, &question, usize::from(u16::MAX)) {
                            let mut framed = u16::try_from(answer.len()).unwrap().to_be_bytes().to_vec();
                            framed.extend(answer);
                            let _ = stream.write_all(&framed).await;
                        }
                    }
                });
            }
        });
        Self { address, state, tasks: [datagrams, streams] }
    }

    pub(crate) fn mood(&self, mood: Mood) {
        self.state.lock().unwrap().mood = mood;
    }

    fn add(&self, name: &str, kind: u16, data: Vec<u8>) -> &Self {
        let mut state = self.state.lock().unwrap();
        state.records.entry((name.to_ascii_lowercase(), kind)).or_default().push(data);
        drop(state);
        self
    }

    /// Forgets the records of a name.
    pub(crate) fn forget(&self, name: &str) -> &Self {
        self.state.lock().unwrap().records.retain(|(known, _), _| known != name);
        self
    }

    pub(crate) fn txt(&self, name: &str, text: &str) -> &Self {
        let strings = text.as_bytes().chunks(255);
        let data = strings.flat_map(|part| [&[u8::try_from(part.len()).unwrap()], part].concat()).collect();
        self.add(name, TXT, data)
    }

    pub(crate) fn mx(&self, name: &str, host: &str) -> &Self {
        self.add(name, MX, [vec![0, 10], encoded(host)].concat())
    }

    pub(crate) fn cname(&self, name: &str, to: &str) -> &Self {
        self.add(name, CNAME, encoded(to))
    }

    pub(crate) fn a(&self, name: &str, ip: &str) -> &Self {
        match ip.parse().unwrap() {
            IpAddr::V4(ip) => self.add(name, A, ip.octets().to_vec()),
            IpAddr::V6(ip) => self.add(name, AAAA, ip.octets().to_vec()),
        }
    }

    /// The name of an address of version 4.
    pub(crate) fn ptr(&self, ip: &str, name: &str) -> &Self {
        let mut parts: Vec<_> = ip.split('.').collect();
        parts.reverse();
        self.add(&format!("{}.in-addr.arpa", parts.join(".")), PTR, encoded(name))
    }
}

impl Drop for Dns {
    fn drop(&mut self) {
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

/// A name on the wire; the root for an empty one.
fn encoded(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split('.').filter(|label| !label.is_empty()) {
        bytes.push(u8::try_from(label.len()).unwrap());
        bytes.extend(label.bytes());
    }
    bytes.push(0);
    bytes
}

/// The answer to a question; `None` for silence.
fn answer(state: &Mutex<State>, question: &[u8], largest: usize) -> Option<Vec<u8>> {
    let state = state.lock().unwrap();
    let (mut at, mut labels) = (12, Vec::new());
    while question[at] > 0 {
        let end = at + 1 + usize::from(question[at]);
        labels.push(String::from_utf8_lossy(&question[at + 1..end]).to_ascii_lowercase());
        at = end;
    }
    let kind = u16::from_be_bytes([question[at + 1], question[at + 2]]);
    let asked = &question[12..at + 5];
    let mut name = labels.join(".");
    let mut records: Vec<(String, u16, Vec<u8>)> = Vec::new();
    // As resolvers do, it follows aliases, and gives up in a circle.
    for _ in 0..8 {
        let here = state.records.get(&(name.clone(), kind)).into_iter().flatten();
        records.extend(here.map(|data| (name.clone(), kind, data.clone())));
        let alias = state.records.get(&(name.clone(), CNAME)).and_then(|all| all.first());
        let Some(alias) = alias.filter(|_| kind != CNAME) else { break };
        records.push((name.clone(), CNAME, alias.clone()));
        let mut at = 0;
        let mut next = Vec::new();
        while alias[at] > 0 {
            let end = at + 1 + usize::from(alias[at]);
            next.push(String::from_utf8_lossy(&alias[at + 1..end]).into_owned());
            at = end;
        }
        name = next.join(".");
    }
    let below = format!(".{}", labels.join("."));
    let exists = !records.is_empty()
        || state.records.keys().any(|(known, _)| *known == labels.join(".") || known.ends_with(&below));
    let code: u16 = match state.mood {
        Mood::Silent => return None,
        Mood::Garbage => return Some([&question[..2], &[0xff; 40]].concat()),
        Mood::Failing => 2,
        Mood::Well if exists => 0,
        Mood::Well => 3,
    };
    if state.mood == Mood::Failing {
        records.clear();
    }
    let head = |flags: u16, count: usize| {
        let counts = [1, u16::try_from(count).unwrap(), 0, 0];
        let numbers: Vec<u8> =
            [0x8180 | flags | code].into_iter().chain(counts).flat_map(u16::to_be_bytes).collect();
        [&question[..2], &numbers, asked].concat()
    };
    let mut bytes = head(0, records.len());
    for (name, kind, data) in &records {
        bytes.extend(encoded(name));
        bytes.extend([kind.to_be_bytes(), [0, 1], [0, 0], [0, 60]].concat());
        bytes.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        bytes.extend(data);
    }
    Some(if bytes.len() > largest { head(0x0200, 0) } else { bytes })
}
