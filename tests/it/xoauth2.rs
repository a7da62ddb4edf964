//! Mail servers that take access tokens: how tokens are had, shown, renewed, and what is said when there is none.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::command::run;
use crate::support::courier::{Courier, PATIENCE, config};
use crate::support::issuer::{APPLICATION, in_dir, issued, service_account, start};
use crate::support::relay::{Fault, Options, Relay, Stage};
use crate::support::scene::{code, email, smtp};
use crate::support::twilio::{Act, Twilio};

async fn relay(challenge: bool) -> Relay {
    Relay::start(Options { auth: "LOGIN XOAUTH2", challenge, ..Options::default() }).await
}

/// `main` takes mails, with tokens from `issuer`.
fn through(relay: &Relay, issuer: &Twilio, oauth2: &str) -> String {
    format!(
        "{}{}username = \"login@acme.example\"\n[providers.main.oauth2]\ntoken_url = \"{}/token\"\n{oauth2}",
        email(&["main"]),
        smtp("main", relay.port),
        issuer.url()
    )
}

/// What the server saw of tokens, up to their first dot.
fn shown(relay: &Relay) -> Vec<String> {
    let tokens = relay.state().tokens.clone();
    tokens.iter().map(|token| token.split('.').next().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn one_token_serves_all_sessions_whatever_its_length() {
    for length in [100, 3000] {
        let (relay, issuer) = (relay(false).await, Twilio::start().await);
        issuer.next(issued("canary", length, &json!({})));
        let refresh =
            "client_id = \"app\"\nrefresh_token = \"canary-refresh\"\nscope = \"https://mail.google.com/\"\n";
        let courier = start(&through(&relay, &issuer, refresh));
        let events: Vec<_> = (0..8).map(|at| code(&format!("ema_{at}"))).collect();
        for reply in courier.post_all(&events).await {
            assert_eq!(reply.line(), "200 accepted -", "{}", reply.json);
        }
        assert!(relay.mails().iter().all(|mail| mail.user.as_deref() == Some("login@acme.example")));
        let asked = issuer.asked();
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].line, "POST /token");
        let form: Vec<_> =
            asked[0].form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let expected = [
            ("grant_type", "refresh_token"),
            ("refresh_token", "canary-refresh"),
            ("client_id", "app"),
            ("scope", "https://mail.google.com/"),
        ];
        assert_eq!(form, expected);
        let whole = relay.state().commands.iter().any(|line| line.starts_with("AUTH XOAUTH2 "));
        assert_eq!(whole, length == 100, "a command of over 512 characters goes in two");
        assert!(!courier.output().contains("canary"));
    }
}

/// Of Gmail a challenge comes before the refusal, of Microsoft none.
#[tokio::test]
async fn a_token_that_was_revoked_is_replaced_within_the_request() {
    for challenge in [true, false] {
        let (relay, issuer) = (relay(challenge).await, Twilio::start().await);
        for token in ["first", "second", "third"] {
            issuer.next(issued(token, 100, &json!({})));
        }
        let courier = start(&through(&relay, &issuer, APPLICATION));
        assert_eq!(courier.post(&code("ema_1")).await.line(), "200 accepted -");
        relay.close_idle("").await;
        relay.fail_times(Stage::Auth, Fault::reply("535 5.7.8 no"), 1);
        let reply = courier.post(&code("ema_2")).await;
        assert_eq!((reply.line().as_str(), &reply.json["attempts"]), ("200 accepted -", &json!(1)));
        assert_eq!(shown(&relay), ["first", "first", "second"]);
        // So soon again it is not the token.
        relay.close_idle("").await;
        relay.fail_times(Stage::Auth, Fault::reply("535 5.7.3 no"), 1);
        assert_eq!(courier.post(&code("ema_3")).await.line(), "503 failed credentials");
        assert_eq!((shown(&relay).len(), issuer.asked().len()), (4, 2));
    }
}

#[tokio::test]
async fn a_new_token_that_is_refused_is_no_matter_of_tokens() {
    for (reply, expected) in [
        ("535 5.7.3 Authentication unsuccessful", "503 failed credentials"),
        ("454 4.7.0 too many log-ins", "503 failed throttled"),
        (
            "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.",
            "503 failed account",
        ),
    ] {
        let (relay, issuer) = (relay(false).await, Twilio::start().await);
        issuer.next(issued("first", 100, &json!({})));
        relay.fail(Stage::Auth, Fault::reply(reply));
        let courier = start(&through(&relay, &issuer, APPLICATION));
        let answer = courier.post(&code("ema_1")).await;
        assert_eq!(answer.line(), expected, "{}", answer.json);
        // Only what may pass is tried again within the request, and always with the same token.
        let logins = if expected.ends_with("throttled") { shown(&relay).len().max(2) } else { 1 };
        assert_eq!((shown(&relay).len(), issuer.asked().len()), (logins, 1), "{reply}");
        if expected.ends_with("account") {
            assert!(answer.text("message").contains("SMTP AUTH is switched off"), "{}", answer.json);
        }
    }
}

