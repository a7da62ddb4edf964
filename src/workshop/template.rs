//! The page of one template: how its reader sees it in any language, with values that can be changed.

use std::sync::Arc;
use std::time::SystemTime;

use axum::extract::{Path, RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::inbox::{self, Scheme};
use super::offer::offer;
use super::outbox::is_web;
use super::shell::{Workshop, mail_page, missing, title};
use super::snapshot::{Problem, Snapshot};
use super::values::{Choice, Field, Filled, SAMPLES, fill};
use super::variant::variants;
use crate::clock::Clock;
use crate::message::{Channel, Email, Message};
use crate::rehearsal::preview;
use crate::template::{Brand, sample};

/// A template that exists in the snapshot it was looked up in.
pub(super) struct Named {
    pub(super) channel: Channel,
    pub(super) slug: String,
}

impl Named {
    /// The path of its page.
    pub(super) fn path(&self) -> String {
        format!("/template/{}/{}", self.channel.as_str(), self.slug)
    }
}

impl Snapshot {
    /// The template that an address names, if there is one.
    pub(super) fn named(&self, channel: &str, slug: &str) -> Option<Named> {
        let channel = [Channel::Email, Channel::Sms].into_iter().find(|known| known.as_str() == channel)?;
        // A mail without a template goes out in Clerk's own words, which can be looked at too.
        let is_known = self.composer.templates.has(channel, slug)
            || (channel == Channel::Email && sample::slugs(channel).contains(&slug));
        is_known.then(|| Named { channel, slug: slug.to_owned() })
    }

    /// The language to show: the one that was chosen, else the default. The language of the sample's reader is ignored,
    /// since the box on the page must always say which language is shown.
    pub(super) fn language(&self, choice: &Choice) -> String {
        let templates = &self.composer.templates;
        choice.locale.clone().unwrap_or_else(|| templates.tag(templates.default_locale()).to_owned())
    }
}

/// The channel and the slug in a page's address, as they were asked for.
type Address = Path<(String, String)>;

/// The page of a template.
pub(super) async fn show(
    State(workshop): State<Arc<Workshop>>,
    Path((channel, slug)): Address,
    RawQuery(query): RawQuery,
) -> Response {
    let mut choice = Choice::read(query.unwrap_or_default().as_bytes());
    let snapshot = workshop.chosen(&mut choice);
    match snapshot.named(&channel, &slug) {
        Some(named) => page(&workshop, &snapshot, &named, choice, None),
        None => workshop.missing("There is no template for this channel and slug."),
    }
}

/// The HTML body of the mail, for the frames of the page.
pub(super) async fn html(
    State(workshop): State<Arc<Workshop>>,
    Path(address): Address,
    RawQuery(query): RawQuery,
) -> Response {
    let choice = Choice::read(query.unwrap_or_default().as_bytes());
    let scheme = Scheme::named(choice.scheme.as_deref());
    match mail(&workshop, &address, choice) {
        Some(mail) => mail_page(inbox::in_scheme(&mail.html.unwrap_or_default(), scheme)),
        None => {
            missing("There is no template for this channel and slug, or it can't be rendered as an email.")
        }
    }
}

/// The bytes of the mail as they go to a mail server.
pub(super) async fn source(
    State(workshop): State<Arc<Workshop>>,
    Path(address): Address,
    RawQuery(query): RawQuery,
) -> Response {
    let choice = Choice::read(query.unwrap_or_default().as_bytes());
    match mail(&workshop, &address, choice) {
        Some(mail) => {
            ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], mail.wire().to_vec()).into_response()
        }
        None => {
            missing("There is no template for this channel and slug, or it can't be rendered as an email.")
        }
    }
}

/// The mail that an address and a choice name; `None` if they name an SMS or nothing at all.
fn mail(workshop: &Workshop, (channel, slug): &(String, String), mut choice: Choice) -> Option<Email> {
    let snapshot = workshop.chosen(&mut choice);
    let named = snapshot.named(channel, slug)?;
    match render(&snapshot, &named, &mut choice).message? {
        Message::Email(mail) => Some(*mail),
        Message::Sms(_) => None,
    }
}

/// What to show for a choice.
pub(super) struct Shown {
    /// The message with the chosen values or, if they don't render, with the unchanged sample. `None` if that fails
    /// too.
    pub(super) message: Option<Message>,
    /// Why the chosen values don't render; `None` if they do.
    pub(super) problem: Option<Problem>,
    /// The variables that can be changed.
    fields: Vec<Field>,
}

