//! Log lines: JSON where stdout is no terminal, else text for eyes.

use std::io::IsTerminal;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Sends this process' log lines to stdout, ours from `level` on.
///
/// Libraries are heard from `WARN` on, whatever the level: some of them print headers and bodies below that.
pub fn init(level: LevelFilter) {
    let ours = Targets::new().with_default(LevelFilter::WARN.min(level)).with_target("clerk_courier", level);
    let registry = tracing_subscriber::registry().with(ours);
    let lines = tracing_subscriber::fmt::layer();
    // A second call (tests in one process) changes nothing.
    let _ = if std::io::stdout().is_terminal() {
        registry.with(lines.with_target(false)).try_init()
    } else {
        registry.with(lines.json().flatten_event(true).with_target(false)).try_init()
    };
}
