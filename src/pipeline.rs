//! The line itself: verify > parse > decide > claim > compose > sign > admit > deliver > settle > answer.
//!
//! [`Pipeline::line`] goes from the verified request to the answer, and settles whatever it claimed. Between the claim and
//! the settling stands [`Pipeline::carry`], which makes the message and hands it to providers.

#![expect(clippy::result_large_err, reason = "an early answer is moved once, out of the line")]

mod admission;
mod answer;
mod patience;
pub mod providers;
mod report;
mod signing;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, timeout, timeout_at};

use crate::clock::{Clock, millis};
use crate::compose::{self, ComposeError, Composed, LanguageFrom, RenderInput};
use crate::decision::policy::OnDoubt;
use crate::decision::variant::{PerVariant, When, choose};
use crate::decision::{Decision, Plan, Policy, decide};
use crate::delivery::{self, Acceptance, Attempt, Delivered, Provider, Rules, Verdict};
use crate::event::{Change, Created, Event, User};
use crate::language::{self, By, Found, Languages};
use crate::ledger::{Claim, Code, Details, Ids, Ledger, Ticket, Tried};
use crate::limits::Limits;
use crate::message::Message;
use crate::outcome::{Answer, Fail, LanguageSource, Outcome, Skip};
use crate::telemetry::metrics::{Acceptances, ByTemplate, Metrics};
use crate::telemetry::traces::Traces;
use crate::telemetry::traces::context::Context;
use crate::webhook::{SigningSecrets, Unverified, Verified};
pub(crate) use answer::answer;
use answer::record;
pub use patience::Patience;
use patience::RECORD_LIMIT;
use report::Report;
use signing::SignError;
pub use signing::Signing;

/// Everything that a message meets on its way. It is built once, at the start.
#[derive(Debug)]
pub struct Pipeline {
    /// The secrets that webhook signatures are checked against.
    pub secrets: SigningSecrets,
    /// Which events each variant is for, in the order in which they are asked: that of [`Self::policies`].
    pub variants: Vec<When>,
    /// Who gets what, from whom, and through whom.
    pub policies: PerVariant<Policy>,
    /// Turns events into messages. A reload swaps all of them as a whole.
    pub composer: compose::Current,
    /// Signs mails (DKIM), where their domain has a key.
    pub signing: Signing,
    /// The configured providers, by their name in `[providers.<name>]`.
    pub providers: HashMap<String, Provider>,
    /// Knows which messages are being delivered, and what happened to the others.
    pub ledger: Ledger,
    /// Knows readers' languages, where Clerk told them beside the message.
    pub languages: Languages,
    /// How long answers wait for their records.
    pub patience: Patience,
    /// How many SMS may be sent in an hour and a day, against SMS pumping. Variants without limits of their own share those of
    /// the messages of no variant, and what was counted.
    pub limits: PerVariant<Arc<Limits>>,
    /// The time of day, by which codes expire.
    pub clock: Clock,
    /// What is counted for `GET /metrics`.
    pub metrics: Arc<Metrics>,
    /// Traces of requests; `None` where nobody wants them.
    pub traces: Option<Arc<Traces>>,
    /// The longest time from a request's head to its answer.
    pub request_deadline: Duration,
}

/// The part of the deadline that is kept back to settle and to answer.
const TO_SETTLE: Duration = Duration::from_millis(400);

/// The part of the deadline that is kept back to deliver, whatever a look at the reader's language takes.
const TO_DELIVER: Duration = Duration::from_secs(1);

/// How long a message waits for its `begun` to be on disk, where `on_doubt = "stop"`. Without it, nothing is sent.
const BEGIN_LIMIT: Duration = Duration::from_secs(1);

impl Pipeline {
    /// Checks a request's signature and its age.
    ///
    /// # Errors
    /// The answer `unauthorized`, for a request that none of the signing secrets signed, or that is too old.
    pub fn verify<B: AsRef<[u8]>>(&self, request: Unverified<B>) -> Result<Verified<B>, Answer> {
        let verified = request.verify(&self.secrets, self.clock.now());
        verified.map_err(|refusal| Answer::because(Outcome::Unauthorized, &refusal))
    }

