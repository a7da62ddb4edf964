//! A message as its reader sees it. A mail is read from its own bytes, so that what is shown is what is sent.

use html2text::config::with_decorator;
use html2text::render::TrivialDecorator;
use mailparse::{MailAddr, MailHeaderMap as _, ParsedMail};
use serde_json::{Value, json};

use crate::message::sms::Segments;

/// What the pages show of a mail; null if `wire` is not a mail.
pub(super) fn mail(wire: &[u8]) -> Value {
    let Ok(mail) = mailparse::parse_mail(wire) else { return Value::Null };
    let header = |name: &str| mail.headers.get_first_value(name).unwrap_or_default();
    let headers: Vec<Value> = mail
        .headers
        .iter()
        .map(|header| json!({ "name": header.get_key(), "value": header.get_value() }))
        .collect();
    let html = body(&mail, "text/html");
    let text = body(&mail, "text/plain");
    let preheader = html.as_deref().map_or_else(|| text.clone().unwrap_or_default(), in_words);
    let sender = sender(&mail);
    json!({
        "is_mail": true, "subject": header("Subject"), "from": header("From"), "to": header("To"),
        "initial": sender.chars().find(|c| c.is_alphanumeric()).map(|c| c.to_uppercase().to_string()),
        "sender": sender, "preheader": first_words(&preheader), "has_html": html.is_some(),
        "pieces": text.as_deref().map(pieces),
        "headers": headers, "source": String::from_utf8_lossy(wire), "bytes": wire.len(),
        "html_bytes": html.map(|html| html.len()),
    })
}

/// What the pages show of an SMS. `from` is `None` when the provider chooses the sender.
pub(super) fn text(from: Option<&str>, to: &str, text: &str) -> Value {
    let Segments { encoding, count, units } = Segments::of(text);
    json!({
        "is_mail": false, "from": from, "to": to, "text": text, "pieces": pieces(text),
        "segments": count, "one": count == 1, "encoding": encoding.as_str(), "units": units,
    })
}

/// The text body of a mail; `None` if it has none.
pub(super) fn text_part(mail: &ParsedMail<'_>) -> Option<String> {
    body(mail, "text/plain")
}

/// The HTML body of a mail; `None` if it has none.
pub(super) fn html(wire: &[u8]) -> Option<String> {
    body(&mailparse::parse_mail(wire).ok()?, "text/html")
}

/// The first body of a mail with the content type `kind`.
fn body(mail: &ParsedMail<'_>, kind: &str) -> Option<String> {
    mail.parts().find(|part| part.ctype.mimetype == kind).and_then(|part| part.get_body().ok())
}

/// The sender as an inbox shows it: the display name, or the address if there is none.
fn sender(mail: &ParsedMail<'_>) -> String {
    let from = mail.headers.get_first_header("From").and_then(|from| mailparse::addrparse_header(from).ok());
    match from.as_ref().and_then(|from| from.first()) {
        Some(MailAddr::Single(single)) => single.display_name.clone().unwrap_or_else(|| single.addr.clone()),
        _ => String::new(),
    }
}

/// A text as words and links, in their order.
fn pieces(text: &str) -> Vec<Value> {
    let mut pieces = Vec::new();
    let mut words = String::new();
    for word in text.split_inclusive(char::is_whitespace) {
        // A sentence or a bracket may end right behind an address.
        let link = word.trim_end().trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '"', '\'', '>']);
        if link.starts_with("https://") || link.starts_with("http://") {
            pieces.push(json!({ "words": std::mem::take(&mut words), "link": link }));
            words.push_str(word.get(link.len()..).unwrap_or_default());
        } else {
            words.push_str(word);
        }
    }
    pieces.push(json!({ "words": words, "link": null }));
    pieces
}

/// The words of a mail's HTML, without tables and decoration.
fn in_words(html: &str) -> String {
    let reader = with_decorator(TrivialDecorator::new()).no_table_borders();
    reader.string_from_read(html.as_bytes(), 1000).unwrap_or_default()
}

/// The preheader: the first 160 characters of a mail, which is more than an inbox has room for. Invisible fillers, which keep
/// the rest of a mail out of the inbox, take their room and are not shown.
fn first_words(text: &str) -> String {
    let is_filler = |c: char| matches!(c, '\u{34f}' | '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{feff}');
    let mut room = 160_usize;
    let mut shown: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        if room == 0 {
            break;
        }
        if !word.chars().all(is_filler) {
            shown.push(word.chars().take(room).collect());
        }
        room = room.saturating_sub(word.chars().count() + 1);
    }
    shown.join(" ")
}

