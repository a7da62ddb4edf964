//! One session: a connection to the server and the transactions on it (RFC 5321 section 3.3, RFC 2920, RFC 3030).
//!
//! A session can be used again only between transactions, with every reply read. Its owner drops it, which closes it,
//! unless everything went as it should; after a refusal, [`Session::reset`] may save it.

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

/// How many bytes of a session's buffer are kept between messages, so that a long one does not hold its memory for
/// ever.
const KEPT_CAPACITY: usize = 64 * 1024;

/// The cause where the server sent more than it was asked for: what it answers is not known any more.
pub(super) const UNASKED: &str =
    "the server sent a reply that no command asked for, so the connection was closed";
/// What to do where a server wants TLS that the configuration leaves out.
pub(super) const USE_TLS: &str = "set `?tls=required` in the url";

/// A connection to the server, with what it offers.
pub(super) struct Session {
    pub(super) stream: Stream,
    /// What EHLO listed, less what turned out not to work. All off until then.
    pub(super) extensions: Extensions,
    /// Bytes to send with the next flush, which clears them. Collected so that a flight takes one system call.
    pub(super) out: Vec<u8>,
    /// Bytes that were received. Cleared when all of them were taken and more are needed, so that the text of the last
    /// reply stays until the next one is read.
    input: Vec<u8>,
    /// How many bytes of `input` belong to replies that were taken.
    read: usize,
    /// Where in `input` the reply is that was taken last.
    last_reply: Range<usize>,
    /// The stages whose replies are still to come, in order. Each reply removes its own. If a future is dropped
    /// meanwhile, this is what the session needs to go on.
    due: &'static [Stage],
    /// The session was idle before the transaction that runs now, so the server may have closed it. Never cleared.
    pub(super) was_idle: bool,
    /// A message went through the session. Until then, nothing is known of how the server takes a whole flight.
    pub(super) has_carried: bool,
    /// When a message last went through the session; until the first, when it was opened.
    pub(super) used_at: Instant,
    /// When the server last answered, to a message, RSET or NOOP; until the first, when the session was opened.
    pub(super) heard_at: Instant,
    /// Counts the session among the open ones until it is dropped.
    _open: Open,
}

