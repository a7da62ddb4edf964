//! What the user's files change of the built-in set, and so has to be proven when the service starts.
//!
//! The built-in set alone is proven by the program's tests. Proving all of it again would take most of a start.

use std::collections::BTreeSet;

use super::source::Sources;
use crate::message::Channel;
use crate::template::locale::Locale;
use crate::template::wording::Words;

/// What the user's files change.
pub(super) struct Changed {
    /// Whether there is a partial of the user's, which any mail may call.
    every_mail: bool,
    /// Slugs with a file of the user's.
    slugs: BTreeSet<(Channel, String)>,
    /// Languages with a file of the user's, or whose words may come from one. The built-in files of a language lack no
    /// word, so that a user's file of another language changes nothing in it.
    locales: BTreeSet<Locale>,
}

impl Changed {
    pub(super) fn new(sources: &Sources, words: &Words) -> Self {
        let own = || sources.templates().filter(|source| source.is_own);
        let slug = |path: &str, slug: Option<&str>| {
            let channel = if path.starts_with("sms/") { Channel::Sms } else { Channel::Email };
            Some((channel, slug?.to_owned()))
        };
        let language = |locale| words.locales.language(locale).language;
        let is_changed = |locale: &Locale| {
            let mut files =
                words.ladders.get(locale.0).into_iter().flatten().filter_map(|&at| words.files.get(at));
            files.any(|file| file.is_own && language(file.locale) == language(*locale))
        };
        Self {
            every_mail: own().any(|source| source.partial().is_some()),
            slugs: own()
                .filter_map(|source| slug(&source.path, source.slug()))
                .chain(sources.offered())
                .collect(),
            locales: words.locales.iter().map(|(locale, _)| locale).filter(is_changed).collect(),
        }
    }

    /// Whether there is nothing of the user's.
    pub(super) fn is_nothing(&self) -> bool {
        !self.every_mail && self.slugs.is_empty() && self.locales.is_empty()
    }

    /// Whether the message of this slug may look different in this language.
    pub(super) fn has(&self, channel: Channel, slug: &str, locale: Locale) -> bool {
        (self.every_mail && channel == Channel::Email)
            || self.locales.contains(&locale)
            || self.slugs.contains(&(channel, slug.to_owned()))
    }
}
