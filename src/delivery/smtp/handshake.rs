//! From an address to a session that takes messages: connection, TLS, greeting, EHLO, AUTH.

use super::judgement::{Failure, Stage};
use super::progress::Progress;
use super::reply;
use super::session::{Extensions, Mechanism, Session};
use super::tls::{Security, Stream};
use super::{Credentials, Settings, SetupError, Tls};
use crate::clock::Clock;
use crate::delivery::FaultKind;
use crate::delivery::oauth2::{Token, Tokens};
use crate::secret::Secret;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

/// What it takes to get in, prepared once.
pub(super) struct Access {
    security: Option<Security>,
    tokens: Option<Arc<Tokens>>,
}

impl Access {
    /// Asks nobody for anything yet.
    ///
    /// # Errors
    /// An unusable CA file or host name.
    pub(super) fn new(settings: &Settings) -> Result<Self, SetupError> {
        let tokens = match &settings.credentials {
            Some(Credentials::Tokens(_, tokens)) => {
                Some(Arc::new(Tokens::new((**tokens).clone(), Clock::System)?))
            }
            Some(Credentials::Password(..)) | None => None,
        };
        Ok(Self { security: Security::new(settings)?, tokens })
    }
}

/// Connects and gets everything done that comes before the first message. A token that was held and is refused may have
/// been revoked: a new one is tried, on a connection of its own.
///
/// # Errors
/// At the stage that `stage` says.
pub(super) async fn open(
    settings: &Settings,
    access: &Access,
    count: &Arc<AtomicUsize>,
    progress: &Progress,
) -> Result<Session, Failure> {
    let Some(tokens) = &access.tokens else {
        return open_with(settings, access, None, count, progress).await;
    };
    progress.set(Stage::Token);
    let token = tokens.token().await?;
    match open_with(settings, access, Some(&token), count, progress).await {
        Err(Failure::Refused { reply, .. })
            if progress.get() == Stage::Auth && reply.is_permanent() && tokens.discard(&token) =>
        {
            progress.set(Stage::Token);
            let token = tokens.token().await?;
            open_with(settings, access, Some(&token), count, progress).await
        }
        opened => opened,
    }
}

async fn open_with(
    settings: &Settings,
    access: &Access,
    token: Option<&Token>,
    count: &Arc<AtomicUsize>,
    progress: &Progress,
) -> Result<Session, Failure> {
    let security = access.security.as_ref();
    progress.set(Stage::Connect);
    let tcp = connect(settings).await?;
    let stream = match security {
        Some(security) if settings.tls == Tls::Implicit => secure(security, tcp).await?,
        _ => Stream::Plain(tcp),
    };
    let mut session = Session::new(stream, count);
    session.exchange(&[Stage::Greeting], progress).await?;
    greet(&mut session, settings, progress).await?;
    if let Some(security) = security
        && settings.tls == Tls::Required
    {
        session = starttls(session, security, count, progress).await?;
        greet(&mut session, settings, progress).await?;
    }
    match (&settings.credentials, token) {
        (Some(Credentials::Password(user, password)), _) => {
            progress.set(Stage::Auth);
            authenticate(&mut session, user, password, progress).await?;
        }
        (Some(Credentials::Tokens(user, _)), Some(token)) => {
            progress.set(Stage::Auth);
            show_token(&mut session, user, &token.text, progress).await?;
        }
        (Some(Credentials::Tokens(..)), None) | (None, _) => {}
    }
    Ok(session)
}

/// What each address of a host gets while there is another: one that is dead must not use up the attempt.
const CONNECT_EACH: Duration = Duration::from_secs(1);

/// A TCP connection without Nagle's delay: every write is a whole flight.
async fn connect(settings: &Settings) -> Result<TcpStream, Failure> {
    let found = lookup_host((settings.host.as_str(), settings.port)).await;
    let addresses: Vec<SocketAddr> =
        found.map_err(|_| Failure::Closed("host name not found".to_owned()))?.collect();
    let Some((last, others)) = addresses.split_last() else {
        return Err(Failure::Closed("host name not found".to_owned()));
    };
    for address in others {
        if let Ok(Ok(tcp)) = timeout(CONNECT_EACH, TcpStream::connect(address)).await {
            return without_delay(tcp);
        }
    }
    without_delay(TcpStream::connect(last).await?)
}

