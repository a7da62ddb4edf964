//! `clerk-courier dev`: the playground, a receiver and a workshop that need no account and no configuration.
//!
//! Where there is a configuration, brand, templates and senders come from it, but never the providers: every message
//! that arrives goes to the outbox.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use axum::middleware;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use tracing::level_filters::LevelFilter;

use super::configuration::without_providers;
use super::failure::{Failure, wrong};
use super::playground;
use super::runtime::{LAST_THREADS, runtime, stop_signal};
use super::terminal::say;
use crate::app::{App, BuildError, bind};
use crate::clock::Clock;
use crate::config::{Config, add_env_file, process_env};
use crate::delivery::outbox::Outbox;
use crate::delivery::settings;
use crate::ledger::{Settings, SqliteSettings};
use crate::message::Channel;
use crate::rehearsal::stand_ins::{OUTBOX, stand_in};
use crate::rehearsal::{post, sample};
use crate::secret::Secret;
use crate::server::serve;
use crate::telemetry;
use crate::webhook::SigningSecrets;
use crate::workshop;

/// The most connections that the workshop accepts at a time. A browser opens half a dozen.
const BROWSERS: usize = 64;

/// How long a request may be under way: a test may wait for a message for a minute.
const LONGEST_REQUEST: Duration = Duration::from_secs(75);

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Receive webhooks at this address, to which a tunnel from Clerk may lead
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Serve the workshop at this loopback address, to a browser on this machine only
    #[arg(long, default_value = "127.0.0.1:8081", value_name = "ADDRESS")]
    workshop: SocketAddr,
    /// Write every message to this directory
    #[arg(long, default_value = playground::OUTBOX, value_name = "DIR")]
    outbox: PathBuf,
}

pub(super) fn run(path: &Path, level: LevelFilter, arguments: &Arguments) -> Result<(), Failure> {
    if !arguments.workshop.ip().is_loopback() {
        return Err(Failure::Wrong(format!(
            "--workshop {}: the workshop shows codes and links, so it must be on loopback: use 127.0.0.1 or [::1]",
            arguments.workshop
        )));
    }
    add_env_file(Path::new(".env")).map_err(Failure::Wrong)?;
    let mut config = without_providers(path)?;
    let made = playground(&mut config, arguments)?;
    let _log = telemetry::log::init(level)?;
    let runtime = runtime(1)?;
    let result = runtime.block_on(play(&config, path, made, arguments));
    runtime.shutdown_timeout(LAST_THREADS);
    result
}

/// Turns the configuration into that of the playground. Returns whether its signing secret was made just now, rather
/// than taken from the environment or the configuration.
fn playground(config: &mut Config, arguments: &Arguments) -> Result<bool, Failure> {
    config.server.listen = arguments.listen;
    // The configured address is not read here, and the default one may belong to a service on this machine.
    config.server.admin_listen = None;
    config.providers = [(OUTBOX.to_owned(), settings::Provider::Outbox(arguments.outbox.clone()))].into();
    // Never the configured ledger: a service may be using it, and playing must not make a real message a duplicate.
    config.ledger = Settings::Sqlite(SqliteSettings {
        path: arguments.outbox.join(".ledger.db"),
        retention: config.ledger.retention(),
        recipient_key: None,
        full_sync: false,
    });
    stand_in(config);
    if let Some(secret) = process_env("CLERK_WEBHOOK_SIGNING_SECRET").filter(|secret| !secret.is_empty()) {
        config.clerk.signing_secrets = vec![Secret::new(secret)];
    }
    let made = config.clerk.signing_secrets.is_empty();
    if made {
        // Standard Webhooks asks for 24 to 64 bytes.
        let mut bytes = [0; 24];
        getrandom::fill(&mut bytes)
            .map_err(|error| anyhow!("the operating system gave no random bytes: {error}"))?;
        config.clerk.signing_secrets = vec![Secret::new(format!("whsec_{}", STANDARD.encode(bytes)))];
    }
    Ok(made)
}

/// The outbox, which has to take files: the messages and the playground's ledger go there.
fn outbox(dir: &Path) -> Result<Outbox, Failure> {
    let opened = Outbox::open(dir, Clock::System).map_err(|error| error.to_string());
    let writable = opened.and_then(|outbox| outbox.connect().map(|_| outbox).map_err(|fault| fault.detail));
    writable.map_err(|why| {
        let dir = whole(dir);
        let advice = "run `dev` in a directory that this user may write, or name one: --outbox DIRECTORY";
        anyhow!("--outbox: messages can't be put into {dir}: {why}\n    {advice}").into()
    })
}

