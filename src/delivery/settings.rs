//! What is configured about one provider: the settings of its transport.

use std::path::PathBuf;

use super::proxy::Proxies;
use super::smtp::Credentials;
use super::{api, smtp};
use crate::message::Channel;

/// `[providers.<name>]`: one provider's settings, by the kind of its transport.
#[derive(Debug, Clone)]
pub enum Provider {
    /// `type = "smtp"`: a mail server.
    Smtp(smtp::Settings),
    /// Any other `type`: an HTTP API, which its definition describes.
    Api(api::Settings),
    /// `type = "outbox"`: each message becomes a file in this directory.
    Outbox(PathBuf),
}

impl Provider {
    /// Whether the provider carries messages of `channel`.
    #[must_use]
    pub fn carries(&self, channel: Channel) -> bool {
        match self {
            Self::Smtp(_) => channel == Channel::Email,
            Self::Api(api) => api.definition.carries == channel,
            Self::Outbox(_) => true,
        }
    }

    /// The places among the settings that say which proxies the provider's HTTP requests go through: first those for
    /// messages, then those for access tokens. `None` where the provider makes no such requests.
    pub fn proxies(&mut self) -> [Option<&mut Proxies>; 2] {
        match self {
            Self::Smtp(settings) => match &mut settings.credentials {
                Some(Credentials::Tokens(_, tokens)) => [None, Some(&mut tokens.proxies)],
                _ => [None, None],
            },
            Self::Api(api) => {
                [Some(&mut api.proxies), api.tokens.as_deref_mut().map(|tokens| &mut tokens.proxies)]
            }
            Self::Outbox(_) => [None, None],
        }
    }
}
