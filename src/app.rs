//! The composition root: the only place that builds the service from its configuration, and runs it.

mod build;
mod run;
#[cfg(test)]
mod simulator;

pub use build::{BuildError, composer, policy, provider, providers};
pub use run::{App, bind};
