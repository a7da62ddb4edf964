//! Decides what a failure means for the message, from the stage and from the codes and words of the reply.
//!
//! A refusal is final only with evidence: a code or words that name the recipient or the message. A refusal that names
//! our login, sender, account or quota is for us to correct at any stage, and one that names nobody is marked as unproven.
//! Silence is harmless until the last byte of the message has left.
//!
//! A [`Cause`] is what happened, a [`Failure`] adds the stage, and the [`Verdict`] with its [`Fault`] is what everybody
//! outside of this client gets to see.

use std::io;

use super::reply::Reply;
use super::words::Meaning;
use crate::delivery::fault::{Fault, FaultKind, Stage, Verdict};

/// Why opening a session or a transaction on it failed.
#[derive(Debug, Clone)]
pub(super) enum Cause {
    /// The server refused with a 4yz or 5yz.
    Refused { reply: Reply },
    /// The server answered with a code that has no meaning at this point.
    Unexpected(Reply),
    /// The server closed the connection, or the network broke. The text says which.
    Closed(String),
    /// The connection was reset: the server's side does not know it any more, or has closed it with bytes unread.
    Reset,
    /// What came was not SMTP, or came when no reply was due. The text says which.
    Protocol(&'static str),
    /// The server can't be used as it is configured. The text says what to change.
    Setup(FaultKind, String),
    /// There is no access token to log in with, for this fault of its issuer.
    NoToken(Fault),
    /// The time for this step was up.
    Timeout,
}

impl From<Fault> for Cause {
    fn from(fault: Fault) -> Self {
        Self::NoToken(fault)
    }
}

impl From<io::Error> for Cause {
    /// Takes the kind of the error alone, since its own text may name paths or addresses.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionReset => Self::Reset,
            kind => Self::Closed(kind.to_string()),
        }
    }
}

/// A cause, and how far the attempt had come by then.
#[derive(Debug)]
pub(super) struct Failure {
    /// The stage at which it happened.
    pub(super) stage: Stage,
    /// What went wrong at that stage.
    pub(super) cause: Cause,
    /// The last byte of the message had left, so the server may have taken it.
    pub(super) written: bool,
}

impl Failure {
    /// A failure while no byte of a message was sent yet.
    pub(super) fn before_the_message(stage: Stage, cause: Cause) -> Self {
        Self { stage, cause, written: false }
    }

    /// What the failure means for the message.
    pub(super) fn verdict(self) -> Verdict {
        let Self { stage, cause, written } = self;
        let (kind, detail) = match cause {
            Cause::Refused { reply } => return refused(stage, reply),
            Cause::NoToken(fault) => return Verdict::Deferred(fault),
            Cause::Setup(kind, detail) => (kind, detail),
            Cause::Unexpected(reply) => {
                let detail =
                    format!("unexpected reply {reply}: check that host and port belong to a mail server");
                (FaultKind::Unavailable, detail)
            }
            Cause::Closed(detail) => (FaultKind::Unavailable, detail),
            Cause::Reset => (FaultKind::Unavailable, io::ErrorKind::ConnectionReset.to_string()),
            Cause::Protocol(detail) => (FaultKind::Unavailable, detail.to_owned()),
            Cause::Timeout if stage == Stage::Greeting => {
                let detail = "timed out: if this port speaks TLS from the start, write smtps:// in the url";
                (FaultKind::Timeout, detail.to_owned())
            }
            Cause::Timeout if written => {
                let detail = "timed out waiting for the server to confirm the message";
                (FaultKind::Timeout, detail.to_owned())
            }
            Cause::Timeout => (FaultKind::Timeout, "timed out".to_owned()),
        };
        // Nothing but the last byte matters: a server that has not got all of a message can't deliver it (RFC 5321,
        // section 4.1.1.4).
        if written {
            Verdict::InDoubt(Fault::new(Stage::Body, kind, detail))
        } else {
            Verdict::Deferred(Fault::new(stage, kind, detail))
        }
    }
}

