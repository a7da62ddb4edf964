//! The database as all tasks of the ledger's thread share it: connections, and whether it works.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_postgres::{Client, Error};

use super::pool::Pool;
use super::{schema, store};
use crate::ledger::error::OpenError;
use crate::ledger::queue::Gauges;

/// The runtime of a thread that talks to the database.
pub(super) fn runtime() -> Result<Runtime, OpenError> {
    Builder::new_current_thread().enable_all().build().map_err(OpenError::Thread)
}

/// Runs a future to its end on a thread of its own, since the caller's may belong to a runtime already.
pub(super) fn blocking<T: Send>(future: impl Future<Output = T> + Send) -> Result<T, OpenError> {
    let run = || Ok(runtime()?.block_on(future));
    std::thread::scope(|scope| match scope.spawn(run).join() {
        Ok(done) => done,
        Err(_) => Err(OpenError::Thread(std::io::Error::other("the thread panicked"))),
    })
}

/// Why a statement has no result.
#[derive(Debug)]
pub(super) enum Failure {
    /// The server refuses what the statement holds. Another statement may go well.
    Statement(Error),
    /// The server fails, or can't be reached.
    Server(OpenError),
}

/// The database, as all tasks of the thread share it.
pub(super) struct Database {
    pub(super) pool: Pool,
    pub(super) gauges: Arc<Gauges>,
    /// The number of this process, which rows that it holds are marked with.
    pub(super) owner: i64,
    /// Whether the index over series can be used: without it, nobody asks for newer codes.
    pub(super) indexed: AtomicBool,
    /// Wakes the writing task when a claim found out that the database fails.
    pub(super) fails: Notify,
    /// When the server last answered a statement.
    answered_at: Mutex<Instant>,
}

impl Database {
    pub(super) fn new(pool: Pool, gauges: Arc<Gauges>, owner: i64) -> Self {
        Self {
            pool,
            gauges,
            owner,
            indexed: AtomicBool::new(false),
            fails: Notify::new(),
            answered_at: Mutex::new(Instant::now()),
        }
    }

    /// Connects anew, and makes the tables where they are missing, or brings them up to date.
    pub(super) async fn open(&self) -> Result<(), OpenError> {
        self.pool.clear();
        let mut taken = self.pool.take().await?;
        let indexed = schema::prepare(&mut taken.session.client, &self.pool.connector.server).await?;
        self.indexed.store(indexed, Ordering::Relaxed);
        self.pool.put_back(taken);
        Ok(())
    }

    /// Runs a statement. One that fails on a connection that had been idle is run once more on a new one: servers, proxies and
    /// firewalls close idle connections. So it has to be one that may run twice.
    pub(super) async fn run<T>(
        &self,
        statement: impl AsyncFn(&Client) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        loop {
            let taken = self.pool.take().await.map_err(Failure::Server)?;
            let is_new = taken.is_new;
            let error = match statement(&taken.session.client).await {
                Ok(result) => {
                    *self.answered_at() = Instant::now();
                    self.pool.put_back(taken);
                    return Ok(result);
                }
                Err(error) => error,
            };
            if store::is_about_the_record(&error) {
                *self.answered_at() = Instant::now();
                self.pool.put_back(taken);
                return Err(Failure::Statement(error));
            }
            if is_new || !is_about_the_connection(&error) {
                return Err(Failure::Server(self.pool.connector.server.explain(&error)));
            }
            self.pool.clear();
        }
    }

    /// Notes that a statement failed that began at this time: claims are in memory alone from here on, until the writing task
    /// finds the database well again. A slow statement among others that are answered does not count.
    pub(super) fn failed(&self, began: Instant, error: &OpenError) {
        if *self.answered_at() < began && self.gauges.writable.swap(false, Ordering::Relaxed) {
            tracing::error!(%error, "the ledger's database fails: going on in memory, and trying again each second");
            self.fails.notify_one();
        }
    }

    fn answered_at(&self) -> MutexGuard<'_, Instant> {
        self.answered_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether an error may only mean that a connection was closed: it has no SQLSTATE, or one of class 08 (connection) or 57
/// (ended by the server or by somebody who runs it).
fn is_about_the_connection(error: &Error) -> bool {
    let class = error.code().and_then(|state| state.code().get(..2));
    class.is_none_or(|class| ["08", "57"].contains(&class))
}
