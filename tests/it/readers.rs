//! Readers' languages from Clerk: told by the events of users, or asked for at the Backend API.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::clerk::{Act, Clerk, KEY};
use crate::support::courier::{Courier, Reply, config, now};
use crate::support::relay::{Options, Relay};
use crate::support::scene::{Read, code, mail_through, to};

/// The languages of the built-in templates, as Clerk may write them, with the template that each gets.
const LANGUAGES: [(&str, &str); 12] = [
    ("ar-EG", "ar"),
    ("de-AT", "de"),
    ("en-GB", "en-GB"),
    ("es-MX", "es"),
    ("fr_CA", "fr-CA"),
    ("it", "it"),
    ("ja-JP", "ja"),
    ("nl-BE", "nl"),
    ("pl", "pl"),
    ("pt-PT", "pt-PT"),
    ("tr-TR", "tr"),
    ("zh-CN", "zh-Hans"),
];

fn millis() -> u64 {
    u64::try_from(now().as_millis()).unwrap()
}

/// An event of a user; `locale` is left out where it is `None`.
fn user(kind: &str, id: &str, at: u64, locale: Option<Value>) -> Value {
    let mut data = json!({ "id": id, "object": "user", "updated_at": at });
    if let Some(locale) = locale {
        data["locale"] = locale;
    }
    json!({ "object": "event", "type": format!("user.{kind}"), "timestamp": at, "instance_id": "ins_1", "data": data })
}

/// A mail with a code to a user, at an address that says nothing of a country.
fn mail_to(id: &str, user: &str) -> Value {
    let mut event = to(code(id), &format!("{id}@mail.example"));
    event["instance_id"] = "ins_1".into();
    event["data"]["user_id"] = user.into();
    event
}

async fn template(courier: &Courier, id: &str, user: &str) -> String {
    let reply = courier.post(&mail_to(id, user)).await;
    assert_eq!(reply.line(), "200 accepted -");
    reply.text("template").rsplit('/').next().unwrap().to_owned()
}

async fn note(courier: &Courier, event: &Value) {
    assert_noted(&courier.post_as(&format!("msg_{}", rand(event)), event).await);
}

fn assert_noted(reply: &Reply) {
    assert_eq!(reply.line(), "200 noted -", "{reply:?}");
}

/// A number that is another one for each event.
fn rand(event: &Value) -> u64 {
    event.to_string().bytes().fold(7, |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(byte.into()))
}

/// The field of the log line of a mail.
fn language_from(courier: &Courier, id: &str) -> String {
    let line = courier.wait_for_line(|line| {
        line.contains(&format!("\"clerk.id\":\"{id}\"")) && line.contains("duration_ms")
    });
    let line: Value = serde_json::from_str(&line).unwrap();
    line["delivery.language_from"].as_str().unwrap_or("-").to_owned()
}

