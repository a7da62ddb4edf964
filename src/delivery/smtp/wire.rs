//! A mail as it goes over the wire: the envelope as commands, the message with its lines and dots as SMTP wants them.
//!
//! Nothing in here can end a command or a message early: addresses are checked character by character, and a bare CR or
//! LF, about which servers disagree (SMTP smuggling), never leaves.

use std::sync::Arc;

use lettre::Address;
use memchr::memmem;

use crate::delivery::fault::{Fault, FaultKind, Stage, Verdict};

/// Who a message is from and for, as the commands MAIL and RCPT name them.
#[derive(Debug, Clone, Copy)]
pub struct Envelope<'a> {
    /// The address that a bounce goes to.
    pub from: &'a Address,
    /// The recipient: a message goes to exactly one.
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
    pub message: Arc<Vec<u8>>,
    /// The mail to send in place of this one where the server does not offer SMTPUTF8; `None` if there is none.
    pub without_smtputf8: Option<Box<Self>>,
}

/// One mail, checked and ready for any server.
pub(super) struct Letter {
    from: Path,
    to: Path,
    /// The message with every line ending in CRLF; a copy only where that had to be corrected.
    message: Arc<Vec<u8>>,
    /// As in [`Envelope`].
    smtputf8: bool,
    /// The letter for a server without SMTPUTF8; `None` where this one does not need it, or there is no other.
    ascii: Option<Box<Self>>,
}

/// An address as it stands between `<` and `>` (RFC 5321, section 4.1.2), with the domain as A-labels.
struct Path {
    local: String,
    domain: String,
}

impl Letter {
    /// Checks both addresses, and corrects the line ends where they need it.
    ///
    /// # Errors
    /// `Rejected` for a recipient that can't be written in a command. `Deferred` for such a sender, since that is our
    /// fault.
    pub(super) fn new(mail: Mail<'_>) -> Result<Self, Verdict> {
        let sender = "SMTP can't carry the sender's address: correct `from` or `envelope_from`";
        let recipient = "SMTP can't carry the recipient's address";
        let from = Path::new(mail.envelope.from)
            .ok_or_else(|| Verdict::Deferred(Fault::new(Stage::Mail, FaultKind::Account, sender)))?;
        let to = Path::new(mail.envelope.to)
            .ok_or_else(|| Verdict::Rejected(Fault::new(Stage::Rcpt, FaultKind::Recipient, recipient)))?;
        let ascii = mail.without_smtputf8.map(|ascii| Self::new(*ascii)).transpose()?.map(Box::new);
        let Envelope { smtputf8, .. } = mail.envelope;
        Ok(Self { from, to, message: with_crlf(&mail.message), smtputf8, ascii })
    }

    /// This letter, or the other one if the server does not offer SMTPUTF8 and there is another.
    pub(super) fn for_server(&self, offers_smtputf8: bool) -> &Self {
        match &self.ascii {
            Some(ascii) if !offers_smtputf8 => {
                tracing::debug!(
                    "the server offers no SMTPUTF8: sent without the non-ASCII local parts of From and Reply-To"
                );
                ascii
            }
            _ => self,
        }
    }

    /// The size of the message in bytes, before dots are stuffed. That is what SIZE counts (RFC 1870).
    pub(super) fn size(&self) -> usize {
        self.message.len()
    }

    /// Whether SMTPUTF8 is needed for our side: the local part of the sender, of `From` or of `Reply-To` is not ASCII.
    pub(super) fn sender_needs_smtputf8(&self) -> bool {
        self.smtputf8 || !self.from.local.is_ascii()
    }

    /// Whether SMTPUTF8 is needed for the recipient, whose local part is not ASCII then.
    pub(super) fn recipient_needs_smtputf8(&self) -> bool {
        !self.to.local.is_ascii()
    }

