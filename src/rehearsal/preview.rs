//! From an event to the message that would be sent for it: what `render` prints and the workshop shows.

use std::time::SystemTime;

use serde_json::Value;

use crate::app;
use crate::compose::{ComposeError, Composed, Composer, RenderInput};
use crate::config::Config;
use crate::decision::{Decision, Plan, Policy, decide};
use crate::event::{Event, Malformed};
use crate::outcome::Outcome;
use crate::template::{TemplateError, Templates};
use crate::webhook::Verified;

/// Why there is nothing to show.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PreviewError {
    /// The event does not have the form of Clerk's events.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The event is about something else than a message.
    #[error("the event is neither email.created nor sms.created")]
    NoMessage,
    /// The service would send nothing for this event, and answer with this outcome.
    #[error("{}", .0.sentence())]
    Decided(Outcome),
    /// No template in a language that the reader understands.
    #[error("there are no templates in {wanted:?}: known are {known}")]
    NoLocale {
        /// The language that was asked for.
        wanted: String,
        /// The languages that there are.
        known: String,
    },
    /// The templates do not give a message.
    #[error(transparent)]
    ComposeError(#[from] ComposeError),
}

impl PreviewError {
    /// The fault of a template, where it is one.
    pub(crate) fn template(&self) -> Option<&TemplateError> {
        match self {
            Self::ComposeError(ComposeError::Template(fault)) => Some(fault),
            _ => None,
        }
    }
}

/// Who gets what where nothing is sent: slugs that are switched off too.
pub(crate) fn policy(mut config: Config) -> Policy {
    let mails = std::iter::once(&mut config.email.base).chain(config.email.by_slug.values_mut());
    let texts = std::iter::once(&mut config.sms.base).chain(config.sms.by_slug.values_mut());
    for delivery in mails.map(|mail| &mut mail.route).chain(texts.map(|text| &mut text.route)) {
        delivery.send = true;
    }
    app::policy(&config)
}

/// What the pipeline would send for `event`, in the language of `locale` where one is named.
///
/// # Errors
/// Nothing would be sent.
pub(crate) fn compose<'p>(
    composer: &Composer,
    policy: &'p Policy,
    event: &Value,
    now: SystemTime,
    locale: Option<&str>,
) -> Result<(Composed, Box<Plan<'p>>), PreviewError> {
    let verified = Verified { id: "msg_preview".to_owned(), body: event.to_string() };
    let Event::Created(created) = Event::parse(&verified, now)? else { return Err(PreviewError::NoMessage) };
    let plan = match decide(&created, policy) {
        Decision::Deliver(plan) => plan,
        Decision::Skip(reason) => return Err(PreviewError::Decided(Outcome::Skipped(reason))),
        Decision::Reject(reason, _) => return Err(PreviewError::Decided(Outcome::Rejected(reason))),
    };
    let id = created.id.as_deref().unwrap_or("msg_preview").to_owned();
    let end = plan.lifetime.and_then(|lifetime| lifetime.end(now));
    let made = composer.compose(&created, &plan, RenderInput { id: &id, now, end, locale })?;
    Ok((made, plan))
}

/// Makes sure that a reader of `locale` (BCP 47) understands the language of some template.
pub(crate) fn check_locale(locale: &str, templates: &Templates) -> Result<(), PreviewError> {
    if templates.locale(locale).is_some() {
        return Ok(());
    }
    let known = templates.locales().collect::<Vec<_>>().join(", ");
    Err(PreviewError::NoLocale { wanted: locale.to_owned(), known })
}
