//! What a definition says about answers: which of them mean success, and what all others mean.

use std::collections::BTreeMap;

use regex::Regex;

use crate::config::reader::{Shape, Table, Value};
use crate::delivery::api::definition::{
    Accepted, Code, Codes, ErrorClass, Errors, Expected, Locator, Predicate, Source, Unit, Wait,
};

/// `[accepted]`: which answers mean that the API took the message, and where its id stands in them.
pub(super) fn accepted(table: &Table<'_>) -> Accepted {
    let receipt = table.get("receipt").and_then(|value| source(&value));
    Accepted { receipt, ..statuses_and_conditions(table) }
}

/// The statuses and the conditions of success, for requests that send and for probes.
pub(super) fn statuses_and_conditions(table: &Table<'_>) -> Accepted {
    let status = table.get("status").and_then(|value| value.items()).unwrap_or_default();
    let status = status.iter().filter_map(|value| {
        let known = match value.shape() {
            Shape::Integer(status) => u16::try_from(status).ok().filter(|status| (100..600).contains(status)),
            _ => None,
        };
        if known.is_none() {
            value.mistake("must be an HTTP status", "write it like status = [200, 202]");
        }
        known
    });
    let predicates = |key| {
        let entries = table.get(key).and_then(|value| value.entries()).unwrap_or_default();
        entries.iter().filter_map(|(at, value)| predicate(at, value)).collect()
    };
    Accepted {
        status: status.collect(),
        when: predicates("when"),
        unless: predicates("unless"),
        receipt: None,
    }
}

/// One entry of `when` or `unless`: a place in the answer, and what must be there. `None` after a mistake.
fn predicate(at: &str, value: &Value<'_>) -> Option<Predicate> {
    let locator = if let Some(name) = at.strip_prefix("header:") {
        Locator::Header(name.to_owned())
    } else {
        pointer(at, value)?
    };
    let source = Source { locator, matches: None };
    let expected = match value.shape() {
        Shape::Table(_) => condition(value)?,
        _ => Expected::OneOf(plain_list(value)),
    };
    Some(Predicate { source, expected })
}

/// A condition that is more than a list of values, such as `{ matches = '^OK' }`; `None` after a mistake.
fn condition(value: &Value<'_>) -> Option<Expected> {
    let table = value.table()?;
    let presence = |there| if there { Expected::Present } else { Expected::Absent };
    let conditions = [
        table.boolean("exists").map(presence),
        table.boolean("absent").map(|absent| presence(!absent)),
        table.get("matches").and_then(|value| regex(&value)).map(Expected::Matching),
        table.get("not").map(|value| Expected::NoneOf(plain_list(&value))),
    ];
    let allowed =
        "exists, absent, matches and not; write several allowed values as an array: [\"queued\", \"sent\"]";
    let condition = one_of(value, conditions, allowed);
    table.finish();
    condition
}

/// The only one of `choices` that is there. More than one is a mistake. So is an empty table; in any other
/// a key was wrong, and that has been reported.
fn one_of<T, const N: usize>(value: &Value<'_>, choices: [Option<T>; N], allowed: &str) -> Option<T> {
    let mut said = choices.into_iter().flatten();
    let first = said.next();
    if said.next().is_some() {
        value.mistake("sets more than one condition", format!("keep one of {allowed}"));
    } else if first.is_none() && matches!(value.shape(), Shape::Table(entries) if entries.is_empty()) {
        value.mistake("is empty", format!("set one of {allowed}"));
    }
    first
}

/// One value or several, as text, which is how they are compared with the answer's.
fn plain_list(value: &Value<'_>) -> Vec<String> {
    match value.shape() {
        Shape::Text(text) => vec![text],
        Shape::Integer(number) => vec![number.to_string()],
        Shape::Boolean(boolean) => vec![boolean.to_string()],
        Shape::List(items) => items.iter().flat_map(plain_list).collect(),
        Shape::Table(_) | Shape::Other => {
            value.mistake("must be a string, a whole number, true or false, or an array of them", "");
            Vec::new()
        }
    }
}

/// A place in an answer, by a JSON pointer or by a table; `None` after a mistake.
fn source(value: &Value<'_>) -> Option<Source> {
    match value.shape() {
        Shape::Text(at) => Some(Source { locator: pointer(&at, value)?, matches: None }),
        Shape::Table(_) => {
            let table = value.table()?;
            let source = source_in(&table, value);
            table.finish();
            source
        }
        _ => {
            value.mistake(
                "must be a JSON pointer or a table",
                "write \"/id\" or { header = \"x-message-id\" }",
            );
            None
        }
    }
}

/// `wait`: where the answer says how long to wait, and in which unit, such as
/// `{ header = "x-ratelimit-reset", unit = "unix" }`. Without a unit it is seconds. `None` after a mistake.
fn wait(value: &Value<'_>) -> Option<Wait> {
    let Some(table) = matches!(value.shape(), Shape::Table(_)).then(|| value.table()).flatten() else {
        return Some(Wait { source: source(value)?, unit: Unit::Seconds });
    };
    let units = [("s", Unit::Seconds), ("ms", Unit::Milliseconds), ("unix", Unit::Unix)];
    let unit = table.choice("unit", &units).unwrap_or(Unit::Seconds);
    let source = source_in(&table, value);
    table.finish();
    Some(Wait { source: source?, unit })
}

