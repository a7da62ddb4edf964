//! Limits on SMS, against pumping: somebody has codes sent to numbers that earn money from traffic, and the app's owner
//! pays. The counts here are kept in memory alone, so a restart begins anew. Servers that share a ledger count together
//! there too, under the names of [`Reserved::charges`]; what one of them counted is never more than that.
//!
//! An SMS is counted when it is about to be sent, and given back when no provider took it, so that a retry by Svix counts
//! once. All limits are asked before any is charged: an SMS that one limit refuses does not use up the others. The time
//! comes in as an argument.

mod counts;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::message::Phone;
use counts::Counts;

/// The limits of `[sms.limits]`, and those that `[[sms.by_country]]` sets for its countries. The default has none. An empty
/// list of rates limits nothing; of several rates in a list, each has to allow an SMS.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// Whether an SMS over a limit is rejected. Default: it is.
    pub mode: Mode,
    /// The rates for each number.
    pub per_number: Vec<Rate>,
    /// The rates for each block of a thousand numbers, which differ in their last three digits only.
    pub per_prefix: Vec<Rate>,
    /// The rates for each country that `by_country` does not name. Numbers of no country count as one more country.
    pub per_country: Vec<Rate>,
    /// The rates that hold for a country in place of `per_country`, by its ISO 3166 alpha-2 code.
    pub by_country: BTreeMap<String, Vec<Rate>>,
    /// The rates for all SMS together.
    pub total: Vec<Rate>,
}

/// What happens to an SMS that is over a limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The SMS is rejected.
    #[default]
    Enforce,
    /// The SMS is sent anyway, and the log and the metrics tell of it.
    Observe,
}

impl Mode {
    /// The mode's name in the configuration: `enforce` or `observe`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enforce => "enforce",
            Self::Observe => "observe",
        }
    }
}

/// How many SMS may be sent in any window of a length, written `"100/h"` in the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rate {
    /// How many SMS any such window may hold, at least one.
    pub max: u32,
    /// The length of the window.
    pub window: Window,
}

/// How long an SMS counts against a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Window {
    /// Sixty minutes from when it was sent.
    Hour,
    /// Twenty-four hours from when it was sent.
    Day,
}

impl Window {
    /// How long it is.
    #[must_use]
    pub fn length(self) -> Duration {
        match self {
            Self::Hour => Duration::from_hours(1),
            Self::Day => Duration::from_hours(24),
        }
    }
}

/// Which SMS a limit counts together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Those to the same number.
    Number,
    /// Those to the same block of a thousand numbers.
    Prefix,
    /// Those to the same country.
    Country,
    /// All SMS.
    Total,
}

impl Scope {
    /// The limit's key in `[sms.limits]`, such as `per_number`.
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

/// A limit that is used up, printed as it is configured: `per_prefix = "100/h"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Over {
    /// Which SMS the limit counts together.
    pub scope: Scope,
    /// How many of them it allows.
    pub rate: Rate,
}

impl fmt::Display for Over {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let window = match self.rate.window {
            Window::Hour => 'h',
            Window::Day => 'd',
        };
        write!(f, "{} = \"{}/{window}\"", self.scope.as_str(), self.rate.max)
    }
}

/// The limits, and what was counted against them.
#[derive(Debug)]
pub struct Limits {
    settings: Settings,
    start: Instant,
    /// The name of the variant whose SMS alone are counted; `None` for all others.
    variant: Option<Arc<str>>,
    /// One table for each kind of limit in use; each has a bound of its own, so made-up numbers can't push out countries.
    counts: Mutex<HashMap<(Scope, Window), Counts>>,
}

/// One limit, as it applies to one SMS.
#[derive(Debug, Clone, Copy)]
struct Charge {
    scope: Scope,
    rate: Rate,
    /// The number, prefix or country, as a number; 0 for the total.
    key: u64,
    /// The time of the SMS, in slots of the rate's window.
    slot: u32,
}

impl Limits {
    /// Limits against which nothing was counted yet. `start` is the time from which slots are counted.
    #[must_use]
    pub fn new(settings: Settings, start: Instant) -> Self {
        Self { settings, start, variant: None, counts: Mutex::default() }
    }

    /// The same limits for the SMS of one variant, which servers that share a ledger count apart too.
    #[must_use]
    pub fn of_variant(self, name: &Arc<str>) -> Self {
        Self { variant: Some(Arc::clone(name)), ..self }
    }

    /// The configured mode, which says what being over a limit means.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.settings.mode
    }

    /// Counts an SMS that is about to be sent. The count lasts until the reservation is dropped; [`Reserved::keep`] makes
    /// it last for the whole window.
    ///
    /// # Errors
    /// The limits that are used up. Then nothing is counted, in either mode, so that `observe` shows exactly what
    /// `enforce` would have rejected.
    pub fn reserve(&self, to: &Phone, now: Instant) -> Result<Reserved<'_>, Vec<Over>> {
        let charges = self.charges(to, now);
        // Locked until all limits are charged: two SMS at once can't both get the last place.
        let mut counts = self.counts();
        let is_over = |charge: &&Charge| {
            let table = counts.get(&(charge.scope, charge.rate.window));
            table.is_some_and(|table| table.count(charge.key, charge.slot) >= charge.rate.max)
        };
        // All of them and not only the first, so that the answer names every limit that has to be raised.
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

    /// All limits that apply to an SMS to this number, each with the key and slot under which it counts.
    fn charges(&self, to: &Phone, now: Instant) -> Vec<Charge> {
        let settings = &self.settings;
        // At most 15 digits, so they fit; and the first is never 0, so two numbers never become the same key.
        let digits: u64 = to.e164.trim_start_matches('+').parse().unwrap_or_default();
        // The country costs a search in the metadata for some numbers, so it is only looked for where a limit needs it.
        let by_country = !settings.per_country.is_empty() || !settings.by_country.is_empty();
        let country = if by_country { to.country() } else { None };
        let per_country =
            country.and_then(|country| settings.by_country.get(country)).unwrap_or(&settings.per_country);
        // Two letters as one number. Numbers without a country all become 0.
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
        // By the monotonic clock: if somebody sets the system's clock, no limit is lifted and none lasts longer.
        let slots = now.duration_since(self.start).as_secs() * counts::SLOTS / window.length().as_secs();
        u32::try_from(slots).unwrap_or(u32::MAX)
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<(Scope, Window), Counts>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An SMS that is counted. Dropping this takes the count back, for an SMS that no provider took.
#[derive(Debug)]
#[must_use = "a reservation that is dropped counts for nothing"]
pub struct Reserved<'l> {
    limits: &'l Limits,
    charges: Vec<Charge>,
}

impl Reserved<'_> {
    /// The limits that the SMS is counted against, each with a name for what it counts together, which holds the number.
    pub fn charges(&self) -> impl Iterator<Item = (String, Over)> {
        // A name of a variant has no space, so that no two counts have the same name.
        let apart = self.limits.variant.as_ref().map(|name| format!("{name} ")).unwrap_or_default();
        self.charges.iter().map(move |Charge { scope, rate, key, .. }| {
            let hours = rate.window.length().as_secs() / 3600;
            (format!("{apart}{} {key} {hours}", scope.as_str()), Over { scope: *scope, rate: *rate })
        })
    }

    /// Makes the count last, for an SMS that a provider took or may have taken.
    pub fn keep(mut self) {
        // Without charges there is nothing that `drop` could take back.
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
