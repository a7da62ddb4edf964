//! `GET /outbox/next`: waits for a message, and gives it to a test as JSON.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use mailparse::MailHeaderMap as _;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use url::form_urlencoded::parse;

use super::inbox;
use super::shell::Workshop;
use crate::delivery::outbox::Entry;

/// How long is waited where the test does not say it.
const USUAL: Duration = Duration::from_secs(10);
/// The longest time that a test may wait.
const LONGEST: Duration = Duration::from_mins(1);
/// The time from one look into the outbox to the next.
const INTERVAL: Duration = Duration::from_millis(60);
/// How long a message waits for the event that made it: its file is there a moment before the answer to the event is.
const FOR_EVENT: Duration = Duration::from_secs(1);

/// What is waited for.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    /// The recipient's address or number; `None`: anybody's.
    to: Option<String>,
    /// Messages up to here do not count.
    after: After,
    timeout: Duration,
}

#[derive(Debug, PartialEq, Eq)]
enum After {
    /// Every message counts.
    Beginning,
    /// Those that came at this time or later.
    Time(SystemTime),
    /// Those that came after the one with this name.
    Message(String),
}

/// Answers with the first message that is wanted, once it is there: 200, or 404 if none comes in time.
pub(super) async fn next(State(workshop): State<Arc<Workshop>>, RawQuery(query): RawQuery) -> Response {
    let wanted = match Wanted::read(query.unwrap_or_default().as_bytes()) {
        Ok(wanted) => wanted,
        Err(why) => return answer(StatusCode::BAD_REQUEST, &json!({ "error": why })),
    };
    let end = Instant::now() + wanted.timeout;
    // Messages are never changed, so each is read once.
    let mut others = HashSet::new();
    loop {
        let mut entries = workshop.outbox.list().unwrap_or_default();
        entries.retain(|entry| wanted.after.is_before(&entry.name) && !others.contains(&entry.name));
        for entry in entries.into_iter().rev() {
            let file = workshop.outbox.read(&entry.name).unwrap_or_default();
            match message(&entry, &file).filter(|message| wanted.is_to(message)) {
                Some(message) => return found(&workshop, message, &entry.name).await,
                None => drop(others.insert(entry.name)),
            }
        }
        if Instant::now() >= end {
            let to = wanted.to.map(|to| format!(" to {to}")).unwrap_or_default();
            let limit = humantime::format_duration(wanted.timeout);
            let why = format!(
                "no message{to} came within {limit}: look at /events of the workshop for what the receiver got and what it answered"
            );
            return answer(StatusCode::NOT_FOUND, &json!({ "error": why }));
        }
        sleep(INTERVAL.min(end.saturating_duration_since(Instant::now()))).await;
    }
}

impl Wanted {
    /// Reads a query.
    ///
    /// # Errors
    /// A name that is not known, a time that can't be read, or a time-out that is too long.
    fn read(query: &[u8]) -> Result<Self, String> {
        let mut wanted = Self { to: None, after: After::Beginning, timeout: USUAL };
        for (name, value) in parse(query) {
            let value = value.trim();
            match name.as_ref() {
                // No address has a space: where one stands, there was a `+` that the test did not encode.
                "to" => wanted.to = Some(plus(&value.replace(' ', "+"))).filter(|to| !to.is_empty()),
                "after" => wanted.after = After::read(value)?,
                "timeout" => wanted.timeout = timeout(value)?,
                other => return Err(format!("`{other}` is not known: write `to`, `after` and `timeout`")),
            }
        }
        Ok(wanted)
    }

    /// Whether a message is for whom it is waited for.
    fn is_to(&self, message: &Value) -> bool {
        let to = message.get("to").and_then(Value::as_str).unwrap_or_default();
        self.to.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(to))
    }
}

/// A phone number with the `+` that stood before it. A form decodes `+44` to ` 44`, and the space is trimmed.
fn plus(to: &str) -> String {
    if !to.is_empty() && to.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("+{to}")
    } else {
        to.to_owned()
    }
}

fn timeout(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().map(Duration::from_secs);
    let timeout = seconds.or_else(|| humantime::parse_duration(text).ok());
    match timeout {
        Some(timeout) if timeout <= LONGEST => Ok(timeout),
        Some(_) => {
            Err(format!("`timeout` is too long: wait at most {}", humantime::format_duration(LONGEST)))
        }
        None => Err("`timeout` is not a duration: write seconds, or `500ms`".to_owned()),
    }
}

impl After {
    fn read(text: &str) -> Result<Self, String> {
        let since = |duration: Duration| UNIX_EPOCH.checked_add(duration).map(Self::Time);
        let said = if text.is_empty() {
            Some(Self::Beginning)
        } else if stamp(text).is_some() && text.contains('-') && text.contains('.') {
            Some(Self::Message(text.to_owned()))
        } else if let Ok(number) = text.parse::<u64>() {
            // Seconds since 1970 have ten digits, and the milliseconds of JavaScript's `Date.now()` thirteen.
            since(if text.len() > 11 { Duration::from_millis(number) } else { Duration::from_secs(number) })
        } else {
            humantime::parse_rfc3339_weak(text).ok().map(Self::Time)
        };
        said.ok_or_else(|| {
            "`after` is not a time: write `Date.now()`, a time such as 2026-11-29T12:00:00Z, or the `name` of a message".to_owned()
        })
    }

