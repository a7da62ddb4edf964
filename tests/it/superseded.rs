//! A code or link is not sent once a newer one for the same recipient from the same template was accepted.

use serde_json::{Value, json};

use crate::support::command::run;
use crate::support::courier::{Courier, config, fixture, now};
use crate::support::relay::{Fault, Options, Relay, Stage};
use crate::support::scene::{both_through, code, email, mail_through, smtp, text, to, with_slug};
use crate::support::twilio::Twilio;

/// The event, made by Clerk this many seconds ago.
fn ago(mut event: Value, seconds: u64) -> Value {
    event["timestamp"] = u64::try_from(now().as_millis()).unwrap().saturating_sub(seconds * 1000).into();
    event
}

#[tokio::test]
async fn an_older_code_that_comes_after_a_newer_one_is_not_sent() {
    let relay = Relay::start(Options::default()).await;
    let courier = Courier::start(&config(&mail_through(&relay)));
    // The older one comes first, and fails: Svix brings it again.
    relay.fail(Stage::Mail, Fault::reply("451 4.3.0 later"));
    let older = ago(code("ema_older"), 60);
    assert_eq!(courier.post(&older).await.line(), "503 failed provider_down");
    relay.heal();
    let newer = ago(code("ema_newer"), 30);
    assert_eq!(courier.post(&newer).await.line(), "200 accepted -");

    for _ in 0..2 {
        let reply = courier.post(&older).await;
        assert_eq!(reply.line(), "200 superseded -");
        assert!(reply.text("message").contains("a newer code or link"), "{}", reply.json);
    }
    assert_eq!(courier.post(&newer).await.line(), "200 duplicate -", "nobody is superseded by itself");
    let newest = ago(code("ema_newest"), 0);
    assert_eq!(courier.post(&newest).await.line(), "200 accepted -");
    assert_eq!(courier.post(&newer).await.line(), "200 duplicate -");
    // The same message, replayed once its code has died.
    assert_eq!(courier.post(&ago(code("ema_older"), 660)).await.line(), "422 expired - abort");
    assert_eq!(relay.mails().len(), 2);

    let line = courier.wait_for_line(|line| line.contains("superseded"));
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!((line["level"].as_str(), line["clerk.id"].as_str()), (Some("INFO"), Some("ema_older")));
    let counted = courier.metrics().await;
    let series = counted.lines().find(|line| line.contains("outcome=\"superseded\"") && line.ends_with(" 2"));
    assert!(series.is_some(), "{counted}");
}

#[tokio::test]
async fn the_log_shows_superseded_messages() {
    let relay = Relay::start(Options::default()).await;
    let courier = Courier::start(&config(&mail_through(&relay)));
    assert_eq!(courier.post(&ago(code("ema_newer"), 0)).await.line(), "200 accepted -");
    assert_eq!(courier.post(&ago(code("ema_older"), 1)).await.line(), "200 superseded -");
    let log = run(courier.dir.path(), &["log", "--outcome", "superseded", "--json"], &[]).await.ok();
    assert!(log.lines().count() == 1 && log.contains("ema_older"), "{log}");
}

#[tokio::test]
async fn only_codes_of_the_same_recipient_slug_channel_and_instance_are_superseded() {
    let (relay, texts) = (Relay::start(Options::default()).await, Twilio::start().await);
    let courier = Courier::start(&config(&both_through(&relay, &texts)));
    let of = |mut event: Value, instance: Value| {
        event["instance_id"] = instance;
        event
    };
    assert_eq!(courier.post(&ago(code("ema_newer"), 0)).await.line(), "200 accepted -");
    for (event, wanted) in [
        (code("ema_older"), "200 superseded -"),
        (to(code("ema_written_otherwise"), " Mira.Okafor@Mail.Example "), "200 superseded -"),
        (to(code("ema_other_recipient"), "noor@mail.example"), "200 accepted -"),
        (with_slug(code("ema_other_slug"), "reset_password_code"), "200 accepted -"),
        (with_slug(code("ema_no_slug_1"), ""), "200 accepted -"),
        (of(code("ema_other_app"), json!("ins_other")), "200 accepted -"),
        (of(code("ema_no_app"), Value::Null), "200 accepted -"),
        (text("sms_other_channel"), "200 accepted -"),
        (fixture("email.created.password_changed", "ema_notice_1"), "200 accepted -"),
        (fixture("email.created.magic_link_sign_in", "ema_link_1"), "200 accepted -"),
    ] {
        let id = event["data"]["id"].clone();
        assert_eq!(courier.post(&ago(event, 30)).await.line(), wanted, "{id}");
    }
    // Links and texts are superseded in the same way; what has no code, link or slug is always sent.
    for (event, wanted) in [
        (text("sms_older"), "200 superseded -"),
        (fixture("email.created.magic_link_sign_in", "ema_link_2"), "200 superseded -"),
        (fixture("email.created.password_changed", "ema_notice_2"), "200 accepted -"),
        (with_slug(code("ema_no_slug_2"), ""), "200 accepted -"),
    ] {
        let id = event["data"]["id"].clone();
        assert_eq!(courier.post(&ago(event, 40)).await.line(), wanted, "{id}");
    }
    assert_eq!((relay.mails().len(), texts.asked().len()), (10, 1));
}

