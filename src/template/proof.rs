//! Proving templates: each one is rendered in every language with samples, before anybody waits for its message.

pub mod sample;
mod visible;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;

use serde_json::Map;

pub use sample::Sample;

use super::brand::Brand;
use super::error::TemplateError;
use super::escape::escape;
use super::helper;
use super::locale::Locale;
use super::render::context::Context;
use super::render::{Mail, REQUIRED, Rendered, SmsTemplate, Templates};
use super::wording::Part;
use crate::message::Channel;
use crate::message::sms::{Segments, plain};
use visible::visible;

/// What happened to one template, rendered in one language with one sample.
#[derive(Debug)]
pub struct Proof {
    /// Whether the template is a mail's or an SMS's.
    pub channel: Channel,
    /// Clerk's name for the template.
    pub slug: String,
    /// The language (BCP 47).
    pub locale: String,
    /// The values that it was rendered with.
    pub sample: Sample,
    /// The sizes of the rendered message, or why the proof failed.
    pub result: Result<Sizes, TemplateError>,
}

/// How large a rendered message is, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sizes {
    /// The size of a mail's subject; 0 for an SMS.
    pub subject: usize,
    /// The size of a mail's HTML body; 0 for an SMS. Gmail cuts messages off above 102 kB.
    pub html: usize,
    /// The size of a mail's text body, or of an SMS.
    pub text: usize,
    /// The segments of an SMS, each of which is paid for; `None` for a mail.
    pub segments: Option<Segments>,
}

impl Templates {
    /// Renders every template in every language: with its sample, without each variable that may be missing, without all
    /// of them, and with hostile values. Slugs without a sample are left out.
    #[must_use]
    pub fn prove(&self, brand: &Brand) -> Vec<Proof> {
        self.prove_those(brand, |_| true, |_, _, _| true)
    }

    /// The same with the plain sample alone, for one more brand of templates that are proven already: no value of a brand can
    /// change more than how long a message is.
    #[must_use]
    pub fn prove_brand(&self, brand: &Brand) -> Vec<Proof> {
        self.prove_those(brand, |sample| *sample == Sample::Plain, |_, _, _| true)
    }

