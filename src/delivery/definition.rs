//! A provider's API as data: how a message becomes a request, and an answer a verdict. The files are in `providers/`;
//! the configuration reads them, so that what is wrong with one has its file and line.

mod answer;
mod inflate;
mod leaf;

use std::collections::BTreeMap;

use handlebars::template::TemplateElement;
use handlebars::{Context, Handlebars, JsonRender as _, Template};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use regex::Regex;
use reqwest::header::HeaderName;
use serde_json::{Map, Value};

use super::oauth2::Usual;
use crate::message::Channel;
use crate::secret::Secret;

pub use answer::{Accepted, Class, Code, Codes, Errors, Expected, Place, Predicate, Source, Unit, Wait};
pub(super) use answer::{judge, judge_harmless};
pub use leaf::{Kind, Leaf};

/// What a file in `providers/` says. Strings are templates among `texts`, but for addresses, whose values are
/// percent-encoded.
#[derive(Clone)]
pub struct Definition {
    /// The file's name, which is the `type` in the configuration.
    pub name: String,
    /// One line for people.
    pub about: String,
    /// Mail or text messages.
    pub carries: Channel,
    /// Where the API is; `None`: every account has its own.
    pub base_url: Option<BaseUrl>,
    /// Whether a sender has to be configured.
    pub needs_sender: bool,
    /// Unless this setting is there.
    pub sender_unless: Option<String>,
    /// What `[providers.…]` may say, by name.
    pub settings: BTreeMap<String, Setting>,
    /// How each request shows whose it is.
    pub auth: Auth,
    /// Beside that, an access token (RFC 6750, 2.1).
    pub oauth2: Option<Oauth2>,
    /// Whether the vendor documents that a request which comes again with its idempotency key sends nothing again.
    pub idempotent: bool,
    /// What is sent for a message.
    pub request: Request,
    /// A request that sends nothing, and is answered well if the account is.
    pub harmless: Option<Harmless>,
    /// What is success.
    pub accepted: Accepted,
    /// What everything else means.
    pub errors: Errors,
    /// Every template but those of addresses, compiled.
    pub texts: Texts,
    /// Those of addresses.
    pub addresses: Texts,
}

/// `base_url`: only settings that are no secrets are filled in.
#[derive(Debug, Clone)]
pub struct BaseUrl {
    /// As the file has it, without a trailing slash.
    pub source: String,
    /// The same, among the addresses.
    pub text: Text,
}

impl Definition {
    /// Where the API of an account with these settings is; empty: they don't say.
    #[must_use]
    pub fn base_url(&self, settings: &[(String, Secret)]) -> String {
        let Some(base_url) = &self.base_url else { return String::new() };
        let values = settings.iter().map(|(name, value)| (name.clone(), Value::from(value.reveal())));
        self.addresses.render(base_url.text, &context(values.collect())).unwrap_or_default()
    }
}

impl std::fmt::Debug for Definition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Definition").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A key of `[providers.…]`.
#[derive(Debug, Clone, Default)]
pub struct Setting {
    /// What it is, for people.
    pub about: String,
    /// Never shown.
    pub secret: bool,
    /// May be missing.
    pub optional: bool,
    /// May be missing where this one is there.
    pub unless: Option<String>,
    /// Must be there where this one is.
    pub with: Option<String>,
    /// What it looks like.
    pub matches: Option<Regex>,
    /// Where it is not said.
    pub default: Option<String>,
}

/// What shows whose a request is.
#[derive(Debug, Clone, Default)]
pub struct Auth {
    /// User and password (RFC 7617).
    pub basic: Option<(Text, Text)>,
    /// AWS Signature Version 4.
    pub aws: Option<Aws>,
    /// Headers; those that come out empty are left out.
    pub headers: Vec<(HeaderName, Text)>,
}

/// What is sent.
#[derive(Debug, Clone)]
pub struct Request {
    /// `true`: GET; else POST.
    pub get: bool,
    /// Behind the base URL; among the addresses.
    pub path: Text,
    /// Behind the `?`.
    pub query: Option<Leaf>,
    /// What the body holds.
    pub body: Body,
}

