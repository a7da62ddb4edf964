//! Every command, as its user meets it: what it prints, and its exit status.

mod init;

use std::collections::BTreeMap;

use clerk_courier::message::Channel;
use clerk_courier::template::sample;
use regex::Regex;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::command::{Ran, run};
use crate::support::courier::{Courier, SECRET, config, fixture};
use crate::support::relay::{Fault, Options, Relay, Stage};
use crate::support::twilio::Twilio;

const SIGNED: (&str, &str) = ("CLERK_WEBHOOK_SIGNING_SECRET", SECRET);

/// A service with a mail server and a scripted Twilio.
struct Scene {
    relay: Relay,
    twilio: Twilio,
    courier: Courier,
}

impl Scene {
    async fn set() -> Self {
        let relay = Relay::start(Options::default()).await;
        let twilio = Twilio::start().await;
        let courier = Courier::start(&config(&format!(
            "[email]\nfrom = \"Acme <login@acme.example>\"\nproviders = [\"main\"]\n\
             [sms]\nfrom = \"+15005550006\"\nproviders = [\"texts\"]\n\
             [providers.main]\ntype = \"smtp\"\nurl = \"smtp://127.0.0.1:{}\"\n\
             [providers.texts]\ntype = \"twilio\"\naccount_sid = \"AC00000000000000000000000000000000\"\n\
             auth_token = \"token\"\nbase_url = \"{}\"\n",
            relay.port,
            twilio.url()
        )));
        Self { relay, twilio, courier }
    }

    /// `clerk-courier trigger …` at this service, with its secret.
    async fn trigger(&self, arguments: &[&str]) -> Ran {
        let url = self.courier.url("/webhooks/clerk");
        let arguments = [&["trigger", "--url", &url], arguments].concat();
        run(self.courier.dir.path(), &arguments, &[SIGNED]).await
    }

    async fn log(&self, arguments: &[&str]) -> Ran {
        run(self.courier.dir.path(), &[&["log"], arguments].concat(), &[]).await
    }
}

fn empty() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[tokio::test]
async fn help_names_every_option_and_wrong_usage_is_status_2() {
    let dir = empty();
    let dir = dir.path();
    let table: &[(&str, &[&str])] = &[
        ("dev", &["--listen", "127.0.0.1:8080", "--workshop", "127.0.0.1:8081", "--outbox"]),
        ("serve", &[]),
        ("check", &["--connect"]),
        ("send", &["SLUG", "--to", "--provider", "--channel", "--locale", "--set", "--event"]),
        ("providers", &["NAME"]),
        (
            "render",
            &[
                "SLUG",
                "--channel",
                "--locale",
                "--part",
                "subject",
                "html",
                "text",
                "eml",
                "--event",
                "--set",
            ],
        ),
        (
            "trigger",
            &[
                "SLUG",
                "--url",
                "--secret",
                "--channel",
                "--to",
                "--set",
                "--age",
                "11m",
                "--repeat",
                "--event",
            ],
        ),
        ("log", &["--to", "--outcome", "--since", "--json"]),
        ("ledger", &["copy", "check"]),
        ("init", &["SLUG", "--language", "--all", "--dir"]),
        ("health", &["--address", "--ready"]),
        ("completions", &["SHELL", "bash", "fish", "zsh"]),
    ];
    let overview = run(dir, &["--help"], &[]).await.ok();
    for (command, words) in table {
        assert!(overview.contains(&format!("\n  {command} ")), "{command}: {overview}");
        let help = run(dir, &[command, "--help"], &[SIGNED]).await.ok();
        for word in [words, &["--config", "CLERK_COURIER_CONFIG", "config.toml"][..]].concat() {
            assert!(help.contains(word), "{command}: {word}: {help}");
        }
        assert!(!help.contains(SECRET), "{help}");
    }
    assert!(run(dir, &["--version"], &[]).await.ok().starts_with("clerk-courier "));
    for wrong in [
        &[][..],
        &["sevre"],
        &["render"],
        &["trigger", "x", "--repeat", "0"],
        &["log", "--since", "soon"],
        &["log", "--outcome", "lost"],
    ] {
        let ran = run(dir, wrong, &[]).await;
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:#?}");
        assert!(ran.stderr.contains("sage:") || ran.stderr.contains("--help"), "{ran:#?}");
    }
}

