//! What is handed over: the envelope as commands, the message in the form it takes on the wire.
//!
//! Nothing in here can end a command or a message early: addresses are proven character by character, and a bare CR or
//! LF, which servers disagree about (SMTP smuggling), never leaves.

use std::borrow::Cow;

use lettre::Address;
use memchr::memmem;

use crate::delivery::fault::{Fault, FaultKind, Stage, Verdict};

/// Who a message is from and for, as the commands MAIL and RCPT name them.
#[derive(Debug, Clone, Copy)]
pub struct Envelope<'a> {
    /// The address that a bounce goes to.
    pub from: &'a Address,
    /// The one recipient.
    pub to: &'a Address,
    /// The message needs SMTPUTF8 (RFC 6531) whatever these two addresses are, because its header has an address whose
    /// local part is not ASCII.
    pub smtputf8: bool,
}

/// What is handed over: an envelope and the bytes in it.
#[derive(Debug, Clone)]
pub struct Mail<'a> {
    /// Who it is from and for.
    pub envelope: Envelope<'a>,
    /// The message as RFC 5322 wants it. Line ends are made CRLF where they are not.
    pub message: &'a [u8],
    /// The mail to send in place of this one where the server does not offer SMTPUTF8; `None` if there is none.
    pub without_smtputf8: Option<Box<Self>>,
}

/// One mail, checked and ready for any server.
pub(super) struct Letter<'a> {
    from: Path<'a>,
    to: Path<'a>,
    message: Cow<'a, [u8]>,
    smtputf8: bool,
    /// The letter for a server without SMTPUTF8, where this one needs it for its sender or its `Reply-To`.
    ascii: Option<Box<Self>>,
}

/// An address as it stands between `<` and `>` (RFC 5321 4.1.2): its domain as A-labels.
struct Path<'a> {
    local: &'a str,
    domain: Cow<'a, str>,
}

impl<'a> Letter<'a> {
    /// Checks both addresses and the line ends.
    ///
    /// # Errors
    /// `Rejected` for a recipient that can't be written as a command, `Deferred` for such a sender: that is our fault.
    pub(super) fn new(mail: Mail<'a>) -> Result<Self, Verdict> {
        let not = "not an address that SMTP can carry";
        let from = Path::new(mail.envelope.from)
            .ok_or_else(|| Verdict::Deferred(Fault::new(Stage::Mail, FaultKind::Account, not)))?;
        let to = Path::new(mail.envelope.to)
            .ok_or_else(|| Verdict::Rejected(Fault::new(Stage::Rcpt, FaultKind::Recipient, not)))?;
        let ascii = mail.without_smtputf8.map(|ascii| Self::new(*ascii)).transpose()?.map(Box::new);
        let Envelope { smtputf8, .. } = mail.envelope;
        Ok(Self { from, to, message: with_crlf(mail.message), smtputf8, ascii })
    }

    /// This letter, or the one for a server that does not offer SMTPUTF8.
    pub(super) fn for_server(&self, offers_smtputf8: bool) -> &Self {
        match &self.ascii {
            Some(ascii) if !offers_smtputf8 => {
                tracing::debug!(
                    "no SMTPUTF8: sent without the local parts beyond ASCII of From and Reply-To"
                );
                ascii
            }
            _ => self,
        }
    }

    /// The message's size in bytes, before dots are stuffed.
    pub(super) fn size(&self) -> usize {
        self.message.len()
    }

    /// A local part of the sender, of `From` or of `Reply-To` is not ASCII (RFC 6531).
    pub(super) fn sender_needs_smtputf8(&self) -> bool {
        self.smtputf8 || !self.from.local.is_ascii()
    }

    /// The recipient's local part is not ASCII (RFC 6531).
    pub(super) fn recipient_needs_smtputf8(&self) -> bool {
        !self.to.local.is_ascii()
    }

