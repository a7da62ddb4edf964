//! The async runtime that commands run on, and the signals that stop it.

use std::time::Duration;

/// How long to wait, once `dev` has stopped, for work on other threads, such as a DNS query under way.
pub(super) const LAST_THREADS: Duration = Duration::from_millis(500);

/// The async runtime, with this many worker threads.
pub(super) fn runtime(workers: usize) -> std::io::Result<tokio::runtime::Runtime> {
    use tokio::runtime::Builder;
    // One worker gets the single-threaded runtime: passing a message between threads costs more than it gains.
    if workers <= 1 {
        Builder::new_current_thread().enable_all().build()
    } else {
        Builder::new_multi_thread().worker_threads(workers).enable_all().build()
    }
}

/// Resolves at SIGTERM or Ctrl-C. The handlers are installed by the call itself: the first process of a container gets no
/// signal that it has no handler for, so it must have them before anything that takes time.
pub(super) fn stop_signal() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let handlers = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async move {
        // If a handler can't be installed, stop at once: nothing could stop the service cleanly later.
        let (Ok(mut terminate), Ok(mut interrupt)) = handlers else { return };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    }
}