/// Whether the server wants fewer sessions or messages at a time: 421; 432 and 4.3.2 from Exchange; 452 and 454 from
/// others. Servers also use these codes for a full mailbox (452 4.2.2) and for who may relay (454 4.7.1), where fewer
/// sessions would not help.
pub(super) fn is_crowded(reply: Reply) -> bool {
    // 4.1.x and 4.2.x are about an address or a mailbox (RFC 3463).
    let names_mailbox = matches!(reply.enhanced(), Some((4, 1 | 2, _)));
    let is_about_load = !names_mailbox && matches!(reply.words, None | Some(Meaning::Throttled));
    match reply.code {
        421 | 432 => true,
        452 | 454 => is_about_load,
        _ => reply.enhanced() == Some((4, 3, 2)),
    }
}

/// The verdict on a 4yz or 5yz reply.
fn refused(stage: Stage, reply: Reply) -> Verdict {
    let fault = |kind| Fault::new(stage, kind, reply.to_string());
    if reply.is_transient() {
        let kind = if is_throttling(reply) { FaultKind::Throttled } else { FaultKind::Unavailable };
        return Verdict::Deferred(fault(kind));
    }
    match refusal(stage, reply) {
        Refusal::Ours(kind) => Verdict::Deferred(fault(kind)),
        Refusal::Full => Verdict::Deferred(fault(FaultKind::Recipient)),
        Refusal::Recipient => Verdict::Rejected(fault(FaultKind::Recipient)),
        Refusal::Route => Verdict::Refused(fault(FaultKind::Account)),
        Refusal::Message => Verdict::Refused(fault(FaultKind::Content)),
        Refusal::Unproven(kind) => Verdict::Refused(fault(kind).unproven()),
    }
}

/// Whom a 5yz speaks of.
enum Refusal {
    /// Us: our login, sender, account or quota, or the SMTP that we speak.
    Ours(FaultKind),
    /// The recipient, who does not exist.
    Recipient,
    /// The recipient, whose mailbox is full for now.
    Full,
    /// The recipient, who is on this provider's own suppression list. Another provider may deliver.
    Route,
    /// This message: its content or its size.
    Message,
    /// Nobody. By its stage, it may be about the recipient or about the content.
    Unproven(FaultKind),
}

/// Decides whom a 5yz speaks of. The evidence counts in this order: codes that name us, words that name us, then codes
/// and words that name the recipient or the message.
fn refusal(stage: Stage, reply: Reply) -> Refusal {
    if let Some(kind) = ours_by_code(reply).or_else(|| ours_by_words(stage, reply)) {
        return Refusal::Ours(kind);
    }
    if stage < Stage::Rcpt { before_the_recipient(stage, reply) } else { of_the_message(stage, reply) }
}

/// A refusal before the server has heard of a recipient or of content: ours, except for the size that MAIL names.
fn before_the_recipient(stage: Stage, reply: Reply) -> Refusal {
    let names_size = is_size(reply) || (reply.code == 552 && reply.words == Some(Meaning::Content));
    match stage {
        Stage::Mail if names_size => Refusal::Message,
        Stage::Mail if is_protocol_error(reply) => Refusal::Ours(FaultKind::Unavailable),
        Stage::Auth => Refusal::Ours(FaultKind::Credentials),
        _ => Refusal::Ours(FaultKind::Account),
    }
}

