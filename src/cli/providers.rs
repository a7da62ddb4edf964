//! `clerk-courier providers`: lists the providers that are built in or defined beside the configuration, or prints the
//! settings that one of them needs.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::Context as _;
use clap::Args;

use super::failure::{Failure, misconfigured};
use super::terminal::say;
use crate::config::{Preset, built_in_definitions, parse_definition, presets};
use crate::delivery::api::definition::{Definition, Key};
use crate::delivery::oauth2::Issuer;
use crate::suggest::nearest;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Print the settings of this provider, to be pasted into the configuration
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

pub(super) fn run(config: &Path, arguments: &Arguments) -> Result<(), Failure> {
    let mut found = definitions(&config.with_file_name("providers"));
    let Some(wanted) = &arguments.name else {
        list(&found);
        return Ok(());
    };
    if let Some((_, snippet)) = OWN.into_iter().find(|(name, _)| name == wanted) {
        say(snippet);
        return Ok(());
    }
    let preset =
        presets().find(|(name, _)| name == wanted).map(|(name, preset)| preset_snippet(name, preset));
    match (found.remove(wanted), preset) {
        // A name can be both: `postmark` is an HTTP API and an SMTP preset.
        (Some(definition), preset) => {
            say(&snippet(&definition?));
            if let Some(preset) = preset {
                say(&format!("# or by SMTP\n{preset}"));
            }
        }
        (None, Some(preset)) => say(&preset),
        (None, None) => {
            let known = found.keys().map(String::as_str).chain(OWN.map(|(name, _)| name));
            let hint = match nearest(wanted, known.chain(presets().map(|(name, _)| name))) {
                Some(meant) => format!("did you mean {meant:?}?"),
                None => {
                    "`clerk-courier providers` lists them, and docs/PROVIDERS.md explains how to define another"
                        .to_owned()
                }
            };
            return Err(Failure::Wrong(format!("there is no provider {wanted:?}: {hint}")));
        }
    }
    Ok(())
}

/// The types that need no definition, each with an example of its settings.
const OWN: [(&str, &str); 2] = [
    (
        "smtp",
        "# Any SMTP server\n[providers.main]\ntype = \"smtp\"\nurl = \"smtp://smtp.example.com:587\"\n\
         username = \"${SMTP_USERNAME}\"\npassword = \"${SMTP_PASSWORD}\"",
    ),
    (
        "outbox",
        "# Writes messages of both channels to a directory: nothing leaves this machine\n[providers.files]\ntype = \"outbox\"\n\
         #dir = \"outbox\"",
    ),
];

/// The definitions by provider name, or why one can't be used.
type Definitions = BTreeMap<String, Result<Definition, Failure>>;

/// The definitions in a directory, which need not exist, and the built-in ones that these don't replace.
fn definitions(dir: &Path) -> Definitions {
    let built_in = built_in_definitions().map(|(name, text)| {
        (name.to_owned(), parse_definition(name, text, Path::new(name)).map_err(misconfigured))
    });
    let mut found: Definitions = built_in.collect();
    // Most configurations have no such directory, so one that can't be read is passed over.
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let file = entry.path();
        let Some(name) = file.file_stem().and_then(OsStr::to_str) else { continue };
        if file.extension() == Some(OsStr::new("toml")) {
            found.insert(name.to_owned(), own(name, &file));
        }
    }
    found
}

/// Reads a definition of the user's own.
fn own(name: &str, file: &Path) -> Result<Definition, Failure> {
    let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let mut definition = parse_definition(name, &text, file).map_err(misconfigured)?;
    // The list shows by this which definitions are the user's own, also those that replace a built-in one.
    let _ = write!(definition.about, " ({})", file.display());
    Ok(definition)
}

/// Prints all providers, by what they carry.
fn list(found: &Definitions) {
    // A definition with mistakes must not hide the others: it is named at the end.
    let definitions: Vec<&Definition> = found.values().filter_map(|it| it.as_ref().ok()).collect();
    for channel in [crate::message::Channel::Sms, crate::message::Channel::Email] {
        let of_channel: Vec<_> =
            definitions.iter().filter(|definition| definition.carries == channel).collect();
        say(&format!("{}: {}", channel.as_str(), of_channel.len()));
        for definition in of_channel {
            say(&format!("  {:<22} {}", definition.name, definition.about));
        }
        say("");
    }
    say(&format!("smtp: any server by its url, or one of {} presets", presets().count()));
    for (name, preset) in presets() {
        say(&format!("  {name:<22} {}", preset.about));
    }
    say("\noutbox: writes messages of both channels to a directory");
    let broken: Vec<&str> =
        found.iter().filter(|(_, it)| it.is_err()).map(|(name, _)| name.as_str()).collect();
    if !broken.is_empty() {
        say(&format!(
            "\nin providers/, but with mistakes: {} (`clerk-courier providers NAME` shows them)",
            broken.join(", ")
        ));
    }
    say("\nTo see the settings of a provider: clerk-courier providers NAME");
}

/// The start of the names of a provider's environment variables: its own name in upper case.
fn variable(name: &str) -> String {
    name.to_uppercase().replace('-', "_")
}

