//! A whole configuration in a few variables, where there is no file: `CLERK_WEBHOOK_SIGNING_SECRET`, `EMAIL_FROM`, and
//! `SMTP_URL` or the credentials of one provider by the names that `clerk-courier providers NAME` prints, such as
//! `RESEND_API_KEY`. With a file they mean nothing by themselves: the file says where it uses them.

use std::path::Path;

use super::definition::{built_in, parse};
use super::environment::Env;
use super::overlay::{Fault, Variable};
use crate::delivery::api::definition::{Definition, Key};
use crate::message::Channel;

/// Variables that are keys under a name that people know from elsewhere.
const KEYS: [(&str, &str); 3] = [
    ("CLERK_WEBHOOK_SIGNING_SECRET", "clerk.signing_secrets"),
    ("EMAIL_FROM", "email.from"),
    ("SMS_FROM", "sms.from"),
];

/// The variables of a mail server, each with its key. The first is the one that makes it a provider.
const SMTP: [(&str, &str); 3] =
    [("SMTP_URL", "url"), ("SMTP_USERNAME", "username"), ("SMTP_PASSWORD", "password")];

/// What an environment says without a file.
pub(super) struct Shorthand {
    /// The keys, those of `own` among them.
    pub(super) variables: Vec<Variable>,
    /// What contradicts itself.
    pub(super) faults: Vec<Fault>,
    /// Whether there is a provider.
    pub(super) sends: bool,
}

/// A provider that the environment has variables of.
struct Candidate {
    name: String,
    kind: String,
    channel: Channel,
    /// Each variable with its key.
    variables: Vec<(String, String)>,
}

/// Reads the environment. `own` are the variables that name their keys themselves; they win over what is only implied.
pub(super) fn read(env: Env<'_>, own: Vec<Variable>) -> Shorthand {
    let mut faults = Vec::new();
    let mut said = Vec::new();
    for (name, key) in KEYS {
        said.extend(variable(env, name, key));
    }
    let candidates: Vec<Candidate> = smtp(env).into_iter().chain(apis(env)).collect();
    let mut sends = own.iter().any(|variable| variable.path.first().is_some_and(|step| step == "providers"));
    let mut implied = Vec::new();
    for channel in [Channel::Email, Channel::Sms] {
        let of_channel: Vec<&Candidate> = candidates.iter().filter(|it| it.channel == channel).collect();
        let list = format!("{}.providers", channel.as_str());
        let listed = listed(&own, &list);
        let chosen: Vec<&Candidate> = match (&listed, of_channel.as_slice()) {
            (Some(names), all) => all.iter().copied().filter(|it| names.contains(&it.name)).collect(),
            (None, [first, second, ..]) => {
                faults.push(two(first, second, channel));
                sends = true;
                Vec::new()
            }
            (None, all) => all.to_vec(),
        };
        for candidate in chosen {
            sends = true;
            let table = format!("providers.{}", candidate.name);
            let because = candidate.variables.first().map_or("", |(name, _)| name);
            implied.push(constant(because, &format!("{table}.type"), &candidate.kind));
            for (name, key) in &candidate.variables {
                said.extend(variable(env, name, &format!("{table}.{key}")));
            }
            if listed.is_none() {
                implied.push(constant(because, &list, &candidate.name));
            }
        }
    }
    let mut variables = own;
    // What is said twice in the same words does not contradict itself.
    said.retain(|it| !variables.iter().any(|other| other.path == it.path && other.value == it.value));
    implied.retain(|it| !variables.iter().any(|other| other.path == it.path));
    variables.extend(said);
    variables.extend(implied);
    super::overlay::sort(&mut variables);
    Shorthand { variables, faults, sends }
}

/// The variable that people set for a key: the short name where there is one, else the key's own.
pub(super) fn name_of(key: &str) -> String {
    short_name_of(key).unwrap_or_else(|| super::overlay::name_of(key))
}

fn short_name_of(key: &str) -> Option<String> {
    if let Some((name, _)) = KEYS.iter().find(|(_, known)| *known == key) {
        return Some((*name).to_owned());
    }
    let (provider, key) = key.strip_prefix("providers.")?.split_once('.')?;
    if provider == "smtp" {
        return SMTP.iter().find(|(_, known)| *known == key).map(|(name, _)| (*name).to_owned());
    }
    built_in().any(|(name, _)| name == provider).then(|| of_api(provider, key))
}

