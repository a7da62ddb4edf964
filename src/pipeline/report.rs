//! What a request leaves behind for operators: its one log line, and its counts in the metrics.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::SystemTime;

use tokio::time::Instant;

use crate::delivery::breaker::Change;
use crate::delivery::{Attempt, Verdict};
use crate::event::Created;
use crate::ledger::Tried;
use crate::limits::{Mode, Over};
use crate::message::Message;
use crate::outcome::{Answer, Outcome};
use crate::telemetry::Masked;
use crate::telemetry::metrics::{Attempts, ByLimit, ByProvider, Metrics, Outcomes};
use crate::telemetry::traces::{Trace, Value};

/// What is gathered while a request is handled, for its log line and its metrics.
#[derive(Debug)]
pub(super) struct Report {
    received: Instant,
    pub(super) svix_id: String,
    /// The variant that the message belongs to; `None` if to none, or if that is not known yet.
    pub(super) variant: Option<Arc<str>>,
    pub(super) template: Option<String>,
    /// Where the template's language comes from; `None` before a message was made, and for Clerk's own words.
    pub(super) language_from: Option<&'static str>,
    /// The request's trace; `None` where it is not traced.
    pub(super) trace: Option<Trace>,
    /// The attempts so far, for the ledger.
    pub(super) tried: Vec<Tried>,
    message_id: Option<String>,
    channel: &'static str,
    slug: String,
    recipient: Option<String>,
}

impl Report {
    /// A report on a request whose head was read at `received`.
    pub(super) fn new(received: Instant) -> Self {
        Self {
            received,
            svix_id: String::new(),
            variant: None,
            template: None,
            language_from: None,
            trace: None,
            tried: Vec::new(),
            message_id: None,
            channel: "",
            slug: String::new(),
            recipient: None,
        }
    }

    /// Notes what the event says about the message, as far as it may be logged.
    pub(super) fn read(&mut self, event: &Created<'_>) {
        self.channel = event.channel.as_str();
        self.slug = event.slug.as_deref().map(label).unwrap_or_default();
        self.message_id = event.id.as_deref().map(str::to_owned);
        let masked = |to: &str| Masked { channel: event.channel, recipient: to.trim() }.to_string();
        self.recipient = event.to.as_deref().map(masked);
    }

    /// When a step of the line begins; `None` where nobody wants to know.
    pub(super) fn begin(&self) -> Option<Instant> {
        self.trace.as_ref().map(|_| Instant::now())
    }

    /// Notes that a step which began at `begun` is over.
    pub(super) fn passed(&mut self, step: &'static str, begun: Option<Instant>) {
        if let (Some(trace), Some(begun)) = (&mut self.trace, begun) {
            trace.step(step, begun);
        }
    }

    /// Gives the context of the trace to an API that wants to continue it: one whose definition has a setting `traceparent`.
    /// No built-in definition has one, since those APIs are other people's.
    pub(super) fn hand_on(&self, message: &mut Message) {
        let Some(trace) = &self.trace else { return };
        let settings = match message {
            Message::Email(mail) => &mut mail.provider_settings,
            Message::Sms(sms) => &mut sms.provider_settings,
        };
        settings.push(("traceparent".to_owned(), trace.context().to_string()));
    }

    /// Logs and counts one attempt at one provider, which ended `now`.
    pub(super) fn attempt(&mut self, attempt: &Attempt<'_>, now: SystemTime, metrics: &Metrics) {
        let fault = attempt.verdict.fault();
        self.tried.push(Tried {
            at: now.checked_sub(attempt.took).unwrap_or(now),
            took: attempt.took,
            provider: attempt.provider.to_string(),
            verdict: attempt.verdict.as_str().into(),
            fault: fault.map(|fault| (fault.stage.as_str().into(), fault.detail.clone())),
        });
        let labels = Attempts { provider: attempt.provider.to_string(), verdict: attempt.verdict.as_str() };
        metrics.attempt_seconds.get_or_create(&labels).observe(attempt.took.as_secs_f64());
        if let Some(trace) = &mut self.trace {
            let attributes = [
                ("delivery.provider", Some(attempt.provider.as_ref().into())),
                ("delivery.verdict", Some(attempt.verdict.as_str().into())),
                ("delivery.stage", fault.map(|fault| fault.stage.as_str().into())),
                ("delivery.fault", fault.map(|fault| fault.detail.as_str().into())),
                ("error.type", fault.map(|fault| fault.kind.as_str().into())),
            ];
            trace.attempt(attempt.took, &attributes, fault.is_some());
        }
        if let Some(fault) = fault {
            tracing::warn!(
                svix.id = self.svix_id,
                delivery.provider = %attempt.provider,
                delivery.verdict = attempt.verdict.as_str(),
                delivery.stage = fault.stage.as_str(),
                delivery.fault = fault.detail,
                duration_ms = millis(attempt.took),
                "a provider did not take the message"
            );
        } else if attempt.is_fallback && matches!(attempt.verdict, Verdict::Accepted { .. }) {
            let labels = ByProvider { provider: attempt.provider.to_string() };
            metrics.fallbacks.get_or_create(&labels).inc();
        }
        change(attempt);
    }

