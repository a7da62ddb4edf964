//! What a failure means, by the stage it happened at: a 550 is about the recipient after RCPT, about our account before
//! it and about the content after it, and silence is harmless until the last byte of the message has left.

use super::reply::Reply;
use crate::delivery::{Fault, FaultKind, Verdict};
use std::io;

/// How far a transaction has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Token,
    Connect,
    Greeting,
    Ehlo,
    Starttls,
    Auth,
    Mail,
    Rcpt,
    Data,
    Body,
}

/// Why a transaction did not end well.
#[derive(Debug)]
pub(super) enum Failure {
    /// The server said no. `unread` replies to commands sent in the same flight are still to come.
    Refused { reply: Reply, unread: usize },
    /// The server answered with a code that means nothing at this point.
    Unexpected(Reply),
    /// The server closed, or the network broke.
    Closed(String),
    /// What came was no SMTP, or came when nothing was due.
    Protocol(&'static str),
    /// This server can't be used as it is configured.
    Setup(FaultKind, String),
    /// This server can't take this message; nothing of it was sent.
    Unfit(Verdict),
    /// There is no token to log in with.
    NoToken(Fault),
    /// The time was up.
    Timeout,
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::NoToken(fault)
    }
}

impl From<io::Error> for Failure {
    /// The kind alone: an error's own text may name paths or addresses.
    fn from(error: io::Error) -> Self {
        Self::Closed(error.kind().to_string())
    }
}

impl Stage {
    fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Connect => "connect",
            Self::Greeting => "greeting",
            Self::Ehlo => "ehlo",
            Self::Starttls => "starttls",
            Self::Auth => "auth",
            Self::Mail => "mail",
            Self::Rcpt => "rcpt",
            Self::Data => "data",
            Self::Body => "body",
        }
    }
}

/// The verdict on a failure at `stage`; `written`: the last byte of the message had left.
pub(super) fn verdict(stage: Stage, failure: Failure, written: bool) -> Verdict {
    let (kind, detail) = match failure {
        Failure::Refused { reply, .. } => return refused(stage, reply),
        Failure::Unfit(verdict) => return verdict,
        Failure::NoToken(fault) => return Verdict::Deferred(fault),
        Failure::Setup(kind, detail) => (kind, detail),
        Failure::Unexpected(reply) => (FaultKind::Unavailable, format!("unexpected reply {reply}")),
        Failure::Closed(detail) => (FaultKind::Unavailable, detail),
        Failure::Protocol(detail) => (FaultKind::Unavailable, detail.to_owned()),
        Failure::Timeout if stage == Stage::Greeting => {
            let detail =
                "timed out; a port that speaks TLS from the start (smtps:// in the url) shows like this";
            (FaultKind::Timeout, detail.to_owned())
        }
        Failure::Timeout => (FaultKind::Timeout, "timed out".to_owned()),
    };
    if written {
        Verdict::InDoubt(Fault::new(Stage::Body.name(), kind, detail))
    } else {
        Verdict::Deferred(Fault::new(stage.name(), kind, detail))
    }
}

/// The server wants fewer sessions or messages at a time: 421; 432 and 4.3.2 from Exchange; 452 and 454 from others.
pub(super) fn is_crowded(reply: Reply) -> bool {
    matches!(reply.code, 421 | 432 | 452 | 454) || reply.enhanced() == Some((4, 3, 2))
}

/// A 4yz or 5yz reply.
fn refused(stage: Stage, reply: Reply) -> Verdict {
    let fault = |kind| Fault::new(stage.name(), kind, reply.to_string());
    if reply.is_transient() {
        return Verdict::Deferred(fault(if is_throttling(reply) {
            FaultKind::Throttled
        } else {
            FaultKind::Unavailable
        }));
    }
    match stage {
        Stage::Rcpt => refused_recipient(reply, fault),
        Stage::Data => Verdict::Refused(fault(FaultKind::Content)),
        Stage::Body => match reply.enhanced() {
            Some((5, 7, 26 | 30 | 57 | 60)) => Verdict::Deferred(fault(FaultKind::Account)),
            _ => Verdict::Refused(fault(FaultKind::Content)),
        },
        _ => Verdict::Deferred(fault(ours(stage, reply))),
    }
}

/// 5yz to RCPT: about the recipient only where it says so.
fn refused_recipient(reply: Reply, fault: impl Fn(FaultKind) -> Fault) -> Verdict {
    match (reply.enhanced(), reply.code) {
        (Some((5, 1, 1 | 2 | 3 | 6 | 10) | (5, 2, 1)), _) => Verdict::Rejected(fault(FaultKind::Recipient)),
        (Some((5, 1, 0)), _) | (None, 550 | 551 | 553) => Verdict::Refused(fault(FaultKind::Recipient)),
        _ => Verdict::Deferred(fault(ours(Stage::Rcpt, reply))),
    }
}

