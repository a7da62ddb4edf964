//! Our templates: whether all of them compile and render.

use std::sync::Arc;

use crate::doctor::check::Check;
use crate::doctor::finding::{Area, Told};
use crate::doctor::subject::Subject;
use crate::message::Channel;

pub(super) const CHECK: Check =
    Check { name: "own_templates", area: Area::Configuration, run: |subject| Box::pin(run(subject)) };

async fn run(subject: Arc<Subject>) -> Vec<Told> {
    match subject.own_templates().await {
        Ok(set) => {
            let count = |channel| set.slugs(channel).count();
            vec![Told::fine(format!(
                "{} mail and {} SMS templates in {} languages",
                count(Channel::Email),
                count(Channel::Sms),
                set.locales().count()
            ))]
        }
        Err(faults) => {
            let first = faults.first().map_or_else(|| "the renderer failed".to_owned(), ToString::to_string);
            vec![Told::fault(
                format!(
                    "Templates have {} faults, so `serve` does not start; the first one: {first}",
                    faults.len()
                ),
                "Run `clerk-courier check --templates`, which names all of them by file and line.",
            )]
        }
    }
}
