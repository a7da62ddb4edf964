//! What one attempt at a provider is given, and what it may give beside its verdict: time, and a place for late answers.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::fault::Verdict;

/// What came of connecting without sending anything, in words for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Connected {
    /// It would take messages, as far as that can be known.
    Fine(String),
    /// Why nothing is known.
    Untold(String),
}

/// The time an attempt may take, from its start.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Until the last byte of the message has left: all stages before it together.
    pub attempt: Duration,
    /// Until the provider has said what became of it. Longer than `attempt` where nobody else would be asked anyway:
    /// giving up in this stage means not knowing.
    pub total: Duration,
    /// A doubt ends the delivery: what can be done to avoid one is worth a round trip.
    pub stop_on_doubt: bool,
}

/// Where an answer goes that a provider gives after its time was up.
#[derive(Debug, Clone)]
pub struct Late {
    provider: Arc<str>,
    heard: mpsc::UnboundedSender<Acceptance>,
}

/// A provider took the message after all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// Its name in the configuration.
    pub provider: Arc<str>,
    /// Its own id for the message, where it gave one.
    pub receipt: Option<String>,
}

/// So long an answer is listened for after its time was up.
const LISTEN_FOR: Duration = Duration::from_secs(30);

impl Late {
    /// Acceptances by the provider of this name go to `heard`.
    pub(super) fn new(provider: &Arc<str>, heard: &mpsc::UnboundedSender<Acceptance>) -> Self {
        Self { provider: Arc::clone(provider), heard: heard.clone() }
    }

    /// For a caller who does not want to know.
    #[must_use]
    pub fn unheard() -> Self {
        Self { provider: Arc::from(""), heard: mpsc::unbounded_channel().0 }
    }

    /// Waits for `answer` in the background, as long as anybody wants to know.
    pub(super) fn listen(&self, answer: impl Future<Output = Option<Verdict>> + Send + 'static) {
        let Self { provider, heard } = self.clone();
        tokio::spawn(async move {
            let verdict = tokio::select! {
                verdict = tokio::time::timeout(LISTEN_FOR, answer) => verdict.ok().flatten(),
                () = heard.closed() => None,
            };
            if let Some(Verdict::Accepted { receipt }) = verdict {
                // Nobody wants to know any more: the message is settled.
                let _ = heard.send(Acceptance { provider, receipt });
            }
        });
    }
}
