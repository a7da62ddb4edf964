//! Delivery: an ordered list of providers, one deadline, failover. Knows messages and verdicts, nothing of
//! events, templates, the ledger or configuration.

pub mod api;
pub mod definition;
mod dns;
pub mod http;
pub mod memory;
pub mod oauth2;
pub mod outbox;
pub mod proxy;
mod signing;
pub mod smtp;
pub mod tls;
mod turns;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::message::Message;
use api::Api;
use memory::{Change, Memory};
use outbox::Outbox;
use smtp::Relay;
use turns::{Turn, Turns};

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
    /// Where it happened: `token`, `connect`, `greeting`, `ehlo`, `starttls`, `auth`, `mail`, `rcpt`, `data`, `body`, `http`.
    pub stage: &'static str,
    /// Whose move it is.
    pub kind: FaultKind,
    /// The reply, as codes: `550 5.1.1`, `HTTP 400, code 21211`, or what the network said (`connection refused`).
    pub detail: String,
    /// How long the provider asks us to wait, where it does.
    pub wait: Option<Duration>,
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
        Self { stage, kind, detail: detail.into(), wait: None }
    }

    /// The provider wants to be asked again no sooner than that.
    #[must_use]
    pub fn after(self, wait: Option<Duration>) -> Self {
        Self { wait, ..self }
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

/// What came of connecting without sending anything, in words for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Connected {
    /// It would take messages, as far as that can be known.
    Fine(String),
    /// Why nothing is known.
    Untold(String),
}

/// The time an attempt may take, from its start.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Until the last byte of the message has left: all stages before it together.
    pub attempt: Duration,
    /// Until the provider has said what became of it. Longer than `attempt` where nobody else would be asked anyway:
    /// giving up in this stage means not knowing.
    pub total: Duration,
}

/// Something that takes messages. A closed set: what is open (HTTP providers, templates) is data.
#[derive(Debug, Clone)]
pub enum Transport {
    /// A mail server.
    Smtp(Relay),
    /// An API, by its definition.
    Api(Box<Api>),
    /// Files in a directory.
    Outbox(Outbox),
}

/// A transport under the name that the configuration gives it.
#[derive(Debug, Clone)]
pub struct Provider {
    /// `main` in `[providers.main]`.
    pub name: Arc<str>,
    /// How it is reached.
    pub transport: Transport,
    /// What one attempt may take until the message has left.
    pub attempt_timeout: Duration,
    /// How it has fared. Clones share it.
    pub memory: Arc<Memory>,
}

impl Provider {
    /// Connects and shows who we are, without sending anything.
    ///
    /// # Errors
    /// No message would get through now.
    pub async fn connect(&self) -> Result<Connected, Fault> {
        match &self.transport {
            Transport::Smtp(relay) => relay.connect().await.map(Connected::Fine),
            Transport::Api(api) => api.connect().await,
            Transport::Outbox(outbox) => outbox.connect(),
        }
    }

    async fn deliver(&self, message: &Message, budget: Budget) -> Verdict {
        match (&self.transport, message) {
            (Transport::Smtp(relay), Message::Email(mail)) => relay.deliver(mail, budget).await,
            (Transport::Api(api), message) => api.deliver(message, budget).await,
            (Transport::Outbox(outbox), message) => outbox.deliver(message),
            // The configuration refuses such a pair.
            (Transport::Smtp(_), Message::Sms(_)) => {
                Verdict::Deferred(Fault::new("connect", FaultKind::Account, "does not serve this channel"))
            }
        }
    }
}

/// One provider's part in a delivery, for logs and metrics.
#[derive(Debug)]
pub struct Attempt<'r> {
    /// The provider asked.
    pub provider: &'r Arc<str>,
    /// What it said.
    pub verdict: Verdict,
    /// How long that took.
    pub took: Duration,
    /// Another provider stands before it in the message's order.
    pub is_fallback: bool,
    /// What the attempt changed for the messages after it.
    pub change: Option<Change>,
}

/// What remains of all attempts.
#[derive(Debug)]
pub struct Delivered<'r> {
    /// The strongest of the verdicts; `None` when nobody was asked.
    pub verdict: Option<(Verdict, &'r Arc<str>)>,
    /// How many were asked.
    pub attempts: u32,
    /// What was wrong, by provider, in the order in which they were asked.
    pub faults: Vec<(&'r Arc<str>, String)>,
}

/// What stops a delivery from going on to the next provider.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// No attempt runs past this.
    pub deadline: Instant,
    /// `on_doubt = "stop"`: after a doubt nobody else is asked.
    pub stop_on_doubt: bool,
}

