//! Access tokens (OAuth 2.0, RFC 6749): fetched with the configured credentials, kept, and renewed before they end.
//!
//! One request at a time asks the issuer, however many messages need a token, and it goes on where the message that began
//! it gives up. A refusal that only a person can put right is remembered for a while: issuers answer loops by refusing all
//! the more.

mod answer;
mod assertion;

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::Client;
use serde::Deserialize;
use tokio::time::Instant;
use url::form_urlencoded;

use super::fault::{Fault, FaultKind, Verdict};
use super::http;
use super::proxy::Proxies;
use crate::clock::Clock;
use crate::file::{self, Durability};
use crate::secret::Secret;
use answer::{Issued, Refusal, fault, read};
pub use assertion::{Account, AccountError};

/// Which issuer is asked for tokens, and what it is shown.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The URL of the issuer's token endpoint.
    pub token_url: String,
    /// What proves to the issuer that this application may have a token.
    pub grant: Grant,
    /// What the token shall be good for, in the issuer's words. Empty: the issuer decides.
    pub scope: String,
    /// The application's id at the issuer; empty for [`Grant::ServiceAccount`].
    pub client_id: String,
    /// The application's secret; `None` for an application without one.
    pub client_secret: Option<Secret>,
    /// The HTTP proxies that requests go through.
    pub proxies: Proxies,
}

/// The issuers whose endpoints and scopes are known, so that nobody has to configure them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Issuer {
    /// Google, with Google Workspace.
    Google,
    /// Microsoft Entra ID, which issues the tokens of Microsoft 365.
    Microsoft,
}

impl Issuer {
    /// The issuer's name in the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::Microsoft => "microsoft",
        }
    }
}

/// The issuer and the scopes of a provider, which are the same for all of its accounts and need not be configured.
#[derive(Debug, Clone, Default)]
pub struct Defaults {
    /// The issuer, where it is a known one; `None` where `token_url` names another.
    pub issuer: Option<Issuer>,
    /// The token endpoint of an issuer that is not known here; `None` where `issuer` is set.
    pub token_url: Option<String>,
    /// The scope of tokens for the application itself.
    pub scope: String,
    /// The scope of tokens for a user who consented; `None` where it is the same as `scope`.
    pub user_scope: Option<String>,
}

/// What the issuer gives a token for.
#[derive(Debug, Clone)]
pub enum Grant {
    /// The application's own id and secret (RFC 6749, 4.4), as Microsoft 365 wants them.
    ClientCredentials,
    /// The consent that a user gave once (RFC 6749, 6).
    RefreshToken {
        /// The refresh token to begin with.
        token: Secret,
        /// The file that a newer refresh token is kept in, or `None` to keep it in memory only. Microsoft hands out a new
        /// one each time, and each is good for 90 days.
        file: Option<PathBuf>,
    },
    /// The signature of a service account that may act for a mailbox (RFC 7523), as in Google Workspace.
    ServiceAccount {
        /// The service account, with the key that signs.
        account: Account,
        /// The address of the mailbox. Empty: the account acts for itself.
        subject: String,
    },
}

/// An access token, to be shown once.
#[derive(Debug, Clone)]
pub struct Token {
    /// The token itself, which the server is shown.
    pub text: Secret,
    /// Whether the token was fetched just now, so that another one would be no better if the server refuses it.
    pub is_new: bool,
}

/// The access tokens of one account: fetched when the first message needs one, and shared by all that follow.
#[derive(Debug)]
pub struct Tokens {
    settings: Settings,
    /// The HTTP client for the issuer, apart from that for the provider.
    client: Client,
    /// The time that a service account's assertion is dated with.
    clock: Clock,
    /// What is known right now. Locked for a few instructions, never while somebody waits for the issuer.
    state: Mutex<State>,
    /// Locked by the only task that asks the issuer. Tasks that wait for it find the new token, or the refusal, in `state`.
    asking: tokio::sync::Mutex<()>,
}

