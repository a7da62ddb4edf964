//! Requests that are not for the webhook's path.
//!
//! A POST among them may come from Clerk, whose dashboard has a URL that is not quite right. Then every code is lost, and
//! this is the only place that notices.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};

use super::service::Service;
use crate::telemetry::metrics::Elsewhere;

/// The words of a path that are logged. Any other part of it may be an address or a credential, and is shown as `*`.
const WORDS: [&str; 12] = [
    "api", "clerk", "email", "events", "healthz", "hook", "hooks", "readyz", "sms", "svix", "webhook",
    "webhooks",
];

/// How many parts of a path are logged; what comes after them is left out.
const PARTS: usize = 8;

/// The answer at a path that is not the webhook's.
pub(super) const NOT_FOUND: (StatusCode, &str) = (
    StatusCode::NOT_FOUND,
    "There is nothing at this address. The path for webhooks is `clerk.path` in the configuration.\n",
);

/// The answer at a path that exists, to a method that it does not accept.
pub(super) const WRONG_METHOD: (StatusCode, &str) =
    (StatusCode::METHOD_NOT_ALLOWED, "This path does not accept this method.\n");

/// Gives `answer`, after counting a POST request and maybe logging a line about it.
pub(super) fn answer(
    answer: (StatusCode, &'static str),
    State(service): &State<Arc<Service>>,
    request: &Request,
) -> (StatusCode, &'static str) {
    if request.method() == Method::POST {
        note(service, request.uri().path(), request.headers());
    }
    answer
}

fn note(service: &Service, path: &str, headers: &HeaderMap) {
    let is_svix = ["svix-id", "webhook-id"].iter().any(|name| headers.contains_key(*name));
    let labels = Elsewhere { svix: if is_svix { "yes" } else { "no" } };
    service.pipeline.metrics.elsewhere.get_or_create(&labels).inc();
    let (lines, now) = (&service.elsewhere, Instant::now());
    if is_svix {
        if let Some(requests) = lines.svix.count(now) {
            tracing::warn!(
                http.path = shown(path),
                http.requests = requests,
                "a webhook came to a path that is not `clerk.path`, so its message was not delivered: correct the \
                 endpoint's URL in Clerk's dashboard, or `clerk.path`"
            );
        }
    } else if let Some(requests) = lines.other.count(now) {
        tracing::info!(
            http.path = shown(path),
            http.requests = requests,
            "a POST request came to a path that is not `clerk.path`"
        );
    }
}

/// The path for a log line: without its query, and with `*` for each part that is not one of the [`WORDS`].
fn shown(path: &str) -> String {
    let is_shown = |part: &str| part.is_empty() || WORDS.contains(&part);
    let word = |part| if is_shown(part) { part } else { "*" };
    path.split('/').take(PARTS).map(word).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_words_of_a_path_are_shown() {
        for (path, seen) in [
            ("/webhook/clerk", "/webhook/clerk"),
            ("//webhooks/clerk//", "//webhooks/clerk//"),
            ("/api/webhooks/whsec_abc", "/api/webhooks/*"),
            ("/vermeer.lodge@mail.example/clerk", "/*/clerk"),
            ("*", "*"),
            ("/a/a/a/a/a/a/a/a/a/a", "/*/*/*/*/*/*/*"),
        ] {
            assert_eq!(shown(path), seen);
        }
    }
}
