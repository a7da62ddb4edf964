//! One account at a provider whose API a [`Definition`] describes.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, STANDARD, URL_SAFE_NO_PAD};
use lettre::message::Mailbox;
use reqwest::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Method, StatusCode, Url};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;
use url::form_urlencoded;

use super::attempt::{Budget, Connected, Late};
use super::definition::{
    Body, Definition, Harmless, Request, Text, Texts, Unrendered, Variables, context, judge, judge_harmless,
};
use super::fault::{Fault, FaultKind, Stage, Verdict};
use super::http;
use super::oauth2::{self, Token, Tokens};
use super::proxy::Proxies;
use super::signing::{self, Signer};
use crate::clock::Clock;
use crate::message::email::with_a_label;
use crate::message::sms::{Encoding, Segments};
use crate::message::{Email, Message, Sms};
use crate::secret::Secret;

/// An account, as configured.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What its API is like.
    pub definition: Arc<Definition>,
    /// What the definition asks for; each is there, empty where it may be missing and is.
    pub values: Vec<(String, Secret)>,
    /// Without a trailing slash.
    pub base_url: String,
    /// Where access tokens come from, where the API wants them.
    pub tokens: Option<Box<oauth2::Settings>>,
    /// What requests go through.
    pub proxies: Proxies,
    /// For one attempt.
    pub attempt_timeout: Duration,
}

impl Settings {
    /// Where the API is, for people: what stands behind the host may be a secret.
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

    /// Whether a text needs a sender that is configured beside it.
    #[must_use]
    pub fn needs_sender(&self) -> bool {
        let is_said = |wanted: &String| {
            self.values.iter().any(|(name, value)| name == wanted && !value.reveal().is_empty())
        };
        self.definition.needs_sender && !self.definition.sender_unless.as_ref().is_some_and(is_said)
    }
}

/// An account that messages are handed to.
#[derive(Clone)]
pub struct Api {
    client: Client,
    settings: Settings,
    /// The settings' part of the variables.
    fixed: Variables,
    /// Without it nothing can be sent.
    base_url: Option<Url>,
    tokens: Option<Arc<Tokens>>,
    needs: Needs,
    /// Templates of this account; of bodies and headers, and of addresses.
    templates: [Texts; 2],
    clock: Clock,
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Api").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// Two lost packets are made up for by then, and of three providers each has a larger share of the usual deadline: what
/// never connected is told apart from what may have arrived.
const CONNECT_WITHIN: Duration = Duration::from_millis(3500);

/// What takes long to find, and is asked for by few.
#[derive(Debug, Clone, Copy)]
struct Needs {
    /// The country of a number.
    country: bool,
    /// The mail as it would go to a mail server.
    mime: bool,
}

/// A request, ready to leave.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// POST or GET.
    pub method: Method,
    /// With its query.
    pub url: Url,
    /// Those of the definition; `Authorization` and the body's type among them.
    pub headers: HeaderMap,
    /// What it holds.
    pub body: Option<Vec<u8>>,
}

/// Why there is no request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unprepared {
    /// A template fails with this message.
    #[error(transparent)]
    Template(#[from] Unrendered),
    /// The address.
    #[error("base_url, path and settings make no URL")]
    Url,
    /// A header.
    #[error("a header holds what no header may")]
    Header,
    /// A signature.
    #[error("the request can't be signed")]
    Signature,
}

impl Api {
    /// A client of its own, and what never changes about its requests.
    ///
    /// # Errors
    /// The HTTP client.
    pub fn new(settings: Settings, clock: Clock) -> Result<Self, http::SetupError> {
        // Only a GET on a connection of its own tells whether it left: see `http::exchange`.
        let keep = !settings.definition.request.get;
        let connect_within = settings.attempt_timeout.min(CONNECT_WITHIN);
        let client = http::client_with(connect_within, &settings.proxies, keep)?;
        let fixed = settings.values.iter().map(|(name, value)| (name.clone(), value.reveal().into()));
        let fixed: Variables = fixed.collect();
        let context = context(fixed.clone());
        // What fails now fails with each message, which says so.
        let [texts, addresses] = [&settings.definition.texts, &settings.definition.addresses]
            .map(|texts| texts.of_account(&context).unwrap_or_else(|_| texts.clone()));
        let templates = [texts, addresses];
        let mention = |name| templates.iter().any(|texts| texts.mention(name));
        let needs = Needs { country: mention("country"), mime: mention("mime_base64") };
        let base_url = Url::parse(&settings.base_url).ok();
        let tokens = match &settings.tokens {
            Some(tokens) => Some(Arc::new(Tokens::new((**tokens).clone(), clock.clone())?)),
            None => None,
        };
        Ok(Self { client, settings, fixed, base_url, tokens, needs, templates, clock })
    }

