//! A running `clerk-courier dev`, and what can be asked of it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::command::{Ran, run};
use super::courier::{get, program};

/// From the command to two messages in the browser.
const START: Duration = super::courier::PATIENCE;

/// A running playground.
pub(crate) struct Playground {
    dir: TempDir,
    child: Child,
    /// Where the workshop is: `http://127.0.0.1:port`.
    pub(crate) workshop: String,
    pub(crate) receiver: String,
    pub(crate) secret: String,
}

impl Playground {
    /// In a directory that holds these files, by path, and nothing else.
    pub(crate) fn start(files: &[(&str, &str)]) -> Self {
        Self::start_in_outbox("box", files)
    }

    /// As [`Self::start`], with an outbox of this name.
    pub(crate) fn start_in_outbox(outbox: &str, files: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in files {
            put(dir.path(), path, text);
        }
        let mut child = Command::new(program())
            .args(["dev", "--listen", "127.0.0.1:0", "--workshop", "127.0.0.1:0", "--outbox", outbox])
            .current_dir(dir.path())
            .env_clear()
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (tell, told) = mpsc::channel();
        let stdout = child.stdout.take().unwrap();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = tell.send(line);
            }
        });
        let mut lines = Vec::new();
        while !lines.iter().any(|line: &String| line.contains("let Clerk send")) {
            let Ok(line) = told.recv_timeout(START) else {
                let _ = child.kill();
                panic!("no introduction: {lines:#?}")
            };
            lines.push(line);
        }
        let said = |label: &str| {
            let line = lines.iter().find_map(|line| line.strip_prefix(&format!("  {label} ")));
            line.and_then(|line| line.split_whitespace().next()).unwrap_or_default().to_owned()
        };
        let (workshop, receiver, secret) = (said("Workshop"), said("Receiver"), said("Secret"));
        Self { dir, child, workshop, receiver, secret }
    }

    /// Where it was started: `config.toml`, `templates/`, the outbox `box/`.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// What is at a path of the workshop.
    pub(crate) async fn page(&self, path: &str) -> String {
        let (status, page) = get(&format!("{}{path}", self.workshop)).await;
        assert_eq!(status, 200, "{path}: {page}");
        page
    }

    /// A page, as soon as it is as `wanted`.
    pub(crate) async fn page_when(&self, path: &str, wanted: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + START;
        loop {
            let page = self.page(path).await;
            if wanted(&page) {
                return page;
            }
            assert!(Instant::now() < end, "never came true: {page}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Writes a file, as an editor does.
    pub(crate) fn save(&self, path: &str, text: &str) {
        put(self.dir.path(), path, text);
    }

    /// Submits the form that sends a template.
    pub(crate) async fn send(&self, template: &str, form: &str) -> String {
        let host = self.workshop.strip_prefix("http://").unwrap();
        let answer =
            self.post(template, &format!("host: {host}\r\norigin: {}\r\n", self.workshop), form).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        answer
    }

    pub(crate) async fn post(&self, template: &str, headers: &str, form: &str) -> String {
        let kind = "content-type: application/x-www-form-urlencoded\r\n";
        let headers = format!("{headers}{kind}content-length: {}\r\n", form.len());
        self.ask("POST", &format!("/template/{template}/send"), &headers, form).await
    }

    pub(crate) async fn trigger(&self, arguments: &[&str]) -> Ran {
        let arguments = [&["trigger", "--url", &self.receiver, "--secret", &self.secret], arguments].concat();
        run(self.dir.path(), &arguments, &[]).await
    }

    /// The paths of the messages on the page, newest first.
    pub(crate) async fn messages(&self) -> Vec<String> {
        let page = self.page("/").await;
        page.split("href=\"")
            .filter_map(|rest| rest.split_once('"'))
            .map(|(path, _)| path.to_owned())
            .filter(|path| path.starts_with("/message/") && !path.ends_with("/source"))
            .collect()
    }

    /// Asks by hand; returns all that was answered.
    pub(crate) async fn raw(&self, path: &str, headers: &str) -> String {
        self.ask("GET", path, headers, "").await
    }

    async fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(self.workshop.strip_prefix("http://").unwrap()).await.unwrap();
        let request = format!("{method} {path} HTTP/1.1\r\n{headers}connection: close\r\n\r\n{body}");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        tokio::time::timeout(START, stream.read_to_string(&mut answer)).await.unwrap().unwrap();
        answer
    }

    /// Ends it as a terminal (INT) or a supervisor (TERM) does.
    pub(crate) fn stop(mut self, signal: &str) -> ExitStatus {
        self.signal(signal);
        self.child.wait().unwrap()
    }

    /// Tells it to end, without waiting.
    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([&format!("-{signal}"), &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }
}

impl Drop for Playground {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn put(dir: &Path, path: &str, text: &str) {
    let file = dir.join(path);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    // Nobody sees half of it.
    let whole = dir.join("unsaved");
    std::fs::write(&whole, text).unwrap();
    std::fs::rename(whole, file).unwrap();
}
