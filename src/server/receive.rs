//! The webhook's handler: takes an HTTP request to the pipeline, and the pipeline's answer back.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::time::{Instant, timeout_at};

use super::bodies::Held;
use super::connections::Connection;
use super::service::Service;
use crate::outcome::{Answer, Fail, Outcome};
use crate::telemetry::traces::context::Context;
use crate::webhook::{Unverified, Verified};

/// How long a body may take to arrive. Svix sends it in one go, so a caller who takes longer is somebody else.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(3);

/// `POST /webhooks/clerk`: reads and verifies the request, then handles its message in a task of its own.
pub(super) async fn webhook(
    State(service): State<Arc<Service>>,
    Extension(connection): Extension<Arc<Connection>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    // Before the body is read, since Svix's 15 s have begun.
    let received = Instant::now();
    let deadline = received + service.pipeline.request_deadline;
    let turn_away = |answer: Answer| respond(&service.pipeline.turn_away(answer, received));
    let verified = match verified(&service, &headers, body, received).await {
        Ok(verified) => verified,
        Err(answer) => return turn_away(answer),
    };
    connection.has_signed();
    // Only now, after the signature: strangers must not take permits from signed messages. Draining is looked at again,
    // since it may have begun while the body came in.
    let traced = service.pipeline.traces.as_ref().and_then(|_| headers.get("traceparent"));
    let parent = traced.and_then(|value| Context::parse(value.to_str().ok()?));
    let permit = Arc::clone(&service.room).try_acquire_owned().ok().filter(|_| !service.is_draining());
    let Some(permit) = permit else { return turn_away(Outcome::Overloaded.into()) };
    let pipeline = Arc::clone(&service.pipeline);
    let task = service.tasks.spawn(async move { pipeline.handle(verified, received, parent, permit).await });
    match timeout_at(deadline, task).await {
        Ok(Ok(answer)) => respond(&answer),
        Ok(Err(panic)) => {
            tracing::error!(
                is_panic = panic.is_panic(),
                "the task of a message ended without an answer: please report this as a bug"
            );
            // The message's own report was lost with its task, so the request is logged and counted here.
            turn_away(Outcome::Failed(Fail::Internal).into())
        }
        // The task goes on. It settles the message and writes its log line when it is done, so that a retry finds out.
        Err(_) => respond(&Outcome::Failed(Fail::Deadline).into()),
    }
}

/// The request with its body, once its signature is checked. `received` is when its head was read.
///
/// # Errors
/// The answer to a request that is not taken: it has no signature or a wrong one, its body does not come in time or is too
/// large, or the service is about to stop.
async fn verified(
    service: &Service,
    headers: &HeaderMap,
    body: Body,
    received: Instant,
) -> Result<Verified<Vec<u8>>, Answer> {
    // A value beyond ASCII counts as missing: Svix sends none.
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    // Headers first: the body of a request that does not even look like Svix's is never read.
    let envelope =
        Unverified::new(header, ()).map_err(|error| Answer::because(Outcome::Malformed, &error))?;
    if service.is_draining() {
        return Err(Outcome::Overloaded.into());
    }
    let limit = received + service.pipeline.request_deadline.min(BODY_TIMEOUT);
    let body = timeout_at(limit, service.bodies.read(body))
        .await
        .map_err(|_| Answer::because(Outcome::Malformed, &"the body did not arrive in time"))??;
    let verified = service.pipeline.verify(envelope.with_body(body))?;
    Ok(verified.map(Held::into_bytes))
}

/// The HTTP form of an answer: its status, its JSON, and for a final failure the header that stops Svix.
fn respond(answer: &Answer) -> Response {
    let status = StatusCode::from_u16(answer.outcome.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let json = serde_json::to_vec(answer).unwrap_or_default();
    let mut response = (status, [(header::CONTENT_TYPE, "application/json")], json).into_response();
    if let Some(from) = answer.language_from {
        response.extensions_mut().insert(from);
    }
    if answer.outcome.aborts() {
        let abort = axum::http::HeaderValue::from_static("abort-message");
        response.headers_mut().insert("webhook-delivery", abort);
    }
    response
}

/// `GET /webhooks/clerk`: explains the address to a person who opens it in a browser.
pub(super) async fn explain() -> &'static str {
    "This is the address for Clerk's webhooks, which are sent as POST. Add it as an endpoint in Clerk's dashboard, and \
     subscribe it to email.created, sms.created, user.created, user.updated and user.deleted.\n"
}
