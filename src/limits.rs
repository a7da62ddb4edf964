//! Limits on texts, against SMS pumping: somebody has codes sent to numbers whose traffic pays him, and the bill is
//! ours. Owns the counts, in memory alone: a restart begins anew.
//!
//! A message is counted when it is about to leave and given back when no provider took it, so a retry of Svix's
//! counts once. All limits are asked before any is charged: what one limit refuses costs the others nothing.
//! Time comes in as an argument.

mod counts;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::message::Phone;
use counts::Counts;

/// `[sms.limits]` and what `[[sms.by_country]]` says of `per_country`. The default has no limits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// What being over a limit means.
    pub mode: Mode,
    /// For each number.
    pub per_number: Vec<Rate>,
    /// For each block of a thousand numbers: those that differ in their last three digits only.
    pub per_prefix: Vec<Rate>,
    /// For each country that `by_country` does not name. Numbers of no country count as one more country.
    pub per_country: Vec<Rate>,
    /// By ISO 3166 alpha-2, in place of `per_country`.
    pub by_country: BTreeMap<String, Vec<Rate>>,
    /// For all texts together.
    pub total: Vec<Rate>,
}

/// What being over a limit means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The text is rejected.
    #[default]
    Enforce,
    /// The text is sent all the same, logged and counted.
    Observe,
}

impl Mode {
    /// The configuration's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enforce => "enforce",
            Self::Observe => "observe",
        }
    }
}

/// So many texts in any window of this length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rate {
    /// At most so many; at least one.
    pub max: u32,
    /// In any of these.
    pub window: Window,
}

/// How long a text counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Window {
    /// Sixty minutes.
    Hour,
    /// Twenty-four hours.
    Day,
}

impl Window {
    fn length(self) -> Duration {
        match self {
            Self::Hour => Duration::from_hours(1),
            Self::Day => Duration::from_hours(24),
        }
    }
}

/// What a limit is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// One number.
    Number,
    /// A thousand numbers.
    Prefix,
    /// One country.
    Country,
    /// All of them.
    Total,
}

impl Scope {
    /// The configuration's key.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Number => "per_number",
            Self::Prefix => "per_prefix",
            Self::Country => "per_country",
            Self::Total => "total",
        }
    }
}

/// A limit that is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Over {
    /// Which.
    pub scope: Scope,
    /// What it allows.
    pub rate: Rate,
}

/// `per_prefix = "100/h"`
impl fmt::Display for Over {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let window = match self.rate.window {
            Window::Hour => 'h',
            Window::Day => 'd',
        };
        write!(f, "{} = \"{}/{window}\"", self.scope.as_str(), self.rate.max)
    }
}

/// The limits and what they have counted.
#[derive(Debug)]
pub struct Limits {
    settings: Settings,
    start: Instant,
    counts: Mutex<HashMap<(Scope, Window), Counts>>,
}

/// A limit as it applies to one text.
#[derive(Debug, Clone, Copy)]
struct Charge {
    scope: Scope,
    rate: Rate,
    /// Which number, prefix or country.
    key: u64,
    /// When, in slots of the rate's window.
    slot: u32,
}

impl Limits {
    /// Nothing is counted yet. Times are measured from `start`.
    #[must_use]
    pub fn new(settings: Settings, start: Instant) -> Self {
        Self { settings, start, counts: Mutex::default() }
    }

    /// What being over a limit means.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.settings.mode
    }

    /// Counts a text that is about to leave, until the reservation is dropped; [`Reserved::keep`] makes it last.
    ///
    /// # Errors
    /// The limits that are used up; then nothing is counted, in either mode, so that observing tells what enforcing
    /// would have refused.
    pub fn reserve(&self, to: &Phone, now: Instant) -> Result<Reserved<'_>, Vec<Over>> {
        let charges = self.charges(to, now);
        let mut counts = self.counts();
        let is_over = |charge: &&Charge| {
            let table = counts.get(&(charge.scope, charge.rate.window));
            table.is_some_and(|table| table.count(charge.key, charge.slot) >= charge.rate.max)
        };
        let over: Vec<_> = charges.iter().filter(is_over).collect();
        if !over.is_empty() {
            return Err(over.iter().map(|charge| Over { scope: charge.scope, rate: charge.rate }).collect());
        }
        for charge in &charges {
            counts.entry((charge.scope, charge.rate.window)).or_default().add(charge.key, charge.slot);
        }
        drop(counts);
        Ok(Reserved { limits: self, charges })
    }

    fn charges(&self, to: &Phone, now: Instant) -> Vec<Charge> {
        let settings = &self.settings;
        // Up to 15 digits, the first of which is never 0.
        let digits: u64 = to.e164.trim_start_matches('+').parse().unwrap_or_default();
        let by_country = !settings.per_country.is_empty() || !settings.by_country.is_empty();
        let country = if by_country { to.country() } else { None };
        let per_country =
            country.and_then(|country| settings.by_country.get(country)).unwrap_or(&settings.per_country);
        let country = country.unwrap_or_default().bytes().fold(0, |key, byte| key << 8 | u64::from(byte));
        [
            (Scope::Number, digits, &settings.per_number),
            (Scope::Prefix, digits / 1000, &settings.per_prefix),
            (Scope::Country, country, per_country),
            (Scope::Total, 0, &settings.total),
        ]
        .into_iter()
        .flat_map(|(scope, key, rates)| {
            rates.iter().map(move |&rate| Charge { scope, rate, key, slot: self.slot(rate.window, now) })
        })
        .collect()
    }

    fn slot(&self, window: Window, now: Instant) -> u32 {
        let slots = now.duration_since(self.start).as_secs() * counts::SLOTS / window.length().as_secs();
        u32::try_from(slots).unwrap_or(u32::MAX)
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<(Scope, Window), Counts>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A text that is counted. Dropped, it was never sent.
#[derive(Debug)]
#[must_use = "a reservation that is dropped counts for nothing"]
pub struct Reserved<'l> {
    limits: &'l Limits,
    charges: Vec<Charge>,
}

impl Reserved<'_> {
    /// The text has left, or may have.
    pub fn keep(mut self) {
        self.charges.clear();
    }
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        if self.charges.is_empty() {
            return;
        }
        let mut counts = self.limits.counts();
        for charge in &self.charges {
            if let Some(table) = counts.get_mut(&(charge.scope, charge.rate.window)) {
                table.remove(charge.key, charge.slot);
            }
        }
    }
}

#[cfg(test)]
mod tests;
