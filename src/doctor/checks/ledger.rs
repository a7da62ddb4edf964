//! The ledger: whether the service could open it.

use std::sync::Arc;

use crate::doctor::check::Check;
use crate::doctor::finding::{Area, Told};
use crate::doctor::subject::Subject;
use crate::ledger::{self, Inspected};

pub(super) const CHECK: Check =
    Check { name: "ledger", area: Area::Ledger, run: |subject| Box::pin(run(subject)) };

async fn run(subject: Arc<Subject>) -> Vec<Told> {
    if !subject.is_complete() {
        return Vec::new();
    }
    let settings = subject.config.ledger.clone();
    match tokio::task::spawn_blocking(move || ledger::inspect(&settings)).await {
        Ok(Ok(Inspected::Absent)) => vec![Told::fine("there is no ledger yet, and `serve` can make it")],
        Ok(Ok(Inspected::Fine)) => vec![Told::fine("the ledger can be opened and written")],
        Ok(Ok(Inspected::Held)) => vec![Told::fine("the ledger can be read, and a running service holds it")],
        Ok(Err(error)) => vec![Told::fault(
            format!("The ledger can't be used: {:#}.", anyhow::Error::from(error)),
            "Correct `[ledger]`, or what it names; `clerk-courier ledger check` says more.",
        )],
        Err(_) => {
            vec![Told::unseen("The ledger could not be looked at.", "Run `clerk-courier ledger check`.")]
        }
    }
}
