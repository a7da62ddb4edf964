//! What an answer means.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use regex::Regex;
use serde_json::Value;

use super::super::attempt::Connected;
use super::super::fault::{Fault, FaultKind, Stage, Verdict};
use super::super::http::Answer;
use super::Harmless;
use super::inflate::inflated;

/// What is success.
#[derive(Debug, Clone, Default)]
pub struct Accepted {
    /// Empty: every 2xx.
    pub status: Vec<u16>,
    /// All must hold.
    pub when: Vec<Predicate>,
    /// None may hold.
    pub unless: Vec<Predicate>,
    /// Where the provider's own id of the message is.
    pub receipt: Option<Source>,
}

/// A condition on an answer.
#[derive(Debug, Clone)]
pub struct Predicate {
    /// What is looked at.
    pub source: Source,
    /// What has to be there.
    pub expected: Expected,
}

/// What [`Predicate`] expects.
#[derive(Debug, Clone)]
pub enum Expected {
    /// One of these.
    OneOf(Vec<String>),
    /// None of these, and something.
    NoneOf(Vec<String>),
    /// Something.
    Present,
    /// Nothing.
    Absent,
    /// A text that this is found in.
    Matching(Regex),
}

/// Where in an answer something is.
#[derive(Debug, Clone)]
pub struct Source {
    /// In which part.
    pub place: Place,
    /// What of it: the first group.
    pub matches: Option<Regex>,
}

/// A part of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A JSON pointer (RFC 6901).
    At(String),
    /// The first value of the object there, or its first element.
    FirstValue(String),
    /// A header.
    Header(String),
    /// All of it, as text.
    Body,
}

/// What a failure means to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// This recipient, for good.
    Recipient,
    /// This provider will not take this text.
    Content,
    /// Not by this way to this recipient.
    Route,
    /// Too many.
    Throttled,
    /// The provider's own trouble.
    Unavailable,
    /// Ours, refused.
    Credentials,
    /// Sender, billing, registration.
    Account,
    /// It has this message already.
    Duplicate,
}

impl Class {
    /// By their keys in a definition.
    pub const ALL: [(&'static str, Self); 8] = [
        ("recipient", Self::Recipient),
        ("content", Self::Content),
        ("route", Self::Route),
        ("throttled", Self::Throttled),
        ("unavailable", Self::Unavailable),
        ("credentials", Self::Credentials),
        ("account", Self::Account),
        ("duplicate", Self::Duplicate),
    ];

    fn verdict(self, detail: String) -> Verdict {
        let fault = |kind| Fault::new(Stage::Http, kind, detail);
        match self {
            Self::Recipient => Verdict::Rejected(fault(FaultKind::Recipient)),
            Self::Content => Verdict::Refused(fault(FaultKind::Content)),
            Self::Route => Verdict::Refused(fault(FaultKind::Account)),
            Self::Throttled => Verdict::Deferred(fault(FaultKind::Throttled)),
            Self::Unavailable => Verdict::Deferred(fault(FaultKind::Unavailable)),
            Self::Credentials => Verdict::Deferred(fault(FaultKind::Credentials)),
            Self::Account => Verdict::Deferred(fault(FaultKind::Account)),
            Self::Duplicate => Verdict::Accepted { receipt: None },
        }
    }
}

/// Which codes are of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// Exactly this.
    Exact(String),
    /// A whole number in this range.
    Range(RangeInclusive<u64>),
    /// Whatever begins so.
    Prefix(String),
}

/// The codes of one class.
pub type Codes = Vec<Code>;

/// As a definition has it.
impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(exact) => write!(f, "{exact:?}"),
            Self::Range(range) => write!(f, "\"{}-{}\"", range.start(), range.end()),
            Self::Prefix(prefix) => write!(f, "\"{prefix}*\""),
        }
    }
}

impl Code {
    fn is(&self, code: &str) -> bool {
        match self {
            Self::Exact(exact) => exact == code,
            Self::Range(range) => code.parse().is_ok_and(|code| range.contains(&code)),
            Self::Prefix(prefix) => code.starts_with(prefix),
        }
    }

    /// Whether both say the same of some code, and neither says it more exactly.
    #[must_use]
    pub fn rivals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Exact(one), Self::Exact(other)) | (Self::Prefix(one), Self::Prefix(other)) => one == other,
            (Self::Range(one), Self::Range(other)) => {
                let (first, last) = (one.start().max(other.start()), one.end().min(other.end()));
                // A range within another is the more exact of the two.
                let within = |it: &RangeInclusive<u64>| (it.start(), it.end()) == (first, last);
                first <= last && (within(one) == within(other))
            }
            _ => false,
        }
    }

    /// Of several that a code is, the greatest decides: the code itself, the shortest range, the longest beginning.
    fn exactness(&self) -> (u8, u64) {
        match self {
            Self::Exact(_) => (2, 0),
            Self::Range(range) => (1, u64::MAX - (range.end() - range.start())),
            Self::Prefix(prefix) => (0, prefix.len() as u64),
        }
    }
}

