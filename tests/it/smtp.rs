//! The SMTP client against a scripted server: what each fault is taken for, and that the next message never pays for it.

mod auth;
mod reset;
mod sessions;
mod tls;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use clerk_courier::clock::Clock;
use clerk_courier::delivery::smtp::{self, Credentials, Settings, Tls};
use clerk_courier::delivery::{Budget, Late, Verdict};
use clerk_courier::message::Email;
use clerk_courier::secret::Secret;
use tokio::task::JoinSet;

use crate::support::relay::{Fault, Options, Relay, Stage};

/// Enough for anything that goes on by itself.
const PATIENT: Budget =
    Budget { attempt: Duration::from_secs(10), total: Duration::from_secs(10), stop_on_doubt: false };
/// For a server that will not answer.
const IMPATIENT: Budget =
    Budget { attempt: Duration::from_secs(1), total: Duration::from_millis(1500), stop_on_doubt: false };

/// The four ways a message can travel, by what the server offers.
const FORMS: [(bool, bool); 4] = [(true, true), (true, false), (false, true), (false, false)];

fn form((pipelining, chunking): (bool, bool)) -> Options {
    Options { pipelining, chunking, ..Options::default() }
}

fn mail(to: &str, wire: &str) -> Email {
    Email {
        id: "ema_1".to_owned(),
        from: "login@acme.example".parse().unwrap(),
        envelope_from: "bounces@acme.example".parse().unwrap(),
        to: to.parse().unwrap(),
        reply_to: None,
        subject: String::new(),
        html: None,
        text: None,
        redirected_from: None,
        provider_settings: Vec::new(),
        language: None,
        extra_headers: Vec::new(),
        date: SystemTime::UNIX_EPOCH,
        ascii: None,
        wire: Arc::new(wire.as_bytes().to_vec()).into(),
    }
}

fn hello() -> Email {
    mail("ada@example.com", "Subject: x\r\n\r\nhello\r\n")
}

fn settings(relay: &Relay) -> Settings {
    Settings {
        host: "127.0.0.1".to_owned(),
        port: relay.port,
        tls: Tls::None,
        credentials: None,
        helo: "mail.acme.example".to_owned(),
        ca_file: None,
        connections: 4,
        chunking: true,
        attempt_timeout: Duration::from_secs(10),
    }
}

fn client(relay: &Relay) -> smtp::Relay {
    smtp::Relay::new(settings(relay), Clock::System).unwrap()
}

/// Variant, kind and stage, as one line to compare.
fn summary(verdict: &Verdict) -> String {
    let (variant, fault) = match verdict {
        Verdict::Accepted { .. } => return "Accepted".to_owned(),
        Verdict::Rejected(fault) => ("Rejected", fault),
        Verdict::Refused(fault) => ("Refused", fault),
        Verdict::Deferred(fault) => ("Deferred", fault),
        Verdict::InDoubt(fault) => ("InDoubt", fault),
    };
    format!("{variant} {:?} at {}", fault.kind, fault.stage)
}

fn detail(verdict: Verdict) -> String {
    match verdict {
        Verdict::Accepted { receipt } => format!("{receipt:?}"),
        Verdict::Rejected(fault)
        | Verdict::Refused(fault)
        | Verdict::Deferred(fault)
        | Verdict::InDoubt(fault) => fault.detail,
    }
}

async fn assert_accepted(client: &smtp::Relay, mail: &Email) {
    assert_eq!(summary(&client.deliver(mail, PATIENT, &Late::unheard()).await), "Accepted");
}

/// What a fault at a stage of a session's first message must be taken for: its envelope always goes before the message.
fn wanted(stage: Stage, fault: &Fault) -> String {
    let name = format!("{stage:?}").to_lowercase();
    let permanent = match stage {
        Stage::Auth => "Deferred Credentials",
        // Some servers look the recipient up only then.
        Stage::Rcpt | Stage::Data | Stage::Body => "Rejected Recipient",
        _ => "Deferred Account",
    };
    let doubt = stage == Stage::Body;
    let (variant, at) = if doubt { ("InDoubt", "body") } else { ("Deferred", &*name) };
    match fault {
        Fault::Reply(reply) if reply.starts_with('4') => format!("Deferred Unavailable at {name}"),
        Fault::Reply(_) => format!("{permanent} at {name}"),
        Fault::Hang => format!("{variant} Timeout at {at}"),
        Fault::Drop => format!("{variant} Unavailable at {at}"),
    }
}