/// A request that sends no message.
#[derive(Debug, Clone)]
pub struct Harmless {
    /// Templates of it may ask for settings; what belongs to a message is empty.
    pub request: Request,
    /// What a good account is answered; there is no receipt.
    pub accepted: Accepted,
    /// Codes, or HTTP statuses, that a key which may only send is answered with: that says nothing against it.
    pub sending_only: Codes,
}

/// What a body is.
#[derive(Debug, Clone)]
pub enum Body {
    /// There is none.
    None,
    /// `application/x-www-form-urlencoded`
    Form(Leaf),
    /// `application/json`
    Json(Leaf),
    /// Text; its type stands among the headers.
    Text(Text),
}

/// Where an API's access tokens come from; the rest is configured.
#[derive(Debug, Clone)]
pub struct Oauth2 {
    /// What all accounts have in common.
    pub usual: Usual,
    /// The setting that names the mailbox which a service account acts for.
    pub mailbox: Option<String>,
}

/// Whom a request is signed for.
#[derive(Debug, Clone)]
pub struct Aws {
    /// `sns`
    pub service: String,
    /// `eu-west-1`
    pub region: Text,
    /// `AKIA…`
    pub access_key_id: Text,
    /// Its secret.
    pub secret_access_key: Text,
    /// Of temporary credentials; empty: they are none.
    pub session_token: Option<Text>,
}

/// A template's number among [`Texts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text(pub usize);

/// Compiled templates.
#[derive(Debug, Clone)]
pub struct Texts {
    registry: Handlebars<'static>,
    /// Those that only put values in places, which most do: Handlebars takes ten times as long for it.
    plain: Vec<Option<Vec<Part>>>,
    /// Those that ask for settings alone: for one account they always come to the same.
    settled: Vec<Text>,
    /// All of them, as they stand.
    sources: String,
    escape: fn(&str) -> String,
}

/// A part of a template that calls no helper.
#[derive(Debug, Clone)]
enum Part {
    Raw(String),
    Variable(String),
}

/// Why a template could not be rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a template of the provider's definition fails with this message")]
pub struct Unrendered;

impl Default for Texts {
    fn default() -> Self {
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        registry.register_escape_fn(handlebars::no_escape);
        leaf::register(&mut registry);
        Self {
            registry,
            plain: Vec::new(),
            settled: Vec::new(),
            sources: String::new(),
            escape: handlebars::no_escape,
        }
    }
}

impl Texts {
    /// The same, with values percent-encoded (RFC 3986, 2.1), for addresses.
    #[must_use]
    pub fn encoding() -> Self {
        let mut texts = Self::default();
        texts.registry.register_escape_fn(percent_encoded);
        texts.escape = percent_encoded;
        texts
    }

    /// Compiles one.
    ///
    /// # Errors
    /// Its syntax.
    pub fn add(&mut self, source: &str) -> Result<Text, String> {
        let text = Text(self.plain.len());
        let name = text.0.to_string();
        self.registry.register_template_string(&name, source).map_err(|error| error.reason().to_string())?;
        self.plain.push(self.template(text).and_then(parts));
        self.sources.push_str(source);
        Ok(text)
    }

    /// A template that asks for settings alone.
    pub(crate) fn settle(&mut self, text: Text) {
        self.settled.push(text);
    }

    /// The same for one account, whose settings are filled in where nothing else is asked for.
    ///
    /// # Errors
    /// One of these fails.
    pub fn of_account(&self, settings: &Context) -> Result<Self, Unrendered> {
        let mut texts = self.clone();
        for text in &self.settled {
            let rendered = self.render(*text, settings)?;
            if let Some(parts) = texts.plain.get_mut(text.0) {
                *parts = Some(vec![Part::Raw(rendered)]);
            }
        }
        Ok(texts)
    }