    /// Appends `MAIL FROM:<…>`, with `SMTPUTF8` where it is needed.
    pub(super) fn write_mail(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"MAIL FROM:");
        self.from.write(out);
        if self.sender_needs_smtputf8() || self.recipient_needs_smtputf8() {
            out.extend_from_slice(b" SMTPUTF8");
        }
        out.extend_from_slice(b"\r\n");
    }

    /// Appends `RCPT TO:<…>`.
    pub(super) fn write_rcpt(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"RCPT TO:");
        self.to.write(out);
        out.extend_from_slice(b"\r\n");
    }

    /// Appends `BDAT n LAST` and the message as it is (RFC 3030), since its length tells where it ends.
    pub(super) fn write_bdat(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(format!("BDAT {} LAST\r\n", self.message.len()).as_bytes());
        out.extend_from_slice(&self.message);
    }

    /// Appends the message with its dots stuffed, and the line with a dot that ends it (RFC 5321, section 4.5.2).
    pub(super) fn write_dotted(&self, out: &mut Vec<u8>) {
        let message = self.message.as_slice();
        out.reserve(message.len() + 3);
        if message.starts_with(b".") {
            out.push(b'.');
        }
        let mut done = 0;
        // Every line ends in CRLF by now, so an LF alone marks the start of a line.
        for line_end in memmem::find_iter(message, b"\n.") {
            out.extend_from_slice(message.get(done..=line_end).unwrap_or_default());
            out.push(b'.');
            done = line_end + 1;
        }
        out.extend_from_slice(message.get(done..).unwrap_or_default());
        out.extend_from_slice(b".\r\n");
    }
}

impl Path {
    /// `None` for an address that would not stay between its angle brackets, or whose domain can't be in DNS.
    fn new(address: &Address) -> Option<Self> {
        let (local, domain) = (address.user().to_owned(), address.domain());
        let domain =
            if domain.is_ascii() { domain.to_owned() } else { idna::domain_to_ascii(domain).ok()? };
        // Checked here once more, although the address was parsed: whoever makes one in another way must not reach the
        // wire.
        (is_local_part(&local) && is_domain(&domain)).then_some(Self { local, domain })
    }

    /// Appends the address in angle brackets.
    fn write(&self, out: &mut Vec<u8>) {
        for part in ["<", &self.local, "@", &self.domain, ">"] {
            out.extend_from_slice(part.as_bytes());
        }
    }
}

/// Whether this is a dot-string or a quoted string (RFC 5321, section 4.1.2), also beyond ASCII (RFC 6531, section
/// 3.3).
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

/// Whether this is a character beyond ASCII that is neither a C1 control nor white space, line separators included.
fn is_visible_beyond_ascii(c: char) -> bool {
    !c.is_ascii() && !c.is_control() && !c.is_whitespace()
}

/// Whether this is A-labels and dots, or an address literal.
fn is_domain(domain: &str) -> bool {
    let label = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let literal = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:".contains(&byte);
    // Underscores are not allowed in host names, but DNS carries them, so a mail domain may have them.
    match domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.bytes().all(literal),
        None => !domain.is_empty() && domain.bytes().all(label),
    }
}

/// The message with every line ending in CRLF, also the last one. A message that we composed is like that already, and
/// is not copied.
fn with_crlf(message: &Arc<Vec<u8>>) -> Arc<Vec<u8>> {
    // A look at the bytes is cheaper than a copy, and almost every message passes it.
    if has_crlf(message) { Arc::clone(message) } else { Arc::new(normalised(message)) }
}

/// Whether the message ends in CRLF, and has neither a CR nor an LF without the other.
fn has_crlf(message: &[u8]) -> bool {
    // `memchr` uses SIMD however this is built, and a loop over a mail's 18 kB only where the compiler sees how: 30,000
    // instructions in place of 110,000.
    let follows_cr = |at: usize| at.checked_sub(1).and_then(|before| message.get(before)) == Some(&b'\r');
    let mut ends = memchr::memchr_iter(b'\n', message);
    message.ends_with(b"\r\n")
        && ends.clone().count() == memchr::memchr_iter(b'\r', message).count()
        && ends.all(follows_cr)
}

/// A copy of the message in which CR, LF and CRLF have all become CRLF.
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
    use proptest::prelude::*;

    use super::*;

    fn crlf(message: &[u8]) -> Vec<u8> {
        with_crlf(&Arc::new(message.to_vec())).to_vec()
    }

    fn letter(message: &[u8]) -> Letter {
        let path = || Path { local: "a".to_owned(), domain: "b.example".to_owned() };
        let message = Arc::new(crlf(message));
        Letter { from: path(), to: path(), message, smtputf8: false, ascii: None }
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
            assert_eq!(crlf(message), wanted, "{message:?}");
        }
        let clean = Arc::new(b"a\r\n\r\nb\r\n".to_vec());
        assert!(Arc::ptr_eq(&with_crlf(&clean), &clean), "not copied");
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
            let clean = Arc::new(crlf(&text));
            prop_assert!(Arc::ptr_eq(&with_crlf(&clean), &clean), "not copied");
            let lines = memmem::find_iter(&clean, b"\r\n").count();
            prop_assert_eq!(memchr::memchr_iter(b'\n', &clean).count(), lines);
            prop_assert_eq!(memchr::memchr_iter(b'\r', &clean).count(), lines);
        }
    }
}
