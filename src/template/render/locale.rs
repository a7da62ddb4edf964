//! The languages of a set, and which of them a reader gets (BCP 47).

use fluent_langneg::{NegotiationStrategy, negotiate_languages};
use unic_langid::{CharacterDirection, LanguageIdentifier};

/// One of the languages of a set of templates: its index among them, so it means nothing to another set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Locale(pub(in crate::template) usize);

/// The languages of a set.
#[derive(Debug)]
pub(in crate::template) struct Locales {
    /// The languages with their names as their files have them, in alphabetical order.
    all: Vec<(LanguageIdentifier, String)>,
    /// The language of readers of whom nothing is known.
    default: Locale,
}

/// The language that the built-in words are written in first, so that it lacks none.
pub(in crate::template) const ENGLISH: &str = "en";

impl Locales {
    /// The languages of these tags (BCP 47); `None` if a reader of `default` would get none of them.
    pub(in crate::template) fn new<'a>(tags: impl Iterator<Item = &'a str>, default: &str) -> Option<Self> {
        let mut all: Vec<(LanguageIdentifier, String)> =
            tags.filter_map(|tag| Some((tag.parse().ok()?, tag.to_owned()))).collect();
        // Sorted by name, so that `matching` can look a name up by halves.
        all.sort_by(|(_, a), (_, b)| a.cmp(b));
        all.dedup();
        let mut locales = Self { all, default: Locale(0) };
        locales.default = locales.matching(default)?;
        Some(locales)
    }

    /// The language of readers of whom nothing is known.
    pub(in crate::template) fn default(&self) -> Locale {
        self.default
    }

    /// Every language with its name (BCP 47), in alphabetical order of the names.
    pub(in crate::template) fn iter(&self) -> impl Iterator<Item = (Locale, &str)> {
        self.all.iter().enumerate().map(|(at, (_, tag))| (Locale(at), tag.as_str()))
    }

    /// The language's name (BCP 47).
    pub(in crate::template) fn tag(&self, locale: Locale) -> &str {
        self.all.get(locale.0).map_or(ENGLISH, |(_, tag)| tag)
    }

    /// The language's name in its parts.
    pub(in crate::template) fn language(&self, locale: Locale) -> LanguageIdentifier {
        self.all.get(locale.0).map(|(language, _)| language.clone()).unwrap_or_default()
    }

    pub(in crate::template) fn is_right_to_left(&self, locale: Locale) -> bool {
        self.language(locale).character_direction() == CharacterDirection::RTL
    }

    /// The language that a reader of `tag` gets, such as `de` for `de-AT`; `None` if none will do.
    ///
    /// Matching uses CLDR's likely subtags, so a reader of `zh-CN` gets `zh-Hans`, and one of `zh-TW`, who reads another
    /// script, does not. `de_AT` is understood too.
    pub(in crate::template) fn matching(&self, tag: &str) -> Option<Locale> {
        // Most tags are those of a file as they stand, and need no negotiation.
        if let Ok(at) = self.all.binary_search_by(|(_, known)| known.as_str().cmp(tag)) {
            return Some(Locale(at));
        }
        self.negotiate(&tag.trim().parse().ok()?)
    }

    /// The language that most people of a country (ISO 3166 alpha-2) read, by CLDR's likely subtags.
    pub(in crate::template) fn of_country(&self, country: &str) -> Option<Locale> {
        let mut language: LanguageIdentifier = format!("und-{country}").parse().ok()?;
        language.maximize().then(|| self.negotiate(&language)).flatten()
    }

    /// The languages in which words are looked for, in this order: the language itself, its parents, the default language
    /// and English.
    pub(in crate::template) fn ladder(&self, locale: Locale) -> Vec<Locale> {
        let mut ladder = vec![locale];
        let mut parent = self.language(locale);
        // The region goes first: a reader of `zh-Hant-HK` reads `zh-Hant` without effort, but not every `zh`.
        for cut in
            [|it: &mut LanguageIdentifier| it.region = None, |it: &mut LanguageIdentifier| it.script = None]
        {
            cut(&mut parent);
            ladder.extend(self.exact(&parent.to_string()));
        }
        ladder.push(self.default);
        ladder.extend(self.exact(ENGLISH));
        let mut seen = Vec::new();
        ladder.retain(|locale| {
            !seen.contains(locale) && {
                seen.push(*locale);
                true
            }
        });
        ladder
    }

    /// The language of exactly this name.
    fn exact(&self, tag: &str) -> Option<Locale> {
        self.iter().find(|(_, known)| *known == tag).map(|(locale, _)| locale)
    }

    /// The best of the languages for a reader of `wanted`; `None` if none will do.
    fn negotiate(&self, wanted: &LanguageIdentifier) -> Option<Locale> {
        let available: Vec<&LanguageIdentifier> = self.all.iter().map(|(language, _)| language).collect();
        let found = negotiate_languages(&[wanted], &available, None, NegotiationStrategy::Lookup);
        let found = found.first()?;
        available.iter().position(|it| it == *found).map(Locale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAGS: [&str; 12] = ["ar", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt-BR", "tr", "zh-Hans"];

    #[test]
    fn a_reader_gets_the_nearest_language() {
        let locales = Locales::new(TAGS.into_iter(), "en").unwrap();
        for (wanted, given) in [
            ("de", Some("de")),
            ("de-AT", Some("de")),
            ("de_AT", Some("de")),
            ("DE", Some("de")),
            (" fr-CA ", Some("fr")),
            ("en-GB", Some("en")),
            ("es-419", Some("es")),
            ("pt", Some("pt-BR")),
            ("pt-BR", Some("pt-BR")),
            ("pt-PT", Some("pt-BR")),
            ("zh", Some("zh-Hans")),
            ("zh-CN", Some("zh-Hans")),
            ("zh-SG", Some("zh-Hans")),
            // Traditional script is another way of writing, not a region.
            ("zh-TW", None),
            ("zh-Hant", None),
            ("ar-EG", Some("ar")),
            ("sv", None),
            ("", None),
            ("German", None),
            ("x'; drop", None),
        ] {
            assert_eq!(locales.matching(wanted).map(|locale| locales.tag(locale)), given, "{wanted}");
        }
    }

    #[test]
    fn a_country_has_a_language() {
        let locales = Locales::new(TAGS.into_iter(), "en").unwrap();
        for (country, given) in [
            ("AT", Some("de")),
            ("CH", Some("de")),
            ("MX", Some("es")),
            ("BR", Some("pt-BR")),
            ("CN", Some("zh-Hans")),
            ("TW", None),
            ("EG", Some("ar")),
            ("US", Some("en")),
            ("IN", None),
            ("??", None),
        ] {
            assert_eq!(locales.of_country(country).map(|locale| locales.tag(locale)), given, "{country}");
        }
    }

    #[test]
    fn a_string_is_looked_for_in_parents_default_and_english() {
        let locales =
            Locales::new(["de", "de-AT", "en", "fr", "zh-Hant-HK", "zh-Hant"].into_iter(), "fr").unwrap();
        let ladder = |tag: &str| {
            let ladder = locales.ladder(locales.matching(tag).unwrap());
            ladder.into_iter().map(|locale| locales.tag(locale)).collect::<Vec<_>>()
        };
        assert_eq!(ladder("de-AT"), ["de-AT", "de", "fr", "en"]);
        assert_eq!(ladder("en"), ["en", "fr"]);
        assert_eq!(ladder("fr"), ["fr", "en"]);
        assert_eq!(ladder("zh-Hant-HK"), ["zh-Hant-HK", "zh-Hant", "fr", "en"]);
    }

    #[test]
    fn a_default_that_is_not_there_is_refused() {
        assert!(Locales::new(TAGS.into_iter(), "sv").is_none());
        assert_eq!(
            Locales::new(TAGS.into_iter(), "de-CH").map(|it| it.tag(it.default()).to_owned()),
            Some("de".into())
        );
    }

    #[test]
    fn arabic_runs_from_right_to_left() {
        let locales = Locales::new(["ar", "en", "he-IL", "zh-Hans"].into_iter(), "en").unwrap();
        let right_to_left: Vec<_> = locales
            .iter()
            .filter(|(locale, _)| locales.is_right_to_left(*locale))
            .map(|(_, tag)| tag)
            .collect();
        assert_eq!(right_to_left, ["ar", "he-IL"]);
    }
}
