//! From MJML to HTML, once for each template.
//!
//! MJML does not know Handlebars. So each element between braces becomes a mark, the text with its marks goes through
//! MJML, and in the HTML that comes out, the elements take their marks' places.

mod inline;

use std::collections::HashMap;
use std::fmt::Write as _;

use handlebars::Template;
use handlebars::template::{TemplateElement, TemplateMapping};
use mrml::prelude::parser::Error;
use mrml::prelude::render::RenderOptions;

use self::inline::{Rule, inline};
use super::markup::{Tag, tags};
use crate::suggest::nearest;
use crate::template::element::call;
use crate::template::error::Located;
use crate::text::position;

/// The brackets of a mark: nobody has them in a text by accident, and MJML lets them pass.
const OPEN: char = '⟦';
const CLOSE: char = '⟧';

/// What follows `<mj-` in the names of MJML 4's components. `mj-include` is left out, since partials do its work.
const COMPONENTS: &str = "accordion accordion-element accordion-text accordion-title all attributes body breakpoint button carousel carousel-image class column divider font group head hero html-attributes image navbar navbar-link preview raw section social social-element spacer style table text title wrapper";

/// Components that hold components alone.
const HOLDS_COMPONENTS: [&str; 8] =
    ["mjml", "mj-head", "mj-body", "mj-wrapper", "mj-section", "mj-group", "mj-column", "mj-hero"];

/// Turns a template in MJML into the same template in HTML.
///
/// # Errors
/// What MJML refuses or would silently drop, with the position in the template's own file.
pub(super) fn compile(template: &Template) -> Result<Template, Vec<Located>> {
    let language = Template::compile(LANGUAGE).map_err(|error| vec![((1, 1), error.reason().to_string())])?;
    let mut marked = Marked { first: template.mapping.first(), ..Marked::default() };
    marked.write(template)?;
    if !marked.text.contains("<mjml") {
        let reason = "has no `<mjml>`: begin with `{{#> layout}}` or `<mjml>`; HTML of your own belongs into body.html.hbs";
        return Err(vec![(marked.start(), reason.to_owned())]);
    }
    marked.check_components()?;
    marked.say_language(&language);
    let rules = marked.take_inline_rules()?;
    // With its default fonts, MJML has the mail load them from a stranger's server, which learns who opens the mail.
    let options = RenderOptions { fonts: HashMap::new(), ..RenderOptions::default() };
    let mjml = mrml::parse(&marked.text).map_err(|error| vec![marked.fault(&error)])?;
    let html = mjml.element.render(&options);
    let html = html.map_err(|error| vec![(marked.start(), format!("MJML: {error}"))])?;
    marked.read(&if rules.is_empty() { html } else { inline(&html, &rules) })
}

/// What is said where MJML's parser gave up: what people get wrong there.
const NOT_WELL_FORMED: &str = "this is not well-formed: write each attribute as `name=\"value\"`, with `{{…}}` between the quotation \
     marks alone, and no `--` in a comment";

/// What `<mjml>` gets where a template doesn't say it. MJML itself would say that the language is not known.
const LANGUAGE: &str = "{{locale.lang}}{{locale.dir}}";

/// A template as text with marks, and what the marks stand for.
#[derive(Default)]
struct Marked<'a> {
    /// MJML with marks in it.
    text: String,
    /// The elements behind the marks, by their numbers.
    elements: Vec<(&'a TemplateElement, &'a TemplateMapping)>,
    /// Where each raw part begins: the byte in the text, and the position in its file.
    parts: Vec<(usize, (usize, usize))>,
    /// The position of the template's first element; `None` for an empty template.
    first: Option<&'a TemplateMapping>,
    /// Whether each element stands in `<mj-attributes>`. MJML may drop it there, if the template lacks the component
    /// that it holds defaults for.
    is_default: Vec<bool>,
}

/// What a mark stands for: a whole element, or one of the points at which a block's halves begin and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Whole,
    Begin,
    Else,
    End,
}

