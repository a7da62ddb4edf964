//! `clerk-courier clerk`: who delivers the templates of an instance of Clerk's, and what is in them.

mod access;
mod change;
mod pull;
mod ready;
mod select;
mod status;

use std::path::Path;

use clap::{Args, Subcommand};

use super::failure::Failure;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show who delivers each template, and which of yours would replace it
    Status(status::Arguments),
    /// Take over the delivery of templates from Clerk
    Takeover(change::Takeover),
    /// Give the delivery of templates back to Clerk
    Handback(change::Handback),
    /// Write the templates of the instance to files, for editing
    Pull(pull::Arguments),
}

pub(super) fn run(config: &Path, arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.command {
        Command::Status(arguments) => status::run(config, arguments),
        Command::Takeover(arguments) => change::takeover(config, arguments),
        Command::Handback(arguments) => change::handback(config, arguments),
        Command::Pull(arguments) => pull::run(config, arguments),
    }
}
