//! `send`: a message through the configured providers, without a service.

use std::path::Path;

use crate::support::command::{Ran, run};
use crate::support::courier::config;
use crate::support::relay::{Fault, Options, Relay, Stage};
use crate::support::scene::{Read, email, sms, smtp, twilio};
use crate::support::twilio::{Act, Twilio};

async fn send(dir: &Path, arguments: &[&str]) -> Ran {
    run(dir, &[&["send"], arguments].concat(), &[]).await
}

fn written(rest: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.toml"), config(rest)).unwrap();
    dir
}

#[tokio::test]
async fn a_mail_or_a_text_by_who_it_is_for() {
    let (relay, texts) = (Relay::start(Options::default()).await, Twilio::start().await);
    let rest = [email(&["main"]), sms(&["texts"]), smtp("main", relay.port), twilio("texts", &texts.url())];
    let dir = written(&rest.concat());
    let ran =
        send(dir.path(), &["verification_code", "--to", "me@acme.example", "--set", "otp_code=012345"]).await;
    let printed = ran.clone().ok();
    assert!(printed.lines().next().unwrap().starts_with("main         accepted "), "{printed}");
    assert!(printed.contains("\naccepted: A provider accepted the message.\n"), "{printed}");
    let mail = relay.mails().remove(0);
    assert_eq!(mail.to, "me@acme.example");
    assert!(Read::new(&mail).text.contains("012345"));
    assert!(!ran.output().contains("012345"), "{ran:#?}");

    let arguments = ["verification_code", "--to", "+447700900123", "--locale", "de"];
    send(dir.path(), &arguments).await.ok();
    let asked = texts.asked().remove(0);
    assert_eq!(asked.field("To"), Some("+447700900123"));
    assert!(asked.field("Body").unwrap().contains(" ist dein "), "{asked:?}");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "no ledger is made");
}

#[tokio::test]
async fn a_dry_run_prints_requests_without_secrets_and_sends_nothing() {
    let texts = Twilio::start().await;
    let rest = [
        email(&["main"]),
        sms(&["texts"]),
        twilio("texts", &texts.url()).replace("\"token\"", "\"canary-token\""),
        "[providers.main]\ntype = \"postmark\"\nserver_token = \"canary-server\"\n".to_owned(),
    ];
    let dir = written(&rest.concat());
    let run = |to: &'static str| send_dry(dir.path(), to);
    let text = run("+447700900123").await;
    let line = format!("# texts\nPOST {}/2010-04-01/Accounts/AC1/Messages.json\n", texts.url());
    assert!(text.starts_with(&line) && text.contains("To=%2B447700900123&"), "{text}");
    // AC1:AUTH_TOKEN
    assert!(text.contains("authorization: Basic QUMxOkFVVEhfVE9LRU4=\n"), "{text}");
    let mail = run("me@acme.example").await;
    assert!(mail.contains("x-postmark-server-token: SERVER_TOKEN\n"), "{mail}");
    assert!(mail.contains("\n  \"To\": \"me@acme.example\",\n"), "{mail}");
    assert!(!text.contains("canary") && !mail.contains("canary"));
    assert_eq!(texts.asked().len(), 0);
}

#[tokio::test]
async fn a_dry_run_by_smtp_prints_the_envelope_and_the_headers() {
    let relay = Relay::start(Options::default()).await;
    let dir = written(&(email(&["main"]) + &smtp("main", relay.port)));
    let printed = send_dry(dir.path(), "me@acme.example").await;
    let head = "# main\nMAIL FROM:<login@acme.example>\nRCPT TO:<me@acme.example>\n";
    assert!(printed.starts_with(head), "{printed}");
    for header in
        ["From: ", "To: me@acme.example", "Subject: ", "Message-ID: <", "Auto-Submitted: auto-generated"]
    {
        assert!(printed.contains(&format!("\n{header}")), "{header}: {printed}");
    }
    assert!(printed.contains("`clerk-courier render` prints it") && !printed.contains("<html"), "{printed}");
    assert_eq!(relay.state().connections, 0, "nobody is asked");
}

/// What stands behind the host may be a secret, and is the configuration's alone.
#[tokio::test]
async fn a_dry_run_asks_for_no_token_and_shows_no_path_of_base_url() {
    let rest = sms(&["mine"])
        + "[providers.mine]\nbase_url = \"https://hooks.example/canary-path\"\n[providers.mine.definition]\n\
           carries = \"sms\"\npath = \"/send\"\nform = { to = \"{{to}}\" }\n\
           oauth2 = { token_url = \"https://id.example/token\" }\n\
           [providers.mine.oauth2]\nclient_id = \"c\"\nclient_secret = \"canary-secret\"\n";
    let printed = send_dry(written(&rest).path(), "+447700900123").await;
    assert!(printed.starts_with("# mine\nPOST https://hooks.example/BASE_URL/send\n"), "{printed}");
    assert!(printed.contains("authorization: Bearer ACCESS_TOKEN\n"), "{printed}");
    assert!(!printed.contains("canary"), "{printed}");
}