#[tokio::test]
async fn a_fault_is_judged_by_its_stage_and_costs_the_next_message_nothing() {
    let mut running = JoinSet::new();
    for offered in FORMS {
        running.spawn(async move {
            for stage in [
                Stage::Greeting,
                Stage::Ehlo,
                Stage::Auth,
                Stage::Mail,
                Stage::Rcpt,
                Stage::Data,
                Stage::Body,
            ] {
                if stage == Stage::Data && offered.1 {
                    continue; // BDAT has no such stage
                }
                for fault in
                    [Fault::reply("451 4.3.0 no"), Fault::reply("550 5.1.1 no"), Fault::Hang, Fault::Drop]
                {
                    one_fault(offered, stage, fault).await;
                }
            }
        });
    }
    while let Some(done) = running.join_next().await {
        done.unwrap();
    }
}

async fn one_fault(offered: (bool, bool), stage: Stage, fault: Fault) {
    let relay = Relay::start(Options { auth: "PLAIN", ..form(offered) }).await;
    let credentials = Some(Credentials::Password("user".to_owned(), Secret::new("password")));
    let client =
        smtp::Relay::new(Settings { credentials, connections: 1, ..settings(&relay) }, Clock::System)
            .unwrap();
    relay.fail(stage, fault.clone());
    let budget = if fault == Fault::Hang { IMPATIENT } else { PATIENT };
    let verdict = client.deliver(&mail("first@example.com", "first\r\n"), budget, &Late::unheard()).await;
    let case = format!("{offered:?} {stage:?} {fault:?}");
    assert_eq!(summary(&verdict), wanted(stage, &fault), "{case}");
    relay.heal();
    assert_accepted(&client, &mail("second@example.com", "second\r\n")).await;
    relay.release();
    client.close().await;
    relay.until(|state| state.open == 0).await;
    let accepted: Vec<_> = relay.mails().into_iter().map(|mail| (mail.to, mail.body)).collect();
    assert_eq!(accepted, [("second@example.com".to_owned(), b"second\r\n".to_vec())], "{case}");
    let in_transaction = matches!(stage, Stage::Mail | Stage::Rcpt | Stage::Data | Stage::Body);
    let kept = in_transaction && matches!(fault, Fault::Reply(_));
    assert_eq!(
        relay.state().connections,
        if kept { 1 } else { 2 },
        "{case}: a refusal must not cost the session"
    );
}

#[tokio::test]
async fn only_codes_of_a_reply_are_told() {
    let relay = Relay::start(Options::default()).await;
    let client = client(&relay);
    relay.fail(Stage::Rcpt, Fault::reply("550-5.1.1 <ada@example.com> is\r\n550 5.1.1 unknown here"));
    assert_eq!(detail(client.deliver(&hello(), PATIENT, &Late::unheard()).await), "550 5.1.1");
    relay.fail(Stage::Rcpt, Fault::reply("550 no ada@example.com"));
    assert_eq!(detail(client.deliver(&hello(), PATIENT, &Late::unheard()).await), "550");
    relay.heal();
    let receipt = detail(client.deliver(&hello(), PATIENT, &Late::unheard()).await);
    assert!(["Some(\"R1\")", "Some(\"R2\")"].contains(&&*receipt), "{receipt}");
}

#[tokio::test]
async fn a_late_reply_is_never_taken_for_the_next_messages() {
    for offered in FORMS {
        let relay = Relay::start(form(offered)).await;
        let client = client(&relay);
        relay.fail_times(Stage::Body, Fault::Hang, 1);
        let verdict = client.deliver(&hello(), IMPATIENT, &Late::unheard()).await;
        assert_eq!(summary(&verdict), "InDoubt Timeout at body", "{offered:?}");
        relay.release();
        relay.fail_times(Stage::Body, Fault::reply("451 4.3.0 later"), 1);
        let verdict = client.deliver(&hello(), PATIENT, &Late::unheard()).await;
        assert_eq!(summary(&verdict), "Deferred Unavailable at body", "{offered:?}");
        assert_accepted(&client, &mail("third@example.com", "third\r\n")).await;
        assert_eq!(relay.mails().last().unwrap().to, "third@example.com");
    }
}

fn text(body: &[u8]) -> &str {
    str::from_utf8(body).unwrap()
}

