//! What happens for each message: a context is made of the event's variables, and a slug's templates are rendered with
//! it. Everything that could be done before is done in [`load`](super::load).

mod frame;

pub(in crate::template) mod clean;
pub(in crate::template) mod context;
pub(in crate::template) mod engine;
pub(in crate::template) mod finished;
pub(in crate::template) mod helper;
mod stranger;
mod values;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use serde_json::{Map, Value, json};

use super::brand::Brand;
use super::error::TemplateError;
use super::locale::{ENGLISH, Locale};
use super::wording::{Part, Words};
use crate::message::Channel;
use crate::message::sms::{Encoding, Segments, folded, plain};
use crate::text::one_line;
pub use context::Context;
use engine::Engine;
use finished::Finished;
use frame::paragraphs;

/// A message's words and looks, as its template rendered them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rendered {
    /// A mail's subject, in one line; empty for an SMS.
    pub subject: String,
    /// A mail's HTML body; `None` for an SMS.
    pub html: Option<String>,
    /// A mail's text body, or the text of an SMS.
    pub text: Option<String>,
    /// The template and its language, as `slug/locale`.
    pub template: String,
}

/// All templates of a running service, compiled. A set never changes once it is in use: a reload makes a new one.
#[derive(Debug)]
pub struct Templates {
    /// What renders HTML bodies.
    pub(in crate::template) html: Arc<Engine>,
    /// What renders subjects, text bodies, SMS, and lines of the configuration.
    pub(in crate::template) text: Arc<Engine>,
    /// Mails by their slugs.
    pub(in crate::template) mails: BTreeMap<String, Mail>,
    /// SMS by their slugs.
    pub(in crate::template) sms: BTreeMap<String, SmsTemplate>,
    /// Lines of the configuration, by their own text: equal ones are the same.
    pub(in crate::template) lines: BTreeMap<String, Finished>,
    /// The words of each language.
    pub(in crate::template) words: Arc<Words>,
    /// The layout for Clerk's own words. The built-in set has one; a file of the user's may replace it.
    pub(in crate::template) frame: Option<Part>,
}

/// The parts of a mail.
#[derive(Debug)]
pub(in crate::template) struct Mail {
    pub(in crate::template) subject: Part,
    pub(in crate::template) html: Part,
    pub(in crate::template) text: Part,
    /// Those of [`REQUIRED`] that the mail mentions, once somebody has asked.
    pub(in crate::template) required: OnceLock<Vec<&'static str>>,
}

/// An SMS.
#[derive(Debug)]
pub(in crate::template) struct SmsTemplate {
    pub(in crate::template) text: Part,
    /// Those of [`REQUIRED`] that the SMS mentions, once somebody has asked.
    pub(in crate::template) required: OnceLock<Vec<&'static str>>,
}

/// When an event happened, and what time it is now.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// The event's own time, for sentences on when it happened; `None` where it is not known.
    pub born: Option<SystemTime>,
    /// The time of rendering, for `current_year`.
    pub now: SystemTime,
}

/// The variables without which a message is useless. A template that mentions one of them never goes out without it.
pub(in crate::template) const REQUIRED: [&str; 3] = ["otp_code", "magic_link", "action_url"];

/// The fewest characters that a brand's name is shortened to, to save a segment of an SMS.
const SHORTEST_NAME: usize = 12;
/// The most characters that are left of a name that is shortened. Each length below is rendered, so it bounds the work.
const LONGEST_NAME: usize = 160;

impl Templates {
    /// Makes Clerk's variables ready for a reader: see [`Context`]. Clerk's English sentences on when the event happened
    /// give way to ours, in the reader's language.
    #[must_use]
    pub fn context(
        &self,
        variables: Map<String, Value>,
        brand: &Brand,
        locale: Locale,
        times: Times,
    ) -> Context {
        let mut context = Context::new(variables, brand, locale);
        if let Some([year, ..]) = context::civil(times.now) {
            context.say_year(&year);
        }
        values::translate(&self.words, brand.time_zone, times.born, &mut context);
        context
    }