    /// Hands one message to the provider. An answer that comes after `budget` is told to `late`.
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

    /// Asks for something that sends nothing; what is said is for people.
    ///
    /// # Errors
    /// The provider can't be reached, or refuses the account.
    pub async fn connect(&self) -> Result<Connected, Fault> {
        let definition = &*self.settings.definition;
        let limit = self.settings.attempt_timeout;
        let budget = Budget { attempt: limit, total: limit, stop_on_doubt: false };
        let Some(harmless) = &definition.harmless else {
            let words = match &self.tokens {
                None => "its definition has no request that sends nothing",
                Some(tokens) => {
                    token(tokens, Instant::now() + limit).await?;
                    "a token was issued; its definition has no request that sends nothing"
                }
            };
            return Ok(Connected::Untold(words.to_owned()));
        };
        let prepared = self
            .prepare_harmless(harmless)
            .map_err(|error| Fault::new(Stage::Http, FaultKind::Account, error.to_string()))?;
        let answer = match self.ask(prepared, budget, None).await {
            Ok(answer) => answer,
            Err(Verdict::Deferred(fault) | Verdict::InDoubt(fault)) => return Err(fault),
            // Nobody else answers in a provider's place.
            Err(_) => return Err(Fault::new(Stage::Http, FaultKind::Unavailable, "no answer")),
        };
        judge_harmless(harmless, &definition.accepted, &definition.errors, &answer)
    }

