//! `[[variant]]`: what differs for one instance of Clerk, or for one brand. Which events a variant is for, and its secrets, are
//! read here. Its sections are those of the whole file with its own laid over them, so the code that reads the sections reads
//! them too.

use std::collections::BTreeMap;

use super::backend::own_key;
use super::layer::DIFFERING;
use super::reader::{Table, Value};
use super::rule::{self, Wrong};
use super::scalar::did_you_mean;
use super::sections::{Clerk, Scope, secrets};
use crate::decision::variant::When;
use crate::message::Channel;
use crate::secret::Secret;
use crate::suggest::nearest;
use crate::template::sample;
use crate::webhook;

/// The tables that are there once for the whole service.
const COMMON: [&str; 5] = ["server", "clerk", "providers", "dkim", "ledger"];

/// What a `[[variant]]` says beside its sections.
pub(super) struct Head<'r> {
    /// The variant's name; no other has it.
    pub(super) name: String,
    /// Which events it is for.
    pub(super) when: When,
    /// The secrets that alone sign the events of its instance; empty if it is not a whole instance.
    pub(super) signing_secrets: Vec<Secret>,
    /// The secret key of its instance; `None` if it has none, or is not a whole instance.
    pub(super) secret_key: Option<Secret>,
    /// The table itself, for its sections.
    pub(super) table: Table<'r>,
}

/// Reads what all `[[variant]]` say beside their sections. Those with a mistake in their name or conditions are left out.
/// `base` is `[clerk]`.
pub(super) fn heads<'r>(root: &Table<'r>, base: &Clerk, scope: Scope) -> Vec<Head<'r>> {
    let mut heads: Vec<Head<'r>> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for table in root.array_of_tables("variant") {
        let name = name(&table);
        if let Some(name) = name.as_ref().filter(|name| names.contains(name)) {
            table.mistake("name", format!("{name:?} is used twice"), "give each variant a name of its own");
        }
        names.extend(name.clone());
        let when = when(&table);
        if let Some(when) = &when {
            compare(&table, when, &heads);
        }
        let signing_secrets = signing_secrets(&table, when.as_ref(), scope);
        let shared =
            |secrets: &[Secret]| secrets.iter().any(|one| signing_secrets.iter().any(|it| is_same(one, it)));
        let is_shared = shared(&base.signing_secrets);
        if let Some(owner) = owner(&heads, |head| shared(&head.signing_secrets), is_shared) {
            let hint = "copy each secret from the endpoint of its own instance, in Clerk's dashboard";
            table.mistake("signing_secrets", format!("has a secret that {owner} has too"), hint);
        }
        let secret_key = secret_key(&table, when.as_ref(), scope);
        let shared = |key: &Option<Secret>| key.is_some() && *key == secret_key;
        let is_shared = shared(&base.backend.secret_key);
        if let Some(owner) = owner(&heads, |head| shared(&head.secret_key), is_shared) {
            let hint = "copy the key of this instance from Clerk's dashboard (Configure > API keys); CLERK_SECRET_KEY is that of [clerk]";
            table.mistake("secret_key", format!("is the key that {owner} has too"), hint);
        }
        for section in DIFFERING {
            table.skip(section);
        }
        common(&table);
        table.report_unknown(&[&COMMON[..], &["limits"]].concat());
        if let (Some(name), Some(when)) = (name, when) {
            warn_of_overlap(&table, &name, &when, &heads);
            heads.push(Head { name, when, signing_secrets, secret_key, table });
        }
    }
    heads
}

/// Who has what no other may have: the variant of which `has` is true, or `[clerk]` if `is_base`.
fn owner(heads: &[Head<'_>], has: impl Fn(&Head<'_>) -> bool, is_base: bool) -> Option<String> {
    let head = heads.iter().find(|head| has(head));
    head.map(|head| format!("the variant {:?}", head.name)).or_else(|| is_base.then(|| "[clerk]".to_owned()))
}

/// The variant that is the whole instance of this one; `None` where none is, so that its events are signed as `[clerk]` says.
pub(super) fn whole<'h, 'r>(of: &When, heads: &'h [Head<'r>]) -> Option<&'h Head<'r>> {
    let instance = of.instance.as_deref()?;
    heads.iter().find(|head| head.when.instance_alone() == Some(instance))
}

