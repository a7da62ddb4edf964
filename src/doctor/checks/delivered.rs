//! Who delivers which of Clerk's templates, against what would happen to them here.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::clerk::Template;
use crate::doctor::check::Check;
use crate::doctor::finding::{self, Area, Told, listed};
use crate::doctor::subject::Subject;
use crate::message::Channel;

pub(super) const CHECK: Check =
    Check { name: "delivered", area: Area::Clerk, run: |subject| Box::pin(run(subject)) };

async fn run(subject: Arc<Subject>) -> Vec<Told> {
    let templates = match subject.templates().await {
        None => {
            let has_own = subject.when.as_ref().is_some_and(|when| when.instance.is_some());
            return vec![Told::unseen(
                "There is no secret key of Clerk's, so who delivers which template was not looked at.",
                if has_own {
                    "Set `secret_key` in the [[variant]] of this instance."
                } else {
                    "Set CLERK_SECRET_KEY, or `[clerk] secret_key`."
                },
            )];
        }
        Some(Err(told)) => return vec![told.clone()],
        Some(Ok(templates)) => templates,
    };
    // With faults, another check says so.
    let own = subject.own_templates().await.ok();
    let known: BTreeSet<(Channel, &str)> = own
        .into_iter()
        .flat_map(|set| {
            let of = |channel| set.slugs(channel).map(move |slug| (channel, slug));
            of(Channel::Email).chain(of(Channel::Sms)).collect::<Vec<_>>()
        })
        .collect();
    let is_known = |template: &Template| known.contains(&(template.channel, template.slug.as_str()));
    let names = |wanted: &dyn Fn(&Template) -> bool| {
        let found = templates.iter().filter(|template| template.enabled && wanted(template));
        found.map(|template| format!("{} {}", template.channel.as_str(), template.slug)).collect::<Vec<_>>()
    };
    let mut told = Vec::new();
    if templates.is_empty() {
        return vec![Told::warning(
            "Clerk lists no template at all for this secret key.",
            "Compare CLERK_SECRET_KEY with the instance in Clerk's dashboard.",
        )];
    }
    // Without providers in the configuration that was read, nothing can be said of them.
    if subject.is_complete() {
        let lost = names(&|it| !it.delivered_by_clerk && !is_sent(&subject, it));
        if !lost.is_empty() {
            told.push(Told::fault(
                format!(
                    "Clerk leaves {} to you that nobody sends here, since they have no provider: {}.",
                    finding::templates(lost.len()),
                    listed(&lost)
                ),
                "Configure `providers` for them, or give them back: `clerk-courier clerk handback SLUG…`.",
            ));
        }
        let switched_off = names(&|it| !it.delivered_by_clerk && !is_wanted(&subject, it));
        if !switched_off.is_empty() {
            told.push(Told::warning(
                format!("Clerk leaves {} to you that `send = false` switches off here: {}. Nobody gets them.", finding::templates(switched_off.len()), listed(&switched_off)),
                "Remove `send = false`, or give them back with `clerk-courier clerk handback SLUG…`, if anybody should get them.",
            ));
        }
        let forgotten = names(&|it| {
            it.delivered_by_clerk && is_known(it) && is_sent(&subject, it) && is_wanted(&subject, it)
        });
        if !forgotten.is_empty() {
            told.push(Told::warning(
                format!(
                    "Clerk still delivers {} that you have a template and a provider for: {}.",
                    finding::templates(forgotten.len()),
                    listed(&forgotten)
                ),
                "Take them over: `clerk-courier clerk takeover --all --url URL`.",
            ));
        }
    }
    let wordless = names(&|it| !it.delivered_by_clerk && !is_known(it) && is_wanted(&subject, it));
    if !known.is_empty() && !wordless.is_empty() {
        told.push(Told::warning(
            format!("Clerk leaves {} to you that have no template here, so they go out in Clerk's words: {}.", finding::templates(wordless.len()), listed(&wordless)),
            "Bring them with `clerk-courier clerk pull SLUG…` and edit them, or give them back with `clerk-courier clerk handback SLUG…`.",
        ));
    }
    if told.is_empty() {
        let ours = templates.iter().filter(|template| !template.delivered_by_clerk).count();
        told.push(Told::fine(format!(
            "{ours} of {} templates are left to you, and each has its words and its provider here",
            templates.len()
        )));
    }
    told
}

/// Whether a message of this template has a provider.
fn is_sent(subject: &Subject, template: &Template) -> bool {
    let (email, sms) = (&subject.config.email, &subject.config.sms);
    match template.channel {
        Channel::Email => {
            !email.by_slug.get(&template.slug).unwrap_or(&email.base).route.providers.is_empty()
        }
        Channel::Sms => {
            !sms.by_slug.get(&template.slug).unwrap_or(&sms.base).route.providers.is_empty()
                || sms
                    .by_country
                    .iter()
                    .any(|rule| rule.providers.is_some() && rule.speaks_of(&template.slug))
        }
    }
}

/// Whether no `send = false` switches it off.
fn is_wanted(subject: &Subject, template: &Template) -> bool {
    let (email, sms) = (&subject.config.email, &subject.config.sms);
    match template.channel {
        Channel::Email => email.by_slug.get(&template.slug).unwrap_or(&email.base).route.send,
        Channel::Sms => sms.by_slug.get(&template.slug).unwrap_or(&sms.base).route.send,
    }
}
