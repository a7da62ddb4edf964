//! How answers are read: waits, wrappings, and what proves whose fault a refusal is.

use super::*;

/// How long to wait, by the answer: its own place counts before `Retry-After`, and the answer's `Date` is now.
#[test]
fn an_answer_says_how_long_to_wait() {
    let date = "date = \"Wed, 25 Nov 2026 10:00:00 GMT\"";
    let unix = "1795600802"; // two seconds later
    for (name, status, headers, body, expected) in [
        (
            "vonage",
            200,
            "",
            r#"{"messages":[{"status":"1","error-text":"Throughput Rate Exceeded - please wait [ 250 ] and retry"}]}"#,
            Some(250),
        ),
        ("vonage", 200, "", r#"{"messages":[{"status":"4","error-text":"Bad Credentials"}]}"#, None),
        ("telnyx", 429, "x-ratelimit-reset = \"3\"\nretry-after = \"9\"", "", Some(3000)),
        ("telnyx", 401, "x-ratelimit-reset = \"3\"", "", None),
        ("twilio", 429, "retry-after = \"7\"", "", Some(7000)),
        ("twilio", 429, "retry-after = \"1.5\"", "", Some(2000)),
        ("twilio", 429, "retry-after = \" 0.2 \"", "", Some(1000)),
        ("twilio", 429, "retry-after = \"-1.5\"", "", None),
        ("twilio", 429, "retry-after = \"NaN\"", "", None),
        ("twilio", 429, "retry-after = \"inf\"", "", None),
        ("twilio", 429, "retry-after = \"1e300\"", "", Some(3_600_000)),
        ("twilio", 503, "retry-after = \"Wed, 25 Nov 2026 10:00:04 GMT\"", "", Some(4000)),
        ("twilio", 429, "retry-after = \"18446744073709551615\"", "", Some(3_600_000)),
        ("twilio", 503, "retry-after = \"soon\"", "", None),
        ("scaleway", 429, "", r#"{"type":"too_many_requests","reset_seconds":12}"#, Some(12000)),
        ("sendgrid", 429, &format!("x-ratelimit-reset = {unix:?}"), "", Some(2000)),
        ("sendgrid", 202, &format!("x-ratelimit-reset = {unix:?}"), "", None),
        ("brevo", 429, "x-sib-ratelimit-reset = \"-1\"", "", None),
    ] {
        let (_, api, _) = built_in().find(|(it, ..)| *it == name).unwrap();
        let case =
            format!("status = {status}\nbody = '''{body}'''\n[headers]\n{date}\n{headers}").parse().unwrap();
        let message = samples(api.settings.definition.carries).remove(0);
        let wait = api.judge(&answer(&case), &message).fault().and_then(|fault| fault.wait);
        assert_eq!(wait.map(|wait| wait.as_millis()), expected, "{name} {status} {headers} {body}");
    }
}

/// What stands before or around a yes must not hide it: it would be sent again.
#[test]
fn a_yes_is_read_however_it_is_wrapped() {
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    let yes = br#"{"messages":[{"status":"0","message-id":"m1"}]}"#;
    let (mut gzip, mut zlib, mut raw) = (
        GzEncoder::new(Vec::new(), Compression::default()),
        ZlibEncoder::new(Vec::new(), Compression::default()),
        DeflateEncoder::new(Vec::new(), Compression::default()),
    );
    for writer in [&mut gzip as &mut dyn std::io::Write, &mut zlib, &mut raw] {
        writer.write_all(yes).unwrap();
    }
    let [gzip, zlib, raw] = [gzip.finish().unwrap(), zlib.finish().unwrap(), raw.finish().unwrap()];
    let marked = [&b"\xef\xbb\xbf"[..], yes].concat();
    let (_, api, _) = built_in().find(|(name, ..)| *name == "vonage").unwrap();
    for (coding, body, expected) in [
        ("", yes.to_vec(), "accepted m1"),
        ("", marked, "accepted m1"),
        ("gzip", gzip.clone(), "accepted m1"),
        ("x-gzip", gzip.clone(), "accepted m1"),
        ("", gzip.clone(), "accepted m1"),
        ("deflate", zlib, "accepted m1"),
        ("Deflate", raw, "accepted m1"),
        ("gzip", yes.to_vec(), "accepted m1"),
        ("br", b"\x0b\x02\x80".to_vec(), "in doubt"),
        ("gzip", gzip[..12].to_vec(), "in doubt"),
    ] {
        let mut answer = answer(&"status = 200".parse().unwrap());
        answer.headers.insert("content-encoding", HeaderValue::from_str(coding).unwrap());
        answer.body = body;
        assert_eq!(outcome(&api.judge(&answer, &sms("x", None, None))), expected, "{coding:?}");
    }
}

#[test]
fn an_api_is_idempotent_where_its_vendor_documents_a_key() {
    let names = built_in().filter(|(_, api, _)| api.settings.definition.idempotent).map(|(name, ..)| name);
    assert_eq!(names.collect::<Vec<_>>(), ["android_sms_gateway", "brevo", "infobip", "resend"]);
}

/// An answer may repeat what it was asked to deliver: words of the message are shown neither as an id nor as a code.
#[test]
fn words_of_the_message_are_no_id() {
    let mut mail = mail(None, None);
    if let Message::Email(mail) = &mut mail {
        mail.redirected_from = Some("bob@user.example".to_owned());
    }
    let sms = sms("418273 is your code for https://acme.example/a-7. Account 20003", None, None);
    for (text, message, is_shown) in [
        ("418273", &mail, false),
        ("418273", &sms, false),
        ("acme.example/a-7", &sms, false),
        ("SM-4182730", &sms, true),
        ("21211", &sms, true),
        ("7", &sms, true),
        ("Account", &sms, true),
        ("447700900123-1", &sms, false),
        ("Bob@user.example", &mail, false),
        ("ann@mail.example", &mail, false),
    ] {
        assert_eq!(is_id(text, message), is_shown, "{text}");
    }
}

/// A status says how bad it is, and never whose fault.
#[test]
fn a_class_by_status_is_no_proof() {
    let text = r#"
        carries = "sms"
        base_url = "https://sms.example"
        path = "/send"
        [json]
        to = "{{to}}"
        [accepted]
        when = { "/id" = { exists = true } }
        unless = { "/state" = ["failed", "dropped"], "header:x-paused" = "yes" }
        receipt = "/id"
        [errors]
        code = "/code"
        recipient = [1]
        permanent = "/permanent"
        [errors.status]
        400 = "content"
        404 = "recipient"
        406 = "route"
        409 = "duplicate"
        502 = "unavailable"
    "#;
    let api = mine(text, &toml::Table::new());
    for (status, body, expected) in [
        (200, r#"{"id":"a"}"#, "accepted a"),
        (200, r#"{"id":"a","state":"sent"}"#, "accepted a"),
        (200, r#"{"id":"a","state":"dropped"}"#, "in doubt"),
        (200, r#"{"id":"a","state":"failed","code":1}"#, "rejected recipient"),
        (400, "", "refused content, unproven"),
        (404, "", "rejected recipient, unproven"),
        (406, "", "refused account, unproven"),
        (409, "", "accepted"),
        (502, "", "deferred unavailable"),
        (400, r#"{"code":1}"#, "rejected recipient"),
        (400, r#"{"permanent":true}"#, "rejected recipient"),
        (400, r#"{"permanent":false}"#, "deferred unavailable"),
    ] {
        let case = format!("status = {status}\nbody = '''{body}'''").parse().unwrap();
        assert_eq!(outcome(&api.judge(&answer(&case), &sms("x", None, None))), expected, "{status} {body}");
    }
    let paused = "status = 200\nbody = '{\"id\":\"a\"}'\nheaders = { x-paused = \"yes\" }".parse().unwrap();
    assert_eq!(outcome(&api.judge(&answer(&paused), &sms("x", None, None))), "in doubt");
}
