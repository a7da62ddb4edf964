//! The workshop: templates and the outbox in the browser, for this machine's browser alone.

mod letter;
mod outbox;
mod send;
mod setting;
mod template;
mod values;
mod watch;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use handlebars::Handlebars;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use self::setting::{Fault, Setting};
use self::values::Choice;
use self::watch::Stamp;
use crate::app::BuildError;
use crate::clock::{Clock, millis};
use crate::compose;
use crate::config::Config;
use crate::delivery::outbox::{Entry, Outbox};
use crate::message::Channel;

/// The playground's configuration, as it was read, and how its files looked then.
pub(super) struct Origin {
    file: PathBuf,
    config: Config,
    stamp: Stamp,
}

impl Origin {
    pub(super) fn new(file: &Path, config: &Config) -> Self {
        let stamp = Stamp::take(file, &config.templates.dir);
        Self { file: file.to_owned(), config: config.clone(), stamp }
    }
}

/// What the pages are made from.
pub(super) struct Workshop {
    outbox: Outbox,
    /// Where this server listens: `127.0.0.1:8081`.
    address: SocketAddr,
    /// The configuration; need not exist.
    file: PathBuf,
    /// The receiver's.
    words: compose::Current,
    setting: ArcSwap<Setting>,
    /// Distinguishes this run from an earlier one that a page may be left over from.
    started: u64,
    pages: Handlebars<'static>,
}

impl Workshop {
    /// Serves `words`, and puts others in their place when the files change, until the task is aborted. `failed` is why
    /// the words are not those of the files.
    pub(super) fn open(
        origin: Origin,
        failed: Option<&BuildError>,
        outbox: Outbox,
        words: compose::Current,
        address: SocketAddr,
    ) -> anyhow::Result<(Router, JoinHandle<()>)> {
        let Origin { file, config, stamp } = origin;
        let faults = failed.map(|error| Fault::of_build(error, &config.templates.dir, &file));
        let mut setting = Setting::new(words.load_full(), config, &file);
        if let Some(faults) = faults {
            setting.faults = faults;
            setting.instead = "the built-in ones are used";
        }
        let workshop = Arc::new(Self {
            outbox,
            address,
            file,
            words,
            setting: ArcSwap::from_pointee(setting),
            started: millis(Clock::System.now()),
            pages: pages()?,
        });
        let watching = tokio::spawn(watch::watch(Arc::clone(&workshop), stamp));
        Ok((router(workshop), watching))
    }

    fn newest(&self) -> Option<String> {
        self.outbox.list().ok()?.into_iter().next().map(|entry| entry.name)
    }

    fn revision(&self, count: u64) -> String {
        format!("{}-{count}", self.started)
    }

