//! Limits how many connections are open, and chooses which one is closed when there is no room for another.
//!
//! A connection belongs to a stranger until a message on it turns out to be signed. Svix's connections bring a signed
//! message within milliseconds, so the stranger's connection that has been open for longest is closed to make room.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::telemetry::seldom::Seldom;

/// How many connections may be open at a time, where the limit on open files allows it. Further ones wait to be accepted.
const CONNECTIONS: u64 = 8192;

/// Open files that are kept for providers, the ledger and whatever else the process opens.
const OTHER_FILES: u64 = 512;

/// Connections that are kept for the admin address, so that metrics can be read even while the public address is full.
const ADMIN: usize = 32;

/// How long the server waits for the caller of a connection before it closes it.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For the whole head of the first request on a new connection. Default: 30 s.
    pub first_request: Duration,
    /// For the next request on a connection that had one. Default: 150 s, longer than proxies keep idle connections
    /// (Caddy: 2 min). So the proxy closes first, and never sends a request into a connection that we are closing.
    pub idle: Duration,
    /// For the caller to take any byte of an answer that waits to be written. Default: 10 s.
    pub write_stall: Duration,
    /// For a signed message, counted from the start of the connection. Default: 5 min.
    pub stranger: Duration,
    /// For the request that a stranger had begun when the time for a signed message was over. Default: 10 s.
    pub farewell: Duration,
    /// Whether a request ends when its caller leaves before the answer. Otherwise the caller may close its side, as soon as it
    /// has said all, and still gets the answer. Default: no, since a message goes on anyway.
    pub ends_with_caller: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            first_request: Duration::from_secs(30),
            idle: Duration::from_secs(150),
            write_stall: Duration::from_secs(10),
            stranger: Duration::from_mins(5),
            farewell: Duration::from_secs(10),
            ends_with_caller: false,
        }
    }
}

/// All connections of one address that the service listens on.
#[derive(Debug)]
pub struct Connections {
    pub(super) limits: Limits,
    /// One permit for each connection that may be open.
    room: Arc<Semaphore>,
    strangers: Mutex<Strangers>,
    /// When the log last said that there is no room.
    full: Seldom,
}

/// The connections without a signed message, in the order in which they came, each with the token that closes it.
#[derive(Debug, Default)]
struct Strangers {
    next: u64,
    by_age: BTreeMap<u64, CancellationToken>,
}

impl Connections {
    /// Allows at most `most` connections at a time, and at least one.
    #[must_use]
    pub fn new(most: usize, limits: Limits) -> Arc<Self> {
        let room = Arc::new(Semaphore::new(most.clamp(1, Semaphore::MAX_PERMITS)));
        Arc::new(Self { limits, room, strangers: Mutex::default(), full: Seldom::default() })
    }

    /// The limits for the public and for the admin address. Raises the process's limit on open files first, then divides
    /// it so that files are left for everything else: running out of them would stop deliveries too.
    #[must_use]
    pub fn public_and_admin() -> (Arc<Self>, Arc<Self>) {
        let files = rlimit::increase_nofile_limit(CONNECTIONS + OTHER_FILES).unwrap_or(1024);
        let (public, admin) = shares(files);
        (Self::new(public, Limits::default()), Self::new(admin, Limits::default()))
    }

    /// Waits for the permit of a new connection. Where none is free, the oldest stranger's connection is closed for it.
    pub(super) async fn room(&self) -> Option<OwnedSemaphorePermit> {
        // Without waiting first, so that nobody is closed while there is room.
        if let Ok(permit) = Arc::clone(&self.room).try_acquire_owned() {
            return Some(permit);
        }
        self.close_a_stranger();
        Arc::clone(&self.room).acquire_owned().await.ok()
    }

    /// Closes the stranger's connection that has been open for longest, if there is one.
    pub(super) fn close_a_stranger(&self) {
        // Without strangers nobody is closed: the new connection waits until one with signed messages ends.
        let Some((_, close)) = self.strangers().by_age.pop_first() else { return };
        close.cancel();
        if let Some(closed) = self.full.count(std::time::Instant::now()) {
            tracing::warn!(
                connections.closed = closed,
                "the limit on open connections is reached: the oldest ones without a signed message are closed to make room \
                 for new ones"
            );
        }
    }

