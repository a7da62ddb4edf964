//! What the answer of providers means: for Svix, and for the ledger.

use crate::decision::Plan;
use crate::decision::policy::OnDoubt;
use crate::delivery::{Delivered, FaultKind, Verdict};
use crate::ledger::{Record, Settled, Tried};
use crate::outcome::{Answer, Fail, Outcome, Reject};

/// The answer to Svix, from what the providers said. `stale`: why the message is not worth sending any more; `None` while it
/// is.
pub(crate) fn answer(
    delivered: &Delivered<'_>,
    plan: &Plan<'_>,
    stale: Option<Outcome>,
    template: String,
) -> Answer {
    let template = Some(template);
    let Some((verdict, provider)) = &delivered.verdict else {
        return Answer { template, ..stale.unwrap_or(Outcome::Failed(Fail::Deadline)).into() };
    };
    let outcome = match (verdict, stale) {
        (Verdict::Accepted { .. }, _) => Outcome::Accepted,
        (Verdict::Rejected(_), _) => Outcome::Rejected(Reject::Recipient),
        // The code has died, or a newer one was accepted, while providers were asked: a retry could only deliver an old code.
        // Or an earlier request heard that the message was taken: a retry could only deliver it again.
        (Verdict::Refused(_) | Verdict::Deferred(_), Some(stale)) => stale,
        (Verdict::Refused(fault), None) => Outcome::Rejected(match fault.kind {
            FaultKind::Recipient => Reject::Recipient,
            FaultKind::Content => Reject::Content,
            _ => Reject::Account,
        }),
        (Verdict::InDoubt(_), _) if plan.on_doubt == OnDoubt::Stop => Outcome::InDoubt,
        (Verdict::InDoubt(_), _) => Outcome::Failed(Fail::Unknown),
        (Verdict::Deferred(fault), None) => Outcome::Failed(fault.kind.into()),
    };
    let base = match (verdict.fault(), delivered.faults.as_slice()) {
        (None, _) => outcome.into(),
        // The name of a single provider is in the answer's `provider`, so the sentence need not repeat it.
        (Some(fault), [] | [_]) => Answer::because(outcome, fault),
        (Some(_), all) => {
            let all: Vec<_> = all.iter().map(|(name, fault)| format!("{name}: {fault}")).collect();
            Answer::because(outcome, &all.join("; "))
        }
    };
    let receipt = if let Verdict::Accepted { receipt } = verdict { receipt.clone() } else { None };
    Answer {
        provider: Some(provider.to_string()),
        provider_message_id: receipt,
        attempts: Some(delivered.attempts),
        template,
        ..base
    }
}

/// The ledger's record of an answer, after these attempts; `None` where there was nothing to send, or nothing any more, which leaves no record.
pub(super) fn record(answer: &Answer, tried: Vec<Tried>) -> Option<Record> {
    Some(Record {
        settled: match answer.outcome {
            Outcome::Accepted => Settled::Accepted,
            Outcome::InDoubt => Settled::InDoubt,
            Outcome::Rejected(_) => Settled::Rejected,
            Outcome::Expired => Settled::Expired,
            Outcome::Superseded => Settled::Superseded,
            // The record of a duplicate is there already: that of the acceptance.
            Outcome::Skipped(_) | Outcome::Duplicate => return None,
            _ => Settled::Failed,
        },
        reason: answer.reason,
        provider: answer.provider.clone(),
        receipt: answer.provider_message_id.clone(),
        attempts: answer.attempts.unwrap_or(0),
        tried,
    })
}
