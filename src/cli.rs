//! The command line, with one file for each command.
//!
//! The exit status is 0 when the command did what it was asked, 1 when that failed, and 2 when the arguments or the
//! configuration are wrong.

mod check;
mod clerk;
mod configuration;
mod dev;
mod doctor;
mod event;
mod failure;
mod health;
mod init;
mod ledger;
mod log;
mod pages;
mod playground;
mod providers;
mod render;
mod runtime;
mod send;
mod serve;
mod terminal;
mod trigger;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use tracing::level_filters::LevelFilter;

use failure::Failure;
use terminal::{complain, lost};

/// Delivers Clerk's emails and SMS through your own providers, in your own words.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100)]
struct Arguments {
    /// Read the configuration from this file
    #[arg(
        long,
        global = true,
        env = "CLERK_COURIER_CONFIG",
        default_value = "config.toml",
        value_name = "FILE"
    )]
    config: PathBuf,
    /// Log messages of this level and above: error, warn, info, debug or trace
    #[arg(long, global = true, env = "CLERK_COURIER_LOG", default_value = "info", value_name = "LEVEL")]
    log: LevelFilter,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Try it out: no account and no configuration needed, every message is shown in the browser
    Dev(dev::Arguments),
    /// Run the service
    Serve,
    /// Check the configuration, and render every template in every language
    Check(check::Arguments),
    /// Examine the whole chain from Clerk to the providers, and say what to do about what is wrong
    Doctor(doctor::Arguments),
    /// Render one template and print it
    Render(render::Arguments),
    /// Post a signed sample event to a running service, and explain the answer
    Trigger(trigger::Arguments),
    /// Send a test message through the configured providers
    Send(send::Arguments),
    /// List the providers, or print the settings that one of them needs
    Providers(providers::Arguments),
    /// See and change who delivers Clerk's templates, and bring them as files
    Clerk(clerk::Arguments),
    /// Show what happened to messages
    Log(log::Arguments),
    /// Copy the ledger into another database, or say whether it is as it should be
    Ledger(ledger::Arguments),
    /// Write an example configuration, or copy built-in templates for editing
    Init(init::Arguments),
    /// Ask the service on this machine whether it lives, as health checks of containers do
    Health(health::Arguments),
    /// Print the script that completes this program's commands in a shell
    Completions(pages::Completions),
    /// Write the pages for `man`
    #[command(hide = true)]
    Manual(pages::Manual),
}

/// Runs the command that the arguments name.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let Arguments { config, log: level, command } = &arguments;
    let result = match command {
        Command::Dev(dev) => dev::run(config, *level, dev),
        Command::Serve => serve::run(config, *level),
        Command::Check(check) => check::run(config, check),
        Command::Doctor(doctor) => doctor::run(config, doctor),
        Command::Render(render) => render::run(config, render),
        Command::Trigger(trigger) => trigger::run(config, trigger),
        Command::Send(send) => send::run(config, send),
        Command::Providers(providers) => providers::run(config, providers),
        Command::Clerk(clerk) => clerk::run(config, clerk),
        Command::Log(log) => log::run(config, log),
        Command::Ledger(ledger) => ledger::run(config, ledger),
        Command::Init(init) => init::run(init),
        Command::Health(health) => health::run(config, health),
        Command::Completions(completions) => {
            pages::completions(Arguments::command(), completions);
            Ok(())
        }
        Command::Manual(manual) => pages::manual(Arguments::command(), manual),
    };
    match result {
        Ok(()) => match lost() {
            None => ExitCode::SUCCESS,
            Some(error) => {
                complain(&format!(
                    "stdout did not take everything that was printed: {error}. Send it elsewhere, or make room on its disk"
                ));
                ExitCode::from(1)
            }
        },
        Err(Failure::Failed(error)) => {
            complain(&format!("{error:#}"));
            ExitCode::from(1)
        }
        Err(Failure::Wrong(text)) => {
            complain(&text);
            ExitCode::from(2)
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        super::Arguments::command().debug_assert();
    }
}
