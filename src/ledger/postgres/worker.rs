//! The thread that all connections live on: it answers claims, each in a task of its own, while another task writes.

use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{Notify, oneshot};
use tokio::task::{LocalSet, spawn_local};
use tokio::time::Instant;
use tokio_postgres::{Client, Error};

use super::pool::Pool;
use super::schema;
use super::server::Connector;
use super::store::{self, Asked, Said};
use super::writer::Writer;
use crate::ledger::error::OpenError;
use crate::ledger::queue::{Command, Gauges};
use crate::ledger::ticket::Recorder;

/// How long a claim that nobody waits for any more has to have been under way to count as one that the server did not answer.
const UNANSWERED: Duration = Duration::from_millis(400);

/// A claim for the database.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) asked: Asked,
    /// Whoever waits for the answer, which is `None` where the database fails. Closed once the time for a claim is over.
    pub(super) answer: oneshot::Sender<Option<Said>>,
}

/// The runtime of a thread that talks to the database.
pub(super) fn runtime() -> Result<Runtime, OpenError> {
    Builder::new_current_thread().enable_all().build().map_err(OpenError::Thread)
}

/// Starts the thread, and waits until it has found out whether the database can be used. The receiver gets a message when the
/// thread ends, and is disconnected if it panics.
pub(super) fn start(
    connector: Connector,
    owner: i64,
    retention: Duration,
    recorder: &Recorder,
    commands: UnboundedReceiver<Command>,
    questions: UnboundedReceiver<Question>,
) -> Result<Receiver<()>, OpenError> {
    let runtime = runtime()?;
    let gauges = Arc::clone(&recorder.queue.gauges);
    let clock = recorder.clock.clone();
    let (opened, opening) = mpsc::channel();
    let (ended, end) = mpsc::channel();
    let run = move || {
        let database = Database::new(Pool::new(connector), gauges, owner);
        let writer = Writer::new(Rc::new(database), commands, clock, retention);
        LocalSet::new().block_on(&runtime, live(writer, questions, opened));
        let _ = ended.send(());
    };
    std::thread::Builder::new().name("ledger".to_owned()).spawn(run).map_err(OpenError::Thread)?;
    match opening.recv() {
        Ok(opened) => opened.map(|()| end),
        Err(_) => Err(OpenError::Thread(std::io::Error::other("the thread panicked"))),
    }
}

/// Opens the database, then answers claims and writes records until [`Command::Close`].
async fn live(
    writer: Writer,
    mut questions: UnboundedReceiver<Question>,
    opened: Sender<Result<(), OpenError>>,
) {
    let database = Rc::clone(&writer.database);
    let result = match database.open().await {
        Ok(()) => {
            database.gauges.writable.store(true, Ordering::Relaxed);
            Ok(())
        }
        Err(error) if error.may_pass() => {
            tracing::error!(%error, "starting with the ledger in memory: what other servers do is not known until the database is back");
            Ok(())
        }
        Err(error) => Err(error),
    };
    let is_open = result.is_ok();
    let _ = opened.send(result);
    if !is_open {
        return;
    }
    let answering = spawn_local(async move {
        while let Some(question) = questions.recv().await {
            spawn_local(answer(Rc::clone(&database), question));
        }
    });
    writer.run().await;
    answering.abort();
}

async fn answer(database: Rc<Database>, Question { asked, mut answer }: Question) {
    let began = Instant::now();
    let said = tokio::select! {
        said = database.run(async |client| store::claim(client, &asked, database.owner).await) => said,
        () = answer.closed() => {
            if began.elapsed() >= UNANSWERED {
                let error = database.pool.connector.server.passing("the server does not answer".to_owned());
                database.failed(began, &error);
            }
            return;
        }
    };
    let said = match said {
        Ok(said) => Some(said),
        Err(Failure::Statement(error)) => {
            tracing::error!(%error, "the ledger's database refuses a claim: the message is delivered without one");
            None
        }
        Err(Failure::Server(error)) => {
            database.failed(began, &error);
            None
        }
    };
    let _ = answer.send(said);
}

/// Why a statement has no result.
#[derive(Debug)]
pub(super) enum Failure {
    /// The server refuses what the statement holds. Another statement may go well.
    Statement(Error),
    /// The server fails, or can't be reached.
    Server(OpenError),
}

/// The database, as all tasks of the thread share it.
pub(super) struct Database {
    pub(super) pool: Pool,
    pub(super) gauges: Arc<Gauges>,
    /// The number of this process, which rows that it holds are marked with.
    pub(super) owner: i64,
    /// Wakes the writing task when a claim found out that the database fails.
    pub(super) fails: Notify,
    /// When the server last answered a statement.
    answered_at: Mutex<Instant>,
}

impl Database {
    fn new(pool: Pool, gauges: Arc<Gauges>, owner: i64) -> Self {
        Self { pool, gauges, owner, fails: Notify::new(), answered_at: Mutex::new(Instant::now()) }
    }

    /// Connects anew, and makes the tables where they are missing.
    pub(super) async fn open(&self) -> Result<(), OpenError> {
        self.pool.clear();
        let mut taken = self.pool.take().await?;
        schema::prepare(&mut taken.session.client, &self.pool.connector.server).await?;
        self.pool.put_back(taken);
        Ok(())
    }

    /// Runs a statement. One that fails on a connection that had been idle is run once more on a new one: servers, proxies and
    /// firewalls close idle connections. So it has to be one that may run twice.
    pub(super) async fn run<T>(
        &self,
        statement: impl AsyncFn(&Client) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        loop {
            let taken = self.pool.take().await.map_err(Failure::Server)?;
            let is_new = taken.is_new;
            let error = match statement(&taken.session.client).await {
                Ok(result) => {
                    *self.answered_at() = Instant::now();
                    self.pool.put_back(taken);
                    return Ok(result);
                }
                Err(error) => error,
            };
            if store::is_about_the_record(&error) {
                *self.answered_at() = Instant::now();
                self.pool.put_back(taken);
                return Err(Failure::Statement(error));
            }
            if is_new || !is_about_the_connection(&error) {
                return Err(Failure::Server(self.pool.connector.server.explain(&error)));
            }
            self.pool.clear();
        }
    }

    /// Notes that a statement failed that began at this time: claims are in memory alone from here on, until the writing task
    /// finds the database well again. A slow statement among others that are answered does not count.
    pub(super) fn failed(&self, began: Instant, error: &OpenError) {
        if *self.answered_at() < began && self.gauges.writable.swap(false, Ordering::Relaxed) {
            tracing::error!(%error, "the ledger's database fails: going on in memory, and trying again each second");
            self.fails.notify_one();
        }
    }

    fn answered_at(&self) -> std::sync::MutexGuard<'_, Instant> {
        self.answered_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether an error may only mean that a connection was closed: it has no SQLSTATE, or one of class 08 (connection) or 57
/// (ended by the server or by somebody who runs it).
fn is_about_the_connection(error: &Error) -> bool {
    let class = error.code().and_then(|state| state.code().get(..2));
    class.is_none_or(|class| ["08", "57"].contains(&class))
}