impl Mark {
    /// Each kind with its character, the first one inside the brackets.
    const ALL: [(Self, char); 4] =
        [(Self::Whole, '.'), (Self::Begin, '('), (Self::Else, '|'), (Self::End, ')')];
}

impl<'a> Marked<'a> {
    /// Appends a template's raw parts as they are, and its elements as marks.
    fn write(&mut self, template: &'a Template) -> Result<(), Vec<Located>> {
        for (element, position) in template.elements.iter().zip(&template.mapping) {
            let at = (position.0, position.1);
            match element {
                TemplateElement::RawString(text) => {
                    if text.contains([OPEN, CLOSE]) {
                        return Err(vec![(
                            at,
                            "contains ⟦ or ⟧, which are reserved here: write other characters".to_owned(),
                        )]);
                    }
                    self.parts.push((self.text.len(), at));
                    self.text.push_str(text);
                }
                // For the template's authors alone: Handlebars shows nothing for a comment.
                TemplateElement::Comment(_) => {}
                TemplateElement::Expression(_) | TemplateElement::HtmlExpression(_) => {
                    let number = self.add(element, position);
                    self.mark(Mark::Whole, number);
                }
                TemplateElement::HelperBlock(block) => {
                    let number = self.add(element, position);
                    let tag = self.tag();
                    self.mark(Mark::Begin, number);
                    block.template.as_ref().map_or(Ok(()), |template| self.write(template))?;
                    if let Some(inverse) = &block.inverse {
                        self.mark(Mark::Else, number);
                        self.write(inverse)?;
                    }
                    // One half of such a block would be an attribute, and the other half words.
                    if self.tag() != tag {
                        return Err(self.torn(number));
                    }
                    self.mark(Mark::End, number);
                }
                other => return Err(vec![(at, left(other))]),
            }
        }
        Ok(())
    }

    /// Adds the language and its direction to `<mjml>`, if the template leaves them to us.
    fn say_language(&mut self, language: &'a Template) {
        let tags = tags(&self.text);
        let Some(tag) = tags.iter().find(|tag| tag.name == "mjml" && !tag.closes) else { return };
        let place = tag.at + "<mjml".len();
        let missing: Vec<bool> = ["lang", "dir"].map(|name| tag.value(name).is_none()).to_vec();
        let position = self.position(place);
        let rest = self.text.split_off(place);
        for ((name, element), position) in ["lang", "dir"]
            .iter()
            .zip(&language.elements)
            .zip(&language.mapping)
            .zip(missing)
            .filter_map(|(it, missing)| missing.then_some(it))
        {
            let _ = write!(self.text, " {name}=\"");
            let number = self.add(element, position);
            self.mark(Mark::Whole, number);
            self.text.push('"');
        }
        let longer = self.text.len() - place;
        self.text.push_str(&rest);
        self.parts.iter_mut().filter(|(start, _)| *start > place).for_each(|(start, _)| *start += longer);
        let after = self.parts.partition_point(|(start, _)| *start <= place);
        self.parts.insert(after, (place + longer, position));
    }

    /// Takes the rules out of each `<mj-style inline="inline">`, which MJML would keep as a style sheet.
    fn take_inline_rules(&mut self) -> Result<Vec<Rule>, Vec<Located>> {
        let tags = tags(&self.text);
        let is_inline = |tag: &Tag<'_>| tag.name == "mj-style" && tag.value("inline") == Some("inline");
        let starts = tags.iter().filter(|tag| !tag.closes && !tag.closed_at_once && is_inline(tag));
        let places: Vec<_> = starts
            .filter_map(|tag| {
                let end = tags.iter().find(|end| end.at >= tag.end && end.closes && end.name == tag.name)?;
                Some(tag.end..end.at)
            })
            .collect();
        let mut all = Vec::new();
        for place in places {
            let css = self.text.get(place.clone()).unwrap_or_default();
            all.extend(
                inline::rules(css).map_err(|(at, reason)| vec![(self.position(place.start + at), reason)])?,
            );
            // What a rule mentions may end up in no element, or in many.
            let mut rest = css;
            while let (_, Some((_, number, after))) = next_mark(rest) {
                self.is_default.iter_mut().skip(number).take(1).for_each(|it| *it = true);
                rest = after;
            }
            // Spaces, so that the positions of all that follows stay.
            let blank: String = css
                .chars()
                .map(|c| if c == '\n' { "\n".to_owned() } else { " ".repeat(c.len_utf8()) })
                .collect();
            self.text.replace_range(place, &blank);
        }
        Ok(all)
    }

