//! Access tokens (OAuth 2.0, RFC 6749): fetched with what the configuration holds, kept, and renewed before they end.
//!
//! One request at a time asks for a token, whoever needs one, and goes on where the message that asked gives up. A refusal
//! that only a person can mend is remembered for a while: issuers answer loops by refusing all the more.

mod answer;
mod assertion;

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::Client;
use serde::Deserialize;
use tokio::time::Instant;
use url::form_urlencoded;

use super::fault::{Fault, FaultKind, Stage, Verdict};
use super::http;
use super::proxy::Proxies;
use crate::clock::Clock;
use crate::secret::Secret;
use answer::{Issued, read};
pub use assertion::{Account, AccountError};

/// Who is asked, and with what.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The token endpoint.
    pub token_url: String,
    /// What is shown there.
    pub grant: Grant,
    /// What the token is to be good for; empty: the issuer knows.
    pub scope: String,
    /// The application's id; empty for [`Grant::ServiceAccount`].
    pub client_id: String,
    /// Its secret, where it has one.
    pub client_secret: Option<Secret>,
    /// What requests go through.
    pub proxies: Proxies,
}

/// Whose tokens they are, where that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Issuer {
    /// Google, and Google Workspace.
    Google,
    /// Microsoft Entra ID.
    Microsoft,
}

impl Issuer {
    /// Its name in the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::Microsoft => "microsoft",
        }
    }
}

/// What is the same for all accounts of a kind, and need not be configured.
#[derive(Debug, Clone, Default)]
pub struct Usual {
    /// The issuer.
    pub issuer: Option<Issuer>,
    /// The token endpoint of another issuer.
    pub token_url: Option<String>,
    /// The scope of an application's own tokens.
    pub scope: String,
    /// The scope of tokens for what somebody consented to, where it is another one.
    pub user_scope: Option<String>,
}

/// What a token is given for.
#[derive(Debug, Clone)]
pub enum Grant {
    /// For the application itself (RFC 6749, 4.4): Microsoft 365.
    ClientCredentials,
    /// For what somebody consented to once (RFC 6749, 6).
    RefreshToken {
        /// The one to begin with.
        token: Secret,
        /// Where a newer one is kept: Microsoft hands out a new one each time, and each is good for 90 days.
        file: Option<PathBuf>,
    },
    /// For an account of a service that may act for a mailbox (RFC 7523): Google Workspace.
    ServiceAccount {
        /// Whose key it is.
        account: Account,
        /// The mailbox; empty: the account acts for itself.
        subject: String,
    },
}

/// A token for one use.
#[derive(Debug, Clone)]
pub struct Token {
    /// What is shown to the server.
    pub text: Secret,
    /// It was fetched for this use; another one would be no better.
    pub is_new: bool,
}

/// The tokens of one account.
#[derive(Debug)]
pub struct Tokens {
    settings: Settings,
    client: Client,
    clock: Clock,
    state: Mutex<State>,
    /// Held by whoever asks the issuer.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct State {
    held: Option<Held>,
    /// The newest.
    refresh_token: Option<Secret>,
    /// The last refusal, and until when it is not worth asking again.
    refused: Option<(Fault, Instant)>,
    /// When a server last refused a token that we held.
    discarded: Option<Instant>,
}

#[derive(Debug, Clone)]
struct Held {
    token: Secret,
    /// A newer one is fetched in the background from here on.
    renew: Instant,
    /// It is not used any more from here on.
    end: Instant,
}

/// So long before its end a token is renewed, or half of its life.
const EARLY: Duration = Duration::from_mins(5);
/// So long before its end a token is not used any more: a server's clock may be ahead.
const MARGIN: Duration = Duration::from_secs(30);
/// How long a refusal stands that only a person can mend.
const REFUSED_FOR: Duration = Duration::from_mins(1);
/// How long any other failure stands.
const FAILED_FOR: Duration = Duration::from_secs(2);
/// A token that a server refuses is replaced so often at most.
const DISCARD_EVERY: Duration = Duration::from_mins(1);
/// The issuer's time to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

