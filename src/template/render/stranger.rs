//! What strangers typed: names in messages that other people get.
//!
//! Whoever may name an organization can write an advertisement into its name, and have it sent in our sender's name to whom
//! they please. So such a name is short, and nothing in it becomes a link: mail clients make links of whatever looks like one.

use unicode_segmentation::UnicodeSegmentation as _;

/// The most characters, as readers count them (UAX 29), that are shown of a name.
const LONGEST: usize = 64;
/// The most code points of a name: a character may be made of any number of them.
const LONGEST_IN_CHARS: usize = 4 * LONGEST;
/// As many digits in a row as a telephone number has.
const PHONE: usize = 7;

/// Makes a name short, and takes out what nobody sees: in a text message it would go later, and a link be whole again.
pub(in crate::template) fn shorten(name: &mut String) {
    name.retain(|c| !matches!(c, '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{180e}' | '\u{034f}'));
    if name.len() <= LONGEST {
        return;
    }
    let mut graphemes = name.grapheme_indices(true);
    let last = graphemes.nth(LONGEST - 1).filter(|_| graphemes.next().is_some());
    let many = name.char_indices().nth(LONGEST_IN_CHARS);
    let end = [last.map(|(at, _)| at), many.map(|(at, _)| at)].into_iter().flatten().min();
    if let Some(end) = end {
        name.truncate(end);
        name.truncate(name.trim_end().len());
        name.push('…');
    }
}

/// Whether a mail client may make a link of something in the name: an address of any kind, or a telephone number.
pub(in crate::template) fn has_link(name: &str) -> bool {
    !is_harmless(name)
        && (is_phone(name)
            || name.contains('@')
            || has_scheme(name)
            || has_domain(name)
            || has_ip_address(name))
}

/// Whether the name is letters and spaces alone, as most are: nothing has to be looked for in it, nor done to it.
pub(in crate::template) fn is_harmless(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b' ')
}

/// Whether the name holds something like `scheme:rest`: there are more schemes than anybody could list.
fn has_scheme(name: &str) -> bool {
    spots(name).any(|at| {
        let before = name.get(..at).unwrap_or_default().chars().rev().take(3);
        name.get(at..).is_some_and(|rest| rest.starts_with(':'))
            && before.filter(|c| c.is_alphanumeric()).count() == 3
    })
}

/// Whether the name holds something like `label.tld`: whoever reads a name for links need not know which domains exist.
fn has_domain(name: &str) -> bool {
    spots(name).any(|at| {
        let after = name.get(at..).unwrap_or_default();
        let label = after.trim_start_matches(is_dot);
        label.len() < after.len() && label.chars().take(2).filter(|c| c.is_alphabetic()).count() == 2
    })
}

/// Whether the name holds four numbers with dots between them.
fn has_ip_address(name: &str) -> bool {
    let is_part = |c: char| c.is_numeric() || is_dot(c);
    name.split(|c: char| !is_part(c))
        .any(|part| part.split(is_dot).filter(|number| !number.is_empty()).count() >= 4)
}

/// Whether a character is a dot to those who read addresses.
fn is_dot(c: char) -> bool {
    matches!(c, '.' | '。' | '．' | '｡')
}

/// The name so that no mail client makes a link of anything in it, and readers see the same: behind each mark that holds an
/// address together is a word joiner, which takes no room. The digits of a telephone number are not shown.
pub(in crate::template) fn defused(name: &str) -> String {
    let hides = is_phone(name);
    let mut defused = String::with_capacity(name.len() + 16);
    let mut joins = spots(name).peekable();
    for (at, c) in name.char_indices() {
        defused.push(if hides && c.is_numeric() { '•' } else { c });
        if joins.next_if_eq(&at).is_some() || c == '@' {
            defused.push('\u{2060}');
        }
    }
    defused
}

/// The bytes at which a mark stands with no white space on either side, so that it can be part of an address.
fn spots(name: &str) -> impl Iterator<Item = usize> {
    let marks = |c: char| is_dot(c) || matches!(c, ':' | '/' | '\\' | '：' | '／');
    let mut before = ' ';
    name.char_indices().filter_map(move |(at, c)| {
        let after = name.get(at + c.len_utf8()..).and_then(|rest| rest.chars().next()).unwrap_or(' ');
        let joins = marks(c) && !before.is_whitespace() && !after.is_whitespace();
        before = c;
        joins.then_some(at)
    })
}

/// Whether there are so many digits with nothing but the marks of telephone numbers between them.
fn is_phone(name: &str) -> bool {
    let mut digits = 0;
    for c in name.chars() {
        if c.is_numeric() {
            digits += 1;
        } else if !matches!(
            c,
            ' ' | '\u{a0}'
                | '-'
                | '‐'
                | '‑'
                | '–'
                | '—'
                | '.'
                | '('
                | ')'
                | '/'
                | '+'
                | '_'
                | '·'
                | '*'
                | ','
        ) {
            digits = 0;
        }
        if digits >= PHONE {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_as_they_are() {
        for name in [
            "Mira",
            "Harrow & Finch Ltd",
            "St. Mary's",
            "Dr. Ö. Yılmaz",
            "日本語 株式会社",
            "👨‍👩‍👧 Family",
            "Team: Sales",
            "A.B. Dick",
            "1984",
        ] {
            let mut short = name.to_owned();
            shorten(&mut short);
            assert_eq!(short, name);
            assert!(!has_link(name), "{name}");
        }
    }

    #[test]
    fn what_looks_like_a_link_is_none() {
        for (name, shown) in [
            ("win at bit.ly/3xyz", "win at bit.\u{2060}ly/\u{2060}3xyz"),
            ("https://a.b", "https:\u{2060}/\u{2060}/\u{2060}a.\u{2060}b"),
            ("me@x", "me@\u{2060}x"),
            ("+1 (888) 555-0100", "+• (•••) •••-••••"),
            ("例え。テスト", "例え。\u{2060}テスト"),
            ("10.0.0.1", "10.\u{2060}0.\u{2060}0.\u{2060}1"),
        ] {
            assert!(has_link(name), "{name}");
            assert_eq!(defused(name), shown);
        }
    }

    #[test]
    fn a_name_has_64_characters_at_most() {
        for name in [
            "x".repeat(300),
            "👨‍👩‍👧".repeat(80),
            "e\u{301}".repeat(5000),
            format!("x{}", "\u{301}".repeat(5000)),
        ] {
            let mut short = name;
            shorten(&mut short);
            assert!(short.graphemes(true).count() <= LONGEST && short.ends_with('…'), "{short}");
            assert!(short.chars().count() <= LONGEST_IN_CHARS + 1);
        }
        let mut whole = "é".repeat(64);
        shorten(&mut whole);
        assert_eq!(whole, "é".repeat(64));
        let mut hidden = "bit\u{200b}.\u{ad}ly".to_owned();
        shorten(&mut hidden);
        assert_eq!(hidden, "bit.ly");
    }
}
