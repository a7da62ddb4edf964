//! Traces: what happened to one request, step by step, for a collector that speaks OTLP.
//!
//! A [`Trace`] gathers the spans of one request and hands them over when the request is answered. [`Traces`] bounds what
//! waits for the collector, so a collector that hangs costs spans and nothing else. `app` sends them.

pub mod context;
mod otlp;
pub mod settings;
mod span;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use prometheus_client::metrics::counter::Counter;
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Instant;

use context::Context;
pub use otlp::encode;
use settings::Sampler;
use span::Kind;
pub use span::{Attributes, Span, Value};

/// How many spans wait at most, those that are being sent included: about 2 MB.
const ROOM: usize = 4096;

/// How many spans one trace has at most. A message that is tried more often than this keeps its first attempts.
const SPANS: usize = 64;

/// How many spans were sent, and how many were lost because the collector did not take them.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    /// Spans that the collector took.
    pub sent: Counter,
    /// Spans that did not fit, or that the collector did not take.
    pub dropped: Counter,
}

/// The spans on their way to the collector, and who decides which requests are traced.
#[derive(Debug)]
pub struct Traces {
    queue: UnboundedSender<Vec<Span>>,
    /// How many spans wait or are being sent.
    waiting: AtomicUsize,
    counts: Counts,
    sampler: Sampler,
    /// The state of the generator of ids.
    ids: AtomicU64,
    /// Set once the process is about to end: from then on nothing waits for more spans to come.
    ending: AtomicBool,
    end: Notify,
}

impl Traces {
    /// Traces with the queue that whoever sends them reads. `seed` is random, so that ids of other processes differ.
    #[must_use]
    pub fn new(sampler: Sampler, seed: u64, counts: Counts) -> (Arc<Self>, UnboundedReceiver<Vec<Span>>) {
        let (queue, spans) = unbounded_channel();
        let traces = Self {
            queue,
            waiting: AtomicUsize::new(0),
            counts,
            sampler,
            ids: AtomicU64::new(seed),
            ending: AtomicBool::new(false),
            end: Notify::new(),
        };
        (Arc::new(traces), spans)
    }

    /// Begins the trace of a request whose head was read at `received`, at `now` by the wall clock. `None` where this
    /// request is not to be traced.
    #[must_use]
    pub fn begin(
        self: &Arc<Self>,
        parent: Option<Context>,
        received: Instant,
        now: SystemTime,
    ) -> Option<Trace> {
        let id =
            parent.map_or_else(|| u128::from(self.id()) << 64 | u128::from(self.id()), |parent| parent.trace);
        if !self.sampler.takes(parent, id) {
            return None;
        }
        let wall = now.duration_since(UNIX_EPOCH).unwrap_or_default().saturating_sub(received.elapsed());
        Some(Trace {
            traces: Arc::clone(self),
            id,
            root: self.id(),
            deliver: self.id(),
            parent: parent.map(|parent| parent.span),
            received,
            wall,
            spans: Vec::with_capacity(12),
        })
    }

    /// An id that no other span has, and that is not 0. This is splitmix64, whose outputs are all different.
    fn id(&self) -> u64 {
        let mut z = self.ids.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)).max(1)
    }

    /// Queues the spans of one request, or drops and counts them where there is no room.
    fn push(&self, spans: Vec<Span>) {
        let count = spans.len();
        let is_full = self.waiting.fetch_add(count, Ordering::Relaxed) + count > ROOM;
        if is_full || self.queue.send(spans).is_err() {
            self.lost(count);
        }
    }

    /// Notes that this many spans were taken by the collector.
    pub fn sent(&self, count: usize) {
        self.counts.sent.inc_by(count as u64);
        self.waiting.fetch_sub(count, Ordering::Relaxed);
    }

    /// Notes that this many spans were lost.
    pub fn lost(&self, count: usize) {
        self.counts.dropped.inc_by(count as u64);
        self.waiting.fetch_sub(count, Ordering::Relaxed);
    }

    /// How many spans were lost so far.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.counts.dropped.get()
    }

    /// Whether the process is about to end.
    #[must_use]
    pub fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Relaxed)
    }

    /// Resolves when the process is about to end.
    pub async fn ended(&self) {
        if !self.is_ending() {
            self.end.notified().await;
        }
    }

    /// Sends what waits without waiting for more. Returns when that is done, or after `limit`.
    pub async fn close(&self, limit: Duration) {
        self.ending.store(true, Ordering::Relaxed);
        self.end.notify_one();
        let end = Instant::now() + limit;
        while self.waiting.load(Ordering::Relaxed) > 0 && Instant::now() < end {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// The trace of one request while it is handled.
#[derive(Debug)]
pub struct Trace {
    traces: Arc<Traces>,
    id: u128,
    /// The span of the request as a whole.
    root: u64,
    /// The span of the step that asks providers, known before it ends, because attempts are parts of it.
    deliver: u64,
    parent: Option<u64>,
    received: Instant,
    /// When the head of the request was read, since the Unix epoch.
    wall: Duration,
    spans: Vec<Span>,
}

impl Trace {
    /// Adds a step of the line, which ends now.
    pub fn step(&mut self, name: &'static str, begun: Instant) {
        let id = if name == "deliver" { self.deliver } else { self.traces.id() };
        self.add((id, Some(self.root)), (name, Kind::Internal), (begun, Instant::now()), &[], false);
    }

    /// Adds one attempt at one provider, which ends now.
    pub fn attempt(&mut self, took: Duration, attributes: Attributes<'_>, failed: bool) {
        let ended = Instant::now();
        let begun = ended.checked_sub(took).unwrap_or(self.received);
        let id = self.traces.id();
        self.add((id, Some(self.deliver)), ("attempt", Kind::Client), (begun, ended), attributes, failed);
    }

    /// Adds the request as a whole, and hands everything over.
    pub fn finish(mut self, attributes: Attributes<'_>, failed: bool) {
        // The one span that must not be missing, however many there are.
        self.spans.truncate(SPANS);
        let (ids, times) = ((self.root, self.parent), (self.received, Instant::now()));
        self.add(ids, ("webhook", Kind::Server), times, attributes, failed);
        self.traces.push(std::mem::take(&mut self.spans));
    }

    fn add(
        &mut self,
        (id, parent): (u64, Option<u64>),
        (name, kind): (&'static str, Kind),
        (begun, ended): (Instant, Instant),
        attributes: Attributes<'_>,
        failed: bool,
    ) {
        if self.spans.len() > SPANS {
            return;
        }
        let wall = |at: Instant| {
            let at = self.wall + at.saturating_duration_since(self.received);
            u64::try_from(at.as_nanos()).unwrap_or(u64::MAX)
        };
        let known = attributes.iter().filter_map(|(name, value)| Some((*name, value.clone()?)));
        self.spans.push(Span {
            trace: self.id,
            id,
            parent,
            name,
            kind,
            begun: wall(begun),
            ended: wall(ended),
            attributes: known.collect(),
            failed,
        });
    }

    /// What a request to a provider may carry, so that the provider's own spans become parts of this trace.
    #[must_use]
    pub fn context(&self) -> Context {
        Context { trace: self.id, span: self.deliver, is_sampled: true }
    }
}

#[cfg(test)]
mod tests;
