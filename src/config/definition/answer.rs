//! What a definition says of answers: what is success, and what everything else means.

use std::collections::BTreeMap;

use regex::Regex;

use super::entries;
use crate::config::reader::{Shape, Table, Value};
use crate::delivery::api::definition::{
    Accepted, Code, Codes, ErrorClass, Errors, Expected, Locator, Predicate, Source, Unit, Wait,
};

pub(super) fn accepted(table: &Table<'_>) -> Accepted {
    let receipt = table.get("receipt").and_then(|value| source(&value));
    Accepted { receipt, ..statuses_and_conditions(table) }
}

pub(super) fn statuses_and_conditions(table: &Table<'_>) -> Accepted {
    let status = table.get("status").and_then(|value| value.items()).unwrap_or_default();
    let status = status.iter().filter_map(|value| {
        let known = match value.shape() {
            Shape::Integer(status) => u16::try_from(status).ok().filter(|status| (100..600).contains(status)),
            _ => None,
        };
        if known.is_none() {
            value.mistake("must be an HTTP status", "status = [200, 202]");
        }
        known
    });
    let predicates =
        |key| entries(table, key).iter().filter_map(|(at, value)| predicate(at, value)).collect();
    Accepted {
        status: status.collect(),
        when: predicates("when"),
        unless: predicates("unless"),
        receipt: None,
    }
}

fn predicate(at: &str, value: &Value<'_>) -> Option<Predicate> {
    let place = if let Some(name) = at.strip_prefix("header:") {
        Locator::Header(name.to_owned())
    } else {
        pointer(at, value)?
    };
    let source = Source { locator: place, matches: None };
    let expected = match value.shape() {
        Shape::Table(_) => condition(value)?,
        _ => Expected::OneOf(plain_list(value)),
    };
    Some(Predicate { source, expected })
}

/// `{ matches = '^OK' }` and the like, one of them.
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
        "exists, absent, matches or not; several values that will do are an array: [\"queued\", \"sent\"]";
    let condition = one_of(value, conditions, allowed);
    table.finish();
    condition
}

/// The only one that is there; another, or none, is a mistake, unless a key was at mistake itself.
fn one_of<T, const N: usize>(value: &Value<'_>, choices: [Option<T>; N], allowed: &str) -> Option<T> {
    let mut said = choices.into_iter().flatten();
    let first = said.next();
    if said.next().is_some() {
        value.mistake("says more than one thing", format!("one of {allowed}"));
    } else if first.is_none() && matches!(value.shape(), Shape::Table(entries) if entries.is_empty()) {
        value.mistake("says nothing", format!("one of {allowed}"));
    }
    first
}

/// One value or several, as they are compared: as text.
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

/// Where something is in an answer: a JSON pointer, or a table.
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
            value.mistake("must be a JSON pointer or a table", "\"/id\", { header = \"x-message-id\" }");
            None
        }
    }
}

/// `wait = { header = "x-ratelimit-reset", unit = "unix" }`
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

fn source_in(table: &Table<'_>, value: &Value<'_>) -> Option<Source> {
    let text = |key| table.text(key).map(|text| text.as_str().to_owned());
    let places = [
        text("header").map(|name| Locator::Header(name.to_ascii_lowercase())),
        text("at").and_then(|at| pointer(&at, value)),
        text("first_value").and_then(|at| match pointer(&at, value)? {
            Locator::At(at) => Some(Locator::FirstValue(at)),
            _ => Some(Locator::FirstValue(String::new())),
        }),
    ];
    let is_said = ["header", "at", "first_value"].iter().any(|key| table.sets(key));
    let place = one_of(value, places, "header, at or first_value");
    let place = if is_said { place? } else { Locator::Body };
    let matches = table.get("matches").and_then(|value| regex(&value));
    Some(Source { locator: place, matches })
}

/// RFC 6901: empty, or steps that each begin with a slash; `~` only in `~0` and `~1`.
fn pointer(at: &str, value: &Value<'_>) -> Option<Locator> {
    let escapes = at.replace("~0", "").replace("~1", "");
    if at.is_empty() {
        Some(Locator::Body)
    } else if at.starts_with('/') && !escapes.contains('~') {
        Some(Locator::At(at.to_owned()))
    } else {
        value.mistake(
            format!("{at:?} is no JSON pointer"),
            "steps that each begin with a slash: \"/messages/0/status\"",
        );
        None
    }
}

pub(super) fn regex(value: &Value<'_>) -> Option<Regex> {
    let Shape::Text(source) = value.shape() else {
        value.mistake("must be a regular expression", "");
        return None;
    };
    Regex::new(&source).map_err(|_| value.mistake("is no regular expression", "")).ok()
}

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
            value.mistake(format!("{code} is of another class too"), "each code in one list");
        }
        by_class.insert(class, codes);
    }
    if by_class.values().any(|codes| !codes.is_empty()) && !table.sets("code") {
        table.missing("code", "where the code is: code = \"/error/code\"");
    }
    let status = entries(&table, "status").iter().filter_map(|(range, value)| status(range, value)).collect();
    let permanent = table.get("permanent").and_then(|value| source(&value));
    let wait = table.get("wait").and_then(|value| wait(&value));
    table.finish();
    Errors { code: code.unwrap_or_default(), codes: by_class, status, permanent, wait }
}

pub(super) fn codes(value: &Value<'_>) -> Codes {
    plain_list(value).into_iter().filter_map(|text| code_of(text, value)).collect()
}

/// `21211`, `"21701-21705"`, `"E1*"`.
fn code_of(text: String, value: &Value<'_>) -> Option<Code> {
    let range = text.split_once('-').and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
    Some(match (range, text.strip_suffix('*')) {
        (Some((from, to)), _) if from > to => {
            value.mistake(format!("{text:?} ends before it begins"), format!("\"{to}-{from}\""));
            return None;
        }
        (Some((from, to)), _) => Code::Range(from..=to),
        (None, Some(prefix)) => Code::Prefix(prefix.to_owned()),
        (None, None) => Code::Exact(text),
    })
}

fn status(range: &str, value: &Value<'_>) -> Option<(std::ops::RangeInclusive<u16>, ErrorClass)> {
    let (from, to) = range.split_once('-').unwrap_or((range, range));
    let (Ok(from), Ok(to)) = (from.parse(), to.parse()) else {
        value.mistake("stands at no HTTP status", "402 = \"account\", \"500-599\" = \"unavailable\"");
        return None;
    };
    let Shape::Text(name) = value.shape() else {
        value.mistake("must be the name of a class", "");
        return None;
    };
    let Some((_, class)) = ErrorClass::ALL.into_iter().find(|(known, _)| *known == name) else {
        let known = ErrorClass::ALL.map(|(name, _)| name).join(", ");
        value.mistake(format!("{name:?} is no class"), format!("there are {known}"));
        return None;
    };
    Some((from..=to, class))
}
