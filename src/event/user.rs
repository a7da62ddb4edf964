//! The events `user.created`, `user.updated` and `user.deleted`, of which only the user's language is read.

use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::value::RawValue;

use super::json::{self, Members};
use super::time::point_in_time;

/// What an event says about a user.
#[derive(Debug)]
pub struct User<'a> {
    /// Clerk's id of the user, `data.id` (`user_…`). `None` where it is missing.
    pub id: Option<Cow<'a, str>>,
    /// The instance of Clerk that the user belongs to (`ins_…`). `None` in events from before 2025.
    pub instance: Option<Cow<'a, str>>,
    /// When it happened. `None` where the event names no time that can be right.
    pub at: Option<SystemTime>,
    /// What happened to the user, as far as it is about the language.
    pub change: Change<'a>,
}

/// What an event says of a user's language.
#[derive(Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// The user has this language (`locale`, BCP 47), or none where Clerk says so by `null`.
    Locale(Option<Cow<'a, str>>),
    /// The user was deleted.
    Deleted,
    /// The event does not say anything about the language.
    Nothing,
}

impl<'a> User<'a> {
    pub(super) fn new(
        is_deleted: bool,
        timestamp: Option<&'a RawValue>,
        instance: Option<Cow<'a, str>>,
        data: &Members<'a>,
        now: SystemTime,
    ) -> Self {
        let change = if is_deleted {
            Change::Deleted
        } else if data.has("locale") {
            let text = data.get("locale").map(json::text);
            match text {
                None => Change::Locale(None),
                Some(Some(tag)) => Change::Locale(Some(tag).filter(|tag| !tag.trim().is_empty())),
                // Neither a text nor null.
                Some(None) => Change::Nothing,
            }
        } else {
            Change::Nothing
        };
        let happened = timestamp.and_then(|raw| point_in_time(raw, now));
        let updated = || data.get("updated_at").and_then(|raw| point_in_time(raw, now));
        Self {
            id: data.get("id").and_then(json::text).filter(|id| !id.trim().is_empty()),
            instance,
            at: happened.map_or_else(updated, |at| Some(finer(at, updated()))),
            change,
        }
    }
}

/// The event's time. Clerk documents milliseconds and shows seconds in its examples: within such a second, the user's own time
/// says more.
fn finer(happened: SystemTime, updated: Option<SystemTime>) -> SystemTime {
    let is_whole = happened.duration_since(UNIX_EPOCH).is_ok_and(|since| since.subsec_nanos() == 0);
    let within = |updated: &SystemTime| {
        updated.duration_since(happened).is_ok_and(|after| after < Duration::from_secs(1))
    };
    updated.filter(within).filter(|_| is_whole).unwrap_or(happened)
}
