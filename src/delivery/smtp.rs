//! The SMTP client: hands one mail to one server and says, by stage, what became of it.
//!
//! [`Relay`] keeps a bounded pool of sessions and leases one for each mail. Two time limits hold: one for everything
//! until the last byte of the message has left, where giving up is harmless, and one for the reply after it, where
//! giving up means not knowing.

mod auth;
mod classify;
mod dial;
mod handshake;
mod pool;
mod progress;
mod reply;
mod session;
mod tls;
mod wire;
mod words;

use super::{Budget, Fault, FaultKind, Late, Stage, Verdict, http, oauth2};
use crate::message::Email;
use crate::secret::Secret;
use classify::Failure;
use pool::{Lease, Pool};
use progress::Progress;
use session::{Extensions, Session};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};
use wire::Letter;

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
    /// While another provider could be asked: everything until the message's last byte has left must be done in this
    /// time, waiting for a session included.
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

/// How a transaction ended badly.
struct Ending {
    stage: Stage,
    failure: Failure,
    /// The last byte of the message had left.
    written: bool,
}

/// What to do after that.
enum Then {
    /// The server has not taken the message, and may on another session.
    Again,
    /// That was it.
    Over(Verdict),
}

/// A session that was idle for a while may be dead without our knowing. What comes before the message is answered at once
/// by a server that lives.
const ENVELOPE_LIMIT: Duration = Duration::from_millis(1500);

