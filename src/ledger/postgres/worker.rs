//! The thread that all connections live on: it answers claims, each in a task of its own, while another task writes.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::Instant;
use tokio_postgres::Client;

use super::counts::{self, Counted, Counter, Place};
use super::database::{Database, Failure, runtime};
use super::depot::Depot;
use super::index;
use super::language;
use super::pool::Pool;
use super::server::Connector;
use super::store::{self, Asked, Said};
use super::writer::Writer;
use crate::clock::Clock;
use crate::ledger::error::OpenError;
use crate::ledger::queue::Command;
use crate::ledger::recipient::UserHash;
use crate::ledger::series::SeriesHash;
use crate::ledger::ticket::Recorder;
use crate::ledger::told::Told;

/// How long a question that nobody waits for any more has to have been under way to count as one that the server did not answer.
const UNANSWERED: Duration = Duration::from_millis(400);

/// A question for the database, and whoever waits for the answer.
#[derive(Debug)]
pub(super) enum Question {
    /// A claim.
    Claim(Box<Asked>, Answer<Said>),
    /// The birth of a newer code or link of a series than one with this birth, if one was accepted.
    Newest(SeriesHash, u64, Answer<Option<u64>>),
    /// What Clerk said of a user's language.
    Language(UserHash, Answer<Option<Told>>),
    /// Keeps what Clerk said of a user's language, and says whether it is kept. Nobody has to wait for that.
    Tell(Told, oneshot::Sender<bool>),
    /// Counts an SMS against these limits.
    Reserve(Vec<Counter>, Answer<Counted>),
    /// Takes a count back, without an answer.
    GiveBack(Vec<Place>),
}

/// Where an answer goes: `None` where the database fails. Closed once the time for an answer is over.
pub(super) type Answer<T> = oneshot::Sender<Option<T>>;

/// Starts the thread, and waits until it has found out whether the database can be used. The receiver gets a message when the
/// thread ends, and is disconnected if it panics.
pub(super) fn start(
    connector: Connector,
    owner: i64,
    retention: Duration,
    depot: Option<Depot>,
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
        let forgetting = (clock.clone(), retention);
        let database = Database::new(Pool::new(connector), gauges, owner);
        let writer = Writer::new(Rc::new(database), commands, clock, retention, depot);
        LocalSet::new().block_on(&runtime, live(writer, questions, opened, forgetting));
        let _ = ended.send(());
    };
    std::thread::Builder::new().name("ledger".to_owned()).spawn(run).map_err(OpenError::Thread)?;
    match opening.recv() {
        Ok(opened) => opened.map(|()| end),
        Err(_) => Err(OpenError::Thread(std::io::Error::other("the thread panicked"))),
    }
}

/// Opens the database, then answers questions and writes records until [`Command::Close`].
async fn live(
    writer: Writer,
    mut questions: UnboundedReceiver<Question>,
    opened: Sender<Result<(), OpenError>>,
    (clock, retention): (Clock, Duration),
) {
    let database = Rc::clone(&writer.database);
    let result = match database.open().await {
        Ok(()) => {
            database.gauges.writable.store(true, Ordering::Relaxed);
            Ok(())
        }
        Err(error) if error.may_pass() => {
            tracing::error!(%error, "starting with the ledger in memory: what other servers do is not known until the database is back. Check the database");
            Ok(())
        }
        Err(error) => Err(error),
    };
    let is_open = result.is_ok();
    let _ = opened.send(result);
    if !is_open {
        return;
    }
    let indexing = spawn_local(index::until_there(Rc::clone(&database)));
    let purging = spawn_local(counts::purge(Rc::clone(&database)));
    let forgetting = spawn_local(language::purge(Rc::clone(&database), clock, retention));
    let answering = spawn_local(async move {
        while let Some(question) = questions.recv().await {
            spawn_local(answer(Rc::clone(&database), question));
        }
    });
    writer.run().await;
    for task in [answering, indexing, purging, forgetting] {
        task.abort();
    }
}

async fn answer(database: Rc<Database>, question: Question) {
    let indexed = database.indexed.load(Ordering::Relaxed);
    match question {
        Question::Claim(asked, answer) => {
            let owner = database.owner;
            ask(&database, answer, async |client| store::claim(client, &asked, owner, indexed).await).await;
        }
        Question::Newest(_, _, answer) if !indexed => drop(answer.send(Some(None))),
        Question::Newest(series, born, answer) => {
            ask(&database, answer, async |client| store::newest(client, series, born).await).await;
        }
        Question::Language(user, answer) => {
            ask(&database, answer, async |client| language::find(client, user).await).await;
        }
        Question::Tell(told, answer) => {
            let _ = answer.send(language::tell(&database, &told).await);
        }
        Question::Reserve(counters, answer) => {
            ask(&database, answer, async |client| counts::reserve(client, &counters).await).await;
        }
        Question::GiveBack(places) => counts::give_back(&database, &places).await,
    }
}

/// Runs a statement for somebody who waits for its result.
async fn ask<T>(
    database: &Database,
    mut answer: Answer<T>,
    statement: impl AsyncFn(&Client) -> Result<T, tokio_postgres::Error>,
) {
    let began = Instant::now();
    let said = tokio::select! {
        said = database.run(statement) => said,
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
            tracing::error!(%error, "the ledger's database refuses what it is asked of a message: under on_doubt = \"resend\" the message is delivered without it, under \"stop\" it is not sent without its claim");
            None
        }
        Err(Failure::Server(error)) => {
            database.failed(began, &error);
            None
        }
    };
    let _ = answer.send(said);
}
