//! A row on its way from one place to another: through the spool, or by `clerk-courier ledger copy`.

use std::sync::Arc;

use rusqlite::Statement;
use rusqlite::types::{ToSql, Value};

use super::queue::Entry;
use super::recent::{Known, Standing};
use super::recipient::RecipientHash;
use super::series::SeriesHash;
use super::words::{Ids, Settled};

/// The columns of SQLite that hold a [`Stored`], in the order in which [`Stored::from_sqlite`] and [`Stored::insert`] take
/// them.
pub(super) const COLUMNS: &str = "message_id, svix_id, channel, slug, recipient, outcome, reason, provider, receipt, attempts, \
                                  first_seen, settled_at, series, born, timeline";

/// The number of [`COLUMNS`].
pub(super) const COLUMN_COUNT: usize = 15;

/// A row as any database of this program holds it. It owns its words, since another version may have written them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) message_id: String,
    pub(super) svix_id: String,
    pub(super) channel: String,
    pub(super) slug: Option<String>,
    pub(super) recipient: Option<Vec<u8>>,
    /// A word of [`Settled::as_str`].
    pub(super) outcome: String,
    pub(super) reason: Option<String>,
    pub(super) provider: Option<String>,
    pub(super) receipt: Option<String>,
    pub(super) attempts: u32,
    /// Milliseconds since the Unix epoch, as the other times are.
    pub(super) first_seen: u64,
    pub(super) settled_at: u64,
    pub(super) series: Option<Vec<u8>>,
    pub(super) born: Option<u64>,
    /// The text of [`super::timeline`].
    pub(super) timeline: Option<String>,
    /// The number of the claim in a database that servers share; 0 where there is none.
    pub(super) claim: i64,
}

impl Stored {
    /// What a record says.
    pub(super) fn of(entry: &Entry) -> Self {
        let Entry { claimed, settled, reason, provider, receipt, attempts, timeline, first_seen, settled_at } =
            entry;
        let text = |text: &Option<Arc<str>>| text.as_deref().map(str::to_owned);
        Self {
            message_id: claimed.ids.message.clone(),
            svix_id: claimed.ids.svix.clone(),
            channel: claimed.channel.to_owned(),
            slug: claimed.slug.clone(),
            recipient: claimed.recipient.as_ref().map(|hash| RecipientHash::as_bytes(hash).to_vec()),
            outcome: settled.as_str().to_owned(),
            reason: reason.map(str::to_owned),
            provider: text(provider),
            receipt: text(receipt),
            attempts: *attempts,
            first_seen: *first_seen,
            settled_at: *settled_at,
            series: claimed.place.map(|place| place.series.0.to_vec()),
            born: claimed.place.map(|place| place.born.unwrap_or(*first_seen)),
            timeline: timeline.clone(),
            claim: claimed.claim,
        }
    }

    /// The message's ids.
    pub(super) fn ids(&self) -> Ids {
        Ids { message: self.message_id.clone(), svix: self.svix_id.clone() }
    }

    /// What the row means for a claim.
    pub(super) fn known(&self) -> Known {
        Known {
            // A word that this version does not know was written by a newer one. Delivering the message is the lesser harm.
            standing: Settled::of(&self.outcome).map_or(Standing::Open, Standing::of),
            provider: self.provider.as_deref().map(Arc::from),
            receipt: self.receipt.as_deref().map(Arc::from),
            first_seen: self.first_seen,
        }
    }

    /// The series, birth and acceptance of a code or link that was accepted.
    pub(super) fn code(&self) -> Option<(SeriesHash, u64, u64)> {
        let series = self.series.as_deref().and_then(|series| series.try_into().ok())?;
        self.is_accepted().then_some((SeriesHash(series), self.born?, self.settled_at))
    }

    /// Whether a provider took the message.
    pub(super) fn is_accepted(&self) -> bool {
        self.outcome == Settled::Accepted.as_str()
    }

    /// Reads [`COLUMNS`], which begin at `first`.
    pub(super) fn from_sqlite(row: &rusqlite::Row<'_>, first: usize) -> rusqlite::Result<Self> {
        let unsigned = |number: i64| u64::try_from(number).unwrap_or(0);
        Ok(Self {
            message_id: row.get(first)?,
            svix_id: row.get(first + 1)?,
            channel: row.get(first + 2)?,
            slug: row.get(first + 3)?,
            recipient: row.get(first + 4)?,
            outcome: row.get(first + 5)?,
            reason: row.get(first + 6)?,
            provider: row.get(first + 7)?,
            receipt: row.get(first + 8)?,
            attempts: row.get(first + 9)?,
            first_seen: unsigned(row.get(first + 10)?),
            settled_at: unsigned(row.get(first + 11)?),
            series: row.get(first + 12)?,
            born: row.get::<_, Option<i64>>(first + 13)?.map(unsigned),
            timeline: row.get(first + 14)?,
            claim: 0,
        })
    }

    /// Runs a statement whose first parameters are [`COLUMNS`], and whose last one, where it has one more, is the claim.
    pub(super) fn insert(&self, statement: &mut Statement<'_>) -> rusqlite::Result<()> {
        let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let times = [self.first_seen, self.settled_at].map(signed);
        let born = self.born.map_or(Value::Null, |born| Value::Integer(signed(born)));
        let columns: [&dyn ToSql; COLUMN_COUNT + 1] = [
            &self.message_id,
            &self.svix_id,
            &self.channel,
            &self.slug,
            &self.recipient,
            &self.outcome,
            &self.reason,
            &self.provider,
            &self.receipt,
            &self.attempts,
            &times[0],
            &times[1],
            &self.series,
            &born,
            &self.timeline,
            &self.claim,
        ];
        statement.execute(columns.get(..statement.parameter_count()).unwrap_or(&columns)).map(drop)
    }
}

/// What happened to rows that were brought together with those of a database. The rest of them met a row that was newer, accepted,
/// or being delivered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Merged {
    /// How many were not there.
    pub(super) new: u64,
    /// How many took the place of an older row.
    pub(super) updated: u64,
    /// How many were there already.
    pub(super) same: u64,
}
