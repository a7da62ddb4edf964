//! AUTH (RFC 4954): logs in with a password or an access token.

use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::classify::Cause;
use super::extensions::Mechanism;
use super::progress::Progress;
use super::reply::{self, Reply};
use super::session::{Session, UNASKED, USE_TLS};
use crate::delivery::fault::{FaultKind, Stage};
use crate::delivery::oauth2::{Token, Tokens};
use crate::secret::Secret;

/// A command of more octets is sent in two lines (RFC 5321, section 4.5.3.1.4). Microsoft's tokens are that long,
/// Google's are not.
const LONGEST_COMMAND: usize = 512;

/// The way to log in, prepared once for all sessions.
pub(super) enum Login {
    /// A user name and a password.
    Password(String, Secret),
    /// A mailbox, and the source of its access tokens (XOAUTH2).
    Tokens(String, Arc<Tokens>),
}

/// A mechanism that the server lists and does not serve. Noted when it is turned away, and kept as long as the client.
#[derive(Default)]
pub(super) struct Unserved(Mutex<Option<Mechanism>>);

impl Unserved {
    /// Whether the server turned this mechanism away when it was last tried.
    fn holds(&self, mechanism: Mechanism) -> bool {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) == Some(mechanism)
    }

    /// Notes that the server turned this mechanism away.
    fn note(&self, mechanism: Mechanism) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(mechanism);
    }
}

/// Logs in. `token` is set where the login takes tokens.
///
/// # Errors
/// The server refuses the login, or offers no mechanism for it.
pub(super) async fn log_in(
    session: &mut Session,
    login: &Login,
    token: Option<&Token>,
    unserved: &Unserved,
    progress: &Progress,
) -> Result<(), Cause> {
    progress.set(Stage::Auth);
    match (login, token) {
        (Login::Password(user, password), _) => by_password(session, user, password.reveal(), unserved).await,
        (Login::Tokens(user, _), Some(token)) => by_token(session, user, token.text.reveal()).await,
        // Can't be: the handshake gets a token for such a login before it connects.
        (Login::Tokens(..), None) => Ok(()),
    }
}

/// Logs in with the best mechanism that the server lists. Some servers list one that they don't serve: then the other
/// one is tried, and is tried first from then on.
async fn by_password(
    session: &mut Session,
    user: &str,
    password: &str,
    unserved: &Unserved,
) -> Result<(), Cause> {
    let (best, other) = (session.extensions.auth, session.extensions.second_auth);
    let Some(best) = best else {
        let detail = "the server offers neither AUTH PLAIN nor AUTH LOGIN";
        return Err(not_offered(session, FaultKind::Credentials, detail));
    };
    let (first, second) = match other {
        Some(other) if unserved.holds(best) => (other, Some(best)),
        other => (best, other),
    };
    let tried = show_password(session, first, user, password).await;
    match (tried, second) {
        (Err(Cause::Refused { reply, .. }), Some(second)) if is_unserved(session, reply) => {
            unserved.note(first);
            show_password(session, second, user, password).await
        }
        (tried, _) => tried,
    }
}

/// Logs in with this mechanism.
async fn show_password(
    session: &mut Session,
    mechanism: Mechanism,
    user: &str,
    password: &str,
) -> Result<(), Cause> {
    session.extensions.auth = Some(mechanism);
    let reply = match mechanism {
        Mechanism::Plain => {
            // The initial response spares a round trip (RFC 4954, section 4).
            let response = BASE64_STANDARD.encode(format!("\0{user}\0{password}"));
            let reply = show(session, "AUTH PLAIN", &response).await?;
            // A server that ignored the initial response asks for it with 334.
            if reply.code == 334 { respond(session, &response).await? } else { reply }
        }
        Mechanism::Login => {
            session.out.extend_from_slice(b"AUTH LOGIN\r\n");
            prompted(session).await?;
            session.out.extend_from_slice(BASE64_STANDARD.encode(user).as_bytes());
            session.out.extend_from_slice(b"\r\n");
            prompted(session).await?;
            respond(session, &BASE64_STANDARD.encode(password)).await?
        }
    };
    settle(session, reply)
}

