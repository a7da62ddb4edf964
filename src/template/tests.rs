use std::path::Path;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::*;
use crate::message::Channel;
use crate::message::sms::{Ending, Segments, plain};

mod built_in;
mod files;
mod hostile;
mod mjml;
mod slips;
mod words;

static BUILT_IN: LazyLock<Templates> = LazyLock::new(|| Templates::load(None, "en").unwrap());

fn built_in() -> &'static Templates {
    &BUILT_IN
}

fn variables(channel: Channel, slug: &str) -> Map<String, Value> {
    sample::variables(channel, slug).unwrap()
}

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(object) = value else { panic!("an object") };
    object
}

/// For a reader of English at the time of the samples.
fn context(templates: &Templates, locale: &str, variables: Map<String, Value>) -> Context {
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_787_328_461);
    let times = Times { born: Some(time), now: time };
    templates.context(variables, &Brand::default(), templates.locale(locale).unwrap(), times)
}

fn render(templates: &Templates, channel: Channel, slug: &str, variables: Map<String, Value>) -> Rendered {
    templates.render(channel, slug, &context(templates, "en", variables)).unwrap().unwrap()
}

fn refused(templates: &Templates, channel: Channel, slug: &str, variables: Map<String, Value>) -> String {
    templates.render(channel, slug, &context(templates, "en", variables)).unwrap().unwrap_err().to_string()
}

/// What loading a templates directory with these files says, all proven: paths inside the directory.
fn load(files: &[(&str, &str)]) -> Result<Templates, Vec<String>> {
    with_files(files, Templates::load)
}

/// The same for files of which none is a template of a slug that has a sample.
fn compile(files: &[(&str, &str)]) -> Result<Templates, Vec<String>> {
    with_files(files, Templates::compile)
}

fn with_files(
    files: &[(&str, &str)],
    load: impl Fn(Option<&Path>, &str) -> Result<Templates, Vec<TemplateError>>,
) -> Result<Templates, Vec<String>> {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let within = format!("{}/", dir.path().display());
    load(Some(dir.path()), "en")
        .map_err(|faults| faults.iter().map(|fault| fault.to_string().replace(&within, "")).collect())
}

/// Files of a mail of slug `own`, for which there is no sample.
fn mail<'a>(subject: &'a str, html: &'a str, text: &'a str) -> [(&'a str, &'a str); 3] {
    [
        ("email/own/subject.txt.hbs", subject),
        ("email/own/body.html.hbs", html),
        ("email/own/body.txt.hbs", text),
    ]
}
