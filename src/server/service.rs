//! What all requests share: the pipeline, and the room that is left for further messages.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use super::bodies::{BUDGET, Bodies};
use crate::pipeline::Pipeline;
use crate::telemetry::seldom::Seldom;

/// What every request sees.
#[derive(Debug)]
pub struct Service {
    /// The line.
    pub pipeline: Arc<Pipeline>,
    /// One permit for each signed message that may be handled at a time.
    pub(super) room: Arc<Semaphore>,
    /// How many permits there are.
    max_in_flight: usize,
    /// What is read of requests that are not verified yet.
    pub(super) bodies: Arc<Bodies>,
    /// What was said of requests at other paths.
    pub(super) elsewhere: Elsewhere,
    /// The messages under way.
    pub tasks: TaskTracker,
    /// Set at SIGTERM: new messages are answered `overloaded`.
    draining: AtomicBool,
}

impl Service {
    /// Ready to serve.
    #[must_use]
    pub fn new(pipeline: Arc<Pipeline>, max_in_flight: usize) -> Self {
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

    /// Signed messages being handled right now.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.max_in_flight.saturating_sub(self.room.available_permits())
    }

    /// From here on, new messages are sent away.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
        self.tasks.close();
    }

    /// Whether the service is going down.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}

/// When a line was written last, for requests with Svix's headers and for others: a stranger's scan hides no wrong URL.
#[derive(Debug, Default)]
pub(super) struct Elsewhere {
    pub(super) svix: Seldom,
    pub(super) other: Seldom,
}
