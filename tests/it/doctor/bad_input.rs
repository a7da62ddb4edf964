//! What the doctor meets where nothing works, or where somebody means harm: in words, and within its time.

use std::time::Duration;

use serde_json::json;

use super::mail::{good_dns, key};
use super::{configured, doctor, with_clerk};
use crate::support::clerk::{Act, Clerk};
use crate::support::courier::{SECRET, config};
use crate::support::dns::{Dns, Mood};
use crate::support::scene::{Closed, Deaf, email, smtp};

#[tokio::test]
async fn a_name_server_that_fails_is_named_and_waited_for_once() {
    let dns = Dns::start().await;
    good_dns(&dns);
    let closed = Closed::new();
    let rest = email(&["files"])
        + &key("acme.example", "courier1", "rsa.pem")
        + "[providers.files]\ntype = \"outbox\"\n[providers.own]\ntype = \"smtp\"\nurl = \"smtp://mail.acme.example\"\nattempt_timeout = \"1s\"\n";
    let rest = rest.replace("[\"files\"]", "[\"files\", \"own\"]");
    let api = format!("[clerk]\napi_url = \"http://127.0.0.1:{}\"\n", closed.port());
    let dir = configured(&config(&rest).replace("[clerk]\n", &api));
    let server = dns.address.to_string();
    for (mood, words) in [
        (Mood::Silent, "the name server did not answer in time"),
        (Mood::Failing, "answered with an error"),
        (Mood::Garbage, "the name server"),
    ] {
        dns.mood(mood);
        let page = doctor(dir.path(), &["--dns", "--name-server", &server]).await;
        for what in [
            "SPF record of acme.example",
            "key courier1._domainkey.acme.example",
            "DMARC record of acme.example",
            "MX of acme.example",
        ] {
            assert!(
                page.findings.iter().any(|it| {
                    let said = it["what"].as_str().unwrap();
                    it["level"] == "not_seen" && said.contains(what) && said.contains(words)
                }),
                "{mood:?} {what}: {page:#?}"
            );
        }
    }
    // Nobody listens there.
    let nobody = format!("127.0.0.1:{}", closed.port());
    let page = doctor(dir.path(), &["--dns", "--name-server", &nobody]).await;
    assert!(page.has("not_seen", "MX of acme.example", "name servers"), "{page:#?}");
}

#[tokio::test]
async fn hostile_answers_of_dns_are_cut_and_cost_no_time() {
    let dns = Dns::start().await;
    good_dns(&dns);
    dns.forget("acme.example").forget("_dmarc.acme.example").forget("courier1._domainkey.acme.example");
    // 60 kB of text with control characters, an SPF record of thousands of terms, and a key of that size.
    dns.txt("acme.example", &format!("v=spf1 {}-all", "ip4:192.0.2.1 ".repeat(3000)));
    dns.txt("_dmarc.acme.example", &format!("v=DMARC1; p=\u{1b}[31m{}", "x".repeat(50_000)));
    dns.txt("courier1._domainkey.acme.example", &format!("v=DKIM1; p=\u{1b}{}", "A".repeat(55_000)));
    dns.cname("_x.acme.example", "_x.acme.example");
    dns.mx("acme.example", "loop.acme.example");
    dns.cname("loop.acme.example", "loop.acme.example");
    let rest = email(&["files", "own"])
        + &key("acme.example", "courier1", "rsa.pem")
        + "[providers.files]\ntype = \"outbox\"\n[providers.own]\ntype = \"smtp\"\nurl = \"smtp://mail.acme.example\"\nattempt_timeout = \"1s\"\n";
    let dir = configured(&config(&rest).replace("[clerk]\n", "[clerk]\napi_url = \"http://127.0.0.1:1\"\n"));
    let server = dns.address.to_string();
    let page = doctor(dir.path(), &["--dns", "--name-server", &server]).await;
    page.assert_has(&[
        ("fault", "courier1._domainkey.acme.example in DNS is not that of the private key", "Publish"),
        ("warning", "DMARC record of acme.example has no valid policy", "p=none"),
        ("fault", "MX names hosts without an address: loop.acme.example", "A or AAAA"),
    ]);
    for finding in &page.findings {
        assert!(finding["what"].as_str().unwrap().len() < 700, "{finding}");
    }
}