/// What is known of an account's tokens.
#[derive(Debug)]
struct State {
    /// The token that messages are shown with. `None` until the first is issued, and again once [`Tokens::discard`] has
    /// taken away a token that a server refused.
    held: Option<Held>,
    /// The newest refresh token, by [`Tokens::keep`]; `None` for a grant that has none.
    refresh_token: Option<Secret>,
    /// The last refusal, which is the answer to everybody until the given time. The next token clears it.
    refused: Option<(Fault, Instant)>,
    /// When a server last refused a token that we held, so that a server which refuses every token does not make us ask
    /// the issuer for each message. Nobody clears it: after [`DISCARD_EVERY`] it counts for nothing.
    discarded: Option<Instant>,
}

/// A token while it is good.
#[derive(Debug, Clone)]
struct Held {
    token: Secret,
    /// From this time on, whoever takes the token has a newer one fetched in the background.
    renew: Instant,
    /// From this time on the token is not used any more.
    end: Instant,
}

/// How long before its end a token is renewed, or half of its life where that is less.
const EARLY: Duration = Duration::from_mins(5);
/// How long before its end a token is used for the last time, since a server's clock may be ahead of the issuer's.
const MARGIN: Duration = Duration::from_secs(30);
/// How long a refusal that only a person can put right is remembered.
const REFUSED_FOR: Duration = Duration::from_mins(1);
/// How long any other failure is remembered: long enough that waiting messages don't ask one after another.
const FAILED_FOR: Duration = Duration::from_secs(2);
/// The shortest time between two tokens that are replaced because a server refused them.
const DISCARD_EVERY: Duration = Duration::from_mins(1);
/// How long the issuer may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

impl Tokens {
    /// Prepares to ask the issuer; the first token is fetched when somebody needs it.
    ///
    /// # Errors
    /// TLS or a proxy can't be set up.
    pub fn new(settings: Settings, clock: Clock) -> Result<Self, http::SetupError> {
        let refresh_token = match &settings.grant {
            Grant::RefreshToken { token, .. } => Some(token.clone()),
            Grant::ClientCredentials | Grant::ServiceAccount { .. } => None,
        };
        let state = State { held: None, refresh_token, refused: None, discarded: None };
        let client = http::client_with(ANSWER_WITHIN, &settings.proxies, true)?;
        Ok(Self { settings, client, clock, state: Mutex::new(state), asking: tokio::sync::Mutex::default() })
    }

    /// The token that is held, or a new one where none is held.
    ///
    /// # Errors
    /// The issuer refused, or could not be reached. The fault has the stage `token`.
    pub async fn token(self: &Arc<Self>) -> Result<Token, Fault> {
        let now = Instant::now();
        if let Some(held) = self.held(now) {
            // Nobody waits for a renewal in good time, and one task is enough for it.
            if held.renew <= now && self.asking.try_lock().is_ok() {
                let tokens = Arc::clone(self);
                tokio::spawn(async move { tokens.renew(held.renew).await });
            }
            return Ok(Token { text: held.token, is_new: false });
        }
        let tokens = Arc::clone(self);
        // In a task of its own, which goes on where the message that waits here gives up: the next one finds the token.
        let renewing = tokio::spawn(async move { tokens.renew(now).await });
        renewing.await.unwrap_or_else(|_| Err(fault(FaultKind::Unavailable, "the request was cut off")))
    }

