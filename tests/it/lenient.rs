//! Events and addresses that are odd in a place that does not matter: the code goes out all the same.

use serde_json::{Value, json};

use crate::support::courier::{Courier, config, now, post_to};
use crate::support::relay::{Options, Relay};
use crate::support::scene::{Read, code, mail_through, smtp, to, with_slug};

#[tokio::test]
async fn a_variable_that_nobody_needs_costs_no_code() {
    let relay = Relay::start(Options::default()).await;
    let courier = Courier::start(&config(&mail_through(&relay)));
    let deep = "[".repeat(130) + &"]".repeat(130);
    let huge = "9".repeat(400);
    let odd = ["1e999", "-1e400", &huge, r#""cut \ud83d""#, r#"{"a":1,"a":2}"#, r#"{"\ud83d":1}"#, &deep];
    for (at, value) in odd.into_iter().enumerate() {
        let mut event = code(&format!("ema_{at}"));
        event["data"]["data"]["user"] = json!({"public_metadata": {"note": "HERE"}});
        event["data"]["data"]["unused"] = json!("HERE");
        event["unknown"] = json!("HERE");
        let body = event.to_string().replace("\"HERE\"", value);
        let reply = post_to(&courier.url("/webhooks/clerk"), &format!("msg_{at}"), body.as_bytes()).await;
        assert_eq!(
            (&*reply.line(), reply.text("template")),
            ("200 accepted -", "verification_code/en"),
            "{value:.40}"
        );
    }
    assert!(relay.mails().iter().all(|mail| Read::new(mail).text.contains("418273")));
}

#[tokio::test]
async fn a_variable_that_the_template_needs_and_cannot_read_leaves_it_to_clerks_words() {
    let relay = Relay::start(Options::default()).await;
    let courier = Courier::start(&config(&mail_through(&relay)));
    let mut event = code("ema_1");
    event["data"]["data"]["otp_code"] = json!("HERE");
    let body = event.to_string().replace("\"HERE\"", "1e999");
    let reply = post_to(&courier.url("/webhooks/clerk"), "msg_1", body.as_bytes()).await;
    assert_eq!((&*reply.line(), reply.text("template")), ("200 accepted -", "clerk"));

    let body = body.replace("ema_1", "ema_2");
    let mut event: Value = serde_json::from_str(&body.replace("1e999", "null")).unwrap();
    event["data"]["body"] = Value::Null;
    event["data"]["body_plain"] = Value::Null;
    assert_eq!(courier.post(&event).await.line(), "503 failed template");
    let line = courier.wait_for_line(|line| line.contains("nothing was sent in its place"));
    assert!(line.contains("ERROR"), "{line}");
    let metrics = courier.metrics().await;
    assert!(
        metrics.contains("template_failures_total{channel=\"email\",slug=\"verification_code\"} 2"),
        "{metrics}"
    );
    assert_eq!(relay.mails().len(), 1);
}

#[tokio::test]
async fn half_an_emoji_in_clerks_own_words_is_replaced() {
    let relay = Relay::start(Options::default()).await;
    let courier = Courier::start(&config(&mail_through(&relay)));
    let mut event = with_slug(code("ema_1"), "brand_new");
    for field in ["subject", "body", "body_plain"] {
        event["data"][field] = json!("418273 HERE");
    }
    let body = event.to_string().replace("HERE", r"\ud83d");
    let reply = post_to(&courier.url("/webhooks/clerk"), "msg_1", body.as_bytes()).await;
    assert_eq!((&*reply.line(), reply.text("template")), ("200 accepted -", "clerk"));
    let read = Read::new(&relay.mails()[0]);
    let said = [read.header("Subject"), read.html.trim().to_owned(), read.text.trim().to_owned()];
    assert_eq!(said, ["418273 \u{fffd}"; 3]);
}

#[tokio::test]
async fn a_field_of_the_wrong_type_counts_as_missing() {
    let relay = Relay::start(Options::default()).await;
    let rest = mail_through(&relay).replace("login@acme.example", "{{from_email_name}}@acme.example");
    let courier = Courier::start(&config(&rest));
    for (at, (field, value, wanted)) in [
        ("from_email_name", json!(5), "5@acme.example"),
        ("from_email_name", json!(["x"]), "noreply@acme.example"),
        ("from_email_name", json!("büro"), "noreply@acme.example"),
        ("from_email_name", json!("a b"), "noreply@acme.example"),
        ("reply_to_email_name", json!({"a": 1}), "notifications@acme.example"),
        ("reply_to_email_name", json!("büro"), "notifications@acme.example"),
        ("delivered_by_clerk", json!("no"), "notifications@acme.example"),
        ("subject", json!(1), "notifications@acme.example"),
        ("slug", json!(7), "notifications@acme.example"),
        ("data", json!("x"), "notifications@acme.example"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut event = code(&format!("ema_{at}"));
        event["data"]["from_email_name"] = json!("notifications");
        event["data"][field] = value;
        assert_eq!(courier.post(&event).await.line(), "200 accepted -", "{field} {at}");
        let mail = relay.mails().pop().unwrap();
        assert!(
            Read::new(&mail).header("From").contains(wanted),
            "{field} {at}: {}",
            Read::new(&mail).header("From")
        );
        assert!(mail.body.is_ascii(), "{field} {at}");
    }
}

#[tokio::test]
async fn a_timestamp_that_cannot_be_right_leaves_the_age_to_created_at() {
    let relay = Relay::start(Options::default()).await;
    let courier = Courier::start(&config(&mail_through(&relay)));
    let (minute, now) = (60, now().as_secs());
    for (at, (timestamp, created_at, wanted)) in [
        (json!(12345), json!(now * 1000), "200 accepted -"),
        (json!(12345), json!((now - 11 * minute) * 1000), "422 expired - abort"),
        (
            json!((now + 3 * 24 * 60 * minute) * 1000),
            json!((now - 11 * minute) * 1000),
            "422 expired - abort",
        ),
        (json!(12345), json!(54321), "200 accepted -"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut event = code(&format!("ema_{at}"));
        event["timestamp"] = timestamp;
        event["data"]["created_at"] = created_at;
        assert_eq!(courier.post(&event).await.line(), wanted, "{at}");
    }
}

#[tokio::test]
async fn a_sender_beyond_ascii_is_left_out_where_the_server_cannot_carry_it() {
    let knows = Relay::start(Options { smtputf8: true, ..Options::default() }).await;
    let does_not = Relay::start(Options::default()).await;
    let rest = "[email]\nfrom = \"Acme <jürgen@acme.example>\"\nenvelope_from = \"bounces@acme.example\"\n\
                reply_to = \"büro@acme.example\"\nproviders = [\"does_not\"]\n\
                [email.by_slug.utf8]\nproviders = [\"knows\"]\n"
        .to_owned()
        + &smtp("knows", knows.port)
        + &smtp("does_not", does_not.port);
    let courier = Courier::start(&config(&rest));
    for event in [code("ema_1"), with_slug(code("ema_2"), "utf8")] {
        assert_eq!(courier.post(&event).await.line(), "200 accepted -");
    }
    let mail = &does_not.mails()[0];
    assert!(mail.body.is_ascii());
    assert_eq!(Read::new(mail).header("From"), "Acme <noreply@acme.example>");
    assert!(!String::from_utf8_lossy(&mail.body).contains("Reply-To"));
    let body = String::from_utf8(knows.mails()[0].body.clone()).unwrap();
    assert!(body.contains("From: Acme <jürgen@acme.example>\r\n"), "{body}");
    assert!(body.contains("Reply-To: büro@acme.example\r\n"), "{body}");
    assert!(knows.state().commands.contains(&"MAIL FROM:<bounces@acme.example> SMTPUTF8".to_owned()));
}

#[tokio::test]
async fn addresses_that_networks_gave_out_are_sent_to_in_quotes() {
    let relay = Relay::start(Options::default()).await;
    let courier = Courier::start(&config(&mail_through(&relay)));
    for (at, (recipient, wire)) in [
        ("try..this@docomo.example", "\"try..this\"@docomo.example"),
        ("name.@docomo.example", "\"name.\"@docomo.example"),
        ("\u{202a}mira\u{200b}@mail.example\u{202c}", "mira@mail.example"),
    ]
    .into_iter()
    .enumerate()
    {
        let event = to(code(&format!("ema_{at}")), recipient);
        assert_eq!(courier.post(&event).await.line(), "200 accepted -", "{recipient}");
        let mail = relay.mails().pop().unwrap();
        assert_eq!((&*mail.to, &*Read::new(&mail).header("To")), (wire, wire));
    }
}
