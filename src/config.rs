//! Configuration: `config.toml` and the variables that say more, read once at the start. It is resolved completely (defaults, environment variables,
//! inheritance) and checked before anything is opened. All mistakes are reported at once, each with its line and with what
//! is allowed. The result is plain data: only `app` turns it into running parts.

mod api;
mod backend;
mod channel;
mod definition;
mod dkim;
mod document;
mod environment;
mod layer;
mod mistake;
mod oauth2;
mod overlay;
mod preset;
mod process;
mod provider;
mod proxy;
mod reader;
mod rule;
mod scalar;
mod sections;
mod shorthand;
mod smtp;
mod source;
#[cfg(test)]
mod tests;
mod traces;
mod unknown;
mod variant;

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::Path;

pub use backend::Backend;
pub use definition::{built_in as built_in_definitions, parse as parse_definition};
pub use environment::Env;
pub use mistake::{Mistake, Mistakes};
pub use preset::{Preset, presets};
pub use process::{Process, Variables, add_env_file, process_env};
pub use sections::{Clerk, Server, TemplatesSection};
pub use source::Origin;

use crate::decision::policy::{Email, Sender, Sms};
use crate::decision::variant::When;
use crate::delivery::proxy::Proxies;
use crate::delivery::settings::Provider;
use crate::limits;
use crate::message::dkim::Signers;
use crate::secret::Secret;
use crate::telemetry::traces::settings::Settings as Traces;
use crate::template::Brand;
use document::{Document, Read, read_document};
use provider::Providers;
use reader::Table;
use sections::Scope;
use variant::Head;

/// The text of `config.example.toml`, which shows every key with its default. `init` writes it.
pub const EXAMPLE: &str = include_str!("../config.example.toml");

/// Everything that `config.toml` says, resolved: defaults filled in, variables read, all values checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// `[server]`: where the service listens, and how much it takes on.
    pub server: Server,
    /// `[clerk]`: the webhook endpoint.
    pub clerk: Clerk,
    /// `[brand]`: the application's name, logo and colours, in place of those that each event brings.
    pub brand: Brand,
    /// `[templates]`: where templates are, and which language they are rendered in.
    pub templates: TemplatesSection,
    /// `[email]`: from whom and through whom mails are sent, with what is different for single slugs.
    pub email: Email,
    /// `[[dkim]]`: the keys that sign mail, by domain. Without a key, mail is not signed here.
    pub dkim: Signers,
    /// `[sms]`: the same as `email` for SMS, with what is different for single countries.
    pub sms: Sms,
    /// `[sms.limits]`, and the `per_country` of each `[[sms.by_country]]`: how many SMS may be sent.
    pub limits: limits::Settings,
    /// `[providers.<name>]`, by name. Those that no channel names are here too: `send --provider` can use them.
    pub providers: BTreeMap<String, Provider>,
    /// The HTTP proxies that the environment names; none if nothing is asked over HTTP. Each provider's settings hold a copy.
    pub proxies: Proxies,
    /// `[ledger]`: where it is recorded what happened to messages, and for how long.
    pub ledger: crate::ledger::Settings,
    /// The keys that variables set, in the order of the keys.
    pub origins: Vec<Origin>,
    /// What is not a mistake, and most likely not meant: whole sentences, each with its key.
    pub warnings: Vec<String>,
    /// Where traces go, by OpenTelemetry's variables; `None` without an endpoint, and for the playground.
    pub traces: Option<Traces>,
    /// `[[variant]]`, in the order of the file: the first whose conditions an event meets wins.
    pub variants: Vec<Variant>,
}

/// One `[[variant]]`: what differs for one instance of Clerk, or for one brand.
#[derive(Debug, Clone)]
pub struct Variant {
    /// Its name, which no other variant has.
    pub name: String,
    /// Which events it is for.
    pub when: When,
    /// The secrets that alone sign the events of its instance, where the variant is a whole instance; else empty. The playground
    /// leaves out those whose variables are not set.
    pub own_secrets: Vec<Secret>,
    /// The whole configuration as it holds for these events: the variant's sections laid over those of the file, and in
    /// `[clerk]` the secrets and the secret key of its instance. It has no variants itself.
    pub config: Config,
    /// Whether its SMS count by themselves, since it has limits of its own; else they count with all others.
    pub counts_apart: bool,
}

