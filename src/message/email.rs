//! A mail and its serialised form: headers by RFC 5322, bodies by MIME (RFC 2045, 2046), all of it 7-bit.

mod header;
mod quoted_printable;

use std::borrow::Cow;
use std::io::Write as _;
use std::sync::{Arc, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

use lettre::Address;
use lettre::message::Mailbox;

use super::marks::without_marks;
use crate::text;

/// Reads one email address into the form that goes on the wire, with its domain as A-labels. `None` for text that is not
/// one address, or is longer than SMTP allows (RFC 5321, 4.5.3.1.3).
///
/// A local part with dots where the standard allows none is put in quotes (`"a..b"@…`). Some mobile networks gave out such
/// addresses, and their servers accept them in this form.
#[must_use]
pub fn address(text: &str) -> Option<Address> {
    let text = without_marks(text);
    if text.len() > 254 {
        return None;
    }
    // At the last `@`, since a quoted local part may contain one (RFC 5321, 4.1.2).
    let (local, domain) = text.rsplit_once('@')?;
    let domain = if domain.is_ascii() { Cow::Borrowed(domain) } else { Cow::Owned(dns_domain(domain)) };
    let is_atoms = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    match Address::new(local, domain.as_ref()) {
        Err(_) if !local.is_empty() && local.chars().all(is_atoms) => {
            Address::new(format!("\"{local}\""), domain).ok()
        }
        address => address.ok(),
    }
}

/// `noreply` at `domain`: an address that any server can carry, for a sender whose own local part can't be used. `None`
/// where `domain` is not a domain.
#[must_use]
pub fn noreply(domain: &str) -> Option<Address> {
    Address::new("noreply", domain).ok()
}

/// A domain in the form in which DNS compares it: as A-labels (RFC 5890) in lower case.
#[must_use]
pub fn dns_domain(domain: &str) -> String {
    idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_ascii_lowercase())
}

/// A mail to one recipient, with everything that its headers and bodies need.
#[derive(Debug)]
pub struct Email {
    /// Clerk's id of the message (`ema_…`), which becomes part of `Message-ID` and all of `X-Entity-Ref-ID`.
    pub id: String,
    /// The sender that the reader sees, for the `From` header.
    pub from: Mailbox,
    /// The address that bounces go to: the envelope's sender (`MAIL FROM`).
    pub envelope_from: Address,
    /// The one recipient, of the `To` header and of the envelope (`RCPT TO`).
    pub to: Address,
    /// Where replies go; `None` leaves the `Reply-To` header out, so they go to `from`.
    pub reply_to: Option<Mailbox>,
    /// The subject. Line breaks in it become spaces when it is written.
    pub subject: String,
    /// The HTML body; `None` makes a mail of plain text alone.
    pub html: Option<String>,
    /// The plain text body; `None` makes a mail of HTML alone.
    pub text: Option<String>,
    /// The true recipient of a mail that `redirect_to` sends elsewhere, for the header `X-Original-To`; else `None`.
    pub redirected_from: Option<String>,
    /// The language of the words (BCP 47), for the header `Content-Language`; `None` where it is not known.
    pub language: Option<String>,
    /// Headers besides those of every mail, as pairs of name and value. Their names are valid.
    pub extra_headers: Vec<(String, String)>,
    /// Provider settings that this mail overrides, as pairs of name and value.
    pub provider_settings: Vec<(String, String)>,
    /// When the mail was made, for the `Date` header and the signature's `t=`.
    pub date: SystemTime,
    /// The same mail from a sender that is all ASCII, for servers without SMTPUTF8: see [`Email::with_ascii_sender`].
    /// `None` where this mail's own sender is all ASCII.
    pub ascii: Option<Box<Self>>,
    /// The serialised form, which is made once and used by every attempt. Empty until [`Email::wire`] is called. Shared,
    /// because a mail server's session may still write it when the attempt has ended.
    pub wire: OnceLock<Arc<Vec<u8>>>,
}

/// The longest header text in bytes. RFC 5322 allows 998 bytes in a line, and a word without a space can't be folded.
const LONGEST_TEXT: usize = 800;
/// The longest display name in bytes. Quoting may double it.
const LONGEST_NAME: usize = 200;
/// The longest id in characters. It becomes part of a boundary, for which RFC 2046 allows 70.
const LONGEST_ID: usize = 60;

