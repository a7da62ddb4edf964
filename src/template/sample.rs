//! Sample events: one of Clerk's shape for each slug, with invented values.

use std::time::SystemTime;

use include_dir::{Dir, include_dir};
use serde_json::{Value, json};

use crate::clock::millis;
use crate::message::Channel;

static SAMPLES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/samples");

/// The sample of a slug: a whole event, as Clerk posts it. It is of August 2026, so its code is expired.
#[must_use]
pub fn event(channel: Channel, slug: &str) -> Option<Value> {
    let file = SAMPLES.get_file(format!("{}/{slug}.json", channel.as_str()))?;
    serde_json::from_slice(file.contents()).ok()
}

/// The slugs that there is a sample of, in alphabetical order.
#[must_use]
pub fn slugs(channel: Channel) -> Vec<&'static str> {
    let files = SAMPLES.get_dir(channel.as_str()).into_iter().flat_map(Dir::files);
    let mut slugs: Vec<_> = files.filter_map(|file| file.path().file_stem()?.to_str()).collect();
    slugs.sort_unstable();
    slugs
}

/// The sample as if Clerk made it `now`, with `id` for the message's own (`ema_…`, `sms_…`).
#[must_use]
pub fn fresh(channel: Channel, slug: &str, now: SystemTime, id: &str) -> Option<Value> {
    let mut event = event(channel, slug)?;
    let born = json!(millis(now));
    if let Some(created_at) = event.pointer_mut("/data/created_at") {
        *created_at = born.clone();
    }
    *event.pointer_mut("/timestamp")? = born;
    *event.pointer_mut("/data/id")? = json!(id);
    Some(event)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn every_sample_is_an_event_of_its_slug() {
        for (channel, count, kind) in
            [(Channel::Email, 27, "email.created"), (Channel::Sms, 7, "sms.created")]
        {
            let slugs = slugs(channel);
            assert_eq!(slugs.len(), count);
            for slug in slugs {
                let event = event(channel, slug).expect(slug);
                assert_eq!(event["type"], kind, "{slug}");
                assert_eq!(event["data"]["slug"], slug);
                assert!(event["data"]["data"].is_object(), "{slug}");
                assert_eq!(event["data"]["delivered_by_clerk"], false, "{slug}");
            }
        }
        assert_eq!(event(Channel::Email, "nothing"), None);
        assert_eq!(event(Channel::Sms, "../email/invitation"), None);
    }

    #[test]
    fn a_fresh_one_is_born_now() {
        let now = UNIX_EPOCH + Duration::from_millis(1_800_000_000_123);
        for (channel, id) in [(Channel::Email, "ema_1"), (Channel::Sms, "sms_1")] {
            let event = fresh(channel, "verification_code", now, id).unwrap();
            assert_eq!(event["timestamp"], 1_800_000_000_123_u64);
            assert_eq!(event["data"]["id"], id);
            if channel == Channel::Sms {
                assert_eq!(event["data"]["created_at"], 1_800_000_000_123_u64);
            }
        }
    }
}
