//! A mail server in memory that reads what its clients really sent, and ends connections at a planned byte.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use tokio::io::{AsyncRead as _, AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, ReadBuf};
use tokio::sync::mpsc;
use tokio::time::sleep;

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// It is closed.
    Close,
    /// It is closed after 421.
    Farewell,
    /// Nothing is answered any more.
    Silence,
}

/// The end of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ending {
    /// After so many bytes of the client's.
    pub(super) at: usize,
    pub(super) how: How,
    /// Whether messages that have come whole are taken, though nobody is told.
    pub(super) takes: bool,
}

/// What the server knows.
#[derive(Debug, Default, Clone)]
pub(super) struct Seen {
    /// The message and the code of each answer to a whole message.
    answered: Vec<(usize, &'static str)>,
    /// The messages that came whole, and for which nothing was said, nor 421.
    unanswered: Vec<usize>,
    taken: Vec<usize>,
    fresh_failures: usize,
}

impl Seen {
    pub(super) fn answered(&self, number: usize) -> Vec<&'static str> {
        self.answered.iter().filter(|(it, _)| *it == number).map(|(_, code)| *code).collect()
    }

    pub(super) fn unanswered(&self, number: usize) -> usize {
        self.unanswered.iter().filter(|it| **it == number).count()
    }

    pub(super) fn taken(&self, number: usize) -> usize {
        self.taken.iter().filter(|it| **it == number).count()
    }

    /// Connections that ended before anything had gone through.
    pub(super) fn fresh_failures(&self) -> usize {
        self.fresh_failures
    }
}

/// Clones are the same server.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a habit of its own")]
pub(super) struct Server {
    pipelining: bool,
    chunking: bool,
    delay: Duration,
    /// It throws away what came before it has answered a message, as RFC 2920 forbids.
    pub(super) is_forgetful: bool,
    /// It answers the second RSET and all later ones with 421, and goes on anyway.
    pub(super) stays_after_421: bool,
    /// It says 421 once, and what it says next is not SMTP.
    pub(super) mumbles: bool,
    /// It lists PIPELINING, and refuses MAIL with 503 where something came behind it.
    pub(super) refuses_pipelining: bool,
    /// It answers each message twice.
    pub(super) answers_twice: bool,
    endings: Arc<Mutex<Vec<Option<Ending>>>>,
    seen: Arc<Mutex<Seen>>,
}

impl Server {
    pub(super) fn new(pipelining: bool, chunking: bool, delay: Duration, endings: &[Option<Ending>]) -> Self {
        let endings = endings.iter().rev().copied().collect();
        Self {
            pipelining,
            chunking,
            delay,
            is_forgetful: false,
            stays_after_421: false,
            mumbles: false,
            refuses_pipelining: false,
            answers_twice: false,
            endings: Arc::new(Mutex::new(endings)),
            seen: Arc::default(),
        }
    }

    /// Where its clients' ends of new connections go.
    pub(super) fn dial(&self) -> mpsc::UnboundedSender<DuplexStream> {
        let (dial, mut connections) = mpsc::unbounded_channel();
        let server = self.clone();
        tokio::spawn(async move {
            while let Some(io) = connections.recv().await {
                let ending = server.endings.lock().unwrap().pop().flatten();
                let server = server.clone();
                let dialogue = Dialogue {
                    server,
                    ending,
                    has_carried: false,
                    resets: 0,
                    is_leaving: false,
                    state: State::default(),
                };
                tokio::spawn(dialogue.run(io));
            }
        });
        dial
    }

    pub(super) fn seen(&self) -> Seen {
        self.seen.lock().unwrap().clone()
    }
}

/// The client's bytes that were not understood yet, and the transaction they are about.
#[derive(Debug, Default)]
struct State {
    input: Vec<u8>,
    is_in_data: bool,
    has_sender: bool,
    recipient: Option<String>,
    /// The client was told that the recipient is refused.
    is_refused: bool,
}

/// What the client said.
enum Said {
    Command(String),
    Message(usize),
}

impl State {
    /// The next command, or the number of the next message if all of it is there.
    fn next(&mut self) -> Option<Said> {
        if self.is_in_data {
            let end = self.input.windows(5).position(|window| window == b"\r\n.\r\n")? + 5;
            let body: Vec<u8> = self.input.drain(..end).collect();
            assert!(body.windows(6).any(|window| window == b"\n..dot"), "dots are stuffed");
            self.is_in_data = false;
            return Some(Said::Message(number(&body)));
        }
        let end = self.input.iter().position(|byte| *byte == b'\n')? + 1;
        let line = String::from_utf8(self.input[..end].to_vec()).expect("a command").trim_end().to_owned();
        if let Some(size) = line.strip_prefix("BDAT ") {
            let size: usize = size.strip_suffix(" LAST").unwrap().parse().unwrap();
            if self.input.len() < end + size {
                return None;
            }
            let body: Vec<u8> = self.input.drain(..end + size).skip(end).collect();
            return Some(Said::Message(number(&body)));
        }
        self.input.drain(..end);
        Some(Said::Command(line))
    }
}

fn number(body: &[u8]) -> usize {
    let text = std::str::from_utf8(body).unwrap();
    text.strip_prefix("Id: ").and_then(|rest| rest.split("\r\n").next()).unwrap().parse().unwrap()
}

struct Dialogue {
    server: Server,
    ending: Option<Ending>,
    has_carried: bool,
    resets: usize,
    /// The last reply was 421, so nothing that it has not answered is taken.
    is_leaving: bool,
    state: State,
}

