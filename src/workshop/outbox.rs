//! The pages of the outbox: the messages that arrived, newest first.

use std::path::Path as FilePath;
use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::inbox::{self, Scheme};
use super::shell::{Workshop, mail_page, missing};
use super::values::Choice;
use crate::delivery::outbox::Entry;

/// How many messages are listed. Older ones stay on the disk.
const SHOWN: usize = 100;

/// The outbox with its newest message.
pub(super) async fn newest(State(workshop): State<Arc<Workshop>>) -> Response {
    let entries = workshop.outbox.list().unwrap_or_default();
    page(&workshop, &entries, entries.first().map(|entry| entry.name.as_str()))
}

/// The outbox with the message of this file name.
pub(super) async fn message(State(workshop): State<Arc<Workshop>>, Path(name): Path<String>) -> Response {
    page(&workshop, &workshop.outbox.list().unwrap_or_default(), Some(&name))
}

/// The HTML body of a mail, for the frames of the page.
pub(super) async fn html(
    State(workshop): State<Arc<Workshop>>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let choice = Choice::read(query.unwrap_or_default().as_bytes());
    match workshop.outbox.read(&name).ok().and_then(|file| inbox::html(&file)) {
        Some(html) => mail_page(inbox::in_scheme(&html, Scheme::named(choice.scheme.as_deref()))),
        None => missing("There is no message of this name in the outbox."),
    }
}

/// The file of a message, as it is on the disk.
pub(super) async fn source(State(workshop): State<Arc<Workshop>>, Path(name): Path<String>) -> Response {
    match workshop.outbox.read(&name) {
        Ok(file) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], file).into_response(),
        Err(_) => missing("There is no message of this name in the outbox."),
    }
}

/// The outbox with the message `selected`; `None`: without any.
fn page(workshop: &Workshop, entries: &[Entry], selected: Option<&str>) -> Response {
    let rows: Vec<Value> = entries
        .iter()
        // Each row reads its file, so their number bounds the time that the page takes.
        .take(SHOWN)
        .map(|entry| row(workshop, entry, Some(entry.name.as_str()) == selected))
        .collect();
    let shown = match selected.map(|name| (name, workshop.outbox.read(name))) {
        None => Value::Null,
        Some((name, Ok(file))) => shown(workshop, name, &file),
        Some((_, Err(_))) => return workshop.missing("There is no message of this name in the outbox."),
    };
    let data = json!({ "title": "Outbox", "is_outbox": true, "rows": rows, "shown": shown });
    workshop.page(&workshop.snapshot.load(), entries, "outbox", data, &Choice::default())
}

/// The message in `file` for the page, with the addresses of its parts.
fn shown(workshop: &Workshop, name: &str, file: &[u8]) -> Value {
    let path = format!("/message/{name}");
    let mut shown = if is_mail(name) { inbox::mail(file) } else { text(file) };
    if let Value::Object(shown) = &mut shown {
        shown.insert("light".to_owned(), format!("{path}/html?scheme=light").into());
        shown.insert("dark".to_owned(), format!("{path}/html?scheme=dark").into());
        shown.insert("raw".to_owned(), format!("{path}/source").into());
        shown.insert("facts".to_owned(), facts(workshop, name));
    }
    shown
}

/// What the event says of a message: its code, its link, where its language comes from. Null for one of an earlier run.
fn facts(workshop: &Workshop, name: &str) -> Value {
    let Some(event) = workshop.events.of_message(name) else { return Value::Null };
    let tag = event.answered("template").and_then(|template| template.split_once('/')).map(|(_, tag)| tag);
    json!({
        "code": event.code(), "link": event.link().filter(|link| is_web(link)), "tag": tag, "language": event.language(),
        "event": event.number,
    })
}

/// Whether a link leads to a page, and does nothing else in a browser.
pub(super) fn is_web(link: &str) -> bool {
    link.starts_with("https://") || link.starts_with("http://")
}

/// The SMS in a file of the outbox for the page.
fn text(file: &[u8]) -> Value {
    let sms: Value = serde_json::from_slice(file).unwrap_or_default();
    let text = |name: &str| sms.get(name).and_then(Value::as_str);
    inbox::text(text("from"), text("to").unwrap_or_default(), text("text").unwrap_or_default())
}

fn is_mail(name: &str) -> bool {
    FilePath::new(name).extension().is_some_and(|extension| extension == "eml")
}

/// A message as an entry of the list.
fn row(workshop: &Workshop, entry: &Entry, selected: bool) -> Value {
    let file = workshop.outbox.read(&entry.name).unwrap_or_default();
    let shown = if entry.is_mail { inbox::mail(&file) } else { text(&file) };
    let title = if entry.is_mail { shown.get("subject") } else { shown.get("text") };
    let event = workshop.events.of_message(&entry.name);
    let template = event.as_deref().and_then(|event| event.answered("template"));
    json!({
        "name": entry.name, "is_mail": entry.is_mail, "title": title, "to": shown.get("to"), "selected": selected,
        "template": template,
        "at": humantime::format_rfc3339_seconds(entry.at).to_string(),
    })
}
