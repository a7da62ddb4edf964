//! Log lines: JSON where stdout is no terminal, else text for eyes. Whoever logs never waits for stdout.

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

/// For the last lines to be written, when the process ends.
const LAST_LINES: Duration = Duration::from_secs(1);

/// Lines that were dropped since whoever reads stdout did not. One for the process, as stdout is.
static DROPPED: LazyLock<Counter> = LazyLock::new(Counter::default);

/// The count of lines that were dropped, for the metrics.
#[must_use]
pub fn dropped() -> Counter {
    DROPPED.clone()
}

/// Writes the lines that still wait when it is dropped, as far as that takes no longer than a second.
#[derive(Debug)]
#[must_use = "the last lines are lost without it"]
pub struct Log(Lines);

impl Drop for Log {
    fn drop(&mut self) {
        self.0.flush(LAST_LINES);
    }
}

/// Sends this process' log lines to stdout, ours from `level` on, until the process ends; keep what it returns until then.
///
/// Libraries are heard from `WARN` on, whatever the level: some of them print headers and bodies below that.
///
/// # Errors
/// The system gives no thread, or no second handle of stdout.
pub fn init(level: LevelFilter) -> io::Result<Log> {
    let stdout = io::stdout();
    let is_terminal = stdout.is_terminal();
    // A handle of its own, since a write that is stuck would hold the lock of `Stdout`.
    let lines = Lines::start(File::from(stdout.as_fd().try_clone_to_owned()?), dropped())?;
    let ours = Targets::new().with_default(LevelFilter::WARN.min(level)).with_target("clerk_courier", level);
    let registry = tracing_subscriber::registry().with(ours);
    let layer = tracing_subscriber::fmt::layer().with_writer(lines.clone());
    // A second call (tests in one process) changes nothing.
    let _ = if is_terminal {
        registry.with(layer.with_target(false)).try_init()
    } else {
        registry.with(layer.json().flatten_event(true).with_target(false)).try_init()
    };
    Ok(Log(lines))
}
