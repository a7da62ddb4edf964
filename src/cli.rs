//! The command line: one file per command. Exit status 0: fine; 1: what was asked failed; 2: wrong usage or configuration.

mod check;
mod dev;
mod event;
mod init;
mod log;
mod providers;
mod render;
mod send;
mod serve;
mod trigger;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;

use clap::{Parser, Subcommand};
use tracing::level_filters::LevelFilter;

use crate::app::BuildError;
use crate::config::{Config, Faults, process_env};

/// Delivers Clerk's emails and SMS through your own providers, in your own words.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100)]
struct Arguments {
    /// The configuration file
    #[arg(
        long,
        global = true,
        env = "CLERK_COURIER_CONFIG",
        default_value = "config.toml",
        value_name = "FILE"
    )]
    config: PathBuf,
    /// How much is logged: error, warn, info, debug, trace
    #[arg(long, global = true, env = "CLERK_COURIER_LOG", default_value = "info", value_name = "LEVEL")]
    log: LevelFilter,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The playground: no account, no configuration, every message shown in the browser
    Dev(dev::Arguments),
    /// The service
    Serve,
    /// Prove the configuration and every template
    Check(check::Arguments),
    /// Print one rendered template
    Render(render::Arguments),
    /// Post a signed, realistic event to a running service, and explain the answer
    Trigger(trigger::Arguments),
    /// A test message through the configured providers
    Send(send::Arguments),
    /// Which providers there are, and what one of them needs
    Providers(providers::Arguments),
    /// What became of messages
    Log(log::Arguments),
    /// Write config.toml and the templates here, for editing
    Init(init::Arguments),
}

/// What ends a command early.
enum Failure {
    /// What was asked failed: exit status 1.
    Failed(anyhow::Error),
    /// Wrong usage or configuration: exit status 2.
    Wrong(String),
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` calls")]
fn misconfigured(faults: Faults) -> Failure {
    Failure::Wrong(faults.to_string())
}

/// A configuration that can't be served, with every cause.
fn wrong(error: BuildError) -> Failure {
    Failure::Wrong(format!("{:#}", anyhow::Error::from(error)))
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
        Command::Render(render) => render::run(config, render),
        Command::Trigger(trigger) => trigger::run(config, trigger),
        Command::Send(send) => send::run(config, send),
        Command::Providers(providers) => providers::run(config, providers),
        Command::Log(log) => log::run(config, log),
        Command::Init(init) => init::run(init),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
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

/// Prints to stderr. Where nobody reads it, the process ends all the same.
fn complain(text: &str) {
    let line = format!("clerk-courier: {}\n", text.trim_end());
    let (done, printed) = mpsc::channel();
    let print = move || {
        let _ = std::io::stderr().lock().write_all(line.as_bytes());
        let _ = done.send(());
    };
    if std::thread::Builder::new().spawn(print).is_ok() {
        let _ = printed.recv_timeout(LAST_WORDS);
    }
}

/// Prints a line to stdout; a reader who left (`| head`) is no error.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

fn load(path: &Path) -> Result<Config, Failure> {
    Config::load(path, &process_env).map_err(misconfigured)
}

/// What the configuration says of brand, templates and senders, where there is one.
fn without_providers(path: &Path) -> Result<Config, Failure> {
    let text = if path.is_file() { std::fs::read_to_string(path)? } else { String::new() };
    Config::parse_without_providers(&text, path, &process_env).map_err(misconfigured)
}

/// For an error to be printed, before the process ends.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// For work on threads of its own, such as a name that is being looked up, once a service has stopped.
const LAST_THREADS: Duration = Duration::from_millis(500);

/// One thread unless asked for more: handing a message from thread to thread costs more than it gains.
fn runtime(workers: usize) -> std::io::Result<tokio::runtime::Runtime> {
    use tokio::runtime::Builder;
    if workers <= 1 {
        Builder::new_current_thread().enable_all().build()
    } else {
        Builder::new_multi_thread().worker_threads(workers).enable_all().build()
    }
}

/// SIGTERM or Ctrl-C.
async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
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
