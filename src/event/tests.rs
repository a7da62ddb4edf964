use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn verified(body: impl Into<String>) -> Verified<String> {
    Verified { id: "msg_1".to_owned(), signer: None, body: body.into() }
}

/// 2026-08-21.
fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_mins(29_788_335)
}

fn fixtures() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/clerk");
    let mut all: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                std::fs::read_to_string(&path).unwrap(),
            )
        })
        .collect();
    all.sort();
    all
}

#[test]
fn every_fixture_is_read_as_what_its_name_says() {
    let all = fixtures();
    assert!(all.len() > 30, "{}", all.len());
    for (name, text) in all {
        let request = verified(text);
        let event = Event::parse(&request, now()).unwrap_or_else(|error| panic!("{name}: {error}"));
        match event {
            Event::Other { kind, .. } => assert!(name.starts_with(kind.as_ref()), "{name}: {kind}"),
            Event::User(user) => assert!(name.starts_with("user.") && user.id.is_some(), "{name}"),
            Event::Created(created) => {
                assert!(name.starts_with(created.channel.as_str()), "{name}");
                if let Some(slug) = &created.slug {
                    assert!(name.contains(slug.as_ref()), "{name}: {slug}");
                }
                assert!(created.original.text().is_some(), "{name}");
            }
        }
    }
}

fn created(event: &Value, check: impl FnOnce(Result<&Created<'_>, &ParseError>)) {
    let request = verified(event.to_string());
    match Event::parse(&request, now()) {
        Ok(Event::Created(created)) => check(Ok(&created)),
        Ok(other) => panic!("{other:?}"),
        Err(error) => check(Err(&error)),
    }
}

#[test]
fn all_but_type_and_data_may_be_missing_or_null() {
    created(&json!({"type": "email.created", "data": {}}), |event| {
        let event = event.unwrap();
        assert_eq!((event.born, event.id.as_ref(), event.to.as_ref()), (None, None, None));
        assert!(!event.delivered_by_clerk && event.variables.read().is_empty());
    });
    let nulls = json!({"id": null, "slug": null, "to_phone_number": null, "data": null, "message": null,
        "delivered_by_clerk": null, "created_at": null});
    created(&json!({"type": "sms.created", "timestamp": null, "data": nulls}), |event| {
        assert!(event.unwrap().original.text().is_none());
    });
}

#[test]
fn the_instance_is_the_envelopes_or_unknown() {
    for (value, wanted) in
        [(json!("ins_1"), Some("ins_1")), (json!(" "), None), (Value::Null, None), (json!({"a": 1}), None)]
    {
        created(&json!({"type": "email.created", "instance_id": value, "data": {}}), |event| {
            assert_eq!(event.unwrap().instance.as_deref(), wanted);
        });
    }
}

#[test]
fn a_timestamp_is_read_in_seconds_or_milliseconds() {
    let at = |seconds| Some(UNIX_EPOCH + Duration::from_secs(seconds));
    for (envelope, data, born) in [
        (json!(1_787_300_061), json!({}), at(1_787_300_061)),
        (json!("1787300061"), json!({}), at(1_787_300_061)),
        (json!(1_787_300_061_000_u64), json!({}), at(1_787_300_061)),
        (json!(1_787_300_061_000_u64), json!({"created_at": 5}), at(1_787_300_061)),
        (json!(null), json!({"created_at": 1_787_300_061_000_u64}), at(1_787_300_061)),
        (json!(null), json!({"created_at_ms": 1_787_300_061_000_u64}), at(1_787_300_061)),
        (json!("yesterday"), json!({}), None),
        (json!(-5), json!({}), None),
        (json!(1e300), json!({}), None),
    ] {
        created(&json!({"type": "sms.created", "timestamp": envelope, "data": data}), |event| {
            assert_eq!(event.unwrap().born, born);
        });
    }
}

#[test]
fn a_time_that_cannot_be_right_gives_way_to_the_next() {
    let right = 1_787_300_061_u64;
    let at = |seconds| Some(UNIX_EPOCH + Duration::from_secs(seconds));
    let tomorrow = 1_787_300_100 + 86_400;
    for (time, taken) in [
        (json!(12345), false),
        (json!(1_577_836_799), false),
        (json!(1_577_836_800), true),
        (json!(tomorrow), true),
        (json!(tomorrow + 1), false),
        // Microseconds.
        (json!(1_787_300_061_000_000_u64), false),
        (json!({"at": 5}), false),
    ] {
        let data = json!({"created_at_ms": "soon", "created_at": right * 1000});
        created(&json!({"type": "email.created", "timestamp": time, "data": data}), |event| {
            let wanted = if taken { at(time.as_u64().unwrap()) } else { at(right) };
            assert_eq!(event.unwrap().born, wanted, "{time}");
        });
        created(&json!({"type": "email.created", "data": {"created_at": time}}), |event| {
            assert_eq!(event.unwrap().born.is_some(), taken, "{time}");
        });
    }
}

/// A mail's event with `value` as it stands under a name that templates may read, and the variables that come of it.
fn variables(value: &str) -> Map<String, Value> {
    let request = verified(format!(
        r#"{{"type":"email.created","data":{{"to_email_address":"a@b.example",
            "data":{{"otp_code":"424242","user":{{"public_metadata":{value},"locale":"de"}},"last":{value}}}}}}}"#
    ));
    let Ok(Event::Created(event)) = Event::parse(&request, now()) else { panic!("{value}") };
    assert!(event.variables.has("otp_code") && !event.variables.has("magic_link"));
    event.variables.read()
}

