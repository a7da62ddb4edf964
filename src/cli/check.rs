//! `clerk-courier check`: makes the checks that `serve` makes before it listens, and prints what it found as a table.

mod arguments;
mod contrast;
mod dkim;
mod json;
mod table;
mod variant;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub(super) use self::arguments::Arguments;

use super::configuration::{load, without_providers};
use super::failure::{Failure, wrong};
use super::runtime::runtime;
use super::terminal::say;
use crate::app;
use crate::clock::Clock;
use crate::compose::Composer;
use crate::config::{Config, Origin};
use crate::delivery::settings::Provider;
use crate::ledger;
use crate::message::Channel;
use crate::message::sms::Ending;
use crate::rehearsal::connect::{self, Met};
use crate::rehearsal::logo::{self, Fetched};
use crate::template::{Brand, Proof, Sample, Templates, remarks};

/// How many missing words of a language are named: a language that somebody begins lacks all of them.
const NAMED: usize = 8;

pub(super) fn run(path: &Path, arguments: &Arguments) -> Result<(), Failure> {
    if arguments.json {
        return json::run(path, arguments);
    }
    if arguments.templates {
        let config = without_providers(path)?;
        for warning in &config.warnings {
            say(&format!("warning   {warning}"));
        }
        return prove(&config);
    }
    let config = load(path)?;
    // Built without `--connect` too, since a missing CA file or an outbox that can't be made stops `serve` as well.
    let ready = app::providers(&config, &Clock::System).map_err(wrong);
    // Not opened as `serve` opens it: that would create a database, and fail beside a running service.
    let ledger = ledger::inspect(&config.ledger).map_err(|error| wrong(error.into()));
    if ready.is_ok() && ledger.is_ok() {
        let file = if path.is_file() { path.display().to_string() } else { "environment".to_owned() };
        say(&format!("{file}: fine"));
    }
    for origin in &config.origins {
        say(&from(origin));
    }
    for warning in &config.warnings {
        say(&format!("warning   {warning}"));
    }
    let (ready, ledger) = (ready?, ledger?);
    providers(&config);
    say(&table::ledger(&config.ledger, ledger));
    for line in dkim::lines(&config) {
        say(&line);
    }
    let mut unreachable = 0;
    if arguments.connect {
        let runtime = runtime(1)?;
        unreachable = runtime.block_on(connect::all(ready, |met| show(&met)));
        runtime.block_on(logo::all(&config, |logo| show_logo(&logo)))?;
    }
    say("");
    prove(&config)?;
    // Reported last, so that one run shows everything that is wrong.
    if unreachable > 0 {
        return Err(anyhow::anyhow!(
            "{unreachable} of {} providers would not take messages: see the lines that start with \"connect\" above",
            config.providers.len()
        )
        .into());
    }
    Ok(())
}

/// Prints how connecting to a provider went.
fn show(met: &Met) {
    let Met { provider, result, took, detail, advice } = met;
    connected(provider, result, *took, detail, *advice);
}

/// Prints how fetching a logo went.
fn show_logo(logo: &Fetched) {
    let variant = logo.variant.iter().map(|name| format!("{name} ")).collect::<String>();
    connected(&format!("{variant}{}", logo.key), logo.result(), logo.took, &logo.detail, logo.advice);
}

fn connected(name: &str, result: &str, took: Duration, detail: &str, advice: Option<&str>) {
    say(&format!("connect   {name:<12} {result:<9} {:>5} ms  {detail}", took.as_millis()));
    if let Some(advice) = advice {
        say(&format!("          {advice}"));
    }
}

/// Which variable a key comes from. The value is not shown, because it may be a secret.
fn from(origin: &Origin) -> String {
    let Origin { key, variable, over } = origin;
    let over = over.map(|line| format!(", in place of line {line} of the file")).unwrap_or_default();
    format!("variable  {key}: from {variable}{over}")
}

/// Renders every template in every language with every sample, for each variant, and prints sizes, languages and problems.
fn prove(config: &Config) -> Result<(), Failure> {
    let composers = app::composers(config).map_err(|error| match error {
        // The configuration is fine here; the templates are what was checked, and failed. So status 1, not 2.
        error @ app::BuildError::Templates(_) => Failure::Failed(error.into()),
        error => wrong(error),
    })?;
    let (mut all, mut failed) = prove_with(config, &composers.base, true);
    for variant in &config.variants {
        let Some(composer) = composers.of(Some(&variant.name)) else { continue };
        say("");
        for line in variant::lines(variant, config) {
            say(&line);
        }
        // Templates that are the same have the same sizes, but for the brand's name.
        let is_other = !Arc::ptr_eq(&composer.templates, &composers.base.templates);
        let (more, bad) = prove_with(&variant.config, composer, is_other);
        (all, failed) = (all + more, failed + bad);
    }
    if failed > 0 {
        return Err(anyhow::anyhow!(
            "{failed} of {all} renderings failed: see the lines that start with \"failed\" above",
        )
        .into());
    }
    Ok(())
}

