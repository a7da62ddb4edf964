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
mod job;
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
use std::future::ready;
use std::pin::pin;
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::attempt::{Budget, Late};
use super::fault::{Fault, FaultKind, Stage, Verdict};
use crate::clock::Clock;
use classify::{Cause, Failure};
use job::{Job, Limits, Outcome, Then};
use pool::Pool;
pub use settings::{Credentials, Settings, SetupError, Tls};
use wire::Letter;
pub use wire::{Envelope, Mail};

/// A client for one mail server, with its pool of sessions. Clones share the pool.
#[derive(Clone)]
pub struct Relay {
    pool: Arc<Pool>,
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

    /// The same client over connections in memory, which hold so many bytes in each direction. The server's end of each
    /// new connection goes to `far_ends`.
    #[cfg(test)]
    pub(crate) fn over(
        settings: Settings,
        far_ends: tokio::sync::mpsc::UnboundedSender<tokio::io::DuplexStream>,
        capacity: usize,
    ) -> Result<Self, SetupError> {
        let access = handshake::Access::in_memory(&settings, far_ends, capacity)?;
        Ok(Self { pool: Arc::new(Pool::with(settings, access)) })
    }

    /// Hands one mail to the server and says what happened to it. Dropping the future takes the mail back where its
    /// last byte has not left, and else only means that nobody hears the answer.
    ///
    /// `budget.attempt` bounds everything until the last byte has left, including the wait for a session;
    /// `budget.total` bounds the whole attempt. If the server replies to the whole message later than that, `late` gets
    /// the answer.
    ///
    /// The message is tried again on another session, as long as there is time, in three cases: the session turns out
    /// to be dead or worn out, the server wants fewer sessions, or the server does not serve an extension that it
    /// lists.
    pub async fn deliver<'m>(&self, mail: impl Into<Mail<'m>>, budget: Budget, late: &Late) -> Verdict {
        self.deliver_while(|| ready(true), mail, budget, late).await
    }

    /// The same, where `still_good` is asked before the message is tried again, and ends the attempt with `false`.
    pub async fn deliver_while<'m, Good: Future<Output = bool>>(
        &self,
        still_good: impl Fn() -> Good,
        mail: impl Into<Mail<'m>>,
        budget: Budget,
        late: &Late,
    ) -> Verdict {
        let letter = match Letter::new(mail.into()) {
            Ok(letter) => Arc::new(letter),
            Err(verdict) => return verdict,
        };
        let limits = Limits::starting(Instant::now(), budget);
        let number = self.pool.number();
        loop {
            match self.send(number, Some(Arc::clone(&letter)), limits, late).await {
                Ok(receipt) => return Verdict::Accepted { receipt },
                Err(Then::Over(verdict)) => return verdict,
                Err(Then::Again) if still_good().await => {}
                Err(Then::Again) => {
                    let detail = "the session ended before the message was sent, and it was not worth sending any more";
                    return Verdict::Deferred(Fault::new(Stage::Mail, FaultKind::Throttled, detail));
                }
            }
        }
    }

    /// Puts a message into the queue and waits for its outcome.
    async fn send(&self, number: u64, letter: Option<Arc<Letter>>, limits: Limits, late: &Late) -> Outcome {
        let (tell, told) = oneshot::channel();
        self.pool.send(Job { number, letter, limits, late: late.clone(), tell });
        let mut told = pin!(told);
        let outcome = match timeout_at(limits.leave_by, &mut told).await {
            Ok(outcome) => outcome,
            Err(_) => match self.pool.withdraw(number) {
                Some(verdict) => return Err(Then::Over(verdict)),
                // It is on a session, where the limits of the message hold, and where it is known how much of it the
                // server has.
                None => told.await,
            },
        };
        // The task of the session has ended without a word, as it does where the process ends.
        outcome.unwrap_or_else(|_| {
            let cause = Cause::Closed("the session was dropped".to_owned());
            Err(Then::Over(Failure { stage: Stage::Body, cause, written: true }.verdict()))
        })
    }

    /// Opens a session, or takes an idle one, and keeps it: connection, TLS, greeting, AUTH. Gives a description of the
    /// session in words for people.
    ///
    /// # Errors
    /// The fault, with its stage, where no session could be opened in time.
    pub async fn connect(&self) -> Result<String, Fault> {
        let time = self.pool.settings.attempt_timeout;
        let limits =
            Limits::starting(Instant::now(), Budget { attempt: time, total: time, stop_on_doubt: false });
        let fault = match self.send(self.pool.number(), None, limits, &Late::unheard()).await {
            Ok(offered) => return Ok(offered.unwrap_or_default()),
            Err(Then::Over(verdict)) => verdict.fault().cloned(),
            Err(Then::Again) => None,
        };
        // A verdict without a fault is an acceptance, which can't be where nothing was sent.
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

#[cfg(test)]
mod tests;
