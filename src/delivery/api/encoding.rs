//! How a text is written in its place of a request.

use std::io;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize as _;
use serde_json::Serializer;
use serde_json::ser::Formatter;
use url::form_urlencoded;

/// Everything but the unreserved characters (RFC 3986, 2.3), which mean nothing anywhere in a URL.
const RESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `text` in a form that can end no part of a URL (RFC 3986, 2.1).
pub(super) fn percent_encoded(text: &str) -> String {
    utf8_percent_encode(text, &RESERVED).to_string()
}

/// A place of a request, by how a text is written there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// A header, or a body that is one text: as it is.
    Plain,
    /// The path of a URL: values percent-encoded, and the words between them as they are.
    Path,
    /// A query, or a body of `application/x-www-form-urlencoded`.
    Form,
    /// The inside of a string of JSON.
    Json,
}

impl Encoding {
    /// Adds words of a template to `out`.
    pub(super) fn words(self, words: &str, out: &mut Vec<u8>) {
        match self {
            Self::Path => out.extend_from_slice(words.as_bytes()),
            other => other.value(words, out),
        }
    }

    /// Adds a value to `out`.
    pub(super) fn value(self, text: &str, out: &mut Vec<u8>) {
        match self {
            Self::Plain => out.extend_from_slice(text.as_bytes()),
            Self::Path => {
                utf8_percent_encode(text, &RESERVED).for_each(|part| out.extend_from_slice(part.as_bytes()));
            }
            Self::Form => form_urlencoded::byte_serialize(text.as_bytes())
                .for_each(|part| out.extend_from_slice(part.as_bytes())),
            Self::Json => {
                // Writing into memory does not fail, and a string has no key that could be of a wrong type.
                let _ = text.serialize(&mut Serializer::with_formatter(out, Unquoted));
            }
        }
    }
}

/// Writes a string of JSON without its quotes, so that it can be a part of a longer one.
struct Unquoted;

impl Formatter for Unquoted {
    fn begin_string<W: io::Write + ?Sized>(&mut self, _: &mut W) -> io::Result<()> {
        Ok(())
    }

    fn end_string<W: io::Write + ?Sized>(&mut self, _: &mut W) -> io::Result<()> {
        Ok(())
    }
}
