//! `check --json`: the findings as one object, for programs. Its shape is documented in `docs/COMMANDS.md`, and only grows.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::arguments::Arguments;
use crate::app::{self, BuildError};
use crate::cli::configuration::{read, read_without_providers};
use crate::cli::failure::{Failure, misconfigured, wrong};
use crate::cli::runtime::runtime;
use crate::cli::terminal::say;
use crate::clock::Clock;
use crate::compose::Composer;
use crate::config::{Config, Mistakes, Origin, Variant};
use crate::delivery::settings::Provider;
use crate::ledger;
use crate::rehearsal::{connect, logo};
use crate::template::{Contrast, Proof, Sample, TemplateError, contrasts, remarks};

/// Makes the checks and prints the object. The exit status is the same as without `--json`, and stderr says why.
pub(super) fn run(path: &Path, arguments: &Arguments) -> Result<(), Failure> {
    let mut found = json!({
        "ok": false, "status": 2, "configuration": path.is_file().then(|| path.display().to_string()),
        "mistakes": [], "variables": [], "warnings": [], "providers": [], "connect": [], "logos": [], "templates": null,
        "variants": [],
    });
    let checked = check(path, arguments, &mut found);
    let status = match &checked {
        Ok(()) => 0,
        Err(Failure::Failed(_)) => 1,
        Err(Failure::Wrong(_)) => 2,
    };
    put(&mut found, "ok", json!(status == 0));
    put(&mut found, "status", json!(status));
    say(&found.to_string());
    checked
}

fn check(path: &Path, arguments: &Arguments, found: &mut Value) -> Result<(), Failure> {
    let config = if arguments.templates { read_without_providers(path) } else { read(path) };
    let config = config.map_err(|mistakes| {
        put(found, "mistakes", of_config(&mistakes));
        misconfigured(mistakes)
    })?;
    put(found, "variants", config.variants.iter().map(variant).collect());
    put(found, "variables", config.origins.iter().map(variable).collect());
    put(found, "warnings", json!(config.warnings));
    let mut unreachable = 0;
    if !arguments.templates {
        put(found, "providers", config.providers.iter().map(provider).collect());
        let ready = app::providers(&config, &Clock::System).map_err(|error| built(found, error))?;
        ledger::inspect(&config.ledger).map_err(|error| built(found, error.into()))?;
        if arguments.connect {
            let (runtime, mut all, mut logos) = (runtime(1)?, Vec::new(), Vec::new());
            unreachable = runtime.block_on(connect::all(ready, |met| all.push(of_connection(&met))));
            put(found, "connect", json!(all));
            runtime.block_on(logo::all(&config, |logo| logos.push(of_logo(&logo))))?;
            put(found, "logos", json!(logos));
        }
    }
    prove(&config, found)?;
    if unreachable > 0 {
        let all = config.providers.len();
        return Err(anyhow::anyhow!("{unreachable} of {all} providers would not take messages").into());
    }
    Ok(())
}

/// Renders everything, as `check` does.
fn prove(config: &Config, found: &mut Value) -> Result<(), Failure> {
    let composers = app::composers(config).map_err(|error| match error {
        BuildError::Templates(errors) => {
            put(found, "mistakes", errors.iter().map(template).collect());
            Failure::Failed(BuildError::Templates(errors).into())
        }
        error => built(found, error),
    })?;
    let (templates, mut all, mut failed) = proven(&composers.base, config, true);
    put(found, "templates", templates);
    for (at, ((_, composer), variant)) in composers.variants.iter().zip(&config.variants).enumerate() {
        let is_new = !Arc::ptr_eq(&composer.templates, &composers.base.templates);
        let (templates, more, bad) = proven(composer, &variant.config, is_new);
        if let Some(variant) = found.pointer_mut(&format!("/variants/{at}")) {
            put(variant, "templates", templates);
        }
        (all, failed) = (all + more, failed + bad);
    }
    if failed == 0 {
        return Ok(());
    }
    Err(anyhow::anyhow!("{failed} of {all} renderings failed").into())
}

/// What comes out of rendering everything with one composer: how large, how many renderings, and how many that failed.
fn proven(composer: &Composer, config: &Config, is_new: bool) -> (Value, usize, usize) {
    let proofs = composer.prove(is_new);
    let failed: Vec<&Proof> = proofs.iter().filter(|proof| proof.result.is_err()).collect();
    let plain = proofs.iter().filter(|proof| proof.sample == Sample::Plain);
    let missing: serde_json::Map<String, Value> = composer
        .templates
        .untranslated()
        .into_iter()
        .map(|(locale, keys)| (locale.to_owned(), json!(keys)))
        .collect();
    let languages: Vec<String> = composer.templates.locales().map(ToString::to_string).collect();
    let templates = json!({
        "renderings": proofs.len(),
        "failed": failed.iter().filter_map(|proof| failure(proof)).collect::<Vec<_>>(),
        "languages": languages,
        "missing": missing,
        "messages": plain.filter_map(message).collect::<Vec<_>>(),
        "warnings": if is_new { remarks(&config.templates.dir) } else { Vec::new() }.iter().map(template).collect::<Vec<_>>(),
        "contrasts": contrasts(&config.brand).iter().map(contrast).collect::<Vec<_>>(),
    });
    (templates, proofs.len(), failed.len())
}

