//! One session: a connection that has been greeted, and the transactions on it (RFC 5321 3.3, RFC 2920, RFC 3030).
//!
//! A session is sound only between transactions, with every reply read. Nothing here repairs one: who owns it drops it,
//! and so closes it, unless everything went as it should.

use super::judgement::{Failure, Stage};
use super::letter::Letter;
use super::reply::{self, Reply};
use super::tls::Stream;
use crate::delivery::{Fault, FaultKind, Verdict};
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};
use tokio::time::Instant;

/// What a long message may leave behind in a session's buffer, in bytes.
const KEPT_CAPACITY: usize = 64 * 1024;

/// A connection to the server, with what it offers.
pub(super) struct Session {
    pub(super) stream: Stream,
    pub(super) extensions: Extensions,
    /// Commands that have not been written yet; empty between flights.
    pub(super) out: Vec<u8>,
    /// Bytes that came; those before `read` belong to replies that were taken.
    input: Vec<u8>,
    read: usize,
    last_reply: Range<usize>,
    /// When a message last went through it.
    pub(super) used_at: Instant,
    /// When the server last answered on it while it was idle or in use.
    pub(super) heard_at: Instant,
    /// Counts it among the open ones until it is dropped.
    _open: Open,
}

/// What EHLO listed, as far as it is used.
#[derive(Debug, Default, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each extension is there or is not")]
pub(super) struct Extensions {
    pub(super) pipelining: bool,
    pub(super) chunking: bool,
    pub(super) smtputf8: bool,
    pub(super) starttls: bool,
    /// The best mechanism for passwords that both sides know.
    pub(super) auth: Option<Mechanism>,
    /// AUTH takes access tokens.
    pub(super) xoauth2: bool,
    /// The largest message, in bytes, where there is a limit.
    pub(super) size: Option<usize>,
}

/// SASL mechanisms, the better one first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mechanism {
    /// RFC 4616.
    Plain,
    /// Two prompts; never a standard, but all that some servers offer.
    Login,
}

impl Mechanism {
    /// As people know it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "AUTH PLAIN",
            Self::Login => "AUTH LOGIN",
        }
    }
}

