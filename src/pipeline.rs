//! The line itself: receive > verify > parse > decide > claim > render > compose > deliver > settle > answer.

#![expect(clippy::result_large_err, reason = "an early answer is moved once, out of the line")]

mod admission;
pub mod providers;
mod report;
mod signing;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, timeout, timeout_at};

use crate::clock::Clock;
use crate::compose::{self, ComposeError, Composed, RenderInput};
use crate::decision::policy::OnDoubt;
use crate::decision::{Decision, Plan, Policy, decide};
use crate::delivery::{self, Acceptance, Attempt, Delivered, FaultKind, Provider, Rules, Verdict};
use crate::event::{Created, Event};
use crate::ledger::{Claim, Ids, Ledger, Record, Settled, Subject, Ticket};
use crate::limits::Limits;
use crate::message::Message;
use crate::outcome::{Answer, Fail, Outcome, Reject, Skip};
use crate::telemetry::metrics::{ByTemplate, Metrics};
use crate::webhook::{SigningSecrets, Unverified, Verified};
use report::Report;
pub use signing::Signing;
use signing::Unsigned;

/// Everything a message meets on its way, built once.
#[derive(Debug)]
pub struct Pipeline {
    /// Who may sign.
    pub secrets: SigningSecrets,
    /// Who gets what.
    pub policy: Policy,
    /// The words.
    pub composer: compose::Current,
    /// Who signs mails.
    pub signing: Signing,
    /// By name.
    pub providers: HashMap<String, Provider>,
    /// Who was claimed, what became of it.
    pub ledger: Ledger,
    /// How many texts may leave.
    pub limits: Limits,
    /// What time it is.
    pub clock: Clock,
    /// Counters.
    pub metrics: Arc<Metrics>,
    /// From a request's head to its answer, at most.
    pub request_deadline: Duration,
}

/// Kept back from the deadline to settle and to answer.
const TO_SETTLE: Duration = Duration::from_millis(400);

/// How long an answer waits for its record to be on disk. The record is remembered in any case.
const RECORD_LIMIT: Duration = Duration::from_millis(300);

/// How long a message waits for its `begun` to be on disk, where `on_doubt = "stop"`. Without it, nothing is sent.
const BEGIN_LIMIT: Duration = Duration::from_secs(1);

impl Pipeline {
    /// Checks who signed a request.
    ///
    /// # Errors
    /// The answer to a request that nobody signed whom we know.
    pub fn verify<B: AsRef<[u8]>>(&self, request: Unverified<B>) -> Result<Verified<B>, Answer> {
        let verified = request.verify(&self.secrets, self.clock.now());
        verified.map_err(|refusal| Answer::because(Outcome::Unauthorized, &refusal))
    }

    /// Takes a request to its answer. `received` is when its head was read. `permit` is dropped as soon as the answer is
    /// known, before its record is on disk.
    pub async fn handle<B: AsRef<[u8]>>(
        &self,
        request: Verified<B>,
        received: Instant,
        permit: OwnedSemaphorePermit,
    ) -> Answer {
        let mut report = Report::new(received);
        let (Ok(answer) | Err(answer)) = self.line(request, received, permit, &mut report).await;
        report.finish(&answer, &self.metrics);
        answer
    }

    /// Reports a request that never got to the line: too many at once, a body that is too large or broke off.
    pub fn turn_away(&self, answer: Answer, received: Instant) -> Answer {
        Report::new(received).finish(&answer, &self.metrics);
        answer
    }

    /// `Err` is an answer too: one that was found before the end of the line.
    async fn line<B: AsRef<[u8]>>(
        &self,
        verified: Verified<B>,
        received: Instant,
        permit: OwnedSemaphorePermit,
        report: &mut Report,
    ) -> Result<Answer, Answer> {
        report.svix_id.clone_from(&verified.id);
        let mut event = match Event::parse(&verified, self.clock.now()) {
            Ok(Event::Created(event)) => event,
            Ok(Event::Other(_)) => return Err(Outcome::Ignored.into()),
            Err(error) => return Err(Answer::because(Outcome::Malformed, &error)),
        };
        report.read(&event);
        let plan = self.plan(&event)?;
        let ids = ids(&event, &verified.id);
        let mut ticket = self.claim(&ids, &event, &plan).await?;
        let (Ok(answer) | Err(answer)) =
            self.send(&mut ticket, &mut event, &plan, &ids, received, report).await;
        // Others may come in while this one's record is on its way to the disk.
        drop(permit);
        // The one place that settles: whatever ended the message, a retry finds what became of it.
        self.settle(ticket, &answer).await;
        let age = event.born.and_then(|born| self.clock.now().duration_since(born).ok());
        if let (Outcome::Accepted, Some(age)) = (answer.outcome, age) {
            self.metrics.event_age_seconds.observe(age.as_secs_f64());
        }
        Ok(answer)
    }

