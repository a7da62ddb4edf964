//! What an SMS must pass when its words are known: `max_segments` and `[sms.limits]`. Both are about its cost.

use tokio::time::Instant;

use super::Pipeline;
use super::report::Report;
use crate::decision::{Addressing, Plan};
use crate::limits::{Mode, Over, Reserved};
use crate::message::Message;
use crate::message::sms::Segments;
use crate::outcome::{Answer, Outcome, Reject};

impl Pipeline {
    /// Reserves a place under the limits for an SMS that is about to leave; `None` for a mail, and where limits are only
    /// observed.
    ///
    /// # Errors
    /// The answer `rejected`, for an SMS that is too long or over a limit. It is not `failed`: windows are longer than a code
    /// lives, so none of the eight attempts of Svix could succeed.
    pub(super) fn admit(
        &self,
        message: &Message,
        plan: &Plan<'_>,
        report: &Report,
    ) -> Result<Option<Reserved<'_>>, Answer> {
        let (Message::Sms(sms), Addressing::Sms { max_segments, .. }) = (message, &plan.addressing) else {
            return Ok(None);
        };
        // Looked at first, so that an SMS that never leaves takes no place under a limit, not even for a moment.
        let segments = Segments::of(&sms.text).count;
        if let Some(max) = max_segments.filter(|max| segments > *max) {
            let detail = format!("it has {segments}, and max_segments is {max}");
            return Err(Answer::because(Outcome::Rejected(Reject::TooLong), &detail));
        }
        let over = match self.limits.reserve(&sms.to, Instant::now().into_std()) {
            Ok(reserved) => return Ok(Some(reserved)),
            Err(over) => over,
        };
        let mode = self.limits.mode();
        let detail = over.iter().map(Over::to_string).collect::<Vec<_>>().join(", ");
        report.over(&over, &detail, mode, &self.metrics);
        match mode {
            Mode::Enforce => Err(Answer::because(Outcome::Rejected(Reject::Limit), &detail)),
            // The limits did not count this SMS, so that they go on as if it had been rejected: that is what
            // `observe` is to show.
            Mode::Observe => Ok(None),
        }
    }
}
