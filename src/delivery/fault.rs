//! What can come of an attempt to deliver a message, and what can go wrong in it. Pure: no network, no clock.

use std::fmt;
use std::time::Duration;

/// The result of handing one message to one provider, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The provider took responsibility for the message.
    Accepted {
        /// The provider's own id for the message; over SMTP the queue id. `None` where its answer names no id.
        receipt: Option<String>,
    },
    /// This recipient does not exist, so no other provider is asked.
    Rejected(Fault),
    /// This provider will not take this message, or will not take it for this recipient. That is final only when every
    /// provider says so. Where the fault is not [proven](Fault::proven), `delivery::evidence` has to agree as well.
    Refused(Fault),
    /// The provider can't take the message now, or something of ours is at fault (credentials, sender, account).
    /// Another provider, or a later attempt, may work.
    Deferred(Fault),
    /// The attempt broke after the last byte of the message had left, so the provider may have taken it.
    InDoubt(Fault),
}

/// What went wrong in an attempt, in words that hold no address, code, subject or credential. A provider's own text may
/// repeat any of these, so only the codes in its answer are carried on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// How far the attempt had come.
    pub stage: Stage,
    /// What kind of fault it is, which decides who has to act.
    pub kind: FaultKind,
    /// The codes of the reply (`550 5.1.1`, `HTTP 400, code 21211`), or what broke (`connection refused`), and what to
    /// do about it where that is known.
    pub detail: String,
    /// How long the provider asks us to wait before the next attempt; `None` where it names no time.
    pub wait: Option<Duration>,
    /// Whether the refusal names the recipient or the message. `false` means that our sender or account may be meant.
    pub proven: bool,
}

/// How far an attempt had come when something went wrong. The stages are in the order in which an attempt reaches them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Getting an access token from its issuer (OAuth 2.0), for mail servers and APIs that take no password.
    Token,
    /// Looking up the host name and opening the connection, with TLS where it is used from the first byte.
    Connect,
    /// Waiting for the mail server's greeting, the first line that it sends.
    Greeting,
    /// EHLO: learning which extensions the mail server offers. HELO for a server that does not know EHLO.
    Ehlo,
    /// STARTTLS and the TLS handshake after it.
    Starttls,
    /// AUTH: logging in at the mail server with a password or a token.
    Auth,
    /// MAIL FROM: naming the sender to the mail server.
    Mail,
    /// RCPT TO: naming the recipient to the mail server.
    Rcpt,
    /// DATA: asking the mail server to take the message. BDAT has no such stage.
    Data,
    /// The message itself, and the mail server's reply to it.
    Body,
    /// The request to an HTTP API, and the answer to it.
    Http,
    /// Writing the message to a file in the outbox's directory.
    Outbox,
}

impl Stage {
    /// The word for this stage in logs, in answers to Svix and on the admin address.
    #[must_use]
    pub fn as_str(self) -> &'static str {
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
            Self::Http => "http",
            Self::Outbox => "outbox",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The kinds of [`Fault`], told apart by what an operator would do about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The recipient: there is no such mailbox or number, or it takes no messages now.
    Recipient,
    /// The content of the message: too large, or taken for spam.
    Content,
    /// The provider can't be used now: network, TLS, a closed connection, a temporary error.
    Unavailable,
    /// We sent more messages, or opened more sessions, than this provider takes right now.
    Throttled,
    /// The provider refused our user name, password or token.
    Credentials,
    /// Our sender address, our account or its settings at the provider have to be corrected.
    Account,
    /// The provider did not answer in the time that the attempt had.
    Timeout,
}

impl Fault {
    /// A proven fault with no time to wait; [`Fault::unproven`] and [`Fault::after`] change that.
    #[must_use]
    pub fn new(stage: Stage, kind: FaultKind, detail: impl Into<String>) -> Self {
        Self { stage, kind, detail: detail.into(), wait: None, proven: true }
    }

    /// The same fault, where the provider wants to be asked again no sooner than after `wait`.
    #[must_use]
    pub fn after(self, wait: Option<Duration>) -> Self {
        Self { wait, ..self }
    }

    /// The same fault as a refusal that names nobody: `delivery::evidence` decides whether it is final.
    #[must_use]
    pub fn unproven(self) -> Self {
        Self { proven: false, ..self }
    }
}

impl FaultKind {
    /// The word for this kind on the admin address.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recipient => "recipient",
            Self::Content => "content",
            Self::Unavailable => "unavailable",
            Self::Throttled => "throttled",
            Self::Credentials => "credentials",
            Self::Account => "account",
            Self::Timeout => "timeout",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.stage, self.detail)?;
        match self.wait {
            Some(wait) => write!(f, ", asks to wait {}", humantime::format_duration(wait)),
            None => Ok(()),
        }
    }
}

impl Verdict {
    /// Which verdict stands when providers differ: the one of the highest weight. Content is refused for good only when
    /// every provider refused it, and a fault that somebody has to correct outweighs one that may pass by itself.
    pub(super) fn weight(&self) -> u8 {
        match self {
            Self::Accepted { .. } => 5,
            Self::Rejected(_) => 4,
            // Above every failure: a provider may have the message, and nothing that others say takes it back.
            Self::InDoubt(_) => 3,
            Self::Deferred(Fault { kind: FaultKind::Account | FaultKind::Credentials, .. }) => 2,
            Self::Deferred(_) => 1,
            Self::Refused(_) => 0,
        }
    }

    /// The word for this verdict in logs and metrics.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::Rejected(_) => "rejected",
            Self::Refused(_) => "refused",
            Self::Deferred(_) => "deferred",
            Self::InDoubt(_) => "in_doubt",
        }
    }

    /// What went wrong; `None` for an acceptance.
    #[must_use]
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Accepted { .. } => None,
            Self::Rejected(fault) | Self::Refused(fault) | Self::Deferred(fault) | Self::InDoubt(fault) => {
                Some(fault)
            }
        }
    }
}