/// The message for a choice, and what is wrong with it.
pub(super) fn render(snapshot: &Snapshot, named: &Named, choice: &mut Choice) -> Shown {
    let now = Clock::System.now();
    let Ok(Filled { event, fields }) = fill(named.channel, &named.slug, choice, now) else {
        return Shown { message: None, problem: None, fields: Vec::new() };
    };
    let locale = snapshot.language(choice);
    match compose(snapshot, &event, now, &locale) {
        Ok(message) => Shown { message: Some(message), problem: None, fields },
        Err(problem) => {
            let as_it_is = fill(named.channel, &named.slug, &mut Choice::default(), now);
            let message =
                as_it_is.ok().and_then(|filled| compose(snapshot, &filled.event, now, &locale).ok());
            Shown { message, problem: Some(*problem), fields }
        }
    }
}

/// The message for `event`. When a template fails, the service sends Clerk's own words in its place; here it is a
/// problem, since the page is for finding it.
fn compose(
    snapshot: &Snapshot,
    event: &Value,
    now: SystemTime,
    locale: &str,
) -> Result<Message, Box<Problem>> {
    let of_template = |error| Box::new(Problem::of_template(error, &snapshot.dir));
    match preview::compose(&snapshot.composer, &snapshot.policy, event, now, Some(locale)) {
        Ok((composed, _)) => match composed.failure {
            None => Ok(composed.message),
            Some(failure) => Err(of_template(&failure)),
        },
        Err(error) => Err(match error.template() {
            Some(failure) => of_template(failure),
            None => Box::new(Problem::unplaced("The sample", error.to_string())),
        }),
    }
}

/// The page of the template `named` for a choice. `sent` says what happened to sending it, `None` if nobody asked for
/// that.
pub(super) fn page(
    workshop: &Workshop,
    snapshot: &Snapshot,
    named: &Named,
    mut choice: Choice,
    sent: Option<&Value>,
) -> Response {
    let outbox = workshop.outbox.list().unwrap_or_default();
    // The default language is left out of addresses. Otherwise the first change on the page, which submits the whole
    // form, would give every frame a new address, and the frames would load again and flicker.
    let templates = &snapshot.composer.templates;
    let known = |locale: &String| templates.locales().any(|known| known == locale);
    let default = templates.tag(templates.default_locale());
    choice.locale = choice.locale.take().filter(|locale| known(locale) && locale != default);
    let shown = render(snapshot, named, &mut choice);
    let (path, query) = (named.path(), choice.query());
    let fields: Vec<Value> = shown
        .fields
        .iter()
        .map(|field| {
            let Field { path, value, example } = field;
            let from = set_elsewhere(path, &snapshot.composer.brand);
            json!({ "path": path, "value": value, "example": example, "from": from })
        })
        .collect();
    let data = json!({
        "title": title(&named.slug),
        "slug": named.slug, "channel": named.channel.as_str(), "path": path,
        "url": format!("{path}?{query}"), "reset": format!("{path}?{}", untouched(&choice).query()),
        "files": files(snapshot, named),
        "locales": locales(snapshot, &choice), "variants": variants(snapshot, &choice), "samples": samples(&path, &choice),
        "fields": fields, "is_edited": !choice.typed.is_empty(), "to": choice.to, "sample": choice.sample_name(),
        "languages": format!("/languages/{}/{}?{}", named.channel.as_str(), named.slug, choice.elsewhere().query()),
        "fault": shown.problem, "shown": shown.message.map(|message| {
            let mut seen = seen(workshop, snapshot, &message, &path, &choice);
            if let Value::Object(seen) = &mut seen {
                seen.insert("facts".to_owned(), facts(&shown.fields));
            }
            seen
        }),
        "sending": offer(snapshot, named.channel, &named.slug), "sent": sent,
    });
    workshop.page(snapshot, &outbox, "template", data, &choice)
}

/// The code and the link of what is shown.
fn facts(fields: &[Field]) -> Value {
    let value = |path: &str| fields.iter().find(|field| field.path == path).map(|field| field.value.as_str());
    let link = ["magic_link", "action_url"].into_iter().find_map(value).filter(|link| is_web(link));
    json!({ "code": value("otp_code"), "link": link })
}

