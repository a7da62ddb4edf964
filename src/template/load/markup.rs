//! The tags of HTML and MJML, with Handlebars between and within them: not a parser, but enough to look at attributes.

/// One tag: where it stands, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag<'t> {
    /// The element's name, as it is written.
    pub(super) name: &'t str,
    /// The byte of the `<`.
    pub(super) at: usize,
    /// The byte behind the `>`.
    pub(super) end: usize,
    /// Whether it is an end tag, `</p>`.
    pub(super) closes: bool,
    /// Whether it ends with `/>`.
    pub(super) closed_at_once: bool,
    /// The attributes of a start tag.
    pub(super) attributes: Vec<Attribute<'t>>,
}

/// One attribute of a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attribute<'t> {
    pub(super) name: &'t str,
    /// The byte of its name.
    pub(super) at: usize,
    /// What stands between the quotation marks; empty without a value.
    pub(super) value: &'t str,
}

/// Elements that never have an end tag.
pub(super) const VOID: [&str; 13] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];

/// Elements whose content is not markup.
const RAW: [&str; 5] = ["style", "mj-style", "script", "title", "mj-title"];

impl<'t> Tag<'t> {
    /// The value of an attribute; `None` if the tag lacks it.
    pub(super) fn value(&self, name: &str) -> Option<&'t str> {
        self.attributes.iter().find(|it| it.name.eq_ignore_ascii_case(name)).map(|it| it.value)
    }

    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// All tags of a text, in their order. Comments are left out, and what stands in elements that hold no markup.
pub(super) fn tags(text: &str) -> Vec<Tag<'_>> {
    let mut tags: Vec<Tag<'_>> = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        if rest.is_empty() {
            break;
        }
        let skipped = skipped(rest);
        if skipped > 0 {
            at += skipped;
        } else if let Some(tag) = rest.starts_with('<').then(|| tag(text, at)).flatten() {
            at = tag.end;
            let is_raw = RAW.iter().any(|name| tag.is(name)) && !tag.closes && !tag.closed_at_once;
            if is_raw {
                let end = format!("</{}", tag.name.to_ascii_lowercase());
                let content = text.get(at..).unwrap_or_default();
                at += content.to_ascii_lowercase().find(&end).unwrap_or(content.len());
            }
            tags.push(tag);
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    tags
}

/// The length of the comment or of the Handlebars tag that begins the text; 0 if it begins otherwise.
fn skipped(rest: &str) -> usize {
    let until = |end: &str| rest.find(end).map_or(rest.len(), |at| at + end.len());
    if rest.starts_with("<!--") {
        until("-->")
    } else if rest.starts_with("{{!--") {
        until("--}}")
    } else if rest.starts_with("{{{") {
        until("}}}")
    } else if rest.starts_with("{{") {
        until("}}")
    } else {
        0
    }
}

/// The tag that begins at the `<` at byte `at`; `None` if it is not one, or does not end.
fn tag(text: &str, at: usize) -> Option<Tag<'_>> {
    let mut cursor = Cursor { text, at: at + 1 };
    let closes = cursor.take_if('/');
    let name = cursor.word();
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let mut tag = Tag { name, at, end: at, closes, closed_at_once: false, attributes: Vec::new() };
    loop {
        let rest = cursor.rest();
        let skipped = skipped(rest);
        let c = rest.chars().next()?;
        if skipped > 0 {
            cursor.at += skipped;
        } else if c == '>' {
            tag.end = cursor.at + 1;
            return Some(tag);
        } else if c == '/' {
            cursor.at += 1;
            tag.closed_at_once = cursor.rest().starts_with('>');
        } else if c.is_ascii_alphabetic() || matches!(c, '_' | '@' | ':') {
            let start = cursor.at;
            let name = cursor.word();
            tag.attributes.push(Attribute { name, at: start, value: cursor.value()? });
        } else {
            cursor.at += c.len_utf8();
        }
    }
}

struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn take_if(&mut self, c: char) -> bool {
        let is_there = self.rest().starts_with(c);
        self.at += if is_there { c.len_utf8() } else { 0 };
        is_there
    }

    /// The name that stands here.
    fn word(&mut self) -> &'t str {
        let rest = self.rest();
        let ends = |c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/' | '<' | '"' | '\'' | '{' | '⟦');
        let word = rest.get(..rest.find(ends).unwrap_or(rest.len())).unwrap_or_default();
        self.at += word.len().max(usize::from(word.is_empty()));
        word
    }

    /// The value behind a name, if there is one; `None` if its quotation mark is not closed.
    fn value(&mut self) -> Option<&'t str> {
        let rest = self.rest();
        let Some(after) = rest.trim_start().strip_prefix('=') else { return Some("") };
        let after = after.trim_start();
        self.at += rest.len() - after.len();
        let Some(quote) = after.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
            let end = after.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(after.len());
            self.at += end;
            return after.get(..end);
        };
        // A string in a Handlebars tag may hold the same quotation mark.
        let mut at = 1;
        loop {
            let rest = after.get(at..)?;
            if rest.starts_with(quote) {
                break;
            }
            at += skipped(rest).max(rest.chars().next()?.len_utf8());
        }
        self.at += at + 1;
        after.get(1..at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_found_between_handlebars_and_comments() {
        let text = "{{#if (lt a b)}}<mj-text color=\"{{t \"x\"}}\" {{#if a}}align='left'{{/if}} hidden>a < b</mj-text>\
                    <!-- <p> --><style>a > b { } <i></style><img src=x /><br/>{{!-- <b> --}}";
        let tags = tags(text);
        let names: Vec<_> = tags.iter().map(|tag| (tag.name, tag.closes)).collect();
        assert_eq!(
            names,
            [
                ("mj-text", false),
                ("mj-text", true),
                ("style", false),
                ("style", true),
                ("img", false),
                ("br", false)
            ]
        );
        let attributes: Vec<_> = tags[0].attributes.iter().map(|it| (it.name, it.value)).collect();
        assert_eq!(attributes, [("color", "{{t \"x\"}}"), ("align", "left"), ("hidden", "")]);
        assert_eq!(&text[tags[0].attributes[1].at..][..5], "align");
        assert_eq!(tags[4].value("SRC"), Some("x"));
        assert!(tags[5].closed_at_once && tags[4].closed_at_once);
    }

    #[test]
    fn no_text_makes_it_panic_or_hang() {
        for text in [
            "<",
            "<a",
            "<a b",
            "<a b=",
            "<a b=\"",
            "</",
            "{{",
            "<!--",
            "<é>",
            "<a ⟦.0⟧>",
            "<a =>",
            "<a b='{{'>",
        ] {
            tags(text);
        }
    }
}