/// The names that a list of providers has, if a variable sets it.
fn listed(own: &[Variable], list: &str) -> Option<Vec<String>> {
    let of_list = own.iter().filter(|variable| {
        let key = variable.key();
        key == list || key.strip_prefix(list).is_some_and(|rest| rest.starts_with('['))
    });
    let names = of_list.filter_map(|variable| variable.value.as_deref()).flat_map(|value| {
        let names = value.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-');
        names.map(str::to_owned).collect::<Vec<_>>()
    });
    let names: Vec<String> = names.collect();
    (!names.is_empty()).then_some(names)
}

/// Two providers, of which nobody said which is asked first.
fn two(first: &Candidate, second: &Candidate, channel: Channel) -> Fault {
    let name = |it: &Candidate| it.variables.first().map(|(name, _)| name.clone()).unwrap_or_default();
    let list = super::overlay::name_of(&format!("{}.providers", channel.as_str()));
    (
        name(second),
        format!("names a second provider of {}, beside {}", channel.as_str(), name(first)),
        format!("say which is asked first: {list}={},{}; or remove one of the two", first.name, second.name),
    )
}

/// The mail server that `SMTP_URL` names.
fn smtp(env: Env<'_>) -> Option<Candidate> {
    set(env, "SMTP_URL")?;
    let variables = SMTP.iter().filter(|(name, _)| set(env, name).is_some());
    let variables = variables.map(|(name, key)| ((*name).to_owned(), (*key).to_owned())).collect();
    let name = "smtp".to_owned();
    Some(Candidate { kind: name.clone(), name, channel: Channel::Email, variables })
}

/// The built-in APIs of which a setting that has to be there is set.
fn apis(env: Env<'_>) -> Vec<Candidate> {
    let names = env.names();
    let mut found = Vec::new();
    for (name, text) in built_in() {
        // Reading a definition takes time, and most have no variable here.
        let prefix = of_api(name, "");
        if !names.iter().any(|variable| variable.starts_with(&prefix)) {
            continue;
        }
        let Ok(definition) = parse(name, text, Path::new(name)) else { continue };
        found.extend(api(env, &definition));
    }
    found
}

fn api(env: Env<'_>, definition: &Definition) -> Option<Candidate> {
    let name = &definition.name;
    let needed = |key: &Key| !key.optional && key.default.is_none() && key.with.is_none();
    let is_set = |key: &str| set(env, &of_api(name, key)).is_some();
    let is_named = definition.keys.iter().any(|(key, what)| needed(what) && is_set(key));
    // What needs access tokens has a table of its own for them.
    if !is_named || definition.oauth2.is_some() {
        return None;
    }
    let keys = definition.keys.keys().map(String::as_str).chain(["base_url"]);
    let variables = keys.filter(|key| is_set(key)).map(|key| (of_api(name, key), key.to_owned())).collect();
    Some(Candidate { name: name.clone(), kind: name.clone(), channel: definition.carries, variables })
}

/// The variable of a setting, as `clerk-courier providers NAME` prints it.
fn of_api(provider: &str, key: &str) -> String {
    format!("{provider}_{key}").to_ascii_uppercase().replace('-', "_")
}

/// A variable's value. Platforms set variables to nothing that nobody filled in, so that counts as unset.
fn set(env: Env<'_>, name: &str) -> Option<String> {
    env.get(name).filter(|value| !value.trim().is_empty())
}

/// The variable as a key; `None` if it is not set.
fn variable(env: Env<'_>, name: &str, key: &str) -> Option<Variable> {
    let value = set(env, name)?;
    // These are credentials, and may hold `${`. Only one that is nothing but a file's or a credential's name means it.
    let is_reference = ["${file:", "${credential:"].iter().any(|start| value.starts_with(start));
    let value = if is_reference && value.ends_with('}') { value } else { value.replace("${", "$${") };
    Some(constant(name, key, &value))
}

fn constant(name: &str, key: &str, value: &str) -> Variable {
    let path = key.split('.').map(str::to_owned).collect();
    Variable { name: name.to_owned(), path, value: Some(value.to_owned()) }
}
