//! Answers that no API should give: too large, too slow, from somebody else. Each is an outcome, in time.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;

use crate::support::certificate::Authority;
use crate::support::courier::{Courier, config};
use crate::support::scene::{BRISK, sms, text, twilio, with_slug};
use crate::support::twilio::{Act, Twilio};

/// 10 MiB that begin well.
fn large(begin: &str) -> String {
    format!("{begin},\"more\":\"{}\"}}", "x".repeat(10 << 20))
}

#[tokio::test]
async fn as_much_as_is_needed_is_read_and_no_longer_than_there_is_time() {
    let table = [
        ("large 201", Act::Answer(201, large(r#"{"sid":"SM1""#)), "200 accepted -"),
        ("large 200", Act::Answer(200, large(r#"{"status":"queued""#)), "503 failed unknown"),
        ("large 500", Act::Answer(500, large(r#"{"code":21211"#)), "503 failed unknown"),
        ("drip 201", Act::Drip(201), "200 accepted -"),
        ("drip 200", Act::Drip(200), "503 failed unknown"),
        ("drip 400", Act::Drip(400), "503 failed provider_down"),
        ("no JSON", Act::Answer(200, "\u{0}\u{1}{{{".to_owned()), "503 failed unknown"),
        ("nested", Act::Answer(400, "[".repeat(60_000)), "503 failed account"),
    ];
    let mut rest = BRISK.to_owned() + &sms(&["t0"]);
    let mut servers = Vec::new();
    for (at, (_, act, _)) in table.iter().enumerate() {
        let server = Twilio::start().await;
        server.next(act.clone());
        let provider = twilio(&format!("t{at}"), &server.url());
        let _ = write!(rest, "[sms.by_slug.row_{at}]\nproviders = [\"t{at}\"]\n{provider}");
        servers.push(server);
    }
    let courier = Courier::start(&config(&rest));
    let events: Vec<_> =
        (0..table.len()).map(|at| with_slug(text(&format!("sms_{at}")), &format!("row_{at}"))).collect();
    let started = Instant::now();
    for ((name, _, expected), reply) in table.iter().zip(courier.post_all(&events).await) {
        assert_eq!(reply.line(), *expected, "{name}: {}", reply.json);
    }
    // Drop by drop it would take an hour and more.
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_server_that_can_not_show_who_it_is_gets_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let acceptor = tokio_rustls::TlsAcceptor::from(Authority::new().server("127.0.0.1"));
    let handshakes = tokio::spawn(async move {
        // The service tries again within the request.
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            if acceptor.accept(stream).await.is_ok() {
                return;
            }
        }
    });
    let courier = Courier::start(&config(&(BRISK.to_owned() + &sms(&["texts"]) + &twilio("texts", &url))));
    let reply = courier.post(&text("sms_1")).await;
    assert_eq!(reply.line(), "503 failed provider_down");
    assert!(
        reply.text("message").contains("connect: the server's certificate is from an unknown issuer"),
        "{}",
        reply.json
    );
    assert!(!handshakes.is_finished(), "not one byte of the request left");
}
