//! Reads the configuration for a command, and ends the command if it has mistakes.

use std::path::Path;

use super::failure::{Failure, misconfigured};
use crate::config::{Config, Mistakes, Process, Server};

/// Reads the whole configuration.
pub(super) fn load(path: &Path) -> Result<Config, Failure> {
    read(path).map_err(misconfigured)
}

/// As [`load`], with the mistakes as they are.
pub(super) fn read(path: &Path) -> Result<Config, Mistakes> {
    Config::load(path, &Process)
}

/// Reads brand, templates and senders from the configuration; the defaults if there is no file at `path`.
pub(super) fn without_providers(path: &Path) -> Result<Config, Failure> {
    read_without_providers(path).map_err(misconfigured)
}

/// As [`without_providers`], with the mistakes as they are.
pub(super) fn read_without_providers(path: &Path) -> Result<Config, Mistakes> {
    Config::load_without_providers(path, &Process)
}

/// Reads `[server]` alone; the defaults if there is no file at `path`.
pub(super) fn server(path: &Path) -> Result<Server, Failure> {
    Config::load_server(path, &Process).map_err(|mistakes| anyhow::Error::from(mistakes).into())
}
