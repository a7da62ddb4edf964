//! `clerk-courier render`: prints one part of one message.

use std::io::Write as _;
use std::path::Path;

use anyhow::anyhow;
use clap::{Args, ValueEnum};

use super::configuration::{variant, without_providers};
use super::event::{EventArguments, build};
use super::failure::{Failure, wrong};
use super::terminal::{print, say};
use crate::app;
use crate::clock::Clock;
use crate::message::Message;
use crate::message::sms::Segments;
use crate::rehearsal::preview::{self, check_locale};
use crate::rehearsal::stand_ins::stand_in;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    event: EventArguments,
    /// Print this part of the message [default: html for email, text for SMS]
    #[arg(long)]
    part: Option<Part>,
    /// Render for a reader of this language, such as `de-AT`
    #[arg(long, value_name = "BCP47")]
    locale: Option<String>,
}

/// A part of a message, as it is named on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Part {
    Subject,
    Html,
    Text,
    /// The whole mail, as it goes to an SMTP server
    Eml,
}

/// Renders with the brand and templates of the configuration, if there is one. Its providers are not read, so their
/// environment variables need not be set.
pub(super) fn run(path: &Path, arguments: &Arguments) -> Result<(), Failure> {
    let mut config = without_providers(path)?;
    stand_in(&mut config);
    let variant = variant(&config, arguments.event.variant.as_deref())?.cloned();
    let (config, when) = variant.map_or((config, None), |variant| (variant.config, Some(variant.when)));
    let composer = app::composer(&config).map_err(wrong)?;
    let locale = arguments.locale.as_deref();
    // A language without a translation would be rendered in the default one, and look as if it had been translated.
    if let Some(locale) = locale {
        check_locale(locale, &composer.templates)?;
    }
    let now = Clock::System.now();
    let event = build(&arguments.event, when.as_ref(), now)?.1;
    let (made, _) = preview::compose(&composer, &preview::policy(config), &event, now, locale)?;
    // The service would send Clerk's own words now. Whoever renders a template wants to know why it fails.
    if let Some(failure) = made.failure {
        return Err(failure.into());
    }
    match (made.message, arguments.part) {
        (Message::Email(mail), part) => {
            let missing =
                |part: &str| anyhow!("this mail has no {part} body: print another part with --part");
            match part.unwrap_or(Part::Html) {
                Part::Subject => say(&mail.subject),
                Part::Html => say(mail.html.as_deref().ok_or_else(|| missing("html"))?),
                Part::Text => say(mail.text.as_deref().ok_or_else(|| missing("text"))?),
                // Not by `say`: its line break would be one byte more than the mail has on the wire.
                Part::Eml => print(mail.wire()),
            }
        }
        (Message::Sms(sms), None | Some(Part::Text)) => {
            say(&sms.text);
            let Segments { encoding, count, units } = Segments::of(&sms.text);
            // To stderr, so that stdout holds nothing but the message.
            let segments = if count == 1 { "segment" } else { "segments" };
            let _ = writeln!(std::io::stderr(), "{count} {segments}, {}, {units} units", encoding.as_str());
        }
        (Message::Sms(_), Some(_)) => {
            return Err(Failure::Wrong("an SMS has only a text part: leave out --part".to_owned()));
        }
    }
    Ok(())
}
