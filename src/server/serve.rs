//! Accepts connections until told to stop.
//!
//! `axum::serve` would do this too, but it bounds neither the number of connections nor how long each may stay silent.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio_util::task::TaskTracker;

use super::connections::Connection;
pub use super::connections::{Connections, Limits};
use super::watched::Watched;

/// Bytes for a request's head, and for answers that wait to be written. Any stranger can make a connection hold both, so
/// this times the number of connections is what strangers can take.
const BUFFER: usize = 32 * 1024;

/// Tells everything that serves when to stop: the value becomes `true` once.
pub type Stop = watch::Receiver<bool>;

/// Serves `router` on `listener` until `stop` becomes true. Returns when the requests that had begun by then are finished.
pub async fn serve(listener: TcpListener, router: Router, connections: Arc<Connections>, mut stop: Stop) {
    let open = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &connections) => accepted,
            () = stopped(&mut stop) => break,
        };
        let Some((stream, permit)) = accepted else { continue };
        let (router, connection, stop) = (router.clone(), connections.add(), stop.clone());
        let limits = connections.limits;
        open.spawn(async move {
            converse(stream, router, connection, limits, stop).await;
            // The permit stands for an open file, so it is given back only now that the stream is closed.
            drop(permit);
        });
    }
    // Closed first, so that new callers are refused at once and can go elsewhere.
    drop(listener);
    open.close();
    open.wait().await;
}

/// Answers the requests on one connection, until its caller or one of the limits ends it.
async fn converse(
    stream: TcpStream,
    router: Router,
    connection: Arc<Connection>,
    limits: Limits,
    mut stop: Stop,
) {
    let service = Tagged { router: TowerToHyperService::new(router), connection: Arc::clone(&connection) };
    let mut http = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            // hyper counts this from the end of the last request, so it is the limit for idle connections. The first request
            // has a shorter one: `is_mute`.
            .header_read_timeout(limits.idle)
            .max_buf_size(BUFFER)
            // This saves a buffer of 32 kB, a third of what a message on its way held: hyper reads on, where it has to notice
            // that a caller leaves.
            .half_close(!limits.ends_with_caller)
            .serve_connection(TokioIo::new(Watched::new(stream, limits.write_stall)), service)
    );
    // An error of the connection is dropped here: the caller sees it too, and Svix tries again.
    let is_stopping = tokio::select! {
        _ = http.as_mut() => return,
        () = connection.closed() => return,
        () = connection.is_mute() => return,
        // Strangers are shut down gracefully: the one request under way may be the signed one.
        () = connection.is_strange_after(limits.stranger) => false,
        () = stopped(&mut stop) => true,
    };
    http.as_mut().graceful_shutdown();
    let farewell = async {
        // At shutdown there is no limit here: the process as a whole waits for `drain_timeout` at most.
        if is_stopping {
            std::future::pending::<()>().await;
        }
        connection.is_strange_after(limits.farewell).await;
    };
    tokio::select! {
        _ = http => {}
        () = connection.closed() => {}
        () = farewell => {}
    }
}

/// Gives each request the connection that it came on, so that its handler can say that it was signed.
struct Tagged {
    router: TowerToHyperService<Router>,
    connection: Arc<Connection>,
}

impl Service<Request<Incoming>> for Tagged {
    type Response = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Response;
    type Error = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Error;
    type Future = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Future;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        self.connection.has_asked();
        request.extensions_mut().insert(Arc::clone(&self.connection));
        self.router.call(request)
    }
}

/// Resolves when `stop` becomes true.
async fn stopped(stop: &mut Stop) {
    // An error means that the sender was dropped and nobody can say "stop" any more: stop then too.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// The next connection with its permit, as soon as there is room for it; `None` where accepting failed.
async fn accept(
    listener: &TcpListener,
    connections: &Connections,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    match listener.accept().await {
        Ok((stream, _)) => {
            // Answers are small, and Nagle's algorithm could only delay them.
            let _ = stream.set_nodelay(true);
            Some((stream, connections.room().await?))
        }
        Err(error) => {
            // Most likely the process is out of file descriptors. The error stays until one is closed, and trying again at
            // once would only burn the processor.
            tracing::error!(
                error = %error,
                "a connection could not be accepted: if the process has no open files left, raise its limit (ulimit -n)"
            );
            connections.close_a_stranger();
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}