impl Email {
    /// The whole message: headers, then `multipart/alternative`, or the one body where there is only one. Its DKIM
    /// signatures stand above it once [`super::dkim::Signers::sign`] made them.
    ///
    /// Lines end in CRLF, and none starts with a dot. All of it is 7-bit, except for a local part beyond ASCII (RFC 6532),
    /// for which the server has to offer SMTPUTF8.
    pub fn wire(&self) -> &[u8] {
        self.shared_wire()
    }

    /// The same as [`Email::wire`], to be shared with a task of its own without a copy.
    pub fn shared_wire(&self) -> &Arc<Vec<u8>> {
        self.wire.get_or_init(|| Arc::new(self.serialise()))
    }

    /// Makes the serialised form, and lets go of the bodies that it was made from: a mail that only goes to mail servers needs
    /// them no more, and they are a fifth of what it holds while it waits for one.
    pub fn seal(&mut self) {
        self.wire();
        (self.html, self.text) = (None, None);
    }

    /// Headers and bodies, without signatures.
    fn serialise(&self) -> Vec<u8> {
        let html = self.html.as_deref();
        let text = self.text.as_deref();
        let body = html.map_or(0, str::len) + text.map_or(0, str::len);
        // Room for the headers, and an eighth more than the bodies for what quoted-printable escapes: one allocation.
        let mut out = Vec::with_capacity(1536 + body + body / 8);
        let id = sanitised(&self.id);
        self.write_headers(&id, &mut out);
        match (text, html) {
            (Some(text), Some(html)) => write_alternative(&id, text, html, &mut out),
            (None, Some(html)) => write_part("html", html, &mut out),
            (text, None) => write_part("plain", text.unwrap_or_default(), &mut out),
        }
        out
    }

    /// The `Message-ID`, such as `<ema_…@acme.example>`. It is the same for every attempt, so that a mailbox can drop a
    /// second copy.
    #[must_use]
    pub fn message_id(&self) -> String {
        format!("<{}@{}>", sanitised(&self.id), on_the_wire(&self.from).email.domain())
    }

    /// The headers that mark a mail which no person wrote (RFC 3834), for providers that write all the others themselves.
    #[must_use]
    pub fn headers(&self) -> Vec<(&str, String)> {
        let mut headers = vec![
            ("X-Entity-Ref-ID", sanitised(&self.id)),
            ("References", self.reference()),
            ("Auto-Submitted", "auto-generated".to_owned()),
            ("X-Auto-Response-Suppress", "OOF, AutoReply".to_owned()),
        ];
        headers.extend(self.language.as_ref().map(|language| ("Content-Language", language.clone())));
        headers.extend(self.redirected_from.as_ref().map(|to| ("X-Original-To", one_line(to, LONGEST_TEXT))));
        headers.extend(
            self.extra_headers.iter().map(|(name, value)| (name.as_str(), one_line(value, LONGEST_TEXT))),
        );
        headers
    }

    /// A reference to a message that does not exist, and that no other mail refers to. Gmail shows mails of equal subjects as
    /// one conversation, and hides what they have in common, unless their `References` differ.
    fn reference(&self) -> String {
        format!("<ref.{}@{}>", sanitised(&self.id), on_the_wire(&self.from).email.domain())
    }

    fn write_headers(&self, id: &str, out: &mut Vec<u8>) {
        let from = on_the_wire(&self.from);
        header::mailbox("From", &from, out);
        header::mailbox("To", &Mailbox::new(None, with_a_label(&self.to)), out);
        if let Some(reply_to) = &self.reply_to {
            header::mailbox("Reply-To", &on_the_wire(reply_to), out);
        }
        header::text("Subject", &one_line(&self.subject, LONGEST_TEXT), out);
        // `httpdate` panics on a time before 1970. It writes the form of RFC 5322 but for the zone, which is replaced below.
        let date = httpdate::fmt_http_date(self.date.max(UNIX_EPOCH));
        header::text("Date", &date.replace("GMT", "+0000"), out);
        if let Some(original) = &self.redirected_from {
            header::text("X-Original-To", &one_line(original, LONGEST_TEXT), out);
        }
        for (name, value) in &self.extra_headers {
            header::text(name, &one_line(value, LONGEST_TEXT), out);
        }
        if let Some(language) = &self.language {
            header::text("Content-Language", &one_line(language, LONGEST_TEXT), out);
        }
        // These two keep Gmail from showing successive links as one conversation. X-Auto-Response-Suppress is
        // what Exchange looks at before it answers that somebody is away; the standard's own header is Auto-Submitted
        // (RFC 3834).
        let _infallible = write!(
            out,
            "Message-ID: <{id}@{domain}>\r\n\
             X-Entity-Ref-ID: {id}\r\n\
             References: <ref.{id}@{domain}>\r\n\
             Auto-Submitted: auto-generated\r\n\
             X-Auto-Response-Suppress: OOF, AutoReply\r\n\
             MIME-Version: 1.0\r\n",
            domain = from.email.domain()
        );
    }

