//! The words that readers get: in their language, as the files say now, with what phones read at the end.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::support::courier::{Courier, config};
use crate::support::relay::{Options, Relay};
use crate::support::scene::{Read, both_through, code, mail_through, text, to, with_slug};
use crate::support::twilio::Twilio;

fn in_locale(mut event: Value, locale: &Value) -> Value {
    event["data"]["data"]["user"]["public_metadata"] = json!({ "locale": locale });
    event
}

#[tokio::test]
async fn a_mail_is_in_its_readers_language() {
    let relay = Relay::start(Options::default()).await;
    let courier = Courier::start(&config(&mail_through(&relay)));
    for (id, locale, template, words) in [
        ("ema_1", json!("de"), "verification_code/de", "nicht weiter"),
        ("ema_2", json!("de-AT"), "verification_code/de", "nicht weiter"),
        ("ema_3", json!("pt_PT"), "verification_code/pt-PT", "Não partilhe"),
        ("ema_4", json!("ar"), "verification_code/ar", "رمز التحقق"),
        ("ema_5", json!("sk"), "verification_code/en", "never ask you for it"),
        ("ema_6", json!("'; drop table"), "verification_code/en", "never ask you for it"),
        ("ema_7", json!(["de"]), "verification_code/en", "never ask you for it"),
        ("ema_8", Value::Null, "verification_code/en", "never ask you for it"),
    ] {
        let answer = courier.post(&in_locale(code(id), &locale)).await;
        assert_eq!(answer.text("template"), template);
        let read = Read::new(&relay.mails().pop().unwrap());
        assert!(read.text.contains(words) && read.html.contains(words), "{template}: {}", read.text);
    }
    let mut invitation = with_slug(code("ema_9"), "waitlist_invitation");
    invitation["data"]["data"]["action_url"] = json!("https://a.example/accept");
    invitation["data"]["data"]["invitation"] = json!({ "public_metadata": { "locale": "fr" } });
    assert_eq!(courier.post(&invitation).await.text("template"), "waitlist_invitation/fr");
}

#[tokio::test]
async fn a_text_is_in_the_language_of_its_numbers_country_unless_more_is_known() {
    let (relay, twilio) = (Relay::start(Options::default()).await, Twilio::start().await);
    let rest =
        both_through(&relay, &twilio).replace("[sms]\n", "[sms]\nwebotp_domain = \"app.acme.example\"\n");
    let courier = Courier::start(&config(&format!("{rest}[templates]\ndefault_locale = \"fr\"\n")));
    for (id, number, locale, template) in [
        ("sms_1", "+436641234567", Value::Null, "verification_code/de"),
        ("sms_2", "+819012345678", Value::Null, "verification_code/ja"),
        ("sms_3", "+819012345678", json!("en-US"), "verification_code/en"),
        ("sms_4", "+421901234567", Value::Null, "verification_code/fr"),
    ] {
        let answer = courier.post(&in_locale(to(text(id), number), &locale)).await;
        assert_eq!(answer.text("template"), template, "{number}: {answer:?}");
    }
    for request in twilio.asked() {
        let body = request.field("Body").unwrap();
        assert!(body.ends_with("\n\n@app.acme.example #418273"), "{body:?}");
    }
}

fn put(dir: &Path, path: &str, text: &str) {
    let path = dir.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

#[tokio::test]
async fn a_hangup_reloads_everything_or_nothing() {
    let relay = Relay::start(Options::default()).await;
    let dir = Arc::new(tempfile::tempdir().unwrap());
    let settings = config(&mail_through(&relay));
    put(dir.path(), "config.toml", &settings);
    put(dir.path(), "templates/email/verification_code/subject.txt.hbs", "first {{otp_code}} {{app.name}}");
    let courier = Courier::start_in(Arc::clone(&dir), |_| {});
    let subject = async |id: &str| {
        assert_eq!(courier.post(&code(id)).await.line(), "200 accepted -");
        Read::new(&relay.mails().pop().unwrap()).header("Subject")
    };
    assert_eq!(subject("ema_1").await, "first 418273 Larkfield");

    put(dir.path(), "templates/email/verification_code/subject.txt.hbs", "second {{otp_code}} {{app.name}}");
    put(dir.path(), "config.toml", &format!("{settings}[brand]\nname = \"Acme\"\n"));
    assert_eq!(subject("ema_2").await, "first 418273 Larkfield", "nothing is read unasked");
    courier.hang_up();
    courier.wait_for_line(|line| line.contains("reloaded: "));
    assert_eq!(subject("ema_3").await, "second 418273 Acme");

    // What a reload does not take is named, once it has changed.
    assert!(!courier.output().contains("need a restart"));
    let limits = "[server]\nmax_in_flight = 7\n";
    let changed = settings.replacen("[server]\n", limits, 1);
    assert_ne!(changed, settings);
    put(
        dir.path(),
        "config.toml",
        &format!("{changed}[brand]\nname = \"Acme\"\n[providers.spare]\ntype = \"outbox\"\n"),
    );
    courier.hang_up();
    courier.wait_for_line(|line| {
        line.contains("\"WARN\"") && line.contains("need a restart: [server], [providers]\"")
    });
    put(dir.path(), "config.toml", &format!("{settings}[brand]\nname = \"Acme\"\n"));

    for (file, text, place) in [
        ("templates/sms/verification_code.txt.hbs", "x\n{{#if}}", "verification_code.txt.hbs:2:"),
        ("templates/locales/de.ftl", "x = {", "templates/locales/de.ftl:1:"),
        ("config.toml", "[brand]\nnam = \"Acme\"", "config.toml:2:1: brand.nam"),
    ] {
        put(dir.path(), "templates/email/verification_code/subject.txt.hbs", "third {{otp_code}}");
        let before = std::fs::read_to_string(dir.path().join(file)).ok();
        put(dir.path(), file, text);
        courier.hang_up();
        courier.wait_for_line(|line| line.contains("not reloaded") && line.contains(place));
        assert_eq!(subject(&format!("ema_{place}")).await, "second 418273 Acme");
        match before {
            Some(before) => put(dir.path(), file, &before),
            None => std::fs::remove_file(dir.path().join(file)).unwrap(),
        }
    }
}

#[tokio::test]
async fn clerks_words_stand_in_the_brands_layout_where_that_is_wanted() {
    let relay = Relay::start(Options::default()).await;
    let mail = mail_through(&relay);
    let courier = Courier::start(&config(&format!("{mail}[templates]\nclerk_in_layout = true\n")));
    let answer = courier.post(&with_slug(code("ema_1"), "billing_receipt")).await;
    assert_eq!((answer.line().as_str(), answer.text("template")), ("200 accepted -", "clerk"));
    let read = Read::new(&relay.mails().pop().unwrap());
    assert_eq!(read.header("Subject"), "418273 is your verification code");
    assert!(read.html.contains("Larkfield") && read.html.contains("class=\"card"), "{}", read.html);
    assert!(read.html.contains("418273 is your verification code for Larkfield."), "{}", read.html);

    // One without a slug is the application's own design.
    let mut event = code("ema_2");
    event["data"]["slug"] = Value::Null;
    courier.post(&event).await;
    let read = Read::new(&relay.mails().pop().unwrap());
    assert!(!read.html.contains("class=\"card"), "{}", read.html);
}
