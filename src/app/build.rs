//! Every part of the service, built from the configuration. Nothing here connects to anything.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant, UNIX_EPOCH};

use arc_swap::ArcSwap;

use super::composers::composers;
use super::error::BuildError;
use super::export;
use crate::clerk::Client;
use crate::clock::Clock;
use crate::config::{Config, Variant};
use crate::decision::Policy;
use crate::decision::variant::PerVariant;
use crate::delivery::api::Api;
use crate::delivery::breaker::{Breaker, Pauses};
use crate::delivery::outbox::Outbox;
use crate::delivery::smtp::Relay;
use crate::delivery::{Provider, Transport, settings};
use crate::language::Languages;
use crate::ledger::{self, Ledger};
use crate::limits::Limits;
use crate::pipeline::{Patience, Pipeline, Signing};
use crate::secret::Secret;
use crate::telemetry::metrics::{Build, Metrics};
use crate::webhook::{SecretError, SigningSecrets};

/// The whole pipeline: everything that a message passes on its way.
///
/// # Errors
/// The first part that can't be built. What can only be known by connecting is not found here.
pub(super) fn pipeline(config: &Config, clock: Clock) -> Result<Pipeline, BuildError> {
    let secrets = signing_secrets(config)?;
    let composers = composers(config)?;
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
        variants: config.variants.iter().map(|variant| variant.when.clone()).collect(),
        policies: policies(config),
        composer: Arc::new(ArcSwap::from_pointee(composers)),
        signing: Signing::new(config.dkim.clone()),
        providers,
        ledger: Ledger::open(config.ledger.clone(), clock.clone())?,
        languages: languages(config)?,
        patience: Patience::default(),
        limits: limits(config),
        clock,
        metrics,
        traces,
        request_deadline: config.server.request_deadline,
    })
}

/// The secrets that sign events: those of each variant that is an instance for its own, and those of `[clerk]` for all others.
fn signing_secrets(config: &Config) -> Result<SigningSecrets, SecretError> {
    let base = SigningSecrets::new(config.clerk.signing_secrets.iter().map(Secret::reveal))?;
    config.variants.iter().try_fold(base, |secrets, variant| {
        secrets.with_instance(
            variant.when.instance_alone().unwrap_or_default(),
            variant.own_secrets.iter().map(Secret::reveal),
        )
    })
}

/// The policies of all variants.
fn policies(config: &Config) -> PerVariant<Policy> {
    let of_variant = |variant: &Variant| {
        let name: Arc<str> = variant.name.as_str().into();
        (Arc::clone(&name), Policy { variant: Some(name), ..policy(&variant.config) })
    };
    PerVariant { base: policy(config), variants: config.variants.iter().map(of_variant).collect() }
}

/// The limits of all variants. Those without limits of their own count together.
fn limits(config: &Config) -> PerVariant<Arc<Limits>> {
    let now = Instant::now();
    let base = Arc::new(Limits::new(config.limits.clone(), now));
    let of_variant = |variant: &Variant| {
        let name: Arc<str> = variant.name.as_str().into();
        let own = variant
            .counts_apart
            .then(|| Arc::new(Limits::new(variant.config.limits.clone(), now).of_variant(&name)));
        (name, own.unwrap_or_else(|| Arc::clone(&base)))
    };
    let variants = config.variants.iter().map(of_variant).collect();
    PerVariant { base, variants }
}

/// What knows readers' languages. Clerk is asked with the secret key of the user's instance, and only where one is configured.
fn languages(config: &Config) -> Result<Languages, BuildError> {
    let backend = &config.clerk.backend;
    let client = |key: &Option<Secret>| {
        let client =
            |key: &Secret| Client::new(key.clone(), &backend.api_url, backend.api_timeout, &config.proxies);
        key.as_ref().map(client).transpose()
    };
    let own = config.variants.iter().filter_map(|variant| {
        Some((variant.when.instance_alone()?.to_owned(), &variant.config.clerk.backend.secret_key))
    });
    let own = own.map(|(instance, key)| Ok((instance, client(key)?)));
    Ok(Languages::new(client(&backend.secret_key)?, own.collect::<Result<Vec<_>, BuildError>>()?))
}

/// The part of the configuration that decides who gets what, from whom, and through whom.
#[must_use]
pub fn policy(config: &Config) -> Policy {
    Policy {
        variant: None,
        skip_test_recipients: config.clerk.skip_test_recipients,
        email: config.email.clone(),
        sms: config.sms.clone(),
    }
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
