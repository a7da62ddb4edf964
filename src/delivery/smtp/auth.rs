//! AUTH (RFC 4954), by password or by access token; and how to tell that a server wants TLS before anything else.

use super::Credentials;
use super::classify::Failure;
use super::handshake::Access;
use super::progress::Progress;
use super::reply::{self, Reply};
use super::session::{Mechanism, Session};
use super::tls::Stream;
use crate::delivery::fault::{FaultKind, Stage};
use crate::delivery::oauth2::Token;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// A command with more octets goes in two (RFC 5321, section 4.5.3.1.4). Microsoft's tokens need that, Google's don't.
const LONGEST_COMMAND: usize = 512;

/// Logs in; `token` is there where the credentials are tokens.
///
/// # Errors
/// The server refuses us, or offers no way in that we have.
pub(super) async fn log_in(
    session: &mut Session,
    credentials: &Credentials,
    token: Option<&Token>,
    access: &Access,
    progress: &Progress,
) -> Result<(), Failure> {
    progress.set(Stage::Auth);
    match (credentials, token) {
        (Credentials::Password(user, password), _) => {
            by_password(session, user, password.reveal(), access).await
        }
        (Credentials::Tokens(user, _), Some(token)) => by_token(session, user, token.text.reveal()).await,
        (Credentials::Tokens(..), None) => Ok(()),
    }
}

/// With the best mechanism that is listed. Some servers list one that they don't serve: then the other one is tried, and
/// comes first from there on.
async fn by_password(
    session: &mut Session,
    user: &str,
    password: &str,
    access: &Access,
) -> Result<(), Failure> {
    let (best, other) = (session.extensions.auth, session.extensions.second_auth);
    let Some(best) = best else {
        let detail = "the server offers neither AUTH PLAIN nor AUTH LOGIN";
        return Err(not_offered(session, FaultKind::Credentials, detail));
    };
    let (first, second) = match other {
        Some(other) if access.is_unserved(best) => (other, Some(best)),
        other => (best, other),
    };
    let tried = show_password(session, first, user, password).await;
    match (tried, second) {
        (Err(Failure::Refused { reply, .. }), Some(second)) if is_unserved(session, reply) => {
            access.note_unserved(first);
            show_password(session, second, user, password).await
        }
        (tried, _) => tried,
    }
}

