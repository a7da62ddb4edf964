//! One account at a provider whose API a [`Definition`] describes.

mod answer;
mod content;
pub mod definition;
mod encoding;
mod helpers;
mod inflate;
mod judge;
mod leaf;
mod line;
mod request;
mod signing;
mod text;
mod variables;

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, AUTHORIZATION, HeaderValue};
use reqwest::{Client, StatusCode, Url};
use tokio::time::Instant;

use self::definition::{Definition, Probe, Request};
use self::judge::{judge, judge_probe};
use self::request::{Finished, sensitive};
use self::variables::{Account, Subject, Values};
use super::attempt::{Budget, Connected, Late};
use super::fault::{Fault, FaultKind, Stage, Verdict};
use super::http;
use super::oauth2::{self, Token, Tokens};
use super::proxy::Proxies;
use crate::clock::Clock;
use crate::message::Message;
use crate::message::email::with_a_label;
use crate::secret::Secret;

pub use self::request::{PrepareError, Prepared};

/// An account at an API, as configured.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What the API is like.
    pub definition: Arc<Definition>,
    /// The keys that the definition asks for, with their values. Each is present; one that was left out is empty.
    pub values: Vec<(String, Secret)>,
    /// The URL that paths are appended to, without a trailing slash.
    pub base_url: String,
    /// What access tokens are asked for with; `None` for an API that takes none.
    pub tokens: Option<Box<oauth2::Settings>>,
    /// The HTTP proxies that requests go through.
    pub proxies: Proxies,
    /// The longest that one attempt may take to be answered.
    pub attempt_timeout: Duration,
}

impl Settings {
    /// The base URL in a form that people may see. A configured path may be a secret, as in the URLs of webhooks, so it is
    /// left out.
    #[must_use]
    pub fn shown_base_url(&self) -> String {
        let usual = self.definition.base_url(&self.values);
        match Url::parse(&self.base_url) {
            Ok(url) if self.base_url != usual && url.path() != "/" => {
                format!("{}/BASE_URL", url.origin().ascii_serialization())
            }
            _ => self.base_url.clone(),
        }
    }

    /// A request of the definition, finished for an account.
    fn finished(&self, request: &Request, account: &Account) -> Result<Finished, PrepareError> {
        Finished::new(request, &self.definition.auth, Url::parse(&self.base_url).ok().as_ref(), account)
    }

    /// Whether an SMS needs a `from` that is configured for the channel, since no key of the account stands in for it.
    #[must_use]
    pub fn needs_sender(&self) -> bool {
        let is_set = |wanted: &String| {
            self.values.iter().any(|(name, value)| name == wanted && !value.reveal().is_empty())
        };
        self.definition.needs_sender && !self.definition.sender_unless.as_ref().is_some_and(is_set)
    }
}

/// An account at an API, ready to take messages.
#[derive(Clone)]
pub struct Api {
    /// The HTTP client, which keeps this account's connections.
    client: Client,
    settings: Settings,
    /// The account's keys, which templates may mention.
    account: Account,
    /// The request that sends a message, up to what each message fills in. An error here is that of every message.
    request: Result<Finished, PrepareError>,
    /// The access tokens; `None` for an API that takes none.
    tokens: Option<Arc<Tokens>>,
    /// The time that requests are signed for.
    clock: Clock,
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Api").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// The longest that a connection may take to be made: two lost packets are made up for by then, and of three providers
/// each has a fair share of the usual deadline. What never connected is told apart from what may have arrived.
const CONNECT_WITHIN: Duration = Duration::from_millis(3500);

impl Api {
    /// Makes the account's HTTP client, and everything that is the same in all of its requests.
    ///
    /// # Errors
    /// TLS or a proxy can't be set up.
    pub fn new(settings: Settings, clock: Clock) -> Result<Self, http::SetupError> {
        // Nobody is told when a GET leaves on a connection that is open already, so each has its own: see
        // `http::exchange`.
        let keep = !settings.definition.request.get;
        // Never longer than CONNECT_WITHIN: what did not connect can go to another provider without any doubt.
        let connect_within = settings.attempt_timeout.min(CONNECT_WITHIN);
        let client = http::client_with(connect_within, &settings.proxies, keep)?;
        let account = Account::new(settings.definition.carries, &settings.values);
        let request = settings.finished(&settings.definition.request, &account);
        let tokens = match &settings.tokens {
            Some(tokens) => Some(Arc::new(Tokens::new((**tokens).clone(), clock.clone())?)),
            None => None,
        };
        Ok(Self { client, settings, account, request, tokens, clock })
    }

