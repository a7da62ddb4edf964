//! The SMTP client: hands one mail to one server and says, by stage, what became of it.
//!
//! [`Relay`] keeps a bounded pool of sessions and leases one for each mail. Two time limits hold: one for everything
//! until the last byte of the message has left, where giving up is harmless, and one for the reply after it, where
//! giving up means not knowing.

mod handshake;
mod judgement;
mod letter;
mod pool;
mod reply;
mod session;
mod tls;
mod words;

use super::{Budget, Fault, FaultKind, Verdict, http, oauth2};
use crate::message::Email;
use crate::secret::Secret;
use judgement::{Failure, Stage};
use letter::Letter;
use pool::{Lease, Pool};
use session::Extensions;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How the connection is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// `smtps://`: TLS from the first byte (RFC 8314).
    Implicit,
    /// `smtp://…?tls=required`: STARTTLS or nothing (RFC 3207).
    Required,
    /// `smtp://…?tls=none`: plain text.
    None,
}

impl Tls {
    /// For people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Implicit => "implicit TLS",
            Self::Required => "STARTTLS",
            Self::None => "in clear",
        }
    }
}

/// Who we are.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// User name and password.
    Password(String, Secret),
    /// A mailbox, and where its tokens come from (XOAUTH2).
    Tokens(String, Box<oauth2::Settings>),
}

/// One SMTP server, as configured.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Host name, for DNS, SNI and the certificate.
    pub host: String,
    /// Port.
    pub port: u16,
    /// TLS mode.
    pub tls: Tls,
    /// Who we are, where the server wants to know.
    pub credentials: Option<Credentials>,
    /// The name we greet with (`EHLO`).
    pub helo: String,
    /// PEM file with the only certificate authorities to trust, in place of the built-in ones.
    pub ca_file: Option<PathBuf>,
    /// Sessions open at a time, at most.
    pub connections: usize,
    /// Use BDAT (RFC 3030) where the server offers CHUNKING.
    pub chunking: bool,
    /// Everything until the message's last byte has left must be done in this time, waiting for a session included.
    pub attempt_timeout: Duration,
}

impl Settings {
    /// A session in words.
    fn describe(&self, offered: Extensions) -> String {
        let mechanism = match (&self.credentials, offered.auth) {
            (Some(Credentials::Tokens(..)), _) => "AUTH XOAUTH2",
            (Some(Credentials::Password(..)), Some(mechanism)) => mechanism.as_str(),
            _ => "no login",
        };
        let mut words = vec![self.tls.as_str().to_owned(), mechanism.to_owned()];
        for (name, is_offered) in [("PIPELINING", offered.pipelining), ("CHUNKING", offered.chunking)] {
            words.extend(is_offered.then(|| name.to_owned()));
        }
        words.extend(offered.size.map(|bytes| format!("mails up to {} MB", bytes / 1_000_000)));
        words.join(", ")
    }
}

/// A server that mail is handed to. Clones share its sessions.
#[derive(Clone)]
pub struct Relay {
    pool: Arc<Pool>,
}

