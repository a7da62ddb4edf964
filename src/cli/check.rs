//! `clerk-courier check`: everything that `serve` proves before it listens, and what it found, as a table.

mod connect;
mod contrast;
mod dkim;
mod table;

use std::path::Path;

use clap::Args;

use super::{Failure, load, runtime, say, wrong};
use crate::app;
use crate::clock::Clock;
use crate::compose::Composer;
use crate::config::Config;
use crate::delivery::settings::Provider;
use crate::ledger;
use crate::message::Channel;
use crate::message::sms::Ending;
use crate::template::{Proof, Sample, Templates};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Connect to each provider too, and log in; nothing is sent
    #[arg(long)]
    connect: bool,
}

pub(super) fn run(path: &Path, arguments: &Arguments) -> Result<(), Failure> {
    let config = load(path)?;
    say(&format!("{}: fine", path.display()));
    let ready = app::providers(&config, &Clock::System).map_err(wrong)?;
    let ledger = ledger::inspect(&config.ledger).map_err(|error| wrong(error.into()))?;
    providers(&config);
    say(&table::ledger(&config.ledger, ledger));
    for line in dkim::lines(&config) {
        say(&line);
    }
    let unreachable = if arguments.connect { runtime(1)?.block_on(connect::all(ready)) } else { 0 };
    say("");
    prove(&config)?;
    if unreachable > 0 {
        return Err(anyhow::anyhow!(
            "{unreachable} of {} providers would take no message",
            config.providers.len()
        )
        .into());
    }
    Ok(())
}

/// Templates, their sizes and languages.
fn prove(config: &Config) -> Result<(), Failure> {
    let mut composer = app::composer(config).map_err(|error| match error {
        // Found by rendering, not by reading the configuration.
        error @ app::BuildError::Templates(_) => Failure::Failed(error.into()),
        error => wrong(error),
    })?;
    let proofs = composer.templates.prove(&config.brand);
    for line in table::lines(&proofs) {
        say(&line);
    }
    say("");
    let failed = proofs.iter().filter(|proof| proof.result.is_err()).count();
    for proof in &proofs {
        if let Err(error) = &proof.result {
            say(&format!("failed    {}/{} with {}: {error}", proof.slug, proof.locale, proof.sample));
        }
    }
    languages(&composer.templates, &config.templates.default_locale);
    for line in contrast::lines(&config.brand) {
        say(&line);
    }
    if let Some(ending) = &config.sms.ending {
        ending_costs(&mut composer, ending, config, &proofs);
    }
    senders(config);
    too_long(config, &proofs);
    unproven(&composer.templates, &proofs);
    if failed > 0 {
        return Err(anyhow::anyhow!("{failed} of {} renderings failed", proofs.len()).into());
    }
    say(&format!(
        "proven    {} renderings: each template in each language, without each value that may be missing, without all of \
         them, and with hostile ones",
        proofs.len()
    ));
    Ok(())
}

fn providers(config: &Config) {
    say("");
    for (channel, delivery) in
        [(Channel::Email, &config.email.base.route), (Channel::Sms, &config.sms.base.route)]
    {
        let names = if delivery.providers.is_empty() {
            "none (its messages are answered `failed`)".to_owned()
        } else {
            delivery.providers.join(", then ")
        };
        say(&format!("{:<6} {names}", channel.as_str()));
    }
    for (name, provider) in &config.providers {
        let what = match provider {
            Provider::Smtp(smtp) => format!("smtp   {}:{}, {}", smtp.host, smtp.port, smtp.tls.as_str()),
            Provider::Api(api) => format!("{:<6} {}", api.definition.name, api.shown_base_url()),
            Provider::Outbox(dir) => format!("outbox {}", dir.display()),
        };
        say(&format!("  {name:<12} {what}"));
    }
    say("");
}

fn languages(templates: &Templates, default: &str) {
    let all: Vec<_> = templates.locales().collect();
    say(&format!("languages {}: {}; default {default}", all.len(), all.join(" ")));
    for (locale, keys) in templates.untranslated() {
        say(&format!("missing   in {locale}, so another language is used: {}", keys.join(", ")));
    }
}

/// What the last line of texts with a code makes of their segments.
fn ending_costs(composer: &mut Composer, ending: &Ending, config: &Config, with: &[Proof]) {
    let last = ending.append("", "123456");
    say(&format!("last line {} characters with its line breaks: {:?}", last.chars().count(), last.trim()));
    composer.templates.end_texts_with(None);
    let without = composer.templates.prove(&config.brand);
    for (with, without) in with.iter().zip(&without).filter(|(proof, _)| proof.sample == Sample::Plain) {
        let segments = |proof: &Proof| proof.result.as_ref().ok().and_then(|sizes| sizes.segments);
        if let (Some(more), Some(fewer)) = (segments(with), segments(without))
            && more.count > fewer.count
        {
            let (slug, locale) = (&with.slug, &with.locale);
            say(&format!(
                "last line makes {slug}/{locale} {} segments in place of {}",
                more.count, fewer.count
            ));
        }
    }
}

/// Names as senders, where they would reach networks that take numbers only.
fn senders(config: &Config) {
    let countries = config.sms.countries_without_sender();
    if !countries.is_empty() {
        let countries = countries.join(", ");
        say(&format!(
            "sender    of texts is a name, and networks of {countries} take numbers only: give them a `from` of their own in \
             [[sms.by_country]], or block them"
        ));
    }
}

/// Texts that `max_segments` would keep from being sent, by their sample.
fn too_long(config: &Config, proofs: &[Proof]) {
    for proof in proofs.iter().filter(|proof| proof.sample == Sample::Plain) {
        let segments = proof.result.as_ref().ok().and_then(|sizes| sizes.segments);
        let max = config.sms.by_slug.get(&proof.slug).unwrap_or(&config.sms.base).max_segments;
        if let (Some(segments), Some(max)) = (segments, max)
            && segments.count > max
        {
            let (slug, locale, count) = (&proof.slug, &proof.locale, segments.count);
            say(&format!("too long  {slug}/{locale} has {count} segments: rejected by max_segments = {max}"));
        }
    }
}

/// Templates for slugs that we have no sample of, so that nothing is known of their events.
fn unproven(templates: &Templates, proofs: &[Proof]) {
    for channel in [Channel::Email, Channel::Sms] {
        let is_proven =
            |slug: &str| proofs.iter().any(|proof| proof.channel == channel && proof.slug == slug);
        for slug in templates.slugs(channel).filter(|slug| !is_proven(slug)) {
            say(&format!("unproven  {} {slug}: there is no sample event of this slug", channel.as_str()));
        }
    }
}
