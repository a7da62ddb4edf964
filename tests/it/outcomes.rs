//! What every event becomes, through the whole service.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::courier::{Courier, config, fixture, now};
use crate::support::relay::{Fault, Options, Relay, Stage};
use crate::support::scene::{Read, both_through, code, mail_through, text, to, with_slug};
use crate::support::twilio::Twilio;

#[tokio::test]
async fn a_code_arrives_once_and_a_second_delivery_is_a_duplicate() {
    let relay = Relay::start(Options::default()).await;
    let courier = Courier::start(&config(&mail_through(&relay)));
    let event = code("ema_1");
    let first = courier.post(&event).await;
    assert_eq!(first.line(), "200 accepted -");
    assert_eq!((first.text("provider"), first.text("template")), ("main", "verification_code/en"));
    assert_eq!((first.text("provider_message_id"), first.json["attempts"].as_u64()), ("R1", Some(1)));
    let second = courier.post(&event).await;
    assert_eq!(second.line(), "200 duplicate -");
    assert_eq!((second.text("provider"), second.text("provider_message_id")), ("main", "R1"));
    assert_eq!(relay.mails().len(), 1);
}

/// Names of all fixtures: read from the directory, so that a new one can't be forgotten.
fn fixtures() -> Vec<String> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/clerk");
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let mut names: Vec<_> = dir.read_dir().unwrap().map(name).collect();
    names.sort();
    names.iter().map(|name| name.strip_suffix(".json").unwrap().to_owned()).collect()
}

/// Whether the program brings words of its own for such an event.
fn has_template(name: &str, event: &Value) -> bool {
    let slug = event["data"]["slug"].as_str().unwrap_or_default();
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    match event["type"].as_str() {
        Some("email.created") => templates.join("email").join(slug).is_dir(),
        // Without its variables a template has no code to show.
        Some("sms.created") => {
            !name.ends_with("edge_empty_data") && templates.join(format!("sms/{slug}.txt.hbs")).is_file()
        }
        _ => false,
    }
}

#[tokio::test]
async fn every_event_of_clerks_becomes_one_message_or_none() {
    let (relay, texts) = (Relay::start(Options::default()).await, Twilio::start().await);
    let courier = Courier::start(&config(&both_through(&relay, &texts)));
    let names = fixtures();
    assert!(names.len() > 35, "{}", names.len());
    let (mut mails, mut asked) = (0, 0);
    for name in names {
        let event = fixture(&name, &format!("id_{}", name.replace('.', "_")));
        let reply = courier.post(&event).await;
        let wanted = match (event["type"].as_str().unwrap(), &event["data"]["delivered_by_clerk"]) {
            ("email.created" | "sms.created", Value::Bool(true)) => "200 skipped delivered_by_clerk",
            ("email.created" | "sms.created", _) => "200 accepted -",
            ("user.created", _) => "200 noted -",
            _ => "200 ignored -",
        };
        assert_eq!(reply.line(), wanted, "{name}");
        if wanted == "200 accepted -" {
            let ours = has_template(&name, &event);
            let by = reply.text("template").split('/').next().unwrap();
            assert_eq!(by, if ours { event["data"]["slug"].as_str().unwrap() } else { "clerk" }, "{name}");
            if name.starts_with("email") {
                mails += 1;
                check_mail(&name, &event, ours, &relay);
            } else {
                asked += 1;
                check_text(&name, &event, ours, &texts);
            }
        }
        assert_eq!((relay.mails().len(), texts.asked().len()), (mails, asked), "{name}");
    }
}

fn check_mail(name: &str, event: &Value, ours: bool, relay: &Relay) {
    let mail = relay.mails().pop().unwrap();
    let read = Read::new(&mail);
    let said = |key: &str| event["data"][key].as_str().unwrap();
    assert_eq!(mail.to, said("to_email_address"), "{name}");
    assert_eq!(read.header("X-Entity-Ref-ID"), said("id"), "{name}");
    if ours {
        assert_ne!(read.html.trim(), said("body").trim(), "{name}");
        for secret in ["otp_code", "magic_link", "action_url"] {
            let Some(secret) = event["data"]["data"][secret].as_str() else { continue };
            assert!(read.text.contains(secret), "{name}: {}", read.text);
            let html = read.html.replace("&amp;", "&").replace("&#x3D;", "=");
            assert!(html.contains(secret), "{name}: {html}");
        }
        assert!(!read.header("Subject").is_empty() && !read.text.contains("{{"), "{name}");
    } else {
        assert_eq!(read.header("Subject"), said("subject"), "{name}");
        assert_eq!(read.html.trim(), said("body").trim(), "{name}");
        assert_eq!(read.text.trim(), said("body_plain").trim(), "{name}");
    }
}

fn check_text(name: &str, event: &Value, ours: bool, texts: &Twilio) {
    let asked = texts.asked().pop().unwrap();
    assert_eq!(asked.field("To"), event["data"]["to_phone_number"].as_str(), "{name}");
    let body = asked.field("Body").unwrap();
    if ours {
        assert!(
            body.contains(event["data"]["data"]["otp_code"].as_str().unwrap_or("Larkfield")),
            "{name}: {body}"
        );
        assert_ne!(body, event["data"]["message"], "{name}");
    } else {
        assert_eq!(body, event["data"]["message"], "{name}");
    }
}

