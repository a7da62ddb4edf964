//! The messages that are on one session at a time, in a task that has the session to itself.
//!
//! A lone message is a flight of one. While messages queue and every session is in use, more of them come aboard before
//! the first is answered: with PIPELINING alone, the envelope of the next one leaves together with the end of the one
//! before, which makes one round trip a message; with CHUNKING too, up to eight whole messages are on their way. Each
//! is judged by its own replies. If the session ends, whoever was sent to the last byte is in doubt, and all others go
//! back to the queue.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::{Job, Lease, Then};
use crate::delivery::fault::Stage;
use crate::delivery::smtp::classify::{self, Cause, Failure};
use crate::delivery::smtp::job::no_session;
use crate::delivery::smtp::reply::{self, Reply};
use crate::delivery::smtp::session::UNASKED;
use crate::delivery::smtp::transaction::{ENVELOPE_LIMIT, HEARD_LATELY, Transaction, fits};

/// How many messages are on a session at a time, at most. Eight fill a connection of 40 ms with mails of 20 kB; more
/// would only put more of them in doubt where the session ends.
const DEEPEST: usize = 8;
/// The same, until a server has answered one message behind another for the first time.
const UNTRIED: usize = 2;
/// How many bytes may be on their way without an answer. A server that does not read while it can't write would make
/// both sides wait for ever (RFC 2920, section 3.1); this much fits into the buffers between them.
const UNANSWERED: u64 = 256 * 1024;
/// The last message aboard should not wait longer than this for those before it, by the pace of the session.
const PATIENCE: Duration = Duration::from_secs(2);

/// The messages on a session.
struct Flight {
    lease: Lease,
    /// In the order in which they were said, which is the order of the replies.
    aboard: VecDeque<Transaction>,
    /// The last message was refused, so the server may still have its sender, and wants RSET before the next one.
    needs_reset: bool,
    /// The session is closed once all aboard are answered, so nobody else comes aboard.
    is_last: bool,
    /// The server said 421 at this moment, and nothing since: it closes, and takes nothing of what it has not answered
    /// (RFC 5321, section 3.8).
    farewell: Option<Instant>,
    /// When the last message was answered, which is when the server could turn to the next one; `None` until the first.
    answered_at: Option<Instant>,
}

/// What a flight waits for.
enum Event {
    /// Bytes were sent or received, or the connection is over.
    Moved(Result<(), Cause>),
    /// Somebody's time may be up.
    TimeUp,
    /// A message waits that no free session will take.
    Wanted,
    /// Nobody waits for an outcome any more.
    Deserted,
}

impl Lease {
    /// Starts a flight with this message, in a task of its own. It goes on with messages that wait, and then keeps the
    /// session for the next one.
    pub(super) fn fly(self, first: Job) {
        let flight = Flight {
            lease: self,
            aboard: VecDeque::new(),
            needs_reset: false,
            is_last: false,
            farewell: None,
            answered_at: None,
        };
        tokio::spawn(flight.run(first));
    }
}

impl Flight {
    async fn run(mut self, first: Job) {
        let mut first = Some(first);
        loop {
            if let Some(job) = first.take() {
                self.board(job);
            }
            self.give_up(Instant::now());
            if self.only_listens() && !self.lease.may_listen() {
                return;
            }
            if let Err(cause) = self.say() {
                return self.lost(&cause);
            }
            if self.is_last && self.aboard.iter().all(|it| it.job.is_none()) {
                // Nobody is left who would hear a reply. Dropping the lease closes the session.
                return;
            }
            if self.aboard.is_empty() {
                first = self.lease.next();
                if first.is_none() {
                    return;
                }
                continue;
            }
            match self.event().await {
                Event::Moved(Ok(())) => {
                    if let Err(cause) = self.hear() {
                        return self.lost(&cause);
                    }
                }
                Event::Moved(Err(cause)) => return self.lost(&cause),
                Event::TimeUp | Event::Wanted => {}
                Event::Deserted => return,
            }
        }
    }

