//! The time-line of a message: each claim, each attempt at a provider and each outcome, with its time. A row keeps it as text,
//! so that a later delivery is added to it by the statement that writes the row anyway.
//!
//! The text has a line for each step, the oldest first; a line is a JSON array that begins with milliseconds since the Unix
//! epoch. The first claim is left out, since it is the row's `first_seen`, and so is an acceptance, which is the row's outcome:
//! a message that the first provider takes at once costs some 40 bytes.
//!
//! ```text
//! [1800000000120,5000,"main","deferred","connect","no answer"]    an attempt: begun when, took how many ms, provider, verdict;
//! [1800000005130,80,"backup","accepted"]                          for a fault also its stage and its codes
//! [1800000005220,"failed","timeout"]                              an outcome, with its reason
//! [1800000010000,"claimed"]                                       a later request for the same message
//! ```

use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::clock::millis;

/// How many attempts of one delivery are kept, the last ones.
pub(super) const ATTEMPTS: usize = 16;

/// How many bytes one delivery adds at most. A row keeps 2,048 characters over all deliveries, the last ones: the statements
/// that write it cut what is more.
const LONGEST: usize = 2000;

/// How many characters of a provider's name, and of a fault, are kept.
const LONGEST_WORD: usize = 96;

/// The word for a claim.
const CLAIMED: &str = "claimed";

/// One attempt at one provider, in the words of the log line on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// When the attempt began.
    pub at: SystemTime,
    /// How long it took.
    pub took: Duration,
    /// The name of the provider that was asked.
    pub provider: String,
    /// What the provider said, as one word such as `accepted` or `deferred`.
    pub verdict: Cow<'static, str>,
    /// How far the attempt had come when something went wrong, and the codes of the answer or what broke. `None` for an
    /// attempt without a fault.
    pub fault: Option<(Cow<'static, str>, String)>,
}

/// What happened to a message at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A request for the message claimed it once more.
    Claimed {
        /// When it did.
        at: SystemTime,
    },
    /// A provider was asked.
    Tried(Tried),
    /// A delivery ended without an acceptance.
    Settled {
        /// When it ended.
        at: SystemTime,
        /// The outcome as one word, such as `failed`.
        outcome: String,
        /// The `reason` in the answer to Clerk; `None` for an outcome that speaks for itself.
        reason: Option<String>,
    },
}

/// What one delivery adds to the text. `claimed_at` is `None` for the first claim of a message, and `ended` for an acceptance.
pub(super) fn written(
    claimed_at: Option<u64>,
    tried: &[Tried],
    ended: Option<(&str, Option<&str>, u64)>,
) -> Option<String> {
    let claimed = claimed_at.map(|at| json!([at, CLAIMED]));
    let tried = tried.iter().skip(tried.len().saturating_sub(ATTEMPTS)).map(attempt);
    let ended = ended.map(|(outcome, reason, at)| match reason {
        Some(reason) => json!([at, outcome, reason]),
        None => json!([at, outcome]),
    });
    let lines: Vec<String> =
        claimed.into_iter().chain(tried).chain(ended).map(|line| line.to_string()).collect();
    // From the end, since the last steps say the most.
    let mut room = LONGEST;
    let fits = |line: &&String| {
        let rest = room.checked_sub(line.len() + 1);
        room = rest.unwrap_or(0);
        rest.is_some()
    };
    let mut kept: Vec<&str> = lines.iter().rev().take_while(fits).map(String::as_str).collect();
    kept.reverse();
    (!kept.is_empty()).then(|| kept.join("\n"))
}