    /// Takes a request to its answer. `received` is when its head was read. `permit` is one of `max_in_flight`; it is dropped
    /// as soon as the answer is known, before its record is on disk. `parent` is the trace that the request belongs to.
    pub async fn handle<B: AsRef<[u8]>>(
        &self,
        request: Verified<B>,
        received: Instant,
        parent: Option<Context>,
        permit: OwnedSemaphorePermit,
    ) -> Answer {
        let now = self.clock.now();
        // Even an event of another type says that Clerk and Svix reach us.
        self.metrics.last_event.set(now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64());
        let mut report = Report::new(received);
        // Only signed requests are traced, so that strangers can't write traces.
        report.trace = self.traces.as_ref().and_then(|traces| traces.begin(parent, received, now));
        report.passed("verify", report.trace.is_some().then_some(received));
        let (Ok(mut answer) | Err(mut answer)) = self.line(request, received, permit, &mut report).await;
        answer.language_from = report.language_from.map(LanguageSource);
        report.finish(&answer, &self.metrics);
        answer
    }

    /// Logs and counts a request that did not get to the line: one too many, or a body that is too large or broke off.
    pub fn turn_away(&self, answer: Answer, received: Instant) -> Answer {
        Report::new(received).finish(&answer, &self.metrics);
        answer
    }

    /// The line. `Err` is an answer too: one that was found before the message was claimed.
    async fn line<B: AsRef<[u8]>>(
        &self,
        verified: Verified<B>,
        received: Instant,
        permit: OwnedSemaphorePermit,
        report: &mut Report,
    ) -> Result<Answer, Answer> {
        // First of all, so that the log line of a body that can't be read has the id too.
        report.svix_id.clone_from(&verified.id);
        let begun = report.begin();
        let event = Event::parse(&verified, self.clock.now())
            .map_err(|error| Answer::because(Outcome::Malformed, &error))?;
        // Before anything is done for the event: with the secret of one instance nobody speaks for another. For a message that
        // Clerk delivers nothing is done: the dashboard's example event is one, and names an instance that is nobody's.
        if !matches!(&event, Event::Created(created) if created.delivered_by_clerk) {
            self.secrets
                .permit(verified.signer.as_deref(), event.instance())
                .map_err(|refusal| Answer::because(Outcome::Unauthorized, &refusal))?;
        }
        let mut event = match event {
            Event::Created(event) => event,
            Event::User(user) => return Err(self.note(&user).await),
            Event::Other { .. } => return Err(Outcome::Ignored.into()),
        };
        report.read(&event);
        let policy = self.policy(&event);
        report.variant.clone_from(&policy.variant);
        let plan = plan(&event, policy);
        report.passed("decide", begun);
        let plan = plan?;
        let ids = ids(&event, &verified.id);
        // From when the head was read and not from now, since Svix has been waiting since then.
        let deadline = received + self.request_deadline.saturating_sub(TO_SETTLE);
        let begun = report.begin();
        let claimed = self.claim(&ids, &event, &plan, deadline).await;
        report.passed("claim", begun);
        let mut ticket = claimed?;
        let (Ok(answer) | Err(answer)) =
            self.carry(&mut ticket, &mut event, &plan, &ids, deadline, report).await;
        // The permit goes back before the record is on disk, so that a slow disk does not lower the number of messages that
        // are handled at the same time.
        drop(permit);
        // This is the one place that settles. Whatever ended the message, a retry finds what happened to it.
        let begun = report.begin();
        self.settle(ticket, &answer, std::mem::take(&mut report.tried)).await;
        report.passed("settle", begun);
        let age = event.born.and_then(|born| self.clock.now().duration_since(born).ok());
        if let (Outcome::Accepted, Some(age)) = (answer.outcome, age) {
            let provider = answer.provider.clone().unwrap_or_default();
            let labels = Acceptances { channel: event.channel.as_str(), provider };
            self.metrics.event_age_seconds.get_or_create(&labels).observe(age.as_secs_f64());
        }
        Ok(answer)
    }