    /// Takes a message aboard and says its first part. One that the server can't take is told so at once.
    fn board(&mut self, job: Job) {
        let (Some(session), pool) = (&mut self.lease.session, &self.lease.pool) else { return };
        let Some(whole) = job.letter.clone() else {
            let _ = job.tell.send(Ok(Some(pool.settings.describe(session.extensions))));
            return;
        };
        // Other sessions may have found out meanwhile that the server does not serve an extension.
        session.extensions.chunking &= !pool.broken.chunking.load(Ordering::Relaxed);
        session.extensions.pipelining &= !pool.broken.pipelining.load(Ordering::Relaxed);
        let letter = whole.for_server(session.extensions.smtputf8);
        if let Err(verdict) = fits(session.extensions, letter) {
            let _ = job.tell.send(Err(Then::Over(verdict)));
            return;
        }
        let transaction = Transaction::begin(session, job, letter, self.aboard.back());
        self.aboard.push_back(transaction);
    }

    /// Says what can be said by now: the next part of the last message, RSET after a refusal, and messages that wait.
    ///
    /// # Errors
    /// The server has said more than it was asked.
    fn say(&mut self) -> Result<(), Cause> {
        let Some(session) = &mut self.lease.session else { return Ok(()) };
        if let Some(last) = self.aboard.back_mut() {
            last.go_on(session)?;
        } else if self.needs_reset && !self.is_last {
            self.needs_reset = false;
            self.aboard.push_back(Transaction::reset_alone(session));
        }
        // Each session takes its share, so that those who wait are not all behind each other.
        for _ in 0..self.lease.pool.share() {
            if !self.has_room() {
                break;
            }
            let Some(job) = self.lease.pool.take_waiting() else { break };
            self.board(job);
        }
        Ok(())
    }

    /// Whether another message may come aboard before the last one is answered.
    fn has_room(&self) -> bool {
        let (Some(session), Some(first), Some(last)) =
            (&self.lease.session, self.aboard.front(), self.aboard.back())
        else {
            return false;
        };
        // A server that has been silent for longer may not be there any more.
        let is_alive = session.heard_at.max(first.said_at).elapsed() < HEARD_LATELY;
        let by_pace = session.pace.map_or(UNTRIED, |pace| {
            let deepest = PATIENCE.as_micros() / pace.as_micros().max(1);
            usize::try_from(deepest).unwrap_or(DEEPEST)
        });
        let depth = self.lease.pool.broken.depth(UNTRIED, DEEPEST).min(by_pace);
        !self.is_last
            && !self.lease.listens
            && last.may_be_followed()
            && is_alive
            && self.aboard.len() < depth
            && first.unanswered(session) < UNANSWERED
    }

    /// Reads the replies that have come, and tells whoever they decide about.
    ///
    /// # Errors
    /// The session can't be used any more.
    fn hear(&mut self) -> Result<(), Cause> {
        loop {
            let Some(session) = &mut self.lease.session else { return Ok(()) };
            let is_alone = self.aboard.len() == 1;
            let Some(first) = self.aboard.front_mut() else {
                if !session.has_unread() {
                    return Ok(());
                }
                // 421 may come at any time (RFC 5321, section 3.8).
                if !matches!(session.next_reply()?, Some(Reply { code: 421, .. })) {
                    self.lease.pool.broken.answers_too_much();
                }
                return Err(Cause::Protocol(UNASKED));
            };
            if first.is_over() {
                self.aboard.pop_front();
                continue;
            }
            if !first.is_reset_due && first.awaits().is_none() {
                return Ok(());
            }
            let Some(reply) = session.next_reply()? else { return Ok(()) };
            // Whoever answers more after 421 has not closed, so silence later on is a doubt as ever.
            self.farewell = (reply.code == 421).then(Instant::now);
            self.is_last |= self.farewell.is_some();
            if first.is_reset_due {
                first.is_reset_due = false;
                // With a message behind it, the replies to that one tell whether it worked.
                if first.is_over() && is_alone && reply.code / 100 != 2 {
                    return Err(Cause::Unexpected(reply));
                }
                continue;
            }
            let Some(stage) = first.awaits() else { continue };
            if first.job.is_none() {
                // A 354 after a refused RCPT means that the server waits for a message anyway. Whatever we send now
                // is taken for it, so only closing helps.
                if reply.code == 354 {
                    return Err(Cause::Unexpected(reply));
                }
                first.heard();
                self.needs_reset = first.is_over() && is_alone;
                continue;
            }
            match session.judge(stage, reply) {
                Ok(()) => {
                    if first.is_behind {
                        self.lease.pool.broken.serves_depth();
                    }
                    first.heard();
                    if first.is_over() {
                        let now = Instant::now();
                        let begun = self.answered_at.map_or(first.said_at, |at| at.max(first.said_at));
                        session.carried(now - begun);
                        self.answered_at = Some(now);
                        first.tell(Ok(reply::receipt(session.last_reply())));
                        self.lease.pool.succeeded();
                    }
                }
                Err(cause @ (Cause::Refused { .. } | Cause::Setup(..))) => self.refused(stage, cause)?,
                Err(cause) => return Err(cause),
            }
        }
    }

