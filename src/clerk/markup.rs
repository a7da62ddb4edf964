//! From the markup of Clerk's editor to MJML, as far as it goes: whatever has no counterpart is named in a note.

mod style;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::tree::{Element, Node, parse};
use super::words::{inner, next};
use style::{Edges, Style, escaped};

/// The attributes of a block, a header or a footer that MJML has too.
const BOX: &[&str] = &[
    "background-color",
    "padding",
    "margin",
    "border-radius",
    "border",
    "align",
    "color",
    "font-size",
    "line-height",
    "width",
];

/// MJML, and what did not get into it.
#[derive(Debug)]
pub(super) struct Converted {
    /// The whole document.
    pub(super) mjml: String,
    /// What was left out or looks different: sentences.
    pub(super) notes: BTreeSet<String>,
}

/// What the editor's elements are made of by default.
const DEFAULTS: &str = "<mj-attributes>\n\
    <mj-all font-family=\"-apple-system,BlinkMacSystemFont,'Segoe UI',Helvetica,Arial,sans-serif\" />\n\
    <mj-section padding=\"0\" />\n<mj-wrapper padding=\"0\" />\n\
    <mj-text padding=\"0\" font-size=\"16px\" line-height=\"24px\" />\n\
    <mj-image padding=\"0\" />\n<mj-divider padding=\"0\" />\n\
    <mj-button padding=\"0\" inner-padding=\"14px 28px\" font-size=\"16px\" />\n</mj-attributes>\n";

/// The document that Clerk's markup describes; `None` if it is nested too deep to be read.
pub(super) fn convert(markup: &str) -> Option<Converted> {
    let root = parse(markup)?;
    let mut writer = Writer::default();
    let body = root.find("body").unwrap_or(&root);
    let title = root.find("title").map(|title| inline(&title.children)).unwrap_or_default();
    let style = Style::of(body, &Style::default());
    writer.note_attributes(
        body,
        &["background-color", "padding", "align", "color", "font-size", "line-height", "width"],
    );
    writer.sections(&body.children, &Place { style, ..Place::default() });
    let mut mjml = "<mjml>\n<mj-head>\n".to_owned();
    if !title.trim().is_empty() {
        let _ = writeln!(mjml, "<mj-title>{}</mj-title>", title.trim());
    }
    mjml.push_str(DEFAULTS);
    mjml.push_str("</mj-head>\n");
    let color = body.get("background-color").filter(|color| style::is_color(color));
    let color = color.map(|color| format!(" background-color=\"{color}\"")).unwrap_or_default();
    let _ = writeln!(mjml, "<mj-body{color}>");
    if let Some(preview) = root.find("preheader") {
        let words = inline(&preview.children);
        let hidden = "max-height:0;max-width:0;overflow:hidden;opacity:0;mso-hide:all";
        let _ = writeln!(
            mjml,
            "<mj-raw>\n<div aria-hidden=\"true\" style=\"{hidden}\">{}</div>\n</mj-raw>",
            words.trim()
        );
    }
    let padding = Edges::of(body, "padding").unwrap_or_default();
    mjml.push_str(&gap(padding.top, ""));
    mjml.push_str(&writer.text);
    mjml.push_str(&gap(padding.bottom, ""));
    mjml.push_str("</mj-body>\n</mjml>\n");
    Some(Converted { mjml, notes: writer.notes })
}

/// A section that is nothing but space.
fn gap(height: f32, attributes: &str) -> String {
    if height > 0.0 {
        format!(
            "<mj-section{attributes}><mj-column><mj-spacer height=\"{height}px\" /></mj-column></mj-section>\n"
        )
    } else {
        String::new()
    }
}

/// Where content stands.
#[derive(Debug, Clone, Default)]
struct Place {
    /// What text has that does not say otherwise.
    style: Style,
    /// The attributes of the section that content gets.
    section: String,
    /// Whether a wrapper is open. MJML has none inside another one.
    wrapped: bool,
}

/// Elements that have sections of their own inside.
const FRAMES: [&str; 5] = ["header", "main", "footer", "container", "card"];

/// Elements that are written inside of words.
const INLINE: [&str; 3] = ["link", "var", "variable"];

#[derive(Default)]
struct Writer {
    text: String,
    notes: BTreeSet<String>,
}

