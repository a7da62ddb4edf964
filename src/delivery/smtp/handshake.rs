//! From an address to a session that takes messages: connection, TLS, greeting, EHLO; `auth` does the rest.

use super::auth;
use super::classify::Failure;
use super::dial::Dialer;
use super::progress::Progress;
use super::reply;
use super::session::{Extensions, Mechanism, Session};
use super::tls::{Security, Stream};
use super::{Credentials, Settings, SetupError, Tls};
use crate::clock::Clock;
use crate::delivery::dns::Resolver;
use crate::delivery::fault::{FaultKind, Stage};
use crate::delivery::oauth2::{Token, Tokens};
use std::pin::pin;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Waker};
use tokio::net::TcpStream;

/// What it takes to get in, prepared once, and what was learned of this server.
pub(super) struct Access {
    dialer: Dialer,
    security: Option<Security>,
    tokens: Option<Arc<Tokens>>,
    /// A mechanism that the server lists and does not serve.
    unserved: Mutex<Option<Mechanism>>,
    /// Where the other ends of connections in memory go.
    #[cfg(test)]
    in_memory: Option<tokio::sync::mpsc::UnboundedSender<tokio::io::DuplexStream>>,
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
        let dialer = Dialer::new(settings.host.clone(), settings.port, Resolver::default());
        Ok(Self {
            dialer,
            security: Security::new(settings)?,
            tokens,
            unserved: Mutex::default(),
            #[cfg(test)]
            in_memory: None,
        })
    }

    /// Connects in memory instead of over the network.
    #[cfg(test)]
    pub(super) fn in_memory(
        settings: &Settings,
        far_ends: tokio::sync::mpsc::UnboundedSender<tokio::io::DuplexStream>,
    ) -> Result<Self, SetupError> {
        Ok(Self { in_memory: Some(far_ends), ..Self::new(settings)? })
    }

    async fn connect(&self, settings: &Settings) -> Result<Stream, Failure> {
        #[cfg(test)]
        if let Some(far_ends) = &self.in_memory {
            let (near, far) = tokio::io::duplex(64 * 1024);
            far_ends.send(far).map_err(|_| Failure::Closed("refused".to_owned()))?;
            return Ok(Stream::Memory(near));
        }
        let tcp = self.dialer.connect().await?;
        match &self.security {
            Some(security) if settings.tls == Tls::Implicit => secure(security, tcp).await,
            _ => Ok(Stream::Plain(tcp)),
        }
    }

    /// Whether the server turned this mechanism away when it was last tried.
    pub(super) fn is_unserved(&self, mechanism: Mechanism) -> bool {
        *self.unserved.lock().unwrap_or_else(PoisonError::into_inner) == Some(mechanism)
    }

    /// The server lists this mechanism and turns it away.
    pub(super) fn note_unserved(&self, mechanism: Mechanism) {
        *self.unserved.lock().unwrap_or_else(PoisonError::into_inner) = Some(mechanism);
    }
}

/// Connects and gets everything done that comes before the first message. A token that was held and is refused may have
/// been revoked: a new one is tried, on a connection of its own.
///
/// # Errors
/// At the stage that `progress` says.
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
    let stream = access.connect(settings).await?;
    let mut session = Session::new(stream, count);
    let welcome = welcome(&mut session, settings, progress).await;
    or_leave(&mut session, welcome)?;
    if let Some(security) = security
        && settings.tls == Tls::Required
    {
        let agreed = starttls(&mut session, progress).await;
        or_leave(&mut session, agreed)?;
        session = match session.stream {
            Stream::Plain(tcp) => Session::new(secure(security, tcp).await?, count),
            Stream::Tls(_) => session,
            #[cfg(test)]
            Stream::Memory(_) => session,
        };
        let greeted = greet(&mut session, settings, progress).await;
        or_leave(&mut session, greeted)?;
    }
    if let Some(credentials) = &settings.credentials {
        let in_by_now = auth::log_in(&mut session, credentials, token, access, progress).await;
        or_leave(&mut session, in_by_now)?;
    }
    Ok(session)
}

/// Says QUIT where the server still listens after a failure, and does not wait for its reply.
fn or_leave(session: &mut Session, result: Result<(), Failure>) -> Result<(), Failure> {
    let listens = match &result {
        Err(Failure::Refused { reply, .. } | Failure::Unexpected(reply)) => reply.code != 421,
        Err(Failure::Setup(..)) => true,
        _ => false,
    };
    if listens {
        session.out.clear();
        session.out.extend_from_slice(b"QUIT\r\n");
        // Six bytes leave at once or not at all.
        let _ = pin!(session.flush()).poll(&mut Context::from_waker(Waker::noop()));
    }
    result
}

/// The greeting, and the reply to ours.
async fn welcome(session: &mut Session, settings: &Settings, progress: &Progress) -> Result<(), Failure> {
    session.exchange(&[Stage::Greeting], progress).await?;
    greet(session, settings, progress).await
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
async fn starttls(session: &mut Session, progress: &Progress) -> Result<(), Failure> {
    progress.set(Stage::Starttls);
    if !session.extensions.starttls {
        let detail = "the server offers no STARTTLS: use smtps:// where its port takes TLS from the start, or another port";
        return Err(Failure::Setup(FaultKind::Unavailable, detail.to_owned()));
    }
    session.out.extend_from_slice(b"STARTTLS\r\n");
    session.exchange(&[Stage::Starttls], progress).await
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
                    for known in words.into_iter().filter_map(Mechanism::parse) {
                        offered.add(known);
                    }
                }
                _ => {}
            }
        }
        offered
    }

    /// One more mechanism; the better one stands first.
    fn add(&mut self, mechanism: Mechanism) {
        match self.auth {
            None => self.auth = Some(mechanism),
            Some(known) if known == mechanism => {}
            Some(known) => {
                (self.auth, self.second_auth) = (Some(known.min(mechanism)), Some(known.max(mechanism)));
            }
        }
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
        assert_eq!(offered.second_auth, Some(Mechanism::Login));
        let old =
            Extensions::parse(b"250-x\r\n250-AUTH=LOGIN\r\n250-SIZE 0\r\n250-SMTPUTF8\r\n250 STARTTLS\r\n");
        assert_eq!((old.size, old.auth, old.second_auth), (None, Some(Mechanism::Login), None));
        assert!(old.smtputf8 && old.starttls);
    }
}
