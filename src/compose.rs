//! From an event and a plan to a message. Its words come from our template or, if there is none or it fails, from Clerk's
//! own rendering inside the event.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use arc_swap::ArcSwap;
use lettre::Address;
use lettre::message::Mailbox;
use serde_json::{Map, Value};

use crate::decision::policy::{EmailFor, Sender};
use crate::decision::variant::PerVariant;
use crate::decision::{Addressing, Plan};
use crate::event::{Created, Original};
use crate::json_path;
use crate::message::{Channel, Email, Message, Phone, Sms, domain, email, sms};
use crate::template::{Brand, Context, Locale, Proof, Rendered, TemplateError, Templates, Times};
use crate::text::one_line;

/// The `template` of an answer when Clerk's own rendering was sent.
const CLERK: &str = "clerk";

/// `[templates] on_error`: what happens if a template fails while a message is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnError {
    /// Clerk's own rendering is sent, if the event contains one. The default.
    Clerk,
    /// Nothing is sent, and the answer is `failed`, so that Svix tries again.
    Fail,
}

/// Turns an event and a plan into a message: the templates, the brand, and the rules of language.
#[derive(Debug)]
pub struct Composer {
    /// The compiled templates of all slugs and languages. Variants whose templates are the same share them.
    pub templates: Arc<Templates>,
    /// The application's name, logo and colours, where the configuration sets them.
    pub brand: Brand,
    /// Where the reader's language may stand among the template's variables: dotted paths, in the order in which they are
    /// tried.
    pub locale_from: Vec<String>,
    /// Whether a mail without a template gets our layout around Clerk's own words.
    pub clerk_in_layout: bool,
    /// What happens if a template fails.
    pub on_error: OnError,
}

/// The composers that are in force. A reload puts others in their place between two messages, all at once: no message mixes
/// old and new templates.
pub type Current = Arc<ArcSwap<PerVariant<Arc<Composer>>>>;

/// What rendering needs and the event does not say.
#[derive(Debug, Clone, Copy)]
pub struct RenderInput<'a> {
    /// The message's id: Clerk's, or that of Svix if the event has none.
    pub id: &'a str,
    /// The current time, for the mail's `Date` and for what is left of the code's lifetime.
    pub now: SystemTime,
    /// When the code or link inside expires; `None` for a message without one.
    pub end: Option<SystemTime>,
    /// The language to render in (BCP 47), as `render --locale` asks for; `None`: the one that the event names.
    pub locale: Option<&'a str>,
    /// The language (BCP 47) that Clerk told of the reader elsewhere, and who told it; `None` where nobody did.
    pub told: Option<(&'a str, LanguageFrom)>,
}

/// Where the reader's language comes from, in the order in which they are asked. Only languages with a translation count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LanguageFrom {
    /// Somebody asked for it: `render --locale` and the like.
    Asked,
    /// One of the paths of `locale_from`, among the event's variables.
    Variable,
    /// Clerk's own field of the event, should Clerk add one.
    Event,
    /// An event of the user: `user.created` or `user.updated`.
    UserEvent,
    /// Clerk's Backend API.
    BackendApi,
    /// The country of the phone number.
    Number,
    /// The country of the mail address's domain.
    Domain,
    /// Nobody knows it: the default language.
    Default,
}

impl LanguageFrom {
    /// The word for this in log lines.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Variable => "variable",
            Self::Event => "event",
            Self::UserEvent => "user_event",
            Self::BackendApi => "backend_api",
            Self::Number => "number",
            Self::Domain => "domain",
            Self::Default => "default",
        }
    }
}

/// A message, and where its words came from.
#[derive(Debug)]
pub struct Composed {
    /// The message itself, ready to be signed and sent.
    pub message: Message,
    /// The template that made it, as `slug/locale`, or `clerk` for Clerk's own rendering.
    pub template: String,
    /// Where the language of the template comes from. Says nothing for Clerk's own rendering.
    pub language_from: LanguageFrom,
    /// Why the template failed, if Clerk's own words stand in for it; else `None`.
    pub failure: Option<TemplateError>,
}

