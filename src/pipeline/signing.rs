//! DKIM signatures, beside the line: one with an RSA key takes 0.5 ms, five times as long as the rest of a message, and
//! the line has one thread.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::message::dkim::Signers;
use crate::message::{Email, Message};

/// Signs mails on threads of its own, as many as there are processors. Tokio's blocking threads won't do: resolving names
/// takes them too, so a resolver that hangs would keep mails from being signed.
#[derive(Debug)]
pub struct Signing {
    signers: Arc<Signers>,
    jobs: Sender<Job>,
}

/// A mail to be signed, and the one who waits for it.
#[derive(Debug)]
struct Job {
    mail: Box<Email>,
    answer: oneshot::Sender<Result<Box<Email>, SignError>>,
}

/// The mail could not be signed.
#[derive(Debug)]
pub(super) struct SignError;

impl Signing {
    /// Starts the threads that sign, if there are any keys.
    #[must_use]
    pub fn new(signers: Signers) -> Self {
        let signers = Arc::new(signers);
        let (jobs, queue) = mpsc::channel();
        // Without keys there is nothing to sign, and the threads would wait for ever.
        if !signers.is_empty() {
            let queue = Arc::new(Mutex::new(queue));
            let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
            for _ in 0..processors {
                let (queue, signers) = (Arc::clone(&queue), Arc::clone(&signers));
                let started =
                    std::thread::Builder::new().name("dkim".into()).spawn(move || work(&queue, &signers));
                if let Err(error) = started {
                    tracing::error!(%error, "a thread that signs mails (DKIM) could not be started: check the \
                                             process's limit on threads");
                }
            }
        }
        Self { signers, jobs }
    }

    /// Signs a mail whose domain has keys, once for all attempts. Any other message comes back as it was.
    pub(super) async fn sign(&self, message: Message) -> Result<Message, SignError> {
        match message {
            Message::Email(mail) if self.signers.sign_for(&mail) => {
                self.beside_the_line(mail).await.map(Message::Email)
            }
            message => Ok(message),
        }
    }

    async fn beside_the_line(&self, mail: Box<Email>) -> Result<Box<Email>, SignError> {
        let (answer, signed) = oneshot::channel();
        // Without a thread the job is dropped, and `answer` with it: then the receiver below gets an error.
        let _ = self.jobs.send(Job { mail, answer });
        signed.await.map_err(|_| SignError)?
    }
}

/// Signs one mail after the other, until the last sender of jobs is gone.
fn work(queue: &Mutex<Receiver<Job>>, signers: &Signers) {
    loop {
        // The lock is let go at the end of this statement: one thread waits for a job, while the others sign.
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { mut mail, answer }) = job else { return };
        let signed = signers.sign(&mut mail).map_err(|_| SignError);
        let _ = answer.send(signed.map(|()| mail));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::key::PrivateKey;
    use crate::message::dkim::Signer;

    const KEY: &str = include_str!("../../tests/fixtures/dkim-rsa.pem");

    fn mail() -> Message {
        Message::Email(Box::new(Email {
            id: "ema_1".into(),
            from: "login@acme.example".parse().unwrap(),
            envelope_from: "bounces@acme.example".parse().unwrap(),
            to: "mira@mail.example".parse().unwrap(),
            reply_to: None,
            subject: "Your code".into(),
            html: None,
            text: Some("418273".into()),
            redirected_from: None,
            provider_settings: Vec::new(),
            language: None,
            extra_headers: Vec::new(),
            date: UNIX_EPOCH,
            ascii: None,
            wire: OnceLock::new(),
        }))
    }

    #[test]
    fn mails_are_signed_while_every_blocking_thread_hangs() {
        let key = PrivateKey::from_pem(KEY).unwrap();
        let (domain, selector) = ("acme.example".to_owned(), "s".to_owned());
        let signing =
            Signing::new(Signers::new(vec![Signer { domain, selector, key, sign_message_id: false }]));
        let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
        let (hang, until) = mpsc::channel::<()>();
        let (hanging, hangs) = mpsc::channel();
        runtime.spawn_blocking(move || {
            let _ = hanging.send(());
            let _ = until.recv();
        });
        hangs.recv().unwrap();
        let Ok(Message::Email(mail)) = runtime.block_on(signing.sign(mail())) else { panic!("not signed") };
        assert!(mail.wire().starts_with(b"DKIM-Signature:"));
        drop(hang);
    }

    #[tokio::test]
    async fn a_mail_that_nobody_signs_is_unsigned() {
        let Message::Email(mail) = mail() else { panic!("a mail") };
        let (jobs, queue) = mpsc::channel();
        drop(queue);
        let signing = Signing { signers: Arc::new(Signers::default()), jobs };
        assert!(signing.beside_the_line(mail).await.is_err());
    }
}