/// The settings of an SMTP preset, to be pasted into the configuration.
fn preset_snippet(name: &str, preset: &Preset) -> String {
    let variable = variable(name);
    let region = if preset.url.contains("{region}") { "region = \"eu-west-1\"\n" } else { "" };
    let username = match &preset.username {
        Some(username) => format!("#username = \"{username}\"\n"),
        None => format!("username = \"${{{variable}_USERNAME}}\"\n"),
    };
    let begin = format!(
        "# {}: {}\n[providers.{name}]\ntype = \"smtp\"\npreset = \"{name}\"\n{region}{username}",
        preset.url, preset.about
    );
    let password = format!("password = \"${{{variable}_PASSWORD}}\"");
    let Some(issuer) = preset.issuer else { return begin + &password };
    let tokens = tokens(&variable, Some(issuer));
    let issuer = issuer.as_str();
    format!("{begin}#{password}   # or:\n[providers.{name}.oauth2]\nissuer = \"{issuer}\"\n{tokens}")
}

/// The settings of `[providers.NAME.oauth2]` at an issuer; `None`: an issuer of the definition's own.
fn tokens(variable: &str, issuer: Option<Issuer>) -> String {
    let client = format!(
        "client_id = \"${{{variable}_CLIENT_ID}}\"\nclient_secret = \"${{{variable}_CLIENT_SECRET}}\""
    );
    match issuer {
        Some(Issuer::Google) => "service_account = \"${file:/run/secrets/google.json}\"".to_owned(),
        Some(Issuer::Microsoft) => format!("tenant = \"acme.onmicrosoft.com\"\n{client}"),
        None => client,
    }
}

/// The settings of a definition, to be pasted into the configuration: those that may be left out are commented out.
fn snippet(definition: &Definition) -> String {
    let name = &definition.name;
    let prefix = variable(name);
    let mut text = format!("# {}\n[providers.{name}]\ntype = \"{name}\"\n", definition.about);
    let mut line = |comment: &str, key: &str, value: &str, about: &str| {
        let setting = format!("{comment}{key} = \"{value}\"");
        let _ = writeln!(text, "{setting:<60} # {about}");
    };
    for (key, Key { about, secret, optional, unless, with, default, .. }) in &definition.keys {
        let is_needed = !optional && unless.is_none() && with.is_none() && default.is_none();
        // Of two settings that replace each other both are shown, for the user to delete one.
        let comment = if is_needed || unless.is_some() { "" } else { "#" };
        let variable = format!("${{{prefix}_{}}}", key.to_uppercase());
        let value = match default {
            Some(default) => default.as_str(),
            None if *secret || is_needed => variable.as_str(),
            None => "",
        };
        line(comment, key, value, about);
    }
    match &definition.base_url {
        None => line("", "base_url", "https://", "the address of your account's API"),
        Some(base_url) => {
            line("#", "base_url", &base_url.source, "set it for another region, or for a test server");
        }
    }
    line("#", "attempt_timeout", "5s", "after this time the next provider is asked");
    if let Some(oauth2) = &definition.oauth2 {
        let _ = write!(text, "[providers.{name}.oauth2]\n{}", tokens(&prefix, oauth2.defaults.issuer));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Channel;

    const DOCUMENTED: &str = include_str!("../../docs/PROVIDERS.md");

    fn code(names: impl Iterator<Item = String>) -> String {
        names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn the_table_has_every_provider_and_what_it_needs() {
        for (name, text) in built_in_definitions() {
            let definition = parse_definition(name, text, Path::new(name)).unwrap();
            let is_needed =
                |setting: &Key| !setting.optional && setting.default.is_none() && setting.with.is_none();
            let needed = definition.keys.iter().filter(|(_, setting)| is_needed(setting));
            let address = definition.base_url.is_none().then(|| "base_url".to_owned());
            let tokens = definition.oauth2.is_some().then(|| "[….oauth2]".to_owned());
            let needed = code(needed.map(|(name, _)| name.clone()).chain(address).chain(tokens));
            let row = format!("| `{name}` | {} | {needed} | ", definition.about);
            assert!(DOCUMENTED.contains(&row), "docs/PROVIDERS.md wants this row:\n{row}");
            let asks = DOCUMENTED.split_once(&row).unwrap().1.lines().next().unwrap();
            assert_eq!(asks != "– |", definition.probe.is_some(), "{name}: {asks}");
        }
        for (name, preset) in presets() {
            assert!(DOCUMENTED.contains(&format!("| `{name}` | `{}` | ", preset.url)), "{name}");
        }
    }

    /// The numbers that the documentation promises.
    #[test]
    fn there_are_sixteen_for_texts_and_fourteen_for_mail() {
        let of = |channel| {
            let definitions = built_in_definitions()
                .map(|(name, text)| parse_definition(name, text, Path::new(name)).unwrap());
            definitions.filter(|definition| definition.carries == channel).count()
        };
        assert_eq!((of(Channel::Sms), of(Channel::Email)), (16, 14));
    }
}
