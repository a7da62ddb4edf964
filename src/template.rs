//! Templates: one set of small files, compiled and proven when loaded, rendered for each message.
//!
//! A mail is `email/<slug>/{subject.txt,body.mjml,body.txt}.hbs` (or `body.html.hbs`), a text message
//! `sms/<slug>.txt.hbs`; what mails share is in `email/partials/`, the words are in `locales/<language>.ftl`.
//! Handlebars puts values in, MJML makes the tables that mail clients want, Project Fluent holds the words of each
//! language; the last two are done with when a template is loaded. The built-in set is embedded; a file of the user's
//! replaces the one of the same name, further folders add slugs, further locale files add languages. Rendering is
//! strict: a variable that is not there is an error. What end users typed is data: escaped in HTML, never evaluated.

mod brand;
mod compile;
mod expand;
mod frame;
mod helper;
mod locale;
mod mjml;
mod proof;
mod source;
mod variable;
mod visible;
mod words;

pub mod context;
pub mod sample;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use serde_json::{Map, Value};

pub use brand::Brand;
pub use context::Context;
pub use locale::Locale;
pub use proof::{Proof, Sample, Sizes};
pub(crate) use source::meant_slug;
pub(crate) use variable::Variables;

use crate::message::Channel;
use crate::message::sms::{Ending, Segments, plain};
use crate::text::one_line;
use compile::{Compiled, Library};
use locale::{ENGLISH, Locales};
use source::Source;
use words::Words;

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
    locales: Locales,
    words: Arc<Words>,
    frame: Option<Part>,
    ending: Option<Ending>,
}

/// The parts of a mail, in [`Templates::html`] and [`Templates::text`].
#[derive(Debug)]
struct Mail {
    subject: Part,
    html: Part,
    text: Part,
    required: Vec<&'static str>,
}

#[derive(Debug)]
struct Text {
    text: Part,
    required: Vec<&'static str>,
}

/// One file.
#[derive(Debug)]
struct Part {
    /// What a registry calls it, by language.
    names: Vec<String>,
    /// What its author calls it.
    shown: String,
}

impl Part {
    fn new(source: &Source, locales: &Locales) -> Self {
        let names = locales.iter().map(|(locale, _)| compile::name(locale, &source.path)).collect();
        Self { names, shown: source.shown.clone() }
    }

    fn name(&self, locale: Locale) -> &str {
        self.names.get(locale.0).map_or("", String::as_str)
    }

    fn render(&self, set: &Compiled, context: &Context, capacity: usize) -> Result<String, TemplateError> {
        let rendered =
            guarded(set, self.name(context.locale), context, capacity).map_err(|error| match error.line {
                Some(_) => error,
                None => TemplateError { file: self.shown.clone(), ..error },
            })?;
        if rendered.trim().is_empty() {
            return Err(TemplateError::new(&self.shown, "comes out empty with this event".to_owned()));
        }
        Ok(rendered)
    }
}

/// When an event happened, and what time it is now.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The event's own time, where it is known.
    pub born: Option<SystemTime>,
    /// Now.
    pub now: SystemTime,
}

/// Without these a message is useless, so a template that mentions one never goes out without it.
pub const REQUIRED: [&str; 3] = ["otp_code", "magic_link", "action_url"];

/// A brand's name is shortened to no fewer characters than this, to save a segment.
const SHORTEST_NAME: usize = 12;
/// One that is shortened has at most this many: each length below is tried.
const LONGEST_NAME: usize = 160;

impl Templates {
    /// The built-in set, with the files of `dir` in place of those of the same name (`None`, or a directory that
    /// does not exist: built-ins alone). `default_locale` is the language of readers of whom nothing is known.
    ///
    /// # Errors
    /// Every fault found: file, line, column and reason each. Faults are syntax, partials that do not exist or
    /// include themselves, missing parts and words, misspelt variables, and whatever fails with one of the slug's
    /// samples.
    pub fn load(dir: Option<&Path>, default_locale: &str) -> Result<Self, Vec<TemplateError>> {
        let set = Self::compile(dir, default_locale)?;
        let mut faults: Vec<_> =
            set.prove(&Brand::default()).into_iter().filter_map(|proof| proof.result.err()).collect();
        faults.extend(set.frame_fault());
        faults.sort();
        faults.dedup();
        if faults.is_empty() { Ok(set) } else { Err(faults) }
    }

