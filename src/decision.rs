//! Whether a message is to be sent, to whom, from whom and until when. Pure: an event and the policy in, a decision out.

pub mod policy;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use lettre::Address;
use serde_json::Value;

use crate::event::Created;
use crate::message::{Channel, Phone, email};
use crate::outcome::{Reject, Skip};
pub use policy::Policy;
use policy::{ByCountry, EmailFor, OnDoubt, SmsFor};

/// What to do with a message.
#[derive(Debug)]
pub enum Decision<'p> {
    /// Nothing is to be sent, and that is fine.
    Skip(Skip),
    /// It can't be sent, ever. The text says what is wrong with the recipient, without repeating it.
    Reject(Reject, Option<String>),
    /// Send it.
    Deliver(Box<Plan<'p>>),
}

/// How to send one message.
#[derive(Debug)]
pub struct Plan<'p> {
    /// To whom and from whom.
    pub addressing: Addressing<'p>,
    /// Staging: who it was really for.
    pub redirected_from: Option<String>,
    /// When the code or link inside dies; `None`: there is none.
    pub lifetime: Option<Lifetime>,
    /// Providers in order.
    pub providers: &'p [String],
    /// What a lost answer means.
    pub on_doubt: OnDoubt,
}

/// The two ends of a message.
#[derive(Debug)]
pub enum Addressing<'p> {
    /// By mail.
    Email {
        /// The recipient.
        to: Address,
        /// Sender, envelope sender and reply address.
        sender: &'p EmailFor,
    },
    /// By text message.
    Sms {
        /// The recipient.
        to: Phone,
        /// The sender, where one is configured.
        from: Option<&'p str>,
        /// A text that would cost more is not sent.
        max_segments: Option<usize>,
        /// Settings of the provider for this text, by name; values may hold `{{…}}`.
        provider_settings: BTreeMap<&'p str, &'p str>,
    },
}

/// How long a code or link is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    /// When Clerk made it, where the event says so.
    pub born: Option<SystemTime>,
    /// `ttl_minutes`, else ten minutes (Clerk's own lifetime of codes and links).
    pub ttl: Duration,
}

impl Lifetime {
    /// The moment after which it is dead, given when the ledger saw it first.
    #[must_use]
    pub fn end(&self, first_seen: SystemTime) -> Option<SystemTime> {
        self.born.unwrap_or(first_seen).checked_add(self.ttl)
    }
}

impl Plan<'_> {
    /// Whether anybody is configured to take it, and somebody to send it.
    #[must_use]
    pub fn can_leave(&self) -> bool {
        let has_sender = match &self.addressing {
            Addressing::Email { sender, .. } => sender.from.is_some(),
            // A provider may have senders of its own.
            Addressing::Sms { .. } => true,
        };
        has_sender && !self.providers.is_empty()
    }

    /// Whom the message was for, in the form that two requests for the same one agree on: for the ledger's keyed hash.
    #[must_use]
    pub fn recipient(&self) -> String {
        match (&self.redirected_from, &self.addressing) {
            (Some(to), _) => to.to_lowercase(),
            (None, Addressing::Email { to, .. }) => to.to_string().to_lowercase(),
            (None, Addressing::Sms { to, .. }) => to.e164.clone(),
        }
    }
}

/// The same form of a recipient that somebody typed, an address or a number, so that the ledger finds messages to it.
#[must_use]
pub fn canonical(recipient: &str) -> String {
    match Phone::parse(recipient) {
        Ok(phone) if !recipient.contains('@') => phone.e164,
        _ => email::address(recipient)
            .map_or_else(|| recipient.trim().to_owned(), |to| to.to_string())
            .to_lowercase(),
    }
}

const CODE_LIFETIME: Duration = Duration::from_mins(10);

/// Decides. What `Skip`s comes first, so that a message that nobody wants sent is never an error.
#[must_use]
pub fn decide<'p>(event: &Created<'_>, policy: &'p Policy) -> Decision<'p> {
    if event.delivered_by_clerk {
        return Decision::Skip(Skip::DeliveredByClerk);
    }
    let Some(to) = event.to.as_deref() else {
        return Decision::Skip(Skip::NothingToSend);
    };
    let slug = event.slug.as_deref().unwrap_or_default();
    match event.channel {
        Channel::Email => {
            email(event, to, policy.email.by_slug.get(slug).unwrap_or(&policy.email.base), policy)
        }
        Channel::Sms => sms(event, to, policy.sms.by_slug.get(slug).unwrap_or(&policy.sms.base), policy),
    }
}