#[tokio::test]
async fn every_part_of_a_message_can_be_printed() {
    let dir = empty();
    let render = async |arguments: &[&str]| run(dir.path(), &[&["render"], arguments].concat(), &[]).await;
    let set = ["--set", "otp_code=031337", "--set", "app.name=A<b>"];
    let part = async |part| render(&[&["verification_code", "--part", part][..], &set].concat()).await.ok();

    assert_eq!(part("subject").await, "031337 is your verification code for A<b>\n");
    let html = part("html").await;
    assert!(html.starts_with("<!doctype html>") || html.starts_with("<!DOCTYPE html>"), "{html}");
    assert!(html.contains("031337") && html.contains("A&lt;b&gt;") && !html.contains("A<b>"), "{html}");
    let text = part("text").await;
    assert!(text.contains("031337") && text.contains("A<b>"), "{text}");
    let eml = part("eml").await;
    let mail = mailparse::parse_mail(eml.as_bytes()).unwrap();
    assert_eq!(mail.ctype.mimetype, "multipart/alternative");
    assert!(mail.subparts[0].get_body().unwrap().contains("031337"));

    assert_eq!(render(&["verification_code", "--locale", "en-GB", "--part", "html"]).await.code, Some(0));
    assert!(render(&["verification_code"]).await.ok().contains("<html"), "html is the default for mail");
    let german = render(&["verification_code", "--locale", "de-AT", "--part", "subject"]).await.ok();
    assert_eq!(german, "418273 ist dein Bestätigungscode von Larkfield\n");

    let sms = render(&["verification_code", "--channel", "sms", "--set", "otp_code=031337"]).await;
    assert_eq!(sms.stderr, "1 segment, GSM-7, 89 units\n");
    assert!(sms.ok().starts_with("031337 is your verification code for Larkfield."));
    let words = render(&["billing_receipt", "--part", "subject"]).await.ok();
    assert!(!words.trim().is_empty(), "a slug without a template of ours is in Clerk's words");
}

#[tokio::test]
async fn what_cannot_be_rendered_is_explained() {
    let dir = empty();
    let render = async |arguments: &[&str]| run(dir.path(), &[&["render"], arguments].concat(), &[]).await;
    let table: &[(&[&str], i32, &[&str])] = &[
        (
            &["welcome"],
            2,
            &["no sample event for the slug \"welcome\"", "verification_code", "invitation", "--event FILE"],
        ),
        (&["verification_cod"], 2, &["did you mean \"verification_code\"?"]),
        (&["billing_receipt", "--channel", "sms"], 2, &["no sample event for the slug", "sms: invitation"]),
        (&["verification_code", "--channel", "sms", "--part", "html"], 2, &["an SMS has only a text"]),
        (
            &["verification_code", "--locale", "sk"],
            1,
            &["no templates in \"sk\"", "ar, cs, da, de, de-x-formal, el, en, en-GB, es, es-ES, fi"],
        ),
        (&["verification_code", "--locale", "english"], 1, &["no templates in \"english\""]),
        (&["verification_code", "--set", "otp_code"], 2, &["PATH=VALUE"]),
        (&["--event", "absent.json"], 1, &["absent.json"]),
        (
            &["verification_code", "--set", "event.data.delivered_by_clerk=true"],
            1,
            &["Clerk delivers this message itself"],
        ),
    ];
    for (arguments, code, words) in table {
        let ran = render(arguments).await;
        assert_eq!(ran.code, Some(*code), "{ran:#?}");
        assert_eq!(ran.stdout, "", "{arguments:?}");
        for word in *words {
            assert!(ran.stderr.contains(word), "{word}: {ran:#?}");
        }
    }
}

