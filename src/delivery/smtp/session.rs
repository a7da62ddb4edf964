//! One session: a connection to the server, what is to be sent over it, and the replies that come (RFC 5321, section 3.3).
//!
//! Which reply belongs to which command is known to whoever sent them: [`Session::exchange`] while a session is opened,
//! and the flight of messages afterwards.

use std::future::poll_fn;
use std::ops::Range;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use super::classify::Cause;
use super::extensions::Extensions;
use super::progress::Progress;
use super::reply::{self, Reply};
use super::tls::Stream;
use crate::delivery::fault::{FaultKind, Stage};

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
    /// Bytes to send, cleared when all of them are sent. Collected so that many commands take one system call.
    pub(super) out: Vec<u8>,
    /// How many bytes of `out` are sent.
    out_sent: usize,
    /// How many bytes were sent in the whole life of the session: given to the operating system, or to TLS.
    sent: u64,
    /// Sending failed, so nothing more is sent. What the server said before may still be read.
    is_unwritable: bool,
    /// Bytes that were received. Cleared when all of them were taken and more are needed, so that the text of the last
    /// reply stays until the next one is read.
    input: Vec<u8>,
    /// How many bytes of `input` belong to replies that were taken.
    read: usize,
    /// Where in `input` the reply is that was taken last.
    last_reply: Range<usize>,
    /// A reply came since bytes were last sent, so there is nothing that would carry the acknowledgement of it.
    heard_since_sent: bool,
    /// The session was idle once, so the server may have closed it meanwhile. Never cleared.
    pub(super) was_idle: bool,
    /// How long the server took for the message that went through last, without the time that it took for those before
    /// it; `None` until the first.
    pub(super) pace: Option<Duration>,
    /// When a message last went through the session; until the first, when it was opened.
    pub(super) used_at: Instant,
    /// When the server last answered; until the first answer, when the session was opened.
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
            out_sent: 0,
            sent: 0,
            is_unwritable: false,
            input: Vec::with_capacity(2048),
            read: 0,
            last_reply: 0..0,
            heard_since_sent: false,
            was_idle: false,
            pace: None,
            used_at: now,
            heard_at: now,
            _open: Open(Arc::clone(open)),
        }
    }

    /// Sends what is in `out` and reads the replies to it, one after the other.
    ///
    /// # Errors
    /// A refusal, a reply that fits no command, more than the replies, or the end of the connection.
    pub(super) async fn exchange(&mut self, due: &[Stage], progress: &Progress) -> Result<(), Cause> {
        if let Some(first) = due.first() {
            progress.set(*first);
        }
        self.flush().await?;
        for stage in due {
            progress.set(*stage);
            let reply = self.reply().await?;
            self.judge(*stage, reply)?;
        }
        if self.has_unread() { Err(Cause::Protocol(UNASKED)) } else { Ok(()) }
    }

    /// Whether the reply that was read last is a success at this stage.
    ///
    /// Any 2yz is one where a 2yz is due: RFC 5321, section 4.2, judges an unexpected code by its first digit.
    ///
    /// # Errors
    /// A refusal, or a reply that fits no command.
    pub(super) fn judge(&self, stage: Stage, reply: Reply) -> Result<(), Cause> {
        match (stage, reply.code) {
            (Stage::Data, 354) => Ok(()),
            // A success that is not 354 leaves open whether the server waits for a message now. Sending one might
            // hand its lines over as commands.
            (Stage::Data, 200..=399) => Err(Cause::Unexpected(reply)),
            (_, 200..=299) => Ok(()),
            _ if reply.is_transient() || reply.is_permanent() => {
                // After RCPT, a text that happens to have the word means nothing: the server has let us
                // come this far without TLS.
                let wants_tls = if stage <= Stage::Rcpt { self.wants_tls(reply) } else { None };
                Err(wants_tls.unwrap_or(Cause::Refused { reply }))
            }
            _ => Err(Cause::Unexpected(reply)),
        }
    }

    /// Sends what is in `out`, with one system call where the network takes all of it.
    ///
    /// # Errors
    /// The network broke before all of it was sent.
    pub(super) async fn flush(&mut self) -> Result<(), Cause> {
        poll_fn(|context| self.poll_send(context)).await
    }

    /// Waits until bytes could be sent or were received, whichever comes first, and sends nothing from `until` on. If
    /// the future is dropped, nothing is lost.
    ///
    /// # Errors
    /// The connection is over. Everything that the server had said before was received.
    pub(super) async fn moved(&mut self, until: Instant) -> Result<(), Cause> {
        if self.heard_since_sent && !self.has_unread() && !self.has_unsent() {
            // A server that answers in small writes, with Nagle's algorithm on, holds the second one back until the
            // first is acknowledged, and we have nothing to send that would carry the ACK: 40 ms at a Postfix.
            self.stream.acknowledge_at_once();
        }
        poll_fn(|context| {
            let mut failed = Poll::Pending;
            // The clock is looked at before each further step: a process that was stopped for a while would otherwise
            // write on where it was, although another server may have taken the message over meanwhile.
            if self.has_unsent() && !self.is_unwritable && Instant::now() < until {
                match self.poll_send(context) {
                    Poll::Ready(Err(cause)) => failed = Poll::Ready(Err(cause)),
                    Poll::Ready(Ok(())) => return Poll::Ready(Ok(())),
                    Poll::Pending => {}
                }
            }
            // Even where sending failed: what the server has said tells how far it came.
            match self.poll_receive(context) {
                Poll::Pending if self.is_unwritable && failed.is_pending() => Poll::Ready(Err(closed())),
                Poll::Pending => failed,
                received @ Poll::Ready(_) => received,
            }
        })
        .await
    }

    /// Sends what is in `out`.
    fn poll_send(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Cause>> {
        let sent = self.poll_write_all(context);
        self.is_unwritable |= matches!(sent, Poll::Ready(Err(_)));
        sent
    }

    fn poll_write_all(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Cause>> {
        while let Some(rest) = self.out.get(self.out_sent..).filter(|rest| !rest.is_empty()) {
            let written = ready!(Pin::new(&mut self.stream).poll_write(context, rest))?;
            if written == 0 {
                return Poll::Ready(Err(closed()));
            }
            self.out_sent += written;
            self.sent += written as u64;
            self.heard_since_sent = false;
        }
        // Under TLS the last record may still be in a buffer, and leaves only now.
        ready!(Pin::new(&mut self.stream).poll_flush(context))?;
        self.out.clear();
        self.out_sent = 0;
        Poll::Ready(Ok(()))
    }

    /// Receives more bytes.
    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Cause>> {
        // Only where everything was taken, so that a reply which comes in two pieces need not be moved.
        if !self.has_unread() {
            self.input.clear();
            self.read = 0;
            self.last_reply = 0..0;
        }
        match ready!(pin!(self.stream.read_buf(&mut self.input)).poll(context))? {
            0 => Poll::Ready(Err(closed())),
            _ => Poll::Ready(Ok(())),
        }
    }

    /// Gives the next reply, and waits for it where it has not come yet.
    ///
    /// # Errors
    /// What came is not a reply, or the connection is over.
    pub(super) async fn reply(&mut self) -> Result<Reply, Cause> {
        loop {
            if let Some(reply) = self.next_reply()? {
                return Ok(reply);
            }
            poll_fn(|context| self.poll_receive(context)).await?;
        }
    }

    /// Gives the next reply if all of it has come.
    ///
    /// # Errors
    /// What came is not a reply.
    pub(super) fn next_reply(&mut self) -> Result<Option<Reply>, Cause> {
        let unread = self.input.get(self.read..).unwrap_or_default();
        let found = reply::parse(unread).map_err(|_| {
            Cause::Protocol(
                "the answer is not an SMTP reply: check that host and port belong to a mail server",
            )
        })?;
        let Some((reply, length)) = found else { return Ok(None) };
        self.last_reply = self.read..self.read + length;
        self.read += length;
        (self.heard_at, self.heard_since_sent) = (Instant::now(), true);
        Ok(Some(reply))
    }

    /// Where in the whole life of the session the next byte will be that is put into `out`.
    pub(super) fn position(&self) -> u64 {
        self.sent + self.out.len().saturating_sub(self.out_sent) as u64
    }

    /// How many bytes were sent in the whole life of the session. The server may have these, and no others.
    pub(super) fn sent(&self) -> u64 {
        self.sent
    }

    /// Whether bytes wait to be sent, in `out` or in a buffer of TLS.
    pub(super) fn has_unsent(&self) -> bool {
        !self.out.is_empty()
    }

    /// Takes back what was put into `out` from this position on. `false` where some of it was sent.
    pub(super) fn take_back(&mut self, position: u64) -> bool {
        let Some(unsent) = position.checked_sub(self.sent) else { return false };
        self.out.truncate(self.out_sent + usize::try_from(unsent).unwrap_or(usize::MAX));
        true
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

    /// Notes that a message went through, for which the server took this long.
    pub(super) fn carried(&mut self, took: Duration) {
        (self.used_at, self.pace) = (Instant::now(), Some(took));
    }

    /// Whether the session worked before, so that its end says nothing against the next message or the server.
    pub(super) fn has_worked(&self) -> bool {
        self.was_idle || self.has_carried()
    }

    /// Whether a message went through the session. Until then, nothing is known of how the server takes a whole message
    /// at once.
    pub(super) fn has_carried(&self) -> bool {
        self.pace.is_some()
    }

    /// Prepares the session for being idle.
    pub(super) fn rest(&mut self) {
        // `input` needs no such care, since replies are short.
        self.out.shrink_to(KEPT_CAPACITY);
        self.was_idle = true;
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

/// The cause where the connection ended without a word.
fn closed() -> Cause {
    Cause::Closed("the server closed the connection".to_owned())
}