    /// Gives an element its number.
    fn add(&mut self, element: &'a TemplateElement, position: &'a TemplateMapping) -> usize {
        let [opened, closed] = ["<mj-attributes", "</mj-attributes"].map(|tag| self.text.rfind(tag));
        // `None` is less than any position, so this is false in a text without such a tag.
        self.is_default.push(opened > closed);
        self.elements.push((element, position));
        self.elements.len() - 1
    }

    /// Appends a mark.
    fn mark(&mut self, mark: Mark, number: usize) {
        let kind = Mark::ALL.iter().find(|(it, _)| *it == mark).map_or('.', |(_, kind)| *kind);
        let _ = write!(self.text, "{OPEN}{kind}{number}{CLOSE}");
    }

    /// The byte at which the unfinished tag at the end of the text begins; `None` between tags.
    fn tag(&self) -> Option<usize> {
        let [opened, closed] = ['<', '>'].map(|edge| self.text.rfind(edge));
        opened.filter(|_| opened > closed)
    }

    /// A fault that MJML found, at its position in the file.
    fn fault(&self, error: &Error) -> Located {
        let (at, reason) = match error {
            Error::ParserError { source, .. } => {
                let (row, column) = (source.pos().row as usize, source.pos().col as usize);
                let lines = self.text.split_inclusive('\n').take(row.saturating_sub(1));
                let at = lines.map(str::len).sum::<usize>() + column.saturating_sub(1);
                (at, NOT_WELL_FORMED.to_owned())
            }
            Error::UnexpectedElement { position, .. } => {
                (position.start, "this element is not allowed here".to_owned())
            }
            Error::UnexpectedToken { position, .. } => {
                (position.start, "this is not allowed here".to_owned())
            }
            Error::EndOfStream { .. } => (self.text.len(), "an element is not closed".to_owned()),
            error => (0, error.to_string()),
        };
        (self.position(at), format!("MJML: {reason}"))
    }

    /// The position of the template's first element, for faults that have no position of their own.
    fn start(&self) -> (usize, usize) {
        self.first.map_or((0, 0), |first| (first.0, first.1))
    }

    /// The position in its file of the byte `at` of the text.
    fn position(&self, at: usize) -> (usize, usize) {
        if let ("", Some((_, number, _))) = next_mark(self.text.get(at..).unwrap_or_default())
            && let Some((_, position)) = self.elements.get(number)
        {
            return (position.0, position.1);
        }
        let (start, (line, column)) =
            self.parts.iter().rev().find(|(start, _)| *start <= at).copied().unwrap_or_default();
        match position(self.text.get(start..).unwrap_or_default(), at.saturating_sub(start)) {
            (1, within) => (line, column + within - 1),
            (lines, within) => (line + lines - 1, within),
        }
    }

