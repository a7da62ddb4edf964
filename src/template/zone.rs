//! The time zone in which mails say when something happened.

use std::time::{Duration, SystemTime};

use tz::TimeZoneRef;

/// A time zone of the IANA database, which is compiled in. UTC by default.
#[derive(Debug, Clone, Copy, Default)]
pub struct Zone(Option<&'static TimeZoneRef<'static>>);

impl Zone {
    /// The zone of this name, such as `Europe/Berlin`; `None` if there is none.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "UTC" => Some(Self(None)),
            name => tzdb_data::find_tz(name.as_bytes()).map(|zone| Self(Some(zone))),
        }
    }

    /// The time that clocks of the zone show, as if it were a time in UTC, and the difference to UTC in words: `UTC`, `UTC+2`
    /// or `UTC−3:30`.
    pub(in crate::template) fn local(self, time: SystemTime) -> (SystemTime, String) {
        let seconds = time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let ahead = self
            .0
            .and_then(|zone| zone.find_local_time_type(i64::try_from(seconds).ok()?).ok())
            .map_or(0, tz::LocalTimeType::ut_offset);
        let difference = Duration::from_secs(ahead.unsigned_abs().into());
        let moved = if ahead < 0 { time.checked_sub(difference) } else { time.checked_add(difference) };
        (moved.unwrap_or(time), shown(ahead))
    }
}

/// The difference to UTC, of `ahead` seconds.
fn shown(ahead: i32) -> String {
    let (hours, minutes) = (ahead.unsigned_abs() / 3600, ahead.unsigned_abs() % 3600 / 60);
    let sign = if ahead < 0 { '−' } else { '+' };
    match (hours, minutes) {
        (0, 0) => "UTC".to_owned(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_knows_its_summer() {
        let at = |seconds: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let (january, august) = (at(1_768_471_200), at(1_787_328_461));
        for (name, winter, summer) in [
            ("UTC", "UTC", "UTC"),
            ("Europe/Berlin", "UTC+1", "UTC+2"),
            ("America/St_Johns", "UTC−3:30", "UTC−2:30"),
            ("Asia/Kolkata", "UTC+5:30", "UTC+5:30"),
        ] {
            let zone = Zone::named(name).unwrap();
            assert_eq!(
                (zone.local(january).1.as_str(), zone.local(august).1.as_str()),
                (winter, summer),
                "{name}"
            );
        }
        let (berlin, _) = Zone::named("Europe/Berlin").unwrap().local(august);
        assert_eq!(berlin, at(1_787_328_461 + 7200));
        assert!(Zone::named("Europe/Nowhere").is_none() && Zone::named("").is_none());
    }
}
