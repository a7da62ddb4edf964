//! The client of Clerk's Backend API. The secret key leaves this file in one header, to the configured host: redirects are
//! not followed, and errors repeat neither the key nor an URL.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::answer::{self, Template, User, complaint};
use super::fault::{Fault, Kind};
use crate::delivery::http;
use crate::delivery::proxy::Proxies;
use crate::message::Channel;
use crate::secret::Secret;
use crate::tls;

/// The most bytes that are read of an answer. A list of 34 templates with their bodies has about half a megabyte.
const LARGEST: usize = 16 * 1024 * 1024;

/// How many templates are asked for at once, which is the most that Clerk allows.
const PAGE: usize = 500;

/// How many pages of a list are read at most. An instance has fewer than 50 templates.
const PAGES: usize = 20;

/// The longest wait that Clerk may ask for by `Retry-After`. Whoever has to wait longer is told so.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// How long to wait after a 429 that does not say it.
pub(super) const USUAL_WAIT: Duration = Duration::from_secs(2);

/// How many times in a row a request is repeated after a 429.
pub(super) const WAITS: usize = 5;

/// A client for one instance.
pub struct Client {
    http: reqwest::Client,
    /// The address that paths are added to, without a slash at its end.
    base: String,
    key: Secret,
    /// The value of the header `Authorization`, marked as sensitive.
    authorization: HeaderValue,
    /// The longest time for one request and its answer.
    timeout: Duration,
}

impl Client {
    /// A client that asks the API at `base` with this key, and gives each request that much time.
    ///
    /// # Errors
    /// TLS or a proxy can't be set up.
    pub fn new(
        key: Secret,
        base: &str,
        timeout: Duration,
        proxies: &Proxies,
    ) -> Result<Self, http::SetupError> {
        let http = http::client_with(timeout, proxies, true)?;
        // The configuration has checked that the key fits into a header. An empty one would be refused by Clerk.
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", key.reveal()))
            .unwrap_or(HeaderValue::from_static(""));
        authorization.set_sensitive(true);
        Ok(Self { http, base: base.trim_end_matches('/').to_owned(), key, authorization, timeout })
    }