    /// Registers a new connection, as a stranger's until [`Connection::has_signed`].
    pub(super) fn add(self: &Arc<Self>) -> Arc<Connection> {
        let mut strangers = self.strangers();
        let number = strangers.next;
        strangers.next += 1;
        let closed = CancellationToken::new();
        strangers.by_age.insert(number, closed.clone());
        Arc::new(Connection {
            number,
            closed,
            has_asked: AtomicBool::new(false),
            is_signed: AtomicBool::new(false),
            all: Arc::clone(self),
        })
    }

    fn strangers(&self) -> MutexGuard<'_, Strangers> {
        self.strangers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many connections the public and the admin address may have, where the process may open `files` files.
fn shares(files: u64) -> (usize, usize) {
    // Where few files may be open, connections get half of them rather than what little `OTHER_FILES` leaves.
    let all = files.saturating_sub(OTHER_FILES).max(files / 2).clamp(2, CONNECTIONS);
    let all = usize::try_from(all).unwrap_or(usize::MAX);
    let admin = ADMIN.min(all / 4).max(1);
    (all - admin, admin)
}

/// What is known of one connection. Each request on it carries this as an extension.
#[derive(Debug)]
pub(super) struct Connection {
    number: u64,
    closed: CancellationToken,
    has_asked: AtomicBool,
    is_signed: AtomicBool,
    all: Arc<Connections>,
}

impl Connection {
    /// Notes that the head of a request has arrived.
    pub(super) fn has_asked(&self) {
        self.has_asked.store(true, Ordering::Relaxed);
    }

    /// Notes that a message on this connection was signed. From here on it stays open as long as its caller likes.
    pub(super) fn has_signed(&self) {
        // Only the first signed message takes the lock.
        if !self.is_signed.swap(true, Ordering::Relaxed) {
            self.forget();
        }
    }

    /// Resolves when this connection has to be closed to make room for another.
    pub(super) async fn closed(&self) {
        self.closed.cancelled().await;
    }

    /// Resolves when [`Limits::first_request`] passes without a request; else never.
    pub(super) async fn is_mute(&self) {
        tokio::time::sleep(self.all.limits.first_request).await;
        if self.has_asked.load(Ordering::Relaxed) {
            // From here on `Limits::idle` ends the connection, which hyper watches.
            std::future::pending::<()>().await;
        }
    }

    /// Resolves after `limit` if no signed message came until then; else never.
    pub(super) async fn is_strange_after(&self, limit: Duration) {
        tokio::time::sleep(limit).await;
        if self.is_signed.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
    }

    fn forget(&self) {
        self.all.strangers().by_age.remove(&self.number);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.forget();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_addresses_together_leave_files_for_all_else() {
        for (files, public, admin) in [
            (1_000_000, 8160, 32),
            (8704, 8160, 32),
            (1100, 556, 32),
            (1024, 480, 32),
            (64, 24, 8),
            (0, 1, 1),
        ] {
            assert_eq!(shares(files), (public, admin), "{files}");
        }
    }

    #[tokio::test]
    async fn the_oldest_strangers_go_first_and_who_brought_a_signed_message_stays() {
        let all = Connections::new(3, Limits::default());
        let mut permits = Vec::new();
        let mut connections = Vec::new();
        for _ in 0..3 {
            permits.push(all.room().await);
            connections.push(all.add());
        }
        connections[0].has_signed();
        let mut is_closed = Vec::new();
        for _ in 0..3 {
            all.close_a_stranger();
            is_closed.push([0, 1, 2].map(|at: usize| connections[at].closed.is_cancelled()));
        }
        assert_eq!(is_closed, [[false, true, false], [false, true, true], [false, true, true]]);
        drop(connections);
        assert!(all.strangers().by_age.is_empty());
    }
}
