//! Decides whether a refusal that names nobody is the recipient's fault or ours.
//!
//! A bare `550` may mean this mailbox, or our whole account. Giving up costs a person the code; another attempt costs a
//! few requests. So such a refusal is final only where the provider took another message from the same sender lately,
//! which shows that the sender, the account and its settings are in order.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::fault::{Fault, FaultKind, Verdict};

/// How long an acceptance counts as evidence for its sender.
const WINDOW: Duration = Duration::from_mins(10);
/// How many senders are remembered. Beyond that the one of the oldest acceptance is forgotten, which does no harm: its
/// refusals are tried again instead of being final.
const SENDERS: usize = 256;

/// When one provider last accepted a message from each sender. Clones of the provider share it.
#[derive(Debug, Default)]
pub struct Evidence {
    /// The last acceptance by sender. A newer one replaces it; nothing else clears it but the bound on senders.
    accepted: Mutex<HashMap<String, Instant>>,
}

impl Evidence {
    /// Weighs a verdict on a message from `sender`. An acceptance is remembered. An unproven refusal becomes
    /// [`Verdict::Deferred`] unless the provider accepted a message from the sender within the last ten minutes. Every
    /// other verdict stays as it is.
    #[must_use]
    pub fn weigh(&self, verdict: Verdict, sender: &str, now: Instant) -> Verdict {
        match verdict {
            Verdict::Accepted { .. } => {
                self.remember(sender, now);
                verdict
            }
            Verdict::Rejected(fault) | Verdict::Refused(fault)
                if !fault.proven && !self.took_lately(sender, now) =>
            {
                // As a fault of ours, because that is what a person can check: the sender, its domain, the account.
                Verdict::Deferred(Fault { kind: FaultKind::Account, ..fault })
            }
            other => other,
        }
    }

    fn remember(&self, sender: &str, now: Instant) {
        let mut accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        // A known sender first: in a full table, nobody else is forgotten for it.
        if let Some(at) = accepted.get_mut(sender) {
            *at = now;
            return;
        }
        if accepted.len() >= SENDERS {
            let oldest = accepted.iter().min_by_key(|(_, at)| **at).map(|(sender, _)| sender.clone());
            oldest.and_then(|sender| accepted.remove(&sender));
        }
        accepted.insert(sender.to_owned(), now);
    }

    fn took_lately(&self, sender: &str, now: Instant) -> bool {
        let accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        // Saturating, since another message may have been accepted after this one read the time.
        accepted.get(sender).is_some_and(|at| now.saturating_duration_since(*at) <= WINDOW)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fault::Stage;
    use super::*;

    fn taken() -> Verdict {
        Verdict::Accepted { receipt: None }
    }

    fn fault(kind: FaultKind) -> Fault {
        Fault::new(Stage::Rcpt, kind, "550")
    }

    #[test]
    fn an_unproven_refusal_is_final_only_after_an_acceptance_for_the_same_sender() {
        let (evidence, start) = (Evidence::default(), Instant::now());
        let vague = || Verdict::Refused(fault(FaultKind::Recipient).unproven());
        let ours = Verdict::Deferred(fault(FaultKind::Account).unproven());
        assert_eq!(evidence.weigh(vague(), "a@acme.example", start), ours, "nothing was accepted");
        assert_eq!(evidence.weigh(taken(), "a@acme.example", start), taken());
        for (sender, after, wanted) in [
            ("a@acme.example", 0, vague()),
            ("a@acme.example", 600, vague()),
            ("a@acme.example", 601, ours.clone()),
            ("b@acme.example", 0, ours.clone()),
            ("", 0, ours),
        ] {
            let now = start + Duration::from_secs(after);
            assert_eq!(evidence.weigh(vague(), sender, now), wanted, "{sender:?} after {after} s");
        }
    }

    #[test]
    fn what_is_proven_and_what_is_no_refusal_stays_as_it_is() {
        let (evidence, now) = (Evidence::default(), Instant::now());
        for verdict in [
            Verdict::Rejected(fault(FaultKind::Recipient)),
            Verdict::Refused(fault(FaultKind::Content)),
            Verdict::Deferred(fault(FaultKind::Throttled).unproven()),
            Verdict::InDoubt(fault(FaultKind::Timeout).unproven()),
        ] {
            assert_eq!(evidence.weigh(verdict.clone(), "a", now), verdict);
        }
        let kind = |verdict: Verdict| verdict.fault().map(|fault| fault.kind);
        let rejected = Verdict::Rejected(fault(FaultKind::Recipient).unproven());
        assert_eq!(kind(evidence.weigh(rejected, "a", now)), Some(FaultKind::Account));
    }

    #[test]
    fn the_oldest_sender_is_forgotten_first() {
        let (evidence, start) = (Evidence::default(), Instant::now());
        for at in 0..=SENDERS {
            let now = start + Duration::from_millis(at as u64);
            let _ = evidence.weigh(taken(), &at.to_string(), now);
        }
        let now = start + Duration::from_secs(1);
        assert_eq!(evidence.accepted.lock().unwrap().len(), SENDERS);
        assert!(!evidence.took_lately("0", now));
        assert!(evidence.took_lately("1", now) && evidence.took_lately(&SENDERS.to_string(), now));
    }
}
