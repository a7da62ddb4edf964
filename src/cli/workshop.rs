//! The workshop: the outbox in the browser, for this machine's browser alone.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use handlebars::Handlebars;
use mailparse::{MailHeaderMap as _, ParsedMail};
use serde_json::{Value, json};

use crate::delivery::outbox::{Entry, Outbox};

/// What the pages are made from.
pub(super) struct Workshop {
    pub(super) outbox: Outbox,
    /// `127.0.0.1:8081`: what a browser on this machine calls this server.
    pub(super) port: u16,
    pages: Handlebars<'static>,
}

impl Workshop {
    pub(super) fn new(outbox: Outbox, port: u16) -> anyhow::Result<Self> {
        let mut pages = Handlebars::new();
        pages.register_template_string("page", include_str!("workshop/page.html.hbs"))?;
        Ok(Self { outbox, port, pages })
    }
}

pub(super) fn router(workshop: Workshop) -> Router {
    let workshop = Arc::new(workshop);
    Router::new()
        .route("/", get(newest))
        .route("/style.css", get(style))
        .route("/page.js", get(script))
        .route("/newest", get(newest_name))
        .route("/message/{name}", get(message))
        .route("/message/{name}/html", get(html))
        .route("/message/{name}/source", get(source))
        .layer(middleware::from_fn_with_state(Arc::clone(&workshop), this_machine_only))
        .with_state(workshop)
}

/// Messages hold codes and links. A tunnel to this machine also comes from loopback, and so does any web page that asks
/// its visitor's browser: both name another host.
async fn this_machine_only(State(workshop): State<Arc<Workshop>>, request: Request, next: Next) -> Response {
    if !is_local(request.headers(), workshop.port) {
        let reason = "The workshop answers this machine's own browser only: open it as http://127.0.0.1 or http://localhost.\n";
        return (StatusCode::FORBIDDEN, reason).into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

fn is_local(headers: &HeaderMap, port: u16) -> bool {
    let names = ["127.0.0.1", "localhost", "[::1]"].map(|name| format!("{name}:{port}"));
    let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or_default());
    let host = text(header::HOST).is_some_and(|host| names.iter().any(|name| name == host));
    let origin = text(header::ORIGIN).is_none_or(|origin| {
        origin.strip_prefix("http://").is_some_and(|origin| names.iter().any(|name| name == origin))
    });
    host && origin
}

async fn newest(State(workshop): State<Arc<Workshop>>) -> Response {
    let name = workshop.outbox.list().ok().and_then(|list| list.into_iter().next()).map(|entry| entry.name);
    page(&workshop, name.as_deref())
}

async fn message(State(workshop): State<Arc<Workshop>>, Path(name): Path<String>) -> Response {
    page(&workshop, Some(&name))
}

async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("workshop/style.css"))
}

async fn script() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("workshop/page.js"))
}

/// The newest message's name: the page asks for it each second, and loads itself anew when there is another.
async fn newest_name(State(workshop): State<Arc<Workshop>>) -> String {
    workshop
        .outbox
        .list()
        .ok()
        .and_then(|list| list.into_iter().next())
        .map(|entry| entry.name)
        .unwrap_or_default()
}

/// The HTML body as a mail client would get it; nothing in it may run.
async fn html(State(workshop): State<Arc<Workshop>>, Path(name): Path<String>) -> Response {
    let body = workshop.outbox.read(&name).ok().and_then(|file| part(&file, "text/html"));
    let Some(body) = body else { return missing() };
    let policy = "default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline'; sandbox";
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(body)).into_response()
}

async fn source(State(workshop): State<Arc<Workshop>>, Path(name): Path<String>) -> Response {
    match workshop.outbox.read(&name) {
        Ok(file) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], file).into_response(),
        Err(_) => missing(),
    }
}

fn missing() -> Response {
    (StatusCode::NOT_FOUND, "There is no such message in the outbox.\n").into_response()
}