impl Variant {
    /// Whether it is a whole instance with a secret key of its own, with which Clerk is asked for its users' languages.
    #[must_use]
    pub fn has_own_key(&self) -> bool {
        self.when.instance_alone().is_some() && self.config.clerk.backend.secret_key.is_some()
    }
}

/// Fills in every `${NAME}` and `${file:/path}` of an argument, as in the strings of a configuration.
///
/// # Errors
///
/// What can't be filled in, and what to write, in words.
pub fn fill_in(text: &str, env: Env<'_>) -> Result<String, String> {
    environment::expand(text, env, Path::new(""))
        .map(|expanded| expanded.text)
        .map_err(|error| error.to_string())
}

/// Where a running service is reached, as `trigger` reaches it.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// The address that the service listens at.
    pub listen: SocketAddr,
    /// The path that Clerk's events are posted to.
    pub path: String,
    /// The secrets that may sign an event; those whose variables are not set are left out.
    pub signing_secrets: Vec<Secret>,
    /// The variants, of which nothing but this is read.
    pub variants: Vec<EndpointVariant>,
}

/// A variant, as far as `trigger` has to know it.
#[derive(Debug, Clone)]
pub struct EndpointVariant {
    /// Its name, by which `--variant` asks for it.
    pub name: String,
    /// Which events it is for.
    pub when: When,
    /// The secrets that alone sign the events of its instance, without those whose variables are not set; empty where those of
    /// `[clerk]` sign them.
    pub secrets: Vec<Secret>,
}

/// The file that is read if no other is named. It may be missing where variables say everything.
pub const DEFAULT_FILE: &str = "config.toml";

impl Config {
    /// Reads `file`, with the variables of `env` that set keys. Relative paths start at the file's directory. If there is no
    /// [`DEFAULT_FILE`], the variables may say everything.
    ///
    /// # Errors
    /// All mistakes of the file and the variables, or the only one that the file can't be read.
    pub fn load(file: &Path, env: Env<'_>) -> Result<Self, Mistakes> {
        Self::load_by(file, env, |root| Self::walk(root, Scope::Serve)).map(Self::completed)
    }

    /// As [`Self::load`], for a text that was read already. `file` is named in mistakes, and relative paths start at its
    /// directory.
    ///
    /// # Errors
    /// All mistakes of the text and the variables.
    pub fn parse(text: &str, file: &Path, env: Env<'_>) -> Result<Self, Mistakes> {
        Self::parse_by(text, file, env, |root| Self::walk(root, Scope::Serve)).map(Self::completed)
    }

    /// Reads only what the playground needs: the brand, the templates, the languages and the senders. There need not be a
    /// file.
    ///
    /// `[server]`, `[ledger]`, `[[dkim]]`, `[providers]` and the lists of providers are not looked at, so that their
    /// variables need not be set. They get their defaults: no channel has a provider yet. `signing_secrets` may be missing,
    /// and a secret whose variable is not set is left out.
    ///
    /// # Errors
    /// All mistakes of the sections that are read.
    pub fn parse_without_providers(text: &str, file: &Path, env: Env<'_>) -> Result<Self, Mistakes> {
        Self::parse_by(text, file, env, |root| Self::walk(root, Scope::Playground)).map(Self::completed)
    }

    /// As [`Self::parse_without_providers`], of a file that need not exist.
    ///
    /// # Errors
    /// All mistakes of the sections that are read, or the only one that the file can't be read.
    pub fn load_without_providers(file: &Path, env: Env<'_>) -> Result<Self, Mistakes> {
        Self::parse_without_providers(&text_of(file)?, file, env)
    }

    /// Reads nothing but `[ledger]` of `file`, for commands that only look up what happened to messages. The variables of the
    /// other sections need not be set.
    ///
    /// # Errors
    /// The file can't be read, is not valid TOML, or has mistakes in that section.
    pub fn load_ledger(file: &Path, env: Env<'_>) -> Result<crate::ledger::Settings, Mistakes> {
        Self::load_by(file, env, |root| sections::ledger(root.table("ledger"))).map(|read| read.made)
    }

