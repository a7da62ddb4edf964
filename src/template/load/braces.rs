//! What is wrong with the Handlebars of a file, in words.
//!
//! Handlebars' own parser says what it expected at the place where it gave up, which for a block that is not closed is
//! behind the end of the file. So the file is read a second time here, for whatever people forget and mistype.

use handlebars::TemplateError;

use crate::text::position;

/// A block that is open: what its tag says, the name that closes it, and the byte at which it begins.
struct Open<'t> {
    tag: &'t str,
    name: &'t str,
    at: usize,
}

/// The line, the column and the fault of a text that Handlebars refuses with this error.
pub(super) fn fault(text: &str, error: &TemplateError) -> ((usize, usize), String) {
    if let Some((at, reason)) = look(text) {
        return (position(text, at), reason);
    }
    let at = error.pos().unwrap_or((1, 1));
    let line = text.lines().nth(at.0.saturating_sub(1)).unwrap_or_default();
    // The tag that begins last before the place at which the parser gave up.
    let before: String = line.chars().take(at.1).collect();
    let tag = before.rfind("{{").and_then(|start| line.get(start..)).unwrap_or_default();
    let tag = tag.find("}}").and_then(|end| tag.get(..end + 2)).unwrap_or(tag);
    let reason = if tag.is_empty() {
        "is not valid Handlebars".to_owned()
    } else {
        format!("`{tag}` is not valid Handlebars: {}", advice(tag))
    };
    (at, reason)
}

/// What to write in place of a tag that Handlebars refuses.
fn advice(tag: &str) -> &'static str {
    let has = |words: &[&str]| words.iter().any(|word| tag.contains(word));
    if tag.starts_with("{{~!") || tag.starts_with("{{!") {
        "write a comment without `~`, as `{{! … }}`"
    } else if has(&["==", "!="]) {
        "compare by a helper, as in `{{#if (eq app.name \"Acme\")}}` or `(ne … …)`"
    } else if has(&["&&", "||"]) {
        "combine by a helper, as in `{{#if (and org.name inviter_name)}}` or `(or … …)`"
    } else if has(&[" | "]) {
        "Handlebars has no filters, so write the variable alone"
    } else {
        "write a variable, or a helper and its parameters"
    }
}

/// The byte of the first fault, and what it is; `None` if blocks and braces are in order.
fn look(text: &str) -> Option<(usize, String)> {
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut from = 0;
    while let Some(found) = text.get(from..)?.find("{{") {
        let at = from + found;
        // `\{{` is text.
        if text.get(..at)?.ends_with('\\') && !text.get(..at)?.ends_with("\\\\") {
            from = at + 2;
            continue;
        }
        let rest = text.get(at..)?;
        let is_comment = rest.starts_with("{{!") || rest.starts_with("{{~!");
        let ends = if rest.starts_with("{{{") { "}}}" } else { "}}" };
        // A comment may hold tags. Anything else ends before the next one begins.
        let next = rest.trim_start_matches('{').find("{{").map(|next| next + ends.len());
        let close =
            if is_comment { comment_end(rest) } else { rest.find(ends).map(|close| close + ends.len()) };
        let Some(close) = close.filter(|close| is_comment || next.is_none_or(|next| *close <= next)) else {
            let shown: String = rest.lines().next().unwrap_or_default().chars().take(40).collect();
            return Some((at, format!("`{}` is not closed: write `{ends}` behind it", shown.trim_end())));
        };
        let whole = rest.get(..close)?;
        from = at + whole.len();
        if !is_comment {
            let said = whole.trim_start_matches('{').trim_end_matches('}');
            let said = said.trim_matches('~').trim();
            if let Some(reason) = step(said, whole, at, text, &mut open) {
                return Some((at, reason));
            }
        }
    }
    let last = open.pop()?;
    Some((
        last.at,
        format!("`{}` is not closed: write `{{{{/{}}}}}` behind what belongs to it", last.tag, last.name),
    ))
}

/// The byte behind the comment that begins the text. One that begins with dashes ends with dashes, if there are any.
fn comment_end(rest: &str) -> Option<usize> {
    let first = |end: &str| Some(rest.find(end)? + end.len());
    let has_dashes = rest.starts_with("{{!--") || rest.starts_with("{{~!--");
    let dashes = [first("--}}"), first("--~}}")].into_iter().flatten().min().filter(|_| has_dashes);
    dashes.or_else(|| first("}}"))
}

