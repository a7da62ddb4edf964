//! What happens for each message: a context is made of the event's variables, and a slug's templates are rendered with
//! it. Everything that could be done before is done in [`load`](super::load).

mod frame;

pub(in crate::template) mod compiled;
pub(in crate::template) mod context;
pub(in crate::template) mod helper;
pub(in crate::template) mod locale;
mod stranger;
mod tag;
mod values;
pub(in crate::template) mod words;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::SystemTime;

use serde_json::{Map, Value, json};

pub use context::Context;
pub use locale::Locale;

use super::brand::Brand;
use super::error::TemplateError;
use crate::message::Channel;
use crate::message::sms::{Encoding, Ending, Segments, folded, plain};
use crate::text::one_line;
use compiled::Compiled;
use frame::paragraphs;
use locale::{ENGLISH, Locales};
use words::Words;

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
    /// The HTML bodies.
    pub(in crate::template) html: Compiled,
    /// Subjects, text bodies, SMS, and lines of the configuration.
    pub(in crate::template) text: Compiled,
    /// Mails by their slugs.
    pub(in crate::template) mails: BTreeMap<String, Mail>,
    /// SMS by their slugs.
    pub(in crate::template) sms: BTreeMap<String, SmsTemplate>,
    /// The languages that every template is there in.
    pub(in crate::template) locales: Locales,
    /// The words of each language, for what is formatted for each message.
    pub(in crate::template) words: Arc<Words>,
    /// The layout for Clerk's own words. The built-in set has one; a file of the user's may replace it.
    pub(in crate::template) frame: Option<Part>,
    /// What an SMS with a code ends with, for phones that fill the code in; `None` by default.
    pub(in crate::template) ending: Option<Ending>,
}

/// The parts of a mail, in [`Templates::html`] and [`Templates::text`].
#[derive(Debug)]
pub(in crate::template) struct Mail {
    pub(in crate::template) subject: Part,
    pub(in crate::template) html: Part,
    pub(in crate::template) text: Part,
    /// Those of [`REQUIRED`] that the mail mentions.
    pub(in crate::template) required: Vec<&'static str>,
}

/// An SMS, in [`Templates::text`].
#[derive(Debug)]
pub(in crate::template) struct SmsTemplate {
    pub(in crate::template) text: Part,
    /// Those of [`REQUIRED`] that the SMS mentions.
    pub(in crate::template) required: Vec<&'static str>,
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

/// A part of a message, made from one file.
#[derive(Debug)]
pub(in crate::template) struct Part {
    /// Its name in the registry for each language, by [`Locale`].
    pub(in crate::template) names: Vec<String>,
    /// The file's name as its author knows it, for errors.
    pub(in crate::template) shown: String,
}

impl Part {
    /// Its name in the registry for one language.
    pub(in crate::template) fn name(&self, locale: Locale) -> &str {
        self.names.get(locale.0).map_or("", String::as_str)
    }

    /// Renders the part in the context's language, into a buffer of that capacity.
    ///
    /// # Errors
    /// The template fails with this context, or nothing but white space comes out.
    fn render(&self, set: &Compiled, context: &Context, capacity: usize) -> Result<String, TemplateError> {
        let rendered =
            guarded(set, self.name(context.locale), context, capacity).map_err(|error| match error.line {
                Some(_) => error,
                // Without a position, only the part knows what the author calls the file.
                None => TemplateError { file: self.shown.clone(), ..error },
            })?;
        if rendered.trim().is_empty() {
            return Err(TemplateError::new(
                &self.shown,
                "is empty when rendered with this event: give it words outside of `{{#if}}`".to_owned(),
            ));
        }
        Ok(rendered)
    }
}

impl Templates {
    /// Sets what every SMS with a code ends with from now on; `None` for nothing.
    pub fn end_sms_with(&mut self, ending: Option<Ending>) {
        self.ending = ending;
    }

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
            context.set("current_year", year.into());
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
        let default = self.locales.default();
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
        guarded(&self.text, source, &context.without_links(), 64).ok().map(|line| one_line(&line))
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
        Some(self.frame.as_ref()?.render(&self.html, &context, 16 * 1024))
    }

