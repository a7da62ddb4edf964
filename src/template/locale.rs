//! The languages of a set, and which of them a reader gets (BCP 47).

mod tag;

use unic_langid::{CharacterDirection, LanguageIdentifier};

/// One of the languages of a set of templates: its index among them, so it means nothing to another set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Locale(pub(in crate::template) usize);

/// The languages of a set.
#[derive(Debug)]
pub(in crate::template) struct Locales {
    /// The languages with their names as their files have them, in alphabetical order.
    all: Vec<(LanguageIdentifier, String)>,
    /// The same languages, each with the script and region that are likely, under its code of today.
    whole: Vec<LanguageIdentifier>,
    /// The language of readers of whom nothing is known.
    default: Locale,
}

/// The language that the built-in words are written in first, so that it lacks none.
pub(in crate::template) const ENGLISH: &str = "en";

impl Locales {
    /// The languages of these tags (BCP 47); `None` if a reader of `default` would get none of them.
    pub(in crate::template) fn new<'a>(tags: impl Iterator<Item = &'a str>, default: &str) -> Option<Self> {
        let mut all: Vec<(LanguageIdentifier, String)> =
            tags.filter_map(|tag| Some((public(tag).parse().ok()?, tag.to_owned()))).collect();
        // Sorted by name, so that `matching` can look a name up by halves.
        all.sort_by(|(_, a), (_, b)| a.cmp(b));
        all.dedup();
        let whole =
            all.iter().map(|(language, name)| tag::whole(tag::parse(name).unwrap_or(language.clone())));
        let mut locales = Self { whole: whole.collect(), all, default: Locale(0) };
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
    /// Tags are taken as people have them: `de_AT.UTF-8`, `iw`, `deu`. The parents are those of CLDR, so a reader of `es-MX`
    /// gets `es-419` rather than `es`, and one of `zh-TW`, who reads another script, does not get `zh-Hans`.
    ///
    /// A form of a language for private use, such as `de-x-formal`, is for readers who ask for it by its name. As the default
    /// language it is for all readers of the language.
    pub(in crate::template) fn matching(&self, tag: &str) -> Option<Locale> {
        // Most tags are those of a file as they stand, and need no negotiation.
        let found = self.exact(tag).or_else(|| {
            let parsed = tag::parse(tag)?;
            self.exact(&parsed.to_string()).or_else(|| self.negotiate(&tag::whole(parsed)))
        })?;
        let default = self.default;
        let is_form = self.is_private(default) && self.language(default) == self.language(found);
        Some(if is_form { default } else { found })
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
        if let Some(whole) = self.whole.get(locale.0) {
            let close = tag::close(whole);
            for parent in tag::line(whole).iter().chain(&close) {
                ladder.extend(self.same(parent));
            }
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
    pub(in crate::template) fn exact(&self, tag: &str) -> Option<Locale> {
        self.all.binary_search_by(|(_, known)| known.as_str().cmp(tag)).ok().map(Locale)
    }

    /// Whether it is a form of a language for private use (RFC 5646, 2.2.7), such as `de-x-formal`.
    fn is_private(&self, locale: Locale) -> bool {
        let tag = self.tag(locale);
        public(tag) != tag
    }

    /// The languages that are the same as a whole one.
    fn same(&self, wanted: &LanguageIdentifier) -> impl Iterator<Item = Locale> {
        self.those(move |whole| whole == wanted)
    }

    /// The languages whose whole form is as asked for, in alphabetical order of their names. Forms for private use are left
    /// out.
    fn those(&self, is: impl Fn(&LanguageIdentifier) -> bool) -> impl Iterator<Item = Locale> {
        let all = self.whole.iter().enumerate().filter(move |(_, whole)| is(whole)).map(|(at, _)| Locale(at));
        all.filter(|locale| !self.is_private(*locale))
    }

    /// The best of the languages for a reader of `wanted`, a whole one; `None` if none will do.
    fn negotiate(&self, wanted: &LanguageIdentifier) -> Option<Locale> {
        self.related(wanted).or_else(|| self.related(&tag::close(wanted)?))
    }

    /// The language itself, the first of its parents that is there, or any other form of it in the same script.
    fn related(&self, wanted: &LanguageIdentifier) -> Option<Locale> {
        let is_british = |locale: &Locale| self.tag(*locale) == "en-GB";
        tag::line(wanted)
            .iter()
            .find_map(|step| {
                let siblings = || self.those(|whole| tag::is_child(whole, step));
                self.same(step).next().or_else(|| siblings().find(is_british)).or_else(|| siblings().next())
            })
            .or_else(|| {
                let is_like = |whole: &LanguageIdentifier| {
                    whole.language == wanted.language && whole.script == wanted.script
                };
                self.those(is_like).next()
            })
    }
}

/// A tag without the part for private use, which says nothing of the language: `de` of `de-x-formal`.
pub(in crate::template) fn public(tag: &str) -> &str {
    tag.split_once("-x-").map_or(tag, |(public, _)| public)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A form for private use is for those who name it, or for all if it is the default.
    #[test]
    fn a_form_of_a_language_is_chosen_by_name_or_as_the_default() {
        let tags = ["de", "de-x-formal", "en"];
        let reader_of = |default: &str, tag: &str| {
            let locales = Locales::new(tags.into_iter(), default).unwrap();
            locales.tag(locales.matching(tag).unwrap()).to_owned()
        };
        for (default, tag, gets) in [
            ("en", "de", "de"),
            ("en", "de_AT.UTF-8", "de"),
            ("en", "de-x-formal", "de-x-formal"),
            ("en", "de-x-other", "de"),
            ("de-x-formal", "de", "de-x-formal"),
            ("de-x-formal", "de-CH", "de-x-formal"),
            ("de-x-formal", "en-US", "en"),
            ("de", "de-x-formal", "de-x-formal"),
        ] {
            assert_eq!(reader_of(default, tag), gets, "{tag} where {default} is the default");
        }
        let locales = Locales::new(tags.into_iter(), "en").unwrap();
        let rungs = |tag: &str| -> Vec<String> {
            let ladder = locales.ladder(locales.exact(tag).unwrap());
            ladder.into_iter().map(|rung| locales.tag(rung).to_owned()).collect()
        };
        assert_eq!(rungs("de-x-formal"), ["de-x-formal", "de", "en"]);
        assert_eq!(rungs("de"), ["de", "en"]);
    }

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

    /// Tags as people have them, of readers of files under another name.
    #[test]
    fn a_language_is_known_by_all_its_names() {
        for (files, readers) in [
            ("nb", "no nb no-NO nb_NO no-bok nob nor nn nn-NO NO nb-SJ"),
            ("no", "no nb nn nb-NO nno no_NO.UTF-8"),
            ("nn", "nn nb no"),
            ("he", "iw he iw_IL heb he-IL"),
            ("iw", "he iw he-IL"),
            ("id", "in in_ID ind id-ID"),
            ("fil", "tl fil fil-PH tl-PH tgl fil_PH"),
            ("tl", "fil tl"),
            ("ro", "mo ro-MD ron rum mo-MD"),
            ("sr-Latn", "sh sr-Latn-RS sr_RS@latin sr-Latn-ME b+sr+Latn sr_RS.UTF-8@latin hbs"),
            ("sr", "sr-RS sr-Cyrl sr-Cyrl-BA srp scc sr@cyrillic"),
            (
                "de",
                "de_DE.UTF-8 de-DE-u-co-phonebk de-x-formal deu ger de-1996 de-DE-1901 de-AT-u-nu-latn gsw lb DE_at de-DEU de@euro",
            ),
            ("de", "de-CH,de;q=0.9,en;q=0.8 de;q=1 deu-AT DE-CH"),
            (
                "zh-Hant",
                "zh-TW zh-HK zh-MO zh_TW zh-Hant-TW zh-CHT zh-rTW zho-TW chi_TW yue zh-yue zh-hant-hk zh_TW_#Hant",
            ),
            (
                "zh-Hans",
                "zh zh-CN zh-SG zh-CHS zh_CN.GB18030 zho cmn cmn-Hans zh-cmn-Hans-CN zh-Hans-HK zh-rCN yue-CN wuu zh-min-nan",
            ),
            ("zh-TW", "zh-Hant zh-HK zh-TW zh-Hant-TW"),
            ("zh-CN", "zh zh-Hans zh-SG"),
            ("pt-PT", "pt-AO pt-MZ pt_MZ pt-CV pt-PT pt-BR pt por"),
            ("es-419", "es-MX es-CO es_AR es-US es-419 es es-ES spa-MX"),
            ("en-GB", "en-UK en_uk en-AU en-IN en-150 en-DE en"),
            ("fr-CA", "fr fr-FR fra fre"),
            ("jv", "jw jv"),
            ("yi", "ji yi ydd"),
            ("el", "gre ell el-CY"),
            ("uk", "uk ukr uk_UA"),
            ("hi", "hi-IN hi hin"),
        ] {
            let locales = Locales::new(files.split(' '), files).unwrap();
            for reader in readers.split(' ') {
                assert!(locales.matching(reader).is_some(), "{reader} reads {files}");
            }
        }
    }

    /// CLDR's parents, where the choice is between two.
    #[test]
    fn a_reader_gets_the_nearer_of_two() {
        for (files, pairs) in [
            (
                "en es es-419",
                "es-MX=es-419 es-CO=es-419 es-ES=es es=es es-GQ=es es-PH=es es-US=es-419 es_419=es-419",
            ),
            ("en es es-MX", "es-CO=es-MX es-ES=es es-MX=es-MX es-419=es-MX"),
            (
                "en pt-BR pt-PT",
                "pt=pt-BR pt-AO=pt-PT pt-MZ=pt-PT pt-PT=pt-PT pt-BR=pt-BR pt-TL=pt-PT pt_ST=pt-PT pt-US=pt-BR",
            ),
            ("en pt pt-PT", "pt-BR=pt pt-CV=pt-PT pt-MO=pt-PT"),
            (
                "en en-GB",
                "en-AU=en-GB en-IE=en-GB en-US=en en=en en-CA=en en-PH=en en-DE=en-GB en-IN=en-GB hi-Latn=en-GB",
            ),
            ("en en-001 en-GB", "en-AU=en-001 en-GB=en-GB en-DE=en-001"),
            (
                "en zh-Hans zh-Hant zh-Hant-HK",
                "zh-MO=zh-Hant-HK zh-HK=zh-Hant-HK zh-TW=zh-Hant zh-MY=zh-Hans",
            ),
            ("en nb nn", "no=nb nn-NO=nn nb-NO=nb"),
            ("de de-AT en", "de-AT=de-AT de_AT=de-AT de-CH=de de-DE=de"),
            ("de de-DE en", "de_DE=de-DE DE-de=de-DE de-AT=de"),
            ("en fr fr-CA", "fr-CA=fr-CA fr-BE=fr fr_ca=fr-CA"),
            ("en sr sr-Latn", "sr-ME=sr-Latn sr-RS=sr sh=sr-Latn"),
            ("az en uz", "az-Latn=az az-Cyrl=- uz-Arab=- az-IR=- en-Dsrt=-"),
            ("en zh-Hans", "zh-TW=- zh-Hant=- yue=- zh-HK=-"),
            (
                "en",
                "und=- root=- C=- POSIX=- i-klingon=- x-private=- und-DE=- a=- mul=- \u{e9}n=- e\u{301}n=- -=- _=- en_=en en-=en",
            ),
        ] {
            let locales = Locales::new(files.split(' '), "en").unwrap();
            for pair in pairs.split(' ') {
                let (reader, given) = pair.split_once('=').unwrap();
                let found = locales.matching(reader).map_or("-", |locale| locales.tag(locale));
                assert_eq!(found, given, "{reader} of {files}");
            }
        }
    }

    proptest::proptest! {
        /// Case, the sign between the parts, an encoding and extensions change nothing, and no text panics.
        #[test]
        fn the_way_a_tag_is_written_changes_nothing(
            language in "[a-z]{2,3}", script in "(-Latn|-Cyrl|-Arab|-Hans|-Hant)?", region in "(-[A-Z]{2}|-419|-001)?",
            end in "(\\.UTF-8|@euro|-u-nu-latn|-x-a-b|;q=0\\.8|,en)?",
        ) {
            let locales = Locales::new(TAGS.into_iter().chain(["es-419", "pt-PT", "sr-Latn", "zh-Hant", "nb", "en-GB"]), "en").unwrap();
            let tag = format!("{language}{script}{region}");
            let found = locales.matching(&tag);
            for other in [tag.to_uppercase(), tag.to_lowercase(), tag.replace('-', "_"), format!(" {tag}{end} ")] {
                proptest::prop_assert_eq!(locales.matching(&other), found, "{} {}", tag, other);
            }
        }

        /// Whoever reads a language gets it where it is there, and its parents come after it.
        #[test]
        fn a_language_that_is_there_is_found(language in "[a-z]{2,3}", region in "(-[A-Z]{2}|-419)?") {
            let tag = format!("{language}{region}");
            if let Some(locales) = Locales::new([tag.as_str(), "en"].into_iter(), "en") {
                let found = locales.matching(&tag).unwrap();
                proptest::prop_assert_eq!(locales.tag(found), &tag);
                let ladder = locales.ladder(found);
                proptest::prop_assert_eq!(ladder[0], found);
                proptest::prop_assert!(ladder.len() <= 2);
            }
        }

        #[test]
        fn any_text_is_read_without_panic(text in ".{0,300}") {
            let locales = Locales::new(TAGS.into_iter(), "en").unwrap();
            let _ = locales.matching(&text);
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
        let locales = Locales::new(
            ["en", "es", "es-419", "es-MX", "nb", "nn", "pt-AO", "pt-BR", "pt-PT"].into_iter(),
            "en",
        )
        .unwrap();
        let ladder = |tag: &str| {
            let ladder = locales.ladder(locales.matching(tag).unwrap());
            ladder.into_iter().map(|locale| locales.tag(locale)).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(ladder("es-MX"), "es-MX es-419 es en");
        assert_eq!(ladder("pt-AO"), "pt-AO pt-PT pt-BR en");
        assert_eq!(ladder("nn"), "nn nb en");
        assert_eq!(ladder("es"), "es en");
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
