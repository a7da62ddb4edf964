//! Takes invisible characters off a recipient before it is read as an address or number.

use std::borrow::Cow;

/// A recipient without the white space around it and without invisible characters: marks of writing direction, soft
/// hyphens, zero-width spaces. They come along when people copy a number from a web page or an address book. No-break
/// spaces and hyphens become ordinary ones.
pub(super) fn without_marks(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text.trim());
    }
    let is_invisible = |c: char| {
        matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{feff}')
            || matches!(c, '\u{2060}'..='\u{2069}')
    };
    let ordinary = |c: char| match c {
        '\u{a0}' | '\u{2007}' | '\u{202f}' => ' ',
        '\u{2010}' | '\u{2011}' => '-',
        c => c,
    };
    let visible: String = text.chars().filter(|&c| !is_invisible(c)).map(ordinary).collect();
    Cow::Owned(visible.trim().to_owned())
}
