//! Log lines on stdout: text for people on a terminal, JSON anywhere else. Code that logs never waits for stdout.

mod queue;

use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::AsFd as _;
use std::sync::LazyLock;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use queue::Lines;

/// How long the end of the process waits for the last lines to be written.
const LAST_LINES: Duration = Duration::from_secs(1);

/// How many lines were dropped because nobody read stdout. One counter for the whole process, since there is one stdout.
static DROPPED: LazyLock<Counter> = LazyLock::new(Counter::default);

/// The counter of dropped lines, to be registered among the metrics.
#[must_use]
pub fn dropped() -> Counter {
    DROPPED.clone()
}

/// Keeps the log open. Dropping it writes the lines that still wait, for at most a second.
#[derive(Debug)]
#[must_use = "the last lines are lost without it"]
pub struct Log(Lines);

impl Drop for Log {
    fn drop(&mut self) {
        self.0.flush(LAST_LINES);
    }
}

/// Sends this process's log lines to stdout, our own from `level` on. Keep the returned value until the process ends.
///
/// Libraries are heard from `WARN` on, whatever the level is: some of them print headers and bodies below that.
///
/// # Errors
/// The system gives the process no thread, or no second handle of stdout.
pub fn init(level: LevelFilter) -> io::Result<Log> {
    let stdout = io::stdout();
    let is_terminal = stdout.is_terminal();
    // Not through `Stdout`: a write that is stuck would hold its lock, and block everything else that prints.
    let lines = Lines::start(File::from(stdout.as_fd().try_clone_to_owned()?), dropped())?;
    let ours = Targets::new().with_default(LevelFilter::WARN.min(level)).with_target("clerk_courier", level);
    let registry = tracing_subscriber::registry().with(ours);
    let layer = tracing_subscriber::fmt::layer().with_writer(lines.clone());
    // An error means that a subscriber is set already, as in tests that share a process: the first one stays.
    let _ = if is_terminal {
        registry.with(layer.with_target(false)).try_init()
    } else {
        registry.with(layer.json().flatten_event(true).with_target(false)).try_init()
    };
    Ok(Log(lines))
}
