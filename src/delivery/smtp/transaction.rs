//! One mail over one session, from MAIL to the reply to the whole message.

use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, timeout, timeout_at};

use super::classify::{Cause, Failure};
use super::progress::Progress;
use super::reply;
use super::session::Session;
use super::wire::Letter;
use crate::delivery::attempt::Budget;
use crate::delivery::fault::Stage;

/// How long a session that was idle may take to answer the envelope. It may be dead without our knowing; a server that
/// lives answers what comes before the message at once.
const ENVELOPE_LIMIT: Duration = Duration::from_millis(1500);

/// A session on which the server answered within this time is alive: the whole message may leave in one flight.
const HEARD_LATELY: Duration = Duration::from_secs(1);

/// The time limits of one attempt, and how careful it has to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// The last byte of the message has to leave by then. Giving up before it is harmless.
    pub(super) leave_by: Instant,
    /// The reply to the whole message has to come by then. Giving up means not knowing.
    answered_by: Instant,
    /// The envelope is always sent before the message, so that fewer failures leave a doubt.
    is_careful: bool,
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

/// Goes on with a future until a time, and not a step further. A process that was stopped for a while would otherwise write on
/// where it was, before it looks at its timers, although another server may have taken the message over meanwhile.
async fn before<T>(end: Instant, future: impl Future<Output = Result<T, Cause>>) -> Result<T, Cause> {
    let mut future = pin!(future);
    let step = |context: &mut Context<'_>| match Instant::now() {
        now if now >= end => Poll::Ready(Err(Cause::Timeout)),
        _ => future.as_mut().poll(context),
    };
    poll_fn(step).await
}

/// Sends one mail. Gives the server's own id for it, if the server named one.
///
/// # Errors
/// The failure tells how far the transaction came, and whether the last byte of the message had left.
pub(super) async fn transaction(
    session: &mut Session,
    letter: &Letter<'_>,
    limits: Limits,
    progress: &Progress,
) -> Result<Option<String>, Failure> {
    let sending = send(session, letter, limits.is_careful, progress);
    // The two halves have limits of their own, because giving up means different things in them.
    let sent =
        timeout_at(limits.leave_by, before(limits.leave_by, sending)).await.unwrap_or(Err(Cause::Timeout));
    sent.map_err(|cause| Failure { stage: progress.get(), cause, written: false })?;
    let replies = timeout_at(limits.answered_by, session.replies(progress)).await;
    match replies.unwrap_or(Err(Cause::Timeout)) {
        Ok(()) => Ok(reply::receipt(session.last_reply())),
        Err(cause) => Err(Failure { stage: progress.get(), cause, written: true }),
    }
}

/// Sends the envelope and the message, in as few flights as the server and the state of the session allow.
async fn send(
    session: &mut Session,
    letter: &Letter<'_>,
    is_careful: bool,
    progress: &Progress,
) -> Result<(), Cause> {
    progress.set(Stage::Mail);
    let letter = letter.for_server(session.extensions.smtputf8);
    session.fits(letter).map_err(Cause::Unfit)?;
    let heard_lately = session.has_carried && session.heard_at.elapsed() < HEARD_LATELY;
    let can_send_at_once = session.extensions.chunking && session.extensions.pipelining;
    // On a session that was silent for longer, the whole message in one flight could end in doubt: if nothing comes
    // back, it is not known whether the server is gone or has read the message. An envelope that is lost leaves no
    // doubt.
    if can_send_at_once && heard_lately && !is_careful {
        return session.send_at_once(letter, progress).await;
    }
    // A short limit, so that a dead session costs 1.5 s and not the whole time of the attempt.
    if session.was_idle && !heard_lately {
        let envelope = timeout(ENVELOPE_LIMIT, session.send_envelope(letter, progress)).await;
        envelope.unwrap_or(Err(Cause::Timeout))?;
    } else {
        session.send_envelope(letter, progress).await?;
    }
    session.send_body(letter, progress).await
}