fn attempt(tried: &Tried) -> Value {
    let Tried { at, took, provider, verdict, fault } = tried;
    let short = |text: &str| -> String { text.chars().take(LONGEST_WORD).collect() };
    let (at, took) = (millis(*at), u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
    match fault {
        Some((stage, fault)) => json!([at, took, short(provider), verdict, stage, short(fault)]),
        None => json!([at, took, short(provider), verdict]),
    }
}

/// The steps that a text holds. A line that can't be read is left out: the oldest one may be cut, and a later version may
/// have written others.
pub(super) fn steps(text: Option<&str>) -> Vec<Step> {
    text.unwrap_or_default().lines().filter_map(step).collect()
}

fn step(line: &str) -> Option<Step> {
    let words: Vec<Value> = serde_json::from_str(line).ok()?;
    let text = |place: usize| words.get(place).and_then(Value::as_str).map(str::to_owned);
    let at = UNIX_EPOCH + Duration::from_millis(words.first()?.as_u64()?);
    if let Some(took) = words.get(1)?.as_u64() {
        return Some(Step::Tried(Tried {
            at,
            took: Duration::from_millis(took),
            provider: text(2)?,
            verdict: text(3)?.into(),
            fault: text(4).map(Cow::from).zip(text(5)),
        }));
    }
    Some(match text(1)? {
        word if word == CLAIMED => Step::Claimed { at },
        outcome => Step::Settled { at, outcome, reason: text(2) },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: u64 = 1_800_000_000_000;

    fn at(millis: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(NOON + millis)
    }

    fn tried(millis: u64, fault: Option<(&'static str, &str)>) -> Tried {
        Tried {
            at: at(millis),
            took: Duration::from_millis(80),
            provider: "main".into(),
            verdict: if fault.is_some() { "deferred" } else { "accepted" }.into(),
            fault: fault.map(|(stage, fault)| (stage.into(), fault.to_owned())),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let broken =
            [tried(1, Some(("rcpt", "450 4.2.1 \"busy\""))), tried(90, Some(("connect", "refused")))];
        let first = written(None, &broken, Some(("failed", Some("unavailable"), NOON + 100))).unwrap();
        let later = written(Some(NOON + 5000), &[tried(5001, None)], None);
        let [one, two] = broken;
        assert_eq!(
            steps(Some(&format!("{first}\n{}", later.unwrap()))),
            [
                Step::Tried(one),
                Step::Tried(two),
                Step::Settled { at: at(100), outcome: "failed".into(), reason: Some("unavailable".into()) },
                Step::Claimed { at: at(5000) },
                Step::Tried(tried(5001, None)),
            ]
        );
    }

    #[test]
    fn a_message_that_is_taken_at_once_costs_forty_bytes() {
        let text = written(None, &[tried(1, None)], None).unwrap();
        assert_eq!(text, r#"[1800000000001,80,"main","accepted"]"#);
        assert_eq!(written(None, &[], None), None);
    }

    #[test]
    fn it_is_bounded_and_keeps_the_last_steps() {
        let long = "no answer; ".repeat(50);
        let many: Vec<_> = (0..100).map(|n| tried(n, Some(("http", &long)))).collect();
        let text = written(Some(NOON), &many, Some(("failed", Some("timeout"), NOON + 100))).unwrap();
        assert!(text.len() <= LONGEST, "{}", text.len());
        let steps = steps(Some(&text));
        assert!((8..=ATTEMPTS).contains(&(steps.len() - 1)), "{steps:#?}");
        assert!(matches!(&steps[..], [.., Step::Tried(tried), Step::Settled { .. }] if tried.at == at(99)));
        let short: Vec<_> = (0..100).map(|n| tried(n, None)).collect();
        let text = written(None, &short, None).unwrap();
        assert_eq!(text.lines().count(), ATTEMPTS);
    }

    #[test]
    fn a_line_that_is_cut_or_of_another_version_is_left_out() {
        let text =
            "0,80,\"main\",\"accepted\"]\n[1800000000000,\"claimed\"]\n{}\n[\"x\"]\n[1800000000000]\n\n[";
        assert_eq!(steps(Some(text)), [Step::Claimed { at: at(0) }]);
        assert_eq!(steps(None), []);
    }
}
