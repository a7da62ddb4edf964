use super::upkeep::{NOOP_AFTER, QUIT_AFTER};
use super::*;
use crate::delivery::smtp::Tls;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

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

fn pool(port: u16) -> Arc<Pool> {
    let settings = Settings {
        host: "127.0.0.1".to_owned(),
        port,
        tls: Tls::None,
        credentials: None,
        helo: "client.example".to_owned(),
        ca_file: None,
        connections: 2,
        chunking: true,
        attempt_timeout: Duration::from_secs(5),
    };
    Arc::new(Pool::new(settings).unwrap())
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