#[tokio::test]
async fn an_event_from_a_file_is_rendered_and_triggered_as_if_it_were_new() {
    let scene = Scene::set().await;
    let file = scene.courier.dir.path().join("event.json");
    let mut event = fixture("email.created.reset_password_code", "ema_of_last_year");
    event["timestamp"] = 1_700_000_000_000_u64.into();
    event["data"]["data"]["otp_code"] = "777000".into();
    std::fs::write(&file, event.to_string()).unwrap();

    let subject =
        run(scene.courier.dir.path(), &["render", "--event", "event.json", "--part", "subject"], &[])
            .await
            .ok();
    assert!(subject.contains("777000"), "{subject}");
    // Neither expired nor, the second time, a duplicate.
    for _ in 0..2 {
        let said = scene.trigger(&["--event", "event.json", "--to", "grace@example.com"]).await.ok();
        assert!(said.starts_with("HTTP 200 accepted\n"), "{said}");
    }
    assert_eq!(scene.relay.mails().len(), 2);
    assert_eq!(scene.relay.mails()[0].to, "grace@example.com");
    let aged = scene.trigger(&["--event", "event.json", "--age", "11m"]).await;
    assert!(aged.stdout.starts_with("HTTP 422 expired\n"), "{aged:#?}");
}

#[tokio::test]
async fn every_sample_is_taken_by_a_running_service() {
    let scene = Scene::set().await;
    let mut counts = BTreeMap::new();
    for channel in [Channel::Email, Channel::Sms] {
        for slug in sample::slugs(channel) {
            let ran = scene.trigger(&[slug, "--channel", channel.as_str()]).await;
            let said = ran.clone().ok();
            assert!(said.starts_with("HTTP 200 accepted\n"), "{slug}: {ran:#?}");
            assert!(said.contains("  A provider accepted the message.\n"), "{slug}: {said}");
            assert!(said.contains("  template: "), "{slug}: {said}");
            assert!(
                said.contains("  Svix: the message is done, so Svix makes no further attempt.\n"),
                "{slug}: {said}"
            );
            *counts.entry(channel.as_str()).or_insert(0) += 1;
        }
    }
    assert_eq!(scene.relay.mails().len(), counts["email"]);
    assert_eq!(scene.twilio.asked().len(), counts["sms"]);
    assert_eq!((counts["email"], counts["sms"]), (27, 7));
}

#[tokio::test]
async fn each_answer_is_explained() {
    let scene = Scene::set().await;

    let ran = scene.trigger(&["verification_code", "--repeat", "2", "--set", "otp_code=555111"]).await.ok();
    let [first, second] = ran.split("HTTP ").skip(1).collect::<Vec<_>>()[..] else { panic!("{ran}") };
    assert!(first.starts_with("200 accepted\n") && first.contains("provider: main"), "{ran}");
    assert!(second.starts_with("200 duplicate\n") && second.contains("nothing was sent again"), "{ran}");
    assert_eq!(scene.relay.mails().len(), 1);

    let ran =
        scene.trigger(&["verification_code", "--channel", "sms", "--to", "+44 20 7946 0000"]).await.ok();
    assert!(ran.contains("provider: texts") && ran.contains("its id: SM"), "{ran}");
    assert_eq!(scene.twilio.asked()[0].field("To"), Some("+442079460000"));

    let ran = scene.trigger(&["verification_code", "--age", "11m"]).await;
    assert_eq!(ran.code, Some(1));
    assert!(ran.stdout.starts_with("HTTP 422 expired\n"), "{ran:#?}");
    assert!(ran.stdout.contains("no further attempt"), "{ran:#?}");
    assert_eq!(ran.stderr, "clerk-courier: the message was not delivered\n");

    scene.relay.fail(Stage::Mail, Fault::reply("451 4.3.0 later"));
    let ran = scene.trigger(&["verification_code"]).await;
    assert_eq!(ran.code, Some(1));
    assert!(ran.stdout.starts_with("HTTP 503 failed ("), "{ran:#?}");
    assert!(ran.stdout.contains("Svix tries again after 5 s"), "{ran:#?}");
    scene.relay.heal();

    let ran = scene.trigger(&["verification_code", "--set", "event.data.delivered_by_clerk=true"]).await.ok();
    assert!(ran.starts_with("HTTP 200 skipped (delivered_by_clerk)\n"), "{ran}");
}

