//! How far a session or a transaction has come, for a caller that stops waiting for it.

use std::sync::{Mutex, PoisonError};

use crate::delivery::fault::Stage;

/// The stage that was reached. It outlives the future that goes through the stages, which may be dropped at any of
/// them.
#[derive(Debug)]
pub(super) struct Progress(Mutex<Stage>);

impl Default for Progress {
    fn default() -> Self {
        Self(Mutex::new(Stage::Connect))
    }
}

impl Progress {
    /// The stage that was reached last; `connect` before the first.
    pub(super) fn get(&self) -> Stage {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that this stage is reached.
    pub(super) fn set(&self, stage: Stage) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = stage;
    }
}
