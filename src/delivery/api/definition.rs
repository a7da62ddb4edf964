//! Providers as data: how a message becomes a request, and an answer a verdict.
//!
//! The built-in definitions are the files in `providers/`. The configuration reads them, so that a mistake in one is
//! reported with its file and line.

use std::collections::BTreeMap;

use regex::Regex;
use reqwest::header::HeaderName;

use crate::delivery::oauth2::Defaults;
use crate::message::Channel;
use crate::secret::Secret;

pub use super::answer::{
    Accepted, Code, Codes, ErrorClass, Errors, Expected, Locator, Predicate, Source, Unit, Wait,
};
pub use super::helpers::{helper_exists, helper_of_handlebars};
pub use super::leaf::{Kind, Leaf};
pub use super::text::Text;
pub use super::variables::variables;

/// What a file in `providers/` says. Its strings are templates.
#[derive(Clone)]
pub struct Definition {
    /// The file's name without its ending, which is the `type` of a provider in the configuration.
    pub name: String,
    /// The vendor and product in one line, as `clerk-courier providers` lists them.
    pub about: String,
    /// Whether the API carries mail or SMS.
    pub carries: Channel,
    /// The URL that paths are appended to; `None` where each account has its own, which is then configured.
    pub base_url: Option<BaseUrl>,
    /// Whether `from` must be configured for the channel. Default: for SMS only.
    pub needs_sender: bool,
    /// A key that stands in for `from`, such as Twilio's messaging service; `None` where the API knows none.
    pub sender_unless: Option<String>,
    /// The keys that `[providers.<name>]` may set for this API, by name.
    pub keys: BTreeMap<String, Key>,
    /// How each request proves which account it is from.
    pub auth: Auth,
    /// Where access tokens come from, for an API that takes a bearer token (RFC 6750, 2.1); `None` for all others.
    pub oauth2: Option<Oauth2>,
    /// Whether the vendor documents that a request which is repeated under the same idempotency key sends nothing again.
    pub idempotent: bool,
    /// The request that sends a message.
    pub request: Request,
    /// A request that sends nothing, and shows whether host and credentials are right; `None` where the API has none.
    pub probe: Option<Probe>,
    /// Which answers mean that the provider took the message.
    pub accepted: Accepted,
    /// What all other answers mean.
    pub errors: Errors,
}

/// Where an API is. Only keys that are not secret may be filled in, since this URL is shown to people.
#[derive(Debug, Clone)]
pub struct BaseUrl {
    /// The template as the file has it, without a trailing slash.
    pub source: String,
    /// The same template, compiled.
    pub template: Text,
}

impl Definition {
    /// The URL of the API for an account with these keys; empty where the definition has none, or a key is missing.
    #[must_use]
    pub fn base_url(&self, keys: &[(String, Secret)]) -> String {
        let Some(base_url) = &self.base_url else { return String::new() };
        base_url.template.of_keys(self.carries, keys).unwrap_or_default()
    }
}

impl std::fmt::Debug for Definition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Definition").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A key of `[providers.<name>]`, as the definition's `[settings]` describes it.
#[derive(Debug, Clone, Default)]
pub struct Key {
    /// What the value is and where to find it, in a few words for people.
    pub about: String,
    /// Whether the value is a credential, which nothing may show.
    pub secret: bool,
    /// Whether the configuration may leave the key out.
    pub optional: bool,
    /// Another key that makes this one unnecessary; `None` for most.
    pub unless: Option<String>,
    /// Another key that makes this one necessary; `None` for most.
    pub with: Option<String>,
    /// The pattern that a value has to match; `None` takes any value.
    pub matches: Option<Regex>,
    /// The value to use when the configuration does not set the key; `None` for a key without a default.
    pub default: Option<String>,
}

/// How a request proves which account it is from.
#[derive(Debug, Clone, Default)]
pub struct Auth {
    /// The user name and the password of HTTP's basic authentication (RFC 7617); `None` where the API wants neither.
    pub basic: Option<(Text, Text)>,
    /// What a request is signed with by AWS Signature Version 4; `None` for every API but Amazon's.
    pub aws: Option<Aws>,
    /// The headers of each request by name, credentials among them. A header whose value renders empty is left out.
    pub headers: Vec<(HeaderName, Text)>,
}

/// An HTTP request of a definition, before its templates are filled in.
#[derive(Debug, Clone)]
pub struct Request {
    /// Whether the method is GET; otherwise it is POST.
    pub get: bool,
    /// What is appended to the base URL, percent-encoded.
    pub path: Text,
    /// The parameters behind the `?`; `None` for a URL without any.
    pub query: Option<Leaf>,
    /// The body, and the type that it is of.
    pub body: Body,
}

/// A request that sends no message, for `check --connect` and for a circuit breaker that wants to close.
#[derive(Debug, Clone)]
pub struct Probe {
    /// The request. Its templates may mention keys of the account; variables of a message are empty in it.
    pub request: Request,
    /// Which answers show that the account is fine; its `receipt` is `None`.
    pub accepted: Accepted,
    /// Codes, or HTTP statuses, that the provider answers to a key which may send and nothing else. They prove nothing
    /// against such a key.
    pub sending_only: Codes,
}

/// The body of a request, and the type it is of.
#[derive(Debug, Clone)]
pub enum Body {
    /// The request has no body.
    None,
    /// A body of `application/x-www-form-urlencoded`.
    Form(Leaf),
    /// A body of `application/json`.
    Json(Leaf),
    /// A body that is one template. The definition names its type among the headers.
    Text(Text),
}

/// Where the access tokens of an API come from. The credentials they are asked for with are configured.
#[derive(Debug, Clone)]
pub struct Oauth2 {
    /// The issuer and the scopes, which are the same for all accounts.
    pub defaults: Defaults,
    /// The key that names the mailbox which a service account acts for; `None` where the API has no mailboxes.
    pub mailbox: Option<String>,
}

/// What a request is signed with by AWS Signature Version 4.
#[derive(Debug, Clone)]
pub struct Aws {
    /// The name of the service in signatures, such as `sns`.
    pub service: String,
    /// The region, such as `eu-west-1`.
    pub region: Text,
    /// The access key's id, such as `AKIA…`.
    pub access_key_id: Text,
    /// The secret that belongs to that id.
    pub secret_access_key: Text,
    /// The session token of temporary credentials; `None`, or a template that renders empty, for a user's own key.
    pub session_token: Option<Text>,
}