/// Logs in with AUTH XOAUTH2 (<https://developers.google.com/workspace/gmail/imap/xoauth2-protocol>).
async fn by_token(session: &mut Session, user: &str, token: &str) -> Result<(), Cause> {
    if !session.extensions.xoauth2 {
        let detail = "the server does not offer AUTH XOAUTH2: check host and port, or use a password";
        return Err(not_offered(session, FaultKind::Account, detail));
    }
    let response = BASE64_STANDARD.encode(format!("user={user}\x01auth=Bearer {token}\x01\x01"));
    let mut reply = show(session, "AUTH XOAUTH2", &response).await?;
    let is_empty = |session: &Session| reply::lines(session.last_reply()).all(<[u8]>::is_empty);
    if reply.code == 334 && is_empty(session) {
        reply = respond(session, &response).await?;
    }
    if reply.code == 334 {
        // The challenge tells in JSON what is wrong. The reply that counts comes after an empty line.
        reply = respond(session, "").await?;
    }
    if session.last_reply_holds("SmtpClientAuthentication is disabled") {
        let detail = format!(
            "{reply}, SMTP AUTH is switched off for this mailbox or tenant: have its administrator switch it on"
        );
        return Err(Cause::Setup(FaultKind::Account, detail));
    }
    settle(session, reply)
}

/// Sends the command with its initial response. Where both are too long for one line, the response follows when the
/// server asks for it. Gives the reply to the response.
async fn show(session: &mut Session, command: &str, response: &str) -> Result<Reply, Cause> {
    let whole = format!("{command} {response}");
    if whole.len() + "\r\n".len() <= LONGEST_COMMAND {
        return respond(session, &whole).await;
    }
    session.out.extend_from_slice(command.as_bytes());
    session.out.extend_from_slice(b"\r\n");
    prompted(session).await?;
    respond(session, response).await
}

/// Sends a line and gives the reply to it.
async fn respond(session: &mut Session, line: &str) -> Result<Reply, Cause> {
    session.out.extend_from_slice(line.as_bytes());
    session.out.extend_from_slice(b"\r\n");
    session.flush().await?;
    session.reply().await
}

/// Sends what was written so far and waits for the server to ask for more (334).
async fn prompted(session: &mut Session) -> Result<(), Cause> {
    session.flush().await?;
    match session.reply().await? {
        reply if reply.code == 334 && !session.has_unread() => Ok(()),
        reply if reply.code == 334 => Err(Cause::Protocol(UNASKED)),
        reply => settle(session, reply).and(Err(Cause::Unexpected(reply))),
    }
}

/// Whether the last reply to AUTH lets us in.
fn settle(session: &Session, reply: Reply) -> Result<(), Cause> {
    match reply.code {
        200..300 if session.has_unread() => Err(Cause::Protocol(UNASKED)),
        200..300 => Ok(()),
        _ if reply.is_transient() || reply.is_permanent() => {
            Err(session.wants_tls(reply).unwrap_or(Cause::Refused { reply }))
        }
        _ => Err(Cause::Unexpected(reply)),
    }
}

/// The cause where the server does not offer the mechanism. In clear, it may do so only after STARTTLS.
fn not_offered(session: &Session, kind: FaultKind, detail: &str) -> Cause {
    if session.is_in_clear() && session.extensions.starttls {
        let detail = format!("{detail} before STARTTLS: {USE_TLS}");
        Cause::Setup(FaultKind::Account, detail)
    } else {
        Cause::Setup(kind, detail.to_owned())
    }
}

/// Whether the server refuses the mechanism, and has not judged the password.
fn is_unserved(session: &Session, reply: Reply) -> bool {
    let text = session.last_reply().to_ascii_lowercase();
    let says = |words: &str| memchr::memmem::find(&text, words.as_bytes()).is_some();
    // 534 does not say so: Gmail uses that code where it wants an application-specific password.
    matches!(reply.code, 500..=504)
        || (reply.is_permanent() && (says("mechanism") || says("authentication type")))
}
