//! From an event to the message that the service would send for it, without sending it.

use std::time::SystemTime;

use serde_json::Value;

use crate::app;
use crate::compose::{ComposeError, Composed, Composer, RenderInput};
use crate::config::Config;
use crate::decision::variant::{When, choose};
use crate::decision::{Decision, Plan, Policy, decide};
use crate::event::{Event, ParseError};
use crate::outcome::Outcome;
use crate::template::{TemplateError, Templates};
use crate::webhook::Verified;

/// Why an event does not become a message.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PreviewError {
    /// The event does not have the form of Clerk's events.
    #[error(transparent)]
    Malformed(#[from] ParseError),
    /// The event has another type than those of messages.
    #[error("the event is neither email.created nor sms.created")]
    NoMessage,
    /// The service would send nothing for this event, and answer with this outcome.
    #[error("{}", .0.sentence())]
    Decided(Outcome),
    /// There are no templates in a language that the reader understands.
    #[error("there are no templates in {wanted:?}: choose one of {known}")]
    NoLocale {
        /// The language that was asked for.
        wanted: String,
        /// The languages that have templates, separated by commas.
        known: String,
    },
    /// The message can't be composed.
    #[error(transparent)]
    Compose(#[from] ComposeError),
}

impl PreviewError {
    /// The error of the template, if that is what failed.
    pub(crate) fn template(&self) -> Option<&TemplateError> {
        match self {
            Self::Compose(ComposeError::Template(error)) => Some(error),
            _ => None,
        }
    }
}

/// The policy of a configuration for previews, by which slugs with `send = false` get a message too.
pub(crate) fn policy(mut config: Config) -> Policy {
    let mails = std::iter::once(&mut config.email.base).chain(config.email.by_slug.values_mut());
    let texts = std::iter::once(&mut config.sms.base).chain(config.sms.by_slug.values_mut());
    for delivery in mails.map(|mail| &mut mail.route).chain(texts.map(|text| &mut text.route)) {
        delivery.send = true;
    }
    app::policy(&config)
}

/// The message for `event` and the plan for it, by the same steps as in the pipeline. `locale` replaces the language
/// that the event names.
///
/// # Errors
/// The service would send nothing for this event, or the message can't be composed.
pub(crate) fn compose<'p>(
    composer: &Composer,
    policy: &'p Policy,
    event: &Value,
    now: SystemTime,
    locale: Option<&str>,
) -> Result<(Composed, Box<Plan<'p>>), PreviewError> {
    let verified = Verified { id: "msg_preview".to_owned(), signer: None, body: event.to_string() };
    let Event::Created(created) = Event::parse(&verified, now)? else { return Err(PreviewError::NoMessage) };
    let plan = match decide(&created, policy) {
        Decision::Deliver(plan) => plan,
        Decision::Skip(reason) => return Err(PreviewError::Decided(Outcome::Skipped(reason))),
        Decision::Reject(reason, _) => return Err(PreviewError::Decided(Outcome::Rejected(reason))),
    };
    let id = created.id.as_deref().unwrap_or("msg_preview").to_owned();
    let end = plan.lifetime.and_then(|lifetime| lifetime.end(now));
    let made = composer.compose(&created, &plan, RenderInput { id: &id, now, end, locale, told: None })?;
    Ok((made, plan))
}

/// The number of the first of `variants` that the event belongs to; `None` if to none, or if it does not hold a message.
pub(crate) fn variant_of<'w>(
    event: &Value,
    now: SystemTime,
    variants: impl IntoIterator<Item = &'w When>,
) -> Option<usize> {
    let verified = Verified { id: "msg_preview".to_owned(), signer: None, body: event.to_string() };
    let Ok(Event::Created(created)) = Event::parse(&verified, now) else { return None };
    choose(&created, variants)
}

/// Makes sure that there are templates for a reader of `locale` (BCP 47). Without this check, a misspelt language would
/// silently become the default one.
pub(crate) fn check_locale(locale: &str, templates: &Templates) -> Result<(), PreviewError> {
    if templates.locale(locale).is_some() {
        return Ok(());
    }
    let known = templates.locales().collect::<Vec<_>>().join(", ");
    Err(PreviewError::NoLocale { wanted: locale.to_owned(), known })
}
