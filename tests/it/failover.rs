//! Several providers within one deadline: who is asked, and what remains when they differ.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::support::courier::{Courier, config, now};
use crate::support::relay::{Fault, Options, Relay, Stage};
use crate::support::scene::{BRISK, Closed, both_through, code, email, smtp, text, with_slug};
use crate::support::twilio::Twilio;

/// What is wrong with a provider.
enum Wrong {
    Nothing,
    /// Refuses connections.
    Down,
    At(Stage, Fault),
}

impl Wrong {
    fn reply(stage: Stage, text: &str) -> Self {
        Self::At(stage, Fault::reply(text))
    }
}

/// What is wrong with two providers, and what comes of it. `asked`: whether the second sees the message at all.
struct Row {
    name: &'static str,
    wrong: [Wrong; 2],
    wanted: &'static str,
    asked: bool,
}

fn row(name: &'static str, first: Wrong, second: Wrong, wanted: &'static str) -> Row {
    Row { name, wrong: [first, second], wanted, asked: true }
}

fn resending() -> Vec<Row> {
    use Fault::{Drop, Hang};
    use Stage::{Body, Greeting, Mail, Rcpt};
    use Wrong::{At, Down, Nothing};
    let says = Wrong::reply;
    let mut rows = vec![
        row("down, well", Down, Nothing, "200 accepted -"),
        row("greylists, well", says(Rcpt, "450 4.2.0 later"), Nothing, "200 accepted -"),
        row("silent, well", At(Greeting, Hang), Nothing, "200 accepted -"),
        row("silent late, well", At(Body, Hang), Nothing, "200 accepted -"),
        row("refuses credentials, well", says(Mail, "530 5.7.0 no"), Nothing, "200 accepted -"),
        row("refuses sender, well", says(Mail, "550 5.7.1 no"), Nothing, "200 accepted -"),
        row("refuses recipient vaguely, well", says(Rcpt, "550 no"), Nothing, "200 accepted -"),
        row("refuses content, well", says(Body, "554 5.7.1 spam"), Nothing, "200 accepted -"),
        row("doubt, well", At(Body, Drop), Nothing, "200 accepted -"),
        row("down, down", Down, Down, "503 failed provider_down"),
        row("both vague", says(Rcpt, "550 no"), says(Rcpt, "550 no"), "503 failed account"),
        row("both vague late", says(Body, "554 no"), says(Body, "550 5.7.1 no"), "503 failed account"),
        row(
            "both refuse us",
            says(Rcpt, "550 relay not permitted"),
            says(Body, "550 5.4.5 no"),
            "503 failed account",
        ),
        row("vague, down", says(Rcpt, "550 no"), Down, "503 failed account"),
        row("down, vague", Down, says(Rcpt, "550 no"), "503 failed account"),
        row("down, refuses recipient", Down, says(Rcpt, "550 5.1.1 no"), "422 rejected recipient abort"),
        row("down, refuses content", Down, says(Body, "554 5.7.1 spam"), "503 failed provider_down"),
        row("refuses content, down", says(Body, "554 5.7.1 spam"), Down, "503 failed provider_down"),
        row(
            "both refuse content",
            says(Body, "554 5.7.1 virus"),
            says(Body, "550 5.6.0 no"),
            "422 rejected content abort",
        ),
        row("doubt, down", At(Body, Drop), Down, "503 failed unknown"),
        row("doubt, refuses content", At(Body, Drop), says(Body, "554 5.7.1 spam"), "503 failed unknown"),
        row("down, doubt", Down, At(Body, Drop), "503 failed unknown"),
        row(
            "doubt, refuses recipient",
            At(Body, Drop),
            says(Rcpt, "550 5.1.1 no"),
            "422 rejected recipient abort",
        ),
    ];
    rows.push(Row {
        name: "refuses recipient, well",
        wrong: [says(Rcpt, "550 5.1.1 no"), Nothing],
        wanted: "422 rejected recipient abort",
        asked: false,
    });
    rows
}

fn stopping() -> Vec<Row> {
    use Stage::{Body, Rcpt};
    use Wrong::{At, Down, Nothing};
    let mut rows = vec![
        row("greylists, well", Wrong::reply(Rcpt, "450 4.2.0 later"), Nothing, "200 accepted -"),
        row("down, doubt", Down, At(Body, Fault::Drop), "422 in_doubt - abort"),
    ];
    for (name, fault) in [("doubt, well", Fault::Drop), ("silent late, well", Fault::Hang)] {
        let wrong = [At(Body, fault), Nothing];
        rows.push(Row { name, wrong, wanted: "422 in_doubt - abort", asked: false });
    }
    rows
}

/// The rows' servers, and one service that asks two of them for each row's slug.
async fn scene(rows: &[Row], on_doubt: &str, closed: &Closed) -> (Vec<[Relay; 2]>, Courier) {
    let mut text = BRISK.to_owned() + &email(&["a0", "b0"]) + &format!("on_doubt = \"{on_doubt}\"\n");
    let mut relays = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let pair = [Relay::start(Options::default()).await, Relay::start(Options::default()).await];
        let _ = write!(text, "[email.by_slug.row_{at}]\nproviders = [\"a{at}\", \"b{at}\"]\n");
        for ((name, wrong), relay) in ["a", "b"].into_iter().zip(&row.wrong).zip(&pair) {
            if let Wrong::At(stage, fault) = wrong {
                relay.fail(*stage, fault.clone());
            }
            let port = if matches!(wrong, Wrong::Down) { closed.port() } else { relay.port };
            text += &smtp(&format!("{name}{at}"), port);
        }
        relays.push(pair);
    }
    (relays, Courier::start(&config(&text)))
}

