//! An SMS that is counted in the database, against the limits of all servers.

use tokio::sync::mpsc::UnboundedSender;

use super::counts::Place;
use super::worker::Question;

/// What the database says of an SMS that is to be counted.
#[derive(Debug)]
pub enum Reserve {
    /// The SMS is counted.
    Counted(Reservation),
    /// The limits at these positions are used up. The SMS is counted nowhere.
    Over(Vec<usize>),
    /// Nobody counts for all servers: the ledger is a file of one process, or its database does not answer.
    Alone,
}

/// An SMS that is counted for all servers. Dropping this takes the count back, for an SMS that no provider took.
#[derive(Debug)]
#[must_use = "a reservation that is dropped counts for nothing"]
pub struct Reservation {
    places: Vec<Place>,
    asks: UnboundedSender<Question>,
}

impl Reservation {
    pub(super) const fn new(places: Vec<Place>, asks: UnboundedSender<Question>) -> Self {
        Self { places, asks }
    }

    /// Makes the count last, for an SMS that a provider took or may have taken.
    pub fn keep(mut self) {
        // Without places there is nothing that `drop` could take back.
        self.places.clear();
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if !self.places.is_empty() {
            // Without the thread nothing is taken back, and the SMS counts until its window is over.
            let _ = self.asks.send(Question::GiveBack(std::mem::take(&mut self.places)));
        }
    }
}
