//! Markup in the words of locale files, which readers would see as it is.

use super::place::at;
use crate::template::error::TemplateError;
use crate::template::load::source::Source;

/// Elements that people write into words.
const ELEMENTS: [&str; 14] =
    ["a", "b", "br", "div", "em", "font", "h1", "i", "img", "li", "p", "span", "strong", "u"];

/// Characters by their names in HTML.
const ENTITIES: [&str; 8] = ["&amp;", "&apos;", "&gt;", "&lt;", "&mdash;", "&nbsp;", "&ndash;", "&quot;"];

/// A remark for the first element or entity in a locale file: whoever writes one writes more.
pub(super) fn remark(source: &Source) -> Option<TemplateError> {
    let mut start = 0;
    source.text.split_inclusive('\n').find_map(|line| {
        let line_at = start;
        start += line.len();
        if line.starts_with('#') {
            return None;
        }
        let (place, reason) = of_line(line)?;
        Some(at(source, line_at + place, reason))
    })
}

fn of_line(line: &str) -> Option<(usize, String)> {
    let element = line.match_indices('<').find_map(|(place, _)| {
        let tag = line.get(place..)?;
        let tag = tag.get(..=tag.find('>')?)?;
        let name = tag.trim_start_matches(['<', '/']).split(|c: char| !c.is_ascii_alphanumeric()).next()?;
        let is_one = ELEMENTS.iter().any(|known| known.eq_ignore_ascii_case(name));
        is_one.then(|| {
            (
                place,
                format!("readers see `{tag}` as it is: words hold no markup, so put it into the template"),
            )
        })
    });
    element.or_else(|| {
        let (place, entity) = ENTITIES.iter().find_map(|entity| Some((line.find(entity)?, entity)))?;
        Some((place, format!("readers see `{entity}` as it is: write the character itself")))
    })
}
