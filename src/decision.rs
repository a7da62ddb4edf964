//! Decides whether a message is sent, to whom, from whom and until when. A pure function: an event and the policy go in, a
//! decision comes out.

pub mod policy;
#[cfg(test)]
mod tests;
pub mod variant;

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use lettre::Address;
use serde_json::Value;

use crate::event::Created;
use crate::message::{Channel, Phone, email};
use crate::outcome::{Reject, Skip};
pub use policy::Policy;
use policy::{ByCountry, EmailFor, OnDoubt, SmsFor};

/// What to do with the message of an event.
#[derive(Debug)]
pub enum Decision<'p> {
    /// The message is not meant to be sent from here. This is answered with 200.
    Skip(Skip),
    /// The message can never be sent. The text says what is wrong with the recipient, without repeating it; `None` where the
    /// reason says it all.
    Reject(Reject, Option<String>),
    /// The message is sent as planned.
    Deliver(Box<Plan<'p>>),
}

/// How one message is sent.
#[derive(Debug)]
pub struct Plan<'p> {
    /// The recipient and the sender.
    pub addressing: Addressing<'p>,
    /// The true recipient, where `redirect_to` sends the message elsewhere; else `None`.
    pub redirected_from: Option<String>,
    /// How long the code or link inside is valid; `None` for a message without a code or link.
    pub lifetime: Option<Lifetime>,
    /// The names of the providers, in the order in which they are asked.
    pub providers: &'p [String],
    /// Whether the message is sent again after a provider's answer was lost.
    pub on_doubt: OnDoubt,
    /// The name of the variant that the message belongs to; `None` if to none.
    pub variant: Option<&'p str>,
}

/// The recipient and the sender of a message, by its channel.
#[derive(Debug)]
pub enum Addressing<'p> {
    /// The two ends of a mail.
    Email {
        /// The address that the mail goes to, which is `redirect_to` where that is set.
        to: Address,
        /// What is configured about the sender, the envelope's sender and the reply address.
        sender: &'p EmailFor,
    },
    /// The two ends of an SMS.
    Sms {
        /// The number that the SMS goes to, which is `redirect_to` where that is set.
        to: Phone,
        /// The sender; `None` where none is configured, so that the provider chooses it.
        from: Option<&'p str>,
        /// The most segments that the SMS may take; a longer one is not sent. `None`: any number.
        max_segments: Option<usize>,
        /// Provider settings that this SMS overrides, by name. The values may hold `{{…}}`.
        provider_settings: BTreeMap<&'p str, &'p str>,
    },
}

/// How long a code or link is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    /// When Clerk made it; `None` where the event names no time that can be right.
    pub born: Option<SystemTime>,
    /// How long it is valid from then on: the event's `ttl_minutes`, or else ten minutes, how long Clerk's codes and links
    /// are valid.
    pub ttl: Duration,
}

impl Lifetime {
    /// The moment after which it is no longer valid. Where the event names no time, it counts from `first_seen`, when the
    /// ledger first saw the message. `None` for a time beyond what the system can hold.
    #[must_use]
    pub fn end(&self, first_seen: SystemTime) -> Option<SystemTime> {
        self.born.unwrap_or(first_seen).checked_add(self.ttl)
    }
}

impl Plan<'_> {
    /// Whether the message has at least one provider, and a sender where it needs one.
    #[must_use]
    pub fn can_leave(&self) -> bool {
        let has_sender = match &self.addressing {
            Addressing::Email { sender, .. } => sender.from.is_some(),
            // SMS providers may choose the sender themselves.
            Addressing::Sms { .. } => true,
        };
        has_sender && !self.providers.is_empty()
    }

    /// The true recipient, in the form that the ledger hashes: the same for two messages to the same recipient, however
    /// their addresses were written.
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

