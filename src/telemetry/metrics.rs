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

/// The labels under which a finished request is counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Outcomes {
    /// The outcome as answered, such as `accepted`.
    pub outcome: &'static str,
    /// The outcome's reason, such as `test_recipient`; empty where it has none.
    pub reason: &'static str,
    /// `email` or `sms`; empty where the request was not read as far as that.
    pub channel: &'static str,
    /// Clerk's slug of the template; empty where the event has none or was not read.
    pub slug: String,
    /// The name of the provider whose verdict stands; empty where none was asked.
    pub provider: String,
}

/// The labels under which one attempt at one provider is counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Attempts {
    /// The provider's name in the configuration.
    pub provider: String,
    /// What came of the attempt: `accepted`, `rejected`, `refused`, `deferred` or `in_doubt`.
    pub verdict: &'static str,
}

/// The label of a gauge or counter that each provider has.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ByProvider {
    /// The provider's name in the configuration.
    pub provider: String,
}

/// The labels of a counter that each template has.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ByTemplate {
    /// The template's channel, `email` or `sms`.
    pub channel: &'static str,
    /// Clerk's slug of the template.
    pub slug: String,
}

/// The labels of the counter that each limit on SMS has.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ByLimit {
    /// The limit's key in `[sms.limits]`, such as `per_prefix`.
    pub limit: &'static str,
    /// The configured mode, `enforce` or `observe`.
    pub mode: &'static str,
}

/// The labels of the age at which a message was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Acceptances {
    /// The message's channel, `email` or `sms`.
    pub channel: &'static str,
    /// The name of the provider that took the message.
    pub provider: String,
}

/// What runs here, as labels of a gauge that is always 1.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Build {
    /// The version of this program.
    pub version: &'static str,
    /// Which database the ledger is kept in, `sqlite` or `postgres`.
    pub ledger: &'static str,
}

/// The label of the counter for POST requests at a path that is not the webhook's.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Elsewhere {
    /// `yes` where the request has Svix's headers: then the endpoint's URL in Clerk's dashboard is probably wrong. Else `no`.
    pub svix: &'static str,
}

/// All metrics of the process, and the registry that prints them.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Finished requests, by what happened to them.
    pub outcomes: Family<Outcomes, Counter>,
    /// Seconds from the arrival of a request's head to its answer.
    pub request_seconds: Histogram,
    /// Seconds that one attempt at one provider took.
    pub attempt_seconds: Family<Attempts, Histogram>,
    /// Seconds from Clerk's timestamp until a provider took the message: how long a user waits for a code, at least.
    pub event_age_seconds: Family<Acceptances, Histogram>,
    /// Signed messages whose answer is not known yet, set when the metrics are read.
    pub in_flight: Gauge,
    /// Open sessions at each SMTP provider, set when the metrics are read.
    pub connections: Family<ByProvider, Gauge>,
    /// 1 while a provider is asked in the configured order, 0 while its circuit breaker is open; set when the metrics are
    /// read.
    pub provider_up: Family<ByProvider, Gauge>,
    /// Templates that failed while a message was rendered, whether or not something could be sent in their place.
    pub template_failures: Family<ByTemplate, Counter>,
    /// Messages that a provider other than the first one took, by the provider that took them.
    pub fallbacks: Family<ByProvider, Counter>,
    /// SMS that were over a limit, whether they were sent anyway or not.
    pub sms_limited: Family<ByLimit, Counter>,
    /// 1 while the ledger's database can be written, 0 while records are kept in memory.
    pub ledger_writable: Gauge,
    /// Records that are kept in memory until the ledger's database can be written.
    pub ledger_unwritten: Gauge,
    /// POST requests at another path than the webhook's, which are lost if Clerk sent them.
    pub elsewhere: Family<Elsewhere, Counter>,
    /// When the last signed request came, in seconds since the Unix epoch; 0 before the first.
    pub last_event: Gauge<f64, AtomicU64>,
    /// Spans of traces that the collector took, and that were lost.
    pub spans: super::traces::Counts,
    /// 1, with what runs here as its labels.
    pub build: Family<Build, Gauge>,
    /// When the process started, in seconds since the Unix epoch, so that a restart shows.
    start: Gauge<f64, AtomicU64>,
}

/// Buckets for requests and attempts. The last one is the default `request_deadline`.
const SECONDS: [f64; 12] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 12.0];
/// Buckets for the age of an event. The last one is ten minutes, how long a code of Clerk's is valid.
const AGES: [f64; 10] = [0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 600.0];

