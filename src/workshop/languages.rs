//! The page of one template in all its languages, side by side, with the words that a language lacks.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::inbox;
use super::shell::{Workshop, title};
use super::template::{Named, render, seen};
use super::values::Choice;
use crate::message::{Channel, Message};
use crate::template::sample;

/// The page.
pub(super) async fn show(
    State(workshop): State<Arc<Workshop>>,
    Path((channel, slug)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Response {
    let mut choice = Choice::read(query.unwrap_or_default().as_bytes());
    let snapshot = workshop.chosen(&mut choice);
    let Some(named) = snapshot.named(&channel, &slug) else {
        return workshop.missing("There is no template for this channel and slug.");
    };
    let templates = &snapshot.composer.templates;
    let lacking = templates.untranslated();
    let mut cards = Vec::new();
    for tag in templates.locales() {
        let mut choice = Choice { locale: Some(tag.to_owned()), ..choice.elsewhere() };
        let shown = render(&snapshot, &named, &mut choice);
        let path = named.path();
        let message = shown.message.map(|message| {
            let mut card = match &message {
                Message::Email(mail) => inbox::mail(mail.wire()),
                Message::Sms(sms) => inbox::text(sms.from.as_deref(), &sms.to.e164, &sms.text),
            };
            let seen = seen(&workshop, &snapshot, &message, &path, &choice);
            if let (Value::Object(card), Some(frame)) = (&mut card, seen.get("light")) {
                card.insert("frame".to_owned(), frame.clone());
            }
            card
        });
        let keys = lacking.iter().find(|(locale, _)| *locale == tag).map(|(_, keys)| keys.as_slice());
        cards.push(json!({
            "tag": tag,
            "url": format!("{path}?{}", choice.query()),
            "message": message,
            "fault": shown.problem,
            "missing": lacks(&named, keys.unwrap_or_default()),
        }));
    }
    let count = cards.len();
    let complete = cards.iter().filter(|card| card.get("missing").is_some_and(Value::is_null)).count();
    let data = json!({
        "title": title(&named.slug), "slug": named.slug, "channel": named.channel.as_str(),
        "cards": cards, "languages": count, "complete": complete, "one": format!("{}?{}", named.path(), choice.elsewhere().query()),
    });
    let outbox = workshop.outbox.list().unwrap_or_default();
    workshop.page(&snapshot, &outbox, "languages", data, &choice)
}

/// What a language lacks of a template's own words and of those that all templates share; null if it lacks nothing.
fn lacks(named: &Named, keys: &[String]) -> Value {
    let own: Vec<&str> = keys
        .iter()
        .filter_map(|key| key.strip_prefix(named.slug.as_str())?.starts_with('.').then_some(key.as_str()))
        .collect();
    let shared = keys.iter().filter(|key| is_shared(key)).count();
    if own.is_empty() && shared == 0 {
        return Value::Null;
    }
    json!({ "own": own, "shared": shared })
}

/// Whether a key is of words that all templates share, and not of one of Clerk's slugs.
fn is_shared(key: &str) -> bool {
    let id = key.split('.').next().unwrap_or(key);
    ![Channel::Email, Channel::Sms].into_iter().any(|channel| sample::slugs(channel).contains(&id))
}