impl Writer {
    /// Writes what stands in the body, or in one of its frames: content becomes sections.
    fn sections(&mut self, nodes: &[Node], place: &Place) {
        // Content waits here until its section is complete.
        let mut content = String::new();
        for node in &merged(nodes) {
            match node {
                Node::Text(text) => {
                    for part in parts(text) {
                        match part {
                            Part::Block(tag) => {
                                self.flush(&mut content, place);
                                let _ = writeln!(self.text, "{tag}");
                            }
                            Part::Words(words) => {
                                content.push_str(&place.style.text("mj-text", words.trim(), ""));
                            }
                        }
                    }
                }
                Node::Element(element) if FRAMES.contains(&element.name.as_str()) => {
                    self.flush(&mut content, place);
                    self.frame(element, place);
                }
                Node::Element(element) if element.name == "block" => {
                    self.flush(&mut content, place);
                    self.block(element, place);
                }
                Node::Element(element) if element.name == "grid" => {
                    self.flush(&mut content, place);
                    self.grid(element, place);
                }
                Node::Element(element) if matches!(element.name.as_str(), "preheader" | "head") => {}
                Node::Element(element) => content.push_str(&self.content(element, &place.style)),
            }
        }
        self.flush(&mut content, place);
    }

    /// Writes the content that waits as a section.
    fn flush(&mut self, content: &mut String, place: &Place) {
        if !content.trim().is_empty() {
            let section = &place.section;
            let _ = writeln!(
                self.text,
                "<mj-section{section}>\n<mj-column>\n{}\n</mj-column>\n</mj-section>",
                content.trim()
            );
        }
        content.clear();
    }

    /// Writes a header, a footer or the like: a wrapper, where there is none yet.
    fn frame(&mut self, element: &Element, place: &Place) {
        self.note_attributes(element, BOX);
        let inside = Place { style: Style::of(element, &place.style), wrapped: true, ..place.clone() };
        if place.wrapped {
            return self.sections(&element.children, &inside);
        }
        self.text.push_str(&gap(Edges::of(element, "margin").unwrap_or_default().top, ""));
        let attributes = style::frame(element);
        let _ = writeln!(self.text, "<mj-wrapper{attributes}>");
        let before = self.text.len();
        self.sections(&element.children, &inside);
        // MJML has no place for a wrapper with nothing in it.
        if self.text.len() == before {
            self.text.push_str("<mj-section><mj-column></mj-column></mj-section>\n");
        }
        self.text.push_str("</mj-wrapper>\n");
    }

    /// Writes a block: one section, or several where it holds blocks or columns itself.
    fn block(&mut self, element: &Element, place: &Place) {
        self.note_attributes(element, BOX);
        let style = Style::of(element, &place.style);
        self.text.push_str(&gap(Edges::of(element, "margin").unwrap_or_default().top, ""));
        let is_simple = !element.children.iter().any(|node| {
            matches!(node, Node::Element(it) if it.name == "block" || it.name == "grid" || FRAMES.contains(&it.name.as_str()))
        });
        let attributes = style::frame(element);
        if is_simple {
            let content = self.column(&element.children, &style);
            // An empty block may be a coloured line.
            let content =
                if content.trim().is_empty() { String::new() } else { format!("{}\n", content.trim()) };
            let _ = writeln!(
                self.text,
                "<mj-section{attributes}>\n<mj-column>\n{content}</mj-column>\n</mj-section>"
            );
            return;
        }
        if place.wrapped {
            // The parts get the block's colour each, and its padding at both sides.
            let padding = Edges::of(element, "padding").unwrap_or_default();
            let section = style::sides(element, &padding);
            let end = gap(padding.bottom, &section);
            self.text.push_str(&gap(padding.top, &section));
            self.sections(&element.children, &Place { style, section, wrapped: true });
            self.text.push_str(&end);
        } else {
            let _ = writeln!(self.text, "<mj-wrapper{attributes}>");
            self.sections(&element.children, &Place { style, section: String::new(), wrapped: true });
            self.text.push_str("</mj-wrapper>\n");
        }
    }

    /// Writes columns beside each other.
    fn grid(&mut self, element: &Element, place: &Place) {
        let _ = writeln!(self.text, "<mj-section{}>", place.section);
        for node in &element.children {
            match node {
                Node::Element(column) => {
                    let width = column.get("width").filter(|width| style::is_length(width));
                    let width = width.map(|width| format!(" width=\"{width}\"")).unwrap_or_default();
                    let style = Style::of(column, &place.style);
                    let attributes = style::frame(column);
                    let content = self.column(&column.children, &style);
                    let _ = writeln!(
                        self.text,
                        "<mj-column{width}{attributes}>\n{}\n</mj-column>",
                        content.trim()
                    );
                }
                Node::Text(text) => {
                    for part in parts(text) {
                        if let Part::Block(tag) = part {
                            let _ = writeln!(self.text, "{tag}");
                        }
                    }
                }
            }
        }
        self.text.push_str("</mj-section>\n");
    }

