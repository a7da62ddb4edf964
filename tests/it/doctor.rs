//! `clerk-courier doctor`, against set-ups with planted faults, and against one without.

mod bad_input;
mod front;
mod mail;

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::certificate::{Authority, SelfSigned};
use crate::support::clerk::{Clerk, KEY};
use crate::support::command::{Ran, run};
use crate::support::courier::{Courier, SECRET, config};
use crate::support::dns::Dns;
use crate::support::relay::{Options, Relay};
use crate::support::scene::{Closed, code, email, sms, smtp, text, twilio};
use crate::support::server::free_port;
use crate::support::twilio::{Act, Twilio};
use front::{Front, Then};
use mail::{good_dns, key_files};

/// A set of findings, as `--json` prints them.
#[derive(Debug)]
pub(crate) struct Page {
    ran: Ran,
    findings: Vec<Value>,
    took: Duration,
}

impl Page {
    /// Whether a finding of this level has these words in what was found, and those in what to do.
    fn has(&self, level: &str, what: &str, cure: &str) -> bool {
        self.findings.iter().any(|finding| {
            let text = |name: &str| finding[name].as_str().unwrap_or_default();
            text("level") == level && text("what").contains(what) && text("cure").contains(cure)
        })
    }

    fn assert_has(&self, wanted: &[(&str, &str, &str)]) {
        let missing: Vec<_> =
            wanted.iter().filter(|(level, what, cure)| !self.has(level, what, cure)).collect();
        assert!(missing.is_empty(), "{missing:#?} are missing in {self:#?}");
    }

    /// What is not fine, in words.
    fn complaints(&self) -> Vec<String> {
        let bad = self.findings.iter().filter(|finding| finding["level"] != "fine");
        bad.map(|finding| format!("{} {}", finding["level"], finding["what"])).collect()
    }
}

/// Runs the doctor in a directory; whatever it prints, no secret is in it, and it takes less than ten seconds.
async fn doctor(dir: &Path, arguments: &[&str]) -> Page {
    let started = Instant::now();
    let ran = run(dir, &[&["doctor", "--json"], arguments].concat(), &[]).await;
    let took = started.elapsed();
    for secret in [KEY, SECRET, "canary"] {
        assert!(!ran.output().contains(secret), "{ran:#?}");
    }
    assert!(!ran.output().contains('\u{1b}'), "{ran:#?}");
    let found: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:#?}"));
    assert_eq!(found["status"], json!(ran.code), "{ran:#?}");
    let findings = found["findings"].as_array().unwrap().clone();
    let page = Page { ran, findings, took };
    assert!(page.took < Duration::from_secs(10), "{page:#?}");
    for finding in &page.findings {
        let is_fine = finding["level"] == "fine";
        assert!(
            !finding["what"].as_str().unwrap().is_empty() && finding["cure"].is_null() == is_fine,
            "{finding}"
        );
    }
    page
}

fn configured(config: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.toml"), config).unwrap();
    key_files(dir.path());
    dir
}

/// Puts the keys of Clerk's stand-in beside the signing secret.
fn with_clerk(config: &str, clerk: &Clerk) -> String {
    config.replacen("[clerk]\n", &format!("[clerk]\n{}", clerk.section()), 1)
}

