//! `clerk-courier send`: sends one test message through the configured providers, and prints what each of them said.

use std::path::Path;

use clap::Args;

use super::configuration::{load, variant};
use super::event::{EventArguments, build};
use super::failure::{Failure, wrong};
use super::runtime::runtime;
use super::terminal::say;
use crate::app;
use crate::clock::Clock;
use crate::compose::Composer;
use crate::config::Config;
use crate::delivery::{Attempt, Verdict};
use crate::outcome::Outcome;
use crate::rehearsal::preview::check_locale;
use crate::rehearsal::sample::address;
use crate::rehearsal::send_one::{self, DryRequest, DryRun, SendError, Sent, TestSend};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    event: EventArguments,
    /// Send to this address or number, which also decides whether it is a mail or an SMS
    #[arg(long, value_name = "ADDRESS")]
    to: String,
    /// Ask only this provider, in place of the configured ones in their order
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// Render for a reader of this language, such as `de-AT`
    #[arg(long, value_name = "BCP47")]
    locale: Option<String>,
    /// Print the requests in place of sending them, with the names of secrets in place of their values
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(path: &Path, arguments: &Arguments) -> Result<(), Failure> {
    let config = load(path)?;
    let variant = variant(&config, arguments.event.variant.as_deref())?;
    let (config, when) = variant.map_or((&config, None), |variant| (&variant.config, Some(&variant.when)));
    let composer = app::composer(config).map_err(wrong)?;
    let now = Clock::System.now();
    // Before anything is sent: a language without a translation would go out in the default one.
    if let Some(locale) = &arguments.locale {
        check_locale(locale, &composer.templates)?;
    }
    let event = arguments.event.for_recipient(&arguments.to)?;
    let (channel, mut event) = build(&event, when, now)?;
    // In the event itself, so that the message goes through the same rules for recipients as Clerk's.
    address(&mut event, channel, &arguments.to);
    let only = arguments.provider.as_ref().map(std::slice::from_ref);
    let test = TestSend { event: &event, now, locale: arguments.locale.as_deref(), only };
    if arguments.dry_run {
        return dry_run(config, &composer, test);
    }
    let sending = send_one::send(config, &composer, test, |attempt| say(&line(attempt)));
    let Sent { answer, redirected } = runtime(1)?.block_on(sending).map_err(failure)?;
    let reason = answer.reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
    say(&format!("{}{reason}: {}", answer.outcome.as_str(), answer.message));
    if redirected {
        say(REDIRECTED);
    }
    if answer.outcome == Outcome::Accepted {
        Ok(())
    } else {
        Err(anyhow::anyhow!("the message was not sent").into())
    }
}

/// Printed so that nobody looks for the message in the wrong inbox.
const REDIRECTED: &str =
    "`redirect_to` is set in the configuration, so the message goes there and not to --to.";

/// An attempt as a line: `main         accepted      31 ms  its id: 4F1A2`.
fn line(attempt: &Attempt<'_>) -> String {
    let detail = match (&attempt.verdict, attempt.verdict.fault()) {
        (Verdict::Accepted { receipt: Some(receipt) }, _) => format!("its id: {receipt}"),
        (_, Some(fault)) => fault.to_string(),
        _ => String::new(),
    };
    let verdict = attempt.verdict.as_str().replace('_', " ");
    let line = format!("{:<12} {verdict:<9} {:>6} ms  {detail}", attempt.provider, attempt.took.as_millis());
    line.trim_end().to_owned()
}

/// A wrong `--provider` or configuration is wrong usage; anything else is a failure.
fn failure(error: SendError) -> Failure {
    match error {
        SendError::Misconfigured(text) => Failure::Wrong(text),
        error => Failure::Failed(error.into()),
    }
}

/// Prints what each provider would get.
fn dry_run(config: &Config, composer: &Composer, test: TestSend<'_>) -> Result<(), Failure> {
    let DryRun { requests, redirected } = send_one::dry_run(config, composer, test).map_err(failure)?;
    let mut impossible = 0;
    for (name, request) in requests {
        let shown = match request {
            DryRequest::Http(request) => request,
            DryRequest::Message(head) => {
                format!("{head}(the message itself follows: `clerk-courier render` prints it)")
            }
            DryRequest::Impossible(reason) => {
                impossible += 1;
                format!("the request can't be made: {reason}")
            }
        };
        say(&format!("# {name}\n{}\n", shown.trim_end()));
    }
    if redirected {
        say(REDIRECTED);
    }
    if impossible == 0 {
        Ok(())
    } else {
        Err(anyhow::anyhow!("the requests of {impossible} providers can't be made: see above").into())
    }
}