/// Why no message could be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// The template failed, and Clerk's own rendering must not be sent or is not in the event.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// There is no template for the slug, and the event does not contain Clerk's rendering.
    #[error("there is no template for this event, and it does not contain Clerk's own text")]
    Nothing,
    /// The mail has no sender: `from` is not configured, or does not render to an address.
    #[error("no sender is configured")]
    NoSender,
}

impl Composer {
    /// Renders the words of a message, and addresses it as the plan says.
    ///
    /// # Errors
    /// The template failed, there are no words, or a mail has no sender: see [`ComposeError`].
    pub fn compose(
        &self,
        event: &Created<'_>,
        plan: &Plan<'_>,
        input: RenderInput<'_>,
    ) -> Result<Composed, ComposeError> {
        let mut variables = event.variables.read();
        // Clerk says this beside the variables, but `from` may ask for it: `{{from_email_name}}@acme.example`.
        if let Some(name) = &event.from_email_name {
            variables.entry("from_email_name").or_insert_with(|| Value::from(name.as_ref()));
        }
        let (locale, language_from) = self.locale(event, plan, input, &variables);
        let times = Times { born: event.born, now: input.now };
        let mut context = self.templates.context(variables, &self.brand, locale, times);
        if let Addressing::Email { sender, .. } = &plan.addressing {
            let address = if sender.shows_ip { event.attributes.client_ip() } else { None };
            context.show(!sender.hides_code, address.as_deref(), sender.webotp_domain.as_deref());
        }
        let (mut words, failure) = self.words(event, &context)?;
        let template = std::mem::take(&mut words.template);
        let message = match &plan.addressing {
            Addressing::Email { to, sender } => {
                let mut mail = self.email(event, plan, (to, sender), words, input, &context)?;
                mail.language = template.rsplit_once('/').map(|(_, language)| language.to_owned());
                // Made now and not while sending, because DKIM signs both forms before the first attempt.
                mail.ascii = mail.with_ascii_sender().map(Box::new);
                Message::Email(Box::new(mail))
            }
            Addressing::Sms { to, from, provider_settings, .. } => {
                let text = words.text.unwrap_or_default();
                // An SMS has no headers, so a redirected one names its true recipient in the text.
                let text = match &plan.redirected_from {
                    Some(number) => format!("[{number}] {text}"),
                    None => text,
                };
                Message::Sms(Sms {
                    id: input.id.to_owned(),
                    from: from.map(str::to_owned),
                    to: to.clone(),
                    text: sms::plain(&text).into_owned(),
                    valid_for: input.end.and_then(|end| end.duration_since(input.now).ok()),
                    provider_settings: self.filled(provider_settings, &context),
                })
            }
        };
        Ok(Composed { message, template, language_from, failure })
    }

    /// Renders every template with the brand: with every sample or, if the templates are not new and were proven before, with
    /// the plain one alone.
    #[must_use]
    pub fn prove(&self, are_new: bool) -> Vec<Proof> {
        if are_new { self.templates.prove(&self.brand) } else { self.templates.prove_brand(&self.brand) }
    }

    /// The mail from `sender` to `to`. Fails without a sender.
    fn email(
        &self,
        event: &Created<'_>,
        plan: &Plan<'_>,
        (to, sender): (&Address, &EmailFor),
        words: Rendered,
        input: RenderInput<'_>,
        context: &Context,
    ) -> Result<Email, ComposeError> {
        let from = sender.from.as_ref().and_then(|from| self.mailbox(from, context));
        let from = from.ok_or(ComposeError::NoSender)?;
        Ok(Email {
            id: input.id.to_owned(),
            envelope_from: sender.envelope_from.clone().unwrap_or_else(|| from.email.clone()),
            reply_to: sender.reply_to.clone().or_else(|| reply_to(event, &from)),
            from,
            to: to.clone(),
            subject: words.subject,
            html: words.html,
            text: words.text,
            redirected_from: plan.redirected_from.clone(),
            language: None,
            extra_headers: self.filled(&sender.headers, context),
            provider_settings: self.filled(&sender.provider_settings, context),
            date: input.now,
            ascii: None,
            wire: OnceLock::new(),
        })
    }

