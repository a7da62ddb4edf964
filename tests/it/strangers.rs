//! Whoever has no signing secret, and whoever reads the log: neither of them keeps a signed message out.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::support::courier::{Courier, PATIENCE, config, get, now, post_raw, post_to, program, signed};
use crate::support::relay::{Options, Relay};
use crate::support::scene::{code, mail_through};

/// A whole request as bytes, on a connection that is kept. `framing` names the form of its body.
fn request(event: &Value, framing: &str) -> String {
    let body = event.to_string();
    let svix_id = format!("msg_{}", event["data"]["id"].as_str().unwrap());
    let mut head = "POST /webhooks/clerk HTTP/1.1\r\nhost: x\r\n".to_owned();
    for (name, value) in signed(&svix_id, now().as_secs(), body.as_bytes()) {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    head + framing + "\r\n\r\n"
}

/// Sends an event and reads the status of its answer.
async fn post_on(stream: &mut TcpStream, event: &Value) -> String {
    let body = event.to_string();
    let head = request(event, &format!("content-length: {}", body.len()));
    stream.write_all((head + &body).as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"}") {
        let read = timeout(PATIENCE, stream.read_buf(&mut answer)).await.expect("an answer").unwrap();
        assert_ne!(read, 0, "closed before the answer");
    }
    String::from_utf8_lossy(&answer[..12]).into_owned()
}

/// `clerk-courier serve` with so many open files at most.
fn start_with_files(limit: u32, rest: &str) -> Courier {
    let dir = Arc::new(tempfile::tempdir().unwrap());
    std::fs::write(dir.path().join("config.toml"), config(rest)).unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -n {limit}; exec \"$0\" serve")]).arg(program());
    Courier::launch(dir, command, |_| {})
}

#[tokio::test]
async fn a_log_that_nobody_reads_holds_up_no_message_and_no_end() {
    let relay = Relay::start(Options::default()).await;
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.toml"), config(&mail_through(&relay))).unwrap();
    let mut child = Command::new(program())
        .arg("serve")
        .current_dir(dir.path())
        .env_remove("CLERK_COURIER_CONFIG")
        .env_remove("CLERK_COURIER_LOG")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("\"serving\"") {
        line.clear();
        assert_ne!(log.read_line(&mut line).unwrap(), 0);
    }
    // From here on nobody reads. Each message has a line of some 400 bytes, and a pipe holds 64 KiB.
    let serving: Value = serde_json::from_str(&line).unwrap();
    let mut caller = TcpStream::connect(serving["listen"].as_str().unwrap()).await.unwrap();
    for at in 0..500 {
        assert_eq!(post_on(&mut caller, &code(&format!("ema_{at}"))).await, "HTTP/1.1 200", "{at}");
    }
    assert_eq!(relay.mails().len(), 500);
    let admin = serving["admin_listen"].as_str().unwrap();
    let (_, metrics) = get(&format!("http://{admin}/metrics")).await;
    assert!(metrics.contains("clerk_courier_log_lines_dropped_total 0"), "{metrics}");
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    let status = tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
    assert!(status.success(), "{status}");
    drop(log);
}

#[tokio::test]
async fn the_last_lines_are_written_before_the_end() {
    let relay = Relay::start(Options::default()).await;
    let mut courier = Courier::start(&config(&mail_through(&relay)));
    let events: Vec<_> = (0..50).map(|at| code(&format!("ema_{at}"))).collect();
    courier.post_all(&events).await;
    courier.terminate();
    let (status, output) = tokio::task::spawn_blocking(move || {
        let status = courier.wait();
        courier.wait_for_line(|line| line.contains("all messages under way were finished"));
        (status, courier.output())
    })
    .await
    .unwrap();
    assert!(status.success());
    assert_eq!(output.matches("\"accepted\"").count(), 50, "{output}");
}

#[tokio::test]
async fn strangers_who_never_read_keep_no_message_out() {
    let relay = Relay::start(Options::default()).await;
    let courier = start_with_files(256, &mail_through(&relay));
    let address = courier.address().parse().unwrap();
    let requests = b"GET /webhooks/clerk HTTP/1.1\r\nhost: x\r\n\r\n".repeat(400);
    let mut strangers = Vec::new();
    for _ in 0..200 {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(2048).unwrap();
        let stranger = timeout(PATIENCE, socket.connect(address)).await.expect("a connection").unwrap();
        // As much as fits: the other side stops reading once nobody takes its answers.
        let _ = stranger.try_write(&requests);
        strangers.push(stranger);
    }
    for at in 0..20 {
        assert_eq!(courier.post(&code(&format!("ema_{at}"))).await.line(), "200 accepted -");
    }
    assert_eq!(courier.get("/healthz").await.0, 200);
    assert!(courier.metrics().await.contains("clerk_courier_in_flight 0"));
    drop(strangers);
    assert_eq!(courier.post(&code("ema_last")).await.line(), "200 accepted -");
}

