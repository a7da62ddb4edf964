//! `clerk-courier trigger`: posts an event as Svix would, and explains the answer.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::anyhow;
use clap::Args;
use serde_json::{Value, json};

use super::configuration::unknown_variant;
use super::event::{EventArguments, build};
use super::failure::{Failure, misconfigured};
use super::playground;
use super::runtime::runtime;
use super::terminal::say;
use crate::clock::{Clock, millis};
use crate::config::{Config, Endpoint, EndpointVariant, Process, process_env};
use crate::json_path;
use crate::message::Channel;
use crate::rehearsal::post::{Posted, client, post};
use crate::rehearsal::preview;
use crate::rehearsal::sample::{address, unique};
use crate::secret::Secret;
use crate::webhook::SigningSecrets;

/// The variable of the secret.
const SECRET_VARIABLE: &str = "CLERK_WEBHOOK_SIGNING_SECRET";

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    event: EventArguments,
    /// Post to this URL [default: the `dev` that runs in this directory, or else the address and path of the configuration]
    #[arg(long)]
    url: Option<String>,
    /// Sign with this secret, `whsec_…` [default: that of the `dev` that runs here, or else the first of the configuration]
    #[arg(long, env = SECRET_VARIABLE, hide_env_values = true)]
    secret: Option<String>,
    /// Replace the recipient with this address or number
    #[arg(long, value_name = "ADDRESS")]
    to: Option<String>,
    /// Say in the event that its user reads this language, such as `de-AT`: sets `public_metadata.locale` of the user and of
    /// the invitation, where services look by default
    #[arg(long, value_name = "BCP47")]
    locale: Option<String>,
    /// Pretend that Clerk made the event this long ago, such as `11m`
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    age: Option<Duration>,
    /// Post the same message this many times, as Svix does when an answer was lost
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    repeat: u32,
}

pub(super) fn run(config: &Path, arguments: &Arguments) -> Result<(), Failure> {
    let variants = variants(config, arguments)?;
    let wanted = wanted(&variants, arguments.event.variant.as_deref())?;
    let variant = wanted.and_then(|at| variants.get(at));
    let Target { url, secret } = target(config, arguments, variant)?;
    let secrets = SigningSecrets::new([secret.reveal()])
        .map_err(|error| Failure::Wrong(format!("--secret: {error}")))?;
    let now = Clock::System.now();
    // A number as recipient asks for the SMS of a slug that has both. The mail's event would be rejected.
    let event = match &arguments.to {
        Some(to) => arguments.event.for_recipient(to)?,
        None => arguments.event.clone(),
    };
    let (channel, mut event) = build(&event, variant.map(|variant| &variant.when), now)?;
    adapt(&mut event, channel, arguments, now);
    let taken =
        wanted.and_then(|_| preview::variant_of(&event, now, variants.iter().map(|variant| &variant.when)));
    if let Some(other) = taken.filter(|_| taken != wanted).and_then(|at| variants.get(at)) {
        return Err(Failure::Wrong(format!(
            "this event meets the conditions of the variant {:?} too, which stands first in the configuration and takes it: \
             put the other one before it, or change the event with --set",
            other.name
        )));
    }
    // Every repetition has this id, as Svix's attempts do: it makes them duplicates for the service.
    let svix_id = format!("msg_{}", unique()?);
    runtime(1)?.block_on(async {
        let client = client()?;
        let mut all_fine = true;
        for _ in 0..arguments.repeat {
            let posted = post(&client, &url, &secrets, &svix_id, &event).await?;
            explain(&posted);
            all_fine &= (200..300).contains(&posted.status);
        }
        if all_fine { Ok(()) } else { Err(anyhow!("the message was not delivered").into()) }
    })
}

/// The variants of the configuration, if `--variant` asks for one. Only their conditions and secrets are read.
fn variants(config: &Path, arguments: &Arguments) -> Result<Vec<EndpointVariant>, Failure> {
    if arguments.event.variant.is_none() {
        return Ok(Vec::new());
    }
    Ok(Config::load_endpoint(config, &Process).map_err(misconfigured)?.variants)
}

/// The place of the variant that `--variant` asks for.
fn wanted(variants: &[EndpointVariant], name: Option<&str>) -> Result<Option<usize>, Failure> {
    let Some(name) = name else { return Ok(None) };
    let found = variants.iter().position(|variant| variant.name == name);
    found.map(Some).ok_or_else(|| unknown_variant(name, variants.iter().map(|variant| &*variant.name)))
}

/// Where to post, and what to sign with.
struct Target {
    url: String,
    secret: Secret,
}

