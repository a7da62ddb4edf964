//! The connections. Each statement has one to itself, so that a slow statement holds up no other.

use std::sync::Mutex;
use std::sync::PoisonError;

use tokio::sync::{self, Notify, Semaphore, SemaphorePermit};

use super::server::{Connector, Session};
use crate::ledger::error::OpenError;

/// How many connections are open at a time, at most. Each takes a statement of about a millisecond, so these carry some
/// thousands a second.
const CONNECTIONS: usize = 8;

/// The connections to one database.
pub(super) struct Pool {
    pub(super) connector: Connector,
    /// Connections that nobody uses, the one that was used last at the end.
    idle: Mutex<Vec<Session>>,
    permits: Semaphore,
    /// Held while a connection is opened.
    opening: sync::Mutex<()>,
    /// Tells one of those who wait that there is an idle connection.
    returned: Notify,
}

/// A connection in use. Dropped without [`Pool::put_back`], it is closed.
pub(super) struct Taken<'p> {
    pub(super) session: Session,
    /// Whether it was opened just now, so that its failure says something about the server.
    pub(super) is_new: bool,
    /// Given back when this is dropped.
    _permit: SemaphorePermit<'p>,
}

impl Pool {
    pub(super) fn new(connector: Connector) -> Self {
        Self {
            connector,
            idle: Mutex::default(),
            permits: Semaphore::new(CONNECTIONS),
            opening: sync::Mutex::default(),
            returned: Notify::new(),
        }
    }

    /// An idle connection, or a new one. Waits while all are in use.
    ///
    /// One connection is opened at a time, and whoever waits takes one that comes back before. A login costs the server, and
    /// this thread, as much as ten statements or more: after a start or a break, eight at once would hold up all claims for
    /// longer than they may wait, and so on with their successors.
    pub(super) async fn take(&self) -> Result<Taken<'_>, OpenError> {
        let permit = self.permits.acquire().await;
        let permit = permit.map_err(|_| self.connector.server.passing("the ledger is closed".to_owned()))?;
        loop {
            while let Some(session) = self.pop() {
                if !session.client.is_closed() {
                    return Ok(Taken { session, is_new: false, _permit: permit });
                }
            }
            tokio::select! {
                biased;
                () = self.returned.notified() => {}
                turn = self.opening.lock() => {
                    let session = self.connector.connect().await?;
                    drop(turn);
                    return Ok(Taken { session, is_new: true, _permit: permit });
                }
            }
        }
    }

    /// Keeps a connection whose statement was answered.
    pub(super) fn put_back(&self, taken: Taken<'_>) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(taken.session);
        self.returned.notify_one();
    }

    /// Closes the connections that nobody uses.
    pub(super) fn clear(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn pop(&self) -> Option<Session> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }
}
