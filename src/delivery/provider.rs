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

/// Something that takes messages. A closed set: what is open (HTTP providers, templates) is data.
#[derive(Debug, Clone)]
pub enum Transport {
    /// A mail server.
    Smtp(Relay),
    /// An API, by its definition.
    Api(Box<Api>),
    /// Files in a directory.
    Outbox(Outbox),
}

/// A transport under the name that the configuration gives it.
#[derive(Debug, Clone)]
pub struct Provider {
    /// `main` in `[providers.main]`.
    pub name: Arc<str>,
    /// How it is reached.
    pub transport: Transport,
    /// What one attempt may take until the message has left.
    pub attempt_timeout: Duration,
    /// How it has fared. Clones share it.
    pub breaker: Arc<Breaker>,
    /// For which senders it accepted something lately. Clones share it.
    pub evidence: Arc<Evidence>,
}

impl Provider {
    /// Connects and shows who we are, without sending anything.
    ///
    /// # Errors
    /// No message would get through now.
    pub async fn connect(&self) -> Result<Connected, Fault> {
        match &self.transport {
            Transport::Smtp(relay) => relay.connect().await.map(Connected::Fine),
            Transport::Api(api) => api.connect().await,
            Transport::Outbox(outbox) => outbox.connect(),
        }
    }

    /// Whether a message that is handed over twice is sent once, because its requests carry an idempotency key.
    pub(super) fn is_idempotent(&self) -> bool {
        match &self.transport {
            Transport::Api(api) => api.is_idempotent(),
            Transport::Smtp(_) | Transport::Outbox(_) => false,
        }
    }

    /// The sender as this provider knows it, by which it refuses or accepts: the envelope's for a mail server.
    pub(super) fn sender<'m>(&self, message: &'m Message) -> &'m str {
        match (&self.transport, message) {
            (Transport::Smtp(_), Message::Email(mail)) => mail.envelope_from.as_ref(),
            (_, Message::Email(mail)) => mail.from.email.as_ref(),
            (_, Message::Sms(sms)) => sms.from.as_deref().unwrap_or_default(),
        }
    }

    pub(super) async fn deliver(&self, message: &Message, budget: Budget, late: &Late) -> Verdict {
        match (&self.transport, message) {
            (Transport::Smtp(relay), Message::Email(mail)) => relay.deliver(&**mail, budget, late).await,
            (Transport::Api(api), message) => api.deliver(message, budget, late).await,
            (Transport::Outbox(outbox), message) => outbox.deliver(message),
            // The configuration refuses such a pair.
            (Transport::Smtp(_), Message::Sms(_)) => Verdict::Deferred(Fault::new(
                Stage::Connect,
                FaultKind::Account,
                "does not serve this channel",
            )),
        }
    }
}

impl<'m> From<&'m Email> for Mail<'m> {
    fn from(mail: &'m Email) -> Self {
        let without_smtputf8 = mail.ascii.as_deref().map(|ascii| Box::new(Self::from(ascii)));
        let envelope =
            Envelope { from: &mail.envelope_from, to: &mail.to, smtputf8: without_smtputf8.is_some() };
        Self { envelope, message: mail.wire(), without_smtputf8 }
    }
}
