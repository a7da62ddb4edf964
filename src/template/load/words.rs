//! The locale files of a set, and what they lack.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::source::Source;
use crate::template::error::Located;
use crate::template::locale::{Locale, Locales};
use crate::template::wording::{File, Words, keys};

/// Collects all locale files. The first one gets the number `first` in positions, and the others follow. Only the user's
/// files are parsed already: ours are proven.
///
/// # Errors
/// Wrong syntax, and keys that a file has twice.
pub(super) fn read(sources: &[Source], locales: Locales, first: usize) -> Result<Words, Vec<Located>> {
    let mut files: Vec<Arc<File>> = Vec::new();
    for (number, source) in (first..).zip(sources) {
        // The languages were made from the names of these very files, so each file has one.
        let Some(locale) = locales.exact(source.locale()) else { continue };
        let below = files.iter().find(|file| file.locale == locale).map(Arc::clone);
        let language = (locale, locales.language(locale));
        files.push(Arc::new(File::new(language, number, source.is_own, source.text.clone(), below)));
    }
    let faults: Vec<_> = files.iter().filter(|file| file.is_own).flat_map(|file| file.faults()).collect();
    if !faults.is_empty() {
        return Err(faults);
    }
    // From the last file on: a user's file comes behind the built-in one of its language, and is asked first.
    let ladder = |locale| {
        let of = |rung| files.iter().enumerate().rev().filter(move |(_, file)| file.locale == rung);
        locales.ladder(locale).into_iter().flat_map(of).map(|(at, _)| at).collect()
    };
    let ladders = locales.iter().map(|(locale, _)| ladder(locale)).collect();
    Ok(Words { locales, files, ladders })
}

/// The keys that the language `all` has, and `locale` lacks in all its forms, so that another language stands in for
/// them. `de` counts for `de-AT`.
pub(super) fn untranslated(words: &Words, locale: Locale, all: Locale) -> Vec<String> {
    let keys = |locale: Locale| -> BTreeSet<String> {
        let locales = &words.locales;
        let language = locales.language(locale).language;
        let files = words.ladders.get(locale.0).into_iter().flatten().filter_map(|&at| words.files.get(at));
        let own = files.filter(|file| locales.language(file.locale).language == language);
        own.flat_map(|file| keys(file.resource())).collect()
    };
    keys(all).difference(&keys(locale)).cloned().collect()
}
