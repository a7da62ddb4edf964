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
use access::Instance;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Ask the instance of this variant of the configuration
    #[arg(long, global = true, value_name = "NAME")]
    variant: Option<String>,
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

pub(super) fn run(file: &Path, arguments: &Arguments) -> Result<(), Failure> {
    let instance = Instance { file, variant: arguments.variant.as_deref() };
    match &arguments.command {
        Command::Status(arguments) => status::run(instance, arguments),
        Command::Takeover(arguments) => change::takeover(instance, arguments),
        Command::Handback(arguments) => change::handback(instance, arguments),
        Command::Pull(arguments) => pull::run(instance, arguments),
    }
}