    /// Tells the first message that it was refused, and decides whether the session is kept.
    ///
    /// # Errors
    /// The session can't be used any more.
    fn refused(&mut self, stage: Stage, cause: Cause) -> Result<(), Cause> {
        let (Some(session), Some(first)) = (&mut self.lease.session, self.aboard.front_mut()) else {
            return Ok(());
        };
        let pool = &self.lease.pool;
        let Cause::Refused { reply } = cause else {
            // It wants TLS, which this session will never have.
            self.is_last = true;
            first.tell(Err(Then::Over(Failure::before_the_message(stage, cause).verdict())));
            return Ok(());
        };
        let is_unserved = pool.broken.note(stage, reply, first.used, first.is_behind);
        if is_unserved && stage == Stage::Body && !session.has_carried() {
            first.tell(Err(Then::Again));
            // The server may take the message for commands.
            return Err(Cause::Unexpected(reply));
        }
        first.heard();
        self.answered_at = Some(Instant::now());
        // Some servers end a session after a number of messages, with 421 to whatever comes next or with a 4yz
        // to MAIL. A fresh session tells whether the server really wants us to come back later.
        let is_worn_out = reply.code == 421 || (stage == Stage::Mail && reply.is_transient());
        // Waiting for another session beats failing: the message is still ours, and the time limit holds.
        let again = is_unserved
            || (session.has_worked() && is_worn_out)
            || (classify::is_crowded(reply) && pool.crowded());
        self.is_last |= again;
        first.tell(Err(if again {
            Then::Again
        } else {
            Then::Over(Failure::before_the_message(stage, Cause::Refused { reply }).verdict())
        }));
        self.needs_reset = first.is_over() && self.aboard.len() == 1;
        Ok(())
    }

    /// Gives up whatever has no time left at `now`: a message that is not sent leaves the session, and one that is sent
    /// is in doubt.
    fn give_up(&mut self, now: Instant) {
        let Some(session) = &self.lease.session else { return };
        let has_closed = self.farewell.is_some_and(|at| at + ENVELOPE_LIMIT <= now);
        let is_alone = self.aboard.len() == 1;
        for at in 0..self.aboard.len() {
            let Some(it) = self.aboard.get_mut(at) else { return };
            let is_up = it.limit(session).is_some_and(|limit| limit <= now);
            let (is_sent, stage, is_unheard) = (it.is_sent(session), it.stage(), it.is_behind);
            let Some(job) = &mut it.job else {
                // Replies that nobody needs, and that do not come: the session is not worth keeping.
                self.is_last |= is_up && is_alone;
                continue;
            };
            if is_up && at == 0 && is_unheard {
                self.lease.pool.broken.lost_behind();
            }
            if is_sent && has_closed {
                it.tell(Err(Then::Again));
            } else if is_sent && is_up {
                job.is_late();
                it.is_late = true;
            } else if !is_sent && (is_up || job.is_deserted() || self.farewell.is_some()) {
                let then = match at {
                    _ if self.farewell.is_some() || now < job.limits.leave_by => Then::Again,
                    0 => Then::Over(Failure::before_the_message(stage, Cause::Timeout).verdict()),
                    // The server owes the reply to another message first.
                    _ => Then::Over(no_session(None)),
                };
                it.tell(Err(then));
                self.leave(at);
                return;
            }
        }
    }

