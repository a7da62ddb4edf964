//! The text part of a mail, from Clerk's markup or HTML: paragraphs without tags, with links behind their words.

use super::words::next;

/// Elements whose end ends a paragraph.
const PARAGRAPHS: [&str; 18] = [
    "p",
    "div",
    "tr",
    "table",
    "h1",
    "h2",
    "h3",
    "h4",
    "li",
    "ul",
    "re-text",
    "re-heading",
    "re-block",
    "re-button",
    "re-column",
    "re-header",
    "re-main",
    "re-footer",
];

/// Elements whose content is not for readers.
const HIDDEN: [&str; 6] = ["head", "style", "script", "title", "re-head", "re-preheader"];

/// Entities that mails use, with their characters.
const ENTITIES: [(&str, &str); 14] = [
    ("nbsp", " "),
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("copy", "©"),
    ("mdash", "—"),
    ("ndash", "–"),
    ("middot", "·"),
    ("hellip", "…"),
    ("rarr", "→"),
    ("zwnj", ""),
    ("rsquo", "’"),
];

/// The words of a mail, in which Handlebars stays as it is.
pub(super) fn plain(markup: &str) -> String {
    let mut out = Out::default();
    let mut rest = markup;
    while !rest.is_empty() {
        // An element of Handlebars goes as a whole: it may hold what looks like a tag.
        if let Some((_, element, after)) = next(rest).filter(|(before, ..)| before.is_empty()) {
            out.add(element);
            rest = after;
        } else if rest.starts_with('<') {
            rest = out.tag(rest);
        } else {
            let end = rest
                .char_indices()
                .skip(1)
                .find(|(at, c)| *c == '<' || rest.get(*at..).is_some_and(|from| from.starts_with("{{")));
            let (words, after) = rest.split_at(end.map_or(rest.len(), |(at, _)| at));
            out.words(&decoded(words));
            rest = after;
        }
    }
    out.finish()
}

#[derive(Default)]
struct Out {
    text: String,
    /// The element whose content is left out, and how many of that name are open; `None` where readers see the content.
    hidden: Option<(String, usize)>,
    /// The target of the link that is open.
    link: Option<String>,
}

impl Out {
    /// Adds a text as it is.
    fn add(&mut self, text: &str) {
        if self.hidden.is_none() {
            self.text.push_str(text);
        }
    }

    /// Adds words, with one space where there was white space.
    fn words(&mut self, words: &str) {
        if self.hidden.is_some() {
            return;
        }
        for c in words.chars() {
            if !c.is_whitespace() {
                self.text.push(c);
            } else if !self.text.is_empty() && !self.text.ends_with([' ', '\n']) {
                self.text.push(' ');
            }
        }
    }

    /// Handles the tag at the beginning of `from`, and returns what follows it.
    fn tag<'a>(&mut self, from: &'a str) -> &'a str {
        if let Some(comment) = from.strip_prefix("<!--") {
            return comment.split_once("-->").map_or("", |(_, after)| after);
        }
        let Some(end) = end_of(from) else {
            self.words("<");
            return from.get(1..).unwrap_or_default();
        };
        let (tag, after) = from.split_at(end);
        let inside = tag.trim_start_matches('<').trim_end_matches('>');
        let closes = inside.starts_with('/');
        let is_empty = inside.ends_with('/');
        let name = inside.trim_matches('/').split(|c: char| c.is_whitespace()).next().unwrap_or_default();
        let name = name.to_ascii_lowercase();
        if let Some((hidden, depth)) = &mut self.hidden {
            if *hidden == name && !is_empty {
                *depth = if closes { depth.saturating_sub(1) } else { *depth + 1 };
                if *depth == 0 {
                    self.hidden = None;
                }
            }
            return after;
        }
        let squeezed: String = inside.chars().filter(|c| !c.is_whitespace()).collect();
        if !closes && !is_empty && (HIDDEN.contains(&name.as_str()) || squeezed.contains("display:none")) {
            self.hidden = Some((name, 1));
            return after;
        }
        match name.as_str() {
            "br" => self.text.push('\n'),
            "a" | "re-link" | "re-button" if !closes => self.link = attribute(inside, "href"),
            "a" | "re-link" | "re-button" => self.end_link(),
            _ => {}
        }
        if PARAGRAPHS.contains(&name.as_str()) {
            self.text.push_str("\n\n");
        }
        after
    }

    /// Puts the link's target behind its words, unless the words are the target.
    fn end_link(&mut self) {
        if let Some(target) = self.link.take()
            && !self.text.trim_end().ends_with(&target)
        {
            let space = if self.text.ends_with([' ', '\n']) { "" } else { " " };
            self.text.extend([space, &target]);
        }
    }

    /// The text with at most one empty line between paragraphs, and no space at the ends of lines.
    fn finish(self) -> String {
        let mut lines: Vec<&str> = Vec::new();
        for line in self.text.lines().map(str::trim) {
            if !line.is_empty() || lines.last().is_some_and(|last| !last.is_empty()) {
                lines.push(line);
            }
        }
        format!("{}\n", lines.join("\n").trim())
    }
}

