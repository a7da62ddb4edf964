//! What nearly every test says, in few words: providers, channels, events, and what a mail turned out to be.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpSocket;

use super::courier::fixture;
use super::relay::{Mail, Relay};
use super::twilio::Twilio;

/// Short enough for tables full of silent servers, and long enough for a busy machine.
pub(crate) const BRISK: &str = "#server\nrequest_deadline = \"3s\"\n#rest\n";

/// `[email]`, sent by these providers in order.
pub(crate) fn email(providers: &[&str]) -> String {
    format!("[email]\nfrom = \"Acme <login@acme.example>\"\nproviders = {providers:?}\n")
}

/// `[sms]`, sent by these providers in order.
pub(crate) fn sms(providers: &[&str]) -> String {
    format!("[sms]\nfrom = \"+15005550006\"\nproviders = {providers:?}\n")
}

/// `[providers.NAME]`: a mail server on this machine. Further keys may follow.
pub(crate) fn smtp(name: &str, port: u16) -> String {
    format!(
        "[providers.{name}]\ntype = \"smtp\"\nurl = \"smtp://127.0.0.1:{port}\"\nattempt_timeout = \"2s\"\n"
    )
}

/// `[providers.NAME]`: a Twilio account with an auth token.
pub(crate) fn twilio(name: &str, base_url: &str) -> String {
    format!(
        "[providers.{name}]\ntype = \"twilio\"\naccount_sid = \"AC1\"\nauth_token = \"token\"\n\
         base_url = \"{base_url}\"\nattempt_timeout = \"2s\"\n"
    )
}

/// Mails through one server, whose provider is called `main`.
pub(crate) fn mail_through(relay: &Relay) -> String {
    email(&["main"]) + &smtp("main", relay.port)
}

/// Mails and texts, each through one server.
pub(crate) fn both_through(relay: &Relay, texts: &Twilio) -> String {
    email(&["main"]) + &sms(&["texts"]) + &smtp("main", relay.port) + &twilio("texts", &texts.url())
}

/// A mail with a code.
pub(crate) fn code(id: &str) -> Value {
    fixture("email.created.verification_code", id)
}

/// A text with a code.
pub(crate) fn text(id: &str) -> Value {
    fixture("sms.created.verification_code", id)
}

/// The same event under another slug: one that has no template, and settings of its own.
pub(crate) fn with_slug(mut event: Value, slug: &str) -> Value {
    event["data"]["slug"] = slug.into();
    event
}

/// The same event to another recipient.
pub(crate) fn to(mut event: Value, recipient: &str) -> Value {
    let key = if event["type"] == "sms.created" { "to_phone_number" } else { "to_email_address" };
    event["data"][key] = recipient.into();
    event
}

/// A port of this machine that refuses connections for as long as this lives: bound, but not listened on.
pub(crate) struct Closed(TcpSocket);

impl Closed {
    pub(crate) fn new() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        Self(socket)
    }

    pub(crate) fn port(&self) -> u16 {
        self.0.local_addr().unwrap().port()
    }
}

/// A port of this machine that answers no connection for as long as this lives: its queue is full.
pub(crate) struct Deaf {
    listener: tokio::net::TcpListener,
    _queued: Vec<tokio::net::TcpStream>,
}

impl Deaf {
    pub(crate) async fn new() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let listener = socket.listen(1).unwrap();
        let mut queued = Vec::new();
        let queue = tokio::net::TcpStream::connect;
        while let Ok(stream) =
            tokio::time::timeout(Duration::from_millis(200), queue(listener.local_addr().unwrap())).await
        {
            queued.push(stream.unwrap());
            assert!(queued.len() < 100, "the queue has no end");
        }
        Self { listener, _queued: queued }
    }

    pub(crate) fn port(&self) -> u16 {
        self.listener.local_addr().unwrap().port()
    }
}

/// A mail as its reader sees it.
#[derive(Debug)]
pub(crate) struct Read {
    headers: Vec<(String, String)>,
    pub(crate) text: String,
    pub(crate) html: String,
}

impl Read {
    pub(crate) fn new(mail: &Mail) -> Self {
        let parsed = mailparse::parse_mail(&mail.body).unwrap();
        let part = |kind: &str| {
            let part = parsed.subparts.iter().find(|part| part.ctype.mimetype == kind);
            part.map(|part| part.get_body().unwrap().replace("\r\n", "\n")).unwrap_or_default()
        };
        let headers =
            parsed.get_headers().into_iter().map(|header| (header.get_key(), header.get_value())).collect();
        Self { headers, text: part("text/plain"), html: part("text/html") }
    }

    /// A header, decoded; `-` where there is none, a list where there are several.
    pub(crate) fn header(&self, name: &str) -> String {
        let found = self.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        let values: Vec<_> = found.map(|(_, value)| value.as_str()).collect();
        if values.is_empty() { "-".to_owned() } else { values.join(" | ") }
    }
}
