//! The reading thread: it looks up messages that this process knows nothing of, on a connection of its own, so that no
//! look-up waits for a write.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Row};
use tokio::sync::oneshot;

use super::language;
use crate::ledger::recent::{Known, Standing};
use crate::ledger::recipient::UserHash;
use crate::ledger::told::Told;
use crate::ledger::words::{Ids, Settled};

/// How long a look-up waits for another process that keeps the database to itself.
const BUSY: Duration = Duration::from_millis(250);

const FIND: &str = "SELECT message_id, outcome, provider, receipt, first_seen FROM message WHERE message_id = ?1 OR svix_id = ?2";

/// The database could not be asked whether it knows a message, or did not answer in time.
#[derive(Debug)]
pub(super) struct Unreadable;

/// What the reading thread is asked.
#[derive(Debug)]
pub(super) enum Question {
    /// What does the database know of this message?
    Find {
        ids: Ids,
        /// Whether this process settled the message already. Then its own row may be out of date, and only an acceptance
        /// in it says more than memory does.
        settled_here: bool,
        /// Whoever waits for the answer. Closed once the time for a look-up is over.
        answer: oneshot::Sender<Result<Option<Known>, Unreadable>>,
    },
    /// What did Clerk say of this user's language?
    Language {
        user: UserHash,
        /// Whoever waits for the answer. Closed once the time for a look is over.
        answer: oneshot::Sender<Result<Option<Told>, Unreadable>>,
    },
    /// End, after the questions before this one.
    Close,
    /// Hang like a stalled disk, until a test drops the other end.
    #[cfg(test)]
    Stall(Receiver<()>),
}

/// Answers questions until [`Question::Close`], then sends a message to `ended`.
#[expect(clippy::needless_pass_by_value, reason = "a panic has to drop it, which disconnects the receiver")]
pub(super) fn run(path: &Path, questions: &Receiver<Question>, ended: Sender<()>) {
    let mut reader = Reader { path: path.to_owned(), connection: None };
    while let Ok(question) = questions.recv() {
        match question {
            // Nobody waits for the answer any more, so the disk is spared the question.
            Question::Find { answer, .. } if answer.is_closed() => {}
            Question::Find { ids, settled_here, answer } => {
                let _ = answer.send(reader.find(&ids, settled_here));
            }
            Question::Language { answer, .. } if answer.is_closed() => {}
            Question::Language { user, answer } => {
                let _ = answer.send(reader.language(user));
            }
            Question::Close => break,
            #[cfg(test)]
            Question::Stall(until) => while until.recv().is_ok() {},
        }
    }
    drop(reader);
    let _ = ended.send(());
}

struct Reader {
    path: PathBuf,
    /// `None` until the first question, and after each failure: the next question opens the database again.
    connection: Option<Connection>,
}

impl Reader {
    fn find(&mut self, ids: &Ids, settled_here: bool) -> Result<Option<Known>, Unreadable> {
        self.ask(|connection| find(connection, ids, settled_here)).map_err(|error| {
            self.connection = None;
            tracing::error!(%error, "a message could not be looked up in the ledger's database: check the disk");
            Unreadable
        })
    }

    fn language(&mut self, user: UserHash) -> Result<Option<Told>, Unreadable> {
        self.ask(|connection| language::find(connection, user)).map_err(|error| {
            self.connection = None;
            tracing::debug!(%error, "a user's language could not be looked up in the ledger's database");
            Unreadable
        })
    }

    fn ask<T>(&mut self, question: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        // Taken out, so that a failure leaves no connection behind that can't be trusted.
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => open(&self.path)?,
        };
        let found = question(&connection)?;
        self.connection = Some(connection);
        Ok(found)
    }
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    // Only this thread uses the connection, so SQLite need not lock it. It can't write, so it never waits for the
    // writer.
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    Ok(connection)
}

/// What the rows under either id say together. These are two rows at most, unless Svix mixed up its ids.
fn find(connection: &Connection, ids: &Ids, settled_here: bool) -> rusqlite::Result<Option<Known>> {
    let mut statement = connection.prepare_cached(FIND)?;
    let mut rows = statement.query([&ids.message, &ids.svix])?;
    let mut found: Option<Known> = None;
    while let Some(row) = rows.next()? {
        let is_its_own = row.get_ref(0)?.as_str()? == ids.message;
        let known = known(row)?;
        if is_its_own && settled_here && known.standing != Standing::Accepted {
            continue;
        }
        found = Some(match found {
            Some(other) => other.and(known),
            None => known,
        });
    }
    Ok(found)
}

fn known(row: &Row<'_>) -> rusqlite::Result<Known> {
    // A word that this version does not know was written by a newer one. Delivering the message is the lesser harm.
    let standing = Settled::of(row.get_ref(1)?.as_str()?).map_or(Standing::Open, Standing::of);
    Ok(Known {
        standing,
        provider: row.get(2)?,
        receipt: row.get(3)?,
        first_seen: u64::try_from(row.get::<_, i64>(4)?).unwrap_or(0),
    })
}
