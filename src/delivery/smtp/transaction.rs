//! One message on a session: what of it was said, what is still to be said, and which replies are due (RFC 5321 section
//! 3.3, RFC 2920, RFC 3030).

use std::time::Duration;

use tokio::time::Instant;

use super::classify::Cause;
use super::extensions::Extensions;
use super::job::{Job, Outcome};
use super::session::{Session, UNASKED};
use super::wire::Letter;
use crate::delivery::fault::{Fault, FaultKind, Stage, Verdict};

/// How long a server may be silent about an envelope, on a session that worked before. It may be dead without our
/// knowing; a server that lives answers what comes before the message at once.
pub(super) const ENVELOPE_LIMIT: Duration = Duration::from_millis(1500);

/// A session on which the server answered within this time is alive: a whole message may leave at once.
pub(super) const HEARD_LATELY: Duration = Duration::from_secs(1);

/// A message on a session, from MAIL to the reply to the whole message; or RSET alone.
pub(super) struct Transaction {
    /// The message, and who waits for its outcome. `None` once that was told.
    pub(super) job: Option<Job>,
    /// The extensions that it uses.
    pub(super) used: Extensions,
    /// Its envelope was said before the message before it was answered, and nothing of it is answered yet.
    pub(super) is_behind: bool,
    /// The reply to the RSET before it is still to come.
    pub(super) is_reset_due: bool,
    /// The reply to the whole message did not come in time, and is still listened for.
    pub(super) is_late: bool,
    /// When the last part of it was said.
    pub(super) said_at: Instant,
    /// The first reply has to come by then, where the session may be dead; `None` once it has come.
    speak_by: Option<Instant>,
    /// The replies to what was said that are still to come, in order.
    due: &'static [Stage],
    /// What is to be said after these replies.
    rest: Rest,
    /// Where in the life of the session its first byte is.
    begins_at: u64,
    /// Where in the life of the session its last byte is; `None` until that was said.
    ends_at: Option<u64>,
}

/// The part of a transaction that is to be said next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    Recipient,
    Data,
    Body,
    Nothing,
}

impl Transaction {
    /// Says the first part of a message: all of it at once, its envelope, or MAIL alone, as the server and the state of
    /// the session allow. `behind` is the last message that is not answered yet.
    pub(super) fn begin(session: &mut Session, job: Job, letter: &Letter, behind: Option<&Self>) -> Self {
        let is_heard_lately = session.heard_at.elapsed() < HEARD_LATELY;
        let is_careful = job.limits.is_careful;
        let mut this = Self::new(Some(job), session.extensions, session.position());
        this.is_behind = behind.is_some_and(Self::is_said);
        if behind.is_some_and(Self::may_stay_open) {
            this.reset(session);
        }
        // A dead session costs 1.5 s, and not the whole time of the attempt. So does a server that drops what was said
        // before it answered the message before.
        let may_be_dead = (session.was_idle && !is_heard_lately) || this.is_behind;
        this.speak_by = may_be_dead.then(|| this.said_at + ENVELOPE_LIMIT);
        letter.write_mail(&mut session.out);
        let Extensions { pipelining, chunking, .. } = session.extensions;
        // On a session that was silent for longer, a whole message at once could end in doubt: if nothing comes back, it
        // is not known whether the server is gone or has read the message. An envelope that is lost leaves no doubt.
        let at_once = pipelining && chunking && session.has_carried() && is_heard_lately && !is_careful;
        if pipelining {
            letter.write_rcpt(&mut session.out);
        }
        let (due, rest): (&[Stage], _) = match (pipelining, chunking) {
            // One round trip in place of three. RFC 2920 lets MAIL and RCPT be followed at once, and RFC 3030 says the
            // same of BDAT, which unlike DATA needs no go-ahead: if RCPT is refused, the server reads the message and
            // throws it away.
            (true, true) if at_once => (&[Stage::Mail, Stage::Rcpt, Stage::Body], Rest::Nothing),
            (true, true) => (&[Stage::Mail, Stage::Rcpt], Rest::Body),
            (true, false) => {
                session.out.extend_from_slice(b"DATA\r\n");
                (&[Stage::Mail, Stage::Rcpt, Stage::Data], Rest::Body)
            }
            (false, _) => (&[Stage::Mail], Rest::Recipient),
        };
        (this.due, this.rest) = (due, rest);
        if at_once {
            letter.write_bdat(&mut session.out);
            this.ends_at = Some(session.position());
        }
        this
    }

    /// Says RSET alone, so that the server forgets what is left of the last transaction.
    pub(super) fn reset_alone(session: &mut Session) -> Self {
        let mut this = Self::new(None, session.extensions, session.position());
        this.reset(session);
        this
    }

    fn new(job: Option<Job>, used: Extensions, begins_at: u64) -> Self {
        Self {
            job,
            used,
            is_behind: false,
            is_reset_due: false,
            is_late: false,
            said_at: Instant::now(),
            speak_by: None,
            due: &[],
            rest: Rest::Nothing,
            begins_at,
            ends_at: None,
        }
    }

    fn reset(&mut self, session: &mut Session) {
        session.out.extend_from_slice(b"RSET\r\n");
        self.is_reset_due = true;
    }

