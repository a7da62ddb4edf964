//! Texts through Twilio: what is asked for, and what each answer becomes for Svix.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::support::courier::{Courier, config, fixture};
use crate::support::scene::{BRISK, Closed, Deaf, sms, text, to, twilio, with_slug};
use crate::support::twilio::{Act, Twilio};

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")))
}

#[tokio::test]
async fn a_request_says_what_twilio_needs_and_nothing_else() {
    let texts = Twilio::start().await;
    let url = texts.url();
    let rest = [
        sms(&["token"]),
        "[sms.by_slug.password_changed]\nproviders = [\"key\"]\n".to_owned(),
        "[[sms.by_country]]\ncountries = [\"DE\"]\nfrom = \"ACME\"\nproviders = [\"token\"]\n".to_owned(),
        "[[sms.by_country]]\ncountries = [\"FR\"]\naction = \"block\"\n".to_owned(),
        twilio("token", &url),
        twilio("key", &url).replace(
            "auth_token = \"token\"",
            "api_key = \"SK1\"\napi_key_secret = \"s:ec/ret+\"\nmessaging_service_sid = \"MG1\"",
        ),
    ];
    let courier = Courier::start(&config(&rest.concat()));
    let notice = fixture("sms.created.password_changed", "sms_2");
    for event in [text("sms_1"), notice.clone(), to(text("sms_3"), "+4915123456789")] {
        let reply = courier.post(&event).await;
        assert_eq!(reply.line(), "200 accepted -");
        assert!(reply.text("provider_message_id").starts_with("SM0"), "{}", reply.json);
    }
    assert_eq!(
        courier.post(&to(text("sms_4"), "+33612345678")).await.line(),
        "422 rejected blocked_country abort"
    );
    assert_eq!(
        courier.post(&to(text("sms_5"), "0612345678")).await.line(),
        "422 rejected invalid_recipient abort"
    );

    let asked = texts.asked();
    assert_eq!(asked.len(), 3);
    for request in &asked {
        assert_eq!(request.line, "POST /2010-04-01/Accounts/AC1/Messages.json");
    }
    let names = |at: usize| asked[at].form.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>();
    assert_eq!(names(0), ["To", "From", "Body", "ValidityPeriod"]);
    assert_eq!(asked[0].authorization, basic("AC1", "token"));
    assert_eq!((asked[0].field("To"), asked[0].field("From")), (Some("+447700900123"), Some("+15005550006")));
    assert!(asked[0].field("Body").unwrap().starts_with("418273 is your verification code for Larkfield."));
    let left: u64 = asked[0].field("ValidityPeriod").unwrap().parse().unwrap();
    assert!((560..=600).contains(&left), "the life that a code of now has left: {left}");

    // No code, so no end; the service picks the sender.
    assert_eq!(names(1), ["To", "MessagingServiceSid", "Body"]);
    assert_eq!(asked[1].authorization, basic("SK1", "s:ec/ret+"));
    assert_eq!(asked[1].field("MessagingServiceSid"), Some("MG1"));
    let words = "Your password for Larkfield was changed. If this wasn't you, reset it right away.";
    assert_eq!(asked[1].field("Body"), Some(words));
    assert_eq!(asked[2].field("From"), Some("ACME"));
}

fn answer(status: u16, body: &str) -> Act {
    Act::Answer(status, body.to_owned())
}

