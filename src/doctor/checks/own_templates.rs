//! Our templates: whether all of them compile and render.

use std::sync::Arc;

use crate::doctor::check::Check;
use crate::doctor::finding::{Area, Told};
use crate::doctor::subject::Subject;
use crate::message::Channel;
use crate::template::Templates;

pub(super) const CHECK: Check =
    Check { name: "own_templates", area: Area::Configuration, run: |subject| Box::pin(run(subject)) };

async fn run(subject: Arc<Subject>) -> Vec<Told> {
    let section = subject.config.templates.clone();
    let load = move || Templates::load(Some(&section.dir), &section.default_locale);
    match tokio::task::spawn_blocking(load).await {
        Ok(Ok(set)) => {
            let count = |channel| set.slugs(channel).count();
            vec![Told::fine(format!(
                "{} mail and {} SMS templates in {} languages",
                count(Channel::Email),
                count(Channel::Sms),
                set.locales().count()
            ))]
        }
        Ok(Err(faults)) => {
            let first = faults.first().map(ToString::to_string).unwrap_or_default();
            vec![Told::fault(
                format!(
                    "{} faults in templates, so `serve` does not start; the first one: {first}",
                    faults.len()
                ),
                "Run `clerk-courier check --templates`, which names all of them by file and line.",
            )]
        }
        Err(_) => {
            vec![Told::fault("A template made its renderer fail.", "Run `clerk-courier check --templates`.")]
        }
    }
}
