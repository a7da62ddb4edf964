//! The real program in its own process, and a caller that signs events and delivers them as Svix does.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};
use clerk_courier::delivery::http;
use clerk_courier::message::Channel;
use clerk_courier::template::sample;
use clerk_courier::webhook::SigningSecrets;
use reqwest::Client;
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

const SECRET: &str = "whsec_evi8j0Hojzno7hSoRApTgYLqPBOHxeKG";

/// Svix waits this long for an answer.
pub(crate) const SVIX_WAITS: Duration = Duration::from_secs(15);

/// Svix comes back this long after the first failure; after the second, only after five minutes.
const SVIX_RETURNS: Duration = Duration::from_secs(5);

/// A running `clerk-courier serve`, which ends with this value.
#[derive(Debug)]
pub(crate) struct Service {
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
    /// Kept open, and not read, where a scenario wants that.
    _unread: Option<BufReader<ChildStdout>>,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// How long it took from its start until it listened.
    pub(crate) started: Duration,
    /// Delivers events to it.
    pub(crate) caller: Caller,
}

impl Service {
    /// Starts the program in `dir`, with the SMTP server on `port` as its only provider and all else by default. Its log
    /// is read to the end if `is_read`, and otherwise until the program listens.
    ///
    /// # Errors
    /// The program does not start.
    pub(crate) fn start(dir: &Path, port: u16, is_read: bool) -> anyhow::Result<Self> {
        let config = format!(
            "[server]\nlisten = \"127.0.0.1:0\"\nadmin_listen = \"\"\n[clerk]\nsigning_secrets = [\"{SECRET}\"]\n\
             [email]\nfrom = \"Acme <login@acme.example>\"\nproviders = [\"main\"]\n\
             [providers.main]\ntype = \"smtp\"\nurl = \"smtp://127.0.0.1:{port}\"\n"
        );
        std::fs::write(dir.join("config.toml"), config)?;
        let begun = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_clerk-courier"))
            .arg("serve")
            .current_dir(dir)
            .env_remove("CLERK_COURIER_CONFIG")
            .env_remove("CLERK_COURIER_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut output = BufReader::new(child.stdout.take().context("the program has no output")?);
        let mut line = String::new();
        while !line.contains("\"serving\"") {
            line.clear();
            if output.read_line(&mut line)? == 0 {
                bail!("the program ended before it listened");
            }
        }
        let started = begun.elapsed();
        let serving: Value = serde_json::from_str(&line)?;
        let address = serving.get("listen").and_then(Value::as_str).context("no address")?.parse()?;
        let log = Arc::default();
        let unread = if is_read {
            follow(output, Arc::clone(&log));
            None
        } else {
            Some(output)
        };
        Ok(Self { child, log, _unread: unread, address, started, caller: Caller::new(address)? })
    }

    /// Each different warning and error of the log: how many times it came, and its first line.
    pub(crate) fn complaints(&self) -> Vec<(usize, String)> {
        let mut found: Vec<(String, usize, String)> = Vec::new();
        for line in &*self.log.lock().unwrap_or_else(PoisonError::into_inner) {
            let Ok(json) = serde_json::from_str::<Value>(line) else { continue };
            let field = |name| json.get(name).and_then(Value::as_str).unwrap_or_default();
            if !matches!(field("level"), "WARN" | "ERROR") {
                continue;
            }
            let kind = ["message", "outcome", "reason"].map(field).join(" ");
            match found.iter_mut().find(|(known, ..)| *known == kind) {
                Some((_, times, _)) => *times += 1,
                None => found.push((kind, 1, line.clone())),
            }
        }
        found.into_iter().map(|(_, times, line)| (times, line)).collect()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn follow(output: BufReader<ChildStdout>, log: Arc<Mutex<Vec<String>>>) {
    std::thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            log.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
    });
}

/// What one attempt was answered with.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// The HTTP status, or 0 if there was no answer in time.
    pub(crate) status: u16,
    /// The outcome, or what went wrong.
    pub(crate) outcome: String,
    /// From the attempt to its answer.
    pub(crate) took: Duration,
    /// When the answer came.
    pub(crate) at: Instant,
}

impl Answer {
    /// Whether Svix takes it as delivered.
    pub(crate) fn is_fine(&self) -> bool {
        self.status == 200
    }
}

