//! What became of a request, and the one table from it to the status, header and sentence that Svix and the person
//! who reads Clerk's dashboard get.

use std::borrow::Cow;

use serde::Serialize;

use crate::delivery::FaultKind;

/// The word for what became of a request: `outcome` in the answer, the log and the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// A provider took responsibility.
    Accepted,
    /// Accepted before.
    Duplicate,
    /// Another event type.
    Ignored,
    /// Nothing is to be sent.
    Skipped(Skip),
    /// The code or link inside is dead.
    Expired,
    /// No retry can help.
    Rejected(Reject),
    /// A retry can help.
    Failed(Fail),
    /// A provider may have taken it, and `on_doubt = "stop"`.
    InDoubt,
    /// The same message is being delivered right now.
    InProgress,
    /// Too many requests at a time, or shutting down.
    Overloaded,
    /// Not signed by Clerk, or not recently.
    Unauthorized,
    /// No event of Clerk's.
    Malformed,
    /// A body over the limit.
    TooLarge,
}

/// Why nothing is to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Skip {
    /// Clerk sends this one itself.
    DeliveredByClerk,
    /// Clerk's test addresses and numbers.
    TestRecipient,
    /// No recipient in the event, or nothing to say.
    NothingToSend,
    /// `send = false`
    SwitchedOff,
    /// Staging: not in `allow_recipients`.
    NotAllowed,
}

/// Why no retry can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reject {
    /// The event's recipient is no address or number.
    InvalidRecipient,
    /// `action = "block"`
    BlockedCountry,
    /// Over one of `[sms.limits]`.
    Limit,
    /// More segments than `max_segments`.
    TooLong,
    /// A provider said that this recipient doesn't exist, or can never get such a message.
    Recipient,
    /// Every provider refused this message for what it contains.
    Content,
    /// Every provider refused to send to this recipient for us: geographic permissions, no route, its own list of those who
    /// opted out.
    Account,
}

/// Why it did not work this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fail {
    /// The network, TLS, or a server that closed or answered "later".
    ProviderDown,
    /// Too much for the provider right now.
    Throttled,
    /// The provider refuses our credentials.
    Credentials,
    /// The provider refuses our sender, account or set-up, or refuses without saying whom it means.
    Account,
    /// No answer in time.
    Deadline,
    /// None is configured.
    NoProvider,
    /// A template failed, and `on_error = "fail"` or the event holds no words of Clerk's.
    Template,
    /// A provider may have taken it, or not.
    Unknown,
    /// A fault of our own.
    Internal,
}

impl Outcome {
    /// The contract's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Ignored => "ignored",
            Self::Skipped(_) => "skipped",
            Self::Expired => "expired",
            Self::Rejected(_) => "rejected",
            Self::Failed(_) => "failed",
            Self::InDoubt => "in_doubt",
            Self::InProgress => "in_progress",
            Self::Overloaded => "overloaded",
            Self::Unauthorized => "unauthorized",
            Self::Malformed => "malformed",
            Self::TooLarge => "too_large",
        }
    }

    /// The contract's `reason`, for those that have one.
    #[must_use]
    pub fn reason(self) -> Option<&'static str> {
        Some(match self {
            Self::Skipped(Skip::DeliveredByClerk) => "delivered_by_clerk",
            Self::Skipped(Skip::TestRecipient) => "test_recipient",
            Self::Skipped(Skip::NothingToSend) => "nothing_to_send",
            Self::Skipped(Skip::SwitchedOff) => "switched_off",
            Self::Skipped(Skip::NotAllowed) => "not_allowed",
            Self::Rejected(Reject::InvalidRecipient) => "invalid_recipient",
            Self::Rejected(Reject::BlockedCountry) => "blocked_country",
            Self::Rejected(Reject::Recipient) => "recipient",
            Self::Rejected(Reject::Limit) => "limit",
            Self::Rejected(Reject::Content | Reject::TooLong) => "content",
            Self::Failed(Fail::ProviderDown) => "provider_down",
            Self::Failed(Fail::Throttled) => "throttled",
            Self::Failed(Fail::Credentials) => "credentials",
            Self::Rejected(Reject::Account) | Self::Failed(Fail::Account) => "account",
            Self::Failed(Fail::Deadline) => "deadline",
            Self::Failed(Fail::NoProvider) => "no_provider",
            Self::Failed(Fail::Template) => "template",
            Self::Failed(Fail::Unknown) => "unknown",
            Self::Failed(Fail::Internal) => "internal",
            _ => return None,
        })
    }

    /// The HTTP status. Never 429, which Svix answers with a longer wait than a 503, and never 410.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::Accepted | Self::Duplicate | Self::Ignored | Self::Skipped(_) => 200,
            Self::Expired | Self::Rejected(_) | Self::InDoubt => 422,
            Self::Failed(_) | Self::InProgress | Self::Overloaded => 503,
            Self::Unauthorized => 401,
            Self::Malformed => 400,
            Self::TooLarge => 413,
        }
    }

    /// Whether Svix is told to stop trying (`webhook-delivery: abort-message`,
    /// <https://docs.svix.com/receiving/delivery-control>).
    #[must_use]
    pub fn aborts(self) -> bool {
        self.status() == 422
    }

    /// One sentence for the person who reads the attempt in Clerk's dashboard.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Accepted => "A provider took the message.",
            Self::Duplicate => "This message was accepted before; nothing was sent again.",
            Self::Ignored => {
                "This event type is not delivered by clerk-courier: subscribe the endpoint to email.created and sms.created only."
            }
            Self::Skipped(skip) => skip.sentence(),
            Self::Expired => {
                "The code or link inside is no longer valid, so it was not sent: the person can ask for a new one."
            }
            Self::Rejected(reject) => reject.sentence(),
            Self::Failed(fail) => fail.sentence(),
            Self::InDoubt => {
                "A provider may have taken the message and did not say; with on_doubt = \"stop\" it is not sent again."
            }
            Self::InProgress => "The same message is being delivered right now; the next attempt will tell.",
            Self::Overloaded => {
                "Too many messages at once, or the service is restarting; the next attempt will do."
            }
            Self::Unauthorized => "The signature was not accepted.",
            Self::Malformed => "This is no event of Clerk's.",
            Self::TooLarge => "The body is over 2 MiB, which no event of Clerk's is.",
        }
    }
}