/// What stops a relay from being set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The CA file can't be read or holds no certificate.
    #[error("ca_file {path}: {reason}")]
    CaFile {
        /// As configured.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The host is no name or address that TLS could check.
    #[error("{0:?} is no host name")]
    Host(String),
    /// The client that asks for tokens.
    #[error(transparent)]
    Client(#[from] http::SetupError),
}

/// How an attempt on one session ended badly.
struct Ending {
    stage: Stage,
    failure: Failure,
    /// The last byte of the message had left.
    written: bool,
}

impl Relay {
    /// Prepares TLS and an empty pool; connects to nothing.
    ///
    /// # Errors
    /// An unusable CA file or host name.
    pub fn new(settings: Settings) -> Result<Self, SetupError> {
        let is_name = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
        for name in [&settings.host, &settings.helo] {
            if !is_name(name) {
                return Err(SetupError::Host(name.clone()));
            }
        }
        Ok(Self { pool: Arc::new(Pool::new(settings)?) })
    }

    /// Hands one mail to the server. Dropping the future closes the session it was using.
    ///
    /// `budget.attempt`, or the configured `attempt_timeout` where that is shorter, bounds everything until the last
    /// byte has left, the wait for a session included; `budget.total` bounds all of it.
    pub async fn deliver(&self, mail: &Email, budget: Budget) -> Verdict {
        let letter = match Letter::new(mail) {
            Ok(letter) => letter,
            Err(verdict) => return verdict,
        };
        let started = Instant::now();
        let deadline = started + budget.attempt.min(self.pool.settings.attempt_timeout);
        let Ok(mut lease) = timeout_at(deadline, self.pool.lease()).await else {
            // Our own bound, and no sign that the server fails.
            return Verdict::Deferred(Fault::new("connect", FaultKind::Throttled, "no session became free"));
        };
        loop {
            let warm = lease.is_warm();
            match attempt(&mut lease, &letter, deadline, started + budget.total).await {
                Ok(receipt) => {
                    lease.park();
                    return Verdict::Accepted { receipt };
                }
                // The server had closed it while it was idle, so it has not seen the message. Happens once: a fresh session is not warm.
                Err(ending) if warm && ending.found_session_closed() => lease.discard(),
                Err(ending) => {
                    ending.settle(lease);
                    return judgement::verdict(ending.stage, ending.failure, ending.written);
                }
            }
        }
    }

    /// Opens a session, or takes an idle one, and keeps it: connection, TLS, greeting, AUTH. Says what the server is like.
    ///
    /// # Errors
    /// At which stage it failed, and why.
    pub async fn connect(&self) -> Result<String, Fault> {
        let deadline = Instant::now() + self.pool.settings.attempt_timeout;
        let mut stage = Stage::Connect;
        let opening = async {
            let mut lease = self.pool.lease().await;
            let extensions = lease.session(&mut stage).await?.extensions;
            lease.park();
            Ok(extensions)
        };
        let failure = match timeout_at(deadline, opening).await {
            Ok(Ok(extensions)) => return Ok(self.pool.settings.describe(extensions)),
            Ok(Err(failure)) => failure,
            Err(_) => Failure::Timeout,
        };
        let fault = judgement::verdict(stage, failure, false).fault().cloned();
        // Nothing was offered, so nothing was accepted.
        Err(fault.unwrap_or_else(|| Fault::new("connect", FaultKind::Unavailable, "no session")))
    }

    /// Sessions open now (in use and idle).
    #[must_use]
    pub fn open_sessions(&self) -> usize {
        self.pool.open_sessions()
    }

    /// Says QUIT on idle sessions and keeps none from here on. Takes a second at most.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay").field("settings", &self.pool.settings).finish_non_exhaustive()
    }
}

/// One transaction on the lease's session, or on a new one; gives the server's id for the message, if it named one.
async fn attempt(
    lease: &mut Lease,
    letter: &Letter<'_>,
    deadline: Instant,
    answered_by: Instant,
) -> Result<Option<String>, Ending> {
    let mut stage = Stage::Connect;
    let handing_over = async {
        let session = lease.session(&mut stage).await?;
        let due = session.hand_over(letter, &mut stage).await?;
        Ok((session, due))
    };
    let handed_over = timeout_at(deadline, handing_over).await.unwrap_or(Err(Failure::Timeout));
    let (session, due) = match handed_over {
        Ok(handed_over) => handed_over,
        Err(failure) => return Err(Ending { stage, failure, written: false }),
    };
    match timeout_at(answered_by, session.replies(due, &mut stage)).await.unwrap_or(Err(Failure::Timeout)) {
        Ok(()) => {
            session.used_at = Instant::now();
            Ok(reply::receipt(session.last_reply()))
        }
        Err(failure) => Err(Ending { stage, failure, written: true }),
    }
}

impl Ending {
    /// The server was gone before it could have seen this message: it closed without answering anything while the message
    /// had not left as a whole, or answered MAIL with 421.
    fn found_session_closed(&self) -> bool {
        self.stage == Stage::Mail
            && match &self.failure {
                Failure::Closed(_) => !self.written,
                Failure::Refused { reply, .. } => reply.code == 421,
                _ => false,
            }
    }

    /// What becomes of the session: sound and parked, made sound, or closed.
    fn settle(&self, lease: Lease) {
        match &self.failure {
            Failure::Refused { reply, .. } if self.stage <= Stage::Mail && judgement::is_crowded(*reply) => {
                lease.shed();
            }
            Failure::Refused { reply, unread } if reply.code != 421 && lease.is_warm() => {
                lease.recover(*unread);
            }
            Failure::Unfit(_) => lease.park(),
            _ => drop(lease),
        }
    }
}
