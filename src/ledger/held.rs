//! For tests whose clock is paused: the clock stands still while a ledger's thread is at work.
//!
//! A paused clock jumps to the next time limit as soon as no task has anything to do. The threads that write and read a
//! database are not tasks, so without this every wait for them would end in its time limit.

use std::cell::Cell;
use std::pin::pin;
use std::sync::mpsc;

thread_local! {
    static HOLDS: Cell<bool> = const { Cell::new(false) };
}

/// Sets whether waits that begin from now on in this thread hold the clock. They do not unless a test says so, and must not
/// while a test makes the disk hang.
pub(crate) fn hold_clock(holds: bool) {
    HOLDS.set(holds);
}

/// The answer of a ledger's thread. The clock stands still until it comes, where a test wants that.
pub(super) async fn answered<T>(answer: impl Future<Output = T>) -> T {
    let mut answer = pin!(answer);
    if !HOLDS.get() {
        return answer.await;
    }
    // tokio does not move a paused clock while a function blocks one of its threads.
    let (release, released) = mpsc::channel::<()>();
    tokio::task::spawn_blocking(move || released.recv());
    let answer = answer.as_mut().await;
    drop(release);
    answer
}