#[tokio::test]
async fn strangers_at_both_addresses_leave_files_for_all_else() {
    let relay = Relay::start(Options::default()).await;
    let courier = start_with_files(256, &mail_through(&relay));
    let mut strangers = Vec::new();
    for address in [courier.address(), courier.admin_address()] {
        for _ in 0..150 {
            strangers
                .push(timeout(PATIENCE, TcpStream::connect(address)).await.expect("a connection").unwrap());
        }
    }
    assert_eq!(courier.post(&code("ema_1")).await.line(), "200 accepted -");
    assert!(courier.metrics().await.contains("\n# EOF"));
    let files = std::fs::read_dir(format!("/proc/{}/fd", courier.pid())).unwrap().count();
    assert!(files < 200, "{files} open files");
    assert!(!courier.output().contains("could not be accepted"), "{}", courier.output());
}

#[tokio::test]
async fn bodies_of_strangers_take_no_room_from_signed_messages() {
    let relay = Relay::start(Options::default()).await;
    let rest = format!("#server\nmax_in_flight = 1\n#rest\n{}", mail_through(&relay));
    let courier = Courier::start(&config(&rest));
    let mut strangers = Vec::new();
    for _ in 0..60 {
        let mut stranger = TcpStream::connect(courier.address()).await.unwrap();
        let head = "POST /webhooks/clerk HTTP/1.1\r\nhost: x\r\nsvix-id: a\r\nsvix-timestamp: 1\r\n\
                    svix-signature: v1,x\r\ncontent-length: 10\r\n\r\n{";
        stranger.write_all(head.as_bytes()).await.unwrap();
        strangers.push(stranger);
    }
    for at in 0..5 {
        assert_eq!(courier.post(&code(&format!("ema_{at}"))).await.line(), "200 accepted -");
    }
    // A body that does not go on is cut off.
    let mut answer = String::new();
    let mut stranger = strangers.pop().unwrap();
    timeout(PATIENCE, stranger.read_to_string(&mut answer)).await.expect("an end").unwrap();
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("did not arrive in time"), "{answer}");
}

#[tokio::test]
async fn a_signed_body_may_come_byte_by_byte() {
    let relay = Relay::start(Options::default()).await;
    let courier = Courier::start(&config(&mail_through(&relay)));
    let event = code("ema_1");
    let mut bytes = request(&event, "connection: close\r\ntransfer-encoding: chunked").into_bytes();
    for byte in event.to_string().bytes() {
        bytes.extend([b'1', b'\r', b'\n', byte, b'\r', b'\n']);
    }
    bytes.extend(b"0\r\n\r\n");
    let answer = courier.raw(&bytes).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("accepted"), "{answer}");
}

#[tokio::test]
async fn a_slash_at_the_end_of_the_path_loses_no_message() {
    for configured in ["/webhooks/clerk", "/webhooks/clerk/"] {
        let relay = Relay::start(Options::default()).await;
        let config = config(&mail_through(&relay))
            .replace("[clerk]\n", &format!("[clerk]\npath = \"{configured}\"\n"));
        let courier = Courier::start(&config);
        for (at, path) in ["/webhooks/clerk", "/webhooks/clerk/"].into_iter().enumerate() {
            let body = code(&format!("ema_{at}")).to_string();
            let reply = post_to(&courier.url(path), &format!("msg_{at}"), body.as_bytes()).await;
            assert_eq!(reply.line(), "200 accepted -", "{configured} {path}");
            assert_eq!(courier.get(path).await.0, 200, "{configured} {path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webhooks_at_a_wrong_path_are_logged_and_counted() {
    let relay = Relay::start(Options::default()).await;
    let courier = Courier::start(&config(&mail_through(&relay)));
    let body = code("ema_1").to_string();
    // Somebody's scan comes first, and hides nothing.
    for _ in 0..3 {
        assert_eq!(post_raw(&courier.url("/login.php?key=secret"), &[], b"x").await.status, 404);
    }
    for (path, status) in [("/webhook/clerk", 404), ("/", 404), ("/healthz", 405)] {
        assert_eq!(post_to(&courier.url(path), "msg_1", body.as_bytes()).await.status, status, "{path}");
    }
    courier.wait_for_line(|line| line.contains("\"/webhook/clerk\"") && line.contains("\"WARN\""));
    let metrics = courier.metrics().await;
    for count in ["{svix=\"yes\"} 3", "{svix=\"no\"} 3"] {
        assert!(metrics.contains(&format!("clerk_courier_posts_elsewhere_total{count}")), "{metrics}");
    }
    let output = courier.output();
    assert_eq!(output.matches("\"http.path\"").count(), 2, "once a minute for each kind: {output}");
    assert!(output.contains("\"/*\"") && !output.contains("secret") && !output.contains("login"), "{output}");
}
