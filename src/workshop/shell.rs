//! The frame around every page: the list of templates, the problems in the user's files, and the content security
//! policies.

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use handlebars::Handlebars;
use serde_json::{Value, json};

use super::seen::Events;
use super::snapshot::Snapshot;
use super::values::{Choice, WIDTH};
use crate::compose;
use crate::delivery::outbox::{Entry, Outbox};
use crate::message::Channel;
use crate::template::sample;

/// What all pages are made from.
pub(super) struct Workshop {
    /// The directory that every message goes to.
    pub(super) outbox: Outbox,
    /// What came to the receiver since the start.
    pub(super) events: Arc<Events>,
    /// The path of the configuration, which need not exist.
    pub(super) file: PathBuf,
    /// Renders the messages that arrive; replaced as a whole when the user's files change.
    pub(super) composer: compose::Current,
    /// The user's files as they were read last.
    pub(super) snapshot: ArcSwap<Snapshot>,
    /// When this process started, in milliseconds, so that a page that an earlier process served knows it is out of
    /// date.
    pub(super) started: u64,
    /// The pages' own templates, compiled.
    pub(super) pages: Handlebars<'static>,
}

impl Workshop {
    /// The file name of the message that arrived last; `None` while the outbox is empty or can't be read.
    pub(super) fn newest(&self) -> Option<String> {
        self.outbox.list().ok()?.into_iter().next().map(|entry| entry.name)
    }

    /// The name of the state after `count` readings of the user's files, different from those of earlier processes.
    pub(super) fn revision(&self, count: u64) -> String {
        format!("{}-{count}", self.started)
    }

    /// The page `name` filled with `data`, which must come from the same `snapshot` and `outbox` as the frame around
    /// it.
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
        let clerks = clerks(snapshot, &data, choice);
        if let Value::Object(data) = &mut data {
            let around = [
                ("faults", json!(snapshot.problems)),
                ("remarks", json!(snapshot.remarks)),
                ("instead", json!(snapshot.instead)),
                ("revision", json!(self.revision(snapshot.read))),
                ("newest", json!(outbox.first().map(|entry| &entry.name))),
                ("count", json!(outbox.len())),
                ("events", json!(self.events.count())),
                ("mails", mails),
                ("texts", texts),
                ("clerks", clerks),
                ("view", json!({ view: true })),
                ("width", json!(choice.width.as_deref().unwrap_or("480"))),
                ("scheme", json!({ scheme: true })),
            ];
            data.extend(around.map(|(name, value)| (name.to_owned(), value)));
        }
        match self.pages.render(name, &data) {
            Ok(page) => ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(page)).into_response(),
            Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
        }
    }

    /// The page with the answer 404, and a sentence on what is missing.
    pub(super) fn missing(&self, what: &str) -> Response {
        let data = json!({ "title": "Nothing is here", "what": what });
        let outbox = self.outbox.list().unwrap_or_default();
        let page = self.page(&self.snapshot.load(), &outbox, "missing", data, &Choice::default());
        (StatusCode::NOT_FOUND, page).into_response()
    }
}

/// The list entries of a channel's templates.
fn links(snapshot: &Snapshot, channel: Channel, page: &Value, choice: &Choice) -> Value {
    entries(snapshot.composer.templates.slugs(channel), channel, page, choice)
}

/// The list entries of mails that go out in Clerk's own words, since they have no template: billing, mostly.
fn clerks(snapshot: &Snapshot, page: &Value, choice: &Choice) -> Value {
    let slugs = sample::slugs(Channel::Email).into_iter();
    let without = slugs.filter(|slug| !snapshot.composer.templates.has(Channel::Email, slug));
    entries(without, Channel::Email, page, choice)
}

/// The list entries of these slugs; the entry of the template that `page` shows is selected.
fn entries<'s>(
    slugs: impl Iterator<Item = &'s str>,
    channel: Channel,
    page: &Value,
    choice: &Choice,
) -> Value {
    let is_shown = |name: &str, value: &str| page.get(name).and_then(Value::as_str) == Some(value);
    let query = choice.elsewhere().query();
    let link = |slug: &str| {
        let href = format!("/template/{}/{slug}?{query}", channel.as_str());
        let selected = is_shown("slug", slug) && is_shown("channel", channel.as_str());
        json!({ "slug": slug, "title": title(slug), "href": href, "selected": selected })
    };
    slugs.map(link).collect()
}

/// The views of a mail, as they are named in a page's address.
const VIEWS: [&str; 6] = ["desktop", "phone", WIDTH, "text", "headers", "source"];

/// The content security policy of our own pages: only our own style, script and frames. Without `frame-ancestors`, another
/// site could put a page into an invisible frame and have its visitor press "Send".
const POLICY: &str = "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'";

/// The content security policy of a mail: no script runs, no form is sent, and nothing is loaded except images. Styles are
/// let through, since mails have them inline, and links open in a page of their own.
const MAIL_POLICY: &str = "default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline'; frame-ancestors 'self'; \
     sandbox allow-popups allow-popups-to-escape-sandbox";

/// Compiles the templates of the pages.
pub(super) fn pages() -> anyhow::Result<Handlebars<'static>> {
    let mut pages = Handlebars::new();
    // Handlebars would indent the lines of a partial, and with them the text of a mail inside `<pre>`.
    pages.set_prevent_indent(true);
    for (name, source) in [
        ("shell", include_str!("shell.html.hbs")),
        ("fault", include_str!("fault.html.hbs")),
        ("shown", include_str!("shown.html.hbs")),
        ("pieces", include_str!("pieces.html.hbs").trim_end()),
        ("outbox", include_str!("outbox.html.hbs")),
        ("events", include_str!("events.html.hbs")),
        ("template", include_str!("template.html.hbs")),
        ("send", include_str!("send.html.hbs")),
        ("languages", include_str!("languages.html.hbs")),
        ("missing", include_str!("missing.html.hbs")),
    ] {
        pages.register_template_string(name, source)?;
    }
    Ok(pages)
}

/// The answer with a mail's HTML, for a frame that must not run anything in it.
pub(super) fn mail_page(html: String) -> Response {
    ([(header::CONTENT_SECURITY_POLICY, MAIL_POLICY)], Html(html)).into_response()
}

/// The answer 404 in place of a part of a page, with a sentence on what is missing.
pub(super) fn missing(what: &str) -> Response {
    (StatusCode::NOT_FOUND, format!("{what}\n")).into_response()
}

/// A slug as a title: `verification_code` becomes `Verification code`.
pub(super) fn title(slug: &str) -> String {
    let words = slug.replace('_', " ").replace("mfa", "MFA").replace("sms", "SMS");
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