    /// Reads where the service of `file` is reached, and nothing else. There need not be a file.
    ///
    /// # Errors
    /// The file can't be read, is not valid TOML, or has mistakes in `[server]` or `[clerk]`.
    pub fn load_endpoint(file: &Path, env: Env<'_>) -> Result<Endpoint, Mistakes> {
        let read = Self::parse_by(&text_of(file)?, file, env, |root| {
            let listen = sections::server(root.table("server"), Scope::Serve).listen;
            let clerk = sections::clerk(root.table("clerk"), Scope::Playground);
            let heads = variant::heads(&root, &clerk, Scope::Playground);
            let variants = heads.iter().map(|Head { name, when, .. }| EndpointVariant {
                name: name.clone(),
                when: when.clone(),
                secrets: variant::whole(when, &heads)
                    .map(|whole| whole.signing_secrets.clone())
                    .unwrap_or_default(),
            });
            let variants = variants.collect();
            Endpoint { listen, path: clerk.path, signing_secrets: clerk.signing_secrets, variants }
        });
        read.map(|read| read.made)
    }

    /// Reads `file`, or the variables alone.
    fn load_by<T>(file: &Path, env: Env<'_>, walk: impl FnOnce(Table<'_>) -> T) -> Result<Read<T>, Mistakes> {
        match std::fs::read_to_string(file) {
            Ok(text) => Self::parse_by(&text, file, env, walk),
            // A file that somebody named has to be there: reading another configuration in its place would hide that.
            Err(error) if error.kind() == ErrorKind::NotFound && file == Path::new(DEFAULT_FILE) => {
                let said = shorthand::read(env, overlay::variables(env));
                if !said.sends {
                    return Err(Mistakes::nothing_said(file));
                }
                let (variables, faults) = (said.variables, said.faults);
                let document = Document {
                    text: "",
                    file,
                    name_of: Some(shorthand::name_of),
                    variables: &variables,
                    faults,
                };
                read_document(document, env, walk)
            }
            Err(error) => Err(Mistakes::unreadable(file, &error)),
        }
    }

    /// Reads the text of a file, and the variables that set keys.
    fn parse_by<T>(
        text: &str,
        file: &Path,
        env: Env<'_>,
        walk: impl FnOnce(Table<'_>) -> T,
    ) -> Result<Read<T>, Mistakes> {
        let variables = overlay::variables(env);
        let document = Document { text, file, name_of: None, variables: &variables, faults: Vec::new() };
        read_document(document, env, walk)
    }

    /// The configuration with what is worth telling of how it was read.
    fn completed(read: Read<Self>) -> Self {
        Self { origins: read.origins, warnings: read.warnings, ..read.made }
    }

    /// Reads nothing but `[server]`, for `health`, which runs beside the service every few seconds. There need not be a file.
    ///
    /// # Errors
    /// The file can't be read, is not valid TOML, or has mistakes in that section.
    pub fn load_server(file: &Path, env: Env<'_>) -> Result<Server, Mistakes> {
        let server = |root: Table<'_>| sections::server(root.table("server"), Scope::Serve);
        Self::parse_by(&text_of(file)?, file, env, server).map(|read| read.made)
    }

    /// Asks the root table for every section. A mistake is reported to the table's file and leaves a default in the value.
    fn walk(root: Table<'_>, scope: Scope) -> Self {
        // A section that is out of scope is read as if the file did not have it.
        let scoped = |key| if scope == Scope::Serve { root.table(key) } else { root.without(key) };
        let server = sections::server(scoped("server"), scope);
        let clerk = sections::clerk(root.table("clerk"), scope);
        // Private, because almost any value of a provider may be a credential, and a mistake must not show it.
        let mut providers = provider::providers(&scoped("providers").private());
        let known = (scope == Scope::Serve).then_some(&providers);
        let Differing { brand, templates, email, sms, limits } = differing(&root, known);
        // A key that is out of scope is still a known one: the playground must not report it as unknown.
        root.skip("dkim");
        let keys = if scope == Scope::Serve { root.array_of_tables("dkim") } else { Vec::new() };
        let dkim = dkim::dkim(keys);
        let ledger = sections::ledger(scoped("ledger"));
        let traces = if scope == Scope::Serve { traces::traces(&root) } else { None };
        let heads = variant::heads(&root, &clerk, scope);
        let own: Vec<_> = heads
            .iter()
            .map(|head| (laid_over(&head.table, &root, known), variant::clerk(&head.when, &heads, &clerk)))
            .collect();
        // Clerk's Backend API and a collector of traces are asked over HTTP too.
        let is_asked = |clerk: &Clerk| clerk.backend.secret_key.is_some();
        let others = traces.is_some() || is_asked(&clerk) || own.iter().any(|(_, clerk)| is_asked(clerk));
        let proxies = provider::share_proxies(&root, &mut providers.ready, others);
        root.finish();
        // Only now, since the default depends on `[email]`, and providers are read before the channels that name
        // them.
        let helo = default_helo(&email);
        let providers = providers.ready.into_iter().map(|(name, provider)| (name, greeting(provider, &helo)));
        let base = Self {
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
            origins: Vec::new(),
            warnings: Vec::new(),
            traces,
            variants: Vec::new(),
        };
        let variants = heads.into_iter().zip(own);
        let variants = variants.map(|(head, (own, clerk))| base.variant_of(head, own, clerk)).collect();
        Self { variants, ..base }
    }

    /// A variant of this configuration, with what it has of its own.
    fn variant_of(&self, head: Head<'_>, own: Differing, clerk: Clerk) -> Variant {
        let Differing { brand, templates, email, sms, limits } = own;
        // The same limits said once more are meant to count apart too.
        let says_limits = head.table.table("sms").sets("limits");
        let counts_apart = says_limits || limits != self.limits;
        let config = Self { clerk, brand, templates, email, sms, limits, ..self.clone() };
        Variant { name: head.name, when: head.when, own_secrets: head.signing_secrets, config, counts_apart }
    }
}

