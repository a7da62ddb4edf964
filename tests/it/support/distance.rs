//! Distance: a port behind which a server on this machine seems to be far away. Bytes take half of the round trip in each
//! direction, and as many as come are on their way at a time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinHandle};
use tokio::time::{Instant, sleep_until};

/// The way to one server; it ends with this value.
pub(crate) struct Distance {
    pub(crate) port: u16,
    accepting: JoinHandle<()>,
    connections: Arc<Mutex<Vec<AbortHandle>>>,
}

impl Distance {
    /// A new way to the server on `port`.
    pub(crate) async fn to(port: u16, round_trip: Duration) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let way = listener.local_addr().unwrap().port();
        let connections: Arc<Mutex<Vec<AbortHandle>>> = Arc::default();
        let known = Arc::clone(&connections);
        let accepting = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let connection = tokio::spawn(carry(near, port, round_trip / 2));
                known.lock().unwrap().push(connection.abort_handle());
            }
        });
        Self { port: way, accepting, connections }
    }

    /// Ends the oldest connection that is open. What is on its way in either direction is lost.
    pub(crate) fn cut_one(&self) {
        let connections = self.connections.lock().unwrap();
        let open = connections.iter().find(|connection| !connection.is_finished());
        open.expect("a connection is open").abort();
    }

    /// How many connections were made so far.
    pub(crate) fn connections(&self) -> usize {
        self.connections.lock().unwrap().len()
    }
}

impl Drop for Distance {
    fn drop(&mut self) {
        self.accepting.abort();
        for connection in self.connections.lock().unwrap().iter() {
            connection.abort();
        }
    }
}

async fn carry(near: TcpStream, port: u16, delay: Duration) {
    let Ok(far) = TcpStream::connect(("127.0.0.1", port)).await else { return };
    near.set_nodelay(true).unwrap();
    far.set_nodelay(true).unwrap();
    let ((from_near, to_near), (from_far, to_far)) = (near.into_split(), far.into_split());
    tokio::join!(one_way(from_near, to_far, delay), one_way(from_far, to_near, delay));
}

/// Passes on what comes, so much later, and then the end of it.
async fn one_way(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, delay: Duration) {
    let (sender, mut on_the_way) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let departs = async move {
        loop {
            let mut bytes = Vec::with_capacity(64 * 1024);
            let is_end = !matches!(from.read_buf(&mut bytes).await, Ok(1..));
            let _ = sender.send((Instant::now() + delay, bytes));
            if is_end {
                return;
            }
        }
    };
    let arrives = async move {
        while let Some((at, bytes)) = on_the_way.recv().await {
            sleep_until(at).await;
            let is_end = bytes.is_empty();
            if to.write_all(&bytes).await.is_err() || is_end {
                let _ = to.shutdown().await;
                return;
            }
        }
    };
    tokio::join!(departs, arrives);
}
