//! The workshop: the pages of `clerk-courier dev`, which show every template and the outbox, and only to a browser on
//! this machine.
//!
//! The pages work without JavaScript. `page.js` makes them follow what is typed and what is saved.

mod events;
mod guard;
mod inbox;
mod languages;
mod next;
mod offer;
mod outbox;
mod seen;
mod send;
mod shell;
mod snapshot;
mod template;
mod values;
mod variant;
mod watch;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::json;
use tokio::task::JoinHandle;

pub(crate) use self::seen::{Events, watch as watch_events};
use self::shell::Workshop;
use self::snapshot::{Problem, Snapshot};
use self::watch::Stamp;
use crate::app::BuildError;
use crate::clock::{Clock, millis};
use crate::compose;
use crate::config::Config;
use crate::delivery::outbox::Outbox;

/// The configuration that the workshop starts with, and how its files looked when it was read.
pub(crate) struct Origin {
    file: PathBuf,
    config: Config,
    stamp: Stamp,
}

impl Origin {
    /// Takes the stamp now, before anything slow, so that a file which changes while the service starts is read again.
    pub(crate) fn new(file: &Path, config: &Config) -> Self {
        let stamp = Stamp::take(file, &snapshot::dirs(config));
        Self { file: file.to_owned(), config: config.clone(), stamp }
    }
}

/// The pages, and the task that reads the user's files again when they change, which runs until it is aborted.
///
/// `composer` is the receiver's: what is saved also applies to messages that arrive. `failed` says why it is not made
/// from the user's files; the pages then show that.
///
/// # Errors
/// A page's own template can't be compiled.
pub(crate) fn open(
    origin: Origin,
    failed: Option<&BuildError>,
    outbox: Outbox,
    events: Arc<Events>,
    composer: compose::Current,
    address: SocketAddr,
) -> anyhow::Result<(Router, JoinHandle<()>)> {
    let Origin { file, config, stamp } = origin;
    let problems = failed.map(|error| Problem::of_build(error, &config.templates.dir, &file));
    // Of what the receiver renders with, so that a page shows what a message would look like.
    let mut snapshot = Snapshot::new(&composer.load(), config, &file);
    if let Some(problems) = problems {
        snapshot.problems = problems;
        snapshot.instead = "the built-in templates are used";
    }
    let workshop = Arc::new(Workshop {
        outbox,
        events,
        file,
        composer,
        snapshot: ArcSwap::from_pointee(snapshot),
        started: millis(Clock::System.now()),
        pages: shell::pages()?,
    });
    let watching = tokio::spawn(watch::watch(Arc::clone(&workshop), stamp));
    Ok((router(workshop, address), watching))
}

fn router(workshop: Arc<Workshop>, address: SocketAddr) -> Router {
    Router::new()
        .route("/", get(outbox::newest))
        .route("/events", get(events::page))
        .route("/outbox/next", get(next::next))
        .route("/message/{name}", get(outbox::message))
        .route("/message/{name}/html", get(outbox::html))
        .route("/message/{name}/source", get(outbox::source))
        .route("/languages/{channel}/{slug}", get(languages::show))
        .route("/template/{channel}/{slug}", get(template::show))
        .route("/template/{channel}/{slug}/html", get(template::html))
        .route("/template/{channel}/{slug}/source", get(template::source))
        .route("/template/{channel}/{slug}/send", post(send::send))
        .route("/state", get(state))
        .route("/style.css", get(style))
        .route("/page.js", get(script))
        .route("/icon.svg", get(icon))
        .fallback(nowhere)
        // After all routes: a layer guards what was added before it, here the fallback too.
        .layer(middleware::from_fn_with_state(address, guard::this_machine_only))
        .with_state(workshop)
}

async fn nowhere(State(workshop): State<Arc<Workshop>>) -> Response {
    workshop.missing("The workshop has no page at this address.")
}

/// What a page asks for several times a second, to learn whether it is out of date.
async fn state(State(workshop): State<Arc<Workshop>>) -> impl IntoResponse {
    let revision = workshop.revision(workshop.snapshot.load().read);
    let state =
        json!({ "revision": revision, "newest": workshop.newest(), "events": workshop.events.count() });
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
