//! What is examined: a configuration, and what the checks learn together of its surroundings.

use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::time::timeout;

use super::dns::Dns;
use super::finding::Told;
use crate::clerk::{Client, Fault, Kind, Template};
use crate::clock::Clock;
use crate::config::{Config, Mistakes};
use crate::decision::variant::When;
use crate::message::Channel;
use crate::template::{TemplateError, Templates};

/// The longest time for one request to Clerk, whatever the configuration allows.
const TO_CLERK: Duration = Duration::from_secs(4);

/// The longest time for all lists of Clerk's templates, waits because of a 429 included.
const TO_LIST: Duration = Duration::from_secs(7);

/// A set-up to examine.
pub(crate) struct Subject {
    /// The configuration. With mistakes, it was read without its providers.
    pub(crate) config: Config,
    /// The mistakes of the configuration; `None` if it can be served.
    pub(crate) mistakes: Option<Mistakes>,
    /// The configuration's file, or `environment`.
    pub(crate) file: String,
    /// Which events the configuration is for, where it is that of a variant; `None`: all that no variant takes.
    pub(crate) when: Option<When>,
    /// The URL of the endpoint in Clerk's dashboard; `None` if nobody named it.
    pub(crate) url: Option<String>,
    /// The way to DNS; `None` if nobody asked for it, and an error in words if there is none.
    pub(crate) dns: Option<Result<Dns, String>>,
    /// Whether addresses of this machine count as public ones, as in a test of the doctor itself.
    pub(crate) nearby_is_public: bool,
    /// The clock of this machine.
    pub(crate) clock: Clock,
    templates: OnceCell<Result<Vec<Template>, Told>>,
    own: OnceCell<Result<Templates, Vec<TemplateError>>>,
}

impl Subject {
    /// A configuration to examine, with nothing beside it.
    pub(crate) fn new(config: Config, mistakes: Option<Mistakes>, file: String) -> Self {
        Self {
            config,
            mistakes,
            file,
            when: None,
            url: None,
            dns: None,
            nearby_is_public: false,
            clock: Clock::System,
            templates: OnceCell::new(),
            own: OnceCell::new(),
        }
    }

    /// Whether the whole configuration was read, its providers and the ledger too.
    pub(crate) fn is_complete(&self) -> bool {
        self.mistakes.is_none()
    }

    /// The client of Clerk's API; `None` without a secret key.
    pub(crate) fn client(&self) -> Option<Client> {
        let backend = &self.config.clerk.backend;
        let key = backend.secret_key.clone()?;
        // TLS is set up in the same way for each part, so this fails only where nothing works.
        Client::new(key, &backend.api_url, backend.api_timeout.min(TO_CLERK), &self.config.proxies).ok()
    }

    /// The instance's templates, which are asked for once; `None` without a secret key.
    ///
    /// # Errors
    /// What went wrong, as a finding.
    pub(crate) async fn templates(&self) -> Option<Result<&[Template], &Told>> {
        let client = self.client()?;
        let found = self.templates.get_or_init(|| async move {
            let both = async {
                let (mails, texts) =
                    tokio::join!(client.templates(Channel::Email), client.templates(Channel::Sms));
                Ok([mails?, texts?].concat())
            };
            match timeout(TO_LIST, both).await {
                Ok(found) => found.map_err(|fault| trouble(&fault)),
                Err(_) => Err(Told::unseen(
                    "Clerk did not list its templates within 7 s, so who delivers what is not known.",
                    "Run this again later.",
                )),
            }
        });
        Some(found.await.as_deref())
    }

    /// Our templates, which are loaded once.
    ///
    /// # Errors
    /// Their faults.
    pub(crate) async fn own_templates(&self) -> Result<&Templates, &[TemplateError]> {
        let section = self.config.templates.clone();
        let load = move || Templates::load(Some(&section.dir), &section.default_locale);
        let loaded = self
            .own
            // All samples are rendered: meanwhile this thread has answers from the network to read.
            .get_or_init(|| async {
                tokio::task::spawn_blocking(load).await.unwrap_or_else(|_| Err(Vec::new()))
            });
        loaded.await.as_ref().map_err(Vec::as_slice)
    }

    /// Whether some mails, or some SMS, have a provider.
    pub(crate) fn sends(&self, channel: Channel) -> bool {
        let (email, sms) = (&self.config.email, &self.config.sms);
        match channel {
            Channel::Email => std::iter::once(&email.base)
                .chain(email.by_slug.values())
                .any(|mail| !mail.route.providers.is_empty()),
            Channel::Sms => {
                std::iter::once(&sms.base)
                    .chain(sms.by_slug.values())
                    .any(|text| !text.route.providers.is_empty())
                    || sms.by_country.iter().any(|rule| rule.providers.is_some())
            }
        }
    }
}

/// A failed request to Clerk's API. The service itself does not need the API, so no message is lost.
pub(crate) fn trouble(fault: &Fault) -> Told {
    let words = fault.to_string();
    // The words end with the advice.
    let (what, cure) = words.rsplit_once(". ").unwrap_or((&words, ""));
    let (what, cure) = (format!("Clerk's API could not be asked: {what}."), cure.to_owned());
    match fault.kind {
        Kind::Key | Kind::Forbidden => Told::warning(what, cure),
        _ => Told::unseen(what, cure),
    }
}