    /// `MAIL FROM:<…>`
    pub(super) fn write_mail(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"MAIL FROM:");
        self.from.write(out);
        if self.sender_needs_smtputf8() || self.recipient_needs_smtputf8() {
            out.extend_from_slice(b" SMTPUTF8");
        }
        out.extend_from_slice(b"\r\n");
    }

    /// `RCPT TO:<…>`
    pub(super) fn write_rcpt(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"RCPT TO:");
        self.to.write(out);
        out.extend_from_slice(b"\r\n");
    }

    /// `BDAT n LAST` and the message as it is (RFC 3030).
    pub(super) fn write_bdat(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(format!("BDAT {} LAST\r\n", self.message.len()).as_bytes());
        out.extend_from_slice(&self.message);
    }

    /// The message with its dots stuffed, and the final dot (RFC 5321 4.5.2).
    pub(super) fn write_dotted(&self, out: &mut Vec<u8>) {
        let message = &*self.message;
        out.reserve(message.len() + 3);
        if message.starts_with(b".") {
            out.push(b'.');
        }
        let mut done = 0;
        for line_end in memmem::find_iter(message, b"\n.") {
            out.extend_from_slice(message.get(done..=line_end).unwrap_or_default());
            out.push(b'.');
            done = line_end + 1;
        }
        out.extend_from_slice(message.get(done..).unwrap_or_default());
        out.extend_from_slice(b".\r\n");
    }
}

impl<'a> Path<'a> {
    /// `None` for what would not stay between its angle brackets, or has a domain that DNS can't hold.
    fn new(address: &'a Address) -> Option<Self> {
        let (local, domain) = (address.user(), address.domain());
        let domain = if domain.is_ascii() {
            Cow::Borrowed(domain)
        } else {
            Cow::Owned(idna::domain_to_ascii(domain).ok()?)
        };
        (is_local_part(local) && is_domain(&domain)).then_some(Self { local, domain })
    }

    fn write(&self, out: &mut Vec<u8>) {
        for part in ["<", self.local, "@", &self.domain, ">"] {
            out.extend_from_slice(part.as_bytes());
        }
    }
}

/// A dot-string or a quoted string (RFC 5321 4.1.2), beyond ASCII too (RFC 6531 3.3).
fn is_local_part(local: &str) -> bool {
    let quoted = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let Some(quoted) = quoted else {
        let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
        return !local.is_empty() && local.chars().all(|c| atom(c) || is_visible_beyond_ascii(c));
    };
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        let c = if c == '\\' { chars.next() } else { Some(c).filter(|c| *c != '"') };
        if !c.is_some_and(|c| (' '..='~').contains(&c) || is_visible_beyond_ascii(c)) {
            return false;
        }
    }
    true
}

/// No C1 control, no line or paragraph separator.
fn is_visible_beyond_ascii(c: char) -> bool {
    !c.is_ascii() && !c.is_control() && !c.is_whitespace()
}

/// A-labels and dots, or an address literal.
fn is_domain(domain: &str) -> bool {
    let label = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let literal = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:".contains(&byte);
    match domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.bytes().all(literal),
        None => !domain.is_empty() && domain.bytes().all(label),
    }
}

/// The message with every line ending in CRLF, the last one too. As composed it is so already, and nothing is copied.
fn with_crlf(message: &[u8]) -> Cow<'_, [u8]> {
    let mut breaks = memchr::memchr2_iter(b'\r', b'\n', message);
    let mut clean = message.ends_with(b"\r\n");
    while clean && let Some(at) = breaks.next() {
        clean = message.get(at..at + 2) == Some(b"\r\n") && breaks.next() == Some(at + 1);
    }
    if clean { Cow::Borrowed(message) } else { Cow::Owned(normalised(message)) }
}