impl Tokens {
    /// Nothing is asked for yet.
    ///
    /// # Errors
    /// The HTTP client.
    pub fn new(settings: Settings, clock: Clock) -> Result<Self, http::SetupError> {
        let refresh_token = match &settings.grant {
            Grant::RefreshToken { token, .. } => Some(token.clone()),
            Grant::ClientCredentials | Grant::ServiceAccount { .. } => None,
        };
        let state = State { held: None, refresh_token, refused: None, discarded: None };
        let client = http::client_with(ANSWER_WITHIN, &settings.proxies, true)?;
        Ok(Self { settings, client, clock, state: Mutex::new(state), asking: tokio::sync::Mutex::default() })
    }

    /// The token that is held, or a new one.
    ///
    /// # Errors
    /// The issuer refused, or could not be reached; stage `token`.
    pub async fn token(self: &Arc<Self>) -> Result<Token, Fault> {
        let now = Instant::now();
        if let Some(held) = self.held(now) {
            if held.renew <= now && self.asking.try_lock().is_ok() {
                let tokens = Arc::clone(self);
                tokio::spawn(async move { tokens.renew(held.renew).await });
            }
            return Ok(Token { text: held.token, is_new: false });
        }
        let tokens = Arc::clone(self);
        // Who gives up waiting stops nothing: the next one finds the token.
        let renewing = tokio::spawn(async move { tokens.renew(now).await });
        renewing.await.unwrap_or_else(|_| Err(fault(FaultKind::Unavailable, "the request was cut off")))
    }

    /// A server refused this token. Whether it is worth asking for another one.
    #[must_use]
    pub fn discard(&self, token: &Token) -> bool {
        if token.is_new {
            return false;
        }
        let now = Instant::now();
        let mut state = self.state();
        // Somebody else has a newer one, or is asking for it.
        if state.held.as_ref().is_none_or(|held| held.token != token.text) {
            return true;
        }
        if state.discarded.is_some_and(|at| now < at + DISCARD_EVERY) {
            return false;
        }
        state.held = None;
        state.discarded = Some(now);
        true
    }

    fn held(&self, now: Instant) -> Option<Held> {
        self.state().held.clone().filter(|held| now < held.end)
    }

    /// Asks the issuer, unless somebody else has meanwhile since `since`.
    async fn renew(&self, since: Instant) -> Result<Token, Fault> {
        let _asking = self.asking.lock().await;
        let now = Instant::now();
        let mut refresh_token = {
            let state = self.state();
            if let Some(held) = state.held.as_ref().filter(|held| since < held.renew && now < held.end) {
                return Ok(Token { text: held.token.clone(), is_new: true });
            }
            if let Some((fault, until)) = &state.refused
                && now < *until
            {
                return Err(fault.clone());
            }
            state.refresh_token.clone()
        };
        let mut asked = self.ask(refresh_token.as_ref()).await;
        if let (Err((_, true)), Some(other)) = (&asked, self.in_file(refresh_token.as_ref())) {
            refresh_token = Some(other);
            asked = self.ask(refresh_token.as_ref()).await;
        }
        let newer = asked.as_ref().ok().and_then(|issued| issued.refresh_token.clone());
        if let Some(newer) = newer.filter(|newer| refresh_token.as_ref() != Some(newer)) {
            self.save(newer).await;
        }
        self.keep(asked, refresh_token, Instant::now())
    }

    async fn ask(&self, refresh_token: Option<&Secret>) -> Result<Issued, (Fault, bool)> {
        let form = self.form(refresh_token).map_err(|fault| (fault, true))?;
        let request = self.client.post(&self.settings.token_url).header("accept", "application/json");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        match http::exchange(request, Some(form.into_bytes().into()), ANSWER_WITHIN, http::NOBODY).await {
            Ok(answer) => read(&answer),
            Err(Verdict::Deferred(lost) | Verdict::InDoubt(lost)) => {
                Err((fault(lost.kind, &lost.detail), false))
            }
            Err(_) => Err((fault(FaultKind::Unavailable, "no answer"), false)),
        }
    }

