//! Escaping values for HTML.

/// Escapes the five characters that can end a text or a quoted attribute in HTML.
pub(in crate::template) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    escape_into(text, &mut escaped);
    escaped
}

/// Adds the text to `escaped`, with those characters escaped.
pub(in crate::template) fn escape_into(text: &str, escaped: &mut String) {
    // Not by Handlebars' own function: it escapes `=` too, which makes a link unreadable in the source and longer on
    // the wire.
    let mut rest = text;
    // All five are ASCII, so none of them is found in the middle of another character.
    while let Some(at) = rest.bytes().position(|byte| matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\'')) {
        let (plain, from) = rest.split_at(at);
        escaped.push_str(plain);
        escaped.push_str(match from.as_bytes().first() {
            Some(b'&') => "&amp;",
            Some(b'<') => "&lt;",
            Some(b'>') => "&gt;",
            Some(b'"') => "&quot;",
            _ => "&#39;",
        });
        rest = from.get(1..).unwrap_or_default();
    }
    escaped.push_str(rest);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::escape;

    proptest! {
        #[test]
        fn escaping_is_exact(text in "[a-z<>&\"'=/é]{0,64}|\\PC{0,64}") {
            let escaped = escape(&text);
            prop_assert!(!escaped.contains(['<', '>', '"', '\'']));
            let back = escaped
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&#39;", "'")
                .replace("&amp;", "&");
            prop_assert_eq!(back, text);
        }
    }
}