/// Serves the receiver and the workshop until the process is told to stop.
async fn play(config: &Config, path: &Path, made: bool, arguments: &Arguments) -> Result<(), Failure> {
    let origin = workshop::Origin::new(path, config);
    let outbox = outbox(&arguments.outbox)?;
    let (app, failed) = build(config)?;
    let listener = bind("--listen", arguments.listen).await?;
    let page = bind("--workshop", arguments.workshop).await?;
    let (receiver, address) = (listener.local_addr()?, page.local_addr()?);
    let events = Arc::new(workshop::Events::default());
    let (router, watching) =
        workshop::open(origin, failed.as_ref(), outbox, Arc::clone(&events), app.composer(), address)?;
    let app = app.within(Box::new(|public| {
        public.layer(middleware::from_fn_with_state(events, workshop::watch_events))
    }));
    let (tell, told) = tokio::sync::watch::channel(false);
    let browsers = serve::Connections::new(
        BROWSERS,
        serve::Limits { farewell: LONGEST_REQUEST, ends_with_caller: true, ..serve::Limits::default() },
    );
    let shown = tokio::spawn(serve::serve(page, router, browsers, told));
    // On a task of its own, since the samples are posted to it before anybody waits for its end.
    let running = tokio::spawn(app.run(listener, None, stop_signal()));
    let url = format!("http://{receiver}{}", config.clerk.path);
    // The samples are a first impression. Without them the playground still takes Clerk's messages.
    if samples(config, &url).await.is_err() {
        tracing::warn!(
            "the sample messages could not be posted to the receiver: send one with `clerk-courier trigger`"
        );
    }
    // Kept until the end. Without it everything works, but `trigger` needs to be told where to post.
    let secret = config.clerk.signing_secrets.first();
    let left = secret.and_then(|secret| playground::leave(&arguments.outbox, &url, secret).ok().flatten());
    let is_found = left.is_some() && arguments.outbox == Path::new(playground::OUTBOX);
    introduce(config, made, &url, address, is_found, arguments);
    let finished = running.await?;
    watching.abort();
    let _ = tell.send(true);
    // Don't wait for browsers to close their connections, which they keep open with nothing under way.
    let _ = tokio::time::timeout(Duration::from_millis(300), shown).await;
    if finished {
        Ok(())
    } else {
        Err(anyhow!("stopped by drain_timeout: some messages were still under way").into())
    }
}

/// Builds the receiver. If the user's templates can't be used, it gets the built-in ones, and the error is returned
/// too, for the workshop to show: it is what people start in order to repair templates.
fn build(config: &Config) -> Result<(App, Option<BuildError>), Failure> {
    match App::build(config, Clock::System) {
        Err(failed @ BuildError::Templates(_)) => {
            let mut config = config.clone();
            // Nothing exists at an empty path, so only the built-in set is loaded.
            config.templates.dir = PathBuf::new();
            // The configured default may be a language that only the user's own templates have.
            "en".clone_into(&mut config.templates.default_locale);
            Ok((App::build(&config, Clock::System).map_err(wrong)?, Some(failed)))
        }
        app => Ok((app.map_err(wrong)?, None)),
    }
}

/// Posts a signed email event and a signed SMS event to the receiver, where they take the same way as Clerk's.
async fn samples(config: &Config, url: &str) -> Result<(), Failure> {
    let client = post::client()?;
    let secrets = config.clerk.signing_secrets.iter().map(Secret::reveal);
    let secrets = SigningSecrets::new(secrets).map_err(|error| Failure::Wrong(error.to_string()))?;
    // SMS first, so that the email is the newer message: the workshop opens with it.
    for channel in [Channel::Sms, Channel::Email] {
        let event = sample::fresh(channel, "verification_code", Clock::System.now())?;
        let posted =
            post::post(&client, url, &secrets, &format!("msg_{}", sample::unique()?), &event).await?;
        if posted.status != 200 {
            // Not an error: broken templates are a reason to be here, and the workshop's pages show what is wrong.
            tracing::warn!(status = posted.status, "the sample {} was not delivered", channel.as_str());
        }
    }
    Ok(())
}

/// Prints where everything is, and what to try next.
/// `is_found` tells whether `trigger` finds the receiver by itself.
fn introduce(
    config: &Config,
    made: bool,
    url: &str,
    workshop: SocketAddr,
    is_found: bool,
    arguments: &Arguments,
) {
    say("");
    say(&format!(
        "  Workshop   http://{workshop}  (open it in your browser: all templates, and two sample messages)"
    ));
    say(&format!("  Receiver   {url}"));
    say(&format!("  Outbox     {}  (every message goes here)", whole(&arguments.outbox)));
    let mut trigger = "clerk-courier trigger reset_password_code".to_owned();
    if !is_found {
        trigger = format!("{trigger} --url {url}");
    }
    if let (true, Some(secret)) = (made, config.clerk.signing_secrets.first()) {
        say(&format!("  Secret     {}  (made for this run)", secret.reveal()));
        if !is_found {
            trigger = format!("CLERK_WEBHOOK_SIGNING_SECRET={} {trigger}", secret.reveal());
        }
    }
    say("");
    say(if is_found {
        "  Send another message from this directory, in a second terminal, with"
    } else {
        "  Send another message with"
    });
    say(&format!("    {trigger}"));
    if made {
        say(
            "  or set CLERK_WEBHOOK_SIGNING_SECRET to the secret of your Clerk endpoint, open a tunnel to the receiver, and let Clerk send.",
        );
    } else {
        say("  or open a tunnel to the receiver, and let Clerk send.");
    }
    say("");
}

/// The path from the root, which tells where a relative one is.
fn whole(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}
