//! APIs that take access tokens.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::command::run;
use crate::support::courier::{Courier, config};
use crate::support::issuer::{APPLICATION, issued, service_account, start};
use crate::support::relay::{Options, Relay};
use crate::support::scene::{BRISK, code, email, smtp};
use crate::support::twilio::{Act, Twilio};

/// `main` takes mails, with tokens from `issuer`.
fn through(api: &Twilio, issuer: &Twilio) -> String {
    format!(
        "{}[providers.main]\nbase_url = \"{}\"\n[providers.main.oauth2]\n{APPLICATION}\
         [providers.main.definition]\ncarries = \"email\"\npath = \"/send\"\nbody = \"{{{{mime_base64url}}}}\"\n\
         headers = {{ Content-Type = \"text/plain\" }}\n\
         oauth2 = {{ token_url = \"{}/token\", scope = \"mail.send\" }}\n",
        email(&["main"]),
        api.url(),
        issuer.url()
    )
}

fn taken() -> Act {
    Act::Answer(202, String::new())
}

/// What the API saw of tokens, up to their first dot.
fn shown(api: &Twilio) -> Vec<String> {
    let bearer = |text: &str| text.strip_prefix("Bearer ")?.split('.').next().map(str::to_owned);
    api.asked().iter().map(|asked| bearer(&asked.authorization).unwrap()).collect()
}

async fn both() -> (Twilio, Twilio) {
    (Twilio::start().await, Twilio::start().await)
}

#[tokio::test]
async fn one_token_serves_all_messages_and_one_that_was_revoked_is_replaced_within_the_request() {
    let (api, issuer) = both().await;
    for token in ["first", "second"] {
        issuer.next(issued(token, 1500, &json!({})));
    }
    let courier = start(&through(&api, &issuer));
    for (at, answers) in [vec![202], vec![202], vec![401, 202], vec![202]].into_iter().enumerate() {
        for answer in answers {
            api.next(Act::Answer(answer, String::new()));
        }
        let reply = courier.post(&code(&format!("ema_{at}"))).await;
        assert_eq!((reply.line().as_str(), &reply.json["attempts"]), ("200 accepted -", &json!(1)), "{at}");
    }
    assert_eq!(shown(&api), ["first", "first", "first", "second", "second"]);
    let asked = issuer.asked();
    assert_eq!(asked.len(), 2);
    let said = |name| asked[0].field(name);
    assert_eq!(
        (said("grant_type"), said("client_id"), said("scope")),
        (Some("client_credentials"), Some("app"), Some("mail.send"))
    );
    // So soon again it is not the token.
    api.next(Act::Answer(401, String::new()));
    assert_eq!(courier.post(&code("ema_9")).await.line(), "503 failed credentials");
    assert_eq!((api.asked().len(), issuer.asked().len()), (6, 2));
    assert!(!courier.output().contains("canary") && !courier.output().contains("xxxxx"));
}

