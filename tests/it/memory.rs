//! Providers that keep failing: left out, tried when nobody else is left, and asked again once they work.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::courier::{Courier, PATIENCE, config};
use crate::support::relay::{Fault, Options, Relay, Stage};
use crate::support::scene::{BRISK, code, email, smtp, with_slug};

/// Messages at a time: so many may be on their way to a provider before anybody knows that it fails.
const AT_ONCE: usize = 8;

/// What [`BRISK`] says.
const DEADLINE: Duration = Duration::from_secs(3);

/// `name state`, for all providers.
async fn states(courier: &Courier) -> Vec<String> {
    let all = courier.providers().await;
    let text = |provider: &Value, key: &str| provider[key].as_str().unwrap_or("-").to_owned();
    let state = |provider: &Value| format!("{} {}", text(provider, "name"), text(provider, "state"));
    all.as_array().unwrap().iter().map(state).collect()
}

async fn gauges(courier: &Courier) -> Vec<String> {
    let metrics = courier.metrics().await;
    let mut lines: Vec<_> = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("clerk_courier_"))
        .filter(|line| line.starts_with("provider_up{") || line.starts_with("fallbacks_total{"))
        .map(str::to_owned)
        .collect();
    lines.sort();
    lines
}

/// How many lines hold `text`, up to the line of the message `id`, which was answered already.
fn lines_until(id: &str, courier: &Courier, text: &str) -> usize {
    courier.wait_for_line(|line| line.contains(&format!("\"{id}\"")) && line.contains("\"accepted\""));
    courier.output().lines().filter(|line| line.contains(text)).count()
}

/// Sends messages until `provider` takes one, and returns the id of that. The pauses between them bound the work, not the
/// result.
async fn until_taken_by(provider: &str, courier: &Courier, event: impl Fn(&str) -> Value) -> String {
    let started = Instant::now();
    let mut pause = tokio::time::interval(Duration::from_millis(50));
    for at in 0.. {
        pause.tick().await;
        let id = format!("ema_{provider}_{at}");
        let reply = courier.post(&event(&id)).await;
        assert_eq!(reply.line(), "200 accepted -", "{}", reply.json);
        if reply.text("provider") == provider {
            return id;
        }
        assert!(started.elapsed() < PATIENCE, "{provider} is not asked again");
    }
    unreachable!("there is always a next message")
}

fn asked_to_log_in(relay: &Relay) -> usize {
    relay.state().commands.iter().filter(|line| line.starts_with("AUTH ")).count()
}

#[tokio::test]
async fn two_of_three_fail_and_every_message_is_accepted_in_time() {
    let (hangs, works) = (Relay::start(Options::default()).await, Relay::start(Options::default()).await);
    let refuses = Relay::start(Options { auth: "PLAIN", ..Options::default() }).await;
    hangs.fail(Stage::Greeting, Fault::Hang);
    refuses.fail(Stage::Auth, Fault::reply("535 5.7.8 no"));
    let rest = [
        BRISK,
        &email(&["hangs", "refuses", "works"]),
        "[email.by_slug.second]\nproviders = [\"refuses\", \"works\"]\n",
        &smtp("hangs", hangs.port),
        &smtp("refuses", refuses.port),
        "username = \"u\"\npassword = \"p\"\n",
        &smtp("works", works.port),
    ];
    let courier = Courier::start(&config(&rest.concat()));
    for first in (0..200).step_by(AT_ONCE) {
        let events: Vec<_> = (first..first + AT_ONCE).map(|at| code(&format!("ema_{at}"))).collect();
        let started = Instant::now();
        for reply in courier.post_all(&events).await {
            assert_eq!((reply.line(), reply.text("provider")), ("200 accepted -".to_owned(), "works"));
        }
        // The service's own clock starts a little later than this one.
        assert!(started.elapsed() < 2 * DEADLINE, "{:?}", started.elapsed());
    }
    assert_eq!(works.mails().len(), 200);
    // Those of the first moment, and a probe or two on a slow machine.
    let (hung, logins) = (hangs.state().hung, asked_to_log_in(&refuses));
    // A refused login is everybody's: they do not each try the password.
    assert!((3..2 * AT_ONCE).contains(&hung) && (1..2 * AT_ONCE).contains(&logins), "{hung} {logins}");
    assert_eq!(lines_until("ema_199", &courier, "a provider keeps failing"), 2);
    assert_eq!(
        gauges(&courier).await,
        [
            "fallbacks_total{provider=\"works\"} 200",
            "provider_up{provider=\"hangs\"} 0",
            "provider_up{provider=\"refuses\"} 0",
            "provider_up{provider=\"works\"} 1",
        ]
    );
    assert_eq!(states(&courier).await, ["hangs left_out", "refuses left_out", "works up"]);
    let shown = courier.providers().await;
    assert_eq!(shown[0]["last_fault"], serde_json::json!({ "stage": "greeting", "kind": "timeout" }));
    assert_eq!(shown[1]["last_fault"], serde_json::json!({ "stage": "auth", "kind": "credentials" }));
    assert!(shown[0]["until"].as_str().unwrap().ends_with('Z') && shown[2]["until"].is_null());
    hangs.heal();
    refuses.heal();
    until_taken_by("hangs", &courier, code).await;
    // What one kind of message learnt, the others know.
    let last = until_taken_by("refuses", &courier, |id| with_slug(code(id), "second")).await;
    assert_eq!(states(&courier).await, ["hangs up", "refuses up", "works up"]);
    assert_eq!(lines_until(&last, &courier, "a provider works again"), 2);
    assert_eq!(lines_until(&last, &courier, "a provider keeps failing"), 2);
}

/// Two servers, `first` and `second`, both of which closed the connection until both were left out.
async fn both_left_out() -> (Relay, Relay, Courier) {
    let (first, second) = (Relay::start(Options::default()).await, Relay::start(Options::default()).await);
    for relay in [&first, &second] {
        relay.fail(Stage::Greeting, Fault::Drop);
    }
    let rest = BRISK.to_owned()
        + &email(&["first", "second"])
        + &smtp("first", first.port)
        + &smtp("second", second.port);
    let courier = Courier::start(&config(&rest));
    let events: Vec<_> = (0..5).map(|at| code(&format!("ema_out_{at}"))).collect();
    for reply in courier.post_all(&events).await {
        assert_eq!(reply.line(), "503 failed provider_down");
        assert!(reply.json["attempts"].as_u64().unwrap() >= 2, "nobody is left, so both are tried");
    }
    assert_eq!(states(&courier).await, ["first left_out", "second left_out"]);
    (first, second, courier)
}

#[tokio::test]
async fn when_all_are_left_out_one_that_works_takes_the_very_next_message() {
    let (_first, second, courier) = both_left_out().await;
    second.heal();
    let reply = courier.post(&code("ema_1")).await;
    assert_eq!((reply.line(), reply.text("provider")), ("200 accepted -".to_owned(), "second"));
    assert_eq!(courier.providers().await[1]["state"], "up");
}

#[tokio::test]
async fn no_message_is_refused_because_somebody_was_left_out() {
    let (first, second, courier) = both_left_out().await;
    second.heal();
    assert_eq!(courier.post(&code("ema_1")).await.text("provider"), "second");
    first.heal();
    second.fail(Stage::Body, Fault::reply("554 5.7.1 spam"));
    let reply = courier.post(&code("ema_2")).await;
    assert_eq!((reply.line(), reply.text("provider")), ("200 accepted -".to_owned(), "first"));
}