    /// Whether a message of this name counts.
    fn is_before(&self, name: &str) -> bool {
        match self {
            Self::Beginning => true,
            Self::Time(time) => stamp(name).is_some_and(|at| at >= *time),
            Self::Message(last) => name > last.as_str(),
        }
    }
}

/// When a message came, by its name, which begins with the microseconds since 1970 in 16 digits.
fn stamp(name: &str) -> Option<SystemTime> {
    let (micros, _) = name.split_once('-').filter(|(micros, _)| micros.len() == 16)?;
    UNIX_EPOCH.checked_add(Duration::from_micros(micros.parse().ok()?))
}

/// A message as tests get it; `None` for a file that is not one.
fn message(entry: &Entry, file: &[u8]) -> Option<Value> {
    let at = stamp(&entry.name).unwrap_or(entry.at);
    let at = humantime::format_rfc3339_millis(at).to_string();
    if !entry.is_mail {
        let sms: Value = serde_json::from_slice(file).ok()?;
        return Some(json!({
            "name": entry.name, "channel": "sms", "at": at, "to": sms.get("to")?, "from": sms.get("from"),
            "subject": null, "text": sms.get("text")?, "html": null,
        }));
    }
    let mail = mailparse::parse_mail(file).ok()?;
    let header = |name: &str| mail.headers.get_first_value(name);
    let to = mailparse::addrparse_header(mail.headers.get_first_header("To")?).ok()?;
    let to = to.extract_single_info().map(|info| info.addr);
    Some(json!({
        "name": entry.name, "channel": "email", "at": at, "to": to, "from": header("From"), "subject": header("Subject"),
        "text": inbox::text_part(&mail), "html": inbox::html(file),
    }))
}

/// The answer with a message, its code and its link. They come from the event, or else from the words.
async fn found(workshop: &Workshop, mut message: Value, name: &str) -> Response {
    let end = Instant::now() + FOR_EVENT;
    let event = loop {
        let event = workshop.events.of_message(name);
        let is_old = stamp(name).is_none_or(|at| at.elapsed().is_ok_and(|age| age > FOR_EVENT));
        if event.is_some() || is_old || Instant::now() >= end {
            break event;
        }
        sleep(INTERVAL).await;
    };
    let words = |part: &str| message.get(part).and_then(Value::as_str).unwrap_or_default();
    let in_words = || in_words(words("subject")).or_else(|| self::in_words(words("text")));
    let facts = match &event {
        Some(event) => json!({
            "code": event.code(), "link": event.link(), "slug": event.says("/data/slug"), "template": event.answered("template"),
        }),
        None => {
            json!({ "code": in_words(), "link": first_link(words("text")), "slug": null, "template": null })
        }
    };
    if let (Value::Object(message), Value::Object(facts)) = (&mut message, facts) {
        message.extend(facts);
    }
    answer(StatusCode::OK, &message)
}

/// The first number of four to ten digits, which stands by itself.
fn in_words(text: &str) -> Option<&str> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    words
        .into_iter()
        .find(|word| (4..=10).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The first address of a page.
fn first_link(text: &str) -> Option<&str> {
    text.split_whitespace().find(|word| word.starts_with("https://") || word.starts_with("http://"))
}

fn answer(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_says_what_is_waited_for() {
        let wanted = Wanted::read(b"to=Ada%40a.example&after=1787328461123&timeout=2").unwrap();
        assert_eq!(wanted.to.as_deref(), Some("Ada@a.example"));
        assert_eq!(wanted.after, After::Time(UNIX_EPOCH + Duration::from_millis(1_787_328_461_123)));
        assert_eq!(wanted.timeout, Duration::from_secs(2));
        for (to, expected) in [
            ("to=+447700900123", "+447700900123"),
            ("to=%2B447700900123", "+447700900123"),
            ("to=a+b@c.example", "a+b@c.example"),
        ] {
            assert_eq!(Wanted::read(to.as_bytes()).unwrap().to.as_deref(), Some(expected));
        }
        assert!(Wanted::read(b"to=A%40b.example").unwrap().is_to(&json!({ "to": "a@B.example" })));
        assert_eq!(
            Wanted::read(b"timeout=500ms&to=").unwrap(),
            Wanted { to: None, after: After::Beginning, timeout: Duration::from_millis(500) }
        );
        for (query, why) in [
            ("timeout=61", "at most 1m"),
            ("timeout=soon", "not a duration"),
            ("form=x", "`form` is not known"),
            ("after=yesterday", "`after` is not a time"),
        ] {
            let said = Wanted::read(query.as_bytes()).unwrap_err();
            assert!(said.contains(why), "{said}");
        }
    }

    #[test]
    fn what_came_before_does_not_count() {
        let name = "1787328461123456-ema_1.eml";
        for (after, counts) in [
            ("", true),
            ("1787328461123", true),
            ("1787328461124", false),
            ("1787328461", true),
            ("1787328462", false),
            ("2026-08-21T00:00:00Z", true),
            ("2036-08-21T00:00:00.5Z", false),
            ("1787328461123455-sms_9.json", true),
            (name, false),
        ] {
            assert_eq!(After::read(after).unwrap().is_before(name), counts, "{after}");
        }
    }

    #[test]
    fn codes_and_links_are_found_in_words() {
        assert_eq!(in_words("Acme 24: 418273 is your code"), Some("418273"));
        assert_eq!(in_words("Room 12b, abc4182"), None);
        assert_eq!(first_link("Sign in:\nhttps://a.example/x?y=1\n"), Some("https://a.example/x?y=1"));
    }
}