    /// `development` or `production`, as the secret key says.
    #[must_use]
    pub fn environment(&self) -> &'static str {
        if self.key.reveal().starts_with("sk_live_") { "production" } else { "development" }
    }

    /// All templates of a channel, in Clerk's order.
    ///
    /// # Errors
    /// One of the requests failed.
    pub async fn templates(&self, channel: Channel) -> Result<Vec<Template>, Fault> {
        let (mut all, mut known) = (Vec::new(), BTreeSet::new());
        for _ in 0..PAGES {
            let path = format!("/templates/{}?limit={PAGE}&offset={}", channel.as_str(), all.len());
            let page = answer::list(channel, &self.get(&path).await?)?;
            let before = all.len();
            all.extend(page.into_iter().filter(|template| known.insert(template.slug.clone())));
            // Whether the limit was obeyed can't be seen from one page, nor whether the offset was. A page that brings
            // nothing new is the last one.
            if all.len() == before {
                break;
            }
        }
        Ok(all)
    }

    /// One template, as it is now.
    ///
    /// # Errors
    /// The request failed, or the answer is about another template.
    pub async fn template(&self, channel: Channel, slug: &str) -> Result<Template, Fault> {
        let value = self.get(&format!("/templates/{}/{slug}", channel.as_str())).await?;
        named(slug, answer::template(channel, &value)?)
    }

    /// The countries that the instance sends no SMS to (ISO 3166-1 alpha-2, upper case).
    ///
    /// # Errors
    /// The request failed.
    pub async fn blocked_countries(&self) -> Result<Vec<String>, Fault> {
        answer::countries(&self.get("/instance/communication").await?)
    }

    /// Says who delivers the messages of a template from now on, and returns the template as it is afterwards. A 429 is
    /// not waited for here.
    ///
    /// # Errors
    /// The request failed; `Fault::kind` says whether it may have been carried out.
    pub async fn deliver(&self, channel: Channel, slug: &str, by_clerk: bool) -> Result<Template, Fault> {
        let path = format!("/templates/{}/{slug}/toggle_delivery", channel.as_str());
        let body = json!({ "delivered_by_clerk": by_clerk }).to_string();
        let request = self.request(Method::POST, &path).header(CONTENT_TYPE, "application/json").body(body);
        named(slug, answer::template(channel, &self.ask(request).await?)?)
    }

    /// A user, as the instance knows them now. A 429 is not waited for.
    ///
    /// # Errors
    /// The request failed, the answer is about another user, or the id can't be one.
    pub async fn user(&self, id: &str) -> Result<User, Fault> {
        // The id becomes a part of the URL.
        let is_id = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        if !is_id || !(1..=128).contains(&id.len()) {
            return Err(Fault::new(Kind::NotFound, ""));
        }
        answer::user(id, &self.ask(self.request(Method::GET, &format!("/users/{id}"))).await?)
    }

    /// Asks for something, and waits where Clerk asks to wait, but never for long.
    async fn get(&self, path: &str) -> Result<Value, Fault> {
        let mut waits = 0;
        loop {
            match self.ask(self.request(Method::GET, path)).await {
                Err(Fault { kind: Kind::Throttled(wait), .. })
                    if waits < WAITS && wait.is_none_or(|wait| wait <= LONGEST_WAIT) =>
                {
                    waits += 1;
                    sleep(wait.unwrap_or(USUAL_WAIT)).await;
                }
                answer => return answer,
            }
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.base);
        self.http.request(method, url).header(AUTHORIZATION, self.authorization.clone())
    }

    /// Sends a request, and reads the answer as JSON.
    async fn ask(&self, request: RequestBuilder) -> Result<Value, Fault> {
        let exchange = async {
            let response = request.send().await.map_err(|error| unanswered(&error))?;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            Ok((status, headers, body(response).await?))
        };
        let answered = timeout(self.timeout, exchange).await;
        let (status, headers, body) = answered.unwrap_or_else(|_| {
            let limit = humantime::format_duration(self.timeout);
            Err(Fault::new(Kind::Lost, format!("none within {limit} (`[clerk] api_timeout`)")))
        })?;
        let kind = match status {
            200..300 => {
                return serde_json::from_slice(&body).map_err(|_| Fault::new(Kind::Shape, "it is not JSON"));
            }
            300..400 => Kind::Redirect(status),
            401 => Kind::Key,
            402 => Kind::Payment,
            403 => Kind::Forbidden,
            404 => Kind::NotFound,
            423 => Kind::Locked,
            429 => Kind::Throttled(retry_after(&headers)),
            400..500 => Kind::Refused(status),
            _ => Kind::Server(status),
        };
        Err(Fault::new(kind, complaint(&body, &self.key)))
    }
}

/// The template, if it is the one that was asked for.
fn named(slug: &str, template: Template) -> Result<Template, Fault> {
    if template.slug == slug {
        Ok(template)
    } else {
        Err(Fault::new(Kind::Shape, format!("it is about another template than `{slug}`")))
    }
}

/// The body of an answer.
async fn body(mut response: Response) -> Result<Vec<u8>, Fault> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unanswered(&error))? {
        body.extend_from_slice(&chunk);
        if body.len() > LARGEST {
            return Err(Fault::new(Kind::Shape, "it is larger than 16 MiB"));
        }
    }
    Ok(body)
}

/// The fault of a request without an answer.
fn unanswered(error: &reqwest::Error) -> Fault {
    if error.is_connect() {
        return Fault::new(Kind::Unreachable, tls::fault(error, tls::API_ADVICE).unwrap_or_default());
    }
    Fault::new(Kind::Lost, "the connection broke")
}

/// How long the answer asks to wait. Clerk gives seconds.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}