#[tokio::test]
async fn a_good_set_up_has_nothing_to_say() {
    let (clerk, dns, texts) = (Clerk::start().await, Dns::start().await, Twilio::start().await);
    let relay = Relay::start(Options::default()).await;
    let admin = free_port().await;
    good_dns(&dns);
    for template in
        ["verification_code", "reset_password_code", "invitation", "passkey_added", "passkey_removed"]
    {
        clerk.set("sms", template, json!({ "delivered_by_clerk": false }));
    }
    for template in clerk_courier::template::sample::slugs(clerk_courier::message::Channel::Email) {
        clerk.set("email", template, json!({ "delivered_by_clerk": false }));
    }
    for template in clerk_courier::template::sample::slugs(clerk_courier::message::Channel::Sms) {
        clerk.set("sms", template, json!({ "delivered_by_clerk": false }));
    }
    // Clerk's own words are what is wanted for those without a template; the doctor names them otherwise.
    for slug in [
        "billing_receipt",
        "billing_failed_payment",
        "billing_price_transition_upcoming",
        "billing_free_trial_renewal_upcoming",
        "billing_free_trial_renewal_failed",
        "commerce_gateway_account_deauthorized",
        "opaque_token_usage_limit_alert",
        "opaque_token_usage_limit_exceeded",
        "waitlist_entry_created",
    ] {
        clerk.set("email", slug, json!({ "delivered_by_clerk": true }));
    }
    clerk.block(&["XX"]);
    let rest = [
        email(&["main"]),
        "reply_to = \"help@acme.example\"\n".to_owned(),
        sms(&["texts"]),
        "[[sms.by_country]]\ncountries = [\"XX\"]\naction = \"block\"\n".to_owned(),
        mail::key("acme.example", "courier1", "rsa.pem"),
        smtp("main", relay.port),
        twilio("texts", &texts.url()),
    ];
    let text_of = config(&rest.concat())
        .replace("admin_listen = \"127.0.0.1:0\"", &format!("admin_listen = \"127.0.0.1:{admin}\""));
    let dir = std::sync::Arc::new(configured(&with_clerk(&text_of, &clerk)));
    let courier = Courier::start_in(std::sync::Arc::clone(&dir), |_| {});
    assert_eq!(courier.post(&code("ema_1")).await.status, 200);
    assert_eq!(courier.post(&text("sms_1")).await.status, 200);
    let user =
        json!({ "type": "user.created", "object": "event", "data": { "id": "user_1", "object": "user" } });
    assert_eq!(courier.post(&user).await.status, 200);
    texts.next(Act::Answer(200, r#"{"messages":[]}"#.to_owned()));
    let url = courier.url("/webhooks/clerk");
    let server = dns.address.to_string();
    let arguments = ["--url", &url, "--dns", "--name-server", &server];
    let page = doctor(dir.path(), &arguments).await;
    assert_eq!(page.ran.code, Some(0), "{page:#?}");
    assert!(page.complaints().is_empty(), "{:#?}", page.complaints());
    texts.next(Act::Answer(200, r#"{"messages":[]}"#.to_owned()));
    // For people: one calm line for each area.
    let page = run(dir.path(), &[&["doctor"], &arguments[..]].concat(), &[]).await.ok();
    let lines: Vec<_> = page.lines().collect();
    assert!(lines.len() == 9 && lines[..7].iter().all(|line| line.starts_with("fine ")), "{page}");
    assert_eq!(lines[8], "Nothing to do.", "{page}");
    assert_eq!(relay.mails().len(), 1, "the doctor sends nothing");
}

#[tokio::test]
async fn every_planted_fault_is_found_with_its_cure_at_once() {
    let (clerk, dns) = (Clerk::start().await, Dns::start().await);
    let (texts, closed) = (Twilio::start().await, Closed::new());
    let (plain, certificate) = (front::greeter().await, SelfSigned::new(&["127.0.0.1"], |_| {}));
    let tls = Relay::start(Options { implicit_tls: Some(certificate.server()), ..Options::default() }).await;
    let redirecting = Front::start(|_| {
        Then::Answer("308 Permanent Redirect", "location: https://www.acme.example/webhooks/clerk", "")
    })
    .await;
    // At Clerk: a clock that is ahead of ours, one template forgotten, one left to nobody, countries.
    clerk.skew(620);
    clerk.set("sms", "verification_code", json!({ "delivered_by_clerk": false }));
    clerk.set("email", "mfa_enabled", json!({ "delivered_by_clerk": false }));
    clerk.set("email", "billing_receipt", json!({ "delivered_by_clerk": false }));
    clerk.block(&["GB"]);
    texts.next(Act::Answer(401, r#"{"code":20003,"message":"canary"}"#.to_owned()));
    let mut wanted = vec![
        ("fault", "clock is 10m", "Synchronise"),
        ("warning", "Clerk still delivers", "takeover --all"),
        (
            "warning",
            "that have no template here, so they go out in Clerk's words: email billing_receipt",
            "clerk pull",
        ),
        ("fault", "that nobody sends here, since they have no provider: email mfa_enabled", "handback"),
        ("warning", "Clerk blocks SMS to GB", "Unblock"),
        ("warning", "blocks FR, and Clerk does not", "Block them in Clerk's dashboard"),
        ("warning", "Signing secret 2 has 8 bytes", "Copy it"),
        ("warning", "Signing secret 3 does not begin with `whsec_`", "Copy it"),
        ("warning", "Signing secret 4 is the same", "Remove it"),
        (
            "fault",
            "redirect (308) to https://www.acme.example/webhooks/clerk",
            "https://www.acme.example/webhooks/clerk",
        ),
        ("fault", "Provider plain: the URL says smtps://", "smtp://127.0.0.1"),
        ("fault", "Provider starts: the URL says smtp://", "smtps://127.0.0.1"),
        ("fault", "Provider closed would not take messages: connect: connection refused", "firewall"),
        ("fault", "Provider texts would not take messages: http: HTTP 401", "token"),
        ("fault", "The ledger can't be used", "[ledger]"),
    ];
    let mail = mail::plant(&dns);
    let rest = [
        "[ledger]\nurl = \"sqlite://config.toml/none.db\"\n".to_owned(),
        email(&["plain", "starts", "own"]),
        mail.config,
        "[email.by_slug.mfa_enabled]\nproviders = []\n".to_owned(),
        sms(&["texts"]),
        "[[sms.by_country]]\ncountries = [\"GB\"]\nfrom = \"ACME\"\n[[sms.by_country]]\ncountries = [\"FR\"]\naction = \"block\"\n".to_owned(),
        smtp("plain", plain.port()).replace("smtp://", "smtps://"),
        smtp("starts", tls.port).replace("\"2s\"", "\"3s\""),
        smtp("closed", closed.port()),
        "[providers.own]\ntype = \"smtp\"\nurl = \"smtp://mail.acme.example:587\"\nattempt_timeout = \"1s\"\n".to_owned(),
        twilio("texts", &texts.url()),
    ];
    let secrets =
        format!("\"{SECRET}\", \"whsec_AAECAwQFBgc=\", \"AAECAwQFBgcICQoLDA0ODxAREhMUFRYX\", \"{SECRET}\"");
    let text = config(&rest.concat()).replace(&format!("\"{SECRET}\""), &secrets);
    let dir = configured(&with_clerk(&text, &clerk));
    let server = dns.address.to_string();
    let url = redirecting.url();
    let page = doctor(dir.path(), &["--url", &url, "--dns", "--name-server", &server]).await;
    wanted.extend(mail.wanted);
    assert_eq!(page.ran.code, Some(1), "{page:#?}");
    assert!(wanted.len() >= 30, "{}", wanted.len());
    page.assert_has(&wanted);
}

#[tokio::test]
async fn a_bad_certificate_at_the_endpoint_is_named_with_its_cure() {
    let expired =
        |params: &mut rcgen::CertificateParams| params.not_after = rcgen::date_time_ymd(2024, 2, 29);
    let early = |params: &mut rcgen::CertificateParams| params.not_before = rcgen::date_time_ymd(2999, 1, 1);
    let certificate = |change: &dyn Fn(&mut rcgen::CertificateParams)| {
        SelfSigned::new(&["127.0.0.1"], |params| change(params)).server()
    };
    let dir = configured(&config(&email(&[])));
    for (certificate, what, cure) in [
        (certificate(&expired), "certificate expired on 2024-02-29.", "Renew it on the server"),
        (certificate(&early), "certificate is not valid before 2999-01-01.", "Check the clocks"),
        (certificate(&|_| {}), "certificate is self-signed.", "of a public authority"),
        (Authority::new().server("127.0.0.1"), "certificate is from an unknown issuer.", "fullchain.pem"),
    ] {
        let server = Relay::start(Options { implicit_tls: Some(certificate), ..Options::default() }).await;
        assert_tls_fails(dir.path(), server.port, what, cure).await;
    }
    let plain = front::greeter().await;
    assert_tls_fails(dir.path(), plain.port(), "the server does not speak TLS here.", "check the port").await;
}

async fn assert_tls_fails(dir: &Path, port: u16, what: &str, cure: &str) {
    let page = doctor(dir, &["--url", &format!("https://127.0.0.1:{port}/webhooks/clerk")]).await;
    assert_eq!(page.ran.code, Some(1), "{page:#?}");
    assert!(page.has("fault", "TLS to 127.0.0.1 fails, for Svix as well: the server", cure), "{page:#?}");
    assert!(page.has("fault", what, cure), "{what}: {page:#?}");
}
