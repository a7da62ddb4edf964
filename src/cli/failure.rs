//! Why a command ends early, and with which exit status.

use crate::app::BuildError;
use crate::config::Mistakes;

/// Why a command ends early.
pub(super) enum Failure {
    /// The command could not do what it was asked. Exit status 1.
    Failed(anyhow::Error),
    /// The arguments or the configuration are wrong, as this text explains. Exit status 2.
    Wrong(String),
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Reports all mistakes in a configuration file.
#[expect(clippy::needless_pass_by_value, reason = "`map_err` passes the error by value")]
pub(super) fn misconfigured(mistakes: Mistakes) -> Failure {
    Failure::Wrong(mistakes.to_string())
}

/// Reports why nothing can be built from a configuration, with the whole chain of causes.
pub(super) fn wrong(error: BuildError) -> Failure {
    Failure::Wrong(format!("{:#}", anyhow::Error::from(error)))
}
