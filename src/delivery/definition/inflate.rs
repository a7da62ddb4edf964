//! Answers that come compressed, although every request asks for `identity`: some proxies do that.

use std::io::Read;

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use reqwest::header::CONTENT_ENCODING;

use super::super::http::Answer;

/// As much of a compressed answer as is read.
const INFLATED_LIMIT: u64 = 64 * 1024;

/// The body of an answer that came compressed, although nobody asked for that; `None` where it did not, or where it can't
/// be read.
pub(super) fn inflated(answer: &Answer) -> Option<Vec<u8>> {
    let body = answer.body.as_slice();
    let named =
        answer.headers.get(CONTENT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let read = |decoder: &mut dyn Read| {
        let mut inflated = Vec::new();
        // What came before a fault counts, as in an answer that breaks off.
        let _ = decoder.take(INFLATED_LIMIT).read_to_end(&mut inflated);
        (!inflated.is_empty()).then_some(inflated)
    };
    if body.starts_with(&[0x1f, 0x8b]) {
        read(&mut MultiGzDecoder::new(body))
    } else if named.trim().eq_ignore_ascii_case("deflate") {
        // RFC 9110 8.4.1.2 wants a zlib wrapping, which some servers leave out.
        read(&mut ZlibDecoder::new(body)).or_else(|| read(&mut DeflateDecoder::new(body)))
    } else {
        None
    }
}