#[tokio::test]
async fn a_thousand_users_get_their_language_however_it_was_told() {
    let relay = Relay::start(Options::default()).await;
    let mut courier = Courier::start(&config(&mail_through(&relay)));
    let began = millis() - 1_000_000;
    let mut events = Vec::new();
    let mut wanted = Vec::new();
    for number in 0..1000_usize {
        let id = format!("user_{number:04}Qx");
        // An early word, the last word, and both once more: each user has another number of them.
        let of = |at: usize| LANGUAGES[(number * 7 + at * 5) % 12];
        let told = 1 + number % 4;
        for at in 0..=told {
            let kind = if at == 0 { "created" } else { "updated" };
            let at_time = began + (at as u64) * 1000 + (number as u64) % 900;
            let event = user(kind, &id, at_time, Some(of(at).0.into()));
            events.push(event.clone());
            events.push(event);
        }
        wanted.push((id, of(told).1));
    }
    // In an order that is as good as random, and always the same.
    events.sort_by_key(|event| rand(event).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    // A part comes late: after the first mails.
    let late = events.split_off(events.len() * 3 / 4);
    for chunk in events.chunks(64) {
        courier.post_all(chunk).await.iter().for_each(assert_noted);
    }
    for number in (0..1000).step_by(50) {
        template(&courier, &format!("ema_early{number}"), &wanted[number].0).await;
    }
    for chunk in late.chunks(64) {
        courier.post_all(chunk).await.iter().for_each(assert_noted);
    }
    let check = async |courier: &Courier, round: &str| {
        for chunk in wanted.chunks(50) {
            let mail = |(id, _): &(String, _)| mail_to(&format!("ema_{round}{}", &id[5..9]), id);
            let mails: Vec<_> = chunk.iter().map(mail).collect();
            for ((id, language), reply) in chunk.iter().zip(courier.post_all(&mails).await) {
                assert_eq!(reply.line(), "200 accepted -");
                assert_eq!(reply.text("template"), format!("verification_code/{language}"), "{id}");
            }
        }
    };
    check(&courier, "a").await;
    // From the database, after a crash.
    courier = courier.crash_and_restart();
    check(&courier, "b").await;
    let last = Read::new(&relay.mails().pop().unwrap());
    assert!(last.html.contains("lang=\""), "{}", last.html);
    assert_eq!(language_from(&courier, "ema_b0999"), "user_event");
    // Neither log nor database names a user, and the log says no language as Clerk told it.
    let (output, kept) = (courier.output(), files(&courier));
    for part in ["user_0", "0999Qx", "es-MX", "fr_CA", "ja-JP"] {
        assert!(!output.contains(part), "{part}");
    }
    assert!(!kept.contains("user_0"));
    assert!(kept.contains("fr_CA"), "the files are those that hold languages");
}

/// Everything in the ledger's files, as far as it is text.
fn files(courier: &Courier) -> String {
    let entries = std::fs::read_dir(courier.dir.path()).unwrap().map(Result::unwrap);
    let read = |entry: std::fs::DirEntry| std::fs::read(entry.path()).unwrap_or_default();
    entries.map(|entry| String::from_utf8_lossy(&read(entry)).into_owned()).collect()
}

#[tokio::test]
async fn the_order_in_which_a_language_is_looked_for() {
    let relay = Relay::start(Options::default()).await;
    let clerk = Clerk::start().await;
    clerk.user("user_api", "it-IT");
    clerk.user("user_told", "pl");
    let courier = Courier::start(&config(&format!("{}{}", clerk.section(), mail_through(&relay))));
    note(&courier, &user("created", "user_told", millis() - 1000, Some("de".into()))).await;
    let metadata = |mut event: Value| {
        event["data"]["data"]["user"] = json!({ "public_metadata": { "locale": "fr" } });
        event
    };
    let field = |mut event: Value, pointer: &str, tag: &str| {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        event.pointer_mut(parent).unwrap()[name] = tag.into();
        event
    };
    let in_germany = |event: Value| to(event, "ada@mail.example.de");
    for (id, event, language, from) in [
        ("ema_1", metadata(mail_to("ema_1", "user_told")), "fr", "variable"),
        ("ema_2", field(mail_to("ema_2", "user_told"), "/data/locale", "es-MX"), "es", "event"),
        ("ema_3", field(mail_to("ema_3", "user_told"), "/data/data/locale", "ja"), "ja", "event"),
        ("ema_4", mail_to("ema_4", "user_told"), "de", "user_event"),
        ("ema_5", in_germany(mail_to("ema_5", "user_api")), "it", "backend_api"),
        ("ema_6", in_germany(mail_to("ema_6", "user_nobody")), "de", "domain"),
        ("ema_7", mail_to("ema_7", "user_nobody"), "en", "default"),
        ("ema_8", to(code("ema_8"), "ada@mail.example.fr"), "fr", "domain"),
        ("ema_9", to(code("ema_9"), "ada@mail.example.ch"), "en", "default"),
        ("ema_10", to(code("ema_10"), "ada@mail.example.io"), "en", "default"),
        // What is translated counts: nobody has Slovak here.
        ("ema_11", field(mail_to("ema_11", "user_told"), "/data/locale", "sk"), "de", "user_event"),
    ] {
        let reply = courier.post(&event).await;
        assert_eq!(reply.text("template"), format!("verification_code/{language}"), "{id} {reply:?}");
        assert_eq!(language_from(&courier, id), from, "{id}");
    }
    // One request for each user that nobody told of, and none for the others.
    let asked: Vec<_> = clerk.asked().into_iter().map(|asked| asked.line).collect();
    assert_eq!(asked, ["GET /users/user_api", "GET /users/user_nobody"]);
}

#[tokio::test]
async fn a_deleted_user_is_forgotten_and_an_older_event_does_not_bring_it_back() {
    let relay = Relay::start(Options::default()).await;
    let courier = Courier::start(&config(&mail_through(&relay)));
    let at = millis() - 100_000;
    note(&courier, &user("created", "user_1", at, Some("de".into()))).await;
    assert_eq!(template(&courier, "ema_1", "user_1").await, "de");
    note(&courier, &user("deleted", "user_1", at + 20, None)).await;
    assert_eq!(template(&courier, "ema_2", "user_1").await, "en");
    note(&courier, &user("updated", "user_1", at + 10, Some("fr".into()))).await;
    assert_eq!(template(&courier, "ema_3", "user_1").await, "en");
    let courier = courier.crash_and_restart();
    assert_eq!(template(&courier, "ema_4", "user_1").await, "en");
    // An event without the field says nothing, one with null says that there is none, and another instance is others.
    note(&courier, &user("updated", "user_2", at, Some("de".into()))).await;
    note(&courier, &user("updated", "user_2", at + 10, None)).await;
    assert_eq!(template(&courier, "ema_5", "user_2").await, "de");
    let mut other = user("updated", "user_2", at + 20, Some("fr".into()));
    other["instance_id"] = "ins_2".into();
    note(&courier, &other).await;
    assert_eq!(template(&courier, "ema_6", "user_2").await, "de");
    note(&courier, &user("updated", "user_2", at + 20, Some(Value::Null))).await;
    assert_eq!(template(&courier, "ema_7", "user_2").await, "en");
    // Nothing in such an event is an error.
    for odd in [
        json!({ "type": "user.updated", "data": null }),
        json!({ "type": "user.updated", "data": { "id": 5, "locale": ["de"] } }),
        json!({ "type": "user.updated", "data": { "id": "user_3", "locale": "x".repeat(5000) } }),
        json!({ "type": "user.deleted", "timestamp": -1, "data": { "id": "user_3" } }),
        json!({ "type": "user.created", "timestamp": 9e99, "data": { "id": "", "locale": "'; drop" } }),
    ] {
        note(&courier, &odd).await;
    }
}

#[tokio::test]
async fn clerk_is_asked_once_and_never_costs_a_code() {
    let relay = Relay::start(Options::default()).await;
    let clerk = Clerk::start().await;
    for number in 0..20 {
        clerk.user(&format!("user_{number}"), "de-DE");
    }
    let courier = Courier::start(&config(&format!("{}{}", clerk.section(), mail_through(&relay))));
    // Many mails to one user at the same moment: one request, for which all of them wait.
    clerk.on("user_0", 1, Act::Slow(Duration::from_millis(100)));
    let mails: Vec<_> = (0..20).map(|number| mail_to(&format!("ema_one{number}"), "user_0")).collect();
    for reply in courier.post_all(&mails).await {
        assert_eq!(reply.text("template"), "verification_code/de", "{reply:?}");
    }
    assert_eq!(clerk.asked().len(), 1);
    // A user whom Clerk does not know is asked for once.
    for number in 0..5 {
        assert_eq!(template(&courier, &format!("ema_miss{number}"), "user_missing").await, "en");
    }
    assert_eq!(clerk.asked().len(), 2);
    // Clerk hangs: the first mails wait a moment each, and the others not at all.
    clerk.on("GET /users", 1000, Act::Hang);
    for number in 1..20 {
        let began = Instant::now();
        assert_eq!(template(&courier, &format!("ema_hang{number}"), &format!("user_{number}")).await, "en");
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    }
    assert_eq!(clerk.asked().len(), 2 + 3, "as many as make the circuit breaker open");
    let output = courier.output();
    assert_eq!(output.matches("does not say readers' languages").count(), 1);
    assert!(
        !output.contains(KEY) && !output.contains("user_missing") && !output.contains("user_3"),
        "{output}"
    );
}

#[tokio::test]
async fn whatever_clerk_answers_the_code_goes_out() {
    let relay = Relay::start(Options::default()).await;
    for (act, then_asked) in [
        (Act::Answer(401, "", "{\"errors\":[{\"message\":\"bad sk_test_x\"}]}".to_owned()), 1),
        (Act::Answer(429, "retry-after: 60\r\n", String::new()), 1),
        (Act::Answer(500, "", "<html>".to_owned()), 2),
        (Act::Answer(302, "location: http://127.0.0.1:1/\r\n", String::new()), 1),
        (Act::Answer(200, "", "[]".to_owned()), 1),
        (Act::Answer(200, "", "{\"id\":\"user_other\",\"locale\":\"de\"}".to_owned()), 1),
        (Act::Answer(200, "", "{\"id\":\"user_1\",\"locale\":{\"a\":1}}".to_owned()), 2),
        (Act::Answer(200, "", format!("{{\"id\":\"user_1\",\"locale\":\"{}\"}}", "d".repeat(999))), 2),
        (Act::Forget, 2),
        (Act::DieBefore, 2),
    ] {
        let clerk = Clerk::start().await;
        clerk.on("GET /users", 1, act.clone());
        let courier = Courier::start(&config(&format!("{}{}", clerk.section(), mail_through(&relay))));
        let began = Instant::now();
        for number in 1..3 {
            assert_eq!(template(&courier, &format!("ema_{number}"), "user_1").await, "en", "{act:?}");
            assert_eq!(template(&courier, &format!("ema_other{number}"), "user_2").await, "en", "{act:?}");
        }
        assert!(began.elapsed() < Duration::from_secs(2), "{act:?}");
        assert!((1..=then_asked).contains(&clerk.asked().len()), "{act:?} {:?}", clerk.asked());
        assert!(
            !courier.output().contains(KEY) && !courier.output().contains("user_1"),
            "{}",
            courier.output()
        );
    }
    // Nobody listens there, and an id that can't be one is not put into an URL.
    let section = format!("secret_key = \"{KEY}\"\napi_url = \"http://127.0.0.1:9\"\n");
    let courier = Courier::start(&config(&format!("{section}{}", mail_through(&relay))));
    assert_eq!(template(&courier, "ema_1", "user_1").await, "en");
    assert_eq!(template(&courier, "ema_2", "../templates/email?x=").await, "en");
}
