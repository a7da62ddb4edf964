//! `[providers.<name>]`: what kind of provider each table is, and the settings of all of them. The `type` is read first,
//! because it decides which other keys a table may have. No value from here is shown in a mistake.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;

use super::api::api;
use super::definition::{built_in, definition, parse};
use super::proxy::proxies;
use super::reader::Table;
use super::scalar::{Scalar, did_you_mean};
use super::smtp::smtp;
use crate::delivery::api::definition::Definition;
use crate::delivery::proxy::Proxies;
use crate::delivery::settings::Provider;
use crate::message::Channel;
use crate::suggest::nearest;

/// What kind of provider a table describes.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// A mail server, by its URL or by a preset.
    Smtp,
    /// A directory that messages are written to.
    Outbox,
    /// An HTTP API, by its definition.
    Api(Arc<Definition>),
}

/// The types that need no definition.
const OWN: [&str; 2] = ["smtp", "outbox"];

impl Kind {
    /// Whether a provider of this kind carries messages of `channel`.
    pub(super) fn carries(&self, channel: Channel) -> bool {
        match self {
            Self::Smtp => channel == Channel::Email,
            Self::Outbox => true,
            Self::Api(definition) => definition.carries == channel,
        }
    }
}

/// Everything under `[providers]`: one table for each provider, by names of the user's choice.
#[derive(Default)]
pub(super) struct Providers {
    /// The settings of the providers that could be read, by name.
    pub(super) ready: BTreeMap<String, Provider>,
    /// The kind of every provider, by name, those with mistakes included: a channel that names one of these must not be
    /// told that it does not exist. `None` where the kind itself is unknown.
    pub(super) kinds: BTreeMap<String, Option<Kind>>,
}

/// Reads all providers. The `helo` of a mail server that sets none is left empty: its default needs `[email]`.
pub(super) fn providers(table: &Table<'_>) -> Providers {
    let mut providers = Providers::default();
    for (name, table) in table.children() {
        let kind = kind(&table);
        let provider = match &kind {
            Some(Kind::Smtp) => smtp(&table).map(Provider::Smtp),
            Some(Kind::Api(definition)) => Some(Provider::Api(api(&table, definition))),
            Some(Kind::Outbox) => {
                Some(Provider::Outbox(table.path_to("dir").unwrap_or_else(|| table.resolve("outbox"))))
            }
            None => None,
        };
        // Without a kind it is unknown which keys belong here, and every key would be reported.
        if kind.is_some() {
            table.finish();
        }
        providers.ready.extend(provider.map(|provider| (name.clone(), provider)));
        providers.kinds.insert(name, kind);
    }
    providers
}

/// Gives every provider that makes HTTP requests the proxies of the environment, and returns them for what `others` ask over
/// HTTP, and for what commands alone ask, such as a logo. A wrong variable is a mistake only if providers or `others` ask:
/// it stops nobody who does not need it.
pub(super) fn share_proxies(
    table: &Table<'_>,
    ready: &mut BTreeMap<String, Provider>,
    others: bool,
) -> Proxies {
    let places: Vec<&mut Proxies> = ready.values_mut().flat_map(Provider::proxies).flatten().collect();
    let proxies = proxies(table, others || !places.is_empty());
    for place in places {
        place.clone_from(&proxies);
    }
    proxies
}

/// The kind of a provider: by its `type`, or by the definition that its table contains. `None` after a mistake.
fn kind(table: &Table<'_>) -> Option<Kind> {
    if table.sets("definition") {
        // The definition is in the table itself, so a `type` could only name another one.
        if table.get("type").is_some() {
            table.mistake("type", "can't be set together with a definition", "remove one of the two");
        }
        return definition("definition", table.table("definition")).map(|made| Kind::Api(Arc::new(made)));
    }
    if !table.sets("type") {
        table.missing(
            "type",
            "set it to \"smtp\", \"outbox\" or the name of a definition: `clerk-courier providers` lists them",
        );
    }
    let name = table.text("type")?;
    match name.as_str() {
        "smtp" => Some(Kind::Smtp),
        "outbox" => Some(Kind::Outbox),
        _ => by_definition(table, &name),
    }
}

/// The API whose definition `name` names: one in the user's `providers` directory, or else a built-in one.
fn by_definition(table: &Table<'_>, name: &Scalar<'_>) -> Option<Kind> {
    let file = table.resolve("providers").join(format!("{}.toml", name.as_str()));
    let own = match std::fs::read_to_string(&file) {
        // A name such as `../x` would leave the directory.
        _ if !is_file_name(name.as_str()) => None,
        Ok(text) => Some(text),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => None,
        // The built-in definition must not step in: whoever wrote one of the same name wanted something else.
        Err(error) => {
            name.mistake("has a definition that can't be read", error.to_string());
            return None;
        }
    };
    let source = match &own {
        Some(text) => Some((text.as_str(), file)),
        None => built_in()
            .find(|(known, _)| *known == name.as_str())
            .map(|(known, text)| (text, PathBuf::from(format!("built-in providers/{known}.toml")))),
    };
    let Some((text, file)) = source else {
        report_unknown_type(table, name);
        return None;
    };
    match parse(name.as_str(), text, &file) {
        Ok(definition) => Some(Kind::Api(Arc::new(definition))),
        Err(mistakes) => {
            name.mistake("has a definition with mistakes", mistakes.to_string());
            None
        }
    }
}

/// Reports that there is no definition `name`, with the nearest type, built-in definition or file.
fn report_unknown_type(table: &Table<'_>, name: &Scalar<'_>) {
    let dir = table.resolve("providers");
    let files = dir.read_dir().into_iter().flatten().flatten();
    let files: Vec<String> = files
        .filter_map(|file| Some(file.file_name().to_str()?.strip_suffix(".toml")?.to_owned()))
        .filter(|name| is_file_name(name))
        .collect();
    let known = OWN.into_iter().chain(built_in().map(|(name, _)| name));
    let near = nearest(name.as_str(), known.chain(files.iter().map(String::as_str)));
    let hint = format!(
        "use \"smtp\", \"outbox\", an API that `clerk-courier providers` lists, or the name of a file in {} without \".toml\"",
        dir.display()
    );
    name.mistake(&format!("is not a known provider type{}", did_you_mean(near)), hint);
}

/// Whether a definition may have this name: letters, digits, `_` and `-`.
fn is_file_name(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
}
