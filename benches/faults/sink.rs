//! A small SMTP server that takes mail for `<id>@reader.example`, counts it, and fails as a scenario asks it to.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// How the server treats its clients.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Manner {
    /// It takes everything at once.
    Kind,
    /// This many of 100 transactions fail for the moment, at a stage that a generator with a fixed seed picks.
    Faulty(u64),
    /// It works on this many messages at a time, for this long each, and answers 432 to the others after their body, as
    /// Exchange Online does.
    Narrow(usize, Duration),
}

/// Where one transaction fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    /// The session is closed, and so is the next connection, at its greeting.
    Greeting,
    /// 451 to MAIL.
    Mail,
    /// 451 to RCPT.
    Rcpt,
    /// 451 or 432 after the body.
    Body,
    /// 421 to MAIL, and the session is closed.
    Farewell,
    /// The session is closed where the body should come.
    Close,
}

/// All faults, each as likely as the others.
const FAULTS: [Fault; 6] =
    [Fault::Greeting, Fault::Mail, Fault::Rcpt, Fault::Body, Fault::Farewell, Fault::Close];

/// A running server.
#[derive(Debug)]
pub(crate) struct Sink {
    /// Its port on 127.0.0.1.
    pub(crate) port: u16,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    manner: Manner,
    /// The state of the generator.
    dice: Mutex<u64>,
    /// How many times the server accepted a mail for each address.
    accepted: Mutex<HashMap<String, usize>>,
    /// The next connections to close at their greeting.
    doomed: AtomicUsize,
    /// The faults that transactions got.
    faults: Mutex<BTreeMap<Fault, usize>>,
    busy: AtomicUsize,
}

impl Sink {
    /// Starts a server that accepts connections after `closed`; until then its port refuses them.
    ///
    /// # Errors
    /// No port of this machine can be had.
    pub(crate) fn start(manner: Manner, closed: Duration) -> io::Result<Self> {
        // A port that is bound without a listener refuses connections, and no other process can take it.
        let socket = TcpSocket::new_v4()?;
        socket.bind(([127, 0, 0, 1], 0).into())?;
        let port = socket.local_addr()?.port();
        let shared = Arc::new(Shared {
            manner,
            dice: Mutex::new(20_260_821),
            accepted: Mutex::default(),
            doomed: AtomicUsize::new(0),
            faults: Mutex::default(),
            busy: AtomicUsize::new(0),
        });
        let server = Arc::clone(&shared);
        if closed.is_zero() {
            tokio::spawn(serve(socket.listen(1024)?, server));
        } else {
            tokio::spawn(async move {
                tokio::time::sleep(closed).await;
                if let Ok(listener) = socket.listen(1024) {
                    serve(listener, server).await;
                }
            });
        }
        Ok(Self { port, shared })
    }

    /// How many messages the server accepted at least once.
    pub(crate) fn taken(&self) -> usize {
        self.shared.accepted().len()
    }

    /// How many messages the server accepted more than once.
    pub(crate) fn twice(&self) -> usize {
        self.shared.accepted().values().filter(|times| **times > 1).count()
    }

    /// How many transactions failed on purpose, by the stage.
    pub(crate) fn faults(&self) -> String {
        let faults = self.shared.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let stages: Vec<_> = faults.iter().map(|(fault, times)| format!("{times} {fault:?}")).collect();
        format!("{} ({})", faults.values().sum::<usize>(), stages.join(", "))
    }
}

impl Shared {
    fn accepted(&self) -> std::sync::MutexGuard<'_, HashMap<String, usize>> {
        self.accepted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The fault of the next transaction, if it gets one.
    fn draw(&self) -> Option<Fault> {
        let Manner::Faulty(percent) = self.manner else { return None };
        let number = {
            let mut state = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
            split_mix(&mut state)
        };
        if number % 100 >= percent {
            return None;
        }
        let which = usize::try_from(number / 100 % 6).ok()?;
        let fault = FAULTS.get(which).copied()?;
        self.count(fault);
        Some(fault)
    }

