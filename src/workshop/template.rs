//! One template: as its reader sees it, in each language, with values that can be changed.

use std::sync::Arc;
use std::time::SystemTime;

use axum::extract::{Path, RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::inbox::{self, Scheme};
use super::offer::offer;
use super::shell::{Workshop, mail_page, missing, title};
use super::snapshot::{Problem, Snapshot};
use super::values::{Choice, Field, Filled, SAMPLES, fill};
use crate::clock::Clock;
use crate::message::{Channel, Email, Message};
use crate::rehearsal::preview;

/// A template that exists.
pub(super) struct Named {
    pub(super) channel: Channel,
    pub(super) slug: String,
}

impl Named {
    fn path(&self) -> String {
        format!("/template/{}/{}", self.channel.as_str(), self.slug)
    }
}

impl Snapshot {
    /// The template that an address names.
    pub(super) fn named(&self, channel: &str, slug: &str) -> Option<Named> {
        let channel = [Channel::Email, Channel::Sms].into_iter().find(|known| known.as_str() == channel)?;
        let is_known = self.words.templates.slugs(channel).any(|known| known == slug);
        is_known.then(|| Named { channel, slug: slug.to_owned() })
    }

    /// The language that was chosen, else the default one: what a sample says of its reader does not count here.
    pub(super) fn language(&self, choice: &Choice) -> String {
        let templates = &self.words.templates;
        choice.locale.clone().unwrap_or_else(|| templates.tag(templates.default_locale()).to_owned())
    }
}

type Address = Path<(String, String)>;

pub(super) async fn show(
    State(workshop): State<Arc<Workshop>>,
    Path((channel, slug)): Address,
    RawQuery(query): RawQuery,
) -> Response {
    let choice = Choice::read(query.unwrap_or_default().as_bytes());
    let snapshot = workshop.snapshot.load();
    match snapshot.named(&channel, &slug) {
        Some(named) => page(&workshop, &snapshot, &named, choice, None),
        None => missing("There is no such template."),
    }
}

pub(super) async fn html(
    State(workshop): State<Arc<Workshop>>,
    Path(address): Address,
    RawQuery(query): RawQuery,
) -> Response {
    let choice = Choice::read(query.unwrap_or_default().as_bytes());
    let scheme = Scheme::named(choice.scheme.as_deref());
    match mail(&workshop, &address, choice) {
        Some(mail) => mail_page(inbox::in_scheme(&mail.html.unwrap_or_default(), scheme)),
        None => missing("There is no such template, or it can't be shown."),
    }
}

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
        None => missing("There is no such template, or it can't be shown."),
    }
}

/// The mail that an address means.
fn mail(workshop: &Workshop, (channel, slug): &(String, String), mut choice: Choice) -> Option<Email> {
    let snapshot = workshop.snapshot.load();
    let named = snapshot.named(channel, slug)?;
    match render(&snapshot, &named, &mut choice).message? {
        Message::Email(mail) => Some(*mail),
        Message::Sms(_) => None,
    }
}

/// What a choice comes to.
struct Shown {
    /// The last rendering that works: of this choice, else of the sample as it is.
    message: Option<Message>,
    /// Why it is not of this choice.
    fault: Option<Problem>,
    fields: Vec<Field>,
}

fn render(snapshot: &Snapshot, named: &Named, choice: &mut Choice) -> Shown {
    let now = Clock::System.now();
    let Ok(Filled { event, fields }) = fill(named.channel, &named.slug, choice, now) else {
        return Shown { message: None, fault: None, fields: Vec::new() };
    };
    let locale = snapshot.language(choice);
    match compose(snapshot, &event, now, &locale) {
        Ok(message) => Shown { message: Some(message), fault: None, fields },
        Err(fault) => {
            let as_it_is = fill(named.channel, &named.slug, &mut Choice::default(), now);
            let message =
                as_it_is.ok().and_then(|filled| compose(snapshot, &filled.event, now, &locale).ok());
            Shown { message, fault: Some(*fault), fields }
        }
    }
}