#[tokio::test]
async fn an_issuer_that_refuses_is_not_asked_for_each_message_and_the_next_provider_is() {
    let (relay, issuer) = (relay(false).await, Twilio::start().await);
    let spare = Relay::start(Options::default()).await;
    let refusal =
        r#"{"error":"invalid_client","error_description":"canary AADSTS7000222","error_codes":[7000222]}"#;
    issuer.next(Act::Answer(401, refusal.to_owned()));
    let rest = through(&relay, &issuer, APPLICATION) + &smtp("spare", spare.port);
    let courier = start(&rest.replace("[\"main\"]", "[\"main\", \"spare\"]"));
    let alone = courier_alone(&relay, &issuer);
    for at in 0..3 {
        let reply = courier.post(&code(&format!("ema_{at}"))).await;
        assert_eq!((reply.line().as_str(), reply.text("provider")), ("200 accepted -", "spare"));
    }
    assert_eq!((issuer.asked().len(), relay.state().connections), (1, 0));
    let line = courier.wait_for_line(|line| line.contains("invalid_client"));
    assert!(
        line.contains(
            "\"HTTP 401 invalid_client AADSTS7000222, the client secret has expired: make a new one\""
        ),
        "{line}"
    );
    assert!(!courier.output().contains("canary"));
    drop(courier);

    for _ in 0..10 {
        issuer.next(Act::Answer(503, String::new()));
    }
    let reply = alone.post(&code("ema_9")).await;
    assert_eq!(reply.line(), "503 failed provider_down", "{}", reply.json);
    assert!(reply.text("message").contains("(token: HTTP 503)"), "{}", reply.json);
}

/// The same with nobody to fall back on.
fn courier_alone(relay: &Relay, issuer: &Twilio) -> Courier {
    start(&through(relay, issuer, APPLICATION))
}

/// Microsoft's refresh tokens end after 90 days, and a new one comes with each access token.
#[tokio::test]
async fn a_newer_refresh_token_takes_the_place_of_the_one_in_the_file() {
    let (relay, issuer) = (relay(false).await, Twilio::start().await);
    let dir = Arc::new(tempfile::tempdir().unwrap());
    let file = dir.path().join("token");
    std::fs::write(&file, "canary-old\n").unwrap();
    let oauth2 = "client_id = \"app\"\nrefresh_token_file = \"token\"\n";
    std::fs::write(dir.path().join("config.toml"), config(&through(&relay, &issuer, oauth2))).unwrap();
    let courier = in_dir(Arc::clone(&dir));
    issuer.next(issued("first", 100, &json!({ "refresh_token": "canary-new" })));
    assert_eq!(courier.post(&code("ema_1")).await.line(), "200 accepted -");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "canary-new");
    assert_eq!(mode(&file), 0o600);
    assert!(!courier.output().contains("canary"));
    let courier = courier.crash_and_restart();
    relay.close_idle("").await;
    issuer.next(issued("second", 100, &json!({})));
    assert_eq!(courier.post(&code("ema_2")).await.line(), "200 accepted -");
    // Somebody put another one there, since the one that is known was revoked.
    std::fs::write(&file, "canary-third").unwrap();
    relay.close_idle("").await;
    relay.fail_times(Stage::Auth, Fault::reply("535 5.7.8 no"), 1);
    issuer.next(Act::Answer(400, r#"{"error":"invalid_grant"}"#.to_owned()));
    issuer.next(issued("third", 100, &json!({})));
    assert_eq!(courier.post(&code("ema_3")).await.line(), "200 accepted -");
    let refreshed: Vec<_> =
        issuer.asked().iter().map(|it| it.field("refresh_token").unwrap().to_owned()).collect();
    assert_eq!(refreshed, ["canary-old", "canary-new", "canary-new", "canary-third"]);
}

fn mode(file: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(file).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn a_service_account_claims_to_act_for_the_mailbox() {
    let (relay, issuer) = (relay(true).await, Twilio::start().await);
    issuer.next(issued("first", 100, &json!({})));
    let dir = Arc::new(tempfile::tempdir().unwrap());
    std::fs::write(dir.path().join("google.json"), service_account().to_string()).unwrap();
    let oauth2 = "issuer = \"google\"\nservice_account = \"${file:google.json}\"\n";
    std::fs::write(dir.path().join("config.toml"), config(&through(&relay, &issuer, oauth2))).unwrap();
    let printed = run(dir.path(), &["check", "--connect"], &[]).await.ok();
    assert!(printed.contains("in clear, AUTH XOAUTH2"), "{printed}");
    let asked = issuer.asked().remove(0);
    assert_eq!(asked.field("grant_type"), Some("urn:ietf:params:oauth:grant-type:jwt-bearer"));
    let parts: Vec<_> = asked.field("assertion").unwrap().split('.').collect();
    let part =
        |at: usize| -> Value { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[at]).unwrap()).unwrap() };
    assert_eq!(part(0), json!({ "alg": "RS256", "typ": "JWT", "kid": "key1" }));
    let claims = part(1);
    assert_eq!(claims["iss"], "courier@project.iam.example");
    assert_eq!(claims["sub"], "login@acme.example");
    assert_eq!(claims["scope"], "https://mail.google.com/");
    assert_eq!(claims["aud"], format!("{}/token", issuer.url()));
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 600);
    assert_eq!(parts.len(), 3);
}

/// The next message finds the token that the first one did not wait for.
#[tokio::test]
async fn a_message_that_gives_up_stops_no_renewal() {
    let (relay, issuer) = (relay(false).await, Twilio::start().await);
    issuer.next(Act::Late(Duration::from_millis(800), Box::new(issued("first", 100, &json!({})))));
    let deadline = "#server\nrequest_deadline = \"1s\"\n#rest\n";
    let courier = start(&(deadline.to_owned() + &through(&relay, &issuer, APPLICATION)));
    let reply = courier.post(&code("ema_1")).await;
    assert_eq!(reply.line(), "503 failed deadline", "{}", reply.json);
    let started = std::time::Instant::now();
    while courier.post(&code("ema_1")).await.line() != "200 accepted -" {
        assert!(started.elapsed() < PATIENCE);
    }
    assert_eq!(issuer.asked().len(), 1);
}