impl Skip {
    fn sentence(self) -> &'static str {
        match self {
            Self::DeliveredByClerk => {
                "Clerk delivers this one itself: switch off \"Delivered by Clerk\" for the template to have it sent from here. \
                 (The dashboard's example event always says so.)"
            }
            Self::TestRecipient => {
                "This is one of Clerk's test recipients, which get no messages (clerk.skip_test_recipients)."
            }
            Self::NothingToSend => "The event names no recipient, or has nothing to say.",
            Self::SwitchedOff => "The configuration switches this template off (send = false).",
            Self::NotAllowed => "The recipient is not in allow_recipients.",
        }
    }
}

impl Reject {
    fn sentence(self) -> &'static str {
        match self {
            Self::InvalidRecipient => "The recipient is no valid address or number.",
            Self::BlockedCountry => "The configuration blocks the country of this number.",
            Self::Limit => {
                "A limit of [sms.limits], or of its country, is used up: raise it and replay the message if such traffic is wanted."
            }
            Self::TooLong => {
                "The text would cost more segments than max_segments allows: shorten its template, or raise max_segments."
            }
            Self::Recipient => {
                "The provider says that this address or number can't receive messages: the person has to give another one."
            }
            Self::Content => {
                "Every provider that was asked refused this message for what it contains: change the words or the size of its template, then replay it."
            }
            Self::Account => {
                "Every provider that was asked refuses to send to this recipient for our account: allow the country there, or look for the recipient on the provider's list of those who opted out or bounced."
            }
        }
    }
}

impl Fail {
    fn sentence(self) -> &'static str {
        match self {
            Self::ProviderDown => {
                "No provider could be reached or would take it now; the next attempt may work."
            }
            Self::Throttled => {
                "The provider takes no more messages from us for now; the next attempt may work. If this lasts, raise the rate or the quota at the provider."
            }
            Self::Credentials => {
                "The provider refused our credentials: check the user name, password or token in the configuration."
            }
            Self::Account => {
                "The provider refused our sender, account or server, or refused without a reason: look at its reply, and check the sender, its domain and the account at the provider."
            }
            Self::Deadline => "No provider answered in time; the next attempt may work.",
            Self::NoProvider => "No provider or sender is configured for this channel.",
            Self::Template => {
                "The template failed, and nothing went out in its place: on_error is \"fail\", or the event holds no text of Clerk's. Fix the template; the next attempt uses it."
            }
            Self::Unknown => {
                "A provider may have taken the message and did not say; the next attempt sends it again (on_doubt)."
            }
            Self::Internal => "A fault of the service itself: its log says more.",
        }
    }
}

impl From<FaultKind> for Fail {
    fn from(kind: FaultKind) -> Self {
        match kind {
            FaultKind::Recipient | FaultKind::Content | FaultKind::Unavailable => Self::ProviderDown,
            FaultKind::Throttled => Self::Throttled,
            FaultKind::Credentials => Self::Credentials,
            FaultKind::Account => Self::Account,
            FaultKind::Timeout => Self::Deadline,
        }
    }
}

