//! What is said of a reader's language.

use std::sync::Arc;

/// The longest tag that is kept. BCP 47 has none of that length.
pub(super) const LONGEST: usize = 64;

/// A reader's language, and who told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The language (BCP 47), as Clerk writes it.
    pub tag: Arc<str>,
    /// Whether an event told it, or the Backend API.
    pub by: By,
}

/// Who told a language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// An event of the user.
    Event,
    /// The Backend API.
    Backend,
}
