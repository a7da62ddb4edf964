//! What is left of an HTML body for its reader.
//!
//! This is not a browser, but good enough for a proof: whatever is not clearly hidden counts as seen, so a good template
//! is never refused.

/// What a reader sees of an HTML body, in lower case: it is without comments, the head, and hidden elements, such as the
/// line that only an inbox shows beside the subject.
pub(super) fn visible(html: &str) -> String {
    // In lower case, because `<BODY>` and `DISPLAY:NONE` mean the same in HTML and CSS.
    let html = without(&html.to_lowercase(), "<!--", "-->");
    let mut rest = html.split_once("<body").map_or(html.as_str(), |(_, body)| body);
    let mut shown = String::with_capacity(rest.len());
    while let Some((before, element)) = rest.split_once('<') {
        shown.push_str(before);
        let Some((tag, inner)) = element.split_once('>') else { break };
        let name = tag.split(|c: char| c.is_ascii_whitespace() || c == '/').next().unwrap_or_default();
        if let Some(after) = is_hidden(tag).then(|| after_element(name, inner)).flatten() {
            rest = after;
        } else {
            // Tags stay, because a link that can be clicked stands among their attributes.
            shown.extend(["<", tag, ">"]);
            rest = inner;
        }
    }
    shown.push_str(rest);
    shown
}

/// The text without what stands between `begin` and `end`, both included.
fn without(text: &str, begin: &str, end: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(begin) {
        kept.push_str(before);
        rest = after.split_once(end).map_or("", |(_, after)| after);
    }
    kept + rest
}

/// Whether an element is hidden by its own `style`. Rules of a `<style>` element are not looked at.
fn is_hidden(tag: &str) -> bool {
    let Some((_, value)) = tag.split_once("style=") else { return false };
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
    let style = quote.and_then(|quote| value.get(1..)?.split(quote).next()).unwrap_or(value);
    let style: String = style.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let says =
        |rule: &str| style.split(';').any(|one| one == rule || one.strip_suffix("!important") == Some(rule));
    says("display:none")
        || says("opacity:0")
        || (says("overflow:hidden") && (says("max-height:0") || says("max-height:0px")))
}

/// What follows an element whose start tag has just been read; `None` if it has no end tag.
fn after_element<'h>(name: &str, inner: &'h str) -> Option<&'h str> {
    let (start, end) = (format!("<{name}"), format!("</{name}"));
    let (mut open, mut rest) = (1_usize, inner);
    while open > 0 {
        let (closing, after) = rest.split_once(&end)?;
        open += closing.matches(&start).count();
        open -= 1;
        rest = after;
    }
    rest.split_once('>').map(|(_, after)| after)
}
