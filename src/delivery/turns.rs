//! Whose turn it is: the providers in their order, those that are left out only when nobody else is left.

use std::collections::VecDeque;

use tokio::time::Instant;

use super::Provider;
use super::memory::Permit;

/// The providers that one message has not asked yet.
#[derive(Debug)]
pub(super) struct Turns<'r> {
    waiting: VecDeque<&'r Provider>,
    /// Passed over so far. They cost no time, and the message is refused by nobody who was not asked.
    left_out: Vec<&'r Provider>,
}

/// One provider's turn.
#[derive(Debug)]
pub(super) struct Turn<'r> {
    pub(super) provider: &'r Provider,
    pub(super) permit: Permit<'r>,
    /// How many share the time that is left, this one included.
    pub(super) sharing: usize,
}

impl<'r> Turns<'r> {
    pub(super) fn new(providers: &[&'r Provider]) -> Self {
        Self { waiting: providers.iter().copied().collect(), left_out: Vec::new() }
    }

    /// One that was asked already may be asked once more.
    pub(super) fn again(&mut self, provider: &'r Provider) {
        self.waiting.push_back(provider);
    }

    /// The next in order that is not left out at `now`, else the one whose pause ends first.
    pub(super) fn next(&mut self, now: Instant) -> Option<Turn<'r>> {
        while let Some(provider) = self.waiting.pop_front() {
            if let Some(permit) = provider.memory.ask(now) {
                let others = self.waiting.iter().filter(|other| !other.memory.is_left_out(now)).count();
                return Some(Turn { provider, permit, sharing: 1 + others });
            }
            self.left_out.push(provider);
        }
        let ends = |at: &usize| self.left_out.get(*at).and_then(|provider| provider.memory.until());
        let least_bad = (0..self.left_out.len()).min_by_key(ends)?;
        let provider = self.left_out.remove(least_bad);
        let permit = provider.memory.ask_anyway(now);
        Some(Turn { provider, permit, sharing: 1 + self.left_out.len() })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::clock::Clock;
    use crate::delivery::memory::{Memory, Pauses};
    use crate::delivery::outbox::Outbox;
    use crate::delivery::{Fault, FaultKind, Transport, Verdict};

    fn provider(name: &str, dir: &std::path::Path) -> Provider {
        Provider {
            name: name.into(),
            transport: Transport::Outbox(Outbox::open(dir, Clock::System).unwrap()),
            attempt_timeout: Duration::MAX,
            memory: Arc::new(Memory::new(Pauses { after: 1, ..Pauses::default() }, 1)),
            evidence: Arc::default(),
        }
    }

    fn fail(provider: &Provider, at: Instant) {
        let fault = Fault::new("connect", FaultKind::Timeout, "timed out");
        let _ = provider.memory.ask_anyway(at).report(&Verdict::Deferred(fault), at);
    }

    /// Names and shares of all turns taken at `now`; none of them is reported.
    fn order(providers: &[Provider], now: Instant) -> String {
        let all: Vec<_> = providers.iter().collect();
        let mut turns = Turns::new(&all);
        let mut taken = Vec::new();
        while let Some(Turn { provider, sharing, .. }) = turns.next(now) {
            taken.push(format!("{}/{sharing}", provider.name));
        }
        taken.join(" ")
    }

    #[test]
    fn who_is_left_out_is_asked_last_and_takes_no_share() {
        let dir = tempfile::tempdir().unwrap();
        let three = ["a", "b", "c"].map(|name| provider(name, dir.path()));
        let start = Instant::now();
        assert_eq!(order(&three, start), "a/3 b/2 c/1");
        fail(&three[0], start);
        assert_eq!(order(&three, start), "b/2 c/1 a/1");
        // The pauses end in the order b, a.
        let later = start + Duration::from_secs(3);
        fail(&three[1], start - Duration::from_secs(3));
        assert_eq!(order(&three, start), "c/1 b/2 a/1");
        fail(&three[2], later);
        assert_eq!(order(&three, start), "b/3 a/2 c/1");
        // All pauses are over: each is probed in its turn.
        assert_eq!(order(&three, start + Duration::from_mins(1)), "a/3 b/2 c/1");
    }

    #[test]
    fn a_lone_provider_is_always_asked() {
        let dir = tempfile::tempdir().unwrap();
        let alone = [provider("a", dir.path())];
        fail(&alone[0], Instant::now());
        assert_eq!(order(&alone, Instant::now()), "a/1");
    }

    #[test]
    fn who_is_being_probed_is_left_out_by_others() {
        let dir = tempfile::tempdir().unwrap();
        let two = ["a", "b"].map(|name| provider(name, dir.path()));
        let start = Instant::now();
        fail(&two[0], start);
        let later = start + Duration::from_mins(1);
        let probe = two[0].memory.ask(later);
        assert_eq!(order(&two, later), "b/1 a/1");
        drop(probe);
        assert_eq!(order(&two, later), "a/2 b/1");
    }
}