/// A refusal of RCPT, DATA or the message, in which nothing names us.
fn of_the_message(stage: Stage, reply: Reply) -> Refusal {
    let (code, words) = (reply.enhanced(), reply.words);
    if names_recipient(reply) || (code.is_none() && reply.code == 556) {
        return Refusal::Recipient;
    }
    if code == Some((5, 2, 2)) || words == Some(Meaning::Full) {
        return Refusal::Full;
    }
    if is_size(reply) || matches!(code, Some((5, 6, _))) {
        return Refusal::Message;
    }
    let is_policy = matches!(code, Some((5, 7, _)));
    match words {
        // A policy that says "mailbox unavailable" may still be about us.
        Some(Meaning::Recipient) if is_policy => Refusal::Unproven(FaultKind::Recipient),
        Some(Meaning::Recipient) => Refusal::Recipient,
        Some(Meaning::Route) => Refusal::Route,
        // At RCPT the server has not seen the content, only its size. So what it calls spam there is us.
        Some(Meaning::Content) if stage == Stage::Rcpt && reply.code != 552 => {
            Refusal::Ours(FaultKind::Account)
        }
        Some(Meaning::Content) => Refusal::Message,
        _ if is_protocol_error(reply) => Refusal::Ours(FaultKind::Unavailable),
        _ if stage == Stage::Rcpt && is_policy => Refusal::Ours(FaultKind::Account),
        _ if stage == Stage::Rcpt => Refusal::Unproven(FaultKind::Recipient),
        _ => Refusal::Unproven(FaultKind::Content),
    }
}

/// Whether the enhanced code says that the recipient does not exist (RFC 3463, RFC 7505 for 5.1.10).
fn names_recipient(reply: Reply) -> bool {
    matches!(reply.enhanced(), Some((5, 1, 1 | 2 | 3 | 6 | 10) | (5, 2, 1)))
}

/// Whether the enhanced code says that the message is too large (RFC 3463).
fn is_size(reply: Reply) -> bool {
    matches!(reply.enhanced(), Some((5, 3, 4) | (5, 2, 3)))
}

/// The kind of fault where the words name us, whatever the stage.
fn ours_by_words(stage: Stage, reply: Reply) -> Option<FaultKind> {
    match reply.words? {
        // "User unknown. This account has been suspended." speaks of the recipient's account.
        Meaning::Account if names_recipient(reply) && stage >= Stage::Rcpt => None,
        Meaning::Sender | Meaning::Account => Some(FaultKind::Account),
        Meaning::Credentials => Some(FaultKind::Credentials),
        Meaning::Throttled => Some(FaultKind::Throttled),
        Meaning::Recipient | Meaning::Full | Meaning::Route | Meaning::Content => None,
    }
}

/// The kind of fault where a code names us, whatever the stage.
fn ours_by_code(reply: Reply) -> Option<FaultKind> {
    if matches!(reply.code, 530 | 534 | 535 | 538) {
        return Some(FaultKind::Credentials);
    }
    Some(match reply.enhanced()? {
        // Login: Exchange's 5.7.3, RFC 4954.
        (5, 7, 3 | 8..=12 | 14) => FaultKind::Credentials,
        // Gmail's quota of the day; a flood of mail (IANA's 5.7.28).
        (5, 4, 5) | (5, 7, 28) => FaultKind::Throttled,
        // The sender's syntax, its domain, Exchange's SendAsDenied; account disabled; SPF, DKIM, DMARC, reverse DNS
        // (RFC 7372); from 30 on Gmail's and Exchange's own, all of them about who may send: 5.7.57 not logged in,
        // 5.7.60 sender, 5.7.5xx spammer, 5.7.6xx address banned, 5.7.7xx tenant.
        (5, 1, 7 | 8) | (5, 2, 252) | (5, 7, 13 | 20..=999) => FaultKind::Account,
        _ => return None,
    })
}

/// Whether the refusal is of the command itself: the dialogue is out of step, or a proxy in between does not know the
/// command. It says nothing about the message.
fn is_protocol_error(reply: Reply) -> bool {
    matches!(reply.code, 500..=504) || matches!(reply.enhanced(), Some((5, 5, 1 | 2 | 4)))
}

/// Whether a 4yz says "too much" and not only "not now".
fn is_throttling(reply: Reply) -> bool {
    matches!(reply.code, 421 | 432)
        // 4.3.2 system not accepting messages; 4.7.28 a flood of mail; 4.5.3 too many recipients; 4.4.5 congestion.
        || matches!(reply.enhanced(), Some((4, 3, 2) | (4, 7, 28) | (4, 5, 3) | (4, 4, 5)))
        || reply.words == Some(Meaning::Throttled)
}

