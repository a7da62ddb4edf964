//! A scripted SMTP server on a real socket, strict about its clients.
//!
//! It accepts every mail until it is told otherwise:
//!
//! ```ignore
//! let relay = Relay::start(Options::default()).await;          // PIPELINING; see `Options` for the rest
//! relay.fail(Stage::Rcpt, Fault::reply("550 5.1.1 unknown"));   // from now on …
//! relay.fail_times(Stage::Body, Fault::Drop, 1);                // … or for the next one only
//! relay.heal();                                                 // all is well again
//! assert_eq!(relay.mails()[0].to, "ada@example.com");           // what was accepted (answered 250), in order
//! relay.until(|state| state.open == 0).await;                   // waits for something to become true, without sleeping
//! ```
//!
//! What no client may do is recorded as a violation: a malformed command, a bare CR or LF, commands in one flight that were
//! not offered or must come last in it, a message after a refused recipient, an unstuffed dot. Dropping the relay fails the
//! test if there was one.

mod connection;

use std::sync::{Arc, Mutex, MutexGuard};

use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::courier::PATIENCE;

/// Where a fault happens. `Body`: after the whole message has come, in place of the final reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Greeting,
    Ehlo,
    Starttls,
    Auth,
    Mail,
    Rcpt,
    Data,
    Body,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Answers this instead (CRLF is added; may hold several lines).
    Reply(String),
    /// Says nothing until [`Relay::release`], then goes on as if nothing had been.
    Hang,
    /// Closes the connection.
    Drop,
}

impl Fault {
    pub(crate) fn reply(text: &str) -> Self {
        Self::Reply(text.to_owned())
    }
}

/// What the server offers and allows. STARTTLS is offered until it was used.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is offered or is not")]
pub(crate) struct Options {
    pub(crate) pipelining: bool,
    pub(crate) chunking: bool,
    pub(crate) smtputf8: bool,
    pub(crate) size: Option<usize>,
    /// Mechanisms, as after `AUTH `; empty: AUTH is not offered. Every password is right.
    pub(crate) auth: &'static str,
    /// A token is refused with a challenge first, as Gmail does.
    pub(crate) challenge: bool,
    pub(crate) starttls: Option<Arc<ServerConfig>>,
    /// TLS from the first byte.
    pub(crate) implicit_tls: Option<Arc<ServerConfig>>,
    /// Connections beyond it are greeted with 421.
    pub(crate) max_connections: usize,
    /// Answers DATA with 354 even when every recipient was refused (RFC 2920 lets it).
    pub(crate) data_after_refusal: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            pipelining: true,
            chunking: false,
            smtputf8: false,
            size: None,
            auth: "",
            challenge: false,
            starttls: None,
            implicit_tls: None,
            max_connections: usize::MAX,
            data_after_refusal: false,
        }
    }
}

/// A mail that was answered with 250.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mail {
    pub(crate) from: String,
    pub(crate) to: String,
    /// As meant: dots unstuffed.
    pub(crate) body: Vec<u8>,
    pub(crate) tls: bool,
    /// Who had authenticated.
    pub(crate) user: Option<String>,
    /// Which connection it came over, counted from 1.
    pub(crate) connection: usize,
}

/// What has happened so far.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) mails: Vec<Mail>,
    /// Every command line, over all connections, without CRLF.
    pub(crate) commands: Vec<String>,
    pub(crate) connections: usize,
    pub(crate) open: usize,
    pub(crate) max_open: usize,
    /// Writes of one or more replies: what a client waits for.
    pub(crate) flights: usize,
    /// The access tokens that were shown, in order.
    pub(crate) tokens: Vec<String>,
    /// Connections that [`Fault::Hang`] has had so far.
    pub(crate) hung: usize,
    pub(crate) violations: Vec<String>,
    faults: Vec<(Stage, Fault, usize)>,
}

impl State {
    fn will_fail(&self, stage: Stage) -> bool {
        self.faults.iter().any(|(other, _, times)| *other == stage && *times > 0)
    }
}

/// The server; stops listening when dropped.
pub(crate) struct Relay {
    pub(crate) port: u16,
    shared: Arc<Shared>,
    accepting: tokio::task::JoinHandle<()>,
}

struct Shared {
    options: Options,
    state: Mutex<State>,
    changed: watch::Sender<()>,
    released: watch::Sender<()>,
    /// What idle connections are told before they are closed; empty: nothing.
    goodbye: watch::Sender<&'static str>,
}

impl Relay {
    /// Listens on a free port of 127.0.0.1.
    pub(crate) async fn start(options: Options) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            options,
            state: Mutex::default(),
            changed: watch::Sender::new(()),
            released: watch::Sender::new(()),
            goodbye: watch::Sender::new(""),
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Self { port, shared, accepting }
    }

    /// From now on `stage` fails like this, instead of any way it failed before.
    pub(crate) fn fail(&self, stage: Stage, fault: Fault) {
        self.fail_times(stage, fault, usize::MAX);
    }

    /// The next `times` times `stage` fails like this.
    pub(crate) fn fail_times(&self, stage: Stage, fault: Fault, times: usize) {
        let faults = &mut self.shared.state().faults;
        faults.retain(|(other, ..)| *other != stage);
        faults.push((stage, fault, times));
    }

    /// Nothing fails any more. Who hangs already goes on hanging.
    pub(crate) fn heal(&self) {
        self.shared.state().faults.clear();
    }

    /// Lets everything go on that hangs: a late reply.
    pub(crate) fn release(&self) {
        self.shared.released.send_replace(());
    }

    /// Closes all connections that are between transactions, after saying `goodbye` (a 421, or nothing), and waits until
    /// the client's end can see it.
    pub(crate) async fn close_idle(&self, goodbye: &'static str) {
        self.shared.goodbye.send_replace(goodbye);
        self.until(|state| state.open == 0).await;
        tokio::task::yield_now().await; // lets the runtime look at its sockets
    }

    /// The mails accepted so far.
    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.shared.state().mails.clone()
    }

    /// Looks at everything that has happened so far.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }

    /// Waits until `condition` holds; fails the test after [`PATIENCE`].
    pub(crate) async fn until(&self, condition: impl Fn(&State) -> bool) {
        let mut changed = self.shared.changed.subscribe();
        let waiting = async {
            while !condition(&self.shared.state()) {
                changed.changed().await.unwrap();
            }
        };
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        assert!(waited.is_ok(), "never came true: {:#?}", self.shared.state());
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.accepting.abort();
        if !std::thread::panicking() {
            assert_eq!(self.shared.state().violations, Vec::<String>::new(), "the client broke the protocol");
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let done = change(&mut self.state());
        self.changed.send_replace(());
        done
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((tcp, _)) = listener.accept().await {
        tcp.set_nodelay(true).unwrap();
        let shared = Arc::clone(&shared);
        let number = shared.change(|state| {
            state.connections += 1;
            state.open += 1;
            state.max_open = state.max_open.max(state.open);
            state.connections
        });
        tokio::spawn(async move {
            let _ = connection::serve(tcp, number, &shared).await;
            shared.change(|state| state.open -= 1);
        });
    }
}
