//! The way to an instance: its configuration, its secret key, and its templates.

use std::path::Path;

use anyhow::anyhow;

use crate::clerk::{Client, Template};
use crate::cli::configuration::{variant, without_providers};
use crate::cli::failure::Failure;
use crate::config::Config;
use crate::decision::variant::When;
use crate::message::Channel;

/// The values of `--channel`.
pub(super) const CHANNELS: [&str; 2] = ["email", "sms"];

/// The channels that `--channel` leaves.
pub(super) fn channels(named: Option<&str>) -> Vec<Channel> {
    let all = [Channel::Email, Channel::Sms].into_iter();
    all.filter(|channel| named.is_none_or(|name| name == channel.as_str())).collect()
}

/// Which instance a command is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Instance<'a> {
    /// The configuration's file.
    pub(super) file: &'a Path,
    /// The variant that is this instance, or a part of it; `None`: the instance of `[clerk]`.
    pub(super) variant: Option<&'a str>,
}

impl Instance<'_> {
    /// The instance's configuration, without its providers.
    ///
    /// # Errors
    /// Mistakes in the file, or it has no such variant.
    pub(super) fn config(self) -> Result<Config, Failure> {
        Ok(self.of(without_providers(self.file)?)?.0)
    }

    /// The instance's part of a configuration, and which events are its own; `None`: all that no variant takes.
    ///
    /// # Errors
    /// The configuration has no such variant.
    pub(super) fn of(self, config: Config) -> Result<(Config, Option<When>), Failure> {
        let chosen = variant(&config, self.variant)?.cloned();
        Ok(chosen.map_or((config, None), |variant| (variant.config, Some(variant.when))))
    }

    /// A client with the instance's secret key, by its configuration.
    ///
    /// # Errors
    /// There is no secret key.
    pub(super) fn client(self, config: &Config) -> Result<Client, Failure> {
        let backend = &config.clerk.backend;
        let Some(key) = backend.secret_key.clone() else {
            let place = match self.variant {
                Some(name) => format!("set `secret_key` in the [[variant]] {name:?}"),
                None => "set CLERK_SECRET_KEY, or `[clerk] secret_key`".to_owned(),
            };
            return Err(Failure::Wrong(format!(
                "there is no secret key of Clerk's: {place}. It is in Clerk's dashboard (Configure > API keys) and begins \
                 with sk_test_ or sk_live_"
            )));
        };
        Ok(Client::new(key, &backend.api_url, backend.api_timeout, &config.proxies)?)
    }
}

/// All templates of these channels.
///
/// # Errors
/// One of the lists could not be had.
pub(super) async fn templates(client: &Client, channels: &[Channel]) -> Result<Vec<Template>, Failure> {
    let mut all = Vec::new();
    for channel in channels {
        let found = client.templates(*channel).await;
        all.extend(
            found.map_err(|fault| {
                anyhow!("the list of {} templates did not come: {fault}", channel.as_str())
            })?,
        );
    }
    Ok(all)
}

/// The instance in words: `the development instance ins_2b…`, without its id where Clerk does not say it.
pub(super) fn instance(client: &Client, templates: &[Template]) -> String {
    let id = templates.iter().find_map(|template| template.instance.as_deref());
    let id = id.map(|id| format!(" {id}")).unwrap_or_default();
    format!("the {} instance{id}", client.environment())
}
