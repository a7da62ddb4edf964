//! One session: a connection that has been greeted, and the transactions on it (RFC 5321 3.3, RFC 2920, RFC 3030).
//!
//! A session is sound only between transactions, with every reply read. Nothing here repairs one: who owns it drops it,
//! and so closes it, unless everything went as it should.

use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};
use tokio::time::Instant;

use super::classify::Cause;
use super::extensions::Extensions;
use super::progress::Progress;
use super::reply::{self, Reply};
use super::tls::Stream;
use super::wire::Letter;
use crate::delivery::fault::{Fault, FaultKind, Stage, Verdict};

/// What a long message may leave behind in a session's buffer, in bytes.
const KEPT_CAPACITY: usize = 64 * 1024;

/// What to do where a server wants TLS that the configuration leaves out.
pub(super) const USE_TLS: &str = "set `?tls=required` in the url";

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
    /// The stages whose replies are still to come, in order.
    due: &'static [Stage],
    /// It was idle before the transaction that runs now.
    pub(super) was_idle: bool,
    /// A message went through it.
    pub(super) has_carried: bool,
    /// When a message last went through it.
    pub(super) used_at: Instant,
    /// When the server last answered on it while it was idle or in use.
    pub(super) heard_at: Instant,
    /// Counts it among the open ones until it is dropped.
    _open: Open,
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
            due: &[],
            was_idle: false,
            has_carried: false,
            used_at: now,
            heard_at: now,
            _open: Open(Arc::clone(open)),
        }
    }

    /// Sends the whole message in one write: MAIL, RCPT and BDAT. The replies are due from there on.
    ///
    /// # Errors
    /// The network broke.
    pub(super) async fn send_at_once(
        &mut self,
        letter: &Letter<'_>,
        progress: &Progress,
    ) -> Result<(), Cause> {
        progress.set(Stage::Mail);
        letter.write_mail(&mut self.out);
        letter.write_rcpt(&mut self.out);
        letter.write_bdat(&mut self.out);
        self.due = &[Stage::Mail, Stage::Rcpt, Stage::Body];
        self.flush().await
    }

    /// Sends all that comes before the message, and reads the replies: MAIL and RCPT, and DATA where BDAT is not used. In
    /// one flight where the server takes that.
    ///
    /// # Errors
    /// Whatever happens. The server has not seen the message.
    pub(super) async fn send_envelope(
        &mut self,
        letter: &Letter<'_>,
        progress: &Progress,
    ) -> Result<(), Cause> {
        let Extensions { pipelining, chunking, .. } = self.extensions;
        letter.write_mail(&mut self.out);
        if !pipelining {
            self.exchange(&[Stage::Mail], progress).await?;
        }
        letter.write_rcpt(&mut self.out);
        if !pipelining {
            self.exchange(&[Stage::Rcpt], progress).await?;
        }
        if !chunking {
            self.out.extend_from_slice(b"DATA\r\n");
        }
        let due: &[Stage] = match (pipelining, chunking) {
            (true, true) => &[Stage::Mail, Stage::Rcpt],
            (true, false) => &[Stage::Mail, Stage::Rcpt, Stage::Data],
            (false, true) => return Ok(()),
            (false, false) => &[Stage::Data],
        };
        self.exchange(due, progress).await
    }

    /// Sends the message after its envelope was taken, up to and including its last byte. The reply is due from there on.
    ///
    /// # Errors
    /// The network broke.
    pub(super) async fn send_body(&mut self, letter: &Letter<'_>, progress: &Progress) -> Result<(), Cause> {
        progress.set(Stage::Body);
        if self.extensions.chunking {
            letter.write_bdat(&mut self.out);
        } else {
            letter.write_dotted(&mut self.out);
        }
        self.due = &[Stage::Body];
        self.flush().await
    }

    /// Reads the replies that are due; the first that is not as it must be ends it. Dropped and called again, it goes on
    /// where it was.
    ///
    /// Any 2yz is a success where one is due: an unexpected code is judged by its first digit (RFC 5321, 4.2).
    ///
    /// # Errors
    /// A refusal, a reply that fits no command, a close.
    pub(super) async fn replies(&mut self, progress: &Progress) -> Result<(), Cause> {
        let of_a_flight = self.due.len() > 1;
        while let Some((stage, rest)) = self.due.split_first() {
            progress.set(*stage);
            if of_a_flight && !self.has_unread() && *stage != Stage::Mail {
                // A server that answers in small writes, with Nagle's algorithm on, holds the second one back until the
                // first is acknowledged, and we have nothing to send that would carry the ACK: 40 ms at a Postfix.
                self.stream.acknowledge_at_once();
            }
            let reply = self.reply().await?;
            self.due = rest;
            match (stage, reply.code) {
                (Stage::Data, 354) => {}
                (Stage::Data, 200..=399) => return Err(Cause::Unexpected(reply)),
                (_, 200..=299) => {}
                _ if reply.is_transient() || reply.is_permanent() => {
                    let wants_tls = if *stage <= Stage::Rcpt { self.wants_tls(reply) } else { None };
                    return Err(wants_tls.unwrap_or(Cause::Refused { reply }));
                }
                _ => return Err(Cause::Unexpected(reply)),
            }
        }
        Ok(())
    }

    /// Writes what is in `out` and reads the replies to it, after which nothing more may have come.
    pub(super) async fn exchange(&mut self, due: &'static [Stage], progress: &Progress) -> Result<(), Cause> {
        if let Some(first) = due.first() {
            progress.set(*first);
        }
        self.due = due;
        self.flush().await?;
        self.replies(progress).await?;
        if self.has_unread() { Err(Cause::Protocol("a reply to nothing")) } else { Ok(()) }
    }

    /// Writes what is in `out`, with one system call where the network takes it all.
    pub(super) async fn flush(&mut self) -> Result<(), Cause> {
        self.stream.write_all(&self.out).await?;
        self.stream.flush().await?;
        self.out.clear();
        Ok(())
    }

    /// The next reply, from what has come or what comes.
    pub(super) async fn reply(&mut self) -> Result<Reply, Cause> {
        loop {
            let unread = self.input.get(self.read..).unwrap_or_default();
            let found = reply::parse(unread).map_err(|_| Cause::Protocol("not an SMTP reply"))?;
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
                return Err(Cause::Closed("connection closed".to_owned()));
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

    /// Reads the replies that a refusal left over, and clears the server's state (RSET).
    ///
    /// # Errors
    /// The session can't be used any more: it closed, or waits for a message (354) that must not be sent.
    pub(super) async fn reset(&mut self) -> Result<(), Cause> {
        while let Some((_, rest)) = self.due.split_first() {
            let reply = self.reply().await?;
            self.due = rest;
            if matches!(reply.code, 354 | 421) {
                return Err(Cause::Unexpected(reply));
            }
        }
        self.ask("RSET\r\n").await?;
        self.heard_at = Instant::now();
        Ok(())
    }

    /// NOOP: shows that the server is still there, and keeps it from closing.
    ///
    /// # Errors
    /// It is not.
    pub(super) async fn noop(&mut self) -> Result<(), Cause> {
        self.ask("NOOP\r\n").await
    }

    /// A command that takes 250 and nothing else.
    async fn ask(&mut self, command: &str) -> Result<(), Cause> {
        self.out.extend_from_slice(command.as_bytes());
        self.flush().await?;
        match self.reply().await? {
            Reply { code: 200..=299, .. } if !self.has_unread() => Ok(()),
            reply => Err(Cause::Unexpected(reply)),
        }
    }

    /// Says goodbye; the reply does not matter.
    pub(super) async fn quit(&mut self) {
        self.out.extend_from_slice(b"QUIT\r\n");
        if self.flush().await.is_ok() {
            let _ = self.reply().await;
        }
    }

    /// A message went through.
    pub(super) fn carried(&mut self) {
        let now = Instant::now();
        (self.used_at, self.heard_at, self.has_carried) = (now, now, true);
    }

    /// Makes ready for lying idle.
    pub(super) fn rest(&mut self) {
        self.out.shrink_to(KEPT_CAPACITY);
        self.was_idle = true;
    }

    /// Whether this server takes such a message at all.
    ///
    /// # Errors
    /// What stands in the way. Nothing was sent.
    pub(super) fn fits(&self, letter: &Letter<'_>) -> Result<(), Verdict> {
        if self.extensions.size.is_some_and(|limit| letter.size() > limit) {
            let detail = "message is larger than this server takes";
            return Err(Verdict::Refused(Fault::new(Stage::Mail, FaultKind::Content, detail)));
        }
        let detail = "address needs SMTPUTF8, which this server does not offer";
        if !self.extensions.smtputf8 && letter.recipient_needs_smtputf8() {
            return Err(Verdict::Refused(Fault::new(Stage::Rcpt, FaultKind::Recipient, detail)));
        }
        if !self.extensions.smtputf8 && letter.sender_needs_smtputf8() {
            return Err(Verdict::Deferred(Fault::new(Stage::Mail, FaultKind::Account, detail)));
        }
        Ok(())
    }

    /// The failure to tell of, where a refusal says that nothing goes without TLS (RFC 3207, section 4; RFC 4954, section 6).
    /// The code alone does not tell: 530 may also want a user name and a password.
    pub(super) fn wants_tls(&self, reply: Reply) -> Option<Cause> {
        let text = self.last_reply().to_ascii_lowercase();
        let says = |word: &str| memchr::memmem::find(&text, word.as_bytes()).is_some();
        let offers_auth = self.extensions.auth.is_some() || self.extensions.xoauth2;
        let wanted = says("starttls")
            || reply.code == 538
            || matches!(reply.enhanced(), Some((_, 7, 10 | 11)))
            || (reply.code == 530 && ["tls", "ssl", "encrypt"].into_iter().any(says))
            || (reply.code == 530 && self.extensions.starttls && !offers_auth && !says("auth"));
        (self.is_in_clear() && wanted).then(|| {
            Cause::Setup(FaultKind::Account, format!("{reply}, the server wants STARTTLS first: {USE_TLS}"))
        })
    }

    /// Whether the connection is not encrypted.
    pub(super) fn is_in_clear(&self) -> bool {
        matches!(self.stream, Stream::Plain(_))
    }
}
