//! What becomes of messages while something around the program fails: the real program, in its own process, against
//! scripted SMTP servers on this machine. It prints one Markdown table.
//!
//! `cargo bench --bench faults` runs all scenarios, `cargo bench --bench faults -- NAME` one of them.

use std::fmt::Write as _;
use std::io::Write as _;

use faults::report::Report;
use faults::{machine, provider};

/// What the scenarios share, and the scenarios themselves.
mod faults {
    pub(crate) mod machine;
    pub(crate) mod provider;
    pub(crate) mod report;
    pub(crate) mod service;
    pub(crate) mod sink;
}

/// The scenarios, in the order of their rows.
const NAMES: [&str; 7] = ["transient", "refused", "three", "stdout", "strangers", "rows", "disk"];

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --all-targets` starts benchmarks too, without this argument.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let wanted: Vec<_> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    if let Some(unknown) = wanted.iter().find(|name| !NAMES.contains(&name.as_str())) {
        anyhow::bail!("there is no scenario {unknown:?}: name one of {}", NAMES.join(", "));
    }
    // The strangers and a thousand callers need more files than the usual 1024.
    rlimit::increase_nofile_limit(16_384)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut output = std::io::stdout().lock();
    writeln!(output, "| scenario | what | figure | goal |\n| --- | --- | --- | --- |")?;
    let mut notes = String::new();
    for name in NAMES {
        if !wanted.is_empty() && !wanted.iter().any(|wanted| *wanted == name) {
            continue;
        }
        let report = runtime.block_on(run(name))?;
        for row in &report.rows {
            writeln!(output, "| `{name}` | {row} |")?;
        }
        output.flush()?;
        for note in report.notes {
            writeln!(notes, "- `{name}`: {note}")?;
        }
    }
    writeln!(output, "\n{notes}")?;
    Ok(())
}

async fn run(name: &str) -> anyhow::Result<Report> {
    match name {
        "transient" => provider::transient().await,
        "refused" => provider::refused().await,
        "three" => provider::three().await,
        "stdout" => machine::stdout().await,
        "strangers" => machine::strangers().await,
        "rows" => machine::rows().await,
        _ => machine::disk().await,
    }
}