#[tokio::test]
async fn clerk_out_of_reach_is_said_and_loses_nothing() {
    let clerk = Clerk::start().await;
    let rest = email(&["files"]) + "[providers.files]\ntype = \"outbox\"\n";
    let dir = configured(&with_clerk(&config(&rest), &clerk));
    let refused = json!({ "errors": [{ "long_message": "No." }] }).to_string();
    for (act, level, words) in [
        (Act::Answer(401, "", refused), "warning", "does not accept the secret key (401)"),
        (Act::Answer(500, "", String::new()), "not_seen", "fault of its own (500)"),
        (Act::Answer(200, "", "<html>".to_owned()), "not_seen", "not have the shape"),
        (Act::Answer(429, "retry-after: 3600\r\n", "{}".to_owned()), "not_seen", "too many requests"),
        (Act::Hang, "not_seen", "did not come"),
    ] {
        clerk.revive();
        clerk.on("/templates/email", 9, act);
        let page = doctor(dir.path(), &[]).await;
        assert!(page.has(level, words, " "), "{words}: {page:#?}");
        assert_eq!(page.ran.code, Some(0), "{page:#?}");
    }
    let deaf = Deaf::new().await;
    let address = clerk.address.to_string();
    drop(clerk);
    let page = doctor(dir.path(), &[]).await;
    assert!(page.has("not_seen", "Clerk can't be reached", "network"), "{page:#?}");
    assert!(page.has("not_seen", "so the clock was not compared", "network"), "{page:#?}");
    let text = std::fs::read_to_string(dir.path().join("config.toml")).unwrap();
    let text = text.replace(&address, &format!("127.0.0.1:{}", deaf.port()));
    std::fs::write(dir.path().join("config.toml"), text).unwrap();
    let page =
        doctor(dir.path(), &["--url", &format!("http://127.0.0.1:{}/webhooks/clerk", deaf.port())]).await;
    assert!(page.has("fault", "does not answer within", "proxy"), "{page:#?}");
    assert!(page.took < Duration::from_secs(10));
}

#[tokio::test]
async fn mistakes_of_the_configuration_are_findings() {
    let clerk = Clerk::start().await;
    // The providers have mistakes; Clerk's side is looked at anyway.
    let rest = email(&["none"]) + &smtp("main", 25).replace("smtp://", "ftp://");
    let dir = configured(&with_clerk(&config(&rest), &clerk));
    let page = doctor(dir.path(), &[]).await;
    assert_eq!(page.ran.code, Some(2), "{page:#?}");
    assert!(page.has("fault", "providers.main.url", "smtp://"), "{page:#?}");
    assert!(
        page.findings.iter().any(|it| it["check"] == "delivered" || it["check"] == "own_templates"),
        "{page:#?}"
    );
    for (secret, words) in [
        ("pk_live_abc", "is a publishable key"),
        ("sk_live_abc", "is the instance's secret key"),
        ("whsec_%%%", "is not a signing secret"),
        ("whsec_", "is empty"),
    ] {
        let dir = configured(&config(&email(&[])).replace(SECRET, secret));
        let page = doctor(dir.path(), &[]).await;
        assert_eq!(page.ran.code, Some(2), "{page:#?}");
        assert!(page.has("fault", words, "whsec_ followed by base64"), "{page:#?}");
    }
    for url in ["acme.example", "ftp://acme.example/", "http://", "https://[::1", ""] {
        let dir = configured(
            &config(&email(&[])).replace("[clerk]\n", "[clerk]\napi_url = \"http://127.0.0.1:1\"\n"),
        );
        let page = doctor(dir.path(), &["--url", url]).await;
        assert!(page.has("fault", "--url is not the URL of an endpoint", "https://"), "{url}: {page:#?}");
    }
}
