//! What is configured about who gets what: `[email]` and `[sms]`, with what is different for single slugs and
//! countries. Everything is resolved: a slug's table is complete, with what it does not say taken from its channel.

use std::collections::BTreeMap;
use std::sync::Arc;

use lettre::{Address, message::Mailbox};

use crate::message::sms::Ending;

/// Who gets what, from whom, and through whom.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The name of the variant that it holds for; `None` for the messages of no variant.
    pub variant: Option<Arc<str>>,
    /// Whether messages to Clerk's test addresses and test numbers are skipped.
    pub skip_test_recipients: bool,
    /// `[email]` and its slugs.
    pub email: Email,
    /// `[sms]`, its slugs and its countries.
    pub sms: Sms,
}

/// `on_doubt`: what happens after a provider's answer was lost, so that it may or may not have taken the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDoubt {
    /// Send again: a duplicate is better than a code that never arrives. The default.
    Resend,
    /// Do not send again: a missing code is better than a duplicate.
    Stop,
}

/// The keys that `[email]` and `[sms]` have in common, resolved for one slug.
#[derive(Debug, Clone)]
pub struct Route {
    /// `false` where `send = false` switches the slug off. The default is `true`.
    pub send: bool,
    /// The names of the providers, in the order in which they are asked. Each of them exists and carries the channel.
    pub providers: Vec<String>,
    /// What happens after a provider's answer was lost.
    pub on_doubt: OnDoubt,
    /// The address or number that gets every message, for a staging system; `None`: the real recipient gets it.
    pub redirect_to: Option<String>,
    /// The recipients that a staging system may write to: an address, a number, or `*@domain`. Empty: everybody.
    pub allow_recipients: Vec<String>,
}

impl Default for Route {
    fn default() -> Self {
        Self {
            send: true,
            providers: Vec::new(),
            on_doubt: OnDoubt::Resend,
            redirect_to: None,
            allow_recipients: Vec::new(),
        }
    }
}

/// `[email]`: how mails are sent.
#[derive(Debug, Clone)]
pub struct Email {
    /// For every slug that has no table of its own.
    pub base: EmailFor,
    /// `[email.by_slug.<slug>]`, by slug. Each is complete: it holds the values of `base` that its table does not set.
    pub by_slug: BTreeMap<String, EmailFor>,
}

/// How the mails of one slug are sent.
#[derive(Debug, Clone, Default)]
pub struct EmailFor {
    /// The keys that mail and SMS have in common.
    pub route: Route,
    /// The `From` header; `None` where none is configured. Then nothing is sent, and the answer's reason is `no_provider`.
    pub from: Option<Sender>,
    /// The sender of the envelope (`MAIL FROM`, RFC 5321); `None`: the address of `from`.
    pub envelope_from: Option<Address>,
    /// The `Reply-To` header; `None`: the event's `reply_to_email_name` at the domain of `from`.
    pub reply_to: Option<Mailbox>,
    /// Headers that these mails have besides those of every mail, by their names. A value may hold `{{…}}`.
    pub headers: BTreeMap<String, String>,
    /// `code_in_subject = false`: subject and preview say no code, since a locked screen shows them.
    pub hides_code: bool,
    /// `show_ip = true`: security notices say which IP address asked for the change.
    pub shows_ip: bool,
    /// The domain on whose pages the code is to be filled in: the last line of a mail with a code is `@domain #code`.
    pub webotp_domain: Option<String>,
    /// Settings of providers that these mails override, by the setting's name. A value may hold `{{…}}`.
    pub provider_settings: BTreeMap<String, String>,
}

/// A `From` header, which may hold `{{…}}` outside its domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sender {
    /// The same for every message.
    Fixed(Mailbox),
    /// Rendered for each message.
    Template {
        /// Template of the display name; may be empty.
        name: String,
        /// Template of the part before the `@`.
        local: String,
        /// The domain. It is literal, so that no event can choose a domain that the mail is not signed for.
        domain: String,
    },
}

