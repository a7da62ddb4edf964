//! What turns events into messages: the templates, and the lines of the configuration that are templates too. Variants whose
//! templates are the same share them.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::error::BuildError;
use crate::compose::Composer;
use crate::config::Config;
use crate::decision::policy::Sender;
use crate::decision::variant::PerVariant;
use crate::message::Channel;
use crate::template::{Brand, Templates};

/// What turns events into messages, of no variant.
///
/// # Errors
/// As for [`composers`].
pub fn composer(config: &Config) -> Result<Composer, BuildError> {
    let mut set = Set::load(config)?;
    set.add_lines("", config)?;
    Ok(made(config, &Arc::new(set.templates)))
}

/// What turns events into messages, of each variant.
///
/// # Errors
/// All faults in the templates of one directory at once, or the first value of the configuration whose `{{…}}` does not compile.
pub fn composers(config: &Config) -> Result<PerVariant<Arc<Composer>>, BuildError> {
    let prefixes = (0..config.variants.len()).map(|at| format!("variant[{at}]."));
    let of_variants = prefixes.zip(config.variants.iter().map(|variant| &variant.config));
    let all = std::iter::once((String::new(), config)).chain(of_variants);
    // Looked at once, since directories come and go.
    let all: Vec<_> = all.map(|(prefix, config)| (prefix, config, Place::of(config))).collect();
    let mut sets: BTreeMap<Place<'_>, Set> = BTreeMap::new();
    for (prefix, config, place) in &all {
        let set = match sets.entry(*place) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(Set::load(config)?),
        };
        set.add_lines(prefix, config)?;
    }
    let sets: BTreeMap<_, _> =
        sets.into_iter().map(|(place, set)| (place, Arc::new(set.templates))).collect();
    let mut made = all.iter().filter_map(|(_, config, place)| Some(Arc::new(made(config, sets.get(place)?))));
    // Each place has a set by now.
    let base = made.next().ok_or_else(|| BuildError::Templates(Vec::new()))?;
    let names = config.variants.iter().map(|variant| variant.name.as_str().into());
    Ok(PerVariant { base, variants: names.zip(made).collect() })
}

/// Where a set of templates comes from. Sets from the same place are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place<'c> {
    /// The directory; `None` where there is none, so that only the built-in templates are used.
    dir: Option<&'c Path>,
    default_locale: &'c str,
}

impl<'c> Place<'c> {
    fn of(config: &'c Config) -> Self {
        let section = &config.templates;
        // A link that leads nowhere is there, and is a mistake when it is loaded.
        let dir = Some(section.dir.as_path()).filter(|dir| dir.symlink_metadata().is_ok());
        Self { dir, default_locale: &section.default_locale }
    }
}

/// A set of templates that is being made.
struct Set {
    templates: Templates,
    /// The lines that it has: equal ones of several variants are compiled once.
    lines: BTreeSet<(&'static str, String)>,
}

impl Set {
    fn load(config: &Config) -> Result<Self, BuildError> {
        let section = &config.templates;
        let templates =
            Templates::load(Some(&section.dir), &section.default_locale).map_err(BuildError::Templates)?;
        Ok(Self { templates, lines: BTreeSet::new() })
    }

    /// Compiles the lines of a configuration, so that a mistake in a sender stops the start and not a message. `prefix` comes
    /// before the path of each key.
    fn add_lines(&mut self, prefix: &str, config: &Config) -> Result<(), BuildError> {
        let lines = senders(config).into_iter().chain(headers(config)).chain(provider_settings(config));
        for (channel, key, line) in lines {
            if self.lines.insert((channel.as_str(), line.to_owned())) {
                self.templates
                    .add_line(channel, line)
                    .map_err(|error| BuildError::Line { key: format!("{prefix}{key}"), error })?;
            }
        }
        Ok(())
    }
}

/// The composer of a configuration, with its templates.
fn made(config: &Config, templates: &Arc<Templates>) -> Composer {
    Composer {
        templates: Arc::clone(templates),
        brand: Brand { ending: config.sms.ending.clone(), ..config.brand.clone() },
        locale_from: config.templates.locale_from.clone(),
        clerk_in_layout: config.templates.clerk_in_layout,
        on_error: config.templates.on_error,
    }
}

/// Every part of a `from` that may hold `{{…}}`: its channel, the path of its key (for errors), and the part itself.
fn senders(config: &Config) -> Vec<(Channel, String, &str)> {
    let of_slugs =
        config.email.by_slug.iter().map(|(slug, mail)| (format!("email.by_slug.{slug}.from"), &mail.from));
    let all = std::iter::once(("email.from".to_owned(), &config.email.base.from)).chain(of_slugs);
    let mut lines = Vec::new();
    for (key, from) in all {
        if let Some(Sender::Template { name, local, .. }) = from {
            lines.extend([name, local].map(|line| (Channel::Email, key.clone(), line.as_str())));
        }
    }
    lines
}

/// Every value under a `headers`: as [`senders`].
fn headers(config: &Config) -> Vec<(Channel, String, &str)> {
    let of_slugs =
        config.email.by_slug.iter().map(|(slug, mail)| (format!("email.by_slug.{slug}"), &mail.headers));
    let tables = std::iter::once(("email".to_owned(), &config.email.base.headers)).chain(of_slugs);
    tables
        .flat_map(|(table, headers)| {
            headers
                .iter()
                .map(move |(name, value)| (Channel::Email, format!("{table}.headers.{name}"), value.as_str()))
        })
        .collect()
}

/// Every value under a `provider_settings`: as [`senders`].
fn provider_settings(config: &Config) -> Vec<(Channel, String, &str)> {
    let (email, sms) = (&config.email, &config.sms);
    let mut tables = vec![
        (Channel::Email, "email".to_owned(), &email.base.provider_settings),
        (Channel::Sms, "sms".to_owned(), &sms.base.provider_settings),
    ];
    for (slug, mail) in &email.by_slug {
        tables.push((Channel::Email, format!("email.by_slug.{slug}"), &mail.provider_settings));
    }
    for (slug, text) in &sms.by_slug {
        tables.push((Channel::Sms, format!("sms.by_slug.{slug}"), &text.provider_settings));
    }
    for (at, rule) in sms.by_country.iter().enumerate() {
        tables.push((Channel::Sms, format!("sms.by_country[{at}]"), &rule.provider_settings));
    }
    let mut lines = Vec::new();
    for (channel, table, settings) in tables {
        for (name, line) in settings {
            lines.push((channel, format!("{table}.provider_settings.{name}"), line.as_str()));
        }
    }
    lines
}
