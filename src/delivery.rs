//! Delivery: an ordered list of providers, one deadline, failover. Knows messages and verdicts, nothing of
//! events, templates, the ledger or configuration.

pub mod api;
mod dns;
pub mod evidence;
pub mod http;
pub mod memory;
pub mod oauth2;
pub mod outbox;
mod pace;
pub mod proxy;
mod schedule;
pub mod smtp;
pub mod tls;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use crate::message::Message;
use api::Api;
use evidence::Evidence;
use memory::{Change, Memory};
use outbox::Outbox;
use schedule::{Next, Schedule, Turn};
use smtp::Relay;

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
    /// Where it happened: `token`, `connect`, `greeting`, `ehlo`, `starttls`, `auth`, `mail`, `rcpt`, `data`, `body`, `http`.
    pub stage: &'static str,
    /// Whose move it is.
    pub kind: FaultKind,
    /// The reply, as codes: `550 5.1.1`, `HTTP 400, code 21211`, or what the network said (`connection refused`).
    pub detail: String,
    /// How long the provider asks us to wait, where it does.
    pub wait: Option<Duration>,
    /// `false`: a refusal that names neither the recipient nor the message, so that our sender or account may be meant.
    pub proven: bool,
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
    /// A doubt ends the delivery: what can be done to avoid one is worth a round trip.
    pub stop_on_doubt: bool,
}

/// Where an answer goes that a provider gives after its time was up.
#[derive(Debug, Clone)]
pub struct Late {
    provider: Arc<str>,
    heard: mpsc::UnboundedSender<Acceptance>,
}

/// A provider took the message after all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// Its name in the configuration.
    pub provider: Arc<str>,
    /// Its own id for the message, where it gave one.
    pub receipt: Option<String>,
}

/// So long an answer is listened for after its time was up.
const LISTEN_FOR: Duration = Duration::from_secs(30);

impl Late {
    /// For a caller who does not want to know.
    #[must_use]
    pub fn unheard() -> Self {
        Self { provider: Arc::from(""), heard: mpsc::unbounded_channel().0 }
    }

    /// Waits for `answer` in the background, as long as anybody wants to know.
    fn listen(&self, answer: impl Future<Output = Option<Verdict>> + Send + 'static) {
        let Self { provider, heard } = self.clone();
        tokio::spawn(async move {
            let verdict = tokio::select! {
                verdict = tokio::time::timeout(LISTEN_FOR, answer) => verdict.ok().flatten(),
                () = heard.closed() => None,
            };
            if let Some(Verdict::Accepted { receipt }) = verdict {
                // Nobody wants to know any more: the message is settled.
                let _ = heard.send(Acceptance { provider, receipt });
            }
        });
    }
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
    /// For which senders it accepted something lately. Clones share it.
    pub evidence: Arc<Evidence>,
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

    /// Whether a message that is handed over twice is sent once, because its requests carry an idempotency key.
    fn is_idempotent(&self) -> bool {
        match &self.transport {
            Transport::Api(api) => api.is_idempotent(),
            Transport::Smtp(_) | Transport::Outbox(_) => false,
        }
    }

    /// The sender as this provider knows it, by which it refuses or accepts: the envelope's for a mail server.
    fn sender<'m>(&self, message: &'m Message) -> &'m str {
        match (&self.transport, message) {
            (Transport::Smtp(_), Message::Email(mail)) => mail.envelope_from.as_ref(),
            (_, Message::Email(mail)) => mail.from.email.as_ref(),
            (_, Message::Sms(sms)) => sms.from.as_deref().unwrap_or_default(),
        }
    }

    async fn deliver(&self, message: &Message, budget: Budget, late: &Late) -> Verdict {
        match (&self.transport, message) {
            (Transport::Smtp(relay), Message::Email(mail)) => relay.deliver(mail, budget, late).await,
            (Transport::Api(api), message) => api.deliver(message, budget, late).await,
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
    /// What providers say that left us in doubt. Ends when none of them is listened to any more.
    pub late: mpsc::UnboundedReceiver<Acceptance>,
}

/// What stops a delivery from going on to the next provider.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// No attempt runs past this.
    pub deadline: Instant,
    /// `on_doubt = "stop"`: after a doubt nobody else is asked.
    pub stop_on_doubt: bool,
}