impl Dialogue {
    async fn run(mut self, mut io: DuplexStream) {
        let mut out = b"220 mail.example\r\n".to_vec();
        let mut read = 0;
        loop {
            if !out.is_empty() {
                sleep(self.server.delay).await;
                if io.write_all(&out).await.is_err() {
                    return;
                }
                out.clear();
            }
            let left = self.ending.map_or(usize::MAX, |ending| ending.at - read);
            if left == 0 {
                return self.end(io).await;
            }
            let mut bytes = vec![0; left.min(4_096)];
            match io.read(&mut bytes).await {
                Ok(0) | Err(_) => return,
                Ok(count) => {
                    read += count;
                    self.state.input.extend_from_slice(&bytes[..count]);
                }
            }
            while let Some(said) = self.state.next() {
                let is_message = matches!(said, Said::Message(_));
                if self.server.is_forgetful && is_message {
                    self.state.input.clear();
                }
                let is_mail = matches!(&said, Said::Command(line) if line.starts_with("MAIL"));
                if self.server.refuses_pipelining && is_mail && !self.state.input.is_empty() {
                    self.state.input.clear();
                    out.extend_from_slice(b"503 5.5.0 one at a time\r\n");
                    continue;
                }
                let reply = self.reply(said);
                self.is_leaving = reply.starts_with("421");
                let line = format!("{reply}\r\n");
                out.extend_from_slice(
                    line.repeat(1 + usize::from(self.server.answers_twice && is_message)).as_bytes(),
                );
            }
        }
    }

    fn reply(&mut self, said: Said) -> String {
        let line = match said {
            Said::Message(number) => return self.message(number).to_owned(),
            Said::Command(line) => line,
        };
        match line.split([' ', ':']).next().unwrap() {
            "EHLO" => {
                let pipelining = if self.server.pipelining { "250-PIPELINING\r\n" } else { "" };
                let chunking = if self.server.chunking { "250-CHUNKING\r\n" } else { "" };
                return format!("250-mail.example\r\n{pipelining}{chunking}250 HELP");
            }
            "MAIL" if self.server.mumbles && self.is_leaving => "hello",
            "MAIL" if self.state.has_sender => "503 5.5.1 nested",
            "MAIL" => {
                (self.state.has_sender, self.state.is_refused) = (true, false);
                "250 fine"
            }
            "RCPT" if !self.state.has_sender => "503 5.5.1 no sender",
            "RCPT" if line.contains("<rcpt-") => {
                self.state.is_refused = true;
                "550 5.1.1 unknown"
            }
            "RCPT" => {
                self.state.recipient = Some(line.clone());
                "250 fine"
            }
            "DATA" if self.state.recipient.is_none() => "503 5.5.1 no recipient",
            "DATA" => {
                self.state.is_in_data = true;
                "354 go on"
            }
            "RSET" => {
                self.resets += 1;
                let is_due = self.resets == 2 || (self.resets > 2 && !self.server.mumbles);
                let stays = self.server.stays_after_421 && is_due;
                (self.state.has_sender, self.state.recipient) = (false, None);
                if stays { "421 4.3.2 busy" } else { "250 fine" }
            }
            "NOOP" => "250 fine",
            "QUIT" => "221 bye",
            other => panic!("{other:?}"),
        }
        .to_owned()
    }

    /// The answer to a whole message. Where there was no recipient, the transaction stays open, as at a Postfix.
    fn message(&mut self, number: usize) -> &'static str {
        let Some(recipient) = self.state.recipient.take() else { return "554 5.5.1 no valid recipients" };
        assert!(recipient.contains(&format!("-{number}@")), "{recipient} got {number}");
        self.state.has_sender = false;
        let (code, reply) = match recipient {
            it if it.contains("<body-") => ("554", "554 5.6.0 content refused"),
            it if it.contains("<later-") => ("451", "451 4.3.0 later"),
            _ => ("250", "250 fine"),
        };
        let mut seen = self.server.seen.lock().unwrap();
        seen.answered.push((number, code));
        if code == "250" {
            self.has_carried = true;
            seen.taken.push(number);
        }
        reply
    }

    /// Ends the connection, and looks at everything that the client has sent by then.
    async fn end(mut self, mut io: DuplexStream) {
        let Some(Ending { how, takes, .. }) = self.ending else { return };
        if how == How::Farewell {
            let _ = io.write_all(b"421 4.3.2 good bye\r\n").await;
        }
        self.server.seen.lock().unwrap().fresh_failures += usize::from(!self.has_carried);
        loop {
            let mut bytes = [0; 4_096];
            let read = if how == How::Silence {
                io.read(&mut bytes).await.unwrap_or_default()
            } else {
                let mut buffer = ReadBuf::new(&mut bytes);
                let read = poll_fn(|context| {
                    let polled = Pin::new(&mut io).poll_read(context, &mut buffer);
                    Poll::Ready(matches!(polled, Poll::Ready(Ok(()))))
                });
                if read.await { buffer.filled().len() } else { 0 }
            };
            if read == 0 {
                return;
            }
            self.state.input.extend_from_slice(&bytes[..read]);
            while let Some(said) = self.state.next() {
                let Said::Message(number) = said else {
                    // Who has a recipient is needed to know what could be taken.
                    let was_refused = self.state.is_refused;
                    self.reply(said);
                    // Nobody is told any more.
                    self.state.is_refused &= was_refused;
                    continue;
                };
                let recipient = self.state.recipient.take();
                if !self.state.is_refused && how != How::Farewell {
                    let mut seen = self.server.seen.lock().unwrap();
                    seen.unanswered.push(number);
                    if takes && recipient.is_some() && !self.is_leaving {
                        seen.taken.push(number);
                    }
                }
                self.state.has_sender = false;
            }
        }
    }
}
