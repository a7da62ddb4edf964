//! Keys that the environment sets: `CLERK_COURIER__EMAIL__FROM` is `email.from`. Each variable becomes a part of the TOML
//! tree, in place of what the file says there. So it passes the same rules, and a mistake in it is reported by its name.
//!
//! What tells a variable's value from the file's is its place: that of a variable lies behind the end of the file's text.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::fmt::Write as _;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::environment::Env;

/// The start of the names of variables that are keys.
pub(super) const PREFIX: &str = "CLERK_COURIER__";

/// The place of a table that only variables made. It is not a place in the file, and belongs to no single variable.
const NOWHERE: usize = usize::MAX;

/// A variable that sets a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variable {
    /// The variable's name, as a person wrote it.
    pub(super) name: String,
    /// The path of the key in lower case. A step of digits alone is a place in a list.
    pub(super) path: Vec<String>,
    /// The value; `None` if it is not UTF-8.
    pub(super) value: Option<String>,
}

impl Variable {
    /// The path of the key as TOML has it: `email.from`, `dkim[0].key`.
    pub(super) fn key(&self) -> String {
        shown(&self.path)
    }
}

/// A variable that can't be used: its name, what is wrong with it, and what to do.
pub(super) type Fault = (String, String, String);

/// A key that a variable set, and the place where the file says it too.
pub(super) struct Applied {
    /// The number of the variable among those that were applied.
    pub(super) variable: usize,
    /// The place of the value that it replaced, a byte offset into the file's text.
    pub(super) over: Option<usize>,
}

/// The lists that the strings of variables are, where a list is wanted: their parts between commas, by the place of the
/// string.
pub(super) type Lists<'v> = HashMap<usize, Vec<Spanned<DeValue<'v>>>>;

/// The variables of the environment that set keys, in the order of their paths.
pub(super) fn variables(env: Env<'_>) -> Vec<Variable> {
    let mut variables: Vec<Variable> = env
        .names()
        .into_iter()
        .filter_map(|name| {
            let path = name.strip_prefix(PREFIX)?.split("__").map(str::to_ascii_lowercase).collect();
            Some(Variable { path, value: env.get(&name), name })
        })
        .collect();
    sort(&mut variables);
    variables
}

/// Puts variables into the order of their paths, in which the places of a list come one after the other.
pub(super) fn sort(variables: &mut [Variable]) {
    let order = |one: &Variable, other: &Variable| {
        let steps = one.path.iter().zip(&other.path).map(|(one, other)| match (index(one), index(other)) {
            (Some(one), Some(other)) => one.cmp(&other),
            _ => one.cmp(other),
        });
        let first = steps.into_iter().find(|order| order.is_ne());
        first.unwrap_or_else(|| one.path.len().cmp(&other.path.len()))
    };
    variables.sort_by(|one, other| match order(one, other) {
        Ordering::Equal => one.name.cmp(&other.name),
        order => order,
    });
}

/// The name of the variable that sets the key with this path.
pub(super) fn name_of(key: &str) -> String {
    let steps = key.replace('[', ".").replace([']', '"'], "");
    format!("{PREFIX}{}", steps.to_ascii_uppercase().replace('-', "_").replace('.', "__"))
}

/// The variables that set nothing, because one underscore stands where keys have two, each with the name that was most likely
/// meant. Only those that name one of `sections` count: Kubernetes sets `CLERK_COURIER_SERVICE_HOST` and others like it.
pub(super) fn with_one_underscore(env: Env<'_>, sections: &[&str]) -> Vec<(String, String)> {
    let meant = |name: &str| {
        let rest = name.strip_prefix(PREFIX.strip_suffix('_')?)?;
        sections.iter().find_map(|section| {
            let section = section.to_ascii_uppercase();
            let key = rest.strip_prefix(&section)?.strip_prefix('_')?.trim_start_matches('_');
            (!key.is_empty()).then(|| format!("{PREFIX}{section}__{key}"))
        })
    };
    env.names()
        .into_iter()
        .filter_map(|name| Some((meant(&name)?, name)))
        .map(|(meant, name)| (name, meant))
        .collect()
}