    /// Takes back a token that a server refused, and says whether asking for another one is worth it.
    #[must_use]
    pub fn discard(&self, token: &Token) -> bool {
        // A token that was issued for this very message and is refused would be refused again: the fault is another
        // one.
        if token.is_new {
            return false;
        }
        let now = Instant::now();
        let mut state = self.state();
        // Somebody else has a newer token already, or is asking for it.
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

    /// Asks the issuer, unless somebody else has been answered since `since`.
    async fn renew(&self, since: Instant) -> Result<Token, Fault> {
        // One at a time: a hundred messages that find no token need only one, and the others find it when the first is
        // done.
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
        // A refresh token that is refused may have been replaced in the file since the start.
        if let (Err(Refusal { is_final: true, .. }), Some(other)) =
            (&asked, self.in_file(refresh_token.as_ref()))
        {
            refresh_token = Some(other);
            asked = self.ask(refresh_token.as_ref()).await;
        }
        let newer = asked.as_ref().ok().and_then(|issued| issued.refresh_token.clone());
        if let Some(newer) = newer.filter(|newer| refresh_token.as_ref() != Some(newer)) {
            self.save(newer).await;
        }
        self.keep(asked, refresh_token, Instant::now())
    }

    async fn ask(&self, refresh_token: Option<&Secret>) -> Result<Issued, Refusal> {
        let form = self.form(refresh_token).map_err(|fault| Refusal { fault, is_final: true })?;
        let passing = |fault| Refusal { fault, is_final: false };
        let request = self.client.post(&self.settings.token_url).header("accept", "application/json");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        match http::exchange(request, Some(form.into_bytes().into()), ANSWER_WITHIN, http::NOBODY).await {
            Ok(answer) => read(&answer),
            Err(Verdict::Deferred(lost) | Verdict::InDoubt(lost)) => {
                Err(passing(fault(lost.kind, &lost.detail)))
            }
            Err(_) => Err(passing(fault(FaultKind::Unavailable, "no answer"))),
        }
    }

    /// The body of a request for a token.
    fn form(&self, refresh_token: Option<&Secret>) -> Result<String, Fault> {
        let Settings { grant, scope, client_id, client_secret, token_url, proxies: _ } = &self.settings;
        let mut form = form_urlencoded::Serializer::new(String::new());
        let mut pair = |name: &str, value: &str| {
            // RFC 6749, 3.2: a parameter without a value counts as left out.
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
                let assertion =
                    account.assertion(subject, scope, token_url, self.clock.now()).map_err(|_| {
                        fault(
                            FaultKind::Credentials,
                            "can't sign with the service account's key: download a new key file",
                        )
                    })?;
                pair("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
                pair("assertion", assertion.reveal());
                // The assertion names the scope, and the client is whoever signed it.
                return Ok(form.finish());
            }
        }
        pair("client_id", client_id);
        pair("client_secret", client_secret.as_ref().map(Secret::reveal).unwrap_or_default());
        pair("scope", scope);
        Ok(form.finish())
    }

    /// Remembers what the issuer answered. `shown` is the refresh token that was shown to it, which stays in use unless a
    /// newer one came.
    fn keep(
        &self,
        asked: Result<Issued, Refusal>,
        shown: Option<Secret>,
        now: Instant,
    ) -> Result<Token, Fault> {
        let mut state = self.state();
        match asked {
            Ok(Issued { token, life, refresh_token }) => {
                // Parts of the life, so that a token of a few minutes is used at all.
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
            Err(Refusal { fault, is_final }) => {
                let stands = if is_final { REFUSED_FOR } else { FAILED_FOR };
                state.refused =
                    Some((fault.clone(), now + fault.wait.unwrap_or_default().max(stands).min(REFUSED_FOR)));
                Err(fault)
            }
        }
    }

    /// The refresh token in the file, where it is another than the known one: a command or a person may have put it there.
    fn in_file(&self, known: Option<&Secret>) -> Option<Secret> {
        let Grant::RefreshToken { file: Some(file), .. } = &self.settings.grant else { return None };
        // Blocks for a moment, which does not matter: it happens only after the issuer refused the token.
        let text = fs::read_to_string(file).ok()?;
        Some(Secret::new(text.trim())).filter(|other| !other.reveal().is_empty() && known != Some(other))
    }

    /// Keeps a newer refresh token in the file, so that a restart begins with it.
    async fn save(&self, newer: Secret) {
        let Grant::RefreshToken { file: Some(file), .. } = &self.settings.grant else { return };
        let to = file.clone();
        let saving = tokio::task::spawn_blocking(move || {
            // The issuer may have taken the old one back already, so this one has to survive a power cut.
            file::replace(&to, newer.reveal().as_bytes(), Durability::Synced)
        });
        if let Ok(Err(error)) = saving.await {
            tracing::warn!(
                file = %file.display(), error = %error.kind(),
                "the newer refresh token can't be written to its file: make the file writable, because the token in \
                 it will expire"
            );
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