fn page(workshop: &Workshop, selected: Option<&str>) -> Response {
    let entries = workshop.outbox.list().unwrap_or_default();
    let rows: Vec<Value> = entries
        .iter()
        .take(100)
        .map(|entry| row(workshop, entry, Some(entry.name.as_str()) == selected))
        .collect();
    let shown = match selected {
        Some(name) => match workshop.outbox.read(name) {
            Ok(file) => {
                if is_mail(name) {
                    mail(name, &file)
                } else {
                    text_message(name, &file)
                }
            }
            Err(_) => return missing(),
        },
        None => Value::Null,
    };
    let newest = entries.first().map(|entry| entry.name.as_str());
    let data = json!({ "rows": rows, "count": entries.len(), "shown": shown, "newest": newest });
    match workshop.pages.render("page", &data) {
        Ok(page) => {
            ([(header::CONTENT_SECURITY_POLICY, "default-src 'self'; frame-ancestors 'none'")], Html(page))
                .into_response()
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

fn is_mail(name: &str) -> bool {
    std::path::Path::new(name).extension().is_some_and(|extension| extension == "eml")
}

fn row(workshop: &Workshop, entry: &Entry, selected: bool) -> Value {
    let file = workshop.outbox.read(&entry.name).unwrap_or_default();
    let (title, to) = if entry.is_mail {
        let mail = mailparse::parse_mail(&file).ok();
        let header = |name: &str| {
            mail.as_ref().and_then(|mail| mail.headers.get_first_value(name)).unwrap_or_default()
        };
        (header("Subject"), header("To"))
    } else {
        let sms: Value = serde_json::from_slice(&file).unwrap_or_default();
        let text = |name: &str| sms.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        (text("text"), text("to"))
    };
    json!({
        "name": entry.name, "is_mail": entry.is_mail, "title": title, "to": to, "selected": selected,
        "at": humantime::format_rfc3339_seconds(entry.at).to_string(),
    })
}

fn mail(name: &str, file: &[u8]) -> Value {
    let Ok(mail) = mailparse::parse_mail(file) else { return Value::Null };
    let header = |name: &str| mail.headers.get_first_value(name).unwrap_or_default();
    let headers: Vec<Value> = mail
        .headers
        .iter()
        .map(|header| json!({ "name": header.get_key(), "value": header.get_value() }))
        .collect();
    json!({
        "is_mail": true, "name": name, "subject": header("Subject"), "from": header("From"), "to": header("To"),
        "has_html": body(&mail, "text/html").is_some(), "text": body(&mail, "text/plain"), "headers": headers,
        "bytes": file.len(),
    })
}

fn text_message(name: &str, file: &[u8]) -> Value {
    let mut sms: Value = serde_json::from_slice(file).unwrap_or_default();
    if let Value::Object(sms) = &mut sms {
        sms.insert("name".to_owned(), json!(name));
        sms.insert("is_mail".to_owned(), json!(false));
    }
    sms
}

fn part(file: &[u8], kind: &str) -> Option<String> {
    body(&mailparse::parse_mail(file).ok()?, kind)
}

fn body(mail: &ParsedMail<'_>, kind: &str) -> Option<String> {
    mail.parts().find(|part| part.ctype.mimetype == kind).and_then(|part| part.get_body().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machines_own_browser_is_let_in() {
        let judge = |host: Option<&'static str>, origin: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            host.map(|host| headers.insert(header::HOST, HeaderValue::from_static(host)));
            origin.map(|origin| headers.insert(header::ORIGIN, HeaderValue::from_static(origin)));
            is_local(&headers, 8081)
        };
        assert!(judge(Some("127.0.0.1:8081"), None));
        assert!(judge(Some("localhost:8081"), Some("http://localhost:8081")));
        assert!(judge(Some("[::1]:8081"), None));
        for (host, origin) in [
            (None, None),
            (Some("abc.tunnel.example"), None),
            (Some("127.0.0.1"), None),
            (Some("localhost:8080"), None),
            (Some("127.0.0.1:8081.evil.example"), None),
            (Some("127.0.0.1:8081"), Some("https://evil.example")),
            (Some("127.0.0.1:8081"), Some("null")),
        ] {
            assert!(!judge(host, origin), "{host:?} {origin:?}");
        }
    }
}
