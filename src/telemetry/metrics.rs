//! Prometheus metrics, served at `/metrics` on the admin address.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// What a finished request is counted under.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Outcomes {
    /// The contract's word.
    pub outcome: &'static str,
    /// The contract's reason, or empty.
    pub reason: &'static str,
    /// `email`, `sms`, or empty where it is not known.
    pub channel: &'static str,
    /// Clerk's slug, or empty.
    pub slug: String,
    /// The provider asked last, or empty.
    pub provider: String,
}

/// What one attempt at one provider is counted under.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Attempts {
    /// The provider's name.
    pub provider: String,
    /// `accepted`, `rejected`, `refused`, `deferred`, `in_doubt`
    pub verdict: &'static str,
}

/// A gauge for each provider.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ByProvider {
    /// The provider's name.
    pub provider: String,
}

/// A counter for each template.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ByTemplate {
    /// `email` or `sms`.
    pub channel: &'static str,
    /// Clerk's slug.
    pub slug: String,
}

/// A counter for each limit on texts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ByLimit {
    /// Its key in `[sms.limits]`.
    pub limit: &'static str,
    /// `enforce` or `observe`.
    pub mode: &'static str,
}

/// A counter for POST requests at a path that is not the webhook's.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Elsewhere {
    /// `yes` where the request has Svix's headers: the endpoint's URL in Clerk's dashboard is wrong, most likely.
    pub svix: &'static str,
}

/// All metrics, and the registry that prints them.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Finished requests.
    pub outcomes: Family<Outcomes, Counter>,
    /// From the request's head to its answer.
    pub request_seconds: Histogram,
    /// One attempt at one provider.
    pub attempt_seconds: Family<Attempts, Histogram>,
    /// From Clerk's timestamp to a provider's yes.
    pub event_age_seconds: Histogram,
    /// Requests being handled.
    pub in_flight: Gauge,
    /// Sessions open at each SMTP provider, set when the metrics are read.
    pub connections: Family<ByProvider, Gauge>,
    /// 1 while a provider is asked in its turn, 0 while it is left out; set when the metrics are read.
    pub provider_up: Family<ByProvider, Gauge>,
    /// Templates that failed at send time.
    pub template_failures: Family<ByTemplate, Counter>,
    /// Messages that went out by another provider than the first.
    pub fallbacks: Family<ByProvider, Counter>,
    /// Texts over a limit.
    pub sms_limited: Family<ByLimit, Counter>,
    /// 1 while the ledger can be written.
    pub ledger_writable: Gauge,
    /// Records that wait for the ledger to be written.
    pub ledger_unwritten: Gauge,
    /// POST requests at another path than the webhook's.
    pub elsewhere: Family<Elsewhere, Counter>,
    /// When the process started, since the epoch: a restart shows.
    start: Gauge<f64, AtomicU64>,
}

const SECONDS: [f64; 12] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 12.0];
const AGES: [f64; 10] = [0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 600.0];

impl Metrics {
    /// Registers everything; `started` is the process' start, since the epoch.
    #[must_use]
    pub fn new(started: Duration) -> Self {
        let mut registry = Registry::with_prefix("clerk_courier");
        let metrics = Self {
            outcomes: Family::default(),
            request_seconds: Histogram::new(SECONDS),
            attempt_seconds: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            event_age_seconds: Histogram::new(AGES),
            in_flight: Gauge::default(),
            connections: Family::default(),
            provider_up: Family::default(),
            template_failures: Family::default(),
            fallbacks: Family::default(),
            sms_limited: Family::default(),
            ledger_writable: Gauge::default(),
            ledger_unwritten: Gauge::default(),
            elsewhere: Family::default(),
            start: Gauge::default(),
            registry: Registry::default(),
        };
        metrics.start.set(started.as_secs_f64());
        metrics.ledger_writable.set(1);
        let r = &mut registry;
        r.register("requests", "Requests by what became of them", metrics.outcomes.clone());
        let help = "From the request's head to its answer";
        r.register_with_unit("request", help, Unit::Seconds, metrics.request_seconds.clone());
        let help = "One attempt at one provider";
        r.register_with_unit("attempt", help, Unit::Seconds, metrics.attempt_seconds.clone());
        let help = "From Clerk's timestamp until a provider took the message";
        r.register_with_unit("event_age", help, Unit::Seconds, metrics.event_age_seconds.clone());
        r.register("in_flight", "Requests being handled", metrics.in_flight.clone());
        r.register("connections", "Open sessions by provider", metrics.connections.clone());
        let help = "1 while the provider is asked in its turn, 0 while it is left out";
        r.register("provider_up", help, metrics.provider_up.clone());
        let help = "Templates that failed at send time, so that Clerk's own words went out";
        r.register("template_failures", help, metrics.template_failures.clone());
        let help = "Messages taken by another provider than the first";
        r.register("fallbacks", help, metrics.fallbacks.clone());
        let help = "Texts over a limit: rejected by mode enforce, sent by mode observe";
        r.register("sms_limited", help, metrics.sms_limited.clone());
        r.register("ledger_writable", "1 while the ledger can be written", metrics.ledger_writable.clone());
        let help = "Records kept in memory until the ledger can be written";
        r.register("ledger_unwritten", help, metrics.ledger_unwritten.clone());
        let help = "POST requests at another path than the webhook's, by whether they have Svix's headers";
        r.register("posts_elsewhere", help, metrics.elsewhere.clone());
        let help = "Log lines dropped because whoever reads stdout had stopped reading";
        r.register("log_lines_dropped", help, super::log::dropped());
        let help = "Start of the process, since the epoch";
        r.register_with_unit("start_time", help, Unit::Seconds, metrics.start.clone());
        Self { registry, ..metrics }
    }

    /// The text that Prometheus scrapes.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing into a String can't fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