    /// The part of the line for a message that is claimed: from composing it to what the providers said. `Err` is an answer
    /// too: one that was found before a provider was asked.
    async fn carry(
        &self,
        ticket: &mut Ticket,
        event: &mut Created<'_>,
        plan: &Plan<'_>,
        ids: &Ids,
        deadline: Instant,
        report: &mut Report,
    ) -> Result<Answer, Answer> {
        // Not before the claim: the age of a message without a time counts from when the ledger first saw it.
        let end = plan.lifetime.and_then(|lifetime| lifetime.end(ticket.first_seen));
        if let Some(stale) = self.stale(ticket, end).await {
            return Err(stale.into());
        }
        let begun = report.begin();
        let told = self.language(event, plan, deadline).await;
        report.passed("language", begun.filter(|_| told.is_some()));
        let begun = report.begin();
        let composed = self.compose(event, plan, ids, (end, told.as_ref()));
        report.passed("render", begun);
        let Composed { message, template, language_from, failure } = composed?;
        report.language_from = failure.is_none().then_some(language_from.as_str());
        let begun = report.begin();
        let mut message = self.sign(message).await?;
        report.passed("sign", begun);
        report.hand_on(&mut message);
        report.template = Some(template.clone());
        // After composing, since only then the number of segments is known.
        let reserved = self
            .admit(&message, plan, report)
            .await
            .map_err(|answer| Answer { template: Some(template.clone()), ..answer })?;
        // After everything that can fail without a provider: once this is on disk and the process dies, no attempt sends the
        // message any more.
        if plan.on_doubt == OnDoubt::Stop {
            self.begin(ticket, deadline).await?;
        }
        let begun = report.begin();
        let delivered = self.deliver(message, plan, (ticket, end), deadline, report).await;
        report.passed("deliver", begun);
        // A provider that left us in doubt may have sent the SMS, and then it is paid for.
        let has_left = matches!(delivered.verdict, Some((Verdict::Accepted { .. } | Verdict::InDoubt(_), _)));
        if let Some(reserved) = reserved.filter(|_| has_left) {
            reserved.keep();
        }
        let stale = if has_left { None } else { self.stale(ticket, end).await };
        let answer = answer(&delivered, plan, stale, template);
        if answer.outcome != Outcome::Accepted {
            listen(delivered.late, ticket);
        }
        Ok(answer)
    }

    /// Takes in what an event says of a user's language. The answer is the same whether it is kept or not: Svix need not bring
    /// it again, since that costs nobody a message.
    async fn note(&self, user: &User<'_>) -> Answer {
        let tag = match &user.change {
            Change::Locale(tag) => tag.as_deref(),
            Change::Deleted => None,
            Change::Nothing => return Outcome::Noted.into(),
        };
        let Some(id) = user.id.as_deref() else { return Outcome::Noted.into() };
        let of = language::User { instance: user.instance.as_deref().unwrap_or_default(), id };
        let at = millis(user.at.unwrap_or_else(|| self.clock.now()));
        let _ = timeout(RECORD_LIMIT, self.languages.note(&self.ledger, of, tag, at)).await;
        Outcome::Noted.into()
    }

    /// The language that Clerk told of the reader elsewhere, where the event does not say one.
    async fn language(&self, event: &Created<'_>, plan: &Plan<'_>, deadline: Instant) -> Option<Found> {
        let id = event.user.as_deref()?;
        if !self.composer.load().of(plan.variant)?.wants_language(event) {
            return None;
        }
        let user = language::User { instance: event.instance.as_deref().unwrap_or_default(), id };
        self.languages.of(&self.ledger, user, deadline.checked_sub(TO_DELIVER)?).await
    }

    /// The policy of the variant that the event belongs to, or that of no variant.
    fn policy(&self, event: &Created<'_>) -> &Policy {
        let variant = choose(event, &self.variants).and_then(|at| self.policies.variants.get(at));
        variant.map_or(&self.policies.base, |(_, policy)| policy)
    }

