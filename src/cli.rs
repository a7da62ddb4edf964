//! The command line, with one file for each command.
//!
//! The exit status is 0 when the command did what it was asked, 1 when that failed, and 2 when the arguments or the
//! configuration are wrong.

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
use crate::config::{Config, Mistakes, process_env};

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
    /// Render one template and print it
    Render(render::Arguments),
    /// Post a signed sample event to a running service, and explain the answer
    Trigger(trigger::Arguments),
    /// Send a test message through the configured providers
    Send(send::Arguments),
    /// List the providers, or print the settings that one of them needs
    Providers(providers::Arguments),
    /// Show what happened to messages
    Log(log::Arguments),
    /// Write an example config.toml and a copy of all templates, for editing
    Init(init::Arguments),
}

/// Why a command ends early.
enum Failure {
    /// The command could not do what it was asked. Exit status 1.
    Failed(anyhow::Error),
    /// The arguments or the configuration are wrong, as this text explains. Exit status 2.
    Wrong(String),
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Reports all mistakes in a configuration file.
#[expect(clippy::needless_pass_by_value, reason = "`map_err` passes the error by value")]
fn misconfigured(mistakes: Mistakes) -> Failure {
    Failure::Wrong(mistakes.to_string())
}

/// Reports why nothing can be built from a configuration, with the whole chain of causes.
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

/// Prints an error to stderr.
fn complain(text: &str) {
    // On a thread of its own: if stderr is a full pipe that nobody reads, the write blocks, and the process must still
    // end.
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

/// Prints a line to stdout, and ignores a reader that has left, such as `head`.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// Reads the whole configuration.
fn load(path: &Path) -> Result<Config, Failure> {
    Config::load(path, &process_env).map_err(misconfigured)
}

/// Reads brand, templates and senders from the configuration; the defaults if there is no file at `path`.
fn without_providers(path: &Path) -> Result<Config, Failure> {
    let text = if path.is_file() { std::fs::read_to_string(path)? } else { String::new() };
    Config::parse_without_providers(&text, path, &process_env).map_err(misconfigured)
}

/// How long to wait for stderr to take the error, before the process ends without it.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How long to wait, once `dev` has stopped, for work on other threads, such as a DNS query under way.
const LAST_THREADS: Duration = Duration::from_millis(500);

/// The async runtime, with this many worker threads.
fn runtime(workers: usize) -> std::io::Result<tokio::runtime::Runtime> {
    use tokio::runtime::Builder;
    // One worker gets the single-threaded runtime: passing a message between threads costs more than it gains.
    if workers <= 1 {
        Builder::new_current_thread().enable_all().build()
    } else {
        Builder::new_multi_thread().worker_threads(workers).enable_all().build()
    }
}

/// Waits for SIGTERM or Ctrl-C.
async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    // If the handler can't be installed, stop at once: nothing could stop the service cleanly later.
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
