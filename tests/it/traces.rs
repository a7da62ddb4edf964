//! Traces, as a collector gets them: a small receiver that reads OTLP strictly, by its specification.

use std::net::SocketAddr;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Map, Value};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::courier::{Courier, PATIENCE, config, now, post_raw, signed};
use crate::support::relay::{Fault, Options, Relay, Stage};
use crate::support::scene::{both_through, code, email, mail_through, sms, smtp, text, to, twilio};
use crate::support::server::{Server, free_port, listening, python};
use crate::support::twilio::{Act as Script, Twilio};

/// A collector on this machine.
struct Collector {
    address: SocketAddr,
    bodies: Arc<Mutex<Vec<String>>>,
}

/// What a collector does with each request.
#[derive(Clone, Copy, PartialEq)]
enum Act {
    Take,
    Hang,
    Refuse,
    /// Nobody listens there any more.
    Leave,
}

impl Collector {
    async fn start(act: Act) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let bodies = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&bodies);
        if act == Act::Leave {
            return Self { address, bodies };
        }
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, act, Arc::clone(&kept)));
            }
        });
        Self { address, bodies }
    }

    /// A service that sends its traces here.
    fn courier(&self, rest: &str) -> Courier {
        let dir = Arc::new(tempfile::tempdir().unwrap());
        std::fs::write(dir.path().join("config.toml"), config(rest)).unwrap();
        Courier::start_in(dir, |command| {
            command
                .env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{}", self.address))
                .env("OTEL_EXPORTER_OTLP_HEADERS", "x-key=a%20key")
                .env("OTEL_EXPORTER_OTLP_TIMEOUT", "300")
                .env("OTEL_BSP_SCHEDULE_DELAY", "20")
                .args(["--log", "trace"]);
        })
    }

    /// The spans so far, each checked.
    fn spans(&self) -> Vec<Span> {
        self.bodies.lock().unwrap().iter().flat_map(|body| spans(body)).collect()
    }

    /// The spans, once there are so many.
    async fn wait_for(&self, count: usize) -> Vec<Span> {
        let end = Instant::now() + Duration::from_secs(30);
        loop {
            let spans = self.spans();
            if spans.len() >= count {
                return spans;
            }
            assert!(Instant::now() < end, "{} spans came: {spans:?}", spans.len());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// Reads requests, and answers them as told.
async fn converse(mut stream: TcpStream, act: Act, bodies: Arc<Mutex<Vec<String>>>) {
    let mut bytes = Vec::new();
    loop {
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            if !matches!(stream.read_buf(&mut bytes).await, Ok(read) if read > 0) {
                return;
            }
            continue;
        };
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_ascii_lowercase();
        assert!(head.starts_with("post /v1/traces http/1.1"), "{head}");
        assert!(head.contains("\r\ncontent-type: application/json"), "{head}");
        assert!(head.contains("\r\nx-key: a key"), "{head}");
        let length = head.split("\r\ncontent-length: ").nth(1).unwrap().split("\r\n").next().unwrap();
        let length: usize = length.parse().unwrap();
        while bytes.len() < end + 4 + length {
            assert!(stream.read_buf(&mut bytes).await.unwrap() > 0);
        }
        let body = String::from_utf8(bytes[end + 4..end + 4 + length].to_vec()).unwrap();
        bytes.drain(..end + 4 + length);
        let answer: &[u8] = match act {
            Act::Take => b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
            Act::Refuse => b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n",
            Act::Hang | Act::Leave => std::future::pending().await,
        };
        bodies.lock().unwrap().push(body);
        stream.write_all(answer).await.unwrap();
    }
}

#[derive(Debug, Clone)]
struct Span {
    trace: String,
    id: String,
    parent: Option<String>,
    name: String,
    kind: u64,
    times: (u64, u64),
    failed: bool,
    attributes: Map<String, Value>,
}

/// The fields of an object, of which none may be missing or unknown.
fn fields(value: &Value, needed: &[&str], may: &[&str]) -> Map<String, Value> {
    let object = value.as_object().unwrap().clone();
    for name in needed {
        assert!(object.contains_key(*name), "{name} is missing: {value}");
    }
    for name in object.keys() {
        assert!(needed.contains(&name.as_str()) || may.contains(&name.as_str()), "{name}: {value}");
    }
    object
}

/// An id of so many hexadecimal digits that is not 0.
fn id(value: &Value, digits: usize) -> String {
    let text = value.as_str().unwrap();
    assert!(text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')), "{text}");
    assert!(text.bytes().any(|byte| byte != b'0'), "{text}");
    text.to_owned()
}

fn attributes(value: &Value) -> Map<String, Value> {
    let read = |pair: &Value| {
        let pair = fields(pair, &["key", "value"], &[]);
        let value = fields(&pair["value"], &[], &["stringValue", "intValue"]);
        assert_eq!(value.len(), 1);
        let value = match value.get("intValue") {
            Some(number) => number.as_str().unwrap().parse::<i64>().unwrap().into(),
            None => Value::String(value["stringValue"].as_str().unwrap().to_owned()),
        };
        (pair["key"].as_str().unwrap().to_owned(), value)
    };
    value.as_array().unwrap().iter().map(read).collect()
}

/// The spans of one request (<https://github.com/open-telemetry/opentelemetry-proto>, `trace.proto`).
fn spans(body: &str) -> Vec<Span> {
    let body: Value = serde_json::from_str(body).unwrap();
    let body = fields(&body, &["resourceSpans"], &[]);
    let mut all = Vec::new();
    for resource in body["resourceSpans"].as_array().unwrap() {
        let resource = fields(resource, &["resource", "scopeSpans"], &[]);
        let named = attributes(&fields(&resource["resource"], &["attributes"], &[])["attributes"]);
        assert_eq!(named["service.name"], "clerk-courier");
        for scope in resource["scopeSpans"].as_array().unwrap() {
            let scope = fields(scope, &["scope", "spans"], &[]);
            fields(&scope["scope"], &["name", "version"], &[]);
            all.extend(scope["spans"].as_array().unwrap().iter().map(span));
        }
    }
    all
}

fn span(span: &Value) -> Span {
    let needed =
        ["traceId", "spanId", "name", "kind", "startTimeUnixNano", "endTimeUnixNano", "attributes", "flags"];
    let span = fields(span, &needed, &["parentSpanId", "status"]);
    let nanos = |name: &str| span[name].as_str().unwrap().parse::<u64>().unwrap();
    let times = (nanos("startTimeUnixNano"), nanos("endTimeUnixNano"));
    let age = now().as_nanos().abs_diff(times.1.into());
    assert!(times.0 <= times.1 && age < 60_000_000_000, "{times:?}");
    Span {
        trace: id(&span["traceId"], 32),
        id: id(&span["spanId"], 16),
        parent: span.get("parentSpanId").map(|parent| id(parent, 16)),
        name: span["name"].as_str().unwrap().to_owned(),
        kind: span["kind"].as_u64().unwrap(),
        times,
        failed: span.get("status").is_some_and(|status| status["code"] == 2),
        attributes: attributes(&span["attributes"]),
    }
}

/// The spans of each kind, in the order in which they ended.
fn names(spans: &[Span]) -> Vec<&str> {
    spans.iter().map(|span| span.name.as_str()).collect()
}

const LINE: [&str; 9] =
    ["verify", "decide", "claim", "render", "sign", "attempt", "deliver", "settle", "webhook"];

#[tokio::test]
async fn a_message_leaves_one_trace_that_tells_nothing_of_its_reader() {
    let collector = Collector::start(Act::Take).await;
    let (relay, texts) = (Relay::start(Options::default()).await, Twilio::start().await);
    let rest = both_through(&relay, &texts);
    let courier = collector.courier(&rest);
    let (mail, phone) = (code("ema_1"), text("sms_1"));
    // Strangers write no traces.
    let wrong = [("svix-id", "msg_0"), ("svix-timestamp", "1"), ("svix-signature", "v1,AAAA")];
    assert_eq!(post_raw(&courier.url("/webhooks/clerk"), &wrong, b"{}").await.status, 401);
    // The first belongs to the trace of a proxy, and the second to nobody's.
    let body = serde_json::to_vec(&mail).unwrap();
    let headers = signed("msg_1", now().as_secs(), &body);
    let mut headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    headers.push(("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
    assert_eq!(post_raw(&courier.url("/webhooks/clerk"), &headers, &body).await.status, 200);
    assert_eq!(collector.wait_for(9).await.len(), 9);
    assert_eq!(courier.post(&phone).await.status, 200);
    let spans = collector.wait_for(18).await;
    let (first, second) = spans.split_at(9);
    for spans in [first, second] {
        assert_eq!(names(spans), LINE);
        let root = spans.last().unwrap();
        let deliver = spans.iter().find(|span| span.name == "deliver").unwrap();
        for span in spans {
            assert_eq!(span.trace, root.trace);
            assert!(!span.failed);
            assert!(root.times.0 <= span.times.0 && span.times.1 <= root.times.1, "{span:?}");
            match span.name.as_str() {
                "webhook" => assert_eq!(span.kind, 2),
                "attempt" => assert_eq!((span.kind, span.parent.as_ref()), (3, Some(&deliver.id))),
                _ => assert_eq!((span.kind, span.parent.as_ref()), (1, Some(&root.id))),
            }
        }
        assert_eq!(root.attributes["delivery.outcome"], "accepted");
        assert_eq!(root.attributes["http.response.status_code"], 200);
    }
    assert_eq!(first[8].trace, "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(first[8].parent.as_deref(), Some("00f067aa0ba902b7"));
    assert_eq!(first[8].attributes["svix.id"], "msg_1");
    assert_eq!((second[8].parent.as_ref(), second[8].attributes["clerk.id"].as_str()), (None, Some("sms_1")));
    // Not even masked.
    let all = collector.bodies.lock().unwrap().join("\n");
    for event in [&mail, &phone] {
        for name in ["otp_code", "to_email_address", "to_phone_number", "subject", "body", "body_plain"] {
            let Some(secret) = event["data"][name].as_str().filter(|text| text.len() > 3) else { continue };
            assert!(!all.contains(secret), "{name} is in a span");
        }
    }
    assert!(!all.contains("***") && !all.contains('@'), "{all}");
    let metrics = courier.metrics().await;
    assert!(metrics.contains("clerk_courier_spans_sent_total 18\n"), "{metrics}");
}

#[tokio::test]
async fn each_attempt_says_how_far_it_came() {
    let collector = Collector::start(Act::Take).await;
    let (first, second) = (Relay::start(Options::default()).await, Relay::start(Options::default()).await);
    first.fail_times(Stage::Rcpt, Fault::reply("451 4.3.0 try later"), 1);
    let rest = email(&["first", "second"]) + &smtp("first", first.port) + &smtp("second", second.port);
    let mut courier = collector.courier(&rest);
    assert_eq!(courier.post(&code("ema_1")).await.text("provider"), "second");
    // What was not sent yet is sent at the end.
    courier.terminate();
    assert!(courier.wait().success());
    let spans = collector.wait_for(10).await;
    let attempts: Vec<_> = spans.iter().filter(|span| span.name == "attempt").collect();
    let of = |span: &Span| {
        let text = |name: &str| span.attributes.get(name).and_then(Value::as_str).unwrap_or("-").to_owned();
        [text("delivery.provider"), text("delivery.verdict"), text("delivery.stage"), span.failed.to_string()]
    };
    assert_eq!(of(attempts[0]), ["first", "deferred", "rcpt", "true"]);
    assert_eq!(of(attempts[1]), ["second", "accepted", "-", "false"]);
    assert_eq!(spans.last().unwrap().attributes["delivery.attempts"], 2);
}

#[tokio::test]
async fn an_api_of_ones_own_continues_the_trace_and_no_other_is_told() {
    let collector = Collector::start(Act::Take).await;
    let (own, texts) = (Twilio::start().await, Twilio::start().await);
    let definition = format!(
        "[providers.own]\nbase_url = \"{}\"\n[providers.own.definition]\ncarries = \"sms\"\n\
         path = \"/send\"\nneeds_sender = false\n\
         settings.traceparent = {{ about = \"the trace\", optional = true }}\n\
         form = {{ to = \"{{{{to}}}}\", text = \"{{{{text}}}}\", traceparent = \"{{{{traceparent}}}}\" }}\n\
         accepted.when = {{ \"/status\" = \"ok\" }}\n",
        own.url()
    );
    let rest = sms(&["texts", "own"]) + &twilio("texts", &texts.url()) + &definition;
    let courier = collector.courier(&rest);
    texts.next(Script::Answer(429, "{}".to_owned()));
    own.next(Script::Answer(200, r#"{"status":"ok"}"#.to_owned()));
    assert_eq!(courier.post(&text("sms_1")).await.text("provider"), "own");
    let spans = collector.wait_for(10).await;
    let deliver = spans.iter().find(|span| span.name == "deliver").unwrap();
    let wanted = format!("00-{}-{}-01", deliver.trace, deliver.id);
    assert_eq!(own.asked()[0].field("traceparent"), Some(wanted.as_str()));
    assert_eq!(texts.asked()[0].field("traceparent"), None);
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/providers")).unwrap() {
        assert!(!std::fs::read_to_string(file.unwrap().path()).unwrap().contains("traceparent"));
    }
}

/// What the process holds, in kB.
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_collector_that_hangs_refuses_or_is_gone_costs_no_message_and_no_memory() {
    for act in [Act::Hang, Act::Refuse, Act::Leave] {
        let collector = Collector::start(act).await;
        let relay = Relay::start(Options::default()).await;
        let mut courier = collector.courier(&mail_through(&relay));
        let mut held = 0;
        for round in 0..4 {
            for batch in 0..10 {
                let event = |at| {
                    let id = format!("ema_{round}_{batch}_{at}");
                    to(code(&id), &format!("{id}@mail.example"))
                };
                let events: Vec<_> = (0..20).map(event).collect();
                for reply in courier.post_all(&events).await {
                    assert_eq!(reply.status, 200, "{:?}", reply.json);
                }
            }
            if round == 2 {
                held = resident(courier.pid());
            }
        }
        let (before, after) = (held, resident(courier.pid()));
        assert!(after < before + 8 * 1024, "{before} kB, then {after} kB");
        courier.wait_for_line(|line| line.contains("the collector does not take traces"));
        let metrics = courier.metrics().await;
        let dropped =
            metrics.lines().find_map(|line| line.strip_prefix("clerk_courier_spans_dropped_total "));
        assert!(dropped.unwrap().parse::<u64>().unwrap() > 0);
        // Nor does it hold up the end.
        let begun = Instant::now();
        courier.terminate();
        assert!(courier.wait().success());
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    }
}

/// Takes whatever is posted to it, and keeps the bodies one behind the other, which is a gzip stream where each body is one.
async fn backend() -> (SocketAddr, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let bodies = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&bodies);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let kept = Arc::clone(&kept);
            tokio::spawn(async move {
                let answer =
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";
                let mut bytes = Vec::new();
                while matches!(stream.read_buf(&mut bytes).await, Ok(read) if read > 0) {
                    let head = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
                    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
                    let length = head.split("content-length: ").nth(1).unwrap().split("\r\n").next().unwrap();
                    if bytes.len() >= end + 4 + length.parse::<usize>().unwrap() {
                        kept.lock().unwrap().extend_from_slice(&bytes[end + 4..]);
                        bytes.clear();
                        stream.write_all(answer).await.unwrap();
                    }
                }
            });
        }
    });
    (address, bodies)
}

/// Rotel reads our JSON into the types of OTLP's own protobuf, and hands them on in that form. What comes out of it was read
/// as every collector reads it.
#[tokio::test]
#[ignore = "needs rotel"]
async fn a_real_collector_reads_what_we_send() {
    let (backend, bodies) = backend().await;
    let packages =
        python("python").parent().unwrap().join("../lib").read_dir().unwrap().next().unwrap().unwrap();
    let (http, grpc) = (free_port().await, free_port().await);
    let mut rotel = Command::new(packages.path().join("site-packages/rotel/rotel-agent"));
    rotel.arg("start").env_clear();
    for (option, value) in [
        ("--otlp-http-endpoint", format!("127.0.0.1:{http}")),
        ("--otlp-grpc-endpoint", format!("127.0.0.1:{grpc}")),
        ("--exporter", "otlp".to_owned()),
        ("--otlp-exporter-protocol", "http".to_owned()),
        ("--otlp-exporter-endpoint", format!("http://{backend}")),
    ] {
        rotel.args([option, &value]);
    }
    let _rotel = Server::start(&mut rotel);
    listening(http).await;
    let relay = Relay::start(Options::default()).await;
    let dir = Arc::new(tempfile::tempdir().unwrap());
    std::fs::write(dir.path().join("config.toml"), config(&mail_through(&relay))).unwrap();
    let courier = Courier::start_in(dir, |command| {
        command
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://127.0.0.1:{http}"))
            .env("OTEL_BSP_SCHEDULE_DELAY", "20");
    });
    let body = serde_json::to_vec(&code("ema_1")).unwrap();
    let headers = signed("msg_1", now().as_secs(), &body);
    let mut headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    headers.push(("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
    assert_eq!(post_raw(&courier.url("/webhooks/clerk"), &headers, &body).await.status, 200);

    let end = Instant::now() + PATIENCE;
    let mut spans = Vec::new();
    while !spans.windows(7).any(|window| window == b"webhook") {
        assert!(Instant::now() < end, "nothing came");
        tokio::time::sleep(Duration::from_millis(100)).await;
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &*bodies.lock().unwrap()).unwrap();
        spans = Command::new("gzip").stdin(file.into_file()).arg("-dc").output().unwrap().stdout;
    }
    let count = |wanted: &[u8]| spans.windows(wanted.len()).filter(|window| *window == wanted).count();
    // Field 1 of a span, in 16 bytes, and field 4 of the outermost one, in 8: ids are binary in this form.
    let trace = [&[0x0a, 16][..], &0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736_u128.to_be_bytes()].concat();
    let parent = [&[0x22, 8][..], &0x00f0_67aa_0ba9_02b7_u64.to_be_bytes()].concat();
    assert_eq!((count(&trace), count(&parent)), (LINE.len(), 1));
    for name in LINE {
        // Field 5 is its name.
        let name = [&[0x2a, u8::try_from(name.len()).unwrap()], name.as_bytes()].concat();
        assert_eq!(count(&name), 1, "{name:?}");
    }
    let metrics = courier.metrics().await;
    assert!(metrics.contains("clerk_courier_spans_sent_total 9\n"), "{metrics}");
    assert!(metrics.contains("clerk_courier_spans_dropped_total 0\n"), "{metrics}");
}