/// One of the open sessions, in their count.
struct Open(Arc<AtomicUsize>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Session {
    /// A connection on which nothing has been said, counted in `open` while it lives.
    pub(super) fn new(stream: Stream, open: &Arc<AtomicUsize>) -> Self {
        open.fetch_add(1, Ordering::Relaxed);
        let now = Instant::now();
        Self {
            stream,
            extensions: Extensions::default(),
            out: Vec::with_capacity(1024),
            input: Vec::with_capacity(2048),
            read: 0,
            last_reply: 0..0,
            used_at: now,
            heard_at: now,
            _open: Open(Arc::clone(open)),
        }
    }

    /// Sends a message up to and including its last byte, in as few flights as the server allows, and returns the
    /// stages whose replies are due from there on.
    ///
    /// With PIPELINING and CHUNKING everything leaves in one write; with PIPELINING alone the envelope does, and after
    /// 354 the message; otherwise each command waits for its reply.
    ///
    /// # Errors
    /// Whatever happened before the last byte had left. `stage` is kept up to date for whoever gives up waiting.
    pub(super) async fn hand_over(
        &mut self,
        letter: &Letter<'_>,
        stage: &mut Stage,
    ) -> Result<&'static [Stage], Failure> {
        *stage = Stage::Mail;
        let letter = letter.for_server(self.extensions.smtputf8);
        self.fits(letter).map_err(Failure::Unfit)?;
        let together = self.extensions.pipelining;
        letter.write_mail(&mut self.out);
        if !together {
            self.exchange(&[Stage::Mail], stage).await?;
        }
        letter.write_rcpt(&mut self.out);
        if !together {
            self.exchange(&[Stage::Rcpt], stage).await?;
        }
        if self.extensions.chunking {
            letter.write_bdat(&mut self.out);
            if !together {
                *stage = Stage::Body;
            }
            self.flush().await?;
            return Ok(if together { &[Stage::Mail, Stage::Rcpt, Stage::Body] } else { &[Stage::Body] });
        }
        self.out.extend_from_slice(b"DATA\r\n");
        let due: &[Stage] = if together { &[Stage::Mail, Stage::Rcpt, Stage::Data] } else { &[Stage::Data] };
        self.exchange(due, stage).await?;
        *stage = Stage::Body;
        letter.write_dotted(&mut self.out);
        self.flush().await?;
        Ok(&[Stage::Body])
    }

    /// Reads the reply to each of `due` in turn; the first that is not as it must be ends it.
    ///
    /// # Errors
    /// A refusal, a reply that fits no command, a close.
    pub(super) async fn replies(&mut self, due: &[Stage], stage: &mut Stage) -> Result<(), Failure> {
        let mut unread = due.len();
        for step in due {
            *stage = *step;
            unread -= 1;
            let reply = self.reply().await?;
            match (step, reply.code) {
                (Stage::Data, 354)
                | (Stage::Rcpt, 250 | 251)
                | (Stage::Mail | Stage::Body | Stage::Ehlo, 250)
                | (Stage::Greeting | Stage::Starttls, 220)
                | (Stage::Auth, 235) => {}
                _ if reply.is_transient() || reply.is_permanent() => {
                    return Err(Failure::Refused { reply, unread });
                }
                _ => return Err(Failure::Unexpected(reply)),
            }
        }
        Ok(())
    }

    /// Writes what is in `out` and reads the replies to it, after which nothing more may have come.
    pub(super) async fn exchange(&mut self, due: &[Stage], stage: &mut Stage) -> Result<(), Failure> {
        if let Some(first) = due.first() {
            *stage = *first;
        }
        self.flush().await?;
        self.replies(due, stage).await?;
        if self.has_unread() { Err(Failure::Protocol("a reply to nothing")) } else { Ok(()) }
    }

    /// Writes what is in `out`, with one system call where the network takes it all.
    pub(super) async fn flush(&mut self) -> Result<(), Failure> {
        self.stream.write_all(&self.out).await?;
        self.stream.flush().await?;
        self.out.clear();
        Ok(())
    }

    /// The next reply, from what has come or what comes.
    pub(super) async fn reply(&mut self) -> Result<Reply, Failure> {
        loop {
            let unread = self.input.get(self.read..).unwrap_or_default();
            let found = reply::parse(unread).map_err(|_| Failure::Protocol("not an SMTP reply"))?;
            if let Some((reply, length)) = found {
                self.last_reply = self.read..self.read + length;
                self.read += length;
                return Ok(reply);
            }
            if unread.is_empty() {
                self.input.clear();
                self.read = 0;
            }
            if self.stream.read_buf(&mut self.input).await? == 0 {
                return Err(Failure::Closed("connection closed".to_owned()));
            }
        }
    }

    /// The text of the reply that was read last.
    pub(super) fn last_reply(&self) -> &[u8] {
        self.input.get(self.last_reply.clone()).unwrap_or_default()
    }

    /// Whether that text has these words.
    pub(super) fn last_reply_holds(&self, words: &str) -> bool {
        memchr::memmem::find(self.last_reply(), words.as_bytes()).is_some()
    }

    /// Something came that was not read as a reply.
    pub(super) fn has_unread(&self) -> bool {
        self.read < self.input.len()
    }

    /// A look without waiting: whether the server has neither said anything since the last reply nor closed.
    pub(super) fn is_quiet(&mut self) -> bool {
        let mut byte = [0];
        let mut context = Context::from_waker(Waker::noop());
        let read = Pin::new(&mut self.stream).poll_read(&mut context, &mut ReadBuf::new(&mut byte));
        !self.has_unread() && read.is_pending()
    }

    /// Reads the `unread` replies that a refusal left over, and clears the server's state (RSET).
    ///
    /// # Errors
    /// The session can't be used any more: it closed, or waits for a message (354) that must not be sent.
    pub(super) async fn reset(&mut self, unread: usize) -> Result<(), Failure> {
        for _ in 0..unread {
            let reply = self.reply().await?;
            if matches!(reply.code, 354 | 421) {
                return Err(Failure::Unexpected(reply));
            }
        }
        self.ask("RSET\r\n").await
    }

    /// NOOP: shows that the server is still there, and keeps it from closing.
    ///
    /// # Errors
    /// It is not.
    pub(super) async fn noop(&mut self) -> Result<(), Failure> {
        self.ask("NOOP\r\n").await
    }

    /// A command that takes 250 and nothing else.
    async fn ask(&mut self, command: &str) -> Result<(), Failure> {
        self.out.extend_from_slice(command.as_bytes());
        self.flush().await?;
        match self.reply().await? {
            Reply { code: 250, .. } if !self.has_unread() => Ok(()),
            reply => Err(Failure::Unexpected(reply)),
        }
    }

    /// Says goodbye; the reply does not matter.
    pub(super) async fn quit(&mut self) {
        self.out.extend_from_slice(b"QUIT\r\n");
        if self.flush().await.is_ok() {
            let _ = self.reply().await;
        }
    }

    /// Makes ready for lying idle after a message.
    pub(super) fn rest(&mut self) {
        self.out.shrink_to(KEPT_CAPACITY);
        self.heard_at = Instant::now();
    }

    /// Whether this server takes such a message at all.
    fn fits(&self, letter: &Letter<'_>) -> Result<(), Verdict> {
        if self.extensions.size.is_some_and(|limit| letter.size() > limit) {
            let detail = "message is larger than this server takes";
            return Err(Verdict::Refused(Fault::new("mail", FaultKind::Content, detail)));
        }
        let detail = "address needs SMTPUTF8, which this server does not offer";
        if !self.extensions.smtputf8 && letter.recipient_needs_smtputf8() {
            return Err(Verdict::Refused(Fault::new("rcpt", FaultKind::Recipient, detail)));
        }
        if !self.extensions.smtputf8 && letter.sender_needs_smtputf8() {
            return Err(Verdict::Deferred(Fault::new("mail", FaultKind::Account, detail)));
        }
        Ok(())
    }
}