/// Whose move a 5yz is that is neither the recipient's nor the content's.
fn ours(stage: Stage, reply: Reply) -> FaultKind {
    match (reply.enhanced(), reply.code) {
        (Some((5, 4, 5)), _) => FaultKind::Throttled,
        (_, 530 | 534 | 535 | 538) => FaultKind::Credentials,
        _ if stage == Stage::Auth => FaultKind::Credentials,
        _ => FaultKind::Account,
    }
}

/// 4yz that says "too much", not "not now".
fn is_throttling(reply: Reply) -> bool {
    matches!(reply.code, 421 | 432) || matches!(reply.enhanced(), Some((4, 3, 2) | (4, 7, 28) | (4, 5, 3)))
}

#[cfg(test)]
mod tests {
    use super::super::reply;
    use super::*;

    fn judged(stage: Stage, text: &str) -> String {
        let (reply, _) = reply::parse(format!("{text} x\r\n").as_bytes()).unwrap().unwrap();
        let failure = Failure::Refused { reply, unread: 0 };
        match verdict(stage, failure, stage == Stage::Body) {
            Verdict::Accepted { .. } => "Accepted".to_owned(),
            Verdict::Rejected(fault) => format!("Rejected {:?}", fault.kind),
            Verdict::Refused(fault) => format!("Refused {:?}", fault.kind),
            Verdict::Deferred(fault) => format!("Deferred {:?}", fault.kind),
            Verdict::InDoubt(fault) => format!("InDoubt {:?}", fault.kind),
        }
    }

    #[test]
    fn a_reply_means_what_its_stage_makes_of_it() {
        let table = [
            (Stage::Greeting, "554", "Deferred Account"),
            (Stage::Greeting, "421 4.7.0", "Deferred Throttled"),
            (Stage::Ehlo, "550", "Deferred Account"),
            (Stage::Auth, "535 5.7.8", "Deferred Credentials"),
            (Stage::Auth, "500", "Deferred Credentials"),
            (Stage::Auth, "454 4.7.0", "Deferred Unavailable"),
            (Stage::Auth, "432 4.7.12", "Deferred Throttled"),
            (Stage::Mail, "530 5.7.0", "Deferred Credentials"),
            (Stage::Mail, "550 5.1.1", "Deferred Account"),
            (Stage::Mail, "451 4.7.28", "Deferred Throttled"),
            (Stage::Rcpt, "450 4.2.0", "Deferred Unavailable"),
            (Stage::Rcpt, "452 4.5.3", "Deferred Throttled"),
            (Stage::Rcpt, "550 5.1.1", "Rejected Recipient"),
            (Stage::Rcpt, "550 5.1.2", "Rejected Recipient"),
            (Stage::Rcpt, "553 5.1.3", "Rejected Recipient"),
            (Stage::Rcpt, "551 5.1.6", "Rejected Recipient"),
            (Stage::Rcpt, "556 5.1.10", "Rejected Recipient"),
            (Stage::Rcpt, "550 5.2.1", "Rejected Recipient"),
            (Stage::Rcpt, "550 4.1.1", "Refused Recipient"),
            (Stage::Rcpt, "550 5.1.0", "Refused Recipient"),
            (Stage::Rcpt, "550", "Refused Recipient"),
            (Stage::Rcpt, "551", "Refused Recipient"),
            (Stage::Rcpt, "553", "Refused Recipient"),
            (Stage::Rcpt, "554", "Deferred Account"),
            (Stage::Rcpt, "552", "Deferred Account"),
            (Stage::Rcpt, "554 5.7.1", "Deferred Account"),
            (Stage::Rcpt, "550 5.4.5", "Deferred Throttled"),
            (Stage::Rcpt, "530 5.7.0", "Deferred Credentials"),
            (Stage::Data, "451", "Deferred Unavailable"),
            (Stage::Data, "554 5.7.1", "Refused Content"),
            (Stage::Body, "451 4.3.0", "Deferred Unavailable"),
            (Stage::Body, "421", "Deferred Throttled"),
            (Stage::Body, "554 5.7.1", "Refused Content"),
            (Stage::Body, "550", "Refused Content"),
            (Stage::Body, "550 5.7.26", "Deferred Account"),
            (Stage::Body, "550 5.7.30", "Deferred Account"),
            (Stage::Body, "554 5.7.57", "Deferred Account"),
            (Stage::Body, "554 5.7.60", "Deferred Account"),
        ];
        for (stage, reply, wanted) in table {
            assert_eq!(judged(stage, reply), wanted, "{stage:?} {reply}");
        }
    }

    #[test]
    fn silence_is_harmless_until_the_last_byte_has_left() {
        let before = verdict(Stage::Data, Failure::Timeout, false);
        assert_eq!(before, Verdict::Deferred(Fault::new("data", FaultKind::Timeout, "timed out")));
        let after = verdict(Stage::Mail, Failure::Closed("closed".into()), true);
        assert_eq!(after, Verdict::InDoubt(Fault::new("body", FaultKind::Unavailable, "closed")));
    }
}
