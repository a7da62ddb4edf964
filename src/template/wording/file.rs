//! One locale file (Project Fluent), which is read when somebody first needs a word of it.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use fluent_bundle::FluentResource;
use fluent_bundle::concurrent::FluentBundle;
use fluent_syntax::ast::{Entry, Expression, Pattern, PatternElement};
use unic_langid::LanguageIdentifier;

use super::fluent;
use crate::template::error::{Located, in_file};
use crate::template::locale::Locale;
use crate::text::position;

/// A locale file of the built-in set or of the user's.
///
/// It is parsed when it is first needed: a service has more than thirty languages, and its readers speak a few.
pub(in crate::template) struct File {
    /// The file's language.
    pub(in crate::template) locale: Locale,
    /// The file's number in positions: see [`in_file`].
    pub(in crate::template) number: usize,
    /// Whether it is a file of the user's.
    pub(in crate::template) is_own: bool,
    /// The language, for plurals.
    language: LanguageIdentifier,
    text: Cow<'static, str>,
    /// The built-in file of the same language, whose messages a user's file need not repeat.
    below: Option<Arc<File>>,
    resource: OnceLock<Arc<FluentResource>>,
    bundle: OnceLock<FluentBundle<Arc<FluentResource>>>,
}

impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("File").field("locale", &self.locale).finish_non_exhaustive()
    }
}

impl File {
    /// A file that has not been read yet.
    pub(in crate::template) fn new(
        (locale, language): (Locale, LanguageIdentifier),
        number: usize,
        is_own: bool,
        text: Cow<'static, str>,
        below: Option<Arc<Self>>,
    ) -> Self {
        let (resource, bundle) = (OnceLock::new(), OnceLock::new());
        Self { locale, number, is_own, language, text, below, resource, bundle }
    }

    /// What is wrong with the file: wrong syntax, and keys that it has twice, of which one would count without a word.
    pub(in crate::template) fn faults(&self) -> Vec<Located> {
        let fault = |at: usize, reason: String| {
            let (line, column) = position(&self.text, at);
            ((in_file(line, self.number), column), reason)
        };
        if let Err((_, errors)) = FluentResource::try_new(self.text.as_ref().to_owned()) {
            let said = errors.iter().map(|error| fluent::fault(&self.text, error));
            return said.map(|(at, reason)| fault(at, format!("is not valid Fluent: {reason}"))).collect();
        }
        let mut seen = BTreeSet::new();
        let mut faults = Vec::new();
        let resource = self.resource();
        for entry in resource.entries() {
            let (id, attributes) = match entry {
                Entry::Message(message) => (message.id.name, &message.attributes),
                Entry::Term(term) => (term.id.name, &term.attributes),
                _ => continue,
            };
            let mut names = BTreeSet::new();
            for name in
                attributes.iter().map(|attribute| attribute.id.name).filter(|name| !names.insert(*name))
            {
                let reason = format!("there is another `.{name}` in `{id}`: delete one of them");
                faults.push(fault(offset(resource.source(), name), reason));
            }
            if !seen.insert((matches!(entry, Entry::Term(_)), id)) {
                let at = offset(resource.source(), id);
                faults.push(fault(
                    at,
                    format!("there is another message `{id}` in this file: delete one of them"),
                ));
            }
        }
        faults
    }

    /// The file, parsed.
    pub(in crate::template) fn resource(&self) -> &Arc<FluentResource> {
        self.resource.get_or_init(|| {
            // Of a file with wrong syntax, the rest is used. None comes here: `faults` stops a user's, a test ours.
            let parsed = FluentResource::try_new(self.text.as_ref().to_owned());
            Arc::new(parsed.unwrap_or_else(|(rest, _)| rest))
        })
    }

    /// The file's messages over those of the built-in file of the same language, for formatting.
    pub(super) fn bundle(&self) -> &FluentBundle<Arc<FluentResource>> {
        self.bundle.get_or_init(|| {
            let mut bundle = FluentBundle::new_concurrent(vec![self.language.clone()]);
            // Fluent's marks around each value would turn an SMS into UCS-2, at 70 characters a segment in place of 160.
            // Where marks are wanted, `Spot` says so.
            bundle.set_use_isolating(false);
            // Adds `NUMBER` and other functions. It fails if a name is taken, and none is in a new bundle.
            let _ = bundle.add_builtins();
            for file in self.below.as_deref().into_iter().chain([self]) {
                bundle.add_resource_overriding(Arc::clone(file.resource()));
            }
            bundle
        })
    }

    /// The value of the message or term, or of the attribute, that a key names in this file alone.
    pub(super) fn own(&self, key: &str) -> Option<&Pattern<&str>> {
        let (id, attribute) = match key.split_once('.') {
            Some((id, attribute)) => (id, Some(attribute)),
            None => (key, None),
        };
        self.resource().entries().find_map(|entry| match (entry, attribute) {
            (Entry::Message(message), None) if message.id.name == id => message.value.as_ref(),
            (Entry::Message(message), Some(attribute)) if message.id.name == id => {
                message.attributes.iter().find(|it| it.id.name == attribute).map(|it| &it.value)
            }
            (Entry::Term(term), None) if id.strip_prefix('-') == Some(term.id.name) => Some(&term.value),
            _ => None,
        })
    }
}

/// The keys of all messages that have words in them. One that consists of variables alone needs no translation.
pub(in crate::template) fn keys(resource: &FluentResource) -> Vec<String> {
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

/// The byte of a text at which `part`, a slice of it, begins. Fluent keeps slices, but no positions, of what it parsed.
pub(in crate::template) fn offset(text: &str, part: &str) -> usize {
    part.as_ptr().addr().saturating_sub(text.as_ptr().addr())
}