/// What a failure means.
#[derive(Debug, Clone, Default)]
pub struct Errors {
    /// Where the provider's code is: the first whose code is of a class, else the first that has one.
    pub code: Vec<Source>,
    /// By class.
    pub codes: BTreeMap<Class, Codes>,
    /// By HTTP status, where the code says nothing.
    pub status: Vec<(RangeInclusive<u16>, Class)>,
    /// Where a boolean says that trying again is no use.
    pub permanent: Option<Source>,
    /// Where it says when to come again, besides `Retry-After`.
    pub wait: Option<Wait>,
}

/// Where an answer says when to come again.
#[derive(Debug, Clone)]
pub struct Wait {
    /// A number.
    pub source: Source,
    /// Of what.
    pub unit: Unit,
}

/// What a number of [`Wait`] counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seconds from now.
    Seconds,
    /// Milliseconds from now.
    Milliseconds,
    /// Seconds since the Unix epoch. What time it is, the answer's `Date` says.
    Unix,
}

/// Whatever a provider asks for; adding it to a time can't overflow.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// An answer, read once.
struct Read<'a> {
    answer: &'a Answer,
    text: Cow<'a, str>,
    json: Option<Value>,
}

impl Source {
    fn find(&self, read: &Read<'_>) -> Option<String> {
        let text = match &self.place {
            Place::At(pointer) => plain(read.json.as_ref()?.pointer(pointer)?)?,
            Place::FirstValue(pointer) => match read.json.as_ref()?.pointer(pointer)? {
                Value::Object(object) => plain(object.values().next()?)?,
                Value::Array(items) => plain(items.first()?)?,
                _ => return None,
            },
            Place::Header(name) => read.header(name)?.to_owned(),
            Place::Body => read.text.clone().into_owned(),
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

/// A value as text; `None` for what is nothing, or no single thing.
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
        // A byte order mark, which no JSON may begin with.
        let text = match text.strip_prefix('\u{feff}') {
            Some(rest) => Cow::Owned(rest.to_owned()),
            None => text,
        };
        Self { answer, json: serde_json::from_str(&text).ok(), text }
    }

    /// Whether this is an answer of the API, not a page of something that stands before it.
    fn is_of_the_api(&self, speaks_json: bool) -> bool {
        speaks_json && matches!(self.json, Some(Value::Object(_) | Value::Array(_)))
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.answer.headers.get(name)?.to_str().ok()
    }
}

/// What came of a message by the provider's answer. `is_id` says whether a text may be shown as the provider's id or
/// code: an answer may repeat whom the message was for.
pub(in crate::delivery) fn judge(
    accepted: &Accepted,
    errors: &Errors,
    answer: &Answer,
    is_id: impl Fn(&str) -> bool,
) -> Verdict {
    let status = answer.status.as_u16();
    let read = Read::new(answer);
    let receipt = accepted.receipt.as_ref().and_then(|source| source.find(&read));
    // Another 2xx than the documented one, with an id: it was taken.
    let is_taken = answer.status.is_success() && receipt.is_some() && accepted.conditions_hold(&read);
    if is_taken || accepted.holds(&read) {
        let receipt = receipt.map(|receipt| receipt.trim_matches(['<', '>']).to_owned());
        return Verdict::Accepted { receipt: receipt.filter(|receipt| is_id(receipt)) };
    }
    let (code, detail) = errors.read(&read, is_id);
    if !answer.complete && code.is_none() && (400..500).contains(&status) {
        // The provider's code is missing, and without it nothing is final.
        return Class::Unavailable.verdict(detail);
    }
    let is_readable = code.is_some() || read.is_of_the_api(speaks_json(accepted, errors));
    let class = errors.class(code.as_deref(), status, &read);
    let Some((class, proven)) =
        class.or_else(|| Some((by_status(status, code.is_some(), is_readable)?, false)))
    else {
        // A gateway that lost sight of the provider, or a success that is none of the provider's: it may have been taken.
        let unknown =
            if answer.status.is_success() { ", an answer that the definition does not know" } else { "" };
        return Verdict::InDoubt(Fault::new(Stage::Http, FaultKind::Unavailable, detail + unknown));
    };
    match class.verdict(detail) {
        // Headers of limits come with other answers too, and say nothing about those.
        Verdict::Deferred(fault) if matches!(fault.kind, FaultKind::Throttled | FaultKind::Unavailable) => {
            Verdict::Deferred(fault.after(errors.wait(&read)))
        }
        Verdict::Rejected(fault) if !proven => Verdict::Rejected(fault.unproven()),
        Verdict::Refused(fault) if !proven => Verdict::Refused(fault.unproven()),
        other => other,
    }
}

/// Whether answers to messages are read as JSON, not as XML or text.
fn speaks_json(accepted: &Accepted, errors: &Errors) -> bool {
    let conditions = accepted.when.iter().map(|predicate| &predicate.source);
    let mut sources = errors.code.iter().chain(&accepted.receipt).chain(conditions);
    sources.any(|source| matches!(source.place, Place::At(_) | Place::FirstValue(_)))
}

/// What the answer to a harmless request says of the account. `accepted` is what messages are answered with.
pub(in crate::delivery) fn judge_harmless(
    harmless: &Harmless,
    accepted: &Accepted,
    errors: &Errors,
    answer: &Answer,
) -> Result<Connected, Fault> {
    let status = answer.status.as_u16();
    let read = Read::new(answer);
    let (code, detail) = errors.read(&read, |code| !code.contains(char::is_whitespace));
    // Somebody else's page says yes, or no, to everything.
    let is_page = read.text.trim_start().starts_with('<') && speaks_json(accepted, errors);
    let page = if is_page { " with a page in place of the API's answer: is base_url right?" } else { "" };
    let detail = detail + page;
    if harmless.accepted.holds(&read) {
        return Ok(if is_page { Connected::Untold(detail) } else { Connected::Fine(detail) });
    }
    let says = |it: &Code| it.is(&status.to_string()) || code.as_deref().is_some_and(|code| it.is(code));
    if harmless.sending_only.iter().any(says) {
        let words = "may mean a key that can do nothing but send: `clerk-courier send` tells";
        return Ok(Connected::Untold(format!("{detail}, which {words}")));
    }
    let class = errors.class(code.as_deref(), status, &read).map(|(class, _)| class);
    let kind = match class.or_else(|| by_status(status, code.is_some(), true)) {
        Some(Class::Credentials) => FaultKind::Credentials,
        Some(Class::Throttled) => FaultKind::Throttled,
        Some(Class::Unavailable) => FaultKind::Unavailable,
        None if answer.status.is_server_error() => FaultKind::Unavailable,
        _ => FaultKind::Account,
    };
    Err(Fault::new(Stage::Http, kind, detail))
}

impl Errors {
    /// The provider's code, and what may be shown of the answer.
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
            detail.push_str(", a redirect, which is not followed: is base_url right?");
        }
        (code, detail)
    }

    fn by_code(&self, code: Option<&str>) -> Option<Class> {
        let code = code?;
        let all = self.codes.iter().flat_map(|(class, codes)| codes.iter().map(move |it| (it, *class)));
        all.filter(|(it, _)| it.is(code)).max_by_key(|(it, _)| it.exactness()).map(|(_, class)| class)
    }

    /// How long the provider asks us to wait; the definition's own place counts before `Retry-After` (RFC 9110, 10.2.3).
    fn wait(&self, read: &Read<'_>) -> Option<Duration> {
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
            // Whole seconds by RFC 9110; some say 1.5.
            let number: Option<f64> = after.parse().ok().filter(|number: &f64| number.is_finite());
            let longest = LONGEST_WAIT.as_secs_f64();
            let seconds = number.and_then(|it| Duration::try_from_secs_f64(it.ceil().min(longest)).ok());
            seconds.or_else(|| until(httpdate::parse_http_date(after).ok()?))
        });
        wait.map(|wait| wait.min(LONGEST_WAIT))
    }

    /// By the code, else by the provider's own word, else by what the definition says of the status; and whether that is
    /// proof: a status alone never says whom a refusal is about. `None`: the definition says nothing.
    fn class(&self, code: Option<&str>, status: u16, read: &Read<'_>) -> Option<(Class, bool)> {
        let permanent = self.permanent.as_ref().and_then(|source| source.find(read));
        let proof = self.by_code(code).or_else(|| match permanent.as_deref()? {
            "true" => Some(Class::Recipient),
            "false" => Some(Class::Unavailable),
            _ => None,
        });
        let of_status = || self.status.iter().find(|(range, _)| range.contains(&status));
        proof.map(|class| (class, true)).or_else(|| of_status().map(|(_, class)| (*class, false)))
    }
}

/// What every API means by a status. Providers keep splitting their codes, so an unknown one must not decide more than
/// that: a 4xx is ours to mend. `None`: the message may have been taken.
fn by_status(status: u16, has_code: bool, is_readable: bool) -> Option<Class> {
    match status {
        // The provider said no, in words that we don't know.
        200..=299 => has_code.then_some(Class::Content),
        429 => Some(Class::Throttled),
        401 | 403 => Some(Class::Credentials),
        408 | 421 | 425 => Some(Class::Unavailable),
        300..=499 => Some(Class::Account),
        // Gateways, Cloudflare's (520 to 527) and proxies' (598, 599) among them, that had passed the request on.
        502 | 504 | 520..=527 | 598 | 599 => None,
        500 => is_readable.then_some(Class::Unavailable),
        _ => Some(Class::Unavailable),
    }
}