    /// From a claimed message to its answer.
    async fn send(
        &self,
        ticket: &mut Ticket,
        event: &mut Created<'_>,
        plan: &Plan<'_>,
        ids: &Ids,
        received: Instant,
        report: &mut Report,
    ) -> Result<Answer, Answer> {
        let end = plan.lifetime.and_then(|lifetime| lifetime.end(ticket.first_seen));
        if self.is_past(end) {
            return Err(Outcome::Expired.into());
        }
        let Composed { message, template, .. } = self.compose(event, plan, ids, end)?;
        let message = self.sign(message).await?;
        report.template = Some(template.clone());
        let reserved = self
            .admit(&message, plan, report)
            .map_err(|answer| Answer { template: Some(template.clone()), ..answer })?;
        let deadline = received + self.request_deadline.saturating_sub(TO_SETTLE);
        if plan.on_doubt == OnDoubt::Stop {
            self.begin(ticket, deadline).await?;
        }
        let delivered = self.deliver(&message, plan, end, deadline, report).await;
        let has_left = matches!(delivered.verdict, Some((Verdict::Accepted { .. } | Verdict::InDoubt(_), _)));
        if let Some(reserved) = reserved.filter(|_| has_left) {
            reserved.keep();
        }
        let answer = answer(&delivered, plan, self.is_past(end), template);
        if answer.outcome != Outcome::Accepted {
            listen(delivered.late, ticket);
        }
        Ok(answer)
    }

    fn plan(&self, event: &Created<'_>) -> Result<Box<Plan<'_>>, Answer> {
        match decide(event, &self.policy) {
            Decision::Deliver(plan) if plan.can_leave() => Ok(plan),
            Decision::Deliver(_) => Err(Outcome::Failed(Fail::NoProvider).into()),
            Decision::Skip(reason) => Err(Outcome::Skipped(reason).into()),
            Decision::Reject(reason, None) => Err(Outcome::Rejected(reason).into()),
            Decision::Reject(reason, Some(detail)) => {
                Err(Answer::because(Outcome::Rejected(reason), &detail))
            }
        }
    }

    async fn claim(&self, ids: &Ids, event: &Created<'_>, plan: &Plan<'_>) -> Result<Ticket, Answer> {
        let subject = Subject {
            channel: event.channel.as_str(),
            slug: event.slug.as_deref().map(str::to_owned),
            recipient: plan.recipient(),
        };
        let stop = plan.on_doubt == OnDoubt::Stop;
        match self.ledger.claim(ids.clone(), subject, stop).await {
            Claim::Yours(ticket) => Ok(ticket),
            Claim::InProgress => Err(Outcome::InProgress.into()),
            Claim::InDoubt => Err(Outcome::InDoubt.into()),
            Claim::Unknown => Err(unsure(
                "The ledger's database can't be read, so nothing was sent: with on_doubt = \"stop\" the service has to know \
                 first whether the message was sent before. Check the file of [ledger] and its disk; the next attempt asks again.",
            )),
            Claim::Accepted { provider, receipt } => {
                Err(Answer { provider, provider_message_id: receipt, ..Outcome::Duplicate.into() })
            }
        }
    }

    fn compose(
        &self,
        event: &mut Created<'_>,
        plan: &Plan<'_>,
        ids: &Ids,
        end: Option<SystemTime>,
    ) -> Result<Composed, Answer> {
        let occasion = RenderInput { id: &ids.message, now: self.clock.now(), end, locale: None };
        let composed = self.composer.load().compose(event, plan, occasion);
        let failure = match &composed {
            Ok(composed) => composed.failure.as_ref(),
            Err(ComposeError::Template(failure)) => Some(failure),
            Err(_) => None,
        };
        if let Some(failure) = failure {
            let slug = event.slug.as_deref().unwrap_or_default();
            let labels = ByTemplate { channel: event.channel.as_str(), slug: slug.to_owned() };
            self.metrics.template_failures.get_or_create(&labels).inc();
            if composed.is_ok() {
                tracing::warn!(clerk.slug = slug, template.error = %failure, "a template failed");
            } else {
                tracing::error!(clerk.slug = slug, template.error = %failure, "a template failed, and nothing went out in its place");
            }
        }
        composed.map_err(|error| match error {
            ComposeError::Template(failure) => Answer::because(Outcome::Failed(Fail::Template), &failure),
            ComposeError::Nothing => Outcome::Skipped(Skip::NothingToSend).into(),
            ComposeError::NoSender => Outcome::Failed(Fail::NoProvider).into(),
        })
    }

    /// A mail that should be signed and is not looks forged: Clerk brings it again.
    async fn sign(&self, message: Message) -> Result<Message, Answer> {
        self.signing.sign(message).await.map_err(|Unsigned| {
            tracing::error!("a mail could not be signed (DKIM)");
            Outcome::Failed(Fail::Internal).into()
        })
    }

    async fn deliver<'p>(
        &'p self,
        message: &Message,
        plan: &Plan<'_>,
        end: Option<SystemTime>,
        deadline: Instant,
        report: &mut Report,
    ) -> Delivered<'p> {
        let providers: Vec<&Provider> =
            plan.providers.iter().filter_map(|name| self.providers.get(name)).collect();
        let rules = Rules { deadline, stop_on_doubt: plan.on_doubt == OnDoubt::Stop };
        let still_good = || !self.is_past(end);
        let seen = |attempt: &Attempt<'_>| report.attempt(attempt, &self.metrics);
        delivery::deliver(&providers, message, rules, still_good, seen).await
    }

    /// Whether the code or link inside is dead.
    fn is_past(&self, end: Option<SystemTime>) -> bool {
        end.is_some_and(|end| end < self.clock.now())
    }

    /// Notes that sending begins, where a message must not be sent twice.
    async fn begin(&self, ticket: &mut Ticket, deadline: Instant) -> Result<(), Answer> {
        let limit = deadline.min(Instant::now() + BEGIN_LIMIT);
        if timeout_at(limit, self.ledger.begin(ticket)).await == Ok(true) {
            return Ok(());
        }
        tracing::error!("a message was not sent: the ledger could not be written, and on_doubt is \"stop\"");
        Err(unsure(
            "The ledger's database can't be written, so nothing was sent: with on_doubt = \"stop\" the service has to note \
             first that it sends. Check the file of [ledger] and its disk; the next attempt may work.",
        ))
    }

    /// Records what became of a message. The ledger knows it at once; only waiting for the disk is bounded. A message with
    /// nothing to send leaves no record.
    async fn settle(&self, ticket: Ticket, answer: &Answer) {
        let Some(record) = record(answer) else { return };
        if timeout(RECORD_LIMIT, self.ledger.settle(ticket, record)).await.is_err() {
            tracing::warn!("the ledger is slow: answered before the record was on disk");
        }
    }
}

