//! Templates: one set of Handlebars files, compiled and proven when loaded, rendered for each message.
//!
//! A mail is `email/<slug>/{subject.txt,body.html,body.txt}.hbs`, a text message `sms/<slug>.txt.hbs`; what mails
//! share is in `email/partials/`. The built-in set is embedded; a file of the user's replaces the one of the same
//! name, further folders add slugs. Rendering is strict: a variable that is not there is an error. What end users
//! typed is data: escaped in HTML, never evaluated.

mod compile;
mod expand;
mod helper;
mod proof;
mod source;

pub mod context;
pub mod sample;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

pub use context::Context;
pub use proof::{Proof, Sizes};

use crate::config::Brand;
use crate::message::Channel;
use compile::Compiled;

/// What a template made of a context.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rendered {
    /// One line; mail only.
    pub subject: String,
    /// The HTML body; mail only.
    pub html: Option<String>,
    /// The text body, or the SMS.
    pub text: Option<String>,
    /// `slug/locale`.
    pub template: String,
}

/// All templates of a running service, compiled.
#[derive(Debug)]
pub struct Templates {
    html: Compiled,
    text: Compiled,
    mails: BTreeMap<String, Mail>,
    texts: BTreeMap<String, Text>,
    locale: String,
}

/// The parts of a mail: names in [`Templates::html`] and [`Templates::text`].
#[derive(Debug)]
struct Mail {
    subject: String,
    html: String,
    text: String,
    required: Vec<&'static str>,
}

#[derive(Debug)]
struct Text {
    text: String,
    required: Vec<&'static str>,
}

/// Without these a message is useless, so a template that mentions one never goes out without it.
const REQUIRED: [&str; 3] = ["otp_code", "magic_link", "action_url"];

impl Templates {
    /// The built-in set, with the files of `dir` in place of those of the same name (`None`, or a directory that
    /// does not exist: built-ins alone). `default_locale` is the language they are in.
    ///
    /// # Errors
    /// Every fault found: file, line, column and reason each. Faults are syntax, partials that do not exist or
    /// include themselves, missing parts, and whatever fails with the slug's own sample.
    pub fn load(dir: Option<&Path>, default_locale: &str) -> Result<Self, Vec<TemplateError>> {
        let sources = source::collect(dir)?;
        let (html, text) = compile::compile(&sources)?;
        let mut set = Self {
            html,
            text,
            mails: BTreeMap::new(),
            texts: BTreeMap::new(),
            locale: default_locale.to_owned(),
        };
        set.index(&sources)?;
        let plain = set.prove_with(proof::Kind::Plain, &Brand::default());
        let faults: Vec<_> = plain.into_iter().filter_map(|proof| proof.result.err()).collect();
        if faults.is_empty() { Ok(set) } else { Err(faults) }
    }

    /// Renders, or says that this slug is not ours (`None`): then Clerk's own words go out.
    ///
    /// # Errors
    /// The template fails with this context (a variable it needs is missing or empty, a link is not http(s)).
    #[must_use]
    pub fn render(
        &self,
        channel: Channel,
        slug: &str,
        context: &Context,
    ) -> Option<Result<Rendered, TemplateError>> {
        match channel {
            Channel::Email => self.mails.get(slug).map(|mail| self.render_mail(slug, mail, context)),
            Channel::Sms => self.texts.get(slug).map(|text| self.render_text(slug, text, context)),
        }
    }

    /// Compiles a line that stands in the configuration, such as a sender's name, for [`Templates::line`].
    ///
    /// # Errors
    /// Its syntax.
    pub fn add_line(&mut self, source: &str) -> Result<(), TemplateError> {
        self.text.add(source)
    }

    /// Renders a line that was added; `None` where it fails.
    #[must_use]
    pub fn line(&self, source: &str, context: &Context) -> Option<String> {
        guarded(&self.text, source, context, 64).ok().map(|line| one_line(&line))
    }

    /// Renders every template with its sample, with that sample's bare minimum, and with hostile values in it.
    /// Slugs that there is no sample of are left out.
    #[must_use]
    pub fn prove(&self, brand: &Brand) -> Vec<Proof> {
        proof::Kind::ALL.into_iter().flat_map(|kind| self.prove_with(kind, brand)).collect()
    }

