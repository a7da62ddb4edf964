//! Limits on texts: what pumping meets, and what others see of it.

use crate::support::command::run;
use crate::support::courier::{Courier, Reply, config};
use crate::support::scene::{sms, text, to, twilio};
use crate::support::twilio::{Act, Twilio};

fn with_limits(texts: &Twilio, limits: &str) -> Courier {
    let rest = format!("{}[sms.limits]\n{limits}\n{}", sms(&["texts"]), twilio("texts", &texts.url()));
    Courier::start(&config(&rest))
}

/// A text to each of these numbers, a hundred at a time.
async fn post(courier: &Courier, name: &str, numbers: impl Iterator<Item = String>) -> Vec<Reply> {
    let events: Vec<_> =
        numbers.enumerate().map(|(at, number)| to(text(&format!("sms_{name}_{at}")), &number)).collect();
    let mut replies = Vec::new();
    for events in events.chunks(100) {
        replies.extend(courier.post_all(events).await);
    }
    replies
}

fn count(replies: &[Reply], line: &str) -> usize {
    replies.iter().filter(|reply| reply.line() == line).count()
}

/// A thousand numbers that differ in their last three digits only.
fn one_prefix() -> impl Iterator<Item = String> {
    (0..1000).map(|last| format!("+447700900{last:03}"))
}

/// A number in each of a hundred other prefixes.
fn other_prefixes() -> impl Iterator<Item = String> {
    (100..200).map(|prefix| format!("+447400{prefix}555"))
}

#[tokio::test]
async fn pumping_stops_at_the_limit_of_its_prefix_and_harms_no_other() {
    let texts = Twilio::start().await;
    let courier = with_limits(&texts, "per_prefix = \"100/h, 500/d\"\ntotal = \"200/h\"");
    let pumped = post(&courier, "pump", one_prefix()).await;
    assert_eq!(count(&pumped, "200 accepted -"), 100);
    assert_eq!(count(&pumped, "422 rejected limit abort"), 900);
    let refused = pumped.iter().find(|reply| reply.status == 422).unwrap();
    assert!(refused.text("message").ends_with("(per_prefix = \"100/h\")"), "{}", refused.json);

    // What was refused took nothing of the total.
    let others = post(&courier, "other", other_prefixes()).await;
    assert_eq!(count(&others, "200 accepted -"), 100);
    assert_eq!(texts.asked().len(), 200);
    let reply = courier.post(&to(text("sms_last"), "+4915123456789")).await;
    assert!(reply.text("message").ends_with("(total = \"200/h\")"), "{}", reply.json);

    let metrics = courier.metrics().await;
    let counter = "clerk_courier_sms_limited_total{limit=\"per_prefix\",mode=\"enforce\"} 900\n";
    assert!(metrics.contains(counter), "{metrics}");
    let line = courier.wait_for_line(|line| line.contains("\"delivery.reason\":\"limit\""));
    assert!(line.contains("\"WARN\"") && line.contains("\"recipient\":\"+4477******"), "{line}");
}

#[tokio::test]
async fn observing_sends_everything_and_counts_what_would_have_been_refused() {
    let texts = Twilio::start().await;
    let courier = with_limits(&texts, "mode = \"observe\"\nper_prefix = \"100/h\"");
    let pumped = post(&courier, "pump", one_prefix()).await;
    let others = post(&courier, "other", other_prefixes()).await;
    assert_eq!((count(&pumped, "200 accepted -"), count(&others, "200 accepted -")), (1000, 100));
    assert_eq!(texts.asked().len(), 1100);
    let metrics = courier.metrics().await;
    let counter = "clerk_courier_sms_limited_total{limit=\"per_prefix\",mode=\"observe\"} 900\n";
    assert!(metrics.contains(counter), "{metrics}");
    let line = courier.wait_for_line(|line| line.contains("over a limit"));
    let wanted = ["\"WARN\"", r#""delivery.limit":"per_prefix = \"100/h\"""#, "\"recipient\":\"+4477******"];
    assert!(wanted.iter().all(|part| line.contains(part)), "{line}");
}

#[tokio::test]
async fn a_text_counts_once_and_only_when_it_has_left() {
    let texts = Twilio::start().await;
    let courier = with_limits(&texts, "per_number = \"2/h\"");
    let line = async |id: &str| courier.post(&text(id)).await.line();
    for _ in 0..3 {
        texts.next(Act::Answer(401, String::new()));
        assert_eq!(line("sms_1").await, "503 failed credentials");
    }
    assert_eq!(line("sms_1").await, "200 accepted -");
    for _ in 0..3 {
        assert_eq!(line("sms_1").await, "200 duplicate -");
    }
    // It may have left.
    texts.next(Act::Drop);
    assert_eq!(line("sms_2").await, "503 failed unknown");
    for _ in 0..2 {
        assert_eq!(line("sms_3").await, "422 rejected limit abort");
    }
    assert_eq!(courier.post(&to(text("sms_4"), "+447700900124")).await.line(), "200 accepted -");
    assert_eq!(texts.asked().len(), 6);
}

#[tokio::test]
async fn a_text_that_would_cost_too_much_is_not_sent() {
    let texts = Twilio::start().await;
    let rest = [
        sms(&["texts"]) + "max_segments = 2\n",
        "[sms.by_slug.long]\nmax_segments = 1\n".to_owned(),
        "[[sms.by_country]]\ncountries = [\"DE\"]\nmax_segments = 3\n".to_owned(),
        twilio("texts", &texts.url()),
    ];
    let courier = Courier::start(&config(&rest.concat()));
    let of = |id: &str, slug: &str, segments: usize, number: &str| {
        let mut event = to(text(id), number);
        event["data"]["slug"] = slug.into();
        event["data"]["message"] = "x".repeat(150 * segments).into();
        event
    };
    for (event, wanted) in [
        (of("sms_1", "other", 2, "+447700900123"), "200 accepted -"),
        (of("sms_2", "other", 3, "+447700900123"), "422 rejected content abort"),
        (of("sms_3", "long", 1, "+447700900123"), "200 accepted -"),
        (of("sms_4", "long", 2, "+447700900123"), "422 rejected content abort"),
        (of("sms_5", "long", 3, "+4915123456789"), "200 accepted -"),
        (of("sms_6", "long", 4, "+4915123456789"), "422 rejected content abort"),
    ] {
        let reply = courier.post(&event).await;
        assert_eq!(reply.line(), wanted, "{}", reply.json);
        if reply.status == 422 {
            assert!(reply.text("message").contains("max_segments is "), "{}", reply.json);
        }
    }
    assert_eq!(texts.asked().len(), 3);
}

#[tokio::test]
async fn check_says_which_senders_and_texts_would_not_do() {
    let dir = tempfile::tempdir().unwrap();
    let rest = "[sms]\nfrom = \"ACME\"\nproviders = [\"out\"]\nmax_segments = 1\nwebotp_domain = \"app.acme.example\"\n\
                [[sms.by_country]]\ncountries = [\"CA\"]\naction = \"block\"\n[providers.out]\ntype = \"outbox\"\n";
    std::fs::write(dir.path().join("config.toml"), config(rest)).unwrap();
    let said = run(dir.path(), &["check"], &[]).await.ok();
    assert!(said.contains("networks in these countries accept only numbers: US, PR."), "{said}");
    assert!(said.contains("segments, so it is rejected under max_segments = 1"), "{said}");
}
