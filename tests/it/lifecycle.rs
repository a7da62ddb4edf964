//! One message in many requests, callers that leave, a service that stops, and what it says of itself.

use std::time::Instant;

use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::courier::{Courier, PATIENCE, config, now, signed};
use crate::support::relay::{Fault, Options, Relay, Stage};
use crate::support::scene::{Closed, code, email, mail_through, smtp};

#[tokio::test]
async fn one_message_in_twenty_requests_at_once_is_sent_once() {
    let relay = Relay::start(Options::default()).await;
    let courier = Courier::start(&config(&mail_through(&relay)));
    for at in 0..5 {
        let events: Vec<_> = (0..20).map(|_| code(&format!("ema_{at}"))).collect();
        let replies = courier.post_all(&events).await;
        let count = |line: &str| replies.iter().filter(|reply| reply.line() == line).count();
        assert_eq!(count("200 accepted -"), 1);
        assert_eq!(count("200 duplicate -") + count("503 in_progress -"), 19);
        assert_eq!(relay.mails().len(), at + 1);
    }
}

#[tokio::test]
async fn while_a_message_is_under_way_another_request_for_it_waits_for_nothing() {
    let relay = Relay::start(Options::default()).await;
    relay.fail(Stage::Body, Fault::Hang);
    let courier = Courier::start(&config(&mail_through(&relay)));
    let first = courier.post_later(&code("ema_1"));
    relay.until(|state| state.hung == 1).await;
    for reply in courier.post_all(&vec![code("ema_1"); 20]).await {
        assert_eq!(reply.line(), "503 in_progress -");
    }
    relay.release();
    assert_eq!(first.await.unwrap().line(), "200 accepted -");
    assert_eq!(courier.post(&code("ema_1")).await.line(), "200 duplicate -");
    assert_eq!((relay.mails().len(), relay.state().connections), (1, 1));
}

#[tokio::test]
async fn either_id_makes_it_the_same_message() {
    let relay = Relay::start(Options::default()).await;
    let courier = Courier::start(&config(&mail_through(&relay)));
    let mut nameless = code("x");
    nameless["data"]["id"] = Value::Null;
    for (svix_id, event, wanted) in [
        ("msg_1", &code("ema_1"), "200 accepted -"),
        ("msg_2", &code("ema_1"), "200 duplicate -"),
        ("msg_1", &code("ema_2"), "200 duplicate -"),
        ("msg_1", &nameless, "200 duplicate -"),
        ("msg_3", &nameless, "200 accepted -"),
        ("msg_3", &nameless, "200 duplicate -"),
        ("msg_4", &code("ema_4"), "200 accepted -"),
    ] {
        assert_eq!(courier.post_as(svix_id, event).await.line(), wanted, "{svix_id} {}", event["data"]["id"]);
    }
    assert_eq!(relay.mails().len(), 3);
}

/// A whole request as bytes.
fn request(event: &Value) -> Vec<u8> {
    let body = event.to_string();
    let svix_id = format!("msg_{}", event["data"]["id"].as_str().unwrap());
    let headers = signed(&svix_id, now().as_secs(), body.as_bytes());
    let headers = headers.map(|(name, value)| format!("{name}: {value}\r\n")).concat();
    let length = body.len();
    format!("POST /webhooks/clerk HTTP/1.1\r\nhost: x\r\n{headers}content-length: {length}\r\n\r\n{body}")
        .into_bytes()
}

// Two threads, since waiting for a log line blocks the one that it is done on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_hangs_up_stops_nothing() {
    let relay = Relay::start(Options::default()).await;
    let courier = Courier::start(&config(&mail_through(&relay)));
    for (at, stage) in [Stage::Greeting, Stage::Mail, Stage::Body].into_iter().enumerate() {
        relay.fail_times(stage, Fault::Hang, 1);
        let event = code(&format!("ema_{at}"));
        let mut caller = TcpStream::connect(courier.address()).await.unwrap();
        caller.write_all(&request(&event)).await.unwrap();
        relay.until(|state| state.hung == at + 1).await;
        drop(caller);
        // Once this was answered, the service has seen the hang-up too.
        assert_eq!(courier.get("/healthz").await.0, 200);
        relay.release();
        relay.until(|state| state.mails.len() == at + 1).await;
        let id = format!("\"ema_{at}\"");
        courier.wait_for_line(|line| line.contains(&id) && line.contains("\"accepted\""));
        assert_eq!(courier.post(&event).await.line(), "200 duplicate -", "{stage:?}");
        assert_eq!(relay.mails().len(), at + 1);
        relay.close_idle("").await;
    }
}