    /// The provider settings of one message, with their `{{…}}` filled in. A setting that the event leaves empty is left out,
    /// so that the provider's own value stays.
    fn filled<S: AsRef<str>>(&self, settings: &BTreeMap<S, S>, context: &Context) -> Vec<(String, String)> {
        let value = |it: &S| self.templates.line(it.as_ref(), context).filter(|line| !line.is_empty());
        let filled = |(name, it): (&S, &S)| Some((name.as_ref().to_owned(), value(it)?));
        settings.iter().filter_map(filled).collect()
    }

    /// Whether the language that Clerk told of the reader elsewhere would be used: the slug has a template, and the event itself
    /// does not say a language.
    #[must_use]
    pub fn wants_language(&self, event: &Created<'_>) -> bool {
        let slug = event.slug.as_deref().unwrap_or_default();
        if !self.templates.has(event.channel, slug) {
            return false;
        }
        // Only the variables on the paths are read, since all of them are many.
        let first = |path: &String| path.split('.').next().unwrap_or_default().to_owned();
        let read = |name: String| event.variables.get(&name).map(|value| (name, value));
        let variables: Map<String, Value> = self.locale_from.iter().map(first).filter_map(read).collect();
        self.said(event, &variables).is_none()
    }

    /// The language that the event itself says, and where.
    fn said(&self, event: &Created<'_>, variables: &Map<String, Value>) -> Option<(Locale, LanguageFrom)> {
        let of_variable = |path: &String| {
            let tag = json_path::get(variables, path)?.as_str()?;
            Some((self.templates.locale(tag)?, LanguageFrom::Variable))
        };
        let of_event = || Some((self.templates.locale(event.locale.as_deref()?)?, LanguageFrom::Event));
        self.locale_from.iter().find_map(of_variable).or_else(of_event)
    }

    /// The reader's language, from the first that knows one with a translation: see [`LanguageFrom`].
    fn locale(
        &self,
        event: &Created<'_>,
        plan: &Plan<'_>,
        input: RenderInput<'_>,
        variables: &Map<String, Value>,
    ) -> (Locale, LanguageFrom) {
        let asked = || Some((self.templates.locale(input.locale?)?, LanguageFrom::Asked));
        let told = || {
            let (tag, from) = input.told?;
            Some((self.templates.locale(tag)?, from))
        };
        asked()
            .or_else(|| self.said(event, variables))
            .or_else(told)
            .or_else(|| self.guessed(plan))
            .unwrap_or((self.templates.default_locale(), LanguageFrom::Default))
    }

    /// The language of the recipient's country, as far as the number or the address says it.
    fn guessed(&self, plan: &Plan<'_>) -> Option<(Locale, LanguageFrom)> {
        match (&plan.addressing, &plan.redirected_from) {
            (Addressing::Sms { to, .. }, redirected_from) => {
                // The true recipient's number, where the message goes elsewhere.
                let number = redirected_from.as_deref().and_then(|number| Phone::parse(number).ok());
                let country = number.as_ref().unwrap_or(to).country()?;
                Some((self.templates.locale_of_country(country)?, LanguageFrom::Number))
            }
            (Addressing::Email { to, .. }, redirected_from) => {
                let of_address = redirected_from.as_deref().and_then(|to| Some(to.rsplit_once('@')?.1));
                let country = domain::country(of_address.unwrap_or(to.domain()))?;
                Some((self.templates.locale_of_country(&country)?, LanguageFrom::Domain))
            }
        }
    }

