//! What does not come from Clerk, or comes broken or hostile: a clear answer, nothing sent, and the service stays up.

use std::fmt::Write as _;

use mailparse::MailHeaderMap as _;
use serde_json::{Value, json};

use crate::support::courier::{Courier, SECRET, config, fixture, now, post_raw, post_to, signed};
use crate::support::relay::{Options, Relay};
use crate::support::scene::{BRISK, Read, both_through, code, mail_through, text, to, with_slug};
use crate::support::twilio::Twilio;

/// The service still does its work, and nothing went out before.
async fn assert_sound(courier: &mut Courier, relay: &Relay) {
    assert_eq!(relay.mails(), []);
    assert!(courier.is_running());
    assert_eq!(courier.post(&code("ema_sound")).await.line(), "200 accepted -");
}

#[tokio::test]
async fn a_body_that_is_no_event_is_malformed() {
    let relay = Relay::start(Options::default()).await;
    let mut courier = Courier::start(&config(&mail_through(&relay)));
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    for body in [
        "",
        "junk",
        "{",
        "[]",
        "null",
        "42",
        "{}",
        r#"{"type":"email.created"}"#,
        r#"{"type":"email.created","data":null}"#,
        r#"{"type":"email.created","data":[]}"#,
        r#"{"type":["email.created"],"data":{}}"#,
        r#"{"type":"email.created","data":{"to_email_address":["a@b.example"]}}"#,
        r#"{"type":"sms.created","data":{"to_phone_number":447700900123}}"#,
        "{\"type\":\"email.created\",\"data\":{\"id\":\"\u{fffd}",
        &deep,
    ] {
        let reply = post_to(&courier.url("/webhooks/clerk"), "msg_1", body.as_bytes()).await;
        assert_eq!(reply.line(), "400 malformed -", "{body:.100}");
        assert!(reply.text("message").len() > 40, "{}", reply.json);
    }
    let latin = b"{\"type\":\"email.created\",\"data\":{\"slug\":\"\xff\"}}";
    assert_eq!(post_to(&courier.url("/webhooks/clerk"), "msg_1", latin).await.line(), "400 malformed -");
    assert_sound(&mut courier, &relay).await;
}

#[tokio::test]
async fn what_svix_did_not_sign_just_now_is_not_read() {
    let relay = Relay::start(Options::default()).await;
    let mut courier = Courier::start(&config(&mail_through(&relay)));
    let url = courier.url("/webhooks/clerk");
    let body = code("ema_1").to_string().into_bytes();
    let post = async |headers: &[(&str, String)], body: &[u8]| {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        post_raw(&url, &headers, body).await
    };
    let good = signed("msg_1", now().as_secs(), &body);
    for missing in 0..3 {
        let rest: Vec<_> = good.iter().filter(|(name, _)| *name != good[missing].0).cloned().collect();
        let reply = post(&rest, &body).await;
        assert_eq!(reply.line(), "400 malformed -", "{}", good[missing].0);
        assert!(reply.text("message").contains(good[missing].0), "{}", reply.json);
    }
    for (why, timestamp) in [("a replay", now().as_secs() - 301), ("of tomorrow", now().as_secs() + 400)] {
        let reply = post(&signed("msg_1", timestamp, &body), &body).await;
        assert_eq!(reply.line(), "401 unauthorized -", "{why}");
        assert!(reply.text("message").contains("clock"), "{}", reply.json);
    }
    let with = |at: usize, value: &str| {
        let mut headers = good.clone();
        value.clone_into(&mut headers[at].1);
        headers
    };
    for (why, headers) in [
        ("another id", with(0, "msg_2")),
        ("another time", with(1, &(now().as_secs() + 1).to_string())),
        ("no time", with(1, "soon")),
        ("another signature", with(2, "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")),
        ("no signature", with(2, "v1,")),
        ("another version", with(2, &good[2].1.replace("v1,", "v2,"))),
    ] {
        assert_eq!(post(&headers, &body).await.line(), "401 unauthorized -", "{why}");
    }
    let mut changed = body.clone();
    changed.push(b' ');
    let reply = post(&good, &changed).await;
    assert_eq!(reply.line(), "401 unauthorized -");
    let secret = SECRET.strip_prefix("whsec_").unwrap();
    assert!(!reply.json.to_string().contains(secret) && reply.text("message").contains("byte for byte"));
    assert_sound(&mut courier, &relay).await;
    assert_eq!(post(&good, &body).await.line(), "200 accepted -");
}