/// The name of `variable` with `near` in place of the step of its path that comes below `table`.
pub(super) fn renamed(variable: &str, table: &str, near: &str) -> String {
    let above = if table.is_empty() { 0 } else { name_of(table).matches("__").count() };
    let steps = variable.strip_prefix(PREFIX).unwrap_or(variable).split("__").enumerate();
    let near = near.to_ascii_uppercase().replace('-', "_");
    let steps: Vec<&str> = steps.map(|(at, step)| if at == above { near.as_str() } else { step }).collect();
    format!("{PREFIX}{}", steps.join("__"))
}

/// Puts the variables into the tree. The value of the variable with the number `n` has the place `end + n`, where `end` is
/// behind the file's text. Returns what was set, the lists that strings may be, and the variables that can't be used.
pub(super) fn apply<'v>(
    variables: &'v [Variable],
    end: usize,
    tree: &mut DeTable<'v>,
) -> (Vec<Applied>, Lists<'v>, Vec<Fault>) {
    let (mut applied, mut lists, mut faults) = (Vec::new(), Lists::new(), Vec::new());
    for (number, variable) in variables.iter().enumerate() {
        let place = end + number;
        if let Some(fault) = unusable(variable, variables.get(..number).unwrap_or_default()) {
            faults.push(fault);
            continue;
        }
        let text = variable.value.as_deref().unwrap_or_default();
        let value = placed(place, value(text));
        if let DeValue::String(text) = value.get_ref() {
            lists.insert(place, split(text, place));
        }
        match into_table(tree, &variable.path, place, value) {
            Ok(over) => applied.push(Applied { variable: number, over: over.filter(|at| *at < end) }),
            Err(length) => faults.push((
                variable.name.clone(),
                "leaves out a place of the list".to_owned(),
                format!(
                    "the list has {length} entries so far, counted from 0: the next one is number {length}"
                ),
            )),
        }
    }
    (applied, lists, faults)
}

/// Why a variable can't be used, if it can't: `before` are those that come before it.
fn unusable(variable: &Variable, before: &[Variable]) -> Option<Fault> {
    let fault = |problem: String, hint: &str| Some((variable.name.clone(), problem, hint.to_owned()));
    if variable.path.iter().any(|step| step.is_empty() || step.starts_with('_')) {
        let hint = "write two underscores between the names of a key: CLERK_COURIER__EMAIL__FROM";
        return fault("names no key of the configuration".to_owned(), hint);
    }
    if variable.value.is_none() {
        return fault("is not UTF-8 text".to_owned(), "write it in UTF-8");
    }
    let other = before.iter().find(|other| variable.path.starts_with(&other.path))?;
    if other.path == variable.path {
        fault(format!("sets {}, as {} does", variable.key(), other.name), "remove one of the two variables")
    } else {
        let problem = format!("sets a part of {}, which {} sets as a whole", other.key(), other.name);
        fault(problem, "remove one of the two variables")
    }
}

/// A variable's value: a TOML array, inline table or string in double quotes where it is written as one, else a string. What
/// other types a string may be is decided where it is read, since only the key knows which type it wants.
fn value(text: &str) -> DeValue<'_> {
    let trimmed = text.trim();
    let is_quoted = trimmed.len() > 1 && trimmed.starts_with('"') && trimmed.ends_with('"');
    if (trimmed.starts_with(['[', '{']) || is_quoted)
        && let Ok(parsed) = DeValue::parse(trimmed)
    {
        return parsed.into_inner();
    }
    DeValue::String(Cow::Borrowed(text))
}

/// The value, and everything in it, at this place.
fn placed<'v>(place: usize, value: DeValue<'v>) -> Spanned<DeValue<'v>> {
    let value = match value {
        DeValue::Array(items) => {
            DeValue::Array(items.into_iter().map(|item| placed(place, item.into_inner())).collect())
        }
        DeValue::Table(entries) => {
            let entry = |(key, value): (Spanned<Cow<'v, str>>, Spanned<DeValue<'v>>)| {
                (spanned(place, key.into_inner()), placed(place, value.into_inner()))
            };
            DeValue::Table(entries.into_iter().map(entry).collect())
        }
        other => other,
    };
    spanned(place, value)
}