    /// Renders the slug's template in the reader's language, or in the default language if that fails. `None` if the slug
    /// has no template: then Clerk's own words go out.
    ///
    /// # Errors
    /// The template fails with this context: a variable that it needs is missing or empty, or a link is not http(s).
    #[must_use]
    pub fn render(
        &self,
        channel: Channel,
        slug: &str,
        context: &Context,
    ) -> Option<Result<Rendered, TemplateError>> {
        let result = self.render_in(channel, slug, context)?;
        let default = self.words.locales.default();
        if result.is_ok() || context.locale == default {
            return Some(result);
        }
        // A fault in one translation should cost readers their language, not their code.
        self.render_in(channel, slug, &Context { locale: default, ..context.clone() })
    }

    /// Renders the slug's template in the context's language, and in no other.
    pub(in crate::template) fn render_in(
        &self,
        channel: Channel,
        slug: &str,
        context: &Context,
    ) -> Option<Result<Rendered, TemplateError>> {
        match channel {
            Channel::Email => self.mails.get(slug).map(|mail| self.render_mail(slug, mail, context)),
            Channel::Sms => self.sms.get(slug).map(|text| self.render_sms(slug, text, context)),
        }
    }

    /// Renders a line of the configuration that was added with [`Templates::add_line`]; `None` if it fails.
    #[must_use]
    pub fn line(&self, source: &str, context: &Context) -> Option<String> {
        let line = (self.lines.get(source)?, source);
        guarded(&self.text, line, &context.without_links(), 64).ok().map(|line| one_line(&line))
    }

    /// The HTML body for Clerk's own subject and text body, in the layout of all other mails. The layout's own words are
    /// English, as Clerk's are. `None` if the set has no frame, or the frame fails.
    #[must_use]
    pub fn frame(&self, subject: &str, text: &str, context: &Context) -> Option<String> {
        self.framed(subject, text, context)?.ok()
    }

    /// The same with the reason for a failure; `None` if the set has no frame.
    pub(in crate::template) fn framed(
        &self,
        subject: &str,
        text: &str,
        context: &Context,
    ) -> Option<Result<String, TemplateError>> {
        let locale = self.locale(ENGLISH).unwrap_or(self.default_locale());
        let mut context = Context { locale, ..context.clone() };
        context.set("clerk", json!({ "subject": subject, "paragraphs": paragraphs(text) }));
        Some(self.fill(self.frame.as_ref()?, &context))
    }

    /// The languages of the set (BCP 47), in alphabetical order.
    pub fn locales(&self) -> impl Iterator<Item = &str> {
        self.words.locales.iter().map(|(_, tag)| tag)
    }

    /// The language's name (BCP 47).
    #[must_use]
    pub fn tag(&self, locale: Locale) -> &str {
        self.words.locales.tag(locale)
    }

    /// The language of readers of whom nothing is known.
    #[must_use]
    pub fn default_locale(&self) -> Locale {
        self.words.locales.default()
    }

    /// The language that a reader of `tag` (BCP 47) gets, such as `de` for `de-AT`; `None` if the set has none for them.
    #[must_use]
    pub fn locale(&self, tag: &str) -> Option<Locale> {
        self.words.locales.matching(tag)
    }

    /// The language that most people in a country (ISO 3166 alpha-2) read; `None` if the set lacks it.
    #[must_use]
    pub fn locale_of_country(&self, country: &str) -> Option<Locale> {
        self.words.locales.of_country(country)
    }

    /// Whether the slug has a template.
    #[must_use]
    pub fn has(&self, channel: Channel, slug: &str) -> bool {
        match channel {
            Channel::Email => self.mails.contains_key(slug),
            Channel::Sms => self.sms.contains_key(slug),
        }
    }

    /// The slugs that have a template, in alphabetical order.
    pub fn slugs(&self, channel: Channel) -> impl Iterator<Item = &str> {
        let (mails, texts) = match channel {
            Channel::Email => (Some(self.mails.keys()), None),
            Channel::Sms => (None, Some(self.sms.keys())),
        };
        mails.into_iter().flatten().chain(texts.into_iter().flatten()).map(String::as_str)
    }

