//! The real program, run as its users run it: its own process, a config file, ports of its own.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clerk_courier::delivery::http;
use clerk_courier::webhook::SigningSecrets;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The signing secret that every test's service knows.
pub(crate) const SECRET: &str = "whsec_evi8j0Hojzno7hSoRApTgYLqPBOHxeKG";

/// Nothing in these tests takes longer; a wait that reaches it fails the test.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// The sections that every test's configuration needs; each test adds channels and providers.
pub(crate) fn config(rest: &str) -> String {
    let (server, rest) = match rest.strip_prefix("#server\n") {
        Some(rest) => rest.split_once("\n#rest\n").unwrap_or((rest, "")),
        None => ("", rest),
    };
    format!(
        "[server]\nlisten = \"127.0.0.1:0\"\nadmin_listen = \"127.0.0.1:0\"\n{server}\n\
         [clerk]\nsigning_secrets = [\"{SECRET}\"]\n{rest}\n"
    )
}

/// A running `clerk-courier serve`.
pub(crate) struct Courier {
    pub(crate) dir: Arc<TempDir>,
    child: Child,
    listen: String,
    admin: String,
    output: Arc<Output>,
}

/// Everything that the process printed.
#[derive(Default)]
struct Output {
    lines: Mutex<Vec<String>>,
    more: Condvar,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// `webhook-delivery: abort-message`
    pub(crate) aborts: bool,
    pub(crate) json: Value,
}

impl Reply {
    /// `503 failed provider_down`: status, outcome, reason, and `abort` where Svix is told to stop.
    pub(crate) fn line(&self) -> String {
        let abort = if self.aborts { " abort" } else { "" };
        format!("{} {} {}{abort}", self.status, self.text("outcome"), self.text("reason"))
    }

    /// A text of the answer, or `-`.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.json.get(name).and_then(Value::as_str).unwrap_or("-")
    }

    /// No answer may repeat a code, a link, a subject or a whole address: Svix keeps them all.
    pub(crate) fn assert_private(&self, event: &Value) {
        let answer = self.json.to_string();
        let names = [
            "data/otp_code",
            "data/magic_link",
            "data/action_url",
            "subject",
            "to_email_address",
            "to_phone_number",
        ];
        for name in names {
            let secret = event.pointer(&format!("/data/{name}")).and_then(Value::as_str);
            if let Some(secret) = secret.filter(|secret| secret.len() > 4) {
                assert!(!answer.contains(secret), "{name} is in the answer: {answer}");
            }
        }
    }
}

impl Courier {
    /// Starts with a configuration, in a directory of its own.
    pub(crate) fn start(config: &str) -> Self {
        let dir = Arc::new(tempfile::tempdir().unwrap());
        std::fs::write(dir.path().join("config.toml"), config).unwrap();
        Self::start_in(dir, |_| {})
    }

    /// Starts in a directory that holds a `config.toml`; `change` may add arguments and variables, or wrap the command.
    pub(crate) fn start_in(dir: Arc<TempDir>, change: impl FnOnce(&mut Command)) -> Self {
        let mut command = Command::new(program());
        command.arg("serve");
        Self::launch(dir, command, change)
    }