/// A place in an answer, by the keys of `table`, which is what `value` holds. Without `header`, `at` and `first_value` it is
/// the whole body. `None` after a mistake.
fn source_in(table: &Table<'_>, value: &Value<'_>) -> Option<Source> {
    let locators = [
        table.string("header").map(|name| Locator::Header(name.to_ascii_lowercase())),
        table.string("at").and_then(|at| pointer(&at, value)),
        table.string("first_value").and_then(|at| match pointer(&at, value)? {
            Locator::At(at) => Some(Locator::FirstValue(at)),
            _ => Some(Locator::FirstValue(String::new())),
        }),
    ];
    let is_said = ["header", "at", "first_value"].iter().any(|key| table.sets(key));
    let locator = one_of(value, locators, "header, at and first_value");
    let locator = if is_said { locator? } else { Locator::Body };
    let matches = table.get("matches").and_then(|value| regex(&value));
    Some(Source { locator, matches })
}

/// A JSON pointer (RFC 6901): empty for the whole body, or steps that each start with a slash; `~` only in `~0` and `~1`.
/// `None` after a mistake.
fn pointer(at: &str, value: &Value<'_>) -> Option<Locator> {
    let escapes = at.replace("~0", "").replace("~1", "");
    if at.is_empty() {
        Some(Locator::Body)
    } else if at.starts_with('/') && !escapes.contains('~') {
        Some(Locator::At(at.to_owned()))
    } else {
        value.mistake(
            format!("{at:?} is not a JSON pointer"),
            "write steps that each start with a slash: \"/messages/0/status\"",
        );
        None
    }
}

/// A regular expression; `None` after a mistake.
pub(super) fn regex(value: &Value<'_>) -> Option<Regex> {
    let Shape::Text(source) = value.shape() else { return value.wrong_type("a regular expression") };
    let hint = "use the syntax of Rust's regex crate, and single quotes around it: '^OK'";
    Regex::new(&source).map_err(|_| value.mistake("is not a valid regular expression", hint)).ok()
}

/// `[errors]`: what it means when the API does not take a message.
pub(super) fn errors(table: Table<'_>) -> Errors {
    let code = table.get("code").map(|value| match value.shape() {
        Shape::List(items) => items.iter().filter_map(source).collect(),
        _ => source(&value).into_iter().collect(),
    });
    let mut by_class: BTreeMap<ErrorClass, Codes> = BTreeMap::new();
    for (key, class) in ErrorClass::ALL {
        let Some(value) = table.get(key) else { continue };
        let codes = codes(&value);
        let is_taken = |code: &&Code| by_class.values().flatten().any(|other| other.rivals(code));
        if let Some(code) = codes.iter().find(is_taken) {
            value.mistake(format!("{code} is in the list of another class too"), "list each code once");
        }
        by_class.insert(class, codes);
    }
    // Codes that are looked for nowhere would never be found, and every refusal would count by its status.
    if by_class.values().any(|codes| !codes.is_empty()) && !table.sets("code") {
        table.missing("code", "add where the code stands in the answer: code = \"/error/code\"");
    }
    let status = table.get("status").and_then(|value| value.entries()).unwrap_or_default();
    let status = status.iter().filter_map(|(range, value)| self::status(range, value)).collect();
    let permanent = table.get("permanent").and_then(|value| source(&value));
    let wait = table.get("wait").and_then(|value| wait(&value));
    table.finish();
    Errors { code: code.unwrap_or_default(), codes: by_class, status, permanent, wait }
}

/// A list of error codes. Each that can't be read is reported, and left out.
pub(super) fn codes(value: &Value<'_>) -> Codes {
    plain_list(value).into_iter().filter_map(|text| code_of(text, value)).collect()
}

/// An error code, a range of them or a prefix: `21211`, `"21701-21705"`, `"E1*"`. `None` after a mistake.
fn code_of(text: String, value: &Value<'_>) -> Option<Code> {
    let range = text.split_once('-').and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
    Some(match (range, text.strip_suffix('*')) {
        (Some((from, to)), _) if from > to => {
            value.mistake(format!("{text:?} ends before it begins"), format!("write \"{to}-{from}\""));
            return None;
        }
        (Some((from, to)), _) => Code::Range(from..=to),
        (None, Some(prefix)) => Code::Prefix(prefix.to_owned()),
        (None, None) => Code::Exact(text),
    })
}

/// One entry of `[errors.status]`: a status or a range of them, and the class that it means. `None` after a mistake.
fn status(range: &str, value: &Value<'_>) -> Option<(std::ops::RangeInclusive<u16>, ErrorClass)> {
    let (from, to) = range.split_once('-').unwrap_or((range, range));
    let (Ok(from), Ok(to)) = (from.parse(), to.parse()) else {
        value.mistake(
            "its key is not an HTTP status",
            "write it like 402 = \"account\" or \"500-599\" = \"unavailable\"",
        );
        return None;
    };
    let Shape::Text(name) = value.shape() else { return value.wrong_type("the name of a class") };
    let Some((_, class)) = ErrorClass::ALL.into_iter().find(|(known, _)| *known == name) else {
        let known = ErrorClass::ALL.map(|(name, _)| name).join(", ");
        value.mistake(format!("{name:?} is not a class of errors"), format!("use one of {known}"));
        return None;
    };
    Some((from..=to, class))
}