    /// Hands one message to the provider. An answer that comes after the time in `budget` goes to `late`.
    pub async fn deliver(&self, message: &Message, budget: Budget, late: &Late) -> Verdict {
        let prepared = match self.prepare(message) {
            Ok(prepared) => prepared,
            Err(error) => {
                return Verdict::Deferred(Fault::new(Stage::Http, FaultKind::Account, error.to_string()));
            }
        };
        match self.ask(prepared, budget, Some(late)).await {
            Ok(answer) => self.judge(&answer, message),
            Err(verdict) => verdict,
        }
    }

    /// Sends the definition's probe, and returns in words for people what the answer says of the account.
    ///
    /// # Errors
    /// The provider can't be reached, or refuses the account.
    pub async fn connect(&self) -> Result<Connected, Fault> {
        let definition = &*self.settings.definition;
        let limit = self.settings.attempt_timeout;
        let budget = Budget { attempt: limit, total: limit, stop_on_doubt: false };
        let Some(probe) = &definition.probe else {
            let words = match &self.tokens {
                None => "its definition has no probe",
                Some(tokens) => {
                    token(tokens, Instant::now() + limit).await?;
                    "a token was issued; its definition has no probe"
                }
            };
            return Ok(Connected::Untold(words.to_owned()));
        };
        let prepared = self
            .prepare_probe(probe)
            .map_err(|error| Fault::new(Stage::Http, FaultKind::Account, error.to_string()))?;
        let answer = match self.ask(prepared, budget, None).await {
            Ok(answer) => answer,
            Err(Verdict::Deferred(fault) | Verdict::InDoubt(fault)) => return Err(fault),
            // `ask` judges no answers, so it returns none of the other verdicts.
            Err(_) => return Err(Fault::new(Stage::Http, FaultKind::Unavailable, "no answer")),
        };
        judge_probe(probe, &definition.accepted, &definition.errors, &answer)
    }

    /// Sends one request, with a token where the API wants one. A token that was held for a while and is refused may have
    /// been revoked, so the request is sent again with a new one.
    async fn ask(
        &self,
        prepared: Prepared,
        budget: Budget,
        late: Option<&Late>,
    ) -> Result<http::Answer, Verdict> {
        let Some(tokens) = &self.tokens else { return self.exchange(prepared, budget.total, late).await };
        let started = Instant::now();
        // Before the message leaves, only the time of one attempt is spent: another provider can still be asked.
        let (soon, end) = (started + budget.attempt, started + budget.total);
        let first = token(tokens, soon).await.map_err(Verdict::Deferred)?;
        let answer = self.exchange(bearing(&first, prepared.clone())?, end - Instant::now(), late).await?;
        if answer.status != StatusCode::UNAUTHORIZED || !tokens.discard(&first) {
            return Ok(answer);
        }
        let soon = end.min(Instant::now() + budget.attempt);
        let second = token(tokens, soon).await.map_err(Verdict::Deferred)?;
        self.exchange(bearing(&second, prepared)?, end - Instant::now(), late).await
    }

    async fn exchange(
        &self,
        prepared: Prepared,
        limit: Duration,
        late: Option<&Late>,
    ) -> Result<http::Answer, Verdict> {
        let Prepared { method, url, mut headers, body } = prepared;
        // The client decompresses nothing by itself; a definition may ask for something else.
        headers.entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static("identity"));
        let request = self.client.request(method, url).headers(headers);
        let definition = Arc::clone(&self.settings.definition);
        // No text of a late answer is taken for an id: the message, which `is_id` would compare it with, is gone by then.
        let judged =
            move |answer: http::Answer| judge(&definition.accepted, &definition.errors, &answer, |_| false);
        http::exchange(request, body.map(Into::into), limit, late.map(|late| (late, judged))).await
    }

    /// Whether a request that is repeated for the same message sends nothing again.
    #[must_use]
    pub fn is_idempotent(&self) -> bool {
        self.settings.definition.idempotent
    }

    /// The verdict on a message, by the provider's answer.
    #[must_use]
    pub fn judge(&self, answer: &http::Answer, message: &Message) -> Verdict {
        let Definition { accepted, errors, .. } = &*self.settings.definition;
        judge(accepted, errors, answer, |text| is_id(text, message))
    }