/// One of the open sessions. Dropping it takes it out of their count.
struct Open(Arc<AtomicUsize>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Session {
    /// A session on which nothing was said yet. It is counted in `open` as long as it lives.
    pub(super) fn new(stream: Stream, open: &Arc<AtomicUsize>) -> Self {
        // A number for people and metrics: no other memory depends on its order.
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

    /// Sends the envelope and the message in one write: MAIL, RCPT and BDAT. After that the replies are due.
    ///
    /// # Errors
    /// The network broke before all of it was written.
    pub(super) async fn send_at_once(
        &mut self,
        letter: &Letter<'_>,
        progress: &Progress,
    ) -> Result<(), Cause> {
        // One round trip in place of three. RFC 2920 lets MAIL and RCPT be followed at once, and RFC 3030 says the same
        // of BDAT, which unlike DATA needs no go-ahead: if RCPT is refused, the server reads the message and throws it
        // away.
        progress.set(Stage::Mail);
        letter.write_mail(&mut self.out);
        letter.write_rcpt(&mut self.out);
        letter.write_bdat(&mut self.out);
        self.due = &[Stage::Mail, Stage::Rcpt, Stage::Body];
        self.flush().await
    }

    /// Sends everything that comes before the message, and reads the replies: MAIL and RCPT, and DATA where BDAT is not
    /// used. All of it is one flight where the server offers PIPELINING.
    ///
    /// # Errors
    /// Any refusal or failure. The server has not seen the message.
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
            // Nothing is due here any more: BDAT needs no go-ahead.
            (false, true) => return Ok(()),
            (false, false) => &[Stage::Data],
        };
        self.exchange(due, progress).await
    }

    /// Sends the message up to and including its last byte, after the envelope was taken. After that the reply is due.
    ///
    /// # Errors
    /// The network broke before all of it was written.
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

    /// Reads the replies that are due, up to the first that is not a success. If the future is dropped and this is
    /// called again, it goes on where it was.
    ///
    /// Any 2yz is a success where a 2yz is due: RFC 5321, section 4.2, judges an unexpected code by its first digit.
    ///
    /// # Errors
    /// A refusal, a reply that fits no command, or the end of the connection.
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
                // A success that is not 354 leaves open whether the server waits for a message now. Sending one might
                // hand its lines over as commands.
                (Stage::Data, 200..=399) => return Err(Cause::Unexpected(reply)),
                (_, 200..=299) => {}
                _ if reply.is_transient() || reply.is_permanent() => {
                    // After RCPT, a text that happens to have the word means nothing: the server has let us
                    // come this far without TLS.
                    let wants_tls = if *stage <= Stage::Rcpt { self.wants_tls(reply) } else { None };
                    return Err(wants_tls.unwrap_or(Cause::Refused { reply }));
                }
                _ => return Err(Cause::Unexpected(reply)),
            }
        }
        Ok(())
    }

    /// Sends what is in `out` and reads the replies to it.
    ///
    /// # Errors
    /// As for [`Session::replies`], and also where more came than the replies.
    pub(super) async fn exchange(&mut self, due: &'static [Stage], progress: &Progress) -> Result<(), Cause> {
        if let Some(first) = due.first() {
            progress.set(*first);
        }
        self.due = due;
        self.flush().await?;
        self.replies(progress).await?;
        if self.has_unread() { Err(Cause::Protocol(UNASKED)) } else { Ok(()) }
    }

    /// Sends what is in `out`, with one system call where the network takes all of it.
    pub(super) async fn flush(&mut self) -> Result<(), Cause> {
        self.stream.write_all(&self.out).await?;
        // Under TLS the last record may still be in a buffer, and leaves only now.
        self.stream.flush().await?;
        self.out.clear();
        Ok(())
    }

    /// Gives the next reply, and waits for it where it has not come yet.
    pub(super) async fn reply(&mut self) -> Result<Reply, Cause> {
        loop {
            let unread = self.input.get(self.read..).unwrap_or_default();
            let found = reply::parse(unread).map_err(|_| {
                Cause::Protocol(
                    "the answer is not an SMTP reply: check that host and port belong to a mail server",
                )
            })?;
            if let Some((reply, length)) = found {
                self.last_reply = self.read..self.read + length;
                self.read += length;
                return Ok(reply);
            }
            // Only where everything was taken, so that a reply which comes in two pieces need not be moved.
            if unread.is_empty() {
                self.input.clear();
                self.read = 0;
            }
            if self.stream.read_buf(&mut self.input).await? == 0 {
                return Err(Cause::Closed("the server closed the connection".to_owned()));
            }
        }
    }

    /// The text of the reply that was read last.
    pub(super) fn last_reply(&self) -> &[u8] {
        self.input.get(self.last_reply.clone()).unwrap_or_default()
    }

    /// Whether the reply that was read last has these words.
    pub(super) fn last_reply_holds(&self, words: &str) -> bool {
        memchr::memmem::find(self.last_reply(), words.as_bytes()).is_some()
    }

    /// Whether something came that was not read as a reply yet.
    pub(super) fn has_unread(&self) -> bool {
        self.read < self.input.len()
    }

    /// Looks without waiting whether the server has neither said anything since the last reply nor closed the
    /// connection.
    pub(super) fn is_quiet(&mut self) -> bool {
        // A read that would have to wait is the sign we want. A byte or the end of the connection means that the server
        // has said something unasked, usually a 421, or has closed.
        let mut byte = [0];
        let mut context = Context::from_waker(Waker::noop());
        let read = Pin::new(&mut self.stream).poll_read(&mut context, &mut ReadBuf::new(&mut byte));
        !self.has_unread() && read.is_pending()
    }

    /// Makes the session usable after a refusal: reads the replies that are left over, and clears the server's state
    /// (RSET).
    ///
    /// # Errors
    /// The session can't be used any more: the server closed it, or waits for a message (354) that must not be sent.
    pub(super) async fn reset(&mut self) -> Result<(), Cause> {
        while let Some((_, rest)) = self.due.split_first() {
            let reply = self.reply().await?;
            self.due = rest;
            // A 354 after a refused RCPT means that the server waits for a message anyway. Whatever we send now
            // is taken for it, so only closing helps.
            if matches!(reply.code, 354 | 421) {
                return Err(Cause::Unexpected(reply));
            }
        }
        self.ask("RSET\r\n").await?;
        self.heard_at = Instant::now();
        Ok(())
    }

    /// Says NOOP, which shows that the server is still there, and keeps it from closing the session.
    ///
    /// # Errors
    /// The server is not there any more, or refuses.
    pub(super) async fn noop(&mut self) -> Result<(), Cause> {
        self.ask("NOOP\r\n").await
    }

    /// Sends a command that any 2yz is the right reply to.
    async fn ask(&mut self, command: &str) -> Result<(), Cause> {
        self.out.extend_from_slice(command.as_bytes());
        self.flush().await?;
        match self.reply().await? {
            Reply { code: 200..=299, .. } if !self.has_unread() => Ok(()),
            reply => Err(Cause::Unexpected(reply)),
        }
    }

    /// Says QUIT and waits for the reply, whatever it is.
    pub(super) async fn quit(&mut self) {
        self.out.extend_from_slice(b"QUIT\r\n");
        if self.flush().await.is_ok() {
            let _ = self.reply().await;
        }
    }

    /// Notes that a message went through.
    pub(super) fn carried(&mut self) {
        let now = Instant::now();
        (self.used_at, self.heard_at, self.has_carried) = (now, now, true);
    }

    /// Prepares the session for being idle.
    pub(super) fn rest(&mut self) {
        // `input` needs no such care, since replies are short.
        self.out.shrink_to(KEPT_CAPACITY);
        self.was_idle = true;
    }

    /// Checks what the server offers against what the message needs, before anything is sent.
    ///
    /// # Errors
    /// The verdict where the server can't take this message at all.
    pub(super) fn fits(&self, letter: &Letter<'_>) -> Result<(), Verdict> {
        if self.extensions.size.is_some_and(|limit| letter.size() > limit) {
            let detail = "the message is larger than this server takes: shorten its template, or add a provider that takes more";
            // Another provider may take larger messages, so this is final only if all of them say so.
            return Err(Verdict::Refused(Fault::new(Stage::Mail, FaultKind::Content, detail)));
        }
        let detail = "the recipient's address is not ASCII, and this server does not offer SMTPUTF8: add a provider that does";
        if !self.extensions.smtputf8 && letter.recipient_needs_smtputf8() {
            return Err(Verdict::Refused(Fault::new(Stage::Rcpt, FaultKind::Recipient, detail)));
        }
        let detail =
            "the sender's address is not ASCII, and this server does not offer SMTPUTF8: set an ASCII `from`";
        if !self.extensions.smtputf8 && letter.sender_needs_smtputf8() {
            return Err(Verdict::Deferred(Fault::new(Stage::Mail, FaultKind::Account, detail)));
        }
        Ok(())
    }

    /// The cause where a refusal says that nothing goes without TLS (RFC 3207, section 4; RFC 4954, section 6); `None`
    /// where it does not. The code alone is not enough: 530 may also ask for a user name and a password.
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
            Cause::Setup(
                FaultKind::Account,
                format!("{reply}, the server requires STARTTLS first: {USE_TLS}"),
            )
        })
    }

    /// Whether the connection is not encrypted.
    pub(super) fn is_in_clear(&self) -> bool {
        matches!(self.stream, Stream::Plain(_))
    }
}
