//! DKIM signatures, beside the line: one with an RSA key takes 0.5 ms, five times the rest of a message, and the line has
//! one thread.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::message::dkim::Signers;
use crate::message::{Email, Message};

/// Signs mails, no more at a time than there are processors: a burst must not start a thread for each mail.
#[derive(Debug)]
pub struct Signing {
    signers: Arc<Signers>,
    turns: Semaphore,
}

/// The mail could not be signed.
#[derive(Debug)]
pub(super) struct Unsigned;

impl Signing {
    /// Takes the keys of a configuration.
    #[must_use]
    pub fn new(signers: Signers) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { signers: Arc::new(signers), turns: Semaphore::new(processors) }
    }

    /// Signs a mail, once for all attempts, where its domain has keys.
    pub(super) async fn sign(&self, message: Message) -> Result<Message, Unsigned> {
        match message {
            Message::Email(mail) if self.signers.sign_for(&mail) => {
                self.beside_the_line(mail).await.map(Message::Email)
            }
            message => Ok(message),
        }
    }

    async fn beside_the_line(&self, mut mail: Box<Email>) -> Result<Box<Email>, Unsigned> {
        let _turn = self.turns.acquire().await;
        let signers = Arc::clone(&self.signers);
        let signed = spawn_blocking(move || signers.sign(&mut mail).map(|()| mail)).await;
        signed.map_err(|_| Unsigned)?.map_err(|_| Unsigned)
    }
}
