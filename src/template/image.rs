//! Whether mail clients show an image, as far as its address tells.

/// Why mail clients don't show an image of this address; `None` if they do, or if it comes from a variable.
pub(crate) fn hidden(address: &str) -> Option<&'static str> {
    let lower = address.trim().to_ascii_lowercase();
    let path = lower.split(['?', '#']).next().unwrap_or_default();
    if lower.is_empty() {
        None
    } else if lower.starts_with("data:") {
        Some(
            "Gmail and Outlook show no image from a `data:` address: put it on a web server, and write its address",
        )
    } else if lower.starts_with("cid:") {
        Some(
            "nothing is attached to mails, so this image is nowhere: put it on a web server, and write its address",
        )
    } else if matches!(path.rsplit_once('.'), Some((_, "svg" | "svgz"))) {
        Some("mail clients show no SVG: make a PNG of it, twice as large as it is shown")
    } else if ["https://", "http://", "{{"].iter().any(|start| lower.starts_with(start)) {
        None
    } else {
        Some(
            "this image's address is relative, and a mail has no place that it could be relative to: begin it with `https://`",
        )
    }
}