/// `[sms]`: how SMS are sent.
#[derive(Debug, Clone)]
pub struct Sms {
    /// For every slug that has no table of its own.
    pub base: SmsFor,
    /// `[sms.by_slug.<slug>]`, by slug. Each is complete, as those of mail are.
    pub by_slug: BTreeMap<String, SmsFor>,
    /// The last line of an SMS with a code: `webotp_domain` or `android_app_hash`; `None`: no such line.
    pub ending: Option<Ending>,
    /// `[[sms.by_country]]`. The first entry that covers the country of the recipient's number, and the slug, wins over
    /// `base` and `by_slug`.
    pub by_country: Vec<ByCountry>,
}

/// How the SMS of one slug are sent.
#[derive(Debug, Clone, Default)]
pub struct SmsFor {
    /// The keys that mail and SMS have in common.
    pub route: Route,
    /// The sender: a number, a short code, or a name; `None`: the provider's account decides.
    pub from: Option<String>,
    /// How many segments an SMS may have; a longer one is not sent. `None`: no limit.
    pub max_segments: Option<usize>,
    /// Settings of providers that these SMS override, by the setting's name. A value may hold `{{…}}`.
    pub provider_settings: BTreeMap<String, String>,
}

/// `[[sms.by_country]]`: what is different for some countries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ByCountry {
    /// The countries (ISO 3166-1 alpha-2, upper case); never empty.
    pub countries: Vec<String>,
    /// The slugs that the entry is about; empty: every slug.
    pub slugs: Vec<String>,
    /// The sender, in place of the slug's or the channel's; `None`: unchanged.
    pub from: Option<String>,
    /// The providers, in place of the slug's or the channel's; `None`: unchanged. Each exists and carries SMS.
    pub providers: Option<Vec<String>>,
    /// How many segments an SMS may have; `None`: unchanged.
    pub max_segments: Option<usize>,
    /// Settings of providers that these SMS override, added to the slug's or the channel's, and winning over them.
    pub provider_settings: BTreeMap<String, String>,
    /// `action = "block"`: nothing is sent to these countries.
    pub block: bool,
}

impl Sms {
    /// The countries whose networks take no names as senders, but would get one: `[sms]` or one of its slugs sends from a
    /// name, and no `[[sms.by_country]]` for all slugs says otherwise.
    #[must_use]
    pub fn countries_without_sender(&self) -> Vec<&'static str> {
        let has_name = |sms: &SmsFor| {
            sms.route.send && !sms.route.providers.is_empty() && sms.from.as_deref().is_some_and(is_name)
        };
        if !std::iter::once(&self.base).chain(self.by_slug.values()).any(has_name) {
            return Vec::new();
        }
        let is_settled = |country: &str| {
            let rule =
                self.by_country.iter().filter(|rule| rule.slugs.is_empty()).find(|rule| rule.covers(country));
            rule.is_some_and(|rule| rule.block || rule.from.is_some())
        };
        WITHOUT_NAMES.into_iter().filter(|country| !is_settled(country)).collect()
    }
}

impl ByCountry {
    fn covers(&self, country: &str) -> bool {
        self.countries.iter().any(|listed| listed == country)
    }

    /// Whether the entry is about SMS of `slug` to `country` (ISO 3166-1 alpha-2).
    #[must_use]
    pub fn holds_for(&self, country: &str, slug: &str) -> bool {
        self.covers(country) && self.speaks_of(slug)
    }

    /// Whether the entry is about SMS of `slug`, to whichever countries.
    #[must_use]
    pub fn speaks_of(&self, slug: &str) -> bool {
        self.slugs.is_empty() || self.slugs.iter().any(|listed| listed == slug)
    }

    /// A country of the entry whose networks take no names, where the entry's sender is a name.
    #[must_use]
    pub fn country_that_refuses_name(&self) -> Option<&str> {
        self.from.as_deref().filter(|from| is_name(from))?;
        self.countries.iter().map(String::as_str).find(|country| WITHOUT_NAMES.contains(country))
    }
}

/// Part of `+1`, where names are not carried. Most of the islands that share `+1` do carry names.
const WITHOUT_NAMES: [&str; 3] = ["US", "CA", "PR"];

/// An alphanumeric sender, as opposed to a number or a short code.
fn is_name(sender: &str) -> bool {
    sender.contains(|c: char| c.is_ascii_alphabetic())
}
