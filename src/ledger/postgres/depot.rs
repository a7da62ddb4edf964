//! The spool as the ledger's thread uses it: each step is made on a thread that may block, and none is waited for without end.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use tokio::time::{Instant, timeout};

use crate::ledger::claims::Claims;
use crate::ledger::error::OpenError;
use crate::ledger::queue::Gauges;
use crate::ledger::spool::Spool;
use crate::ledger::stored::Stored;

/// How long a step may take. A disk that hangs must hold up nothing else.
const STEP_LIMIT: Duration = Duration::from_secs(1);
/// How long after a failure the disk is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// How many records are read at a time at the start.
const PIECE: usize = 1000;

/// The spool, and how it is doing. Copies share everything.
#[derive(Debug, Clone)]
pub(super) struct Depot {
    spool: Arc<Mutex<Spool>>,
    gauges: Arc<Gauges>,
    /// When to try the disk again; `None` while it works.
    retry_at: Arc<Mutex<Option<Instant>>>,
}

/// Why a step was not made. The log has it, once.
#[derive(Debug)]
pub(super) struct Unkept;

impl Depot {
    /// Opens the spool, and tells `claims` what waits in it.
    ///
    /// # Errors
    ///
    /// What a person has to put right. What may pass, such as a full disk, is said in the log.
    pub(super) fn open(mut spool: Spool, claims: &Claims, gauges: &Arc<Gauges>) -> Result<Self, OpenError> {
        let mut retry_at = None;
        match remember(&mut spool, claims) {
            Ok(0) => {}
            Ok(records) => {
                tracing::warn!(
                    records,
                    "records that an earlier run could not write wait in the ledger's spool: they are written once the \
                     database takes them"
                );
                gauges.spooled.store(records, Ordering::Relaxed);
            }
            Err(error) if error.may_pass() => {
                say(&error);
                retry_at = Some(Instant::now());
            }
            Err(error) => return Err(error),
        }
        Ok(Self {
            spool: Arc::new(Mutex::new(spool)),
            gauges: Arc::clone(gauges),
            retry_at: Arc::new(Mutex::new(retry_at)),
        })
    }

    /// How many records wait in the spool.
    pub(super) fn count(&self) -> usize {
        self.gauges.spooled.load(Ordering::Relaxed)
    }

    /// Whether the disk may be tried now.
    pub(super) fn is_ready(&self) -> bool {
        self.retry_at().is_none_or(|at| at <= Instant::now())
    }

    /// When the disk may be tried.
    pub(super) fn ready_at(&self) -> Instant {
        self.retry_at().unwrap_or_else(Instant::now)
    }

    fn retry_at(&self) -> MutexGuard<'_, Option<Instant>> {
        self.retry_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds records.
    pub(super) async fn keep(&self, records: Vec<Stored>) -> Result<(), Unkept> {
        let count = records.len();
        self.step(move |spool| spool.keep(&records)).await?;
        self.gauges.spooled.fetch_add(count, Ordering::Relaxed);
        Ok(())
    }

    /// The oldest `limit` records, with their numbers.
    pub(super) async fn oldest(&self, limit: usize) -> Result<Vec<(i64, Stored)>, Unkept> {
        self.step(move |spool| spool.oldest(0, limit)).await
    }

    /// Deletes the records up to a number, and says how many are left.
    pub(super) async fn forget(&self, last: i64) -> Result<usize, Unkept> {
        let gone = self.step(move |spool| spool.forget(last)).await?;
        let left = self.count().saturating_sub(gone);
        self.gauges.spooled.store(left, Ordering::Relaxed);
        Ok(left)
    }

    /// Says that the spool does not hold what was counted.
    pub(super) fn is_empty_after_all(&self) {
        self.gauges.spooled.store(0, Ordering::Relaxed);
    }

    async fn step<T: Send + 'static>(
        &self,
        run: impl FnOnce(&mut Spool) -> Result<T, OpenError> + Send + 'static,
    ) -> Result<T, Unkept> {
        let spool = Arc::clone(&self.spool);
        // A step waits for the one before it. Where that one hangs, no more threads are to wait behind it.
        let waits = self.retry_at().is_none();
        let on_thread = tokio::task::spawn_blocking(move || match spool.try_lock() {
            Ok(mut spool) => Some(run(&mut spool)),
            Err(TryLockError::Poisoned(poisoned)) => Some(run(&mut poisoned.into_inner())),
            Err(TryLockError::WouldBlock) if waits => {
                Some(run(&mut spool.lock().unwrap_or_else(PoisonError::into_inner)))
            }
            Err(TryLockError::WouldBlock) => None,
        });
        let error = match timeout(STEP_LIMIT, on_thread).await {
            Ok(Ok(Some(Ok(done)))) => {
                if self.retry_at().take().is_some() {
                    tracing::warn!("the ledger's spool can be used again");
                }
                return Ok(done);
            }
            Ok(Ok(Some(Err(error)))) => Some(error),
            Ok(Ok(None) | Err(_)) | Err(_) => None,
        };
        if self.retry_at().replace(Instant::now() + RETRY).is_none() {
            if let Some(error) = &error {
                say(error);
            } else {
                tracing::error!(
                    "the ledger's spool does not answer: records wait in memory alone, and a restart before the database is \
                     back loses them. Check the disk"
                );
            }
        }
        Err(Unkept)
    }
}

fn say(error: &OpenError) {
    tracing::error!(
        %error,
        "the ledger's spool can't be written: records wait in memory alone, and a restart before the database is back loses \
         them. Check the disk"
    );
}

/// Opens the spool, tells `claims` what it holds, and says how many records that are.
fn remember(spool: &mut Spool, claims: &Claims) -> Result<usize, OpenError> {
    let count = spool.open()?;
    let mut last = 0;
    loop {
        let piece = spool.oldest(last, PIECE)?;
        let Some((number, _)) = piece.last() else { return Ok(count) };
        last = *number;
        for (_, record) in &piece {
            claims.remember(&record.ids(), record.known(), false, record.settled_at);
        }
        claims.accept_all(piece.iter().filter_map(|(_, record)| record.code()));
    }
}