    fn form(&self, refresh_token: Option<&Secret>) -> Result<String, Fault> {
        let Settings { grant, scope, client_id, client_secret, token_url, proxies: _ } = &self.settings;
        let mut form = form_urlencoded::Serializer::new(String::new());
        let mut pair = |name: &str, value: &str| {
            if !value.is_empty() {
                form.append_pair(name, value);
            }
        };
        match grant {
            Grant::ClientCredentials => pair("grant_type", "client_credentials"),
            Grant::RefreshToken { token, .. } => {
                pair("grant_type", "refresh_token");
                pair("refresh_token", refresh_token.unwrap_or(token).reveal());
            }
            Grant::ServiceAccount { account, subject } => {
                let assertion = account
                    .assertion(subject, scope, token_url, self.clock.now())
                    .map_err(|_| fault(FaultKind::Credentials, "the service account's key does not sign"))?;
                pair("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
                pair("assertion", assertion.reveal());
                // The scope stands in the assertion.
                return Ok(form.finish());
            }
        }
        pair("client_id", client_id);
        pair("client_secret", client_secret.as_ref().map(Secret::reveal).unwrap_or_default());
        pair("scope", scope);
        Ok(form.finish())
    }

    /// `shown` is the refresh token that was asked with: the one to go on with, unless a newer one came.
    fn keep(
        &self,
        asked: Result<Issued, (Fault, bool)>,
        shown: Option<Secret>,
        now: Instant,
    ) -> Result<Token, Fault> {
        let mut state = self.state();
        match asked {
            Ok(Issued { token, life, refresh_token }) => {
                let early = EARLY.min(life / 2);
                let held = Held {
                    token: token.clone(),
                    renew: now + life.saturating_sub(early),
                    end: now + life.saturating_sub(MARGIN.min(life / 4)),
                };
                (state.held, state.refused) = (Some(held), None);
                state.refresh_token = refresh_token.or(shown);
                Ok(Token { text: token, is_new: true })
            }
            Err((fault, is_final)) => {
                let stands = if is_final { REFUSED_FOR } else { FAILED_FOR };
                state.refused =
                    Some((fault.clone(), now + fault.wait.unwrap_or_default().max(stands).min(REFUSED_FOR)));
                Err(fault)
            }
        }
    }

    /// Another refresh token than this one, from the file: a command, or a person, may have put it there.
    fn in_file(&self, known: Option<&Secret>) -> Option<Secret> {
        let Grant::RefreshToken { file: Some(file), .. } = &self.settings.grant else { return None };
        let text = fs::read_to_string(file).ok()?;
        Some(Secret::new(text.trim())).filter(|other| !other.reveal().is_empty() && known != Some(other))
    }

    /// A restart begins with what is in the file.
    async fn save(&self, newer: Secret) {
        let Grant::RefreshToken { file: Some(file), .. } = &self.settings.grant else { return };
        let to = file.clone();
        let saving = tokio::task::spawn_blocking(move || replace(&to, &newer));
        if let Ok(Err(error)) = saving.await {
            tracing::warn!(
                file = %file.display(), error = %error.kind(),
                "a newer refresh token can't be kept: the one in the file ends some day"
            );
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts a secret in a file's place, for its owner alone: whole, or not at all.
fn replace(file: &Path, secret: &Secret) -> io::Result<()> {
    let mut unfinished = file.as_os_str().to_owned();
    unfinished.push(".part");
    // What a crash left behind may be open to others.
    let _ = fs::remove_file(&unfinished);
    let mut part = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
    part.write_all(secret.reveal().as_bytes())?;
    part.sync_all()?;
    fs::rename(unfinished, file)
}

fn fault(kind: FaultKind, detail: &str) -> Fault {
    Fault::new(Stage::Token, kind, detail)
}

#[cfg(test)]
mod tests;
