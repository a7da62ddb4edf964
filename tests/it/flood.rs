//! Floods: ten thousand sockets of strangers, and an hour's worth of messages. Neither keeps a signed message out, and neither
//! leaves anything behind.

use std::time::{Duration, Instant};

use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};

use crate::support::courier::PATIENCE;
use crate::support::fleet::callers::{Load, bring};
use crate::support::fleet::sink::Sink;
use crate::support::fleet::{Fleet, Usage, usage};

const SOCKETS: u64 = 10_000;

/// KiB that they may cost at most: about 16 each, of those that there is room for.
const MEMORY: u64 = 160 * 1024;

/// Files of the test itself that are no sockets of strangers.
const OTHERS: u64 = 500;

/// Svix comes once.
const ONCE: [Duration; 0] = [];

fn load(name: &'static str, count: u32, rate: u32) -> Load {
    Load { name, count, rate, at_once: 32, callers: 1, pauses: &ONCE }
}

/// All of them are accepted, and none waits long.
async fn assert_accepted(fleet: &Fleet, pid: u32, load: Load) {
    let before = usage(pid);
    let all = bring(load, fleet.addresses()).await;
    let starved = usage(pid).starved.saturating_sub(before.starved);
    for told in all {
        let attempt = &told.callers[0][0];
        assert_eq!(attempt.outcome, "accepted", "{told:?}");
        assert!(attempt.ended - attempt.began < Duration::from_secs(5) + starved, "{told:?}, {starved:?}");
    }
}

/// Waits until the service has no more files open than that.
async fn until_closed(pid: u32, files: usize) -> Usage {
    let end = Instant::now() + PATIENCE;
    loop {
        let now = usage(pid);
        if now.files <= files {
            return now;
        }
        assert!(Instant::now() < end, "{now:?}: more than {files} files");
        sleep(Duration::from_millis(100)).await;
    }
}

/// What strangers do: nothing, half a head, a body that never comes, or requests whose answers they never read.
async fn stranger(kind: u64, fleet: &Fleet) -> Option<TcpStream> {
    let address = fleet.addresses().borrow()[0];
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(2048).unwrap();
    let stream = timeout(PATIENCE, socket.connect(address)).await.expect("a connection").ok()?;
    let said = match kind % 4 {
        0 => String::new(),
        1 => "POST /webhooks/clerk HTTP/1.1\r\nhost: x\r\nsvix-".to_owned(),
        2 => "POST /webhooks/clerk HTTP/1.1\r\nhost: x\r\nsvix-id: a\r\nsvix-timestamp: 1\r\nsvix-signature: v1,x\r\n\
              transfer-encoding: chunked\r\n\r\n"
            .to_owned()
            + &"1\r\n{\r\n".repeat(200),
        _ => "GET /webhooks/clerk HTTP/1.1\r\nhost: x\r\n\r\n".repeat(400),
    };
    // As much as fits.
    let _ = stream.try_write(said.as_bytes());
    Some(stream)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_strangers_keep_no_message_out_and_leave_nothing_behind() {
    let files = rlimit::increase_nofile_limit(SOCKETS + OTHERS).unwrap();
    let sink = Sink::start(1).await;
    let fleet = Fleet::start(&sink, "").await;
    let pid = fleet.server(0).as_ref().unwrap().pid();
    assert_accepted(&fleet, pid, load("before", 100, 100)).await;
    let before = usage(pid);
    let mut strangers = Vec::new();
    let flood = async {
        for kind in 0..files.saturating_sub(OTHERS).min(SOCKETS) {
            strangers.extend(stranger(kind, &fleet).await);
        }
    };
    tokio::join!(flood, assert_accepted(&fleet, pid, load("while", 300, 50)));
    let during = usage(pid);
    assert_accepted(&fleet, pid, load("full", 200, 100)).await;
    let count = strangers.len();
    drop(strangers);
    let after = until_closed(pid, before.files + 20).await;
    assert_accepted(&fleet, pid, load("after", 100, 100)).await;
    println!("{count} strangers; {before:?} {during:?} {after:?}");
    assert!(during.memory < before.memory + MEMORY, "{before:?} {during:?}");
}

/// What an hour brings at one message a second, as quickly as it goes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_hour_of_messages_leaves_memory_and_files_as_they_were() {
    let sink = Sink::start(1).await;
    let fleet = Fleet::start(&sink, "").await;
    let pid = fleet.server(0).as_ref().unwrap().pid();
    let mut seen = Vec::new();
    for part in ["first", "second", "third", "fourth", "fifth", "sixth"] {
        assert_accepted(&fleet, pid, load(part, 600, 300)).await;
        seen.push(until_closed(pid, 200).await);
    }
    println!("{seen:#?}");
    // The least of some, since a moment's burst holds memory for a while.
    let least = |seen: &[Usage]| seen.iter().map(|usage| usage.memory).min().unwrap();
    assert!(least(&seen[3..]) < least(&seen[..3]) + 4 * 1024, "{seen:#?}");
    assert!(seen[5].files <= seen[0].files + 20, "{seen:#?}");
}
