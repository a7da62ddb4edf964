use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

use super::connections::Connection;
use super::serve::{Connections, Limits, serve};
use super::*;

/// Nothing here takes as long.
const PATIENCE: Duration = Duration::from_mins(1);

const SOON: Duration = Duration::from_millis(50);

/// None of them is ever reached.
const FAR: Limits = Limits {
    first_request: PATIENCE,
    idle: PATIENCE,
    write_stall: PATIENCE,
    stranger: PATIENCE,
    farewell: PATIENCE,
    ends_with_caller: false,
};

/// An address that takes `most` connections. `/signed` stands for a signed message, and `/late` is answered once it is told.
struct Address {
    port: u16,
    late: Arc<Notify>,
    tell: watch::Sender<bool>,
    served: tokio::task::JoinHandle<()>,
}

impl Address {
    async fn new(most: usize, limits: Limits) -> Self {
        let signed = |axum::Extension(connection): axum::Extension<Arc<Connection>>| async move {
            connection.has_signed();
            "signed"
        };
        let late = Arc::new(Notify::new());
        let go = Arc::clone(&late);
        let router = Router::new()
            .route("/signed", get(signed))
            .route(
                "/late",
                get(async move || {
                    go.notified().await;
                    "late"
                }),
            )
            .route("/strange", get(|| async { "strange" }))
            .route("/long", get(|| async { vec![b'x'; 16 << 20] }));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, told) = watch::channel(false);
        let served = tokio::spawn(serve(listener, router, Connections::new(most, limits), told));
        Self { port, late, tell, served }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port)).await.unwrap()
    }
}

async fn ask(stream: &mut TcpStream, path: &str) -> String {
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(&path.as_bytes()[1..]) {
        assert_ne!(timeout(PATIENCE, stream.read_buf(&mut answer)).await.unwrap().unwrap(), 0);
    }
    String::from_utf8(answer).unwrap()
}

/// Waits until the other side has closed; what comes before that is thrown away.
async fn is_closed(stream: &mut TcpStream) {
    let mut rest = vec![0; 1 << 16];
    while let Ok(1..) = timeout(PATIENCE, stream.read(&mut rest)).await.unwrap() {}
}

#[tokio::test]
async fn who_says_nothing_is_closed() {
    let address = Address::new(10, Limits { first_request: SOON, ..FAR }).await;
    let mut half = address.connect().await;
    half.write_all(b"GET /stra").await.unwrap();
    let mut asked = address.connect().await;
    ask(&mut asked, "/strange").await;
    is_closed(&mut address.connect().await).await;
    is_closed(&mut half).await;
    ask(&mut asked, "/strange").await;
}

#[tokio::test]
async fn a_connection_without_a_signed_message_has_an_end() {
    let address = Address::new(10, Limits { stranger: SOON, ..FAR }).await;
    let (mut strange, mut signed) = (address.connect().await, address.connect().await);
    ask(&mut signed, "/signed").await;
    ask(&mut strange, "/strange").await;
    is_closed(&mut strange).await;
    ask(&mut signed, "/strange").await;
}

#[tokio::test]
async fn a_caller_that_has_closed_its_side_still_gets_its_answer() {
    let address = Address::new(10, FAR).await;
    assert!(left_alone(&address).await.ends_with("late"));
    // The workshop has long requests, which are worth nothing once their caller has left: there they end with it.
    let address = Address::new(10, Limits { ends_with_caller: true, ..FAR }).await;
    assert_eq!(left_alone(&address).await, "");
}

/// The answer to a caller that closes its side before it is answered.
async fn left_alone(address: &Address) -> String {
    let (mut caller, mut other) = (address.connect().await, address.connect().await);
    caller.write_all(b"GET /late HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    caller.shutdown().await.unwrap();
    // While these are answered the server comes to know what the first caller did.
    for _ in 0..3 {
        ask(&mut other, "/strange").await;
    }
    address.late.notify_one();
    let mut answer = String::new();
    timeout(PATIENCE, caller.read_to_string(&mut answer)).await.unwrap().unwrap();
    answer
}

#[tokio::test]
async fn an_idle_connection_has_an_end() {
    let address = Address::new(10, Limits { idle: SOON, ..FAR }).await;
    let mut signed = address.connect().await;
    ask(&mut signed, "/signed").await;
    is_closed(&mut signed).await;
}

#[tokio::test]
async fn who_never_reads_an_answer_is_closed() {
    let address = Address::new(10, Limits { write_stall: SOON, ..FAR }).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(2048).unwrap();
    let mut stream = socket.connect(([127, 0, 0, 1], address.port).into()).await.unwrap();
    stream.write_all(b"GET /long HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    // The connection's task ends without a byte being read here, or else this waits for it in vain.
    address.tell.send(true).unwrap();
    timeout(PATIENCE / 2, address.served).await.unwrap().unwrap();
    is_closed(&mut stream).await;
}

#[tokio::test]
async fn where_there_is_no_room_the_oldest_stranger_makes_some() {
    let address = Address::new(3, FAR).await;
    let mut signed = address.connect().await;
    ask(&mut signed, "/signed").await;
    let mut strangers = Vec::new();
    for _ in 0..20 {
        let mut stranger = address.connect().await;
        ask(&mut stranger, "/strange").await;
        strangers.push(stranger);
    }
    for stranger in &mut strangers[..18] {
        is_closed(stranger).await;
    }
    for stranger in &mut strangers[18..] {
        ask(stranger, "/strange").await;
    }
    assert!(ask(&mut signed, "/signed").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn where_all_brought_signed_messages_another_one_waits_for_room() {
    let address = Address::new(2, FAR).await;
    let (mut one, mut two) = (address.connect().await, address.connect().await);
    ask(&mut one, "/signed").await;
    ask(&mut two, "/signed").await;
    let mut three = address.connect().await;
    three.write_all(b"GET /signed HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    ask(&mut one, "/signed").await;
    ask(&mut two, "/signed").await;
    drop(one);
    let mut first = [0; 12];
    timeout(PATIENCE, three.read_exact(&mut first)).await.unwrap().unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
}

#[tokio::test]
async fn a_head_without_an_end_is_refused() {
    let address = Address::new(2, FAR).await;
    let mut stream = address.connect().await;
    stream.write_all(format!("GET / HTTP/1.1\r\nx: {}", "x".repeat(40_000)).as_bytes()).await.unwrap();
    let mut first = [0; 12];
    timeout(PATIENCE, stream.read_exact(&mut first)).await.unwrap().unwrap();
    assert_eq!(
        first,
        format!("HTTP/1.1 {}", StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE.as_str()).as_bytes()
    );
}

#[test]
fn a_path_is_served_with_and_without_a_slash_at_its_end() {
    for (path, served) in [
        ("/webhooks/clerk", vec!["/webhooks/clerk", "/webhooks/clerk/"]),
        ("/webhooks/clerk/", vec!["/webhooks/clerk/", "/webhooks/clerk"]),
        ("/", vec!["/"]),
        ("//", vec!["//", "/"]),
        ("/healthz/", vec!["/healthz/"]),
        ("/readyz/", vec!["/readyz/"]),
    ] {
        assert_eq!(spellings(path), served);
    }
}
