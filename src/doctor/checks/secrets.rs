//! The form of the signing secrets, beyond what stops a start.

use std::future::ready;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::doctor::check::Check;
use crate::doctor::finding::{Area, Told};
use crate::doctor::subject::Subject;
use crate::secret::Secret;

pub(super) const CHECK: Check = Check {
    name: "signing_secrets",
    area: Area::Configuration,
    run: |subject| Box::pin(ready(run(&subject))),
};

const COPY: &str = "Copy it from the endpoint's page in Clerk's dashboard (Configure > Webhooks > the endpoint > Signing Secret).";

fn run(subject: &Subject) -> Vec<Told> {
    let mut told = form(&subject.config.clerk.signing_secrets, "");
    for variant in &subject.config.variants {
        told.extend(form(&variant.own_secrets, &format!(" of the variant {:?}", variant.name)));
    }
    if told.is_empty() && subject.is_complete() {
        told.push(Told::fine("the signing secrets have the right form"));
    }
    told
}

/// What is wrong with the form of these secrets. `of` says whose they are.
fn form(secrets: &[Secret], of: &str) -> Vec<Told> {
    let mut told = Vec::new();
    for (index, secret) in secrets.iter().enumerate() {
        let (number, text) = (format!("{}{of}", index + 1), secret.reveal());
        if secrets.iter().take(index).any(|other| other == secret) {
            told.push(Told::warning(
                format!("Signing secret {number} is the same as an earlier one."),
                "Remove it from `signing_secrets`, or replace it by that of the other endpoint.",
            ));
            continue;
        }
        let Some(base64) = text.strip_prefix("whsec_") else {
            told.push(Told::warning(
                format!("Signing secret {number} does not begin with `whsec_`, as Clerk's do."),
                COPY,
            ));
            continue;
        };
        let bytes = STANDARD_NO_PAD.decode(base64.trim_end_matches('=')).map_or(0, |bytes| bytes.len());
        if !(24..=64).contains(&bytes) {
            told.push(Told::warning(
                format!("Signing secret {number} has {bytes} bytes; those of Svix have 24 to 64, so a part of it is missing or was added."),
                COPY,
            ));
        }
    }
    told
}
