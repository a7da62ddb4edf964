//! Configuration: `config.toml`, read once at start. It is resolved completely (defaults, variables, inheritance)
//! and proven before anything is opened; all mistakes come at once, each with its line and what is allowed. What is
//! read here is plain data: `app` alone turns it into running parts.

mod channel;
mod definition;
mod dkim;
mod environment;
mod mistake;
mod oauth2;
mod preset;
mod provider;
mod proxy;
mod reader;
mod rule;
mod sections;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::de::DeTable;

pub use definition::{built_in as built_in_definitions, parse as parse_definition};
pub use environment::Env;
pub use mistake::{Mistake, Mistakes};
pub use preset::{Preset, presets};

use crate::compose::OnError;
use crate::decision::policy::{Email, Sender, Sms};
use crate::delivery::proxy::Proxies;
use crate::delivery::settings::Provider;
use crate::limits;
use crate::message::dkim::Signers;
use crate::secret::Secret;
use crate::template::Brand;
use reader::{Source, Table};

/// `config.example.toml`: every key with its default. What `init` writes.
pub const EXAMPLE: &str = include_str!("../config.example.toml");

/// The variable `name` of this process. The only place that reads its environment.
#[must_use]
pub fn process_env(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "the environment is read here and handed on as a function")]
    std::env::var(name).ok()
}

/// How much of a file counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// All of it.
    Serve,
    /// What the playground shares with production: not where it listens, what it remembers, who it sends through.
    Playground,
}

impl Config {
    /// Reads `file`. Variables come from `env`; relative paths start at the file's directory.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn load(file: &Path, env: Env<'_>) -> Result<Self, Mistakes> {
        let text = std::fs::read_to_string(file).map_err(|error| Mistakes::unreadable(file, &error))?;
        Self::parse(&text, file, env)
    }

    /// The same for a text that was read already; `file` is for messages and relative paths.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn parse(text: &str, file: &Path, env: Env<'_>) -> Result<Self, Mistakes> {
        read(text, file, env, |root| Self::walk(root, Scope::Serve))
    }

    /// For the playground: brand, templates, languages and senders. `[server]`, `[ledger]`, `[providers]` and the
    /// lists of providers are not looked at (so their variables need not be set) and have their defaults, that is:
    /// no channel has a provider yet. `signing_secrets` may be missing, and its unset variables mean none.
    ///
    /// # Errors
    /// All that is wrong with the rest.
    pub fn parse_without_providers(text: &str, file: &Path, env: Env<'_>) -> Result<Self, Mistakes> {
        read(text, file, env, |root| Self::walk(root, Scope::Playground))
    }

    /// `[ledger]` of `file` alone, for whoever only looks up what became of a message: no other variable need be set.
    ///
    /// # Errors
    /// The file can't be read, is no TOML, or has a mistake in that section.
    pub fn load_ledger(file: &Path, env: Env<'_>) -> Result<crate::ledger::Settings, Mistakes> {
        let text = std::fs::read_to_string(file).map_err(|error| Mistakes::unreadable(file, &error))?;
        read(&text, file, env, |root| sections::ledger(root.table("ledger")))
    }

    fn walk(root: Table<'_>, scope: Scope) -> Self {
        // What is out of scope is read as if it were missing.
        let scoped = |key| if scope == Scope::Serve { root.table(key) } else { root.without(key) };
        let server = sections::server(scoped("server"));
        let clerk = sections::clerk(root.table("clerk"), scope);
        let brand = sections::brand(root.table("brand"));
        let templates = sections::templates(root.table("templates"));
        let providers = provider::providers(&scoped("providers").private());
        let known = (scope == Scope::Serve).then_some(&providers);
        let email = channel::email(root.table("email"), known);
        root.skip("dkim");
        let keys = if scope == Scope::Serve { root.array_of_tables("dkim") } else { Vec::new() };
        let dkim = dkim::dkim(keys);
        let (sms, limits) = channel::sms(root.table("sms"), known);
        let ledger = sections::ledger(scoped("ledger"));
        root.finish();
        let helo = default_helo(&email);
        let proxies = providers.proxies;
        let providers = providers.ready.into_iter().map(|(name, provider)| (name, greeting(provider, &helo)));
        Self {
            server,
            clerk,
            brand,
            templates,
            email,
            dkim,
            sms,
            limits,
            providers: providers.collect(),
            proxies,
            ledger,
        }
    }
}

/// What `walk` makes of the text, unless it is no TOML or `walk` reports a mistake.
fn read<T>(text: &str, file: &Path, env: Env<'_>, walk: impl FnOnce(Table<'_>) -> T) -> Result<T, Mistakes> {
    let source = Source::new(text, file, env);
    let (tree, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        report_syntax(&source, &errors);
        return Err(Mistakes::new(file, source.into_mistakes()));
    }
    let made = walk(Table::root(&source, tree.get_ref()));
    let mistakes = source.into_mistakes();
    if mistakes.is_empty() { Ok(made) } else { Err(Mistakes::new(file, mistakes)) }
}

/// `Error`'s own `Display` would show the line, and the line may hold a password. What follows the first few errors
/// is mostly their echo.
fn report_syntax(source: &Source<'_>, errors: &[toml::de::Error]) {
    for error in errors.iter().take(3) {
        let at = error.span().map(|span| span.start);
        source.report(at, "", format!("is no TOML here: {}", error.message()), "");
    }
}

/// The domain of `email.from` as DNS knows it.
fn default_helo(email: &Email) -> String {
    let domain = match &email.base.from {
        Some(Sender::Fixed(mailbox)) => mailbox.email.domain(),
        Some(Sender::Template { domain, .. }) => domain,
        None => "localhost",
    };
    rule::helo(domain).unwrap_or_else(|_| "localhost".to_owned())
}

/// Greets with `helo` where nothing else was configured.
fn greeting(mut provider: Provider, helo: &str) -> Provider {
    if let Provider::Smtp(settings) = &mut provider
        && settings.helo.is_empty()
    {
        helo.clone_into(&mut settings.helo);
    }
    provider
}

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
    /// `[[dkim]]`: who signs mail.
    pub dkim: Signers,
    /// `[sms]`
    pub sms: Sms,
    /// `[sms.limits]`, and `per_country` of `[[sms.by_country]]`.
    pub limits: limits::Settings,
    /// `[providers.…]`, by name.
    pub providers: BTreeMap<String, Provider>,
    /// What the providers' APIs are reached through, by the environment; each has it among its settings.
    pub proxies: Proxies,
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
    /// Any of them may have signed. Each known to be base64 behind an optional `whsec_`; empty only in the playground.
    pub signing_secrets: Vec<Secret>,
    /// Do not send to Clerk's test addresses and numbers.
    pub skip_test_recipients: bool,
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
    /// Mails in Clerk's words, for slugs without a template, get the layout of the others.
    pub clerk_in_layout: bool,
    /// What happens when a template fails at send time.
    pub on_error: OnError,
}
