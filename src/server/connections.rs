//! How many connections there may be, which of them are strangers', and who has to go when there is no room.
//!
//! A connection belongs to a stranger until a message on it turned out to be signed. Where there is no room for another
//! one, the stranger's that is there for longest is closed: what Svix brings is signed within milliseconds.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::telemetry::seldom::Seldom;

/// Connections at a time, where the limit on open files allows so many; more wait to be accepted.
const CONNECTIONS: u64 = 8192;

/// Files kept for providers, the ledger and what else the process opens.
const OTHER_FILES: u64 = 512;

/// Connections that are kept for the admin address, so that metrics can be read whatever happens at the public one.
const ADMIN: usize = 32;

/// What is waited for, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For the first request on a new connection to be there.
    pub first_request: Duration,
    /// For another request on a connection that had one. Longer than proxies keep theirs (Caddy: 2 min): who closes
    /// last never sends a request into a connection that is being closed.
    pub idle: Duration,
    /// For the caller to take any byte of an answer.
    pub write_stall: Duration,
    /// For a signed message, from the start of the connection on.
    pub stranger: Duration,
    /// For what a stranger began before his time was over.
    pub farewell: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            first_request: Duration::from_secs(30),
            idle: Duration::from_secs(150),
            write_stall: Duration::from_secs(10),
            stranger: Duration::from_mins(5),
            farewell: Duration::from_secs(10),
        }
    }
}

/// The connections of one address.
#[derive(Debug)]
pub struct Connections {
    pub(super) limits: Limits,
    room: Arc<Semaphore>,
    strangers: Mutex<Strangers>,
    full: Seldom,
}

/// By the order in which they came, with what closes them.
#[derive(Debug, Default)]
struct Strangers {
    next: u64,
    by_age: BTreeMap<u64, CancellationToken>,
}

impl Connections {
    /// At most `most` connections at a time.
    #[must_use]
    pub fn new(most: usize, limits: Limits) -> Arc<Self> {
        let room = Arc::new(Semaphore::new(most.clamp(1, Semaphore::MAX_PERMITS)));
        Arc::new(Self { limits, room, strangers: Mutex::default(), full: Seldom::default() })
    }

    /// For the public and for the admin address. Together they leave files for all else that the process opens:
    /// running out of them would stop deliveries too.
    #[must_use]
    pub fn public_and_admin() -> (Arc<Self>, Arc<Self>) {
        let files = rlimit::increase_nofile_limit(CONNECTIONS + OTHER_FILES).unwrap_or(1024);
        let (public, admin) = shares(files);
        (Self::new(public, Limits::default()), Self::new(admin, Limits::default()))
    }

    /// Waits for room, and makes some where there is none: a stranger's connection is closed for it.
    pub(super) async fn room(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(permit) = Arc::clone(&self.room).try_acquire_owned() {
            return Some(permit);
        }
        self.close_a_stranger();
        Arc::clone(&self.room).acquire_owned().await.ok()
    }

    /// Closes the stranger's connection that is there for longest.
    pub(super) fn close_a_stranger(&self) {
        let Some((_, close)) = self.strangers().by_age.pop_first() else { return };
        close.cancel();
        if let Some(closed) = self.full.count(std::time::Instant::now()) {
            tracing::warn!(
                connections.closed = closed,
                "there are as many connections as there may be: the oldest ones without a signed message are closed for \
                 new ones"
            );
        }
    }

    /// A new connection, a stranger's until [`Connection::has_signed`].
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

/// How many connections the public and the admin address may have, where so many files may be open.
fn shares(files: u64) -> (usize, usize) {
    let all = files.saturating_sub(OTHER_FILES).max(files / 2).clamp(2, CONNECTIONS);
    let all = usize::try_from(all).unwrap_or(usize::MAX);
    let admin = ADMIN.min(all / 4).max(1);
    (all - admin, admin)
}

/// What is known of one connection. Each of its requests carries it, as an extension.
#[derive(Debug)]
pub(super) struct Connection {
    number: u64,
    closed: CancellationToken,
    has_asked: AtomicBool,
    is_signed: AtomicBool,
    all: Arc<Connections>,
}

impl Connection {
    /// The head of a request is there.
    pub(super) fn has_asked(&self) {
        self.has_asked.store(true, Ordering::Relaxed);
    }

    /// A message on it was signed: from here on it is no stranger's, and stays as long as its caller likes.
    pub(super) fn has_signed(&self) {
        if !self.is_signed.swap(true, Ordering::Relaxed) {
            self.forget();
        }
    }

    /// Resolves when the connection has to give its room to another one.
    pub(super) async fn closed(&self) {
        self.closed.cancelled().await;
    }

    /// Resolves when no request came in time.
    pub(super) async fn is_mute(&self) {
        tokio::time::sleep(self.all.limits.first_request).await;
        if self.has_asked.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
    }

    /// Resolves after `limit`, unless a signed message came until then.
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