    /// The words of our template or, if there is none or it fails, those that Clerk would have sent, with the failure.
    fn words(
        &self,
        event: &Created<'_>,
        context: &Context,
    ) -> Result<(Rendered, Option<TemplateError>), ComposeError> {
        let slug = event.slug.as_deref().unwrap_or_default();
        let failure = match self.templates.render(event.channel, slug, context) {
            Some(Ok(rendered)) => return Ok((rendered, None)),
            Some(Err(error)) if self.on_error == OnError::Fail => return Err(error.into()),
            Some(Err(error)) => Some(error),
            None => None,
        };
        let mut words = match (clerks_own(event.channel, &event.original), &failure) {
            (Some(words), _) => words,
            // The answer is `failed` and not `skipped`: Svix tries again, and the template may be repaired by then.
            (None, Some(error)) => return Err(error.clone().into()),
            (None, None) => return Err(ComposeError::Nothing),
        };
        // A mail without a slug was made by the application itself, and keeps its own looks.
        if self.clerk_in_layout
            && failure.is_none()
            && event.slug.is_some()
            && event.channel == Channel::Email
        {
            let text = words.text.as_deref().unwrap_or_default();
            // A layout that fails must cost the looks alone, so Clerk's own HTML is the way out.
            words.html = self.templates.frame(&words.subject, text, context).or(words.html);
        }
        Ok((words, failure))
    }

    /// The sender, with its `{{…}}` filled in. If the result is not an address, or is one that servers without SMTPUTF8
    /// refuse, the mail comes from `noreply` at the same domain: no code is lost because of a local part.
    fn mailbox(&self, from: &Sender, context: &Context) -> Option<Mailbox> {
        match from {
            Sender::Fixed(mailbox) => Some(mailbox.clone()),
            Sender::Template { name, local, domain } => {
                let line =
                    |template: &str| self.templates.line(template, context).filter(|line| !line.is_empty());
                let address = line(local)
                    .filter(|local| local.is_ascii())
                    .and_then(|local| Address::new(local, domain.as_str()).ok())
                    .or_else(|| email::noreply(domain))?;
                Some(Mailbox::new(line(name), address))
            }
        }
    }
}

/// The event's reply address, at the domain of `from`; `None` if the event has none, or one that servers without SMTPUTF8
/// refuse.
fn reply_to(event: &Created<'_>, from: &Mailbox) -> Option<Mailbox> {
    let name = event.reply_to_email_name.as_deref().filter(|name| name.is_ascii())?;
    Some(Mailbox::new(None, Address::new(name, from.email.domain()).ok()?))
}

/// Clerk's own rendering of the message; `None` if the event does not contain it.
fn clerks_own(channel: Channel, original: &Original<'_>) -> Option<Rendered> {
    let html = original.html();
    let text = original.text().or_else(|| html.as_deref().and_then(in_plain_text));
    if html.is_none() && text.is_none() {
        return None;
    }
    let subject = match channel {
        Channel::Email => one_line(&original.subject().unwrap_or_default()),
        Channel::Sms => String::new(),
    };
    Some(Rendered { subject, html, text, template: CLERK.to_owned() })
}

/// The HTML as plain text, for events in which Clerk left out the text body: spam filters dislike mail without one. `None`
/// if no text is left.
fn in_plain_text(html: &str) -> Option<String> {
    // Each paragraph stays on one line, however long, since a line break would cut links in two. The width of the HTML is
    // one that no paragraph reaches, and quoted-printable breaks the lines for the transport.
    let text = html2text::config::plain()
        .raw_mode(true)
        .no_link_wrapping()
        .string_from_read(html.as_bytes(), html.len());
    text.ok().filter(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_made_from_html_keeps_links_whole() {
        for length in [20, 78, 200, 5000] {
            let url = format!("https://clerk.example/v1/verify?token={}", "A1b2".repeat(length / 4));
            let html = format!(
                "<table><tr><td><p>Hello</p><p><a href=\"{url}\">Sign in</a> or</p><p>{url}</p></td></tr></table>"
            );
            let text = in_plain_text(&html).unwrap();
            assert_eq!(text, format!("Hello\n\n[Sign in][1] or\n\n{url}\n\n[1]: {url}\n"));
        }
        let sentence = "This is a sentence of some words. ".repeat(10);
        assert_eq!(in_plain_text(&format!("<p>{sentence}</p>")).unwrap().trim(), sentence.trim());
        assert_eq!(in_plain_text("<p> </p>"), None);
    }
}
