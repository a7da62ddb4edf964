//! APIs that take access tokens.

use serde_json::json;

use crate::support::command::run;
use crate::support::courier::{Courier, config};
use crate::support::issuer::{APPLICATION, issued, start};
use crate::support::scene::{BRISK, code, email};
use crate::support::twilio::{Act, Twilio};

/// `main` takes mails, with tokens from `issuer`.
fn through(api: &Twilio, issuer: &Twilio) -> String {
    format!(
        "{}[providers.main]\nbase_url = \"{}\"\n[providers.main.oauth2]\n{APPLICATION}\
         [providers.main.definition]\ncarries = \"email\"\npath = \"/send\"\nbody = \"{{{{mime_base64url}}}}\"\n\
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

#[tokio::test]
async fn a_check_asks_for_a_token() {
    let (api, issuer) = both().await;
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.toml"), config(&through(&api, &issuer))).unwrap();
    for (act, code, said) in [
        (issued("first", 100, &json!({})), 0, "a token was issued"),
        (Act::Answer(401, r#"{"error":"invalid_client"}"#.to_owned()), 1, "refused our credentials"),
    ] {
        issuer.next(act);
        let ran = run(dir.path(), &["check", "--connect"], &[]).await;
        assert_eq!(ran.code, Some(code), "{ran:#?}");
        assert!(ran.stdout.contains(said), "{ran:#?}");
    }
    assert_eq!(api.asked().len(), 0);
}

#[tokio::test]
async fn a_message_can_be_sent_by_the_graph_api() {
    let (api, issuer) = both().await;
    issuer.next(issued("first", 100, &json!({})));
    api.next(taken());
    let rest = format!(
        "{}[providers.main]\ntype = \"microsoft365\"\nmailbox = \"login@acme.example\"\nbase_url = \"{}\"\n\
         [providers.main.oauth2]\ntenant = \"acme.example\"\ntoken_url = \"{}/token\"\n{APPLICATION}",
        email(&["main"]),
        api.url(),
        issuer.url()
    );
    let courier = start(&rest);
    assert_eq!(courier.post(&code("ema_1")).await.line(), "200 accepted -");
    assert_eq!(api.asked()[0].line, "POST /v1.0/users/login%40acme.example/sendMail");
    assert_eq!(issuer.asked()[0].field("scope"), Some("https://graph.microsoft.com/.default"));
}
