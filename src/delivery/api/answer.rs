//! What a definition says of answers: where to look in one, which are a success, and what each error code means.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;

use regex::Regex;

/// Which answers mean that the provider took the message (or, for a probe, that the account is fine).
#[derive(Debug, Clone, Default)]
pub struct Accepted {
    /// The HTTP statuses of a success. Empty: every 2xx.
    pub status: Vec<u16>,
    /// Conditions that all have to hold for a success. Empty: the status decides.
    pub when: Vec<Predicate>,
    /// Conditions of which none may hold. Empty: the status decides.
    pub unless: Vec<Predicate>,
    /// Where the provider's own id of the message is; `None` where the API gives none.
    pub receipt: Option<Source>,
}

/// A condition on an answer.
#[derive(Debug, Clone)]
pub struct Predicate {
    /// Where in the answer to look.
    pub source: Source,
    /// What has to be found there.
    pub expected: Expected,
}

/// What a [`Predicate`] wants to find.
#[derive(Debug, Clone)]
pub enum Expected {
    /// A value that is one of these, compared as text.
    OneOf(Vec<String>),
    /// A value other than these. Without any value the condition does not hold.
    NoneOf(Vec<String>),
    /// Any value but null, an empty string, an empty array or an empty object.
    Present,
    /// No value, or an empty one.
    Absent,
    /// A value that the pattern is found in.
    Matching(Regex),
}

/// Where in an answer to look for a value.
#[derive(Debug, Clone)]
pub struct Source {
    /// The part of the answer.
    pub locator: Locator,
    /// A pattern that the part has to match. Its first group, or else the whole match, is the value; `None` takes the
    /// part as it is.
    pub matches: Option<Regex>,
}

/// A part of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Locator {
    /// The value at a JSON pointer (RFC 6901) in the body.
    At(String),
    /// The first member of the object, or the first item of the array, at a JSON pointer in the body.
    FirstValue(String),
    /// The header of this name, in lower case.
    Header(String),
    /// The whole body as text.
    Body,
}

/// What an error code of a provider means to us, whatever the provider calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ErrorClass {
    /// The recipient does not exist or can't receive: no provider will ever deliver.
    Recipient,
    /// This provider will not take these words; another one may.
    Content,
    /// This account has no route to this recipient; another provider may.
    Route,
    /// We send too fast for this provider: try again later.
    Throttled,
    /// The provider has trouble of its own: try again later.
    Unavailable,
    /// The provider refused our credentials, which only a person can put right.
    Credentials,
    /// Sender, balance or registration of the account are not in order, which only a person can put right.
    Account,
    /// The provider has this message already, so nothing more is to be sent.
    Duplicate,
}

impl ErrorClass {
    /// Each class with its key under `[errors]` in a definition.
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
}

/// One or several error codes of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// The code that is spelt exactly like this.
    Exact(String),
    /// Each whole number in this range.
    Range(RangeInclusive<u64>),
    /// Each code that begins like this.
    Prefix(String),
}

/// All codes of one class.
pub type Codes = Vec<Code>;

/// Writes codes as a definition has them.
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
    /// Whether `code`, as the provider wrote it, is among these.
    pub(super) fn is(&self, code: &str) -> bool {
        match self {
            Self::Exact(exact) => exact == code,
            Self::Range(range) => code.parse().is_ok_and(|code| range.contains(&code)),
            Self::Prefix(prefix) => code.starts_with(prefix),
        }
    }

    /// Whether some code is among both, and neither of the two is more exact: then two classes can't each have one of
    /// them.
    #[must_use]
    pub fn rivals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Exact(one), Self::Exact(other)) | (Self::Prefix(one), Self::Prefix(other)) => one == other,
            (Self::Range(one), Self::Range(other)) => {
                let (first, last) = (one.start().max(other.start()), one.end().min(other.end()));
                // Of two ranges of which one lies within the other, the inner one is more exact.
                let within = |it: &RangeInclusive<u64>| (it.start(), it.end()) == (first, last);
                first <= last && (within(one) == within(other))
            }
            _ => false,
        }
    }

    /// How exact this is. Where a code is among several, the greatest decides: the code itself, then the shortest range,
    /// then the longest beginning.
    fn exactness(&self) -> (u8, u64) {
        match self {
            Self::Exact(_) => (2, 0),
            Self::Range(range) => (1, u64::MAX - (range.end() - range.start())),
            Self::Prefix(prefix) => (0, prefix.len() as u64),
        }
    }
}

/// What every answer means that is not a success.
#[derive(Debug, Clone, Default)]
pub struct Errors {
    /// Where to look for the provider's error code. The first source whose code has a class decides; if none has, the
    /// first source that holds any code. Empty: the provider has no codes.
    pub code: Vec<Source>,
    /// The codes that are known, by what they mean.
    pub codes: BTreeMap<ErrorClass, Codes>,
    /// What HTTP statuses mean where the code is missing or unknown.
    pub status: Vec<(RangeInclusive<u16>, ErrorClass)>,
    /// Where the answer says by a boolean whether trying again is of no use; `None` where the API doesn't say.
    pub permanent: Option<Source>,
    /// Where the answer says how long to wait, besides the header `Retry-After`; `None` where that header is all.
    pub wait: Option<Wait>,
}

impl Errors {
    /// The class of a code: that of the most exact entry it is among; `None` for an unknown code.
    pub(super) fn by_code(&self, code: Option<&str>) -> Option<ErrorClass> {
        let code = code?;
        let all = self.codes.iter().flat_map(|(class, codes)| codes.iter().map(move |it| (it, *class)));
        all.filter(|(it, _)| it.is(code)).max_by_key(|(it, _)| it.exactness()).map(|(_, class)| class)
    }
}

/// Where an answer says when to come again.
#[derive(Debug, Clone)]
pub struct Wait {
    /// Where in the answer the number is.
    pub source: Source,
    /// What the number counts, and from when.
    pub unit: Unit,
}

/// What the number of a [`Wait`] counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seconds from now.
    Seconds,
    /// Milliseconds from now.
    Milliseconds,
    /// Seconds since the Unix epoch. The answer's own `Date` is taken for now, so our clock may be wrong.
    Unix,
}
