//! What a check is.

use std::pin::Pin;
use std::sync::Arc;

use super::finding::{Area, Told};
use super::subject::Subject;

/// The findings of a check, once it has looked.
type Looking = Pin<Box<dyn Future<Output = Vec<Told>> + Send>>;

/// One thing that is looked at.
pub(super) struct Check {
    /// Its name for programs.
    pub(super) name: &'static str,
    /// The part of the chain that it belongs to.
    pub(super) area: Area,
    /// Looks, and gives nothing if it does not apply. It may take as long as it likes: who waits for it has a limit.
    pub(super) run: fn(Arc<Subject>) -> Looking,
}
