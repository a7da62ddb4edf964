//! The HTTP proxies that requests to APIs and issuers go through. SMTP never goes through one.

use std::fmt;

use reqwest::{NoProxy, Proxy};
use url::Url;

/// The hosts that are never asked by way of a proxy: for the proxy they would be another machine, itself.
const LOOPBACK: &str = "localhost,127.0.0.0/8,::1";

/// The configured proxies. Their URLs may hold a password, so `Debug` shows hosts and ports only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    /// The proxy for `https://` (`HTTPS_PROXY`); `None`: such requests go straight to their host.
    pub https: Option<Url>,
    /// The proxy for `http://` (`HTTP_PROXY`); `None`: such requests go straight to their host.
    pub http: Option<Url>,
    /// The hosts that are asked without a proxy, separated by commas as in `NO_PROXY`. Empty: none but this machine.
    pub except: String,
}

impl Proxies {
    /// Host and port of the proxy for `https://`, or else of the one for `http://`, for people; `None` without a proxy.
    #[must_use]
    pub fn shown(&self) -> Option<String> {
        self.https.as_ref().or(self.http.as_ref()).map(shown)
    }

    /// The same in the form that the HTTP client takes.
    pub(super) fn rules(&self) -> Result<Vec<Proxy>, reqwest::Error> {
        let except = NoProxy::from_string(&format!("{LOOPBACK},{}", self.except));
        let https = self.https.as_ref().map(|url| Proxy::https(url.as_str()));
        let http = self.http.as_ref().map(|url| Proxy::http(url.as_str()));
        https.into_iter().chain(http).map(|proxy| Ok(proxy?.no_proxy(except.clone()))).collect()
    }
}

/// Host and port of a URL, without its user name and password.
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
