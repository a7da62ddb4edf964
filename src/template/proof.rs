//! Proving templates: each is rendered with samples before anybody depends on it.

use serde_json::{Map, Value};

use super::compile::escape;
use super::context::is_link;
use super::helper::spaced;
use super::visible::visible;
use super::{Brand, Context, REQUIRED, Rendered, TemplateError, Templates, sample};
use crate::json_path;
use crate::message::Channel;
use crate::message::sms::{Segments, plain};

/// What one template made of one sample.
#[derive(Debug)]
pub struct Proof {
    /// Of which channel.
    pub channel: Channel,
    /// Clerk's name of it.
    pub slug: String,
    /// In which language (BCP 47).
    pub locale: String,
    /// With which values.
    pub sample: Sample,
    /// Its sizes, or why it failed.
    pub result: Result<Sizes, TemplateError>,
}

/// How large a rendered message is, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sizes {
    /// The subject.
    pub subject: usize,
    /// The HTML body. Gmail cuts messages off above 102 kB.
    pub html: usize,
    /// The text body, or the SMS.
    pub text: usize,
    /// What an SMS costs.
    pub segments: Option<Segments>,
}

/// Which values a template is proven with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Sample {
    /// Clerk's shape, invented values.
    #[default]
    Plain,
    /// The same without one variable that may be missing.
    Without(String),
    /// Nothing but what the message is about.
    Bare,
    /// Texts that end users could have chosen, at their worst.
    Hostile,
}

/// Markup, a header of its own, a template, right-to-left, emoji, and 200 characters of it.
const HOSTILE: &str = "<b onclick=\"x('y')\">&amp;\r\nBcc: x@y.example\r\n{{app.name}}{{#each this}} \u{202e}שלום مرحبا \
     👩‍👩‍👧 ";

/// What a link can have in it and still be one.
const HOSTILE_LINK: &str = "https://hostile.example/?a&b#'\"><b/onclick=\"x('y')\">";

impl std::fmt::Display for Sample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Plain => f.write_str("its sample"),
            Self::Without(path) => write!(f, "its sample without `{path}`"),
            Self::Bare => f.write_str("nothing that may be missing"),
            Self::Hostile => f.write_str("hostile values"),
        }
    }
}

impl Sample {
    /// All that there are of a slug.
    fn all(variables: &Map<String, Value>) -> Vec<Self> {
        let holds_others = |value: &Value| value.as_object().is_some_and(|inner| !inner.is_empty());
        let without = json_path::all(variables)
            .into_iter()
            .filter(|(path, value)| !REQUIRED.contains(&path.as_str()) && !holds_others(value))
            .map(|(path, _)| Self::Without(path));
        [Self::Plain, Self::Bare, Self::Hostile].into_iter().chain(without).collect()
    }

    /// The sample's variables, changed accordingly.
    #[must_use]
    pub fn of(&self, mut variables: Map<String, Value>) -> Map<String, Value> {
        match self {
            Self::Plain => {}
            Self::Without(path) => json_path::remove(&mut variables, path),
            Self::Bare => variables.retain(|name, _| REQUIRED.contains(&name.as_str())),
            Self::Hostile => variables.iter_mut().for_each(|(name, value)| make_hostile(name, value)),
        }
        variables
    }
}

fn make_hostile(name: &str, value: &mut Value) {
    match value {
        Value::String(link) if is_link(name) => HOSTILE_LINK.clone_into(link),
        Value::String(_) if REQUIRED.contains(&name) || name.ends_with("_color") => {}
        Value::String(text) => *text = HOSTILE.chars().cycle().take(200).collect(),
        Value::Array(items) => items.iter_mut().for_each(|item| make_hostile(name, item)),
        Value::Object(object) => object.iter_mut().for_each(|(name, value)| make_hostile(name, value)),
        _ => {}
    }
}

/// The variables of a slug's sample.
pub(super) fn variables(channel: Channel, slug: &str) -> Option<Map<String, Value>> {
    let mut event = sample::event(channel, slug)?;
    match event.pointer_mut("/data/data")?.take() {
        Value::Object(variables) => Some(variables),
        _ => None,
    }
}

impl Templates {
    pub(super) fn prove_one(&self, channel: Channel, slug: &str, brand: &Brand) -> Vec<Proof> {
        let Some(variables) = variables(channel, slug) else { return Vec::new() };
        let mut proofs = Vec::new();
        for sample in Sample::all(&variables) {
            let changed = Context::new(sample.of(variables.clone()), brand, self.locales.default());
            for (locale, tag) in self.locales.iter() {
                let context = Context { locale, ..changed.clone() };
                let Some(result) = self.prove_with(channel, slug, &sample, &context) else { continue };
                let (slug, locale) = (slug.to_owned(), tag.to_owned());
                proofs.push(Proof { channel, slug, locale, sample: sample.clone(), result });
            }
        }
        proofs
    }

    fn prove_with(
        &self,
        channel: Channel,
        slug: &str,
        sample: &Sample,
        context: &Context,
    ) -> Option<Result<Sizes, TemplateError>> {
        let rendered = self.render_in(channel, slug, context)?;
        let shown =
            rendered.and_then(|rendered| self.shows_its_point(channel, slug, sample, context, rendered));
        let checked = shown.and_then(|rendered| match sample {
            Sample::Hostile => self.is_escaped(slug, rendered),
            _ => Ok(rendered),
        });
        Some(checked.map(|rendered| Sizes::of(channel, &rendered)))
    }

    /// A translation without the code, or a body without the link, would be sent to people who wait for it.
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
            Channel::Sms => self.texts.get(slug).map(|text| ("", text.text.shown.as_str())),
        }
        .unwrap_or_default();
        for (name, value) in REQUIRED.iter().filter_map(|name| Some((name, context.shown(name)?))) {
            let forms = [escape(&value), spaced(&value), value];
            let is_in = |body: &str| forms.iter().any(|form| body.contains(form));
            let locale = self.locales.tag(context.locale);
            for (file, body) in [(html, &rendered.html), (text, &rendered.text)] {
                if body.as_ref().is_some_and(|body| !is_in(body)) {
                    let reason = format!("leaves out `{name}` in {locale}, which is what the message is for");
                    return Err(TemplateError::new(file, reason));
                }
            }
            // Once a language: it takes longer than all else of a proof.
            let is_seen = |html: &String| {
                let seen = visible(html);
                forms.iter().any(|form| seen.contains(&form.to_lowercase()))
            };
            if *sample == Sample::Plain && !rendered.html.as_ref().is_none_or(is_seen) {
                let reason = format!(
                    "has `{name}` in {locale} where nobody reads it: in the head, a comment, or what is hidden"
                );
                return Err(TemplateError::new(html, reason));
            }
        }
        Ok(rendered)
    }

    /// What `{{{…}}}` lets through would be markup of an end user's choice.
    fn is_escaped(&self, slug: &str, rendered: Rendered) -> Result<Rendered, TemplateError> {
        let is_markup = |html: &str| html.contains("<b onclick") || html.contains("<b/onclick");
        if !rendered.html.as_deref().is_some_and(is_markup) {
            return Ok(rendered);
        }
        let file = self.mails.get(slug).map_or("", |mail| mail.html.shown.as_str());
        let reason = "lets markup in a value through: write `{{…}}`, not `{{{…}}}`".to_owned();
        Err(TemplateError::new(file, reason))
    }
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