    /// Runs any command that ends in `clerk-courier serve`.
    pub(crate) fn launch(dir: Arc<TempDir>, mut command: Command, change: impl FnOnce(&mut Command)) -> Self {
        command.current_dir(dir.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env_remove("CLERK_COURIER_CONFIG").env_remove("CLERK_COURIER_LOG");
        change(&mut command);
        let mut child = command.spawn().unwrap();
        let output = Arc::new(Output::default());
        follow(child.stdout.take().unwrap(), Arc::clone(&output));
        follow(child.stderr.take().unwrap(), Arc::clone(&output));
        let mut courier = Self { dir, child, listen: String::new(), admin: String::new(), output };
        let line = courier.wait_for_line(|line| line.contains("\"serving\""));
        let line: Value = serde_json::from_str(&line).unwrap();
        line["listen"].as_str().unwrap().clone_into(&mut courier.listen);
        line["admin_listen"].as_str().unwrap_or_default().clone_into(&mut courier.admin);
        courier
    }

    /// Kills the process as `kill -9` does, and starts another in the same directory.
    pub(crate) fn crash_and_restart(mut self) -> Self {
        self.kill();
        Self::start_in(Arc::clone(&self.dir), |_| {})
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, without waiting.
    pub(crate) fn terminate(&self) {
        self.signal("-TERM");
    }

    /// SIGHUP: read the words again.
    pub(crate) fn hang_up(&self) {
        self.signal("-HUP");
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Waits for the end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.listen)
    }

    pub(crate) fn address(&self) -> &str {
        &self.listen
    }

    pub(crate) fn admin_address(&self) -> &str {
        &self.admin
    }

    /// Everything printed so far.
    pub(crate) fn output(&self) -> String {
        self.output.lines.lock().unwrap().join("\n")
    }

    /// The first line, printed already or yet to come, that `wanted` picks.
    pub(crate) fn wait_for_line(&self, wanted: impl Fn(&str) -> bool) -> String {
        let mut lines = self.output.lines.lock().unwrap();
        let end = std::time::Instant::now() + PATIENCE;
        loop {
            if let Some(line) = lines.iter().find(|line| wanted(line)) {
                return line.clone();
            }
            let left = end.checked_duration_since(std::time::Instant::now());
            let Some(left) = left else {
                drop(lines); // the output is shown once more when the service is dropped
                panic!("the line did not come");
            };
            lines = self.output.more.wait_timeout(lines, left).unwrap().0;
        }
    }

    /// Posts an event as Svix would, under an id of its own for each event.
    pub(crate) async fn post(&self, event: &Value) -> Reply {
        let id = event["data"]["id"].as_str().unwrap_or("none");
        self.post_as(&format!("msg_{id}"), event).await
    }

    pub(crate) async fn post_as(&self, svix_id: &str, event: &Value) -> Reply {
        let reply = post_to(&self.url("/webhooks/clerk"), svix_id, &serde_json::to_vec(event).unwrap()).await;
        reply.assert_private(event);
        reply
    }

    /// Posts all of them at the same moment; the replies come in the order of the events.
    pub(crate) async fn post_all(&self, events: &[Value]) -> Vec<Reply> {
        let posting: Vec<_> = events.iter().map(|event| self.post_later(event)).collect();
        let mut replies = Vec::new();
        for reply in posting {
            replies.push(reply.await.unwrap());
        }
        replies
    }

    /// Posts without waiting for the answer.
    pub(crate) fn post_later(&self, event: &Value) -> tokio::task::JoinHandle<Reply> {
        let (url, event) = (self.url("/webhooks/clerk"), event.clone());
        let id = format!("msg_{}", event["data"]["id"].as_str().unwrap_or("none"));
        tokio::spawn(async move {
            let reply = post_to(&url, &id, &serde_json::to_vec(&event).unwrap()).await;
            reply.assert_private(&event);
            reply
        })
    }

    /// Writes these bytes on a connection of their own, and reads until the service closes it.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> String {
        let talk = async {
            let mut stream = TcpStream::connect(&self.listen).await.unwrap();
            stream.write_all(bytes).await.unwrap();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await.unwrap();
            String::from_utf8_lossy(&answer).into_owned()
        };
        tokio::time::timeout(PATIENCE, talk).await.expect("the service closes the connection")
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        get(&self.url(path)).await
    }

    pub(crate) async fn metrics(&self) -> String {
        get(&format!("http://{}/metrics", self.admin)).await.1
    }

    /// What the admin address says of the providers.
    pub(crate) async fn providers(&self) -> Value {
        serde_json::from_str(&get(&format!("http://{}/providers", self.admin)).await.1).unwrap()
    }
}

impl Drop for Courier {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- the service printed:\n{}", self.output());
        }
    }
}

/// The binary under test.
pub(crate) fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_clerk-courier"))
}

fn follow(stream: impl std::io::Read + Send + 'static, output: Arc<Output>) {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            output.lines.lock().unwrap().push(line);
            output.more.notify_all();
        }
    });
}

/// Signs with [`SECRET`] and the time of now, and posts.
pub(crate) async fn post_to(url: &str, svix_id: &str, body: &[u8]) -> Reply {
    let headers = signed(svix_id, now().as_secs(), body);
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    post_raw(url, &headers, body).await
}

/// Svix's three headers, signed with [`SECRET`] at `timestamp`.
pub(crate) fn signed(svix_id: &str, timestamp: u64, body: &[u8]) -> [(&'static str, String); 3] {
    let timestamp = timestamp.to_string();
    let signature = SigningSecrets::new([SECRET]).unwrap().sign(svix_id, &timestamp, body);
    [("svix-id", svix_id.to_owned()), ("svix-timestamp", timestamp), ("svix-signature", signature)]
}

/// Posts with just these headers.
pub(crate) async fn post_raw(url: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    let mut request = http::client(PATIENCE).unwrap().post(url).timeout(PATIENCE).body(body.to_vec());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    Reply {
        status: response.status().as_u16(),
        aborts: response.headers().get("webhook-delivery").is_some_and(|value| value == "abort-message"),
        json: serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default(),
    }
}

pub(crate) async fn get(url: &str) -> (u16, String) {
    let response = http::client(PATIENCE).unwrap().get(url).timeout(PATIENCE).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[expect(clippy::disallowed_methods, reason = "the service under test lives in real time")]
pub(crate) fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
}

thread_local! {
    /// When the first fixture of a test was made. Each test has a thread of its own.
    static BORN: Duration = now();
}

/// A fixture with an id of its own: `email.created.verification_code`. All fixtures of a test are born at the same moment:
/// they go to the same recipient, and whichever is accepted first must not supersede the others.
pub(crate) fn fixture(name: &str, id: &str) -> Value {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/clerk").join(format!("{name}.json"));
    let mut event: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    event["timestamp"] = u64::try_from(BORN.with(Duration::as_millis)).unwrap().into();
    event["data"]["id"] = id.into();
    event
}
