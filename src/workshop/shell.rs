//! The frame around every page: the list of templates, what is wrong with the user's files, and the policies that a
//! browser holds each page to.

use std::path::PathBuf;

use arc_swap::ArcSwap;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use handlebars::Handlebars;
use serde_json::{Value, json};

use super::snapshot::Snapshot;
use super::values::Choice;
use crate::compose;
use crate::delivery::outbox::{Entry, Outbox};
use crate::message::Channel;

/// What the pages are made from.
pub(super) struct Workshop {
    pub(super) outbox: Outbox,
    /// The configuration; need not exist.
    pub(super) file: PathBuf,
    /// The receiver's.
    pub(super) words: compose::Current,
    pub(super) snapshot: ArcSwap<Snapshot>,
    /// Distinguishes this run from an earlier one that a page may be left over from.
    pub(super) started: u64,
    pub(super) pages: Handlebars<'static>,
}

impl Workshop {
    pub(super) fn newest(&self) -> Option<String> {
        self.outbox.list().ok()?.into_iter().next().map(|entry| entry.name)
    }

    pub(super) fn revision(&self, count: u64) -> String {
        format!("{}-{count}", self.started)
    }

    /// A page around `data`, which was made from `snapshot` and, where it shows any of it, `outbox`.
    pub(super) fn page(
        &self,
        snapshot: &Snapshot,
        outbox: &[Entry],
        name: &str,
        mut data: Value,
        choice: &Choice,
    ) -> Response {
        let view = choice.view.as_deref().filter(|view| VIEWS.contains(view)).unwrap_or("desktop");
        let scheme = if choice.scheme.as_deref() == Some("dark") { "dark" } else { "light" };
        let links = |channel| links(snapshot, channel, &data, choice);
        let (mails, texts) = (links(Channel::Email), links(Channel::Sms));
        if let Value::Object(data) = &mut data {
            let around = [
                ("faults", json!(snapshot.faults)),
                ("instead", json!(snapshot.instead)),
                ("revision", json!(self.revision(snapshot.read))),
                ("newest", json!(outbox.first().map(|entry| &entry.name))),
                ("count", json!(outbox.len())),
                ("mails", mails),
                ("texts", texts),
                ("view", json!({ view: true })),
                ("scheme", json!({ scheme: true })),
            ];
            data.extend(around.map(|(name, value)| (name.to_owned(), value)));
        }
        match self.pages.render(name, &data) {
            Ok(page) => ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(page)).into_response(),
            Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
        }
    }
}

/// The templates of a channel, for the list beside `page`.
fn links(snapshot: &Snapshot, channel: Channel, page: &Value, choice: &Choice) -> Value {
    let is_shown = |name: &str, value: &str| page.get(name).and_then(Value::as_str) == Some(value);
    let query = choice.elsewhere().query();
    let link = |slug: &str| {
        let href = format!("/template/{}/{slug}?{query}", channel.as_str());
        let selected = is_shown("slug", slug) && is_shown("channel", channel.as_str());
        json!({ "slug": slug, "title": title(slug), "href": href, "selected": selected })
    };
    snapshot.words.templates.slugs(channel).map(link).collect()
}

/// How a mail can be looked at.
const VIEWS: [&str; 5] = ["desktop", "phone", "text", "headers", "source"];

/// For our own pages.
const POLICY: &str = "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'";

/// For mail: nothing in it may run, and nothing but pictures is loaded.
const MAIL_POLICY: &str = "default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox";

pub(super) fn pages() -> anyhow::Result<Handlebars<'static>> {
    let mut pages = Handlebars::new();
    // Texts are shown as they are, wherever their partial stands.
    pages.set_prevent_indent(true);
    for (name, source) in [
        ("shell", include_str!("shell.html.hbs")),
        ("fault", include_str!("fault.html.hbs")),
        ("shown", include_str!("shown.html.hbs")),
        ("outbox", include_str!("outbox.html.hbs")),
        ("template", include_str!("template.html.hbs")),
        ("send", include_str!("send.html.hbs")),
    ] {
        pages.register_template_string(name, source)?;
    }
    Ok(pages)
}

/// A mail's HTML, as a mail client would get it.
pub(super) fn mail_page(html: String) -> Response {
    ([(header::CONTENT_SECURITY_POLICY, MAIL_POLICY)], Html(html)).into_response()
}

pub(super) fn missing(what: &str) -> Response {
    (StatusCode::NOT_FOUND, format!("{what}\n")).into_response()
}

/// `verification_code` as a title.
pub(super) fn title(slug: &str) -> String {
    let words = slug.replace('_', " ");
    let mut chars = words.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_reads_as_a_title() {
        assert_eq!(title("verification_code"), "Verification code");
        assert_eq!(title(""), "");
    }
}
