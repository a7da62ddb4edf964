//! Configuration.
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use crate::secret::Secret;
use lettre::{Address, message::Mailbox};

/// Everything that `config.toml` says, resolved: defaults filled in, variables read, all values checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// `[server]`
    pub server: Server,
    /// `[clerk]`
    pub clerk: Clerk,
    /// `[brand]`
    pub brand: Brand,
    /// `[templates]`
    pub templates: TemplatesSection,
    /// `[email]`
    pub email: Email,
    /// `[sms]`
    pub sms: Sms,
    /// `[providers.…]`, by name.
    pub providers: BTreeMap<String, Provider>,
    /// `[ledger]`
    pub ledger: crate::ledger::Settings,
}

/// `[server]`
#[derive(Debug, Clone)]
pub struct Server {
    /// Where webhooks arrive.
    pub listen: SocketAddr,
    /// Metrics; `None` turns it off.
    pub admin_listen: Option<SocketAddr>,
    /// Every request is answered by then.
    pub request_deadline: Duration,
    /// Requests at a time; more are answered `overloaded`.
    pub max_in_flight: usize,
    /// From SIGTERM to exit, at most.
    pub drain_timeout: Duration,
    /// Threads that serve.
    pub workers: usize,
}

/// `[clerk]`
#[derive(Debug, Clone)]
pub struct Clerk {
    /// Path of the webhook.
    pub path: String,
    /// Any of them may have signed. Never empty, each known to be base64.
    pub signing_secrets: Vec<Secret>,
    /// Do not send to Clerk's test addresses and numbers.
    pub skip_test_recipients: bool,
}

/// `[brand]`: what is set here wins over what the event says of the app.
#[derive(Debug, Clone, Default)]
pub struct Brand {
    /// Application name.
    pub name: Option<String>,
    /// https URL of the logo.
    pub logo_url: Option<String>,
    /// https URL of the application.
    pub url: Option<String>,
    /// `#rrggbb`
    pub primary_color: Option<String>,
    /// `#rrggbb`
    pub button_text_color: Option<String>,
    /// Where people get help.
    pub support_email: Option<String>,
    /// The last line of every mail.
    pub footer: Option<String>,
}

/// `[templates]`
#[derive(Debug, Clone)]
pub struct TemplatesSection {
    /// Overrides of the built-ins; need not exist.
    pub dir: PathBuf,
    /// BCP 47.
    pub default_locale: String,
    /// Paths among the variables that may hold the reader's locale.
    pub locale_from: Vec<String>,
    /// What happens when a template fails at send time.
    pub on_error: OnError,
}

/// `[templates] on_error`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnError {
    /// Clerk's own rendering goes out.
    Clerk,
    /// 503.
    Fail,
}

/// `on_doubt`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDoubt {
    /// Rather two than none.
    Resend,
    /// Rather none than two.
    Stop,
}

/// What both channels have, resolved for one slug.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// `send = false` switches a slug off.
    pub send: bool,
    /// Names of providers, in order; each is known to exist and to fit the channel.
    pub providers: Vec<String>,
    /// What a lost answer means.
    pub on_doubt: OnDoubt,
    /// Staging: everything goes here.
    pub redirect_to: Option<String>,
    /// Staging: others are skipped; empty: no such list. Entries: an address or number, or `*@domain`.
    pub allow_recipients: Vec<String>,
}

/// `[email]`
#[derive(Debug, Clone)]
pub struct Email {
    /// For every slug without a table of its own.
    pub base: EmailFor,
    /// `[email.by_slug.…]`: complete, with what they don't say taken from `base`.
    pub by_slug: BTreeMap<String, EmailFor>,
}

/// How mails of one slug are sent.
#[derive(Debug, Clone)]
pub struct EmailFor {
    /// What both channels have.
    pub delivery: Delivery,
    /// The `From` header; `None`: not configured (then nothing is sent: `no_provider`).
    pub from: Option<From>,
    /// `MAIL FROM`; `None`: the address of `from`.
    pub envelope_from: Option<Address>,
    /// `Reply-To`; `None`: the event's `reply_to_email_name` at the domain of `from`.
    pub reply_to: Option<Mailbox>,
}

/// A `From` that may hold `{{…}}` outside its domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    /// As it stands.
    Fixed(Mailbox),
    /// Rendered for each message; the domain is literal.
    Template {
        /// Display name template, may be empty.
        name: String,
        /// Local part template.
        local: String,
        /// Domain.
        domain: String,
    },
}

/// `[sms]`
#[derive(Debug, Clone)]
pub struct Sms {
    /// For every slug without a table of its own.
    pub base: SmsFor,
    /// `[sms.by_slug.…]`
    pub by_slug: BTreeMap<String, SmsFor>,
}

/// How texts of one slug are sent.
#[derive(Debug, Clone)]
pub struct SmsFor {
    /// What both channels have.
    pub delivery: Delivery,
    /// Number, short code or alphanumeric sender.
    pub from: Option<String>,
}

/// `[providers.…]`
#[derive(Debug, Clone)]
pub enum Provider {
    /// `type = "smtp"`
    Smtp(crate::delivery::smtp::Settings),
    /// `type = "twilio"`
    Twilio(Twilio),
    /// `type = "outbox"`: files in a directory.
    Outbox(PathBuf),
}

/// `type = "twilio"`
#[derive(Debug, Clone)]
pub struct Twilio {
    /// `AC…`
    pub account_sid: String,
    /// User name of the request: `SK…` for an API key, else the account's SID.
    pub user: String,
    /// Auth token, or the API key's secret.
    pub password: Secret,
    /// `MG…`, in place of `from`.
    pub messaging_service_sid: Option<String>,
    /// Without a trailing slash.
    pub base_url: String,
    /// For one attempt.
    pub attempt_timeout: Duration,
}
