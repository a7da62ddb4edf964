//! What happened to a request, and the one table that turns it into the answer: the status and header for Svix, and the
//! sentence for the developer who reads the attempt in Clerk's dashboard.

use std::borrow::Cow;

use serde::Serialize;

use crate::delivery::fault::FaultKind;

/// What happened to a request. The answer, the log and the metrics all call it `outcome`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// A provider took responsibility for the message. Whether it reached the recipient is not known yet.
    Accepted,
    /// A provider accepted this message earlier, so nothing was sent again.
    Duplicate,
    /// A newer code or link for the same recipient and template was accepted already, so this older one was not sent.
    Superseded,
    /// The event says something of a user's language, which is kept, or forgotten with the user.
    Noted,
    /// The event is of a type that this service does not deliver.
    Ignored,
    /// The message is not meant to be sent from here, for the reason inside.
    Skipped(Skip),
    /// The code or link in the message is no longer valid, so sending it would only mislead the user.
    Expired,
    /// The message can't be delivered, and a retry would end the same way.
    Rejected(Reject),
    /// The message was not delivered this time, and a retry can help.
    Failed(Fail),
    /// A provider may have taken the message, and `on_doubt = "stop"`, so it must not be sent again.
    InDoubt,
    /// Another request is delivering the same message right now.
    InProgress,
    /// The service is handling as many messages as it may, or is shutting down.
    Overloaded,
    /// None of the configured secrets signed the request, or its timestamp is too far from this server's clock.
    Unauthorized,
    /// Headers are missing, or the body can't be read as a Clerk event.
    Malformed,
    /// The body is larger than any that Clerk sends.
    TooLarge,
}

/// Why a message is not meant to be sent from here. Answered with 200, so that Svix does not try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Skip {
    /// The event says that Clerk sends the message itself (`delivered_by_clerk`).
    DeliveredByClerk,
    /// The recipient is one of Clerk's test addresses or numbers, which nobody reads.
    TestRecipient,
    /// The event names no recipient, or neither a template nor Clerk has any text for it.
    NothingToSend,
    /// The configuration switches the template off with `send = false`.
    SwitchedOff,
    /// The recipient is not in `allow_recipients`, the list that keeps staging from reaching real people.
    NotAllowed,
}

/// Why a message can't be delivered, now or later. Answered with 422, which stops Svix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reject {
    /// The event's recipient can't be read as one email address or phone number.
    InvalidRecipient,
    /// The configuration blocks the country of the number with `action = "block"`.
    BlockedCountry,
    /// One of the limits in `[sms.limits]` is used up.
    Limit,
    /// The SMS would take more segments than `max_segments` allows.
    TooLong,
    /// A provider said that this recipient doesn't exist, or can never receive such a message.
    Recipient,
    /// Every provider that was asked refused the content of this message.
    Content,
    /// Every provider that was asked refuses to send to this recipient from our account: the country is not allowed
    /// there, there is no route, or the recipient is on the provider's own list of opt-outs.
    Account,
}

/// Why a message was not delivered this time. Answered with 503, so that Svix brings it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fail {
    /// The network or TLS failed, or the provider closed the connection or answered "later".
    ProviderDown,
    /// The provider accepts no more messages from us for now.
    Throttled,
    /// The provider refuses the user name, password or token.
    Credentials,
    /// The provider refuses our sender, account or server, or refuses without saying what it objects to.
    Account,
    /// No provider answered before the request's deadline.
    Deadline,
    /// The channel has no provider, or mail has no sender.
    NoProvider,
    /// A template failed, and nothing could stand in for it: `on_error = "fail"`, or the event has no text from Clerk.
    Template,
    /// A provider may have taken the message, and under `on_doubt = "resend"` the next attempt sends it again.
    Unknown,
    /// The service itself failed, without any provider being at fault.
    Internal,
}

impl Outcome {
    /// The word for this outcome in answers, log lines and metrics. Users filter by it, so it never changes.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Superseded => "superseded",
            Self::Noted => "noted",
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