/// Renders everything with one composer, and prints what comes out. If its templates are proven already, only what another brand
/// can change is. Returns how many renderings there were, and how many of them failed.
fn prove_with(config: &Config, composer: &Composer, is_new: bool) -> (usize, usize) {
    // How long an SMS is depends on the brand's name, so the sizes are those with the configured one.
    let proofs = composer.prove(is_new);
    if is_new {
        for line in table::lines(&proofs) {
            say(&line);
        }
        say("");
    }
    let failed = proofs.iter().filter(|proof| proof.result.is_err()).count();
    for error in composer.templates.faults(&proofs) {
        say(&format!("failed    {error}"));
    }
    if is_new {
        languages(&composer.templates, &config.templates.default_locale);
        for remark in remarks(&config.templates.dir) {
            say(&format!("warning   {remark}"));
        }
    }
    for line in contrast::lines(&config.brand) {
        say(&line);
    }
    if let Some(ending) = &config.sms.ending {
        ending_costs(composer, ending, &proofs);
    }
    senders(config);
    too_long(config, &proofs);
    if is_new {
        unproven(&composer.templates, &proofs);
    }
    if failed == 0 {
        let with = if is_new {
            ", with all values, without each optional value, without any of them, and with hostile values"
        } else {
            " with this brand"
        };
        say(&format!("proven    {} renderings: each template in each language{with}", proofs.len()));
    }
    (proofs.len(), failed)
}

/// Prints the providers of each channel in their order, and where each of them is.
fn providers(config: &Config) {
    say("");
    for (channel, delivery) in
        [(Channel::Email, &config.email.base.route), (Channel::Sms, &config.sms.base.route)]
    {
        let names = if delivery.providers.is_empty() {
            "none: messages of this channel are answered `failed`".to_owned()
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

/// Prints the languages, and for each the messages that it lacks.
fn languages(templates: &Templates, default: &str) {
    let all: Vec<_> = templates.locales().collect();
    say(&format!("languages {}: {}; default {default}", all.len(), all.join(" ")));
    for (locale, keys) in templates.untranslated() {
        let (named, rest) = keys.split_at(keys.len().min(NAMED));
        let rest = if rest.is_empty() {
            String::new()
        } else {
            format!(" and {} more (`check --json`)", rest.len())
        };
        say(&format!(
            "missing   in {locale}, so these words come from another language: {}{rest}",
            named.join(", ")
        ));
    }
}

/// Prints the last line that SMS with a code get, and which templates need more segments because of it.
fn ending_costs(composer: &Composer, ending: &Ending, with: &[Proof]) {
    // Clerk's codes have six digits, and only the length matters here.
    let last = ending.append("", "123456");
    say(&format!(
        "last line has {} characters with its line breaks: {:?}",
        last.chars().count(),
        last.trim()
    ));
    // Everything is rendered a second time without the last line, since only the difference is of interest. Both lists
    // are in the same order.
    let without = composer.templates.prove_brand(&Brand { ending: None, ..composer.brand.clone() });
    for (with, without) in with.iter().filter(|proof| proof.sample == Sample::Plain).zip(&without) {
        let segments = |proof: &Proof| proof.result.as_ref().ok().and_then(|sizes| sizes.segments);
        if let (Some(more), Some(fewer)) = (segments(with), segments(without))
            && more.count > fewer.count
        {
            let (slug, locale) = (&with.slug, &with.locale);
            say(&format!(
                "last line makes {slug}/{locale} {} segments long in place of {}",
                more.count, fewer.count
            ));
        }
    }
}

/// Warns of countries whose networks don't show names as senders, where a name is configured.
fn senders(config: &Config) {
    let countries = config.sms.countries_without_sender();
    if !countries.is_empty() {
        let countries = countries.join(", ");
        say(&format!(
            "sender    [sms] from is a name, but networks in these countries accept only numbers: {countries}. Give them \
             another `from` in [[sms.by_country]], or block them there."
        ));
    }
}

/// Warns of SMS templates that `max_segments` would reject already with the values of the sample.
fn too_long(config: &Config, proofs: &[Proof]) {
    // Longer values, as the hostile sample has them, are an event's fault and not the template's.
    for proof in proofs.iter().filter(|proof| proof.sample == Sample::Plain) {
        let segments = proof.result.as_ref().ok().and_then(|sizes| sizes.segments);
        let max = config.sms.by_slug.get(&proof.slug).unwrap_or(&config.sms.base).max_segments;
        if let (Some(segments), Some(max)) = (segments, max)
            && segments.count > max
        {
            let (slug, locale, count) = (&proof.slug, &proof.locale, segments.count);
            say(&format!(
                "too long  {slug}/{locale} has {count} segments, so it is rejected under max_segments = {max}: \
                 shorten it, or raise the limit"
            ));
        }
    }
}

/// Names the templates that were not rendered, because no sample event is known for their slug.
fn unproven(templates: &Templates, proofs: &[Proof]) {
    for channel in [Channel::Email, Channel::Sms] {
        let is_proven =
            |slug: &str| proofs.iter().any(|proof| proof.channel == channel && proof.slug == slug);
        for slug in templates.slugs(channel).filter(|slug| !is_proven(slug)) {
            say(&format!(
                "unproven  {} {slug}: there is no sample event for this slug, so render it with --event FILE",
                channel.as_str()
            ));
        }
    }
}
