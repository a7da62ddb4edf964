//! From an HTTP request to the pipeline and back.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use tokio::time::{Instant, timeout_at};

use super::Service;
use crate::outcome::{Answer, Fail, Outcome};
use crate::webhook::Unverified;

/// Svix sends 1 MiB at most.
const BODY_LIMIT: usize = 2 * 1024 * 1024;

/// Svix sends a body in one go; who takes longer is somebody else, and keeps room from those who don't.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(3);

/// How much of a body over the limit is read and thrown away, so that its sender sees the answer and no reset.
const DRAIN_LIMIT: usize = 16 * 1024 * 1024;

/// `POST /webhooks/clerk`
pub(super) async fn webhook(State(service): State<Arc<Service>>, headers: HeaderMap, body: Body) -> Response {
    let received = Instant::now();
    let deadline = received + service.pipeline.request_deadline;
    let turn_away = |answer: Answer| respond(&service.pipeline.turn_away(answer, received));
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    // Whoever does not even look like Svix takes no room.
    let envelope = match Unverified::new(header, ()) {
        Ok(envelope) => envelope,
        Err(refusal) => return turn_away(Answer::because(Outcome::Malformed, &refusal)),
    };
    let permit = Arc::clone(&service.room).try_acquire_owned().ok().filter(|_| !service.is_draining());
    let Some(permit) = permit else { return turn_away(Outcome::Overloaded.into()) };
    let body = match timeout_at(deadline.min(received + BODY_TIMEOUT), read(body)).await {
        Ok(Ok(body)) => body,
        Ok(Err(answer)) => return turn_away(answer),
        Err(_) => return turn_away(Answer::because(Outcome::Malformed, &"the body did not arrive in time")),
    };
    let request = envelope.with_body(body);
    let pipeline = Arc::clone(&service.pipeline);
    let task = service.tasks.spawn(async move {
        let _permit = permit;
        pipeline.handle(request, received).await
    });
    match timeout_at(deadline, task).await {
        Ok(Ok(answer)) => respond(&answer),
        Ok(Err(panic)) => {
            tracing::error!(is_panic = panic.is_panic(), "a message's task ended before its answer");
            turn_away(Outcome::Failed(Fail::Internal).into())
        }
        // The task goes on, and reports when it is done.
        Err(_) => respond(&Outcome::Failed(Fail::Deadline).into()),
    }
}

async fn read(mut body: Body) -> Result<Bytes, Answer> {
    match Limited::new(&mut body, BODY_LIMIT).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            let mut room = DRAIN_LIMIT;
            while let Some(Ok(frame)) = body.frame().await {
                room = room.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
                if room == 0 {
                    break;
                }
            }
            Err(Outcome::TooLarge.into())
        }
        Err(_) => Err(Answer::because(Outcome::Malformed, &"the body was cut off")),
    }
}

fn respond(answer: &Answer) -> Response {
    let status = StatusCode::from_u16(answer.outcome.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let json = serde_json::to_vec(answer).unwrap_or_default();
    let mut response = (status, [(header::CONTENT_TYPE, "application/json")], json).into_response();
    if answer.outcome.aborts() {
        let abort = axum::http::HeaderValue::from_static("abort-message");
        response.headers_mut().insert("webhook-delivery", abort);
    }
    response
}

/// `GET /webhooks/clerk`, for the person who opens it in a browser.
pub(super) async fn explain() -> &'static str {
    "Clerk's webhooks belong here, sent as POST: add this address as an endpoint in Clerk's dashboard and subscribe it \
     to email.created and sms.created.\n"
}

/// Any other path.
pub(super) async fn elsewhere() -> (StatusCode, &'static str) {
    (StatusCode::NOT_FOUND, "Nothing is here: the webhook's path is `clerk.path` in the configuration.\n")
}