/// The URL and the secret of the arguments. What they don't say comes from the `dev` that runs in this directory, or else
/// from the configuration, of which nothing but the endpoint is read: its other variables need not be set.
fn target(
    config: &Path,
    arguments: &Arguments,
    variant: Option<&EndpointVariant>,
) -> Result<Target, Failure> {
    let own = variant.and_then(|variant| variant.secrets.first());
    // The variable has the secret of [clerk], by which no event of a variant with secrets of its own is signed.
    let is_of_variable = |secret: &&String| process_env(SECRET_VARIABLE).as_ref() == Some(*secret);
    let said = arguments.secret.as_ref().filter(|secret| own.is_none() || !is_of_variable(secret));
    let secret = said.filter(|secret| !secret.is_empty()).map(Secret::new).or_else(|| own.cloned());
    // The service of a named URL may be another one, and has its own secret then.
    let running = playground::find(Path::new(playground::OUTBOX))
        .filter(|running| arguments.url.as_ref().is_none_or(|url| *url == running.url));
    if let Some(running) = running {
        say(&format!("To the playground that runs here: {}", running.url));
        return Ok(Target { url: running.url, secret: secret.unwrap_or(running.secret) });
    }
    if let (Some(url), Some(secret)) = (&arguments.url, &secret) {
        return Ok(Target { url: url.clone(), secret: secret.clone() });
    }
    let endpoint = Config::load_endpoint(config, &Process).map_err(misconfigured)?;
    let url = arguments.url.clone().unwrap_or_else(|| url_of(&endpoint));
    let secret = secret.or_else(|| endpoint.signing_secrets.into_iter().next());
    secret.map(|secret| Target { url, secret }).ok_or_else(|| {
        let file = config.display();
        let missing = if config.exists() {
            format!("there is no signing secret in {file}")
        } else {
            format!("there is no {file}, so there is no signing secret")
        };
        Failure::Wrong(format!(
            "{missing}: set CLERK_WEBHOOK_SIGNING_SECRET, give --secret, name the configuration of the service with \
             --config, or start `clerk-courier dev` in this directory"
        ))
    })
}

/// The URL of a service on this machine.
fn url_of(endpoint: &Endpoint) -> String {
    let mut listen = endpoint.listen;
    // Nobody can connect to "every address".
    match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => listen.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => listen.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    format!("http://{listen}{}", endpoint.path)
}

/// Gives the event the age, the recipient and the language that were asked for.
fn adapt(event: &mut Value, channel: Channel, arguments: &Arguments, now: SystemTime) {
    if let Some(age) = arguments.age {
        let born = millis(now.checked_sub(age).unwrap_or(UNIX_EPOCH));
        // The event's `timestamp` alone: where it is valid, the service does not look at the other times.
        if let Some(timestamp) = event.get_mut("timestamp") {
            *timestamp = json!(born);
        }
    }
    if let Some(to) = &arguments.to {
        address(event, channel, to);
    }
    if let Some(locale) = &arguments.locale {
        for who in ["user", "invitation"] {
            json_path::set(event, &format!("data.data.{who}.public_metadata.locale"), json!(locale));
        }
    }
}

/// Prints the answer, and what Svix would do with it.
fn explain(posted: &Posted) {
    let answer: Value = serde_json::from_slice(&posted.body).unwrap_or_default();
    let text = |name: &str| answer.get(name).and_then(Value::as_str);
    let outcome = text("outcome").unwrap_or_else(|| unknown(posted));
    let reason = text("reason").map(|reason| format!(" ({reason})")).unwrap_or_default();
    say(&format!("HTTP {} {outcome}{reason}", posted.status));
    if let Some(message) = text("message") {
        say(&format!("  {message}"));
    }
    for (name, label) in
        [("template", "template"), ("provider", "provider"), ("provider_message_id", "its id")]
    {
        if let Some(value) = text(name) {
            say(&format!("  {label}: {value}"));
        }
    }
    if posted.status == 401 {
        say(
            "  Compare the secret that this was signed with (--secret, CLERK_WEBHOOK_SIGNING_SECRET, or the first of the configuration) with clerk.signing_secrets of the service.",
        );
    }
    say(&format!("  {}", what_svix_does(posted)));
}

/// What an answer without an outcome is. At another path, clerk-courier answers in words too.
fn unknown(posted: &Posted) -> &'static str {
    let body = String::from_utf8_lossy(&posted.body);
    match posted.status {
        404 if body.contains("`clerk.path`") => {
            "(clerk-courier is there, but receives webhooks at another path: --url must end in its `[clerk] path`)"
        }
        405 if body.contains("does not accept this method") => {
            "(clerk-courier is there, but this path is not for webhooks: --url must end in its `[clerk] path`)"
        }
        _ => "(not an answer of clerk-courier: check --url, which must end in `[clerk] path`)",
    }
}

/// What Svix would do with this answer (<https://docs.svix.com/retries>).
fn what_svix_does(posted: &Posted) -> &'static str {
    match posted.status {
        200..300 => "Svix: the message is done, so Svix makes no further attempt.",
        _ if posted.aborts() => {
            "Svix makes no further attempt. Clerk's dashboard shows the message as failed, and can replay it."
        }
        300..400 => "Svix counts a redirect as a failure and does not follow it: give Clerk the final URL.",
        _ => {
            "Svix tries again after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and 10 h, until one attempt gets a 2xx."
        }
    }
}
