//! Clerk's own words, made ready for the brand's layout: for slugs without a template.

use serde_json::{Value, json};

/// The paragraphs of a text body as variables: each is a list of [`pieces`].
pub(in crate::template) fn paragraphs(text: &str) -> Vec<Value> {
    text.split("\n\n").map(str::trim).filter(|it| !it.is_empty()).map(pieces).collect()
}

/// A paragraph as a list of strings and links. What looks like an address becomes a link, since Clerk's text body is all
/// that there is to tell by.
fn pieces(paragraph: &str) -> Value {
    let mut pieces = Vec::new();
    let mut text = String::new();
    for word in paragraph.split_inclusive(char::is_whitespace) {
        // A sentence, a quotation or a bracket may end right behind an address.
        let address = word.trim_end().trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '"', '\'']);
        if address.starts_with("https://") || address.starts_with("http://") {
            pieces.push(json!({ "text": std::mem::take(&mut text), "link": null }));
            pieces.push(json!({ "text": null, "link": address }));
            text.push_str(word.get(address.len()..).unwrap_or_default());
        } else {
            text.push_str(word);
        }
    }
    pieces.push(json!({ "text": text, "link": null }));
    Value::Array(pieces)
}