/// Asks the providers in order, and once more where that may help, until one takes the message, the recipient is refused
/// for good, or the time is up. Who is asked when is decided by [`schedule`].
///
/// `still_good` is asked before each attempt (a code may have died meanwhile); `seen` is told of each attempt.
pub async fn deliver<'r>(
    providers: &[&'r Provider],
    message: &Message,
    rules: Rules,
    still_good: impl Fn() -> bool,
    mut seen: impl FnMut(&Attempt<'r>),
) -> Delivered<'r> {
    let (heard, late) = mpsc::unbounded_channel();
    let mut delivered = Delivered { verdict: None, attempts: 0, faults: Vec::new(), late };
    let mut schedule = Schedule::new(providers, message, rules);
    loop {
        let next = schedule.next(Instant::now());
        for (provider, change) in schedule.left_out.drain(..) {
            note_left_out(provider, change);
        }
        let turn = match next {
            Next::Ask(turn) => turn,
            Next::Wait(until) => {
                tokio::select! {
                    () = sleep_until(until) => {}
                    Some(acceptance) = delivered.late.recv() => {
                        delivered.accepted_late(providers, acceptance);
                        break;
                    }
                }
                continue;
            }
            Next::Nobody => break,
        };
        if let Ok(acceptance) = delivered.late.try_recv() {
            delivered.accepted_late(providers, acceptance);
            break;
        }
        if !still_good() {
            break;
        }
        let at = turn.at();
        let is_fallback = providers.first().is_some_and(|first| first.name != turn.provider.name);
        let late = Late { provider: Arc::clone(&turn.provider.name), heard: heard.clone() };
        let attempt = attempt(turn, message, is_fallback, &late).await;
        seen(&attempt);
        schedule.heard(at, &attempt.verdict, Instant::now());
        if delivered.take(attempt) {
            break;
        }
    }
    delivered
}

async fn attempt<'r>(turn: Turn<'r, '_>, message: &Message, is_fallback: bool, late: &Late) -> Attempt<'r> {
    let Turn { provider, permit, budget, .. } = turn;
    let started = Instant::now();
    let verdict = provider.deliver(message, budget, late).await;
    let ended = Instant::now();
    let verdict = provider.evidence.weigh(verdict, provider.sender(message), ended);
    let change = permit.report(&verdict, ended);
    Attempt { provider: &provider.name, verdict, took: ended - started, is_fallback, change }
}

impl<'r> Delivered<'r> {
    /// Adds an attempt; whether it settles the message.
    fn take(&mut self, attempt: Attempt<'r>) -> bool {
        self.attempts += 1;
        if let Some(fault) = attempt.verdict.fault() {
            match self.faults.iter_mut().find(|(name, _)| *name == attempt.provider) {
                Some((_, words)) => *words = fault.to_string(),
                None => self.faults.push((attempt.provider, fault.to_string())),
            }
        }
        if self.verdict.as_ref().is_none_or(|(so_far, _)| attempt.verdict.weight() >= so_far.weight()) {
            self.verdict = Some((attempt.verdict, attempt.provider));
        }
        matches!(self.verdict, Some((Verdict::Accepted { .. } | Verdict::Rejected(_), _)))
    }

    /// A provider that had left us in doubt says that it took the message.
    fn accepted_late(&mut self, providers: &[&'r Provider], Acceptance { provider, receipt }: Acceptance) {
        let name = providers.iter().map(|it| &it.name).find(|name| **name == provider);
        self.verdict = name.map(|name| (Verdict::Accepted { receipt }, name)).or_else(|| self.verdict.take());
    }
}

/// Attempts that still hang left this provider out, so that none of them can report it.
fn note_left_out(provider: &Provider, change: Change) {
    if let Change::LeftOut(pause) = change {
        tracing::warn!(
            delivery.provider = %provider.name,
            pause_ms = pause.as_millis(),
            "a provider hangs: until it works again, it is asked last"
        );
    }
}

impl Verdict {
    /// Which verdict stands when providers differ: content is refused for good only when every provider refused it, and
    /// what somebody has to mend is said before what may pass by itself.
    fn weight(&self) -> u8 {
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

#[cfg(test)]
mod tests;
