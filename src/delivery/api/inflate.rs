//! Answers that come compressed. Every request asks for `identity`, but some proxies compress anyway.

use std::io::Read;

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use reqwest::header::CONTENT_ENCODING;

use crate::delivery::http::Answer;

/// How many bytes of a decompressed answer are read, so that a small answer can't fill the memory.
const INFLATED_LIMIT: u64 = 64 * 1024;

/// The decompressed body of an answer; `None` for a body that is not compressed, or that can't be decompressed at all.
pub(super) fn inflated(answer: &Answer) -> Option<Vec<u8>> {
    let body = answer.body.as_slice();
    let named =
        answer.headers.get(CONTENT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let read = |decoder: &mut dyn Read| {
        let mut inflated = Vec::new();
        // What was read before an error counts, as in an answer that breaks off.
        let _ = decoder.take(INFLATED_LIMIT).read_to_end(&mut inflated);
        (!inflated.is_empty()).then_some(inflated)
    };
    // By its first bytes (RFC 1952, 2.3.1) and not by the header, which some proxies leave out or leave in.
    if body.starts_with(&[0x1f, 0x8b]) {
        read(&mut MultiGzDecoder::new(body))
    } else if named.trim().eq_ignore_ascii_case("deflate") {
        // RFC 9110, 8.4.1.2 wants a zlib wrapping, which some servers leave out.
        read(&mut ZlibDecoder::new(body)).or_else(|| read(&mut DeflateDecoder::new(body)))
    } else {
        None
    }
}
