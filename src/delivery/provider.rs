//! A provider: a transport under the name that the configuration gives it, with what is remembered of it.

use std::sync::Arc;
use std::time::Duration;

use super::api::Api;
use super::attempt::{Budget, Connected, Late};
use super::breaker::Breaker;
use super::evidence::Evidence;
use super::fault::{Fault, FaultKind, Stage, Verdict};
use super::outbox::Outbox;
use super::smtp::{Envelope, Mail, Relay};
use crate::message::{Email, Message};

/// A way to hand messages over. An enum and not a trait, because the set is closed: a new HTTP provider is a
/// definition, which is data.
#[derive(Debug, Clone)]
pub enum Transport {
    /// A mail server, spoken to over SMTP.
    Smtp(Relay),
    /// An HTTP API, described by its definition.
    Api(Box<Api>),
    /// Files in a directory, for trying things out.
    Outbox(Outbox),
}

/// A transport under the name that the configuration gives it, with what is remembered of it between messages.
#[derive(Debug, Clone)]
pub struct Provider {
    /// The name in the configuration: `main` in `[providers.main]`.
    pub name: Arc<str>,
    /// How messages are handed over.
    pub transport: Transport,
    /// How long an attempt may take until the last byte of the message has left, while another provider could be asked.
    pub attempt_timeout: Duration,
    /// The circuit breaker, which leaves the provider out while it fails. Clones share it.
    pub breaker: Arc<Breaker>,
    /// For which senders the provider accepted a message lately. Clones share it.
    pub evidence: Arc<Evidence>,
}

impl Provider {
    /// Connects and logs in without sending a message.
    ///
    /// # Errors
    /// The fault that would keep a message from getting through now.
    pub async fn connect(&self) -> Result<Connected, Fault> {
        match &self.transport {
            Transport::Smtp(relay) => relay.connect().await.map(Connected::Fine),
            Transport::Api(api) => api.connect().await,
            Transport::Outbox(outbox) => outbox.connect(),
        }
    }

    /// Whether a message that is handed over twice is sent once, because the requests carry an idempotency key.
    pub(super) fn is_idempotent(&self) -> bool {
        match &self.transport {
            Transport::Api(api) => api.is_idempotent(),
            // SMTP has no such key, and a server need not look at the Message-ID.
            Transport::Smtp(_) | Transport::Outbox(_) => false,
        }
    }

    /// Whether a mail is handed over in its serialised form, whatever it was made from.
    #[must_use]
    pub fn takes_serialised(&self) -> bool {
        matches!(self.transport, Transport::Smtp(_))
    }

    /// The sender by which this provider decides whether it takes a message: for a mail server the one in the envelope,
    /// for an API the one in `From`. Empty for an SMS without a sender.
    pub(super) fn sender<'m>(&self, message: &'m Message) -> &'m str {
        match (&self.transport, message) {
            (Transport::Smtp(_), Message::Email(mail)) => mail.envelope_from.as_ref(),
            (_, Message::Email(mail)) => mail.from.email.as_ref(),
            (_, Message::Sms(sms)) => sms.from.as_deref().unwrap_or_default(),
        }
    }

    /// Hands the message over, once, and says what came of it. `still_good` is asked before it goes out again over
    /// another session to a mail server.
    pub(super) async fn deliver<Good: Future<Output = bool>>(
        &self,
        still_good: impl Fn() -> Good,
        message: &Message,
        budget: Budget,
        late: &Late,
    ) -> Verdict {
        match (&self.transport, message) {
            (Transport::Smtp(relay), Message::Email(mail)) => {
                relay.deliver_while(still_good, &**mail, budget, late).await
            }
            (Transport::Api(api), message) => api.deliver(message, budget, late).await,
            (Transport::Outbox(outbox), message) => outbox.deliver(message),
            // The configuration refuses an SMTP provider for SMS, so this is never reached.
            (Transport::Smtp(_), Message::Sms(_)) => Verdict::Deferred(Fault::new(
                Stage::Connect,
                FaultKind::Account,
                "SMTP does not carry SMS: list only SMS providers under `[sms] providers`",
            )),
        }
    }
}

/// What the SMTP client needs to know of a mail, so that it need not know what a mail is made of.
impl<'m> From<&'m Email> for Mail<'m> {
    fn from(mail: &'m Email) -> Self {
        let without_smtputf8 = mail.ascii.as_deref().map(|ascii| Box::new(Self::from(ascii)));
        let envelope =
            Envelope { from: &mail.envelope_from, to: &mail.to, smtputf8: without_smtputf8.is_some() };
        Self { envelope, message: Arc::clone(mail.shared_wire()), without_smtputf8 }
    }
}
