//! From an event and a plan to a message: our template, or where there is none or it fails, Clerk's own words.

use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use arc_swap::ArcSwap;
use lettre::Address;
use lettre::message::Mailbox;
use serde_json::{Map, Value};

use crate::decision::policy::Sender;
use crate::decision::{Addressing, Plan};
use crate::event::{Created, Original};
use crate::json_path;
use crate::message::{Channel, Email, Message, Sms, email, sms};
use crate::template::{Brand, Context, Locale, Rendered, TemplateError, Templates, Times};
use crate::text::one_line;

/// How a message is named in the answer when Clerk's own rendering went out.
const CLERK: &str = "clerk";

/// `[templates] on_error`: what happens when a template fails while a message is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnError {
    /// Clerk's own rendering goes out, if the event holds one. The default.
    Clerk,
    /// Nothing goes out, and the answer is `failed`.
    Fail,
}

/// Turns an event and a plan into a message: the templates, the brand, and the rules of language.
#[derive(Debug)]
pub struct Composer {
    /// The templates, compiled.
    pub templates: Templates,
    /// The application's look.
    pub brand: Brand,
    /// Where the reader's language stands, among the template's variables: dotted paths.
    pub locale_from: Vec<String>,
    /// Mails in Clerk's words get our layout.
    pub clerk_in_layout: bool,
    /// What a template that fails means.
    pub on_error: OnError,
}

/// The words that are in force: a reload puts others in their place between two messages, all or nothing.
pub type Current = Arc<ArcSwap<Composer>>;

/// What a message is composed for, besides its event.
#[derive(Debug, Clone, Copy)]
pub struct RenderInput<'a> {
    /// Clerk's id of the message.
    pub id: &'a str,
    /// The time.
    pub now: SystemTime,
    /// When its code dies.
    pub end: Option<SystemTime>,
    /// The reader's language (BCP 47); `None`: what the event says of it.
    pub locale: Option<&'a str>,
}

/// A message, and how it came about.
#[derive(Debug)]
pub struct Composed {
    /// Ready to leave.
    pub message: Message,
    /// `slug/locale`, or `clerk`.
    pub template: String,
    /// Why Clerk's own words went out in place of a template's.
    pub failure: Option<TemplateError>,
}

/// Why there is no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// The template failed, and nothing may or can go out in its place.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// No template, and no words of Clerk's in the event.
    #[error("the event has nothing to say, and there is no template for it")]
    Nothing,
    /// No `from`.
    #[error("no sender is configured")]
    NoSender,
}

impl Composer {
    /// Renders and composes.
    ///
    /// # Errors
    /// See [`ComposeError`].
    pub fn compose(
        &self,
        event: &Created<'_>,
        plan: &Plan<'_>,
        occasion: RenderInput<'_>,
    ) -> Result<Composed, ComposeError> {
        let RenderInput { id, now, end, locale } = occasion;
        let mut variables = event.variables.read();
        if let Some(name) = &event.from_email_name {
            variables.entry("from_email_name").or_insert_with(|| Value::from(name.as_ref()));
        }
        let locale = self.locale(locale, &variables, &plan.addressing);
        let times = Times { born: event.born, now };
        let context = self.templates.context(variables, &self.brand, locale, times);
        let (Rendered { subject, html, text, template }, failure) = self.words(event, &context)?;
        let message = match &plan.addressing {
            Addressing::Email { to, sender } => {
                let from = sender.from.as_ref().and_then(|from| self.mailbox(from, &context));
                let from = from.ok_or(ComposeError::NoSender)?;
                let mut mail = Email {
                    id: id.to_owned(),
                    envelope_from: sender.envelope_from.clone().unwrap_or_else(|| from.email.clone()),
                    reply_to: sender.reply_to.clone().or_else(|| reply_to(event, &from)),
                    from,
                    to: to.clone(),
                    subject,
                    html,
                    text,
                    redirected_from: plan.redirected_from.clone(),
                    provider_settings: self.filled(
                        sender.provider_settings.iter().map(|(name, it)| (name.as_str(), it.as_str())),
                        &context,
                    ),
                    date: now,
                    ascii: None,
                    wire: OnceLock::new(),
                };
                mail.ascii = mail.with_ascii_sender().map(Box::new);
                Message::Email(Box::new(mail))
            }
            Addressing::Sms { to, from, provider_settings, .. } => {
                let text = text.unwrap_or_default();
                let text = match &plan.redirected_from {
                    Some(number) => format!("[{number}] {text}"),
                    None => text,
                };
                Message::Sms(Sms {
                    id: id.to_owned(),
                    from: from.map(str::to_owned),
                    to: to.clone(),
                    text: sms::plain(&text).into_owned(),
                    valid_for: end.and_then(|end| end.duration_since(now).ok()),
                    provider_settings: self
                        .filled(provider_settings.iter().map(|(name, it)| (*name, *it)), &context),
                })
            }
        };
        Ok(Composed { message, template, failure })
    }

    /// Settings of the provider for this message. Where the event says nothing, the provider's own stays.
    fn filled<'v>(
        &self,
        settings: impl Iterator<Item = (&'v str, &'v str)>,
        context: &Context,
    ) -> Vec<(String, String)> {
        let value = |it: &str| self.templates.line(it, context).filter(|line| !line.is_empty());
        settings.filter_map(|(name, it)| Some((name.to_owned(), value(it)?))).collect()
    }

    /// The reader's language: what is asked for, else what the event says, else that of the number's country.
    fn locale(
        &self,
        wanted: Option<&str>,
        variables: &Map<String, Value>,
        addressing: &Addressing<'_>,
    ) -> Locale {
        let said = self.locale_from.iter().filter_map(|path| json_path::get(variables, path)?.as_str());
        let country = || match addressing {
            Addressing::Sms { to, .. } => self.templates.locale_of_country(to.country()?),
            Addressing::Email { .. } => None,
        };
        wanted
            .into_iter()
            .chain(said)
            .find_map(|tag| self.templates.locale(tag))
            .or_else(country)
            .unwrap_or(self.templates.default_locale())
    }

    /// Our template; where there is none, or it fails, what Clerk would have sent.
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
            // There was something to say: the next attempt may come after the template was mended.
            (None, Some(error)) => return Err(error.clone().into()),
            (None, None) => return Err(ComposeError::Nothing),
        };
        // A mail without a slug is the application's own, and looks as it was made to look.
        if self.clerk_in_layout
            && failure.is_none()
            && event.slug.is_some()
            && event.channel == Channel::Email
        {
            let text = words.text.as_deref().unwrap_or_default();
            words.html = self.templates.frame(&words.subject, text, context).or(words.html);
        }
        Ok((words, failure))
    }

    /// A sender with `{{…}}` in it takes what the event says. Where that gives no address, or one that servers without
    /// SMTPUTF8 refuse, the mail comes from `noreply`: a code is not lost to a local part.
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

/// The event's reply address; `None` where its local part makes none that every server carries.
fn reply_to(event: &Created<'_>, from: &Mailbox) -> Option<Mailbox> {
    let name = event.reply_to_email_name.as_deref().filter(|name| name.is_ascii())?;
    Some(Mailbox::new(None, Address::new(name, from.email.domain()).ok()?))
}

/// Clerk's rendering of the same message; `None` where the event carries none.
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

/// Clerk may leave out the text body; a mail without one looks like spam. Lines stay as long as their paragraphs, which
/// are never longer than the HTML: a break would cut links in two, and quoted-printable needs none.
fn in_plain_text(html: &str) -> Option<String> {
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
