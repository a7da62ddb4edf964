//! Writes header fields (RFC 5322), folded to short lines. Only words beyond ASCII become encoded words (RFC 2047), because
//! spam filters count it against a mail when a name is encoded without need.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::message::Mailbox;

/// The longest line. RFC 2047 allows 76 columns in a line with an encoded word.
const WIDTH: usize = 76;
/// The longest encoded word. RFC 2047 allows 75 columns, its marks included.
const LONGEST_WORD: usize = 75;
/// The columns that the marks around an encoded word take, `=?utf-8?Q?` and `?=`.
const AROUND: usize = 12;
/// Where fewer columns than this are left between the marks, the encoded word goes to the next line.
const SHORTEST: usize = 16;

/// Appends a field of words, such as `Subject`. `value` must have single spaces and no control characters.
pub(super) fn text(name: &str, value: &str, out: &mut Vec<u8>) {
    let mut field = Field::begin(name, out);
    let is_foreign = |c: char| !c.is_ascii();
    let Some((first, last)) = value.find(is_foreign).zip(value.rfind(is_foreign)) else {
        field.words(value);
        return field.end();
    };
    // From the first word beyond ASCII to the last: readers drop the white space between two encoded words (RFC 2047, 6.2),
    // so what stands between them has to be encoded with them.
    let start = value.get(..first).and_then(|before| before.rfind(' ')).map_or(0, |space| space + 1);
    let end = value.get(last..).and_then(|rest| rest.find(' ')).map_or(value.len(), |space| last + space);
    field.words(value.get(..start).unwrap_or_default());
    field.encoded(value.get(start..end).unwrap_or_default());
    field.words(value.get(end..).unwrap_or_default());
    field.end();
}

/// Appends a field with one address and its display name, if it has one. The name must have no control characters.
pub(super) fn mailbox(name: &str, mailbox: &Mailbox, out: &mut Vec<u8>) {
    let mut field = Field::begin(name, out);
    match mailbox.name.as_deref() {
        None => field.word(mailbox.email.as_ref()),
        Some(name) => {
            if !name.is_ascii() {
                field.encoded(name);
            } else if name.split(' ').all(is_atom) {
                field.words(name);
            } else {
                // A quoted string may be folded where it has spaces.
                field.words(&format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"")));
            }
            field.word(&format!("<{}>", mailbox.email));
        }
    }
    field.end();
}

/// Whether a word of a display name may stand without quotes (RFC 5322, 3.2.3).
fn is_atom(word: &str) -> bool {
    let is_atext = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    !word.is_empty() && word.bytes().all(is_atext)
}

/// A field that is being written, with the column at which it is.
struct Field<'o> {
    out: &'o mut Vec<u8>,
    column: usize,
    /// Whether only the field's name is written so far. Then the next word must not go to a new line, which would leave a
    /// line with nothing but the name on it.
    is_empty: bool,
}

impl<'o> Field<'o> {
    fn begin(name: &str, out: &'o mut Vec<u8>) -> Self {
        out.extend_from_slice(name.as_bytes());
        out.push(b':');
        Self { out, column: name.len() + 1, is_empty: true }
    }

    fn end(mut self) {
        if self.is_empty {
            self.space(false);
        }
        self.out.extend_from_slice(b"\r\n");
    }

    fn words(&mut self, words: &str) {
        words.split(' ').filter(|word| !word.is_empty()).for_each(|word| self.word(word));
    }

    fn word(&mut self, word: &str) {
        self.space(!self.is_empty && self.column + 1 + word.len() > WIDTH);
        self.push(word);
    }

    fn space(&mut self, fold: bool) {
        self.out.extend_from_slice(if fold { b"\r\n " } else { b" " });
        self.column = if fold { 1 } else { self.column + 1 };
    }

    fn push(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
        self.column += text.len();
        self.is_empty = false;
    }

    /// Writes as many encoded words as `text` needs. None of them ends inside a character, which RFC 2047 forbids.
    fn encoded(&mut self, text: &str) {
        // `Q` stays readable where most of the text is ASCII; for other scripts `B` is shorter.
        let is_quoted = 2 * text.chars().filter(|c| !c.is_ascii()).count() <= text.chars().count();
        let length = |text: &str| if is_quoted { quoted_length(text) } else { base64_length(text.len()) };
        let mut rest = text;
        while !rest.is_empty() {
            let left = WIDTH.saturating_sub(self.column + 1 + AROUND);
            let fold = left < length(rest).min(SHORTEST);
            self.space(fold);
            let room = WIDTH.saturating_sub(self.column + AROUND).min(LONGEST_WORD - AROUND);
            // Ends after the last character that fits. A line has room for any single character, so the loop advances.
            let ends = rest.char_indices().map(|(at, c)| at + c.len_utf8());
            let fits = |end: &usize| rest.get(..*end).is_some_and(|part| length(part) <= room);
            let end = ends.take_while(fits).last().unwrap_or(rest.len());
            let (now, later) = rest.split_at_checked(end).unwrap_or((rest, ""));
            self.push(&if is_quoted { quoted(now) } else { format!("=?utf-8?B?{}?=", STANDARD.encode(now)) });
            rest = later;
        }
    }
}

/// Whether a byte may stand for itself in an encoded word, wherever that word stands (RFC 2047, 5).
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b" !*+-/".contains(&byte)
}

fn quoted_length(text: &str) -> usize {
    text.bytes().map(|byte| if is_plain(byte) { 1 } else { 3 }).sum()
}

const fn base64_length(bytes: usize) -> usize {
    bytes.div_ceil(3) * 4
}

fn quoted(text: &str) -> String {
    let mut word = String::from("=?utf-8?Q?");
    for byte in text.bytes() {
        match byte {
            b' ' => word.push('_'),
            byte if is_plain(byte) => word.push(char::from(byte)),
            byte => drop(write!(word, "={byte:02X}")),
        }
    }
    word + "?="
}
