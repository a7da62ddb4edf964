//! What the answer of providers means: for Svix, and for the ledger.

use crate::decision::Plan;
use crate::decision::policy::OnDoubt;
use crate::delivery::{Delivered, FaultKind, Verdict};
use crate::ledger::{Record, Settled};
use crate::outcome::{Answer, Fail, Outcome, Reject};

/// The answer to Svix, from what the providers said. `expired`: the code or link inside has died meanwhile.
pub(crate) fn answer(delivered: &Delivered<'_>, plan: &Plan<'_>, expired: bool, template: String) -> Answer {
    let template = Some(template);
    let Some((verdict, provider)) = &delivered.verdict else {
        let outcome = if expired { Outcome::Expired } else { Outcome::Failed(Fail::Deadline) };
        return Answer { template, ..outcome.into() };
    };
    let outcome = match verdict {
        Verdict::Accepted { .. } => Outcome::Accepted,
        Verdict::Rejected(_) => Outcome::Rejected(Reject::Recipient),
        // The code has died while providers were asked. A retry could only deliver a dead code.
        Verdict::Refused(_) | Verdict::Deferred(_) if expired => Outcome::Expired,
        Verdict::Refused(fault) => Outcome::Rejected(match fault.kind {
            FaultKind::Recipient => Reject::Recipient,
            FaultKind::Content => Reject::Content,
            _ => Reject::Account,
        }),
        Verdict::InDoubt(_) if plan.on_doubt == OnDoubt::Stop => Outcome::InDoubt,
        Verdict::InDoubt(_) => Outcome::Failed(Fail::Unknown),
        Verdict::Deferred(fault) => Outcome::Failed(fault.kind.into()),
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

/// The ledger's record of an answer; `None` where there was nothing to send, which leaves no record.
pub(super) fn record(answer: &Answer) -> Option<Record> {
    Some(Record {
        settled: match answer.outcome {
            Outcome::Accepted => Settled::Accepted,
            Outcome::InDoubt => Settled::InDoubt,
            Outcome::Rejected(_) => Settled::Rejected,
            Outcome::Expired => Settled::Expired,
            Outcome::Skipped(_) => return None,
            _ => Settled::Failed,
        },
        reason: answer.reason,
        provider: answer.provider.clone(),
        receipt: answer.provider_message_id.clone(),
        attempts: answer.attempts.unwrap_or(0),
    })
}