/// How often one message asks providers once more that named a time for it.
const AGAIN: u32 = 3;
/// Whatever a provider says: some round a fraction of a second down to nothing.
const SHORTEST_WAIT: Duration = Duration::from_millis(100);
/// An attempt that begins later than this before the deadline is no use.
const LAST_MOMENT: Duration = Duration::from_millis(500);

/// Asks the providers in order until one takes the message, the recipient is refused for good, or the time is up.
/// Those that keep failing come last (see [`memory`]). When all have been asked, those that said when to come again are
/// asked then, where the deadline allows.
///
/// `still_good` is asked before each attempt (a code may have died meanwhile); `seen` is told of each attempt.
pub async fn deliver<'r>(
    providers: &[&'r Provider],
    message: &Message,
    rules: Rules,
    still_good: impl Fn() -> bool,
    mut seen: impl FnMut(&Attempt<'r>),
) -> Delivered<'r> {
    let mut delivered = Delivered { verdict: None, attempts: 0, faults: Vec::new() };
    let mut turns = Turns::new(providers);
    let mut waits = Waits { until: Vec::new(), left: AGAIN };
    loop {
        let Some(turn) = turns.next(Instant::now()) else {
            let Some((provider, at)) = waits.next(rules.deadline) else { break };
            sleep_until(at).await;
            turns.again(provider);
            continue;
        };
        let provider = turn.provider;
        let Some(budget) = budget(provider, rules.deadline, turn.sharing) else { break };
        if !still_good() {
            break;
        }
        let is_fallback = providers.first().is_some_and(|first| first.name != provider.name);
        let attempt = attempt(turn, message, budget, is_fallback).await;
        seen(&attempt);
        delivered.attempts += 1;
        if let Some(fault) = attempt.verdict.fault() {
            delivered.faults.retain(|(name, _)| *name != attempt.provider);
            delivered.faults.push((attempt.provider, fault.to_string()));
        }
        let doubtful = matches!(attempt.verdict, Verdict::InDoubt(_));
        let wait = attempt.verdict.fault().and_then(|fault| fault.wait);
        waits.until.extend(wait.map(|wait| (provider, Instant::now() + wait.max(SHORTEST_WAIT))));
        if delivered.verdict.as_ref().is_none_or(|(so_far, _)| attempt.verdict.weight() >= so_far.weight()) {
            delivered.verdict = Some((attempt.verdict, attempt.provider));
        }
        let settled = matches!(delivered.verdict, Some((Verdict::Accepted { .. } | Verdict::Rejected(_), _)));
        if settled || (doubtful && rules.stop_on_doubt) {
            break;
        }
    }
    delivered
}

/// Who may be asked once more, and when.
struct Waits<'r> {
    until: Vec<(&'r Provider, Instant)>,
    /// So often.
    left: u32,
}

impl<'r> Waits<'r> {
    /// The soonest, where that leaves time for an attempt.
    fn next(&mut self, deadline: Instant) -> Option<(&'r Provider, Instant)> {
        self.left = self.left.checked_sub(1)?;
        let soonest = (0..self.until.len()).min_by_key(|at| self.until.get(*at).map(|(_, until)| *until))?;
        Some(self.until.swap_remove(soonest)).filter(|(_, until)| *until + LAST_MOMENT <= deadline)
    }
}

async fn attempt<'r>(turn: Turn<'r>, message: &Message, budget: Budget, is_fallback: bool) -> Attempt<'r> {
    let Turn { provider, permit, .. } = turn;
    let started = Instant::now();
    let verdict = provider.deliver(message, budget).await;
    let ended = Instant::now();
    let change = permit.report(&verdict, ended);
    Attempt { provider: &provider.name, verdict, took: ended - started, is_fallback, change }
}

/// An equal share of the time left, so that a provider that hangs leaves the next ones theirs. The last one may wait for
/// its answer to the end. `None`: no time is left.
fn budget(provider: &Provider, deadline: Instant, sharing: usize) -> Option<Budget> {
    let left = deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
    let share = left / u32::try_from(sharing).unwrap_or(u32::MAX).max(1);
    Some(Budget { attempt: share.min(provider.attempt_timeout), total: share })
}

impl Verdict {
    /// Which verdict stands when providers differ: content is refused for good only when every provider refused it.
    fn weight(&self) -> u8 {
        match self {
            Self::Accepted { .. } => 4,
            Self::Rejected(_) => 3,
            Self::InDoubt(_) => 2,
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
