//! The SMTP client: hands a message in an envelope to one mail server and says, by stage, what happened to it.
//!
//! [`Relay`] keeps a bounded pool of sessions and leases one for each mail. Two time limits hold: one for everything
//! until the last byte of the message has left, where giving up is harmless, and one for the reply after it, where
//! giving up means not knowing whether the server took the message.

mod auth;
mod classify;
mod dial;
mod extensions;
mod handshake;
mod pool;
mod progress;
mod reply;
mod session;
mod settings;
mod tls;
mod transaction;
mod wire;
mod words;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::time::{Instant, timeout_at};

use super::attempt::{Budget, Late};
use super::fault::{Fault, FaultKind, Stage, Verdict};
use crate::clock::Clock;
use classify::{Cause, Failure};
use extensions::Extensions;
use pool::{Lease, Pool};
use progress::Progress;
pub use settings::{Credentials, Settings, SetupError, Tls};
use transaction::{Limits, transaction};
use wire::Letter;
pub use wire::{Envelope, Mail};

/// A client for one mail server, with its pool of sessions. Clones share the pool.
#[derive(Clone)]
pub struct Relay {
    pool: Arc<Pool>,
}

/// What follows from a transaction that failed.
enum Then {
    /// The server has not taken the message, and may take it on another session.
    Again,
    /// No other session would help: this verdict is the result of the attempt.
    Over(Verdict),
}

impl Relay {
    /// Prepares TLS and an empty pool. Opens no connection yet. `clock` tells when an access token has expired.
    ///
    /// # Errors
    /// [`SetupError`] where the CA file or a host name can't be used, or where the client for tokens can't be built.
    pub fn new(settings: Settings, clock: Clock) -> Result<Self, SetupError> {
        // Both names go into commands as they are, so a space or a line end in them must never get that far.
        let is_name = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
        for name in [&settings.host, &settings.helo] {
            if !is_name(name) {
                return Err(SetupError::Host(name.clone()));
            }
        }
        Ok(Self { pool: Arc::new(Pool::new(settings, clock)?) })
    }

    /// The same client over connections in memory. The server's end of each new connection goes to `far_ends`.
    #[cfg(test)]
    pub(crate) fn over(
        settings: Settings,
        far_ends: tokio::sync::mpsc::UnboundedSender<tokio::io::DuplexStream>,
    ) -> Result<Self, SetupError> {
        let access = handshake::Access::in_memory(&settings, far_ends)?;
        Ok(Self { pool: Arc::new(Pool::with(settings, access)) })
    }

