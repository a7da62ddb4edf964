//! A mail server that hangs for an hour, under messages that keep coming: the hour and the deadline are compressed.

use std::time::{Duration, Instant};

use crate::support::fleet::callers::{Load, Told, bring};
use crate::support::fleet::sink::Sink;
use crate::support::fleet::{Fleet, usage};

/// Each message is tried twice, as in the first minutes of such an hour.
const ONCE_MORE: [Duration; 1] = [Duration::from_secs(5)];

const DEADLINE: Duration = Duration::from_secs(6);

/// From a caller's first byte to its last, beside the deadline.
const ON_THE_WAY: Duration = Duration::from_millis(500);

/// KiB.
const MEMORY: u64 = 32 * 1024;

fn load(name: &'static str, count: u32) -> Load {
    Load { name, count, rate: 200, at_once: 10_000, callers: 1, pauses: &ONCE_MORE }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_a_provider_hangs_answers_are_in_time_and_memory_stays() {
    let sink = Sink::start(1).await;
    let fleet = Fleet::start(&sink, "#server\nrequest_deadline = \"6s\"\n#rest\n").await;
    let pid = fleet.server(0).as_ref().unwrap().pid();
    for told in bring(load("before", 200), fleet.addresses()).await {
        assert_eq!(told.callers[0][0].outcome, "accepted", "{told:?}");
    }
    let before = usage(pid);
    sink.hang(true);
    let told = bring(load("while", 1000), fleet.addresses()).await;
    let after = usage(pid);
    for attempt in told.iter().flat_map(Told::attempts) {
        assert_eq!(attempt.status, 503, "{attempt:?}");
    }
    let slowest = told.iter().flat_map(Told::attempts).map(|attempt| attempt.ended - attempt.began).max();
    let slowest = slowest.unwrap();
    sink.hang(false);
    let healed = Instant::now();
    while !bring(load("after", 1), fleet.addresses()).await[0].callers[0]
        .iter()
        .any(|attempt| attempt.status == 200)
    {
        assert!(healed.elapsed() < Duration::from_secs(30), "it does not recover");
    }
    let recovered = healed.elapsed();
    println!("slowest {slowest:?}, recovered after {recovered:?}; {before:?} {after:?}");
    let starved = after.starved.saturating_sub(before.starved);
    assert!(
        slowest < DEADLINE + ON_THE_WAY + starved,
        "{slowest:?}, of which {starved:?} may be the machine's"
    );
    assert!(after.memory < before.memory + MEMORY, "{before:?} {after:?}");
}
