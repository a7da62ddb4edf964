//! Reads the configuration file for a command, and ends the command if the file has mistakes.

use std::path::Path;

use super::failure::{Failure, misconfigured};
use crate::config::{Config, Server, process_env};

/// Reads the whole configuration.
pub(super) fn load(path: &Path) -> Result<Config, Failure> {
    Config::load(path, &process_env).map_err(misconfigured)
}

/// Reads brand, templates and senders from the configuration; the defaults if there is no file at `path`.
pub(super) fn without_providers(path: &Path) -> Result<Config, Failure> {
    let text = if path.is_file() { std::fs::read_to_string(path)? } else { String::new() };
    Config::parse_without_providers(&text, path, &process_env).map_err(misconfigured)
}

/// Reads `[server]` alone; the defaults if there is no file at `path`.
pub(super) fn server(path: &Path) -> Result<Server, Failure> {
    let text = if path.is_file() { std::fs::read_to_string(path)? } else { String::new() };
    Config::parse_server(&text, path, &process_env).map_err(|mistakes| anyhow::Error::from(mistakes).into())
}
