//! Reads the configuration for a command, and ends the command if it has mistakes.

use std::path::Path;

use super::failure::{Failure, misconfigured};
use crate::config::{Config, Mistakes, Process, Server, Variant};
use crate::suggest::nearest;

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

/// The variant that `--variant` asks for; `None` if it asks for none.
///
/// # Errors
/// The configuration has no variant of this name.
pub(super) fn variant<'c>(config: &'c Config, name: Option<&str>) -> Result<Option<&'c Variant>, Failure> {
    let Some(name) = name else { return Ok(None) };
    let found = config.variants.iter().find(|variant| variant.name == name);
    found.map(Some).ok_or_else(|| unknown_variant(name, config.variants.iter().map(|variant| &*variant.name)))
}

/// There is no variant of this name among those that are `known`.
pub(super) fn unknown_variant<'k>(name: &str, known: impl Iterator<Item = &'k str> + Clone) -> Failure {
    let listed: Vec<&str> = known.clone().collect();
    let hint = match nearest(name, known) {
        Some(near) => format!("; did you mean {near:?}?"),
        None if listed.is_empty() => ": it has no [[variant]]".to_owned(),
        None => format!(": use one of {}", listed.join(", ")),
    };
    Failure::Wrong(format!("--variant {name}: the configuration has no such variant{hint}"))
}
