//! Every built-in definition: its requests as snapshots, its answers by the cases in `tests/fixtures/providers/`.

mod answers;
mod finished;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::OnceLock;
use std::time::UNIX_EPOCH;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName};
use serde_json::{Value, json};
use toml::Value as Toml;

use super::*;
use crate::config::{built_in_definitions, parse_definition};
use crate::delivery::api::definition::{ErrorClass, Key};
use crate::delivery::http::Answer;
use crate::delivery::proxy::Proxies;
use crate::message::{Channel, Email, Phone, Sms};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/providers");

fn fixture(name: &str) -> toml::Table {
    let file = Path::new(FIXTURES).join(format!("{name}.toml"));
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    text.parse().unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn api(definition: Definition, settings: &toml::Table) -> Api {
    let said = |name: &str| settings.get(name).and_then(Toml::as_str).map(str::to_owned);
    for name in settings.keys().filter(|name| *name != "base_url") {
        assert!(definition.keys.contains_key(name), "{}: no setting {name}", definition.name);
    }
    let value = |(name, key): (&String, &Key)| {
        let fits = |said: &String| key.matches.as_ref().is_none_or(|form| form.is_match(said));
        assert!(said(name).as_ref().is_none_or(fits), "{}: {name}", definition.name);
        (name.clone(), Secret::new(said(name).or_else(|| key.default.clone()).unwrap_or_default()))
    };
    let values: Vec<_> = definition.keys.iter().map(value).collect();
    let settings = Settings {
        base_url: said("base_url").unwrap_or_else(|| definition.base_url(&values)),
        values,
        definition: Arc::new(definition),
        tokens: None,
        proxies: Proxies::default(),
        attempt_timeout: Duration::from_secs(5),
    };
    Api::new(settings, Clock::manual(UNIX_EPOCH + Duration::from_secs(1_787_300_061))).unwrap()
}

/// Every definition with its account and its cases.
fn built_in() -> impl Iterator<Item = (&'static str, Api, toml::Table)> {
    built_in_definitions().map(|(name, text)| {
        let definition =
            parse_definition(name, text, Path::new(name)).unwrap_or_else(|faults| panic!("{faults}"));
        let fixture = fixture(name);
        let settings = fixture.get("settings").and_then(Toml::as_table).cloned().unwrap_or_default();
        (name, api(definition, &settings), fixture)
    })
}

fn sms(text: &str, from: Option<&str>, left: Option<u64>) -> Message {
    Message::Sms(Sms {
        id: "sms_34EI446M8".to_owned(),
        from: from.map(str::to_owned),
        to: Phone::parse("+447700900123").unwrap(),
        text: text.to_owned(),
        valid_for: left.map(Duration::from_secs),
        provider_settings: Vec::new(),
    })
}

fn mail(html: Option<&str>, reply_to: Option<&str>) -> Message {
    Message::Email(Box::new(Email {
        id: "ema_34EI446M8".to_owned(),
        from: "\"Acme & Söhne\" <login@acme.example>".parse().unwrap(),
        envelope_from: "bounces@acme.example".parse().unwrap(),
        to: "ann@mail.example".parse().unwrap(),
        reply_to: reply_to.map(|it| it.parse().unwrap()),
        subject: "418273 is your \"code\"".to_owned(),
        html: html.map(str::to_owned),
        text: Some("Your code:\n418273\n".to_owned()),
        redirected_from: None,
        provider_settings: Vec::new(),
        language: None,
        extra_headers: Vec::new(),
        date: UNIX_EPOCH,
        ascii: None,
        wire: OnceLock::new(),
    }))
}

fn samples(channel: Channel) -> Vec<Message> {
    match channel {
        Channel::Sms => vec![
            sms("418273 is your \"code\" & more", Some("Acme"), Some(599)),
            sms("418273 – ваш код", Some("+15005550006"), None),
        ],
        Channel::Email => vec![
            mail(Some("<p>Your \"code\":\n<b>418273</b></p>"), Some("help@acme.example")),
            mail(None, None),
        ],
    }
}

fn shown(prepared: &Prepared) -> String {
    let mut text = format!("{} {}\n", prepared.method, prepared.url);
    for (name, value) in prepared.headers.iter().filter(|(name, _)| **name != CONTENT_TYPE) {
        let _ = writeln!(text, "{name}: {}", value.to_str().unwrap());
    }
    if let Some(body) = &prepared.body {
        let kind = prepared.headers[CONTENT_TYPE].to_str().unwrap();
        let body = String::from_utf8(body.clone()).unwrap();
        let body = match kind {
            "application/json" => {
                serde_json::to_string_pretty(&serde_json::from_str::<Value>(&body).unwrap()).unwrap()
            }
            _ => body.replace('&', "\n&"),
        };
        let _ = write!(text, "content-type: {kind}\n\n{body}\n");
    }
    text
}

#[test]
fn addresses_reach_apis_in_a_form_that_all_of_them_take() {
    let Message::Email(mut email) = mail(None, Some("büro@acme.example")) else { panic!("a mail") };
    email.to = "ada@münchen.example".parse().unwrap();
    email.from = "Acme <jürgen@münchen.example>".parse().unwrap();
    email.ascii = email.with_ascii_sender().map(Box::new);
    let message = Message::Email(email);
    let account = Account::new(Channel::Email, &[]);
    let values = Values::new(&account, Subject::of(&message));
    for (name, value) in [
        ("to", "ada@xn--mnchen-3ya.example"),
        ("from", "noreply@xn--mnchen-3ya.example"),
        ("from_header", "Acme <noreply@xn--mnchen-3ya.example>"),
        ("reply_to", ""),
    ] {
        assert_eq!(values.get(account.find(name).unwrap()).text(), value, "{name}");
    }
    assert!(!is_id("ada@xn--mnchen-3ya.example-1", &message));
}

#[test]
fn every_request_is_what_the_vendor_documents() {
    for (name, api, _) in built_in() {
        let request = |message: Message| {
            shown(&api.prepare(&message).unwrap_or_else(|error| panic!("{name}: {error}")))
        };
        let mut requests: Vec<_> =
            samples(api.settings.definition.carries).into_iter().map(request).collect();
        let probe = api.settings.definition.probe.as_ref();
        requests.extend(probe.map(|probe| shown(&api.prepare_probe(probe).unwrap())));
        insta::assert_snapshot!(name, requests.join("\n----\n\n"));
    }
}

fn answer(case: &toml::Table) -> Answer {
    let text = |name: &str| case.get(name).and_then(Toml::as_str).unwrap_or_default();
    let status = case.get("status").and_then(Toml::as_integer).expect("a status");
    let mut headers = HeaderMap::new();
    for (name, value) in case.get("headers").and_then(Toml::as_table).into_iter().flatten() {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        headers.insert(HeaderName::try_from(name.as_str()).unwrap(), HeaderValue::try_from(value).unwrap());
    }
    Answer {
        status: reqwest::StatusCode::from_u16(u16::try_from(status).unwrap()).unwrap(),
        headers,
        body: text("body").as_bytes().to_vec(),
        complete: !case.get("broken").and_then(Toml::as_bool).unwrap_or(false),
    }
}

fn outcome(verdict: &Verdict) -> String {
    let kind =
        verdict.fault().map(|fault| format!("{:?}", fault.kind).to_ascii_lowercase()).unwrap_or_default();
    match verdict {
        Verdict::Accepted { receipt } => {
            receipt.as_ref().map_or("accepted".to_owned(), |receipt| format!("accepted {receipt}"))
        }
        Verdict::InDoubt(_) => "in doubt".to_owned(),
        other if other.fault().is_some_and(|fault| !fault.proven) => {
            format!("{} {kind}, unproven", other.as_str())
        }
        other => format!("{} {kind}", other.as_str()),
    }
}

/// What an answer of a class comes to.
fn outcome_of(class: ErrorClass) -> &'static str {
    match class {
        ErrorClass::Recipient => "rejected recipient",
        ErrorClass::Content => "refused content",
        ErrorClass::Route => "refused account",
        ErrorClass::Throttled => "deferred throttled",
        ErrorClass::Unavailable => "deferred unavailable",
        ErrorClass::Credentials => "deferred credentials",
        ErrorClass::Account => "deferred account",
        ErrorClass::Duplicate => "accepted",
    }
}

