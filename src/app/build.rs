//! Every part of the service, built from the configuration. Nothing here connects to anything.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant, UNIX_EPOCH};

use arc_swap::ArcSwap;

use super::export::{self, ExportError};
use crate::clerk::Client;
use crate::clock::Clock;
use crate::compose::Composer;
use crate::config::Config;
use crate::decision::Policy;
use crate::decision::policy::Sender;
use crate::delivery::api::Api;
use crate::delivery::breaker::{Breaker, Pauses};
use crate::delivery::outbox::Outbox;
use crate::delivery::smtp::{Relay, SetupError};
use crate::delivery::{Provider, Transport, http, settings};
use crate::language::Languages;
use crate::ledger::{self, Ledger};
use crate::limits::Limits;
use crate::message::Channel;
use crate::pipeline::{Patience, Pipeline, Signing};
use crate::secret::Secret;
use crate::telemetry::metrics::{Build, Metrics};
use crate::template::{TemplateError, Templates};
use crate::webhook::{SecretError, SigningSecrets};

/// Why the service can't start with this configuration.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A signing secret can't be used to check signatures.
    #[error("clerk.signing_secrets")]
    Secrets(#[from] SecretError),
    /// Some templates do not compile, or do not render. All of them are listed.
    #[error("templates:\n{}", lines(.0))]
    Templates(Vec<TemplateError>),
    /// The ledger can't be opened. The source of this error says why.
    #[error("ledger")]
    Ledger(#[from] ledger::OpenError),
    /// The settings of a mail server can't be used.
    #[error("providers.{name}: {error}")]
    Relay {
        /// The provider's name in the configuration.
        name: String,
        /// Why its settings can't be used.
        error: SetupError,
    },
    /// The settings of an HTTP API can't be used.
    #[error("providers.{name}: {error}")]
    Api {
        /// The provider's name in the configuration.
        name: String,
        /// Why its settings can't be used.
        error: http::SetupError,
    },
    /// A value of the configuration that holds `{{…}}` does not compile.
    #[error("{key}: {error}")]
    Line {
        /// The path of the value's key, such as `email.from`.
        key: String,
        /// Why the value does not compile.
        error: TemplateError,
    },
    /// The settings of Clerk's Backend API can't be used.
    #[error("clerk.secret_key: {0}")]
    Backend(#[from] http::SetupError),
    /// Traces are asked for, and can't be sent.
    #[error("traces")]
    Traces(#[from] ExportError),
    /// The directory of an outbox can't be made.
    #[error("providers.{name}: the directory can't be made: {error}")]
    Outbox {
        /// The provider's name in the configuration.
        name: String,
        /// Why the directory can't be made.
        error: io::Error,
    },
}

/// The errors as text, each on a line of its own.
fn lines(errors: &[TemplateError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// The whole pipeline: everything that a message passes on its way.
///
/// # Errors
/// The first part that can't be built. What can only be known by connecting is not found here.
pub(super) fn pipeline(config: &Config, clock: Clock) -> Result<Pipeline, BuildError> {
    let secrets = SigningSecrets::new(config.clerk.signing_secrets.iter().map(Secret::reveal))?;
    let composer = composer(config)?;
    let providers = providers(config, &clock)?;
    // A clock that is set before 1970 must not keep the service from starting: only one metric needs this.
    let started = clock.now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let metrics = Arc::new(Metrics::new(started));
    let ledger = match &config.ledger {
        ledger::Settings::Sqlite(_) => "sqlite",
        ledger::Settings::Postgres(_) => "postgres",
    };
    metrics.build.get_or_create(&Build { version: env!("CARGO_PKG_VERSION"), ledger }).set(1);
    let traces = match config.traces.clone() {
        // Without randomness the ids of two processes could be the same, and nothing worse happens.
        Some(settings) => Some(export::start(
            settings,
            &config.proxies,
            metrics.spans.clone(),
            getrandom::u64().unwrap_or_default(),
        )?),
        None => None,
    };
    Ok(Pipeline {
        secrets,
        policy: policy(config),
        composer: Arc::new(ArcSwap::from_pointee(composer)),
        signing: Signing::new(config.dkim.clone()),
        providers,
        ledger: Ledger::open(config.ledger.clone(), clock.clone())?,
        languages: languages(config)?,
        patience: Patience::default(),
        limits: Limits::new(config.limits.clone(), Instant::now()),
        clock,
        metrics,
        traces,
        request_deadline: config.server.request_deadline,
    })
}

/// What knows readers' languages. It asks Clerk only where a secret key is configured.
fn languages(config: &Config) -> Result<Languages, BuildError> {
    let backend = &config.clerk.backend;
    let client =
        |key: &Secret| Client::new(key.clone(), &backend.api_url, backend.api_timeout, &config.proxies);
    Ok(Languages::new(backend.secret_key.as_ref().map(client).transpose()?))
}

/// The part of the configuration that decides who gets what, from whom, and through whom.
#[must_use]
pub fn policy(config: &Config) -> Policy {
    Policy {
        skip_test_recipients: config.clerk.skip_test_recipients,
        email: config.email.clone(),
        sms: config.sms.clone(),
    }
}

/// What turns events into messages. Every template is rendered here with sample events in every language, so that none
/// fails on its first real message.
///
/// # Errors
/// All faults in the templates at once, or the first value of the configuration whose `{{…}}` does not compile.
pub fn composer(config: &Config) -> Result<Composer, BuildError> {
    let mut templates = Templates::load(Some(&config.templates.dir), &config.templates.default_locale)
        .map_err(BuildError::Templates)?;
    // Compiled together with the templates, so that a mistake in a sender stops the start and not a message.
    let by_slug =
        config.email.by_slug.iter().map(|(slug, mail)| (format!("email.by_slug.{slug}.from"), &mail.from));
    for (key, from) in std::iter::once(("email.from".to_owned(), &config.email.base.from)).chain(by_slug) {
        if let Some(Sender::Template { name, local, .. }) = from {
            for line in [name, local] {
                templates
                    .add_line(Channel::Email, line)
                    .map_err(|error| BuildError::Line { key: key.clone(), error })?;
            }
        }
    }
    for (channel, key, line) in headers(config).into_iter().chain(provider_settings(config)) {
        templates.add_line(channel, line).map_err(|error| BuildError::Line { key, error })?;
    }
    templates.end_sms_with(config.sms.ending.clone());
    Ok(Composer {
        templates,
        brand: config.brand.clone(),
        locale_from: config.templates.locale_from.clone(),
        clerk_in_layout: config.templates.clerk_in_layout,
        on_error: config.templates.on_error,
    })
}

/// Every value under a `headers`: as [`provider_settings`].
fn headers(config: &Config) -> Vec<(Channel, String, &str)> {
    let of_slugs =
        config.email.by_slug.iter().map(|(slug, mail)| (format!("email.by_slug.{slug}"), &mail.headers));
    let tables = std::iter::once(("email".to_owned(), &config.email.base.headers)).chain(of_slugs);
    tables
        .flat_map(|(table, headers)| {
            headers
                .iter()
                .map(move |(name, value)| (Channel::Email, format!("{table}.headers.{name}"), value.as_str()))
        })
        .collect()
}

/// Every value under a `provider_settings`: its channel, the path of its key (for errors), and the value itself.
fn provider_settings(config: &Config) -> Vec<(Channel, String, &str)> {
    let (email, sms) = (&config.email, &config.sms);
    let mut tables = vec![
        (Channel::Email, "email".to_owned(), &email.base.provider_settings),
        (Channel::Sms, "sms".to_owned(), &sms.base.provider_settings),
    ];
    for (slug, mail) in &email.by_slug {
        tables.push((Channel::Email, format!("email.by_slug.{slug}"), &mail.provider_settings));
    }
    for (slug, text) in &sms.by_slug {
        tables.push((Channel::Sms, format!("sms.by_slug.{slug}"), &text.provider_settings));
    }
    for (at, rule) in sms.by_country.iter().enumerate() {
        tables.push((Channel::Sms, format!("sms.by_country[{at}]"), &rule.provider_settings));
    }
    let mut lines = Vec::new();
    for (channel, table, settings) in tables {
        for (name, line) in settings {
            lines.push((channel, format!("{table}.provider_settings.{name}"), line.as_str()));
        }
    }
    lines
}

/// Every provider of the configuration, by name. Nothing is connected yet.
///
/// # Errors
/// The first provider that can't be used, because of its CA file, its host name or its directory.
pub fn providers(config: &Config, clock: &Clock) -> Result<HashMap<String, Provider>, BuildError> {
    let one = |(name, settings): (&String, _)| Ok((name.clone(), provider(name, settings, clock)?));
    config.providers.iter().map(one).collect()
}

/// One provider with its circuit breaker. Nothing is connected yet.
///
/// # Errors
/// The provider can't be used, because of its CA file, its host name or its directory.
pub fn provider(name: &str, settings: &settings::Provider, clock: &Clock) -> Result<Provider, BuildError> {
    let of = || name.to_owned();
    let (transport, attempt_timeout) = match settings {
        settings::Provider::Smtp(smtp) => {
            let relay = Relay::new(smtp.clone(), clock.clone())
                .map_err(|error| BuildError::Relay { name: of(), error })?;
            (Transport::Smtp(relay), smtp.attempt_timeout)
        }
        settings::Provider::Api(api) => {
            let transport = Api::new(api.clone(), clock.clone())
                .map_err(|error| BuildError::Api { name: of(), error })?;
            (Transport::Api(Box::new(transport)), api.attempt_timeout)
        }
        settings::Provider::Outbox(dir) => {
            let outbox =
                Outbox::open(dir, clock.clone()).map_err(|error| BuildError::Outbox { name: of(), error })?;
            // An attempt at an outbox is one file written: there is no answer to wait for.
            (Transport::Outbox(outbox), Duration::MAX)
        }
    };
    // Randomness spreads the probes of several services over time. If the system has none, they probe at the same moments,
    // and nothing worse happens: the service can start anyway.
    let breaker = Arc::new(Breaker::new(Pauses::default(), getrandom::u64().unwrap_or_default()));
    Ok(Provider { name: name.into(), transport, attempt_timeout, breaker, evidence: Arc::default() })
}