#[tokio::test]
async fn at_sigterm_what_is_under_way_is_finished_and_answered() {
    let relay = Relay::start(Options::default()).await;
    relay.fail(Stage::Body, Fault::Hang);
    let mut courier = Courier::start(&config(&mail_through(&relay)));
    let under_way: Vec<_> = (0..3).map(|at| courier.post_later(&code(&format!("ema_{at}")))).collect();
    relay.until(|state| state.hung == 3).await;
    courier.terminate();
    let patience = Instant::now() + PATIENCE;
    while TcpStream::connect(courier.address()).await.is_ok() {
        assert!(Instant::now() < patience, "it goes on accepting connections");
        tokio::task::yield_now().await;
    }
    assert!(courier.is_running());
    relay.release();
    for reply in under_way {
        assert_eq!(reply.await.unwrap().line(), "200 accepted -");
    }
    let ending = tokio::task::spawn_blocking(move || {
        courier.wait_for_line(|line| line.contains("all messages under way were finished"));
        courier.wait()
    });
    let status = ending.await.unwrap();
    assert!(status.success(), "{status}");
    assert_eq!(relay.mails().len(), 3);
}

/// Its caller has gone, so nothing but the message itself keeps the service from ending.
#[tokio::test]
async fn at_sigterm_a_message_whose_caller_hung_up_is_finished_too() {
    let relay = Relay::start(Options::default()).await;
    relay.fail(Stage::Body, Fault::Hang);
    let mut courier = Courier::start(&config(&mail_through(&relay)));
    let mut caller = TcpStream::connect(courier.address()).await.unwrap();
    caller.write_all(&request(&code("ema_1"))).await.unwrap();
    relay.until(|state| state.hung == 1).await;
    drop(caller);
    courier.terminate();
    let patience = Instant::now() + PATIENCE;
    while TcpStream::connect(courier.address()).await.is_ok() {
        assert!(Instant::now() < patience, "it goes on accepting connections");
        tokio::task::yield_now().await;
    }
    // The listener has gone, and the connections with it; what ends now has not waited for the message.
    let ending = tokio::task::spawn_blocking(move || (courier.wait(), courier));
    relay.release();
    let (status, courier) = ending.await.unwrap();
    assert!(status.success(), "{status}: {}", courier.output());
    assert!(courier.output().contains("\"accepted\""), "{}", courier.output());
    assert_eq!(relay.mails().len(), 1);
}

/// A stranger's unfinished request is no message under way.
#[tokio::test]
async fn at_sigterm_half_a_request_fails_nothing() {
    let relay = Relay::start(Options::default()).await;
    let mut courier = Courier::start(&config(
        &("#server\ndrain_timeout = \"1s\"\n#rest\n".to_owned() + &mail_through(&relay)),
    ));
    let mut stranger = TcpStream::connect(courier.address()).await.unwrap();
    stranger.write_all(b"POST /webhooks/cl").await.unwrap();
    // Answered after the stranger's connection was accepted.
    assert_eq!(courier.get("/healthz").await.0, 200);
    courier.terminate();
    let status = tokio::task::spawn_blocking(move || courier.wait()).await.unwrap();
    assert!(status.success(), "{status}");
}

