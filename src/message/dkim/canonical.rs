//! The `relaxed` canonicalisation (RFC 6376, 3.4.2 and 3.4.4): the form of a message that stays the same when relays change
//! its white space. Lines are expected to end in CRLF.

use memchr::memmem;

/// The fields of a header from top to bottom, each without its last CRLF. A folded field is one item.
pub(super) fn fields(header: &[u8]) -> Vec<&[u8]> {
    let mut fields = Vec::with_capacity(16);
    let mut start = 0;
    for at in memmem::find_iter(header, b"\r\n") {
        let is_folded = matches!(header.get(at + 2), Some(b' ' | b'\t'));
        if !is_folded {
            fields.extend(header.get(start..at).filter(|field| !field.is_empty()));
            start = at + 2;
        }
    }
    fields.extend(header.get(start..).filter(|field| !field.is_empty()));
    fields
}

/// A field's name in lower case, without the white space before its colon.
pub(super) fn name(field: &[u8]) -> Vec<u8> {
    field.split(|byte| *byte == b':').next().unwrap_or_default().trim_ascii_end().to_ascii_lowercase()
}

/// Writes a field on one line without a CRLF, as `name:value`. Each run of white space becomes one space, and none stays
/// around the colon.
pub(super) fn write_field(field: &[u8], out: &mut Vec<u8>) {
    out.extend(name(field));
    out.push(b':');
    let colon = field.iter().position(|byte| *byte == b':').map_or(field.len(), |at| at + 1);
    squeeze(field.get(colon..).unwrap_or_default().trim_ascii_start(), out);
}

/// The body in its canonical form: each run of white space is one space, no line ends in a space, and no empty line ends
/// the body.
pub(super) fn body(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 2);
    let mut rest = body;
    while !rest.is_empty() {
        let end = memmem::find(rest, b"\r\n").unwrap_or(rest.len());
        squeeze(rest.get(..end).unwrap_or_default(), &mut out);
        // A last line without CRLF gets one (RFC 6376, 3.4.4).
        out.extend_from_slice(b"\r\n");
        rest = rest.get(end + 2..).unwrap_or_default();
    }
    while out.ends_with(b"\r\n\r\n") {
        out.truncate(out.len() - 2);
    }
    // Unlike in `simple`, an empty body is empty here and not a CRLF (RFC 6376, 3.4.4).
    if out == b"\r\n" {
        out.clear();
    }
    out
}

/// Writes `line` with each run of white space as one space, and without white space at its end. Line breaks are left out:
/// they occur only in folded fields, where white space follows them.
fn squeeze(line: &[u8], out: &mut Vec<u8>) {
    let mut after_space = false;
    for &byte in line {
        match byte {
            b' ' | b'\t' => after_space = true,
            b'\r' | b'\n' => {}
            _ => {
                if after_space {
                    out.push(b' ');
                    after_space = false;
                }
                out.push(byte);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn field(text: &str) -> String {
        let mut out = Vec::new();
        write_field(text.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn fields_are_relaxed() {
        let table = [
            // RFC 6376, 3.4.5
            ("A: X", "a:X"),
            ("B : Y\t\r\n\tZ  ", "b:Y Z"),
            ("Subject:no space", "subject:no space"),
            ("SUBJECT:\r\n  late", "subject:late"),
            ("X:", "x:"),
            ("X: \t ", "x:"),
            ("Date: Fri, 11 Jul 2003 21:00:37", "date:Fri, 11 Jul 2003 21:00:37"),
        ];
        for (text, expected) in table {
            assert_eq!(field(text), expected, "{text:?}");
        }
    }

    #[test]
    fn bodies_are_relaxed() {
        let table = [
            // RFC 6376, 3.4.5
            (" C \r\nD \t E\r\n\r\n\r\n", " C\r\nD E\r\n"),
            ("", ""),
            ("\r\n", ""),
            ("\r\n \t\r\n\r\n", ""),
            ("a", "a\r\n"),
            ("a\r\n", "a\r\n"),
            ("\r\na", "\r\na\r\n"),
            ("a\r\n\r\nb \r\n", "a\r\n\r\nb\r\n"),
            ("\t\ta", " a\r\n"),
            ("a\r\n  ", "a\r\n"),
        ];
        for (text, expected) in table {
            assert_eq!(String::from_utf8(body(text.as_bytes())).unwrap(), expected, "{text:?}");
        }
    }

    #[test]
    fn a_header_is_taken_apart_between_fields_only() {
        let header = b"A: 1\r\nB: 2\r\n 3\r\n\t4\r\nC:";
        assert_eq!(fields(header), [&b"A: 1"[..], b"B: 2\r\n 3\r\n\t4", b"C:"]);
        assert_eq!(fields(b""), [b""; 0]);
    }

    /// What a relay may do to white space in a line (RFC 6376, 3.4.2): never to where there was none.
    fn respaced(text: &str, space: &str) -> String {
        text.split("\r\n")
            .map(|line| format!("{}{space}", line.replace(' ', space)))
            .collect::<Vec<_>>()
            .join("\r\n")
    }

    proptest! {
        #[test]
        fn once_is_enough(text in "([ \ta-c]|\r\n){0,40}") {
            let once = body(text.as_bytes());
            prop_assert_eq!(&body(&once), &once);
            prop_assert!(once.is_empty() || (once.ends_with(b"\r\n") && !once.ends_with(b"\r\n\r\n")));
        }

        #[test]
        fn white_space_may_grow(text in "([ a-c]|\r\n){0,40}", space in "[ \t]{1,3}", end in "(\r\n){0,3}") {
            let changed = respaced(&text, &space) + &end;
            prop_assert_eq!(body(changed.as_bytes()), body(text.as_bytes()));
        }

        #[test]
        fn other_bytes_count(text in "[a-c ]{0,10}[a-c][a-c ]{0,10}", at in 0..21_usize) {
            let changed: String =
                text.char_indices().map(|(index, c)| if index == at && c != ' ' { 'X' } else { c }).collect();
            prop_assert_eq!(body(changed.as_bytes()) == body(text.as_bytes()), changed == text);
        }

        #[test]
        fn folding_changes_nothing(words in proptest::collection::vec("[a-z:]{1,6}", 1..6)) {
            let plain = format!("Subject: {}", words.join(" "));
            let folded = format!("Subject: {}", words.join("\r\n\t "));
            prop_assert_eq!(field(&folded), field(&plain));
        }
    }
}
