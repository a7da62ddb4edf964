//! A scripted Twilio: a real socket that answers `POST …/Messages.json` as told, and remembers what it was asked.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What to do with a request.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// Status and body.
    Answer(u16, String),
    /// Sends the caller elsewhere (302).
    Redirect(String),
    /// Read the request, and never answer.
    Hang,
    /// Read the request, and close.
    Drop,
    /// The head of an answer with this status and the beginning of its body, then close.
    Half(u16),
    /// The head of an answer with this status, and its body byte by byte, for as long as anybody reads.
    Drip(u16),
    /// Another act, so much later.
    Late(std::time::Duration, Box<Act>),
}

/// A request that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    /// `POST /2010-04-01/Accounts/AC1/Messages.json`
    pub(crate) line: String,
    /// The `Authorization` header.
    pub(crate) authorization: String,
    /// The form's pairs, decoded, in order.
    pub(crate) form: Vec<(String, String)>,
}

impl Asked {
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// The server; it stops when dropped.
pub(crate) struct Twilio {
    pub(crate) address: SocketAddr,
    state: Arc<Mutex<State>>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct State {
    script: VecDeque<Act>,
    asked: Vec<Asked>,
}

impl Twilio {
    /// Listens; accepts every text until told otherwise.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&shared);
                tokio::spawn(async move { converse(stream, state).await });
            }
        });
        Self { address, state, task }
    }

    /// `http://127.0.0.1:…`, for `base_url`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What to do with the next request; after the last of these, texts are accepted again.
    pub(crate) fn next(&self, act: Act) {
        self.state.lock().unwrap().script.push_back(act);
    }

    /// Forgets the acts that have not been played yet.
    pub(crate) fn relent(&self) {
        self.state.lock().unwrap().script.clear();
    }

    /// Every request so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.state.lock().unwrap().asked.clone()
    }
}

impl Drop for Twilio {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn converse(mut stream: TcpStream, state: Arc<Mutex<State>>) {
    let mut buffer = Vec::new();
    while let Some(asked) = request(&mut stream, &mut buffer).await {
        let act = {
            let mut state = state.lock().unwrap();
            state.asked.push(asked);
            let number = state.asked.len();
            state.script.pop_front().unwrap_or_else(|| {
                Act::Answer(
                    201,
                    format!(r#"{{"sid":"SM{number:032x}","status":"queued","error_code":null}}"#),
                )
            })
        };
        let act = match act {
            Act::Late(after, act) => {
                tokio::time::sleep(after).await;
                *act
            }
            act => act,
        };
        let answer = match act {
            Act::Answer(status, body) => {
                let length = body.len();
                format!(
                    "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
                )
            }
            Act::Redirect(url) => {
                format!("HTTP/1.1 302 Found\r\nlocation: {url}\r\ncontent-length: 0\r\n\r\n")
            }
            Act::Hang => {
                // Until the caller gives up and closes.
                let _ = stream.read_to_end(&mut buffer).await;
                return;
            }
            Act::Drop | Act::Late(..) => return,
            Act::Drip(status) => {
                let head = format!("HTTP/1.1 {status} X\r\ncontent-length: 100000\r\n\r\n");
                let mut sent = stream.write_all(head.as_bytes()).await;
                while sent.is_ok() {
                    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                    sent = stream.write_all(b" ").await;
                }
                return;
            }
            Act::Half(status) => {
                let half = format!("HTTP/1.1 {status} X\r\ncontent-length: 100\r\n\r\n{{\"sid\":\"SM");
                let _ = stream.write_all(half.as_bytes()).await;
                return;
            }
        };
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Asked> {
    let end = loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
    let header = |name: &str| {
        head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    let length: usize = header("content-length").map_or(0, |length| length.parse().unwrap());
    while buffer.len() < end + length {
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
    let form = url::form_urlencoded::parse(&buffer[end..end + length]).into_owned().collect();
    buffer.drain(..end + length);
    let line = head.lines().next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned();
    Some(Asked { line, authorization: header("authorization").unwrap_or_default(), form })
}
