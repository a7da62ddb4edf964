//! Why the service can't be built.

use std::io;

use super::export::ExportError;
use crate::delivery::http;
use crate::delivery::smtp::SetupError;
use crate::ledger;
use crate::template::TemplateError;
use crate::webhook::SecretError;

/// Why the service can't start with this configuration.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A signing secret can't be used to check signatures.
    #[error("clerk.signing_secrets")]
    Secrets(#[from] SecretError),
    /// Some templates do not compile, or do not render. All of them are listed.
    #[error("templates:\n{}", lines(.0))]
    Templates(Vec<TemplateError>),
    /// The ledger can't be opened. The source of this error says why.
    #[error("ledger")]
    Ledger(#[from] ledger::OpenError),
    /// The settings of a mail server can't be used.
    #[error("providers.{name}: {error}")]
    Relay {
        /// The provider's name in the configuration.
        name: String,
        /// Why its settings can't be used.
        error: SetupError,
    },
    /// The settings of an HTTP API can't be used.
    #[error("providers.{name}: {error}")]
    Api {
        /// The provider's name in the configuration.
        name: String,
        /// Why its settings can't be used.
        error: http::SetupError,
    },
    /// A value of the configuration that holds `{{…}}` does not compile.
    #[error("{key}: {error}")]
    Line {
        /// The path of the value's key, such as `email.from`.
        key: String,
        /// Why the value does not compile.
        error: TemplateError,
    },
    /// The settings of Clerk's Backend API can't be used.
    #[error("clerk.secret_key: {0}")]
    Backend(#[from] http::SetupError),
    /// Traces are asked for, and can't be sent.
    #[error("traces")]
    Traces(#[from] ExportError),
    /// The directory of an outbox can't be made.
    #[error("providers.{name}: the directory can't be made: {error}")]
    Outbox {
        /// The provider's name in the configuration.
        name: String,
        /// Why the directory can't be made.
        error: io::Error,
    },
}

/// The errors as text, each on a line of its own.
fn lines(errors: &[TemplateError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
