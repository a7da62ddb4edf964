//! Svix and a load balancer as the fleet sees them: signed messages at a steady rate, each brought by several callers at the
//! same moment, and brought again until it is answered as delivered or as hopeless.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clerk_courier::webhook::SigningSecrets;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, sleep_until, timeout};

use crate::support::courier::{SECRET, now};
use crate::support::scene::code;

/// How long Svix waits for an answer.
const PATIENCE_OF_SVIX: Duration = Duration::from_secs(15);

/// Svix's pauses between two attempts. The second one, which is five minutes, is compressed, and so are all later ones.
pub(crate) const PAUSES: [Duration; 7] = {
    const LATER: Duration = Duration::from_secs(8);
    [Duration::from_secs(5), LATER, LATER, LATER, LATER, LATER, LATER]
};

/// One request for a message.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    /// The last server that was asked.
    pub(crate) server: usize,
    pub(crate) began: Instant,
    pub(crate) ended: Instant,
    /// The HTTP status; 0 where no answer came.
    pub(crate) status: u16,
    /// `accepted`, or why no answer came.
    pub(crate) outcome: String,
}

/// A message and all requests for it, caller by caller.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) id: String,
    pub(crate) began: Instant,
    pub(crate) callers: Vec<Vec<Attempt>>,
}

impl Told {
    pub(crate) fn attempts(&self) -> impl Iterator<Item = &Attempt> {
        self.callers.iter().flatten()
    }
}

/// What is brought, and how.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    /// The ids of the messages begin so.
    pub(crate) name: &'static str,
    pub(crate) count: u32,
    /// Messages a second, at most.
    pub(crate) rate: u32,
    /// How many messages may be at their first requests at a time, so that a busy machine is not asked for more than it can.
    pub(crate) at_once: usize,
    /// How many bring each message at the same moment, to a server each.
    pub(crate) callers: usize,
    /// The pauses between the attempts of a caller: so many and one.
    pub(crate) pauses: &'static [Duration],
}

/// Where the servers listen now. One that is gone refuses connections.
pub(crate) type Addresses = watch::Receiver<Vec<SocketAddr>>;

/// Brings all messages to their end; in their order.
pub(crate) async fn bring(load: Load, addresses: Addresses) -> Vec<Told> {
    let start = tokio::time::Instant::now();
    let (mut under_way, room) = (JoinSet::new(), Arc::new(Semaphore::new(load.at_once)));
    for number in 0..load.count {
        let due = start + Duration::from_secs(1) * number / load.rate;
        let (load, addresses, room) = (load.clone(), addresses.clone(), Arc::clone(&room));
        under_way.spawn(async move {
            sleep_until(due).await;
            let room = Arc::new(room.acquire_owned().await.unwrap());
            (number, message(number, &load, &addresses, room).await)
        });
    }
    let mut told = under_way.join_all().await;
    told.sort_by_key(|(number, _)| *number);
    told.into_iter().map(|(_, told)| told).collect()
}

/// One message, to its end. `room` is given back after the first requests.
async fn message(number: u32, load: &Load, addresses: &Addresses, room: Arc<OwnedSemaphorePermit>) -> Told {
    let id = format!("ema_{}_{number}", load.name);
    let body: Arc<[u8]> = event(&id).into();
    let began = Instant::now();
    let mut callers = JoinSet::new();
    for caller in 0..load.callers {
        let (addresses, body, id) = (addresses.clone(), Arc::clone(&body), id.clone());
        let mut room = Some(Arc::clone(&room));
        let (first, pauses) = (usize::try_from(number).unwrap() + caller, load.pauses);
        callers.spawn(async move {
            let mut attempts = Vec::new();
            for at in 0..=pauses.len() {
                if at > 0 {
                    sleep(pauses[at - 1]).await;
                }
                let attempt = ask(&id, &body, first + at, &addresses).await;
                let is_over = attempt.status / 100 == 2 || attempt.status == 422;
                attempts.push(attempt);
                room = None;
                if is_over {
                    break;
                }
            }
            drop(room);
            (caller, attempts)
        });
    }
    drop(room);
    let mut callers = callers.join_all().await;
    callers.sort_by_key(|(caller, _)| *caller);
    Told { id, began, callers: callers.into_iter().map(|(_, attempts)| attempts).collect() }
}

/// A code for a recipient of its own, so that none supersedes another one.
pub(crate) fn event(id: &str) -> Vec<u8> {
    let mut event: Value = code(id);
    event["data"]["to_email_address"] = format!("{id}@mail.example").into();
    event["timestamp"] = u64::try_from(now().as_millis()).unwrap().into();
    serde_json::to_vec(&event).unwrap()
}

/// One request. As load balancers do, it goes to the next server where the connection is refused, and to nobody else once it
/// was sent.
pub(crate) async fn ask(id: &str, body: &[u8], first: usize, addresses: &Addresses) -> Attempt {
    let began = Instant::now();
    let servers = addresses.borrow().len();
    let mut server = first % servers;
    let asked = async {
        let mut refused = 0;
        loop {
            let address = addresses.borrow()[server];
            match TcpStream::connect(address).await {
                Ok(stream) => return post(stream, id, body).await,
                Err(_) if refused + 1 < servers => refused += 1,
                Err(error) => return Err(error),
            }
            server = (server + 1) % servers;
        }
    };
    let (status, outcome) = match timeout(PATIENCE_OF_SVIX, asked).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => (0, error.to_string()),
        Err(_) => (0, "no answer in time".to_owned()),
    };
    Attempt { server, began, ended: Instant::now(), status, outcome }
}

/// Posts on a connection of its own, signed now.
async fn post(mut stream: TcpStream, id: &str, body: &[u8]) -> io::Result<(u16, String)> {
    stream.set_nodelay(true)?;
    let (svix_id, timestamp) = (format!("msg_{id}"), now().as_secs().to_string());
    let signature = SigningSecrets::new([SECRET]).unwrap().sign(&svix_id, &timestamp, body);
    let head = format!(
        "POST /webhooks/clerk HTTP/1.1\r\nhost: fleet.test\r\nconnection: close\r\ncontent-length: {}\r\nsvix-id: {svix_id}\r\n\
         svix-timestamp: {timestamp}\r\nsvix-signature: {signature}\r\n\r\n",
        body.len()
    );
    let mut request = head.into_bytes();
    request.extend_from_slice(body);
    stream.write_all(&request).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.get(9..12).and_then(|status| status.parse().ok());
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let json: Value = serde_json::from_str(body).unwrap_or_default();
    let Some(status) = status.filter(|_| json.is_object()) else {
        return Err(io::Error::other(format!("the answer broke off after {} bytes", answer.len())));
    };
    let words = ["outcome", "reason"].map(|name| json[name].as_str().unwrap_or_default());
    Ok((status, words.join(" ").trim_end().to_owned()))
}
