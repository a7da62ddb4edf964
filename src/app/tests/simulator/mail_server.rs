//! A mail server in memory, which does with each attempt what the script says.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream};
use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::script::{Behaviour, Millis, Step};
use super::services::Services;
use super::world::{Life, Said, Taken, World};

/// How long a service listens for a late reply: 30 s, from when its attempt was over.
const LISTENS: Millis = 30_000;

/// Clones are the same server.
#[derive(Debug, Clone)]
pub(super) struct MailServer {
    world: World,
    to_come: Arc<Mutex<VecDeque<Behaviour>>>,
    pipelining: bool,
    chunking: bool,
}

/// One connection to the server.
struct Dialogue {
    server: MailServer,
    services: Services,
    by: Life,
    client: BufReader<DuplexStream>,
    /// What happens to the attempt under way, and when it began.
    behaviour: Behaviour,
    begun: Millis,
    recipient: Option<u8>,
}

impl MailServer {
    pub(super) fn new(world: &World, behaviours: &[Behaviour]) -> Self {
        let (pipelining, chunking) = world.script.extensions;
        let to_come = Arc::new(Mutex::new(behaviours.iter().copied().collect()));
        Self { world: world.clone(), to_come, pipelining, chunking }
    }

    /// Whether it takes all messages from now on.
    pub(super) fn is_calm(&self) -> bool {
        self.to_come.lock().unwrap().is_empty()
    }

    /// Where a process's ends of new connections go. All of them break when the process is `dead`.
    pub(super) fn dial(
        &self,
        services: &Services,
        by: Life,
        dead: &CancellationToken,
    ) -> mpsc::UnboundedSender<DuplexStream> {
        let (dial, mut connections) = mpsc::unbounded_channel();
        let (server, services, dead) = (self.clone(), services.clone(), dead.clone());
        tokio::spawn(async move {
            loop {
                let connection = tokio::select! {
                    biased;
                    () = dead.cancelled() => break,
                    Some(connection) = connections.recv() => connection,
                    else => break,
                };
                let mut dialogue = Dialogue {
                    server: server.clone(),
                    services: services.clone(),
                    by,
                    client: BufReader::new(connection),
                    behaviour: Behaviour::Accepts,
                    begun: 0,
                    recipient: None,
                };
                let dead = dead.clone();
                tokio::spawn(async move {
                    tokio::select! {
                        biased;
                        () = dead.cancelled() => {}
                        _ = dialogue.run() => {}
                    }
                });
            }
        });
        dial
    }
}

impl Dialogue {
    async fn say(&mut self, reply: &str) -> Option<()> {
        self.client.write_all(format!("{reply}\r\n").as_bytes()).await.ok()?;
        if reply.starts_with("421") { None } else { Some(()) }
    }

    /// Answers a step as the script says; the result is whether that was the usual reply. `None`: the connection is over.
    async fn answer(&mut self, step: Step, usual: &str) -> Option<bool> {
        match self.behaviour {
            Behaviour::Says(at, words) if at == step => {
                let message = self.recipient.and_then(|to| self.server.world.whose(self.by, to));
                let at = self.note_fault();
                self.server.world.log().said.push(Said { by: self.by, message, at, step, words });
                self.say(words.text()).await?;
                Some(false)
            }
            Behaviour::Hangs { step: at, .. } if at == step => {
                self.note_fault();
                let mut sink = Vec::new();
                let _ = self.client.read_to_end(&mut sink).await;
                self.note_fault();
                None
            }
            Behaviour::Breaks { step: at, .. } if at == step => {
                self.note_fault();
                None
            }
            _ => self.say(usual).await.map(|()| true),
        }
    }

    fn note_fault(&self) -> Millis {
        let now = self.server.world.now();
        self.server.world.log().last_fault = now;
        now
    }

    async fn run(&mut self) -> Option<()> {
        self.say("220 mail.example").await?;
        let (mut has_sender, mut has_recipient) = (false, false);
        loop {
            let mut line = String::new();
            if self.client.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            let words: Vec<_> = line.split_ascii_whitespace().collect();
            match words.first().copied().unwrap_or_default() {
                "EHLO" => {
                    let pipelining = if self.server.pipelining { "250-PIPELINING\r\n" } else { "" };
                    let chunking = if self.server.chunking { "250-CHUNKING\r\n" } else { "" };
                    self.say(&format!("250-mail.example\r\n{pipelining}{chunking}250 HELP")).await?;
                }
                "MAIL" => {
                    self.begun = self.server.world.now();
                    self.behaviour =
                        self.server.to_come.lock().unwrap().pop_front().unwrap_or(Behaviour::Accepts);
                    (has_recipient, self.recipient) = (false, None);
                    has_sender = self.answer(Step::Mail, "250 ok").await?;
                }
                "RCPT" if !has_sender => self.say("503 no sender").await?,
                "RCPT" => {
                    self.recipient =
                        line.split("person-").nth(1).and_then(|rest| rest.get(..1)?.parse().ok());
                    has_recipient = self.answer(Step::Rcpt, "250 ok").await?;
                }
                "DATA" if !has_recipient => self.say("554 no recipient").await?,
                "DATA" => {
                    if !self.answer(Step::Data, "354 go on").await? {
                        continue;
                    }
                    let mut message = String::new();
                    while !message.ends_with("\r\n.\r\n") {
                        if self.client.read_line(&mut message).await.ok()? == 0 {
                            return None;
                        }
                    }
                    self.take(&message).await?;
                }
                "BDAT" => {
                    let mut message = vec![0; words.get(1)?.parse().ok()?];
                    self.client.read_exact(&mut message).await.ok()?;
                    if has_recipient {
                        self.take(&String::from_utf8_lossy(&message)).await?;
                    } else {
                        self.say("554 no recipient").await?;
                    }
                }
                "QUIT" => return None,
                _ => self.say("250 ok").await?,
            }
        }
    }

    /// The whole message has come.
    async fn take(&mut self, message: &str) -> Option<()> {
        let behaviour = self.behaviour;
        let is_taken = match behaviour {
            Behaviour::Accepts | Behaviour::Late(_) => true,
            Behaviour::Says(step, _) => step != Step::Body,
            Behaviour::Hangs { step, taken } | Behaviour::Breaks { step, taken } => {
                step != Step::Body || taken
            }
        };
        if !is_taken {
            return self.answer(Step::Body, "").await.map(drop);
        }
        let world = self.server.world.clone();
        let number = message.split("Message-ID: <ema_sim_").nth(1).unwrap().split('@').next().unwrap();
        let at = world.now();
        let is_usual = match behaviour {
            Behaviour::Hangs { step, .. } | Behaviour::Breaks { step, .. } => step != Step::Body,
            _ => true,
        };
        let taken = Taken {
            message: number.parse().unwrap(),
            by: self.by,
            begun: self.begun,
            at,
            said: None,
            doubt: !is_usual || matches!(behaviour, Behaviour::Late(_)),
        };
        let place = {
            let mut log = world.log();
            log.taken.push(taken);
            log.taken.len() - 1
        };
        let end = self.services.taken(self.by.service);
        if let Some((false, down)) = end {
            self.services.kill(self.by.service, down);
            return None;
        }
        if let Behaviour::Late(by) = behaviour {
            self.note_fault();
            sleep(Duration::from_millis(by)).await;
        }
        if is_usual {
            let now = world.now();
            world.log().taken[place].said = Some(now).filter(|now| now - at < LISTENS);
        }
        self.answer(Step::Body, "250 ok").await?;
        if let Some((true, down)) = end {
            self.services.kill(self.by.service, down);
            return None;
        }
        Some(())
    }
}