/// The sections in which variants may differ.
struct Differing {
    brand: Brand,
    templates: TemplatesSection,
    email: Email,
    sms: Sms,
    limits: limits::Settings,
}

/// Reads the sections in which variants may differ: from the root of the file, or from that of a variant's document.
fn differing(root: &Table<'_>, known: Option<&Providers>) -> Differing {
    let brand = sections::brand(root.table("brand"));
    let templates = sections::templates(root.table("templates"));
    let email = channel::email(root.table("email"), known);
    let (sms, limits) = channel::sms(root.table("sms"), known);
    Differing { brand, templates, email, sms, limits }
}

/// The same sections of a variant: its own tables laid over those of the file.
fn laid_over(variant: &Table<'_>, root: &Table<'_>, known: Option<&Providers>) -> Differing {
    let document = layer::laid(root.raw(), variant.raw());
    differing(&variant.holding(&document), known)
}

/// The text of a file, or nothing where there is none.
fn text_of(file: &Path) -> Result<String, Mistakes> {
    match std::fs::read_to_string(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        text => text.map_err(|error| Mistakes::unreadable(file, &error)),
    }
}

/// The name that mail servers are greeted with by default: the domain of `email.from` in the form that DNS uses, or else
/// `localhost`.
fn default_helo(email: &Email) -> String {
    let domain = match &email.base.from {
        Some(Sender::Fixed(mailbox)) => mailbox.email.domain(),
        Some(Sender::Template { domain, .. }) => domain,
        None => "localhost",
    };
    rule::helo(domain).unwrap_or_else(|_| "localhost".to_owned())
}

/// The provider's settings, with `helo` where its own table did not set a name to greet with.
fn greeting(mut provider: Provider, helo: &str) -> Provider {
    if let Provider::Smtp(settings) = &mut provider
        && settings.helo.is_empty()
    {
        helo.clone_into(&mut settings.helo);
    }
    provider
}
