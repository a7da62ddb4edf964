//! What happens once, when a set of templates is loaded.
//!
//! Files become templates that hold nothing but words and places for values, once for each language, and each of them is
//! proven. All that can be wrong with a file is found here, not when somebody waits for a code.

mod braces;
mod compile;
mod element;
mod expand;
mod fluent;
mod markup;
mod mjml;
mod offer;
mod pattern;
mod property;
mod remarks;
mod source;
mod variable;
mod words;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

pub use remarks::remarks;
pub(crate) use source::meant_slug;
pub use source::{built_in, canonical_tag};
pub(crate) use variable::Variables;

use super::brand::Brand;
use super::error::TemplateError;
use super::render::locale::{ENGLISH, Locales};
use super::render::{Mail, Part, REQUIRED, SmsTemplate, Templates};
use crate::message::Channel;
use compile::Library;
use source::{Source, Sources};

impl Templates {
    /// Loads the built-in set, with the files of `dir` in place of the built-in ones of the same name. The built-in set
    /// alone is loaded if `dir` is `None` or a directory that does not exist. `default_locale` is the language of readers
    /// of whom nothing is known.
    ///
    /// # Errors
    /// Every fault that was found, each with its file and, where there is one, its line and column: wrong syntax,
    /// partials that do not exist or include themselves, missing parts and words, misspelt variables, and whatever
    /// fails with one of a slug's samples.
    pub fn load(dir: Option<&Path>, default_locale: &str) -> Result<Self, Vec<TemplateError>> {
        Self::load_with(dir, &[], default_locale)
    }

    /// As [`Self::load`], with `more` files as if they were in `dir` too, in place of those of the same path: each with its
    /// path inside the templates folder, by which faults name it, and its content.
    ///
    /// # Errors
    /// The same as for [`Self::load`].
    pub fn load_with(
        dir: Option<&Path>,
        more: &[(String, String)],
        default_locale: &str,
    ) -> Result<Self, Vec<TemplateError>> {
        let set = Self::compile_with(dir, more, default_locale)?;
        let mut faults = set.faults(&set.prove(&Brand::default()));
        faults.extend(set.frame_fault());
        faults.sort();
        faults.dedup();
        if faults.is_empty() { Ok(set) } else { Err(faults) }
    }

    /// As [`Self::compile_with`], without more files.
    #[cfg(test)]
    pub(in crate::template) fn compile(
        dir: Option<&Path>,
        default_locale: &str,
    ) -> Result<Self, Vec<TemplateError>> {
        Self::compile_with(dir, &[], default_locale)
    }

    /// A set that is compiled, but not proven: nothing of it has been rendered yet.
    fn compile_with(
        dir: Option<&Path>,
        more: &[(String, String)],
        default_locale: &str,
    ) -> Result<Self, Vec<TemplateError>> {
        let sources = source::collect(dir, more)?;
        let tags = sources.locales().iter().map(Source::locale);
        let locales = Locales::new(tags, default_locale).ok_or_else(|| {
            let reason =
                "does not exist: add it, or name another language in `default_locale` under [templates]";
            vec![TemplateError::new(&format!("locales/{default_locale}.ftl"), reason.to_owned())]
        })?;
        // Locale files are numbered after the templates: see `Library::files`.
        let words = Arc::new(words::read(sources.locales(), &locales, sources.templates().count())?);
        let files = compile::shown(&sources);
        let library = Library { sources: &sources, locales: &locales, words: Arc::clone(&words), files };
        let (html, text) = compile::compile(&library)?;
        let (mails, sms) = (BTreeMap::new(), BTreeMap::new());
        let frame =
            source::BODIES.iter().find_map(|body| sources.get(&format!("email/{}/{body}", source::FRAME)));
        let frame = frame.map(|source| part(source, &locales));
        let mut set = Self { html, text, mails, sms, locales, words, frame, ending: None };
        set.index(&sources)?;
        Ok(set)
    }

    /// Compiles a line of the configuration, such as a sender's name, for [`Templates::line`].
    ///
    /// # Errors
    /// Wrong syntax, or a variable that no event of the channel has.
    pub fn add_line(&mut self, channel: Channel, source: &str) -> Result<(), TemplateError> {
        self.text.add(source, &Variables::of_any(channel))
    }

