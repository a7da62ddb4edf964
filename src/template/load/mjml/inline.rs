//! `<mj-style inline="inline">`: rules that are written into the elements, because some mail clients read no style sheets.

use std::fmt::Write as _;

use crate::template::load::markup::{Tag, VOID, tags};

/// A rule for one selector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    /// The elements from the outermost on; the last one gets the declarations.
    path: Vec<Step>,
    /// How much the rule counts beside others: its ids, its classes, its names of elements.
    weight: (usize, usize, usize),
    declarations: String,
}

/// One element of a selector.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Step {
    name: Option<String>,
    id: Option<String>,
    classes: Vec<String>,
    /// Whether the element before it has to be its parent (`>`).
    is_child: bool,
}

/// Reads rules.
///
/// # Errors
/// The byte of a rule that can't be written into elements, and why.
pub(super) fn rules(css: &str) -> Result<Vec<Rule>, (usize, String)> {
    let css = without_comments(css);
    let mut rules = Vec::new();
    let mut at = 0;
    while let Some(found) = css.get(at..).and_then(|rest| rest.find('{')) {
        let (selectors, rest) =
            (css.get(at..at + found).unwrap_or_default(), css.get(at + found + 1..).unwrap_or_default());
        let start = at + selectors.len() - selectors.trim_start().len();
        let unable = |what: &str| {
            (
                start,
                format!(
                    "`{what}` can't be written into elements: put this rule into an `<mj-style>` without `inline`"
                ),
            )
        };
        if selectors.trim_start().starts_with('@') {
            return Err(unable(selectors.trim()));
        }
        let Some(end) = rest.find('}') else {
            return Err((start, "this rule is not closed: write `}`".to_owned()));
        };
        let declarations = rest.get(..end).unwrap_or_default().trim().trim_end_matches(';').trim();
        for selector in selectors.split(',').map(str::trim) {
            let (path, weight) = path(selector).ok_or_else(|| unable(selector))?;
            rules.push(Rule { path, weight, declarations: declarations.to_owned() });
        }
        at += found + 1 + end + 1;
    }
    Ok(rules)
}

/// The CSS with spaces in the place of its comments, so that positions stay.
fn without_comments(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        let (comment, after) = after.split_once("*/").unwrap_or((after, ""));
        out.push_str(&" ".repeat(comment.len() + 4));
        rest = after;
    }
    out + rest
}

/// A selector of names, classes and ids, with spaces or `>` between them; `None` for any other.
fn path(selector: &str) -> Option<(Vec<Step>, (usize, usize, usize))> {
    let mut path: Vec<Step> = Vec::new();
    let mut weight = (0, 0, 0);
    let mut is_child = false;
    for word in selector.replace('>', " > ").split_whitespace() {
        if word == ">" {
            is_child = true;
            continue;
        }
        let mut step = Step { is_child, ..Step::default() };
        is_child = false;
        let mut rest = word;
        while let Some(first) = rest.chars().next() {
            let body = rest.strip_prefix(['.', '#']).unwrap_or(rest);
            let end = body.find(['.', '#']).unwrap_or(body.len());
            let (name, after) = body.split_at_checked(end)?;
            let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
            if name != "*" && (name.is_empty() || !name.chars().all(is_name)) {
                return None;
            }
            match first {
                '.' => {
                    step.classes.push(name.to_owned());
                    weight.1 += 1;
                }
                '#' => {
                    step.id = Some(name.to_owned());
                    weight.0 += 1;
                }
                '*' => {}
                _ => {
                    step.name = Some(name.to_ascii_lowercase());
                    weight.2 += 1;
                }
            }
            rest = after;
        }
        path.push(step);
    }
    (!path.is_empty()).then_some((path, weight))
}

impl Step {
    fn is(&self, tag: &Tag<'_>) -> bool {
        let classes: Vec<&str> = tag.value("class").unwrap_or_default().split_whitespace().collect();
        self.name.as_ref().is_none_or(|name| tag.is(name))
            && self.id.as_ref().is_none_or(|id| tag.value("id") == Some(id))
            && self.classes.iter().all(|class| classes.contains(&class.as_str()))
    }
}

impl Rule {
    /// Whether the rule is for a tag inside of these.
    fn is_for(&self, tag: &Tag<'_>, around: &[&Tag<'_>]) -> bool {
        let Some((last, path)) = self.path.split_last() else { return false };
        last.is(tag) && within(path, last.is_child, around)
    }
}