fn without_delay(tcp: TcpStream) -> Result<TcpStream, Failure> {
    tcp.set_nodelay(true)?;
    Ok(tcp)
}

async fn secure(security: &Security, tcp: TcpStream) -> Result<Stream, Failure> {
    security.handshake(tcp).await.map_err(|detail| Failure::Setup(FaultKind::Unavailable, detail))
}

/// EHLO, and what it offers; HELO for a server that does not know it and needs neither TLS nor AUTH.
async fn greet(session: &mut Session, settings: &Settings, progress: &Progress) -> Result<(), Failure> {
    session.out.extend_from_slice(format!("EHLO {}\r\n", settings.helo).as_bytes());
    match session.exchange(&[Stage::Ehlo], progress).await {
        Ok(()) => {
            session.extensions = Extensions::parse(session.last_reply());
            session.extensions.chunking &= settings.chunking;
            Ok(())
        }
        Err(Failure::Refused { reply, .. })
            if reply.is_permanent() && settings.tls == Tls::None && settings.credentials.is_none() =>
        {
            session.out.extend_from_slice(format!("HELO {}\r\n", settings.helo).as_bytes());
            session.exchange(&[Stage::Ehlo], progress).await
        }
        Err(failure) => Err(failure),
    }
}

/// STARTTLS (RFC 3207). What came in clear with the reply could be an attacker's, and ends it: `exchange` sees to that.
async fn starttls(
    mut session: Session,
    security: &Security,
    count: &Arc<AtomicUsize>,
    progress: &Progress,
) -> Result<Session, Failure> {
    progress.set(Stage::Starttls);
    if !session.extensions.starttls {
        return Err(Failure::Setup(FaultKind::Unavailable, "server offers no STARTTLS".to_owned()));
    }
    session.out.extend_from_slice(b"STARTTLS\r\n");
    session.exchange(&[Stage::Starttls], progress).await?;
    match session.stream {
        Stream::Plain(tcp) => Ok(Session::new(secure(security, tcp).await?, count)),
        Stream::Tls(_) => Ok(session),
    }
}

/// AUTH (RFC 4954), with the mechanism that EHLO left us.
async fn authenticate(
    session: &mut Session,
    user: &str,
    password: &Secret,
    progress: &Progress,
) -> Result<(), Failure> {
    let password = password.reveal();
    match session.extensions.auth {
        Some(Mechanism::Plain) => {
            let response = BASE64_STANDARD.encode(format!("\0{user}\0{password}"));
            session.out.extend_from_slice(format!("AUTH PLAIN {response}\r\n").as_bytes());
        }
        Some(Mechanism::Login) => {
            session.out.extend_from_slice(b"AUTH LOGIN\r\n");
            for answer in [user, password] {
                prompted(session).await?;
                session.out.extend_from_slice(BASE64_STANDARD.encode(answer).as_bytes());
                session.out.extend_from_slice(b"\r\n");
            }
        }
        None => {
            let detail = "server offers neither AUTH PLAIN nor AUTH LOGIN".to_owned();
            return Err(Failure::Setup(FaultKind::Credentials, detail));
        }
    }
    session.exchange(&[Stage::Auth], progress).await
}

/// A command with more than this goes in two (RFC 5321, 4.5.3.1.4); Microsoft's tokens do, Google's don't.
const LONGEST_COMMAND: usize = 512;

