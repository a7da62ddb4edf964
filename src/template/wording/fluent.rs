//! What is wrong with the Fluent of a locale file, in words.

use fluent_syntax::parser::{ErrorKind, ParserError, parse};

/// The byte of a fault, and what it is. Fluent's own words name what its parser expected, and often a place far from the
/// slip.
pub(super) fn fault(text: &str, error: &ParserError) -> (usize, String) {
    let entry = error.slice.clone().unwrap_or(error.pos.start..text.len());
    let within = text.get(entry.clone()).unwrap_or_default();
    if let Some(at) = indented_by_tab(within) {
        let reason = "this line begins with a tab: write spaces, since Fluent knows no tabs".to_owned();
        return (entry.start + at, reason);
    }
    if let Some(at) = unclosed(within) {
        return (entry.start + at, "`{` is not closed: write `}` behind the variable".to_owned());
    }
    if let Some((at, kind)) = of_attribute(within) {
        return (entry.start + at, words(&kind, text, entry.start + at));
    }
    (error.pos.start, words(&error.kind, text, error.pos.start))
}

/// The byte and the kind of the fault in the first attribute that has one. Fluent's parser says nothing of it: it takes the
/// message to end before such an attribute.
fn of_attribute(entry: &str) -> Option<(usize, ErrorKind)> {
    let is_attribute = |line: &str| line.trim_start().starts_with('.') && line.contains('=');
    let lines = || {
        entry.split_inclusive('\n').scan(0, |at, line| Some((std::mem::replace(at, *at + line.len()), line)))
    };
    let starts: Vec<usize> = lines().filter(|(_, line)| is_attribute(line)).map(|(at, _)| at).collect();
    let ends = starts.iter().skip(1).copied().chain([entry.len()]);
    starts.iter().zip(ends).find_map(|(start, end)| {
        let attribute = entry.get(*start..end)?;
        let said = attribute.trim_start().strip_prefix('.')?;
        // By itself it is a message, in which the parser finds the place.
        let before = start + attribute.len() - said.len();
        let error = parse(said).err()?.1.into_iter().next()?;
        let kind = match error.kind {
            ErrorKind::ExpectedMessageField { .. } => ErrorKind::MissingValue,
            kind => kind,
        };
        Some((before + error.pos.start, kind))
    })
}

/// The byte of the first line that is indented by a tab.
fn indented_by_tab(entry: &str) -> Option<usize> {
    let mut at = 0;
    for line in entry.split_inclusive('\n') {
        let words = line.trim_start_matches([' ', '\t']);
        if !words.trim().is_empty() && line.get(..line.len() - words.len())?.contains('\t') {
            return Some(at);
        }
        at += line.len();
    }
    None
}

/// The byte of a brace that is not closed on its line, where no choice between forms begins.
fn unclosed(entry: &str) -> Option<usize> {
    let mut at = 0;
    for line in entry.split_inclusive('\n') {
        let opens = line.matches('{').count();
        if opens > line.matches('}').count() && !line.contains("->") && !line.trim_start().starts_with('#') {
            return Some(at + line.rfind('{')?);
        }
        at += line.len();
    }
    None
}

/// The line that a byte stands in, from there on.
fn first_line(text: &str, at: usize) -> &str {
    text.get(at..).unwrap_or_default().lines().next().unwrap_or_default().trim()
}