    /// A page around `data`, which was made from `setting` and, where it shows any of it, `outbox`.
    fn page(
        &self,
        setting: &Setting,
        outbox: &[Entry],
        name: &str,
        mut data: Value,
        choice: &Choice,
    ) -> Response {
        let view = choice.view.as_deref().filter(|view| VIEWS.contains(view)).unwrap_or("desktop");
        let scheme = if choice.scheme.as_deref() == Some("dark") { "dark" } else { "light" };
        let links = |channel| links(setting, channel, &data, choice);
        let (mails, texts) = (links(Channel::Email), links(Channel::Sms));
        if let Value::Object(data) = &mut data {
            let around = [
                ("faults", json!(setting.faults)),
                ("instead", json!(setting.instead)),
                ("revision", json!(self.revision(setting.read))),
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
fn links(setting: &Setting, channel: Channel, page: &Value, choice: &Choice) -> Value {
    let is_shown = |name: &str, value: &str| page.get(name).and_then(Value::as_str) == Some(value);
    let query = choice.elsewhere().query();
    let link = |slug: &str| {
        let href = format!("/template/{}/{slug}?{query}", channel.as_str());
        let selected = is_shown("slug", slug) && is_shown("channel", channel.as_str());
        json!({ "slug": slug, "title": title(slug), "href": href, "selected": selected })
    };
    setting.words.templates.slugs(channel).map(link).collect()
}

/// How a mail can be looked at.
const VIEWS: [&str; 5] = ["desktop", "phone", "text", "headers", "source"];

/// For our own pages.
const POLICY: &str = "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'";

/// For mail: nothing in it may run, and nothing but pictures is loaded.
const MAIL_POLICY: &str = "default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox";

fn pages() -> anyhow::Result<Handlebars<'static>> {
    let mut pages = Handlebars::new();
    // Texts are shown as they are, wherever their partial stands.
    pages.set_prevent_indent(true);
    for (name, source) in [
        ("shell", include_str!("workshop/shell.html.hbs")),
        ("fault", include_str!("workshop/fault.html.hbs")),
        ("shown", include_str!("workshop/shown.html.hbs")),
        ("outbox", include_str!("workshop/outbox.html.hbs")),
        ("template", include_str!("workshop/template.html.hbs")),
        ("send", include_str!("workshop/send.html.hbs")),
    ] {
        pages.register_template_string(name, source)?;
    }
    Ok(pages)
}

fn router(workshop: Arc<Workshop>) -> Router {
    Router::new()
        .route("/", get(outbox::newest))
        .route("/message/{name}", get(outbox::message))
        .route("/message/{name}/html", get(outbox::html))
        .route("/message/{name}/source", get(outbox::source))
        .route("/template/{channel}/{slug}", get(template::show))
        .route("/template/{channel}/{slug}/html", get(template::html))
        .route("/template/{channel}/{slug}/source", get(template::source))
        .route("/template/{channel}/{slug}/send", post(send::send))
        .route("/state", get(state))
        .route("/style.css", get(style))
        .route("/page.js", get(script))
        .route("/icon.svg", get(icon))
        .fallback(|| async { missing("There is no such page.") })
        .layer(middleware::from_fn_with_state(Arc::clone(&workshop), this_machine_only))
        .with_state(workshop)
}

/// Messages hold codes and links. A tunnel to this machine also comes from loopback, and so does any web page that asks
/// its visitor's browser: both name another host.
async fn this_machine_only(State(workshop): State<Arc<Workshop>>, request: Request, next: Next) -> Response {
    if !is_local(request.method(), request.headers(), workshop.address) {
        let reason = "The workshop answers this machine's own browser only: open it as http://127.0.0.1 or http://localhost.\n";
        return (StatusCode::FORBIDDEN, reason).into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // `no-referrer` would make a browser hide the origin of our own forms too.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}

/// A request that does something must say where it comes from. `address` is where the workshop listens, on loopback.
fn is_local(method: &Method, headers: &HeaderMap, address: SocketAddr) -> bool {
    let with_port = |name: &str| format!("{name}:{}", address.port());
    let mut names =
        vec![address.to_string(), with_port("127.0.0.1"), with_port("localhost"), with_port("[::1]")];
    if address.port() == 80 {
        // A browser leaves out the port that http has.
        names.extend(names.clone().iter().filter_map(|name| name.strip_suffix(":80")).map(str::to_owned));
    }
    let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or_default());
    let host = text(header::HOST).is_some_and(|host| names.iter().any(|name| name == host));
    let origin = match text(header::ORIGIN).map(|origin| origin.strip_prefix("http://")) {
        Some(origin) => origin.is_some_and(|origin| names.iter().any(|name| name == origin)),
        None => method.is_safe(),
    };
    host && origin
}

/// What a page asks for again and again, to know when it is out of date.
async fn state(State(workshop): State<Arc<Workshop>>) -> impl IntoResponse {
    let revision = workshop.revision(workshop.setting.load().read);
    let state = json!({ "revision": revision, "newest": workshop.newest() });
    ([(header::CONTENT_TYPE, "application/json")], state.to_string())
}

async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("workshop/style.css"))
}

async fn script() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("workshop/page.js"))
}

async fn icon() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "image/svg+xml")], include_str!("workshop/icon.svg"))
}

/// A mail's HTML, as a mail client would get it.
fn mail_page(html: String) -> Response {
    ([(header::CONTENT_SECURITY_POLICY, MAIL_POLICY)], Html(html)).into_response()
}

fn missing(what: &str) -> Response {
    (StatusCode::NOT_FOUND, format!("{what}\n")).into_response()
}

/// `verification_code` as a title.
fn title(slug: &str) -> String {
    let words = slug.replace('_', " ");
    let mut chars = words.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machines_own_browser_is_let_in() {
        let judge = |method: Method, host: Option<&'static str>, origin: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            host.map(|host| headers.insert(header::HOST, HeaderValue::from_static(host)));
            origin.map(|origin| headers.insert(header::ORIGIN, HeaderValue::from_static(origin)));
            is_local(&method, &headers, SocketAddr::from(([127, 0, 0, 1], 8081)))
        };
        assert!(judge(Method::GET, Some("127.0.0.1:8081"), None));
        assert!(judge(Method::GET, Some("[::1]:8081"), None));
        for method in [Method::GET, Method::POST] {
            assert!(judge(method.clone(), Some("localhost:8081"), Some("http://localhost:8081")));
            for (host, origin) in [
                (None, None),
                (Some("abc.tunnel.example"), None),
                (Some("127.0.0.1"), None),
                (Some("localhost:8080"), None),
                (Some("127.0.0.1:8081.evil.example"), None),
                (Some("127.0.0.1:8081"), Some("https://evil.example")),
                (Some("127.0.0.1:8081"), Some("null")),
            ] {
                assert!(!judge(method.clone(), host, origin), "{method} {host:?} {origin:?}");
            }
        }
        assert!(!judge(Method::POST, Some("127.0.0.1:8081"), None), "whose request is it?");
    }

    #[test]
    fn the_address_that_the_workshop_listens_on_is_let_in() {
        for address in ["127.0.0.2:8081", "127.1.2.3:80", "[::1]:8081"] {
            let let_in = |host: &str, listens: &str| {
                let headers = [(header::HOST, HeaderValue::from_str(host).unwrap())].into_iter().collect();
                is_local(&Method::GET, &headers, listens.parse().unwrap())
            };
            assert!(let_in(address, address), "{address}");
            assert!(!let_in("127.0.0.9:8081", address), "{address}");
            assert_eq!(let_in("127.1.2.3", address), address == "127.1.2.3:80");
        }
    }

    #[test]
    fn a_slug_reads_as_a_title() {
        assert_eq!(title("verification_code"), "Verification code");
        assert_eq!(title(""), "");
    }
}