    /// Counts an SMS that is over limits. With `mode = "observe"` it is logged too; with `enforce` its own line says that it
    /// was rejected.
    pub(super) fn over(&self, over: &[Over], detail: &str, mode: Mode, metrics: &Metrics) {
        // A limit may have two rates, for an hour and for a day. An SMS over both of them is counted once.
        for limit in over.iter().map(|over| over.scope.as_str()).collect::<BTreeSet<_>>() {
            metrics.sms_limited.get_or_create(&ByLimit { limit, mode: mode.as_str() }).inc();
        }
        if mode == Mode::Observe {
            tracing::warn!(
                svix.id = self.svix_id,
                clerk.slug = some(&self.slug),
                delivery.limit = detail,
                recipient = self.recipient,
                "an SMS is over a limit, and is sent anyway, because mode is \"observe\""
            );
        }
    }

    /// Logs and counts the request with its answer.
    pub(super) fn finish(self, answer: &Answer, metrics: &Metrics) {
        let took = self.received.elapsed();
        metrics.request_seconds.observe(took.as_secs_f64());
        let labels = Outcomes {
            outcome: answer.outcome.as_str(),
            reason: answer.reason.unwrap_or_default(),
            channel: self.channel,
            slug: self.slug,
            provider: answer.provider.clone().unwrap_or_default(),
        };
        metrics.outcomes.get_or_create(&labels).inc();
        // A macro, because `tracing` wants the level of a line to be a constant.
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    svix.id = some(&self.svix_id),
                    clerk.id = self.message_id,
                    clerk.slug = some(&labels.slug),
                    delivery.channel = some(labels.channel),
                    delivery.outcome = labels.outcome,
                    delivery.reason = answer.reason,
                    delivery.provider = answer.provider,
                    delivery.receipt = answer.provider_message_id,
                    delivery.attempts = answer.attempts,
                    delivery.template = self.template,
                    delivery.variant = self.variant.as_deref(),
                    delivery.language_from = self.language_from,
                    recipient = self.recipient,
                    duration_ms = millis(took),
                    "{}",
                    answer.message
                )
            };
        }
        // Errors are what needs a person when it lasts. A refusal of one message or of one caller is a warning.
        match answer.outcome {
            Outcome::Failed(_) | Outcome::InDoubt => line!(error),
            Outcome::Rejected(_)
            | Outcome::Expired
            | Outcome::Overloaded
            | Outcome::Unauthorized
            | Outcome::Malformed
            | Outcome::TooLarge => line!(warn),
            _ => line!(info),
        }
        if let Some(trace) = self.trace {
            let text = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(Value::from);
            let status = answer.outcome.status();
            let attributes = [
                ("svix.id", text(Some(&self.svix_id))),
                ("clerk.id", text(self.message_id.as_deref())),
                ("clerk.slug", text(Some(&labels.slug))),
                ("delivery.channel", text(Some(labels.channel))),
                ("delivery.outcome", text(Some(labels.outcome))),
                ("delivery.reason", text(answer.reason)),
                ("delivery.provider", text(answer.provider.as_deref())),
                ("delivery.attempts", answer.attempts.map(|attempts| Value::Number(attempts.into()))),
                ("delivery.template", text(self.template.as_deref())),
                ("delivery.variant", text(self.variant.as_deref())),
                ("http.request.method", text(Some("POST"))),
                ("http.response.status_code", Some(Value::Number(status.into()))),
            ];
            trace.finish(&attributes, status >= 500);
        }
    }
}

/// Logs one line when a provider is left out, and one when it is back, however many messages come in between.
fn change(attempt: &Attempt<'_>) {
    match (attempt.change, attempt.verdict.fault()) {
        (Some(Change::LeftOut(pause)), Some(fault)) => tracing::warn!(
            delivery.provider = %attempt.provider,
            delivery.stage = fault.stage.as_str(),
            delivery.fault = fault.detail,
            pause_ms = millis(pause),
            "a provider keeps failing: until it works again, it is asked after all others"
        ),
        (Some(Change::Back), _) => {
            tracing::info!(delivery.provider = %attempt.provider, "a provider works again");
        }
        _ => {}
    }
}

/// `None` for an empty text: a field that is not known is left out of the line.
fn some(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// A slug as a label of the metrics: at most 64 characters of a name. It is signed by Clerk, and bounded anyway, since
/// each different label makes a time series that stays in memory.
fn label(slug: &str) -> String {
    slug.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_' || *c == '-').take(64).collect()
}

/// Milliseconds with two decimals.
fn millis(took: std::time::Duration) -> f64 {
    (took.as_secs_f64() * 1e5).round() / 100.0
}
