//! A mail server in memory that goes wrong as planned.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream};
use tokio::sync::mpsc;
use tokio::time::sleep;

/// Where something goes wrong: before the reply to this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Greeting,
    Ehlo,
    Mail,
    Rcpt,
    Data,
    Body,
}

/// What happens instead of the usual reply.
#[derive(Debug, Clone)]
pub(super) enum After {
    Reply(&'static str),
    Silence,
    Close,
    /// The usual reply, so many milliseconds later.
    Delay(u64),
}

/// One fault, which happens once.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    pub(super) step: Step,
    pub(super) after: After,
    /// Where it breaks after the message has come: the server has taken it anyway.
    pub(super) takes: bool,
    /// How often the step goes well before.
    pub(super) skip: usize,
}

#[derive(Debug, Default)]
struct State {
    faults: Vec<Planned>,
    said: Vec<&'static str>,
    taken: Vec<String>,
    doubts: usize,
}

/// Clones are the same server.
#[derive(Debug, Clone)]
pub(super) struct Server {
    state: Arc<Mutex<State>>,
    pipelining: bool,
    chunking: bool,
}

/// The message came in one flight with its envelope.
fn client_sent_all(client: &BufReader<DuplexStream>) -> bool {
    client.buffer().windows(4).any(|window| window == b"BDAT")
}

impl Server {
    pub(super) fn new(faults: Vec<Planned>, pipelining: bool, chunking: bool) -> Self {
        let state = State { faults, ..State::default() };
        Self { state: Arc::new(Mutex::new(state)), pipelining, chunking }
    }

    /// Where its clients' ends of new connections go.
    pub(super) fn dial(&self) -> mpsc::UnboundedSender<DuplexStream> {
        let (dial, mut connections) = mpsc::unbounded_channel();
        let server = self.clone();
        tokio::spawn(async move {
            while let Some(connection) = connections.recv().await {
                let server = server.clone();
                tokio::spawn(async move { server.serve(connection).await });
            }
        });
        dial
    }

    /// How often it took the message with this id.
    pub(super) fn taken(&self, id: &str) -> usize {
        self.state.lock().unwrap().taken.iter().filter(|taken| *taken == id).count()
    }

    /// Whether it took any message.
    pub(super) fn has_taken(&self) -> bool {
        !self.state.lock().unwrap().taken.is_empty()
    }

    /// How often nobody could know what happened to a message.
    pub(super) fn doubts(&self) -> usize {
        self.state.lock().unwrap().doubts
    }

    pub(super) fn said(&self, words: &[&str]) -> bool {
        self.state.lock().unwrap().said.iter().any(|said| words.contains(said))
    }

    fn fault(&self, step: Step) -> Option<Planned> {
        let mut state = self.state.lock().unwrap();
        let at = state.faults.iter().position(|fault| fault.step == step)?;
        if state.faults[at].skip > 0 {
            state.faults[at].skip -= 1;
            return None;
        }
        Some(state.faults.remove(at))
    }

    /// Answers a step. `None`: the connection is over. Else the code that was said.
    async fn answer(&self, step: Step, usual: &str, out: &mut BufReader<DuplexStream>) -> Option<u16> {
        let usual = usual.to_owned();
        let fault = self.fault(step).map(|fault| fault.after);
        let is_silent = fault.as_ref().is_some_and(|after| !matches!(after, After::Reply(_)));
        if is_silent && client_sent_all(out) {
            self.state.lock().unwrap().doubts += 1;
        }
        let reply = match fault {
            None => usual,
            Some(After::Reply(reply)) => {
                self.state.lock().unwrap().said.push(reply);
                reply.to_owned()
            }
            Some(After::Delay(millis)) => {
                sleep(Duration::from_millis(millis)).await;
                usual
            }
            Some(After::Close) => return None,
            Some(After::Silence) => {
                let mut sink = Vec::new();
                let _ = out.read_to_end(&mut sink).await;
                return None;
            }
        };
        out.write_all(format!("{reply}\r\n").as_bytes()).await.ok()?;
        if reply.starts_with("421") {
            return None;
        }
        reply.get(..3)?.parse().ok()
    }

    async fn serve(&self, connection: DuplexStream) {
        let _ = self.dialogue(BufReader::new(connection)).await;
    }

    async fn dialogue(&self, mut client: BufReader<DuplexStream>) -> Option<()> {
        if self.answer(Step::Greeting, "220 mail.example", &mut client).await? != 220 {
            return None;
        }
        let (mut has_sender, mut has_recipient) = (false, false);
        loop {
            let mut line = String::new();
            if client.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            let words: Vec<_> = line.split_ascii_whitespace().collect();
            match words.first().copied().unwrap_or_default() {
                "EHLO" => {
                    let mut offered = "250-mail.example".to_owned();
                    for (name, is_offered) in [("PIPELINING", self.pipelining), ("CHUNKING", self.chunking)] {
                        if is_offered {
                            offered = format!("{offered}\r\n250-{name}");
                        }
                    }
                    self.answer(Step::Ehlo, &format!("{offered}\r\n250 HELP"), &mut client).await?;
                }
                "MAIL" => {
                    has_recipient = false;
                    has_sender = self.answer(Step::Mail, "250 ok", &mut client).await? / 100 == 2;
                }
                "RCPT" if !has_sender => client.write_all(b"503 no sender\r\n").await.ok()?,
                "RCPT" => has_recipient = self.answer(Step::Rcpt, "250 ok", &mut client).await? / 100 == 2,
                "DATA" if !has_recipient => client.write_all(b"554 no recipient\r\n").await.ok()?,
                "DATA" => {
                    if self.answer(Step::Data, "354 go on", &mut client).await? != 354 {
                        continue;
                    }
                    let mut message = String::new();
                    while !message.ends_with("\r\n.\r\n") {
                        if client.read_line(&mut message).await.ok()? == 0 {
                            return None;
                        }
                    }
                    self.take(&message, &mut client).await?;
                }
                "BDAT" => {
                    let mut message = vec![0; words.get(1)?.parse().ok()?];
                    client.read_exact(&mut message).await.ok()?;
                    if has_recipient {
                        self.take(&String::from_utf8_lossy(&message), &mut client).await?;
                    } else {
                        client.write_all(b"554 no recipient\r\n").await.ok()?;
                    }
                }
                "QUIT" => return None,
                _ => client.write_all(b"250 ok\r\n").await.ok()?,
            }
        }
    }

    /// The whole message has come.
    async fn take(&self, message: &str, client: &mut BufReader<DuplexStream>) -> Option<()> {
        let id =
            message.split("Message-ID: <").nth(1).and_then(|rest| rest.split('@').next()).unwrap().to_owned();
        let fault = self.state.lock().unwrap().faults.iter().find(|fault| fault.step == Step::Body).cloned();
        let is_taken = match fault.filter(|fault| fault.skip == 0) {
            None => true,
            Some(Planned { after: After::Reply(reply), .. }) => reply.starts_with('2'),
            // The usual reply, too late perhaps.
            Some(Planned { after: After::Delay(_), .. }) => {
                self.state.lock().unwrap().doubts += 1;
                true
            }
            Some(Planned { takes, .. }) => {
                self.state.lock().unwrap().doubts += 1;
                takes
            }
        };
        if is_taken {
            self.state.lock().unwrap().taken.push(id);
        }
        self.answer(Step::Body, "250 ok", client).await.map(drop)
    }
}