    /// The languages that there are words in (BCP 47), the default one first.
    pub fn locales(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.locale.as_str())
    }

    /// The slugs that have a template, in alphabetical order.
    pub fn slugs(&self, channel: Channel) -> impl Iterator<Item = &str> {
        let (mails, texts) = match channel {
            Channel::Email => (Some(self.mails.keys()), None),
            Channel::Sms => (None, Some(self.texts.keys())),
        };
        mails.into_iter().flatten().chain(texts.into_iter().flatten()).map(String::as_str)
    }

    fn render_mail(&self, slug: &str, mail: &Mail, context: &Context) -> Result<Rendered, TemplateError> {
        require(&mail.required, &mail.text, context)?;
        Ok(Rendered {
            subject: one_line(&guarded(&self.text, &mail.subject, context, 128)?),
            html: Some(guarded(&self.html, &mail.html, context, 8 * 1024)?),
            text: Some(guarded(&self.text, &mail.text, context, 1024)?),
            template: format!("{slug}/{}", self.locale),
        })
    }

    fn render_text(&self, slug: &str, text: &Text, context: &Context) -> Result<Rendered, TemplateError> {
        require(&text.required, &text.text, context)?;
        let rendered = guarded(&self.text, &text.text, context, 256)?;
        Ok(Rendered {
            text: Some(rendered.trim().to_owned()),
            template: format!("{slug}/{}", self.locale),
            ..Rendered::default()
        })
    }

    /// Finds out which slugs there are, and that each mail has all its parts.
    fn index(&mut self, sources: &source::Sources) -> Result<(), Vec<TemplateError>> {
        let mut faults = Vec::new();
        for (slug, parts) in sources.mails() {
            let part = |name: &str| {
                let path = format!("email/{slug}/{name}");
                let missing = || {
                    TemplateError::new(&path, format!("is missing: a mail has {}", source::PARTS.join(", ")))
                };
                if parts.contains(&name) { Ok(path) } else { Err(missing()) }
            };
            let [subject, html, text] = source::PARTS.map(part);
            match (subject, html, text) {
                (Ok(subject), Ok(html), Ok(text)) => {
                    let required = self.required(&[&subject, &text], Some(&html));
                    self.mails.insert(slug.to_owned(), Mail { subject, html, text, required });
                }
                (subject, html, text) => {
                    faults.extend([subject, html, text].into_iter().filter_map(Result::err));
                }
            }
        }
        for (slug, path) in sources.texts() {
            let required = self.required(&[path], None);
            self.texts.insert(slug.to_owned(), Text { text: path.to_owned(), required });
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    fn required(&self, texts: &[&str], html: Option<&str>) -> Vec<&'static str> {
        let mentions = |name: &str| {
            texts.iter().any(|text| self.text.mentions(text, name))
                || html.is_some_and(|html| self.html.mentions(html, name))
        };
        REQUIRED.into_iter().filter(|name| mentions(name)).collect()
    }
}

fn require(names: &[&str], file: &str, context: &Context) -> Result<(), TemplateError> {
    match names.iter().find(|name| !context.has(name)) {
        None => Ok(()),
        Some(name) => {
            let reason = format!("`{name}` is missing, empty or (a link) not http(s) in this event");
            Err(TemplateError::new(file, reason))
        }
    }
}

/// A panic in the template engine costs this rendering, not the task.
fn guarded(set: &Compiled, name: &str, context: &Context, capacity: usize) -> Result<String, TemplateError> {
    catch_unwind(AssertUnwindSafe(|| set.render(name, context, capacity)))
        .unwrap_or_else(|_| Err(TemplateError::new(name, "made the template engine panic".to_owned())))
}

/// The built-in files, each with its path inside the templates folder: for copying them out.
pub fn built_in() -> impl Iterator<Item = (&'static Path, &'static [u8])> {
    source::built_in()
}

/// A subject is one line of words, whatever is in the values.
#[must_use]
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// What is wrong with a template: never holds a rendered value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {reason}", .line.map(|(line, column)| format!(":{line}:{column}")).unwrap_or_default())]
pub struct TemplateError {
    /// Path inside the templates folder.
    pub file: String,
    /// Line and column, from 1.
    pub line: Option<(usize, usize)>,
    /// What is wrong and what to do about it.
    pub reason: String,
}

impl TemplateError {
    fn new(file: &str, reason: String) -> Self {
        Self { file: file.to_owned(), line: None, reason }
    }

    fn at(self, line: usize, column: usize) -> Self {
        Self { line: Some((line, column)), ..self }
    }
}

#[cfg(test)]
mod tests;
