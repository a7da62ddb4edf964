use std::path::PathBuf;

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn verified(body: impl Into<String>) -> Verified<String> {
    Verified { id: "msg_1".to_owned(), body: body.into() }
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
        let event = Event::parse(&request).unwrap_or_else(|error| panic!("{name}: {error}"));
        match event {
            Event::Other(kind) => assert!(name.starts_with(kind.as_ref()), "{name}: {kind}"),
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

fn created(event: &Value, check: impl FnOnce(Result<&Created<'_>, &Malformed>)) {
    let request = verified(event.to_string());
    match Event::parse(&request) {
        Ok(Event::Created(created)) => check(Ok(&created)),
        Ok(Event::Other(kind)) => panic!("other: {kind}"),
        Err(error) => check(Err(&error)),
    }
}

#[test]
fn all_but_type_and_data_may_be_missing_or_null() {
    created(&json!({"type": "email.created", "data": {}}), |event| {
        let event = event.unwrap();
        assert_eq!((event.born, event.id.as_ref(), event.to.as_ref()), (None, None, None));
        assert!(!event.delivered_by_clerk && event.variables.is_empty());
    });
    let nulls = json!({"id": null, "slug": null, "to_phone_number": null, "data": null, "message": null,
        "delivered_by_clerk": null, "created_at": null});
    created(&json!({"type": "sms.created", "timestamp": null, "data": nulls}), |event| {
        assert!(event.unwrap().original.text().is_none());
    });
}

#[test]
fn a_timestamp_is_read_in_seconds_or_milliseconds() {
    let at = |seconds| Some(UNIX_EPOCH + Duration::from_secs(seconds));
    for (envelope, data, born) in [
        (json!(1_787_300_061), json!({}), at(1_787_300_061)),
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
fn the_wrong_name_in_clerks_own_page_is_taken_too() {
    created(&json!({"type": "emails.created", "data": {}}), |event| {
        assert_eq!(event.unwrap().channel, Channel::Email);
    });
}

#[test]
fn what_is_no_event_says_which_field_and_repeats_no_value() {
    for (body, reason) in [
        (r#"{"type":"email.created"}"#, Malformed::Field("data")),
        (r#"{"type":"email.created","data":[]}"#, Malformed::Field("data")),
        (r#"{"type":"email.created","data":"123456"}"#, Malformed::Field("data")),
        (r#"{"data":{}}"#, Malformed::Field("type")),
        (r#"{"type":7,"data":{}}"#, Malformed::Field("type")),
        (
            r#"{"type":"email.created","data":{"to_email_address":123456}}"#,
            Malformed::Field("data.to_email_address"),
        ),
        (r#"{"type":"sms.created","data":{"to_phone_number":{}}}"#, Malformed::Field("data.to_phone_number")),
        (r#"{"type":"email.created","data":{"data":"123456"}}"#, Malformed::Field("data.data")),
        (
            r#"{"type":"email.created","data":{"delivered_by_clerk":"no"}}"#,
            Malformed::Field("data.delivered_by_clerk"),
        ),
        ("[]", Malformed::Field("type")),
        ("123456", Malformed::Field("the event")),
        ("", Malformed::Json { line: 1, column: 0 }),
        (r#"{"type":"email.created","#, Malformed::Json { line: 1, column: 24 }),
    ] {
        let request = verified(body);
        let error = Event::parse(&request).unwrap_err();
        assert_eq!(error, reason, "{body}");
        assert!(!error.to_string().contains("123456"));
    }
}

#[test]
fn an_event_that_is_not_ours_may_look_like_anything() {
    for data in ["null", "[]", "5", r#"{"id":5,"data":[1],"slug":{"a":[]},"to_email_address":true}"#] {
        let request = verified(format!(r#"{{"type":"user.created","data":{data}}}"#));
        assert!(matches!(Event::parse(&request), Ok(Event::Other(kind)) if kind == "user.created"), "{data}");
    }
}

proptest! {
    #[test]
    fn no_bytes_bring_it_down(body in proptest::collection::vec(any::<u8>(), 0..256)) {
        let request = Verified { id: String::new(), body };
        let _ = Event::parse(&request);
    }

    #[test]
    fn no_type_of_any_field_brings_it_down(
        field in prop::sample::select(vec!["id", "slug", "to_email_address", "data", "body", "subject", "created_at"]),
        value in prop::sample::select(vec!["null", "1", "-1.5e300", "\"x\"", "[]", "[{}]", "{}", "{\"a\":null}", "true"]),
    ) {
        let request = verified(format!(r#"{{"type":"email.created","data":{{"{field}":{value}}}}}"#));
        match Event::parse(&request) {
            Ok(_) => {}
            Err(Malformed::Field(name)) => prop_assert_eq!(name, format!("data.{field}")),
            Err(other) => prop_assert!(false, "{}", other),
        }
    }
}
