//! What an answer means: for the message that it is about, or for the account that was probed.

use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::answer::{Accepted, Code, ErrorClass, Errors, Expected, Locator, Predicate, Source, Unit, Wait};
use super::definition::Probe;
use super::inflate::inflated;
use crate::delivery::attempt::Connected;
use crate::delivery::fault::{Fault, FaultKind, Stage, Verdict};
use crate::delivery::http::Answer;

/// The longest wait that a provider may ask for. It also keeps the sum with any point in time from overflowing.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// An answer with its body decoded once, for all the places that are looked at.
struct Read<'a> {
    answer: &'a Answer,
    /// The body as text, decompressed where it came compressed.
    text: Cow<'a, str>,
    /// The body as JSON; `None` where it is something else.
    json: Option<Value>,
}

impl Source {
    /// The value at this place; `None` where there is none, or an empty one.
    fn find(&self, read: &Read<'_>) -> Option<String> {
        let text = match &self.locator {
            Locator::At(pointer) => plain(read.json.as_ref()?.pointer(pointer)?)?,
            Locator::FirstValue(pointer) => match read.json.as_ref()?.pointer(pointer)? {
                Value::Object(object) => plain(object.values().next()?)?,
                Value::Array(items) => plain(items.first()?)?,
                _ => return None,
            },
            Locator::Header(name) => read.header(name)?.to_owned(),
            Locator::Body => read.text.clone().into_owned(),
        };
        match &self.matches {
            None => Some(text),
            Some(regex) => {
                let groups = regex.captures(&text)?;
                groups.get(1).or_else(|| groups.get(0)).map(|group| group.as_str().to_owned())
            }
        }
    }
}

/// A value as text; `None` for null and for an empty string, array or object.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(boolean) => Some(boolean.to_string()),
        Value::Null => None,
        Value::Array(items) if items.is_empty() => None,
        Value::Object(entries) if entries.is_empty() => None,
        other => Some(other.to_string()),
    }
}

impl Accepted {
    /// Whether an answer is a success.
    fn holds(&self, read: &Read<'_>) -> bool {
        let status = read.answer.status;
        let is_right =
            if self.status.is_empty() { status.is_success() } else { self.status.contains(&status.as_u16()) };
        is_right && self.conditions_hold(read)
    }

    fn conditions_hold(&self, read: &Read<'_>) -> bool {
        self.when.iter().all(|predicate| predicate.holds(read))
            && !self.unless.iter().any(|predicate| predicate.holds(read))
    }
}

impl Predicate {
    fn holds(&self, read: &Read<'_>) -> bool {
        let found = self.source.find(read);
        match &self.expected {
            Expected::OneOf(values) => found.is_some_and(|found| values.contains(&found)),
            Expected::NoneOf(values) => found.is_some_and(|found| !values.contains(&found)),
            Expected::Present => found.is_some(),
            Expected::Absent => found.is_none(),
            Expected::Matching(regex) => found.is_some_and(|found| regex.is_match(&found)),
        }
    }
}

impl<'a> Read<'a> {
    fn new(answer: &'a Answer) -> Self {
        let text = match inflated(answer) {
            Some(inflated) => Cow::Owned(String::from_utf8_lossy(&inflated).into_owned()),
            None => String::from_utf8_lossy(&answer.body),
        };
        // Some servers put a byte order mark before their JSON, and RFC 8259, 8.1 lets a parser ignore it.
        let text = match text.strip_prefix('\u{feff}') {
            Some(rest) => Cow::Owned(rest.to_owned()),
            None => text,
        };
        Self { answer, json: serde_json::from_str(&text).ok(), text }
    }

    /// Whether the API itself answered, and not a proxy before it with a page of its own.
    fn is_of_the_api(&self, speaks_json: bool) -> bool {
        speaks_json && matches!(self.json, Some(Value::Object(_) | Value::Array(_)))
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.answer.headers.get(name)?.to_str().ok()
    }
}