#[tokio::test]
async fn every_answer_of_twilios_has_its_own_and_a_retry_delivers() {
    let elsewhere = Twilio::start().await;
    let table = [
        (answer(201, "<html>"), "200 accepted -"),
        (answer(200, r#"{"sid":"SM1"}"#), "200 accepted -"),
        (answer(200, "<html>a proxy's login page</html>"), "503 failed unknown"),
        (
            answer(400, r#"{"code":21211,"message":"+447700900123 is not valid"}"#),
            "422 rejected recipient abort",
        ),
        (answer(400, r#"{"code":21610}"#), "422 rejected account abort"),
        (answer(201, r#"{"sid":"SM1","status":"failed"}"#), "503 failed provider_down"),
        (answer(400, r#"{"code":21267}"#), "503 failed account"),
        (answer(400, r#"{"code":21617}"#), "422 rejected content abort"),
        (answer(400, r#"{"code":21408}"#), "422 rejected account abort"),
        (answer(400, r#"{"code":30450}"#), "422 rejected account abort"),
        (answer(400, r#"{"code":21659}"#), "503 failed account"),
        (answer(400, r#"{"code":99999}"#), "503 failed account"),
        (answer(400, "junk"), "503 failed account"),
        (answer(402, ""), "503 failed account"),
        (answer(405, "<html>"), "503 failed account"),
        (answer(429, r#"{"code":20429}"#), "503 failed throttled"),
        (answer(429, ""), "503 failed throttled"),
        (answer(401, r#"{"code":20003}"#), "503 failed credentials"),
        (answer(403, "{"), "503 failed credentials"),
        (answer(404, r#"{"code":20404}"#), "503 failed account"),
        (answer(408, ""), "503 failed provider_down"),
        (answer(500, r#"{"code":20500}"#), "503 failed provider_down"),
        (answer(503, r#"{"code":20503}"#), "503 failed provider_down"),
        (answer(503, "<html>"), "503 failed provider_down"),
        (answer(500, r#"{"code":99999}"#), "503 failed provider_down"),
        (answer(500, "<html>"), "503 failed unknown"),
        (answer(502, "<html>"), "503 failed unknown"),
        (answer(524, "<html>"), "503 failed unknown"),
        (answer(504, ""), "503 failed unknown"),
        (Act::Redirect(elsewhere.url()), "503 failed account"),
        (Act::Hang, "503 failed unknown"),
        (Act::Drop, "503 failed unknown"),
    ];
    let mut rows = Vec::new();
    let mut rest = BRISK.to_owned() + &sms(&["t0"]);
    for (at, (act, wanted)) in table.into_iter().enumerate() {
        let texts = Twilio::start().await;
        let provider = twilio(&format!("t{at}"), &texts.url());
        let _ = write!(rest, "[sms.by_slug.row_{at}]\nproviders = [\"t{at}\"]\n{provider}");
        // What may pass is tried again within the request.
        let may_pass = wanted.ends_with(" provider_down") || wanted.ends_with(" throttled");
        for _ in 0..if may_pass { 20 } else { 1 } {
            texts.next(act.clone());
        }
        rows.push((format!("{act:?}"), texts, wanted));
    }
    let courier = Courier::start(&config(&rest));
    let event = |at| with_slug(text(&format!("sms_{at}")), &format!("row_{at}"));
    let events: Vec<_> = (0..rows.len()).map(event).collect();
    let mut asked_before = Vec::new();
    for ((act, texts, wanted), reply) in rows.iter().zip(courier.post_all(&events).await) {
        assert_eq!(reply.line(), *wanted, "{act} {}", reply.json);
        let may_pass = wanted.ends_with(" provider_down") || wanted.ends_with(" throttled");
        let asked = texts.asked().len();
        assert!(if may_pass { asked > 1 } else { asked == 1 }, "{act}: {asked}");
        asked_before.push(asked);
        texts.relent();
        assert!(!reply.json.to_string().contains("447700900123"), "{act}");
    }
    let replies = courier.post_all(&events).await;
    for (((act, texts, wanted), reply), before) in rows.iter().zip(replies).zip(asked_before) {
        let (line, more) =
            if wanted.starts_with("200") { ("200 duplicate -", 0) } else { ("200 accepted -", 1) };
        assert_eq!((&*reply.line(), texts.asked().len()), (line, before + more), "{act}");
    }
    assert_eq!(elsewhere.asked(), [], "credentials go to the configured host only");
}

#[tokio::test]
async fn a_twilio_that_can_not_be_reached_is_down() {
    let closed = Closed::new();
    let url = format!("http://127.0.0.1:{}", closed.port());
    let courier = Courier::start(&config(&(sms(&["texts"]) + &twilio("texts", &url))));
    let reply = courier.post(&text("sms_1")).await;
    assert_eq!(reply.line(), "503 failed provider_down");
    assert!(reply.text("message").contains("(connect: no connection)"), "{}", reply.json);
    assert!(reply.json["attempts"].as_u64().unwrap() > 1, "what never connected is tried again");
}

/// The head of an answer says what happened to the text; sending it again for want of a body would be a second one.
#[tokio::test]
async fn an_answer_that_breaks_off_counts_by_its_head() {
    let texts = Twilio::start().await;
    let courier = Courier::start(&config(&(sms(&["main"]) + &twilio("main", &texts.url()))));
    texts.next(Act::Half(201));
    assert_eq!(courier.post(&text("sms_1")).await.line(), "200 accepted -");
    assert_eq!(courier.post(&text("sms_1")).await.line(), "200 duplicate -");
    texts.next(Act::Half(400));
    let reply = courier.post(&text("sms_2")).await;
    assert_eq!((reply.line().as_str(), &reply.json["attempts"]), ("200 accepted -", &2.into()));
    assert_eq!(texts.asked().len(), 3);
}

/// Nothing can have been taken by a server that was never reached, whichever limit ends the wait.
#[tokio::test]
async fn without_a_connection_there_is_no_doubt() {
    let deaf = Deaf::new().await;
    let url = format!("http://127.0.0.1:{}", deaf.port());
    for (deadline, patience) in [("1200ms", "5s"), ("5s", "300ms")] {
        let server = format!("#server\nrequest_deadline = {deadline:?}\n#rest\n");
        let stop = sms(&["main"]) + "on_doubt = \"stop\"\n";
        let provider = twilio("main", &url).replace("\"2s\"", &format!("{patience:?}"));
        let courier = Courier::start(&config(&(server + &stop + &provider)));
        for _ in 0..2 {
            assert_eq!(
                courier.post(&text("sms_1")).await.line(),
                "503 failed deadline",
                "{deadline} {patience}"
            );
        }
    }
}