    /// Whether all that is still to come are replies that nobody's answer waits for any more.
    fn only_listens(&self) -> bool {
        let mut jobs = self.aboard.iter().filter(|it| it.job.is_some()).peekable();
        jobs.peek().is_some() && jobs.all(|it| it.is_late)
    }

    /// Takes the message at this place off the session, which was told already, and all behind it, since none of them
    /// is sent. Where the server has got a part of it, the session is of no use any more.
    fn leave(&mut self, at: usize) {
        let Some(session) = &mut self.lease.session else { return };
        for behind in self.aboard.iter_mut().skip(at + 1) {
            behind.tell(Err(Then::Again));
        }
        let Some(it) = self.aboard.get(at) else { return };
        if it.take_back(session) {
            self.needs_reset |= it.is_reset_due && at == 0;
            self.aboard.truncate(at);
        } else {
            session.take_back(session.sent());
            self.is_last = true;
        }
    }

    /// Waits for whatever comes first.
    async fn event(&mut self) -> Event {
        let Some(session) = &self.lease.session else { return Event::Deserted };
        let is_alone = self.aboard.len() == 1;
        let is_awaited = |it: &&Transaction| is_alone || it.job.is_some();
        let limits = self.aboard.iter().filter(is_awaited).filter_map(|it| it.limit(session));
        let farewell = self.farewell.map(|at| at + ENVELOPE_LIMIT);
        let limit = limits.chain(farewell).min();
        let unsent = self.aboard.iter().filter(|it| !it.is_sent(session));
        let leave_by = unsent.filter_map(|it| it.job.as_ref().map(|job| job.limits.leave_by)).min();
        let has_room = self.has_room();
        let (Some(session), aboard) = (&mut self.lease.session, &mut self.aboard) else {
            return Event::Deserted;
        };
        let deserted = poll_fn(|context| {
            let mut jobs = aboard.iter_mut().filter_map(|it| it.job.as_mut()).peekable();
            let is_deserted =
                jobs.peek().is_some() && jobs.all(|job| job.tell.poll_closed(context).is_ready());
            if is_deserted { Poll::Ready(()) } else { Poll::Pending }
        });
        let far_away = Instant::now() + Duration::from_hours(1);
        tokio::select! {
            biased;
            moved = session.moved(leave_by.unwrap_or(far_away)) => Event::Moved(moved),
            () = self.lease.pool.surplus.notified(), if has_room => Event::Wanted,
            () = deserted => Event::Deserted,
            () = sleep_until(limit.unwrap_or(far_away)) => Event::TimeUp,
        }
    }

    /// The session is over. Whoever was sent to the last byte is in doubt, unless the server had said 421 before. All
    /// others go back to the queue, except for a message that a new session could not even begin with.
    fn lost(mut self, cause: &Cause) {
        let Some(session) = &self.lease.session else { return };
        let is_closed = matches!(cause, Cause::Closed(_) | Cause::Reset);
        // The first message on a session that was idle, and RST in place of the first reply: whoever has read everything
        // says FIN, so the server has lost the session, or has not read the message.
        let is_unread = matches!(cause, Cause::Reset) && self.answered_at.is_none() && self.aboard.len() == 1;
        // Whoever says something else after 421, even if it is not SMTP, has not closed.
        let has_left = is_closed && self.farewell.is_some();
        for (at, it) in self.aboard.iter_mut().enumerate() {
            if is_closed && at == 0 && it.is_behind {
                self.lease.pool.broken.lost_behind();
            }
            let stage = it.stage();
            let written = it.is_sent(session) && !(is_unread && stage == Stage::Mail);
            let is_to_blame = at == 0 && !session.has_worked();
            let then = if !has_left && (written || is_to_blame) {
                Then::Over(Failure { stage, cause: cause.clone(), written }.verdict())
            } else {
                Then::Again
            };
            it.tell(Err(then));
        }
    }
}