    /// The `reason` beside the outcome, in one fixed word. `None` where the outcome says everything itself.
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
            // One is the provider's limit and the other our own: both are corrected in the template.
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

    /// The HTTP status, chosen for what Svix does with it.
    ///
    /// Never 429, after which Svix waits longer than after a 503, and never 410.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::Accepted
            | Self::Duplicate
            | Self::Superseded
            | Self::Noted
            | Self::Ignored
            | Self::Skipped(_) => 200,
            Self::Expired | Self::Rejected(_) | Self::InDoubt => 422,
            Self::Failed(_) | Self::InProgress | Self::Overloaded => 503,
            Self::Unauthorized => 401,
            Self::Malformed => 400,
            Self::TooLarge => 413,
        }
    }

    /// Whether the answer carries `webhook-delivery: abort-message`, which makes Svix stop trying
    /// (<https://docs.svix.com/receiving/delivery-control>).
    #[must_use]
    pub fn aborts(self) -> bool {
        self.status() == 422
    }

    /// What the developer reads in Clerk's dashboard: what happened, and what to do about it.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Accepted => "A provider accepted the message.",
            Self::Duplicate => "A provider accepted this message earlier, so nothing was sent again.",
            Self::Superseded => {
                "A provider accepted a newer code or link for the same recipient and template, so this older one was not sent."
            }
            Self::Noted => "What this event says of the user's language was noted. Nothing is sent for it.",
            Self::Ignored => {
                "clerk-courier does not use this type of event. In Clerk's dashboard, subscribe the endpoint to email.created, sms.created, user.created, user.updated and user.deleted only."
            }
            Self::Skipped(skip) => skip.sentence(),
            Self::Expired => {
                "The code or link in this message is no longer valid, so nothing was sent. The user can ask for a new one."
            }
            Self::Rejected(reject) => reject.sentence(),
            Self::Failed(fail) => fail.sentence(),
            Self::InDoubt => {
                "A provider may have taken the message, but did not confirm it. It is not sent again, because \
                 on_doubt is \"stop\". Look for it at the provider; the user can ask for a new one."
            }
            Self::InProgress => {
                "The same message is being delivered right now. The next attempt gets the result."
            }
            Self::Overloaded => {
                "The service is handling too many messages at once, or is restarting. The next attempt may work."
            }
            Self::Unauthorized => "The signature of this webhook is not valid, so nothing was sent.",
            Self::Malformed => "This request can't be read as a webhook from Clerk.",
            Self::TooLarge => "The body is over 2 MiB, larger than any event that Clerk sends.",
        }
    }
}

impl Skip {
    fn sentence(self) -> &'static str {
        match self {
            Self::DeliveredByClerk => {
                "Clerk delivers this message itself. To have it sent from here, switch off \"Delivered by Clerk\" for its \
                 template in Clerk's dashboard. (The dashboard's example event always says that Clerk delivers it.)"
            }
            Self::TestRecipient => {
                "The recipient is one of Clerk's test recipients, so nothing was sent. To send to them, set \
                 clerk.skip_test_recipients = false."
            }
            Self::NothingToSend => {
                "The event names no recipient, or there is nothing to send: neither a template \
                 nor text from Clerk."
            }
            Self::SwitchedOff => {
                "The configuration switches this template off, so nothing was sent. To send it, remove send = false."
            }
            Self::NotAllowed => {
                "The recipient is not in allow_recipients, so nothing was sent. To send to \
                 everybody, empty that list."
            }
        }
    }
}

impl Reject {
    fn sentence(self) -> &'static str {
        match self {
            Self::InvalidRecipient => {
                "The recipient is not a valid email address or phone number, so nothing was \
                 sent. The user has to give another one."
            }
            Self::BlockedCountry => {
                "The configuration blocks the country of this number (action = \"block\"), so nothing was sent. To \
                 send there, remove the country from that entry."
            }
            Self::Limit => {
                "A limit in [sms.limits], or of the number's country, is used up. If this traffic is wanted, raise the limit and replay the message."
            }
            Self::TooLong => {
                "The SMS would take more segments than max_segments allows. Shorten its template, or raise max_segments."
            }
            Self::Recipient => {
                "The provider says that this address or number can't receive messages. The user has to give another one."
            }
            Self::Content => {
                "Every provider that was asked refused the content of this message. Change the words or the size of its template, then replay the message."
            }
            Self::Account => {
                "Every provider that was asked refuses to send to this recipient from the configured account. Allow the country at the provider, or look for the recipient on its list of opt-outs and bounces."
            }
        }
    }
}