    /// Finds components that do not exist or are not closed. MJML itself drops the former without a word, and of the
    /// latter it doesn't say which they are.
    fn check_components(&self) -> Result<(), Vec<Located>> {
        let mut open: Vec<(&str, usize)> = Vec::new();
        let fault = |at: usize, reason: String| Err(vec![(self.position(at), reason)]);
        let mut comment_end = 0;
        // The byte behind the last tag of a component.
        let mut behind = 0;
        for (at, _) in self.text.match_indices('<') {
            let rest = self.text.get(at + 1..).unwrap_or_default();
            if at < comment_end {
                continue;
            }
            if rest.starts_with("!--") {
                comment_end = at + rest.find("-->").unwrap_or(rest.len());
                continue;
            }
            let (closes, rest) = rest.strip_prefix('/').map_or((false, rest), |rest| (true, rest));
            // Other tags are HTML, which MJML leaves alone, and in which browsers are lenient too.
            let name =
                rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next().unwrap_or_default();
            let Some(component) =
                name.strip_prefix("mj").filter(|rest| *rest == "ml" || rest.starts_with('-'))
            else {
                continue;
            };
            let component = component.trim_start_matches('-');
            let between = self.text.get(behind..at).unwrap_or_default();
            if let Some(words) = open
                .last()
                .filter(|(name, _)| HOLDS_COMPONENTS.contains(name))
                .and_then(|_| words_in(between))
            {
                return fault(behind + words, "words stand outside of a component here, and mail clients would move them out of their place: put `<mj-text>` and `</mj-text>` around them".to_owned());
            }
            let end = end_of_tag(rest);
            behind = at + 1 + usize::from(closes) + end + 1;
            if component != "ml" && !COMPONENTS.split(' ').any(|known| known == component) {
                let hint = match nearest(component, COMPONENTS.split(' ')) {
                    _ if component == "include" => ": call a partial, as in `{{> button}}`".to_owned(),
                    Some(meant) => format!(": did you mean `mj-{meant}`?"),
                    None => String::new(),
                };
                return fault(at, format!("there is no MJML component `{name}`{hint}"));
            }
            if closes {
                match open.pop() {
                    Some((opened, _)) if opened == name => {}
                    Some((opened, at)) => return fault(at, format!("`<{opened}>` is not closed")),
                    None => return fault(at, format!("`</{name}>` closes a component that was not opened")),
                }
            } else if !rest.get(..end).is_some_and(|tag| tag.ends_with('/')) {
                open.push((name, at));
            }
        }
        match open.pop() {
            Some((opened, at)) => fault(at, format!("`<{opened}>` is not closed")),
            None => Ok(()),
        }
    }

    /// Turns HTML with marks into a template, with the elements in their marks' places.
    fn read(&self, html: &str) -> Result<Template, Vec<Located>> {
        let mut seen = self.is_default.clone();
        let mut rest = html;
        let template = self.read_until(&mut rest, None, &mut seen)?;
        // What MJML dropped would be missing in every mail, and nobody would be told.
        let lost = seen.iter().zip(&self.elements).filter(|(seen, _)| !**seen);
        let lost: Vec<Located> = lost
            .map(|(_, (_, position))| {
                (
                    (position.0, position.1),
                    "MJML leaves out what stands here: move it into a component, or if it is a width or a padding, write a number".to_owned(),
                )
            })
            .collect();
        if lost.is_empty() { Ok(template) } else { Err(lost) }
    }

    /// Reads up to the mark that continues or ends the block `within`, and leaves that mark to its caller. Reads to the
    /// end if `within` is `None`.
    fn read_until(
        &self,
        rest: &mut &str,
        within: Option<usize>,
        seen: &mut [bool],
    ) -> Result<Template, Vec<Located>> {
        let mut out = Template::new();
        loop {
            let (text, found) = next_mark(rest);
            if !text.is_empty() {
                out.elements.push(TemplateElement::RawString(text.to_owned()));
                out.mapping.extend(self.nearest_position(found.map(|(_, number, _)| number)));
            }
            let Some((mark, number, after)) = found else {
                *rest = "";
                return if let Some(block) = within { Err(self.torn(block)) } else { Ok(out) };
            };
            if let Mark::Else | Mark::End = mark {
                *rest = rest.get(text.len()..).unwrap_or_default();
                return if within == Some(number) {
                    Ok(out)
                } else {
                    Err(self.torn(within.unwrap_or(number)))
                };
            }
            *rest = after;
            let Some((element, position)) = self.elements.get(number) else { continue };
            let mut element = (*element).clone();
            if let TemplateElement::HelperBlock(block) = &mut element {
                block.template = Some(self.read_until(rest, Some(number), seen)?);
                if block.inverse.is_some() {
                    self.skip(rest, Mark::Else, number)?;
                    block.inverse = Some(self.read_until(rest, Some(number), seen)?);
                }
                self.skip(rest, Mark::End, number)?;
            }
            seen.iter_mut().skip(number).take(1).for_each(|seen| *seen = true);
            out.elements.push(element);
            out.mapping.push((*position).clone());
        }
    }

