//! A mail server that hangs for an hour, under messages that keep coming: the hour is compressed, the deadlines are not.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::support::fleet::callers::{Load, bring};
use crate::support::fleet::sink::Sink;
use crate::support::fleet::{Fleet, usage};

/// Each message is tried twice, as in the first minutes of such an hour.
const ONCE_MORE: [Duration; 1] = [Duration::from_secs(5)];

const DEADLINE: Duration = Duration::from_secs(12);

/// KiB.
const MEMORY: u64 = 32 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_a_provider_hangs_answers_are_in_time_and_memory_is_bounded() {
    let sink = Sink::start(1).await;
    let fleet = Fleet::start(&sink, "").await;
    let pid = fleet.server(0).as_ref().unwrap().pid();
    let load = |name, count| Load { name, count, rate: 100, callers: 1, pauses: &ONCE_MORE };
    for told in bring(load("before", 200), fleet.addresses()).await {
        assert_eq!(told.callers[0][0].outcome, "accepted");
    }
    let before = usage(pid);
    sink.hang(true);
    let hanging = bring(load("while", 1500), fleet.addresses());
    let watching = async {
        let mut most = before;
        loop {
            sleep(Duration::from_millis(200)).await;
            let now = usage(pid);
            most.memory = most.memory.max(now.memory);
            most.files = most.files.max(now.files);
            println!("{now:?}");
        }
    };
    let told = tokio::select! {
        told = hanging => told,
        () = watching => unreachable!("it watches for ever"),
    };
    let slowest = told
        .iter()
        .flat_map(|told| told.attempts())
        .map(|attempt| attempt.ended - attempt.began)
        .max()
        .unwrap();
    let after = usage(pid);
    println!("slowest {slowest:?}; {before:?} {after:?}");
    assert!(slowest < DEADLINE + Duration::from_millis(500), "{slowest:?}");
    sink.hang(false);
    let healed = Instant::now();
    loop {
        let told = bring(load("after", 1), fleet.addresses()).await;
        if told[0].callers[0][0].outcome == "accepted" || told[0].callers[0][0].outcome == "duplicate" {
            break;
        }
        assert!(healed.elapsed() < Duration::from_secs(30));
    }
    println!("recovered after {:?}", healed.elapsed());
    assert!(after.memory < before.memory + MEMORY, "{before:?} {after:?}");
}