#[tokio::test]
async fn a_wrong_secret_is_named_as_the_thing_to_compare() {
    let scene = Scene::set().await;
    let wrong = "whsec_Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5";
    let ran = scene.trigger(&["verification_code", "--secret", wrong]).await;
    assert_eq!(ran.code, Some(1));
    assert!(ran.stdout.starts_with("HTTP 401 unauthorized\n"), "{ran:#?}");
    assert!(ran.stdout.contains("Compare the secret"), "{ran:#?}");
    assert!(!ran.output().contains(wrong) && !ran.output().contains(SECRET), "{ran:#?}");

    // Without the variable it is the configuration's; without either, the ways to give it are named.
    let url = scene.courier.url("/webhooks/clerk");
    let ran = run(scene.courier.dir.path(), &["trigger", "verification_code", "--url", &url], &[]).await;
    assert!(ran.stdout.starts_with("HTTP 200 accepted\n"), "{ran:#?}");
    let ran = run(empty().path(), &["trigger", "verification_code", "--url", &url], &[]).await;
    assert_eq!(ran.code, Some(2));
    for word in ["CLERK_WEBHOOK_SIGNING_SECRET", "--secret", "--config"] {
        assert!(ran.stderr.contains(word), "{ran:#?}");
    }
    let ran = scene.trigger(&["verification_code", "--secret", "not base64!"]).await;
    assert_eq!(ran.code, Some(2), "{ran:#?}");
    assert!(ran.stderr.contains("--secret") && !ran.stderr.contains("not base64!"), "{ran:#?}");
}

#[tokio::test]
async fn a_url_where_nothing_or_something_else_answers_is_explained_without_its_query() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let other = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 64 * 1024];
        let _ = stream.read(&mut request).await.unwrap();
        stream
            .write_all(b"HTTP/1.1 308 X\r\nlocation: https://acme.example/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            .await
            .unwrap();
    });
    let url = format!("http://user:word@{address}/hook?key=canary");
    let trigger =
        async || run(empty().path(), &["trigger", "verification_code", "--url", &url], &[SIGNED]).await;
    let ran = trigger().await;
    other.await.unwrap();
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stdout.starts_with(
            "HTTP 308 (not an answer of clerk-courier: check --url, which must end in `[clerk] path`)\n"
        ),
        "{ran:#?}"
    );
    assert!(ran.stdout.contains("Svix counts a redirect as a failure"), "{ran:#?}");

    // The listener went with the task: nobody is there now.
    let ran = trigger().await;
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
    assert!(
        ran.stderr.starts_with(&format!("clerk-courier: no answer from http://{address}/hook (check --url, and that the service is running): ")),
        "{ran:#?}"
    );
    assert!(ran.stderr.contains("onnection refused"), "{ran:#?}");
    assert!(!ran.stderr.contains("canary") && !ran.stderr.contains("word"), "{ran:#?}");

    let ran = run(
        empty().path(),
        &["trigger", "verification_code", "--url", "localhost:8080/x?key=canary"],
        &[SIGNED],
    )
    .await;
    assert_ne!(ran.code, Some(0));
    assert!(!ran.output().contains("canary"), "{ran:#?}");
}