#[tokio::test]
async fn codes_of_the_same_moment_are_both_sent() {
    let relay = Relay::start(Options::default()).await;
    let courier = Courier::start(&config(&mail_through(&relay)));
    let events = [code("ema_1"), code("ema_2")];
    assert_eq!(events[0]["timestamp"], events[1]["timestamp"]);
    for event in &events {
        assert_eq!(courier.post(event).await.line(), "200 accepted -");
    }
}

#[tokio::test]
async fn a_birth_that_can_not_be_right_supersedes_nothing() {
    let relay = Relay::start(Options::default()).await;
    let courier = Courier::start(&config(&mail_through(&relay)));
    let mut ahead = code("ema_ahead");
    ahead["timestamp"] = u64::try_from(now().as_millis() + 20 * 60_000).unwrap().into();
    assert_eq!(courier.post(&ahead).await.line(), "200 accepted -");
    assert_eq!(courier.post(&ago(code("ema_now"), 0)).await.line(), "200 accepted -");
}

#[tokio::test]
async fn a_code_under_way_is_not_given_to_the_next_provider_once_a_newer_one_was_accepted() {
    let (slow, well) = (Relay::start(Options::default()).await, Relay::start(Options::default()).await);
    slow.fail_times(Stage::Mail, Fault::Hang, 1);
    let rest = email(&["slow", "well"]) + &smtp("slow", slow.port) + &smtp("well", well.port);
    let courier = Courier::start(&config(&rest));
    let older = ago(code("ema_older"), 2);
    let under_way = courier.post_later(&older);
    slow.until(|state| state.hung == 1).await;
    assert_eq!(courier.post(&ago(code("ema_newer"), 1)).await.line(), "200 accepted -");
    let reply = under_way.await.unwrap();
    assert_eq!((reply.line(), reply.text("provider")), ("200 superseded -".to_owned(), "slow"));
    assert_eq!(courier.post(&older).await.line(), "200 superseded -");
    assert_eq!((slow.mails().len(), well.state().connections), (1, 0));
}

#[tokio::test]
async fn what_was_accepted_supersedes_after_a_kill() {
    let relay = Relay::start(Options::default()).await;
    let courier = Courier::start(&config(&mail_through(&relay)));
    assert_eq!(courier.post(&ago(code("ema_newer"), 10)).await.line(), "200 accepted -");
    let courier = courier.crash_and_restart();
    assert_eq!(courier.post(&ago(code("ema_older"), 20)).await.line(), "200 superseded -");
    assert_eq!(courier.post(&ago(code("ema_newest"), 0)).await.line(), "200 accepted -");
    assert_eq!(relay.mails().len(), 2);
}

#[tokio::test]
async fn with_a_redirect_the_true_recipients_are_compared() {
    let relay = Relay::start(Options::default()).await;
    let staging =
        mail_through(&relay).replace("[email]\n", "[email]\nredirect_to = \"stage@acme.example\"\n");
    let courier = Courier::start(&config(&staging));
    assert_eq!(courier.post(&ago(code("ema_newer"), 0)).await.line(), "200 accepted -");
    let other = to(code("ema_other"), "noor@mail.example");
    assert_eq!(courier.post(&ago(other, 30)).await.line(), "200 accepted -");
    assert_eq!(courier.post(&ago(code("ema_older"), 30)).await.line(), "200 superseded -");
    assert_eq!(relay.mails().len(), 2);
}