impl Metrics {
    /// Registers all metrics. `started` is when the process started, since the Unix epoch.
    #[must_use]
    pub fn new(started: Duration) -> Self {
        let metrics = Self::unregistered();
        metrics.start.set(started.as_secs_f64());
        metrics.ledger_writable.set(1);
        // A counter that first appears as 1 has not increased as far as Prometheus knows, and one lost message is enough.
        for svix in ["yes", "no"] {
            let _ = metrics.elsewhere.get_or_create(&Elsewhere { svix });
        }
        let mut registry = Registry::with_prefix("clerk_courier");
        metrics.register_requests(&mut registry);
        metrics.register_parts(&mut registry);
        Self { registry, ..metrics }
    }

    /// All metrics at their start, with an empty registry in the place of the one that prints them.
    fn unregistered() -> Self {
        Self {
            outcomes: Family::default(),
            request_seconds: Histogram::new(SECONDS),
            attempt_seconds: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            event_age_seconds: Family::new_with_constructor(|| Histogram::new(AGES)),
            in_flight: Gauge::default(),
            connections: Family::default(),
            provider_up: Family::default(),
            template_failures: Family::default(),
            fallbacks: Family::default(),
            sms_limited: Family::default(),
            ledger_writable: Gauge::default(),
            ledger_unwritten: Gauge::default(),
            elsewhere: Family::default(),
            last_event: Gauge::default(),
            spans: super::traces::Counts::default(),
            build: Family::default(),
            start: Gauge::default(),
            registry: Registry::default(),
        }
    }

    /// Registers what is measured of requests and messages on their way.
    fn register_requests(&self, r: &mut Registry) {
        r.register("requests", "Webhook requests, by outcome", self.outcomes.clone());
        let help = "Time from the arrival of a request's head to its answer";
        r.register_with_unit("request", help, Unit::Seconds, self.request_seconds.clone());
        let help = "Time that one attempt at one provider took";
        r.register_with_unit("attempt", help, Unit::Seconds, self.attempt_seconds.clone());
        let help = "Time from Clerk's timestamp until a provider took the message";
        r.register_with_unit("event_age", help, Unit::Seconds, self.event_age_seconds.clone());
        let help = "Signed messages that are not answered yet: max_in_flight limits their number";
        r.register("in_flight", help, self.in_flight.clone());
    }

    /// Registers how the parts are that messages pass: providers, templates, limits, the ledger and the process itself.
    fn register_parts(&self, r: &mut Registry) {
        r.register("connections", "Open SMTP sessions, by provider", self.connections.clone());
        let help = "1 while the provider is asked in the configured order, 0 while it is left out because it keeps failing";
        r.register("provider_up", help, self.provider_up.clone());
        let help = "Templates that failed while a message was rendered, whether or not Clerk's own text was sent in their place";
        r.register("template_failures", help, self.template_failures.clone());
        let help = "Messages that a provider other than the first one took";
        r.register("fallbacks", help, self.fallbacks.clone());
        let help = "SMS over a limit: rejected in mode enforce, sent in mode observe";
        r.register("sms_limited", help, self.sms_limited.clone());
        let help = "1 while the ledger's database can be written, else 0";
        r.register("ledger_writable", help, self.ledger_writable.clone());
        let help = "Records kept in memory until the ledger's database can be written";
        r.register("ledger_unwritten", help, self.ledger_unwritten.clone());
        let help = "POST requests at another path than the webhook's, by whether they have Svix's headers";
        r.register("posts_elsewhere", help, self.elsewhere.clone());
        let help = "Log lines dropped because nobody read stdout";
        r.register("log_lines_dropped", help, super::log::dropped());
        let help = "When the last signed request came, since the Unix epoch; 0 before the first";
        r.register_with_unit("last_event_timestamp", help, Unit::Seconds, self.last_event.clone());
        let help = "Spans of traces that the collector took";
        r.register("spans_sent", help, self.spans.sent.clone());
        let help = "Spans of traces that were lost, because the collector did not take them";
        r.register("spans_dropped", help, self.spans.dropped.clone());
        r.register("build_info", "1, with the version and the kind of ledger", self.build.clone());
        let help = "When the process started, since the Unix epoch";
        r.register_with_unit("start_time", help, Unit::Seconds, self.start.clone());
    }

    /// The text that Prometheus scrapes, in the format of `OpenMetrics`.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing into a String can't fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