    /// The same mail for a server that can't carry a sender beyond ASCII: it comes from `noreply` at the same domain, and a
    /// `Reply-To` beyond ASCII is left out. That is better than losing a code. `None` where nothing has to change.
    #[must_use]
    pub fn with_ascii_sender(&self) -> Option<Self> {
        // Local parts alone: domains go out as A-labels anyway. And senders alone: where the recipient is beyond ASCII, no
        // other form of the mail would help.
        let is_ascii = |address: &Address| address.user().is_ascii();
        let replies = self.reply_to.as_ref().is_none_or(|mailbox| is_ascii(&mailbox.email));
        if is_ascii(&self.from.email) && is_ascii(&self.envelope_from) && replies {
            return None;
        }
        let carried = |address: &Address| {
            if is_ascii(address) { Some(address.clone()) } else { noreply(address.domain()) }
        };
        Some(Self {
            id: self.id.clone(),
            from: Mailbox::new(self.from.name.clone(), carried(&self.from.email)?),
            envelope_from: carried(&self.envelope_from)?,
            to: self.to.clone(),
            reply_to: self.reply_to.clone().filter(|_| replies),
            subject: self.subject.clone(),
            html: self.html.clone(),
            text: self.text.clone(),
            redirected_from: self.redirected_from.clone(),
            language: self.language.clone(),
            extra_headers: self.extra_headers.clone(),
            provider_settings: self.provider_settings.clone(),
            date: self.date,
            ascii: None,
            wire: OnceLock::new(),
        })
    }
}

/// Writes both bodies as alternatives. The text comes first, since a mail client shows the last alternative that it
/// understands (RFC 2046, 5.1.4).
///
/// The boundary can't occur in a body, because quoted-printable never writes `=_`.
fn write_alternative(id: &str, text: &str, html: &str, out: &mut Vec<u8>) {
    // Writing into a vector can't fail.
    let _infallible =
        write!(out, "Content-Type: multipart/alternative;\r\n boundary=\"=_{id}\"\r\n\r\n--=_{id}\r\n");
    write_part("plain", text, out);
    let _infallible = write!(out, "\r\n--=_{id}\r\n");
    write_part("html", html, out);
    let _infallible = write!(out, "\r\n--=_{id}--\r\n");
}

/// Writes one body with the headers of its part.
fn write_part(subtype: &str, body: &str, out: &mut Vec<u8>) {
    let _infallible = write!(
        out,
        "Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    );
    quoted_printable::encode(body, out);
    if !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
}

/// A mailbox that can be written into a header: its name is one line, its domain A-labels.
fn on_the_wire(mailbox: &Mailbox) -> Mailbox {
    let name = mailbox.name.as_deref().map(|name| one_line(name, LONGEST_NAME));
    Mailbox::new(name.filter(|name| !name.is_empty()), with_a_label(&mailbox.email))
}

/// The address with its domain as A-labels (RFC 5890), which every server understands. A domain that has none stays.
#[must_use]
pub fn with_a_label(address: &Address) -> Address {
    if address.domain().is_ascii() {
        return address.clone();
    }
    idna::domain_to_ascii(address.domain())
        .ok()
        .and_then(|domain| Address::new(address.user(), domain).ok())
        .unwrap_or_else(|| address.clone())
}

/// One line of words with single spaces: control characters count as spaces, what looks like an encoded word
/// (RFC 2047) is taken apart, at most `longest` bytes are kept.
fn one_line(text: &str, longest: usize) -> String {
    let mut line = text::one_line(text);
    line.truncate(line.floor_char_boundary(longest));
    line.truncate(line.trim_end().len());
    if line.contains("=?") { line.replace("=?", "= ?") } else { line }
}

/// Clerk's id, without any character that could end a header, a `Message-ID` or a boundary. Never empty.
fn sanitised(id: &str) -> String {
    let allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let mut safe = String::with_capacity(id.len().min(LONGEST_ID));
    safe.extend(id.chars().filter(allowed).take(LONGEST_ID));
    if safe.is_empty() {
        safe.push_str("unnamed");
    }
    safe
}

#[cfg(test)]
mod tests;