    /// Reads the mark that must come next.
    fn skip(&self, rest: &mut &str, expected: Mark, number: usize) -> Result<(), Vec<Located>> {
        match next_mark(rest) {
            ("", Some((mark, at, after))) if mark == expected && at == number => {
                *rest = after;
                Ok(())
            }
            _ => Err(self.torn(number)),
        }
    }

    /// A position for the raw part before an element. Any will do: faults point at elements, never at raw parts.
    fn nearest_position(&self, number: Option<usize>) -> Option<TemplateMapping> {
        let found = number.and_then(|number| self.elements.get(number)).map(|(_, position)| *position);
        found.or(self.first).cloned()
    }

    /// The fault of a block whose two ends do not stand in the same component.
    fn torn(&self, number: usize) -> Vec<Located> {
        let at = self.elements.get(number).map_or((0, 0), |(_, position)| (position.0, position.1));
        vec![(
            at,
            "this block begins in one MJML component and ends in another: put both ends into the same one"
                .to_owned(),
        )]
    }
}

/// Why an element can't be in MJML: a partial whose call is still there, or something that belongs to one.
fn left(element: &TemplateElement) -> String {
    let call = call(element).and_then(|call| Some((call, call.name.as_name()?)));
    match call {
        Some((call, name)) if call.params.is_empty() && call.hash.is_empty() => {
            format!(
                "there is no partial `{name}`: add it as email/partials/{name}.mjml.hbs, or take the call out"
            )
        }
        Some((_, name)) => format!(
            "`{name}` is called with what is worked out for each message: in MJML, call a partial with variables, strings \
             and words alone, as in `{{{{> {name} href=action_url}}}}`"
        ),
        None => "only variables, blocks and partials can stand in MJML".to_owned(),
    }
}

/// The length of a tag up to its `>`. A `>` between quotes belongs to an attribute's value.
fn end_of_tag(tag: &str) -> usize {
    let mut quote = None;
    for (at, c) in tag.char_indices() {
        match (quote, c) {
            (None, '>') => return at,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            _ => {}
        }
    }
    tag.len()
}

/// The byte of the first word in what stands between two components; `None` without words, and where HTML of one's own
/// stands, which MJML leaves alone.
fn words_in(between: &str) -> Option<usize> {
    let has_tag = between.split('<').skip(1).any(|tag| !tag.starts_with("!--"));
    let mut rest = between;
    loop {
        rest = rest.trim_start();
        let at = between.len() - rest.len();
        let after = if let Some(comment) = rest.strip_prefix("<!--") {
            comment.split_once("-->").map(|(_, after)| after)
        } else {
            match next_mark(rest) {
                ("", Some((Mark::Begin | Mark::Else | Mark::End, _, after))) => Some(after),
                _ => return (!rest.is_empty() && !has_tag).then_some(at),
            }
        };
        rest = after?;
    }
}

/// Splits at the next mark: the text before it, and then the mark's kind, its number and the text after it; `None`
/// where there is no further mark.
fn next_mark(text: &str) -> (&str, Option<(Mark, usize, &str)>) {
    let found = || {
        let (before, rest) = text.split_once(OPEN)?;
        let (mark, after) = rest.split_once(CLOSE)?;
        let kind = mark.chars().next()?;
        let (mark, number) = (Mark::ALL.iter().find(|(_, it)| *it == kind)?.0, mark.get(1..)?.parse().ok()?);
        Some((before, (mark, number, after)))
    };
    match found() {
        Some((before, mark)) => (before, Some(mark)),
        None => (text, None),
    }
}