/// Where a variable's value comes from, if not from its field.
fn set_elsewhere(path: &str, brand: &Brand) -> Option<&'static str> {
    let of_brand = match path {
        "app.name" => brand.name.is_some(),
        "app.url" => brand.url.is_some(),
        "app.logo_image_url" => brand.logo_url.is_some(),
        "theme.primary_color" => brand.primary_color.is_some(),
        "theme.button_text_color" => brand.button_text_color.is_some(),
        _ => false,
    };
    let of_time = ["requested_at", "session_created_at", "locked_date", "unlock_time"].contains(&path);
    if of_brand { Some("from [brand]") } else { of_time.then_some("from the event's time") }
}

/// The message for the page, with the addresses of its parts.
pub(super) fn seen(
    workshop: &Workshop,
    snapshot: &Snapshot,
    message: &Message,
    path: &str,
    choice: &Choice,
) -> Value {
    let mut seen = match message {
        Message::Email(mail) => inbox::mail(mail.wire()),
        Message::Sms(sms) => inbox::text(sms.from.as_deref(), &sms.to.e164, &sms.text),
    };
    // The revision gives the frames a new address, so that they load again, whenever the files were read again.
    let revision = workshop.revision(snapshot.composer_read);
    let part = |name: &str, scheme: Option<&str>| {
        // The view is left out: it is about the page around the frames, which would load again with each other view.
        let choice = Choice { scheme: scheme.map(str::to_owned), view: None, ..choice.clone() };
        format!("{path}/{name}?revision={revision}&{}", choice.query())
    };
    if let (Value::Object(seen), Message::Email(_)) = (&mut seen, message) {
        seen.insert("light".to_owned(), part("html", Some("light")).into());
        seen.insert("dark".to_owned(), part("html", Some("dark")).into());
        seen.insert("raw".to_owned(), part("source", None).into());
    }
    seen
}

/// The same choice without anything that was typed.
fn untouched(choice: &Choice) -> Choice {
    Choice { sample: choice.sample.clone(), ..choice.elsewhere() }
}

/// The samples to choose from, each with the address of its page.
fn samples(path: &str, choice: &Choice) -> Vec<Value> {
    let mut listed = Vec::new();
    for ((name, sample), label) in SAMPLES.into_iter().zip(["Typical", "Bare", "Hostile"]) {
        let selected = sample == choice.sample;
        let url = format!("{path}?{}", Choice { sample, ..choice.elsewhere() }.query());
        listed.push(json!({ "name": name, "label": label, "url": url, "selected": selected }));
    }
    listed
}

/// The languages to choose from.
fn locales(snapshot: &Snapshot, choice: &Choice) -> Vec<Value> {
    let wanted = snapshot.language(choice);
    let one = |locale: &str| json!({ "tag": locale, "selected": wanted.eq_ignore_ascii_case(locale) });
    snapshot.composer.templates.locales().map(one).collect()
}

/// The file or directory to edit in order to change the template, and whether the user has one there.
fn files(snapshot: &Snapshot, named: &Named) -> Value {
    let place = match named.channel {
        Channel::Email => format!("email/{}", named.slug),
        Channel::Sms => format!("sms/{}.txt.hbs", named.slug),
    };
    let own = snapshot.dir.join(&place);
    let is_clerks = !snapshot.composer.templates.has(named.channel, &named.slug);
    let parts = own_parts(&own);
    json!({ "place": own.display().to_string(), "is_own": own.exists(), "is_clerks": is_clerks, "built_in": parts })
}

/// The parts of a mail of the user's that are still the built-in ones, in words; `None` if all are the user's.
fn own_parts(folder: &std::path::Path) -> Option<String> {
    let has = |names: &[&str]| names.iter().any(|name| folder.join(name).is_file());
    let parts = [
        ("the subject", has(&["subject.txt.hbs"])),
        ("the HTML", has(&["body.mjml.hbs", "body.html.hbs"])),
        ("the text", has(&["body.txt.hbs"])),
    ];
    let missing: Vec<&str> = parts.iter().filter(|(_, is_own)| !is_own).map(|(name, _)| *name).collect();
    let is_folder = folder.is_dir() && missing.len() < parts.len();
    (is_folder && !missing.is_empty()).then(|| missing.join(" and "))
}