/// What to deliver, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    /// The messages' numbers begin here.
    pub(crate) first: usize,
    /// How many messages there are.
    pub(crate) count: usize,
    /// How many are sent in a second; 0: all at once.
    pub(crate) rate: u32,
    /// How many attempts Svix may make, five seconds apart.
    pub(crate) attempts: usize,
}

/// Signs and posts events.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    client: Client,
    url: String,
    secrets: Arc<SigningSecrets>,
}

impl Caller {
    fn new(address: SocketAddr) -> anyhow::Result<Self> {
        let url = format!("http://{address}/webhooks/clerk");
        Ok(Self { client: http::client(SVIX_WAITS)?, url, secrets: Arc::new(SigningSecrets::new([SECRET])?) })
    }

    /// Delivers all of `load`; the answers to each message, in the order of the messages.
    pub(crate) async fn deliver(&self, load: Load) -> Vec<Vec<Answer>> {
        let start = Instant::now();
        let mut under_way = JoinSet::new();
        for at in 0..load.count {
            let caller = self.clone();
            let pause = Duration::from_secs(1).checked_div(load.rate).unwrap_or_default();
            let due = start + pause * u32::try_from(at).unwrap_or(u32::MAX);
            under_way.spawn(async move {
                sleep_until(due).await;
                (at, caller.deliver_one(load.first + at, load.attempts).await)
            });
        }
        let mut answers = Vec::with_capacity(load.count);
        while let Some(done) = under_way.join_next().await {
            answers.extend(done.ok());
        }
        answers.sort_by_key(|(at, _)| *at);
        answers.into_iter().map(|(_, answers)| answers).collect()
    }

    /// Delivers message `number` until it is taken, or the attempts are used up.
    async fn deliver_one(&self, number: usize, attempts: usize) -> Vec<Answer> {
        let (id, svix_id) = ids(number);
        let Ok(body) = event(&id) else { return Vec::new() };
        let mut answers = Vec::new();
        for attempt in 0..attempts {
            if attempt > 0 {
                sleep(SVIX_RETURNS).await;
            }
            let begun = Instant::now();
            let (status, outcome) = match tokio::time::timeout(SVIX_WAITS, self.post(&svix_id, &body)).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(error)) => (0, format!("{error:#}")),
                Err(_) => (0, "no answer".to_owned()),
            };
            let answer = Answer { status, outcome, took: begun.elapsed(), at: Instant::now() };
            let is_over = answer.is_fine() || answer.status == 422;
            answers.push(answer);
            if is_over {
                break;
            }
        }
        answers
    }

    async fn post(&self, svix_id: &str, body: &str) -> anyhow::Result<(u16, String)> {
        let timestamp = now().as_secs().to_string();
        let signature = self.secrets.sign(svix_id, &timestamp, body.as_bytes());
        let request = self.client.post(&self.url).header("svix-id", svix_id).body(body.to_owned());
        let request = request.header("svix-timestamp", timestamp).header("svix-signature", signature);
        let response = request.send().await?;
        let status = response.status().as_u16();
        let json: Value = serde_json::from_slice(&response.bytes().await?).unwrap_or_default();
        let field = |name| json.get(name).and_then(Value::as_str).unwrap_or_default();
        Ok((status, [field("outcome"), field("reason")].join(" ").trim_end().to_owned()))
    }
}

/// The ids of message `number`: Clerk's and Svix's.
pub(crate) fn ids(number: usize) -> (String, String) {
    (format!("ema_{number:027}"), format!("msg_{number:027}"))
}

/// A verification mail to a reader of its own, born now.
fn event(id: &str) -> anyhow::Result<String> {
    let mut event = sample::event(Channel::Email, "verification_code").context("no sample")?;
    let data = event.get_mut("data").and_then(Value::as_object_mut).context("no data")?;
    data.insert("id".to_owned(), id.into());
    data.insert("to_email_address".to_owned(), format!("{id}@reader.example").into());
    let object = event.as_object_mut().context("no object")?;
    object.insert("timestamp".to_owned(), u64::try_from(now().as_millis())?.into());
    Ok(event.to_string())
}

/// The time since the Unix epoch.
#[expect(clippy::disallowed_methods, reason = "the program under test lives in real time")]
pub(crate) fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