/// The verdict on a message, by the provider's answer. `is_id` says whether a text may be shown as the provider's id or
/// code: an answer may repeat whom the message was for.
pub(super) fn judge(
    accepted: &Accepted,
    errors: &Errors,
    answer: &Answer,
    is_id: impl Fn(&str) -> bool,
) -> Verdict {
    let status = answer.status.as_u16();
    let read = Read::new(answer);
    let receipt = accepted.receipt.as_ref().and_then(|source| source.find(&read));
    // Another 2xx than the documented one, with an id: the message was taken, and asking again would send it twice.
    let is_taken = answer.status.is_success() && receipt.is_some() && accepted.conditions_hold(&read);
    if is_taken || accepted.holds(&read) {
        let receipt = receipt.map(|receipt| receipt.trim_matches(['<', '>']).to_owned());
        return Verdict::Accepted { receipt: receipt.filter(|receipt| is_id(receipt)) };
    }
    let (code, detail) = errors.read(&read, is_id);
    if !answer.complete && code.is_none() && (400..500).contains(&status) {
        // The rest of the answer, with the provider's code, is lost: without the code nothing is final.
        return verdict(ErrorClass::Unavailable, detail);
    }
    let is_readable = code.is_some() || read.is_of_the_api(speaks_json(accepted, errors));
    let class = errors.class(code.as_deref(), status, &read);
    let Some((class, proven)) =
        class.or_else(|| Some((by_status(status, code.is_some(), is_readable)?, false)))
    else {
        // A gateway lost sight of the provider, or a success has an unknown form: the message may have been taken.
        let unknown = if answer.status.is_success() {
            ", an answer that no rule of the definition matches"
        } else {
            ""
        };
        return Verdict::InDoubt(Fault::new(Stage::Http, FaultKind::Unavailable, detail + unknown));
    };
    match verdict(class, detail) {
        // Headers about limits come with every answer of some providers, and mean a wait only in these.
        Verdict::Deferred(fault) if matches!(fault.kind, FaultKind::Throttled | FaultKind::Unavailable) => {
            Verdict::Deferred(fault.after(errors.wait(&read)))
        }
        Verdict::Rejected(fault) if !proven => Verdict::Rejected(fault.unproven()),
        Verdict::Refused(fault) if !proven => Verdict::Refused(fault.unproven()),
        other => other,
    }
}

/// Whether the API answers in JSON, as far as its definition looks into answers.
fn speaks_json(accepted: &Accepted, errors: &Errors) -> bool {
    let conditions = accepted.when.iter().map(|predicate| &predicate.source);
    let mut sources = errors.code.iter().chain(&accepted.receipt).chain(conditions);
    sources.any(|source| matches!(source.locator, Locator::At(_) | Locator::FirstValue(_)))
}

/// What the answer to a probe says of the account. `accepted` and `errors` are those of messages.
///
/// # Errors
/// The account can't send: the fault says why, as far as the answer does.
pub(super) fn judge_probe(
    probe: &Probe,
    accepted: &Accepted,
    errors: &Errors,
    answer: &Answer,
) -> Result<Connected, Fault> {
    let status = answer.status.as_u16();
    let read = Read::new(answer);
    let (code, detail) = errors.read(&read, |code| !code.contains(char::is_whitespace));
    // A page of a proxy or of another site answers every request alike, so it proves nothing.
    let is_page = read.text.trim_start().starts_with('<') && speaks_json(accepted, errors);
    let page = if is_page { " with a web page in place of the API's answer: check base_url" } else { "" };
    let detail = detail + page;
    if probe.accepted.holds(&read) {
        return Ok(if is_page { Connected::Untold(detail) } else { Connected::Fine(detail) });
    }
    let says = |it: &Code| it.is(&status.to_string()) || code.as_deref().is_some_and(|code| it.is(code));
    if probe.sending_only.iter().any(says) {
        let words = "may mean that the key can send and do nothing else: try it with `clerk-courier send`";
        return Ok(Connected::Untold(format!("{detail}, which {words}")));
    }
    let class = errors.class(code.as_deref(), status, &read).map(|(class, _)| class);
    let kind = match class.or_else(|| by_status(status, code.is_some(), true)) {
        Some(ErrorClass::Credentials) => FaultKind::Credentials,
        Some(ErrorClass::Throttled) => FaultKind::Throttled,
        Some(ErrorClass::Unavailable) => FaultKind::Unavailable,
        None if answer.status.is_server_error() => FaultKind::Unavailable,
        _ => FaultKind::Account,
    };
    Err(Fault::new(Stage::Http, kind, detail))
}

/// The verdict on a message whose refusal is of this class.
fn verdict(class: ErrorClass, detail: String) -> Verdict {
    let fault = |kind| Fault::new(Stage::Http, kind, detail);
    match class {
        ErrorClass::Recipient => Verdict::Rejected(fault(FaultKind::Recipient)),
        ErrorClass::Content => Verdict::Refused(fault(FaultKind::Content)),
        // Another account may have the route, so this is not about the recipient.
        ErrorClass::Route => Verdict::Refused(fault(FaultKind::Account)),
        ErrorClass::Throttled => Verdict::Deferred(fault(FaultKind::Throttled)),
        ErrorClass::Unavailable => Verdict::Deferred(fault(FaultKind::Unavailable)),
        ErrorClass::Credentials => Verdict::Deferred(fault(FaultKind::Credentials)),
        ErrorClass::Account => Verdict::Deferred(fault(FaultKind::Account)),
        ErrorClass::Duplicate => Verdict::Accepted { receipt: None },
    }
}