    /// A set of which nothing has been rendered yet.
    fn compile(dir: Option<&Path>, default_locale: &str) -> Result<Self, Vec<TemplateError>> {
        let sources = source::collect(dir)?;
        let tags = sources.locales().iter().map(Source::locale);
        let locales = Locales::new(tags, default_locale).ok_or_else(|| {
            let reason = "is not there: templates.default_locale names a language without words";
            vec![TemplateError::new(&format!("locales/{default_locale}.ftl"), reason.to_owned())]
        })?;
        let words = Arc::new(Words::new(sources.locales(), &locales, sources.templates().count())?);
        let files = compile::shown(&sources);
        let library = Library { sources: &sources, locales: &locales, words: Arc::clone(&words), files };
        let (html, text) = compile::compile(&library)?;
        let (mails, texts) = (BTreeMap::new(), BTreeMap::new());
        let frame =
            source::BODIES.iter().find_map(|body| sources.get(&format!("email/{}/{body}", source::FRAME)));
        let frame = frame.map(|source| Part::new(source, &locales));
        let mut set = Self { html, text, mails, texts, locales, words, frame, ending: None };
        set.index(&sources)?;
        Ok(set)
    }

    /// Texts with a code end with this from now on.
    pub fn end_texts_with(&mut self, ending: Option<Ending>) {
        self.ending = ending;
    }

    /// Clerk's variables made ready for a reader: see [`Context`].
    #[must_use]
    pub fn context(
        &self,
        variables: Map<String, Value>,
        brand: &Brand,
        locale: Locale,
        moment: Moment,
    ) -> Context {
        let mut context = Context::new(variables, brand, locale);
        if let Some([year, ..]) = context::civil(moment.now) {
            context.set("current_year", year.into());
        }
        if let Some(time) = moment.born.filter(|_| context.says_when()).and_then(context::civil)
            && let Some(words) = self.words.date_time(locale, time.each_ref().map(String::as_str))
        {
            context.say_when(&words);
        }
        context
    }

