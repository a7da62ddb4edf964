//! What stands in front of a service, or in its place: scripted, on a port of this machine.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::doctor;
use crate::support::courier::{Courier, config};
use crate::support::scene::email;

/// A request that came.
pub(super) struct Came {
    pub(super) head: String,
    pub(super) body: Vec<u8>,
}

/// What to do with it.
pub(super) enum Then {
    /// This status, one header, and this body.
    Answer(&'static str, &'static str, &'static str),
    /// Send it to this address with this head and body, and give back its answer.
    Pass(String, String, Vec<u8>),
    /// Never answer.
    Hang,
    /// Close without an answer.
    Close,
    /// An answer without an end.
    Flood,
}

/// A program that answers; it stops when dropped.
pub(super) struct Front {
    pub(super) address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl Front {
    pub(super) async fn start(act: impl Fn(Came) -> Then + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let act = Arc::new(act);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let act = Arc::clone(&act);
                tokio::spawn(async move { converse(stream, &*act).await });
            }
        });
        Self { address, task }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/webhooks/clerk", self.address)
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn converse(mut stream: TcpStream, act: &(dyn Fn(Came) -> Then + Send + Sync)) -> Option<()> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let length =
        head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = bytes.split_off(end + 4);
    while body.len() < length.unwrap_or(0) {
        stream.read_buf(&mut body).await.ok()?;
    }
    match act(Came { head, body }) {
        Then::Answer(status, header, body) => {
            let header = if header.is_empty() { String::new() } else { format!("{header}\r\n") };
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\n{header}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
            stream.write_all(answer.as_bytes()).await.ok()?;
        }
        Then::Pass(to, head, body) => {
            let mut there = TcpStream::connect(to).await.ok()?;
            let lines = head.lines().filter(|line| {
                let line = line.to_lowercase();
                !line.starts_with("content-length") && !line.starts_with("connection")
            });
            let head = lines.collect::<Vec<_>>().join("\r\n");
            let head = format!("{head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            there.write_all(head.as_bytes()).await.ok()?;
            there.write_all(&body).await.ok()?;
            tokio::io::copy(&mut there, &mut stream).await.ok()?;
        }
        Then::Hang => {
            let _ = stream.read_to_end(&mut bytes).await;
        }
        Then::Close => {}
        Then::Flood => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.ok()?;
            let page = vec![b'x'; 65_536];
            while stream.write_all(&page).await.is_ok() {}
        }
    }
    Some(())
}

/// A port that greets in plain text, as for STARTTLS, and is not strict about what comes then.
pub(super) struct Greeter(SocketAddr, tokio::task::JoinHandle<()>);

impl Greeter {
    pub(super) fn port(&self) -> u16 {
        self.0.port()
    }
}

impl Drop for Greeter {
    fn drop(&mut self) {
        self.1.abort();
    }
}

pub(super) async fn greeter() -> Greeter {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = stream.write_all(b"220 mail.acme.example ESMTP\r\n").await;
                let mut bytes = Vec::new();
                let _ = stream.read_to_end(&mut bytes).await;
            });
        }
    });
    Greeter(address, task)
}

/// What stands in front, what is found, and a word of its cure.
type Case = (Box<dyn Fn(Came) -> Then + Send + Sync>, &'static str, &'static str);

