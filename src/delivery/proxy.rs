//! The HTTP proxies that requests to APIs go through. Mail never does.

use std::fmt;

use reqwest::{NoProxy, Proxy};
use url::Url;

/// Hosts that a proxy could not reach for us: they are this machine.
const LOOPBACK: &str = "localhost,127.0.0.0/8,::1";

/// Which proxies there are. Their URLs may hold a password, so `Debug` shows only hosts.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    /// For `https://`.
    pub https: Option<Url>,
    /// For `http://`.
    pub http: Option<Url>,
    /// Hosts that are asked directly, as `NO_PROXY` lists them.
    pub except: String,
}

impl Proxies {
    /// The proxy for `https://`, or else the one for `http://`: host and port, for people.
    #[must_use]
    pub fn shown(&self) -> Option<String> {
        self.https.as_ref().or(self.http.as_ref()).map(shown)
    }

    /// The same for the HTTP client.
    pub(super) fn rules(&self) -> Result<Vec<Proxy>, reqwest::Error> {
        let except = NoProxy::from_string(&format!("{LOOPBACK},{}", self.except));
        let https = self.https.as_ref().map(|url| Proxy::https(url.as_str()));
        let http = self.http.as_ref().map(|url| Proxy::http(url.as_str()));
        https.into_iter().chain(http).map(|proxy| Ok(proxy?.no_proxy(except.clone()))).collect()
    }
}

fn shown(url: &Url) -> String {
    let port = url.port_or_known_default().unwrap_or_default();
    format!("{}:{port}", url.host_str().unwrap_or_default())
}

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxies")
            .field("https", &self.https.as_ref().map(shown))
            .field("http", &self.http.as_ref().map(shown))
            .field("except", &self.except)
            .finish()
    }
}
