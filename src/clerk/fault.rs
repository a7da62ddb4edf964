//! Why a request to Clerk's Backend API failed, and what to do about it.

use std::fmt;
use std::time::Duration;

/// What went wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 401: Clerk does not know the secret key.
    Key,
    /// 402: the instance's plan does not include it.
    Payment,
    /// 403: the key may not do this.
    Forbidden,
    /// 404: there is no such template, or no such API at this address.
    NotFound,
    /// 423: the template is locked.
    Locked,
    /// 429: too many requests, with the time to wait if Clerk said it.
    Throttled(Option<Duration>),
    /// Another status from 400 to 499: Clerk refuses this very request.
    Refused(u16),
    /// A status of 500 and above. Whether the request was carried out is not known.
    Server(u16),
    /// A redirect. It is not followed, since the secret key would go along.
    Redirect(u16),
    /// A success whose body is not what Clerk's documentation says.
    Shape,
    /// Clerk says of a template the opposite of what it was asked for.
    Contradicts,
    /// There was no connection, so nothing was sent.
    Unreachable,
    /// The connection broke, or there was no answer in time. Whether the request was carried out is not known.
    Lost,
}

/// A request that failed. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What went wrong, for decisions.
    pub kind: Kind,
    /// What Clerk said of it, or the network; empty if nobody said anything. One line without control characters.
    pub said: String,
}

impl Fault {
    /// A fault with what was said of it.
    pub(super) fn new(kind: Kind, said: impl Into<String>) -> Self {
        Self { kind, said: said.into() }
    }

    /// Whether the request may have been carried out although it failed.
    pub(super) fn may_have_worked(&self) -> bool {
        matches!(self.kind, Kind::Server(_) | Kind::Shape | Kind::Lost)
    }

    /// Whether other templates may be changed although this one can't be.
    pub(super) fn is_of_one_template(&self) -> bool {
        matches!(
            self.kind,
            Kind::Payment | Kind::NotFound | Kind::Locked | Kind::Refused(_) | Kind::Contradicts
        )
    }

    /// What failed, without what to do.
    #[must_use]
    pub fn what(&self) -> String {
        match self.kind {
            Kind::Key => "Clerk does not accept the secret key (401)".to_owned(),
            Kind::Payment => "the instance's plan does not include this (402)".to_owned(),
            Kind::Forbidden => "Clerk does not allow this with this key (403)".to_owned(),
            Kind::NotFound => "Clerk does not know this (404)".to_owned(),
            Kind::Locked => "the template is locked at Clerk (423)".to_owned(),
            Kind::Throttled(Some(wait)) => {
                format!("too many requests (429): Clerk asks to wait {}", humantime::format_duration(wait))
            }
            Kind::Throttled(None) => "too many requests (429)".to_owned(),
            Kind::Refused(status) => format!("Clerk refuses the request ({status})"),
            Kind::Server(status) => format!("Clerk has a fault of its own ({status})"),
            Kind::Redirect(status) => {
                format!("the API answers with a redirect ({status}), which is not followed")
            }
            Kind::Shape => "the answer does not have the shape that Clerk documents".to_owned(),
            Kind::Contradicts => "Clerk answered, but did not change it".to_owned(),
            Kind::Unreachable => "Clerk can't be reached".to_owned(),
            Kind::Lost => "Clerk's answer did not come".to_owned(),
        }
    }

    /// What the user can do about it.
    fn advice(&self) -> &'static str {
        match self.kind {
            Kind::Key => {
                "Copy the secret key of this instance from Clerk's dashboard (Configure > API keys) to CLERK_SECRET_KEY, \
                 `[clerk] secret_key` or its variant's `secret_key`."
            }
            Kind::Payment => "Look at the instance's plan in Clerk's dashboard (Billing).",
            Kind::Forbidden => "Use a secret key of the instance itself.",
            Kind::NotFound => {
                "Compare the slug with `clerk-courier clerk status`, and check `[clerk] api_url`."
            }
            Kind::Locked => {
                "Clerk's plan locks it: switch it in the dashboard, or ask Clerk's support to unlock it."
            }
            Kind::Throttled(_) => "Run the command again after that time.",
            Kind::Refused(_) | Kind::Contradicts => "Look at this template in Clerk's dashboard.",
            Kind::Server(_) | Kind::Lost => "Run the command again.",
            Kind::Redirect(_) | Kind::Shape => "Check `[clerk] api_url`: is it https://api.clerk.com/v1?",
            Kind::Unreachable => "Check the network, HTTPS_PROXY and `[clerk] api_url`.",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what())?;
        if !self.said.is_empty() {
            write!(f, ": {}", self.said)?;
        }
        let end = if self.said.ends_with(['.', '!', '?']) { "" } else { "." };
        write!(f, "{end} {}", self.advice())
    }
}

impl std::error::Error for Fault {}