    /// One request, with a token where the API wants one. A token that was held and is refused may have been revoked: a
    /// new one is tried.
    async fn ask(
        &self,
        prepared: Prepared,
        budget: Budget,
        late: Option<&Late>,
    ) -> Result<http::Answer, Verdict> {
        let Some(tokens) = &self.tokens else { return self.exchange(prepared, budget.total, late).await };
        let started = Instant::now();
        // A token is waited for before the message leaves.
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
        headers.entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static("identity"));
        let request = self.client.request(method, url).headers(headers);
        let definition = Arc::clone(&self.settings.definition);
        // What a late answer names as its id is not compared with the message, which is gone by then.
        let judged =
            move |answer: http::Answer| judge(&definition.accepted, &definition.errors, &answer, |_| false);
        http::exchange(request, body.map(Into::into), limit, late.map(|late| (late, judged))).await
    }

    /// Whether a request that comes again, for the same message, sends nothing again.
    #[must_use]
    pub fn is_idempotent(&self) -> bool {
        self.settings.definition.idempotent
    }

    /// What an answer means for a message.
    #[must_use]
    pub fn judge(&self, answer: &http::Answer, message: &Message) -> Verdict {
        let Definition { accepted, errors, .. } = &*self.settings.definition;
        judge(accepted, errors, answer, |text| is_id(text, message))
    }

    /// The request for a message.
    ///
    /// # Errors
    /// See [`Unprepared`].
    pub fn prepare(&self, message: &Message) -> Result<Prepared, Unprepared> {
        let definition = &*self.settings.definition;
        let mut variables = self.fixed.clone();
        let own = match message {
            Message::Sms(sms) => {
                describe_sms(sms, self.needs.country, &mut variables);
                &sms.provider_settings
            }
            Message::Email(mail) => {
                describe_email(mail, self.needs.mime, &mut variables);
                &mail.provider_settings
            }
        };
        let mut templates = self.templates.each_ref();
        if !own.is_empty() {
            templates = [&definition.texts, &definition.addresses];
        }
        let takes = |name: &str| definition.settings.get(name).is_some_and(|setting| !setting.secret);
        for (name, value) in own.iter().filter(|(name, _)| takes(name)) {
            variables.insert(name.clone(), json!(value));
        }
        self.request(&definition.request, variables, templates)
    }

    /// The request that sends nothing.
    ///
    /// # Errors
    /// See [`Unprepared`].
    pub fn prepare_harmless(&self, harmless: &Harmless) -> Result<Prepared, Unprepared> {
        let mut variables = self.fixed.clone();
        for name in super::definition::variables(self.settings.definition.carries) {
            variables.insert((*name).to_owned(), json!(""));
        }
        self.request(&harmless.request, variables, self.templates.each_ref())
    }

    fn request(
        &self,
        request: &Request,
        variables: Variables,
        [texts, addresses]: [&Texts; 2],
    ) -> Result<Prepared, Unprepared> {
        let auth = &self.settings.definition.auth;
        let context = context(variables);
        let text = |text: Text| texts.render(text, &context);
        let path = addresses.render(request.path, &context)?;
        let mut url = self.base_url.clone().ok_or(Unprepared::Url)?;
        // Whatever stands in the path, the host stays the same.
        let between = if path.is_empty() || path.starts_with('/') { "" } else { "/" };
        url.set_path(&format!("{}{between}{path}", url.path().trim_end_matches('/')));
        if let Some(query) = &request.query {
            url.query_pairs_mut().extend_pairs(query.pairs(texts, &context)?);
        }
        let mut headers = HeaderMap::new();
        let body = match &request.body {
            Body::None => {
                if !request.get {
                    headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
                }
                None
            }
            Body::Form(leaf) => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
                let pairs = leaf.pairs(texts, &context)?;
                let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
                Some(form.into_bytes())
            }
            Body::Json(leaf) => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                let tree = leaf.render(texts, &context)?.unwrap_or_else(|| json!({}));
                Some(tree.to_string().into_bytes())
            }
            Body::Text(body) => Some(text(*body)?.into_bytes()),
        };
        if let Some((user, password)) = &auth.basic {
            let credentials = STANDARD.encode(format!("{}:{}", text(*user)?, text(*password)?));
            headers.insert(AUTHORIZATION, sensitive(&format!("Basic {credentials}"))?);
        }
        for (name, template) in &auth.headers {
            let value = text(*template)?;
            if !value.is_empty() {
                headers.insert(name, sensitive(&value)?);
            }
        }
        let method = if request.get { Method::GET } else { Method::POST };
        let mut prepared = Prepared { method, url, headers, body };
        if let Some(aws) = &auth.aws {
            let signer = Signer {
                service: &aws.service,
                region: text(aws.region)?,
                access_key_id: text(aws.access_key_id)?,
                secret_access_key: text(aws.secret_access_key)?,
                session_token: aws.session_token.map(text).transpose()?.filter(|token| !token.is_empty()),
            };
            signing::aws(&mut prepared, signer, self.clock.now()).ok_or(Unprepared::Signature)?;
        }
        Ok(prepared)
    }
}

/// By then, or never.
async fn token(tokens: &Arc<Tokens>, by: Instant) -> Result<Token, Fault> {
    let late = |_| Fault::new(Stage::Token, FaultKind::Timeout, "no token in time");
    tokio::time::timeout_at(by, tokens.token()).await.map_err(late)?
}

/// Shows the token (RFC 6750, 2.1).
fn bearing(token: &Token, mut prepared: Prepared) -> Result<Prepared, Verdict> {
    let bearer = sensitive(&format!("Bearer {}", token.text.reveal()));
    let unusable =
        |_| Verdict::Deferred(Fault::new(Stage::Token, FaultKind::Account, "holds what no header may"));
    prepared.headers.insert(AUTHORIZATION, bearer.map_err(unusable)?);
    Ok(prepared)
}

/// Never shown in a debug line: which of them hold a credential, nobody needs to know.
fn sensitive(text: &str) -> Result<HeaderValue, Unprepared> {
    let mut value = HeaderValue::try_from(text).map_err(|_| Unprepared::Header)?;
    value.set_sensitive(true);
    Ok(value)
}

