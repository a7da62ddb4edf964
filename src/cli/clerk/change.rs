//! `clerk-courier clerk takeover` and `handback`: change who delivers templates, and say of each what happened to it.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use anyhow::anyhow;
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::access::{self, CHANNELS, Instance};
use super::{ready, select};
use crate::clerk::{Client, Fate, Progress, Report, Target, Template, stop, switch};
use crate::cli::failure::Failure;
use crate::cli::runtime::runtime;
use crate::cli::terminal::{complain, say};

#[derive(Debug, Args)]
struct Which {
    /// Clerk's names of the templates, such as `verification_code`
    #[arg(required_unless_present = "all", conflicts_with = "all", value_name = "SLUG")]
    slugs: Vec<String>,
    /// All templates of the instance
    #[arg(long)]
    all: bool,
    /// Only the templates of this channel
    #[arg(long, value_parser = CHANNELS)]
    channel: Option<String>,
    /// Don't ask before anything is changed
    #[arg(long, short)]
    yes: bool,
}

#[derive(Debug, Args)]
pub(super) struct Takeover {
    #[command(flatten)]
    which: Which,
    /// The URL of the endpoint in Clerk's dashboard; a signed test is posted there first, which sends nothing to anybody
    #[arg(long)]
    url: Option<String>,
    /// Take over although `check` fails, or the URL was not tested
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Args)]
pub(super) struct Handback {
    #[command(flatten)]
    which: Which,
}

pub(super) fn takeover(instance: Instance<'_>, arguments: &Takeover) -> Result<(), Failure> {
    change(instance, &arguments.which, false, |targets| {
        if arguments.force { Ok(()) } else { prove(instance, arguments.url.as_deref(), targets) }
    })
}

pub(super) fn handback(instance: Instance<'_>, arguments: &Handback) -> Result<(), Failure> {
    change(instance, &arguments.which, true, |_| Ok(()))
}

/// Proves that this service can deliver, before Clerk stops.
fn prove(instance: Instance<'_>, url: Option<&str>, targets: &[Target]) -> Result<(), Failure> {
    const UNCHANGED: &str = "Nothing was changed. `--force` takes over anyway.";
    let (config, when) = ready::check(instance, targets).map_err(|failure| match failure {
        Failure::Failed(error) => {
            Failure::Failed(anyhow!("this service is not ready: {error:#}.\n{UNCHANGED}"))
        }
        Failure::Wrong(text) => Failure::Wrong(format!("this service is not ready:\n{text}\n{UNCHANGED}")),
    })?;
    say("check passes.");
    let Some(url) = url else {
        return Err(Failure::Wrong(format!(
            "name the URL of the endpoint in Clerk's dashboard with --url: a signed test is posted there first, which sends \
             nothing to anybody.\n{UNCHANGED}"
        )));
    };
    runtime(1)?
        .block_on(ready::endpoint(&config, when.as_ref(), url))
        .map_err(|error| anyhow!("the signed test at --url failed: {error:#}.\n{UNCHANGED}"))?;
    say("The endpoint's URL answers a signed test as it should.");
    Ok(())
}