    /// Claims the message in the ledger, so that no other attempt delivers it at the same time. `Err` if one already does, or
    /// has done so.
    async fn claim(
        &self,
        ids: &Ids,
        event: &Created<'_>,
        plan: &Plan<'_>,
        deadline: Instant,
    ) -> Result<Ticket, Answer> {
        let details = Details {
            channel: event.channel.as_str(),
            slug: event.slug.as_deref().map(str::to_owned),
            recipient: plan.recipient(),
            born: event.born,
            code: plan.lifetime.map(|_| Code { instance: event.instance.as_deref().map(str::to_owned) }),
        };
        let stop = plan.on_doubt == OnDoubt::Stop;
        match self.ledger.claim(ids.clone(), details, stop, deadline).await {
            Claim::Yours(ticket) => Ok(ticket),
            Claim::InProgress => Err(Outcome::InProgress.into()),
            Claim::InDoubt => Err(Outcome::InDoubt.into()),
            Claim::Unknown => Err(unsure(
                "Nothing was sent, because the ledger's database can't be read: with on_doubt = \"stop\" the service \
                 must first know whether the message was sent before. Check the database of [ledger]. Svix \
                 tries again.",
            )),
            Claim::Accepted { provider, receipt } => {
                Err(Answer { provider, provider_message_id: receipt, ..Outcome::Duplicate.into() })
            }
        }
    }

    /// Makes the message. A template that failed is counted and logged, whether Clerk's own words stand in for it or not.
    fn compose(
        &self,
        event: &mut Created<'_>,
        plan: &Plan<'_>,
        ids: &Ids,
        (end, told): (Option<SystemTime>, Option<&Found>),
    ) -> Result<Composed, Answer> {
        let from = |by: By| match by {
            By::Event => LanguageFrom::UserEvent,
            By::Backend => LanguageFrom::BackendApi,
        };
        let told = told.map(|told| (&*told.tag, from(told.by)));
        let input = RenderInput { id: &ids.message, now: self.clock.now(), end, locale: None, told };
        let current = self.composer.load();
        // Whatever happens, no variant's message has another's words.
        let Some(own) = current.of(plan.variant) else {
            return Err(Outcome::Failed(Fail::Internal).into());
        };
        let composed = own.compose(event, plan, input);
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
                tracing::warn!(clerk.slug = slug, template.error = %failure, "a template failed: Clerk's own words were sent in its place");
            } else {
                tracing::error!(clerk.slug = slug, template.error = %failure, "a template failed, and nothing was sent in its place: Svix tries again");
            }
        }
        composed.map_err(|error| match error {
            ComposeError::Template(failure) => Answer::because(Outcome::Failed(Fail::Template), &failure),
            ComposeError::Nothing => Outcome::Skipped(Skip::NothingToSend).into(),
            ComposeError::NoSender => Outcome::Failed(Fail::NoProvider).into(),
        })
    }

    /// Signs a mail whose domain has a key. A mail without its signature would look forged, so an error is an answer by which
    /// Svix brings the message again.
    async fn sign(&self, message: Message) -> Result<Message, Answer> {
        self.signing.sign(message).await.map_err(|SignError| {
            tracing::error!("a mail could not be signed (DKIM), so it was not sent: Svix tries again");
            Outcome::Failed(Fail::Internal).into()
        })
    }

    /// Hands the message to the providers of the plan, in their order, until one takes it or the deadline is reached. A code
    /// that expires in between, or is superseded, stops it too.
    async fn deliver<'p>(
        &'p self,
        mut message: Message,
        plan: &Plan<'_>,
        (ticket, end): (&Ticket, Option<SystemTime>),
        deadline: Instant,
        report: &mut Report,
    ) -> Delivered<'p> {
        let providers: Vec<&Provider> =
            // The configuration refuses names of providers that don't exist, so none is lost here.
            plan.providers.iter().filter_map(|name| self.providers.get(name)).collect();
        if let Message::Email(mail) = &mut message
            && providers.iter().all(|provider| provider.takes_serialised())
        {
            mail.seal();
        }
        let rules = Rules { deadline, stop_on_doubt: plan.on_doubt == OnDoubt::Stop };
        let still_good = || async move { self.stale(ticket, end).await.is_none() };
        let seen = |attempt: &Attempt<'_>| report.attempt(attempt, self.clock.now(), &self.metrics);
        delivery::deliver(&providers, &message, rules, still_good, seen).await
    }

    /// Why the message is not worth sending any more: a provider that left an earlier request in doubt says now that it took
    /// the message, the code or link inside has expired, or a newer one was accepted. `None` while it is worth sending.
    async fn stale(&self, ticket: &Ticket, end: Option<SystemTime>) -> Option<Outcome> {
        if ticket.is_accepted() {
            return Some(Outcome::Duplicate);
        }
        if end.is_some_and(|end| end < self.clock.now()) {
            return Some(Outcome::Expired);
        }
        self.ledger.is_superseded(ticket).await.then_some(Outcome::Superseded)
    }

    /// Writes to the ledger that sending begins, for `on_doubt = "stop"`: after a crash the next attempt must know that a
    /// provider may have the message.
    async fn begin(&self, ticket: &mut Ticket, deadline: Instant) -> Result<(), Answer> {
        let limit = deadline.min(Instant::now() + BEGIN_LIMIT);
        if timeout_at(limit, self.ledger.begin(ticket)).await == Ok(true) {
            return Ok(());
        }
        tracing::error!("a message was not sent: the ledger could not be written, and on_doubt is \"stop\"");
        Err(unsure(
            "Nothing was sent, because the ledger's database can't be written: with on_doubt = \"stop\" the service \
             must first record that it is sending. Check the database of [ledger]. Svix tries again.",
        ))
    }

    /// Records what happened to a message. The ledger knows it at once; how long the answer waits for the disk is bounded.
    async fn settle(&self, ticket: Ticket, answer: &Answer, tried: Vec<Tried>) {
        let Some(record) = record(answer, tried) else { return };
        if self.patience.wait(self.ledger.settle(ticket, record)).await.is_none() {
            tracing::warn!("the ledger is slow: the webhook was answered before the record was on disk");
        }
    }
}

