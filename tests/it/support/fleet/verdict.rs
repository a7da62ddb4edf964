//! Whether the fleet kept its promises: what came at the mail server against what the callers were told.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::callers::{Attempt, Told};
use super::sink::{Delivery, Sink};

/// Nothing is later than this, unless its owner was killed twice.
const LATEST: Duration = Duration::from_secs(20);

/// How long after the end of its sender a message may be read from a socket.
const READ_LATE: Duration = Duration::from_secs(1);

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) messages: usize,
    /// Came at least once.
    pub(crate) arrived: usize,
    /// Came more than once.
    pub(crate) doubled: usize,
    /// Of these, the ones whose bringer was killed before it could answer, or that were delivered without a claim.
    pub(crate) in_doubt: usize,
    /// Came after [`LATEST`], or by a request that Svix makes after five minutes only.
    pub(crate) late: usize,
    /// Of these, the ones whose requests were broken off at least twice.
    pub(crate) unlucky: usize,
    /// The longest time to the first arrival, but for the unlucky.
    pub(crate) slowest: Duration,
    /// How many requests had which answer.
    pub(crate) answers: BTreeMap<String, usize>,
    /// The story of each message for which a promise was broken.
    broken: String,
}

impl Verdict {
    /// `unclaimed` are the messages that a server delivered without a claim, and `outages` the times in which the database was
    /// away.
    pub(crate) fn of(
        told: &[Told],
        sink: &Sink,
        unclaimed: &HashSet<String>,
        outages: &[(Instant, Instant)],
    ) -> Self {
        let deliveries = sink.deliveries();
        let mut verdict = Self { messages: told.len(), ..Self::default() };
        for message in told {
            for attempt in message.attempts() {
                let answer = format!("{} {}", attempt.status, attempt.outcome);
                *verdict.answers.entry(answer).or_default() += 1;
            }
            let came = deliveries.get(&message.id).map_or(&[][..], Vec::as_slice);
            verdict.judge(message, came, unclaimed.contains(&message.id), outages);
        }
        verdict
    }

    fn judge(&mut self, message: &Told, came: &[Delivery], unclaimed: bool, outages: &[(Instant, Instant)]) {
        let is_told =
            message.callers.iter().all(|attempts| attempts.last().is_some_and(|last| last.status == 200));
        let Some(first) = came.iter().map(|delivery| delivery.at).min() else {
            return self.tell(message, came, "never came");
        };
        self.arrived += 1;
        if !is_told {
            self.tell(message, came, "a caller was never told that it was accepted");
        }
        if came.len() > 1 {
            self.doubled += 1;
            let last = came.iter().map(|delivery| delivery.at).max().unwrap_or(first);
            // All but the last arrival were made in vain by a server that was killed before its answer.
            let killed = came.iter().filter(|delivery| is_broken_at(message, delivery)).count();
            let is_away = outages.iter().any(|(from, to)| first <= *to && last >= *from);
            if killed + 1 >= came.len() || unclaimed || is_away {
                self.in_doubt += 1;
            } else {
                self.tell(message, came, "came twice");
            }
        }
        let took = first - message.began;
        let third =
            message.callers.iter().filter_map(|attempts| attempts.get(2)).map(|attempt| attempt.began).min();
        if took > LATEST || third.is_some_and(|third| first >= third) {
            self.late += 1;
            if message.attempts().filter(|attempt| attempt.status == 0).count() < 2 {
                return self.tell(message, came, "came late");
            }
            self.unlucky += 1;
        } else {
            self.slowest = self.slowest.max(took);
        }
    }

    fn tell(&mut self, message: &Told, came: &[Delivery], what: &str) {
        let since = |at: Instant| (at - message.began).as_secs_f64();
        let _ = writeln!(self.broken, "{} {what}:", message.id);
        for delivery in came {
            let _ =
                writeln!(self.broken, "  came from {} after {:.2} s", delivery.server, since(delivery.at));
        }
        for (caller, attempt) in message
            .callers
            .iter()
            .enumerate()
            .flat_map(|(caller, all)| all.iter().map(move |one| (caller, one)))
        {
            let Attempt { server, began, ended, status, outcome } = attempt;
            let (began, ended) = (since(*began), since(*ended));
            let _ = writeln!(
                self.broken,
                "  caller {caller} at {server} from {began:.2} s to {ended:.2} s: {status} {outcome}"
            );
        }
    }

    /// All messages came, and every promise was kept.
    #[track_caller]
    pub(crate) fn assert_kept(&self) {
        assert!(self.broken.is_empty(), "{self:#?}\n{}", self.broken);
        assert_eq!(self.arrived, self.messages);
    }
}

/// Whether the request by which this came was broken off.
fn is_broken_at(message: &Told, delivery: &Delivery) -> bool {
    message.attempts().any(|attempt| {
        attempt.server == delivery.server
            && attempt.status == 0
            && (attempt.began..=attempt.ended + READ_LATE).contains(&delivery.at)
    })
}
