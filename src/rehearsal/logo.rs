//! Fetching the brand's logos, for `check --connect`: whether readers will see them in their mails.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::{Client, Response, Url};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::config::Config;
use crate::delivery::http;
use crate::template::Brand;
use crate::tls;

/// How long a logo may take. Readers do not wait longer for an image either.
const WITHIN: Duration = Duration::from_secs(5);

/// The most bytes of a logo. Readers on a telephone would see it late, and it is shown 36 pixels high.
const LARGEST: usize = 200_000;

/// How many redirects are followed, so that a circle of them ends.
const REDIRECTS: usize = 5;

/// What came of fetching one logo.
pub(crate) struct Fetched {
    /// The variant whose brand it belongs to; `None` for `[brand]` itself.
    pub(crate) variant: Option<String>,
    /// The key that says its address: `logo_url` or `logo_dark_url`.
    pub(crate) key: &'static str,
    /// How long it took.
    pub(crate) took: Duration,
    /// What it is, or what is wrong with it.
    pub(crate) detail: String,
    /// What to do about it; `None` if nothing is wrong.
    pub(crate) advice: Option<&'static str>,
}

impl Fetched {
    /// `fine` or `warning`: mails go out without a logo too.
    pub(crate) fn result(&self) -> &'static str {
        if self.advice.is_some() { "warning" } else { "fine" }
    }
}

/// What is wrong with a logo, and what to do about it.
type Wrong = (String, &'static str);

/// Fetches the logos of all brands at the same time, and hands each result to `tell` as it comes. A variant's logo is
/// fetched only if it is another one.
///
/// # Errors
/// TLS can't be set up.
pub(crate) async fn all(config: &Config, mut tell: impl FnMut(Fetched)) -> Result<(), http::SetupError> {
    let client = http::client_with(WITHIN, &config.proxies, false)?;
    let mut fetching = JoinSet::new();
    for (key, url) in logos(&config.brand) {
        fetching.spawn(fetch(client.clone(), None, key, url));
    }
    for variant in &config.variants {
        for (key, url) in logos(&variant.config.brand) {
            if !logos(&config.brand).any(|(_, known)| known == url) {
                fetching.spawn(fetch(client.clone(), Some(variant.name.clone()), key, url));
            }
        }
    }
    while let Some(joined) = fetching.join_next().await {
        joined.into_iter().for_each(&mut tell);
    }
    Ok(())
}

/// The addresses of a brand's logos, by their keys.
fn logos(brand: &Brand) -> impl Iterator<Item = (&'static str, String)> {
    let all = [("logo_url", &brand.logo_url), ("logo_dark_url", &brand.logo_dark_url)];
    all.into_iter().filter_map(|(key, url)| Some((key, url.clone()?)))
}

async fn fetch(client: Client, variant: Option<String>, key: &'static str, url: String) -> Fetched {
    let started = Instant::now();
    let late =
        || ("did not come within 5 s".to_owned(), "Readers would wait too: see why its server is slow.");
    let looked = timeout(WITHIN, look(&client, &url)).await.unwrap_or_else(|_| Err(late()));
    let (detail, advice) = match looked {
        Ok(detail) => (detail, None),
        Err((detail, advice)) => (detail, Some(advice)),
    };
    Fetched { variant, key, took: started.elapsed(), detail, advice }
}

/// Fetches an image, and says its kind and size.
async fn look(client: &Client, url: &str) -> Result<String, Wrong> {
    let mut response = follow(client, url).await?;
    if response.status() != 200 {
        let advice =
            "Readers get the same answer in place of the logo: open its address in a private window.";
        return Err((format!("HTTP {}", response.status().as_u16()), advice));
    }
    let sent_as = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let sent_as = sent_as.unwrap_or("nothing").to_owned();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| lost(&error))? {
        body.extend_from_slice(&chunk);
        if body.len() > LARGEST {
            let advice =
                "Phones load it late: make it smaller. It is shown 36 pixels high, so 72 are enough.";
            return Err(("is over 200 kB".to_owned(), advice));
        }
    }
    match kind(&body) {
        Some(kind) if sent_as.to_ascii_lowercase().starts_with("image/") => {
            Ok(format!("{kind}, {} kB", body.len().div_ceil(1000)))
        }
        kind => {
            let kind = kind.map_or("is not a PNG, JPEG or GIF", |_| "is an image");
            let advice = "Mail clients show PNG, JPEG and GIF, which their server sends as image/…: make such a \
                          file of the logo, twice as large as it is shown.";
            Err((format!("{kind}, sent as {sent_as}"), advice))
        }
    }
}

/// The answer at the end of the redirects.
async fn follow(client: &Client, url: &str) -> Result<Response, Wrong> {
    let refused = |detail: &str, advice| Err((detail.to_owned(), advice));
    let mut url = Url::parse(url).map_err(|_| ("is not a web address".to_owned(), "Correct the address."))?;
    for _ in 0..=REDIRECTS {
        let response = client.get(url.clone()).send().await.map_err(|error| lost(&error))?;
        let to = response.headers().get(LOCATION).filter(|_| response.status().is_redirection());
        let Some(to) = to else { return Ok(response) };
        let Some(next) = to.to_str().ok().and_then(|to| url.join(to).ok()) else {
            return refused(
                "redirects to what is not a web address",
                "Write the address of the image itself.",
            );
        };
        if next.scheme() != "https" && !is_here(&next) {
            let reason = format!("redirects to {}", next.scheme());
            return refused(&reason, "Mail clients may refuse that: write an https address.");
        }
        url = next;
    }
    refused("redirects more than 5 times", "Write the address of the image itself.")
}

/// Whether an address is on this machine, where nobody needs TLS.
fn is_here(url: &Url) -> bool {
    url.host_str().is_some_and(|host| host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()))
}

/// Why an image did not come.
fn lost(error: &reqwest::Error) -> Wrong {
    const ADVICE: tls::Advice = tls::Advice {
        untrusted: "check whether something between this machine and the server decrypts TLS",
        name: tls::CONFIGURED_NAME,
        plain: "check the address",
    };
    let words = || if error.is_connect() { http::no_connection(error) } else { "the connection broke" };
    let words = tls::fault(error, ADVICE).unwrap_or_else(|| words().to_owned());
    (words, "Check the address. If this machine may not reach it, look whether readers can.")
}

/// The kind of an image that mail clients show, by its first bytes; `None` for everything else.
fn kind(body: &[u8]) -> Option<&'static str> {
    let all: [(&str, &[u8]); 3] =
        [("PNG", b"\x89PNG\r\n\x1a\n"), ("JPEG", b"\xff\xd8\xff"), ("GIF", b"GIF8")];
    all.into_iter().find(|(_, start)| body.starts_with(start)).map(|(kind, _)| kind)
}
