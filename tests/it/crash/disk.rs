//! A disk that refuses, under the real program: the limit on the size of its files (`RLIMIT_FSIZE`) makes every write
//! beyond it fail, and can be moved while it runs.

use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use tempfile::TempDir;
use tokio::task::JoinSet;

use super::{arrivals, code, mailing, posting};
use crate::support::courier::{Courier, PATIENCE, program};
use crate::support::relay::{Options, Relay};

/// What the service logs when the disk begins to refuse.
const LOUD: &str = "the ledger's database can't be written: the ledger goes on in memory";

/// A directory with this configuration.
fn directory(config: &str) -> Arc<TempDir> {
    let dir = Arc::new(tempfile::tempdir().unwrap());
    std::fs::write(dir.path().join("config.toml"), config).unwrap();
    dir
}

/// `limit` is what `ulimit -f` takes: KiB. The signal that goes with it is ignored, so that writes fail with EFBIG.
fn start_limited(dir: Arc<TempDir>, limit: &str) -> Courier {
    let mut command = Command::new("bash");
    command.arg("-c").arg(format!("trap '' XFSZ; ulimit -S -f {limit}; exec \"$0\" serve")).arg(program());
    Courier::launch(dir, command, |_| {})
}

/// Moves the limit of a running service, in bytes.
fn limit(courier: &Courier, bytes: &str) {
    let (limit, pid) = (format!("--fsize={bytes}:"), courier.pid().to_string());
    assert!(Command::new("prlimit").args([&limit, "--pid", &pid]).status().unwrap().success());
}

/// Posts `ema_{from}` to `ema_{to}`, some at a time: every answer must be `expected`.
async fn post_all(courier: &Courier, ids: std::ops::Range<usize>, expected: &str) {
    let mut posts = JoinSet::new();
    for n in ids {
        if posts.len() == 10 {
            let line: String = posts.join_next().await.unwrap().unwrap();
            assert_eq!(line, expected);
        }
        let posting = posting(courier, &code(&format!("ema_{n}")));
        posts.spawn(async move { posting.await.unwrap() });
    }
    assert!(posts.join_all().await.iter().all(|line| line == expected));
}

/// Of the ledger, by the metrics: whether it can be written, and how many records wait for that.
async fn ledger(courier: &Courier) -> (bool, usize) {
    let metrics = courier.metrics().await;
    let value = |name: &str| {
        let line = metrics.lines().find(|line| line.split(' ').next() == Some(name)).unwrap();
        line.rsplit(' ').next().unwrap().parse::<usize>().unwrap()
    };
    (value("clerk_courier_ledger_writable") == 1, value("clerk_courier_ledger_unwritten"))
}

async fn until_written(courier: &Courier) {
    let end = Instant::now() + PATIENCE;
    while ledger(courier).await != (true, 0) {
        assert!(Instant::now() < end, "never written: {:?}", ledger(courier).await);
    }
}

fn assert_each_arrived_once(relay: &Relay, count: usize) {
    let arrivals = arrivals(relay);
    assert_eq!(arrivals.len(), count);
    assert!(arrivals.values().all(|times| *times == 1), "{arrivals:?}");
}

fn times_printed(courier: &Courier, text: &str) -> usize {
    courier.output().matches(text).count()
}

#[tokio::test]
async fn a_disk_that_fills_up_costs_no_code_and_repeats_none() {
    let relay = Relay::start(Options::default()).await;
    let courier = start_limited(directory(&mailing(&relay, "")), "192");
    post_all(&courier, 0..3, "200 accepted -").await;
    assert_eq!(ledger(&courier).await, (true, 0), "the first ones fit");
    post_all(&courier, 3..300, "200 accepted -").await;
    let (writable, unwritten) = ledger(&courier).await;
    assert!(!writable && (1..300).contains(&unwritten), "{writable} {unwritten}");
    post_all(&courier, 0..300, "200 duplicate -").await;
    assert_each_arrived_once(&relay, 300);
    assert_eq!(times_printed(&courier, LOUD), 1, "loud, and not for each message");
}

#[tokio::test]
async fn what_a_disk_refused_is_written_once_it_takes_it_again() {
    let relay = Relay::start(Options::default()).await;
    let courier = start_limited(directory(&mailing(&relay, "")), "unlimited");
    post_all(&courier, 0..50, "200 accepted -").await;
    limit(&courier, "0");
    post_all(&courier, 50..150, "200 accepted -").await;
    assert_eq!(ledger(&courier).await, (false, 100));
    post_all(&courier, 0..150, "200 duplicate -").await;
    limit(&courier, "unlimited");
    until_written(&courier).await;
    courier.wait_for_line(|line| line.contains("the ledger's database can be written again"));
    assert_eq!(times_printed(&courier, LOUD), 1);

    let courier = courier.crash_and_restart();
    post_all(&courier, 0..150, "200 duplicate -").await;
    assert_each_arrived_once(&relay, 150);
}

#[tokio::test]
async fn a_disk_that_is_full_at_the_start_keeps_nobody_from_getting_a_code() {
    let relay = Relay::start(Options::default()).await;
    let courier = start_limited(directory(&mailing(&relay, "")), "0");
    courier.wait_for_line(|line| line.contains("so the ledger starts in memory") && line.contains("ERROR"));
    post_all(&courier, 0..20, "200 accepted -").await;
    post_all(&courier, 0..20, "200 duplicate -").await;
    assert_eq!(ledger(&courier).await, (false, 20));
    limit(&courier, "unlimited");
    until_written(&courier).await;

    let courier = courier.crash_and_restart();
    post_all(&courier, 0..20, "200 duplicate -").await;
    assert_each_arrived_once(&relay, 20);
}

#[tokio::test]
async fn a_ledger_that_a_full_disk_keeps_shut_at_the_start_is_known_again_once_there_is_room() {
    let relay = Relay::start(Options::default()).await;
    let mut courier = start_limited(directory(&mailing(&relay, "")), "unlimited");
    post_all(&courier, 0..20, "200 accepted -").await;
    courier.kill();
    let courier = start_limited(Arc::clone(&courier.dir), "0");
    post_all(&courier, 20..40, "200 accepted -").await;
    assert_eq!(ledger(&courier).await, (false, 20));
    limit(&courier, "unlimited");
    until_written(&courier).await;
    post_all(&courier, 0..40, "200 duplicate -").await;
    assert_each_arrived_once(&relay, 40);
}
