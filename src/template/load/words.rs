//! Words in every language: files of Project Fluent, read when a set is loaded.
//!
//! `{{t "footer.questions"}}` stands for the attribute `.questions` of the message `footer`, and `{{t ".lead"}}` for the
//! attribute `.lead` of the message that is named as the slug. Words and variables become words and variables of the
//! template, so they cost nothing later. Only a message with a selector, such as a plural, is formatted for each mail.
//!
//! A variable is Clerk's, with `-` for each dot: `{ $app-name }`. The message `no-app-name` stands in for it where an
//! event lacks it.

use std::collections::BTreeSet;
use std::sync::Arc;

use fluent_bundle::FluentResource;
use fluent_bundle::concurrent::FluentBundle;
use fluent_syntax::ast::{Entry, Expression, Pattern, PatternElement};

use super::fluent;
use super::source::Source;
use crate::template::error::TemplateError;
use crate::template::render::locale::{Locale, Locales};
use crate::template::render::words::{File, Words};
use crate::text::position;

/// Reads all locale files. The first one gets the number `first` in positions, and the others follow.
///
/// # Errors
/// Wrong syntax, and keys that a file has twice.
pub(super) fn read(sources: &[Source], locales: &Locales, first: usize) -> Result<Words, Vec<TemplateError>> {
    let (mut files, mut faults): (Vec<File>, Vec<TemplateError>) = (Vec::new(), Vec::new());
    for (number, source) in (first..).zip(sources) {
        // The languages were made from the names of these very files, so each file has one.
        let Some(locale) = locales.matching(source.locale()) else { continue };
        match parse(source) {
            Ok(resource) => {
                let below = files.iter().find(|file| file.locale == locale).map(|file| &file.resource);
                // A user's file need not repeat all messages that its own refer to.
                let bundle = bundle(locales, locale, below, &resource);
                files.push(File { locale, resource, bundle, number });
            }
            Err(found) => faults.extend(found),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    // From the last file on: a user's file comes behind the built-in one of its language, and is asked first.
    let ladder = |locale| {
        let of = |rung| files.iter().enumerate().rev().filter(move |(_, file)| file.locale == rung);
        locales.ladder(locale).into_iter().flat_map(of).map(|(at, _)| at).collect()
    };
    let ladders = locales.iter().map(|(locale, _)| ladder(locale)).collect();
    Ok(Words { files, ladders })
}

/// The keys that the language `all` has, and `locale` lacks in all its forms, so that another language stands in for
/// them. `de` counts for `de-AT`.
pub(super) fn untranslated(words: &Words, locales: &Locales, locale: Locale, all: Locale) -> Vec<String> {
    let keys = |locale: Locale| -> BTreeSet<String> {
        let language = locales.language(locale).language;
        let files = words.ladders.get(locale.0).into_iter().flatten().filter_map(|&at| words.files.get(at));
        let own = files.filter(|file| locales.language(file.locale).language == language);
        own.flat_map(|file| keys(&file.resource)).collect()
    };
    keys(all).difference(&keys(locale)).cloned().collect()
}

/// The keys of all messages that have words in them. One that consists of variables alone needs no translation.
pub(super) fn keys(resource: &FluentResource) -> Vec<String> {
    let has_words = |pattern: &Pattern<&str>| {
        let is_variable = |element: &PatternElement<&str>| {
            matches!(element, PatternElement::Placeable { expression: Expression::Inline(_) })
        };
        !pattern.elements.iter().all(is_variable)
    };
    let mut keys = Vec::new();
    for entry in resource.entries() {
        if let Entry::Message(message) = entry {
            let id = message.id.name;
            keys.extend(message.value.iter().filter(|value| has_words(value)).map(|_| id.to_owned()));
            let attributes = message.attributes.iter().filter(|attribute| has_words(&attribute.value));
            keys.extend(attributes.map(|attribute| format!("{id}.{}", attribute.id.name)));
        }
    }
    keys
}

/// Parses one locale file.
///
/// # Errors
/// Wrong syntax, and keys that the file has twice, of which one would count without a word.
fn parse(source: &Source) -> Result<Arc<FluentResource>, Vec<TemplateError>> {
    let text = source.text.as_ref();
    let fault = |at: usize, reason: String| {
        let (line, column) = position(text, at);
        TemplateError::new(&source.shown, reason).at(line, column)
    };
    let resource = FluentResource::try_new(text.to_owned()).map_err(|(_, errors)| {
        errors
            .iter()
            .map(|error| fluent::fault(text, error))
            .map(|(at, reason)| fault(at, format!("is not valid Fluent: {reason}")))
            .collect::<Vec<_>>()
    })?;
    let mut seen = BTreeSet::new();
    let mut faults = Vec::new();
    for entry in resource.entries() {
        let id = match entry {
            Entry::Message(message) => message.id.name,
            Entry::Term(term) => term.id.name,
            _ => continue,
        };
        if !seen.insert((matches!(entry, Entry::Term(_)), id)) {
            faults.push(fault(
                offset(resource.source(), id),
                format!("there is another message `{id}` in this file: delete one of them"),
            ));
        }
    }
    if faults.is_empty() { Ok(Arc::new(resource)) } else { Err(faults) }
}

/// A bundle for formatting: the file's messages over those of the built-in file of the same language.
fn bundle(
    locales: &Locales,
    locale: Locale,
    below: Option<&Arc<FluentResource>>,
    resource: &Arc<FluentResource>,
) -> FluentBundle<Arc<FluentResource>> {
    let mut bundle = FluentBundle::new_concurrent(vec![locales.language(locale)]);
    // Fluent's marks around each value would turn an SMS into UCS-2, at 70 characters a segment in place of 160. Where
    // marks are wanted, `Spot` says so.
    bundle.set_use_isolating(false);
    // Adds `NUMBER` and other functions. It fails if a name is taken, and none is in a new bundle.
    let _ = bundle.add_builtins();
    for resource in below.into_iter().chain([resource]) {
        bundle.add_resource_overriding(Arc::clone(resource));
    }
    bundle
}

/// The byte of a text at which `part`, a slice of it, begins. Fluent keeps slices, but no positions, of what it parsed.
pub(super) fn offset(text: &str, part: &str) -> usize {
    part.as_ptr().addr().saturating_sub(text.as_ptr().addr())
}