    fn count(&self, fault: Fault) {
        *self.faults.lock().unwrap_or_else(PoisonError::into_inner).entry(fault).or_default() += 1;
    }

    /// The reply after the body of a mail to `address`.
    async fn decide(&self, address: String, fault: Option<Fault>) -> &'static str {
        if fault == Some(Fault::Body) {
            return "451 4.3.0 Try again later";
        }
        if let Manner::Narrow(most, each) = self.manner {
            let is_full = self.busy.fetch_add(1, Ordering::SeqCst) >= most;
            if !is_full {
                tokio::time::sleep(each).await;
            }
            self.busy.fetch_sub(1, Ordering::SeqCst);
            if is_full {
                self.count(Fault::Body);
                return "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded";
            }
        }
        *self.accepted().entry(address).or_default() += 1;
        "250 2.0.0 Taken"
    }
}

/// `SplitMix64`: small, and the same numbers in every run.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let less = |doomed: usize| doomed.checked_sub(1);
        if shared.doomed.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok() {
            continue;
        }
        let shared = Arc::clone(&shared);
        tokio::spawn(async move { session(stream, &shared).await });
    }
}

/// One client, until it or a fault ends the session.
async fn session(stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    writer.write_all(b"220 sink.test ESMTP\r\n").await?;
    let (mut fault, mut is_open, mut address) = (None, false, None);
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let words: Vec<_> = line.split_ascii_whitespace().collect();
        let verb = words.first().map(|verb| verb.to_ascii_uppercase()).unwrap_or_default();
        let reply = match verb.as_str() {
            "EHLO" => "250-sink.test\r\n250-PIPELINING\r\n250-CHUNKING\r\n250 8BITMIME",
            "MAIL" => {
                fault = shared.draw();
                (is_open, address) = (fault != Some(Fault::Mail), None);
                match fault {
                    Some(Fault::Greeting) => {
                        shared.doomed.fetch_add(1, Ordering::Relaxed);
                        return Ok(());
                    }
                    Some(Fault::Farewell) => {
                        return writer.write_all(b"421 4.3.2 Closing, come back later\r\n").await;
                    }
                    Some(Fault::Mail) => "451 4.3.0 Try again later",
                    _ => "250 2.1.0 Fine",
                }
            }
            "RCPT" if !is_open => "503 5.5.1 MAIL first",
            "RCPT" if fault == Some(Fault::Rcpt) => "451 4.2.0 Try again later",
            "RCPT" => {
                address = words.get(1).map(|&path| path.to_owned());
                "250 2.1.5 Fine"
            }
            "DATA" | "BDAT" if fault == Some(Fault::Close) => return Ok(()),
            "DATA" if address.is_none() => "503 5.5.1 RCPT first",
            "DATA" => {
                writer.write_all(b"354 Go on\r\n").await?;
                while line != ".\r\n" {
                    line.clear();
                    if reader.read_line(&mut line).await? == 0 {
                        return Ok(());
                    }
                }
                shared.decide(address.take().unwrap_or_default(), fault).await
            }
            "BDAT" => {
                let length = words.get(1).and_then(|length| length.parse().ok()).unwrap_or_default();
                let read = tokio::io::copy(&mut (&mut reader).take(length), &mut tokio::io::sink()).await?;
                match address.take() {
                    _ if read < length => return Ok(()),
                    None => "503 5.5.1 RCPT first",
                    Some(to) if words.get(2).is_some() => shared.decide(to, fault).await,
                    more => {
                        address = more;
                        "250 2.0.0 Go on"
                    }
                }
            }
            "RSET" => {
                (is_open, address) = (false, None);
                "250 2.0.0 Forgotten"
            }
            "NOOP" => "250 2.0.0 Still here",
            "QUIT" => return writer.write_all(b"221 2.0.0 Bye\r\n").await,
            _ => "500 5.5.2 Unknown",
        };
        writer.write_all(format!("{reply}\r\n").as_bytes()).await?;
    }
}