    /// Renders, or says that this slug is not ours (`None`): then Clerk's own words go out. Where the reader's language
    /// fails, the default one is tried.
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
        let result = self.render_in(channel, slug, context)?;
        let default = self.locales.default();
        if result.is_ok() || context.locale == default {
            return Some(result);
        }
        self.render_in(channel, slug, &Context { locale: default, ..context.clone() })
    }

    fn render_in(
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
    /// Its syntax, or a variable that no event of the channel has.
    pub fn add_line(&mut self, channel: Channel, source: &str) -> Result<(), TemplateError> {
        self.text.add(source, &Variables::of_any(channel))
    }

    /// Renders a line that was added; `None` where it fails.
    #[must_use]
    pub fn line(&self, source: &str, context: &Context) -> Option<String> {
        guarded(&self.text, source, context, 64).ok().map(|line| one_line(&line))
    }

    /// Renders every template in every language with its sample, without each variable that may be missing, without
    /// all of them, and with hostile values in it. Slugs that there is no sample of are left out.
    #[must_use]
    pub fn prove(&self, brand: &Brand) -> Vec<Proof> {
        let mails = self.mails.keys().map(|slug| (Channel::Email, slug));
        let texts = self.texts.keys().map(|slug| (Channel::Sms, slug));
        mails.chain(texts).flat_map(|(channel, slug)| self.prove_one(channel, slug, brand)).collect()
    }

    /// The languages that there are words in (BCP 47), in alphabetical order.
    pub fn locales(&self) -> impl Iterator<Item = &str> {
        self.locales.iter().map(|(_, tag)| tag)
    }

    /// Its name (BCP 47).
    #[must_use]
    pub fn tag(&self, locale: Locale) -> &str {
        self.locales.tag(locale)
    }

    /// The language of readers of whom nothing is known.
    #[must_use]
    pub fn default_locale(&self) -> Locale {
        self.locales.default()
    }

    /// The language that a reader of `tag` (BCP 47) gets: `de` for `de-AT`; `None` where none will do.
    #[must_use]
    pub fn locale(&self, tag: &str) -> Option<Locale> {
        self.locales.matching(tag)
    }

    /// The language that most readers in a country (ISO 3166 alpha-2) have.
    #[must_use]
    pub fn locale_of_country(&self, country: &str) -> Option<Locale> {
        self.locales.of_country(country)
    }

    /// Keys of messages that a language lacks and another one stands in for, by language; complete ones are left out.
    #[must_use]
    pub fn untranslated(&self) -> Vec<(&str, Vec<String>)> {
        let Some(english) = self.locales.matching(ENGLISH) else { return Vec::new() };
        let missing = |(locale, tag)| (tag, self.words.untranslated(&self.locales, locale, english));
        self.locales.iter().map(missing).filter(|(_, keys)| !keys.is_empty()).collect()
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
            subject: one_line(&mail.subject.render(&self.text, context, 128)?),
            html: Some(mail.html.render(&self.html, context, 16 * 1024)?),
            text: Some(mail.text.render(&self.text, context, 1024)?),
            template: format!("{slug}/{}", self.locales.tag(context.locale)),
        })
    }

    fn render_text(&self, slug: &str, text: &Text, context: &Context) -> Result<Rendered, TemplateError> {
        require(&text.required, &text.text, context)?;
        let rendered = self.text_of(text, context)?;
        Ok(Rendered {
            text: Some(self.shortened(text, context, &rendered).unwrap_or(rendered)),
            template: format!("{slug}/{}", self.locales.tag(context.locale)),
            ..Rendered::default()
        })
    }

    fn text_of(&self, text: &Text, context: &Context) -> Result<String, TemplateError> {
        let rendered = text.text.render(&self.text, context, 256)?;
        let words = rendered.trim();
        let has_code = text.required.contains(&"otp_code");
        Ok(match (&self.ending, context.shown("otp_code").filter(|_| has_code)) {
            (Some(ending), Some(code)) => ending.append(words, &code),
            _ => words.to_owned(),
        })
    }

    /// The text with less of the brand's name, where that saves a segment: as much of it as fits.
    fn shortened(&self, text: &Text, context: &Context, whole: &str) -> Option<String> {
        let segments = |text: &str| Segments::of(&plain(text)).count;
        let name = context.app_name();
        if segments(whole) < 2 || name.chars().count() <= SHORTEST_NAME {
            return None;
        }
        let with = |length: usize| {
            let name: String = name.chars().take(length).collect();
            self.text_of(text, &context.with_app_name(name.trim_end())).ok()
        };
        let fewest = segments(&with(SHORTEST_NAME)?);
        if fewest >= segments(whole) {
            return None;
        }
        (SHORTEST_NAME..name.chars().count().min(LONGEST_NAME))
            .rev()
            .find_map(|length| with(length).filter(|text| segments(text) == fewest))
    }

    /// Finds out which slugs there are, and that each mail has all its parts.
    fn index(&mut self, sources: &source::Sources) -> Result<(), Vec<TemplateError>> {
        let mut faults = Vec::new();
        for (slug, parts) in sources.mails() {
            let mut part = |names: &[&str]| {
                let found = names.iter().find(|name| parts.contains(name));
                if found.is_none() {
                    let path = format!("email/{slug}/{}", names.join(" or "));
                    let reason = "is missing: a mail has a subject, a body and a text body".to_owned();
                    faults.push(TemplateError::new(&path, reason));
                }
                let source = sources.get(&format!("email/{slug}/{}", found?))?;
                Some(Part::new(source, &self.locales))
            };
            let found = (part(&[source::SUBJECT]), part(&source::BODIES), part(&[source::TEXT]));
            if let (Some(subject), Some(html), Some(text)) = found {
                let required = self.required(&[&subject, &text], Some(&html));
                self.mails.insert(slug.to_owned(), Mail { subject, html, text, required });
            }
        }
        for source in sources.templates().filter(|source| source.path.starts_with("sms/")) {
            let (text, slug) = (Part::new(source, &self.locales), source.slug().unwrap_or_default());
            let required = self.required(&[&text], None);
            self.texts.insert(slug.to_owned(), Text { text, required });
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    fn required(&self, texts: &[&Part], html: Option<&Part>) -> Vec<&'static str> {
        let default = self.locales.default();
        let mentions = |name: &str| {
            texts.iter().any(|text| self.text.mentions(text.name(default), name))
                || html.is_some_and(|html| self.html.mentions(html.name(default), name))
        };
        REQUIRED.into_iter().filter(|name| mentions(name)).collect()
    }
}

fn require(names: &[&str], part: &Part, context: &Context) -> Result<(), TemplateError> {
    match names.iter().find(|name| !context.has(name)) {
        None => Ok(()),
        Some(name) => {
            let reason = format!("`{name}` is missing, empty or (a link) not http(s) in this event");
            Err(TemplateError::new(&part.shown, reason))
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

/// What is wrong with a template: never holds a rendered value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{file}{}: {reason}", .line.map(|(line, column)| format!(":{line}:{column}")).unwrap_or_default())]
pub struct TemplateError {
    /// The file, as its author knows it; of a built-in one, its path inside the templates folder.
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