/// Opens or closes a block, and returns what is wrong with that. `said` stands between the braces of `whole`.
fn step<'t>(
    said: &'t str,
    whole: &'t str,
    at: usize,
    text: &str,
    open: &mut Vec<Open<'t>>,
) -> Option<String> {
    let first = said.chars().next()?;
    let words = said.get(first.len_utf8()..).unwrap_or_default();
    let name = |words: &'t str| {
        words.trim_start_matches(['>', '*', ' ']).split_whitespace().next().unwrap_or_default()
    };
    match first {
        // `{{^}}` is another way to write `{{else}}`.
        '^' if words.trim().is_empty() => misplaced(open, whole),
        '#' | '^' => {
            open.push(Open { tag: whole, name: name(words), at });
            None
        }
        '/' => {
            let closes = name(words);
            match open.pop() {
                Some(block) if block.name == closes => None,
                Some(block) => {
                    let line = position(text, block.at).0;
                    Some(format!(
                        "`{whole}` stands where `{}` of line {line} should be closed: write `{{{{/{}}}}}` before it",
                        block.tag, block.name
                    ))
                }
                None => Some(format!(
                    "`{whole}` closes a block that was not opened: delete it, or write `{{{{#{closes} …}}}}` before it"
                )),
            }
        }
        _ if said == "else" || said.starts_with("else ") => misplaced(open, whole),
        _ => None,
    }
}

/// Says that an `{{else}}` stands outside of every block.
fn misplaced(open: &[Open<'_>], whole: &str) -> Option<String> {
    open.is_empty()
        .then(|| format!("`{whole}` stands in no block: put it between `{{{{#if …}}}}` and `{{{{/if}}}}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_forget_is_named_at_its_place() {
        for (text, at, reason) in [
            (
                "a\n{{#if x}}\n b\n",
                (2, 1),
                "`{{#if x}}` is not closed: write `{{/if}}` behind what belongs to it",
            ),
            ("{{#> layout}}\n<p>\n", (1, 1), "`{{#> layout}}` is not closed: write `{{/layout}}`"),
            (
                "{{#> layout}}\n{{#if x}}\n{{/layout}}",
                (3, 1),
                "`{{/layout}}` stands where `{{#if x}}` of line 2 should be closed: write `{{/if}}` before it",
            ),
            ("x {{/if}}", (1, 3), "`{{/if}}` closes a block that was not opened"),
            ("a {{otp_code}\n b", (1, 3), "`{{otp_code}` is not closed: write `}}` behind it"),
            ("a {{x\n {{y}}", (1, 3), "`{{x` is not closed"),
            ("{{{x}} y", (1, 1), "`{{{x}} y` is not closed: write `}}}`"),
            ("{{else}}", (1, 1), "stands in no block"),
            ("{{! x ", (1, 1), "`{{! x` is not closed: write `}}`"),
            ("{{#if a == \"b\"}}x{{/if}}", (1, 1), "compare by a helper, as in `{{#if (eq app.name"),
            ("{{#if a && b}}x{{/if}}", (1, 1), "combine by a helper"),
            ("{{a | upcase}}", (1, 1), "has no filters"),
            ("{{~! a ~}}", (1, 1), "write a comment without `~`"),
            ("ok\n{{t .lead}}", (2, 1), "`{{t .lead}}` is not valid Handlebars"),
        ] {
            let error = handlebars::Template::compile(text).expect_err(text);
            let (found, said) = fault(text, &error);
            assert!(said.starts_with(reason) || said.contains(reason), "{text}: {said}");
            // Handlebars' own place is somewhere in the tag.
            if !said.contains("is not valid Handlebars") {
                assert_eq!(found, at, "{text}: {said}");
            }
        }
    }

    #[test]
    fn what_is_right_has_no_fault() {
        for text in [
            "{{#if a}}{{else if b}}{{^}}{{/if}}{{~#each x~}}{{/each}}{{{raw}}}",
            "{{!-- {{#if}} --}}{{! {{x }}{{#*inline \"a\"}}{{/inline}}{{#> x}}{{/x}}\\{{#if}}",
            "{{^a}}x{{/a}}",
        ] {
            assert_eq!(look(text), None, "{text}");
        }
        for path in ["email/verification_code/body.mjml.hbs", "email/partials/layout.mjml.hbs"] {
            let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates").join(path);
            assert_eq!(look(&std::fs::read_to_string(file).unwrap()), None, "{path}");
        }
    }
}
