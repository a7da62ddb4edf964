//! Every event that came to the receiver, with what happened to it. Those that send nothing are what one looks for here: a
//! wrong secret, a template that Clerk still delivers, an expired code.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use crate::clock::Clock;
use crate::outcome::LanguageSource;

/// How many events are kept. Older ones are forgotten.
pub(super) const KEPT: usize = 200;
/// The largest body that is kept, in bytes. Clerk's have a few thousand.
const LARGEST: usize = 256 * 1024;

/// The events of this run, the newest last.
#[derive(Debug, Default)]
pub(crate) struct Events(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// How many there have been.
    count: u64,
    kept: VecDeque<Arc<Event>>,
}

/// One event, and the answer to it.
#[derive(Debug)]
pub(super) struct Event {
    /// Counted from 1, for the address of its page.
    pub(super) number: u64,
    pub(super) at: SystemTime,
    pub(super) svix_id: Option<String>,
    /// The address that was asked for.
    pub(super) path: String,
    pub(super) status: u16,
    /// What was posted; null if it is not JSON, or too large.
    pub(super) posted: Value,
    /// What was answered.
    pub(super) answer: Value,
    language_from: Option<&'static str>,
}

impl Events {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        // What a thread that panicked left behind is whole: each change is one push.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many there have been since the start.
    pub(super) fn count(&self) -> u64 {
        self.lock().count
    }

    /// Those that are kept, newest first.
    pub(super) fn newest_first(&self) -> Vec<Arc<Event>> {
        self.lock().kept.iter().rev().cloned().collect()
    }

    /// The event that made the message in this file of the outbox; `None` if it came in an earlier run, or is not answered yet.
    pub(super) fn of_message(&self, name: &str) -> Option<Arc<Event>> {
        self.lock().kept.iter().rev().find(|seen| seen.message() == Some(name)).cloned()
    }

    fn add(&self, mut seen: Event) {
        let mut all = self.lock();
        all.count += 1;
        seen.number = all.count;
        all.kept.push_back(Arc::new(seen));
        if all.kept.len() > KEPT {
            all.kept.pop_front();
        }
    }
}

/// Answers as the receiver does, and keeps the event and the answer.
pub(crate) async fn watch(State(events): State<Arc<Events>>, request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let at = Clock::System.now();
    let path = request.uri().path().to_owned();
    let header = request.headers().get("svix-id").or_else(|| request.headers().get("webhook-id"));
    let svix_id = header.and_then(|id| id.to_str().ok()).map(str::to_owned);
    // A copy is made of what the receiver reads. It reads no more than without us, and no earlier.
    let copy = Arc::new(Mutex::new(Vec::new()));
    let copied = Arc::clone(&copy);
    let request = request.map(|body| {
        Body::new(body.map_frame(move |frame| {
            if let Some(data) = frame.data_ref() {
                let mut copied = copied.lock().unwrap_or_else(PoisonError::into_inner);
                let room = (LARGEST + 1).saturating_sub(copied.len());
                copied.extend_from_slice(data.get(..room.min(data.len())).unwrap_or_default());
            }
            frame
        }))
    });
    let (parts, body) = next.run(request).await.into_parts();
    let Ok(answer) = to_bytes(body, LARGEST).await else { return Response::from_parts(parts, Body::empty()) };
    let posted = {
        let copy = copy.lock().unwrap_or_else(PoisonError::into_inner);
        serde_json::from_slice(&copy).unwrap_or_default()
    };
    let text = || String::from_utf8_lossy(&answer).trim().to_owned();
    let said = serde_json::from_slice(&answer).unwrap_or_else(|_| json!({ "message": text() }));
    let language_from = parts.extensions.get::<LanguageSource>().map(|from| from.0);
    events.add(Event {
        number: 0,
        at,
        svix_id,
        path,
        status: parts.status.as_u16(),
        posted,
        answer: said,
        language_from,
    });
    Response::from_parts(parts, Body::from(answer))
}

impl Event {
    /// A text of the event, by its JSON pointer.
    pub(super) fn says(&self, pointer: &str) -> Option<&str> {
        self.posted.pointer(pointer).and_then(Value::as_str)
    }

    /// A text of the answer.
    pub(super) fn answered(&self, name: &str) -> Option<&str> {
        self.answer.get(name).and_then(Value::as_str)
    }

    /// The file of the message in the outbox; `None` if no message was made.
    pub(super) fn message(&self) -> Option<&str> {
        self.answered("provider_message_id")
    }

    /// Where the reader's language comes from, in words.
    pub(super) fn language(&self) -> Option<&'static str> {
        Some(match self.language_from? {
            "variable" => "from a variable of `locale_from`",
            "event" => "from the event",
            "user_event" => "from an event of the user",
            "backend_api" => "from Clerk's Backend API",
            "number" => "from the country of the phone number",
            "domain" => "from the country of the mail address",
            _ => "from `default_locale`, since nothing says which language the reader has",
        })
    }

    /// The code of the message, if it has one.
    pub(super) fn code(&self) -> Option<&str> {
        self.says("/data/data/otp_code")
    }

    /// The link that the message is for, or the first other one of its own.
    pub(super) fn link(&self) -> Option<&str> {
        ["magic_link", "action_url", "revoke_session_url"]
            .iter()
            .find_map(|name| self.says(&format!("/data/data/{name}")))
    }
}
