//! What tests of other modules do to the disk of a ledger.

use std::sync::mpsc::{self, Sender};

use super::Ledger;
use super::reader::Question;
use crate::ledger::queue::{Command, Injected};

impl Ledger {
    /// Makes the disk hang, for reading and for writing, until both of these are dropped.
    pub(crate) fn hang(&self) -> [Sender<()>; 2] {
        let (writing, written) = mpsc::channel();
        let hang = Injected(Box::new(move |_| while written.recv().is_ok() {}));
        self.recorder.queue.send(Command::Inject(hang));
        let (reading, read) = mpsc::channel();
        let _ = self.reader.send(Question::Stall(read));
        [writing, reading]
    }

    /// Makes the disk refuse to be written, until the database is opened again.
    pub(crate) fn refuse(&self) {
        let refuse = Injected(Box::new(|connection| {
            connection.pragma_update(None, "query_only", true).unwrap();
        }));
        self.recorder.queue.send(Command::Inject(refuse));
    }

    /// Blocks until what was recorded is written, or until the disk refuses it.
    pub(crate) fn rest(&self) {
        while self.state().writable && self.state().unwritten > 0 {
            std::thread::yield_now();
        }
    }
}