#[cfg(test)]
mod tests {
    use super::super::reply;
    use super::*;

    /// `unproven` where nothing in the reply says whom it refuses.
    fn judged(stage: Stage, text: &str) -> String {
        let (reply, _) = reply::parse(format!("{text}\r\n").as_bytes()).unwrap().unwrap();
        let failure = Failure { stage, cause: Cause::Refused { reply }, written: stage == Stage::Body };
        let verdict = failure.verdict();
        let fault = verdict.fault().unwrap();
        let name = match &verdict {
            Verdict::Accepted { .. } => "Accepted",
            Verdict::Rejected(_) => "Rejected",
            Verdict::Refused(_) => "Refused",
            Verdict::Deferred(_) => "Deferred",
            Verdict::InDoubt(_) => "InDoubt",
        };
        format!("{name} {:?}{}", fault.kind, if fault.proven { "" } else { " unproven" })
    }

    fn check(stages: &[Stage], wanted: &str, replies: &[&str]) {
        for (stage, reply) in stages.iter().flat_map(|stage| replies.iter().map(move |reply| (*stage, reply)))
        {
            assert_eq!(judged(stage, reply), wanted, "{stage:?} {reply}");
        }
    }

    const ENVELOPE: &[Stage] = &[Stage::Mail, Stage::Rcpt];
    const ANY: &[Stage] = &[Stage::Mail, Stage::Rcpt, Stage::Data, Stage::Body];
    const LATE: &[Stage] = &[Stage::Data, Stage::Body];

    #[test]
    fn a_reply_that_speaks_of_us_is_ours_at_any_stage() {
        let account = [
            "550 relay not permitted",
            "550 SMTP AUTH is required to send",
            "550 Authentication is required for relay",
            "550-Your host is listed in a blocklist, see\r\n550 https://rbl.example/1",
            "550 Sender verify failed",
            "553 Relaying disallowed as login@acme.example",
            "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
            "554 5.7.1 <ada@mail.example>: Relay access denied",
            "550 5.7.1 Relaying denied",
            "553 5.7.1 <login@acme.example>: Sender address rejected: not owned by user u",
            "550-Requested action not taken: mailbox unavailable\r\n550 Cause sending mail. Try again later",
            "550-Mailbox unavailable\r\n550 5.7.1 blocked by policy",
            "554 Message rejected: Email address is not verified. The following identities failed the check in region \
             EU-WEST-1: login@acme.example",
            "554 Access denied: User `arn:aws:iam::1:user/ses' is not authorized to perform `ses:SendRawEmail'",
            "554 Message rejected: Sending paused for this account.",
            "550 The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved.",
            "554 5.2.252 SendAsDenied; login@acme.example not allowed to send as other@acme.example",
            "554 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied; Failed to process message",
            "554 5.2.0 STOREDRV.Submission.Exception:OutboundSpamException; Failed to process message",
            "550 5.1.8 Access denied, bad outbound sender",
            "501 5.1.7 Bad sender address syntax",
            "550-5.7.26 This mail has been blocked because the sender is unauthenticated.\r\n550 5.7.26 see",
            "550 5.7.30 x",
            "554 5.7.57 Client not authenticated to send mail",
            "550 5.7.60 SMTP; Client does not have permissions to send as this sender",
            "550 5.7.501 Service unavailable. Spam abuse detected from IP range",
            "550 5.7.606 Access denied, banned sending IP",
            "550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP",
            "550 5.7.750 Service unavailable. Client blocked from sending from unregistered domains",
            "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
            "550 Domain mg.acme.example is not allowed to send: Free accounts are for test purposes only",
            "554 5.7.1 Your account is suspended",
            "550 5.7.1 Unpaid invoice",
            "550 Not enough credits",
        ];
        check(ANY, "Deferred Account", &account);
        let throttled = [
            "550 5.4.5 Daily user sending quota exceeded. x - gsmtp",
            "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; quota",
            "552 Message would take you over your relay quota of 500",
            "550 Maximum credits exceeded",
            "554 Daily message quota exceeded",
            "550 5.7.1 Domain acme.example has exceeded the max emails per hour (500/500) allowed",
        ];
        check(ANY, "Deferred Throttled", &throttled);
        let credentials = [
            "530 5.7.0 Authentication Required",
            "530 5.7.1 Client was not authenticated",
            "535 5.7.8 Error: authentication failed",
            "534 5.7.14 Please log in via your web browser",
            "538 5.7.11 Encryption required",
            "550 5.7.8 x",
            "550 5.7.9 x",
            "554 5.7.3 x",
            "550 Invalid API key",
        ];
        check(ANY, "Deferred Credentials", &credentials);
    }