/// `[clerk]` as it holds for the events of a variant: with the secrets and the secret key of its instance. The playground
/// keeps the secrets of `[clerk]` for an instance whose own are not set.
pub(super) fn clerk(of: &When, heads: &[Head<'_>], base: &Clerk) -> Clerk {
    let mut clerk = base.clone();
    if let Some(whole) = whole(of, heads) {
        clerk.backend.secret_key.clone_from(&whole.secret_key);
        if !whole.signing_secrets.is_empty() {
            clerk.signing_secrets.clone_from(&whole.signing_secrets);
        }
    }
    clerk
}

/// The name of a variant, which log lines and commands call it by.
fn name(table: &Table<'_>) -> Option<String> {
    if !table.sets("name") {
        table.missing("name", "add: name = \"staging\"");
    }
    table.parsed("name", |text| {
        let is_fine = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if (1..=64).contains(&text.len()) && text.chars().all(is_fine) {
            return Ok(text.to_owned());
        }
        Err(Wrong {
            problem: "is not a name",
            allowed: "write up to 64 letters, digits, - and _, such as \"staging\"",
        })
    })
}

/// The conditions. `{ "org.slug" = "harrow" }` and `{ org.slug = "harrow" }`, which TOML reads as a table in a table, are the
/// same.
fn when(table: &Table<'_>) -> Option<When> {
    const HINT: &str = "name an instance, or variables of its events: when = { instance = \"ins_2b…\" } or when = { \"org.slug\" = \"harrow\" }";
    if !table.sets("when") {
        table.missing("when", HINT);
    }
    let said = table.get("when")?.table()?;
    let mut found = Vec::new();
    for (name, value) in said.entries() {
        flatten(name, value, &mut found);
    }
    if found.is_empty() {
        table.mistake("when", "is empty, so it says nothing of the events that the variant is for", HINT);
        return None;
    }
    let mut when = When { instance: None, variables: BTreeMap::new() };
    let mut is_right = true;
    for (path, value) in found {
        let text = if path == "instance" {
            value.text().and_then(|text| text.parse(instance))
        } else {
            value.text_or_number().and_then(|text| text.parse(|text| condition(&path, text)))
        };
        let Some(text) = text else {
            is_right = false;
            continue;
        };
        if path == "instance" {
            when.instance = Some(text);
            continue;
        }
        is_right &= check(&path, &value, &said);
        if when.variables.insert(path.clone(), text).is_some() {
            value.mistake("is said twice", "remove one of the two");
            is_right = false;
        }
    }
    is_right.then_some(when)
}

/// The conditions in a value, by their dotted paths.
fn flatten<'r>(path: String, value: Value<'r>, found: &mut Vec<(String, Value<'r>)>) {
    match value.is_table().then(|| value.entries()).flatten() {
        Some(entries) => {
            for (name, value) in entries {
                flatten(format!("{path}.{name}"), value, found);
            }
        }
        None => found.push((path, value)),
    }
}

/// The id of an instance, as Clerk's events have it.
fn instance(text: &str) -> Result<String, Wrong> {
    let is_id = |id: &str| !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if text.strip_prefix("ins_").is_some_and(is_id) {
        return Ok(text.to_owned());
    }
    Err(Wrong {
        problem: "is not the id of an instance, so no event has it",
        allowed: "copy `instance_id` of an event, or the id on the instance's page in Clerk's dashboard: \"ins_…\"",
    })
}

/// The value that a variable has to have.
fn condition(path: &str, text: &str) -> Result<String, Wrong> {
    if text.trim().is_empty() {
        return Err(Wrong {
            problem: "is empty, and an empty variable counts as missing",
            allowed: "write the value that the variable has in the events of this variant",
        });
    }
    rule::variable_path(path).map(|_| text.to_owned())
}

/// Reports the path of a variable that can't have one value. Returns whether it can. Clerk documents some variables, and
/// sends more: a name that is like none of those that are known is only warned of.
fn check(path: &str, value: &Value<'_>, said: &Table<'_>) -> bool {
    let known = paths();
    let (root, rest) = path.split_once('.').map_or((path, None), |(root, rest)| (root, Some(rest)));
    let below =
        |path: &str| known.iter().any(|known| known.strip_prefix(path).is_some_and(|it| it.starts_with('.')));
    if below(path) || path.ends_with("_metadata") {
        value.mistake(
            "is a variable that holds others, so it has no value of its own",
            format!("name one inside of it, such as \"{path}.slug\""),
        );
        return false;
    }
    if known.iter().any(|known| known == root) {
        if rest.is_some() && !below(root) {
            value.mistake(
                format!("names something inside of {root:?}, which is one value"),
                format!("write {root:?}"),
            );
            return false;
        }
        return true;
    }
    let roots = known.iter().filter(|known| !known.contains('.')).map(String::as_str);
    if let Some(near) = nearest(root, roots.chain(["instance"])) {
        value.mistake(format!("is of no variable that events have{}", did_you_mean(Some(near))), "");
        return false;
    }
    said.warn(
        path,
        "does not belong to the variables that Clerk documents: look whether your events have it",
    );
    true
}

/// The paths of the variables that sample events have, objects included.
fn paths() -> Vec<String> {
    let mut paths = Vec::new();
    for channel in [Channel::Email, Channel::Sms] {
        for slug in sample::slugs(channel) {
            paths.extend(sample::paths(channel, slug));
        }
    }
    paths.push("from_email_name".to_owned());
    paths.sort_unstable();
    paths.dedup();
    paths
}

/// Reports conditions under which no event is left for this variant.
fn compare(table: &Table<'_>, when: &When, before: &[Head<'_>]) {
    let Some(other) = before.iter().find(|head| head.when.covers(when)) else { return };
    let name = &other.name;
    if other.when == *when {
        table.mistake(
            "when",
            format!("is the same as that of the variant {name:?}"),
            "make one variant of the two",
        );
    } else {
        table.mistake(
            "when",
            format!("never matches: the variant {name:?} stands before it, and takes all of these events"),
            "put this variant before it, since the first that matches wins",
        );
    }
}

