//! The countries that Clerk sends no SMS to, against `[[sms.by_country]]`.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::doctor::check::Check;
use crate::doctor::finding::{Area, Told, listed};
use crate::doctor::subject::{Subject, trouble};
use crate::message::Channel;

pub(super) const CHECK: Check =
    Check { name: "countries", area: Area::Clerk, run: |subject| Box::pin(run(subject)) };

async fn run(subject: Arc<Subject>) -> Vec<Told> {
    // Without SMS there is nothing to compare.
    if !subject.is_complete() || !subject.sends(Channel::Sms) {
        return Vec::new();
    }
    let Some(client) = subject.client() else { return Vec::new() };
    let at_clerk: BTreeSet<String> = match client.blocked_countries().await {
        Ok(countries) => countries.into_iter().collect(),
        Err(fault) => {
            let told = trouble(&fault);
            return vec![Told {
                what: told.what.replace("could not be asked", "did not say which countries get no SMS"),
                ..told
            }];
        }
    };
    let rules = &subject.config.sms.by_country;
    let of = |block: bool| -> BTreeSet<String> {
        let chosen = rules.iter().filter(|rule| rule.block == block && rule.slugs.is_empty());
        chosen.flat_map(|rule| rule.countries.iter().cloned()).collect()
    };
    let (blocked, served) = (of(true), of(false));
    let mut told = Vec::new();
    let useless: Vec<_> = served.intersection(&at_clerk).cloned().collect();
    if !useless.is_empty() {
        told.push(Told::warning(
            format!("Clerk blocks SMS to {}, and `[[sms.by_country]]` has senders or providers for them: no such SMS will ever come.", listed(&useless)),
            "Unblock them in Clerk's dashboard (SMS settings), or remove the entries.",
        ));
    }
    let open: Vec<_> = blocked.difference(&at_clerk).cloned().collect();
    if !open.is_empty() {
        told.push(Told::warning(
            format!("`[[sms.by_country]]` blocks {}, and Clerk does not: users there wait for a code that never comes.", listed(&open)),
            "Block them in Clerk's dashboard too (SMS settings), so that Clerk tells the user at once.",
        ));
    }
    if told.is_empty() {
        told.push(Told::fine(format!(
            "{} countries blocked at Clerk, none of them with a sender here",
            at_clerk.len()
        )));
    }
    told
}