    /// The content of one column.
    fn column(&mut self, nodes: &[Node], style: &Style) -> String {
        let mut content = String::new();
        for node in &merged(nodes) {
            match node {
                Node::Text(text) => {
                    for part in parts(text) {
                        match part {
                            Part::Block(tag) => content.extend([tag, "\n"]),
                            Part::Words(words) => content.push_str(&style.text("mj-text", words.trim(), "")),
                        }
                    }
                }
                Node::Element(element) => content.push_str(&self.content(element, style)),
            }
        }
        content
    }

    /// One element of a column.
    fn content(&mut self, element: &Element, around: &Style) -> String {
        let style = Style::of(element, around);
        match element.name.as_str() {
            "text" => {
                self.note_attributes(element, &style::TEXT);
                style.text("mj-text", inline(&element.children).trim(), &style::own(element))
            }
            "heading" => {
                self.note_attributes(element, &[&style::TEXT[..], &["level"]].concat());
                let level =
                    element.get("level").filter(|it| ["h1", "h2", "h3", "h4"].contains(it)).unwrap_or("h1");
                let words = inline(&element.children);
                let heading = format!(
                    "<{level} style=\"margin:0;font-size:inherit;line-height:inherit\">{}</{level}>",
                    words.trim()
                );
                style.text("mj-text", &heading, &style::own(element))
            }
            "button" => {
                self.note_attributes(element, &style::BUTTON);
                let words = inline(&element.children);
                format!("<mj-button{}>{}</mj-button>\n", style::button(element, &style), words.trim())
            }
            "image" => format!("<mj-image{} />\n", style::image(element, &style)),
            "divider" => format!("<mj-divider{} />\n", style::divider(element)),
            "spacer" | "mobile-spacer" => {
                let height = element.get("height").filter(|it| style::is_length(it)).unwrap_or("16px");
                format!("<mj-spacer height=\"{height}\" />\n")
            }
            "list" => {
                let mut items = String::new();
                for node in &element.children {
                    if let Node::Element(item) = node {
                        let _ = write!(items, "<li>{}</li>", inline(&item.children).trim());
                    }
                }
                style.text("mj-text", &format!("<ul style=\"margin:0\">{items}</ul>"), &style::own(element))
            }
            // Its own look is lost, and its content stays.
            "column" | "block" | "grid" => self.column(&element.children, &style),
            name => {
                let name: String = name.chars().take(30).collect();
                self.notes.insert(format!(
                    "<re-{name}> has no counterpart: what stands in it was kept without its look"
                ));
                self.column(&element.children, &style)
            }
        }
    }

    /// Notes the attributes that are not carried over.
    fn note_attributes(&mut self, element: &Element, known: &[&str]) {
        for (name, value) in &element.attributes {
            let is_default = matches!(value.trim(), "" | "0" | "0px" | "none" | "normal" | "visible");
            // Of no effect on the looks.
            let is_silent =
                matches!(name.as_str(), "class" | "id" | "level" | "target" | "font-weight" | "valign");
            let name: String = name.chars().take(30).collect();
            if !known.contains(&name.as_str()) && !is_default && !is_silent {
                let element: String = element.name.chars().take(30).collect();
                self.notes.insert(format!("`{name}` of <re-{element}> is left out"));
            }
        }
    }
}

/// What stands inside of words: text, links, and the content of all else.
fn inline(nodes: &[Node]) -> String {
    let mut words = String::new();
    for node in nodes {
        match node {
            Node::Text(text) => words.push_str(text),
            Node::Element(element) => {
                let content = inline(&element.children);
                match (element.name.as_str(), element.get("href"), element.get("src")) {
                    ("link", Some(href), _) => {
                        let color = element.get("color").filter(|color| style::is_color(color));
                        let color =
                            color.map(|color| format!(" style=\"color:{color}\"")).unwrap_or_default();
                        let _ = write!(words, "<a href=\"{}\"{color}>{content}</a>", escaped(href));
                    }
                    ("image", _, Some(src)) => {
                        let alt = escaped(element.get("alt").unwrap_or_default());
                        let _ = write!(words, "<img src=\"{}\" alt=\"{alt}\">", escaped(src));
                    }
                    _ => words.push_str(&content),
                }
            }
        }
    }
    words
}

