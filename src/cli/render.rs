//! `clerk-courier render`

use std::io::Write as _;
use std::path::Path;
use std::time::SystemTime;

use anyhow::anyhow;
use clap::{Args, ValueEnum};

use serde_json::Value;

use super::dev::stand_ins;
use super::event::{EventArguments, build};
use super::{Failure, say, without_providers, wrong};
use crate::app;
use crate::clock::Clock;
use crate::compose::Occasion;
use crate::config::Config;
use crate::decision::{Decision, decide};
use crate::event::Event;
use crate::message::Message;
use crate::message::sms::Segments;
use crate::outcome::Outcome;
use crate::webhook::Verified;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    event: EventArguments,
    /// The part to print [default: html for mail, text for SMS]
    #[arg(long)]
    part: Option<Part>,
    /// The reader's language, as in `de-AT`
    #[arg(long, value_name = "BCP47")]
    locale: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Part {
    Subject,
    Html,
    Text,
    /// The whole mail, as it goes to a mail server
    Eml,
}

/// Renders with the configuration's brand and templates where there is one; providers are not looked at.
pub(super) fn run(path: &Path, arguments: &Arguments) -> Result<(), Failure> {
    let mut config = without_providers(path)?;
    stand_ins(&mut config);
    let default = &config.templates.default_locale;
    if let Some(locale) = arguments.locale.as_deref().filter(|locale| !falls_back(locale, default)) {
        return Err(anyhow!(
            "there are no templates in {locale:?}: all are in {default:?} (templates.default_locale)"
        )
        .into());
    }
    let now = Clock::System.now();
    let event = build(&arguments.event, now)?.1;
    match (compose(&event, &config, now)?, arguments.part) {
        (Message::Email(mail), part) => {
            let missing = |part: &str| anyhow!("this mail has no {part} body");
            match part.unwrap_or(Part::Html) {
                Part::Subject => say(&mail.subject),
                Part::Html => say(mail.html.as_deref().ok_or_else(|| missing("html"))?),
                Part::Text => say(mail.text.as_deref().ok_or_else(|| missing("text"))?),
                Part::Eml => std::io::stdout().lock().write_all(mail.wire())?,
            }
        }
        (Message::Sms(sms), None | Some(Part::Text)) => {
            say(&sms.text);
            let Segments { encoding, count, units } = Segments::of(&sms.text);
            let _ = writeln!(std::io::stderr(), "{count} segment(s), {}, {units} units", encoding.as_str());
        }
        (Message::Sms(_), Some(_)) => {
            return Err(Failure::Wrong("a text message has a text only".to_owned()));
        }
    }
    Ok(())
}

/// Whether a reader of `locale` gets what is in `default`: the same language, or a regional form of it.
fn falls_back(locale: &str, default: &str) -> bool {
    let (locale, default) = (locale.to_ascii_lowercase(), default.to_ascii_lowercase());
    locale.strip_prefix(&default).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// What the pipeline would send for this event.
fn compose(event: &Value, config: &Config, now: SystemTime) -> Result<Message, Failure> {
    let composer = app::composer(config).map_err(wrong)?;
    let policy = app::policy(config);
    let verified = Verified { id: "msg_render".to_owned(), body: event.to_string() };
    let Event::Created(mut created) = Event::parse(&verified)? else {
        return Err(anyhow!("the event is neither email.created nor sms.created").into());
    };
    let id = created.id.as_deref().unwrap_or("msg_render").to_owned();
    let plan = match decide(&created, &policy) {
        Decision::Deliver(plan) => plan,
        Decision::Skip(reason) => return Err(anyhow!("{}", Outcome::Skipped(reason).sentence()).into()),
        Decision::Reject(reason, _) => return Err(anyhow!("{}", Outcome::Rejected(reason).sentence()).into()),
    };
    let end = plan.lifetime.and_then(|lifetime| lifetime.end(now));
    let made = composer.compose(&mut created, &plan, Occasion { id: &id, now, end, locale: None })?;
    match made.failure {
        Some(failure) => Err(anyhow!("{failure}").into()),
        None => Ok(made.message),
    }
}
