//! `clerk-courier serve`: runs the service until it is told to stop, and reloads templates at SIGHUP.

use std::collections::HashMap;
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::level_filters::LevelFilter;

use super::configuration::load;
use super::failure::{Failure, wrong};
use super::runtime::{runtime, stop_signal};
use crate::app::{self, App, bind};
use crate::clock::Clock;
use crate::compose::{self, Composer};
use crate::config::{Config, Variant};
use crate::decision::policy::Sms;
use crate::decision::variant::PerVariant;
use crate::telemetry;

pub(super) fn run(path: &Path, level: LevelFilter) -> Result<(), Failure> {
    let config = load(path)?;
    // Kept until the end, when dropping it writes out the lines that are still waiting.
    let _log = telemetry::log::init(level)?;
    let runtime = runtime(config.server.workers)?;
    let served = runtime.block_on(serve(path, &config));
    // Everything that had to end has ended. Dropping the runtime would also wait for its blocking threads, one of which
    // may hang in the resolver.
    runtime.shutdown_background();
    served
}

/// Builds the service and runs it.
async fn serve(path: &Path, config: &Config) -> Result<(), Failure> {
    // Before anything that takes time: until somebody listens for it, SIGHUP ends the process.
    let hangup = signal(SignalKind::hangup())?;
    let stop = stop_signal();
    let app = App::build(config, Clock::System).map_err(wrong)?;
    tokio::spawn(reload_at(hangup, path.to_owned(), config.clone(), app.composer()));
    // Only when everything is built and proven: a port that is open means a service that can deliver.
    let listener = bind("server.listen", config.server.listen).await?;
    let admin = match config.server.admin_listen {
        Some(address) => Some(bind("server.admin_listen", address).await?),
        None => None,
    };
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    warn_of_silent_channels(config);
    if let Some(proxy) = config.proxies.shown() {
        tracing::info!(
            proxy,
            "HTTP APIs are reached through the proxy that the environment names, SMTP servers directly"
        );
    }
    tracing::info!(
        listen = %listener.local_addr()?,
        admin_listen = admin.as_ref().and_then(|admin| admin.local_addr().ok()).map(|address| address.to_string()),
        path = config.clerk.path,
        version = env!("CARGO_PKG_VERSION"),
        "serving"
    );
    if app.run(listener, admin, stop).await {
        tracing::info!("stopped: all messages under way were finished and answered");
        Ok(())
    } else {
        Err(anyhow::anyhow!(
            "stopped by drain_timeout: some messages were still under way, and Clerk will send them again"
        )
        .into())
    }
}

/// At each SIGHUP, reads the files again and takes templates, languages and brand from them; if there is any mistake in
/// them, everything stays as it was.
async fn reload_at(mut hangup: Signal, path: PathBuf, running: Config, words: compose::Current) {
    while hangup.recv().await.is_some() {
        let (path, running) = (path.clone(), running.clone());
        // Proving own templates in every language can take half a second, which must not hold up messages.
        match tokio::task::spawn_blocking(move || reload(&path, running)).await {
            Ok(Ok((composers, changed))) => {
                words.store(Arc::new(composers));
                tracing::info!(
                    "reloaded: templates, languages, [brand] and [templates] are as in the files now; restart to change anything else"
                );
                if !changed.is_empty() {
                    tracing::warn!(
                        "these sections have changed since the start, and need a restart: {}",
                        changed.join(", ")
                    );
                }
            }
            Ok(Err(Failure::Failed(error))) => {
                tracing::error!(
                    reload.error = format!("{error:#}"),
                    "not reloaded, so the service goes on with the old templates and settings: correct the files, \
                     and send SIGHUP again"
                );
            }
            Ok(Err(Failure::Wrong(error))) => {
                tracing::error!(
                    reload.error = error,
                    "not reloaded, so the service goes on with the old templates and settings: correct the files, \
                     and send SIGHUP again"
                );
            }
            Err(_) => tracing::error!(
                "not reloaded, so the service goes on with the old templates and settings: correct the files, and \
                 send SIGHUP again"
            ),
        }
    }
}

/// Makes the composers from the files as they are now. Senders, providers and which variants there are stay as at the start,
/// `running`, and the new templates must fit them. Also returns the sections that have changed and stay as they were.
fn reload(path: &Path, running: Config) -> Result<(PerVariant<Arc<Composer>>, Vec<&'static str>), Failure> {
    let read = load(path)?;
    let changed = changed(&running, &read);
    Ok((app::composers(&with_words(running, read)).map_err(wrong)?, changed))
}

/// The running configuration with the words and looks of the one that was read: templates, brands, and the last line of SMS.
fn with_words(mut running: Config, read: Config) -> Config {
    let mut own: HashMap<String, Config> =
        read.variants.into_iter().map(|variant| (variant.name, variant.config)).collect();
    for variant in &mut running.variants {
        if let Some(read) = own.remove(&variant.name) {
            variant.config = with_words(variant.config.clone(), read);
        }
    }
    running.sms.ending = read.sms.ending;
    Config { brand: read.brand, templates: read.templates, ..running }
}

/// The sections whose settings differ. By what they show of themselves, which is everything but secrets: a secret that alone
/// has changed is not seen.
fn changed(running: &Config, read: &Config) -> Vec<&'static str> {
    let sms = |config: &Config| Sms { ending: None, ..config.sms.clone() };
    let of_variant = |variant: &Variant| {
        let has_key = variant.has_own_key();
        let Variant { name, when, config, counts_apart, .. } = variant.clone();
        (name, when, has_key, config.email.clone(), sms(&config), config.limits, counts_apart)
    };
    let variants = |config: &Config| config.variants.iter().map(of_variant).collect::<Vec<_>>();
    let sections: [(&str, &dyn Debug, &dyn Debug); 9] = [
        ("[server]", &running.server, &read.server),
        ("[clerk]", &running.clerk, &read.clerk),
        ("[email]", &running.email, &read.email),
        ("[[dkim]]", &running.dkim, &read.dkim),
        ("[sms]", &sms(running), &sms(read)),
        ("[sms.limits]", &running.limits, &read.limits),
        ("[providers]", &running.providers, &read.providers),
        ("[ledger]", &running.ledger, &read.ledger),
        ("[[variant]]", &variants(running), &variants(read)),
    ];
    let differ = sections.into_iter().filter(|(_, one, other)| format!("{one:?}") != format!("{other:?}"));
    differ.map(|(name, ..)| name).collect()
}

/// Warns of channels without providers. Their messages are answered 503, which surprises unless Clerk sends none of
/// them.
fn warn_of_silent_channels(config: &Config) {
    let silent = silent_channels(config);
    for channel in &silent {
        tracing::warn!(
            "[{channel}] has no providers: its messages are answered `failed`, reason `no_provider`"
        );
    }
    for Variant { name, config, .. } in &config.variants {
        for channel in silent_channels(config).into_iter().filter(|channel| !silent.contains(channel)) {
            tracing::warn!(
                "[variant.{channel}] of {name:?} has no providers: its messages are answered `failed`, reason `no_provider`"
            );
        }
    }
}

/// The channels without providers.
fn silent_channels(config: &Config) -> Vec<&'static str> {
    let channels = [("email", &config.email.base.route), ("sms", &config.sms.base.route)];
    channels.into_iter().filter(|(_, route)| route.providers.is_empty()).map(|(channel, _)| channel).collect()
}