#[tokio::test]
async fn a_slug_that_nobody_knows_goes_out_in_clerks_words() {
    let relay = Relay::start(Options::default()).await;
    let courier = Courier::start(&config(&mail_through(&relay)));
    let mut bare = with_slug(code("ema_html"), "brand_new");
    bare["data"]["body_plain"] = json!("");
    bare["data"]["body"] = json!("<p>Hello <b>Mira</b> &amp; co</p>");
    let mut plain = with_slug(code("ema_plain"), "brand_new");
    plain["data"]["body"] = Value::Null;
    plain["data"]["body_plain"] = json!("only this");
    plain["data"]["slug"] = Value::Null;
    let mut nothing = with_slug(code("ema_nothing"), "brand_new");
    nothing["data"]["body"] = Value::Null;
    nothing["data"]["body_plain"] = Value::Null;
    let mut nobody = code("ema_nobody");
    nobody["data"]["to_email_address"] = Value::Null;
    for (event, wanted, template) in [
        (&bare, "200 accepted -", "clerk"),
        (&plain, "200 accepted -", "clerk"),
        (&nothing, "200 skipped nothing_to_send", "-"),
        (&nobody, "200 skipped nothing_to_send", "-"),
    ] {
        let reply = courier.post(event).await;
        assert_eq!((&*reply.line(), reply.text("template")), (wanted, template), "{}", event["data"]["id"]);
    }
    let mails = relay.mails();
    assert_eq!(mails.len(), 2);
    let read = Read::new(&mails[0]);
    assert_eq!(read.html.trim(), "<p>Hello <b>Mira</b> &amp; co</p>");
    assert!(
        read.text.contains("Mira") && read.text.contains("& co") && !read.text.contains('<'),
        "{}",
        read.text
    );
    let only = mailparse::parse_mail(&mails[1].body).unwrap();
    assert_eq!((only.ctype.mimetype.as_str(), only.get_body().unwrap().trim()), ("text/plain", "only this"));
}

/// An event that Clerk made this many seconds ago.
fn aged(mut event: Value, seconds: u64) -> Value {
    event["timestamp"] = u64::try_from(now().as_millis()).unwrap().saturating_sub(seconds * 1000).into();
    event
}

fn ttl(mut event: Value, minutes: Value) -> Value {
    event["data"]["data"]["ttl_minutes"] = minutes;
    event
}

#[tokio::test]
async fn a_dead_code_is_not_sent() {
    const MINUTE: u64 = 60;
    let (relay, texts) = (Relay::start(Options::default()).await, Twilio::start().await);
    let courier = Courier::start(&config(&both_through(&relay, &texts)));
    let seconds = |mut event: Value, ago: u64| {
        event["timestamp"] = (now().as_secs() - ago).into();
        event
    };
    let mut by_creation = text("by_creation");
    by_creation["timestamp"] = Value::Null;
    by_creation["data"]["created_at"] = u64::try_from(now().as_millis() - 11 * 60_000).unwrap().into();
    let mut timeless = code("timeless");
    timeless["timestamp"] = Value::Null;
    let link = fixture("email.created.magic_link_sign_in", "link");
    for (event, alive) in [
        (aged(code("11_minutes"), 11 * MINUTE), false),
        (aged(code("9_minutes"), 9 * MINUTE), true),
        (aged(text("text_11"), 11 * MINUTE), false),
        (aged(link, 11 * MINUTE), false),
        (to(ttl(aged(code("ttl_15"), 11 * MINUTE), json!(15)), "noor@mail.example"), true),
        (ttl(aged(code("ttl_5"), 6 * MINUTE), json!(5)), false),
        (ttl(aged(code("ttl_text"), 6 * MINUTE), json!("5")), false),
        (seconds(code("seconds_new"), 0), true),
        (seconds(code("seconds_old"), 11 * MINUTE), false),
        (by_creation, false),
        (timeless, true),
        (aged(fixture("email.created.invitation", "invitation"), 11 * MINUTE), true),
        (aged(fixture("email.created.password_changed", "notice"), 24 * 60 * MINUTE), true),
    ] {
        let sent = relay.mails().len() + texts.asked().len();
        let reply = courier.post(&event).await;
        let wanted = if alive { "200 accepted -" } else { "422 expired - abort" };
        assert_eq!(reply.line(), wanted, "{}", event["data"]["id"]);
        let more = relay.mails().len() + texts.asked().len() - sent;
        assert_eq!(more, usize::from(alive), "{}", event["data"]["id"]);
    }
}

#[tokio::test]
async fn a_message_that_was_accepted_stays_so_when_its_code_is_dead() {
    let relay = Relay::start(Options::default()).await;
    let courier = Courier::start(&config(&mail_through(&relay)));
    assert_eq!(courier.post(&code("ema_1")).await.line(), "200 accepted -");
    assert_eq!(courier.post(&aged(code("ema_1"), 3600)).await.line(), "200 duplicate -");
    relay.fail(Stage::Mail, Fault::reply("451 4.3.0 later"));
    assert_eq!(courier.post(&code("ema_2")).await.line(), "503 failed provider_down");
    relay.heal();
    assert_eq!(courier.post(&aged(code("ema_2"), 3600)).await.line(), "422 expired - abort");
    assert_eq!(relay.mails().len(), 1);
}

#[tokio::test]
async fn a_channel_without_providers_or_with_a_switch_says_so() {
    let relay = Relay::start(Options::default()).await;
    let rest = "[email.by_slug.off]\nsend = false\n";
    let courier = Courier::start(&config(&(mail_through(&relay) + rest)));
    assert_eq!(courier.post(&text("sms_1")).await.line(), "503 failed no_provider");
    assert_eq!(courier.post(&with_slug(code("ema_1"), "off")).await.line(), "200 skipped switched_off");
    let mut test = code("ema_2");
    test["data"]["to_email_address"] = json!("mira+clerk_test@mail.example");
    assert_eq!(courier.post(&test).await.line(), "200 skipped test_recipient");
    assert_eq!(relay.state().connections, 0);
}
