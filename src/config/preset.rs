//! Mail servers by name: `preset = "postmark"` in place of a URL.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::delivery::oauth2::Issuer;

/// What a name stands for.
#[derive(Debug, Deserialize)]
pub struct Preset {
    /// `smtp://…`; may hold `{region}`.
    pub url: String,
    /// Where it is the same for everybody.
    pub username: Option<String>,
    /// Whose access tokens it takes, which is `[….oauth2] issuer`.
    pub issuer: Option<Issuer>,
    /// What to log in with.
    pub about: String,
}

static PRESETS: LazyLock<BTreeMap<String, Preset>> =
    LazyLock::new(|| toml::from_str(include_str!("presets.toml")).unwrap_or_default());

/// All of them, by name.
pub fn presets() -> impl Iterator<Item = (&'static str, &'static Preset)> {
    PRESETS.iter().map(|(name, preset)| (name.as_str(), preset))
}

/// The one of this name.
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
        assert_eq!(presets().count(), 21);
        for (name, preset) in presets() {
            let user = if preset.username.is_some() { "" } else { "username = \"u\"\n" };
            let region = if preset.url.contains("{region}") { "region = \"eu-west-1\"\n" } else { "" };
            let text = format!(
                "[clerk]\nsigning_secrets = [\"whsec_evi8j0Hojzno7hSoRApTgYLqPBOHxeKG\"]\n\
                 [providers.main]\ntype = \"smtp\"\npreset = \"{name}\"\n{user}{region}password = \"p\"\n"
            );
            let config = Config::parse(&text, std::path::Path::new("config.toml"), &|_| None);
            let config = config.unwrap_or_else(|mistakes| panic!("{name}: {mistakes}"));
            let Some(crate::delivery::settings::Provider::Smtp(smtp)) = config.providers.get("main") else {
                panic!("{name}")
            };
            assert!(smtp.credentials.is_some() && !smtp.host.contains('{'), "{name}: {}", smtp.host);
            assert_eq!(smtp.port == 465, smtp.tls == crate::delivery::smtp::Tls::Implicit, "{name}");
        }
    }
}
