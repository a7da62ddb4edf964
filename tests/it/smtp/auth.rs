//! Logging in at servers that do not do what they list, or want TLS first.

use std::sync::{Arc, Mutex};

use clerk_courier::clock::Clock;
use clerk_courier::delivery::Late;
use clerk_courier::delivery::Verdict;
use clerk_courier::delivery::smtp::{self, Credentials, Settings, Tls};
use clerk_courier::secret::Secret;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

use super::{PATIENT, detail, hello, settings, summary};
use crate::support::relay::{Fault, Options, Relay, Stage};

/// `user`, `password`, each in base64, and both for PLAIN.
const USER: &str = "dXNlcg==";
const PASSWORD: &str = "cGFzc3dvcmQ=";
const BOTH: &str = "AHVzZXIAcGFzc3dvcmQ=";

/// A server that answers each line as `reply` says, or else with 250, and what it was told. Messages end it.
async fn scripted(reply: fn(&str) -> Option<&'static str>) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let told = Arc::new(Mutex::new(Vec::new()));
    let lines = Arc::clone(&told);
    tokio::spawn(async move {
        while let Ok((mut tcp, _)) = listener.accept().await {
            let told = Arc::clone(&lines);
            tokio::spawn(async move {
                let (read, mut write) = tcp.split();
                write.write_all(b"220 hello\r\n").await.unwrap();
                let mut lines = BufReader::new(read).lines();
                let mut is_message = false;
                while let Ok(Some(line)) = lines.next_line().await {
                    if is_message && line != "." {
                        continue;
                    }
                    is_message = line == "DATA";
                    let usual = if is_message { "354 go on" } else { "250 fine" };
                    let answer = reply(&line).unwrap_or(usual);
                    told.lock().unwrap().push(line);
                    if write.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    (port, told)
}

fn client(port: u16, template: Settings, password: &str) -> smtp::Relay {
    let credentials = Some(Credentials::Password("user".to_owned(), Secret::new(password)));
    smtp::Relay::new(Settings { port, credentials, ..template }, Clock::System).unwrap()
}

/// What was said about logging in, up to the first message.
fn auth(told: &Mutex<Vec<String>>) -> Vec<String> {
    let told = told.lock().unwrap();
    told.iter().skip(1).take_while(|line| !line.starts_with("MAIL")).cloned().collect()
}

async fn template() -> Settings {
    settings(&Relay::start(Options::default()).await)
}

#[tokio::test]
async fn a_server_that_passes_over_the_initial_response_gets_it_again() {
    let (port, told) = scripted(|line| match line {
        "EHLO mail.acme.example" => Some("250-x\r\n250 AUTH PLAIN"),
        BOTH => Some("235 in"),
        _ if line.starts_with("AUTH") => Some("334 "),
        _ => None,
    })
    .await;
    let verdict =
        client(port, template().await, "password").deliver(&hello(), PATIENT, &Late::unheard()).await;
    assert_eq!(summary(&verdict), "Accepted");
    assert_eq!(auth(&told), [format!("AUTH PLAIN {BOTH}"), BOTH.to_owned()]);
}

#[tokio::test]
async fn a_long_password_goes_on_a_line_of_its_own() {
    let (port, told) = scripted(|line| match line {
        "EHLO mail.acme.example" => Some("250-x\r\n250 AUTH PLAIN"),
        "AUTH PLAIN" => Some("334 "),
        _ if line.len() > 600 => Some("235 in"),
        _ => None,
    })
    .await;
    let verdict =
        client(port, template().await, &"x".repeat(500)).deliver(&hello(), PATIENT, &Late::unheard()).await;
    assert_eq!(summary(&verdict), "Accepted");
    assert_eq!(auth(&told)[0], "AUTH PLAIN");
}

#[tokio::test]
async fn a_mechanism_that_is_listed_and_not_served_is_left_alone_from_then_on() {
    let no_plain = |line: &str| match line {
        "EHLO mail.acme.example" => Some("250-x\r\n250 AUTH PLAIN LOGIN"),
        "AUTH LOGIN" => Some("334 VXNlcm5hbWU6"),
        USER => Some("334 UGFzc3dvcmQ6"),
        PASSWORD => Some("235 in"),
        _ if line.starts_with("AUTH PLAIN") => Some("504 5.7.4 Unrecognized authentication type"),
        "RSET" | "QUIT" => Some("221 bye"),
        _ => None,
    };
    let (port, told) = scripted(no_plain).await;
    let client = client(port, template().await, "password");
    assert_eq!(summary(&client.deliver(&hello(), PATIENT, &Late::unheard()).await), "Accepted");
    let by_login = ["AUTH LOGIN", USER, PASSWORD];
    assert_eq!(auth(&told)[0], format!("AUTH PLAIN {BOTH}"));
    assert_eq!(auth(&told)[1..], by_login);
    client.close().await;
    told.lock().unwrap().clear();
    assert!(client.connect().await.unwrap().contains("AUTH LOGIN"));
    assert_eq!(auth(&told), by_login, "PLAIN is not tried again");
}

#[tokio::test]
async fn a_refused_password_is_shown_once() {
    let (port, told) = scripted(|line| match line {
        "EHLO mail.acme.example" => Some("250-x\r\n250 AUTH LOGIN PLAIN"),
        _ if line.starts_with("AUTH") => Some("535 5.7.8 no"),
        _ => None,
    })
    .await;
    let verdict =
        client(port, template().await, "password").deliver(&hello(), PATIENT, &Late::unheard()).await;
    assert_eq!(summary(&verdict), "Deferred Credentials at auth");
    let begun = std::time::Instant::now();
    while auth(&told).len() < 2 && begun.elapsed() < crate::support::courier::PATIENCE {
        tokio::task::yield_now().await;
    }
    assert_eq!(auth(&told), [format!("AUTH PLAIN {BOTH}"), "QUIT".to_owned()]);
}

#[tokio::test]
async fn a_server_that_wants_starttls_first_is_told_from_one_that_wants_a_password() {
    let wanted = "the server requires STARTTLS first: set `?tls=required` in the url";
    let tls = |code: &str| ("Deferred Account".to_owned(), format!("{code}, {wanted}"));
    let other = |kind: &str, code: &str| (format!("Deferred {kind}"), code.to_owned());
    let shown = crate::support::certificate::Authority::new().server("127.0.0.1");
    for (starttls, stage, reply, (kind, expected)) in [
        (true, Stage::Mail, "530 5.7.0 Must issue a STARTTLS command first", tls("530 5.7.0")),
        (false, Stage::Mail, "530 Must issue a STARTTLS command first", tls("530")),
        (true, Stage::Mail, "530 5.7.0 no", tls("530 5.7.0")),
        (true, Stage::Mail, "451 5.7.3 STARTTLS is required to send mail", tls("451 5.7.3")),
        (true, Stage::Mail, "530 5.7.0 Authentication required", other("Credentials", "530 5.7.0")),
        (true, Stage::Mail, "451 4.3.0 later", other("Unavailable", "451 4.3.0")),
        (true, Stage::Ehlo, "550 5.7.10 encryption needed", tls("550 5.7.10")),
        (false, Stage::Rcpt, "530 5.7.1 TLS required", tls("530 5.7.1")),
    ] {
        let starttls = starttls.then(|| Arc::clone(&shown));
        let relay = Relay::start(Options { starttls, ..Options::default() }).await;
        relay.fail(stage, Fault::reply(reply));
        let verdict = smtp::Relay::new(settings(&relay), Clock::System)
            .unwrap()
            .deliver(&hello(), PATIENT, &Late::unheard())
            .await;
        let at = format!("{stage:?}").to_lowercase();
        assert_eq!(summary(&verdict), format!("{kind} at {at}"), "{reply}");
        assert_eq!(detail(verdict), expected);
    }
}

#[tokio::test]
async fn auth_that_is_listed_only_under_tls_or_refused_in_clear() {
    let before =
        "the server offers neither AUTH PLAIN nor AUTH LOGIN before STARTTLS: set `?tls=required` in the url";
    let (port, told) = scripted(|line| (line.starts_with("EHLO")).then_some("250-x\r\n250 STARTTLS")).await;
    let template = Settings { tls: Tls::None, ..template().await };
    let verdict =
        client(port, template.clone(), "password").deliver(&hello(), PATIENT, &Late::unheard()).await;
    assert_eq!(summary(&verdict), "Deferred Account at auth");
    assert_eq!(detail(verdict), before);
    assert!(!told.lock().unwrap().iter().any(|line| line.starts_with("AUTH")));

    let (port, _told) = scripted(|line| match line {
        "EHLO mail.acme.example" => Some("250-x\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN"),
        _ if line.starts_with("AUTH") => {
            Some("538 5.7.11 Encryption required for requested authentication mechanism")
        }
        _ => None,
    })
    .await;
    let verdict = client(port, template, "password").deliver(&hello(), PATIENT, &Late::unheard()).await;
    assert!(matches!(verdict, Verdict::Deferred(_)));
    assert_eq!(
        detail(verdict),
        "538 5.7.11, the server requires STARTTLS first: set `?tls=required` in the url"
    );
}
