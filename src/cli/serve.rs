//! `clerk-courier serve`: runs the service until it is told to stop, and reloads templates at SIGHUP.

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
use crate::config::Config;
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
            Ok(Ok((composer, changed))) => {
                words.store(Arc::new(composer));
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

/// Makes a composer from the files as they are now. Senders and providers stay those of the start, `running`, and the
/// new templates must fit them. Also returns the sections that have changed and stay as they were.
fn reload(path: &Path, running: Config) -> Result<(Composer, Vec<&'static str>), Failure> {
    let mut read = load(path)?;
    let ending = read.sms.ending.take();
    let changed = changed(&running, &read);
    let Config { brand, templates, .. } = read;
    let mut config = Config { brand, templates, ..running };
    // The last line of SMS is loaded into the templates, so it is reloaded with them.
    config.sms.ending = ending;
    Ok((app::composer(&config).map_err(wrong)?, changed))
}

/// The sections whose settings differ. By what they show of themselves, which is everything but secrets: a secret that alone
/// has changed is not seen.
fn changed(running: &Config, read: &Config) -> Vec<&'static str> {
    let sms = crate::decision::policy::Sms { ending: None, ..running.sms.clone() };
    let sections: [(&str, &dyn Debug, &dyn Debug); 8] = [
        ("[server]", &running.server, &read.server),
        ("[clerk]", &running.clerk, &read.clerk),
        ("[email]", &running.email, &read.email),
        ("[[dkim]]", &running.dkim, &read.dkim),
        ("[sms]", &sms, &read.sms),
        ("[sms.limits]", &running.limits, &read.limits),
        ("[providers]", &running.providers, &read.providers),
        ("[ledger]", &running.ledger, &read.ledger),
    ];
    let differ = sections.into_iter().filter(|(_, one, other)| format!("{one:?}") != format!("{other:?}"));
    differ.map(|(name, ..)| name).collect()
}

/// Warns of channels without providers. Their messages are answered 503, which surprises unless Clerk sends none of
/// them.
fn warn_of_silent_channels(config: &Config) {
    for (channel, silent) in [
        ("email", config.email.base.route.providers.is_empty()),
        ("sms", config.sms.base.route.providers.is_empty()),
    ] {
        if silent {
            tracing::warn!(
                "[{channel}] has no providers: its messages are answered `failed`, reason `no_provider`"
            );
        }
    }
}
