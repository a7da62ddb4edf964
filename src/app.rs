//! The composition root: the only place that builds the service from its configuration, and runs it.

mod build;
mod export;
mod run;
#[cfg(test)]
mod tests;

pub use build::{BuildError, composer, policy, provider, providers};
pub use export::ExportError;
pub use run::{App, bind};
