//! The configuration: its mistakes, and what is allowed and most likely not meant.

use std::future::ready;

use crate::config::{Mistake, Mistakes};
use crate::doctor::check::Check;
use crate::doctor::finding::{Area, Told};
use crate::doctor::subject::Subject;

pub(super) const CHECK: Check =
    Check { name: "configuration", area: Area::Configuration, run: |subject| Box::pin(ready(run(&subject))) };

fn run(subject: &Subject) -> Vec<Told> {
    let mut told = subject.mistakes.as_ref().map(of_mistakes).unwrap_or_default();
    told.extend(subject.config.warnings.iter().map(|warning| {
        Told::warning(format!("{}: {warning}", subject.file), "Change that key, unless you mean it.")
    }));
    if told.is_empty() {
        told.push(Told::fine(format!("no mistake in {}", subject.file)));
    }
    told
}

/// A finding for each mistake.
pub(crate) fn of_mistakes(mistakes: &Mistakes) -> Vec<Told> {
    let told = |mistake: &Mistake| {
        let Mistake { position, variable, key, problem, hint } = mistake;
        let file = mistakes.file.display();
        let place = match (variable, position) {
            (Some(variable), _) => variable.clone(),
            (None, Some((line, column))) => format!("{file}:{line}:{column}"),
            (None, None) => file.to_string(),
        };
        let key = if key.is_empty() { String::new() } else { format!(" {key}") };
        let hint = if hint.is_empty() { "Correct it: `serve` does not start until then." } else { hint };
        Told::fault(format!("{place}:{key} {problem}"), hint)
    };
    mistakes.list.iter().map(told).collect()
}
