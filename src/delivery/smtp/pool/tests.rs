use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};

use super::upkeep::{NOOP_AFTER, QUIT_AFTER};
use super::*;
use crate::delivery::attempt::{Budget, Late};
use crate::delivery::smtp::Tls;
use crate::delivery::smtp::job::{Limits, Outcome};
use crate::delivery::smtp::wire::{Envelope, Letter, Mail};

/// A server that says 250 to everything, and the commands it was sent.
async fn server() -> (u16, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sent, commands) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut tcp, _)) = listener.accept().await {
            let sent = sent.clone();
            tokio::spawn(async move {
                let (read, mut write) = tcp.split();
                write.write_all(b"220 hello\r\n").await.unwrap();
                let mut lines = BufReader::new(read).lines();
                while let Ok(Some(line)) = lines.next_line().await {
                    sent.send(line).unwrap();
                    write.write_all(b"250 fine\r\n").await.unwrap();
                }
            });
        }
    });
    (port, commands)
}

fn settings(port: u16, connections: usize) -> Settings {
    Settings {
        host: "127.0.0.1".to_owned(),
        port,
        tls: Tls::None,
        credentials: None,
        helo: "client.example".to_owned(),
        ca_file: None,
        connections,
        chunking: true,
        attempt_timeout: Duration::from_secs(5),
    }
}

fn pool(port: u16) -> Arc<Pool> {
    Arc::new(Pool::new(settings(port, 2), Clock::System).unwrap())
}

/// A pool whose server takes everything over connections in memory, so that a test may run on a clock that does not wait.
/// It answers MAIL once the gate is open.
fn in_memory(connections: usize) -> (Arc<Pool>, watch::Sender<bool>) {
    let settings = settings(25, connections);
    let (gate, is_open) = watch::channel(false);
    let (dial, mut dialled) = mpsc::unbounded_channel::<DuplexStream>();
    tokio::spawn(async move {
        while let Some(connection) = dialled.recv().await {
            let mut is_open = is_open.clone();
            tokio::spawn(async move {
                let mut client = BufReader::new(connection);
                let _ = client.write_all(b"220 hello\r\n").await;
                let mut line = String::new();
                while client.read_line(&mut line).await.is_ok_and(|read| read > 0) {
                    if line.starts_with("MAIL") {
                        let _ = is_open.wait_for(|is_open| *is_open).await;
                    }
                    let reply: &[u8] = match &*line {
                        "DATA\r\n" => b"354 go on\r\n",
                        "hello\r\n" => b"",
                        _ => b"250 fine\r\n",
                    };
                    let _ = client.write_all(reply).await;
                    line.clear();
                }
            });
        }
    });
    let access = Access::in_memory(&settings, dial, 64 * 1024).unwrap();
    (Arc::new(Pool::with(settings, access)), gate)
}

/// Puts a message into the queue, or the wish to see a session.
fn send(pool: &Arc<Pool>, letter: Option<Letter>) -> oneshot::Receiver<Outcome> {
    let (tell, told) = oneshot::channel();
    let time = Duration::from_mins(1);
    let limits =
        Limits::starting(Instant::now(), Budget { attempt: time, total: time, stop_on_doubt: false });
    let letter = letter.map(Arc::new);
    pool.send(Job { number: pool.number(), letter, limits, late: Late::unheard(), tell });
    told
}

fn hello() -> Option<Letter> {
    let address = "ada@mail.example".parse().unwrap();
    let envelope = Envelope { from: &address, to: &address, smtputf8: false };
    let message = Arc::new(b"hello\r\n".to_vec());
    Letter::new(Mail { envelope, message, without_smtputf8: None }).ok()
}

async fn visit(pool: &Arc<Pool>) {
    send(pool, None).await.unwrap().unwrap();
    while pool.state().in_use > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn idle_sessions_are_kept_alive_in_the_background_and_let_go_when_not_needed() {
    let (port, mut commands) = server().await;
    let pool = pool(port);
    visit(&pool).await;
    assert_eq!(commands.recv().await.unwrap(), "EHLO client.example");
    let now = Instant::now();
    pool.tend(now + NOOP_AFTER / 2).await;
    assert!(commands.is_empty(), "nothing is said to a session that was heard lately");
    pool.tend(now + NOOP_AFTER).await;
    assert_eq!(commands.recv().await.unwrap(), "NOOP");
    assert_eq!(pool.open_sessions(), 1);
    pool.tend(now + QUIT_AFTER + NOOP_AFTER).await;
    assert_eq!(commands.recv().await.unwrap(), "QUIT");
    assert_eq!(pool.open_sessions(), 0);
}

#[tokio::test]
async fn the_session_used_last_is_leased_first_whatever_noops_came_between() {
    let (port, _commands) = server().await;
    let pool = pool(port);
    let (one, other) = (send(&pool, None), send(&pool, None));
    one.await.unwrap().unwrap();
    other.await.unwrap().unwrap();
    while pool.state().idle.len() < 2 {
        tokio::task::yield_now().await;
    }
    let used_at = Instant::now() + Duration::from_secs(1);
    pool.state().idle[1].used_at = used_at;
    pool.tend(Instant::now() + NOOP_AFTER).await;
    let last = pool.state().idle.pop().unwrap();
    assert!(last.was_idle);
    assert_eq!(last.used_at, used_at);
}

#[tokio::test]
async fn who_gives_up_waiting_stops_nothing_and_the_session_is_kept() {
    let (port, mut commands) = server().await;
    let pool = pool(port);
    drop(send(&pool, None));
    assert_eq!(commands.recv().await.unwrap(), "EHLO client.example");
    visit(&pool).await;
    assert_eq!(pool.open_sessions(), 1);
    assert!(commands.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_session_more_is_tried_after_a_while_though_those_in_use_hang() {
    let (pool, _gate) = in_memory(2);
    let _hangs = send(&pool, hello());
    while pool.state().in_use == 0 {
        tokio::task::yield_now().await;
    }
    assert!(!pool.crowded(), "nobody else has one");
    timeout(Duration::from_secs(3), send(&pool, None)).await.unwrap().unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn those_who_wait_get_a_session_more_as_soon_as_enough_messages_went_through() {
    let (pool, gate) = in_memory(2);
    let busy = send(&pool, hello());
    while pool.state().in_use == 0 {
        tokio::task::yield_now().await;
    }
    pool.crowded();
    let (first, second) = (send(&pool, None), send(&pool, None));
    let started = Instant::now();
    for _ in 0..10 {
        pool.succeeded();
    }
    gate.send_replace(true);
    busy.await.unwrap().unwrap();
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    assert_eq!(started.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn no_more_sessions_are_kept_than_configured() {
    let (pool, _gate) = in_memory(1);
    // The first gives up and its session is left behind as slow, so the second gets one of its own.
    let number = pool.next_number.load(Ordering::Relaxed);
    let _told = send(&pool, None);
    assert!(pool.withdraw(number).is_some());
    visit(&pool).await;
    let opens = |state: &State| state.opening.len() + state.slow.len();
    while opens(&pool.state()) > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!((pool.state().in_use, pool.open_sessions()), (0, 1));
}
