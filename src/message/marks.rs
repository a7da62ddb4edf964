//! Marks that nobody sees, taken off a recipient before it is read.

use std::borrow::Cow;

/// A recipient without the white space around it and without the marks that nobody sees, which come along when it is
/// copied from a page or an address book: directions of writing, soft hyphens, spaces of no width. No-break spaces and
/// hyphens become usual ones.
pub(super) fn without_marks(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text.trim());
    }
    let is_unseen = |c: char| {
        matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{feff}')
            || matches!(c, '\u{2060}'..='\u{2069}')
    };
    let usual = |c: char| match c {
        '\u{a0}' | '\u{2007}' | '\u{202f}' => ' ',
        '\u{2010}' | '\u{2011}' => '-',
        c => c,
    };
    let seen: String = text.chars().filter(|&c| !is_unseen(c)).map(usual).collect();
    Cow::Owned(seen.trim().to_owned())
}