/// Whether the elements of a path stand around, the innermost last.
fn within(path: &[Step], is_parent: bool, around: &[&Tag<'_>]) -> bool {
    let Some((step, outer)) = path.split_last() else { return true };
    let places = around.iter().enumerate().rev().take(if is_parent { 1 } else { usize::MAX });
    places
        .filter(|(_, tag)| step.is(tag))
        .any(|(at, _)| within(outer, step.is_child, around.get(..at).unwrap_or_default()))
}

/// The HTML with the rules' declarations in its elements, before those that an element has itself.
pub(super) fn inline(html: &str, rules: &[Rule]) -> String {
    let tags = tags(html);
    let mut rules: Vec<&Rule> = rules.iter().collect();
    // Of two rules that count the same, the later one wins: sorting keeps their order.
    rules.sort_by_key(|rule| rule.weight);
    let mut out = String::with_capacity(html.len());
    let (mut around, mut copied): (Vec<&Tag<'_>>, usize) = (Vec::new(), 0);
    let mut is_body = false;
    for tag in &tags {
        is_body |= tag.is("body");
        if tag.closes {
            if let Some(at) = around.iter().rposition(|open| open.is(tag.name)) {
                around.truncate(at);
            }
            continue;
        }
        let mut style = String::new();
        for rule in rules.iter().filter(|rule| is_body && rule.is_for(tag, &around)) {
            let _ = write!(style, "{}{}", if style.is_empty() { "" } else { ";" }, rule.declarations);
        }
        if !style.is_empty() {
            // A quotation mark would end the attribute.
            let style = style.replace('"', "'");
            let own = tag.attributes.iter().find(|it| it.name.eq_ignore_ascii_case("style"));
            let place = own.map_or_else(|| behind_attributes(html, tag), |own| own.at);
            out.push_str(html.get(copied..place).unwrap_or_default());
            let own_value = own.map_or("", |own| own.value);
            let glue = if own_value.is_empty() { "" } else { ";" };
            let space = if own.is_some() { "" } else { " " };
            let _ = write!(out, "{space}style=\"{style}{glue}{own_value}\"");
            copied = own.map_or(place, |own| own_end(html, own.at));
        }
        if !tag.closed_at_once && !VOID.iter().any(|name| tag.is(name)) {
            around.push(tag);
        }
    }
    out.push_str(html.get(copied..).unwrap_or_default());
    out
}

/// The byte behind the last attribute of a tag.
fn behind_attributes(html: &str, tag: &Tag<'_>) -> usize {
    let inner = html.get(tag.at..tag.end).unwrap_or_default();
    tag.at + inner.trim_end_matches(['>', '/', ' ', '\n']).len()
}

/// The byte behind an attribute in double quotation marks, as MJML writes all of them.
fn own_end(html: &str, at: usize) -> usize {
    let rest = html.get(at..).unwrap_or_default();
    let quotes = rest.match_indices('"').nth(1).map_or(rest.len(), |(end, _)| end + 1);
    at + quotes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_reach_the_elements_that_they_are_for() {
        let html = "<body><div class=\"x y\"><p style=\"a:1\">⟦.0⟧</p><br></div><p id=\"i\">z</p></body>";
        for (css, expected) in [
            (
                ".x { color: red; }",
                "<body><div class=\"x y\" style=\"color: red\"><p style=\"a:1\">⟦.0⟧</p><br></div><p id=\"i\">z</p></body>",
            ),
            (
                ".x > p, #i { b: 2 }",
                "<body><div class=\"x y\"><p style=\"b: 2;a:1\">⟦.0⟧</p><br></div><p id=\"i\" style=\"b: 2\">z</p></body>",
            ),
            (
                "/* {} */ body p{c:3} p.x{d:4}",
                "<body><div class=\"x y\"><p style=\"c:3;a:1\">⟦.0⟧</p><br></div><p id=\"i\" style=\"c:3\">z</p></body>",
            ),
            (
                "body > p { e: \"f\" } p { g: 5 }",
                "<body><div class=\"x y\"><p style=\"g: 5;a:1\">⟦.0⟧</p><br></div><p id=\"i\" style=\"g: 5;e: 'f'\">z</p></body>",
            ),
        ] {
            assert_eq!(inline(html, &rules(css).unwrap()), expected, "{css}");
        }
    }

    #[test]
    fn what_needs_a_style_sheet_is_named() {
        for (css, at, what) in [
            ("a:hover{}", 0, "`a:hover`"),
            (" @media print { a {} }", 1, "`@media print`"),
            ("a{} b+c{}", 4, "`b+c`"),
            ("p[x]{}", 0, "`p[x]`"),
        ] {
            let (found, reason) = rules(css).unwrap_err();
            assert!(found == at && reason.starts_with(what), "{css}: {found} {reason}");
        }
        assert!(rules("a { b").unwrap_err().1.contains("not closed"));
    }
}
