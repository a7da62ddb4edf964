//! What all requests share: the pipeline, the permits for messages, and whether the service is shutting down.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use super::bodies::{BUDGET, Bodies};
use crate::pipeline::Pipeline;
use crate::telemetry::seldom::Seldom;

/// The state that every request handler is given.
#[derive(Debug)]
pub struct Service {
    /// The steps that a signed message goes through.
    pub pipeline: Arc<Pipeline>,
    /// One permit for each signed message that may be handled at a time. A message that gets none is answered `overloaded`.
    pub(super) room: Arc<Semaphore>,
    /// How many permits `room` has in all, to tell how many are in use.
    max_in_flight: usize,
    /// The bodies of requests that are not verified yet, and the budget of bytes that they share.
    pub(super) bodies: Arc<Bodies>,
    /// When the log last mentioned requests at other paths than the webhook's.
    pub(super) elsewhere: Elsewhere,
    /// The tasks of the messages under way, for the shutdown to wait for.
    pub tasks: TaskTracker,
    /// Set when the shutdown begins; from then on new messages are answered `overloaded`.
    draining: AtomicBool,
}

impl Service {
    /// A service that handles at most `max_in_flight` signed messages at a time.
    #[must_use]
    pub fn new(pipeline: Arc<Pipeline>, max_in_flight: usize) -> Self {
        // tokio panics where a semaphore has more permits than that.
        let max_in_flight = max_in_flight.min(Semaphore::MAX_PERMITS);
        let room = Arc::new(Semaphore::new(max_in_flight));
        Self {
            pipeline,
            room,
            max_in_flight,
            bodies: Bodies::new(BUDGET),
            elsewhere: Elsewhere::default(),
            tasks: TaskTracker::new(),
            draining: AtomicBool::new(false),
        }
    }

    /// How many signed messages are being handled right now.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.max_in_flight.saturating_sub(self.room.available_permits())
    }

    /// Begins the shutdown: from here on new messages are answered `overloaded`, and those under way are finished.
    pub fn drain(&self) {
        // Relaxed is enough: the flag guards no other data.
        self.draining.store(true, Ordering::Relaxed);
        self.tasks.close();
    }

    /// Whether the shutdown has begun.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}

/// When the log last mentioned a POST request at another path. Requests with Svix's headers are counted apart, so that a
/// stranger who scans for paths can't hide the line about a wrong URL in Clerk's dashboard.
#[derive(Debug, Default)]
pub(super) struct Elsewhere {
    pub(super) svix: Seldom,
    pub(super) other: Seldom,
}