#[tokio::test]
async fn a_message_takes_as_few_round_trips_as_the_server_allows() {
    for (offered, trips) in FORMS.into_iter().zip([1, 2, 3, 4]) {
        let relay = Relay::start(form(offered)).await;
        let client = client(&relay);
        assert_accepted(&client, &hello()).await;
        let before = relay.state().flights;
        assert_accepted(&client, &hello()).await;
        assert_eq!(relay.state().flights - before, trips, "{offered:?}");
    }
    let relay = Relay::start(form((true, true))).await;
    let client = smtp::Relay::new(Settings { chunking: false, ..settings(&relay) }, Clock::System).unwrap();
    assert_accepted(&client, &hello()).await;
    assert!(relay.state().commands.contains(&"DATA".to_owned()), "chunking = false is obeyed");
}

#[tokio::test]
async fn a_354_after_a_refused_recipient_closes_the_session() {
    let relay = Relay::start(Options { data_after_refusal: true, ..Options::default() }).await;
    let client = client(&relay);
    relay.fail_times(Stage::Rcpt, Fault::reply("550 5.1.1 unknown"), 1);
    assert_eq!(
        summary(&client.deliver(&hello(), PATIENT, &Late::unheard()).await),
        "Rejected Recipient at rcpt"
    );
    relay.until(|state| state.open == 0).await;
    assert_accepted(&client, &hello()).await;
    assert_eq!(relay.state().connections, 2);
}

#[tokio::test]
async fn bodies_arrive_unharmed() {
    let table = [
        (".\r\n..a\r\nb.\r\n.", ".\r\n..a\r\nb.\r\n.\r\n"),
        ("a\nb\rc\r\n\n.\n", "a\r\nb\r\nc\r\n\r\n.\r\n"),
        ("a\n.\nMAIL FROM:<evil@example.com>\n", "a\r\n.\r\nMAIL FROM:<evil@example.com>\r\n"),
    ];
    let long = "0123456789\r\n".repeat(200_000);
    for offered in FORMS {
        let relay = Relay::start(form(offered)).await;
        let client = client(&relay);
        for (sent, arrives) in table.into_iter().chain([(&*long, &*long)]) {
            assert_accepted(&client, &mail("ada@example.com", sent)).await;
            assert!(relay.mails().last().unwrap().body == arrives.as_bytes(), "{offered:?} {sent:.20}");
        }
    }
}

#[tokio::test]
async fn a_message_over_the_servers_limit_is_not_sent() {
    let relay = Relay::start(Options { size: Some(10), ..Options::default() }).await;
    let client = client(&relay);
    assert_eq!(
        summary(&client.deliver(&hello(), PATIENT, &Late::unheard()).await),
        "Refused Content at mail"
    );
    assert_accepted(&client, &mail("ada@example.com", "12345678\r\n")).await;
    assert_eq!(relay.state().connections, 1);
}

#[tokio::test]
async fn addresses_beyond_ascii() {
    let relay = Relay::start(Options { smtputf8: true, ..Options::default() }).await;
    let sender = client(&relay);
    assert_accepted(&sender, &mail("ada@münchen.example", "x\r\n")).await;
    assert_accepted(&sender, &mail("jürgen@example.com", "x\r\n")).await;
    let commands = relay.state().commands.join("\n");
    assert!(commands.contains("MAIL FROM:<bounces@acme.example>\nRCPT TO:<ada@xn--mnchen-3ya.example>"));
    assert!(commands.contains("MAIL FROM:<bounces@acme.example> SMTPUTF8\nRCPT TO:<jürgen@example.com>"));

    let relay = Relay::start(Options::default()).await;
    let sender = client(&relay);
    assert_accepted(&sender, &mail("ada@münchen.example", "x\r\n")).await;
    let verdict = sender.deliver(&mail("jürgen@example.com", "x\r\n"), PATIENT, &Late::unheard()).await;
    assert_eq!(summary(&verdict), "Refused Recipient at rcpt");
}

#[tokio::test]
async fn an_address_that_would_end_a_command_never_gets_that_far() {
    let relay = Relay::start(Options::default()).await;
    let client = client(&relay);
    let mut hostile = hello();
    for local in ["a>\r\nRSET\r\nRCPT TO:<b", "a b", "a>b", "a\0b"] {
        hostile.to = lettre::Address::new_dangerous(local, "example.com");
        let verdict = client.deliver(&hostile, PATIENT, &Late::unheard()).await;
        assert_eq!(summary(&verdict), "Rejected Recipient at rcpt", "{local:?}");
    }
    assert_eq!(relay.state().connections, 0);
}

