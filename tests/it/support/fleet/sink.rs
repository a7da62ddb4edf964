//! A mail server with a port for each server of the fleet. It notes when it got each message, and from which server: whatever
//! the fleet says of itself, this is what a person finds in the mailbox.

use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A message as it came, once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Delivery {
    /// Which server of the fleet brought it.
    pub(crate) server: usize,
    /// When its last byte was here.
    pub(crate) at: Instant,
}

/// Running until it is dropped with the runtime.
pub(crate) struct Sink {
    /// The port of each server.
    pub(crate) ports: Vec<u16>,
    shared: Arc<Shared>,
}

struct Shared {
    deliveries: Mutex<HashMap<String, Vec<Delivery>>>,
    /// Milliseconds for which each second message is held before its body, and each other one after it.
    pause: AtomicU64,
    /// Whether each message hangs at its first attempt, before its body.
    hangs_first: Mutex<Option<HashSet<String>>>,
    /// Whether all hang, wherever they are.
    hangs: watch::Sender<bool>,
    /// How many hang right now because they came first.
    hung: AtomicUsize,
}

impl Sink {
    pub(crate) async fn start(servers: usize) -> Self {
        let shared = Arc::new(Shared {
            deliveries: Mutex::default(),
            pause: AtomicU64::new(0),
            hangs_first: Mutex::new(None),
            hangs: watch::Sender::new(false),
            hung: AtomicUsize::new(0),
        });
        let mut ports = Vec::new();
        for server in 0..servers {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            ports.push(listener.local_addr().unwrap().port());
            tokio::spawn(accept(listener, server, Arc::clone(&shared)));
        }
        Self { ports, shared }
    }

    /// From now on each message takes this long here.
    pub(crate) fn takes(&self, pause: Duration) {
        self.shared.pause.store(u64::try_from(pause.as_millis()).unwrap(), Ordering::Relaxed);
    }

    /// From now on the first attempt of each message hangs before its body.
    pub(crate) fn hang_first(&self) {
        *self.shared.hangs_first.lock().unwrap() = Some(HashSet::new());
    }

    /// How many attempts hang because they were the first.
    pub(crate) fn hung(&self) -> usize {
        self.shared.hung.load(Ordering::Relaxed)
    }

    /// Whether everybody gets no reply any more.
    pub(crate) fn hang(&self, hangs: bool) {
        self.shared.hangs.send_replace(hangs);
    }

    /// What came of each message, by its `Message-ID`.
    pub(crate) fn deliveries(&self) -> MutexGuard<'_, HashMap<String, Vec<Delivery>>> {
        self.shared.deliveries.lock().unwrap()
    }
}

async fn accept(listener: TcpListener, server: usize, shared: Arc<Shared>) {
    while let Ok((tcp, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        tokio::spawn(async move { session(tcp, server, &shared).await });
    }
}

/// One client, until it has had enough.
async fn session(tcp: TcpStream, server: usize, shared: &Shared) -> io::Result<()> {
    tcp.set_nodelay(true)?;
    let (reader, mut writer) = tcp.into_split();
    let mut reader = BufReader::new(reader);
    let (mut line, mut to, mut count) = (String::new(), String::new(), 0_u64);
    let mut reply = "220 sink.test ESMTP";
    loop {
        // A client that is gone ends the wait too.
        let mut hangs = shared.hangs.subscribe();
        if *hangs.borrow_and_update() {
            let mut byte = [0];
            tokio::select! {
                _ = hangs.wait_for(|hangs| !hangs) => {}
                read = reader.read(&mut byte) => if read? == 0 { return Ok(()) },
            }
            if *shared.hangs.borrow() {
                return Ok(());
            }
        }
        writer.write_all(format!("{reply}\r\n").as_bytes()).await?;
        line.clear();
        if reader.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        reply = match line.get(..4).unwrap_or_default() {
            "EHLO" => "250-sink.test\r\n250-PIPELINING\r\n250 8BITMIME",
            "RCPT" => {
                line.clone_into(&mut to);
                let is_first =
                    shared.hangs_first.lock().unwrap().as_mut().is_some_and(|seen| seen.insert(to.clone()));
                if is_first {
                    shared.hung.fetch_add(1, Ordering::Relaxed);
                    // Whatever was sent already is read away until the client ends.
                    let gone = tokio::io::copy(&mut reader, &mut tokio::io::sink()).await;
                    shared.hung.fetch_sub(1, Ordering::Relaxed);
                    return gone.map(drop);
                }
                "250 2.1.5 fine"
            }
            "DATA" => {
                let pause = Duration::from_millis(shared.pause.load(Ordering::Relaxed));
                count += 1;
                if count % 2 == 0 {
                    tokio::time::sleep(pause).await;
                }
                writer.write_all(b"354 go on\r\n").await?;
                let id = message(&mut reader).await?;
                let delivery = Delivery { server, at: Instant::now() };
                shared.deliveries.lock().unwrap().entry(id).or_default().push(delivery);
                if count % 2 == 1 {
                    tokio::time::sleep(pause).await;
                }
                "250 2.0.0 taken"
            }
            "QUIT" => return writer.write_all(b"221 2.0.0 bye\r\n").await,
            _ => "250 2.0.0 fine",
        };
    }
}

/// Reads a message to its last dot; its `Message-ID` up to the `@`.
async fn message(reader: &mut (impl tokio::io::AsyncBufRead + Unpin)) -> io::Result<String> {
    let (mut line, mut id) = (Vec::new(), String::new());
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line == b".\r\n" {
            return Ok(id);
        }
        if let Some(rest) = line.strip_prefix(b"Message-ID: <").filter(|_| id.is_empty()) {
            let rest = String::from_utf8_lossy(rest);
            rest.split('@').next().unwrap_or_default().clone_into(&mut id);
        }
    }
}