    /// The keys of messages that a language lacks, so that another language's words stand in for them. Languages that
    /// lack none are left out.
    #[must_use]
    pub fn untranslated(&self) -> Vec<(&str, Vec<String>)> {
        // Compared with English, the only language that lacks nothing.
        let Some(english) = self.locales.matching(ENGLISH) else { return Vec::new() };
        let missing = |(locale, tag)| (tag, words::untranslated(&self.words, &self.locales, locale, english));
        self.locales.iter().map(missing).filter(|(_, keys)| !keys.is_empty()).collect()
    }

    /// Finds out which slugs there are, and fails if a mail lacks one of its parts.
    fn index(&mut self, sources: &Sources) -> Result<(), Vec<TemplateError>> {
        let mut faults = Vec::new();
        for (slug, parts) in sources.mails() {
            let mut find = |names: &[&str]| {
                let found = names.iter().find(|name| parts.contains(name));
                if found.is_none() {
                    let path = format!("email/{slug}/{}", names.join(" or "));
                    let reason =
                        "is missing: add it, since a mail needs a subject, a body and a text body".to_owned();
                    faults.push(TemplateError::new(&path, reason));
                }
                let source = sources.get(&format!("email/{slug}/{}", found?))?;
                Some(part(source, &self.locales))
            };
            let found = (find(&[source::SUBJECT]), find(&source::BODIES), find(&[source::TEXT]));
            if let (Some(subject), Some(html), Some(text)) = found {
                faults.extend(self.left_out(sources, Channel::Email, slug, &[&text], Some(&html)));
                let required = self.required(&[&subject, &text], Some(&html));
                self.mails.insert(slug.to_owned(), Mail { subject, html, text, required });
            }
        }
        // An SMS is one file, so no part of it can be missing.
        for source in sources.templates().filter(|source| source.path.starts_with("sms/")) {
            let (text, slug) = (part(source, &self.locales), source.slug().unwrap_or_default());
            faults.extend(self.left_out(sources, Channel::Sms, slug, &[&text], None));
            let required = self.required(&[&text], None);
            self.sms.insert(slug.to_owned(), SmsTemplate { text, required });
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    /// Those of [`REQUIRED`] that a template mentions in any of its parts.
    fn required(&self, texts: &[&Part], html: Option<&Part>) -> Vec<&'static str> {
        let mentions = |name: &str| {
            texts.iter().any(|text| self.mentions(text, false, name))
                || html.is_some_and(|html| self.mentions(html, true, name))
        };
        REQUIRED.into_iter().filter(|name| mentions(name)).collect()
    }

    /// Whether a part mentions a variable.
    fn mentions(&self, part: &Part, is_html: bool, name: &str) -> bool {
        let registry = if is_html { &self.html.registry } else { &self.text.registry };
        // One language is enough: the proof finds a translation that leaves a code or link out.
        element::mentions(part.name(self.locales.default()), name, registry.get_templates())
    }

    /// The bodies of a template that leave out a variable which Clerk demands in it.
    fn left_out(
        &self,
        sources: &Sources,
        channel: Channel,
        slug: &str,
        texts: &[&Part],
        html: Option<&Part>,
    ) -> Vec<TemplateError> {
        let Some(offer) = sources.offer(channel, slug) else { return Vec::new() };
        let parts = texts.iter().map(|part| (*part, false)).chain(html.map(|part| (part, true)));
        let mut faults = Vec::new();
        for (part, is_html) in parts {
            for name in &offer.required {
                // Any part of a path counts as a mention, so the last one says most.
                let last = name.rsplit('.').next().unwrap_or_default();
                if !self.mentions(part, is_html, last) {
                    let reason = format!(
                        "leaves out `{name}`, which Clerk demands in this template: put it in, or take it from \
                         `required_variables` in the template's clerk.json"
                    );
                    faults.push(TemplateError::new(&part.shown, reason));
                }
            }
        }
        faults
    }
}

/// A file as a part of a message: what a registry calls it in each language, and its author.
fn part(source: &Source, locales: &Locales) -> Part {
    let names = locales.iter().map(|(locale, _)| compile::name(locale, &source.path)).collect();
    Part { names, shown: source.shown.clone() }
}