impl Errors {
    /// The provider's code, and what may be shown of the answer: its status, and the code where that looks like one.
    fn read(&self, read: &Read<'_>, is_id: impl Fn(&str) -> bool) -> (Option<String>, String) {
        let mut codes = self.code.iter().filter_map(|source| source.find(read));
        let first = codes.next();
        let code = match &first {
            Some(code) if self.by_code(Some(code)).is_none() => {
                codes.find(|code| self.by_code(Some(code)).is_some()).or(first)
            }
            _ => first,
        };
        let status = read.answer.status;
        let mut detail = format!("HTTP {}", status.as_u16());
        if let Some(code) = code.as_deref().filter(|code| code.len() <= 40 && is_id(code)) {
            detail.push_str(", code ");
            detail.push_str(code);
        }
        if status.is_redirection() {
            detail.push_str(", a redirect, which is not followed: check base_url");
        }
        (code, detail)
    }

    /// How long the provider asks us to wait. The place that the definition names counts before `Retry-After` (RFC 9110,
    /// 10.2.3).
    fn wait(&self, read: &Read<'_>) -> Option<Duration> {
        // By the answer's own clock, so that it does not matter whether ours is right.
        let date = || httpdate::parse_http_date(read.header("date")?).ok();
        let until = |then: SystemTime| then.duration_since(date()?).ok();
        let own = self.wait.as_ref().and_then(|Wait { source, unit }| {
            let number: f64 = source.find(read)?.parse().ok()?;
            let seconds = |number| Duration::try_from_secs_f64(number).ok();
            match unit {
                Unit::Seconds => seconds(number),
                Unit::Milliseconds => seconds(number / 1000.0),
                Unit::Unix => until(UNIX_EPOCH.checked_add(seconds(number)?)?),
            }
        });
        let wait = own.or_else(|| {
            let after = read.header("retry-after")?.trim();
            // RFC 9110 wants whole seconds, but some providers write 1.5.
            let number: Option<f64> = after.parse().ok().filter(|number: &f64| number.is_finite());
            let longest = LONGEST_WAIT.as_secs_f64();
            let seconds = number.and_then(|it| Duration::try_from_secs_f64(it.ceil().min(longest)).ok());
            seconds.or_else(|| until(httpdate::parse_http_date(after).ok()?))
        });
        wait.map(|wait| wait.min(LONGEST_WAIT))
    }

    /// The class of an error, and whether that is proven: by the code, else by the provider's own word on trying again,
    /// else by the status. A status alone never proves whom a refusal is about. `None`: the definition says nothing.
    fn class(&self, code: Option<&str>, status: u16, read: &Read<'_>) -> Option<(ErrorClass, bool)> {
        let permanent = self.permanent.as_ref().and_then(|source| source.find(read));
        let proof = self.by_code(code).or_else(|| match permanent.as_deref()? {
            "true" => Some(ErrorClass::Recipient),
            "false" => Some(ErrorClass::Unavailable),
            _ => None,
        });
        let of_status = || self.status.iter().find(|(range, _)| range.contains(&status));
        proof.map(|class| (class, true)).or_else(|| of_status().map(|(_, class)| (*class, false)))
    }
}

/// What a status means at every API. Providers add codes all the time, so an unknown code must not decide more than its
/// status does, and a 4xx is our own fault. `None`: the message may have been taken.
fn by_status(status: u16, has_code: bool, is_readable: bool) -> Option<ErrorClass> {
    match status {
        // The provider refused, with a code that the definition does not know.
        200..=299 => has_code.then_some(ErrorClass::Content),
        429 => Some(ErrorClass::Throttled),
        401 | 403 => Some(ErrorClass::Credentials),
        408 | 421 | 425 => Some(ErrorClass::Unavailable),
        300..=499 => Some(ErrorClass::Account),
        // Gateways that had passed the request on, among them Cloudflare (520 to 527) and some proxies (598, 599).
        502 | 504 | 520..=527 | 598 | 599 => None,
        500 => is_readable.then_some(ErrorClass::Unavailable),
        _ => Some(ErrorClass::Unavailable),
    }
}
