use super::*;

const ALL: Sampler = Sampler { share: 1.0, by_parent: true };

fn context(is_sampled: bool) -> Context {
    Context { trace: 0xabc, span: 0xdef, is_sampled }
}

#[tokio::test]
async fn a_request_leaves_its_steps_and_attempts() {
    let (traces, mut queue) = Traces::new(ALL, 7, Counts::default());
    let mut trace =
        traces.begin(Some(context(true)), Instant::now(), UNIX_EPOCH + Duration::from_secs(10)).unwrap();
    trace.step("claim", Instant::now());
    trace.attempt(Duration::from_millis(5), &[("delivery.provider", Some("main".into()))], true);
    trace.step("deliver", Instant::now());
    trace.finish(&[("delivery.attempts", Some(Value::Number(1))), ("none", None)], false);
    let spans = queue.recv().await.unwrap();
    let deliver = spans[2].id;
    let of = |span: &Span| (span.name, span.parent, span.kind, span.failed);
    let root = spans[3].id;
    let wanted = [
        ("claim", Some(root), Kind::Internal, false),
        ("attempt", Some(deliver), Kind::Client, true),
        ("deliver", Some(root), Kind::Internal, false),
        ("webhook", Some(0xdef), Kind::Server, false),
    ];
    assert_eq!(spans.iter().map(of).collect::<Vec<_>>(), wanted);
    assert!(spans.iter().all(|span| span.trace == 0xabc && span.begun <= span.ended));
    let json: serde_json::Value = serde_json::from_slice(&encode(&[], &spans)).unwrap();
    let first = json.pointer("/resourceSpans/0/scopeSpans/0/spans/3").unwrap();
    assert_eq!(first["traceId"], "00000000000000000000000000000abc");
    assert_eq!(first["parentSpanId"], "0000000000000def");
    assert_eq!(first["attributes"].to_string(), r#"[{"key":"delivery.attempts","value":{"intValue":"1"}}]"#);
}

#[tokio::test]
async fn what_nobody_reads_is_dropped_and_counted() {
    let counts = Counts::default();
    let (traces, queue) = Traces::new(ALL, 7, counts.clone());
    for _ in 0..10_000 {
        traces.begin(None, Instant::now(), UNIX_EPOCH).unwrap().finish(&[], false);
    }
    assert_eq!((queue.len(), counts.dropped.get()), (ROOM, 10_000 - ROOM as u64));
    // However often a message is tried, its trace has a bound, and its last span is the request.
    traces.sent(ROOM);
    let mut queue = queue;
    while queue.try_recv().is_ok() {}
    let mut trace = traces.begin(None, Instant::now(), UNIX_EPOCH).unwrap();
    for _ in 0..1000 {
        trace.attempt(Duration::ZERO, &[], true);
    }
    trace.finish(&[], false);
    let spans = queue.recv().await.unwrap();
    assert_eq!((spans.len(), spans.last().unwrap().name), (SPANS + 1, "webhook"));
}

#[tokio::test]
async fn the_sampler_decides_which_requests_are_traced() {
    let taken = |sampler: Sampler, parent: Option<Context>| {
        let (traces, _queue) = Traces::new(sampler, 7, Counts::default());
        (0..1000).filter(|_| traces.begin(parent, Instant::now(), UNIX_EPOCH).is_some()).count()
    };
    let share = |share, by_parent| Sampler { share, by_parent };
    assert_eq!(taken(share(1.0, true), None), 1000);
    assert_eq!(taken(share(0.0, true), None), 0);
    assert_eq!(taken(share(0.0, true), Some(context(true))), 1000);
    assert_eq!(taken(share(1.0, true), Some(context(false))), 0);
    assert_eq!(taken(share(1.0, false), Some(context(false))), 1000);
    let some = taken(share(0.25, true), None);
    assert!((200..300).contains(&some), "{some}");
}