#[tokio::test]
async fn beyond_max_in_flight_the_answer_is_at_once() {
    let relay = Relay::start(Options::default()).await;
    relay.fail(Stage::Body, Fault::Hang);
    let rest = format!("#server\nmax_in_flight = 2\n#rest\n{}", mail_through(&relay));
    let courier = Courier::start(&config(&rest));
    let under_way: Vec<_> = (0..2).map(|at| courier.post_later(&code(&format!("ema_{at}")))).collect();
    relay.until(|state| state.hung == 2).await;
    assert_eq!(courier.post(&code("ema_2")).await.line(), "503 overloaded -");
    assert_eq!((courier.get("/healthz").await.0, courier.get("/readyz").await.0), (200, 200));
    relay.heal();
    relay.release();
    for reply in under_way {
        assert_eq!(reply.await.unwrap().line(), "200 accepted -");
    }
    assert_eq!(courier.post(&code("ema_2")).await.line(), "200 accepted -");
}

#[tokio::test]
async fn each_path_and_method_has_its_answer() {
    let relay = Relay::start(Options::default()).await;
    let courier = Courier::start(&config(&mail_through(&relay)));
    assert_eq!(courier.get("/healthz").await, (200, "alive\n".to_owned()));
    assert_eq!(courier.get("/readyz").await, (200, "ready\n".to_owned()));
    let (status, text) = courier.get("/webhooks/clerk").await;
    assert!(status == 200 && text.contains("POST") && text.contains("email.created"), "{text}");
    for elsewhere in ["/", "/metrics", "/webhooks", "/webhooks/clerk/x", "/webhooks/clerk%00"] {
        assert_eq!(courier.get(elsewhere).await.0, 404, "{elsewhere}");
    }
    for (method, path, status) in [
        ("PUT", "/webhooks/clerk", "405"),
        ("DELETE", "/webhooks/clerk", "405"),
        ("POST", "/healthz", "405"),
        ("POST", "/nowhere", "404"),
        ("HEAD", "/webhooks/clerk", "200"),
    ] {
        let request =
            format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
        let answer = courier.raw(request.as_bytes()).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{method} {path}: {answer}");
    }
}

#[tokio::test]
async fn metrics_count_outcomes_attempts_and_time() {
    let (relay, closed) = (Relay::start(Options::default()).await, Closed::new());
    let rest = email(&["down", "main"]) + &smtp("down", closed.port()) + &smtp("main", relay.port);
    let courier = Courier::start(&config(&rest));
    relay.fail_times(Stage::Rcpt, Fault::reply("550 5.1.1 no"), 1);
    for wanted in ["422 rejected recipient abort", "200 accepted -", "200 duplicate -"] {
        assert_eq!(courier.post(&code("ema_1")).await.line(), wanted);
    }
    assert_eq!(
        courier.raw(b"POST /webhooks/clerk HTTP/1.0\r\ncontent-length: 0\r\n\r\n").await.get(9..12),
        Some("400")
    );
    let metrics = courier.metrics().await;
    let requests = |outcome: &str, reason: &str, provider: &str| {
        format!(
            "requests_total{{outcome=\"{outcome}\",reason=\"{reason}\",channel=\"email\",\
             slug=\"verification_code\",provider=\"{provider}\"}} 1"
        )
    };
    for line in [
        &*requests("accepted", "", "main"),
        &requests("rejected", "recipient", "main"),
        &requests("duplicate", "", "main"),
        "requests_total{outcome=\"malformed\",reason=\"\",channel=\"\",slug=\"\",provider=\"\"} 1",
        "request_seconds_count 4",
        "attempt_seconds_count{provider=\"down\",verdict=\"deferred\"} 2",
        "attempt_seconds_count{provider=\"main\",verdict=\"rejected\"} 1",
        "attempt_seconds_count{provider=\"main\",verdict=\"accepted\"} 1",
        "event_age_seconds_count{channel=\"email\",provider=\"main\"} 1",
        "fallbacks_total{provider=\"main\"} 1",
        "connections{provider=\"main\"} 1",
        "in_flight 0",
        "ledger_writable 1",
        "ledger_unwritten 0",
    ] {
        let line = format!("clerk_courier_{line}");
        assert!(metrics.lines().any(|metric| metric == line), "{line} in\n{metrics}");
    }
    assert!(metrics.ends_with("# EOF\n") && !metrics.contains("mira.okafor") && !metrics.contains("418273"));
}
