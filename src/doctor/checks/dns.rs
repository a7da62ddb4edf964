//! Whether DNS can be asked at all.

use std::future::ready;

use crate::doctor::check::Check;
use crate::doctor::finding::{Area, Told};
use crate::doctor::senders::senders;
use crate::doctor::subject::Subject;

pub(super) const CHECK: Check =
    Check { name: "dns", area: Area::Dns, run: |subject| Box::pin(ready(run(&subject))) };

fn run(subject: &Subject) -> Vec<Told> {
    match &subject.dns {
        None => vec![Told::unseen("DNS was not asked about the domains of your mails.", "Add --dns.")],
        Some(Err(why)) => vec![Told::unseen(
            format!("DNS could not be asked: {why}."),
            "Check /etc/resolv.conf on this machine.",
        )],
        Some(Ok(_)) if !subject.is_complete() => vec![Told::unseen(
            "DNS was not asked, since the configuration has mistakes.",
            "Correct the mistakes, and run this again.",
        )],
        Some(Ok(_)) if senders(&subject.config).is_empty() => {
            vec![Told::fine("no mails are sent, so there is nothing to look up")]
        }
        Some(Ok(_)) => Vec::new(),
    }
}