/// How the message is to be sent. `Err` for one that is skipped or rejected, or that no provider can carry.
fn plan<'p>(event: &Created<'_>, policy: &'p Policy) -> Result<Box<Plan<'p>>, Answer> {
    match decide(event, policy) {
        Decision::Deliver(plan) if plan.can_leave() => Ok(plan),
        Decision::Deliver(_) => Err(Outcome::Failed(Fail::NoProvider).into()),
        Decision::Skip(reason) => Err(Outcome::Skipped(reason).into()),
        Decision::Reject(reason, None) => Err(Outcome::Rejected(reason).into()),
        Decision::Reject(reason, Some(detail)) => Err(Answer::because(Outcome::Rejected(reason), &detail)),
    }
}

/// The answer where nothing was sent, because the ledger can't say or keep what `on_doubt = "stop"` needs.
fn unsure(message: &'static str) -> Answer {
    Answer { message: message.into(), ..Outcome::Failed(Fail::Internal).into() }
}

/// Waits, beside the line, for a provider that left us in doubt: it may still say that it took the message. Then the next
/// attempt is a duplicate, and nothing is sent twice.
fn listen(mut late: UnboundedReceiver<Acceptance>, ticket: &Ticket) {
    if late.is_closed() && late.is_empty() {
        return;
    }
    let Some(record) = ticket.late() else { return };
    tokio::spawn(async move {
        if let Some(Acceptance { provider, receipt }) = late.recv().await {
            tracing::info!(
                delivery.provider = %provider,
                "a provider accepted a message after its time was over: Svix's next attempt is answered `duplicate`"
            );
            record.accepted(&provider, receipt);
        }
    });
}

/// The ids that a message is known by: `data.id`, or the id of Svix where the event has none.
fn ids(event: &Created<'_>, svix_id: &str) -> Ids {
    Ids { message: event.id.as_deref().unwrap_or(svix_id).to_owned(), svix: svix_id.to_owned() }
}
