//! The composition root: the only place that builds everything from the configuration.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant, UNIX_EPOCH};

use arc_swap::ArcSwap;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::clock::Clock;
use crate::compose::{self, Composer};
use crate::config::{self, Config};
use crate::decision::Policy;
use crate::delivery::api::Api;
use crate::delivery::breaker::{Breaker, Pauses};
use crate::delivery::http;
use crate::delivery::outbox::Outbox;
use crate::delivery::smtp::{Relay, SetupError};
use crate::delivery::{Provider, Transport};
use crate::ledger::{self, Ledger};
use crate::limits::Limits;
use crate::message::Channel;
use crate::pipeline::{Pipeline, Signing};
use crate::server::{self, Service, serve};
use crate::telemetry::metrics::{ByProvider, Metrics};
use crate::template::{TemplateError, Templates};
use crate::webhook::{SecretError, SigningSecrets};

/// For answers to be written, once the last message is done.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

/// For mail servers to be told goodbye, and for the ledger's last records, where `drain_timeout` is over.
const LAST_MOMENT: Duration = Duration::from_millis(500);

/// A service that is ready to listen.
#[derive(Debug)]
pub struct App {
    service: Arc<Service>,
    path: String,
    drain_timeout: Duration,
}

/// What keeps a service from starting.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The signing secrets.
    #[error("clerk.signing_secrets")]
    Secrets(#[from] SecretError),
    /// The templates.
    #[error("templates:\n{}", lines(.0))]
    Templates(Vec<TemplateError>),
    /// The ledger.
    #[error("ledger")]
    Ledger(#[from] ledger::OpenError),
    /// A mail server.
    #[error("providers.{name}: {error}")]
    Relay {
        /// The provider.
        name: String,
        /// What is wrong.
        error: SetupError,
    },
    /// An API.
    #[error("providers.{name}: {error}")]
    Api {
        /// The provider.
        name: String,
        /// What is wrong.
        error: http::SetupError,
    },
    /// A value that holds `{{…}}`.
    #[error("{key}: {error}")]
    Line {
        /// Whose.
        key: String,
        /// What is wrong.
        error: TemplateError,
    },
    /// The outbox.
    #[error("providers.{name}: the directory can't be made: {error}")]
    Outbox {
        /// The provider.
        name: String,
        /// What is wrong.
        error: io::Error,
    },
}

fn lines(errors: &[TemplateError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl App {
    /// Proves templates and secrets, opens the ledger, prepares the providers. Connects to nothing.
    ///
    /// # Errors
    /// Whatever would make the service unable to do its job.
    pub fn build(config: &Config, clock: Clock) -> Result<Self, BuildError> {
        let secrets =
            SigningSecrets::new(config.clerk.signing_secrets.iter().map(crate::secret::Secret::reveal))?;
        let composer = composer(config)?;
        let providers = providers(config, &clock)?;
        let started = clock.now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let pipeline = Pipeline {
            secrets,
            policy: policy(config),
            composer: Arc::new(ArcSwap::from_pointee(composer)),
            signing: Signing::new(config.dkim.clone()),
            providers,
            ledger: Ledger::open(config.ledger.clone(), clock.clone())?,
            limits: Limits::new(config.sms.limits.clone(), Instant::now()),
            clock,
            metrics: Arc::new(Metrics::new(started)),
            request_deadline: config.server.request_deadline,
        };
        Ok(Self {
            service: Arc::new(Service::new(Arc::new(pipeline), config.server.max_in_flight)),
            path: config.clerk.path.clone(),
            drain_timeout: config.server.drain_timeout,
        })
    }

    /// The words in force, for who wants to put others in their place.
    #[must_use]
    pub fn words(&self) -> compose::Current {
        Arc::clone(&self.service.pipeline.composer)
    }

    /// Serves until `stop` resolves, then takes nothing new, finishes and answers what is under way, and closes up.
    /// Returns false where that took longer than `drain_timeout`.
    pub async fn run(
        self,
        listener: TcpListener,
        admin: Option<TcpListener>,
        stop: impl Future<Output = ()>,
    ) -> bool {
        let (tell, told) = watch::channel(false);
        let public = server::public(Arc::clone(&self.service), &self.path);
        let (strangers, admins) = serve::Connections::public_and_admin();
        let mut serving = vec![tokio::spawn(serve::serve(listener, public, strangers, told.clone()))];
        if let Some(listener) = admin {
            let service = Arc::clone(&self.service);
            let router = server::admin(Arc::clone(&self.service), Arc::new(move || measure(&service)));
            serving.push(tokio::spawn(serve::serve(listener, router, admins, told)));
        }
        stop.await;
        self.service.drain();
        let _ = tell.send(true);
        let end = Instant::now() + self.drain_timeout;
        let drained = timeout(self.drain_timeout, self.finish(serving)).await.is_ok();
        let finished = drained || self.service.tasks.is_empty();
        let _ = timeout(LAST_MOMENT, self.close_relays()).await;
        // A disk that is stuck gets what is left of the time, and no more.
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
        // A connection that is reading a body may yet begin a message; one that takes longer is no caller of ours.
        let closed = timeout(server::BODY_TIMEOUT, &mut connections).await.is_ok();
        // A message outlives a caller who hung up.
        self.service.tasks.wait().await;
        if !closed {
            let _ = timeout(LAST_ANSWERS, connections).await;
        }
    }

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

/// Binds an address, with an error that names it.
///
/// # Errors
/// It is taken, or not ours to take.
pub async fn bind(key: &str, address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .map_err(|error| anyhow::anyhow!("{key}: {address} can't be listened on: {error}"))
}

/// Who gets what, by a configuration.
#[must_use]
pub fn policy(config: &Config) -> Policy {
    Policy {
        skip_test_recipients: config.clerk.skip_test_recipients,
        email: config.email.clone(),
        sms: config.sms.clone(),
    }
}

/// The words of a configuration, all templates proven.
///
/// # Errors
/// Every fault in them.
pub fn composer(config: &Config) -> Result<Composer, BuildError> {
    let mut templates = Templates::load(Some(&config.templates.dir), &config.templates.default_locale)
        .map_err(BuildError::Templates)?;
    let by_slug =
        config.email.by_slug.iter().map(|(slug, mail)| (format!("email.by_slug.{slug}.from"), &mail.from));
    for (key, from) in std::iter::once(("email.from".to_owned(), &config.email.base.from)).chain(by_slug) {
        if let Some(config::From::Template { name, local, .. }) = from {
            for line in [name, local] {
                templates
                    .add_line(Channel::Email, line)
                    .map_err(|error| BuildError::Line { key: key.clone(), error })?;
            }
        }
    }
    for (channel, key, line) in variables(config) {
        templates.add_line(channel, line).map_err(|error| BuildError::Line { key, error })?;
    }
    templates.end_texts_with(config.sms.ending.clone());
    Ok(Composer {
        templates,
        brand: config.brand.clone(),
        locale_from: config.templates.locale_from.clone(),
        clerk_in_layout: config.templates.clerk_in_layout,
        on_error: config.templates.on_error,
    })
}

/// Every value of `variables`, with its key.
fn variables(config: &Config) -> Vec<(Channel, String, &str)> {
    let (email, sms) = (&config.email, &config.sms);
    let mut tables = vec![
        (Channel::Email, "email".to_owned(), &email.base.variables),
        (Channel::Sms, "sms".to_owned(), &sms.base.variables),
    ];
    for (slug, mail) in &email.by_slug {
        tables.push((Channel::Email, format!("email.by_slug.{slug}"), &mail.variables));
    }
    for (slug, text) in &sms.by_slug {
        tables.push((Channel::Sms, format!("sms.by_slug.{slug}"), &text.variables));
    }
    for (at, rule) in sms.by_country.iter().enumerate() {
        tables.push((Channel::Sms, format!("sms.by_country[{at}]"), &rule.variables));
    }
    let mut lines = Vec::new();
    for (channel, table, variables) in tables {
        for (name, line) in variables {
            lines.push((channel, format!("{table}.variables.{name}"), line.as_str()));
        }
    }
    lines
}

/// Every provider of a configuration, prepared; none is connected to.
///
/// # Errors
/// What makes one unusable: a CA file, a host name, a directory.
pub fn providers(config: &Config, clock: &Clock) -> Result<HashMap<String, Provider>, BuildError> {
    let one = |(name, settings): (&String, _)| Ok((name.clone(), provider(name, settings, clock)?));
    config.providers.iter().map(one).collect()
}

/// One provider, prepared.
///
/// # Errors
/// As for [`providers`].
pub fn provider(name: &str, settings: &config::Provider, clock: &Clock) -> Result<Provider, BuildError> {
    let of = || name.to_owned();
    let (transport, attempt_timeout) = match settings {
        config::Provider::Smtp(smtp) => {
            let relay = Relay::new(smtp.clone(), clock.clone())
                .map_err(|error| BuildError::Relay { name: of(), error })?;
            (Transport::Smtp(relay), smtp.attempt_timeout)
        }
        config::Provider::Api(api) => {
            let transport = Api::new(api.clone(), clock.clone())
                .map_err(|error| BuildError::Api { name: of(), error })?;
            (Transport::Api(Box::new(transport)), api.attempt_timeout)
        }
        config::Provider::Outbox(dir) => {
            let outbox =
                Outbox::open(dir, clock.clone()).map_err(|error| BuildError::Outbox { name: of(), error })?;
            (Transport::Outbox(outbox), Duration::MAX)
        }
    };
    // Without randomness all services would probe at the same moments, no more.
    let breaker = Arc::new(Breaker::new(Pauses::default(), getrandom::u64().unwrap_or_default()));
    Ok(Provider { name: name.into(), transport, attempt_timeout, breaker, evidence: Arc::default() })
}

/// Gauges that are read rather than kept.
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
