//! Proving templates: each is rendered with samples before anybody depends on it.

use serde_json::{Map, Value};

use super::context::is_link;
use super::{Context, REQUIRED, Rendered, TemplateError, Templates, sample};
use crate::config::Brand;
use crate::message::Channel;
use crate::message::sms::{Segments, plain};

/// What one template made of one sample.
#[derive(Debug)]
pub struct Proof {
    /// Of which channel.
    pub channel: Channel,
    /// `slug/locale`.
    pub template: String,
    /// `plain` (Clerk's shape, invented values), `bare` (nothing but what the message is about) or `hostile`.
    pub sample: &'static str,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The sample as it is.
    Plain,
    /// Optional variables absent: the other branch of each `{{#if}}`.
    Bare,
    /// Texts that end users could have chosen, at their worst.
    Hostile,
}

/// Markup, a header of its own, a template, right-to-left, emoji, and 200 characters of it.
const HOSTILE: &str = "<b onclick=\"x('y')\">&amp;\r\nBcc: x@y.example\r\n{{app.name}}{{#each this}} \u{202e}שלום مرحبا \
     👩‍👩‍👧 ";

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Plain, Self::Bare, Self::Hostile];

    fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Bare => "bare",
            Self::Hostile => "hostile",
        }
    }

    /// The variables of a slug's sample, changed accordingly.
    fn variables(self, channel: Channel, slug: &str) -> Option<Map<String, Value>> {
        let mut event = sample::event(channel, slug)?;
        let Value::Object(mut variables) = event.pointer_mut("/data/data")?.take() else { return None };
        match self {
            Self::Plain => {}
            Self::Bare => variables.retain(|name, _| !OPTIONAL.contains(&name.as_str())),
            Self::Hostile => variables.iter_mut().for_each(|(name, value)| make_hostile(name, value)),
        }
        Some(variables)
    }
}

/// Variables that events of the same slug come with and without.
const OPTIONAL: [&str; 7] =
    ["app", "theme", "user", "requested_at", "requested_by", "requested_from", "ttl_minutes"];

fn make_hostile(name: &str, value: &mut Value) {
    match value {
        Value::String(_) if is_link(name) || REQUIRED.contains(&name) || name.ends_with("_color") => {}
        Value::String(text) => *text = HOSTILE.chars().cycle().take(200).collect(),
        Value::Array(items) => items.iter_mut().for_each(|item| make_hostile(name, item)),
        Value::Object(object) => object.iter_mut().for_each(|(name, value)| make_hostile(name, value)),
        _ => {}
    }
}

impl Templates {
    pub(super) fn prove_with(&self, kind: Kind, brand: &Brand) -> Vec<Proof> {
        let slugs = [Channel::Email, Channel::Sms]
            .into_iter()
            .flat_map(|channel| self.slugs(channel).map(move |slug| (channel, slug)));
        slugs.filter_map(|(channel, slug)| self.prove_one(channel, slug, kind, brand)).collect()
    }

    fn prove_one(&self, channel: Channel, slug: &str, kind: Kind, brand: &Brand) -> Option<Proof> {
        let context = Context::new(kind.variables(channel, slug)?, brand);
        let rendered = self.render(channel, slug, &context)?;
        let result = rendered.and_then(|rendered| match kind {
            Kind::Hostile => self.is_escaped(slug, rendered),
            Kind::Plain | Kind::Bare => Ok(rendered),
        });
        let template = format!("{slug}/{}", self.locale);
        Some(Proof {
            channel,
            template,
            sample: kind.name(),
            result: result.map(|it| Sizes::of(channel, &it)),
        })
    }

    /// What `{{{…}}}` lets through would be markup of an end user's choice.
    fn is_escaped(&self, slug: &str, rendered: Rendered) -> Result<Rendered, TemplateError> {
        if !rendered.html.as_deref().is_some_and(|html| html.contains("<b onclick")) {
            return Ok(rendered);
        }
        let file = self.mails.get(slug).map_or("", |mail| mail.html.as_str());
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
