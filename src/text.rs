//! What several parts do with text.

/// The line of the byte `at`, and its column in characters; both begin at 1.
pub(crate) fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.rsplit_once('\n').map_or(before, |(_, line)| line);
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

/// The words of a text with one space between them. Control characters count as spaces, so no line break, tab or zero
/// byte is left.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_counts_characters_from_one() {
        let text = "a\néß x\n";
        assert_eq!(position(text, 0), (1, 1));
        assert_eq!(position(text, 1), (1, 2));
        assert_eq!(position(text, 2), (2, 1));
        assert_eq!(position(text, 7), (2, 4));
        for beyond in [text.len(), 99] {
            assert_eq!(position(text, beyond), (3, 1));
        }
    }

    #[test]
    fn one_line_is_words_and_spaces() {
        assert_eq!(one_line(" a\r\n\tb\0c\u{2028}\u{a0}d \u{7f}"), "a b c d");
        assert_eq!(one_line("\n "), "");
    }
}
