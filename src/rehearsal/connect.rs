//! Connecting without a message, for `check --connect` and `doctor`: finds out whether each provider can be reached and accepts our credentials. No message is sent.

use std::collections::HashMap;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::delivery::{Connected, Fault, FaultKind, Provider, Stage, Transport};
use crate::outcome::{Fail, Outcome};

/// The result of a connection that failed.
pub(crate) const FAILED: &str = "failed";

/// What came of connecting to one provider.
pub(crate) struct Met {
    /// The provider's name.
    pub(crate) provider: String,
    /// `fine`, `unknown` where connecting tells nothing, or `failed`.
    pub(crate) result: &'static str,
    /// How long it took.
    pub(crate) took: Duration,
    /// What the provider said, or what is wrong.
    pub(crate) detail: String,
    /// What to do about a failure.
    pub(crate) advice: Option<&'static str>,
}

/// Connects to all providers at the same time, and hands each result to `tell` as it comes. Returns how many would not take
/// messages.
pub(crate) async fn all(providers: HashMap<String, Provider>, mut tell: impl FnMut(Met)) -> usize {
    // Not one after the other: behind a blocked port each would take its whole time-out.
    let mut connecting = JoinSet::new();
    let count = providers.len();
    for provider in providers.into_values() {
        connecting.spawn(one(provider));
    }
    let mut fine = 0;
    while let Some(joined) = connecting.join_next().await {
        // A panic in the task is not among these. Whatever happened, this provider did not prove that it takes messages.
        if let Ok(met) = joined {
            fine += usize::from(met.result != FAILED);
            tell(met);
        }
    }
    count - fine
}

/// Connects to a provider and logs in.
pub(crate) async fn one(provider: Provider) -> Met {
    let started = Instant::now();
    let connected = provider.connect().await;
    if let Transport::Smtp(relay) = &provider.transport {
        // A client must say QUIT before it closes the connection (RFC 5321, 4.1.1.10).
        relay.close().await;
    }
    let (result, detail) = match &connected {
        Ok(Connected::Fine(detail)) => ("fine", detail.clone()),
        Ok(Connected::Untold(why)) => ("unknown", why.clone()),
        Err(fault) => (FAILED, fault.to_string()),
    };
    let advice = connected.as_ref().err().map(|fault| advice(fault, &provider.transport));
    Met { provider: provider.name.to_string(), result, took: started.elapsed(), detail, advice }
}

/// What the user can do about a failed connection.
fn advice(fault: &Fault, transport: &Transport) -> &'static str {
    match (fault.stage, fault.kind, transport) {
        (Stage::Connect, FaultKind::Timeout, Transport::Smtp(_)) => {
            "The port may be blocked: most hosting companies block 25, and some also block 465 and 587. Try 587, \
             2525 or 2587, or use the provider's HTTP API."
        }
        (Stage::Connect | Stage::Starttls, ..) => {
            "Check the host, the port and the kind of TLS, and whether a firewall blocks the connection."
        }
        // What a server says of the account comes with a code. A page that says nothing more is of another program.
        (_, _, Transport::Api(_)) if is_no_path(&fault.detail) => {
            "The server has no such path. Check `base_url`, and whether the address belongs to this API."
        }
        (_, FaultKind::Account, Transport::Smtp(_)) if fault.detail.contains("before STARTTLS") => {
            "The server takes a log-in only over TLS, and this URL does not ask for it: add ?tls=required to it."
        }
        (_, FaultKind::Timeout, _) => {
            "The server accepted the connection but did not answer in time. Check the port and the kind of TLS."
        }
        (_, kind, _) => Outcome::Failed(Fail::from(kind)).sentence(),
    }
}

/// Whether an API answered that there is no such path, and nothing that its definition understands as a code.
fn is_no_path(detail: &str) -> bool {
    detail.strip_prefix("HTTP 404").is_some_and(|rest| !rest.starts_with(", code"))
}