fn spanned<T>(place: usize, value: T) -> Spanned<T> {
    Spanned::new(place..place, value)
}

/// The parts of a string between commas, without the spaces around them. Nothing is an empty list.
fn split<'v>(text: &str, place: usize) -> Vec<Spanned<DeValue<'v>>> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| spanned(place, DeValue::String(Cow::Owned(part.to_owned())))).collect()
}

/// Puts a value at a path below a table. Returns the place of the value that was there, or how long the list is that has no
/// such place.
fn into_table<'v>(
    table: &mut DeTable<'v>,
    path: &[String],
    place: usize,
    value: Spanned<DeValue<'v>>,
) -> Result<Option<usize>, usize> {
    let Some((name, rest)) = path.split_first() else { return Ok(None) };
    let known = table.keys().map(|key| key.get_ref().to_string()).find(|key| is_same(key, name));
    let key = known.unwrap_or_else(|| name.clone());
    if rest.is_empty() {
        let over = table.insert(spanned(place, Cow::Owned(key)), value);
        return Ok(over.map(|value| value.span().start));
    }
    if !table.contains_key(key.as_str()) {
        table.insert(spanned(place, Cow::Owned(key.clone())), container(rest));
    }
    match table.get_mut(key.as_str()) {
        Some(below) => into_value(below, rest, place, value),
        None => Ok(None),
    }
}

/// As [`into_table`], below any value. One that has nothing below it is replaced.
fn into_value<'v>(
    at: &mut Spanned<DeValue<'v>>,
    path: &[String],
    place: usize,
    value: Spanned<DeValue<'v>>,
) -> Result<Option<usize>, usize> {
    let Some((step, rest)) = path.split_first() else {
        let over = at.span().start;
        *at = value;
        return Ok(Some(over));
    };
    let fits = match at.get_ref() {
        DeValue::Array(items) => place_of(items, step).is_some(),
        DeValue::Table(_) => true,
        _ => false,
    };
    if !fits {
        *at = container(path);
    }
    let place_in_list = at.get_ref().as_array().and_then(|items| place_of(items, step));
    match (at.get_mut(), place_in_list) {
        (DeValue::Array(items), Some(index)) => {
            if index == items.len() {
                items.push(if rest.is_empty() {
                    spanned(NOWHERE, DeValue::Boolean(false))
                } else {
                    container(rest)
                });
            }
            let length = items.len();
            into_value(items.get_mut(index).ok_or(length)?, rest, place, value)
        }
        (DeValue::Table(entries), _) => into_table(entries, path, place, value),
        _ => Ok(None),
    }
}

/// What holds the first step of `path`: a list for a number, else a table.
fn container<'v>(path: &[String]) -> Spanned<DeValue<'v>> {
    let is_list = path.first().is_some_and(|step| index(step).is_some());
    spanned(NOWHERE, if is_list { DeValue::Array(DeArray::new()) } else { DeValue::Table(DeTable::new()) })
}

/// The place in a list that a step of a path is: a number, or the name of a table in it, as variants have one.
fn place_of(items: &DeArray<'_>, step: &str) -> Option<usize> {
    let is_named = |item: &Spanned<DeValue<'_>>| {
        let name = item.get_ref().as_table().and_then(|table| table.get("name")?.get_ref().as_str());
        name.is_some_and(|name| is_same(name, step))
    };
    index(step).or_else(|| items.iter().position(is_named))
}

/// Whether a step of a path is this name. Users choose some names, such as those of providers, and a variable's name has neither
/// `-` nor lower case.
fn is_same(name: &str, step: &str) -> bool {
    name.eq_ignore_ascii_case(step) || name.replace('-', "_").eq_ignore_ascii_case(step)
}

/// The number that a step of a path is.
fn index(step: &str) -> Option<usize> {
    if step.chars().all(|c| c.is_ascii_digit()) { step.parse().ok() } else { None }
}

/// The path as TOML has it.
fn shown(path: &[String]) -> String {
    let mut text = String::new();
    for step in path {
        match index(step) {
            Some(index) => drop(write!(text, "[{index}]")),
            None if text.is_empty() => text.push_str(step),
            None => drop(write!(text, ".{step}")),
        }
    }
    text
}