impl Fail {
    fn sentence(self) -> &'static str {
        match self {
            Self::ProviderDown => {
                "No provider could be reached or would take the message now. The next attempt may work; if this lasts, look at the provider's status page."
            }
            Self::Throttled => {
                "The provider takes no more messages for now. The next attempt may work; if this lasts, raise the rate limit or the quota at the provider."
            }
            Self::Credentials => {
                "The provider refused the credentials. Check the user name, password or token in the configuration."
            }
            Self::Account => {
                "The provider refused the sender, the account or this server, or gave no reason. Look at its reply, and check the sender, its domain and the account at the provider."
            }
            Self::Deadline => "No provider answered in time. The next attempt may work.",
            Self::NoProvider => {
                "This channel has no provider or no sender. Set `providers` and `from` under [email] or [sms]."
            }
            Self::Template => {
                "The template failed, and nothing was sent in its place: on_error is \"fail\", or the event has no text from Clerk. Fix the template; the next attempt uses it."
            }
            Self::Unknown => {
                "A provider may have taken the message, but did not confirm it. The next attempt sends it again, because on_doubt is \"resend\"."
            }
            Self::Internal => "clerk-courier itself failed. Look for the reason in its log.",
        }
    }
}

impl From<FaultKind> for Fail {
    fn from(kind: FaultKind) -> Self {
        match kind {
            // A fault of the recipient or the content that is not for good, such as a full mailbox, may pass like an outage.
            FaultKind::Recipient | FaultKind::Content | FaultKind::Unavailable => Self::ProviderDown,
            FaultKind::Throttled => Self::Throttled,
            FaultKind::Credentials => Self::Credentials,
            FaultKind::Account => Self::Account,
            FaultKind::Timeout => Self::Deadline,
        }
    }
}

/// Where the language of a message comes from: beside an answer, for the workshop alone.
#[derive(Debug, Clone, Copy)]
pub struct LanguageSource(pub &'static str);

/// The JSON that Svix gets. Svix keeps it, so it never holds a code, link, secret, subject or whole address.
#[derive(Debug, Clone, Serialize)]
pub struct Answer {
    /// What happened to the message, as one of the fixed words.
    #[serde(serialize_with = "word")]
    pub outcome: Outcome,
    /// What happened and what to do about it, for the developer who reads the attempt in Clerk's dashboard.
    pub message: Cow<'static, str>,
    /// Why, in one fixed word; left out where the outcome says everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// The name of the provider whose verdict stands, as in the configuration; left out where none was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// That provider's own id for the message, which its support asks for; left out unless the message was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_message_id: Option<String>,
    /// How many attempts were made; a provider that was asked twice counts twice. Left out where none was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    /// The template that was used, as `slug/locale`, or `clerk` for Clerk's own text. Left out before one was rendered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Where the language of the words comes from, for the workshop alone; `None` before a message was made.
    #[serde(skip)]
    pub language_from: Option<LanguageSource>,
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
            language_from: None,
        }
    }
}

impl Answer {
    /// The answer for `outcome`, with what was found in this case in brackets after its sentence.
    #[must_use]
    pub fn because(outcome: Outcome, detail: &impl std::fmt::Display) -> Self {
        Self { message: format!("{} ({detail})", outcome.sentence()).into(), ..Self::from(outcome) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Outcome; 19] = [
        Outcome::Accepted,
        Outcome::Duplicate,
        Outcome::Superseded,
        Outcome::Noted,
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

    /// The table of answers in the documentation, which users and Svix rely on.
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
        superseded "-" 200
        noted "-" 200
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
            r#"{"outcome":"duplicate","message":"A provider accepted this message earlier, so nothing was sent again."}"#
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
