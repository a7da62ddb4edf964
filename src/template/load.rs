//! What happens once, when a set of templates is loaded.
//!
//! Files become templates that hold nothing but words and places for values. What the user's files change is proven in
//! every language; the rest was proven when the program was tested. All that can be wrong with a file is found here, not
//! when somebody waits for a code.

mod braces;
mod changed;
mod compile;
mod expand;
mod given;
mod line;
mod markup;
mod mjml;
mod offer;
mod remarks;
mod source;
mod variable;
mod words;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use handlebars::Template;

pub use remarks::remarks;
pub(crate) use source::meant_slug;
pub use source::{built_in, canonical_tag};
pub(crate) use variable::Variables;

use super::brand::Brand;
use super::error::TemplateError;
use super::finished::Finished;
use super::locale::{ENGLISH, Locale, Locales};
use super::render::{Mail, SmsTemplate, Templates};
use super::wording::Part;
use crate::message::Channel;
use changed::Changed;
use source::{Source, Sources};

impl Templates {
    /// Loads the built-in set, with the files of `dir` in place of the built-in ones of the same name. The built-in set
    /// alone is loaded if `dir` is `None` or a directory that does not exist. `default_locale` is the language of readers
    /// of whom nothing is known.
    ///
    /// What the user's files change is proven; [`Self::prove`] proves all.
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
        let (set, changed) = Self::compile_with(dir, more, default_locale)?;
        if changed.is_nothing() {
            return Ok(set);
        }
        let proofs = set.prove_those(
            &Brand::default(),
            |_| true,
            |channel, slug, locale| changed.has(channel, slug, locale),
        );
        let mut faults = set.faults(&proofs);
        faults.extend(set.frame_fault());
        one_of_each(faults)?;
        Ok(set)
    }

    /// As [`Self::compile_with`], without more files.
    #[cfg(test)]
    pub(in crate::template) fn compile(
        dir: Option<&Path>,
        default_locale: &str,
    ) -> Result<Self, Vec<TemplateError>> {
        Self::compile_with(dir, &[], default_locale).map(|(set, _)| set)
    }

    /// A set that is compiled, but not proven: nothing of it has been rendered yet. With it comes what the user's files
    /// change.
    fn compile_with(
        dir: Option<&Path>,
        more: &[(String, String)],
        default_locale: &str,
    ) -> Result<(Self, Changed), Vec<TemplateError>> {
        let sources = source::collect(dir, more)?;
        let tags = sources.locales().iter().map(Source::locale);
        let locales = Locales::new(tags, default_locale).ok_or_else(|| {
            let reason =
                "does not exist: add it, or name another language in `default_locale` under [templates]";
            vec![TemplateError::new(&format!("locales/{default_locale}.ftl"), reason.to_owned())]
        })?;
        let files: Arc<[String]> =
            sources.templates().chain(sources.locales()).map(|source| source.shown.clone()).collect();
        // Locale files are numbered after the templates.
        let words =
            words::read(sources.locales(), locales, sources.templates().count()).map_err(|faults| {
                faults.into_iter().map(|fault| TemplateError::located(&files, fault)).collect::<Vec<_>>()
            })?;
        let words = Arc::new(words);
        let changed = Changed::new(&sources, &words);
        let compiled = compile::compile(&sources, &words, &files).map_err(each_once)?;
        let (mails, sms, lines) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let (html, text) = (Arc::new(compiled.html), Arc::new(compiled.text));
        let mut set = Self { html, text, mails, sms, lines, words, frame: None };
        set.index(&sources, &compiled.templates)?;
        one_of_each(set.wording_faults(&sources, &changed))?;
        Ok((set, changed))
    }

    /// Compiles a line of the configuration, such as a sender's name, for [`Templates::line`].
    ///
    /// # Errors
    /// Wrong syntax, a variable that no event of the channel has, or what only a file can have: words and partials.
    pub fn add_line(&mut self, channel: Channel, source: &str) -> Result<(), TemplateError> {
        let template = line::compile(channel, source)?;
        self.lines.insert(source.to_owned(), Finished::new(template));
        Ok(())
    }

    /// The keys of messages that a language lacks, so that another language's words stand in for them. Languages that
    /// lack none are left out.
    #[must_use]
    pub fn untranslated(&self) -> Vec<(&str, Vec<String>)> {
        // Compared with English, the only language that lacks nothing.
        let locales = &self.words.locales;
        let Some(english) = locales.matching(ENGLISH) else { return Vec::new() };
        let missing = |(locale, tag)| (tag, words::untranslated(&self.words, locale, english));
        locales.iter().map(missing).filter(|(_, keys)| !keys.is_empty()).collect()
    }

    /// Finds out which slugs there are, and fails if a mail lacks one of its parts.
    fn index(
        &mut self,
        sources: &Sources,
        templates: &BTreeMap<String, Template>,
    ) -> Result<(), Vec<TemplateError>> {
        let part = |path: &str| {
            let (source, template) = (sources.get(path)?, templates.get(path)?);
            let slug = source.slug().unwrap_or_default();
            Some(Part::new((&source.path, &source.shown), slug, template.clone(), &self.words))
        };
        let mut faults = Vec::new();
        for (slug, parts) in sources.mails() {
            let mut find = |names: &[&str]| {
                let found = names.iter().find(|name| parts.contains(name));
                if found.is_none() {
                    // In the folder of the parts that are there.
                    let there = parts.first().and_then(|part| {
                        sources.get(&format!("email/{slug}/{part}"))?.shown.strip_suffix(part)
                    });
                    let path = format!("{}{}", there.unwrap_or_default(), names.join(" or "));
                    let reason =
                        "is missing: add it, since a mail needs a subject, a body and a text body".to_owned();
                    faults.push(TemplateError::new(&path, reason));
                }
                part(&format!("email/{slug}/{}", found?))
            };
            let found = (find(&[source::SUBJECT]), find(&source::BODIES), find(&[source::TEXT]));
            if let (Some(subject), Some(html), Some(text)) = found {
                self.mails.insert(slug.to_owned(), Mail { subject, html, text, required: OnceLock::new() });
            }
        }
        // An SMS is one file, so no part of it can be missing.
        for source in sources.templates().filter(|source| source.path.starts_with("sms/")) {
            if let (Some(text), Some(slug)) = (part(&source.path), source.slug()) {
                self.sms.insert(slug.to_owned(), SmsTemplate { text, required: OnceLock::new() });
            }
        }
        self.frame = source::BODIES.iter().find_map(|body| part(&format!("email/{}/{body}", source::FRAME)));
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    /// What is wrong with the words in what the user's files change, in every language: keys that do not exist, misspelt
    /// variables, and variables that Clerk demands and a body leaves out.
    fn wording_faults(&self, sources: &Sources, changed: &Changed) -> Vec<TemplateError> {
        let mut faults = Vec::new();
        let given = given::parameters(sources);
        for (channel, slug) in self.all() {
            let of_this = |locale: &Locale| changed.has(channel, slug, *locale);
            let locales: Vec<_> =
                self.words.locales.iter().map(|(locale, _)| locale).filter(of_this).collect();
            if locales.is_empty() {
                continue;
            }
            let offer = sources.offer(channel, slug);
            // A user's own slug has no sample to tell which variables its events have: there, none is misspelt.
            let known = Variables::offered(channel, slug, offer).map(|known| known.and(&given));
            let alone = self.alone(channel, slug);
            for part in alone.parts(channel, slug) {
                let engine = alone.engine(part);
                for locale in &locales {
                    faults.extend(match part.with_words(*locale) {
                        Err(found) => engine.located(&found),
                        Ok(template) => {
                            let misspelt = known.iter().flat_map(|known| known.misspelt(&template));
                            given::advise(engine.located(&misspelt.collect::<Vec<_>>()))
                        }
                    });
                }
                let demanded = offer.iter().flat_map(|offer| &offer.required);
                // A subject may leave out what the mail's bodies have.
                for name in demanded.filter(|_| part.is_whole(channel)) {
                    // Any part of a path counts as a mention, so the last one says most.
                    let last = name.rsplit('.').next().unwrap_or_default();
                    if !alone.mentions(part, last) {
                        let reason = format!(
                            "leaves out `{name}`, which Clerk demands in this template: put it in, or take it from \
                             `required_variables` in the template's clerk.json"
                        );
                        faults.push(TemplateError::new(&part.shown, reason));
                    }
                }
            }
        }
        faults
    }
}

/// Fails with these faults, each once: the same one is found in most languages and with most samples, and a partial's in
/// most templates.
fn one_of_each(faults: Vec<TemplateError>) -> Result<(), Vec<TemplateError>> {
    let faults = each_once(faults);
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

fn each_once(mut faults: Vec<TemplateError>) -> Vec<TemplateError> {
    faults.sort();
    faults.dedup();
    faults
}
