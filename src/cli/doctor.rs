//! `clerk-courier doctor`: what is wrong with the whole chain from Clerk to the providers, on one page.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use clap::Args;
use serde_json::json;

use super::configuration::{read, read_without_providers, variant};
use super::failure::Failure;
use super::runtime::runtime;
use super::terminal::say;
use crate::doctor::{Area, Dns, Finding, Level, Subject, examine, of_mistakes};

/// How long to wait at the end for work that can't be stopped, such as a look-up in the ledger.
const LAST: Duration = Duration::from_millis(100);

/// How many threads the checks share, so that one that computes holds up no answer from the network.
const THREADS: usize = 2;

/// The width of the first two columns of the page.
const INDENT: usize = 25;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The URL of the endpoint in Clerk's dashboard; signed tests are posted to it, which send nothing to anybody
    #[arg(long)]
    url: Option<String>,
    /// Also ask DNS about the domains of your mails: SPF, DKIM, DMARC, MX and PTR
    #[arg(long)]
    dns: bool,
    /// Examine this variant of the configuration: its instance's secret, its senders and its providers
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// Print one JSON object in place of the page
    #[arg(long)]
    json: bool,
    /// Ask this name server in place of the system's, and take addresses of this machine for public ones
    #[arg(long, hide = true, value_name = "ADDRESS:PORT")]
    name_server: Option<SocketAddr>,
}

pub(super) fn run(path: &Path, arguments: &Arguments) -> Result<(), Failure> {
    let started = Instant::now();
    let file = if path.is_file() { path.display().to_string() } else { "environment".to_owned() };
    let (config, mistakes) = match read(path) {
        Ok(config) => (Some(config), None),
        // With mistakes in its providers, the rest can be examined.
        Err(mistakes) => (read_without_providers(path).ok().filter(|_| path.is_file()), Some(mistakes)),
    };
    let is_wrong = mistakes.is_some();
    let chosen = match &config {
        Some(config) => variant(config, arguments.variant.as_deref())?.cloned(),
        None => None,
    };
    let (config, when) = chosen.map_or((config, None), |variant| (Some(variant.config), Some(variant.when)));
    let findings = match (config, mistakes) {
        (Some(config), mistakes) => {
            let runtime = runtime(THREADS)?;
            let findings = runtime.block_on(async {
                let mut subject = Subject::new(config, mistakes, file);
                subject.url.clone_from(&arguments.url);
                subject.when = when;
                // Set up here, since the resolver belongs to the runtime.
                subject.dns = arguments.dns.then(|| Dns::new(arguments.name_server));
                subject.nearby_is_public = arguments.name_server.is_some();
                examine(subject).await
            });
            runtime.shutdown_timeout(LAST);
            findings
        }
        (None, Some(mistakes)) => of_mistakes(&mistakes),
        (None, None) => Vec::new(),
    };
    let count = |level| findings.iter().filter(|finding| finding.told.level == level).count();
    let (faults, warnings) = (count(Level::Fault), count(Level::Warning));
    let status = if is_wrong { 2 } else { i32::from(faults > 0) };
    if arguments.json {
        say(&as_json(&findings, status, started.elapsed()));
    } else {
        page(&findings);
        say("");
        say(&match (faults, warnings) {
            (0, 0) => "Nothing to do.".to_owned(),
            (0, warnings) => format!("Nothing loses messages. Warnings: {warnings}."),
            (faults, warnings) => format!("Faults that lose messages: {faults}. Warnings: {warnings}."),
        });
    }
    if status == 0 {
        return Ok(());
    }
    let words = format!("{faults} faults lose messages: see the lines that begin with \"fault\"");
    Err(if is_wrong { Failure::Wrong(words) } else { anyhow!(words).into() })
}

/// Prints what is wrong, each with what to do, and then one line for each area in which nothing is.
fn page(findings: &[Finding]) {
    for Finding { area, told, .. } in findings.iter().filter(|finding| finding.told.level != Level::Fine) {
        say(&format!("{:<9} {:<14} {}", told.level.as_str(), area.as_str(), told.what));
        say(&format!("{:INDENT$}{}", "", told.cure));
    }
    for area in Area::ALL {
        let here: Vec<_> = findings.iter().filter(|finding| finding.area == area).collect();
        let is_bad = |finding: &&Finding| matches!(finding.told.level, Level::Fault | Level::Warning);
        let fine: Vec<_> = here
            .iter()
            .filter(|finding| finding.told.level == Level::Fine)
            .map(|finding| finding.told.what.as_str())
            .collect();
        if !here.iter().copied().any(|finding| is_bad(&finding)) && !fine.is_empty() {
            say(&format!("{:<9} {:<14} {}", Level::Fine.as_str(), area.as_str(), fine.join("; ")));
        }
    }
}

/// The same as one object, for programs.
fn as_json(findings: &[Finding], status: i32, took: Duration) -> String {
    let one = |Finding { area, check, told }: &Finding| {
        json!({
            "level": told.level.as_str().replace(' ', "_"), "area": area.as_str(), "check": check,
            "what": told.what, "cure": Some(&told.cure).filter(|cure| !cure.is_empty()),
        })
    };
    let took = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let findings: Vec<_> = findings.iter().map(one).collect();
    json!({ "ok": status == 0, "status": status, "ms": took, "findings": findings }).to_string()
}
