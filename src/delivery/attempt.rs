//! What an attempt is given beside the message: time limits, and a place for an answer that comes too late.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::fault::Verdict;

/// The result of connecting to a provider without sending a message, in words for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Connected {
    /// The provider would take messages, as far as that can be known without sending one.
    Fine(String),
    /// Nothing could be learned. The text says why.
    Untold(String),
}

/// The time that an attempt may take, counted from its start.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// The limit until the last byte of the message has left, for all stages before that together.
    pub attempt: Duration,
    /// The limit until the provider has answered. It is longer than `attempt` where no other provider would be asked
    /// anyway, because giving up at this point means not knowing whether the message was taken.
    pub total: Duration,
    /// A doubt ends the delivery (`on_doubt = "stop"`), so avoiding one is worth another round trip.
    pub stop_on_doubt: bool,
}

/// Where the answer of a provider goes if it comes after the attempt's time was up.
#[derive(Debug, Clone)]
pub struct Late {
    provider: Arc<str>,
    heard: mpsc::UnboundedSender<Acceptance>,
}

/// A provider took the message, though its answer came after the time of its attempt was up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// The provider's name in the configuration.
    pub provider: Arc<str>,
    /// The provider's own id for the message; `None` where its answer names no id.
    pub receipt: Option<String>,
}

/// How long an answer is waited for after the time of its attempt was up.
const LISTEN_FOR: Duration = Duration::from_secs(30);

impl Late {
    /// A late acceptance by the provider of this name goes to `heard`.
    pub(super) fn new(provider: &Arc<str>, heard: &mpsc::UnboundedSender<Acceptance>) -> Self {
        Self { provider: Arc::clone(provider), heard: heard.clone() }
    }

    /// For a caller that is not interested in late answers.
    #[must_use]
    pub fn unheard() -> Self {
        Self { provider: Arc::from(""), heard: mpsc::unbounded_channel().0 }
    }

    /// Waits for `answer` in the background: for 30 seconds, and not after the delivery is over.
    pub(super) fn listen(&self, answer: impl Future<Output = Option<Verdict>> + Send + 'static) {
        let Self { provider, heard } = self.clone();
        tokio::spawn(async move {
            let verdict = tokio::select! {
                verdict = tokio::time::timeout(LISTEN_FOR, answer) => verdict.ok().flatten(),
                () = heard.closed() => None,
            };
            if let Some(Verdict::Accepted { receipt }) = verdict {
                // This fails where the delivery is over by now, and then the answer changes nothing.
                let _ = heard.send(Acceptance { provider, receipt });
            }
        });
    }
}
