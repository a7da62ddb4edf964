//! Accepting connections until told to stop, with the limits that `axum::serve` leaves out.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio_util::task::TaskTracker;

/// A request's head must be there by then; also how long a quiet connection is kept.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);

/// Connections at a time, where the limit on open files allows so many; more wait to be accepted.
const CONNECTIONS: u64 = 8192;

/// Files kept for providers, the ledger and what else the process opens.
const OTHER_FILES: u64 = 512;

/// A promise to stop, given to everything that serves.
pub type Stop = watch::Receiver<bool>;

/// Serves `router` on `listener` until `stop` says so; then finishes the requests that have begun.
pub async fn serve(listener: TcpListener, router: Router, mut stop: Stop) {
    let room = Arc::new(Semaphore::new(connections()));
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &room) => accepted,
            () = stopped(&mut stop) => break,
        };
        let Some((stream, permit)) = accepted else { continue };
        let (router, mut stop) = (router.clone(), stop.clone());
        connections.spawn(async move {
            let service = TowerToHyperService::new(router);
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADER_TIMEOUT)
                .serve_connection(TokioIo::new(stream), service);
            tokio::pin!(connection);
            // A connection that breaks is its sender's to report: Svix tries again.
            let _: Result<(), hyper::Error> = tokio::select! {
                ended = connection.as_mut() => ended,
                () = stopped(&mut stop) => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            drop(permit);
        });
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// As many as leave files for all else: running out of them would stop deliveries too.
fn connections() -> usize {
    let files = rlimit::increase_nofile_limit(CONNECTIONS + OTHER_FILES).unwrap_or(1024);
    let connections = files.saturating_sub(OTHER_FILES).max(files / 2).clamp(1, CONNECTIONS);
    usize::try_from(connections).unwrap_or(usize::MAX)
}

async fn stopped(stop: &mut Stop) {
    // An error means that nobody can say "stop" any more, which says the same.
    let _ = stop.wait_for(|stop| *stop).await;
}

type Accepted = (tokio::net::TcpStream, tokio::sync::OwnedSemaphorePermit);

async fn accept(listener: &TcpListener, room: &Arc<Semaphore>) -> Option<Accepted> {
    let permit = Arc::clone(room).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => {
            let _ = stream.set_nodelay(true);
            Some((stream, permit))
        }
        Err(error) => {
            // Out of file descriptors, most likely: trying again at once would only burn the processor.
            tracing::error!(error = %error, "a connection could not be accepted");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}