#[tokio::test]
async fn a_body_over_the_limit_is_answered_and_one_below_it_is_read() {
    let relay = Relay::start(Options::default()).await;
    let mut courier = Courier::start(&config(&mail_through(&relay)));
    let padded = |id: &str, padding: usize| {
        let mut event = code(id);
        event["padding"] = "x".repeat(padding).into();
        event
    };
    for size in [3 << 20, 8 << 20] {
        assert_eq!(courier.post(&padded("ema_big", size)).await.line(), "413 too_large -");
    }
    assert_sound(&mut courier, &relay).await;
    assert_eq!(courier.post(&padded("ema_fits", 2_000_000)).await.line(), "200 accepted -");
}

#[tokio::test]
async fn a_recipient_that_is_not_one_address_is_refused() {
    let (relay, texts) = (Relay::start(Options::default()).await, Twilio::start().await);
    let mut courier = Courier::start(&config(&both_through(&relay, &texts)));
    let long = format!("{}@example.com", "a".repeat(300));
    let addresses = [
        "nobody",
        "a@b@c",
        "a@example.com,b@example.com",
        "a@example.com b@example.com",
        "Name <a@example.com>",
        "<a@example.com>",
        "a@example.com>\r\nRCPT TO:<b@example.com",
        "a@example.com\r\nBcc: b@example.com",
        "a\0@example.com",
        "@example.com",
        "a@",
        &long,
    ];
    let numbers =
        ["123456789012345678", "call me", "+447700900123;ext=5", "+44 7700 900123, +44 7700 900124"];
    let events = addresses.iter().map(|address| to(code("ema_1"), address));
    for event in events.chain(numbers.iter().map(|number| to(text("sms_1"), number))) {
        let reply = courier.post(&event).await;
        assert_eq!(reply.line(), "422 rejected invalid_recipient abort", "{event}");
    }
    assert_eq!((relay.state().connections, texts.asked().len()), (0, 0));
    // A space around it is no other address.
    assert_eq!(courier.post(&to(code("ema_1"), " mira@mail.example ")).await.line(), "200 accepted -");
    assert_eq!(relay.mails()[0].to, "mira@mail.example");
    assert!(courier.is_running());
}

#[tokio::test]
async fn what_people_typed_stays_text() {
    let relay = Relay::start(Options::default()).await;
    let rest = mail_through(&relay).replace("\"Acme <", "\"{{app.name}} <");
    let courier = Courier::start(&config(&rest));
    let named = |id: &str, name: &str| {
        let mut event = code(id);
        event["data"]["data"]["app"]["name"] = name.into();
        event
    };
    let hostile = [
        "Eve\r\nBcc: x@evil.example",
        "Eve\nSubject: y\n\n<b>body</b>",
        "<script>alert(1)</script>",
        "{{otp_code}} {{#each user}}{{this}}",
        "=?utf-8?q?Bcc=3A_x?=",
        "\" <x@evil.example>, \"",
        "Zoë \u{202e}\u{0}\u{85}",
    ];
    for (at, name) in hostile.into_iter().enumerate() {
        let reply = courier.post(&named(&format!("ema_{at}"), name)).await;
        assert_eq!(
            (&*reply.line(), reply.text("template")),
            ("200 accepted -", "verification_code/en"),
            "{name}"
        );
        let mail = relay.mails().pop().unwrap();
        let read = Read::new(&mail);
        let headers = String::from_utf8_lossy(&mail.body).split("\r\n\r\n").next().unwrap().to_owned();
        let fields = headers.lines().filter(|line| !line.starts_with(' '));
        let mut keys: Vec<_> = fields.map(|field| field.split_once(':').unwrap().0.to_lowercase()).collect();
        let count = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!((read.header("Bcc"), keys.len()), ("-".to_owned(), count), "{headers}");
        assert_eq!(keys.iter().filter(|key| ["subject", "from", "to"].contains(&key.as_str())).count(), 3);
        assert!(!read.html.contains("<script") && !read.html.contains("<b>body"), "{name}");
        let parsed = mailparse::parse_mail(&mail.body).unwrap();
        let from = parsed.headers.get_first_header("From").unwrap();
        let sender = mailparse::addrparse_header(from).unwrap().extract_single_info().unwrap();
        assert_eq!((&*sender.addr, &*mail.from), ("login@acme.example", "login@acme.example"), "{sender:?}");
        if name.contains("{{") {
            assert!(read.header("Subject").contains(name), "{}", read.header("Subject"));
            assert!(
                read.header("From").contains("{{otp_code}}")
                    && read.text.contains(name)
                    && read.html.contains("{{#each user}}")
            );
        }
    }
    // Clerk's own subject, where there is no template.
    let mut event = with_slug(code("ema_subject"), "unheard_of");
    event["data"]["subject"] = json!("Hello\r\nBcc: x@evil.example\r\n\r\nbody");
    assert_eq!(courier.post(&event).await.line(), "200 accepted -");
    let read = Read::new(&relay.mails().pop().unwrap());
    let subject = read.header("Subject");
    assert_eq!((&*subject, &*read.header("Bcc")), ("Hello Bcc: x@evil.example body", "-"));
}