    /// The languages of the set (BCP 47), in alphabetical order.
    pub fn locales(&self) -> impl Iterator<Item = &str> {
        self.locales.iter().map(|(_, tag)| tag)
    }

    /// The language's name (BCP 47).
    #[must_use]
    pub fn tag(&self, locale: Locale) -> &str {
        self.locales.tag(locale)
    }

    /// The language of readers of whom nothing is known.
    #[must_use]
    pub fn default_locale(&self) -> Locale {
        self.locales.default()
    }

    /// The language that a reader of `tag` (BCP 47) gets, such as `de` for `de-AT`; `None` if the set has none for them.
    #[must_use]
    pub fn locale(&self, tag: &str) -> Option<Locale> {
        self.locales.matching(tag)
    }

    /// The language that most people in a country (ISO 3166 alpha-2) read; `None` if the set lacks it.
    #[must_use]
    pub fn locale_of_country(&self, country: &str) -> Option<Locale> {
        self.locales.of_country(country)
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

    /// Renders a mail, subject first.
    fn render_mail(&self, slug: &str, mail: &Mail, context: &Context) -> Result<Rendered, TemplateError> {
        require(&mail.required, &mail.text, context)?;
        let body = context.defused();
        Ok(Rendered {
            subject: one_line(&mail.subject.render(&self.text, &context.without_links(), 128)?),
            html: Some(mail.html.render(&self.html, &body, 32 * 1024)?),
            text: Some(mail.text.render(&self.text, &body, 1024)?),
            template: format!("{slug}/{}", self.locales.tag(context.locale)),
        })
    }

    /// Renders an SMS, with the brand's name shortened where that saves a segment.
    fn render_sms(
        &self,
        slug: &str,
        text: &SmsTemplate,
        context: &Context,
    ) -> Result<Rendered, TemplateError> {
        require(&text.required, &text.text, context)?;
        let context = &*context.without_links();
        let rendered = self.text_of(text, context)?;
        let (context, rendered) = match self.in_gsm7(text, context, &rendered) {
            Some((folded, rendered)) => (Cow::Owned(folded), rendered),
            None => (Cow::Borrowed(context), rendered),
        };
        Ok(Rendered {
            text: Some(self.shortened(text, &context, &rendered).unwrap_or(rendered)),
            template: format!("{slug}/{}", self.locales.tag(context.locale)),
            ..Rendered::default()
        })
    }

    /// The text of an SMS, with the ending for its code.
    fn text_of(&self, text: &SmsTemplate, context: &Context) -> Result<String, TemplateError> {
        let rendered = text.text.render(&self.text, context, 256)?;
        // The ending has to be the last line of the SMS, or phones don't find the code. It counts as a part of the
        // text when segments are counted.
        let words = rendered.trim();
        let has_code = text.required.contains(&"otp_code");
        Ok(match (&self.ending, context.shown("otp_code").filter(|_| has_code)) {
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

/// Fails if the context lacks one of the variables without which a message is useless.
fn require(names: &[&str], part: &Part, context: &Context) -> Result<(), TemplateError> {
    match names.iter().find(|name| !context.has(name)) {
        None => Ok(()),
        Some(name) => {
            let reason = format!("`{name}` is missing, empty or (a link) not http(s) in this event");
            Err(TemplateError::new(&part.shown, reason))
        }
    }
}

/// Renders, and makes an error of a panic in the template engine: a panic would end the request's task, and Clerk's own
/// words could not go out in place of the template.
fn guarded(set: &Compiled, name: &str, context: &Context, capacity: usize) -> Result<String, TemplateError> {
    // Rendering changes nothing in the set, so a panic leaves nothing half done behind.
    catch_unwind(AssertUnwindSafe(|| set.render(name, context, capacity))).unwrap_or_else(|_| {
        Err(TemplateError::new(
            name,
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
