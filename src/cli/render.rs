//! `clerk-courier render`

use std::io::Write as _;
use std::path::Path;

use anyhow::anyhow;
use clap::{Args, ValueEnum};

use super::dev::stand_ins;
use super::event::{EventArguments, build};
use super::{Failure, preview, say, without_providers, wrong};
use crate::app;
use crate::clock::Clock;
use crate::message::Message;
use crate::message::sms::Segments;
use crate::template::Templates;

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
    let words = app::composer(&config).map_err(wrong)?;
    let locale = arguments.locale.as_deref();
    if let Some(locale) = locale {
        spoken(locale, &words.templates)?;
    }
    let now = Clock::System.now();
    let event = build(&arguments.event, now)?.1;
    let (composed, _) = preview::compose(&words, &preview::policy(config), &event, now, locale)?;
    if let Some(failure) = composed.failure {
        return Err(failure.into());
    }
    match (composed.message, arguments.part) {
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

/// Whether there are words in a language that a reader of `locale` understands.
pub(super) fn spoken(locale: &str, templates: &Templates) -> Result<(), Failure> {
    if templates.locale(locale).is_some() {
        return Ok(());
    }
    let known = templates.locales().collect::<Vec<_>>().join(", ");
    Err(anyhow!("there are no templates in {locale:?}: known are {known}").into())
}
