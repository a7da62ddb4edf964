//! A message on its way to a mail server, with everybody who wants to know what happened to it.

use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::classify::{Cause, Failure};
use super::wire::Letter;
use crate::delivery::attempt::{Budget, Late};
use crate::delivery::fault::{Fault, FaultKind, Stage, Verdict};

/// A message that waits for a session, or is on one.
pub(super) struct Job {
    /// The place in the queue: what came earlier has a smaller number. It stays the same when the message comes back.
    pub(super) number: u64,
    /// `None` where only a session is wanted, to see whether the server lets us in.
    pub(super) letter: Option<Arc<Letter>>,
    /// The time limits of the attempt.
    pub(super) limits: Limits,
    /// Who is told if the server takes the message after its time was up.
    pub(super) late: Late,
    /// Who waits for the outcome.
    pub(super) tell: oneshot::Sender<Outcome>,
}

/// What came of a message: the server's own id for it, if it named one, or what follows from a failure. For a job
/// without a message, what the server offers, in words for people.
pub(super) type Outcome = Result<Option<String>, Then>;

/// What follows from a failure.
#[derive(Debug)]
pub(super) enum Then {
    /// The server has not taken the message, and may take it on another session.
    Again,
    /// No other session would help: this verdict is the result of the attempt.
    Over(Verdict),
}

/// The time limits of one attempt, and how careful it has to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// The last byte of the message has to leave by then. Giving up before it is harmless.
    pub(super) leave_by: Instant,
    /// The reply to the whole message has to come by then. Giving up means not knowing.
    pub(super) answered_by: Instant,
    /// The envelope is always sent before the message, so that fewer failures leave a doubt.
    pub(super) is_careful: bool,
}

impl Limits {
    /// The limits of an attempt that begins now.
    pub(super) fn starting(now: Instant, budget: Budget) -> Self {
        Self {
            leave_by: now + budget.attempt,
            answered_by: now + budget.total,
            is_careful: budget.stop_on_doubt,
        }
    }
}

impl Job {
    /// Whether nobody waits for the outcome any more.
    pub(super) fn is_deserted(&self) -> bool {
        self.tell.is_closed()
    }

    /// Tells that the server has not answered the whole message in time, and listens on: the next outcome is a late one.
    pub(super) fn is_late(&mut self) {
        let (tell, told) = oneshot::channel::<Outcome>();
        let tell = std::mem::replace(&mut self.tell, tell);
        // First, so that whoever is told finds out at once whether somebody is still listened to.
        self.late.listen(async move {
            let receipt = told.await.ok()?.ok()?;
            Some(Verdict::Accepted { receipt })
        });
        let failure = Failure { stage: Stage::Body, cause: Cause::Timeout, written: true };
        let _ = tell.send(Err(Then::Over(failure.verdict())));
    }
}

/// The verdict where the time is up before there is a session. `hanging` is how far the session has come that has been
/// opening for longest; `None` where none is being opened.
pub(super) fn no_session(hanging: Option<Stage>) -> Verdict {
    let Some(stage) = hanging else {
        // All sessions were busy: the bound is ours, so this says nothing against the server.
        let detail = "no session became free; raise `connections` if the server allows more";
        return Verdict::Deferred(Fault::new(Stage::Connect, FaultKind::Throttled, detail));
    };
    Failure::before_the_message(stage, Cause::Timeout).verdict()
}