    #[test]
    fn before_there_is_a_recipient_a_refusal_is_ours() {
        for (stage, reply, wanted) in [
            (Stage::Greeting, "554 no", "Deferred Account"),
            (Stage::Greeting, "220-mail.example ESMTP\r\n521 5.7.1 client blocked", "Deferred Account"),
            (Stage::Greeting, "421 4.7.0 x", "Deferred Throttled"),
            (Stage::Ehlo, "550 x", "Deferred Account"),
            (Stage::Auth, "535 5.7.8 x", "Deferred Credentials"),
            (Stage::Auth, "500 x", "Deferred Credentials"),
            (Stage::Auth, "454 4.7.0 x", "Deferred Unavailable"),
            (Stage::Auth, "454 4.7.0 Too many login attempts", "Deferred Throttled"),
            (Stage::Auth, "432 4.7.12 x", "Deferred Throttled"),
            (
                Stage::Auth,
                "550 Please wait, or contact support for a rate limit increase",
                "Deferred Throttled",
            ),
            (Stage::Mail, "550 5.1.1 User unknown", "Deferred Account"),
            (Stage::Mail, "550 x", "Deferred Account"),
            (Stage::Mail, "550 spam", "Deferred Account"),
            (Stage::Mail, "503 5.5.1 x", "Deferred Unavailable"),
            (Stage::Mail, "552 5.3.4 x", "Refused Content"),
            (Stage::Mail, "552 message size exceeds the limit", "Refused Content"),
            (Stage::Mail, "451 4.7.28 x", "Deferred Throttled"),
        ] {
            assert_eq!(judged(stage, reply), wanted, "{stage:?} {reply}");
        }
    }

    #[test]
    fn a_recipient_is_refused_for_good_where_code_or_words_name_it() {
        let recipient = [
            "550 5.1.1 x",
            "550 5.1.2 x",
            "553 5.1.3 x",
            "501 5.1.3 Bad recipient address syntax",
            "551 5.1.6 recipient no longer on server",
            "556 5.1.10 x",
            "556 x",
            "550 5.2.1 x",
            "550 5.2.1 This account has been suspended",
            "550 no such user here",
            "511 sorry, no mailbox here by that name (#5.1.1 - chkuser)",
            "550 5.1.1 <spam@mail.example>: Recipient address rejected: User unknown in relay recipient table",
            "550-5.1.1 The email account that you tried to reach does not exist.\r\n550 5.1.1 gsmtp",
            "550 5.5.0 Requested action not taken: mailbox unavailable",
            "550 5.4.1 Recipient address rejected: Access denied",
            "550 Unrouteable address",
        ];
        check(&[Stage::Rcpt, Stage::Data, Stage::Body], "Rejected Recipient", &recipient);
        check(LATE, "Refused Account", &["554 Address is on the suppression list", "550 Inactive recipient"]);
        let full = ["552 5.2.2 x", "552 Mailbox full", "550 5.2.2 The email account is over quota"];
        check(&[Stage::Rcpt, Stage::Body], "Deferred Recipient", &full);
        for (reply, wanted) in [
            ("550 x", "Refused Recipient unproven"),
            ("550", "Refused Recipient unproven"),
            ("551 x", "Refused Recipient unproven"),
            ("552 x", "Refused Recipient unproven"),
            ("553 x", "Refused Recipient unproven"),
            ("554 x", "Refused Recipient unproven"),
            ("550 4.1.1 x", "Refused Recipient unproven"),
            ("550 5.1.0 x", "Refused Recipient unproven"),
            ("550 5.7.1 user unknown", "Refused Recipient unproven"),
            ("550 5.7.1 x", "Deferred Account"),
            ("550 spam", "Deferred Account"),
            ("503 5.5.1 x", "Deferred Unavailable"),
            ("450 4.2.0 x", "Deferred Unavailable"),
            ("452 4.5.3 x", "Deferred Throttled"),
        ] {
            assert_eq!(judged(Stage::Rcpt, reply), wanted, "{reply}");
        }
    }