/// The length of the tag that a text begins with; `None` if it does not begin with one. A `>` in quotes does not end it.
fn end_of(from: &str) -> Option<usize> {
    let second = from.chars().nth(1)?;
    if !(second.is_ascii_alphabetic() || matches!(second, '/' | '!' | '?')) {
        return None;
    }
    let mut quote = None;
    for (at, c) in from.char_indices() {
        match (quote, c) {
            (None, '>') => return Some(at + 1),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            _ => {}
        }
    }
    None
}

/// The value of an attribute in a tag's inside.
fn attribute(inside: &str, name: &str) -> Option<String> {
    let (_, from) = inside.split_once(&format!(" {name}="))?;
    let quote = from.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (value, _) = from.get(1..)?.split_once(quote)?;
    Some(decoded(value.trim())).filter(|value| !value.is_empty() && !value.starts_with('#'))
}

/// A text with its entities as characters. What is not an entity stays.
fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let entity = after.split_once(';').filter(|(name, _)| name.len() <= 8);
        let found = entity.and_then(|(name, tail)| Some((character(name)?, tail)));
        if let Some((character, tail)) = found {
            out.push_str(&character);
            rest = tail;
        } else {
            out.push('&');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// The character of an entity, named or numbered. Control characters are not among them.
fn character(name: &str) -> Option<String> {
    if let Some((_, character)) = ENTITIES.iter().find(|(known, _)| *known == name) {
        return Some((*character).to_owned());
    }
    let number = name.strip_prefix('#')?;
    let number = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16).ok()?,
        None => number.parse().ok()?,
    };
    // U+034F and U+200C fill the preview of a mail with nothing.
    let character = char::from_u32(number).filter(|c| !c.is_control())?;
    Some(if matches!(character, '\u{34f}' | '\u{200c}') { String::new() } else { character.to_string() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_stay_and_tags_go() {
        for (markup, text) in [
            ("<p>Hi&nbsp;<b>you</b></p><p>Bye</p>", "Hi you\n\nBye\n"),
            ("<re-button href=\"{{magic_link}}\"> Sign in </re-button>", "Sign in {{magic_link}}\n"),
            ("<a href=\"https://a.example/?b&amp;c\">https://a.example/?b&c</a>", "https://a.example/?b&c\n"),
            ("<re-head><re-title>No</re-title></re-head><re-preheader>No</re-preheader>Yes", "Yes\n"),
            (
                "<span style=\"color: red; display: none\">No <span>no</span></span>Yes<br>\n  yes",
                "Yes\nyes\n",
            ),
            ("{{#if a}}<td>{{> app_logo}}</td>{{/if}} 1 < 2", "{{#if a}}{{> app_logo}}{{/if}} 1 < 2\n"),
            ("<style>p > a { color: red }</style>&copy; &#8202;&bogus; &amp;", "© \u{200a}&bogus; &\n"),
        ] {
            assert_eq!(plain(markup), text, "{markup}");
        }
    }

    proptest! {
        #[test]
        fn anything_can_be_read(markup in "(<|</|<!--|\\{\\{|\\}\\}|&#|[a-c =\"'/>é;]){0,60}") {
            let _ = plain(&markup);
        }
    }
}
