//! What mail clients don't show, and what MJML leaves out.

use super::attributes;
use super::place::at;
use crate::suggest::nearest;
use crate::template::error::TemplateError;
use crate::template::image;
use crate::template::load::markup::{Tag, VOID, tags};
use crate::template::load::source::{Source, Syntax};

/// Elements that mail clients take out of a mail, or that do nothing in one.
const TAKEN_OUT: [&str; 6] = ["script", "iframe", "object", "embed", "form", "input"];
/// The attributes that hold the address of an image, by element; all elements where the name is empty.
const IMAGES: [(&str, &str); 6] = [
    ("img", "src"),
    ("mj-image", "src"),
    ("mj-carousel-image", "src"),
    ("mj-social-element", "src"),
    ("", "background-url"),
    ("", "background"),
];
/// Elements whose `href` is where a click leads.
const LINKS: [&str; 5] = ["a", "area", "mj-button", "mj-image", "mj-carousel-image"];
/// Elements that hold a mail's layout together.
const LAYOUT: [&str; 7] = ["a", "center", "div", "span", "table", "td", "tr"];

/// The remarks on a template in HTML or MJML; none on one in text.
pub(super) fn remarks(source: &Source) -> Vec<TemplateError> {
    if source.syntax() == Syntax::Text {
        return Vec::new();
    }
    let tags = tags(&source.text);
    let mut found: Vec<(usize, String)> = Vec::new();
    for tag in tags.iter().filter(|tag| !tag.closes) {
        of_tag(tag, &mut found);
    }
    if source.syntax() == Syntax::Html {
        found.extend(style_sheet(source, &tags));
        found.extend(unclosed(source, &tags));
        // A partial in HTML may stand in MJML.
        if let Some(tag) =
            tags.iter().find(|tag| tag.name.starts_with("mj")).filter(|_| source.partial().is_none())
        {
            let reason = format!(
                "`<{}>` is MJML, which is not made into HTML here: name the file body.mjml.hbs",
                tag.name
            );
            found.push((tag.at, reason));
        }
    }
    found.into_iter().map(|(place, reason)| at(source, place, reason)).collect()
}

fn of_tag(tag: &Tag<'_>, found: &mut Vec<(usize, String)>) {
    let name = tag.name.to_ascii_lowercase();
    if TAKEN_OUT.contains(&name.as_str()) {
        found.push((tag.at, format!("mail clients take `<{name}>` out of mails: write the mail without it")));
    }
    let known: Option<Vec<&str>> = attributes::of(&name).map(Iterator::collect);
    for attribute in &tag.attributes {
        let said = attribute.name;
        if said.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("on")) && !name.starts_with("mj-") {
            found.push((
                attribute.at,
                format!("mail clients take `{said}` out of mails: write the mail without it"),
            ));
        }
        if let Some(known) = known.as_ref().filter(|known| !known.contains(&said)) {
            let hint = match nearest(said, known.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!(
                    "it has {}",
                    known.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")
                ),
            };
            found.push((
                attribute.at,
                format!("`<{name}>` has no attribute `{said}`, so MJML leaves it out: {hint}"),
            ));
        }
        let is_image = |(element, attribute): &(&str, &str)| {
            (element.is_empty() || *element == name) && said.eq_ignore_ascii_case(attribute)
        };
        if IMAGES.iter().any(is_image)
            && let Some(reason) = image::hidden(attribute.value)
        {
            found.push((attribute.at, reason.to_owned()));
        }
        if said.eq_ignore_ascii_case("href") && LINKS.contains(&name.as_str()) && is_relative(attribute.value)
        {
            let reason = "this link's address is relative, and a mail has no place that it could be relative to: begin it with `https://`";
            found.push((attribute.at, reason.to_owned()));
        }
    }
}

/// Whether a link leads nowhere from a mail: it has no scheme, and is neither a variable nor a place in the mail itself.
fn is_relative(address: &str) -> bool {
    let address = address.trim();
    let start = address.split(['/', '?', '#', '{']).next().unwrap_or_default();
    !address.is_empty() && !address.starts_with(['#', '{']) && !start.contains(':')
}

/// Says that rules stay in their style sheet, unless they are only such as have to: queries for screens and schemes.
fn style_sheet(source: &Source, tags: &[Tag<'_>]) -> Option<(usize, String)> {
    let (start, rules) = tags.iter().filter(|tag| tag.is("style") && !tag.closes).find_map(|tag| {
        let css = source.text.get(tag.end..)?.split("</").next()?;
        Some((tag.at, css)).filter(|(_, css)| has_plain_rules(css))
    })?;
    debug_assert!(!rules.is_empty());
    let reason = "the rules of `<style>` are not written into the elements, and some mail clients read no `<style>`: write them \
                  into `style` attributes, and leave here what needs `@media` or `:hover`";
    Some((start, reason.to_owned()))
}

/// Whether a style sheet has a rule that could stand in an element.
fn has_plain_rules(css: &str) -> bool {
    let mut depth = 0_usize;
    let mut selector = String::new();
    for c in css.chars() {
        match c {
            '{' => {
                let said = selector.trim();
                let is_plain = depth == 0 && !said.starts_with('@') && !said.contains([':', '[', '*']);
                if is_plain && !said.is_empty() {
                    return true;
                }
                depth += 1;
                selector.clear();
            }
            '}' => {
                depth = depth.saturating_sub(1);
                selector.clear();
            }
            _ => selector.push(c),
        }
    }
    false
}

/// The first element of the layout that stays open. Files whose parts open and close elements for each other are not judged.
fn unclosed(source: &Source, tags: &[Tag<'_>]) -> Option<(usize, String)> {
    let calls = source.text.contains("{{>") || source.text.contains("{{~>") || source.text.contains("{{else");
    if source.partial().is_some() || calls {
        return None;
    }
    let mut open: Vec<&Tag<'_>> = Vec::new();
    for tag in tags.iter().filter(|tag| LAYOUT.iter().any(|name| tag.is(name)) && !tag.closed_at_once) {
        debug_assert!(!VOID.iter().any(|name| tag.is(name)));
        if !tag.closes {
            open.push(tag);
        } else if let Some(last) = open.pop().filter(|last| !last.is(tag.name)) {
            let name = last.name;
            return Some((
                last.at,
                format!("`<{name}>` is not closed: write `</{name}>` before `</{}>`", tag.name),
            ));
        }
    }
    let last = open.pop()?;
    Some((last.at, format!("`<{0}>` is not closed: write `</{0}>`", last.name)))
}