    /// Says the next part, if all replies to the parts before it have come.
    ///
    /// # Errors
    /// The server has said more than it was asked, so what it says next would not be the reply to the next part.
    pub(super) fn go_on(&mut self, session: &mut Session) -> Result<(), Cause> {
        let Some(letter) = self.job.as_ref().and_then(|job| job.letter.as_ref()) else { return Ok(()) };
        if self.rest == Rest::Nothing || self.awaits().is_some() || self.is_reset_due {
            return Ok(());
        }
        if session.has_unread() {
            return Err(Cause::Protocol(UNASKED));
        }
        let letter = letter.for_server(session.extensions.smtputf8);
        (self.due, self.rest) = match self.rest {
            Rest::Recipient => {
                letter.write_rcpt(&mut session.out);
                (&[Stage::Rcpt], if self.used.chunking { Rest::Body } else { Rest::Data })
            }
            Rest::Data => {
                session.out.extend_from_slice(b"DATA\r\n");
                (&[Stage::Data], Rest::Body)
            }
            Rest::Body if self.used.chunking => {
                letter.write_bdat(&mut session.out);
                (&[Stage::Body], Rest::Nothing)
            }
            Rest::Body | Rest::Nothing => {
                letter.write_dotted(&mut session.out);
                (&[Stage::Body], Rest::Nothing)
            }
        };
        self.said_at = Instant::now();
        if self.rest == Rest::Nothing {
            self.ends_at = Some(session.position());
        }
        Ok(())
    }

    /// The stage whose reply comes next; `None` where no reply is due.
    pub(super) fn awaits(&self) -> Option<Stage> {
        self.due.first().copied()
    }

    /// Notes that the reply came that was due.
    pub(super) fn heard(&mut self) {
        (self.is_behind, self.speak_by) = (false, None);
        self.due = self.due.get(1..).unwrap_or_default();
    }

    /// How far it has come: the stage whose reply is due, or that is to be said next.
    pub(super) fn stage(&self) -> Stage {
        self.awaits().unwrap_or(match self.rest {
            Rest::Recipient => Stage::Rcpt,
            Rest::Data => Stage::Data,
            Rest::Body | Rest::Nothing => Stage::Body,
        })
    }

    /// Whether all of it was said.
    pub(super) fn is_said(&self) -> bool {
        self.ends_at.is_some()
    }

    /// Whether the last byte of the message has left, so that the server may have all of it.
    pub(super) fn is_sent(&self, session: &Session) -> bool {
        self.ends_at.is_some_and(|end| end <= session.sent())
    }

    /// Whether all that was said is answered, and nothing more is to be said.
    pub(super) fn is_over(&self) -> bool {
        let is_done = self.job.is_none() || self.rest == Rest::Nothing;
        is_done && self.due.is_empty() && !self.is_reset_due
    }

    /// Whether the server may still be in this transaction when it comes to the next command, so that RSET has to go
    /// before another MAIL.
    fn may_stay_open(&self) -> bool {
        // A dot ends the transaction, whatever the reply. Whether BDAT was in one at all is not known before the
        // replies: where RCPT was refused, servers keep the sender.
        self.is_said() && self.used.chunking
    }

    /// Whether another message may be said behind this one before it is answered.
    pub(super) fn may_be_followed(&self) -> bool {
        let is_reset_alone = self.is_reset_due && self.due.is_empty();
        self.used.pipelining && (self.is_said() || is_reset_alone)
    }

    /// How many bytes the server has not answered, if nothing behind this message was answered.
    pub(super) fn unanswered(&self, session: &Session) -> u64 {
        session.position().saturating_sub(self.begins_at)
    }

    /// Takes back all of it and of what was said behind it. `false` where some of it was sent.
    pub(super) fn take_back(&self, session: &mut Session) -> bool {
        session.take_back(self.begins_at)
    }

    /// The moment at which something has to be given up next; `None` where only somebody's leaving ends the wait.
    pub(super) fn limit(&self, session: &Session) -> Option<Instant> {
        let Some(job) = &self.job else { return Some(self.said_at + ENVELOPE_LIMIT) };
        if self.is_late {
            None
        } else if self.is_sent(session) {
            Some(job.limits.answered_by)
        } else {
            let speak_by = self.speak_by.filter(|_| !self.is_said());
            Some(speak_by.map_or(job.limits.leave_by, |limit| limit.min(job.limits.leave_by)))
        }
    }

    /// Tells what came of the message.
    pub(super) fn tell(&mut self, outcome: Outcome) {
        if let Some(job) = self.job.take() {
            // Nobody may be there any more, and then it does not matter.
            let _ = job.tell.send(outcome);
            self.said_at = Instant::now();
        }
    }
}

/// Checks what the server offers against what the message needs, before anything is said.
///
/// # Errors
/// The verdict where the server can't take this message at all.
pub(super) fn fits(offered: Extensions, letter: &Letter) -> Result<(), Verdict> {
    if offered.size.is_some_and(|limit| letter.size() > limit) {
        let detail = "the message is larger than this server takes: shorten its template, or add a provider that takes more";
        // Another provider may take larger messages, so this is final only if all of them say so.
        return Err(Verdict::Refused(Fault::new(Stage::Mail, FaultKind::Content, detail)));
    }
    let detail = "the recipient's address is not ASCII, and this server does not offer SMTPUTF8: add a provider that does";
    if !offered.smtputf8 && letter.recipient_needs_smtputf8() {
        return Err(Verdict::Refused(Fault::new(Stage::Rcpt, FaultKind::Recipient, detail)));
    }
    let detail =
        "the sender's address is not ASCII, and this server does not offer SMTPUTF8: set an ASCII `from`";
    if !offered.smtputf8 && letter.sender_needs_smtputf8() {
        return Err(Verdict::Deferred(Fault::new(Stage::Mail, FaultKind::Account, detail)));
    }
    Ok(())
}
