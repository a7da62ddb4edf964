//! A time limit whose timer is shared by all who begin to wait at about the same time.
//!
//! A timer that ends before all others wakes tokio's driver by a system call. Under load each message had one of its own
//! while it waited for its record: 0.8 system calls a message.

use std::future::ready;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::watch::{Receiver, Sender, channel};
use tokio::time::{Instant, sleep, timeout};

/// How long an answer waits for its record to be on disk. The record is remembered in any case.
pub(super) const RECORD_LIMIT: Duration = Duration::from_millis(300);

/// How much less than the limit a wait may last, as a part of the limit: whoever comes within that part shares a timer.
const PART: u32 = 10;

/// Waits for at most a limit.
#[derive(Debug)]
pub struct Patience {
    limit: Duration,
    /// When the latest timer began, and where it tells that it is over. Nobody holds it once nobody waits any more.
    latest: Mutex<(Instant, Weak<Sender<()>>)>,
}

/// For records: [`RECORD_LIMIT`].
impl Default for Patience {
    fn default() -> Self {
        Self { limit: RECORD_LIMIT, latest: Mutex::new((Instant::now(), Weak::new())) }
    }
}

impl Patience {
    /// What `awaited` comes to; `None` where that takes longer than the limit, or up to a tenth less.
    pub(super) async fn wait<T>(&self, awaited: impl Future<Output = T>) -> Option<T> {
        let mut awaited = pin!(awaited);
        tokio::select! {
            biased;
            value = &mut awaited => return Some(value),
            () = ready(()) => {}
        }
        let mut over = self.timer();
        tokio::select! {
            biased;
            value = &mut awaited => return Some(value),
            told = over.changed() => if told.is_ok() {
                return None;
            },
        }
        // The timer was given up at the moment it was shared.
        timeout(self.limit, awaited).await.ok()
    }

    /// Tells by a change when the time is over.
    fn timer(&self) -> Receiver<()> {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if let Some(over) = latest.1.upgrade().filter(|_| now.duration_since(latest.0) < self.limit / PART) {
            return over.subscribe();
        }
        let (over, told) = channel(());
        let over = Arc::new(over);
        *latest = (now, Arc::downgrade(&over));
        let limit = self.limit;
        tokio::spawn(async move {
            tokio::select! {
                () = over.closed() => {}
                () = sleep(limit) => {
                    let _ = over.send(());
                }
            }
        });
        told
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_waits_for_about_the_limit() {
        let patience = Patience::default();
        let begun = Instant::now();
        let waited = async |after: u64| {
            sleep(Duration::from_millis(after)).await;
            assert_eq!(patience.wait(pending::<()>()).await, None);
            begun.elapsed().as_millis() - u128::from(after)
        };
        let (one, two, three) = tokio::join!(waited(0), waited(20), waited(100));
        assert!(
            (300..=302).contains(&one) && (279..=282).contains(&two) && (300..=302).contains(&three),
            "{one} {two} {three}"
        );
        assert_eq!(patience.wait(ready(7)).await, Some(7));
        let soon = async { sleep(Duration::from_millis(5)).await };
        assert_eq!(patience.wait(soon).await, Some(()));
        tokio::task::yield_now().await;
        assert!(patience.latest.lock().unwrap().1.upgrade().is_none(), "nobody waits, so the timer is gone");
        assert_eq!(patience.wait(pending::<()>()).await, None);
    }
}