/// The colour scheme that the reader's device prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    Light,
    Dark,
}

impl Scheme {
    /// The scheme by its name in a page's address; light unless it is `dark`.
    pub(super) fn named(name: Option<&str>) -> Self {
        if name == Some("dark") { Self::Dark } else { Self::Light }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// The start of the media feature by which a style sheet asks for the scheme.
const PREFERENCE: &str = "(prefers-color-scheme:";

/// The same HTML as a device that prefers `scheme` shows it, whatever the browser at hand prefers.
pub(super) fn in_scheme(html: &str, scheme: Scheme) -> String {
    let mut out = String::with_capacity(html.len() + 64);
    let mut rest = html;
    // A frame can't be told to prefer a scheme, so each media feature is replaced by a condition that always or never
    // holds.
    while let Some((before, after)) = rest.split_once(PREFERENCE) {
        let Some((asked, tail)) = after.split_once(')') else { break };
        out.push_str(before);
        let holds = asked.trim().eq_ignore_ascii_case(scheme.as_str());
        out.push_str(if holds { "(min-width: 0)" } else { "(max-width: 0)" });
        rest = tail;
    }
    out.push_str(rest);
    // A mail that doesn't mention schemes stays light on every device.
    if html.contains("color-scheme") {
        out.push_str("<style>:root{color-scheme:");
        out.push_str(scheme.as_str());
        out.push_str(" only!important}</style>");
    }
    // On a phone the scroll bar takes no room. Links open beside the workshop, and not in the frame.
    out.push_str("<style>html{scrollbar-width:thin}</style><base target=\"_blank\">");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAR: &str = "<style>html{scrollbar-width:thin}</style><base target=\"_blank\">";

    #[test]
    fn a_mail_is_shown_in_the_scheme_that_is_asked_for() {
        let html = "<style>@media (prefers-color-scheme: dark){a{}}@media print and (prefers-color-scheme:light){}\
                    </style>";
        let tail =
            |scheme| format!("</style><style>:root{{color-scheme:{scheme} only!important}}</style>{BAR}");
        assert_eq!(
            in_scheme(html, Scheme::Dark),
            format!(
                "<style>@media (min-width: 0){{a{{}}}}@media print and (max-width: 0){{}}{}",
                tail("dark")
            )
        );
        assert_eq!(
            in_scheme(html, Scheme::Light),
            format!(
                "<style>@media (max-width: 0){{a{{}}}}@media print and (min-width: 0){{}}{}",
                tail("light")
            )
        );
        assert_eq!(in_scheme("<p>x", Scheme::Dark), format!("<p>x{BAR}"));
        assert_eq!(in_scheme("(prefers-color-scheme: dark", Scheme::Dark).find("(prefers"), Some(0));
    }

    #[test]
    fn an_inbox_shows_the_first_words_without_fillers() {
        let html = "<title>T</title><div style=\"display:none\">Enter it soon. &#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;</div>\
                    <table><tr><td><h1>Your code</h1><a href=\"https://x.example\">go</a></td></tr></table>";
        assert_eq!(first_words(&in_words(html)), "Enter it soon. Your code go");
        assert_eq!(first_words("می\u{200c}خواهم \u{200c}"), "می\u{200c}خواهم");
    }

    #[test]
    fn a_mail_is_taken_apart_as_a_reader_does_it() {
        let wire = "From: \"Lark, Field\" <a@b.example>\r\nTo: c@d.example\r\nSubject: =?utf-8?b?w6k=?=\r\n\
                    Content-Type: text/plain; charset=utf-8\r\n\r\nHello\r\nyou\r\n";
        let shown = mail(wire.as_bytes());
        assert_eq!(shown["sender"], "Lark, Field");
        assert_eq!(shown["initial"], "L");
        assert_eq!(shown["subject"], "é");
        assert_eq!(shown["preheader"], "Hello you");
        assert_eq!(shown["has_html"], false);
        assert_eq!(html(wire.as_bytes()), None);
        assert_eq!(text(None, "+447700900123", "code €")["units"], 7);
    }
}
