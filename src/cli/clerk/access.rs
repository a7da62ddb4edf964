//! The way to an instance: its secret key, and its templates.

use anyhow::anyhow;

use crate::clerk::{Client, Template};
use crate::cli::failure::Failure;
use crate::config::Config;
use crate::message::Channel;

/// The values of `--channel`.
pub(super) const CHANNELS: [&str; 2] = ["email", "sms"];

/// The channels that `--channel` leaves.
pub(super) fn channels(named: Option<&str>) -> Vec<Channel> {
    let all = [Channel::Email, Channel::Sms].into_iter();
    all.filter(|channel| named.is_none_or(|name| name == channel.as_str())).collect()
}

/// A client with the configured secret key.
///
/// # Errors
/// There is no secret key.
pub(super) fn client(config: &Config) -> Result<Client, Failure> {
    let backend = &config.clerk.backend;
    let Some(key) = backend.secret_key.clone() else {
        return Err(Failure::Wrong(
            "there is no secret key of Clerk's: set CLERK_SECRET_KEY, or `[clerk] secret_key`. It is in Clerk's dashboard \
             (Configure > API keys) and begins with sk_test_ or sk_live_"
                .to_owned(),
        ));
    };
    Ok(Client::new(key, &backend.api_url, backend.api_timeout, &config.proxies)?)
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