    /// Renders a part in the context's language.
    ///
    /// # Errors
    /// The template fails with this context, or nothing but white space comes out.
    fn fill(&self, part: &Part, context: &Context) -> Result<String, TemplateError> {
        let engine = self.engine(part);
        let template = part.in_language(context.locale).map_err(|faults| {
            let reason = || "has no words in this language".to_owned();
            let first = engine.located(faults).into_iter().next();
            first.unwrap_or_else(|| TemplateError::new(&part.shown, reason()))
        })?;
        let rendered = guarded(engine, (template, &part.shown), context, part.capacity())?;
        part.was_rendered(rendered.len());
        if rendered.trim().is_empty() {
            return Err(TemplateError::new(
                &part.shown,
                "is empty when rendered with this event: give it words outside of `{{#if}}`".to_owned(),
            ));
        }
        Ok(rendered)
    }

    /// What renders this part.
    pub(in crate::template) fn engine(&self, part: &Part) -> &Engine {
        if part.is_html { &self.html } else { &self.text }
    }

    /// Whether a part mentions a variable.
    pub(in crate::template) fn mentions(&self, part: &Part, name: &str) -> bool {
        // One language is enough: the proof finds a translation that leaves a code or link out.
        let template = part.in_language(self.default_locale());
        template.is_ok_and(|template| template.mentions(name, self.engine(part).partials()))
    }

    /// Those of [`REQUIRED`] that a template mentions in any of its parts. They are looked for once, and kept in `known`.
    fn required<'a>(&self, known: &'a OnceLock<Vec<&'static str>>, parts: &[&Part]) -> &'a [&'static str] {
        let is_mentioned = |name: &&'static str| parts.iter().any(|part| self.mentions(part, name));
        known.get_or_init(|| REQUIRED.into_iter().filter(is_mentioned).collect())
    }

    /// Fails if the context lacks one of the variables without which a message is useless. The first of the parts is the
    /// one that an error names.
    fn require(
        &self,
        known: &OnceLock<Vec<&'static str>>,
        parts: &[&Part],
        context: &Context,
    ) -> Result<(), TemplateError> {
        let Some(name) = self.required(known, parts).iter().find(|name| !context.has(name)) else {
            return Ok(());
        };
        let reason = format!("`{name}` is missing, empty or (a link) not http(s) in this event");
        Err(TemplateError::new(parts.first().map_or("", |part| part.shown.as_str()), reason))
    }

    /// Renders a mail, subject first.
    fn render_mail(&self, slug: &str, mail: &Mail, context: &Context) -> Result<Rendered, TemplateError> {
        self.require(&mail.required, &[&mail.text, &mail.subject, &mail.html], context)?;
        let body = context.defused();
        Ok(Rendered {
            subject: one_line(&self.fill(&mail.subject, &context.without_links())?),
            html: Some(self.fill(&mail.html, &body)?),
            text: Some(self.fill(&mail.text, &body)?),
            template: format!("{slug}/{}", self.words.locales.tag(context.locale)),
        })
    }

    /// Renders an SMS, with the brand's name shortened where that saves a segment.
    fn render_sms(
        &self,
        slug: &str,
        text: &SmsTemplate,
        context: &Context,
    ) -> Result<Rendered, TemplateError> {
        self.require(&text.required, &[&text.text], context)?;
        let context = &*context.without_links();
        let rendered = self.text_of(text, context)?;
        let (context, rendered) = match self.in_gsm7(text, context, &rendered) {
            Some((folded, rendered)) => (Cow::Owned(folded), rendered),
            None => (Cow::Borrowed(context), rendered),
        };
        Ok(Rendered {
            text: Some(self.shortened(text, &context, &rendered).unwrap_or(rendered)),
            template: format!("{slug}/{}", self.words.locales.tag(context.locale)),
            ..Rendered::default()
        })
    }

    /// The text of an SMS, with the ending for its code.
    fn text_of(&self, text: &SmsTemplate, context: &Context) -> Result<String, TemplateError> {
        let rendered = self.fill(&text.text, context)?;
        // The ending has to be the last line of the SMS, or phones don't find the code. It counts as a part of the
        // text when segments are counted.
        let words = rendered.trim();
        let has_code = self.required(&text.required, &[&text.text]).contains(&"otp_code");
        Ok(match (&context.ending, context.shown("otp_code").filter(|_| has_code)) {
            (Some(ending), Some(code)) => ending.append(words, &code),
            _ => words.to_owned(),
        })
    }