fn describe_sms(sms: &Sms, needs_country: bool, variables: &mut Variables) {
    let digits = sms.to.e164.trim_start_matches('+');
    let Segments { encoding, count, .. } = Segments::of(&sms.text);
    let country = if needs_country { sms.to.country() } else { None };
    let left = sms.valid_for.map(|left| left.as_secs().max(1));
    let in_units =
        |per_second: u64, seconds: u64| left.map_or(json!(""), |left| json!(left * per_second / seconds));
    let of_message = [
        ("to", json!(sms.to.e164)),
        ("digits", json!(digits)),
        ("international", json!(format!("00{digits}"))),
        ("country", json!(country.unwrap_or_default())),
        ("from", json!(sms.from.as_deref().unwrap_or_default())),
        ("from_digits", json!(sms.from.as_deref().unwrap_or_default().trim_start_matches('+'))),
        ("text", json!(sms.text)),
        ("unicode", json!(encoding == Encoding::Ucs2)),
        ("segments", json!(count)),
        ("seconds_left", in_units(1, 1)),
        ("milliseconds_left", in_units(1000, 1)),
        ("minutes_left", left.map_or(json!(""), |left| json!(left.div_ceil(60)))),
    ];
    insert(variables, of_message);
    insert(variables, idempotency(&sms.id));
}

fn describe_email(mail: &Email, needs_mime: bool, variables: &mut Variables) {
    // Few APIs say whether they take a sender beyond ASCII: none is asked to.
    let mail = mail.ascii.as_deref().map_or(mail, |ascii| {
        tracing::debug!("sent to the API without the local parts beyond ASCII of From and Reply-To");
        ascii
    });
    let extra = mail.headers().into_iter().map(|(name, value)| json!({ "name": name, "value": value }));
    let address = |mailbox: &Mailbox| with_a_label(&mailbox.email).to_string();
    let encoded =
        |engine: &GeneralPurpose| if needs_mime { engine.encode(mail.wire()) } else { String::new() };
    let of_message = [
        ("to", json!(with_a_label(&mail.to).to_string())),
        ("from", json!(address(&mail.from))),
        ("from_name", json!(mail.from.name.as_deref().unwrap_or_default())),
        (
            "from_header",
            json!(Mailbox::new(mail.from.name.clone(), with_a_label(&mail.from.email)).to_string()),
        ),
        ("reply_to", json!(mail.reply_to.as_ref().map(address).unwrap_or_default())),
        ("subject", json!(mail.subject)),
        ("html", json!(mail.html.as_deref().unwrap_or_default())),
        ("text", json!(mail.text.as_deref().unwrap_or_default())),
        ("message_id", json!(mail.message_id())),
        ("mime_base64", json!(encoded(&STANDARD))),
        ("mime_base64url", json!(encoded(&URL_SAFE_NO_PAD))),
        ("original_to", json!(mail.redirected_from.as_ref().map(ToString::to_string).unwrap_or_default())),
        ("headers", Value::Array(extra.collect())),
    ];
    insert(variables, of_message);
    insert(variables, idempotency(&mail.id));
}

fn insert<const N: usize>(variables: &mut Variables, values: [(&str, Value); N]) {
    for (name, value) in values {
        variables.insert(name.to_owned(), value);
    }
}

/// Clerk's id of the message, which is the same at every attempt; and a UUID of it (RFC 9562, version 8).
fn idempotency(id: &str) -> [(&'static str, Value); 2] {
    let mut bytes: [u8; 16] = [0; 16];
    for (byte, hashed) in bytes.iter_mut().zip(Sha256::digest(id.as_bytes())) {
        *byte = hashed;
    }
    let number = u128::from_be_bytes(bytes);
    // The version and the variant.
    let number = number & !(0xf << 76) | 8 << 76;
    let number = number & !(0b11 << 62) | 0b10 << 62;
    let hex = format!("{number:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    let uuid = [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-");
    [("idempotency_key", json!(id)), ("idempotency_uuid", json!(uuid))]
}

/// Whether a text of the provider's may be shown as an id: it looks like one, and does not name whom the message is for.
fn is_id(text: &str, message: &Message) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:=+/@".contains(&byte);
    let names = match message {
        Message::Sms(sms) => text.contains(sms.to.e164.trim_start_matches('+')),
        Message::Email(mail) => [mail.to.to_string(), with_a_label(&mail.to).to_string()]
            .iter()
            .any(|to| text.to_ascii_lowercase().contains(&to.to_ascii_lowercase())),
    };
    (1..=128).contains(&text.len()) && text.bytes().all(is_plain) && !names
}

#[cfg(test)]
mod tests;