/// A session on which the server was heard so lately is alive: the whole message may leave in one flight.
const HEARD_LATELY: Duration = Duration::from_secs(1);

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

    /// The same over connections in memory, whose other ends go to `far_ends`.
    #[cfg(test)]
    pub(crate) fn over(
        settings: Settings,
        far_ends: tokio::sync::mpsc::UnboundedSender<tokio::io::DuplexStream>,
    ) -> Result<Self, SetupError> {
        let access = handshake::Access::in_memory(&settings, far_ends)?;
        Ok(Self { pool: Arc::new(Pool::with(settings, access)) })
    }

    /// Hands one mail to the server. Dropping the future closes the session it was using.
    ///
    /// `budget.attempt` bounds everything until the last byte has left, the wait for a session included; `budget.total`
    /// bounds all of it. A reply to the whole message that comes later still is told to `late`.
    ///
    /// The message goes to another session, as long as there is time, where a session turns out to be dead or worn out,
    /// where the server wants fewer sessions, and where it does not serve an extension that it lists.
    pub async fn deliver(&self, mail: &Email, budget: Budget, late: &Late) -> Verdict {
        let letter = match Letter::new(mail) {
            Ok(letter) => letter,
            Err(verdict) => return verdict,
        };
        let started = Instant::now();
        let limits = Limits {
            leave_by: started + budget.attempt,
            answered_by: started + budget.total,
            is_careful: budget.stop_on_doubt,
        };
        let mut is_first = false;
        loop {
            // Whoever stops waiting takes the session that hangs out of the way; its stage is asked for before that.
            let mut waiting = self.pool.lease(is_first);
            let lease = match timeout_at(limits.leave_by, &mut waiting).await {
                Ok(Ok(lease)) => lease,
                Ok(Err((stage, failure))) => return classify::verdict(stage, failure, false),
                Err(_) => return self.no_session(),
            };
            match self.hand_over(lease, &letter, limits, late).await {
                Ok(receipt) => return Verdict::Accepted { receipt },
                Err(Then::Over(verdict)) => return verdict,
                Err(Then::Again) => is_first = true,
            }
        }
    }

    /// The time is up, and there was no session. Asked while the message still waits: then the session that is being
    /// opened for it is still the one that it waited for.
    fn no_session(&self) -> Verdict {
        match self.pool.opening_stage() {
            Some(stage) => classify::verdict(stage, Failure::Timeout, false),
            // Our own bound, and no sign that the server fails.
            None => {
                Verdict::Deferred(Fault::new(Stage::Connect, FaultKind::Throttled, "no session became free"))
            }
        }
    }

    /// One transaction; gives the server's id for the message, if it named one.
    async fn hand_over(
        &self,
        mut lease: Lease,
        letter: &Letter<'_>,
        limits: Limits,
        late: &Late,
    ) -> Result<Option<String>, Then> {
        let progress = Progress::default();
        let Some(session) = lease.session() else { return Err(Then::Again) };
        session.extensions.chunking &= !self.pool.broken.chunking.load(Ordering::Relaxed);
        session.extensions.pipelining &= !self.pool.broken.pipelining.load(Ordering::Relaxed);
        match transaction(session, letter, limits, &progress).await {
            Ok(receipt) => {
                session.carried();
                self.pool.succeeded();
                lease.park();
                Ok(receipt)
            }
            Err(Ending { failure: Failure::Timeout, written: true, .. }) => {
                late.listen(listen(lease, progress));
                Err(Then::Over(classify::verdict(Stage::Body, Failure::Timeout, true)))
            }
            Err(ending) => {
                let extensions = session.extensions;
                Err(self.settle(ending, lease, extensions))
            }
        }
    }

    /// What becomes of the message and of the session.
    fn settle(&self, ending: Ending, lease: Lease, used: Extensions) -> Then {
        let Ending { stage, failure, written } = ending;
        let broken = &self.pool.broken;
        match &failure {
            Failure::Unfit(_) => lease.park(),
            Failure::Closed(_) | Failure::Timeout if lease.is_warm() && !written => return Then::Again,
            // The whole message had left in one flight, but a server answers MAIL before it reads a message: it was gone.
            Failure::Closed(_) if lease.is_warm() && stage == Stage::Mail => return Then::Again,
            Failure::Refused { reply, .. } => {
                // Listed, but not served. The server may take what follows for commands, so this session ends here.
                if stage == Stage::Body && used.chunking && reply.is_protocol_error() {
                    broken.chunking.store(true, Ordering::Relaxed);
                    return Then::Again;
                }
                if matches!(stage, Stage::Rcpt | Stage::Data) && used.pipelining && reply.is_protocol_error()
                {
                    broken.pipelining.store(true, Ordering::Relaxed);
                    return Then::Again;
                }
                // A session that is worn out.
                if lease.is_warm() && (reply.code == 421 || (stage == Stage::Mail && reply.is_transient())) {
                    return Then::Again;
                }
                if classify::is_crowded(*reply) && self.pool.crowded() {
                    return Then::Again;
                }
                if reply.code != 421 {
                    lease.recover();
                }
            }
            _ => {}
        }
        Then::Over(classify::verdict(stage, failure, written))
    }

    /// Opens a session, or takes an idle one, and keeps it: connection, TLS, greeting, AUTH. Says what the server is like.
    ///
    /// # Errors
    /// At which stage it failed, and why.
    pub async fn connect(&self) -> Result<String, Fault> {
        let deadline = Instant::now() + self.pool.settings.attempt_timeout;
        let mut waiting = self.pool.lease(false);
        let fault = match timeout_at(deadline, &mut waiting).await {
            Ok(Ok(mut lease)) => {
                let offered = lease.session().map(|session| session.extensions).unwrap_or_default();
                lease.park();
                return Ok(self.pool.settings.describe(offered));
            }
            Ok(Err((stage, failure))) => classify::verdict(stage, failure, false),
            Err(_) => self.no_session(),
        };
        let fault = fault.fault().cloned();
        // Nothing was offered, so nothing was accepted.
        Err(fault.unwrap_or_else(|| Fault::new(Stage::Connect, FaultKind::Unavailable, "no session")))
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

/// The times of one delivery, and how it is done.
#[derive(Debug, Clone, Copy)]
struct Limits {
    leave_by: Instant,
    answered_by: Instant,
    /// The envelope is always sent before the message, so that there is less to doubt.
    is_careful: bool,
}

async fn transaction(
    session: &mut Session,
    letter: &Letter<'_>,
    limits: Limits,
    progress: &Progress,
) -> Result<Option<String>, Ending> {
    let sending = async {
        progress.set(Stage::Mail);
        let letter = letter.for_server(session.extensions.smtputf8);
        session.fits(letter).map_err(Failure::Unfit)?;
        let heard_lately = session.has_carried && session.heard_at.elapsed() < HEARD_LATELY;
        let at_once = session.extensions.chunking && session.extensions.pipelining;
        if at_once && heard_lately && !limits.is_careful {
            return session.send_at_once(letter, progress).await;
        }
        if session.was_idle && !heard_lately {
            let envelope = timeout(ENVELOPE_LIMIT, session.send_envelope(letter, progress)).await;
            envelope.unwrap_or(Err(Failure::Timeout))?;
        } else {
            session.send_envelope(letter, progress).await?;
        }
        session.send_body(letter, progress).await
    };
    let sent = timeout_at(limits.leave_by, sending).await.unwrap_or(Err(Failure::Timeout));
    sent.map_err(|failure| Ending { stage: progress.get(), failure, written: false })?;
    let replies = timeout_at(limits.answered_by, session.replies(progress)).await;
    match replies.unwrap_or(Err(Failure::Timeout)) {
        Ok(()) => Ok(reply::receipt(session.last_reply())),
        Err(failure) => Err(Ending { stage: progress.get(), failure, written: true }),
    }
}

/// Hears what the server says of a message when its time is up.
async fn listen(mut lease: Lease, progress: Progress) -> Option<Verdict> {
    let session = lease.session()?;
    session.replies(&progress).await.ok()?;
    session.carried();
    let receipt = reply::receipt(session.last_reply());
    lease.park();
    Some(Verdict::Accepted { receipt })
}
