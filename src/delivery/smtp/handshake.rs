//! Opens a session that takes messages: connection, TLS, greeting and EHLO. `auth` logs in.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::task::{Context, Waker};

use tokio::net::TcpStream;

use super::auth::{self, Login, Unserved};
use super::classify::Cause;
use super::dial::Dialer;
use super::extensions::Extensions;
use super::progress::Progress;
use super::session::Session;
use super::settings::{Credentials, Settings, SetupError, Tls};
use super::tls::{Security, Stream};
use crate::clock::Clock;
use crate::delivery::dns::Resolver;
use crate::delivery::fault::{FaultKind, Stage};
use crate::delivery::oauth2::{Token, Tokens};

/// What it takes to open a session, prepared once, and what was learned of the server.
pub(super) struct Access {
    dialer: Dialer,
    /// `None` where the connection stays in clear.
    security: Option<Security>,
    /// `None` where the server wants no login.
    login: Option<Login>,
    /// A mechanism that the server lists and turned away. Kept as long as the client, so that each session spares
    /// itself the same refusal.
    unserved: Unserved,
    /// Where the server's ends of connections in memory go, and how many bytes such a connection holds; `None` for the
    /// network.
    #[cfg(test)]
    in_memory: Option<(tokio::sync::mpsc::UnboundedSender<tokio::io::DuplexStream>, usize)>,
}

impl Access {
    /// Reads the CA file and prepares the client for tokens. Asks nobody for anything yet.
    ///
    /// # Errors
    /// The CA file or the host name can't be used, or the client for tokens can't be built.
    pub(super) fn new(settings: &Settings, clock: Clock) -> Result<Self, SetupError> {
        let login = match &settings.credentials {
            Some(Credentials::Tokens(mailbox, tokens)) => {
                Some(Login::Tokens(mailbox.clone(), Arc::new(Tokens::new((**tokens).clone(), clock)?)))
            }
            Some(Credentials::Password(user, password)) => {
                Some(Login::Password(user.clone(), password.clone()))
            }
            None => None,
        };
        let dialer = Dialer::new(settings.host.clone(), settings.port, Resolver::default());
        Ok(Self {
            dialer,
            security: Security::new(settings)?,
            login,
            unserved: Unserved::default(),
            #[cfg(test)]
            in_memory: None,
        })
    }

    /// The same, with connections in memory instead of over the network.
    #[cfg(test)]
    pub(super) fn in_memory(
        settings: &Settings,
        far_ends: tokio::sync::mpsc::UnboundedSender<tokio::io::DuplexStream>,
        capacity: usize,
    ) -> Result<Self, SetupError> {
        Ok(Self { in_memory: Some((far_ends, capacity)), ..Self::new(settings, Clock::System)? })
    }

    /// A connection on which nothing was said yet, under TLS where that is used from the first byte.
    async fn connect(&self, settings: &Settings) -> Result<Stream, Cause> {
        #[cfg(test)]
        if let Some((far_ends, capacity)) = &self.in_memory {
            let (near, far) = tokio::io::duplex(*capacity);
            far_ends.send(far).map_err(|_| Cause::Closed("refused".to_owned()))?;
            return Ok(Stream::Memory(near));
        }
        let tcp = self.dialer.connect().await?;
        match &self.security {
            Some(security) if settings.tls == Tls::Implicit => secure(security, tcp).await,
            _ => Ok(Stream::Plain(tcp)),
        }
    }
}

/// Connects, and does everything that comes before the first message. A token from the cache that the server refuses
/// may have been revoked, so a new one is tried, on a new connection.
///
/// # Errors
/// The cause. The stage is the one that `progress` tells.
pub(super) async fn open(
    settings: &Settings,
    access: &Access,
    count: &Arc<AtomicUsize>,
    progress: &Progress,
) -> Result<Session, Cause> {
    let Some(Login::Tokens(_, tokens)) = &access.login else {
        return open_with(settings, access, None, count, progress).await;
    };
    // Before connecting: without a token there is nothing to log in with, and no connection is opened in vain.
    progress.set(Stage::Token);
    let token = tokens.token().await?;
    match open_with(settings, access, Some(&token), count, progress).await {
        // Only once: `discard` is false for a token that was fetched just now, so a mailbox that is switched off is not
        // asked twice.
        Err(Cause::Refused { reply, .. })
            if progress.get() == Stage::Auth && reply.is_permanent() && tokens.discard(&token) =>
        {
            progress.set(Stage::Token);
            let token = tokens.token().await?;
            open_with(settings, access, Some(&token), count, progress).await
        }
        opened => opened,
    }
}

