//! Reads replies: three digits, perhaps an enhanced status code, and text in one or more lines (RFC 5321, section 4.2,
//! RFC 3463).

use std::fmt;

use super::words::{self, Meaning};

/// How many bytes a line may have, its end included. RFC 5321 says 512, but there are servers with longer greetings.
const LINE_LIMIT: usize = 2048;
/// How many lines a reply may have. The longest replies are those to EHLO, with about fifteen.
const LINES_LIMIT: usize = 64;

/// The codes of one reply, and what its words mean. The text itself stays in the session's buffer and never reaches a
/// log, since it may repeat what we sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reply {
    /// The three digits of the last line. Where lines differ, the server changed its mind, and the last one counts.
    pub(super) code: u16,
    /// The enhanced status code of the last line that has one; `None` where no line has.
    pub(super) enhanced: Option<EnhancedCode>,
    /// What the words of a refusal (4yz, 5yz) mean; `None` for words that are not known, and for other replies.
    pub(super) words: Option<Meaning>,
}

/// An enhanced status code, `class.subject.detail` (RFC 3463): more precise than the three digits, where a server has
/// one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EnhancedCode(pub(super) u16, pub(super) u16, pub(super) u16);

/// What the server sent is not a reply, or a reply without an end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed;

impl Reply {
    /// Whether this is a 4yz: the same may work later.
    pub(super) fn is_transient(self) -> bool {
        self.code / 100 == 4
    }

    /// Whether this is a 5yz: the same will not work later.
    pub(super) fn is_permanent(self) -> bool {
        self.code / 100 == 5
    }

    /// Whether the server does not know the command, or not at this point: the dialogue is at fault, not the message.
    pub(super) fn is_protocol_error(self) -> bool {
        matches!(self.code, 500..=504)
    }

    /// The enhanced status code, where its class is the first digit of the code. Where the two contradict each other,
    /// it means nothing.
    pub(super) fn enhanced(self) -> Option<(u16, u16, u16)> {
        self.enhanced.filter(|code| code.0 == self.code / 100).map(|code| (code.0, code.1, code.2))
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        match self.enhanced {
            Some(EnhancedCode(class, subject, detail)) => write!(f, " {class}.{subject}.{detail}"),
            None => Ok(()),
        }
    }
}

/// Reads one reply from the front of `bytes`. Gives the reply and its length, or `None` while its end is missing.
///
/// # Errors
/// [`Malformed`] as soon as no more bytes could make it a reply.
pub(super) fn parse(bytes: &[u8]) -> Result<Option<(Reply, usize)>, Malformed> {
    let mut found = None;
    let mut length = 0;
    for _ in 0..LINES_LIMIT {
        let rest = bytes.get(length..).unwrap_or_default();
        let Some(end) = memchr::memchr(b'\n', rest) else {
            return if rest.len() < LINE_LIMIT { Ok(None) } else { Err(Malformed) };
        };
        if end >= LINE_LIMIT {
            return Err(Malformed);
        }
        let (code, last, text) = parse_line(rest.get(..end).unwrap_or_default())?;
        length += end + 1;
        // Later lines win: a proxy's own first line says less than what the server behind it says in the last.
        found = enhanced(text).or(found);
        if last {
            let refuses = code >= 400;
            let whole = bytes.get(..length).unwrap_or_default();
            let words = if refuses { words::meaning(lines(whole)) } else { None };
            return Ok(Some((Reply { code, enhanced: found, words }, length)));
        }
    }
    Err(Malformed)
}

/// The lines of a whole reply, without their codes and line ends.
pub(super) fn lines(reply: &[u8]) -> impl Iterator<Item = &[u8]> {
    reply.split(|byte| *byte == b'\n').filter_map(|line| line.get(4..)).map(<[u8]>::trim_ascii)
}

/// Reads one line, whose LF is cut off: its code, whether it is the last of the reply, and its text.
fn parse_line(line: &[u8]) -> Result<(u16, bool, &[u8]), Malformed> {
    // RFC 5321, 4.2 allows 0 to 5 as the second digit. Others are read too, since the first digit is what decides.
    let (&[a @ b'2'..=b'5', b @ b'0'..=b'9', c @ b'0'..=b'9'], rest) =
        line.trim_ascii_end().split_first_chunk().ok_or(Malformed)?
    else {
        return Err(Malformed);
    };
    let code = [a, b, c].iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
    match rest.split_first() {
        None => Ok((code, true, &[])),
        Some((b' ', text)) => Ok((code, true, text)),
        Some((b'-', text)) => Ok((code, false, text)),
        Some(_) => Err(Malformed),
    }
}

/// The enhanced status code at the start of a line's text, or in qmail's form, `(#5.1.1)`, anywhere in it.
fn enhanced(text: &[u8]) -> Option<EnhancedCode> {
    let first = text.split(|byte| *byte == b' ').next()?;
    enhanced_word(first).or_else(|| {
        let hash = memchr::memchr(b'#', text)?;
        let rest = text.get(hash + 1..)?;
        let is_part = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
        enhanced_word(rest.split(|byte| !is_part(byte)).next()?)
    })
}

/// The enhanced status code that this word is; `None` where it is another word.
fn enhanced_word(word: &[u8]) -> Option<EnhancedCode> {
    let mut parts = str::from_utf8(word).ok()?.split('.').map(|part| {
        let digits = (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse().ok()).flatten()
    });
    let code = EnhancedCode(parts.next()??, parts.next()??, parts.next()??);
    // RFC 3463 has these three classes only, so an address such as 10.0.0.1 or a version is not taken for a code.
    (parts.next().is_none() && matches!(code.0, 2 | 4 | 5)).then_some(code)
}