    /// The same SMS with the brand's name in the 7-bit alphabet, where that saves a segment: one letter of the name would
    /// make every SMS cost twice as much. The context has that name.
    fn in_gsm7(&self, text: &SmsTemplate, context: &Context, whole: &str) -> Option<(Context, String)> {
        let segments = Segments::of(&plain(whole));
        if segments.count < 2 || segments.encoding == Encoding::Gsm7 {
            return None;
        }
        let folded = context.with_app_name(&folded(context.app_name())?);
        let rendered = self.text_of(text, &folded).ok()?;
        (Segments::of(&plain(&rendered)).count < segments.count).then_some((folded, rendered))
    }

    /// The same SMS with as much of the brand's name as fits into fewer segments; `None` if that saves none.
    fn shortened(&self, text: &SmsTemplate, context: &Context, whole: &str) -> Option<String> {
        let segments = |text: &str| Segments::of(&plain(text)).count;
        let name = context.app_name();
        if segments(whole) < 2 || name.chars().count() <= SHORTEST_NAME {
            return None;
        }
        let with = |length: usize| {
            let name: String = name.chars().take(length).collect();
            // A name that is cut behind a space would leave that space before the full stop of a sentence.
            self.text_of(text, &context.with_app_name(name.trim_end())).ok()
        };
        // Not every name helps: if the shortest one saves no segment, the name stays whole.
        let fewest = segments(&with(SHORTEST_NAME)?);
        if fewest >= segments(whole) {
            return None;
        }
        // From the longest name down: a name may take fewer units when it loses the one character that GSM-7 lacks, so
        // lengths can't be computed from the sizes.
        let longest = (SHORTEST_NAME..name.chars().count().min(LONGEST_NAME))
            .rev()
            .find(|length| with(*length).is_some_and(|text| segments(&text) == fewest))?;
        // A name that ends with a word looks whole, so a few letters are given for that.
        let at_a_space = |length: &usize| {
            name.chars().nth(*length).is_some_and(char::is_whitespace)
                && with(*length).is_some_and(|text| segments(&text) == fewest)
        };
        let ends = (SHORTEST_NAME.max(longest * 2 / 3)..=longest).rev().find(at_a_space);
        with(ends.unwrap_or(longest))
    }
}

/// Renders, and makes an error of a panic in the template engine: a panic would end the request's task, and Clerk's own
/// words could not go out in place of the template.
fn guarded(
    engine: &Engine,
    template: (&Finished, &str),
    context: &Context,
    capacity: usize,
) -> Result<String, TemplateError> {
    // Rendering changes nothing in the set, so a panic leaves nothing half done behind.
    catch_unwind(AssertUnwindSafe(|| engine.render(template, context, capacity))).unwrap_or_else(|_| {
        Err(TemplateError::new(
            template.1,
            "made the template engine panic: simplify it, and please report this as a bug".to_owned(),
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clerks_words_stand_in_our_layout() {
        let templates = Templates::load(None, "de").unwrap();
        let text = "You paid <9> & more.\n\nSee https://a.example/?b&c=\"d\". Or\njavascript:alert(1)\n\n\n {{otp_code}}";
        let Value::Object(variables) = json!({ "app": { "name": "Larkfield" } }) else { panic!("an object") };
        let context = Context::new(variables, &Brand::default(), templates.default_locale());
        let html = templates.frame("Receipt <1>", text, &context).unwrap();
        assert!(
            html.contains("<html lang=\"en\"") && html.contains("<title>Receipt &lt;1&gt;</title>"),
            "{html}"
        );
        assert!(html.contains(">You paid &lt;9&gt; &amp; more.</div>"), "{html}");
        let link = "https://a.example/?b&amp;c=&quot;d";
        assert!(
            html.contains(&format!("<a href=\"{link}\" target=\"_blank\">{link}</a>&quot;. Or")),
            "{html}"
        );
        assert!(!html.contains("href=\"javascript") && html.contains("{{otp_code}}"), "{html}");
    }
}
