//! The markup of Clerk's editor (`<re-…>`) as a tree. HTML and Handlebars in it stay text.

/// A part of the markup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// Words, HTML and Handlebars as they stand.
    Text(String),
    /// One of the editor's elements.
    Element(Element),
}

/// One of the editor's elements.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Element {
    /// Its name without `re-`.
    pub(super) name: String,
    /// Names and values, as they are written.
    pub(super) attributes: Vec<(String, String)>,
    /// What stands inside.
    pub(super) children: Vec<Node>,
}

impl Element {
    /// The value of an attribute; `None` if it is missing or blank.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known == name)?;
        Some(found.1.trim()).filter(|value| !value.is_empty())
    }

    /// The first element of that name, here or below.
    pub(super) fn find(&self, name: &str) -> Option<&Self> {
        let mut elements = self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        });
        elements.find_map(|it| if it.name == name { Some(it) } else { it.find(name) })
    }
}

/// How deep elements may be nested. Clerk's own templates nest six.
const DEEPEST: usize = 40;

/// The markup as one element without a name, which holds everything. `None` for markup that is nested too deep.
pub(super) fn parse(markup: &str) -> Option<Element> {
    // The elements that are open, the outermost first.
    let mut open = vec![Element::default()];
    let mut rest = markup;
    while let Some(at) = rest.find('<') {
        let (before, from) = rest.split_at(at);
        text(&mut open, before);
        if let Some(comment) = from.strip_prefix("<!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
        } else if let Some(after) = from.strip_prefix("</re-") {
            let (name, after) = after.split_once('>').unwrap_or((after, ""));
            close(&mut open, name.trim());
            rest = after;
        } else if let Some(tag) = from.strip_prefix("<re-") {
            let (element, closed, after) = start(tag);
            open.push(element);
            if closed {
                close_last(&mut open);
            } else if open.len() > DEEPEST {
                return None;
            }
            rest = after;
        } else {
            text(&mut open, "<");
            rest = from.get(1..).unwrap_or_default();
        }
    }
    text(&mut open, rest);
    while open.len() > 1 {
        close_last(&mut open);
    }
    open.pop()
}

/// Adds text to the innermost element.
fn text(open: &mut [Element], text: &str) {
    let Some(element) = open.last_mut().filter(|_| !text.is_empty()) else { return };
    match element.children.last_mut() {
        Some(Node::Text(before)) => before.push_str(text),
        _ => element.children.push(Node::Text(text.to_owned())),
    }
}

/// Closes elements up to the innermost one of this name. An end that has no beginning closes nothing.
fn close(open: &mut Vec<Element>, name: &str) {
    if open.iter().skip(1).any(|element| element.name == name) {
        while open.len() > 1 {
            let is_it = open.last().is_some_and(|element| element.name == name);
            close_last(open);
            if is_it {
                return;
            }
        }
    }
}

fn close_last(open: &mut Vec<Element>) {
    if let Some(element) = open.pop()
        && let Some(parent) = open.last_mut()
    {
        parent.children.push(Node::Element(element));
    }
}

/// Reads a tag behind its `<re-`: the element, whether it is closed at once, and the rest of the markup.
fn start(tag: &str) -> (Element, bool, &str) {
    let is_end = |c: char| c.is_whitespace() || c == '>' || c == '/';
    let (name, mut rest) = tag.split_at(tag.find(is_end).unwrap_or(tag.len()));
    let mut element = Element { name: name.to_owned(), ..Element::default() };
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix("/>") {
            return (element, true, after);
        }
        if let Some(after) = rest.strip_prefix('>') {
            return (element, false, after);
        }
        if let Some(after) = rest.strip_prefix('/') {
            rest = after;
            continue;
        }
        if rest.is_empty() {
            return (element, false, rest);
        }
        let is_end = |c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/');
        // At least one character, or a stray quote would never be passed.
        let first = rest.chars().next().map_or(1, char::len_utf8);
        let length = rest.get(first..).and_then(|tail| tail.find(is_end)).map_or(rest.len(), |at| at + first);
        let (name, after) = rest.split_at(length);
        let Some(value) = after.trim_start().strip_prefix('=').map(str::trim_start) else {
            element.attributes.push((name.to_owned(), String::new()));
            rest = after;
            continue;
        };
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, after) = match quote {
            Some(quote) => {
                let inside = value.get(1..).unwrap_or_default();
                inside.split_once(quote).unwrap_or((inside, ""))
            }
            None => {
                value.split_at(value.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(value.len()))
            }
        };
        element.attributes.push((name.to_owned(), value.to_owned()));
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn elements_become_a_tree_and_all_else_stays_text() {
        let root = parse("<re-text color='a\"b' x=1 y>Hi <b>{{x}}</b><!-- no --><re-var/></re-text> <re-image src=\"{{> y}}\" />z").unwrap();
        let [Node::Element(text), Node::Text(space), Node::Element(image), Node::Text(end)] =
            &root.children[..]
        else {
            panic!("{root:#?}");
        };
        assert_eq!(
            (text.name.as_str(), text.get("color"), text.get("x"), text.get("y")),
            ("text", Some("a\"b"), Some("1"), None)
        );
        assert_eq!(text.children[0], Node::Text("Hi <b>{{x}}</b>".to_owned()));
        assert_eq!((space.as_str(), image.get("src"), end.as_str()), (" ", Some("{{> y}}"), "z"));
        assert_eq!(root.find("var").map(|it| it.children.len()), Some(0));
        assert_eq!(parse(&"<re-block>".repeat(100)), None);
    }

    proptest! {
        #[test]
        fn anything_can_be_read(markup in "(<re-|</re-|<!--|-->|[a-c =\"'/><{}é]){0,60}") {
            let _ = parse(&markup);
        }
    }
}