/// The JSON that Svix gets, and keeps: never a code, link, secret, subject or whole address.
#[derive(Debug, Clone, Serialize)]
pub struct Answer {
    /// What became of it.
    #[serde(serialize_with = "word")]
    pub outcome: Outcome,
    /// One sentence that the reader can act on.
    pub message: Cow<'static, str>,
    /// Why, in one word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// The provider asked last, by its name in the configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// That provider's id for the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_message_id: Option<String>,
    /// Providers asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    /// `slug/locale`, or `clerk`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn word<S: serde::Serializer>(outcome: &Outcome, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(outcome.as_str())
}

impl From<Outcome> for Answer {
    fn from(outcome: Outcome) -> Self {
        Self {
            outcome,
            message: Cow::Borrowed(outcome.sentence()),
            reason: outcome.reason(),
            provider: None,
            provider_message_id: None,
            attempts: None,
            template: None,
        }
    }
}

impl Answer {
    /// The outcome's sentence and what was found in this case.
    #[must_use]
    pub fn because(outcome: Outcome, detail: &impl std::fmt::Display) -> Self {
        Self { message: format!("{} ({detail})", outcome.sentence()).into(), ..Self::from(outcome) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Outcome; 17] = [
        Outcome::Accepted,
        Outcome::Duplicate,
        Outcome::Ignored,
        Outcome::Skipped(Skip::DeliveredByClerk),
        Outcome::Expired,
        Outcome::Rejected(Reject::Recipient),
        Outcome::Rejected(Reject::Content),
        Outcome::Rejected(Reject::Limit),
        Outcome::Rejected(Reject::TooLong),
        Outcome::Failed(Fail::Unknown),
        Outcome::Failed(Fail::NoProvider),
        Outcome::InDoubt,
        Outcome::InProgress,
        Outcome::Overloaded,
        Outcome::Unauthorized,
        Outcome::Malformed,
        Outcome::TooLarge,
    ];

    /// The table of the README, which users and Svix rely on.
    #[test]
    fn the_table_of_answers() {
        let table: Vec<_> = ALL
            .into_iter()
            .map(|outcome| {
                let abort = if outcome.aborts() { " abort" } else { "" };
                format!(
                    "{} {:?} {}{abort}",
                    outcome.as_str(),
                    outcome.reason().unwrap_or("-"),
                    outcome.status()
                )
            })
            .collect();
        insta::assert_snapshot!(table.join("\n"), @r#"
        accepted "-" 200
        duplicate "-" 200
        ignored "-" 200
        skipped "delivered_by_clerk" 200
        expired "-" 422 abort
        rejected "recipient" 422 abort
        rejected "content" 422 abort
        rejected "limit" 422 abort
        rejected "content" 422 abort
        failed "unknown" 503
        failed "no_provider" 503
        in_doubt "-" 422 abort
        in_progress "-" 503
        overloaded "-" 503
        unauthorized "-" 401
        malformed "-" 400
        too_large "-" 413
        "#);
    }

    #[test]
    fn an_answer_leaves_out_what_does_not_apply() {
        let json = serde_json::to_string(&Answer::from(Outcome::Duplicate)).unwrap();
        assert_eq!(
            json,
            r#"{"outcome":"duplicate","message":"This message was accepted before; nothing was sent again."}"#
        );
    }

    /// Each outcome, with each of its reasons, has a row in `docs/ANSWERS.md` that names its status.
    #[test]
    fn the_documentation_has_every_answer() {
        const DOCUMENTED: &str = include_str!("../docs/ANSWERS.md");
        let skips = [Skip::DeliveredByClerk, Skip::TestRecipient, Skip::NothingToSend, Skip::SwitchedOff];
        let skips = skips.into_iter().chain([Skip::NotAllowed]).map(Outcome::Skipped);
        let rejects = [Reject::InvalidRecipient, Reject::BlockedCountry, Reject::Recipient, Reject::Account];
        let fails = [Fail::ProviderDown, Fail::Throttled, Fail::Credentials, Fail::Account, Fail::Deadline];
        let fails = fails.into_iter().chain([Fail::Template, Fail::Internal]).map(Outcome::Failed);
        let all = ALL.into_iter().chain(skips).chain(rejects.map(Outcome::Rejected)).chain(fails);
        for outcome in all {
            let reason = outcome.reason().map_or_else(|| "–".to_owned(), |reason| format!("`{reason}`"));
            let abort = if outcome.aborts() { ", abort" } else { "" };
            let row = format!("| `{}` | {reason} | {}{abort} | ", outcome.as_str(), outcome.status());
            assert!(DOCUMENTED.contains(&row), "docs/ANSWERS.md wants this row:\n{row}");
        }
    }
}
