//! What the circuit breakers know of each provider, as plain values for the admin address.

use std::time::SystemTime;

use serde::Serialize;
use tokio::time::Instant;

use super::Pipeline;
use crate::delivery::Provider;
use crate::delivery::breaker::Health;

/// One provider as `GET /providers` shows it.
#[derive(Debug, Serialize)]
pub struct ProviderState<'a> {
    /// The provider's name in the configuration.
    pub name: &'a str,
    /// The phase of the provider's circuit breaker: `up`, `throttled`, `left_out` or `probing`.
    pub state: &'static str,
    /// How many attempts have failed since the last one that went well.
    pub failures: u32,
    /// When the provider's pause ends, in RFC 3339: the first message from then on starts the probe. `None` where there is no
    /// pause.
    pub until: Option<String>,
    /// Where and how the last of these failures came about; `None` where there are none.
    pub last_fault: Option<LastFault>,
}

/// What a provider failed at, in our own words alone: the text of its reply may repeat a recipient's address.
#[derive(Debug, Serialize)]
pub struct LastFault {
    /// The stage of delivery that failed, such as `connect` or `rcpt`.
    pub stage: &'static str,
    /// The kind of fault, such as `timeout` or `credentials`.
    pub kind: &'static str,
}

impl Pipeline {
    /// The state of every provider, sorted by name.
    #[must_use]
    pub fn provider_states(&self) -> Vec<ProviderState<'_>> {
        let (now, wall) = (Instant::now(), self.clock.now());
        let mut states: Vec<_> = self.providers.values().map(|provider| state(provider, now, wall)).collect();
        states.sort_unstable_by_key(|state| state.name);
        states
    }
}

/// The state of one provider at `now`, which is `wall` by the wall clock.
fn state(provider: &Provider, now: Instant, wall: SystemTime) -> ProviderState<'_> {
    let Health { phase, failures, until, last_fault } = provider.breaker.health(now);
    let until = until.and_then(|until| {
        // The breaker counts with the monotonic clock, readers want the time of day. A pause that is over lies in the past
        // until a message comes.
        let ago = now.saturating_duration_since(until);
        wall.checked_add(until.saturating_duration_since(now))?.checked_sub(ago)
    });
    ProviderState {
        name: &provider.name,
        state: phase.as_str(),
        failures,
        until: until.map(|until| humantime::format_rfc3339_millis(until).to_string()),
        last_fault: last_fault.map(|(stage, kind)| LastFault { stage: stage.as_str(), kind: kind.as_str() }),
    }
}
