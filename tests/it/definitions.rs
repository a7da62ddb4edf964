//! Providers that are nothing but a text: in the configuration, or in a file beside it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::support::command::run;
use crate::support::courier::{Courier, config, fixture};
use crate::support::scene::{email, sms, text, to, twilio};
use crate::support::twilio::{Act, Twilio};

const DEFINITION: &str = r#"
carries = "sms"
path = "/send/{{account}}"
[headers]
Authorization = "Key {{key}}"
[settings]
account = { about = "the account" }
key = { about = "its key", secret = true }
template = { about = "the registered template", optional = true }
code = { about = "its variable", optional = true }
[form]
msisdn = "{{digits}}"
message = "{{text}}"
ttl = "{{seconds_left}}"
template = "{{template}}"
code = "{{code}}"
[accepted]
when = { "/status" = "ok" }
receipt = "/id"
[errors]
code = "/reason"
recipient = ["dead"]
throttled = ["slow"]
wait = { at = "/wait", unit = "ms" }
"#;

fn account(url: &str) -> String {
    format!("base_url = \"{url}\"\naccount = \"a/1\"\nkey = \"canary-key\"\nattempt_timeout = \"1s\"\n")
}

async fn delivers(courier: &Courier, server: &Twilio, id: &str) {
    server.next(Act::Answer(200, r#"{"status":"ok","id":77}"#.to_owned()));
    let answer = courier.post(&text(id)).await;
    assert_eq!((answer.line().as_str(), answer.text("provider_message_id")), ("200 accepted -", "77"));
    let asked = server.asked().pop().unwrap();
    assert_eq!(asked.line, "POST /send/a%2F1");
    assert_eq!(asked.authorization, "Key canary-key");
    assert_eq!(asked.field("msisdn"), Some("447700900123"));
    assert!(asked.field("message").unwrap().contains("418273") && asked.field("from").is_none());
}

#[tokio::test]
async fn one_in_the_configuration() {
    let server = Twilio::start().await;
    let courier = Courier::start(&config(&(sms(&["mine"]) + &inline("mine", &server.url()))));
    delivers(&courier, &server, "sms_1").await;
    server.next(Act::Answer(200, r#"{"status":"no","reason":"dead","to":"+447700900123"}"#.to_owned()));
    assert_eq!(courier.post(&text("sms_2")).await.line(), "422 rejected recipient abort");
    server.next(Act::Answer(200, "<html>".to_owned()));
    assert_eq!(courier.post(&text("sms_3")).await.line(), "503 failed unknown");
    assert!(!courier.output().contains("canary-key") && !courier.output().contains("7700900123"));
}

#[tokio::test]
async fn one_in_a_file_of_its_own() {
    let server = Twilio::start().await;
    let dir = Arc::new(tempfile::tempdir().unwrap());
    let rest = format!("{}[providers.mine]\ntype = \"regional\"\n{}", sms(&["mine"]), account(&server.url()));
    std::fs::write(dir.path().join("config.toml"), config(&rest)).unwrap();
    std::fs::create_dir(dir.path().join("providers")).unwrap();
    let file = dir.path().join("providers/regional.toml");
    std::fs::write(&file, DEFINITION.replace("{{digits}}", "{{digit}}")).unwrap();
    let listed = run(dir.path(), &["providers"], &[]).await.ok();
    assert!(listed.contains("in providers/, but with mistakes: regional"), "{listed}");
    run(dir.path(), &["providers", "twilio"], &[]).await.ok();
    let ran = run(dir.path(), &["serve"], &[]).await;
    assert_eq!(ran.code, Some(2), "{ran:#?}");
    assert!(
        ran.stderr.contains("providers/regional.toml:12:10: form.msisdn: there is no variable `digit`"),
        "{ran:#?}"
    );
    std::fs::write(&file, DEFINITION).unwrap();
    let ran = run(dir.path(), &["providers", "regional"], &[]).await;
    assert!(ran.stdout.contains("[providers.regional]\n") && ran.stdout.contains("REGIONAL_KEY"), "{ran:#?}");
    let courier = Courier::start_in(dir, |_| {});
    delivers(&courier, &server, "sms_1").await;
}

fn inline(name: &str, url: &str) -> String {
    let definition = DEFINITION.replace("\n[", &format!("\n[providers.{name}.definition."));
    format!("[providers.{name}]\n{}[providers.{name}.definition]{definition}", account(url))
}

/// A body without a byte leaves with the head.
#[tokio::test]
async fn an_empty_body_is_in_doubt_once_its_request_may_have_left() {
    let server = Twilio::start().await;
    let definition =
        "carries = \"sms\"\npath = \"/send\"\nquery = { to = \"{{digits}}\" }\nform = { empty = \"\" }\n";
    let rest = format!(
        "{}on_doubt = \"stop\"\n[providers.mine]\nbase_url = \"{}\"\n[providers.mine.definition]\n{definition}",
        sms(&["mine"]),
        server.url()
    );
    let courier = Courier::start(&config(&rest));
    server.next(Act::Drop);
    assert_eq!(courier.post(&text("sms_1")).await.line(), "422 in_doubt - abort");
    assert_eq!(server.asked().len(), 1);
}

/// India, say: a template registered for each slug; everywhere else none.
#[tokio::test]
async fn a_registered_template_is_named_by_slug_and_country() {
    let server = Twilio::start().await;
    let rest = [
        sms(&["mine"]),
        "[[sms.by_country]]\ncountries = [\"IN\"]\nslugs = [\"verification_code\"]\nfrom = \"ACME\"\n\
         provider_settings = { template = \"1107\", code = \"{{otp_code}}\" }\n\
         [[sms.by_country]]\ncountries = [\"IN\"]\naction = \"block\"\n"
            .to_owned(),
        inline("mine", &server.url()),
    ];
    let courier = Courier::start(&config(&rest.concat()));
    for _ in 0..2 {
        server.next(Act::Answer(200, r#"{"status":"ok","id":77}"#.to_owned()));
    }
    let in_india = |event| to(event, "+919876543210");
    assert_eq!(courier.post(&in_india(text("sms_1"))).await.line(), "200 accepted -");
    assert_eq!(courier.post(&text("sms_2")).await.line(), "200 accepted -");
    let notice = fixture("sms.created.password_changed", "sms_3");
    assert_eq!(courier.post(&in_india(notice)).await.line(), "422 rejected blocked_country abort");
    let asked = server.asked();
    let said = |at: usize| (asked[at].field("template"), asked[at].field("code"));
    assert_eq!((said(0), said(1)), ((Some("1107"), Some("418273")), (None, None)));
    let typo = rest.concat().replace("{{otp_code}}", "{{otp_cod}}");
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.toml"), config(&typo)).unwrap();
    let ran = run(dir.path(), &["serve"], &[]).await;
    assert_eq!(ran.code, Some(2), "{ran:#?}");
    assert!(ran.stderr.contains("sms.by_country[0].provider_settings.code"), "{ran:#?}");
    assert!(ran.stderr.contains("did you mean `otp_code`?"), "{ran:#?}");
}

#[tokio::test]
async fn a_mail_of_a_slug_may_have_a_setting_of_its_own() {
    let server = Twilio::start().await;
    let definition = DEFINITION
        .replace("\"sms\"", "\"email\"")
        .replace("{{digits}}", "{{to}}")
        .replace("{{seconds_left}}", "{{subject}}")
        .replace("\n[", "\n[providers.mine.definition.");
    let rest = format!(
        "{}[email.by_slug.verification_code]\nprovider_settings = {{ template = \"{{{{app.name}}}}\", code = \"{{{{no_such}}}}\" }}\n\
         [providers.mine]\n{}code = \"usual\"\n[providers.mine.definition]{definition}",
        email(&["mine"]),
        account(&server.url())
    );
    let courier = Courier::start(&config(&rest.replace("{{no_such}}", "{{magic_link}}")));
    for id in ["verification_code", "password_changed"] {
        server.next(Act::Answer(200, r#"{"status":"ok","id":77}"#.to_owned()));
        let event = fixture(&format!("email.created.{id}"), &format!("ema_{id}"));
        assert_eq!(courier.post(&event).await.line(), "200 accepted -");
    }
    let asked = server.asked();
    let said = |at: usize| (asked[at].field("template"), asked[at].field("code"));
    assert_eq!(
        said(0),
        (Some("Larkfield"), Some("usual")),
        "what an event does not say leaves the account's own"
    );
    assert_eq!(said(1), (None, Some("usual")));
}

fn slow(milliseconds: u32) -> Act {
    Act::Answer(429, format!(r#"{{"reason":"slow","wait":{milliseconds}}}"#))
}

#[tokio::test]
async fn a_lone_provider_that_names_a_time_is_asked_again_within_the_request() {
    let server = Twilio::start().await;
    let courier = Courier::start(&config(&(sms(&["mine"]) + &inline("mine", &server.url()))));
    let started = Instant::now();
    server.next(slow(200));
    server.next(slow(100));
    server.next(Act::Answer(200, r#"{"status":"ok","id":77}"#.to_owned()));
    let reply = courier.post(&text("sms_1")).await;
    assert_eq!((reply.line().as_str(), &reply.json["attempts"]), ("200 accepted -", &3.into()));
    assert!(started.elapsed() >= Duration::from_millis(300), "{:?}", started.elapsed());
    // Later than the deadline: Clerk's next attempt comes sooner than that.
    server.next(slow(60_000));
    let reply = courier.post(&text("sms_2")).await;
    assert_eq!((reply.line().as_str(), &reply.json["attempts"]), ("503 failed throttled", &1.into()));
    assert!(reply.text("message").contains("asks to wait 1m"), "{}", reply.json);
    // Nobody else is left, so it is asked all the same; what it says then holds too.
    server.next(slow(60_000));
    let reply = courier.post(&text("sms_3")).await;
    assert_eq!((reply.line().as_str(), &reply.json["attempts"]), ("503 failed throttled", &1.into()));
}

#[tokio::test]
async fn a_provider_that_asks_to_wait_is_left_alone_while_another_works() {
    let (busy, free) = (Twilio::start().await, Twilio::start().await);
    let rest = sms(&["busy", "free"]) + &inline("busy", &busy.url()) + &twilio("free", &free.url());
    let courier = Courier::start(&config(&rest));
    busy.next(slow(120_000));
    for at in 0..3 {
        let reply = courier.post(&text(&format!("sms_{at}"))).await;
        assert_eq!((reply.line(), reply.text("provider")), ("200 accepted -".to_owned(), "free"));
    }
    assert_eq!((busy.asked().len(), free.asked().len()), (1, 3));
    let state = courier.providers().await;
    assert_eq!((&state[0]["state"], &state[1]["state"]), (&"throttled".into(), &"up".into()));
    assert!(state[0]["until"].as_str().unwrap().ends_with('Z'));
    assert!(courier.metrics().await.contains("clerk_courier_provider_up{provider=\"busy\"} 1"));
}

#[tokio::test]
async fn what_is_built_in_is_listed_and_explained() {
    let dir = tempfile::tempdir().unwrap();
    let listed = run(dir.path(), &["providers"], &[]).await.ok();
    assert!(listed.contains("twilio ") && listed.contains("Programmable Messaging"), "{listed}");
    let needed = run(dir.path(), &["providers", "twilio"], &[]).await.ok();
    assert!(needed.contains("account_sid = \"${TWILIO_ACCOUNT_SID}\""), "{needed}");
    let config = format!(
        "[clerk]\nsigning_secrets = [\"whsec_evi8j0Hojzno7hSoRApTgYLqPBOHxeKG\"]\n{}{needed}",
        sms(&["twilio"])
    );
    std::fs::write(dir.path().join("config.toml"), config).unwrap();
    let set = [("TWILIO_ACCOUNT_SID", "AC1"), ("TWILIO_AUTH_TOKEN", "t")];
    run(dir.path(), &["check"], &set).await.ok();
    let tokens = run(dir.path(), &["providers", "microsoft365"], &[]).await.ok();
    let (api, smtp) = tokens.split_once("# or by SMTP\n").unwrap();
    for (snippet, place) in [(api, "https://graph.microsoft.com"), (smtp, "smtp.office365.com:587, STARTTLS")]
    {
        std::fs::write(dir.path().join("config.toml"), crate::support::courier::config(snippet)).unwrap();
        let set = ["USERNAME", "MAILBOX", "CLIENT_ID", "CLIENT_SECRET"];
        let set = set.map(|it| (format!("MICROSOFT365_{it}"), "login@acme.example"));
        let set: Vec<_> = set.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        let checked = run(dir.path(), &["check"], &set).await.ok();
        assert!(checked.contains(place), "{checked}");
    }
    for own in ["smtp", "outbox"] {
        let printed = run(dir.path(), &["providers", own], &[]).await.ok();
        assert!(printed.contains(&format!("type = \"{own}\"")), "{printed}");
    }
    let unknown = run(dir.path(), &["providers", "twillio"], &[]).await;
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.stderr.contains("did you mean \"twilio\"?"), "{unknown:#?}");
}