/// Nothing was sent, since the ledger can't say or keep what `on_doubt = "stop"` needs.
fn unsure(message: &'static str) -> Answer {
    Answer { message: message.into(), ..Outcome::Failed(Fail::Internal).into() }
}

/// A provider that left us in doubt may still say that it took the message. Then the next attempt is a duplicate, and
/// nothing is sent twice.
fn listen(mut late: UnboundedReceiver<Acceptance>, ticket: &Ticket) {
    if late.is_closed() && late.is_empty() {
        return;
    }
    let Some(record) = ticket.late() else { return };
    tokio::spawn(async move {
        if let Some(Acceptance { provider, receipt }) = late.recv().await {
            tracing::info!(
                delivery.provider = %provider,
                "a provider took a message after its time was up: the next attempt will be a duplicate"
            );
            record.accepted(&provider, receipt);
        }
    });
}

fn ids(event: &Created<'_>, svix_id: &str) -> Ids {
    Ids { message: event.id.as_deref().unwrap_or(svix_id).to_owned(), svix: svix_id.to_owned() }
}

/// What the verdicts mean for Svix.
pub(crate) fn answer(delivered: &Delivered<'_>, plan: &Plan<'_>, expired: bool, template: String) -> Answer {
    let template = Some(template);
    let Some((verdict, provider)) = &delivered.verdict else {
        let outcome = if expired { Outcome::Expired } else { Outcome::Failed(Fail::Deadline) };
        return Answer { template, ..outcome.into() };
    };
    let outcome = match verdict {
        Verdict::Accepted { .. } => Outcome::Accepted,
        Verdict::Rejected(_) => Outcome::Rejected(Reject::Recipient),
        // Whoever is left could only deliver a dead code, and so could a retry.
        Verdict::Refused(_) | Verdict::Deferred(_) if expired => Outcome::Expired,
        Verdict::Refused(fault) => Outcome::Rejected(match fault.kind {
            FaultKind::Recipient => Reject::Recipient,
            FaultKind::Content => Reject::Content,
            _ => Reject::Account,
        }),
        Verdict::InDoubt(_) if plan.on_doubt == OnDoubt::Stop => Outcome::InDoubt,
        Verdict::InDoubt(_) => Outcome::Failed(Fail::Unknown),
        Verdict::Deferred(fault) => Outcome::Failed(fault.kind.into()),
    };
    let base = match (verdict.fault(), delivered.faults.as_slice()) {
        (None, _) => outcome.into(),
        (Some(fault), [] | [_]) => Answer::because(outcome, fault),
        (Some(_), all) => {
            let all: Vec<_> = all.iter().map(|(name, fault)| format!("{name}: {fault}")).collect();
            Answer::because(outcome, &all.join("; "))
        }
    };
    let receipt = if let Verdict::Accepted { receipt } = verdict { receipt.clone() } else { None };
    Answer {
        provider: Some(provider.to_string()),
        provider_message_id: receipt,
        attempts: Some(delivered.attempts),
        template,
        ..base
    }
}

/// `None`: nothing was to be sent.
fn record(answer: &Answer) -> Option<Record> {
    Some(Record {
        settled: match answer.outcome {
            Outcome::Accepted => Settled::Accepted,
            Outcome::InDoubt => Settled::InDoubt,
            Outcome::Rejected(_) => Settled::Rejected,
            Outcome::Expired => Settled::Expired,
            Outcome::Skipped(_) => return None,
            _ => Settled::Failed,
        },
        reason: answer.reason,
        provider: answer.provider.clone(),
        receipt: answer.provider_message_id.clone(),
        attempts: answer.attempts.unwrap_or(0),
    })
}