/// The id that the server gave the message, where its final 250 names one in a known way; else `None`.
///
/// Looks for `queued as X` (Postfix), `id=X` (Exim), `X Message accepted` (Sendmail) and `250 Ok X` (SES). A word that
/// is not plainly an id is left out, since a server's text may hold anything. A word with an `@` may be the recipient's
/// address, so it is left out too.
pub(super) fn receipt(reply: &[u8]) -> Option<String> {
    let text = str::from_utf8(lines(reply).last()?).ok()?;
    let words = || text.split_ascii_whitespace();
    let after = |first: &str, second: &str| {
        let pairs = words().zip(words().skip(1));
        pairs.zip(words().skip(2)).find(|((a, b), _)| *a == first && *b == second).map(|(_, word)| word)
    };
    let before = words().zip(words().skip(1).zip(words().skip(2)));
    let ses = || text.strip_prefix("Ok ").filter(|rest| rest.len() >= 16 && !rest.contains(' '));
    let word = after("queued", "as")
        .or_else(|| words().find_map(|word| word.strip_prefix("id=")))
        .or_else(|| {
            before.into_iter().find(|(_, next)| *next == ("Message", "accepted")).map(|(word, _)| word)
        })
        .or_else(ses)?;
    let word = word.trim_end_matches(['.', ',', ';', ')']);
    // Receipts end up in logs and in the answer to Svix, so only what can't be anything else than an id gets there.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    ((1..=64).contains(&word.len()) && word.bytes().all(plain)).then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one(bytes: &str) -> Result<Option<String>, Malformed> {
        parse(bytes.as_bytes()).map(|found| found.map(|(reply, length)| format!("{reply} in {length}")))
    }

    #[test]
    fn replies_are_read_to_their_last_line() {
        let table = [
            ("250 2.1.0 Ok\r\n", Some("250 2.1.0 in 14")),
            ("250\r\n", Some("250 in 5")),
            ("250 \r\n", Some("250 in 6")),
            ("250-\r\n250 x\r\n", Some("250 in 13")),
            ("250-a\r\n250-SIZE 10\r\n250 HELP\r\nrest", Some("250 in 30")),
            ("550 5.7.1234 x\r\n", Some("550 in 16")),
            ("550 5.1.1.9 x\r\n", Some("550 in 15")),
            ("421 3.1.1 x\n", Some("421 in 12")),
            ("550-first\r\n550 5.7.1 second\r\n", Some("550 5.7.1 in 29")),
            ("550-5.1.1 first\r\n550 second\r\n", Some("550 5.1.1 in 29")),
            ("553 sorry, not in my list (#5.7.1)\r\n", Some("553 5.7.1 in 36")),
            ("550 #5.1.0 Address rejected.\r\n", Some("550 5.1.0 in 30")),
            ("550 ticket #5\r\n", Some("550 in 15")),
            ("220-mail.example ESMTP\r\n521 5.7.1 blocked\r\n", Some("521 5.7.1 in 43")),
            ("250-5.1.1\r\n", None),
            ("25", None),
            ("", None),
        ];
        for (bytes, wanted) in table {
            assert_eq!(one(bytes), Ok(wanted.map(str::to_owned)), "{bytes:?}");
        }
    }

    #[test]
    fn what_is_no_reply_or_has_no_end_is_malformed() {
        let endless = "250-x\r\n".repeat(LINES_LIMIT);
        let long = "250 ".to_owned() + &"x".repeat(LINE_LIMIT);
        for bytes in ["\r\n", "25\r\n", "abc def\r\n", "650 x\r\n", "250x\r\n", &endless, &long] {
            assert_eq!(one(bytes), Err(Malformed), "{bytes:?}");
        }
    }

    #[test]
    fn receipts_are_taken_from_the_forms_that_are_known() {
        let table = [
            ("250 2.0.0 Ok: queued as 4Xy1Zb2c\r\n", Some("4Xy1Zb2c")),
            ("250 OK id=1rAbCd-0001x2-Yz\r\n", Some("1rAbCd-0001x2-Yz")),
            ("250 2.0.0 4AN1x2y3 Message accepted for delivery\r\n", Some("4AN1x2y3")),
            ("250 Ok 0100018f5b2c3d4e-aaaa-bbbb-000000\r\n", Some("0100018f5b2c3d4e-aaaa-bbbb-000000")),
            ("250-first\r\n250 queued as A1b_2.c.\r\n", Some("A1b_2.c")),
            ("250 Ok: queued as ada@example.com\r\n", None),
            ("250 Ok id=<ada@example.com>\r\n", None),
            ("250 Ok: queued as \u{fc}\r\n", None),
            ("250 Ok: queued as\r\n", None),
            ("250 Great success\r\n", None),
            ("250\r\n", None),
        ];
        for (reply, wanted) in table {
            assert_eq!(receipt(reply.as_bytes()).as_deref(), wanted, "{reply:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_a_server_sends_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse(&bytes);
            let _ = receipt(&bytes);
        }

        #[test]
        fn where_the_network_splits_a_reply_makes_no_difference(
            code in 200u16..600, texts in proptest::collection::vec("[ -~]{0,40}", 1..5), next in "[ -~]{0,20}",
        ) {
            let last = texts.len() - 1;
            let line = |(at, text): (usize, &String)| format!("{code}{}{text}", if at == last { ' ' } else { '-' });
            let whole = texts.iter().enumerate().map(line).collect::<Vec<_>>().join("\r\n") + "\r\n";
            let expected = parse(whole.as_bytes());
            prop_assert!(matches!(expected, Ok(Some((reply, length))) if reply.code == code && length == whole.len()));
            for cut in 0..whole.len() {
                prop_assert_eq!(parse(&whole.as_bytes()[..cut]), Ok(None));
            }
            prop_assert_eq!(parse((whole + &next).as_bytes()), expected);
        }
    }
}