#[tokio::test]
async fn helo_where_ehlo_is_unknown() {
    let relay = Relay::start(Options { pipelining: false, ..Options::default() }).await;
    relay.fail_times(Stage::Ehlo, Fault::reply("502 5.5.1 unknown"), 1);
    assert_accepted(&client(&relay), &hello()).await;
    assert_eq!(relay.state().commands[1], "HELO mail.acme.example");
}

#[tokio::test]
async fn what_is_no_smtp_ends_the_session() {
    for reply in ["hello", "250-\r\n354 x", &"220-x\r\n".repeat(100), &"x".repeat(10_000)] {
        let relay = Relay::start(Options::default()).await;
        relay.fail(Stage::Mail, Fault::reply(reply));
        let client = client(&relay);
        let verdict = client.deliver(&hello(), PATIENT, &Late::unheard()).await;
        assert_eq!(summary(&verdict), "Deferred Unavailable at mail", "{reply:.20}");
        relay.until(|state| state.open == 0).await;
    }
}

#[tokio::test]
async fn a_positive_reply_that_fits_no_command_is_no_success() {
    let table = [
        (Stage::Mail, "354 go ahead", "Deferred Unavailable at mail"),
        (Stage::Rcpt, "354 go ahead", "Deferred Unavailable at rcpt"),
        (Stage::Data, "250 2.0.0 ok", "Deferred Unavailable at data"),
        (Stage::Body, "354 go ahead", "InDoubt Unavailable at body"),
    ];
    for (stage, reply, wanted) in table {
        let relay = Relay::start(Options::default()).await;
        let client = client(&relay);
        relay.fail_times(stage, Fault::reply(reply), 1);
        assert_eq!(summary(&client.deliver(&hello(), PATIENT, &Late::unheard()).await), wanted);
        relay.until(|state| state.open == 0).await;
        assert_accepted(&client, &hello()).await;
    }
}

#[tokio::test]
async fn no_connection_is_deferred() {
    let relay = Relay::start(Options::default()).await;
    let client = client(&relay);
    drop(relay);
    tokio::task::yield_now().await; // lets the listener go
    let verdict = client.deliver(&hello(), PATIENT, &Late::unheard()).await;
    assert_eq!(
        (&*summary(&verdict), &*detail(verdict)),
        ("Deferred Unavailable at connect", "connection refused")
    );
}

#[tokio::test]
async fn closing_says_quit_and_keeps_nothing_afterwards() {
    let relay = Relay::start(Options::default()).await;
    let client = client(&relay);
    assert_accepted(&client, &hello()).await;
    client.close().await;
    assert_eq!(relay.state().commands.last().unwrap(), "QUIT");
    assert_eq!(client.open_sessions(), 0);
    assert_accepted(&client, &hello()).await;
    assert_eq!(client.open_sessions(), 0);
}

#[tokio::test]
async fn setup_is_proven_before_anything_connects() {
    let relay = Relay::start(Options::default()).await;
    let empty = tempfile::NamedTempFile::new().unwrap();
    let with_ca = |path: &std::path::Path| Settings {
        tls: Tls::Required,
        ca_file: Some(path.to_owned()),
        ..settings(&relay)
    };
    let no_file = smtp::Relay::new(with_ca("/nonexistent.pem".as_ref()), Clock::System).unwrap_err();
    assert!(no_file.to_string().starts_with("ca_file /nonexistent.pem: "), "{no_file}");
    let no_certificate = smtp::Relay::new(with_ca(empty.path()), Clock::System).unwrap_err();
    assert!(
        no_certificate.to_string().ends_with("the file contains no certificate: put one into it in PEM form"),
        "{no_certificate}"
    );
    let bad_name = Settings { helo: "a\r\nMAIL".to_owned(), ..settings(&relay) };
    assert!(matches!(smtp::Relay::new(bad_name, Clock::System), Err(smtp::SetupError::Host(_))));
    let shown = format!(
        "{:?}",
        smtp::Relay::new(
            Settings {
                credentials: Some(Credentials::Password("user".to_owned(), Secret::new("canary"))),
                ..settings(&relay)
            },
            Clock::System
        )
    );
    assert!(!shown.contains("canary"), "{shown}");
}