#[tokio::test]
async fn what_became_of_messages_can_be_looked_up_while_the_service_runs() {
    let scene = Scene::set().await;
    let table = scene.log(&[]).await.ok();
    assert_eq!(table, "No message in the ledger matches.\n");
    scene.trigger(&["verification_code", "--to", "Ada@example.com"]).await.ok();
    scene.trigger(&["reset_password_code", "--to", "grace@example.com"]).await.ok();
    scene.trigger(&["verification_code", "--channel", "sms", "--to", "+442079460000"]).await.ok();
    scene.relay.fail(Stage::Rcpt, Fault::reply("550 5.1.1 unknown"));
    scene.trigger(&["verification_code", "--to", "nobody@example.com"]).await;

    let rows = async |arguments: &[&str]| -> Vec<(String, String, String)> {
        let said = scene.log(&[arguments, &["--json"]].concat()).await.ok();
        let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
        let parse = |line: &str| -> Value { serde_json::from_str(line).unwrap() };
        said.lines()
            .map(parse)
            .map(|row| (text(&row, "channel"), text(&row, "slug"), text(&row, "outcome")))
            .collect()
    };
    let row =
        |channel: &str, slug: &str, outcome: &str| (channel.to_owned(), slug.to_owned(), outcome.to_owned());
    let all = [
        row("email", "verification_code", "rejected"),
        row("sms", "verification_code", "accepted"),
        row("email", "reset_password_code", "accepted"),
        row("email", "verification_code", "accepted"),
    ];
    assert_eq!(rows(&[]).await, all);
    assert_eq!(rows(&["--limit", "1"]).await, all[..1]);
    assert_eq!(rows(&["--to", "ada@EXAMPLE.com"]).await, all[3..]);
    assert_eq!(rows(&["--to", "+44 20 7946 0000"]).await, all[1..2]);
    assert_eq!(rows(&["--to", "stranger@example.com"]).await, []);
    assert_eq!(rows(&["--outcome", "rejected"]).await, all[..1]);
    assert_eq!(rows(&["--since", "1h"]).await, all);

    // One message by either of its ids, as a time-line.
    let newest: Value =
        serde_json::from_str(scene.log(&["--limit", "1", "--json"]).await.ok().trim()).unwrap();
    let attempt =
        Regex::new(r"^2\S+Z  attempt at main: rejected after (<1|\d+) ms at rcpt: 550 5\.1\.1$").unwrap();
    for id in ["message_id", "svix_id"] {
        let line = scene.log(&[newest[id].as_str().unwrap()]).await.ok();
        let lines: Vec<_> = line.lines().collect();
        assert!(lines[0].contains("email verification_code"), "{line}");
        assert!(lines[1].ends_with("  seen and claimed for the first time"), "{line}");
        assert!(attempt.is_match(lines[2]), "{line}");
        assert!(lines[3].ends_with("  rejected (recipient), provider main, attempts so far: 1"), "{line}");
        assert_eq!(lines.len(), 4, "{line}");
    }
    let step = &newest["steps"][0];
    assert_eq!((&step["step"], &step["provider"]), (&"attempt".into(), &"main".into()), "{newest}");
    assert_eq!((&step["stage"], &step["fault"]), (&"rcpt".into(), &"550 5.1.1".into()), "{newest}");
    assert_eq!(newest["steps"][1]["reason"], "recipient", "{newest}");
    assert_eq!(scene.log(&["msg_of_nobody"]).await.ok(), "No message in the ledger matches.\n");

    let table = scene.log(&[]).await.ok();
    assert_eq!(table.lines().count(), 5, "{table}");
    let head = table.lines().next().unwrap();
    for column in [
        "settled (UTC)",
        "channel",
        "slug",
        "outcome",
        "reason",
        "provider",
        "attempts",
        "took",
        "message id",
    ] {
        assert!(head.contains(column), "{head}");
    }
    for hidden in ["ada@", "grace@", "nobody@", "2079460000"] {
        assert!(!table.to_lowercase().contains(hidden), "{table}");
    }
}
