use std::time::UNIX_EPOCH;

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderValue};

use super::*;
use crate::delivery::fault::Stage;
use crate::delivery::proxy::Proxies;

fn answered(status: u16, body: &str) -> http::Answer {
    let mut headers = HeaderMap::new();
    headers.insert("retry-after", HeaderValue::from_static("7"));
    let status = StatusCode::from_u16(status).unwrap();
    http::Answer { status, headers, body: body.as_bytes().to_vec(), complete: true }
}

#[test]
fn a_token_lives_as_long_as_its_issuer_says() {
    for (body, life, newer) in [
        (r#"{"access_token":"a.b-c_~+/=","expires_in":3599,"token_type":"Bearer"}"#, 3599, None),
        (r#"{"access_token":"t","expires_in":"3600","refresh_token":"r"}"#, 3600, Some("r")),
        (r#"{"access_token":"t"}"#, 600, None),
        (r#"{"access_token":"t","expires_in":18446744073709551615}"#, 86_400, None),
    ] {
        let issued = read(&answered(200, body)).unwrap();
        assert_eq!(issued.life, Duration::from_secs(life), "{body}");
        assert_eq!(issued.refresh_token.as_ref().map(Secret::reveal), newer, "{body}");
    }
}

#[test]
fn every_other_answer_is_a_refusal_by_its_word() {
    let table = [
        (
            400,
            r#"{"error":"invalid_grant","error_description":"canary"}"#,
            "HTTP 400 invalid_grant",
            FaultKind::Credentials,
        ),
        (
            401,
            r#"{"error":"invalid_client","error_codes":[7000215]}"#,
            "HTTP 401 invalid_client AADSTS7000215, the client secret is wrong: use its value, not its id",
            FaultKind::Credentials,
        ),
        (
            400,
            r#"{"error":"temporarily_unavailable","error_codes":[90024]}"#,
            "HTTP 400 temporarily_unavailable AADSTS90024",
            FaultKind::Unavailable,
        ),
        (400, r#"{"error":"Canary <b>"}"#, "HTTP 400", FaultKind::Credentials),
        (429, "", "HTTP 429", FaultKind::Throttled),
        (500, "<html>", "HTTP 500", FaultKind::Unavailable),
        (200, "<html>canary", "HTTP 200, and no access_token: check token_url", FaultKind::Unavailable),
        (
            200,
            r#"{"access_token":""}"#,
            "HTTP 200, and no access_token: check token_url",
            FaultKind::Unavailable,
        ),
        (
            200,
            r#"{"access_token":"a b\r\n"}"#,
            "HTTP 200, and an access_token with blanks or control characters in it",
            FaultKind::Unavailable,
        ),
        (200, r#"{"error":"invalid_client"}"#, "HTTP 200 invalid_client", FaultKind::Unavailable),
        (404, r#"{"error":"unauthorized_client"}"#, "HTTP 404 unauthorized_client", FaultKind::Credentials),
        (302, "", "HTTP 302: check token_url", FaultKind::Account),
        (404, "<html>", "HTTP 404: check token_url", FaultKind::Account),
    ];
    for (status, body, detail, kind) in table {
        let Refusal { fault, is_final } = read(&answered(status, body)).unwrap_err();
        assert_eq!((fault.detail.as_str(), fault.kind), (detail, kind), "{status} {body}");
        assert_eq!(is_final, matches!(kind, FaultKind::Credentials | FaultKind::Account), "{status} {body}");
        assert_eq!((fault.stage, fault.wait), (Stage::Token, Some(Duration::from_secs(7))));
    }
}

/// The signature is what `openssl dgst -sha256 -sign tests/fixtures/dkim-rsa.pem` makes of the first two parts.
#[test]
fn an_assertion_is_signed_with_the_accounts_key() {
    let file = serde_json::json!({
        "client_email": "a@b.example", "private_key_id": "k", "private_key": include_str!("../../../tests/fixtures/dkim-rsa.pem"),
    });
    let account = Account::from_json(&file.to_string()).unwrap();
    let at = UNIX_EPOCH + Duration::from_secs(1_795_600_801);
    let assertion =
        account.assertion("box@acme.example", "scope", "https://issuer.example/token", at).unwrap();
    insta::assert_snapshot!(assertion.reveal());
    for (text, expected) in [
        ("{}".to_owned(), AccountError::Json),
        (file.to_string().replace("BEGIN", "BEGUN"), AccountError::Key),
        (
            serde_json::json!({
                "client_email": "a", "private_key_id": "k", "private_key": include_str!("../../../tests/fixtures/dkim-ed25519.pem"),
            })
            .to_string(),
            AccountError::Key,
        ),
    ] {
        assert_eq!(Account::from_json(&text).unwrap_err(), expected);
    }
}

#[test]
fn the_newest_refresh_token_is_gone_on_with() {
    let settings = Settings {
        token_url: "https://issuer.example/token".to_owned(),
        grant: Grant::RefreshToken { token: Secret::new("first"), file: None },
        scope: String::new(),
        client_id: "app".to_owned(),
        client_secret: None,
        proxies: Proxies::default(),
    };
    let tokens = Tokens::new(settings, Clock::System).unwrap();
    let issued = |newer: Option<&str>| Issued {
        token: Secret::new("t"),
        life: Duration::from_hours(1),
        refresh_token: newer.map(Secret::new),
    };
    // Shown, and with what came of it; the last two: from the file, and a refusal.
    for (shown, came, expected) in [
        ("first", Ok(issued(None)), "first"),
        ("first", Ok(issued(Some("second"))), "second"),
        ("third", Ok(issued(None)), "third"),
        ("fourth", Err(Refusal { fault: fault(FaultKind::Unavailable, "down"), is_final: false }), "third"),
    ] {
        let _ = tokens.keep(came, Some(Secret::new(shown)), Instant::now());
        assert_eq!(tokens.state().refresh_token.as_ref().map(Secret::reveal), Some(expected), "{shown}");
    }
}

#[test]
fn a_refused_token_is_replaced_unless_it_is_new_or_that_was_just_done() {
    let settings = Settings {
        token_url: "https://issuer.example/token".to_owned(),
        grant: Grant::ClientCredentials,
        scope: String::new(),
        client_id: "app".to_owned(),
        client_secret: None,
        proxies: Proxies::default(),
    };
    let tokens = Tokens::new(settings, Clock::System).unwrap();
    let issue = |text: &str| {
        let life = Duration::from_hours(1);
        let issued = Issued { token: Secret::new(text), life, refresh_token: None };
        tokens.keep(Ok(issued), None, Instant::now()).unwrap()
    };
    let held = |text: &str| Token { text: Secret::new(text), is_new: false };
    let new = issue("one");
    assert!(!tokens.discard(&new), "another one would be no better");
    assert!(tokens.discard(&held("one")));
    assert!(tokens.held(Instant::now()).is_none());
    assert!(tokens.discard(&held("one")), "a new one is on its way");
    issue("two");
    assert!(tokens.discard(&held("one")), "somebody else has a newer one already");
    assert!(!tokens.discard(&held("two")), "so soon again it is not the token");
    assert!(tokens.held(Instant::now()).is_some());
}
