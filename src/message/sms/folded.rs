//! Letters that the 7-bit alphabet lacks, as those of it that come nearest.

use super::gsm7::{plain, septets};

/// The name in the 7-bit alphabet: letters lose their marks, and emoji go. `None` if it is in a script that the alphabet
/// does not have, or nothing is left of it.
#[must_use]
pub fn folded(name: &str) -> Option<String> {
    let mut folded = String::with_capacity(name.len());
    for c in plain(name).chars() {
        match c {
            c if septets(c).is_some() => folded.push(c),
            c if is_symbol(c) => {}
            c => folded.push_str(base(c)?),
        }
    }
    let folded = folded.split_whitespace().collect::<Vec<_>>().join(" ");
    (!folded.is_empty()).then_some(folded)
}

/// Whether a character is an emoji, another symbol, or a mark that only changes the one before it.
fn is_symbol(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{200c}' | '\u{200d}' | '\u{2122}' | '\u{ae}' | '\u{a9}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{2190}'..='\u{2bff}' | '\u{e0000}'..='\u{e007f}' | '\u{1f000}'..='\u{1faff}')
}

/// The letters of the 7-bit alphabet that a Latin letter is written with where there is no better one.
fn base(c: char) -> Option<&'static str> {
    const LETTERS: [(&str, &str); 48] = [
        ("áâãāăąǎ", "a"),
        ("ÁÀÂÃĀĂĄǍ", "A"),
        ("ćĉċčç", "c"),
        ("ĆĈĊČ", "C"),
        ("ďđð", "d"),
        ("ĎĐÐ", "D"),
        ("êëēĕėęě", "e"),
        ("ÈÊËĒĔĖĘĚ", "E"),
        ("ĝğġģ", "g"),
        ("ĜĞĠĢ", "G"),
        ("ĥħ", "h"),
        ("ĤĦ", "H"),
        ("íîïĩīĭįı", "i"),
        ("ÍÌÎÏĨĪĬĮİ", "I"),
        ("ĵ", "j"),
        ("Ĵ", "J"),
        ("ķ", "k"),
        ("Ķ", "K"),
        ("ĺļľŀł", "l"),
        ("ĹĻĽĿŁ", "L"),
        ("ńņňŋ", "n"),
        ("ŃŅŇŊ", "N"),
        ("óôõōŏőơ", "o"),
        ("ÓÒÔÕŌŎŐƠ", "O"),
        ("œ", "oe"),
        ("Œ", "OE"),
        ("ŕŗř", "r"),
        ("ŔŖŘ", "R"),
        ("śŝşšș", "s"),
        ("ŚŜŞŠȘ", "S"),
        ("ẞ", "SS"),
        ("ţťŧț", "t"),
        ("ŢŤŦȚ", "T"),
        ("þ", "th"),
        ("Þ", "Th"),
        ("úûũūŭůűųư", "u"),
        ("ÚÙÛŨŪŬŮŰŲƯ", "U"),
        ("ŵ", "w"),
        ("Ŵ", "W"),
        ("ýÿŷỳỵỷỹ", "y"),
        ("ÝŸŶ", "Y"),
        ("źżž", "z"),
        ("ŹŻŽ", "Z"),
        ("ạảấầẩẫậắằẳẵặ", "a"),
        ("ẹẻẽếềểễệ", "e"),
        ("ỉị", "i"),
        ("ọỏốồổỗộớờởỡợ", "o"),
        ("ụủứừửữự", "u"),
    ];
    LETTERS.iter().find(|(letters, _)| letters.contains(c)).map(|(_, base)| *base).or(match c {
        '`' | '´' => Some("'"),
        '•' | '·' | '|' => Some("-"),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Encoding, Segments};
    use super::*;

    #[test]
    fn letters_lose_their_marks_and_emoji_go() {
        for (name, expected) in [
            ("Crème Brûlée", Some("Crème Brulée")),
            ("Żółta Łódź", Some("Zolta Lodz")),
            ("Şirket & Çay", Some("Sirket & Çay")),
            ("🔥 Acme 👨‍👩‍👧", Some("Acme")),
            ("Acme™", Some("Acme")),
            ("Bru\u{302}le\u{301}e", Some("Brulee")),
            ("Grüße", Some("Grüße")),
            ("日本", None),
            ("Алиса", None),
            ("🔥", None),
        ] {
            let folded = folded(name);
            assert_eq!(folded.as_deref(), expected, "{name}");
            assert!(folded.is_none_or(|folded| Segments::of(&folded).encoding == Encoding::Gsm7));
        }
    }
}