    #[test]
    fn a_message_is_refused_where_code_or_words_name_it() {
        let content = [
            "554 5.6.0 x",
            "552 5.3.4 x",
            "552 Message size exceeds maximum permitted",
            "554 5.7.1 Message rejected as spam",
            "550 5.7.1 This message contains a virus",
            "550 Message content rejected",
            "550-5.7.1 likely unsolicited mail\r\n550 5.7.1 see",
            "554 5.7.1 Blocked: contains a URL listed in dbl.spamhaus.org",
        ];
        check(LATE, "Refused Content", &content);
        check(
            LATE,
            "Refused Content unproven",
            &["554 x", "550 5.7.1 x", "552 x", "554", "550 message rejected"],
        );
        let protocol =
            ["500 5.5.2 command unrecognized", "502 x", "503 5.5.1 bad sequence", "504 x", "554 5.5.1 x"];
        check(LATE, "Deferred Unavailable", &protocol);
        check(ENVELOPE, "Deferred Unavailable", &protocol);
        check(LATE, "Deferred Unavailable", &["451 4.3.0 x"]);
        check(
            LATE,
            "Deferred Throttled",
            &["421 x", "454 Throttling failure: Maximum sending rate exceeded."],
        );
    }

    #[test]
    fn fewer_sessions_help_against_load_and_not_against_a_full_mailbox() {
        let crowded = |text: &str| is_crowded(reply::parse(text.as_bytes()).unwrap().unwrap().0);
        for text in [
            "421 4.3.2 too many connections\r\n",
            "421\r\n",
            "432 4.3.2 Concurrent connections limit exceeded\r\n",
            "451 4.3.2 x\r\n",
            "452 4.3.1 x\r\n",
            "452 4.5.3 x\r\n",
            "454 4.7.0 x\r\n",
            "454 Throttling failure: Maximum sending rate exceeded.\r\n",
        ] {
            assert!(crowded(text), "{text}");
        }
        for text in [
            "452 4.2.2 The email account that you tried to reach is over quota\r\n",
            "452 Mailbox full\r\n",
            "452 4.1.1 x\r\n",
            "454 4.7.1 <ada@mail.example>: Relay access denied\r\n",
            "450 4.2.0 x\r\n",
        ] {
            assert!(!crowded(text), "{text}");
        }
    }

    #[test]
    fn silence_is_harmless_until_the_last_byte_has_left() {
        let before = Failure::before_the_message(Stage::Data, Cause::Timeout).verdict();
        assert_eq!(before, Verdict::Deferred(Fault::new(Stage::Data, FaultKind::Timeout, "timed out")));
        let cause = Cause::Closed("closed".into());
        let after = Failure { stage: Stage::Mail, cause, written: true }.verdict();
        assert_eq!(after, Verdict::InDoubt(Fault::new(Stage::Body, FaultKind::Unavailable, "closed")));
    }
}
