//! HTTP connections: proxies, requests that were never connected, connections that end before the answer.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

use crate::support::command::run;
use crate::support::courier::{Courier, config};
use crate::support::relay::{Options, Relay};
use crate::support::scene::{Deaf, code, email, sms, smtp, text, twilio};
use crate::support::twilio::{Act, Twilio};

const STOP: &str = "on_doubt = \"stop\"\n";

fn kannel(name: &str, base_url: &str) -> String {
    format!(
        "[providers.{name}]\ntype = \"kannel\"\nusername = \"u\"\npassword = \"p\"\nbase_url = \"{base_url}\"\n"
    )
}

/// A GET has no body whose departure could be watched.
#[tokio::test]
async fn a_request_that_was_never_connected_is_no_doubt_whatever_its_method() {
    let deaf = Deaf::new().await;
    let url = format!("http://127.0.0.1:{}", deaf.port());
    for provider in [kannel("texts", &url), twilio("texts", &url).replace("\"2s\"", "\"9s\"")] {
        let rest =
            format!("#server\nrequest_deadline = \"1500ms\"\n#rest\n{}{STOP}{provider}", sms(&["texts"]));
        let courier = Courier::start(&config(&rest));
        let reply = courier.post(&text("sms_1")).await;
        assert_eq!(reply.line(), "503 failed deadline", "{}", reply.json);
    }
}

#[tokio::test]
async fn a_get_that_was_connected_and_not_answered_is_in_doubt() {
    let silent = Twilio::start().await;
    for act in [Act::Hang, Act::Drop] {
        silent.next(act);
        let rest = format!(
            "#server\nrequest_deadline = \"1500ms\"\n#rest\n{}{STOP}{}",
            sms(&["texts"]),
            kannel("texts", &silent.url())
        );
        let courier = Courier::start(&config(&rest));
        let reply = courier.post(&text("sms_1")).await;
        assert_eq!(reply.line(), "422 in_doubt - abort", "{}", reply.json);
    }
    assert_eq!(silent.asked().len(), 2);
}

/// A kept connection that the provider had closed costs nothing. One that breaks under the request may have handed it on.
#[tokio::test]
async fn a_kept_connection_that_breaks_under_a_request_is_in_doubt() {
    let texts = Twilio::start().await;
    let rest = format!("{}{STOP}{}", sms(&["texts"]), twilio("texts", &texts.url()));
    let courier = Courier::start(&config(&rest));
    assert_eq!(courier.post(&text("sms_1")).await.line(), "200 accepted -");
    texts.next(Act::Drop);
    assert_eq!(courier.post(&text("sms_2")).await.line(), "422 in_doubt - abort");
    assert_eq!(courier.post(&text("sms_3")).await.line(), "200 accepted -");
}

/// A proxy that answers CONNECT with `status`, and the lines with which it was asked.
async fn proxy(status: &'static str) -> (String, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (tell, asked) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (read, mut write) = stream.split();
            let mut lines = BufReader::new(read);
            let mut line = String::new();
            lines.read_line(&mut line).await.unwrap();
            let _ = tell.send(line.trim_end().to_owned());
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
            let _ = write.write_all(answer.as_bytes()).await;
            let _ = tokio::time::timeout(Duration::from_millis(50), lines.read_to_string(&mut line)).await;
        }
    });
    (address, asked)
}

#[tokio::test]
async fn requests_to_apis_go_through_the_proxy_of_the_environment_and_mail_does_not() {
    let relay = Relay::start(Options::default()).await;
    for (status, expected) in [
        ("502 Bad Gateway", "the proxy refused to connect to the provider"),
        ("407 Authenticate", "the proxy requires a user name and a password"),
    ] {
        let (address, mut asked) = proxy(status).await;
        let rest = [
            sms(&["texts"]),
            email(&["main"]),
            twilio("texts", "https://api.nowhere.example"),
            smtp("main", relay.port),
        ];
        let dir = Arc::new(tempfile::tempdir().unwrap());
        std::fs::write(dir.path().join("config.toml"), config(&rest.concat())).unwrap();
        let courier = Courier::start_in(dir, |command| {
            command.env("HTTPS_PROXY", format!("http://canary-user:canary-password@{address}"));
        });
        let line = courier.wait_for_line(|line| line.contains("proxy"));
        assert!(line.contains(&address), "{line}");
        let reply = courier.post(&text("sms_1")).await;
        assert_eq!(reply.line(), "503 failed provider_down");
        assert!(reply.text("message").contains(expected), "{}", reply.json);
        assert_eq!(asked.recv().await.unwrap(), "CONNECT api.nowhere.example:443 HTTP/1.1");
        assert_eq!(courier.post(&code("ema_1")).await.line(), "200 accepted -");
        assert!(!courier.output().contains("canary"), "{}", courier.output());
    }
}

#[tokio::test]
async fn a_logo_is_fetched_through_the_proxy_where_smtp_alone_delivers() {
    let (address, mut asked) = proxy("502 Bad Gateway").await;
    let dir = tempfile::tempdir().unwrap();
    let rest =
        "[brand]\nlogo_url = \"https://logos.nowhere.example/logo.png\"\n".to_owned() + &smtp("main", 9);
    std::fs::write(dir.path().join("config.toml"), config(&rest)).unwrap();
    let ran = run(dir.path(), &["check", "--connect"], &[("HTTPS_PROXY", &address)]).await;
    assert!(ran.stdout.contains("logo_url"), "{ran:#?}");
    assert_eq!(asked.recv().await.unwrap(), "CONNECT logos.nowhere.example:443 HTTP/1.1");
}

#[tokio::test]
async fn this_machine_and_what_no_proxy_lists_are_asked_directly() {
    let texts = Twilio::start().await;
    let (address, mut asked) = proxy("502 Bad Gateway").await;
    let rest = sms(&["texts"]) + &twilio("texts", &texts.url());
    let dir = Arc::new(tempfile::tempdir().unwrap());
    std::fs::write(dir.path().join("config.toml"), config(&rest)).unwrap();
    let courier = Courier::start_in(dir, |command| {
        command.env("all_proxy", address);
    });
    assert_eq!(courier.post(&text("sms_1")).await.line(), "200 accepted -");
    assert!(asked.try_recv().is_err());
}

#[tokio::test]
async fn a_proxy_that_can_not_be_used_stops_the_start_only_where_it_would_be_used() {
    let dir = tempfile::tempdir().unwrap();
    let socks = [("ALL_PROXY", "socks5://canary@proxy.example:1080")];
    std::fs::write(dir.path().join("config.toml"), config(&twilio("texts", "https://api.nowhere.example")))
        .unwrap();
    let ran = run(dir.path(), &["check"], &socks).await;
    assert_eq!(ran.code, Some(2), "{ran:#?}");
    assert!(ran.stderr.contains("ALL_PROXY: is not the URL of an HTTP proxy"), "{ran:#?}");
    assert!(ran.stderr.contains("SOCKS is not supported") && !ran.output().contains("canary"), "{ran:#?}");
    std::fs::write(dir.path().join("config.toml"), config(&smtp("main", 25))).unwrap();
    assert_eq!(run(dir.path(), &["check"], &socks).await.code, Some(0));
}
