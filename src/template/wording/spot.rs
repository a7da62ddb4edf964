//! Where words are put: in which template, and in which language.

use unic_langid::LanguageIdentifier;

use crate::template::escape::escape;
use crate::template::locale::{Locale, Locales};

/// The template that words are put into, and the language that they are put in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot<'a> {
    /// All languages of the set.
    pub(super) locales: &'a Locales,
    /// The language of the words.
    pub(super) locale: Locale,
    /// The slug that keys like `.lead` belong to; empty in templates of no slug.
    pub(super) slug: &'a str,
    /// Whether words are escaped for HTML.
    pub(super) is_html: bool,
    /// Whether values get [`ISOLATE`] around them.
    pub(super) isolate: bool,
    /// Whether it is inside a block such as `{{#with}}`, where a path does not begin at the event's variables.
    pub(super) in_block: bool,
}

impl Spot<'_> {
    /// Words as they stand in this template.
    pub(super) fn escaped(self, text: &str) -> String {
        if self.is_html { escape(text) } else { text.to_owned() }
    }

    /// The path by which a variable of this path is reached from here.
    pub(super) fn reach(self, path: &str) -> String {
        if self.in_block { format!("@root.{path}") } else { path.to_owned() }
    }

    /// Whether the language's sentences have a space between them.
    pub(super) fn has_spaces(self) -> bool {
        !["ja", "yue", "zh"].contains(&self.locales.language(self.locale).language.as_str())
    }

    /// What `{{locale.lang}}` and the other properties of the language stand for: see `property`.
    pub(super) fn language(self, name: &str) -> String {
        let right_to_left = self.locales.is_right_to_left(self.locale);
        match name {
            "dir" => if right_to_left { "rtl" } else { "ltr" }.to_owned(),
            // For `align` in MJML, which has no `start` and `end` as CSS has them.
            "start" => if right_to_left { "right" } else { "left" }.to_owned(),
            "end" => if right_to_left { "left" } else { "right" }.to_owned(),
            "fonts" => fonts(&self.locales.language(self.locale)).to_owned(),
            "space" => if self.has_spaces() { " " } else { "" }.to_owned(),
            _ => self.locales.tag(self.locale).to_owned(),
        }
    }
}

/// Fonts to ask for before the family of last resort, each with a comma behind it. Outlook shows scripts beyond Latin, Greek
/// and Cyrillic in its oldest fonts unless a mail names better ones.
fn fonts(language: &LanguageIdentifier) -> &'static str {
    match language.language.as_str() {
        "ar" | "fa" | "he" | "ur" => "'Geeza Pro',Tahoma,",
        "ja" => "'Hiragino Sans','Yu Gothic UI',Meiryo,",
        "ko" => "'Apple SD Gothic Neo','Malgun Gothic',",
        "zh" if language.script.is_some_and(|script| script.as_str() == "Hant") => {
            "'PingFang TC','Microsoft JhengHei',"
        }
        "zh" => "'PingFang SC','Microsoft YaHei',",
        "hi" => "'Kohinoor Devanagari','Nirmala UI',",
        "th" => "Thonburi,'Leelawadee UI',",
        _ => "",
    }
}