/// Has Clerk deliver the templates (`by_clerk`), or leave them to us, if `guard` agrees and the user too.
fn change(
    instance: Instance<'_>,
    which: &Which,
    by_clerk: bool,
    guard: impl FnOnce(&[Target]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let config = instance.config()?;
    let client = instance.client(&config)?;
    let runtime = runtime(1)?;
    let channels = access::channels(which.channel.as_deref());
    let all = runtime.block_on(access::templates(&client, &channels))?;
    let instance = access::instance(&client, &all);
    let named = select::named(all, &which.slugs)?;
    let count = named.len();
    let others: Vec<Template> =
        named.into_iter().filter(|template| template.delivered_by_clerk != by_clerk).collect();
    let who = if by_clerk { "Clerk" } else { "your endpoint" };
    if others.is_empty() {
        say(&format!(
            "Nothing to change: {count} of {count} templates are left to {who} already, in {instance}."
        ));
        return Ok(());
    }
    say(&format!("In {instance}, these {} of {count} templates will be delivered by {who}:", others.len()));
    for template in &others {
        say(&format!("  {:<5}  {:<40}  {}", template.channel.as_str(), template.slug, template.name));
    }
    if !which.yes && !std::io::stdin().is_terminal() {
        return Err(Failure::Wrong(
            "nobody can be asked here, since this is not a terminal: add --yes. Nothing was changed."
                .to_owned(),
        ));
    }
    let targets: Vec<_> = others
        .into_iter()
        .map(|template| Target { channel: template.channel, slug: template.slug })
        .collect();
    guard(&targets)?;
    if !which.yes && !is_wanted(targets.len())? {
        say("Nothing was changed.");
        return Ok(());
    }
    let report = runtime.block_on(work(&client, targets, by_clerk));
    sum_up(&report)
}

/// Asks the user, who has to type a yes.
fn is_wanted(count: usize) -> std::io::Result<bool> {
    let mut out = std::io::stdout().lock();
    write!(out, "Change {count} templates? [y/N] ")?;
    out.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// Changes the templates, and stops between two of them at Ctrl-C.
async fn work(client: &Client, targets: Vec<Target>, by_clerk: bool) -> Report {
    let (asked, stop) = stop();
    // From here on, a signal does not end the process: what was changed has to be said first.
    tokio::spawn(listen(asked));
    switch(client, targets, by_clerk, stop, |target, progress| {
        let name = format!("{:<5}  {}", target.channel.as_str(), target.slug);
        match progress {
            Progress::Waits(time) => {
                say(&format!("waiting  {name}: Clerk asks to wait {}", humantime::format_duration(time)));
            }
            Progress::Fate(Fate::Changed) => say(&format!("changed  {name}")),
            Progress::Fate(Fate::Kept(fault)) => say(&format!("kept     {name}: {fault}")),
            Progress::Fate(Fate::Unknown(fault)) => say(&format!("unknown  {name}: {fault}")),
            Progress::Fate(Fate::Untried) => {}
        }
    })
    .await
}

/// Counts the signals that ask to stop.
async fn listen(asked: watch::Sender<u32>) {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return;
    };
    loop {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        asked.send_modify(|times| *times += 1);
        if *asked.borrow() == 1 {
            complain("stopping after the request under way; press Ctrl-C again not to wait for it");
        }
    }
}

/// Says what was changed and what was not.
///
/// # Errors
/// Something was not changed.
fn sum_up(report: &Report) -> Result<(), Failure> {
    let of = |wanted: fn(&Fate) -> bool| {
        let found = report.fates.iter().filter(move |(_, fate)| wanted(fate));
        found.map(|(target, _)| format!("{} {}", target.channel.as_str(), target.slug)).collect::<Vec<_>>()
    };
    let changed = of(|fate| matches!(fate, Fate::Changed));
    say("");
    say(&format!("Changed: {} of {}.", changed.len(), report.fates.len()));
    let kept = of(|fate| matches!(fate, Fate::Kept(_)));
    let unknown = of(|fate| matches!(fate, Fate::Unknown(_)));
    let untried = of(|fate| matches!(fate, Fate::Untried));
    for (label, templates) in [
        ("Not changed, for the reasons above", &kept),
        ("Changed or not, which Clerk did not say", &unknown),
        ("Not tried", &untried),
    ] {
        if !templates.is_empty() {
            say(&format!("{label}: {} ({}).", templates.len(), templates.join(", ")));
        }
    }
    let left = kept.len() + unknown.len() + untried.len();
    if left == 0 {
        return Ok(());
    }
    let why = if report.interrupted { "you stopped it" } else { "see the reasons above" };
    Err(anyhow!(
        "{left} of {} templates are left ({why}). Run the same command again: it goes on with them",
        report.fates.len()
    )
    .into())
}