#[test]
fn every_answer_means_what_its_case_says() {
    let mut wrong = Vec::new();
    for (name, api, fixture) in built_in() {
        let message = samples(api.settings.definition.carries).remove(0);
        let cases = fixture.get("answer").and_then(Toml::as_array).cloned().unwrap_or_default();
        let mut seen = BTreeSet::new();
        for case in cases.iter().filter_map(Toml::as_table) {
            let expected = case.get("outcome").and_then(Toml::as_str).unwrap_or_default();
            let verdict = api.judge(&answer(case), &message);
            let found = outcome(&verdict);
            if found != expected {
                wrong.push(format!("{name}: is {found}, in\n{case}\n"));
            }
            seen.insert(found);
            let detail = verdict.fault().map(|fault| fault.detail.as_str()).unwrap_or_default();
            assert!(!detail.contains("7700900123") && !detail.contains("ann@"), "{name}: {detail}");
        }
        assert!(seen.iter().any(|outcome| outcome.starts_with("accepted")), "{name}: no success");
        for class in api.settings.definition.errors.codes.keys() {
            let expected = outcome_of(*class);
            let receipts = expected == "accepted" && seen.iter().any(|it| it.starts_with("accepted "));
            if !receipts && !seen.contains(expected) {
                wrong.push(format!("{name}: no case of {class:?}\n"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_probe_answer_means_what_its_case_says() {
    let mut without = Vec::new();
    for (name, api, fixture) in built_in() {
        let cases = fixture.get("probe").and_then(Toml::as_array).cloned().unwrap_or_default();
        let Some(probe) = &api.settings.definition.probe else {
            without.push(name);
            continue;
        };
        let Definition { accepted, errors, .. } = &*api.settings.definition;
        let judge = |answer: &Answer| judge_probe(probe, accepted, errors, answer);
        let mut seen = BTreeSet::new();
        for case in cases.iter().filter_map(Toml::as_table) {
            let expected = case.get("outcome").and_then(Toml::as_str).unwrap();
            let found = judge(&answer(case));
            let told = match &found {
                Ok(Connected::Fine(_)) => "fine",
                Ok(Connected::Untold(_)) => "untold",
                Err(fault) => fault.kind.as_str(),
            };
            assert_eq!(told, expected, "{name}: {case}");
            assert!(!format!("{found:?}").contains("canary"), "{name}: {found:?}");
            seen.insert(told);
        }
        assert!(seen.contains("fine") && seen.len() > 1, "{name}: {seen:?}");
        let page = "status = 200\nbody = \"<html>Welcome\"".parse().unwrap();
        let is_fine = matches!(judge(&answer(&page)), Ok(Connected::Fine(_)));
        assert_eq!(is_fine, name == "aws_sns", "{name}: somebody else's page; AWS answers in XML");
        let tells_sending_only = probe.sending_only.is_empty() || seen.contains("untold");
        assert!(tells_sending_only, "{name}: no case of a key that may only send");
    }
    assert_eq!(without, ["cloudflare_email", "mailtrap", "microsoft365"]);
}

#[test]
fn no_credential_is_shown() {
    for (name, api, fixture) in built_in() {
        let settings = fixture.get("settings").and_then(Toml::as_table).cloned().unwrap_or_default();
        let message = samples(api.settings.definition.carries).remove(0);
        let prepared = api.prepare(&message).unwrap();
        let shown = format!("{:?} {:?} {api:?}", prepared.headers, api.settings);
        for (key, _) in api.settings.definition.keys.iter().filter(|(_, key)| key.secret) {
            let value = settings.get(key).and_then(Toml::as_str).unwrap_or_default();
            assert!(value.is_empty() || !shown.contains(value), "{name}: {key}");
        }
    }
}

/// An account at an API that is this text.
fn mine(text: &str, settings: &toml::Table) -> Api {
    api(parse_definition("mine", text, Path::new("mine.toml")).unwrap(), settings)
}

fn body(prepared: &Prepared) -> Value {
    serde_json::from_slice(prepared.body.as_ref().unwrap()).unwrap()
}

#[test]
fn a_provider_is_a_text() {
    let text = r#"
        carries = "sms"
        path = "/v1/{{account}}/send"
        [headers]
        Authorization = "Key {{key}}"
        [settings]
        account = { about = "the account" }
        key = { about = "its key", secret = true }
        [json]
        messages = [{ to = "{{digits}}", body = "{{text}}", ttl = "{{number seconds_left}}", flash = false, from = "{{from}}" }]
        [accepted]
        when = { "/messages/0/status" = ["queued", 0] }
        receipt = "/messages/0/id"
        [errors]
        code = ["/messages/0/error", { matches = 'E(\d+)' }]
        recipient = ["17-19", "X*", "Y"]
        route = ["X5", "X7*", "Y1-*"]
        unavailable = ["10-99"]
        account = [18]
    "#;
    let settings = "account = \"a/b\"\nkey = \"k\"\nbase_url = \"https://sms.example/api\"".parse().unwrap();
    let api = mine(text, &settings);
    let message = sms("\"}],{\"to\":\"1", None, Some(60));
    let prepared = api.prepare(&message).unwrap();
    assert_eq!(prepared.url.as_str(), "https://sms.example/api/v1/a%2Fb/send");
    let body = body(&prepared);
    let sent = json!({ "to": "447700900123", "body": "\"}],{\"to\":\"1", "ttl": 60, "flash": false });
    assert_eq!(body, json!({ "messages": [sent] }), "no sender, so no `from`");
    for (status, body, expected) in [
        (200, r#"{"messages":[{"status":0,"id":18446744073709551615}]}"#, "accepted 18446744073709551615"),
        (200, r#"{"messages":[{"status":"queued","id":"+447700900123"}]}"#, "accepted"),
        (200, r#"{"messages":[{"status":"no","error":17}]}"#, "rejected recipient"),
        (200, r#"{"messages":[{"status":"no","error":18}]}"#, "deferred account"),
        (200, r#"{"messages":[{"status":"no","error":20}]}"#, "deferred unavailable"),
        (200, r#"{"messages":[{"status":"no","error":"X5"}]}"#, "refused account"),
        (200, r#"{"messages":[{"status":"no","error":"X71"}]}"#, "refused account"),
        (200, r#"{"messages":[{"status":"no","error":"new","why":"E19"}]}"#, "rejected recipient"),
        (200, r#"{"messages":[{"status":"no","error":"X1"}]}"#, "rejected recipient"),
        (200, "E19", "rejected recipient"),
        (200, r#"{"messages":[{"status":"no","error":999}]}"#, "refused content, unproven"),
        (200, "<html>", "in doubt"),
        (302, "", "deferred account"),
        (400, "", "deferred account"),
        (400, "E99", "deferred unavailable"),
        (401, "", "deferred credentials"),
        (402, "", "deferred account"),
        (403, "", "deferred credentials"),
        (404, "", "deferred account"),
        (405, "", "deferred account"),
        (407, "", "deferred account"),
        (408, "", "deferred unavailable"),
        (409, "", "deferred account"),
        (410, "", "deferred account"),
        (418, "", "deferred account"),
        (422, r#"{"error":"something"}"#, "deferred account"),
        (425, "", "deferred unavailable"),
        (429, "", "deferred throttled"),
        (500, "E17", "rejected recipient"),
        (500, r#"{"error":"internal"}"#, "deferred unavailable"),
        (500, "", "in doubt"),
        (500, "<html>", "in doubt"),
        (501, "", "deferred unavailable"),
        (502, "", "in doubt"),
        (502, "E17", "rejected recipient"),
        (503, "", "deferred unavailable"),
        (503, "<html>", "deferred unavailable"),
        (504, "", "in doubt"),
        (520, "", "in doubt"),
        (524, r#"{"error":"timeout"}"#, "in doubt"),
        (527, "", "in doubt"),
        (530, "", "deferred unavailable"),
        (598, "", "in doubt"),
        (599, "", "in doubt"),
    ] {
        let case = format!("status = {status}\nbody = '''{body}'''").parse().unwrap();
        assert_eq!(outcome(&api.judge(&answer(&case), &message)), expected, "{status} {body}");
    }
}

/// What an account always says is rendered once, but for a text that has settings of its own.
#[test]
fn a_template_comes_to_the_same_however_it_is_rendered() {
    let text = r#"
        carries = "sms"
        base_url = "https://{{region}}.sms.example/api/"
        path = "/{{account}}/send"
        [settings]
        account = { about = "the account" }
        region = { about = "where", default = "eu" }
        [json]
        plain = "{{account}}"
        helper = "{{#if account}}yes {{account}}{{/if}}"
        both = "{{account}}: {{to}}"
        root = "{{@root.to}}"
        rooted = "{{#if @root.text}}yes{{else}}no{{/if}}"
    "#;
    let api = mine(text, &"account = \"a/b\"".parse().unwrap());
    for (account, path) in [("a/b", "a%2Fb"), ("c?d", "c%3Fd")] {
        let Message::Sms(mut sms) = sms("words", None, None) else { unreachable!() };
        let is_other = account != "a/b";
        sms.provider_settings =
            is_other.then(|| ("account".to_owned(), account.to_owned())).into_iter().collect();
        let prepared = api.prepare(&Message::Sms(sms)).unwrap();
        assert_eq!(prepared.url.as_str(), format!("https://eu.sms.example/api/{path}/send"));
        let body = body(&prepared);
        let expected = json!({
            "plain": account,
            "helper": format!("yes {account}"),
            "both": format!("{account}: +447700900123"),
            "root": "+447700900123",
            "rooted": "yes",
        });
        assert_eq!(body, expected);
    }
}

/// Values of settings, and of `variables`, may be anybody's.
#[test]
fn a_value_of_a_kind_is_of_that_kind_or_a_text() {
    let text = r#"
        carries = "sms"
        base_url = "https://sms.example"
        path = "/send"
        [settings]
        count = { about = "a number" }
        [headers]
        Content-Type = "application/x-amz-json-1.0"
        [json]
        count = "{{number count max=3}}"
        unicode = "{{#if count}}{{boolean unicode}}{{else}}{{boolean (not unicode)}}{{/if}}"
        mixed = "{{#if count}}{{boolean unicode}}{{else}}no{{/if}}"
        list = "{{list text name=\"key\"}}"
    "#;
    for (count, expected) in [
        ("2", json!(2)),
        ("7", json!(3)),
        ("012345", json!("012345")),
        ("+5", json!("+5")),
        ("-2.5", json!(-2.5)),
        ("{\"evil\":1}", json!("{\"evil\":1}")),
        ("true", json!("true")),
        ("\"2\"", json!("\"2\"")),
    ] {
        let settings = toml::Table::from_iter([("count".to_owned(), Toml::from(count))]);
        let prepared = mine(text, &settings).prepare(&sms("[1]", None, None)).unwrap();
        let body = body(&prepared);
        let expected = json!({ "count": expected, "unicode": false, "mixed": "false", "list": "[1]" });
        assert_eq!(body, expected, "{count}");
        let kinds: Vec<_> = prepared.headers.get_all(CONTENT_TYPE).iter().collect();
        assert_eq!(kinds, ["application/x-amz-json-1.0"], "the definition's own, alone");
    }
}

#[test]
fn the_mails_headers_come_in_the_shape_that_an_api_wants() {
    let text = r#"
        carries = "email"
        base_url = "https://mail.example"
        path = "/send"
        [json]
        object = "{{object headers}}"
        list = "{{list headers name=\"key\"}}"
    "#;
    let prepared = mine(text, &toml::Table::new()).prepare(&mail(None, None)).unwrap();
    let body = body(&prepared);
    assert_eq!(body["object"]["Auto-Submitted"], "auto-generated");
    assert_eq!(body["list"][0], json!({ "key": "X-Entity-Ref-ID", "value": "ema_34EI446M8" }));
}
