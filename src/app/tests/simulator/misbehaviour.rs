//! Services that misbehave on purpose, to show that the properties notice.

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::map_response;
use axum::response::Response;

/// What a run's services do wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Misbehaviour {
    Nothing,
    /// A new process finds no ledger.
    Forgets,
    /// Codes never die: Clerk's events say that they are younger than they are.
    NeverExpires,
    /// An answer that should stop Svix is 500.
    NeverStops,
}

impl Misbehaviour {
    /// The routes of a service that misbehaves.
    pub(super) fn around(self, router: Router) -> Router {
        if self != Self::NeverStops {
            return router;
        }
        router.layer(map_response(|mut response: Response| async {
            if response.headers_mut().remove("webhook-delivery").is_some() {
                *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            }
            response
        }))
    }
}
