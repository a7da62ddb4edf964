//! The ledger: which messages were claimed, and what happened to each. It knows ids and outcomes; no address, code, subject
//! or body gets in.
//!
//! Everything above `sqlite` is words and memory, which another database could share:
//!
//! - `words` and `error`: what the rest of the program says to the ledger, and hears from it;
//! - `claims`, `recent`: the messages that are being delivered right now, and those that were settled lately;
//! - `series`: the newest code of each recipient, which supersedes older ones;
//! - `ticket`: a claim while it is held;
//! - `queue`: the way of a record to the thread that writes;
//! - `recipient`: the keyed hash that stands for a recipient.

mod claims;
mod error;
mod queue;
mod recent;
mod recipient;
mod series;
mod sqlite;
mod ticket;
mod words;

pub use error::{OpenError, ReadError};
pub use recipient::RecipientHash;
pub use sqlite::{Inspected, Ledger, inspect, read, recipient_hash};
pub use ticket::{Claim, Late, Ticket};
pub use words::{Code, Details, Filter, Ids, Record, Row, Settings, Settled, State};