fn events(rows: &[Row]) -> Vec<serde_json::Value> {
    let event = |at| with_slug(code(&format!("ema_{at}")), &format!("row_{at}"));
    (0..rows.len()).map(event).collect()
}

#[tokio::test]
async fn what_two_providers_say_becomes_one_answer() {
    let (rows, closed) = (resending(), Closed::new());
    let (relays, courier) = scene(&rows, "resend", &closed).await;
    let replies = courier.post_all(&events(&rows)).await;
    for (at, ((row, [first, second]), reply)) in rows.iter().zip(&relays).zip(replies).enumerate() {
        assert_eq!(reply.line(), row.wanted, "{}: {}", row.name, reply.json);
        let sent = usize::from(row.wanted.starts_with("200"));
        assert_eq!((first.mails().len(), second.mails().len()), (0, sent), "{}", row.name);
        let (attempts, each) = (reply.json["attempts"].as_u64().unwrap(), 1 + u64::from(row.asked));
        // What may pass is tried again within the request.
        let is_over = !row.wanted.starts_with("503");
        assert!(if is_over { attempts == each } else { attempts >= each }, "{}: {attempts}", row.name);
        if !row.asked {
            assert_eq!(second.state().connections, 0, "{}", row.name);
        } else if sent == 0 {
            let message = reply.text("message");
            let both = message.contains(&format!("(a{at}: ")) && message.contains(&format!("; b{at}: "));
            assert!(both, "{}: {message}", row.name);
        }
        if sent == 1 {
            assert_eq!(reply.text("provider"), format!("b{at}"), "{}", row.name);
        }
    }
}

#[tokio::test]
async fn with_on_doubt_stop_a_doubt_is_the_end() {
    let (rows, closed) = (stopping(), Closed::new());
    let (relays, courier) = scene(&rows, "stop", &closed).await;
    for attempt in 1..=2 {
        let replies = courier.post_all(&events(&rows)).await;
        for ((row, [_, second]), reply) in rows.iter().zip(&relays).zip(replies) {
            let wanted = if attempt == 2 {
                row.wanted.replace("accepted", "duplicate")
            } else {
                row.wanted.to_owned()
            };
            assert_eq!(reply.line(), wanted, "{} {attempt}: {}", row.name, reply.json);
            assert_eq!(second.mails().len(), usize::from(row.wanted.starts_with("200")), "{}", row.name);
            assert_eq!(second.state().connections, usize::from(row.asked), "{} {attempt}", row.name);
        }
    }
}

#[tokio::test]
async fn a_code_that_dies_while_the_first_is_silent_is_not_given_to_the_second() {
    let (silent, well) = (Relay::start(Options::default()).await, Relay::start(Options::default()).await);
    silent.fail(Stage::Greeting, Fault::Hang);
    let rest = email(&["silent", "well"]) + &smtp("silent", silent.port) + &smtp("well", well.port);
    let courier = Courier::start(&config(&(BRISK.to_owned() + &rest)));
    let mut event = code("ema_1");
    let born = (now() + Duration::from_secs(1)).checked_sub(Duration::from_mins(10)).unwrap();
    event["timestamp"] = u64::try_from(born.as_millis()).unwrap().into();
    assert_eq!(courier.post(&event).await.line(), "422 expired - abort");
    assert_eq!((silent.state().connections, well.state().connections), (1, 0));
}

#[tokio::test]
async fn one_channels_trouble_is_not_the_others() {
    let (relay, texts) = (Relay::start(Options::default()).await, Twilio::start().await);
    relay.fail(Stage::Body, Fault::Hang);
    let courier = Courier::start(&config(&both_through(&relay, &texts)));
    let waiting: Vec<_> = (0..8).map(|at| courier.post_later(&code(&format!("ema_{at}")))).collect();
    relay.until(|state| state.hung == 8).await;
    for at in 0..4 {
        assert_eq!(courier.post(&text(&format!("sms_{at}"))).await.line(), "200 accepted -");
    }
    assert_eq!((relay.mails().len(), texts.asked().len()), (0, 4));
    relay.release();
    for mail in waiting {
        assert_eq!(mail.await.unwrap().line(), "200 accepted -");
    }
}

/// With all settings at their defaults: Svix hears of it before its own 15 s are over.
#[tokio::test]
async fn a_server_that_never_greets_is_given_up_in_time() {
    let (silent, well) = (Relay::start(Options::default()).await, Relay::start(Options::default()).await);
    silent.fail(Stage::Greeting, Fault::Hang);
    let by_slug = "[email.by_slug.alone]\nproviders = [\"silent\"]\n";
    let rest = email(&["silent", "well"]) + by_slug + &smtp("silent", silent.port) + &smtp("well", well.port);
    let courier = Courier::start(&config(&rest.replace("attempt_timeout = \"2s\"\n", "")));
    let started = Instant::now();
    let replies = courier.post_all(&[with_slug(code("ema_1"), "alone"), code("ema_2")]).await;
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
    assert_eq!(replies[0].line(), "503 failed deadline");
    assert_eq!((replies[1].line(), replies[1].text("provider")), ("200 accepted -".to_owned(), "well"));
}
