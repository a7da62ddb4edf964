//! `check --connect`: whether each provider can be reached, and knows us. Nothing is sent.

use std::collections::HashMap;

use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::cli::say;
use crate::delivery::{Connected, Fault, FaultKind, Provider, Stage, Transport};
use crate::outcome::{Fail, Outcome};

/// All at a time, each told as soon as it is known. Returns how many would take no message.
pub(super) async fn all(providers: HashMap<String, Provider>) -> usize {
    let mut connecting = JoinSet::new();
    for provider in providers.into_values() {
        connecting.spawn(async move {
            let started = Instant::now();
            let connected = provider.connect().await;
            if let Transport::Smtp(relay) = &provider.transport {
                relay.close().await;
            }
            (provider, connected, started.elapsed())
        });
    }
    let mut failed = 0;
    while let Some(joined) = connecting.join_next().await {
        let Ok((provider, connected, took)) = joined else {
            failed += 1;
            continue;
        };
        let (word, detail) = match &connected {
            Ok(Connected::Fine(detail)) => ("fine", detail.clone()),
            Ok(Connected::Untold(why)) => ("not told", why.clone()),
            Err(fault) => ("failed", fault.to_string()),
        };
        say(&format!("connect   {:<12} {word:<9} {:>5} ms  {detail}", provider.name, took.as_millis()));
        if let Err(fault) = connected {
            failed += 1;
            say(&format!("          {}", advice(&fault, &provider.transport)));
        }
    }
    failed
}

/// What to do about it.
fn advice(fault: &Fault, transport: &Transport) -> &'static str {
    match (fault.stage, fault.kind, transport) {
        (Stage::Connect, FaultKind::Timeout, Transport::Smtp(_)) => {
            "A blocked port shows like this. Most hosts block 25, some 465 and 587: try 587, 2525 or 2587, or the \
             provider's HTTP API."
        }
        (Stage::Connect | Stage::Starttls, ..) => {
            "Is it the right host, port and way of TLS, and may this machine reach it?"
        }
        (_, FaultKind::Timeout, _) => "It took the connection and did not answer in time.",
        (_, kind, _) => Outcome::Failed(Fail::from(kind)).sentence(),
    }
}