    /// The same for those samples, slugs and languages alone.
    pub(in crate::template) fn prove_those(
        &self,
        brand: &Brand,
        is_tried: fn(&Sample) -> bool,
        is_wanted: impl Fn(Channel, &str, Locale) -> bool + Sync,
    ) -> Vec<Proof> {
        let slugs: Vec<_> = self.all().collect();
        let next = AtomicUsize::new(0);
        let work = || {
            let mut done = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some((channel, slug)) = slugs.get(at) else { return done };
                done.push((at, self.prove_one((*channel, slug), brand, is_tried, &is_wanted)));
            }
        };
        // On all cores, since whoever edits a template waits for this.
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        let mut proofs: Vec<_> = thread::scope(|scope| {
            let started: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            started
                .into_iter()
                .flat_map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
                .collect()
        });
        proofs.sort_by_key(|(at, _)| *at);
        proofs.into_iter().flat_map(|(_, proofs)| proofs).collect()
    }

    /// Every slug that has a template, mails first.
    pub(in crate::template) fn all(&self) -> impl Iterator<Item = (Channel, &str)> {
        let mails = self.mails.keys().map(|slug| (Channel::Email, slug.as_str()));
        mails.chain(self.sms.keys().map(|slug| (Channel::Sms, slug.as_str())))
    }

    /// The parts of a slug's template.
    pub(in crate::template) fn parts(&self, channel: Channel, slug: &str) -> Vec<&Part> {
        match channel {
            Channel::Email => self
                .mails
                .get(slug)
                .map(|mail| vec![&mail.subject, &mail.html, &mail.text])
                .unwrap_or_default(),
            Channel::Sms => self.sms.get(slug).map(|text| vec![&text.text]).unwrap_or_default(),
        }
    }

    /// A set with the template of one slug alone, and nothing of it in any language yet. A proof needs every language, and
    /// a running service should not keep them.
    pub(in crate::template) fn alone(&self, channel: Channel, slug: &str) -> Self {
        let mut alone = Self {
            html: Arc::clone(&self.html),
            text: Arc::clone(&self.text),
            mails: BTreeMap::new(),
            sms: BTreeMap::new(),
            lines: BTreeMap::new(),
            words: Arc::clone(&self.words),
            frame: None,
        };
        match channel {
            Channel::Email => {
                let mail = self.mails.get(slug).map(Mail::afresh);
                alone.mails.extend(mail.map(|mail| (slug.to_owned(), mail)));
            }
            Channel::Sms => {
                let text = self.sms.get(slug).map(SmsTemplate::afresh);
                alone.sms.extend(text.map(|text| (slug.to_owned(), text)));
            }
        }
        alone
    }

    /// What is wrong by these proofs of the set, each fault once: the same one is found with most samples and in most
    /// languages, and a partial's in most templates.
    #[must_use]
    pub fn faults(&self, proofs: &[Proof]) -> Vec<TemplateError> {
        let mut found: BTreeMap<TemplateError, BTreeSet<&str>> = BTreeMap::new();
        for proof in proofs {
            if let Err(error) = &proof.result {
                let reason = error.reason.replacen(&within(&proof.locale), SOMEWHERE, 1);
                let error = TemplateError { reason, ..error.clone() };
                found.entry(error).or_default().insert(&proof.locale);
            }
        }
        let all = self.words.locales.iter().count();
        let named = found.into_iter().map(|(error, languages)| {
            let place = match languages.len() {
                count if count == all && all > 1 => within("every language"),
                _ => within(&languages.into_iter().collect::<Vec<_>>().join(", ")),
            };
            TemplateError { reason: error.reason.replacen(SOMEWHERE, &place, 1), ..error }
        });
        named.collect()
    }

    /// The frame's fault, if it has one. One proof will do: its variables are the same for every mail.
    pub(in crate::template) fn frame_fault(&self) -> Option<TemplateError> {
        const WORDS: &str = "Your plan was changed";
        let context = Context::new(Map::new(), &Brand::default(), self.default_locale());
        match self.framed("A subject", WORDS, &context)? {
            Ok(html) if html.contains(WORDS) => None,
            Ok(_) => {
                let reason =
                    "leaves out `clerk.paragraphs`, which hold Clerk's words: put them in as email/clerk/body.mjml.hbs does, which `clerk-courier init clerk` writes".to_owned();
                Some(TemplateError::new(&self.frame.as_ref()?.shown, reason))
            }
            Err(fault) => Some(fault),
        }
    }

    /// Renders one slug's template with every sample that is tried, in every language that is wanted.
    fn prove_one(
        &self,
        (channel, slug): (Channel, &str),
        brand: &Brand,
        is_tried: fn(&Sample) -> bool,
        is_wanted: impl Fn(Channel, &str, Locale) -> bool,
    ) -> Vec<Proof> {
        let locales: Vec<_> =
            self.words.locales.iter().filter(|(locale, _)| is_wanted(channel, slug, *locale)).collect();
        let Some(variables) = sample::variables(channel, slug).filter(|_| !locales.is_empty()) else {
            return Vec::new();
        };
        let alone = self.alone(channel, slug);
        let mut proofs = Vec::new();
        for sample in Sample::all(&variables).into_iter().filter(is_tried) {
            // Outside the loop over languages: the values are the same in all of them, and cleaning them takes time.
            let changed = Context::new(sample.of(variables.clone()), brand, self.default_locale());
            for (locale, tag) in &locales {
                let context = Context { locale: *locale, ..changed.clone() };
                let Some(result) = alone.prove_with(channel, slug, &sample, &context) else { continue };
                let (slug, locale) = (slug.to_owned(), (*tag).to_owned());
                proofs.push(Proof { channel, slug, locale, sample: sample.clone(), result });
            }
        }
        proofs
    }

    /// Renders one slug's template once, and checks what comes out; `None` if the slug has no template.
    fn prove_with(
        &self,
        channel: Channel,
        slug: &str,
        sample: &Sample,
        context: &Context,
    ) -> Option<Result<Sizes, TemplateError>> {
        // Not `render`: it would try the default language next, and so hide a translation that fails.
        let rendered = self.render_in(channel, slug, context)?;
        let shown =
            rendered.and_then(|rendered| self.shows_its_point(channel, slug, sample, context, rendered));
        let checked = shown.and_then(|rendered| match sample {
            Sample::Hostile => self.is_escaped(slug, rendered),
            _ => Ok(rendered),
        });
        Some(checked.map(|rendered| Sizes::of(channel, &rendered)))
    }

    /// Fails if the code or link that a message is for is not in it, or not where readers see it. A translation without
    /// the code would otherwise be sent to people who wait for one.
    fn shows_its_point(
        &self,
        channel: Channel,
        slug: &str,
        sample: &Sample,
        context: &Context,
        rendered: Rendered,
    ) -> Result<Rendered, TemplateError> {
        let (html, text) = match channel {
            Channel::Email => {
                self.mails.get(slug).map(|mail| (mail.html.shown.as_str(), mail.text.shown.as_str()))
            }
            Channel::Sms => self.sms.get(slug).map(|text| ("", text.text.shown.as_str())),
        }
        .unwrap_or_default();
        for (name, value) in REQUIRED.iter().filter_map(|name| Some((name, context.shown(name)?))) {
            // As it stands in a text, in HTML, and where a template spells it for screen readers.
            let forms = [escape(&value), helper::spaced(&value), value];
            let is_in = |body: &str| forms.iter().any(|form| body.contains(form));
            let locale = self.words.locales.tag(context.locale);
            for (file, body) in [(html, &rendered.html), (text, &rendered.text)] {
                if body.as_ref().is_some_and(|body| !is_in(body)) {
                    let place = within(locale);
                    // Our files are fine by themselves.
                    let cure = if file.starts_with("built-in ") {
                        format!(
                            "put it into what you changed, which is `{{ ${name} }}` in words and `{{{{{name}}}}}` in a partial"
                        )
                    } else {
                        "put it in".to_owned()
                    };
                    let reason =
                        format!("leaves out `{name}`{place}, which is what the message is for: {cure}");
                    return Err(TemplateError::new(file, reason));
                }
            }
            // With the plain sample alone, so once for each language: looking takes longer than all else of a proof.
            let is_seen = |html: &String| {
                let seen = visible(html);
                forms.iter().any(|form| seen.contains(&form.to_lowercase()))
            };
            if *sample == Sample::Plain && !rendered.html.as_ref().is_none_or(is_seen) {
                let place = within(locale);
                let reason = format!(
                    "shows `{name}`{place} only where nobody reads it (in the head, a comment or a hidden element): put it \
                     into the words of the mail's body"
                );
                return Err(TemplateError::new(html, reason));
            }
        }
        Ok(rendered)
    }

    /// Fails if markup in a value reaches the HTML as markup, as `{{{…}}}` lets it: an end user could write it.
    fn is_escaped(&self, slug: &str, rendered: Rendered) -> Result<Rendered, TemplateError> {
        // The first is in the hostile text, the second in the hostile link, where a space would not pass as part of a
        // link.
        let is_markup = |html: &str| html.contains("<b onclick") || html.contains("<b/onclick");
        if !rendered.html.as_deref().is_some_and(is_markup) {
            return Ok(rendered);
        }
        let file = self.mails.get(slug).map_or("", |mail| mail.html.shown.as_str());
        let reason = "lets markup in a value through: write `{{…}}`, not `{{{…}}}`".to_owned();
        Err(TemplateError::new(file, reason))
    }
}

impl Mail {
    /// The same mail, of which nothing is there in any language yet.
    fn afresh(&self) -> Self {
        let Self { subject, html, text, required: _ } = self;
        Self {
            subject: subject.afresh(),
            html: html.afresh(),
            text: text.afresh(),
            required: OnceLock::new(),
        }
    }
}

impl SmsTemplate {
    /// The same SMS, of which nothing is there in any language yet.
    fn afresh(&self) -> Self {
        Self { text: self.text.afresh(), required: OnceLock::new() }
    }
}

/// Stands for the languages of a fault while equal faults are looked for.
const SOMEWHERE: &str = "\0";

/// Where a fault was found, as a part of its sentence.
fn within(languages: &str) -> String {
    format!(" in {languages}")
}

impl Sizes {
    fn of(channel: Channel, rendered: &Rendered) -> Self {
        let text = rendered.text.as_deref().unwrap_or_default();
        Self {
            subject: rendered.subject.len(),
            html: rendered.html.as_ref().map_or(0, String::len),
            text: text.len(),
            segments: (channel == Channel::Sms).then(|| Segments::of(&plain(text))),
        }
    }
}
