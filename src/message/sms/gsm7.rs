//! The 7-bit default alphabet of SMS (3GPP TS 23.038), and how more characters are written in it.

use std::borrow::Cow;

/// The default alphabet beside the printable characters of ASCII (3GPP TS 23.038, 6.2.1).
const BEYOND_ASCII: &str = "\n\r£¥§¤¡¿èéùìòàäöñüÇØøÅåÆæßÉÄÖÑÜΔΦΓΛΩΠΨΣΘΞ";

/// The extension of the default alphabet: an escape stands before each of these, and takes a septet too
/// (3GPP TS 23.038, 6.2.1.1).
const EXTENSION: &str = "^{}\\[]~|€\u{c}";

/// How many septets a text takes in the default alphabet; `None` for a text that has a character beyond it.
pub(super) fn septets_of(text: &str) -> Option<usize> {
    text.chars().map(septets).sum()
}

/// How many septets a character takes in the default alphabet; `None` for one that is not in it.
pub(super) fn septets(c: char) -> Option<usize> {
    match c {
        // First, since a text is mostly these, and to search the alphabets for each would take four times as long. Of
        // ASCII's other printable characters, the grave accent alone is in neither alphabet.
        ' '..='Z' | '_' | 'a'..='z' => Some(1),
        c if EXTENSION.contains(c) => Some(2),
        c => BEYOND_ASCII.contains(c).then_some(1),
    }
}

/// Replaces typographic characters (curly quotes, dashes, ellipsis, no-break space) that would turn a whole text into
/// UCS-2, whose segments hold less than half as many characters.
///
/// The joiners U+200C and U+200D stay: they carry meaning in scripts and emoji that need UCS-2 anyway.
#[must_use]
pub fn plain(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| replacement(c).is_none()) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match replacement(c) {
            Some(ascii) => plain.push_str(ascii),
            None => plain.push(c),
        }
    }
    Cow::Owned(plain)
}

/// What stands in for a typographic character; `None` for any other.
fn replacement(c: char) -> Option<&'static str> {
    match c {
        '‘' | '’' | '‚' | '‛' | '′' => Some("'"),
        '“' | '”' | '„' | '‟' | '″' | '«' | '»' => Some("\""),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => Some("-"),
        '…' => Some("..."),
        '\t' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' => Some(" "),
        // Soft hyphen, zero width space, word joiner and byte order mark show nothing, so nothing is lost without them.
        '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}' => Some(""),
        _ => None,
    }
}
