//! The running service: it listens, drains after the signal to stop, and closes what it holds.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::build;
use super::error::BuildError;
use crate::clock::Clock;
use crate::compose;
use crate::config::Config;
use crate::delivery::Transport;
use crate::pipeline::Pipeline;
use crate::server::{self, Service, serve};
use crate::telemetry::metrics::ByProvider;

/// How long the last answers may take to be written, once the last message is done.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

/// How long QUIT to the mail servers, the last traces and the last records of the ledger may take each, when `drain_timeout` is over.
const LAST_MOMENT: Duration = Duration::from_millis(500);

/// A service that is built, and ready to listen.
pub struct App {
    service: Arc<Service>,
    path: String,
    drain_timeout: Duration,
    around: Option<Around>,
}

/// What stands around the public routes: a function from the routes to the routes with it.
pub(super) type Around = Box<dyn FnOnce(Router) -> Router + Send + Sync>;

impl App {
    /// Builds the service: checks the templates and the secrets, opens the ledger, and prepares the providers. Nothing is
    /// connected yet.
    ///
    /// # Errors
    /// The first part that can't be built.
    pub fn build(config: &Config, clock: Clock) -> Result<Self, BuildError> {
        let pipeline = Arc::new(build::pipeline(config, clock)?);
        Ok(Self {
            service: Arc::new(Service::new(pipeline, config.server.max_in_flight)),
            path: config.clerk.path.clone(),
            drain_timeout: config.server.drain_timeout,
            around: None,
        })
    }

    /// The composer that is in force. Whoever reloads the templates puts another one in its place.
    #[must_use]
    pub fn composer(&self) -> compose::Current {
        Arc::clone(&self.service.pipeline.composer)
    }

    /// Puts something around the public routes, such as the workshop's list of events.
    #[must_use]
    pub fn within(self, around: Around) -> Self {
        Self { around: Some(around), ..self }
    }

    /// Serves until `stop` resolves. Then it takes no new messages, finishes and answers those under way, and closes the
    /// connections and the ledger. Returns false if messages were still under way after `drain_timeout`.
    pub async fn run(
        mut self,
        listener: TcpListener,
        admin: Option<TcpListener>,
        stop: impl Future<Output = ()>,
    ) -> bool {
        let (stopper, stopping) = watch::channel(false);
        let public = server::public(Arc::clone(&self.service), &self.path);
        let public = match self.around.take() {
            Some(around) => around(public),
            None => public,
        };
        // The admin address has connections of its own: whoever fills up the public one must not hide the metrics.
        let (strangers, admins) = serve::Connections::public_and_admin();
        let mut serving = vec![tokio::spawn(serve::serve(listener, public, strangers, stopping.clone()))];
        if let Some(listener) = admin {
            let service = Arc::clone(&self.service);
            let router = server::admin(Arc::clone(&self.service), Arc::new(move || measure(&service)));
            serving.push(tokio::spawn(serve::serve(listener, router, admins, stopping)));
        }
        stop.await;
        // Before the listeners stop: a message that comes over an open connection meanwhile is answered `overloaded`,
        // and Svix brings it again.
        self.service.drain();
        let _ = stopper.send(true);
        let end = Instant::now() + self.drain_timeout;
        let drained = timeout(self.drain_timeout, self.finish(serving)).await.is_ok();
        // A caller who keeps a connection open after the answer loses nothing, so only messages count.
        let finished = drained || self.service.tasks.is_empty();
        // After the messages, which still need their sessions.
        let _ = timeout(LAST_MOMENT, self.close_relays()).await;
        if let Some(traces) = &self.service.pipeline.traces {
            traces.close(LAST_MOMENT).await;
        }
        // The ledger waits for its last records. A disk that is stuck must not hold up the end for longer than what is left
        // of the time.
        let left = end.saturating_duration_since(Instant::now());
        self.service.pipeline.ledger.close(left.saturating_sub(LAST_MOMENT).max(LAST_MOMENT));
        finished
    }

    /// Waits for the connections, the messages under way, and their answers.
    async fn finish(&self, serving: Vec<JoinHandle<()>>) {
        let mut connections = pin!(async {
            for task in serving {
                let _ = task.await;
            }
        });
        // A connection whose body is still on its way may yet begin a message. Nobody waits for one that is slower.
        let closed = timeout(server::BODY_TIMEOUT, &mut connections).await.is_ok();
        // A message goes on after its caller hung up, so waiting for the connections is not enough.
        self.service.tasks.wait().await;
        if !closed {
            let _ = timeout(LAST_ANSWERS, connections).await;
        }
    }

    /// Says QUIT to all mail servers at the same time.
    async fn close_relays(&self) {
        let mut closing = tokio::task::JoinSet::new();
        for provider in self.service.pipeline.providers.values() {
            if let Transport::Smtp(relay) = &provider.transport {
                let relay = relay.clone();
                closing.spawn(async move { relay.close().await });
            }
        }
        while closing.join_next().await.is_some() {}
    }
}

/// Listens on `address`. The error names the address and `key`, the place where it was configured.
///
/// # Errors
/// Another process already listens there, or this process may not.
pub async fn bind(key: &str, address: SocketAddr) -> anyhow::Result<TcpListener> {
    let error = match TcpListener::bind(address).await {
        Ok(listener) => return Ok(listener),
        Err(error) => error,
    };
    let hint = match error.kind() {
        ErrorKind::AddrInUse => match free_beside(address).await {
            Some(port) => {
                format!(". Stop the program that listens there, or choose another port, such as {port}")
            }
            None => ". Stop the program that listens there, or choose another port".to_owned(),
        },
        ErrorKind::AddrNotAvailable => {
            ". Choose an address of this machine, or 0.0.0.0 for all of them".to_owned()
        }
        ErrorKind::PermissionDenied => ". Choose a port above 1023".to_owned(),
        _ => String::new(),
    };
    Err(anyhow::anyhow!("{key}: can't listen on {address}: {error}{hint}"))
}

/// A port above that of `address` where nobody listens now; `None` if the first few are all taken. The next ports are left
/// out: programs that listen at two have them side by side, as `dev` does.
async fn free_beside(address: SocketAddr) -> Option<u16> {
    for step in (10..=100).step_by(10) {
        let port = address.port().checked_add(step)?;
        if TcpListener::bind((address.ip(), port)).await.is_ok() {
            return Some(port);
        }
    }
    None
}

/// Sets the gauges whose values are looked up when somebody asks for the metrics, and are not kept up to date in between.
fn measure(service: &Service) {
    let Pipeline { metrics, ledger, providers, .. } = &*service.pipeline;
    metrics.in_flight.set(i64::try_from(service.in_flight()).unwrap_or(i64::MAX));
    let state = ledger.state();
    metrics.ledger_writable.set(i64::from(state.writable));
    metrics.ledger_unwritten.set(i64::try_from(state.unwritten).unwrap_or(i64::MAX));
    for provider in providers.values() {
        let labels = ByProvider { provider: provider.name.to_string() };
        let is_up = provider.breaker.health(tokio::time::Instant::now()).phase.is_up();
        metrics.provider_up.get_or_create(&labels).set(i64::from(is_up));
        if let Transport::Smtp(relay) = &provider.transport {
            let open = i64::try_from(relay.open_sessions()).unwrap_or(i64::MAX);
            metrics.connections.get_or_create(&labels).set(open);
        }
    }
}