    /// Whether one of them may ask for a variable.
    #[must_use]
    pub fn mention(&self, name: &str) -> bool {
        self.sources.contains(name)
    }

    /// Renders one.
    ///
    /// # Errors
    /// It asks for what is not there.
    pub fn render(&self, text: Text, variables: &Context) -> Result<String, Unrendered> {
        let Some(Some(parts)) = self.plain.get(text.0) else {
            return self.registry.render_with_context(&text.0.to_string(), variables).map_err(|_| Unrendered);
        };
        let mut out = String::new();
        for part in parts {
            match part {
                Part::Raw(raw) => out.push_str(raw),
                Part::Variable(name) => match variables.data().get(name).ok_or(Unrendered)? {
                    Value::String(text) => out.push_str(&(self.escape)(text)),
                    other => out.push_str(&(self.escape)(&other.render())),
                },
            }
        }
        Ok(out)
    }

    /// Whether it is one value, or words alone: nothing that a value could end.
    pub(crate) fn stands_alone(&self, text: Text) -> bool {
        self.template(text).is_none_or(is_one_value)
    }

    pub(crate) fn template(&self, text: Text) -> Option<&Template> {
        self.registry.get_template(&text.0.to_string())
    }
}

fn is_one_value(template: &Template) -> bool {
    match template.elements.as_slice() {
        [] => true,
        [TemplateElement::HelperBlock(block)] => {
            [&block.template, &block.inverse].into_iter().flatten().all(is_one_value)
        }
        [element] => matches!(
            element,
            TemplateElement::RawString(_)
                | TemplateElement::Expression(_)
                | TemplateElement::HtmlExpression(_)
        ),
        _ => false,
    }
}

/// `None` where Handlebars is needed.
fn parts(template: &Template) -> Option<Vec<Part>> {
    let part = |element: &TemplateElement| match element {
        TemplateElement::RawString(raw) => Some(Part::Raw(raw.clone())),
        TemplateElement::Expression(call) if call.params.is_empty() && call.hash.is_empty() => {
            let is_name = |name: &&str| {
                let letters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                letters && *name != "this" && !helper_exists(name)
            };
            let name = call.name.as_name().filter(is_name)?;
            Some(Part::Variable(name.to_owned()))
        }
        _ => None,
    };
    template.elements.iter().map(part).collect()
}

/// All but the unreserved characters.
fn percent_encoded(text: &str) -> String {
    const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(text, UNRESERVED).to_string()
}

/// Whether templates of a definition may call this.
#[must_use]
pub fn helper_exists(name: &str) -> bool {
    helper_of_handlebars(name) || leaf::HELPERS.iter().any(|(own, _)| *own == name)
}

/// The same in addresses: what these write is percent-encoded.
#[must_use]
pub fn helper_of_handlebars(name: &str) -> bool {
    let known = [
        "if", "unless", "each", "with", "lookup", "len", "eq", "ne", "gt", "gte", "lt", "lte", "and", "or",
        "not",
    ];
    known.contains(&name)
}

/// The names that templates may ask for, besides the settings.
#[must_use]
pub fn variables(channel: Channel) -> &'static [&'static str] {
    match channel {
        Channel::Sms => &[
            "to",
            "digits",
            "international",
            "country",
            "from",
            "from_digits",
            "text",
            "unicode",
            "segments",
            "seconds_left",
            "milliseconds_left",
            "minutes_left",
            "idempotency_key",
            "idempotency_uuid",
        ],
        Channel::Email => &[
            "to",
            "from",
            "from_name",
            "from_header",
            "reply_to",
            "subject",
            "html",
            "text",
            "message_id",
            "mime_base64",
            "mime_base64url",
            "original_to",
            "headers",
            "idempotency_key",
            "idempotency_uuid",
        ],
    }
}

/// Values by name.
pub type Variables = Map<String, Value>;

/// What templates are rendered with.
#[must_use]
pub fn context(variables: Variables) -> Context {
    let mut context = Context::null();
    *context.data_mut() = Value::Object(variables);
    context
}