fn words(kind: &ErrorKind, text: &str, at: usize) -> String {
    let line = first_line(text, at);
    match kind {
        ErrorKind::ExpectedToken('=') if line.starts_with('.') && line.contains('=') => {
            let before = text.get(..at).unwrap_or_default();
            let id = before.rsplit(char::is_whitespace).next().unwrap_or_default();
            format!("write `{id} =`, and `{line}` on the next line, behind four spaces")
        }
        ErrorKind::ExpectedToken('=') if line.starts_with(':') => {
            "write `=` in place of `:`, and attributes as in `    .title = …`".to_owned()
        }
        ErrorKind::ExpectedToken('=') if line.contains('=') => {
            "a name has no spaces: write it with `-` or `_`, and `=` behind it".to_owned()
        }
        ErrorKind::ExpectedToken('}') if line.starts_with('.') => {
            "a variable's name has no dots: write `-` in place of each, as in `{ $app-name }`".to_owned()
        }
        ErrorKind::ExpectedToken('=') => {
            format!("`{line}` has no `=`: write `verification_code =`, and the attributes below it")
        }
        ErrorKind::ExpectedToken('}') | ErrorKind::UnbalancedClosingBrace => {
            "the braces do not match: each `{` needs one `}`, and a brace that readers see is `{\"{\"}`"
                .to_owned()
        }
        ErrorKind::ExpectedToken(token) => format!("`{token}` is missing here"),
        ErrorKind::ExpectedCharRange { .. } => {
            format!(
                "`{line}` can't stand here: a message begins with its name, without spaces before it, and an attribute with spaces and a dot"
            )
        }
        ErrorKind::ExpectedMessageField { entry_id } | ErrorKind::ExpectedTermField { entry_id } => {
            format!(
                "`{entry_id}` has neither words nor attributes: indent each attribute by spaces, as in `    .title = …`"
            )
        }
        ErrorKind::MissingValue => format!("`{line}` has no words behind its `=`"),
        ErrorKind::MissingDefaultVariant => {
            "none of the forms is the one for all other values: put a `*` before it, as in `*[other]`"
                .to_owned()
        }
        ErrorKind::MultipleDefaultVariants => {
            "two of the forms have a `*`: leave it at the one for all other values".to_owned()
        }
        ErrorKind::UnterminatedStringLiteral => "a quotation mark is not closed on its line".to_owned(),
        ErrorKind::UnknownEscapeSequence(what) | ErrorKind::InvalidUnicodeEscapeSequence(what) => {
            // The parser says the character as a number.
            let what = what.parse().ok().and_then(char::from_u32).map_or_else(|| what.clone(), String::from);
            format!("`\\{what}` is not an escape sequence: write `\\\\`, `\\\"` or `\\u00A0`")
        }
        ErrorKind::ExpectedInlineExpression => {
            "nothing that Fluent knows stands between the braces: write a variable, as in `{ $app-name }`"
                .to_owned()
        }
        ErrorKind::MessageReferenceAsSelector
        | ErrorKind::TermReferenceAsSelector
        | ErrorKind::MessageAttributeAsSelector
        | ErrorKind::ExpectedSimpleExpressionAsSelector => {
            "a form can't be chosen by this: choose by a variable, as in `{ $ttl_minutes -> … }`".to_owned()
        }
        other => {
            let said = other.to_string();
            let mut letters = said.chars();
            letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_named_at_their_place() {
        for (text, line, reason) in [
            ("a =\n\t.title = x\n", 2, "begins with a tab"),
            ("a =\n    .title = Hej { $app-name\n    .lead = x\n", 2, "`{` is not closed"),
            ("a\n", 1, "has no `=`"),
            ("a =\nb = x\n", 1, "`a` has neither words nor attributes"),
            ("a = }\n", 1, "braces do not match"),
            ("a = { $n ->\n    [one] x\n    [other] y\n }\n", 4, "put a `*`"),
            ("a = { \"x }\n", 1, "quotation mark"),
            (" .title = x\n", 1, "can't stand here"),
            ("a = { \"\\x\" }\n", 1, "escape sequence"),
            ("a =\n    .title = Hej { $app.name }\n    .lead = x\n", 2, "write `-` in place of each"),
            ("a =\n    .title = x\n    .lead = Hej { $app.name }!\n", 3, "write `-` in place of each"),
            ("a =\n    .title = { $n ->\n        [one] x\n        [other] y\n    }\n", 5, "put a `*`"),
            ("a =\n    .title = x\n    .lead = }\n", 3, "braces do not match"),
            ("a =\n    .title =\n    .lead = x\n", 2, "has no words"),
            ("a.title = x\n", 1, "write `a =`, and `.title = x` on the next line"),
            ("a code = x\n", 1, "a name has no spaces"),
            ("a:\n  title: x\n", 1, "write `=` in place of `:`"),
            ("a = { \"\\n\" }\n", 1, "`\\n` is not an escape sequence"),
        ] {
            let (_, errors) = fluent_syntax::parser::parse(text).expect_err(text);
            let (at, said) = fault(text, &errors[0]);
            assert!(said.contains(reason), "{text}: {said} ({:?})", errors[0]);
            assert_eq!(crate::text::position(text, at).0, line, "{text}: {said}");
        }
    }
}