/// Warns of an instance whose events an earlier variant takes as well, which names no instance: somebody in a staging system
/// could choose the slug of an organisation, and its mails would go to real people.
fn warn_of_overlap(table: &Table<'_>, name: &str, when: &When, before: &[Head<'_>]) {
    if when.instance_alone().is_none() {
        return;
    }
    for head in before.iter().filter(|head| head.when.instance.is_none()) {
        let other = &head.name;
        table.warn(
            "when",
            &format!(
                "{other:?} stands before {name:?}, and takes the events of this instance too that meet its conditions: put \
                 {name:?} first, or name an instance in both"
            ),
        );
    }
}

/// The secrets of an instance, which a variant has that is one, and no other.
fn signing_secrets(table: &Table<'_>, when: Option<&When>, scope: Scope) -> Vec<Secret> {
    const HINT: &str = "add: signing_secrets = [\"${STAGING_SIGNING_SECRET}\"]";
    let found = secrets(table, scope, HINT);
    let sets = table.sets("signing_secrets");
    let Some(when) = when else { return found };
    if when.instance_alone().is_none() && sets {
        table.mistake(
            "signing_secrets",
            "belong to a whole instance, and this variant is a part of one",
            "remove them, or name the instance alone: when = { instance = \"ins_2b…\" }",
        );
    } else if when.instance_alone().is_some() && !sets && scope == Scope::Serve {
        table.missing("signing_secrets", HINT);
    }
    found
}

/// The secret key of an instance, which only a variant may have that is one.
fn secret_key(table: &Table<'_>, when: Option<&When>, scope: Scope) -> Option<Secret> {
    let found = own_key(table, scope == Scope::Serve);
    if table.sets("secret_key") && when.is_some_and(|when| when.instance_alone().is_none()) {
        table.mistake(
            "secret_key",
            "belongs to a whole instance, and this variant is a part of one",
            "remove it, or name the instance alone: when = { instance = \"ins_2b…\" }",
        );
        return None;
    }
    found
}

/// Whether two secrets are the same key, however they are written.
fn is_same(one: &Secret, other: &Secret) -> bool {
    let bytes = |secret: &Secret| webhook::bytes(secret.reveal()).ok();
    bytes(one).is_some_and(|one| bytes(other) == Some(one))
}

/// Reports tables that are the same for the whole service.
fn common(table: &Table<'_>) {
    for key in COMMON.into_iter().filter(|key| table.sets(key)) {
        table.mistake(
            key,
            "can't differ: the whole service has one",
            format!("write it outside of [[variant]], as [{key}]; a variant may differ in [brand], [templates], [email] and [sms]"),
        );
    }
    if table.sets("limits") {
        table.mistake("limits", "is a part of [sms]", "write [variant.sms.limits]");
    }
}