/// The same nodes, with what is written inside of words as text, together with the text around it.
fn merged(nodes: &[Node]) -> Vec<Node> {
    let mut merged: Vec<Node> = Vec::with_capacity(nodes.len());
    for node in nodes {
        let words = match node {
            Node::Text(text) => text.clone(),
            Node::Element(element) if INLINE.contains(&element.name.as_str()) => {
                inline(std::slice::from_ref(node))
            }
            Node::Element(_) => {
                merged.push(node.clone());
                continue;
            }
        };
        match merged.last_mut() {
            Some(Node::Text(before)) => before.push_str(&words),
            _ => merged.push(Node::Text(words)),
        }
    }
    merged
}

/// A piece of a text between elements.
enum Part<'a> {
    /// A tag of a Handlebars block, which goes around elements.
    Block(&'a str),
    /// Words, which need an element around them.
    Words(String),
}

/// The pieces of a text between elements. White space between them is dropped.
fn parts(text: &str) -> Vec<Part<'_>> {
    let (mut parts, mut words, mut rest) = (Vec::new(), String::new(), text);
    let finish = |words: &mut String, parts: &mut Vec<Part<'_>>| {
        let words = std::mem::take(words);
        if !words.trim().is_empty() {
            parts.push(Part::Words(words));
        }
    };
    while let Some((before, tag, after)) = next(rest) {
        words.push_str(before);
        rest = after;
        let inside = inner(tag);
        if inside.starts_with('!') {
            continue;
        }
        if inside.starts_with(['#', '/', '^']) || inside == "else" || inside.starts_with("else ") {
            finish(&mut words, &mut parts);
            parts.push(Part::Block(tag));
        } else {
            words.push_str(tag);
        }
    }
    words.push_str(rest);
    finish(&mut words, &mut parts);
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn body(markup: &str) -> String {
        let mjml = convert(markup).expect("it can be read").mjml;
        let body = mjml.split_once("<mj-body>").expect("a body").1;
        body.replace(['\n'], "").replace("</mj-body></mjml>", "")
    }

    #[test]
    fn words_and_what_is_inside_of_them_stay_together() {
        for (markup, mjml) in [
            (
                "<re-body>Hi <re-link href='https://a.example/?\"'>you</re-link>!<re-block>x</re-block></re-body>",
                "<mj-section><mj-column><mj-text>Hi <a href=\"https://a.example/?&quot;\">you</a>!</mj-text></mj-column></mj-section>\
                 <mj-section><mj-column><mj-text>x</mj-text></mj-column></mj-section>",
            ),
            (
                "<re-block>{{#if a}}<re-text>{{a}}</re-text>{{else}} no {{! note }}{{/if}}</re-block>",
                "<mj-section><mj-column>{{#if a}}<mj-text>{{a}}</mj-text>{{else}}<mj-text>no</mj-text>{{/if}}</mj-column></mj-section>",
            ),
            (
                "<re-block align=center padding='1px 2'><re-button href='{{b}}' padding='3px' color='red;x' border-radius='4px'>B</re-button></re-block>",
                "<mj-section padding=\"1px 2px 1px 2px\"><mj-column><mj-button href=\"{{b}}\" border-radius=\"4px\" align=\"center\" \
                 inner-padding=\"3px 3px 3px 3px\">B</mj-button></mj-column></mj-section>",
            ),
            (
                "<re-main><re-list><re-list-item>a</re-list-item><re-list-item>b</re-list-item></re-list></re-main><re-footer></re-footer>",
                "<mj-wrapper><mj-section><mj-column><mj-text><ul style=\"margin:0\"><li>a</li><li>b</li></ul></mj-text></mj-column>\
                 </mj-section></mj-wrapper><mj-wrapper><mj-section><mj-column></mj-column></mj-section></mj-wrapper>",
            ),
        ] {
            assert_eq!(body(markup), mjml, "{markup}");
        }
    }

    proptest! {
        #[test]
        fn anything_can_be_converted(
            markup in "(<re-(block|text|grid|column|main|image|link|x)( (padding|width|color|href)=\"[a-z0-9{} %]{0,6}\")?>|</re-(block|text|main|grid)>|\\{\\{#if a\\}\\}|\\{\\{/if\\}\\}|[a é]){0,40}",
        ) {
            let _ = convert(&markup);
        }
    }
}
