//! A TCP proxy before a database: it cuts connections, or is some way off.

use std::io;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

/// Running until it is dropped with the runtime.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    cut: watch::Sender<()>,
}

impl Proxy {
    /// Before the server at `port`, which is a round trip of `far` away.
    pub(crate) async fn start(port: u16, far: Duration) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let proxy = Self { port: listener.local_addr().unwrap().port(), cut: watch::Sender::new(()) };
        let cut = proxy.cut.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let mut cut = cut.subscribe();
                tokio::spawn(async move {
                    tokio::select! {
                        _ = join(client, port, far) => {}
                        _ = cut.changed() => {}
                    }
                });
            }
        });
        proxy
    }

    /// Ends all connections. New ones are taken.
    pub(crate) fn cut(&self) {
        self.cut.send_replace(());
    }
}

async fn join(client: TcpStream, port: u16, far: Duration) -> io::Result<()> {
    let server = TcpStream::connect(("127.0.0.1", port)).await?;
    for stream in [&client, &server] {
        stream.set_nodelay(true)?;
    }
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    tokio::select! {
        _ = carry(from_client, to_server, far / 2) => {}
        _ = carry(from_server, to_client, far / 2) => {}
    }
    Ok(())
}

/// Each piece leaves this long after it came, however many follow.
async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, after: Duration) -> io::Result<()> {
    let (sender, mut pieces) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let reading = async {
        loop {
            let mut piece = vec![0; 16 * 1024];
            let read = from.read(&mut piece).await?;
            piece.truncate(read);
            if read == 0 || sender.send((Instant::now() + after, piece)).is_err() {
                return Ok(());
            }
        }
    };
    let writing = async {
        while let Some((due, piece)) = pieces.recv().await {
            let left = due.saturating_duration_since(Instant::now());
            if !left.is_zero() {
                // tokio's timers are no finer than a millisecond.
                let _ = tokio::task::spawn_blocking(move || std::thread::sleep(left)).await;
            }
            to.write_all(&piece).await?;
        }
        Ok(())
    };
    tokio::select! {
        done = reading => done,
        done = writing => done,
    }
}
