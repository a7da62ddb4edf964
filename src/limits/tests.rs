use proptest::prelude::*;

use super::counts::{Counts, MOST};
use super::*;

const GB: &str = "+447700900123";

fn hourly(max: u32) -> Vec<Rate> {
    vec![Rate { max, window: Window::Hour }]
}

fn daily(max: u32) -> Vec<Rate> {
    vec![Rate { max, window: Window::Day }]
}

fn phone(number: &str) -> Phone {
    Phone::parse(number).unwrap()
}

/// Limits, and a time to move.
struct Scene {
    limits: Limits,
    now: Instant,
}

impl Scene {
    fn new(settings: Settings) -> Self {
        let now = Instant::now();
        Self { limits: Limits::new(settings, now), now }
    }

    fn minutes(&mut self, minutes: u64) {
        self.now += Duration::from_mins(minutes);
    }

    /// Sends a text, and says which limits it was over.
    fn send(&self, number: &str) -> String {
        match self.limits.reserve(&phone(number), self.now) {
            Ok(reserved) => {
                reserved.keep();
                String::new()
            }
            Err(over) => over.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        }
    }

    fn sent(&self, number: &str, times: usize) -> usize {
        (0..times).filter(|_| self.send(number).is_empty()).count()
    }
}

#[test]
fn without_limits_everything_passes() {
    assert_eq!(Scene::new(Settings::default()).sent(GB, 10_000), 10_000);
}

#[test]
fn each_limit_counts_its_own() {
    let table = [
        (Settings { per_number: hourly(3), ..Settings::default() }, GB, "+447700900124"),
        (Settings { per_prefix: hourly(3), ..Settings::default() }, "+447700900999", "+447700901123"),
        (Settings { per_country: hourly(3), ..Settings::default() }, "+447400123456", "+4915123456789"),
        // Countries that share a calling code are told apart.
        (Settings { per_country: hourly(3), ..Settings::default() }, "+441481960194", "+447400123456"),
    ];
    for (at, (settings, same, other)) in table.into_iter().enumerate() {
        let scene = Scene::new(settings);
        let first = if at == 3 { "+447781123456" } else { GB };
        assert_eq!(scene.sent(first, 5), 3, "{at}");
        assert_eq!((scene.sent(same, 5), scene.sent(other, 5)), (0, 3), "{at}");
    }
    let scene = Scene::new(Settings { total: hourly(3), ..Settings::default() });
    assert_eq!((scene.sent(GB, 2), scene.sent("+4915123456789", 2), scene.sent(GB, 1)), (2, 1, 0));
}

#[test]
fn a_country_may_have_a_limit_of_its_own() {
    let by_country = [("GB".to_owned(), hourly(5))].into();
    let scene = Scene::new(Settings { per_country: hourly(2), by_country, ..Settings::default() });
    assert_eq!((scene.sent(GB, 9), scene.sent("+4915123456789", 9)), (5, 2));
    // Satellites and other networks of no country are one more.
    assert_eq!((scene.sent("+88213123456", 1), scene.sent("+88310123456", 9)), (1, 1));
}

#[test]
fn what_is_used_up_is_named() {
    let scene = Scene::new(Settings {
        per_number: vec![Rate { max: 1, window: Window::Hour }, Rate { max: 1, window: Window::Day }],
        per_prefix: hourly(2),
        ..Settings::default()
    });
    assert_eq!(scene.send(GB), "");
    assert_eq!(scene.send(GB), "per_number = \"1/h\", per_number = \"1/d\"");
    assert_eq!(scene.send("+447700900124"), "");
    assert_eq!(scene.send("+447700900125"), "per_prefix = \"2/h\"");
}

#[test]
fn a_window_slides() {
    let mut scene = Scene::new(Settings { per_number: hourly(2), ..Settings::default() });
    assert_eq!(scene.sent(GB, 1), 1);
    for (minutes, wanted) in [(30, 1), (25, 0), (5, 0), (5, 1), (25, 0), (5, 1), (200, 2), (59, 0)] {
        scene.minutes(minutes);
        assert_eq!(scene.sent(GB, 2), wanted, "{minutes} minutes later");
    }
    let mut scene = Scene::new(Settings { per_number: daily(2), ..Settings::default() });
    for (hours, wanted) in [(0, 2), (23, 0), (3, 2)] {
        scene.minutes(hours * 60);
        assert_eq!(scene.sent(GB, 3), wanted, "{hours} hours later");
    }
}