/// CR, LF and CRLF all become CRLF.
fn normalised(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + 64);
    let mut rest = message;
    while let Some(at) = memchr::memchr2(b'\r', b'\n', rest) {
        let (line, end) = rest.split_at(at);
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
        rest = end.strip_prefix(b"\r\n").or_else(|| end.get(1..)).unwrap_or_default();
    }
    if !rest.is_empty() || message.is_empty() {
        out.extend_from_slice(rest);
        out.extend_from_slice(b"\r\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn letter(message: &[u8]) -> Letter<'_> {
        let path = || Path { local: "a", domain: "b.example".into() };
        Letter { from: path(), to: path(), message: with_crlf(message), smtputf8: false, ascii: None }
    }

    fn dotted(message: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        letter(message).write_dotted(&mut out);
        out
    }

    #[test]
    fn local_parts_that_could_end_a_command_are_refused() {
        for good in ["a", "a.b+c", "o'neil", "\"a b\"", "\"a>b\"", "\"a\\\"b\"", "jürgen", "用户"] {
            assert!(is_local_part(good), "{good:?}");
        }
        let bad = [
            "",
            "a b",
            "a>b",
            "a<b",
            "a\r\nb",
            "\"a\r\nb\"",
            "\"a",
            "a\"b",
            "\"a\"b\"",
            "\"a\\\"",
            "a\u{85}b",
            "a\0",
        ];
        for bad in bad {
            assert!(!is_local_part(bad), "{bad:?}");
        }
    }

    #[test]
    fn domains_are_labels_or_literals() {
        for good in ["a.example", "xn--mnchen-3ya.example", "[192.0.2.1]", "[IPv6:2001:db8::1]", "localhost"]
        {
            assert!(is_domain(good), "{good:?}");
        }
        for bad in ["", "a b", "a>b", "[1.2.3.4", "a\r\n", "[1]>"] {
            assert!(!is_domain(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_domain_goes_out_as_a_labels() {
        let address: Address = "jürgen@münchen.example".parse().unwrap();
        let mut out = Vec::new();
        Path::new(&address).unwrap().write(&mut out);
        assert_eq!(String::from_utf8(out).unwrap(), "<jürgen@xn--mnchen-3ya.example>");
    }

    #[test]
    fn line_ends_become_crlf() {
        let table: [(&[u8], &[u8]); 8] = [
            (b"a\r\nb\r\n", b"a\r\nb\r\n"),
            (b"a\nb\n", b"a\r\nb\r\n"),
            (b"a\rb\r\n", b"a\r\nb\r\n"),
            (b"a\r\r\nb", b"a\r\n\r\nb\r\n"),
            (b"a\n\r\nb\r", b"a\r\n\r\nb\r\n"),
            (b"a\r\n.\n\r\n", b"a\r\n.\r\n\r\n"),
            (b"a", b"a\r\n"),
            (b"", b"\r\n"),
        ];
        for (message, wanted) in table {
            assert_eq!(&*with_crlf(message), wanted, "{message:?}");
        }
        assert!(matches!(with_crlf(b"a\r\n\r\nb\r\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn dots_are_stuffed_once_and_never_in_bdat() {
        assert_eq!(dotted(b".\r\n..a\r\nb.\r\n"), b"..\r\n...a\r\nb.\r\n.\r\n");
        let mut out = Vec::new();
        letter(b".\r\n").write_bdat(&mut out);
        assert_eq!(out, b"BDAT 3 LAST\r\n.\r\n");
    }

    proptest! {
        #[test]
        fn only_the_last_dot_ends_a_message(text in proptest::collection::vec(prop::sample::select(b"\r\n.a".to_vec()), 0..40)) {
            let out = dotted(&text);
            let ends: Vec<_> = memmem::find_iter(&out, b"\r\n.\r\n").collect();
            prop_assert_eq!(ends, vec![out.len() - 5]);
            prop_assert!(!out.starts_with(b".\r\n"));
            let clean = with_crlf(&text);
            let twice = with_crlf(&clean);
            prop_assert!(matches!(twice, Cow::Borrowed(_)));
            let lines = memmem::find_iter(&clean, b"\r\n").count();
            prop_assert_eq!(memchr::memchr_iter(b'\n', &clean).count(), lines);
            prop_assert_eq!(memchr::memchr_iter(b'\r', &clean).count(), lines);
        }
    }
}