#[test]
fn a_variable_that_cannot_be_read_costs_no_other() {
    let deep = |brackets: usize| "[".repeat(brackets) + &"]".repeat(brackets);
    let objects = "{\"a\":".repeat(130) + "1" + &"}".repeat(130);
    for value in ["1e999", "-1e400", "[1e400]", "{\"a\":1e999}", &deep(130), &deep(100_000), &objects] {
        let variables = variables(value);
        assert_eq!(variables["otp_code"], "424242", "{value:.40}");
        assert_eq!(variables["user"]["locale"], "de", "{value:.40}");
    }
    assert_eq!(variables("1e999").get("last"), None);
    assert_eq!(variables(r#"{"a":1e999,"b":[1e999,2]}"#)["last"], json!({"b": [null, 2]}));
    assert!(variables(&objects)["last"]["a"]["a"].is_object());
    for whole in ["1", "123456789012345678901234567890", r#"{"a":1,"a":2}"#, "true", "\"x\"", &deep(90)] {
        assert_eq!(variables(whole)["last"], serde_json::from_str::<Value>(whole).unwrap(), "{whole}");
    }
    for (half, text) in
        [(r#""cut \ud83d""#, "cut \u{fffd}"), (r#""\udc4b\ud83dx\ud83d\ude00\n""#, "\u{fffd}\u{fffd}x😀\n")]
    {
        assert_eq!(variables(half)["last"], text, "{half}");
        assert_eq!(variables(half)["user"]["public_metadata"], text, "{half}");
    }
    assert_eq!(variables(r#"{"\ud83d":{"\udc00":"é"}}"#)["last"]["\u{fffd}"]["\u{fffd}"], "é");
}

#[test]
fn of_two_members_with_one_name_the_last_counts() {
    let request = verified(
        r#"{"type":"sms.created","type":"email.created","timestamp":5,"timestamp":1787300061,"data":5,
            "data":{"id":"a","id":"b","to_email_address":7,"to_email_address":"a@b.example",
            "data":{"x":1},"data":{"x":1,"x":2}}}"#,
    );
    let Ok(Event::Created(event)) = Event::parse(&request, now()) else { panic!("a mail") };
    assert_eq!((event.channel, event.id.as_deref()), (Channel::Email, Some("b")));
    assert_eq!((event.to.as_deref(), event.variables.get("x")), (Some("a@b.example"), Some(json!(2))));
    assert!(event.born.is_some());
}

#[test]
fn half_an_emoji_in_clerks_own_words_is_replaced() {
    let request = verified(
        r#"{"type":"email.created","data":{"subject":"Hi \ud83d","body":"<p>\ude00 é</p>","body_plain":"\ud83d\ude00"}}"#,
    );
    let Ok(Event::Created(event)) = Event::parse(&request, now()) else { panic!("a mail") };
    assert_eq!(event.original.subject().as_deref(), Some("Hi \u{fffd}"));
    assert_eq!(event.original.html().as_deref(), Some("<p>\u{fffd} é</p>"));
    assert_eq!(event.original.text().as_deref(), Some("😀"));
}

#[test]
fn a_field_of_the_wrong_type_is_a_number_s_text_or_missing() {
    let data = json!({"id": 5, "slug": ["x"], "from_email_name": 5, "reply_to_email_name": {"a": 1},
        "delivered_by_clerk": "no", "data": "123456", "subject": 5, "body": [], "body_plain": true});
    created(&json!({"type": "email.created", "data": data}), |event| {
        let event = event.unwrap();
        assert_eq!((event.id.as_deref(), event.slug.as_deref()), (Some("5"), None));
        assert_eq!((event.from_email_name.as_deref(), &event.reply_to_email_name), (Some("5"), &None));
        assert!(!event.delivered_by_clerk && event.variables.read().is_empty());
        assert!(event.original.subject().or(event.original.html()).or(event.original.text()).is_none());
    });
    let unreadable =
        r#"{"type":"sms.created","data":{"id":1e999,"slug":-1e999,"created_at":1e999},"timestamp":1e999}"#;
    assert!(Event::parse(&verified(unreadable), now()).is_ok());
}

#[test]
fn the_wrong_name_in_clerks_own_page_is_taken_too() {
    created(&json!({"type": "emails.created", "data": {}}), |event| {
        assert_eq!(event.unwrap().channel, Channel::Email);
    });
}

#[test]
fn what_is_no_event_says_which_field_and_repeats_no_value() {
    for (body, reason) in [
        (r#"{"type":"email.created"}"#, ParseError::Field("data")),
        (r#"{"type":"email.created","data":[]}"#, ParseError::Field("data")),
        (r#"{"type":"email.created","data":"123456"}"#, ParseError::Field("data")),
        (r#"{"data":{}}"#, ParseError::Field("type")),
        (r#"{"type":7,"data":{}}"#, ParseError::Field("type")),
        (
            r#"{"type":"email.created","data":{"to_email_address":123456}}"#,
            ParseError::Field("data.to_email_address"),
        ),
        (
            r#"{"type":"sms.created","data":{"to_phone_number":{}}}"#,
            ParseError::Field("data.to_phone_number"),
        ),
        ("[]", ParseError::Field("the event")),
        ("123456", ParseError::Field("the event")),
        ("", ParseError::Json { line: 1, column: 0 }),
        (r#"{"type":"email.created","#, ParseError::Json { line: 1, column: 24 }),
    ] {
        let request = verified(body);
        let error = Event::parse(&request, now()).unwrap_err();
        assert_eq!(error, reason, "{body}");
        assert!(!error.to_string().contains("123456"));
    }
}

#[test]
fn an_event_that_is_not_ours_may_look_like_anything() {
    for data in [
        "null",
        "[]",
        "5",
        "\"x\"",
        "false",
        "-1.5",
        r#"{"a":1e999,"\ud83d":"\ud83d"}"#,
        r#"{"id":5,"data":[1],"slug":{"a":[]},"to_email_address":true}"#,
    ] {
        let request = verified(format!(r#"{{"type":"session.created","data":{data}}}"#));
        assert!(
            matches!(Event::parse(&request, now()), Ok(Event::Other { kind, .. }) if kind == "session.created"),
            "{data}"
        );
        for kind in ["user.created", "user.updated", "user.deleted"] {
            let request = verified(format!(r#"{{"type":"{kind}","data":{data}}}"#));
            assert!(
                matches!(Event::parse(&request, now()), Ok(Event::User(user)) if user.id.is_none()),
                "{data}"
            );
        }
    }
}

#[test]
fn a_users_language_is_read() {
    let tag = |tag: &'static str| Change::Locale(Some(tag.into()));
    for (kind, data, expected) in [
        ("created", r#""locale":"de-AT""#, tag("de-AT")),
        ("updated", r#""locale":"pt_BR","updated_at":1"#, tag("pt_BR")),
        ("updated", r#""locale":null"#, Change::Locale(None)),
        ("updated", r#""locale":" ""#, Change::Locale(None)),
        ("updated", r#""locale":["de"]"#, Change::Nothing),
        ("updated", r#""public_metadata":{"locale":"de"}"#, Change::Nothing),
        ("created", r#""locale":"de","locale":"sv""#, tag("sv")),
        ("deleted", r#""deleted":true"#, Change::Deleted),
        ("deleted", r#""locale":"de""#, Change::Deleted),
    ] {
        let body = format!(
            r#"{{"type":"user.{kind}","timestamp":1787300000123,"instance_id":"ins_1","data":{{"id":"user_1",{data}}}}}"#
        );
        let request = verified(body);
        let Ok(Event::User(user)) = Event::parse(&request, now()) else { panic!("{data}") };
        assert_eq!(user.change, expected, "{data}");
        assert_eq!(user.id.as_deref(), Some("user_1"));
        assert_eq!(user.instance.as_deref(), Some("ins_1"));
        assert_eq!(user.at, Some(UNIX_EPOCH + Duration::from_millis(1_787_300_000_123)));
    }
    // Within a second that the envelope does not divide, the user's own time does.
    for (timestamp, updated, expected) in [
        ("1787300000", "1787300000456", 1_787_300_000_456_u64),
        ("1787300000", "1787300001456", 1_787_300_000_000),
        ("1787300000123", "1787300000456", 1_787_300_000_123),
        ("null", "1787300000456", 1_787_300_000_456),
    ] {
        let body = format!(
            r#"{{"type":"user.updated","timestamp":{timestamp},"data":{{"id":"user_1","locale":"de","updated_at":{updated}}}}}"#
        );
        let request = verified(body);
        let Ok(Event::User(user)) = Event::parse(&request, now()) else { panic!("{timestamp}") };
        assert_eq!(user.at, Some(UNIX_EPOCH + Duration::from_millis(expected)), "{timestamp} {updated}");
    }
}

#[test]
fn a_readers_language_is_read_wherever_clerk_may_add_it() {
    for (data, expected) in [
        (r#""locale":"de""#, Some("de")),
        (r#""data":{"user":{"locale":"fr"}}"#, Some("fr")),
        (r#""data":{"locale":"it"}"#, Some("it")),
        (r#""locale":"de","data":{"locale":"it","user":{"locale":"fr"}}"#, Some("de")),
        (r#""locale":null,"data":{"locale":"it","user":{"locale":""}}"#, Some("it")),
        (r#""locale":{},"data":{"locale":7,"user":"x"}"#, None),
    ] {
        let request = verified(format!(r#"{{"type":"email.created","data":{{"user_id":"user_1",{data}}}}}"#));
        let Ok(Event::Created(created)) = Event::parse(&request, now()) else { panic!("{data}") };
        assert_eq!(created.locale.as_deref(), expected, "{data}");
        assert_eq!(created.user.as_deref(), Some("user_1"));
    }
}

proptest! {
    #[test]
    fn no_bytes_bring_it_down(body in proptest::collection::vec(any::<u8>(), 0..256)) {
        let request = Verified { id: String::new(), signer: None, body };
        let _ = Event::parse(&request, now());
    }

    #[test]
    fn no_type_of_any_field_brings_it_down(
        field in prop::sample::select(vec!["id", "slug", "to_email_address", "data", "body", "subject", "created_at"]),
        value in prop::sample::select(vec!["null", "1", "-1.5e300", "1e999", "\"x\"", "\"\\ud83d\"", "[]", "[{}]", "{}", "{\"a\":null}", "true"]),
    ) {
        let request = verified(format!(r#"{{"type":"email.created","data":{{"{field}":{value}}}}}"#));
        match Event::parse(&request, now()) {
            Ok(_) => {}
            Err(ParseError::Field(name)) => prop_assert_eq!((name, field), ("data.to_email_address", "to_email_address")),
            Err(other) => prop_assert!(false, "{}", other),
        }
    }
}

#[test]
fn an_event_that_names_no_instance_is_its_signers() {
    let of = |body: &str, signer: Option<&str>| {
        let request =
            Verified { id: "msg_1".to_owned(), signer: signer.map(Into::into), body: body.to_owned() };
        Event::parse(&request, now()).unwrap().instance().map(str::to_owned)
    };
    for kind in ["email.created", "user.updated", "session.created"] {
        let named = format!(r#"{{"type":"{kind}","instance_id":"ins_b","data":{{}}}}"#);
        let silent = format!(r#"{{"type":"{kind}","data":{{}}}}"#);
        assert_eq!(of(&named, Some("ins_a")).as_deref(), Some("ins_b"), "{kind}");
        assert_eq!(of(&silent, Some("ins_a")).as_deref(), Some("ins_a"), "{kind}");
        assert_eq!(of(&silent, None), None, "{kind}");
    }
}