/// Decides what to do with the message of `event`.
///
/// Reasons to skip are looked at before reasons to reject, so that a message which is not meant to be sent is never an
/// error.
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
            Some("it is not an email address, or it contains more than one".to_owned()),
        );
    };
    if policy.skip_test_recipients && is_test_address(&address) {
        return Decision::Skip(Skip::TestRecipient);
    }
    if !allowed(address.as_ref(), &route.allow_recipients) {
        return Decision::Skip(Skip::NotAllowed);
    }
    // A redirect that can't be read rejects the message. Ignoring it would let staging reach real people.
    let redirect = route.redirect_to.as_deref().map(|to| email::address(to).ok_or(()));
    let Ok(redirect) = redirect.transpose() else {
        return Decision::Reject(
            Reject::InvalidRecipient,
            Some("redirect_to is not an email address".to_owned()),
        );
    };
    let redirected_from = redirect.is_some().then(|| address.to_string());
    Decision::Deliver(Box::new(Plan {
        addressing: Addressing::Email { to: redirect.unwrap_or(address), sender },
        redirected_from,
        lifetime: lifetime(event),
        providers: &route.providers,
        on_doubt: route.on_doubt,
        variant: policy.variant.as_deref(),
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
    // As for mail, a redirect that can't be read must not let the SMS through.
    let redirect = route.redirect_to.as_deref().map(Phone::parse);
    let Ok(redirect) = redirect.transpose() else {
        return Decision::Reject(
            Reject::InvalidRecipient,
            Some("redirect_to is not a phone number".to_owned()),
        );
    };
    let redirected_from = redirect.is_some().then(|| phone.e164.clone());
    let to = redirect.unwrap_or(phone);
    let slug = event.slug.as_deref().unwrap_or_default();
    // A closure, since finding the country of some numbers needs the metadata: without rules it is never called.
    let holds = |rule: &&ByCountry| to.country().is_some_and(|country| rule.holds_for(country, slug));
    let country = policy.sms.by_country.iter().find(holds);
    if country.is_some_and(|rule| rule.block) {
        return Decision::Reject(Reject::BlockedCountry, None);
    }
    let from = country.and_then(|rule| rule.from.as_deref()).or(sender.from.as_deref());
    let max_segments = country.and_then(|rule| rule.max_segments).or(sender.max_segments);
    let provider_settings = provider_settings(sender, country);
    let providers = country.and_then(|rule| rule.providers.as_deref()).unwrap_or(&route.providers);
    Decision::Deliver(Box::new(Plan {
        addressing: Addressing::Sms { to, from, max_segments, provider_settings },
        redirected_from,
        lifetime: lifetime(event),
        providers,
        on_doubt: route.on_doubt,
        variant: policy.variant.as_deref(),
    }))
}

/// The provider settings that an SMS overrides: those of its slug or channel, and over them those of its country.
fn provider_settings<'p>(sender: &'p SmsFor, country: Option<&'p ByCountry>) -> BTreeMap<&'p str, &'p str> {
    let of_country = country.map(|rule| &rule.provider_settings).into_iter().flatten();
    let settings = sender.provider_settings.iter().chain(of_country);
    settings.map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// Whether this is one of Clerk's test addresses, `…+clerk_test@…`
/// (<https://clerk.com/docs/testing/test-emails-and-phones>).
fn is_test_address(address: &Address) -> bool {
    address.user().trim_matches('"').split('+').skip(1).any(|tag| tag.eq_ignore_ascii_case("clerk_test"))
}

/// Whether a list of addresses, numbers and `*@domain` entries allows the recipient. An empty list allows everybody.
fn allowed(to: &str, list: &[String]) -> bool {
    list.is_empty()
        || list.iter().any(|entry| match entry.strip_prefix('*') {
            Some(domain) => to.to_lowercase().ends_with(&domain.to_lowercase()),
            None => entry.eq_ignore_ascii_case(to),
        })
}

/// How long the message is worth sending; `None` for a message without a code or link.
///
/// The slugs of codes and links count even where the event has no such variable: the code may be in Clerk's text alone.
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

/// A positive number of minutes, up to a year; `None` for any other value.
fn minutes(value: &Value) -> Option<Duration> {
    let minutes = value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())?;
    (1..=60 * 24 * 366).contains(&minutes).then(|| Duration::from_mins(minutes))
}
