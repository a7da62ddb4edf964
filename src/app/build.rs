//! Every part of the service, built from the configuration. Nothing here connects to anything.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant, UNIX_EPOCH};

use arc_swap::ArcSwap;

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
use crate::ledger::{self, Ledger};
use crate::limits::Limits;
use crate::message::Channel;
use crate::pipeline::{Pipeline, Signing};
use crate::secret::Secret;
use crate::telemetry::metrics::Metrics;
use crate::template::{TemplateError, Templates};
use crate::webhook::{SecretError, SigningSecrets};

/// What keeps the service from starting.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A signing secret is not one.
    #[error("clerk.signing_secrets")]
    Secrets(#[from] SecretError),
    /// Templates that do not compile, or do not render.
    #[error("templates:\n{}", lines(.0))]
    Templates(Vec<TemplateError>),
    /// The ledger can't be opened.
    #[error("ledger")]
    Ledger(#[from] ledger::OpenError),
    /// The settings of a mail server can't be used.
    #[error("providers.{name}: {error}")]
    Relay {
        /// The provider's name in the configuration.
        name: String,
        /// What is wrong with it.
        error: SetupError,
    },
    /// The settings of an HTTP API can't be used.
    #[error("providers.{name}: {error}")]
    Api {
        /// The provider's name in the configuration.
        name: String,
        /// What is wrong with it.
        error: http::SetupError,
    },
    /// A value of the configuration that holds `{{…}}` does not compile.
    #[error("{key}: {error}")]
    Line {
        /// The key of the value.
        key: String,
        /// What is wrong with it.
        error: TemplateError,
    },
    /// The directory of an outbox can't be made.
    #[error("providers.{name}: the directory can't be made: {error}")]
    Outbox {
        /// The provider's name in the configuration.
        name: String,
        /// What is wrong with it.
        error: io::Error,
    },
}

fn lines(errors: &[TemplateError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// The whole line, from the configuration: what a message meets on its way.
///
/// # Errors
/// Whatever would make the service unable to do its job.
pub(super) fn pipeline(config: &Config, clock: Clock) -> Result<Pipeline, BuildError> {
    let secrets = SigningSecrets::new(config.clerk.signing_secrets.iter().map(Secret::reveal))?;
    let composer = composer(config)?;
    let providers = providers(config, &clock)?;
    let started = clock.now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(Pipeline {
        secrets,
        policy: policy(config),
        composer: Arc::new(ArcSwap::from_pointee(composer)),
        signing: Signing::new(config.dkim.clone()),
        providers,
        ledger: Ledger::open(config.ledger.clone(), clock.clone())?,
        limits: Limits::new(config.limits.clone(), Instant::now()),
        clock,
        metrics: Arc::new(Metrics::new(started)),
        request_deadline: config.server.request_deadline,
    })
}

/// Who gets what, from whom, and through whom.
#[must_use]
pub fn policy(config: &Config) -> Policy {
    Policy {
        skip_test_recipients: config.clerk.skip_test_recipients,
        email: config.email.clone(),
        sms: config.sms.clone(),
    }
}

/// What turns events into messages, with every template proven in every language.
///
/// # Errors
/// Every fault in the templates, all at once.
pub fn composer(config: &Config) -> Result<Composer, BuildError> {
    let mut templates = Templates::load(Some(&config.templates.dir), &config.templates.default_locale)
        .map_err(BuildError::Templates)?;
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
    for (channel, key, line) in provider_settings(config) {
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

/// Every value of a `provider_settings`, with the channel it is for and its key.
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

/// Every provider of the configuration, by name, prepared but not connected to.
///
/// # Errors
/// What makes one unusable: a CA file, a host name, a directory.
pub fn providers(config: &Config, clock: &Clock) -> Result<HashMap<String, Provider>, BuildError> {
    let one = |(name, settings): (&String, _)| Ok((name.clone(), provider(name, settings, clock)?));
    config.providers.iter().map(one).collect()
}

/// One provider, prepared but not connected to.
///
/// # Errors
/// As for [`providers`].
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
            (Transport::Outbox(outbox), Duration::MAX)
        }
    };
    // Randomness spreads the probes of several services over time. Without it they would probe at the same moments, and
    // nothing worse would happen: so an error is not one.
    let breaker = Arc::new(Breaker::new(Pauses::default(), getrandom::u64().unwrap_or_default()));
    Ok(Provider { name: name.into(), transport, attempt_timeout, breaker, evidence: Arc::default() })
}
