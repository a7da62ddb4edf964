//! What an SMS must pass when its words are known: `max_segments` and `[sms.limits]`. Both are about its cost.

use tokio::time::Instant;

use super::Pipeline;
use super::report::Report;
use crate::decision::{Addressing, Plan};
use crate::ledger::{Quota, Reservation, Reserve};
use crate::limits::{Mode, Over, Reserved};
use crate::message::Message;
use crate::message::sms::Segments;
use crate::outcome::{Answer, Outcome, Reject};

impl Pipeline {
    /// Reserves a place under the limits for an SMS that is about to leave; `None` for a mail, and for an SMS over a limit
    /// that is only observed.
    ///
    /// This process counts first. What it counted is a part of what all servers counted: so whatever it refuses costs no
    /// round trip, and where the ledger can't count for all, its own count holds.
    ///
    /// # Errors
    /// The answer `rejected`, for an SMS that is too long or over a limit. It is not `failed`: windows are longer than a code
    /// lives, so none of the eight attempts of Svix could succeed.
    pub(super) async fn admit(
        &self,
        message: &Message,
        plan: &Plan<'_>,
        report: &Report,
    ) -> Result<Option<Admitted<'_>>, Answer> {
        let (Message::Sms(sms), Addressing::Sms { max_segments, .. }) = (message, &plan.addressing) else {
            return Ok(None);
        };
        // Looked at first, so that an SMS that never leaves takes no place under a limit, not even for a moment.
        let segments = Segments::of(&sms.text).count;
        if let Some(max) = max_segments.filter(|max| segments > *max) {
            let detail = format!("it has {segments}, and max_segments is {max}");
            return Err(Answer::because(Outcome::Rejected(Reject::TooLong), &detail));
        }
        let limits = self.limits.of(plan.variant).unwrap_or(&self.limits.base);
        let over = match limits.reserve(&sms.to, Instant::now().into_std()) {
            Ok(own) => match self.count_for_all(&own).await {
                Ok(shared) => return Ok(Some(Admitted { own, shared })),
                Err(over) => over,
            },
            Err(over) => over,
        };
        let mode = limits.mode();
        let detail = over.iter().map(Over::to_string).collect::<Vec<_>>().join(", ");
        report.over(&over, &detail, mode, &self.metrics);
        match mode {
            Mode::Enforce => Err(Answer::because(Outcome::Rejected(Reject::Limit), &detail)),
            // The limits did not count this SMS, so that they go on as if it had been rejected: that is what
            // `observe` is to show.
            Mode::Observe => Ok(None),
        }
    }

    /// Counts an SMS with those of all servers; `None` where the ledger counts for nobody else.
    ///
    /// # Errors
    /// The limits that are used up.
    async fn count_for_all(&self, own: &Reserved<'_>) -> Result<Option<Reservation>, Vec<Over>> {
        let (quotas, limits): (Vec<_>, Vec<_>) = own
            .charges()
            .map(|(name, limit)| {
                let Over { rate, .. } = limit;
                (Quota { name, max: rate.max, window: rate.window.length() }, limit)
            })
            .unzip();
        if quotas.is_empty() {
            return Ok(None);
        }
        match self.ledger.reserve(&quotas).await {
            Reserve::Counted(reservation) => Ok(Some(reservation)),
            Reserve::Alone => Ok(None),
            Reserve::Over(at) => Err(at.into_iter().filter_map(|at| limits.get(at).copied()).collect()),
        }
    }
}

/// An SMS that is counted. Dropping this takes the counts back, for an SMS that no provider took.
#[must_use = "a reservation that is dropped counts for nothing"]
pub(super) struct Admitted<'l> {
    own: Reserved<'l>,
    shared: Option<Reservation>,
}

impl Admitted<'_> {
    /// Makes the counts last, for an SMS that a provider took or may have taken.
    pub(super) fn keep(self) {
        self.own.keep();
        if let Some(shared) = self.shared {
            shared.keep();
        }
    }
}