async fn send_dry(dir: &Path, to: &str) -> String {
    send(dir, &["verification_code", "--to", to, "--dry-run"]).await.ok()
}

#[tokio::test]
async fn each_attempt_is_told_and_what_remains_of_them() {
    let (down, relay) = (Relay::start(Options::default()).await, Relay::start(Options::default()).await);
    down.fail(Stage::Mail, Fault::reply("451 4.3.0 later"));
    let rest = email(&["down", "main"]) + &smtp("down", down.port) + &smtp("main", relay.port);
    let dir = written(&rest);
    let to = ["verification_code", "--to", "me@acme.example"];
    let printed = send(dir.path(), &to).await.ok();
    let lines: Vec<_> = printed.lines().collect();
    assert!(
        lines[0].starts_with("down         deferred ") && lines[0].ends_with("mail: 451 4.3.0"),
        "{printed}"
    );
    assert!(lines[1].starts_with("main         accepted "), "{printed}");
    assert_eq!((relay.mails().len(), down.mails().len()), (1, 0));

    let ran = send(dir.path(), &[&to[..], &["--provider", "down"]].concat()).await;
    assert_eq!(ran.code, Some(1), "{ran:#?}");
    assert!(ran.stdout.contains("failed (provider_down): "), "{ran:#?}");
    assert_eq!(relay.mails().len(), 1, "only the one that was named is asked");
}

#[tokio::test]
async fn a_provider_in_no_order_can_be_tried() {
    let texts = Twilio::start().await;
    let dir = written(&(sms(&[]) + &twilio("texts", &texts.url())));
    let to = ["verification_code", "--to", "+447700900123"];
    let ran = send(dir.path(), &to).await;
    assert_eq!(ran.code, Some(2), "{ran:#?}");
    assert!(ran.stderr.contains("[sms] of the configuration has no provider"), "{ran:#?}");
    send(dir.path(), &[&to[..], &["--provider", "texts"]].concat()).await.ok();
    assert_eq!(texts.asked().len(), 1);
}

#[tokio::test]
async fn what_can_not_be_is_said_and_nothing_is_sent() {
    let (relay, texts) = (Relay::start(Options::default()).await, Twilio::start().await);
    let rest = [email(&["main"]), sms(&["texts"]), smtp("main", relay.port), twilio("texts", &texts.url())];
    let dir = written(&rest.concat());
    for (arguments, code, expected) in [
        (&["verification_code"][..], 2, "--to <ADDRESS>"),
        (&["verification_cod", "--to", "me@acme.example"], 2, "no sample event for the slug"),
        (&["verification_code", "--to", "07700 900123"], 2, "or a number in international form"),
        (
            &["verification_code", "--to", "07700 900123", "--channel", "sms"],
            1,
            "not a valid email address or phone number",
        ),
        (&["verification_code", "--to", "me@acme.example", "--locale", "xx"], 1, "no templates in \"xx\""),
        (&["verification_code", "--to", "+15555550100"], 1, "one of Clerk's test recipients"),
        (
            &["verification_code", "--to", "me@acme.example", "--provider", "mian"],
            2,
            "did you mean \"main\"?",
        ),
        (&["verification_code", "--to", "me@acme.example", "--provider", "texts"], 2, "does not carry email"),
        (
            &["verification_code", "--to", "me@acme.example", "--set", "event.data.delivered_by_clerk=true"],
            1,
            "Clerk delivers this message itself",
        ),
    ] {
        let ran = send(dir.path(), arguments).await;
        assert_eq!(ran.code, Some(code), "{arguments:?} {ran:#?}");
        assert!(ran.stderr.contains(expected), "{arguments:?} {ran:#?}");
    }
    assert_eq!((relay.mails().len(), texts.asked().len()), (0, 0));
    texts.next(Act::Answer(400, r#"{"code":21211,"message":"+447700900123"}"#.to_owned()));
    let ran = send(dir.path(), &["verification_code", "--to", "+447700900123"]).await;
    assert_eq!(ran.code, Some(1));
    assert!(ran.stdout.contains("rejected (recipient): ") && ran.stdout.contains("code 21211"), "{ran:#?}");
    assert!(!ran.output().contains("7700900123"), "{ran:#?}");
}
