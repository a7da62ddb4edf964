//! What an answer means.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use regex::Regex;
use serde_json::Value;

use super::super::http::Answer;
use super::super::{Fault, FaultKind, Verdict};

/// What is success.
#[derive(Debug, Clone, Default)]
pub struct Accepted {
    /// Empty: every 2xx.
    pub status: Vec<u16>,
    /// All must hold.
    pub when: Vec<Predicate>,
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
        let fault = |kind| Fault::new("http", kind, detail);
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

impl Code {
    fn is(&self, code: &str) -> bool {
        match self {
            Self::Exact(exact) => exact == code,
            Self::Range(range) => code.parse().is_ok_and(|code| range.contains(&code)),
            Self::Prefix(prefix) => code.starts_with(prefix),
        }
    }
}

/// What a failure means.
#[derive(Debug, Clone, Default)]
pub struct Errors {
    /// Where the provider's code is: the first that has one.
    pub code: Vec<Source>,
    /// By class.
    pub codes: BTreeMap<Class, Codes>,
    /// By HTTP status, where the code says nothing.
    pub status: Vec<(RangeInclusive<u16>, Class)>,
    /// Where a boolean says that trying again is no use.
    pub permanent: Option<Source>,
}

/// An answer, read once.
struct Read<'a> {
    answer: &'a Answer,
    text: std::borrow::Cow<'a, str>,
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
            Place::Header(name) => read.answer.headers.get(name)?.to_str().ok()?.to_owned(),
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

/// What came of a message by the provider's answer. `is_id` says whether a text may be shown as the provider's id or
/// code: an answer may repeat whom the message was for.
pub(in crate::delivery) fn judge(
    accepted: &Accepted,
    errors: &Errors,
    answer: &Answer,
    is_id: impl Fn(&str) -> bool,
) -> Verdict {
    let status = answer.status.as_u16();
    let text = String::from_utf8_lossy(&answer.body);
    let read = Read { answer, json: serde_json::from_str(&text).ok(), text };
    let right_status = if accepted.status.is_empty() {
        answer.status.is_success()
    } else {
        accepted.status.contains(&status)
    };
    let receipt = accepted.receipt.as_ref().and_then(|source| source.find(&read));
    // Another 2xx than the documented one, with an id: it was taken.
    let right_status = right_status || (answer.status.is_success() && receipt.is_some());
    if right_status && accepted.when.iter().all(|predicate| predicate.holds(&read)) {
        let receipt = receipt.map(|receipt| receipt.trim_matches(['<', '>']).to_owned());
        return Verdict::Accepted { receipt: receipt.filter(|receipt| is_id(receipt)) };
    }
    let code = errors.code.iter().find_map(|source| source.find(&read));
    let mut detail = format!("HTTP {status}");
    if let Some(code) = code.as_deref().filter(|code| code.len() <= 40 && is_id(code)) {
        detail.push_str(", code ");
        detail.push_str(code);
    }
    if !answer.complete && code.is_none() && (400..500).contains(&status) {
        // The provider's code is missing, and without it nothing is final.
        return Class::Unavailable.verdict(detail);
    }
    match errors.class(code.as_deref(), status, &read) {
        Some(class) => class.verdict(detail),
        // A gateway that gave up on the provider, or a success that is none of the provider's: it may have been taken.
        None => Verdict::InDoubt(Fault::new("http", FaultKind::Unavailable, detail)),
    }
}

impl Errors {
    /// By the code, else by the provider's own word, else by status: providers keep splitting their codes, so an unknown
    /// one must not decide more than the status says.
    fn class(&self, code: Option<&str>, status: u16, read: &Read<'_>) -> Option<Class> {
        let by_code = |code: &str| {
            self.codes.iter().find(|(_, codes)| codes.iter().any(|it| it.is(code))).map(|(class, _)| *class)
        };
        let permanent = self.permanent.as_ref().and_then(|source| source.find(read));
        code.and_then(by_code)
            .or_else(|| match permanent.as_deref()? {
                "true" => Some(Class::Recipient),
                "false" => Some(Class::Unavailable),
                _ => None,
            })
            .or_else(|| {
                self.status.iter().find(|(range, _)| range.contains(&status)).map(|(_, class)| *class)
            })
            .or_else(|| by_status(status, code.is_some()))
    }
}

fn by_status(status: u16, has_code: bool) -> Option<Class> {
    match status {
        // The provider said no, in words that we don't know.
        200..=299 => has_code.then_some(Class::Content),
        429 => Some(Class::Throttled),
        401 | 403 => Some(Class::Credentials),
        404 | 300..=399 => Some(Class::Account),
        408 | 425 => Some(Class::Unavailable),
        400..=499 => Some(Class::Content),
        504 => None,
        _ => Some(Class::Unavailable),
    }
}