#[tokio::test]
async fn without_a_token_nothing_is_sent() {
    for (act, expected) in [
        (Act::Answer(401, r#"{"error":"invalid_client"}"#.to_owned()), "503 failed credentials"),
        (Act::Hang, "503 failed deadline"),
    ] {
        let (api, issuer) = both().await;
        issuer.next(act);
        let courier = Courier::start(&config(&(BRISK.to_owned() + &through(&api, &issuer))));
        assert_eq!(courier.post(&code("ema_1")).await.line(), expected);
        assert_eq!(api.asked().len(), 0);
    }
}

/// Waiting for a token is no sending: nobody has the message yet, so the next provider gets it.
#[tokio::test]
async fn a_token_is_waited_for_as_long_as_a_connection() {
    let (api, issuer) = both().await;
    let relay = Relay::start(Options::default()).await;
    issuer.next(Act::Late(Duration::from_secs(5), Box::new(issued("first", 100, &json!({})))));
    let rest = through(&api, &issuer)
        .replace("[\"main\"]", "[\"main\", \"backup\"]")
        .replace("[providers.main]\n", "[providers.main]\nattempt_timeout = \"1s\"\n");
    let courier = start(&(rest + &smtp("backup", relay.port)));
    let reply = courier.post(&code("ema_1")).await;
    assert_eq!((reply.line().as_str(), reply.text("provider")), ("200 accepted -", "backup"));
    assert_eq!((api.asked().len(), relay.mails().len()), (0, 1));
}

#[tokio::test]
async fn a_refused_token_without_another_one_is_no_doubt() {
    let (api, issuer) = both().await;
    issuer.next(issued("first", 100, &json!({})));
    let rest = through(&api, &issuer)
        .replace("[providers.main]\n", "on_doubt = \"stop\"\n[providers.main]\nattempt_timeout = \"1s\"\n");
    let courier = start(&rest);
    api.next(taken());
    assert_eq!(courier.post(&code("ema_1")).await.line(), "200 accepted -");
    api.next(Act::Answer(401, String::new()));
    issuer.next(Act::Hang);
    assert_eq!(courier.post(&code("ema_2")).await.line(), "503 failed deadline");
    assert_eq!(shown(&api), ["first", "first"]);
}

/// However long the refusal of the first one took.
#[tokio::test]
async fn another_token_has_its_own_time() {
    let (api, issuer) = both().await;
    for token in ["first", "second"] {
        issuer.next(issued(token, 100, &json!({})));
    }
    let rest = through(&api, &issuer)
        .replace("[providers.main]\n", "[providers.main]\nattempt_timeout = \"500ms\"\n");
    let courier = start(&rest);
    api.next(taken());
    assert_eq!(courier.post(&code("ema_1")).await.line(), "200 accepted -");
    api.next(Act::Late(Duration::from_millis(700), Box::new(Act::Answer(401, String::new()))));
    api.next(taken());
    assert_eq!(courier.post(&code("ema_2")).await.line(), "200 accepted -");
    assert_eq!(shown(&api), ["first", "first", "second"]);
}

#[tokio::test]
async fn a_check_asks_for_a_token() {
    let (api, issuer) = both().await;
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.toml"), config(&through(&api, &issuer))).unwrap();
    for (act, code, said) in [
        (issued("first", 100, &json!({})), 0, "a token was issued"),
        (Act::Answer(401, r#"{"error":"invalid_client"}"#.to_owned()), 1, "refused the credentials"),
    ] {
        issuer.next(act);
        let ran = run(dir.path(), &["check", "--connect"], &[]).await;
        assert_eq!(ran.code, Some(code), "{ran:#?}");
        assert!(ran.stdout.contains(said), "{ran:#?}");
    }
    assert_eq!(api.asked().len(), 0);
}

/// `main` is a mailbox at Microsoft or Google; who asks for its tokens follows.
fn mailbox(kind: &str, api: &Twilio, issuer: &Twilio) -> String {
    format!(
        "{}[providers.main]\ntype = \"{kind}\"\nmailbox = \"login@acme.example\"\nbase_url = \"{}\"\n\
         [providers.main.oauth2]\ntoken_url = \"{}/token\"\n",
        email(&["main"]),
        api.url(),
        issuer.url()
    )
}

#[tokio::test]
async fn a_message_can_be_sent_by_the_graph_api() {
    let (api, issuer) = both().await;
    issuer.next(issued("first", 100, &json!({})));
    api.next(taken());
    let rest = mailbox("microsoft365", &api, &issuer) + "tenant = \"acme.example\"\n" + APPLICATION;
    let courier = start(&rest);
    assert_eq!(courier.post(&code("ema_1")).await.line(), "200 accepted -");
    assert_eq!(api.asked()[0].line, "POST /v1.0/users/login%40acme.example/sendMail");
    assert_eq!(issuer.asked()[0].field("scope"), Some("https://graph.microsoft.com/.default"));
    // What a person consented to is another right.
    issuer.next(issued("second", 100, &json!({})));
    api.next(taken());
    let courier = start(&rest.replace("client_secret", "refresh_token"));
    assert_eq!(courier.post(&code("ema_1")).await.line(), "200 accepted -");
    let scope = "https://graph.microsoft.com/Mail.Send offline_access";
    assert_eq!(issuer.asked()[1].field("scope"), Some(scope));
    assert_eq!(shown(&api), ["first", "second"]);
}

#[tokio::test]
async fn a_service_account_checks_the_gmail_api_for_the_mailbox() {
    let (api, issuer) = both().await;
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("google.json"), service_account().to_string()).unwrap();
    let rest = mailbox("gmail", &api, &issuer) + "service_account = \"${file:google.json}\"\n";
    std::fs::write(dir.path().join("config.toml"), config(&rest)).unwrap();
    issuer.next(issued("first", 100, &json!({})));
    api.next(Act::Answer(200, r#"{"emailAddress":"login@acme.example"}"#.to_owned()));
    let printed = run(dir.path(), &["check", "--connect"], &[]).await.ok();
    assert!(printed.contains("HTTP 200"), "{printed}");
    assert_eq!(
        (api.asked()[0].line.as_str(), shown(&api)),
        ("GET /gmail/v1/users/me/profile", vec!["first".to_owned()])
    );
    let asked = issuer.asked().remove(0);
    let claims = asked.field("assertion").unwrap().split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    assert_eq!(claims["sub"], "login@acme.example");
    assert_eq!(claims["scope"], "https://www.googleapis.com/auth/gmail.send");
}