/// Clerk's own words in place of a template that fails are a fault here.
fn compose(
    snapshot: &Snapshot,
    event: &Value,
    now: SystemTime,
    locale: &str,
) -> Result<Message, Box<Problem>> {
    let of_template = |fault| Box::new(Problem::of_template(fault, &snapshot.dir));
    match preview::compose(&snapshot.words, &snapshot.policy, event, now, Some(locale)) {
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

/// `sent` is what came of sending it.
pub(super) fn page(
    workshop: &Workshop,
    snapshot: &Snapshot,
    named: &Named,
    mut choice: Choice,
    sent: Option<&Value>,
) -> Response {
    let outbox = workshop.outbox.list().unwrap_or_default();
    // A page that was opened without a language and the same one with what its form says have to have one address: a
    // frame whose address changes loads anew.
    let templates = &snapshot.words.templates;
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
            json!({ "path": path, "value": value, "example": example })
        })
        .collect();
    let data = json!({
        "title": title(&named.slug),
        "slug": named.slug, "channel": named.channel.as_str(), "path": path,
        "url": format!("{path}?{query}"), "reset": format!("{path}?{}", untouched(&choice).query()),
        "files": files(snapshot, named),
        "locales": locales(snapshot, &choice), "samples": samples(&path, &choice),
        "fields": fields, "is_edited": !choice.typed.is_empty(), "to": choice.to, "sample": choice.sample_name(),
        "fault": shown.fault, "shown": shown.message.map(|message| seen(workshop, snapshot, &message, &path, &choice)),
        "sending": offer(snapshot, named.channel, &named.slug), "sent": sent,
    });
    workshop.page(snapshot, &outbox, "template", data, &choice)
}

/// The message, and where its parts are.
fn seen(workshop: &Workshop, snapshot: &Snapshot, message: &Message, path: &str, choice: &Choice) -> Value {
    let mut seen = match message {
        Message::Email(mail) => inbox::mail(mail.wire()),
        Message::Sms(sms) => inbox::text(sms.from.as_deref(), &sms.to.e164, &sms.text),
    };
    // The count makes a frame load anew after the files were read anew.
    let words = workshop.revision(snapshot.words_read);
    let part = |name: &str, scheme: Option<&str>| {
        let choice = Choice { scheme: scheme.map(str::to_owned), view: None, ..choice.clone() };
        format!("{path}/{name}?words={words}&{}", choice.query())
    };
    if let (Value::Object(seen), Message::Email(_)) = (&mut seen, message) {
        seen.insert("light".to_owned(), part("html", Some("light")).into());
        seen.insert("dark".to_owned(), part("html", Some("dark")).into());
        seen.insert("raw".to_owned(), part("source", None).into());
    }
    seen
}

fn untouched(choice: &Choice) -> Choice {
    Choice { sample: choice.sample.clone(), ..choice.elsewhere() }
}

fn samples(path: &str, choice: &Choice) -> Vec<Value> {
    let mut listed = Vec::new();
    for ((name, sample), label) in SAMPLES.into_iter().zip(["Typical", "Bare", "Hostile"]) {
        let selected = sample == choice.sample;
        let url = format!("{path}?{}", Choice { sample, ..choice.elsewhere() }.query());
        listed.push(json!({ "name": name, "label": label, "url": url, "selected": selected }));
    }
    listed
}

fn locales(snapshot: &Snapshot, choice: &Choice) -> Vec<Value> {
    let wanted = snapshot.language(choice);
    let one = |locale: &str| json!({ "tag": locale, "selected": wanted.eq_ignore_ascii_case(locale) });
    snapshot.words.templates.locales().map(one).collect()
}

/// Where its words come from, for who wants to change them.
fn files(snapshot: &Snapshot, named: &Named) -> Value {
    let place = match named.channel {
        Channel::Email => format!("email/{}", named.slug),
        Channel::Sms => format!("sms/{}.txt.hbs", named.slug),
    };
    let own = snapshot.dir.join(&place);
    json!({ "place": own.display().to_string(), "is_own": own.exists() })
}
