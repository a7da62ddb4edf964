//! What can come of an attempt, and what can go wrong in it. Pure: no network, no clock.

use std::fmt;
use std::time::Duration;

/// What came of handing one message to one provider, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The provider took responsibility. `receipt` is its own id for the message, where it gave one.
    Accepted {
        /// The provider's message id (SMTP: the queue id if the 250 names one).
        receipt: Option<String>,
    },
    /// This recipient does not exist: nobody else is asked.
    Rejected(Fault),
    /// This provider will not take this message, or not for this recipient. Final only when every provider says so, and
    /// where the fault is [unproven](Fault::proven) only if [`Evidence`] agrees.
    Refused(Fault),
    /// Not now, or our own fault (credentials, sender, account): the next provider, or a later try, may work.
    Deferred(Fault),
    /// It broke after the last byte had left: the provider may have taken it.
    InDoubt(Fault),
}

/// What went wrong in an attempt, in words that hold no address, code, subject or credential: a provider's own
/// text may repeat them, so only its codes are carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where it happened.
    pub stage: Stage,
    /// Whose move it is.
    pub kind: FaultKind,
    /// The reply, as codes: `550 5.1.1`, `HTTP 400, code 21211`, or what the network said (`connection refused`).
    pub detail: String,
    /// How long the provider asks us to wait, where it does.
    pub wait: Option<Duration>,
    /// `false`: a refusal that names neither the recipient nor the message, so that our sender or account may be meant.
    pub proven: bool,
}

/// How far an attempt had come when something went wrong, in the order in which an attempt goes through the stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Getting an access token from its issuer (OAuth).
    Token,
    /// Opening the connection, TLS from the first byte included.
    Connect,
    /// Waiting for the mail server's greeting.
    Greeting,
    /// EHLO, or HELO for an old mail server.
    Ehlo,
    /// STARTTLS and the handshake after it.
    Starttls,
    /// AUTH: logging in at the mail server.
    Auth,
    /// MAIL FROM: naming the sender.
    Mail,
    /// RCPT TO: naming the recipient.
    Rcpt,
    /// DATA: asking the mail server to take the message.
    Data,
    /// The message itself, and the reply to it.
    Body,
    /// The request to an HTTP API, and its answer.
    Http,
    /// Writing the message to a file.
    Outbox,
}

impl Stage {
    /// The word for logs, answers and the admin address.
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

/// The kinds of [`Fault`] that an operator would act on differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The recipient.
    Recipient,
    /// The content.
    Content,
    /// Network, TLS, a server that closed, answered 4xx or not at all.
    Unavailable,
    /// Too many messages or sessions for this provider right now.
    Throttled,
    /// Our user name, password, token or TLS set-up was refused.
    Credentials,
    /// Our sender address, account or set-up at the provider.
    Account,
    /// The time was up.
    Timeout,
}

impl Fault {
    /// Puts the three together.
    #[must_use]
    pub fn new(stage: Stage, kind: FaultKind, detail: impl Into<String>) -> Self {
        Self { stage, kind, detail: detail.into(), wait: None, proven: true }
    }

    /// The provider wants to be asked again no sooner than that.
    #[must_use]
    pub fn after(self, wait: Option<Duration>) -> Self {
        Self { wait, ..self }
    }

    /// A refusal that names nobody: [`Evidence`] decides whether it is final.
    #[must_use]
    pub fn unproven(self) -> Self {
        Self { proven: false, ..self }
    }
}

impl FaultKind {
    /// The word for the admin address.
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
    /// Which verdict stands when providers differ: content is refused for good only when every provider refused it, and
    /// what somebody has to mend is said before what may pass by itself.
    pub(super) fn weight(&self) -> u8 {
        match self {
            Self::Accepted { .. } => 5,
            Self::Rejected(_) => 4,
            Self::InDoubt(_) => 3,
            Self::Deferred(Fault { kind: FaultKind::Account | FaultKind::Credentials, .. }) => 2,
            Self::Deferred(_) => 1,
            Self::Refused(_) => 0,
        }
    }

    /// The word for logs and metrics.
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

    /// What went wrong, where something did.
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
