//! `clerk-courier check`: everything that `serve` proves before it listens, and what it found, as a table.

use std::path::Path;

use super::{Failure, load, say, wrong};
use crate::app;
use crate::clock::Clock;
use crate::config::{Config, Provider};
use crate::message::Channel;
use crate::message::sms::Segments;
use crate::template::{Proof, Sample, Sizes};

pub(super) fn run(path: &Path) -> Result<(), Failure> {
    let config = load(path)?;
    say(&format!("{}: fine", path.display()));
    app::providers(&config, &Clock::System).map_err(wrong)?;
    providers(&config);
    let composer = app::composer(&config).map_err(|error| match error {
        // Found by rendering, not by reading the configuration.
        error @ app::BuildError::Templates(_) => Failure::Failed(error.into()),
        error => wrong(error),
    })?;
    let proofs = composer.templates.prove(&config.brand);
    table(&proofs);
    let failed = proofs.iter().filter(|proof| proof.result.is_err()).count();
    if failed > 0 {
        return Err(anyhow::anyhow!("{failed} of {} renderings failed", proofs.len()).into());
    }
    say(&format!("{} renderings proven, among them with missing and with hostile values", proofs.len()));
    Ok(())
}

fn providers(config: &Config) {
    say("");
    for (channel, delivery) in
        [(Channel::Email, &config.email.base.delivery), (Channel::Sms, &config.sms.base.delivery)]
    {
        let names = if delivery.providers.is_empty() {
            "none (its messages are answered `failed`)".to_owned()
        } else {
            delivery.providers.join(", then ")
        };
        say(&format!("{:<6} {names}", channel.as_str()));
    }
    for (name, provider) in &config.providers {
        let what = match provider {
            Provider::Smtp(smtp) => format!("smtp   {}:{}, {}", smtp.host, smtp.port, smtp.tls.as_str()),
            Provider::Twilio(twilio) => format!("twilio {}", twilio.base_url),
            Provider::Outbox(dir) => format!("outbox {}", dir.display()),
        };
        say(&format!("  {name:<12} {what}"));
    }
    say("");
}

/// One line a template, of its plain sample; and one for each rendering that failed.
fn table(proofs: &[Proof]) {
    say(&format!("{:<8} {:<26} {:>8} {:>8} {:>10}", "channel", "template", "subject", "html", "text"));
    for proof in proofs.iter().filter(|proof| proof.sample == Sample::Plain) {
        if let Ok(Sizes { subject, html, text, segments, .. }) = &proof.result {
            let text = match segments {
                Some(Segments { encoding, count, .. }) => format!("{count} x {}", encoding.as_str()),
                None => format!("{text} B"),
            };
            let bytes = |n: usize| if n == 0 { "-".to_owned() } else { format!("{n} B") };
            let (channel, template) = (proof.channel.as_str(), format!("{}/{}", proof.slug, proof.locale));
            say(&format!(
                "{channel:<8} {template:<26} {:>8} {:>8} {text:>10}",
                bytes(*subject),
                bytes(*html)
            ));
        }
    }
    for proof in proofs {
        if let Err(error) = &proof.result {
            say(&format!("failed   {} with {}: {error}", proof.slug, proof.sample));
        }
    }
}
