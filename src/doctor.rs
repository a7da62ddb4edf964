//! The doctor: looks at the whole chain from Clerk to the providers, and says in words what is wrong and what to do about it.
//!
//! `checks` is the list of what is looked at, one small file each. All of them run side by side, each with a limit, so that
//! one that hangs costs no other its finding.

mod answer;
mod check;
mod checks;
mod dns;
mod finding;
mod port;
mod senders;
mod spf;
mod subject;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

pub(crate) use dns::Dns;
pub(crate) use finding::{Area, Finding, Level, Told};
pub(crate) use subject::Subject;

use crate::config::Mistakes;

/// The longest time for a check. All of them start at once, so this is the longest time for the whole, too.
const WITHIN: Duration = Duration::from_millis(8500);

/// Makes all checks, and returns what they found in the order of the page.
pub(crate) async fn examine(subject: Subject) -> Vec<Finding> {
    let subject = Arc::new(subject);
    let running: Vec<_> = checks::ALL
        .iter()
        .map(|check| (check, tokio::spawn(timeout(WITHIN, (check.run)(Arc::clone(&subject))))))
        .collect();
    let mut findings = Vec::new();
    for (check, task) in running {
        let told = match task.await {
            Ok(Ok(told)) => told,
            Ok(Err(_)) => vec![Told::unseen(
                format!("The check `{}` did not end within {} s.", check.name, WITHIN.as_secs_f32()),
                "Check the network and DNS of this machine, and run this again.",
            )],
            Err(_) => vec![Told::unseen(
                format!("The check `{}` failed by a mistake of its own.", check.name),
                "Report it, with the version of clerk-courier.",
            )],
        };
        findings.extend(told.into_iter().map(|told| Finding { area: check.area, check: check.name, told }));
    }
    // Stable, so that findings of one level stay in the order of the checks.
    findings.sort_by_key(|finding| (finding.told.level, finding.area));
    findings
}

/// The mistakes of a configuration of which no part can be examined.
pub(crate) fn of_mistakes(mistakes: &Mistakes) -> Vec<Finding> {
    let told = checks::of_mistakes(mistakes).into_iter();
    told.map(|told| Finding { area: Area::Configuration, check: "configuration", told }).collect()
}