#[test]
fn what_one_limit_refuses_costs_the_others_nothing() {
    let scene = Scene::new(Settings { per_number: hourly(1), total: hourly(3), ..Settings::default() });
    assert_eq!(scene.sent(GB, 50), 1);
    assert_eq!(scene.sent("+4915123456789", 50), 1);
    assert_eq!(scene.sent("+33612345678", 50), 1);
    assert_eq!(scene.send("+33612345679"), "total = \"3/h\"");
}

#[test]
fn what_was_not_sent_is_given_back() {
    let settings = Settings { per_number: hourly(1), per_country: daily(1), ..Settings::default() };
    let Scene { limits, mut now } = Scene::new(settings);
    for _ in 0..3 {
        let reserved = limits.reserve(&phone(GB), now).unwrap();
        assert!(limits.reserve(&phone(GB), now).is_err(), "it counts while it is under way");
        // It may end in a later slot than it began in.
        now += Duration::from_mins(7);
        drop(reserved);
    }
    limits.reserve(&phone(GB), now).unwrap().keep();
    assert!(limits.reserve(&phone(GB), now).is_err());
}

#[test]
fn requests_may_overtake_each_other() {
    let mut scene = Scene::new(Settings { per_number: hourly(3), ..Settings::default() });
    let earlier = scene.now;
    scene.minutes(6);
    assert_eq!(scene.send(GB), "");
    drop(scene.limits.reserve(&phone(GB), earlier).unwrap());
    scene.limits.reserve(&phone(GB), earlier).unwrap().keep();
    assert_eq!(scene.sent(GB, 5), 1);
}

#[test]
fn memory_is_bounded_and_what_is_recent_is_kept() {
    let mut counts = Counts::default();
    for key in 0..1_000_000 {
        counts.add(key, 0);
        if key % 10_000 == 0 {
            counts.add(7, 0);
        }
        assert!(counts.len() <= MOST);
    }
    assert_eq!(counts.count(7, 0), 101, "a key in use is never forgotten");
    assert_eq!((counts.count(999_999, 0), counts.count(8, 0)), (1, 0));
}

#[test]
fn memory_is_given_back_when_the_attack_is_over() {
    let mut counts = Counts::default();
    (0..40_000).for_each(|key| counts.add(key, 0));
    for slot in [13, 26] {
        counts.add(1_000_000, slot);
    }
    assert_eq!(counts.len(), 1);
}

proptest! {
    /// Against a list of everything that was sent: never more than the limit in any hour, and nothing is refused that
    /// an hour and a slot would allow.
    #[test]
    fn never_more_in_any_hour(max in 1_u32..6, steps in prop::collection::vec((0_u64..1500, 0..3, any::<bool>()), 1..120)) {
        let mut scene = Scene::new(Settings { per_number: hourly(max), ..Settings::default() });
        let (hour, slot) = (Duration::from_hours(1), Duration::from_mins(5));
        let mut sent: Vec<(Instant, i32)> = Vec::new();
        for (seconds, who, leaves) in steps {
            scene.now += Duration::from_secs(seconds);
            let now = scene.now;
            let within = |window: Duration| {
                sent.iter().filter(|(at, whom)| *whom == who && now - *at < window).count()
            };
            let number = phone(&format!("+44770090012{who}"));
            let (strict, lax) = (within(hour), within(hour + slot));
            match scene.limits.reserve(&number, now) {
                Ok(reserved) if leaves => {
                    prop_assert!(strict < max as usize);
                    reserved.keep();
                    sent.push((now, who));
                }
                Ok(reserved) => drop(reserved),
                Err(_) => prop_assert!(lax >= max as usize),
            }
        }
    }
}
