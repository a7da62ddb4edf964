//! Mail servers by name, so that `preset = "postmark"` stands in for a URL. The list is `presets.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::delivery::oauth2::Issuer;

/// A mail server that many people use.
#[derive(Debug, Deserialize)]
pub struct Preset {
    /// Where the server is: `smtp://…` or `smtps://…`. May contain `{region}`, which the key `region` fills in.
    pub url: String,
    /// The user name, if the provider gave the same one to everybody; else `None`.
    pub username: Option<String>,
    /// The issuer whose access tokens the server accepts, as `[providers.….oauth2] issuer` names it; `None` for a server
    /// that takes passwords only.
    pub issuer: Option<Issuer>,
    /// What to log in with, in a few words for the list of `clerk-courier providers`.
    pub about: String,
}

/// The list, read from the file that is compiled in. A test makes sure that it can be read, so the default is never used.
static PRESETS: LazyLock<BTreeMap<String, Preset>> =
    LazyLock::new(|| toml::from_str(include_str!("presets.toml")).unwrap_or_default());

/// All presets with their names, in alphabetical order.
pub fn presets() -> impl Iterator<Item = (&'static str, &'static Preset)> {
    PRESETS.iter().map(|(name, preset)| (name.as_str(), preset))
}

/// The preset of this name; `None` for an unknown name.
#[must_use]
pub(super) fn preset(name: &str) -> Option<&'static Preset> {
    PRESETS.get(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn every_preset_is_a_provider() {
        assert_eq!(presets().count(), 22);
        for (name, preset) in presets() {
            let user = if preset.username.is_some() { "" } else { "username = \"u\"\n" };
            let region = if preset.url.contains("{region}") { "region = \"eu-west-1\"\n" } else { "" };
            let text = format!(
                "[clerk]\nsigning_secrets = [\"whsec_evi8j0Hojzno7hSoRApTgYLqPBOHxeKG\"]\n\
                 [providers.main]\ntype = \"smtp\"\npreset = \"{name}\"\n{user}{region}password = \"p\"\n"
            );
            let config = Config::parse(&text, std::path::Path::new("config.toml"), &|_: &str| None);
            let config = config.unwrap_or_else(|mistakes| panic!("{name}: {mistakes}"));
            let Some(crate::delivery::settings::Provider::Smtp(smtp)) = config.providers.get("main") else {
                panic!("{name}")
            };
            assert!(smtp.credentials.is_some() && !smtp.host.contains('{'), "{name}: {}", smtp.host);
            assert_eq!(smtp.port == 465, smtp.tls == crate::delivery::smtp::Tls::Implicit, "{name}");
        }
    }
}
