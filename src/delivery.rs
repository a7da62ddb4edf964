//! Delivery: an ordered list of providers, one deadline, failover. Knows messages and verdicts, nothing of
//! events, templates, the ledger or configuration.

pub mod smtp;

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
    /// This recipient, for good: nobody else is asked.
    Rejected(Fault),
    /// This provider will not take this message: its content, or an address it does not say more about.
    /// Final only when every provider says so.
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
    /// Where it happened: `connect`, `greeting`, `ehlo`, `starttls`, `auth`, `mail`, `rcpt`, `data`, `body`, `http`.
    pub stage: &'static str,
    /// Whose move it is.
    pub kind: FaultKind,
    /// The reply, as codes: `550 5.1.1`, `HTTP 400, code 21211`, or what the network said (`connection refused`).
    pub detail: String,
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
    pub fn new(stage: &'static str, kind: FaultKind, detail: impl Into<String>) -> Self {
        Self { stage, kind, detail: detail.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.stage, self.detail)
    }
}

/// The time an attempt may take.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Until the last byte of the message has left, all stages before it together.
    pub attempt: Duration,
    /// From there, until the provider has said what became of it. Longer than `attempt` where nobody else would be
    /// asked anyway: giving up here means not knowing.
    pub reply: Duration,
}