/// A variant: which events it is for, who signs them, and who sends its messages. Its renderings are added later.
fn variant(variant: &Variant) -> Value {
    let Variant { name, when, own_secrets, config, counts_apart, .. } = variant;
    let (email, sms) = (&config.email.base, &config.sms.base);
    json!({
        "name": name,
        "when": { "instance": when.instance, "variables": when.variables },
        "secrets": own_secrets.len(),
        "secret_key": variant.has_own_key(),
        "email": { "from": super::variant::from(email), "providers": email.route.providers, "redirect_to": email.route.redirect_to },
        "sms": { "from": sms.from, "providers": sms.route.providers, "redirect_to": sms.route.redirect_to },
        "counts_apart": counts_apart,
        "templates": null,
    })
}

/// Notes why nothing can be built.
fn built(found: &mut Value, error: BuildError) -> Failure {
    let failure = wrong(error);
    if let Failure::Wrong(problem) = &failure {
        let mistake = json!({
            "file": null, "line": null, "column": null, "variable": null, "key": "", "problem": problem, "hint": "",
        });
        put(found, "mistakes", json!([mistake]));
    }
    failure
}

fn put(found: &mut Value, name: &str, value: Value) {
    if let Value::Object(found) = found {
        found.insert(name.to_owned(), value);
    }
}

fn of_config(mistakes: &Mistakes) -> Value {
    let one = |mistake: &crate::config::Mistake| {
        let (line, column) = mistake.position.unzip();
        let file = mistake.variable.is_none().then(|| mistakes.file.display().to_string());
        json!({
            "file": file, "line": line, "column": column, "variable": mistake.variable,
            "key": mistake.key, "problem": mistake.problem, "hint": mistake.hint,
        })
    };
    mistakes.list.iter().map(one).collect()
}

fn template(error: &TemplateError) -> Value {
    let (line, column) = error.line.unzip();
    json!({
        "file": error.file, "line": line, "column": column, "variable": null, "key": "", "problem": error.reason,
        "hint": "",
    })
}

fn contrast(found: &Contrast) -> Value {
    let Contrast { whose, what, ratio, needed } = found;
    json!({ "whose": whose, "what": what, "ratio": ratio, "needed": needed, "ok": found.is_enough() })
}

fn variable(origin: &Origin) -> Value {
    json!({ "key": origin.key, "variable": origin.variable, "line": origin.over })
}

fn provider((name, provider): (&String, &Provider)) -> Value {
    let (kind, at) = match provider {
        Provider::Smtp(smtp) => ("smtp".to_owned(), format!("{}:{}", smtp.host, smtp.port)),
        Provider::Api(api) => (api.definition.name.clone(), api.shown_base_url()),
        Provider::Outbox(dir) => ("outbox".to_owned(), dir.display().to_string()),
    };
    json!({ "name": name, "type": kind, "at": at })
}

fn of_connection(met: &connect::Met) -> Value {
    let took = ms(met.took);
    json!({ "provider": met.provider, "result": met.result, "ms": took, "detail": met.detail, "advice": met.advice })
}

fn of_logo(logo: &logo::Fetched) -> Value {
    json!({
        "variant": logo.variant, "key": logo.key, "result": logo.result(), "ms": ms(logo.took), "detail": logo.detail,
        "advice": logo.advice,
    })
}

fn ms(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

fn failure(proof: &Proof) -> Option<Value> {
    let error = proof.result.as_ref().err()?;
    let (line, column) = error.line.unzip();
    Some(json!({
        "channel": proof.channel.as_str(), "slug": proof.slug, "locale": proof.locale,
        "sample": proof.sample.to_string(), "file": error.file, "line": line, "column": column,
        "problem": error.reason,
    }))
}

fn message(proof: &Proof) -> Option<Value> {
    let sizes = proof.result.as_ref().ok()?;
    Some(json!({
        "channel": proof.channel.as_str(), "slug": proof.slug, "locale": proof.locale,
        "subject": sizes.subject, "html": sizes.html, "text": sizes.text,
        "segments": sizes.segments.map(|segments| segments.count),
    }))
}
