//! Quoted-printable (RFC 2045, 6.7), the encoding that keeps text which is mostly ASCII readable, and every line short.

use memchr::{memchr, memchr2};

/// The longest line in columns, including the `=` of a soft break.
const WIDTH: usize = 76;
const SOFT_BREAK: &[u8] = b"=\r\n";

/// Appends `text`, encoded, with every kind of line end in it as CRLF.
///
/// No line starts with a dot, so that nothing needs dot-stuffing. No line starts with `From ` either: old mail stores put a
/// `>` before it, which would break a DKIM signature.
pub(super) fn encode(text: &str, out: &mut Vec<u8>) {
    let mut rest = text.as_bytes();
    while let Some(end) = memchr2(b'\r', b'\n', rest) {
        let (line, tail) = rest.split_at(end);
        encode_line(line, out);
        out.extend_from_slice(b"\r\n");
        rest = tail.strip_prefix(b"\r\n").or_else(|| tail.get(1..)).unwrap_or_default();
    }
    encode_line(rest, out);
}

fn encode_line(mut line: &[u8], out: &mut Vec<u8>) {
    let mut column = 0;
    // Looked for once, while each `=` on the way ends a run: HTML is full of them, and looking again behind each took 110,000
    // instructions more for a mail, in the same time.
    let mut plain = plain_prefix(line);
    loop {
        let (run, rest) = line.split_at(literal_run(line, column, plain));
        column = copy(run, rest.is_empty(), column, out);
        let Some((&byte, rest)) = rest.split_first() else { return };
        // One column stays free for the `=` of a soft break.
        if column + 3 > WIDTH - 1 {
            out.extend_from_slice(SOFT_BREAK);
            column = 0;
        }
        escape(byte, out);
        column += 3;
        line = rest;
        plain = plain.checked_sub(run.len() + 1).unwrap_or_else(|| plain_prefix(rest));
    }
}

fn escape(byte: u8, out: &mut Vec<u8>) {
    out.extend_from_slice(&[b'=', hex_digit(byte >> 4), hex_digit(byte & 15)]);
}

/// Whether a server or a mail store would change a line that starts like this.
fn is_changed_in_transit(line: &[u8]) -> bool {
    line.starts_with(b".") || line.starts_with(b"From ")
}

/// How many bytes from here on may stand for themselves, of which the first `plain` are no worse than an `=`. A space or
/// tab may, except at the end of a line, where servers drop it. The first byte of a line may not where it would have the
/// line changed.
fn literal_run(line: &[u8], column: usize, plain: usize) -> usize {
    if column == 0 && is_changed_in_transit(line) {
        return 0;
    }
    let length = line.get(..plain).and_then(|plain| memchr(b'=', plain)).unwrap_or(plain);
    match line.get(..length).and_then(<[u8]>::last) {
        Some(b' ' | b'\t') if length == line.len() => length - 1,
        _ => length,
    }
}

/// Copies a run of safe bytes, with soft breaks where it is too long. Returns the column at which it ends.
fn copy(mut run: &[u8], ends_line: bool, mut column: usize, out: &mut Vec<u8>) -> usize {
    loop {
        // Only the end of a line may use the last column, since no soft break follows it.
        let room = if ends_line && run.len() <= WIDTH - column { run.len() } else { WIDTH - 1 - column };
        let Some((now, later)) = run.split_at_checked(room).filter(|(_, later)| !later.is_empty()) else {
            out.extend_from_slice(run);
            return column + run.len();
        };
        out.extend_from_slice(now);
        out.extend_from_slice(SOFT_BREAK);
        column = 0;
        run = later;
        if let Some((&first, rest)) = run.split_first().filter(|_| is_changed_in_transit(run)) {
            escape(first, out);
            column = 3;
            run = rest;
        }
    }
}

/// The number of leading bytes that are printable ASCII or tabs.
fn plain_prefix(line: &[u8]) -> usize {
    let (words, _) = line.as_chunks();
    let start = 8 * words.iter().take_while(|word| is_printable(**word)).count();
    let rest = line.get(start..).unwrap_or_default();
    start + rest.iter().position(|&byte| !is_plain(byte)).unwrap_or(rest.len())
}

/// Whether eight bytes are all printable ASCII. They are looked at as one number, which takes an eighth of the instructions
/// also in the build that is small before it is fast, where the compiler uses no SIMD.
const fn is_printable(bytes: [u8; 8]) -> bool {
    const EACH: u64 = u64::from_ne_bytes([1; 8]);
    let word = u64::from_ne_bytes(bytes);
    // A byte below a space borrows, which sets its highest bit, and DEL plus one has that bit. What either does to the bytes
    // above it does not matter any more.
    let (below, beyond) = (word.wrapping_sub(EACH * 0x20), word.wrapping_add(EACH));
    (word | below | beyond) & (EACH * 0x80) == 0
}

const fn is_plain(byte: u8) -> bool {
    (byte >= b' ' && byte <= b'~') || byte == b'\t'
}

const fn hex_digit(nibble: u8) -> u8 {
    // Upper case, which RFC 2045, 6.7 requires.
    if nibble < 10 { b'0' + nibble } else { b'A' + nibble - 10 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn eight_bytes_are_judged_as_each_of_them(bytes: [u8; 8], printable in "[ -~]{8}", at in 0..8_usize, byte: u8) {
            let mut nearly: [u8; 8] = printable.as_bytes().try_into().unwrap();
            nearly[at] = byte;
            for bytes in [bytes, nearly] {
                prop_assert_eq!(is_printable(bytes), bytes.iter().all(|byte| (b' '..=b'~').contains(byte)));
            }
        }
    }
}
