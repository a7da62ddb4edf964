//! The composition root: the only place that builds the service from its configuration, and runs it.

mod build;
mod composers;
mod error;
mod export;
mod run;
#[cfg(test)]
mod tests;

pub use build::{policy, provider, providers};
pub use composers::{composer, composers};
pub use error::BuildError;
pub use export::ExportError;
pub use run::{App, bind};