fn email<'p>(event: &Created<'_>, to: &str, sender: &'p EmailFor, policy: &'p Policy) -> Decision<'p> {
    let route = &sender.route;
    if !route.send {
        return Decision::Skip(Skip::SwitchedOff);
    }
    let Some(address) = email::address(to) else {
        return Decision::Reject(
            Reject::InvalidRecipient,
            Some("it is no mail address, or more than one".to_owned()),
        );
    };
    if policy.skip_test_recipients && is_test_address(&address) {
        return Decision::Skip(Skip::TestRecipient);
    }
    if !allowed(address.as_ref(), &route.allow_recipients) {
        return Decision::Skip(Skip::NotAllowed);
    }
    // A redirect that can't be read is a wall, not a hole: staging must not reach real people.
    let redirect = route.redirect_to.as_deref().map(|to| email::address(to).ok_or(()));
    let Ok(redirect) = redirect.transpose() else {
        return Decision::Reject(Reject::InvalidRecipient, Some("redirect_to is no mail address".to_owned()));
    };
    let redirected_from = redirect.is_some().then(|| address.to_string());
    Decision::Deliver(Box::new(Plan {
        addressing: Addressing::Email { to: redirect.unwrap_or(address), sender },
        redirected_from,
        lifetime: lifetime(event),
        providers: &route.providers,
        on_doubt: route.on_doubt,
    }))
}

fn sms<'p>(event: &Created<'_>, to: &str, sender: &'p SmsFor, policy: &'p Policy) -> Decision<'p> {
    let route = &sender.route;
    if !route.send {
        return Decision::Skip(Skip::SwitchedOff);
    }
    let phone = match Phone::parse(to) {
        Ok(phone) => phone,
        Err(error) => return Decision::Reject(Reject::InvalidRecipient, Some(format!("it {error}"))),
    };
    if policy.skip_test_recipients && phone.is_test() {
        return Decision::Skip(Skip::TestRecipient);
    }
    if !allowed(&phone.e164, &route.allow_recipients) {
        return Decision::Skip(Skip::NotAllowed);
    }
    // As for mail: a wall, not a hole.
    let redirect = route.redirect_to.as_deref().map(Phone::parse);
    let Ok(redirect) = redirect.transpose() else {
        return Decision::Reject(Reject::InvalidRecipient, Some("redirect_to is no phone number".to_owned()));
    };
    let redirected_from = redirect.is_some().then(|| phone.e164.clone());
    let to = redirect.unwrap_or(phone);
    let slug = event.slug.as_deref().unwrap_or_default();
    // Asked for a country only where there are rules for some.
    let holds = |rule: &&ByCountry| to.country().is_some_and(|country| rule.holds_for(country, slug));
    let country = policy.sms.by_country.iter().find(holds);
    if country.is_some_and(|rule| rule.block) {
        return Decision::Reject(Reject::BlockedCountry, None);
    }
    let from = country.and_then(|rule| rule.from.as_deref()).or(sender.from.as_deref());
    let max_segments = country.and_then(|rule| rule.max_segments).or(sender.max_segments);
    let provider_settings = sender
        .provider_settings
        .iter()
        .chain(country.map(|rule| &rule.provider_settings).into_iter().flatten());
    let provider_settings = provider_settings.map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let providers = country.and_then(|rule| rule.providers.as_deref()).unwrap_or(&route.providers);
    Decision::Deliver(Box::new(Plan {
        addressing: Addressing::Sms { to, from, max_segments, provider_settings },
        redirected_from,
        lifetime: lifetime(event),
        providers,
        on_doubt: route.on_doubt,
    }))
}

/// `…+clerk_test@…` (<https://clerk.com/docs/testing/test-emails-and-phones>).
fn is_test_address(address: &Address) -> bool {
    address.user().trim_matches('"').split('+').skip(1).any(|tag| tag.eq_ignore_ascii_case("clerk_test"))
}

fn allowed(to: &str, list: &[String]) -> bool {
    list.is_empty()
        || list.iter().any(|entry| match entry.strip_prefix('*') {
            Some(domain) => to.to_lowercase().ends_with(&domain.to_lowercase()),
            None => entry.eq_ignore_ascii_case(to),
        })
}

/// A message dies with the code or link in it. Slugs of codes count even where the code is in Clerk's text alone.
fn lifetime(event: &Created<'_>) -> Option<Lifetime> {
    let slug = event.slug.as_deref().unwrap_or_default();
    let mortal = event.variables.has("otp_code")
        || event.variables.has("magic_link")
        || matches!(slug, "verification_code" | "reset_password_code")
        || slug.starts_with("magic_link_");
    mortal.then(|| Lifetime {
        born: event.born,
        ttl: event.variables.get("ttl_minutes").and_then(|value| minutes(&value)).unwrap_or(CODE_LIFETIME),
    })
}

fn minutes(value: &Value) -> Option<Duration> {
    let minutes = value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())?;
    (1..=60 * 24 * 366).contains(&minutes).then(|| Duration::from_mins(minutes))
}