#[tokio::test]
async fn a_link_that_is_none_never_becomes_one() {
    let relay = Relay::start(Options::default()).await;
    let courier = Courier::start(&config(&mail_through(&relay)));
    for (at, link) in
        ["javascript:alert(1)", "data:text/html,x", "https://a.example\" onclick=\"x"].into_iter().enumerate()
    {
        let mut event = fixture("email.created.magic_link_sign_in", &format!("ema_{at}"));
        event["data"]["data"]["magic_link"] = link.into();
        let reply = courier.post(&event).await;
        assert_eq!((&*reply.line(), reply.text("template")), ("200 accepted -", "clerk"), "{link}");
        let read = Read::new(&relay.mails().pop().unwrap());
        assert_eq!(read.html.trim(), event["data"]["body"].as_str().unwrap().trim());
        assert!(!read.html.contains(link) && !read.text.contains(link), "{link}");
    }
    let mut event = code("ema_logo");
    event["data"]["data"]["app"]["logo_image_url"] = json!("javascript:alert(1)");
    event["data"]["data"]["app"]["url"] = json!("javascript:alert(2)");
    event["data"]["data"]["theme"]["primary_color"] = json!("red;background:url(https://evil.example)");
    assert_eq!(courier.post(&event).await.text("template"), "verification_code/en");
    let html = Read::new(&relay.mails().pop().unwrap()).html;
    assert!(!html.contains("javascript") && !html.contains("evil.example"), "{html}");
}

/// A request as bytes; `body` is what the signature covers.
fn request(event: &Value, framing: &str) -> String {
    let body = event.to_string();
    let mut head = "POST /webhooks/clerk HTTP/1.1\r\nhost: x\r\nconnection: close\r\n".to_owned();
    for (name, value) in signed("msg_raw", now().as_secs(), body.as_bytes()) {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    head + framing + "\r\n\r\n"
}

#[tokio::test]
async fn requests_may_be_chunked_slow_or_no_http_at_all() {
    let relay = Relay::start(Options::default()).await;
    let mut courier = Courier::start(&config(&(BRISK.to_owned() + &mail_through(&relay))));
    for garbage in
        [&b"\x16\x03\x01\x02\x00\x01garbage\r\n\r\n"[..], b"HELO relay\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"]
    {
        let answer = courier.raw(garbage).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
    let event = code("ema_raw");
    let body = event.to_string();
    // Half of the body, and then nothing: answered by the deadline.
    let slow = request(&event, &format!("content-length: {}", body.len())) + &body[..body.len() / 2];
    let answer = courier.raw(slow.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("did not arrive in time"), "{answer}");
    let broken = request(&event, "transfer-encoding: chunked") + "zz\r\nno chunk\r\n";
    let answer = courier.raw(broken.as_bytes()).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert_eq!(relay.state().connections, 0);
    let (first, second) = body.split_at(100);
    let chunks = format!("{:x}\r\n{first}\r\n{:x}\r\n{second}\r\n0\r\n\r\n", first.len(), second.len());
    let answer = courier.raw((request(&event, "transfer-encoding: chunked") + &chunks).as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("accepted"), "{answer}");
    assert_eq!(relay.mails().len(), 1);
    assert!(courier.is_running());
}
