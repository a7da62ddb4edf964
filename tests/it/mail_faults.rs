//! What every fault of a mail server becomes for Svix, and that the next attempt mends it.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::support::certificate::Authority;
use crate::support::courier::{Courier, Reply, config};
use crate::support::relay::{Fault, Options, Relay, Stage};
use crate::support::scene::{BRISK, Closed, code, email, mail_through, smtp, with_slug};

/// Fault by fault: a mail server of its own, asked for a slug of its own.
struct Row {
    name: String,
    relay: Relay,
    tls: bool,
    wanted: &'static str,
    /// Stage and codes, as the sentence for people shows them; empty: not looked at.
    told: String,
}

/// PIPELINING, CHUNKING: the four ways a message can travel.
const FORMS: [(bool, bool); 4] = [(true, true), (true, false), (false, true), (false, false)];

const STAGES: [Stage; 8] = [
    Stage::Greeting,
    Stage::Ehlo,
    Stage::Starttls,
    Stage::Auth,
    Stage::Mail,
    Stage::Rcpt,
    Stage::Data,
    Stage::Body,
];

fn faults(stage: Stage) -> [Fault; 4] {
    let permanent = match stage {
        Stage::Auth => "535 5.7.8 no",
        Stage::Rcpt => "550 5.1.1 no",
        Stage::Data | Stage::Body => "554 5.6.0 no",
        _ => "554 5.3.2 no",
    };
    [Fault::reply("451 4.3.0 later"), Fault::reply(permanent), Fault::Hang, Fault::Drop]
}

/// The table of the design, for a session's first message: its envelope always goes before the message.
fn wanted(stage: Stage, fault: &Fault) -> &'static str {
    let written = stage == Stage::Body;
    match fault {
        Fault::Reply(reply) if reply.starts_with('4') => "503 failed provider_down",
        Fault::Reply(_) => match stage {
            Stage::Auth => "503 failed credentials",
            Stage::Rcpt => "422 rejected recipient abort",
            Stage::Data | Stage::Body => "422 rejected content abort",
            _ => "503 failed account",
        },
        Fault::Hang | Fault::Drop if written => "503 failed unknown",
        Fault::Hang => "503 failed deadline",
        Fault::Drop => "503 failed provider_down",
    }
}

fn told(stage: Stage, fault: &Fault) -> String {
    match fault {
        Fault::Reply(reply) => {
            format!("({}: {})", format!("{stage:?}").to_lowercase(), reply.rsplit_once(' ').unwrap().0)
        }
        Fault::Hang | Fault::Drop => String::new(),
    }
}

/// One service that asks each row's server for the row's slug.
fn courier(rows: &[Row], ca_file: &str) -> Courier {
    let mut text = BRISK.to_owned() + &email(&["r0"]);
    for (at, row) in rows.iter().enumerate() {
        let secure = if row.tls { format!("?tls=required\"\nca_file = \"{ca_file}") } else { String::new() };
        let port = row.relay.port;
        let provider =
            smtp(&format!("r{at}"), port).replace(&format!(":{port}"), &format!(":{port}{secure}"));
        let account = "username = \"u\"\npassword = \"p\"\n";
        let _ = write!(text, "[email.by_slug.row_{at}]\nproviders = [\"r{at}\"]\n{provider}{account}");
    }
    Courier::start(&config(&text))
}

/// Row by row: what is answered while the fault lasts, that a retry delivers once it is gone, and that nothing comes twice.
async fn show(rows: Vec<Row>, ca_file: &str) {
    let courier = courier(&rows, ca_file);
    let event = |at| with_slug(code(&format!("ema_{at}")), &format!("row_{at}"));
    let events: Vec<_> = (0..rows.len()).map(event).collect();
    let line = |row: &Row, reply: &Reply| format!("{}: {}", row.name, reply.line());
    for (at, (row, reply)) in rows.iter().zip(courier.post_all(&events).await).enumerate() {
        assert_eq!(line(row, &reply), format!("{}: {}", row.name, row.wanted), "{}", reply.json);
        assert!(reply.text("message").contains(&row.told), "{}: {} in {}", row.name, row.told, reply.json);
        assert_eq!((reply.text("provider"), reply.text("template")), (&*format!("r{at}"), "clerk"));
        let attempts = reply.json["attempts"].as_u64().unwrap();
        // What may pass is tried again within the request.
        let may_pass = row.wanted.ends_with(" provider_down") || row.wanted.ends_with(" throttled");
        let may_pass = may_pass && !row.name.contains("5.2.2");
        assert!(if may_pass { attempts > 1 } else { attempts == 1 }, "{}: {attempts}", row.name);
        assert_eq!(row.relay.mails(), [], "{}", row.name);
        row.relay.heal();
    }
    for wanted in ["200 accepted -", "200 duplicate -"] {
        for (row, reply) in rows.iter().zip(courier.post_all(&events).await) {
            assert_eq!(line(row, &reply), format!("{}: {wanted}", row.name), "{}", reply.json);
        }
    }
    for row in &rows {
        assert_eq!(row.relay.mails().len(), 1, "{}", row.name);
    }
}

#[tokio::test]
async fn every_fault_at_every_stage_has_its_answer_and_a_retry_delivers_once() {
    let authority = Authority::new();
    let (ca, server) = (authority.file(), authority.server("127.0.0.1"));
    let mut rows = Vec::new();
    for (pipelining, chunking) in FORMS {
        for stage in STAGES.into_iter().filter(|stage| !(chunking && *stage == Stage::Data)) {
            for fault in faults(stage) {
                let tls = stage == Stage::Starttls;
                let starttls = tls.then(|| Arc::clone(&server));
                let relay = Relay::start(Options {
                    pipelining,
                    chunking,
                    starttls,
                    auth: "PLAIN",
                    ..Options::default()
                })
                .await;
                relay.fail(stage, fault.clone());
                rows.push(Row {
                    name: format!("{stage:?} {fault:?}, PIPELINING {pipelining}, CHUNKING {chunking}"),
                    relay,
                    tls,
                    wanted: wanted(stage, &fault),
                    told: told(stage, &fault),
                });
            }
        }
    }
    assert_eq!(rows.len(), 4 * 8 * 4 - 2 * 4);
    show(rows, ca.path().to_str().unwrap()).await;
}