    /// Hands one mail to the server and says what happened to it. Dropping the future closes the session that it was
    /// using.
    ///
    /// `budget.attempt` bounds everything until the last byte has left, including the wait for a session;
    /// `budget.total` bounds the whole attempt. If the server replies to the whole message later than that, `late` gets
    /// the answer.
    ///
    /// The message is tried again on another session, as long as there is time, in three cases: the session turns out
    /// to be dead or worn out, the server wants fewer sessions, or the server does not serve an extension that it
    /// lists.
    pub async fn deliver<'m>(&self, mail: impl Into<Mail<'m>>, budget: Budget, late: &Late) -> Verdict {
        let letter = match Letter::new(mail.into()) {
            Ok(letter) => letter,
            Err(verdict) => return verdict,
        };
        let limits = Limits::starting(Instant::now(), budget);
        let mut is_first = false;
        loop {
            // The borrow matters: if the time is up, `no_session` has to ask for the stage of the session that hangs
            // while this message still waits. Dropping `waiting` takes that session out of everybody's way.
            let mut waiting = self.pool.lease(is_first);
            let lease = match timeout_at(limits.leave_by, &mut waiting).await {
                Ok(Ok(lease)) => lease,
                Ok(Err(failure)) => return failure.verdict(),
                Err(_) => return self.no_session(),
            };
            match self.hand_over(lease, &letter, limits, late).await {
                Ok(receipt) => return Verdict::Accepted { receipt },
                Err(Then::Over(verdict)) => return verdict,
                Err(Then::Again) => is_first = true,
            }
        }
    }

    /// The verdict where the time is up before there is a session. It has to be asked for while the message still
    /// waits: until then, the session that has been opening for longest is still the one that this message waited for.
    fn no_session(&self) -> Verdict {
        let Some(stage) = self.pool.opening_stage() else {
            // All sessions were busy: the bound is ours, so this says nothing against the server.
            let detail = "no session became free; raise `connections` if the server allows more";
            return Verdict::Deferred(Fault::new(Stage::Connect, FaultKind::Throttled, detail));
        };
        Failure::before_the_message(stage, Cause::Timeout).verdict()
    }

    /// Runs one transaction. Gives the server's own id for the message, if it named one.
    async fn hand_over(
        &self,
        mut lease: Lease,
        letter: &Letter<'_>,
        limits: Limits,
        late: &Late,
    ) -> Result<Option<String>, Then> {
        let progress = Progress::default();
        let Some(session) = lease.session() else { return Err(Then::Again) };
        // Other sessions may have found out meanwhile that the server does not serve an extension.
        session.extensions.chunking &= !self.pool.broken.chunking.load(Ordering::Relaxed);
        session.extensions.pipelining &= !self.pool.broken.pipelining.load(Ordering::Relaxed);
        match transaction(session, letter, limits, &progress).await {
            Ok(receipt) => {
                session.carried();
                self.pool.succeeded();
                lease.park();
                Ok(receipt)
            }
            Err(failure) if failure.written && matches!(failure.cause, Cause::Timeout) => {
                // The lease goes with it, so the session stays out of the pool until it is known what the reply belongs
                // to.
                late.listen(listen(lease, progress));
                Err(Then::Over(failure.verdict()))
            }
            Err(failure) => {
                let extensions = session.extensions;
                Err(self.settle(failure, lease, extensions))
            }
        }
    }

    /// Decides what a failure means for the message, and whether its session is kept. `used` are the extensions that
    /// the failed transaction used. Dropping `lease` closes the session.
    fn settle(&self, failure: Failure, lease: Lease, used: Extensions) -> Then {
        let Failure { stage, cause, written } = &failure;
        match cause {
            // Nothing was sent, so the session is as good as before.
            Cause::Unfit(_) => lease.park(),
            Cause::Closed(_) | Cause::Timeout if lease.is_warm() && !written => return Then::Again,
            // The whole message had left in one flight. But a server answers MAIL before it reads a message, so without
            // that answer the session was dead all along, and the server has not seen the message.
            Cause::Closed(_) if lease.is_warm() && *stage == Stage::Mail => return Then::Again,
            Cause::Refused { reply } => {
                if self.pool.broken.note(*stage, *reply, used) {
                    // The server may take what follows for commands, so this session is closed.
                    return Then::Again;
                }
                // Some servers end a session after a number of messages, with 421 to whatever comes next or with a 4yz
                // to MAIL. A fresh session tells whether the server really wants us to come back later.
                let is_worn_out = reply.code == 421 || (*stage == Stage::Mail && reply.is_transient());
                if lease.is_warm() && is_worn_out {
                    return Then::Again;
                }
                // Waiting for another session beats failing: the message is still ours, and the time limit holds.
                if classify::is_crowded(*reply) && self.pool.crowded() {
                    return Then::Again;
                }
                // After 421 the server closes (RFC 5321, section 3.8), so there is nothing to save.
                if reply.code != 421 {
                    lease.recover();
                }
            }
            _ => {}
        }
        Then::Over(failure.verdict())
    }

    /// Opens a session, or takes an idle one, and keeps it: connection, TLS, greeting, AUTH. Gives a description of the
    /// session in words for people.
    ///
    /// # Errors
    /// The fault, with its stage, where no session could be opened in time.
    pub async fn connect(&self) -> Result<String, Fault> {
        let deadline = Instant::now() + self.pool.settings.attempt_timeout;
        let mut waiting = self.pool.lease(false);
        let verdict = match timeout_at(deadline, &mut waiting).await {
            Ok(Ok(mut lease)) => {
                let offered = lease.session().map(|session| session.extensions).unwrap_or_default();
                lease.park();
                return Ok(self.pool.settings.describe(offered));
            }
            Ok(Err(failure)) => failure.verdict(),
            Err(_) => self.no_session(),
        };
        // A verdict without a fault is an acceptance, which can't be where nothing was sent.
        let fault = verdict.fault().cloned();
        Err(fault.unwrap_or_else(|| Fault::new(Stage::Connect, FaultKind::Unavailable, "no session")))
    }

    /// The number of sessions that are open now, both in use and idle.
    #[must_use]
    pub fn open_sessions(&self) -> usize {
        self.pool.open_sessions()
    }

    /// Says QUIT on idle sessions, and keeps no session from here on. Takes at most one second.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay").field("settings", &self.pool.settings).finish_non_exhaustive()
    }
}

/// Waits for the server's reply to a message after its time was up. `None` where the server does not accept it after
/// all.
async fn listen(mut lease: Lease, progress: Progress) -> Option<Verdict> {
    let session = lease.session()?;
    session.replies(&progress).await.ok()?;
    session.carried();
    let receipt = reply::receipt(session.last_reply());
    lease.park();
    Some(Verdict::Accepted { receipt })
}