/// AUTH XOAUTH2 (<https://developers.google.com/workspace/gmail/imap/xoauth2-protocol>).
async fn show_token(
    session: &mut Session,
    user: &str,
    token: &Secret,
    progress: &Progress,
) -> Result<(), Failure> {
    if !session.extensions.xoauth2 {
        let detail = "server does not offer AUTH XOAUTH2: is it the right one?".to_owned();
        return Err(Failure::Setup(FaultKind::Account, detail));
    }
    let response = BASE64_STANDARD.encode(format!("user={user}\x01auth=Bearer {}\x01\x01", token.reveal()));
    let whole = format!("AUTH XOAUTH2 {response}\r\n");
    if whole.len() <= LONGEST_COMMAND {
        session.out.extend_from_slice(whole.as_bytes());
    } else {
        session.out.extend_from_slice(b"AUTH XOAUTH2\r\n");
        prompted(session).await?;
        session.out.extend_from_slice(response.as_bytes());
        session.out.extend_from_slice(b"\r\n");
    }
    session.flush().await?;
    let reply = session.reply().await?;
    match reply.code {
        235 if !session.has_unread() => Ok(()),
        // What is wrong, in JSON; the reply that counts comes after an empty line.
        334 => {
            session.out.extend_from_slice(b"\r\n");
            session.exchange(&[Stage::Auth], progress).await
        }
        _ if session.last_reply_holds("SmtpClientAuthentication is disabled") => {
            let detail = format!("{reply}, SMTP AUTH is switched off for this mailbox or tenant");
            Err(Failure::Setup(FaultKind::Account, detail))
        }
        _ if reply.is_transient() || reply.is_permanent() => Err(Failure::Refused { reply, unread: 0 }),
        _ => Err(Failure::Unexpected(reply)),
    }
}

/// Writes what is ready and waits for the server to ask for more (334).
async fn prompted(session: &mut Session) -> Result<(), Failure> {
    session.flush().await?;
    match session.reply().await? {
        reply if reply.code == 334 && !session.has_unread() => Ok(()),
        reply if reply.is_transient() || reply.is_permanent() => Err(Failure::Refused { reply, unread: 0 }),
        reply => Err(Failure::Unexpected(reply)),
    }
}

impl Extensions {
    /// What a reply to EHLO lists (RFC 5321 4.1.1.1).
    fn parse(reply: &[u8]) -> Self {
        let mut offered = Self::default();
        for line in reply::lines(reply).skip(1) {
            let line = line.to_ascii_uppercase();
            let mut words = line.split(|byte| matches!(byte, b' ' | b'=')).filter(|word| !word.is_empty());
            match words.next() {
                Some(b"PIPELINING") => offered.pipelining = true,
                Some(b"CHUNKING") => offered.chunking = true,
                Some(b"SMTPUTF8") => offered.smtputf8 = true,
                Some(b"STARTTLS") => offered.starttls = true,
                Some(b"SIZE") => offered.size = words.next().and_then(size_limit),
                Some(b"AUTH") => {
                    let words: Vec<_> = words.collect();
                    offered.xoauth2 |= words.contains(&&b"XOAUTH2"[..]);
                    let known = words.into_iter().filter_map(Mechanism::parse);
                    offered.auth = known.chain(offered.auth).min();
                }
                _ => {}
            }
        }
        offered
    }
}

impl Mechanism {
    fn parse(name: &[u8]) -> Option<Self> {
        match name {
            b"PLAIN" => Some(Self::Plain),
            b"LOGIN" => Some(Self::Login),
            _ => None,
        }
    }
}

/// SIZE's number; 0 stands for no limit (RFC 1870).
fn size_limit(number: &[u8]) -> Option<usize> {
    str::from_utf8(number).ok()?.parse().ok().filter(|limit| *limit > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ehlo_is_read_for_what_is_used() {
        let offered = Extensions::parse(
            b"250-PIPELINING is my name\r\n250-size 1000\r\n250-CHUNKING\r\n250-AUTH XOAUTH2 LOGIN PLAIN\r\n250 HELP\r\n",
        );
        assert!(offered.chunking && !offered.pipelining && !offered.starttls && !offered.smtputf8);
        assert_eq!((offered.size, offered.auth), (Some(1000), Some(Mechanism::Plain)));
        let old =
            Extensions::parse(b"250-x\r\n250-AUTH=LOGIN\r\n250-SIZE 0\r\n250-SMTPUTF8\r\n250 STARTTLS\r\n");
        assert_eq!((old.size, old.auth), (None, Some(Mechanism::Login)));
        assert!(old.smtputf8 && old.starttls);
    }
}
