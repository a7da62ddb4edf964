//! Makes Clerk's values safe to show: in a sentence, in a link, in a style.

use serde_json::Value;

/// Makes a value safe to show, and all values inside it: see [`Context::new`](super::context::Context::new). `key` says whether it is a link.
pub(super) fn clean(key: &str, value: &mut Value) {
    match value {
        Value::String(text) if is_link(key) && !is_http(text) => *value = Value::Null,
        // Handlebars would print it, and a button would lead to `true` or to `1`.
        Value::Bool(_) | Value::Number(_) if is_link(key) => *value = Value::Null,
        Value::String(text) => make_inline(text),
        Value::Array(items) => items.iter_mut().for_each(|item| clean(key, item)),
        Value::Object(object) => object.iter_mut().for_each(|(key, value)| clean(key, value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Makes a value fit into a sentence. Line breaks become spaces, since an end user could begin a paragraph with them, or
/// the last line of an SMS, from which phones take codes. Other control characters go, and so do the embeddings,
/// overrides and isolates of UAX 9, which turn the words around a value round.
fn make_inline(text: &mut String) {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let breaks = |c: char| matches!(c, '\n' | '\t' | '\u{2028}' | '\u{2029}');
    // A carriage return is not among them: it is dropped below, or `\r\n` would leave two spaces.
    if text.contains(breaks) {
        *text = text.chars().map(|c| if breaks(c) { ' ' } else { c }).collect();
    }
    text.retain(|c| !turns(c) && !c.is_control());
}

/// Whether a variable of this name ends up in a `href` or `src`. Names are all there is to tell by: Clerk's links are
/// strings like any other.
pub(in crate::template) fn is_link(key: &str) -> bool {
    key == "magic_link" || key.ends_with("url")
}

/// Whether a text is a link with one of these two schemes. Others are refused: some mail clients run `javascript:` and
/// show `data:`.
fn is_http(text: &str) -> bool {
    let has_scheme =
        |scheme: &str| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    let rest = ["https://", "http://"]
        .iter()
        .find(|scheme| has_scheme(scheme))
        .and_then(|scheme| text.get(scheme.len()..));
    rest.is_some_and(|rest| !rest.is_empty()) && !text.contains(|c: char| c.is_control() || c.is_whitespace())
}

/// Whether a text can be a colour in CSS and can't be anything else there: `#335bf1`, `rgb(51, 91, 241)`, `teal`.
pub(super) fn is_color(text: &str) -> bool {
    let allowed = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'#' | b'(' | b')' | b',' | b'.' | b'%' | b' ')
    };
    !text.is_empty() && text.len() <= 40 && text.bytes().all(allowed)
}