async fn show_password(
    session: &mut Session,
    mechanism: Mechanism,
    user: &str,
    password: &str,
) -> Result<(), Failure> {
    session.extensions.auth = Some(mechanism);
    let reply = match mechanism {
        Mechanism::Plain => {
            let response = BASE64_STANDARD.encode(format!("\0{user}\0{password}"));
            let reply = show(session, "AUTH PLAIN", &response).await?;
            // A server that passes over the initial response asks for it.
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

/// AUTH XOAUTH2 (<https://developers.google.com/workspace/gmail/imap/xoauth2-protocol>).
async fn by_token(session: &mut Session, user: &str, token: &str) -> Result<(), Failure> {
    if !session.extensions.xoauth2 {
        let detail = "the server does not offer AUTH XOAUTH2: check that it is the right one";
        return Err(not_offered(session, FaultKind::Account, detail));
    }
    let response = BASE64_STANDARD.encode(format!("user={user}\x01auth=Bearer {token}\x01\x01"));
    let mut reply = show(session, "AUTH XOAUTH2", &response).await?;
    let is_empty = |session: &Session| reply::lines(session.last_reply()).all(<[u8]>::is_empty);
    if reply.code == 334 && is_empty(session) {
        reply = respond(session, &response).await?;
    }
    if reply.code == 334 {
        // The challenge holds what is wrong, in JSON; the reply that counts comes after an empty line.
        reply = respond(session, "").await?;
    }
    if session.last_reply_holds("SmtpClientAuthentication is disabled") {
        let detail = format!("{reply}, SMTP AUTH is switched off for this mailbox or tenant");
        return Err(Failure::Setup(FaultKind::Account, detail));
    }
    settle(session, reply)
}

/// Sends the command with its initial response; where both are too long for one line, the response when it is asked for.
async fn show(session: &mut Session, command: &str, response: &str) -> Result<Reply, Failure> {
    let whole = format!("{command} {response}");
    if whole.len() + "\r\n".len() <= LONGEST_COMMAND {
        return respond(session, &whole).await;
    }
    session.out.extend_from_slice(command.as_bytes());
    session.out.extend_from_slice(b"\r\n");
    prompted(session).await?;
    respond(session, response).await
}

/// Sends a line and reads the reply to it.
async fn respond(session: &mut Session, line: &str) -> Result<Reply, Failure> {
    session.out.extend_from_slice(line.as_bytes());
    session.out.extend_from_slice(b"\r\n");
    session.flush().await?;
    session.reply().await
}

/// Writes what is ready and waits for the server to ask for more (334).
async fn prompted(session: &mut Session) -> Result<(), Failure> {
    session.flush().await?;
    match session.reply().await? {
        reply if reply.code == 334 && !session.has_unread() => Ok(()),
        reply if reply.code == 334 => Err(Failure::Protocol("a reply to nothing")),
        reply => settle(session, reply).and(Err(Failure::Unexpected(reply))),
    }
}

/// What the last reply to AUTH means.
fn settle(session: &Session, reply: Reply) -> Result<(), Failure> {
    match reply.code {
        200..300 if session.has_unread() => Err(Failure::Protocol("a reply to nothing")),
        200..300 => Ok(()),
        _ if reply.is_transient() || reply.is_permanent() => {
            Err(wants_tls(session, reply).unwrap_or(Failure::Refused { reply }))
        }
        _ => Err(Failure::Unexpected(reply)),
    }
}

/// A way in is missing: TLS may come before it.
fn not_offered(session: &Session, kind: FaultKind, detail: &str) -> Failure {
    if in_clear(session) && session.extensions.starttls {
        let detail = format!("{detail} before STARTTLS: {USE_TLS}");
        Failure::Setup(FaultKind::Account, detail)
    } else {
        Failure::Setup(kind, detail.to_owned())
    }
}

const USE_TLS: &str = "set `?tls=required` in the url";

/// Whether a refusal says that nothing goes without TLS (RFC 3207, section 4; RFC 4954, section 6). The code alone does not
/// tell: 530 may also want a user name and a password.
pub(super) fn wants_tls(session: &Session, reply: Reply) -> Option<Failure> {
    let text = session.last_reply().to_ascii_lowercase();
    let says = |word: &str| memchr::memmem::find(&text, word.as_bytes()).is_some();
    let extensions = &session.extensions;
    let offers_auth = extensions.auth.is_some() || extensions.xoauth2;
    let wanted = says("starttls")
        || reply.code == 538
        || matches!(reply.enhanced(), Some((_, 7, 10 | 11)))
        || (reply.code == 530 && ["tls", "ssl", "encrypt"].into_iter().any(says))
        || (reply.code == 530 && extensions.starttls && !offers_auth && !says("auth"));
    (in_clear(session) && wanted).then(|| {
        Failure::Setup(FaultKind::Account, format!("{reply}, the server wants STARTTLS first: {USE_TLS}"))
    })
}

fn in_clear(session: &Session) -> bool {
    matches!(session.stream, Stream::Plain(_))
}

/// Whether a refusal is of the mechanism, and no judgement on the password.
fn is_unserved(session: &Session, reply: Reply) -> bool {
    let text = session.last_reply().to_ascii_lowercase();
    let says = |words: &str| memchr::memmem::find(&text, words.as_bytes()).is_some();
    // 534 alone does not say so: Gmail uses it where it wants a password made for one application.
    matches!(reply.code, 500..=504)
        || (reply.is_permanent() && (says("mechanism") || says("authentication type")))
}