/// What hands the request on, to `to`, and changes it.
fn changing(to: String) -> Vec<Case> {
    let pass = move |came: Came, change: fn(&str, &[u8]) -> (String, Vec<u8>)| {
        let (head, body) = change(&came.head, &came.body);
        Then::Pass(to.clone(), head, body)
    };
    let rewritten: fn(&str, &[u8]) -> (String, Vec<u8>) = |head, body| {
        let json: Result<serde_json::Value, _> = serde_json::from_slice(body);
        (head.to_owned(), json.map_or(body.to_vec(), |json| json.to_string().into_bytes()))
    };
    let stripped: fn(&str, &[u8]) -> (String, Vec<u8>) = |head, body| {
        let lines = head.lines().filter(|line| !line.to_lowercase().starts_with("svix-"));
        (lines.collect::<Vec<_>>().join("\r\n"), body.to_vec())
    };
    let late: fn(&str, &[u8]) -> (String, Vec<u8>) = |head, body| {
        let lines = head
            .lines()
            .map(|line| if line.starts_with("svix-timestamp") { "svix-timestamp: 1000000000" } else { line });
        (lines.collect::<Vec<_>>().join("\r\n"), body.to_vec())
    };
    let elsewhere: fn(&str, &[u8]) -> (String, Vec<u8>) =
        |head, body| (head.replacen("/webhooks/clerk", "/clerk", 1), body.to_vec());
    let health: fn(&str, &[u8]) -> (String, Vec<u8>) =
        |head, body| (head.replacen("/webhooks/clerk", "/healthz", 1), body.to_vec());
    let broken: fn(&str, &[u8]) -> (String, Vec<u8>) = |head, body| (head.to_owned(), [body, b" "].concat());
    let passing = |change| -> Box<dyn Fn(Came) -> Then + Send + Sync> {
        let pass = pass.clone();
        Box::new(move |came| pass(came, change))
    };
    let all_but_large = pass.clone();
    vec![
        (passing(rewritten), "reads the body and writes it anew", "byte for byte"),
        (passing(stripped), "removes Svix's headers", "pass on svix-id"),
        (passing(late), "The clock of the server at --url is wrong", "Synchronise"),
        (passing(elsewhere), "receives webhooks at another path", "[clerk] path"),
        (passing(health), "receives webhooks at another path", "[clerk] path"),
        (passing(broken), "does not accept this configuration's first signing secret", "signing_secrets"),
        (
            Box::new(move |came| {
                if came.body.len() > 100_000 {
                    Then::Answer("413 Content Too Large", "", "<html>")
                } else {
                    all_but_large(came, |head, body| (head.to_owned(), body.to_vec()))
                }
            }),
            "A mail of 200 kB does not get through",
            "client_max_body_size",
        ),
    ]
}

/// What answers by itself.
fn answering() -> Vec<Case> {
    let fixed =
        |answer: (&'static str, &'static str, &'static str)| -> Box<dyn Fn(Came) -> Then + Send + Sync> {
            Box::new(move |_| Then::Answer(answer.0, answer.1, answer.2))
        };
    vec![
        (
            fixed(("301 Moved", "location: https://acme.example/x?token=canary", "")),
            "redirect (301) to https://acme.example/x,",
            "https://acme.example/x",
        ),
        (
            fixed(("302 Found", "location: /login?next=canary", "")),
            "whoever is not logged in",
            "Exempt the path /webhooks/clerk",
        ),
        (fixed(("307 X", "", "")), "redirect (307)", "address that it leads to"),
        (
            fixed(("200 OK", "content-type: text/html", "<input type=\"password\">")),
            "shows a page to log in",
            "Exempt the path",
        ),
        (
            fixed(("401 Unauthorized", "www-authenticate: Basic", "")),
            "wants a user name and a password",
            "Exempt the path",
        ),
        (
            fixed(("403 Forbidden", "cf-mitigated: challenge", "")),
            "proof that its visitor is not a bot",
            "bot protection",
        ),
        (fixed(("403 Forbidden", "", "no")), "forbids the request", "Allow POST"),
        (
            fixed(("200 OK", "content-type: application/json", "{\"ok\":true}")),
            "Svix takes that for a delivery",
            "which program",
        ),
        (fixed(("404 Not Found", "", "nginx")), "Another program answers", "[clerk] path"),
        (fixed(("429 Too Many", "", "")), "limits requests (429)", "rate limits"),
        (fixed(("502 Bad Gateway", "", "nginx")), "reaches no service behind it", "upstream"),
        (fixed(("500 X", "", "\u{1b}[31mcanary")), "Another program answers", "Check the URL"),
        (
            fixed(("200 OK", "", "{\"outcome\":\"accepted\\u001b[31m\",\"message\":\"x\"}")),
            "answers a test 200",
            "version",
        ),
        (Box::new(|_| Then::Hang), "does not answer within", "behind your proxy"),
        (Box::new(|_| Then::Close), "Nobody answers at", "firewall"),
        (Box::new(|_| Then::Flood), "Another program answers", "which program"),
    ]
}

#[tokio::test]
async fn whatever_stands_in_front_of_the_service_is_named() {
    let courier = Courier::start(&config(&(email(&["files"]) + "[providers.files]\ntype = \"outbox\"\n")));
    let cases = changing(courier.address().to_owned()).into_iter().chain(answering());
    let dir = super::configured(
        &(config(&(email(&["files"]) + "[providers.files]\ntype = \"outbox\"\n"))
            .replace("[clerk]\n", "[clerk]\napi_url = \"http://127.0.0.1:1\"\n")),
    );
    let mut wrong = Vec::new();
    for (act, what, cure) in cases {
        let front = Front::start(act).await;
        let page = doctor(dir.path(), &["--url", &front.url(), "--name-server", "127.0.0.1:1"]).await;
        if !page.has("fault", what, cure) || page.ran.code != Some(1) {
            wrong.push((what, page.complaints()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
