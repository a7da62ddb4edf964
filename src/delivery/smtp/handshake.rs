//! From an address to a session that takes messages: connection, TLS, greeting, EHLO; `auth` does the rest.

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

/// What it takes to get in, prepared once, and what was learned of this server.
pub(super) struct Access {
    dialer: Dialer,
    security: Option<Security>,
    /// `None` where the server wants no login.
    login: Option<Login>,
    unserved: Unserved,
    /// Where the other ends of connections in memory go.
    #[cfg(test)]
    in_memory: Option<tokio::sync::mpsc::UnboundedSender<tokio::io::DuplexStream>>,
}

impl Access {
    /// Asks nobody for anything yet.
    ///
    /// # Errors
    /// An unusable CA file or host name.
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

    /// Connects in memory instead of over the network.
    #[cfg(test)]
    pub(super) fn in_memory(
        settings: &Settings,
        far_ends: tokio::sync::mpsc::UnboundedSender<tokio::io::DuplexStream>,
    ) -> Result<Self, SetupError> {
        Ok(Self { in_memory: Some(far_ends), ..Self::new(settings, Clock::System)? })
    }

    async fn connect(&self, settings: &Settings) -> Result<Stream, Cause> {
        #[cfg(test)]
        if let Some(far_ends) = &self.in_memory {
            let (near, far) = tokio::io::duplex(64 * 1024);
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
) -> Result<Session, Cause> {
    let Some(Login::Tokens(_, tokens)) = &access.login else {
        return open_with(settings, access, None, count, progress).await;
    };
    progress.set(Stage::Token);
    let token = tokens.token().await?;
    match open_with(settings, access, Some(&token), count, progress).await {
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
    if let Some(login) = &access.login {
        let in_by_now = auth::log_in(&mut session, login, token, &access.unserved, progress).await;
        or_leave(&mut session, in_by_now)?;
    }
    Ok(session)
}

/// Says QUIT where the server still listens after a failure, and does not wait for its reply.
fn or_leave(session: &mut Session, result: Result<(), Cause>) -> Result<(), Cause> {
    let listens = match &result {
        Err(Cause::Refused { reply, .. } | Cause::Unexpected(reply)) => reply.code != 421,
        Err(Cause::Setup(..)) => true,
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
async fn welcome(session: &mut Session, settings: &Settings, progress: &Progress) -> Result<(), Cause> {
    session.exchange(&[Stage::Greeting], progress).await?;
    greet(session, settings, progress).await
}

async fn secure(security: &Security, tcp: TcpStream) -> Result<Stream, Cause> {
    security.handshake(tcp).await.map_err(|detail| Cause::Setup(FaultKind::Unavailable, detail))
}

/// EHLO, and what it offers; HELO for a server that does not know it and needs neither TLS nor AUTH.
async fn greet(session: &mut Session, settings: &Settings, progress: &Progress) -> Result<(), Cause> {
    session.out.extend_from_slice(format!("EHLO {}\r\n", settings.helo).as_bytes());
    match session.exchange(&[Stage::Ehlo], progress).await {
        Ok(()) => {
            session.extensions = Extensions::parse(session.last_reply());
            session.extensions.chunking &= settings.chunking;
            Ok(())
        }
        Err(Cause::Refused { reply, .. })
            if reply.is_permanent() && settings.tls == Tls::None && settings.credentials.is_none() =>
        {
            session.out.extend_from_slice(format!("HELO {}\r\n", settings.helo).as_bytes());
            session.exchange(&[Stage::Ehlo], progress).await
        }
        Err(failure) => Err(failure),
    }
}

/// STARTTLS (RFC 3207). What came in clear with the reply could be an attacker's, and ends it: `exchange` sees to that.
async fn starttls(session: &mut Session, progress: &Progress) -> Result<(), Cause> {
    progress.set(Stage::Starttls);
    if !session.extensions.starttls {
        let detail = "the server offers no STARTTLS: use smtps:// where its port takes TLS from the start, or another port";
        return Err(Cause::Setup(FaultKind::Unavailable, detail.to_owned()));
    }
    session.out.extend_from_slice(b"STARTTLS\r\n");
    session.exchange(&[Stage::Starttls], progress).await
}