/// Opens a session with this token, where the login takes one.
async fn open_with(
    settings: &Settings,
    access: &Access,
    token: Option<&Token>,
    count: &Arc<AtomicUsize>,
    progress: &Progress,
) -> Result<Session, Cause> {
    let security = access.security.as_ref();
    progress.set(Stage::Connect);
    let stream = access.connect(settings).await?;
    let mut session = Session::new(stream, count);
    // Each step passes through `or_leave`, so that the server gets a QUIT wherever it can still read one.
    let welcome = welcome(&mut session, settings, progress).await;
    or_leave(&mut session, welcome)?;
    if let Some(security) = security
        && settings.tls == Tls::Required
    {
        let agreed = starttls(&mut session, progress).await;
        or_leave(&mut session, agreed)?;
        // A new session: everything that was learned in clear has to be forgotten (RFC 3207, section 4.2).
        session = match session.stream {
            Stream::Plain(tcp) => Session::new(secure(security, tcp).await?, count),
            Stream::Tls(_) => session,
            #[cfg(test)]
            Stream::Memory(_) => session,
        };
        let greeted = greet(&mut session, settings, progress).await;
        or_leave(&mut session, greeted)?;
    }
    if let Some(login) = &access.login {
        let in_by_now = auth::log_in(&mut session, login, token, &access.unserved, progress).await;
        or_leave(&mut session, in_by_now)?;
    }
    Ok(session)
}

/// Passes the result on, and says QUIT first where the server still listens after a failure. Does not wait for the
/// reply.
fn or_leave(session: &mut Session, result: Result<(), Cause>) -> Result<(), Cause> {
    let listens = match &result {
        Err(Cause::Refused { reply, .. } | Cause::Unexpected(reply)) => reply.code != 421,
        Err(Cause::Setup(..)) => true,
        _ => false,
    };
    if listens {
        session.out.clear();
        session.out.extend_from_slice(b"QUIT\r\n");
        // Polled once and then given up: six bytes leave at once or not at all.
        let _ = pin!(session.flush()).poll(&mut Context::from_waker(Waker::noop()));
    }
    result
}

/// Reads the server's greeting, and greets it.
async fn welcome(session: &mut Session, settings: &Settings, progress: &Progress) -> Result<(), Cause> {
    session.exchange(&[Stage::Greeting], progress).await?;
    greet(session, settings, progress).await
}

/// The TLS handshake on a connection.
async fn secure(security: &Security, tcp: TcpStream) -> Result<Stream, Cause> {
    security.handshake(tcp).await.map_err(|detail| Cause::Setup(FaultKind::Unavailable, detail))
}

/// Says EHLO and notes what the server offers. Says HELO to a server that does not know EHLO, if neither TLS nor a
/// login is configured.
async fn greet(session: &mut Session, settings: &Settings, progress: &Progress) -> Result<(), Cause> {
    session.out.extend_from_slice(format!("EHLO {}\r\n", settings.helo).as_bytes());
    match session.exchange(&[Stage::Ehlo], progress).await {
        Ok(()) => {
            session.extensions = Extensions::parse(session.last_reply());
            // The setting wins over what the server lists: `chunking = false` is there for servers and proxies that get
            // BDAT wrong.
            session.extensions.chunking &= settings.chunking;
            Ok(())
        }
        Err(Cause::Refused { reply, .. })
            // HELO offers neither STARTTLS nor AUTH, so it helps only where neither is configured.
            if reply.is_permanent() && settings.tls == Tls::None && settings.credentials.is_none() =>
        {
            session.out.extend_from_slice(format!("HELO {}\r\n", settings.helo).as_bytes());
            session.exchange(&[Stage::Ehlo], progress).await
        }
        Err(failure) => Err(failure),
    }
}

/// Says STARTTLS (RFC 3207). Bytes that come in clear together with the reply could be an attacker's: `exchange` fails
/// on them.
async fn starttls(session: &mut Session, progress: &Progress) -> Result<(), Cause> {
    progress.set(Stage::Starttls);
    if !session.extensions.starttls {
        let detail = "the server offers no STARTTLS: use smtps:// if its port takes TLS from the start, another port, or ?tls=none in a network of your own";
        return Err(Cause::Setup(FaultKind::Unavailable, detail.to_owned()));
    }
    session.out.extend_from_slice(b"STARTTLS\r\n");
    session.exchange(&[Stage::Starttls], progress).await
}
