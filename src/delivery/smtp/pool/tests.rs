use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::upkeep::{NOOP_AFTER, QUIT_AFTER};
use super::*;
use crate::delivery::smtp::Tls;

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

/// A pool whose server says 250 to everything over connections in memory, so that a test may run on a clock that does
/// not wait.
fn in_memory(connections: usize) -> Arc<Pool> {
    let settings = settings(25, connections);
    let (dial, mut dialled) = mpsc::unbounded_channel::<DuplexStream>();
    tokio::spawn(async move {
        while let Some(connection) = dialled.recv().await {
            tokio::spawn(async move {
                let mut client = BufReader::new(connection);
                let _ = client.write_all(b"220 hello\r\n").await;
                let mut line = String::new();
                while client.read_line(&mut line).await.is_ok_and(|read| read > 0) {
                    let _ = client.write_all(b"250 fine\r\n").await;
                }
            });
        }
    });
    let access = Access::in_memory(&settings, dial).unwrap();
    Arc::new(Pool::with(settings, access))
}

async fn open_one(pool: &Arc<Pool>) -> Lease {
    let Ok(lease) = pool.lease(false).await else { panic!("no session") };
    lease
}

#[tokio::test]
async fn idle_sessions_are_kept_alive_in_the_background_and_let_go_when_not_needed() {
    let (port, mut commands) = server().await;
    let pool = pool(port);
    open_one(&pool).await.park();
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
    let (older, mut newer) = (open_one(&pool).await, open_one(&pool).await);
    let used_at = Instant::now() + Duration::from_secs(1);
    newer.session().unwrap().used_at = used_at;
    newer.park();
    older.park();
    pool.tend(Instant::now() + NOOP_AFTER).await;
    let Ok(mut lease) = pool.lease(false).await else { panic!("no session") };
    assert!(lease.is_warm());
    assert_eq!(lease.session().unwrap().used_at, used_at);
}

#[tokio::test]
async fn who_gives_up_waiting_stops_nothing_and_the_session_is_kept() {
    let (port, mut commands) = server().await;
    let pool = pool(port);
    drop(pool.lease(false));
    assert_eq!(commands.recv().await.unwrap(), "EHLO client.example");
    let Ok(lease) = pool.lease(false).await else { panic!("no session") };
    assert_eq!(pool.open_sessions(), 1);
    drop(lease);
    assert_eq!(pool.open_sessions(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_session_more_is_tried_after_a_while_though_those_in_use_hang() {
    let pool = in_memory(2);
    let _hangs = open_one(&pool).await;
    assert!(!pool.crowded(), "nobody else has one");
    let _second = timeout(Duration::from_secs(3), open_one(&pool)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn those_who_wait_get_a_session_more_as_soon_as_enough_messages_went_through() {
    let pool = in_memory(2);
    let lease = open_one(&pool).await;
    pool.crowded();
    let (first, second) = (pool.lease(false), pool.lease(false));
    let started = Instant::now();
    for _ in 0..10 {
        pool.succeeded();
    }
    lease.park();
    let (Ok(_first), Ok(_second)) = (first.await, second.await) else { panic!("no session") };
    assert_eq!(started.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn no_more_sessions_are_kept_than_configured() {
    let pool = in_memory(1);
    drop(pool.lease(false));
    let lease = open_one(&pool).await;
    let opens = |state: &State| state.opening.len() + state.slow.len();
    while opens(&pool.state()) > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(pool.open_sessions(), 1);
    lease.park();
    assert_eq!((pool.state().in_use, pool.open_sessions()), (0, 1));
}