#[tokio::test]
async fn a_reply_says_whose_move_it_is() {
    let mut rows = Vec::new();
    for (stage, reply, wanted) in [
        (Stage::Greeting, "421 4.7.0 busy", "503 failed throttled"),
        (Stage::Greeting, "554 no", "503 failed account"),
        (Stage::Auth, "454 4.7.0 later", "503 failed provider_down"),
        (Stage::Auth, "534 5.7.9 no", "503 failed credentials"),
        (Stage::Mail, "451 4.7.28 slow", "503 failed throttled"),
        (Stage::Mail, "530 5.7.0 login", "503 failed credentials"),
        (Stage::Mail, "550 5.1.1 sender", "503 failed account"),
        (Stage::Rcpt, "452 4.5.3 many", "503 failed throttled"),
        (Stage::Rcpt, "550 no", "503 failed account"),
        (Stage::Rcpt, "550 5.1.0 no", "503 failed account"),
        (Stage::Rcpt, "550 5.1.1 no", "422 rejected recipient abort"),
        (Stage::Rcpt, "552 5.2.2 full", "503 failed provider_down"),
        (Stage::Rcpt, "550 blacklisted", "503 failed account"),
        (Stage::Rcpt, "503 5.5.1 order", "503 failed provider_down"),
        (Stage::Rcpt, "553 5.1.3 no", "422 rejected recipient abort"),
        (Stage::Rcpt, "550 5.2.1 off", "422 rejected recipient abort"),
        (Stage::Rcpt, "554 5.7.1 relaying", "503 failed account"),
        (Stage::Rcpt, "550 5.4.5 quota", "503 failed throttled"),
        (Stage::Body, "421 4.3.2 down", "503 failed throttled"),
        (Stage::Body, "550 5.7.26 dmarc", "503 failed account"),
        (Stage::Body, "554 5.7.60 sender", "503 failed account"),
        (Stage::Body, "530 5.7.0 login", "503 failed credentials"),
        (Stage::Body, "550 5.4.5 quota", "503 failed throttled"),
        (Stage::Body, "550 5.1.8 sender", "503 failed account"),
        (Stage::Body, "554 unverified", "503 failed account"),
        (Stage::Body, "554 no", "503 failed account"),
        (Stage::Body, "554 5.7.1 no", "503 failed account"),
        (Stage::Body, "550 5.1.1 no", "422 rejected recipient abort"),
        (Stage::Body, "552 5.3.4 size", "422 rejected content abort"),
        (Stage::Body, "554 virus", "422 rejected content abort"),
    ] {
        let relay = Relay::start(Options { auth: "LOGIN", ..Options::default() }).await;
        let fault = Fault::reply(reply);
        relay.fail(stage, fault.clone());
        rows.push(Row {
            name: format!("{stage:?} {reply}"),
            relay,
            tls: false,
            wanted,
            told: told(stage, &fault),
        });
    }
    show(rows, "").await;
}

#[tokio::test]
async fn a_server_that_can_not_be_reached_or_trusted_is_down() {
    let (closed, authority) = (Closed::new(), Authority::new());
    let stranger = Authority::new().file();
    let plain = Relay::start(Options::default()).await;
    let secure =
        Relay::start(Options { starttls: Some(authority.server("127.0.0.1")), ..Options::default() }).await;
    let required = |name: &str, port: u16| {
        smtp(name, port).replace(&format!(":{port}"), &format!(":{port}?tls=required"))
            + &format!("ca_file = \"{}\"\n", stranger.path().display())
    };
    let slugs =
        "[email.by_slug.plain]\nproviders = [\"plain\"]\n[email.by_slug.secure]\nproviders = [\"secure\"]\n";
    let rest = [
        email(&["closed"]),
        slugs.to_owned(),
        smtp("closed", closed.port()),
        required("plain", plain.port),
        required("secure", secure.port),
    ];
    let courier = Courier::start(&config(&rest.concat()));
    for (slug, told) in [
        ("closed", "connect: connection refused"),
        ("plain", "starttls: the server offers no STARTTLS"),
        ("secure", "starttls: the server's certificate is from an unknown issuer"),
    ] {
        let reply = courier.post(&with_slug(code(slug), slug)).await;
        assert_eq!(reply.line(), "503 failed provider_down", "{slug}");
        assert!(reply.text("message").contains(told), "{slug}: {}", reply.json);
    }
    assert!(!plain.state().commands.iter().any(|command| command.starts_with("MAIL")));
}

#[tokio::test]
async fn a_session_that_the_server_closed_while_idle_costs_the_next_message_nothing() {
    let relay = Relay::start(Options::default()).await;
    let courier = Courier::start(&config(&mail_through(&relay)));
    for (at, goodbye) in ["421 4.4.2 idle for too long", "", "421 4.3.2 going down"].into_iter().enumerate() {
        assert_eq!(courier.post(&code(&format!("ema_{at}"))).await.line(), "200 accepted -");
        relay.close_idle(goodbye).await;
        let reply = courier.post(&code(&format!("ema_{at}_next"))).await;
        assert_eq!((reply.line(), reply.json["attempts"].as_u64()), ("200 accepted -".to_owned(), Some(1)));
    }
    assert_eq!(relay.mails().len(), 6);
}