    /// The request that hands a message to the provider.
    ///
    /// # Errors
    /// The definition does not fit this message or account: see [`PrepareError`].
    pub fn prepare(&self, message: &Message) -> Result<Prepared, PrepareError> {
        let own = match message {
            Message::Sms(sms) => &sms.provider_settings,
            Message::Email(mail) => &mail.provider_settings,
        };
        let definition = &*self.settings.definition;
        let takes = |name: &str| definition.keys.get(name).is_some_and(|key| !key.secret);
        let mut own = own.iter().filter(|(name, _)| takes(name)).cloned().peekable();
        if own.peek().is_none() {
            let finished = self.request.as_ref().map_err(Clone::clone)?;
            return finished.fill(&Values::new(&self.account, Subject::of(message)), self.clock.now());
        }
        // The finished request has the account's values in it, and this message overrides some of those.
        let mut account = self.account.clone();
        account.keys.extend(own);
        let finished = self.settings.finished(&definition.request, &account)?;
        finished.fill(&Values::new(&account, Subject::of(message)), self.clock.now())
    }

    /// The request of a probe, in which all variables of a message are empty.
    ///
    /// # Errors
    /// The definition does not fit this account: see [`PrepareError`].
    pub fn prepare_probe(&self, probe: &Probe) -> Result<Prepared, PrepareError> {
        let finished = self.settings.finished(&probe.request, &self.account)?;
        finished.fill(&Values::new(&self.account, Subject::Nothing), self.clock.now())
    }
}

/// The token, unless it takes longer than until `by`: then the fault is a time-out.
async fn token(tokens: &Arc<Tokens>, by: Instant) -> Result<Token, Fault> {
    let late = |_| Fault::new(Stage::Token, FaultKind::Timeout, "no token in time");
    tokio::time::timeout_at(by, tokens.token()).await.map_err(late)?
}

/// The request with the token in its `Authorization` header (RFC 6750, 2.1).
fn bearing(token: &Token, mut prepared: Prepared) -> Result<Prepared, Verdict> {
    let bearer = sensitive(format!("Bearer {}", token.text.reveal()));
    let unusable = |_| {
        Verdict::Deferred(Fault::new(
            Stage::Token,
            FaultKind::Account,
            "the access token contains a character that is not allowed in a header: check `token_url`",
        ))
    };
    prepared.headers.insert(AUTHORIZATION, bearer.map_err(unusable)?);
    Ok(prepared)
}

/// Whether a text of the provider may be shown as an id or a code: it looks like one, and neither names the recipient nor
/// repeats what the message says.
fn is_id(text: &str, message: &Message) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:=+/@".contains(&byte);
    // Ids end up in the log, the ledger and the answer to Svix, none of which may name the recipient or hold a code.
    let (names, repeats) = match message {
        Message::Sms(sms) => {
            (text.contains(sms.to.e164.trim_start_matches('+')), holds_words(&sms.text, text))
        }
        Message::Email(mail) => {
            let recipients = [Some(mail.to.to_string()), Some(with_a_label(&mail.to).to_string())];
            let mut recipients = recipients.iter().chain([&mail.redirected_from]).flatten();
            let names = recipients.any(|to| text.to_ascii_lowercase().contains(&to.to_ascii_lowercase()));
            let bodies = [Some(&mail.subject), mail.text.as_ref(), mail.html.as_ref()];
            (names, bodies.into_iter().flatten().any(|body| holds_words(body, text)))
        }
    };
    (1..=128).contains(&text.len()) && text.bytes().all(is_plain) && !names && !repeats
}

/// Whether `text` stands in `body` as a whole word. A text of less than four characters, or without a digit, is passed over:
/// it is not a code of Clerk's, and a provider's own words may well be in a message.
fn holds_words(body: &str, text: &str) -> bool {
    let could_be_a_code = text.len() >= 4 && text.bytes().any(|byte| byte.is_ascii_digit());
    let goes_on = |next: Option<char>| next.is_some_and(char::is_alphanumeric);
    could_be_a_code
        && body.match_indices(text).any(|(at, found)| {
            let (before, rest) = body.split_at(at);
            let after = rest.strip_prefix(found).unwrap_or_default();
            !goes_on(before.chars().next_back()) && !goes_on(after.chars().next())
        })
}

#[cfg(test)]
mod tests;
